/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.1 and 3.10.7.3: SYN-SENT, and SYN-RECEIVED that came from it. */
#include "rfc9293.h"

START_TEST(open_sends_a_syn_without_ack)
{
	la_tcp_open_active(&h.env, &h.tcb, TEST_ISS, h.now_us);
	ck_state(LA_SYN_SENT);
	SENDS(&h, { LA_SYN, TEST_ISS, 0, 0 });
	ck_assert_uint_eq(h.tcb.snd.una, TEST_ISS);
	ck_assert_uint_eq(h.tcb.snd.nxt, TEST_ISS + 1);
	ck_assert_uint_eq(h.sent[0].opts.present, LA_OPT_MSS | LA_OPT_WSCALE |
			LA_OPT_SACK_PERMITTED | LA_OPT_TIMESTAMPS);
	ck_assert_uint_eq(h.sent[0].opts.mss, MSS);
	ck_assert_uint_eq(h.sent[0].opts.tsecr, 0);
	ck_assert_uint_eq(h.sent[0].wnd, 65535);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(a_syn_ack_establishes_and_is_acked)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_wnd(seg_syn_ack(S(0)), 4321));
	ck_reason(LA_OK);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.events, LA_EV_ESTABLISHED);
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 4321);
	ck_assert_uint_eq(h.acked, 0);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
}
END_TEST

START_TEST(text_and_fin_on_the_syn_ack_are_taken)
{
	struct la_seg seg = seg_syn_ack(S(0));

	tcb_enter(&h, LA_SYN_SENT);
	seg.flags |= LA_FIN;
	seg.len = 10;
	seg.data = seg_text(0);
	tcb_arrives(&h, seg);
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.got, 10);
	SENDS(&h, { LA_ACK, S(0), R(11), 0 });
}
END_TEST

/* What lies beyond the window is cut off, and the FIN behind it with it. */
START_TEST(text_beyond_the_window_on_the_syn_ack_is_cut_off)
{
	struct la_seg seg = seg_syn_ack(S(0));

	h.params.window = 10 + (uint32_t)_i;
	tcb_enter(&h, LA_SYN_SENT);
	seg.flags |= LA_FIN;
	seg.len = 12;
	seg.data = seg_text(0);
	tcb_arrives(&h, seg);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, 10 + (uint32_t)_i);
	SENDS(&h, { LA_ACK, S(0), R(10 + (uint32_t)_i), 0 });
}
END_TEST

START_TEST(text_queued_before_the_handshake_follows_it)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_send(&h, 300);
	SENDS_NOTHING(&h);
	tcb_arrives(&h, seg_syn_ack(S(0)));
	tcb_pull(&h);
	/* With the ACK, or after it. */
	ck_assert_uint_ge(h.sents, 1);
	ck_assert_uint_eq(h.sent[h.sents - 1].len, 300);
	ck_assert_uint_eq(h.sent[h.sents - 1].ack, R(0));
}
END_TEST

static const uint32_t bad_acks[] = { TEST_ISS, TEST_ISS - 1, TEST_ISS + 2, TEST_ISS + 70000,
	TEST_ISS + 0x80000000u, 0 };
START_TEST(a_wrong_ack_draws_a_rst)
{
	static const uint8_t flags[] = { LA_SYN | LA_ACK, LA_ACK, LA_FIN | LA_ACK };

	tcb_enter(&h, LA_SYN_SENT);
	for (int i = 0; i < 3; i++) {
		struct la_seg seg = seg_syn_ack(bad_acks[_i]);

		seg.flags = flags[i];
		tcb_arrives(&h, seg);
		ck_reason(LA_RST_ACK_UNACCEPTABLE);
		ck_state(LA_SYN_SENT);
		ck_replied(LA_RST, bad_acks[_i], 0);
		SENDS_NOTHING(&h);
	}
	tcb_arrives(&h, seg_syn_ack(S(0)));
	ck_state(LA_ESTABLISHED);
}
END_TEST

