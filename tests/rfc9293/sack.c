/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SACK that we send and use (RFC 2018, 2883), RACK-TLP (RFC 8985), PRR (RFC 9937), and what
 * undoes a needless recovery (RFC 3522, 3708).
 */
#include "rfc9293.h"

enum { RTT_US = 20000 };

static struct la_tcp_ext *
ext(void)
{
	return la_tcp_ext(&h.env, &h.tcb);
}

/* An ACK with up to two blocks; places are in our stream. */
static void
sack_to(uint32_t place, uint32_t l1, uint32_t r1, uint32_t l2, uint32_t r2)
{
	struct la_seg seg = seg_ack(R(0), S(place));

	if (h.tcb.flags & LA_TCB_TIMESTAMPS)
		seg = seg_ts(seg, h.peer_tsval++, h.last_tsval);
	seg.opts.present |= LA_OPT_SACK;
	seg.opts.sack[seg.opts.sacks++] = (struct la_sack){ S(l1), S(r1) };
	if (l2 != r2)
		seg.opts.sack[seg.opts.sacks++] = (struct la_sack){ S(l2), S(r2) };
	tcb_arrives(&h, seg);
}

/* Ten segments in flight, and an RTT that is known. */
static void
open_ten(bool timestamps)
{
	h.params.rto_min_us = 200000;
	rfc_open_with((struct tcb_setup){ .sack = true, .timestamps = timestamps,
		.wscale = true, .shift = 3 });
	tcb_send(&h, 1);
	tcb_pull(&h);
	h.now_us += RTT_US;
	tcb_arrives(&h, seg_ack(R(0), S(1)));
	tcb_pull(&h);
	tcb_send(&h, 200 * la_test_mss());
	ext()->cwnd = 10 * la_test_mss();
	tcb_pull(&h);
}

/* Text of segment n. */
#define AT(n) (1 + (n) * mss())
static uint32_t
mss(void)
{
	return la_test_mss() - (h.tcb.flags & LA_TCB_TIMESTAMPS ? 12 : 0);
}

/* Was a segment sent from there by the last pull? */
static bool
was_sent(uint32_t place)
{
	for (uint32_t i = 0; i < h.sents; i++)
		if (h.sent[i].seq == S(place) && h.sent[i].len > 0)
			return true;
	return false;
}

START_TEST(only_the_holes_are_sent_again)
{
	open_ten(false);
	h.now_us += RTT_US;
	sack_to(AT(0), AT(1), AT(3), AT(4), AT(7));
	tcb_pull(&h);
	ck_assert(was_sent(AT(0)) && was_sent(AT(3)));
	for (uint32_t n = 1; n < 9; n++)
		ck_assert(n == 3 || !was_sent(AT(n)));
	ck_assert(ext()->recovering);
	sack_to(AT(3), AT(4), AT(9), 0, 0);
	tcb_pull(&h);
	sack_to(AT(9), AT(9), AT(9), 0, 0);
	ck_assert_uint_eq(h.acked, AT(9));
}
END_TEST

/* PRR: what is in flight falls to ssthresh, and not at once. */
START_TEST(the_window_is_reduced_as_acks_come)
{
	uint32_t sent = 0;

	open_ten(false);
	h.now_us += RTT_US;
	for (uint32_t n = 2; n <= 10; n++) {
		sack_to(AT(0), AT(1), AT(n), 0, 0);
		tcb_pull(&h);
		for (uint32_t i = 0; i < h.sents; i++)
			sent += h.sent[i].len > 0;
		h.now_us += 1000;
	}
	ck_assert(ext()->recovering);
	/* Of nine that arrived, about as many went out as ssthresh is of what was in flight. */
	ck_assert_uint_ge(sent, 4);
	ck_assert_uint_le(sent, 8);
	tcb_arrives(&h, seg_ack(R(0), h.tcb.snd.nxt));
	ck_assert(!ext()->recovering);
	ck_assert_uint_eq(ext()->cwnd, ext()->ssthresh);
}
END_TEST

