/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.7.2 and SYN-RECEIVED in 3.10.7.4: the SYN is kept. */
#include "rfc9293.h"

static void
open_syn(struct la_seg syn)
{
	la_tcp_open_passive(&h.env, &h.tcb, &syn, TEST_ISS, h.now_us);
}

START_TEST(a_syn_draws_a_syn_ack_of_seq_plus_1)
{
	open_syn(seg_syn());
	ck_state(LA_SYN_RECEIVED);
	ck_assert_uint_eq(h.tcb.snd.una, TEST_ISS);
	ck_assert_uint_eq(h.tcb.rcv.nxt, TEST_IRS + 1);
	SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, TEST_IRS + 1, 0 });
	ck_assert_uint_eq(h.tcb.snd.nxt, TEST_ISS + 1);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(text_and_fin_on_a_syn_come_through_exactly)
{
	struct la_seg syn = seg_syn();

	syn.len = 10;
	syn.data = seg_text(0);
	syn.flags |= LA_FIN;
	open_syn(syn);
	ck_state(LA_SYN_RECEIVED);
	ck_assert_uint_eq(h.got, 0);
	ck_assert_uint_eq(tcb_pull(&h), 1);
	ck_assert_uint_eq(h.sent[0].seq, TEST_ISS);
	/* What was not acknowledged comes again. */
	tcb_arrives(&h, seg_data_fin(R(0), S(0), 10));
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.got, 10);
	SENDS(&h, { LA_ACK, S(0), R(11), 0 });
}
END_TEST

START_TEST(syn_ack_is_repeated_with_backoff_and_given_up)
{
	uint64_t last, rto = h.params.rto_initial_us;

	h.params.syn_ack_retries = 3;
	open_syn(seg_syn());
	SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
	for (int i = 0; i < 3; i++, rto *= 2) {
		last = h.now_us;
		ck_assert(tcb_fire(&h));
		ck_assert_uint_eq(h.now_us - last, rto);
		SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
	}
	ck_state(LA_SYN_RECEIVED);
	ck_assert(tcb_fire(&h));
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_TIMED_OUT);
	ck_assert(!(h.events & LA_EV_ESTABLISHED));
}
END_TEST

START_TEST(a_repeated_syn_is_answered_again)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	for (int i = 0; i < 3; i++) {
		tcb_arrives(&h, seg_syn());
		ck_reason(LA_OK_SYN_REPEATED);
		ck_state(LA_SYN_RECEIVED);
		SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
	}
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	ck_state(LA_ESTABLISHED);
}
END_TEST

START_TEST(another_syn_in_the_window_returns_to_listen)
{
	struct la_seg syn = seg_syn();

	tcb_enter(&h, LA_SYN_RECEIVED);
	syn.seq = R(100);
	tcb_arrives(&h, syn);
	ck_state(LA_CLOSED);
	ck_assert(!(h.events & LA_EV_ESTABLISHED));
}
END_TEST

START_TEST(a_syn_outside_the_window_draws_an_ack_and_changes_nothing)
{
	struct la_seg syn = seg_syn();

	tcb_enter(&h, LA_SYN_RECEIVED);
	syn.seq = R(-1000);
	tcb_arrives(&h, syn);
	ck_state(LA_SYN_RECEIVED);
	ck_assert_uint_le(tcb_pull(&h), 1);
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	ck_state(LA_ESTABLISHED);
}
END_TEST

/* Only who was in SYN-SENT can get the other half of a simultaneous open (3.5, figure 7); here the
 * segment lies before the window (3.10.7.4, first). */
START_TEST(a_syn_ack_in_place_of_the_first_syn_opens_nothing)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_arrives(&h, seg_syn_ack(S(0)));
	ck_state(LA_SYN_RECEIVED);
	ck_reason(LA_DROP_OLD_DUPLICATE);
	ck_assert(!(h.events & LA_EV_ESTABLISHED));
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	/* A good client comes through all the same. */
	tcb_arrives(&h, seg_syn());
	ck_reason(LA_OK_SYN_REPEATED);
	SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	ck_state(LA_ESTABLISHED);
}
END_TEST

START_TEST(an_ack_of_our_syn_establishes)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 1234));
	ck_reason(LA_OK);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.events, LA_EV_ESTABLISHED);
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 1234);
	ck_assert_uint_eq(h.acked, 0);
	ck_assert_uint_eq(h.tcb.snd.una, S(0));
	SENDS_NOTHING(&h);
	/* Nothing is left to repeat. */
	tcb_wait(&h, 600000000);
	ck_state(LA_ESTABLISHED);
	ck_assert(!(h.events & LA_EV_RETRANSMIT));
}
END_TEST

START_TEST(text_with_the_opening_ack_is_delivered)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_arrives(&h, seg_data(R(0), S(0), 500));
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, 500);
	SENDS(&h, { LA_ACK, S(0), R(500), 0 });
}
END_TEST

