/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 5681, 6582, 3465 and 9438: how much is in flight. */
#include "rfc9293.h"

#include <string.h>

#include "tcp_private.h"

static uint32_t
flight(void)
{
	return h.tcb.snd.nxt - h.tcb.snd.una;
}

static void
ack_to(uint32_t place)
{
	tcb_arrives(&h, seg_ack(R(0), S(place)));
}

/* 3.1, equation (1), and 4.2.1 for the sizes between. */
static const struct { uint16_t mss; uint32_t segments; } initial[] = {
	{ 536, 4 }, { 1000, 4 }, { 1220, 3 }, { 1460, 3 }, { 4312, 2 },
};
START_TEST(the_initial_window)
{
	h.params.mss_v4 = h.params.mss_v6 = 9000;
	rfc_open_with((struct tcb_setup){ .mss = initial[_i].mss });
	tcb_send(&h, 60000);
	ck_assert_uint_eq(tcb_pull(&h), initial[_i].segments);
	ck_assert_uint_eq(flight(), initial[_i].segments * initial[_i].mss);
}
END_TEST

START_TEST(one_segment_after_a_lost_syn)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_fire(&h);
	tcb_pull(&h);
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	tcb_pull(&h);
	tcb_send(&h, 60000);
	ck_assert_uint_eq(tcb_pull(&h), 1);
}
END_TEST

START_TEST(slow_start_adds_a_segment_for_each_ack)
{
	rfc_open();
	tcb_send(&h, 60000);
	tcb_pull(&h);
	for (uint32_t i = 1; i <= 6; i++) {
		ack_to(i * MSS);
		ck_assert_uint_eq(tcb_pull(&h), 2);
		ck_assert_uint_eq(flight(), (3 + i) * MSS);
	}
}
END_TEST

/* ABC's bound: an ACK of many segments adds one, an ACK of an octet an octet. */
START_TEST(divided_acks_gain_nothing)
{
	rfc_open();
	tcb_send(&h, 60000);
	tcb_pull(&h);
	for (uint32_t i = 1; i <= 10; i++)
		ack_to(i);
	tcb_pull(&h);
	ck_assert_uint_le(flight(), 3 * MSS + 10);
}
END_TEST

/* A window's worth of ACKs adds about one segment. */
START_TEST(avoidance_adds_a_segment_for_each_window)
{
	uint32_t before, place, n;

	rfc_open();
	tcb_send(&h, 500000);
	tcb_pull(&h);
	la_tcp_ext(&h.env, &h.tcb)->ssthresh = 10 * MSS;
	la_tcp_ext(&h.env, &h.tcb)->cwnd = 10 * MSS;
	tcb_pull(&h);
	before = flight();
	ck_assert_uint_eq(before, 10 * MSS);
	place = 0;
	n = before / MSS;
	for (uint32_t i = 0; i < n; i++) {
		place += MSS;
		ack_to(place);
		tcb_pull(&h);
	}
	ck_assert_uint_ge(la_tcp_ext(&h.env, &h.tcb)->cwnd, 10 * MSS + MSS * 9 / 10);
	ck_assert_uint_le(la_tcp_ext(&h.env, &h.tcb)->cwnd, 11 * MSS);
}
END_TEST

/* Ten segments in flight, cwnd ten segments. */
static void
open_ten(void)
{
	rfc_open();
	tcb_send(&h, 200000);
	tcb_pull(&h);
	la_tcp_ext(&h.env, &h.tcb)->cwnd = 10 * MSS;
	tcb_pull(&h);
	ck_assert_uint_eq(flight(), 10 * MSS);
}

START_TEST(two_duplicate_acks_do_nothing)
{
	open_ten();
	ack_to(0);
	SENDS_NOTHING(&h);
	ack_to(0);
	tcb_pull(&h);
	for (uint32_t i = 0; i < h.sents; i++)
		ck_assert_uint_ge(h.sent[i].seq - S(0), 10 * MSS);
}
END_TEST