/* RFC 8985, 6.2: one segment overtaken is no loss, before a quarter of the RTT is over. */
START_TEST(what_is_overtaken_is_not_sent_again)
{
	open_ten(false);
	h.now_us += RTT_US;
	sack_to(AT(0), AT(1), AT(2), 0, 0);
	tcb_pull(&h);
	ck_assert(!was_sent(AT(0)));
	ck_assert_int_eq(h.tcb.timer, LA_TIMER_REORDER);
	ck_assert_uint_eq(h.deadline_us, h.now_us + RTT_US / 4);
	if (_i == 0) {
		h.now_us += 2000;
		sack_to(AT(2), AT(2), AT(2), 0, 0);
		tcb_pull(&h);
		ck_assert(ext()->reordered && !ext()->recovering);
		ck_assert_int_ne(h.tcb.timer, LA_TIMER_REORDER);
	} else {
		tcb_fire(&h);
		tcb_pull(&h);
		ck_assert(was_sent(AT(0)));
		ck_assert(ext()->recovering);
	}
}
END_TEST

/* A segment that was sent again and lost again is sent a third time without a timeout. */
START_TEST(a_lost_retransmission_is_found)
{
	open_ten(false);
	h.now_us += RTT_US;
	sack_to(AT(0), AT(1), AT(5), 0, 0);
	tcb_pull(&h);
	ck_assert(was_sent(AT(0)));
	h.now_us += 5000;
	sack_to(AT(0), AT(1), AT(9), 0, 0);
	tcb_pull(&h);
	ck_assert(!was_sent(AT(0)));
	ck_assert(was_sent(AT(10)));
	h.now_us += RTT_US;
	sack_to(AT(0), AT(10), AT(11), AT(1), AT(9));
	tcb_pull(&h);
	if (!was_sent(AT(0))) {
		tcb_fire(&h);
		tcb_pull(&h);
	}
	ck_assert(was_sent(AT(0)));
	ck_assert(!(h.events & LA_EV_RETRANSMIT));
}
END_TEST

/* RFC 8985, 7: the tail is asked about after two round trips, and not by a timeout. */
START_TEST(a_lost_tail_is_probed)
{
	uint64_t began;

	open_ten(false);
	sack_to(AT(10), AT(10), AT(10), 0, 0);
	ext()->cwnd = 3 * mss();
	h.tcb.snd_wnd = (uint16_t)(3 * mss() >> 3);
	tcb_pull(&h);
	began = h.now_us;
	ck_assert_int_eq(h.tcb.timer, LA_TIMER_TAIL);
	ck_assert(tcb_fire(&h));
	ck_assert_uint_le(h.now_us - began, 2 * RTT_US + RTT_US / 2);
	ck_assert_uint_eq(tcb_pull(&h), 1);
	ck_assert(!(h.events & LA_EV_RETRANSMIT));
	ck_assert_int_eq(h.tcb.timer, LA_TIMER_RETRANSMIT);
	/* The last of them; its SACK shows that those before are lost. */
	ck_assert_uint_eq(h.sent[0].seq + h.sent[0].len, h.tcb.snd.nxt);
	h.now_us += RTT_US;
	sack_to(AT(10), h.sent[0].seq - S(0), h.tcb.snd.nxt - S(0), 0, 0);
	tcb_pull(&h);
	if (!was_sent(AT(10))) {
		tcb_fire(&h);
		tcb_pull(&h);
	}
	ck_assert(was_sent(AT(10)));
	ck_assert(!(h.events & LA_EV_RETRANSMIT));
}
END_TEST

/* After a timeout what SACK has named is not sent again. */
START_TEST(a_timeout_steps_over_what_arrived)
{
	open_ten(false);
	h.now_us += RTT_US;
	sack_to(AT(0), AT(1), AT(2), 0, 0);
	while (!(h.events & LA_EV_RETRANSMIT)) {
		tcb_pull(&h);
		ck_assert(tcb_fire(&h));
	}
	tcb_pull(&h);
	ck_assert(was_sent(AT(0)));
	h.now_us += RTT_US;
	sack_to(AT(2), AT(2), AT(2), 0, 0);
	tcb_pull(&h);
	ck_assert(was_sent(AT(2)));
	ck_assert(!was_sent(AT(1)));
}
END_TEST

