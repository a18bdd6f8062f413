/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.7 and 3.8.6: what is sent, and when. */
#include "rfc9293.h"

START_TEST(text_goes_out_in_segments_of_the_mss)
{
	rfc_open();
	tcb_send(&h, 4000);
	SENDS(&h, { LA_ACK, S(0), R(0), MSS }, { LA_ACK, S(MSS), R(0), MSS },
			{ LA_ACK, S(2 * MSS), R(0), 4000 - 2 * MSS });
	/* MUST-61: PSH on the last. */
	ck_assert(h.sent[2].flags & LA_PSH);
	ck_assert_uint_eq(la_tcp_unsent(&h.env, &h.tcb), 4000);
}
END_TEST

/* A peer may offer more than we can send: then it is ours that counts. */
static const struct { uint16_t mss; bool timestamps; uint16_t v4, v6; } sizes[] = {
	{ 536, false, 536, 536 }, { 1460, true, 1448, 1428 }, { 65535, false, 1460, 1440 },
	{ 1440, false, 1440, 1440 }, { 100, false, 100, 100 }, { 64, true, 52, 52 },
};
START_TEST(no_segment_is_larger_than_the_peer_takes)
{
	const uint32_t len = la_test_is_ipv6() ? sizes[_i].v6 : sizes[_i].v4;

	rfc_open_with((struct tcb_setup){ .mss = sizes[_i].mss,
		.timestamps = sizes[_i].timestamps });
	tcb_send(&h, 20000);
	tcb_pull(&h);
	ck_assert_uint_ge(h.sents, 1);
	for (uint32_t i = 0; i < h.sents; i++)
		ck_assert_uint_le(h.sent[i].len, len);
	ck_assert_uint_eq(h.sent[0].len, len);
}
END_TEST

START_TEST(no_octet_goes_beyond_the_window)
{
	rfc_open_with((struct tcb_setup){ .wnd = 3000 });
	tcb_send(&h, 10000);
	SENDS(&h, { LA_ACK, S(0), R(0), MSS }, { LA_ACK, S(MSS), R(0), MSS });
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(MSS)), 3000));
	SENDS(&h, { LA_ACK, S(2 * MSS), R(0), MSS });
}
END_TEST

START_TEST(the_scaled_window_is_used)
{
	rfc_open_with((struct tcb_setup){ .wscale = true, .shift = 4, .wnd = 100 });
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 1600);
	tcb_send(&h, 10000);
	SENDS(&h, { LA_ACK, S(0), R(0), MSS });
}
END_TEST

/* SHLD-7: with small text in flight, more small text waits. */
START_TEST(nagle_holds_small_text_back)
{
	h.params.nagle = true;
	rfc_open();
	tcb_send(&h, 10);
	SENDS(&h, { LA_ACK, S(0), R(0), 10 });
	tcb_send(&h, 10);
	SENDS_NOTHING(&h);
	tcb_send(&h, 10);
	SENDS_NOTHING(&h);
	tcb_arrives(&h, seg_ack(R(0), S(10)));
	SENDS(&h, { LA_ACK, S(10), R(0), 20 });
}
END_TEST

START_TEST(nagle_lets_full_segments_go)
{
	h.params.nagle = true;
	rfc_open();
	tcb_send(&h, 10);
	tcb_pull(&h);
	tcb_send(&h, MSS);
	SENDS(&h, { LA_ACK, S(10), R(0), MSS });
}
END_TEST

/* MUST-17 */
START_TEST(nagle_can_be_off)
{
	rfc_open();
	for (uint32_t i = 0; i < 3; i++) {
		tcb_send(&h, 10);
		SENDS(&h, { LA_ACK, S(i * 10), R(0), 10 });
	}
}
END_TEST

START_TEST(close_sends_what_nagle_held)
{
	h.params.nagle = true;
	rfc_open();
	tcb_send(&h, 10);
	tcb_pull(&h);
	tcb_send(&h, 10);
	SENDS_NOTHING(&h);
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(10), R(0), 10 });
}
END_TEST

/* MUST-38: a window that opens in small steps is not filled in small steps. */
START_TEST(a_small_window_is_not_filled)
{
	rfc_open_with((struct tcb_setup){ .wnd = 5000 });
	tcb_send(&h, 20000);
	tcb_pull(&h);
	ck_assert_uint_eq(h.tcb.snd.nxt, S(3 * MSS));
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(3 * MSS)), 0));
	SENDS_NOTHING(&h);
	for (uint16_t wnd = 10; wnd < MSS; wnd += 100) {
		tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(3 * MSS)), wnd));
		SENDS_NOTHING(&h);
	}
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(3 * MSS)), MSS));
	SENDS(&h, { LA_ACK, S(3 * MSS), R(0), MSS });
}
END_TEST