START_TEST(the_third_duplicate_ack_sends_again)
{
	open_ten();
	for (int i = 0; i < 3; i++)
		ack_to(0);
	SENDS(&h, { LA_ACK, S(0), R(0), MSS });
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->ssthresh, 5 * MSS);
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->cwnd, 8 * MSS);
	/* Not again for the fourth. */
	ack_to(0);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(each_further_duplicate_lets_a_segment_go)
{
	open_ten();
	for (int i = 0; i < 3; i++)
		ack_to(0);
	tcb_pull(&h);
	for (int i = 0; i < 2; i++)
		ack_to(0);
	SENDS_NOTHING(&h);
	ack_to(0);
	SENDS(&h, { LA_ACK, S(10 * MSS), R(0), MSS });
	ack_to(0);
	SENDS(&h, { LA_ACK, S(11 * MSS), R(0), MSS });
}
END_TEST

START_TEST(a_full_ack_ends_recovery_at_ssthresh)
{
	open_ten();
	for (int i = 0; i < 3; i++)
		ack_to(0);
	tcb_pull(&h);
	ack_to(10 * MSS);
	ck_assert_uint_le(la_tcp_ext(&h.env, &h.tcb)->cwnd, 5 * MSS);
	ck_assert_uint_ge(la_tcp_ext(&h.env, &h.tcb)->cwnd, 2 * MSS);
	tcb_pull(&h);
	ck_assert_uint_le(flight(), 5 * MSS);
}
END_TEST

/* RFC 6582, 3.2, step 3 */
START_TEST(a_partial_ack_sends_the_next_hole)
{
	open_ten();
	for (int i = 0; i < 3; i++)
		ack_to(0);
	SENDS(&h, { LA_ACK, S(0), R(0), MSS });
	ack_to(3 * MSS);
	tcb_pull(&h);
	ck_assert_uint_ge(h.sents, 1);
	ck_assert_uint_eq(h.sent[0].seq, S(3 * MSS));
	ack_to(7 * MSS);
	tcb_pull(&h);
	ck_assert_uint_ge(h.sents, 1);
	ck_assert_uint_eq(h.sent[0].seq, S(7 * MSS));
	ack_to(10 * MSS);
	tcb_pull(&h);
	ck_assert(!la_tcp_ext(&h.env, &h.tcb)->recovering);
}
END_TEST

/* RFC 5681, 2: what is not a duplicate ACK. */
START_TEST(other_acks_are_not_duplicates)
{
	open_ten();
	for (int i = 0; i < 10; i++) {
		if (_i == 0)            /* text */
			tcb_arrives(&h, seg_data(R(i), S(0), 1));
		else if (_i == 1)       /* another window */
			tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), (uint16_t)(60000 + i)));
		else                    /* an older ACK */
			tcb_arrives(&h, seg_ack(R(0), S(-1)));
		tcb_pull(&h);
		for (uint32_t j = 0; j < h.sents; j++)
			ck_assert(h.sent[j].seq != S(0) || h.sent[j].len == 0);
	}
	ck_assert(!la_tcp_ext(&h.env, &h.tcb)->recovering);
}
END_TEST

START_TEST(duplicates_with_nothing_in_flight_mean_nothing)
{
	rfc_open();
	for (int i = 0; i < 10; i++)
		ack_to(0);
	SENDS_NOTHING(&h);
	tcb_send(&h, 20 * MSS);
	ck_assert_uint_eq(tcb_pull(&h), 3);
}
END_TEST

START_TEST(a_timeout_leaves_one_segment)
{
	open_ten();
	tcb_fire(&h);
	SENDS(&h, { LA_ACK, S(0), R(0), MSS });
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->cwnd, MSS);
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->ssthresh, 5 * MSS);
	/* The same segment lost again does not halve it again. */
	tcb_fire(&h);
	tcb_pull(&h);
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->ssthresh, 5 * MSS);
}
END_TEST

START_TEST(ssthresh_is_two_segments_at_least)
{
	rfc_open();
	tcb_send(&h, 100);
	tcb_pull(&h);
	tcb_fire(&h);
	tcb_pull(&h);
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->ssthresh, 2 * MSS);
}
END_TEST

