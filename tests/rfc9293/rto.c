/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 6298: the retransmission timer. */
#include "rfc9293.h"

static uint32_t place;

/* Send one octet and have it acknowledged after some time. */
static void
round_trip(uint32_t rtt_us)
{
	tcb_send(&h, 1);
	SENDS(&h, { LA_ACK, S(place), R(0), 1 });
	h.now_us += rtt_us;
	place++;
	tcb_arrives(&h, seg_ack(R(0), S(place)));
	tcb_pull(&h);
}

/* How long text sent now waits for its ACK. */
static uint64_t
rto_now(void)
{
	uint64_t rto;

	tcb_send(&h, 1);
	tcb_pull(&h);
	rto = h.deadline_us - h.now_us;
	place++;
	h.now_us += 1000;
	tcb_arrives(&h, seg_ack(R(0), S(place)));
	return rto;
}

static void
open_fine(uint32_t rto_min_us)
{
	place = 0;
	h.params.rto_min_us = rto_min_us;
	rfc_open();
}

START_TEST(the_first_rto_is_one_second)
{
	open_fine(1000000);
	tcb_send(&h, 1);
	tcb_pull(&h);
	ck_assert_int_eq(h.tcb.timer, LA_TIMER_RETRANSMIT);
	ck_assert_uint_eq(h.deadline_us - h.now_us, 1000000);
}
END_TEST

START_TEST(srtt_and_rttvar_are_as_2_2_and_2_3_say)
{
	static const uint32_t rtts[] = { 400000, 800000, 800000, 100000, 1, 2000000, 400000 };
	double srtt = 0, rttvar = 0;

	open_fine(1);
	for (unsigned i = 0; i < sizeof(rtts) / sizeof(rtts[0]); i++) {
		double r = rtts[i], error;
		uint32_t rto;

		/* Sent and answered in time: raise the RTO out of the way. */
		tcb_send(&h, 1);
		tcb_pull(&h);
		la_tcp_ext(&h.env, &h.tcb)->rto_us = 60000000;
		h.now_us += rtts[i];
		place++;
		tcb_arrives(&h, seg_ack(R(0), S(place)));
		tcb_pull(&h);
		if (i == 0) {
			srtt = r;
			rttvar = r / 2;
		} else {
			error = srtt > r ? srtt - r : r - srtt;
			rttvar = 0.75 * rttvar + 0.25 * error;
			srtt = 0.875 * srtt + 0.125 * r;
		}
		rto = la_tcp_ext(&h.env, &h.tcb)->rto_us;
		/* Whole microseconds are kept, so a few may get lost. */
		ck_assert_double_ge_tol((double)rto, srtt + 4 * rttvar - 40, 0.5);
		ck_assert_double_le_tol((double)rto, srtt + 4 * rttvar + 40, 0.5);
	}
}
END_TEST

START_TEST(a_steady_round_trip_leaves_srtt_plus_g)
{
	open_fine(1);
	for (int i = 0; i < 100; i++)
		round_trip(5000);
	ck_assert_uint_ge(la_tcp_ext(&h.env, &h.tcb)->rto_us, 5000 + 1);
	ck_assert_uint_le(la_tcp_ext(&h.env, &h.tcb)->rto_us, 5000 + 10000);
}
END_TEST

START_TEST(the_rto_is_a_second_at_least_and_the_maximum_at_most)
{
	open_fine(1000000);
	round_trip(100);
	ck_assert_uint_eq(rto_now(), 1000000);
	tcb_send(&h, 1);
	tcb_pull(&h);
	h.now_us += 500000000;
	place++;
	tcb_arrives(&h, seg_ack(R(0), S(place)));
	ck_assert_uint_eq(rto_now(), h.params.rto_max_us);
}
END_TEST

/* 5.4 to 5.6 */
START_TEST(each_timeout_doubles_the_rto_to_the_maximum)
{
	uint64_t rto = 1000000, last;

	/* The least that any path takes: no timeout makes a segment smaller. */
	rfc_open_with((struct tcb_setup){ .mss = 536 });
	h.params.retries = 10;
	tcb_send(&h, 3000);
	tcb_pull(&h);
	for (int i = 0; i < 10; i++) {
		last = h.now_us;
		ck_assert(tcb_fire(&h));
		ck_assert_uint_eq(h.now_us - last, rto);
		ck_assert(h.out.events & LA_EV_RETRANSMIT);
		SENDS(&h, { LA_ACK, S(0), R(0), 536 });
		rto = rto * 2 < h.params.rto_max_us ? rto * 2 : h.params.rto_max_us;
	}
	/* R2 (MUST-20) */
	ck_assert(tcb_fire(&h));
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_TIMED_OUT);
}
END_TEST

/* 5.2 */
START_TEST(the_timer_stops_when_all_is_acknowledged)
{
	open_fine(1000000);
	tcb_send(&h, 100);
	tcb_pull(&h);
	tcb_arrives(&h, seg_ack(R(0), S(100)));
	tcb_pull(&h);
	ck_assert_int_ne(h.tcb.timer, LA_TIMER_RETRANSMIT);
	tcb_wait(&h, 100000000);
	ck_assert(!(h.events & LA_EV_RETRANSMIT));
	ck_state(LA_ESTABLISHED);
}
END_TEST

/* 5.3 */
START_TEST(an_ack_of_new_text_starts_the_timer_anew)
{
	open_fine(1000000);
	tcb_send(&h, 2 * MSS);
	tcb_pull(&h);
	h.now_us += 900000;
	tcb_arrives(&h, seg_ack(R(0), S(MSS)));
	tcb_pull(&h);
	ck_assert_uint_ge(h.deadline_us, h.now_us + 1000000);
}
END_TEST

