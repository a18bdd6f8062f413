/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.6 and 3.10.4: every order in which two ends can close. */
#include "rfc9293.h"

START_TEST(client_first)
{
	rfc_open();
	tcb_arrives(&h, seg_fin(R(0), S(0)));
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.events, LA_EV_FIN);
	SENDS(&h, { LA_ACK, S(0), R(1), 0 });
	/* The service finishes. */
	tcb_send(&h, 100);
	SENDS(&h, { LA_ACK, S(0), R(1), 100 });
	tcb_arrives(&h, seg_ack(R(1), S(100)));
	ck_state(LA_CLOSE_WAIT);
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(100), R(1), 0 });
	ck_state(LA_LAST_ACK);
	tcb_arrives(&h, seg_ack(R(1), S(101)));
	ck_state(LA_CLOSED);
	ck_assert_uint_eq(h.events, LA_EV_FIN | LA_EV_CLOSED);
	ck_assert_uint_eq(h.acked, 100);
	ck_no_reply();
}
END_TEST

START_TEST(client_first_answered_in_one_segment)
{
	rfc_open();
	tcb_arrives(&h, seg_data_fin(R(0), S(0), 100));
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.got, 100);
	tcb_send(&h, 50);
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(0), R(101), 50 });
	tcb_arrives(&h, seg_ack(R(101), S(51)));
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_CLOSED);
}
END_TEST

START_TEST(server_first)
{
	rfc_open();
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(0), R(0), 0 });
	ck_state(LA_FIN_WAIT_1);
	tcb_arrives(&h, seg_ack(R(0), S(1)));
	ck_state(LA_FIN_WAIT_2);
	ck_assert_uint_eq(h.acked, 0);
	SENDS_NOTHING(&h);
	tcb_arrives(&h, seg_fin(R(0), S(1)));
	ck_state(LA_TIME_WAIT);
	ck_assert(h.events & LA_EV_TIME_WAIT);
	SENDS(&h, { LA_ACK, S(1), R(1), 0 });
}
END_TEST

START_TEST(server_first_fin_and_ack_in_one)
{
	rfc_open();
	tcb_send(&h, 100);
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(0), R(0), 100 });
	tcb_arrives(&h, seg_fin(R(0), S(101)));
	ck_state(LA_TIME_WAIT);
	ck_assert(h.events & LA_EV_TIME_WAIT);
	ck_assert_uint_eq(h.acked, 100);
	SENDS(&h, { LA_ACK, S(101), R(1), 0 });
}
END_TEST

START_TEST(simultaneous)
{
	rfc_open();
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(0), R(0), 0 });
	tcb_arrives(&h, seg_fin(R(0), S(0)));
	ck_state(LA_CLOSING);
	SENDS(&h, { LA_ACK, S(1), R(1), 0 });
	tcb_arrives(&h, seg_ack(R(1), S(1)));
	ck_state(LA_TIME_WAIT);
	ck_assert(h.events & LA_EV_TIME_WAIT);
}
END_TEST

START_TEST(closing_ignores_an_ack_of_less_than_the_fin)
{
	tcb_enter(&h, LA_CLOSING);
	tcb_arrives(&h, seg_ack(R(1), S(0)));
	ck_state(LA_CLOSING);
	tcb_arrives(&h, seg_ack(R(1), S(1)));
	ck_state(LA_TIME_WAIT);
}
END_TEST

START_TEST(half_close_takes_the_peers_text)
{
	tcb_enter(&h, _i ? LA_FIN_WAIT_2 : LA_FIN_WAIT_1);
	tcb_arrives(&h, seg_data(R(0), S(_i), 1000));
	ck_reason(LA_OK);
	ck_assert_uint_eq(h.got, 1000);
	SENDS(&h, { LA_ACK, S(1), R(1000), 0 });
	tcb_arrives(&h, seg_data(R(2000), S(1), 1000));
	tcb_arrives(&h, seg_data(R(1000), S(1), 1000));
	ck_state(LA_FIN_WAIT_2);
	ck_assert_uint_eq(h.got, 3000);
	SENDS(&h, { LA_ACK, S(1), R(3000), 0 });
	tcb_arrives(&h, seg_data_fin(R(3000), S(1), 10));
	ck_state(LA_TIME_WAIT);
	ck_assert_uint_eq(h.got, 3010);
	SENDS(&h, { LA_ACK, S(1), R(3011), 0 });
}
END_TEST

START_TEST(a_fin_ahead_of_a_hole_waits_in_fin_wait_2)
{
	tcb_enter(&h, LA_FIN_WAIT_2);
	tcb_arrives(&h, seg_fin(R(100), S(1)));
	ck_state(LA_FIN_WAIT_2);
	SENDS(&h, { LA_ACK, S(1), R(0), 0 });
	tcb_arrives(&h, seg_data(R(0), S(1), 100));
	ck_state(LA_TIME_WAIT);
	ck_assert_uint_eq(h.got, 100);
	SENDS(&h, { LA_ACK, S(1), R(101), 0 });
}
END_TEST