START_TEST(a_small_window_is_filled_after_the_override_time)
{
	rfc_open_with((struct tcb_setup){ .wnd = 5000 });
	tcb_send(&h, 20000);
	tcb_pull(&h);
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(3 * MSS)), 700));
	SENDS_NOTHING(&h);
	ck_assert(tcb_fire(&h));
	SENDS(&h, { LA_ACK, S(3 * MSS), R(0), 700 });
}
END_TEST

START_TEST(all_that_is_queued_goes_into_a_small_window)
{
	rfc_open();
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 200));
	tcb_send(&h, 100);
	SENDS(&h, { LA_ACK, S(0), R(0), 100 });
}
END_TEST

static void
close_peers_window(uint32_t queued)
{
	rfc_open();
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 0));
	tcb_send(&h, queued);
	SENDS_NOTHING(&h);
}

/* MUST-36, SHLD-29, SHLD-30, MUST-37 */
START_TEST(a_closed_window_is_probed_with_backoff_and_never_given_up)
{
	uint64_t gap = 0, last, longest = 0;

	close_peers_window(5000);
	for (int i = 0; i < 200; i++) {
		last = h.now_us;
		ck_assert(tcb_fire(&h));
		ck_state(LA_ESTABLISHED);
		if (i == 0)
			ck_assert_uint_ge(h.now_us - last, h.params.rto_min_us);
		if (tcb_pull(&h) == 0)
			continue;
		ck_assert_uint_eq(h.sents, 1);
		ck_assert_uint_eq(h.sent[0].seq, S(0));
		ck_assert_uint_le(h.sent[0].len, 1);
		ck_assert_uint_ge(h.now_us - last, gap);
		gap = h.now_us - last;
		longest = gap > longest ? gap : longest;
		tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 0));
	}
	ck_assert_uint_eq(longest, h.params.rto_max_us);
	ck_assert(!(h.events & LA_EV_TIMED_OUT));
}
END_TEST

/* RFC 6429, 4: a peer that takes nothing and answers all may hold what it holds for ever,
 * unless there is a limit for idle connections; a window of any size starts it anew. */
START_TEST(a_window_that_stays_closed_ends_at_the_idle_limit)
{
	const uint64_t limit_us = 300000000;
	uint64_t since;

	close_peers_window(5000);
	h.params.idle_timeout_us = limit_us;
	for (int i = 0; i < 30; i++) {
		ck_assert(tcb_fire(&h));
		tcb_pull(&h);
		ck_state(LA_ESTABLISHED);
		tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(i + 1)), 1));
		tcb_pull(&h);
	}
	ck_assert(!(h.events & LA_EV_TIMED_OUT));
	since = h.now_us;
	for (int i = 0; i < 30 && h.tcb.state != LA_CLOSED; i++) {
		tcb_arrives(&h, seg_wnd(seg_ack(R(0), h.tcb.snd.una), 0));
		tcb_pull(&h);
		ck_assert(tcb_fire(&h));
		if (h.tcb.state != LA_CLOSED)
			tcb_pull(&h);
	}
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_TIMED_OUT);
	ck_assert(h.out.events & LA_EV_REPLY);
	ck_assert_uint_ge(h.now_us - since, limit_us);
	ck_assert_uint_le(h.now_us - since, limit_us + 2 * (uint64_t)h.params.rto_max_us);
}
END_TEST

START_TEST(probes_that_nobody_answers_are_given_up)
{
	close_peers_window(5000);
	for (int i = 0; i < 100 && h.tcb.state == LA_ESTABLISHED; i++) {
		ck_assert(tcb_fire(&h));
		tcb_pull(&h);
	}
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_TIMED_OUT);
}
END_TEST

START_TEST(a_window_update_ends_the_probing)
{
	close_peers_window(5000);
	for (int i = 0; i < 4; i++) {
		tcb_fire(&h);
		tcb_pull(&h);
		tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 0));
	}
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 3000));
	tcb_pull(&h);
	ck_assert_uint_ge(h.sents, 1);
	ck_assert_uint_eq(h.sent[0].seq, S(0));
	ck_assert_uint_eq(h.sent[0].len, MSS);
	/* And the backoff: the next timeout is one RTO away. */
	ck_assert_uint_le(h.deadline_us - h.now_us, h.params.rto_min_us);
}
END_TEST

START_TEST(a_probe_octet_that_is_taken_counts)
{
	close_peers_window(5000);
	tcb_fire(&h);
	SENDS(&h, { LA_ACK, S(0), R(0), 1 });
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(1)), 0));
	ck_assert_uint_eq(h.acked, 1);
	SENDS_NOTHING(&h);
	tcb_fire(&h);
	SENDS(&h, { LA_ACK, S(1), R(0), 1 });
}
END_TEST