START_TEST(text_and_fin_with_the_opening_ack_are_taken)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_arrives(&h, seg_data_fin(R(0), S(0), 500));
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.got, 500);
	ck_assert_uint_eq(h.events, LA_EV_ESTABLISHED | LA_EV_FIN);
	SENDS(&h, { LA_ACK, S(0), R(501), 0 });
}
END_TEST

START_TEST(text_that_overtook_the_opening_ack_is_not_lost)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	/* It carries the ACK too, so it opens. */
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, 0);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_assert_uint_eq(h.got, 200);
	SENDS(&h, { LA_ACK, S(0), R(200), 0 });
}
END_TEST

static const uint32_t bad_acks[] = { TEST_ISS, TEST_ISS - 1, TEST_ISS + 2, TEST_ISS + 0x10000,
	TEST_ISS + 0x80000000u, TEST_ISS + 0x7fffffffu, 0 };
START_TEST(an_unacceptable_ack_draws_a_rst_and_changes_nothing)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_arrives(&h, seg_data(R(0), bad_acks[_i], 10));
	ck_reason(LA_RST_ACK_UNACCEPTABLE);
	ck_state(LA_SYN_RECEIVED);
	ck_replied(LA_RST, bad_acks[_i], 0);
	ck_assert_uint_eq(h.got, 0);
	SENDS_NOTHING(&h);
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	ck_state(LA_ESTABLISHED);
}
END_TEST

START_TEST(no_ack_bit_is_dropped)
{
	struct la_seg seg = seg_data(R(0), 0, 10);

	tcb_enter(&h, LA_SYN_RECEIVED);
	seg.flags = LA_FIN;
	tcb_arrives(&h, seg);
	ck_reason(LA_DROP_NO_ACK);
	ck_state(LA_SYN_RECEIVED);
	ck_assert_uint_eq(h.got, 0);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(a_rst_returns_to_listen)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_arrives(&h, seg_rst(R(0)));
	ck_reason(LA_END_SYN_RECEIVED_RST);
	ck_state(LA_CLOSED);
	ck_no_reply();
	ck_assert(!(h.events & (LA_EV_RESET | LA_EV_ESTABLISHED)));
}
END_TEST

START_TEST(an_ack_outside_the_window_draws_an_ack_only)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_arrives(&h, seg_ack(R(65536), S(0)));
	ck_reason(LA_DROP_OUTSIDE_WINDOW);
	ck_state(LA_SYN_RECEIVED);
	ck_no_reply();
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
}
END_TEST

START_TEST(close_in_syn_received_sends_a_fin_in_the_end)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_close(&h);
	tcb_pull(&h);
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	tcb_pull(&h);
	ck_state(LA_FIN_WAIT_1);
	ck_assert_uint_eq(h.tcb.snd.nxt, S(1));
	tcb_arrives(&h, seg_ack(R(0), S(1)));
	ck_state(LA_FIN_WAIT_2);
}
END_TEST

START_TEST(text_queued_in_syn_received_waits_for_the_ack)
{
	tcb_enter(&h, LA_SYN_RECEIVED);
	tcb_send(&h, 100);
	SENDS_NOTHING(&h);
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	SENDS(&h, { LA_ACK, S(0), R(0), 100 });
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("handshake_passive");
	TCase *t = rfc_case(s, "handshake_passive");

	tcase_add_test(t, a_syn_draws_a_syn_ack_of_seq_plus_1);
	tcase_add_test(t, text_and_fin_on_a_syn_come_through_exactly);
	tcase_add_test(t, syn_ack_is_repeated_with_backoff_and_given_up);
	tcase_add_test(t, a_repeated_syn_is_answered_again);
	tcase_add_test(t, another_syn_in_the_window_returns_to_listen);
	tcase_add_test(t, a_syn_outside_the_window_draws_an_ack_and_changes_nothing);
	tcase_add_test(t, a_syn_ack_in_place_of_the_first_syn_opens_nothing);
	tcase_add_test(t, an_ack_of_our_syn_establishes);
	tcase_add_test(t, text_with_the_opening_ack_is_delivered);
	tcase_add_test(t, text_and_fin_with_the_opening_ack_are_taken);
	tcase_add_test(t, text_that_overtook_the_opening_ack_is_not_lost);
	tcase_add_loop_test(t, an_unacceptable_ack_draws_a_rst_and_changes_nothing, 0,
			sizeof(bad_acks) / sizeof(bad_acks[0]));
	tcase_add_test(t, no_ack_bit_is_dropped);
	tcase_add_test(t, a_rst_returns_to_listen);
	tcase_add_test(t, an_ack_outside_the_window_draws_an_ack_only);
	tcase_add_test(t, close_in_syn_received_sends_a_fin_in_the_end);
	tcase_add_test(t, text_queued_in_syn_received_waits_for_the_ack);
	return s;
}

LA_CHECK_MAIN(suite)
