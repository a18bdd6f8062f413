/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.7.4, fifth: the ACK field (RFC 5961, 5). */
#include "rfc9293.h"

/* SND.UNA is S(1000), SND.NXT S(3000), MAX.SND.WND 5000. */
static void
open_sent(void)
{
	rfc_open_with((struct tcb_setup){ .by = BY_SYN, .wnd = 5000 });
	tcb_send(&h, 3000);
	tcb_pull(&h);
	ck_assert_uint_eq(h.tcb.snd.nxt, S(3000));
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(1000)), 5000));
	tcb_pull(&h);
	h.acked = 0;
	h.events = 0;
}

static const struct { int32_t ack; enum la_tcp_reason reason; uint32_t acked; } acks[] = {
	{ 1000, LA_OK, 0 },
	{ 1001, LA_OK, 1 },
	{ 2999, LA_OK, 1999 },
	{ 3000, LA_OK, 2000 },
	{ 999, LA_OK, 0 },                      /* Old: ignored, its text is taken. */
	{ 0, LA_OK, 0 },
	{ -4000, LA_OK, 0 },
	{ -4001, LA_DROP_ACK_TOO_OLD, 0 },
	{ -70000, LA_DROP_ACK_TOO_OLD, 0 },
	{ -0x7ffff000, LA_DROP_ACK_TOO_OLD, 0 },
	{ 3001, LA_DROP_ACK_NOT_SENT, 0 },
	{ 100000, LA_DROP_ACK_NOT_SENT, 0 },
	{ 0x7fffffff, LA_DROP_ACK_NOT_SENT, 0 },
};
START_TEST(the_ack_is_between_una_less_max_wnd_and_nxt)
{
	bool taken = acks[_i].reason == LA_OK;

	open_sent();
	tcb_arrives(&h, seg_wnd(seg_data(R(0), S(acks[_i].ack), 10), 5000));
	ck_reason(acks[_i].reason);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.acked, acks[_i].acked);
	ck_assert_uint_eq(h.tcb.snd.una, S(1000 + acks[_i].acked));
	ck_assert_uint_eq(h.got, taken ? 10 : 0);
	ck_no_reply();
	/* Taken or not, an ACK goes back. */
	ck_assert_uint_ge(tcb_pull(&h), 1);
	ck_assert_uint_eq(h.sent[h.sents - 1].ack, R(taken ? 10 : 0));
}
END_TEST

/* No extension block is held when nothing is in flight: the same rules. */
static const struct { int32_t ack; enum la_tcp_reason reason; } idle_acks[] = {
	{ 0, LA_OK }, { -1, LA_OK }, { -1000, LA_OK },
	{ -65536, LA_DROP_ACK_TOO_OLD }, { -0x7ffff000, LA_DROP_ACK_TOO_OLD },
	{ 1, LA_DROP_ACK_NOT_SENT }, { 0x7fffffff, LA_DROP_ACK_NOT_SENT },
};
START_TEST(the_same_rules_hold_when_idle)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(idle_acks[_i].ack), 10));
	ck_reason(idle_acks[_i].reason);
	ck_assert_uint_eq(h.got, idle_acks[_i].reason == LA_OK ? 10 : 0);
	ck_assert_uint_eq(h.tcb.snd.una, S(0));
	SENDS(&h, { LA_ACK, S(0), R(h.got), 0 });
}
END_TEST

static const enum la_tcp_state states[] = { LA_ESTABLISHED, LA_FIN_WAIT_1, LA_FIN_WAIT_2,
	LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK };
START_TEST(an_ack_of_what_was_not_sent_draws_an_ack_in_every_state)
{
	tcb_enter(&h, states[_i]);
	tcb_arrives(&h, seg_ack(h.tcb.rcv.nxt, h.tcb.snd.nxt + 1));
	ck_reason(LA_DROP_ACK_NOT_SENT);
	ck_state(states[_i]);
	SENDS(&h, { LA_ACK, h.tcb.snd.nxt, h.tcb.rcv.nxt, 0 });
}
END_TEST