/* RFC 2018, 8: a peer may throw away what it has named. */
START_TEST(a_peer_may_renege)
{
	open_ten(false);
	h.now_us += RTT_US;
	sack_to(AT(0), AT(1), AT(10), 0, 0);
	tcb_pull(&h);
	h.now_us += RTT_US;
	tcb_arrives(&h, seg_ack(R(0), S(AT(1))));
	for (uint32_t n = 1; n < 10; n++) {
		h.events = 0;
		while (!was_sent(AT(n))) {
			ck_assert(tcb_fire(&h));
			tcb_pull(&h);
		}
		tcb_arrives(&h, seg_ack(R(0), S(AT(n + 1))));
	}
	ck_assert_uint_ge(h.acked, AT(10));
}
END_TEST

/* All is named, and nothing acknowledged: then the timeout has to come, and no probe for ever. */
START_TEST(a_peer_that_names_all_and_reneges_is_timed_out)
{
	open_ten(false);
	h.now_us += RTT_US;
	sack_to(AT(0), AT(0), AT(10), 0, 0);
	tcb_pull(&h);
	sack_to(AT(0), AT(0), h.tcb.snd.nxt - S(0), 0, 0);
	h.tcb.snd_wnd = 0;
	for (int i = 0; i < 4 && !(h.events & LA_EV_RETRANSMIT); i++) {
		tcb_pull(&h);
		ck_assert(tcb_fire(&h));
	}
	ck_assert(h.events & LA_EV_RETRANSMIT);
}
END_TEST

static void
enter_recovery(void)
{
	h.now_us += RTT_US;
	sack_to(AT(0), AT(1), AT(5), 0, 0);
	tcb_pull(&h);
	ck_assert(was_sent(AT(0)));
	ck_assert(ext()->recovering);
	ck_assert_uint_le(ext()->ssthresh, 8 * mss());
}

/* RFC 3522: the ACK was drawn by the original. */
START_TEST(a_needless_recovery_is_undone_by_timestamps)
{
	uint32_t before, cwnd;

	open_ten(true);
	before = h.last_tsval;
	cwnd = ext()->cwnd;
	enter_recovery();
	h.now_us += 2000;
	tcb_arrives(&h, seg_ts(seg_ack(R(0), S(AT(5))), h.peer_tsval++,
			_i == 0 ? before : h.last_tsval));
	ck_assert_int_eq(ext()->recovering, _i != 0);
	if (_i == 0)
		ck_assert_uint_ge(ext()->cwnd, cwnd);
}
END_TEST

/* RFC 3708: all that was sent again came twice. */
START_TEST(a_needless_recovery_is_undone_by_dsack)
{
	uint32_t cwnd;

	open_ten(false);
	cwnd = ext()->cwnd;
	enter_recovery();
	h.now_us += 2000;
	tcb_arrives(&h, seg_ack(R(0), S(AT(10))));
	ck_assert_uint_lt(ext()->cwnd, cwnd);
	tcb_pull(&h);
	h.now_us += RTT_US;
	sack_to(AT(10), AT(0), AT(1), 0, 0);
	ck_assert_uint_ge(ext()->cwnd, cwnd);
	/* And the window for reordering is wider. */
	ck_assert_uint_gt(ext()->reo_steps, 1);
}
END_TEST