START_TEST(a_duplicate_ack_does_not_start_the_timer_anew)
{
	uint64_t deadline;

	open_fine(1000000);
	tcb_send(&h, 2 * MSS);
	tcb_pull(&h);
	deadline = h.deadline_us;
	h.now_us += 900000;
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	tcb_pull(&h);
	ck_assert_uint_eq(h.deadline_us, deadline);
}
END_TEST

/* MUST-18: 3 */
START_TEST(karn_text_sent_again_is_not_timed)
{
	open_fine(1);
	round_trip(100000);
	tcb_send(&h, 1);
	tcb_pull(&h);
	ck_assert(tcb_fire(&h));
	tcb_pull(&h);
	h.now_us += 5000;
	place++;
	tcb_arrives(&h, seg_ack(R(0), S(place)));
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->srtt_us, 100000);
	/* The next clean one is. */
	tcb_pull(&h);
	round_trip(100000);
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->srtt_us, 100000);
}
END_TEST

START_TEST(karn_after_fast_retransmit_too)
{
	open_fine(1);
	round_trip(100000);
	h.params.rto_min_us = 1000000;
	tcb_send(&h, 3 * MSS);
	tcb_pull(&h);
	for (int i = 0; i < 3; i++)
		tcb_arrives(&h, seg_ack(R(0), S(1)));
	tcb_pull(&h);
	h.now_us += 7;
	tcb_arrives(&h, seg_ack(R(0), h.tcb.snd.nxt));
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->srtt_us, 100000);
}
END_TEST

START_TEST(progress_ends_the_backoff)
{
	open_fine(1000000);
	tcb_send(&h, 1);
	tcb_pull(&h);
	for (int i = 0; i < 4; i++) {
		tcb_fire(&h);
		tcb_pull(&h);
	}
	place++;
	tcb_arrives(&h, seg_ack(R(0), S(1)));
	tcb_pull(&h);
	ck_assert_uint_eq(h.tcb.backoff, 0);
	round_trip(1000);
	ck_assert_uint_eq(rto_now(), 1000000);
}
END_TEST

/* 5.7 */
START_TEST(three_seconds_after_the_syn_was_lost)
{
	place = 0;
	tcb_enter(&h, _i ? LA_SYN_SENT : LA_SYN_RECEIVED);
	tcb_fire(&h);
	tcb_pull(&h);
	tcb_arrives(&h, _i ? seg_syn_ack(S(0)) : seg_ack(R(0), S(0)));
	tcb_pull(&h);
	ck_state(LA_ESTABLISHED);
	tcb_send(&h, 1);
	tcb_pull(&h);
	ck_assert_uint_eq(h.deadline_us - h.now_us, 3000000);
}
END_TEST

START_TEST(three_seconds_also_for_text_queued_before)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_send(&h, 100);
	tcb_fire(&h);
	SENDS(&h, { LA_SYN, TEST_ISS, 0, 0 });
	tcb_arrives(&h, seg_syn_ack(S(0)));
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[h.sents - 1].len, 100);
	ck_assert_uint_eq(h.deadline_us - h.now_us, 3000000);
}
END_TEST

START_TEST(all_that_was_lost_is_sent_again_as_acks_come)
{
	open_fine(1000000);
	tcb_send(&h, 4000);
	tcb_pull(&h);
	tcb_fire(&h);
	SENDS(&h, { LA_ACK, S(0), R(0), MSS });
	tcb_arrives(&h, seg_ack(R(0), S(MSS)));
	SENDS(&h, { LA_ACK, S(MSS), R(0), MSS }, { LA_ACK, S(2 * MSS), R(0), 4000 - 2 * MSS });
	tcb_arrives(&h, seg_ack(R(0), S(4000)));
	ck_assert_uint_eq(h.acked, 4000);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(an_ack_of_what_was_sent_before_the_timeout_counts)
{
	open_fine(1000000);
	tcb_send(&h, 4000);
	tcb_pull(&h);
	tcb_fire(&h);
	tcb_pull(&h);
	/* Only the ACK had been late. */
	tcb_arrives(&h, seg_ack(R(0), S(4000)));
	ck_assert_uint_eq(h.acked, 4000);
	SENDS_NOTHING(&h);
	ck_assert_uint_eq(la_tcp_unsent(&h.env, &h.tcb), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("rto");
	TCase *t = rfc_case(s, "rto");

	tcase_add_test(t, the_first_rto_is_one_second);
	tcase_add_test(t, srtt_and_rttvar_are_as_2_2_and_2_3_say);
	tcase_add_test(t, a_steady_round_trip_leaves_srtt_plus_g);
	tcase_add_test(t, the_rto_is_a_second_at_least_and_the_maximum_at_most);
	tcase_add_test(t, each_timeout_doubles_the_rto_to_the_maximum);
	tcase_add_test(t, the_timer_stops_when_all_is_acknowledged);
	tcase_add_test(t, an_ack_of_new_text_starts_the_timer_anew);
	tcase_add_test(t, a_duplicate_ack_does_not_start_the_timer_anew);
	tcase_add_test(t, karn_text_sent_again_is_not_timed);
	tcase_add_test(t, karn_after_fast_retransmit_too);
	tcase_add_test(t, progress_ends_the_backoff);
	tcase_add_loop_test(t, three_seconds_after_the_syn_was_lost, 0, 2);
	tcase_add_test(t, three_seconds_also_for_text_queued_before);
	tcase_add_test(t, all_that_was_lost_is_sent_again_as_acks_come);
	tcase_add_test(t, an_ack_of_what_was_sent_before_the_timeout_counts);
	return s;
}

LA_CHECK_MAIN(suite)