START_TEST(a_rst_with_a_wrong_ack_is_dropped)
{
	struct la_seg seg = seg_rst(TEST_IRS);

	tcb_enter(&h, LA_SYN_SENT);
	seg.flags |= LA_ACK;
	seg.ack = bad_acks[_i];
	tcb_arrives(&h, seg);
	ck_state(LA_SYN_SENT);
	ck_no_reply();
	ck_assert_uint_eq(h.events, 0);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(a_rst_without_ack_is_dropped)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_rst(0));
	ck_state(LA_SYN_SENT);
	ck_no_reply();
	ck_assert_uint_eq(h.events, 0);
}
END_TEST

START_TEST(a_rst_with_the_right_ack_refuses)
{
	struct la_seg seg = seg_rst(0);

	tcb_enter(&h, LA_SYN_SENT);
	seg.flags |= LA_ACK;
	seg.ack = S(0);
	tcb_arrives(&h, seg);
	ck_reason(LA_END_REFUSED);
	ck_state(LA_CLOSED);
	ck_assert_uint_eq(h.events, LA_EV_REFUSED);
}
END_TEST

static const uint8_t neither[] = { LA_ACK, LA_FIN | LA_ACK, LA_PSH | LA_ACK, LA_FIN, 0 };
START_TEST(neither_syn_nor_rst_is_dropped)
{
	struct la_seg seg = seg_ack(R(0), S(0));

	tcb_enter(&h, LA_SYN_SENT);
	seg.flags = neither[_i];
	tcb_arrives(&h, seg);
	ck_reason(LA_DROP_SYN_SENT_FLAGS);
	ck_state(LA_SYN_SENT);
	ck_no_reply();
	ck_assert_uint_eq(h.tcb.snd.una, TEST_ISS);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(the_syn_is_repeated_with_backoff_and_given_up)
{
	uint64_t rto = h.params.rto_initial_us;

	h.params.syn_retries = 4;
	tcb_enter(&h, LA_SYN_SENT);
	for (int i = 0; i < 4; i++, rto *= 2) {
		uint64_t last = h.now_us;

		ck_assert(tcb_fire(&h));
		ck_assert_uint_eq(h.now_us - last, rto);
		ck_assert(h.out.events & LA_EV_RETRANSMIT);
		SENDS(&h, { LA_SYN, TEST_ISS, 0, 0 });
	}
	ck_assert(tcb_fire(&h));
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_TIMED_OUT);
}
END_TEST

START_TEST(a_late_syn_ack_still_establishes)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_fire(&h);
	SENDS(&h, { LA_SYN, TEST_ISS, 0, 0 });
	tcb_arrives(&h, seg_syn_ack(S(0)));
	ck_state(LA_ESTABLISHED);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	tcb_wait(&h, 600000000);
	ck_state(LA_ESTABLISHED);
}
END_TEST

START_TEST(simultaneous_open_answers_the_syn)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_syn());
	ck_state(LA_SYN_RECEIVED);
	ck_assert_uint_eq(h.tcb.rcv.nxt, R(0));
	SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
	ck_assert(!(h.events & LA_EV_ESTABLISHED));
}
END_TEST

/* RFC 9293, figure 7: the other end's SYN-ACK is all that comes. */
START_TEST(simultaneous_open_is_established_by_the_syn_ack)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_syn());
	tcb_pull(&h);
	tcb_arrives(&h, seg_syn_ack(S(0)));
	ck_state(LA_ESTABLISHED);
	ck_assert(h.events & LA_EV_ESTABLISHED);
	tcb_pull(&h);
	tcb_send(&h, 10);
	SENDS(&h, { LA_ACK, S(0), R(0), 10 });
	tcb_arrives(&h, seg_data(R(0), S(10), 10));
	ck_assert_uint_eq(h.got, 10);
}
END_TEST

START_TEST(simultaneous_open_is_established_by_an_ack)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_syn());
	tcb_pull(&h);
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	ck_state(LA_ESTABLISHED);
}
END_TEST

/* Found by fuzz_tcb: the window counted from before the peer's SYN. */
/* RFC 7323, 2.2: nor is the window of a SYN-ACK scaled. */
START_TEST(simultaneous_open_takes_the_syn_acks_window_as_it_stands)
{
	static const struct tcb_setup peer = { .wscale = true, .shift = 4 };
	struct la_seg syn = seg_wnd(seg_syn(), 16000);

	tcb_syn_opts(&peer, &syn);
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, syn);
	tcb_pull(&h);
	syn.flags |= LA_ACK;
	syn.ack = S(0);
	tcb_arrives(&h, syn);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 16000);
}
END_TEST