/* RFC 6582, 4.1: what arrived in order after a timeout draws duplicates of its own. */
START_TEST(duplicates_from_before_a_timeout_do_not_start_recovery)
{
	open_ten();
	tcb_fire(&h);
	tcb_pull(&h);
	for (int i = 0; i < 5; i++)
		ack_to(0);
	ck_assert(!la_tcp_ext(&h.env, &h.tcb)->recovering);
}
END_TEST

/* RFC 5681, 4.1 */
START_TEST(an_idle_connection_starts_slowly_again)
{
	rfc_open();
	tcb_send(&h, 30 * MSS);
	tcb_pull(&h);
	for (uint32_t i = 1; i <= 30; i++) {
		ack_to(i * MSS);
		tcb_pull(&h);
	}
	ck_assert_uint_eq(flight(), 0);
	if (_i)
		tcb_room(&h, 60000);    /* The extension block is kept. */
	tcb_pull(&h);
	tcb_wait(&h, 10000000);
	tcb_send(&h, 30 * MSS);
	ck_assert_uint_le(tcb_pull(&h), 3);
}
END_TEST

/* RFC 9438 */

/* A flight of that many segments, with cwnd as large. */
static void
open_with(enum la_tcp_congestion congestion, uint32_t segments)
{
	h.params.congestion = congestion;
	rfc_open_with((struct tcb_setup){ .wscale = true, .shift = 4 });
	tcb_send(&h, 900000);
	tcb_pull(&h);
	la_tcp_ext(&h.env, &h.tcb)->cwnd = segments * MSS;
	tcb_pull(&h);
	ck_assert_uint_eq(flight(), segments * MSS);
}

/* 4.6 and 4.7: seven tenths remain; a second loss at less sets W_max lower still. */
START_TEST(cubic_leaves_seven_tenths)
{
	struct la_tcp_ext *ext;

	open_with(LA_CONGESTION_CUBIC, 20);
	ext = la_tcp_ext(&h.env, &h.tcb);
	tcb_fire(&h);
	ck_assert_uint_eq(ext->ssthresh, 14 * MSS);
	ck_assert_uint_eq(ext->w_max, 20 * MSS);
	ck_assert_uint_eq(la_cubic__reduced(ext, MSS, 10 * MSS), 7 * MSS);
	ck_assert_uint_eq(ext->w_max, 10 * MSS * 17 / 20);
	ck_assert_uint_eq(la_cubic__reduced(ext, MSS, MSS), 2 * MSS);
}
END_TEST

/* 4.2: W_max is reached again after K, slowly about there and faster on both sides. */
START_TEST(cubic_grows_as_the_cube_of_time)
{
	const uint32_t rtt_us = 100000;
	uint32_t early = 0, middle = 0, late = 0, k_rounds;
	struct la_tcp_ext *ext;

	open_with(LA_CONGESTION_CUBIC, 20);
	ext = la_tcp_ext(&h.env, &h.tcb);
	ext->srtt_us = rtt_us;
	ext->cwnd = la_cubic__reduced(ext, MSS, 400 * MSS);
	/* K is the cube root of 0.3 * 400 / 0.4 s. */
	k_rounds = 6694 * 1000 / rtt_us;
	for (uint32_t round = 0; round < 2 * k_rounds; round++) {
		const uint32_t before = ext->cwnd;

		h.now_us += rtt_us;
		for (uint32_t acked = 0; acked < before; acked += MSS)
			la_cubic__grow(ext, MSS, MSS, h.now_us);
		ck_assert_uint_ge(ext->cwnd, before);
		if (round == k_rounds / 4)
			early = ext->cwnd - before;
		if (round == k_rounds) {
			middle = ext->cwnd - before;
			ck_assert_uint_ge(ext->cwnd, 396 * MSS);
			ck_assert_uint_le(ext->cwnd, 406 * MSS);
		}
		if (round == k_rounds * 7 / 4)
			late = ext->cwnd - before;
	}
	ck_assert_uint_gt(early, 2 * middle);
	ck_assert_uint_gt(late, 2 * middle);
}
END_TEST

