/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.7.4, first: table 6, in windows that wrap. */
#include "rfc9293.h"

enum fate { TAKEN, HELD, OLD, OUTSIDE };

/* RCV.NXT is R(50), RCV.WND 100; the window wraps. */
static const struct {
	int32_t seq;
	uint32_t len;
	bool fin;
	enum fate fate;
	uint32_t got;
} edges[] = {
	{ 49, 0, false, OLD, 50 },              /* SEG.LEN 0 */
	{ 50, 0, false, TAKEN, 50 },
	{ 51, 0, false, TAKEN, 50 },
	{ 149, 0, false, TAKEN, 50 },
	{ 150, 0, false, TAKEN, 50 },           /* Not by table 6: see A.2. */
	{ 151, 0, false, OUTSIDE, 50 },
	{ -70000, 0, false, OLD, 50 },
	{ 0x7ffffff0, 0, false, OUTSIDE, 50 },
	{ 0, 50, false, OLD, 50 },              /* SEG.LEN > 0 */
	{ 49, 1, false, OLD, 50 },
	{ 48, 1, true, OLD, 50 },
	{ 49, 2, false, TAKEN, 51 },
	{ 0, 51, false, TAKEN, 51 },
	{ 0, 150, false, TAKEN, 150 },
	{ 50, 1, false, TAKEN, 51 },
	{ 50, 100, false, TAKEN, 150 },
	{ 50, 101, false, TAKEN, 150 },
	{ 0, 400, false, OUTSIDE, 50 },         /* Neither end lies in the window. */
	{ 51, 1, false, HELD, 50 },
	{ 149, 1, false, HELD, 50 },
	{ 149, 5, false, HELD, 50 },
	{ 150, 1, false, OUTSIDE, 50 },
	{ 150, 400, false, OUTSIDE, 50 },
	{ 150, 0, true, OUTSIDE, 50 },
};
START_TEST(the_window_of_100_octets)
{
	struct la_seg seg;

	h.params.window = 100;
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 50));
	tcb_pull(&h);
	ck_assert_uint_eq(la_tcp_rcv_wnd(&h.env, &h.tcb), 100);

	seg = edges[_i].len ? seg_data(R(edges[_i].seq), S(0), edges[_i].len) :
			seg_ack(R(edges[_i].seq), S(0));
	if (edges[_i].fin)
		seg.flags |= LA_FIN;
	tcb_arrives(&h, seg);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, edges[_i].got);
	if (edges[_i].fate == OLD)
		ck_assert(h.reason == LA_DROP_OLD_DUPLICATE || h.reason == LA_DROP_OUTSIDE_WINDOW);
	else if (edges[_i].fate == OUTSIDE)
		ck_reason(LA_DROP_OUTSIDE_WINDOW);
	else
		ck_reason(LA_OK);
	/* Only what is acceptable and empty draws no ACK. */
	if (edges[_i].fate == TAKEN && edges[_i].len == 0)
		SENDS_NOTHING(&h);
	else
		SENDS(&h, { LA_ACK, S(0), R(edges[_i].got), 0 });
}
END_TEST

static void
close_window(struct tcb_host *host)
{
	tcb_room(host, 0);
}

/* RCV.NXT is R(100) and RCV.WND 0. */
static void
open_zero(void)
{
	h.params.window = 100;
	h.on_data = close_window;
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	SENDS(&h, { LA_ACK, S(0), R(100), 0 });
	ck_assert_uint_eq(h.sent[0].wnd, 0);
	ck_assert_uint_eq(la_tcp_rcv_wnd(&h.env, &h.tcb), 0);
	h.on_data = NULL;
}

static const struct { int32_t seq; uint32_t len; bool ok; } zero_edges[] = {
	{ 100, 0, true }, { 99, 0, false }, { 101, 0, false },
	{ 100, 1, false }, { 99, 1, false }, { 99, 2, false }, { 0, 100, false },
	{ 101, 1, false },
};
START_TEST(the_window_of_0_octets)
{
	open_zero();
	tcb_arrives(&h, zero_edges[_i].len ?
			seg_data(R(zero_edges[_i].seq), S(0), zero_edges[_i].len) :
			seg_ack(R(zero_edges[_i].seq), S(0)));
	ck_assert_uint_eq(h.got, 100);
	ck_state(LA_ESTABLISHED);
	if (zero_edges[_i].ok)
		SENDS_NOTHING(&h);
	else
		SENDS(&h, { LA_ACK, S(0), R(100), 0 });
	if (!zero_edges[_i].ok)
		ck_assert_uint_eq(h.sent[0].wnd, 0);
}
END_TEST