START_TEST(blocks_that_cannot_be_change_nothing)
{
	static const struct { uint32_t left, right; } odd[] = {
		{ 0, 0 }, { 5, 4 }, { 1, 0x7fffffff }, { 0x80000000, 1 }, { 100, 2000000 },
		{ 0x7fffffff, 0xffffffff },
	};

	open_ten(false);
	for (uint32_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		sack_to(AT(0), odd[i].left, odd[i].right, 0, 0);
	ck_assert_uint_eq(tcb_pull(&h), 0);
	ck_assert(!ext()->scarred);
}
END_TEST

/* More holes than ranges: in the end all is sent again that did not come. */
START_TEST(the_scoreboard_may_overflow)
{
	enum { SEGMENTS = 60 };
	bool got[SEGMENTS + 1] = { false };
	uint32_t una = 0;

	open_ten(false);
	h.tcb.snd_wnd = UINT16_MAX;
	ext()->cwnd = SEGMENTS * mss();
	tcb_pull(&h);
	h.now_us += RTT_US;
	for (uint32_t n = 1; n < SEGMENTS; n += 2) {
		got[n] = true;
		sack_to(AT(0), AT(n), AT(n + 1), 0, 0);
		tcb_pull(&h);
		for (uint32_t i = 0; i < h.sents; i++)
			if (h.sent[i].len > 0 && h.sent[i].seq - S(1) < SEGMENTS * mss())
				got[(h.sent[i].seq - S(1)) / mss()] = true;
	}
	for (int i = 0; una < SEGMENTS && i < 1000; i++) {
		while (got[una])
			una++;
		h.now_us += RTT_US;
		tcb_arrives(&h, seg_ack(R(0), S(AT(una))));
		if (tcb_pull(&h) == 0 && una < SEGMENTS) {
			tcb_fire(&h);
			tcb_pull(&h);
		}
		for (uint32_t j = 0; j < h.sents; j++)
			if (h.sent[j].len > 0 && h.sent[j].seq - S(1) < SEGMENTS * mss())
				got[(h.sent[j].seq - S(1)) / mss()] = true;
	}
	ck_assert_uint_eq(una, SEGMENTS);
}
END_TEST

/* As a receiver */

/* RFC 2883, 4: what comes twice is named first, once. */
START_TEST(what_comes_twice_is_reported)
{
	rfc_open_with((struct tcb_setup){ .sack = true });
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	tcb_arrives(&h, seg_data(R(300), S(0), 100));
	tcb_pull(&h);
	if (_i == 0)            /* All of it old. */
		tcb_arrives(&h, seg_data(R(0), S(0), 100));
	else if (_i == 1)       /* Its front is. */
		tcb_arrives(&h, seg_data(R(0), S(0), 200));
	else                    /* Held already. */
		tcb_arrives(&h, seg_data(R(300), S(0), 100));
	ck_assert_uint_ge(tcb_pull(&h), 1);
	ck_assert_uint_eq(h.sent[0].opts.sacks, 2);
	ck_assert_uint_eq(h.sent[0].opts.sack[0].left, R(_i == 2 ? 300 : 0));
	ck_assert_uint_eq(h.sent[0].opts.sack[0].right, R(_i == 2 ? 400 : 100));
	ck_assert_uint_eq(h.sent[0].opts.sack[1].left, R(300));
	tcb_arrives(&h, seg_data(R(500), S(0), 100));
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].opts.sack[0].left, R(500));
}
END_TEST

/* Segments of text bear no SACK: a bare ACK follows. */
START_TEST(a_duplicate_is_reported_beside_text)
{
	rfc_open_with((struct tcb_setup){ .sack = true });
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	tcb_send(&h, 100);
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_assert_uint_eq(tcb_pull(&h), 2);
	ck_assert_uint_eq(h.sent[0].len, 100);
	ck_assert_uint_eq(h.sent[1].opts.sacks, 1);
	ck_assert_uint_eq(h.sent[1].opts.sack[0].right, R(100));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sack");
	TCase *t = rfc_case(s, "sack");

	tcase_add_test(t, only_the_holes_are_sent_again);
	tcase_add_test(t, the_window_is_reduced_as_acks_come);
	tcase_add_loop_test(t, what_is_overtaken_is_not_sent_again, 0, 2);
	tcase_add_test(t, a_lost_retransmission_is_found);
	tcase_add_test(t, a_lost_tail_is_probed);
	tcase_add_test(t, a_timeout_steps_over_what_arrived);
	tcase_add_test(t, a_peer_may_renege);
	tcase_add_test(t, a_peer_that_names_all_and_reneges_is_timed_out);
	tcase_add_loop_test(t, a_needless_recovery_is_undone_by_timestamps, 0, 2);
	tcase_add_test(t, a_needless_recovery_is_undone_by_dsack);
	tcase_add_test(t, blocks_that_cannot_be_change_nothing);
	tcase_add_test(t, the_scoreboard_may_overflow);
	tcase_add_loop_test(t, what_comes_twice_is_reported, 0, 3);
	tcase_add_test(t, a_duplicate_is_reported_beside_text);
	return s;
}

LA_CHECK_MAIN(suite)