START_TEST(simultaneous_open_offers_a_window_from_the_peers_syn)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_send(&h, 10);
	tcb_arrives(&h, seg_syn());
	SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
	ck_assert_uint_eq(la_tcp_rcv_wnd(&h.env, &h.tcb), 65535);
	tcb_arrives(&h, seg_data(R(0), S(0), 10));
	SENDS(&h, { LA_ACK, S(0), R(10), 10 });
	ck_assert_uint_eq(h.sent[0].wnd, 65525);
	ck_assert_uint_eq(h.got, 10);
}
END_TEST

START_TEST(simultaneous_open_repeats_its_syn_ack)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_syn());
	tcb_pull(&h);
	ck_assert(tcb_fire(&h));
	SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
	/* The peer's SYN again: its SYN-ACK was lost, or ours. */
	tcb_arrives(&h, seg_syn());
	ck_state(LA_SYN_RECEIVED);
	ck_assert_uint_eq(tcb_pull(&h), 1);
	ck_assert_uint_eq(h.sent[0].ack, R(0));
}
END_TEST

START_TEST(a_rst_after_simultaneous_open_is_told_as_refused)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_syn());
	tcb_pull(&h);
	tcb_arrives(&h, seg_rst(R(0)));
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_REFUSED);
	ck_no_reply();
}
END_TEST

START_TEST(another_syn_after_simultaneous_open_is_challenged)
{
	struct la_seg syn = seg_syn();

	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_syn());
	tcb_pull(&h);
	syn.seq = R(50);
	tcb_arrives(&h, syn);
	ck_state(LA_SYN_RECEIVED);
	ck_reason(LA_DROP_SYN_CHALLENGED);
}
END_TEST

START_TEST(close_in_syn_sent_forgets)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_close(&h);
	ck_state(LA_CLOSED);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(abort_in_syn_sent_sends_nothing)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_abort(&h);
	ck_state(LA_CLOSED);
	ck_no_reply();
	SENDS_NOTHING(&h);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("handshake_active");
	TCase *t = rfc_case(s, "handshake_active");

	tcase_add_test(t, open_sends_a_syn_without_ack);
	tcase_add_test(t, a_syn_ack_establishes_and_is_acked);
	tcase_add_test(t, text_and_fin_on_the_syn_ack_are_taken);
	tcase_add_loop_test(t, text_beyond_the_window_on_the_syn_ack_is_cut_off, 0, 2);
	tcase_add_test(t, text_queued_before_the_handshake_follows_it);
	tcase_add_loop_test(t, a_wrong_ack_draws_a_rst, 0, 6);
	tcase_add_loop_test(t, a_rst_with_a_wrong_ack_is_dropped, 0, 6);
	tcase_add_test(t, a_rst_without_ack_is_dropped);
	tcase_add_test(t, a_rst_with_the_right_ack_refuses);
	tcase_add_loop_test(t, neither_syn_nor_rst_is_dropped, 0, 5);
	tcase_add_test(t, the_syn_is_repeated_with_backoff_and_given_up);
	tcase_add_test(t, a_late_syn_ack_still_establishes);
	tcase_add_test(t, simultaneous_open_answers_the_syn);
	tcase_add_test(t, simultaneous_open_is_established_by_the_syn_ack);
	tcase_add_test(t, simultaneous_open_is_established_by_an_ack);
	tcase_add_test(t, simultaneous_open_takes_the_syn_acks_window_as_it_stands);
	tcase_add_test(t, simultaneous_open_offers_a_window_from_the_peers_syn);
	tcase_add_test(t, simultaneous_open_repeats_its_syn_ack);
	tcase_add_test(t, a_rst_after_simultaneous_open_is_told_as_refused);
	tcase_add_test(t, another_syn_after_simultaneous_open_is_challenged);
	tcase_add_test(t, close_in_syn_sent_forgets);
	tcase_add_test(t, abort_in_syn_sent_sends_nothing);
	return s;
}

LA_CHECK_MAIN(suite)