/* MUST-66 */
START_TEST(a_rst_is_valid_in_a_window_of_0)
{
	open_zero();
	tcb_arrives(&h, seg_rst(R(100)));
	ck_reason(LA_END_RST);
	ck_state(LA_CLOSED);
}
END_TEST

/* "special allowance should be made to accept valid ACKs" */
START_TEST(an_ack_is_valid_in_a_window_of_0_with_text_or_without)
{
	open_zero();
	tcb_send(&h, 200);
	SENDS(&h, { LA_ACK, S(0), R(100), 200 });
	tcb_arrives(&h, _i ? seg_data(R(100), S(200), 1) : seg_ack(R(100), S(200)));
	ck_assert_uint_eq(h.tcb.snd.una, S(200));
	ck_assert_uint_eq(h.acked, 200);
	ck_assert_uint_eq(h.got, 100);
}
END_TEST

START_TEST(old_duplicates_are_never_delivered_twice)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 1000));
	tcb_pull(&h);
	for (int i = 0; i < 5; i++) {
		tcb_arrives(&h, seg_data(R(i * 100), S(0), 1000 - (uint32_t)i * 100));
		ck_reason(LA_DROP_OLD_DUPLICATE);
		SENDS(&h, { LA_ACK, S(0), R(1000), 0 });
	}
	ck_assert_uint_eq(h.got, 1000);
}
END_TEST

/* A segment before SYN-RECEIVED's window, and after each state's. */
static const enum la_tcp_state states[] = { LA_SYN_RECEIVED, LA_ESTABLISHED, LA_FIN_WAIT_1,
	LA_FIN_WAIT_2, LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK };
START_TEST(outside_the_window_draws_an_ack_in_every_state)
{
	uint32_t nxt;

	tcb_enter(&h, states[_i]);
	nxt = h.tcb.rcv.nxt;
	tcb_arrives(&h, seg_data(nxt + 100000, h.tcb.snd.una, 10));
	ck_reason(LA_DROP_OUTSIDE_WINDOW);
	ck_state(states[_i]);
	SENDS(&h, { LA_ACK, h.tcb.snd.nxt, nxt, 0 });
	ck_assert_uint_eq(h.got, 0);
}
END_TEST

/*
 * RFC 5961, 7: an ACK for an ACK, for ever, is what two ends come to that do not agree.
 * Old, beyond the window, of what was not sent, and with an old timestamp.
 */
static const struct { int32_t seq, ack; uint32_t tsval; enum la_tcp_reason reason; } bare[] = {
	{ 65536, 0, 0, LA_DROP_OUTSIDE_WINDOW }, { -2, 0, 0, LA_DROP_OLD_DUPLICATE },
	{ -1, 1, 0, LA_DROP_ACK_NOT_SENT }, { 0, 1, 0, LA_DROP_ACK_NOT_SENT },
	{ 0, 0, 0x80000001, LA_DROP_PAWS },
};
START_TEST(a_bare_ack_that_is_not_taken_is_answered_within_a_limit)
{
	struct la_seg seg = seg_ack(R(bare[_i].seq), S(bare[_i].ack));

	rfc_open_with((struct tcb_setup){ .by = BY_SYN, .timestamps = bare[_i].tsval != 0 });
	if (bare[_i].tsval != 0) {
		seg = seg_ts(seg, h.tcb.ts_recent + bare[_i].tsval, 0);
		h.bare = true;
	}
	tcb_arrives(&h, seg);
	ck_reason(bare[_i].reason);
	ck_assert_uint_eq(h.challenges, 1);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	h.no_challenges = true;
	tcb_arrives(&h, seg);
	ck_reason(bare[_i].reason);
	SENDS_NOTHING(&h);
}
END_TEST