START_TEST(no_ack_bit_drops_the_segment_in_every_state)
{
	struct la_seg seg;

	tcb_enter(&h, states[_i]);
	seg = seg_data(h.tcb.rcv.nxt, 0, 10);
	seg.flags = LA_FIN;
	tcb_arrives(&h, seg);
	ck_reason(LA_DROP_NO_ACK);
	ck_state(states[_i]);
	ck_assert_uint_eq(h.got, 0);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(a_pure_ack_draws_nothing)
{
	rfc_open();
	for (int i = 0; i < 4; i++) {
		tcb_arrives(&h, seg_ack(R(0), S(0)));
		ck_reason(LA_OK);
		SENDS_NOTHING(&h);
	}
}
END_TEST

/* SND.WND follows the segment with the highest SEQ, then the highest ACK. */
static const struct { int32_t seq, ack; uint32_t wnd; } updates[] = {
	{ 100, 1000, 7000 },            /* WL1 = SEG.SEQ, WL2 = SEG.ACK */
	{ 100, 1500, 7000 },            /* A newer ACK. */
	{ 101, 1000, 7000 },            /* A newer SEQ (a hole before it). */
	{ 100, 999, 5000 },             /* An old ACK: not SND.UNA =< SEG.ACK. */
};
START_TEST(the_window_follows_the_newest_segment_only)
{
	open_sent();
	tcb_arrives(&h, seg_wnd(seg_data(R(0), S(1000), 100), 5000));
	tcb_pull(&h);
	tcb_arrives(&h, seg_wnd(seg_data(R(updates[_i].seq), S(updates[_i].ack), 10), 7000));
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), updates[_i].wnd);
}
END_TEST

START_TEST(a_segment_that_was_overtaken_does_not_move_the_window)
{
	open_sent();
	tcb_arrives(&h, seg_wnd(seg_data(R(100), S(1500), 100), 7000));
	tcb_pull(&h);
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 7000);
	/* SEG.SEQ < WL1: older, though its text is new. */
	tcb_arrives(&h, seg_wnd(seg_data(R(0), S(1500), 100), 3));
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 7000);
	ck_assert_uint_eq(h.got, 200);
}
END_TEST

/* Found by two_stacks: else the window's edge moves right with SND.UNA by itself. */
START_TEST(text_sent_again_moves_the_window_by_its_newer_ack)
{
	open_sent();
	tcb_arrives(&h, seg_wnd(seg_data(R(100), S(1000), 100), 5000));
	tcb_arrives(&h, seg_wnd(seg_data(R(0), S(2000), 100), 4000));
	ck_assert_uint_eq(h.tcb.snd.una, S(2000));
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 4000);
}
END_TEST

START_TEST(the_window_is_unsigned)
{
	rfc_open_with((struct tcb_setup){ .wnd = 0xffff });
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 0xffff);
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 0x8000));
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 0x8000);
}
END_TEST

START_TEST(the_window_of_an_idle_connection_moves)
{
	rfc_open();
	tcb_arrives(&h, seg_wnd(seg_data(R(0), S(0), 10), 100));
	tcb_arrives(&h, seg_wnd(seg_ack(R(10), S(0)), 2000));
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 2000);
	tcb_pull(&h);
	tcb_send(&h, 5000);
	tcb_pull(&h);
	ck_assert_uint_eq(h.tcb.snd.nxt, S(MSS));
}
END_TEST

START_TEST(an_ack_of_part_of_a_segment_counts_its_part)
{
	open_sent();
	tcb_arrives(&h, seg_ack(R(0), S(1700)));
	ck_assert_uint_eq(h.tcb.snd.una, S(1700));
	ck_assert_uint_eq(h.acked, 700);
	ck_assert_uint_eq(la_tcp_unsent(&h.env, &h.tcb), 1300);
	ck_assert(tcb_fire(&h));
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].seq, S(1700));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ack");
	TCase *t = rfc_case(s, "ack");

	tcase_add_loop_test(t, the_ack_is_between_una_less_max_wnd_and_nxt, 0,
			sizeof(acks) / sizeof(acks[0]));
	tcase_add_loop_test(t, the_same_rules_hold_when_idle, 0,
			sizeof(idle_acks) / sizeof(idle_acks[0]));
	tcase_add_loop_test(t, an_ack_of_what_was_not_sent_draws_an_ack_in_every_state, 0, 6);
	tcase_add_loop_test(t, no_ack_bit_drops_the_segment_in_every_state, 0, 6);
	tcase_add_test(t, a_pure_ack_draws_nothing);
	tcase_add_loop_test(t, the_window_follows_the_newest_segment_only, 0, 4);
	tcase_add_test(t, a_segment_that_was_overtaken_does_not_move_the_window);
	tcase_add_test(t, text_sent_again_moves_the_window_by_its_newer_ack);
	tcase_add_test(t, the_window_is_unsigned);
	tcase_add_test(t, the_window_of_an_idle_connection_moves);
	tcase_add_test(t, an_ack_of_part_of_a_segment_counts_its_part);
	return s;
}

LA_CHECK_MAIN(suite)