static void
end_reading(struct tcb_host *host)
{
	la_tcp_abort(&host->env, &host->tcb, &host->out);
}

/* RFC 2525, 2.17 */
START_TEST(text_nobody_reads_after_close_draws_a_rst)
{
	tcb_enter(&h, _i ? LA_FIN_WAIT_2 : LA_FIN_WAIT_1);
	h.on_data = end_reading;
	tcb_arrives(&h, seg_data(R(0), S(_i), 1000));
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_ABORTED);
	ck_assert(h.out.events & LA_EV_REPLY);
	ck_assert_uint_eq(h.out.reply.seq, S(1));
}
END_TEST

START_TEST(our_fin_is_repeated_with_backoff_and_given_up)
{
	uint64_t rto = h.params.rto_initial_us;

	h.params.retries = 4;
	tcb_enter(&h, _i ? LA_LAST_ACK : LA_FIN_WAIT_1);
	for (int i = 0; i < 4; i++, rto *= 2) {
		uint64_t last = h.now_us;

		ck_assert(tcb_fire(&h));
		ck_assert_uint_eq(h.now_us - last, rto);
		SENDS(&h, { LA_FIN | LA_ACK, S(0), h.tcb.rcv.nxt, 0 });
	}
	ck_assert(tcb_fire(&h));
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_TIMED_OUT);
}
END_TEST

START_TEST(our_fin_is_repeated_in_closing)
{
	tcb_enter(&h, LA_CLOSING);
	ck_assert(tcb_fire(&h));
	SENDS(&h, { LA_FIN | LA_ACK, S(0), R(1), 0 });
	tcb_arrives(&h, seg_ack(R(1), S(1)));
	ck_state(LA_TIME_WAIT);
}
END_TEST

START_TEST(a_fin_with_text_is_repeated_with_its_text)
{
	rfc_open();
	tcb_send(&h, 2000);
	tcb_close(&h);
	SENDS(&h, { LA_ACK, S(0), R(0), MSS }, { LA_FIN | LA_ACK, S(MSS), R(0), 2000 - MSS });
	tcb_arrives(&h, seg_ack(R(0), S(MSS)));
	ck_state(LA_FIN_WAIT_1);
	ck_assert(tcb_fire(&h));
	SENDS(&h, { LA_FIN | LA_ACK, S(MSS), R(0), 2000 - MSS });
	/* Text acknowledged, the FIN not. */
	tcb_arrives(&h, seg_ack(R(0), S(2000)));
	ck_state(LA_FIN_WAIT_1);
	ck_assert_uint_eq(h.acked, 2000);
	ck_assert(tcb_fire(&h));
	SENDS(&h, { LA_FIN | LA_ACK, S(2000), R(0), 0 });
	tcb_arrives(&h, seg_ack(R(0), S(2001)));
	ck_state(LA_FIN_WAIT_2);
	ck_assert_uint_eq(h.acked, 2000);
}
END_TEST

START_TEST(a_repeated_fin_is_acked_again)
{
	static const enum la_tcp_state states[] = { LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK };

	tcb_enter(&h, states[_i]);
	for (int i = 0; i < 3; i++) {
		tcb_arrives(&h, seg_fin(R(0), S(0)));
		ck_state(states[_i]);
		SENDS(&h, { LA_ACK, h.tcb.snd.nxt, R(1), 0 });
	}
}
END_TEST

/* The peer's FIN again, and it acknowledges ours: LAST-ACK and CLOSING must move on. */
START_TEST(a_repeated_fin_that_acks_ours_does_not_lock_up)
{
	tcb_enter(&h, _i ? LA_LAST_ACK : LA_CLOSING);
	tcb_arrives(&h, seg_fin(R(0), S(1)));
	tcb_pull(&h);
	if (h.tcb.state == LA_CLOSING || h.tcb.state == LA_LAST_ACK)
		tcb_arrives(&h, seg_ack(R(1), S(1)));
	ck_state(_i ? LA_CLOSED : LA_TIME_WAIT);
}
END_TEST

START_TEST(fin_wait_2_ends_after_its_limit)
{
	tcb_enter(&h, LA_FIN_WAIT_2);
	tcb_wait(&h, h.params.fin_wait_2_us - 1000000);
	ck_state(LA_FIN_WAIT_2);
	tcb_wait(&h, 2000000);
	ck_assert(h.tcb.state == LA_CLOSED || h.tcb.state == LA_TIME_WAIT);
}
END_TEST