/* Text that is not taken asks for an answer that depends on no budget, but may be left out. */
START_TEST(text_that_is_not_taken_asks_for_an_answer)
{
	static const struct { int32_t seq; uint32_t len; enum la_tcp_reason reason; } text[] = {
		{ 65536, 1, LA_DROP_OUTSIDE_WINDOW }, { -10, 5, LA_DROP_OLD_DUPLICATE },
		{ -1, 1, LA_DROP_OLD_DUPLICATE },
	};
	const struct la_seg seg = seg_data(R(text[_i].seq), S(0), text[_i].len);

	rfc_open();
	h.no_challenges = true;
	tcb_arrives(&h, seg);
	ck_reason(text[_i].reason);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	ck_assert_uint_eq(h.answers, 1);
	h.no_answers = true;
	tcb_arrives(&h, seg);
	ck_reason(text[_i].reason);
	SENDS_NOTHING(&h);
	/* In the window it is taken, or is above a hole: no such limit. */
	tcb_arrives(&h, seg_data(R(100), S(0), 1));
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	ck_assert_uint_eq(h.answers, 2);
}
END_TEST

START_TEST(a_keep_alive_is_always_answered)
{
	rfc_open();
	h.no_challenges = true;
	tcb_arrives(&h, seg_ack(R(-1), S(0)));
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	/* With an octet, as old ones have it. */
	tcb_arrives(&h, seg_data(R(0), S(0), 1));
	tcb_pull(&h);
	tcb_arrives(&h, seg_data(R(0), S(0), 1));
	SENDS(&h, { LA_ACK, S(0), R(1), 0 });
}
END_TEST

/* Found by two_stacks: both windows closed, a probe octet under way each way. */
START_TEST(two_ends_that_probe_one_another_do_not_answer_for_ever)
{
	open_zero();
	tcb_arrives(&h, seg_wnd(seg_ack(R(100), S(0)), 0));
	tcb_send(&h, 10);
	SENDS_NOTHING(&h);
	ck_assert(tcb_fire(&h));
	SENDS(&h, { LA_ACK, S(0), R(100), 1 });
	/* The peer's probe: our answer is at a number that it accepts, */
	tcb_arrives(&h, seg_wnd(seg_data(R(100), S(0), 1), 0));
	SENDS(&h, { LA_ACK, S(0), R(100), 0 });
	/* and an answer of its own from before our probe counts. */
	tcb_arrives(&h, seg_wnd(seg_ack(R(99), S(1)), 0));
	ck_assert_uint_eq(h.tcb.snd.una, S(1));
	SENDS(&h, { LA_ACK, S(1), R(100), 0 });
}
END_TEST

START_TEST(the_ack_of_a_keep_alive_counts)
{
	rfc_open();
	tcb_send(&h, 100);
	tcb_pull(&h);
	tcb_arrives(&h, seg_ack(R(-1), S(100)));
	ck_assert_uint_eq(h.tcb.snd.una, S(100));
	SENDS(&h, { LA_ACK, S(100), R(0), 0 });
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("acceptability");
	TCase *t = rfc_case(s, "acceptability");

	tcase_add_loop_test(t, the_window_of_100_octets, 0, sizeof(edges) / sizeof(edges[0]));
	tcase_add_loop_test(t, the_window_of_0_octets, 0,
			sizeof(zero_edges) / sizeof(zero_edges[0]));
	tcase_add_test(t, a_rst_is_valid_in_a_window_of_0);
	tcase_add_loop_test(t, an_ack_is_valid_in_a_window_of_0_with_text_or_without, 0, 2);
	tcase_add_test(t, old_duplicates_are_never_delivered_twice);
	tcase_add_loop_test(t, outside_the_window_draws_an_ack_in_every_state, 0, 7);
	tcase_add_loop_test(t, a_bare_ack_that_is_not_taken_is_answered_within_a_limit, 0,
			sizeof(bare) / sizeof(bare[0]));
	tcase_add_loop_test(t, text_that_is_not_taken_asks_for_an_answer, 0, 3);
	tcase_add_test(t, a_keep_alive_is_always_answered);
	tcase_add_test(t, two_ends_that_probe_one_another_do_not_answer_for_ever);
	tcase_add_test(t, the_ack_of_a_keep_alive_counts);
	return s;
}

LA_CHECK_MAIN(suite)