/* MUST-34, SHLD-15, SHLD-16, SHLD-17 */
START_TEST(a_shrinking_window_is_survived)
{
	rfc_open_with((struct tcb_setup){ .wnd = 3 * MSS });
	tcb_send(&h, 20000);
	tcb_pull(&h);
	ck_assert_uint_eq(h.tcb.snd.nxt, S(3 * MSS));
	/* The usable window is negative now: nothing new. */
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(MSS)), MSS));
	SENDS_NOTHING(&h);
	/* What lies within is sent again. */
	ck_assert(tcb_fire(&h));
	SENDS(&h, { LA_ACK, S(MSS), R(0), MSS });
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(2 * MSS)), MSS));
	SENDS(&h, { LA_ACK, S(2 * MSS), R(0), MSS });
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(3 * MSS)), MSS));
	SENDS(&h, { LA_ACK, S(3 * MSS), R(0), MSS });
}
END_TEST

START_TEST(a_window_shrunk_to_nothing_is_probed_and_not_timed_out)
{
	rfc_open_with((struct tcb_setup){ .wnd = 3 * MSS });
	tcb_send(&h, 20000);
	tcb_pull(&h);
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(MSS)), 0));
	for (int i = 0; i < 50; i++) {
		ck_assert(tcb_fire(&h));
		tcb_pull(&h);
		ck_assert_uint_le(h.sents, 1);
		tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(MSS)), 0));
		tcb_pull(&h);
		ck_state(LA_ESTABLISHED);
	}
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(MSS)), 3 * MSS));
	tcb_pull(&h);
	ck_assert_uint_ge(h.sents, 1);
	ck_assert_uint_eq(h.sent[0].seq, S(MSS));
}
END_TEST

START_TEST(nothing_is_sent_without_an_extension_block_and_send_says_so)
{
	uint32_t taken[TCB_EXTS];

	rfc_open();
	tcb_wait(&h, 10000000);
	for (int i = 0; i < TCB_EXTS; i++)
		taken[i] = la_pool_take(&h.exts);
	h.others = TCB_EXTS;
	ck_assert(!la_tcp_send(&h.env, &h.tcb, 10, h.now_us));
	ck_assert_int_eq(h.tcb.timer, LA_TIMER_NO_SENDER);
	ck_assert(h.armed);
	SENDS_NOTHING(&h);
	h.others = 0;
	for (int i = 0; i < TCB_EXTS; i++)
		la_pool_give(&h.exts, taken[i]);
	tcb_fire(&h);
	tcb_send(&h, 10);
	SENDS(&h, { LA_ACK, S(0), R(0), 10 });
}
END_TEST

START_TEST(the_extension_block_is_given_back_after_an_idle_rto)
{
	rfc_open();
	tcb_send(&h, 100);
	tcb_pull(&h);
	ck_assert_uint_eq(h.exts.used, 1);
	*la_tcp_word(&h.env, &h.tcb) = 0x12345678;
	tcb_arrives(&h, seg_ack(R(0), S(100)));
	tcb_wait(&h, 5000000);
	ck_assert_uint_eq(h.exts.used, 0);
	ck_assert_uint_eq(*la_tcp_word(&h.env, &h.tcb), 0x12345678);
	tcb_send(&h, 100);
	ck_assert_uint_eq(*la_tcp_word(&h.env, &h.tcb), 0x12345678);
	SENDS(&h, { LA_ACK, S(100), R(0), 100 });
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("output");
	TCase *t = rfc_case(s, "output");

	tcase_add_test(t, text_goes_out_in_segments_of_the_mss);
	tcase_add_loop_test(t, no_segment_is_larger_than_the_peer_takes, 0, 6);
	tcase_add_test(t, no_octet_goes_beyond_the_window);
	tcase_add_test(t, the_scaled_window_is_used);
	tcase_add_test(t, nagle_holds_small_text_back);
	tcase_add_test(t, nagle_lets_full_segments_go);
	tcase_add_test(t, nagle_can_be_off);
	tcase_add_test(t, close_sends_what_nagle_held);
	tcase_add_test(t, a_small_window_is_not_filled);
	tcase_add_test(t, a_small_window_is_filled_after_the_override_time);
	tcase_add_test(t, all_that_is_queued_goes_into_a_small_window);
	tcase_add_test(t, a_closed_window_is_probed_with_backoff_and_never_given_up);
	tcase_add_test(t, a_window_that_stays_closed_ends_at_the_idle_limit);
	tcase_add_test(t, probes_that_nobody_answers_are_given_up);
	tcase_add_test(t, a_window_update_ends_the_probing);
	tcase_add_test(t, a_probe_octet_that_is_taken_counts);
	tcase_add_test(t, a_shrinking_window_is_survived);
	tcase_add_test(t, a_window_shrunk_to_nothing_is_probed_and_not_timed_out);
	tcase_add_test(t, nothing_is_sent_without_an_extension_block_and_send_says_so);
	tcase_add_test(t, the_extension_block_is_given_back_after_an_idle_rto);
	return s;
}

LA_CHECK_MAIN(suite)