START_TEST(fin_wait_2_without_a_limit_stays)
{
	h.params.fin_wait_2_us = 0;
	tcb_enter(&h, LA_FIN_WAIT_2);
	tcb_wait(&h, 86400000000);
	ck_state(LA_FIN_WAIT_2);
}
END_TEST

START_TEST(close_waits_for_what_was_queued)
{
	rfc_open_with((struct tcb_setup){ .wnd = 1000 });
	tcb_send(&h, 2500);
	tcb_close(&h);
	tcb_pull(&h);
	ck_assert_uint_eq(h.tcb.snd.nxt, S(1000));
	for (int i = 0; i < h.params.retries && h.tcb.snd.nxt != S(2501); i++) {
		for (uint32_t j = 0; j < h.sents; j++)
			ck_assert(!(h.sent[j].flags & LA_FIN));
		tcb_arrives(&h, seg_wnd(seg_ack(R(0), h.tcb.snd.nxt), 1000));
		tcb_pull(&h);
	}
	ck_assert_uint_eq(h.tcb.snd.nxt, S(2501));
	tcb_arrives(&h, seg_ack(R(0), S(2501)));
	ck_state(LA_FIN_WAIT_2);
	ck_assert_uint_eq(h.acked, 2500);
}
END_TEST

START_TEST(close_twice_sends_one_fin)
{
	rfc_open();
	tcb_close(&h);
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(0), R(0), 0 });
	tcb_close(&h);
	SENDS_NOTHING(&h);
	tcb_arrives(&h, seg_ack(R(0), S(1)));
	tcb_close(&h);
	SENDS_NOTHING(&h);
	ck_state(LA_FIN_WAIT_2);
}
END_TEST

/* RFC 9293 makes no room for a FIN in a closed window; it goes out all the same
 * or by a probe, and teardown never hangs on a reader that stopped. */
START_TEST(a_fin_gets_through_a_closed_window)
{
	bool fin = false;

	rfc_open();
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 0));
	tcb_close(&h);
	for (int i = 0; i < 6 && !fin; i++) {
		tcb_pull(&h);
		for (uint32_t j = 0; j < h.sents; j++)
			fin |= h.sent[j].flags & LA_FIN;
		if (!fin)
			ck_assert(tcb_fire(&h));
	}
	ck_assert(fin);
	ck_state(LA_FIN_WAIT_1);
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(1)), 0));
	ck_state(LA_FIN_WAIT_2);
}
END_TEST

START_TEST(the_peers_fin_does_not_stop_our_text)
{
	rfc_open_with((struct tcb_setup){ .wnd = 2000 });
	tcb_send(&h, 6000);
	tcb_pull(&h);
	tcb_arrives(&h, seg_wnd(seg_fin(R(0), S(0)), 2000));
	ck_state(LA_CLOSE_WAIT);
	tcb_pull(&h);
	for (int i = 0; i < 20 && la_tcp_unsent(&h.env, &h.tcb); i++) {
		tcb_arrives(&h, seg_wnd(seg_ack(R(1), h.tcb.snd.nxt), 2000));
		tcb_pull(&h);
	}
	ck_assert_uint_eq(h.acked, 6000);
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(6000), R(1), 0 });
	ck_state(LA_LAST_ACK);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("teardown");
	TCase *t = rfc_case(s, "teardown");

	tcase_add_test(t, client_first);
	tcase_add_test(t, client_first_answered_in_one_segment);
	tcase_add_test(t, server_first);
	tcase_add_test(t, server_first_fin_and_ack_in_one);
	tcase_add_test(t, simultaneous);
	tcase_add_test(t, closing_ignores_an_ack_of_less_than_the_fin);
	tcase_add_loop_test(t, half_close_takes_the_peers_text, 0, 2);
	tcase_add_test(t, a_fin_ahead_of_a_hole_waits_in_fin_wait_2);
	tcase_add_loop_test(t, text_nobody_reads_after_close_draws_a_rst, 0, 2);
	tcase_add_loop_test(t, our_fin_is_repeated_with_backoff_and_given_up, 0, 2);
	tcase_add_test(t, our_fin_is_repeated_in_closing);
	tcase_add_test(t, a_fin_with_text_is_repeated_with_its_text);
	tcase_add_loop_test(t, a_repeated_fin_is_acked_again, 0, 3);
	tcase_add_loop_test(t, a_repeated_fin_that_acks_ours_does_not_lock_up, 0, 2);
	tcase_add_test(t, fin_wait_2_ends_after_its_limit);
	tcase_add_test(t, fin_wait_2_without_a_limit_stays);
	tcase_add_test(t, close_waits_for_what_was_queued);
	tcase_add_test(t, close_twice_sends_one_fin);
	tcase_add_test(t, a_fin_gets_through_a_closed_window);
	tcase_add_test(t, the_peers_fin_does_not_stop_our_text);
	return s;
}

LA_CHECK_MAIN(suite)