/* 4.3: where the cube is slow it is no slower than NewReno would be. */
START_TEST(cubic_is_no_slower_than_newreno)
{
	struct la_tcp_ext *ext;
	uint32_t start;

	open_with(LA_CONGESTION_CUBIC, 20);
	ext = la_tcp_ext(&h.env, &h.tcb);
	ext->srtt_us = 1000;
	start = ext->cwnd = la_cubic__reduced(ext, MSS, 20 * MSS);
	for (uint32_t round = 0; round < 20; round++) {
		const uint32_t before = ext->cwnd;

		h.now_us += 1000;
		for (uint32_t acked = 0; acked < before; acked += MSS)
			la_cubic__grow(ext, MSS, MSS, h.now_us);
	}
	/* 9 / 17 of a segment a round trip up to W_max, then a whole one. */
	ck_assert_uint_ge(ext->cwnd, start + 10 * MSS);
	ck_assert_uint_le(ext->cwnd, start + 16 * MSS);
}
END_TEST

/* Round trips in which `octets` arrive each. */
static void
rounds(struct la_tcp_ext *ext, uint32_t n, uint32_t octets, uint32_t rtt_us)
{
	for (uint32_t i = 0; i < n; i++) {
		h.now_us += rtt_us;
		h.tcb.snd.una += octets;
		la_westwood__delivered(&h.tcb, ext, octets, h.now_us);
		h.tcb.snd.nxt = h.tcb.snd.una;
	}
}

/* The same flight is lost from: without a queue, with one, and by what was long ago. */
START_TEST(westwood_leaves_what_the_path_carries)
{
	const uint32_t half = 10 * MSS, full = 20 * MSS;
	struct la_tcp_ext ext = { .min_rtt_us = 10000 };

	h.tcb.snd.una = h.tcb.snd.nxt = S(0);
	ck_assert_uint_eq(la_westwood__reduced(&ext, half, full), half);
	rounds(&ext, 6, full, 10000);
	ck_assert_uint_ge(la_westwood__reduced(&ext, half, full), full - MSS);
	/* The round trip has become longer by a half: a third of it is a queue. */
	rounds(&ext, 32, full, 15000);
	ck_assert_uint_ge(la_westwood__reduced(&ext, half, full), full * 2 / 3 - MSS);
	ck_assert_uint_le(la_westwood__reduced(&ext, half, full), full * 2 / 3 + MSS);
	rounds(&ext, 32, full, 90000);
	ck_assert_uint_eq(la_westwood__reduced(&ext, half, full), half);
	memset(&h.tcb, 0, sizeof(h.tcb));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("congestion");
	TCase *t = rfc_case(s, "congestion");

	tcase_add_loop_test(t, the_initial_window, 0, 5);
	tcase_add_test(t, one_segment_after_a_lost_syn);
	tcase_add_test(t, slow_start_adds_a_segment_for_each_ack);
	tcase_add_test(t, divided_acks_gain_nothing);
	tcase_add_test(t, avoidance_adds_a_segment_for_each_window);
	tcase_add_test(t, two_duplicate_acks_do_nothing);
	tcase_add_test(t, the_third_duplicate_ack_sends_again);
	tcase_add_test(t, each_further_duplicate_lets_a_segment_go);
	tcase_add_test(t, a_full_ack_ends_recovery_at_ssthresh);
	tcase_add_test(t, a_partial_ack_sends_the_next_hole);
	tcase_add_loop_test(t, other_acks_are_not_duplicates, 0, 3);
	tcase_add_test(t, duplicates_with_nothing_in_flight_mean_nothing);
	tcase_add_test(t, a_timeout_leaves_one_segment);
	tcase_add_test(t, ssthresh_is_two_segments_at_least);
	tcase_add_test(t, duplicates_from_before_a_timeout_do_not_start_recovery);
	tcase_add_loop_test(t, an_idle_connection_starts_slowly_again, 0, 2);
	tcase_add_test(t, cubic_leaves_seven_tenths);
	tcase_add_test(t, cubic_grows_as_the_cube_of_time);
	tcase_add_test(t, cubic_is_no_slower_than_newreno);
	tcase_add_test(t, westwood_leaves_what_the_path_carries);
	return s;
}

LA_CHECK_MAIN(suite)
