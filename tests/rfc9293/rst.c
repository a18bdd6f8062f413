/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.7.4, second: the RST bit, as RFC 5961, 3 has it. */
#include "rfc9293.h"

static const struct { enum la_tcp_state state; uint32_t events; } states[] = {
	{ LA_SYN_RECEIVED, 0 },
	{ LA_ESTABLISHED, LA_EV_RESET },
	{ LA_FIN_WAIT_1, LA_EV_RESET },
	{ LA_FIN_WAIT_2, LA_EV_RESET },
	{ LA_CLOSE_WAIT, LA_EV_RESET },
	{ LA_CLOSING, 0 },
	{ LA_LAST_ACK, 0 },
};
enum { STATES = sizeof(states) / sizeof(states[0]) };

START_TEST(an_exact_rst_ends_every_state)
{
	tcb_enter(&h, states[_i].state);
	tcb_arrives(&h, seg_rst(h.tcb.rcv.nxt));
	ck_state(LA_CLOSED);
	ck_no_reply();
	if (states[_i].state == LA_SYN_RECEIVED)
		ck_reason(LA_END_SYN_RECEIVED_RST);
	else
		ck_reason(LA_END_RST);
	if (states[_i].events)
		ck_assert_uint_eq(h.events, states[_i].events);
	ck_assert(!(h.events & LA_EV_CHALLENGE));
}
END_TEST

/* Whether the peer's FIN stands at RCV.NXT - 1. */
static bool
has_fin(enum la_tcp_state state)
{
	return state == LA_CLOSE_WAIT || state == LA_CLOSING || state == LA_LAST_ACK;
}

/* As macOS sends it; RFC 5961, 3.2, takes RCV.NXT alone. */
START_TEST(a_rst_at_the_number_of_the_fin_ends_what_the_fin_left)
{
	static const uint32_t away[] = { (uint32_t)-2, (uint32_t)-3, 0x7fffffff };

	tcb_enter(&h, states[_i].state);
	for (unsigned i = 0; i < 3; i++) {
		tcb_arrives(&h, seg_rst(h.tcb.rcv.nxt + away[i]));
		ck_reason(LA_DROP_RST_OUTSIDE_WINDOW);
		ck_state(states[_i].state);
	}
	tcb_arrives(&h, seg_rst(h.tcb.rcv.nxt - 1));
	ck_reason(has_fin(states[_i].state) ? LA_END_RST : LA_DROP_RST_OUTSIDE_WINDOW);
	ck_state(has_fin(states[_i].state) ? LA_CLOSED : states[_i].state);
	ck_assert(!!(h.events & LA_EV_RESET) == has_fin(states[_i].state));
	ck_assert_uint_eq(h.challenges, 0);
	ck_no_reply();
	SENDS_NOTHING(&h);
}
END_TEST

/* A FIN that text is missing before is not in RCV.NXT yet: its number is in the window. */
START_TEST(a_rst_at_a_fin_out_of_order_is_challenged)
{
	rfc_open();
	tcb_arrives(&h, seg_fin(R(100), S(0)));
	tcb_pull(&h);
	tcb_arrives(&h, seg_rst(R(100)));
	ck_reason(LA_DROP_RST_INEXACT);
	tcb_arrives(&h, seg_rst(R(-1)));
	ck_reason(LA_DROP_RST_OUTSIDE_WINDOW);
	ck_state(LA_ESTABLISHED);
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_state(LA_CLOSE_WAIT);
	tcb_pull(&h);
	tcb_send(&h, 3000);
	tcb_pull(&h);
	tcb_arrives(&h, seg_rst(R(100)));
	ck_reason(LA_END_RST);
	ck_state(LA_CLOSED);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(an_inexact_rst_in_the_window_is_challenged)
{
	static const uint32_t ahead[] = { 1, 2, 1000, 65534 };

	tcb_enter(&h, states[_i].state);
	for (unsigned i = 0; i < 4; i++) {
		uint32_t nxt = h.tcb.rcv.nxt;

		tcb_arrives(&h, seg_rst(nxt + ahead[i]));
		ck_reason(LA_DROP_RST_INEXACT);
		ck_state(states[_i].state);
		ck_assert_uint_eq(h.challenges, i + 1);
		SENDS(&h, { LA_ACK, h.tcb.snd.nxt, nxt, 0 });
	}
}
END_TEST

START_TEST(a_rst_outside_the_window_is_dropped_silently)
{
	static const uint32_t away[] = { (uint32_t)-1, (uint32_t)-2, (uint32_t)-65535, 65535, 65536,
		0x7fffffff, 0x80000000 };

	tcb_enter(&h, states[_i].state);
	for (unsigned i = has_fin(states[_i].state) ? 1 : 0; i < 7; i++) {
		tcb_arrives(&h, seg_rst(h.tcb.rcv.nxt + away[i]));
		ck_reason(LA_DROP_RST_OUTSIDE_WINDOW);
		ck_state(states[_i].state);
		ck_assert_uint_eq(h.challenges, 0);
		ck_no_reply();
		SENDS_NOTHING(&h);
	}
}
END_TEST

START_TEST(a_challenge_that_is_refused_sends_nothing)
{
	h.no_challenges = true;
	rfc_open();
	tcb_arrives(&h, seg_rst(R(1)));
	ck_assert_uint_eq(h.challenges, 1);
	SENDS_NOTHING(&h);
	ck_state(LA_ESTABLISHED);
}
END_TEST

/* The ACK field and the timestamp of a RST are not looked at (RFC 7323, 5.2). */
START_TEST(a_rst_counts_whatever_its_ack_and_timestamp)
{
	struct la_seg seg;

	rfc_open_with((struct tcb_setup){ .timestamps = true });
	h.bare = true;
	seg = seg_rst(R(0));
	if (_i & 1) {
		seg.flags |= LA_ACK;
		seg.ack = S(0x10000000);
	}
	if (_i & 2)
		seg = seg_ts(seg, h.peer_tsval - 1000, 0);
	tcb_arrives(&h, seg);
	ck_reason(LA_END_RST);
	ck_state(LA_CLOSED);
}
END_TEST

/* SHLD-2 */
START_TEST(a_rst_may_carry_text)
{
	struct la_seg seg;

	rfc_open();
	seg = seg_data(R(0), S(0), 20);
	seg.flags = LA_RST | LA_ACK;
	tcb_arrives(&h, seg);
	ck_state(LA_CLOSED);
	ck_assert_uint_eq(h.got, 0);
}
END_TEST

START_TEST(a_rst_frees_what_was_in_flight_and_out_of_order)
{
	rfc_open();
	tcb_send(&h, 10000);
	tcb_pull(&h);
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	tcb_arrives(&h, seg_data(R(300), S(0), 100));
	tcb_arrives(&h, seg_rst(R(0)));
	ck_state(LA_CLOSED);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(a_rst_with_syn_or_fin_is_a_rst)
{
	struct la_seg seg;

	rfc_open();
	seg = seg_rst(R(0));
	seg.flags |= _i ? LA_SYN : LA_FIN;
	tcb_arrives(&h, seg);
	ck_state(LA_CLOSED);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("rst");
	TCase *t = rfc_case(s, "rst");

	tcase_add_loop_test(t, an_exact_rst_ends_every_state, 0, STATES);
	tcase_add_loop_test(t, a_rst_at_the_number_of_the_fin_ends_what_the_fin_left, 0, STATES);
	tcase_add_test(t, a_rst_at_a_fin_out_of_order_is_challenged);
	tcase_add_loop_test(t, an_inexact_rst_in_the_window_is_challenged, 0, STATES);
	tcase_add_loop_test(t, a_rst_outside_the_window_is_dropped_silently, 0, STATES);
	tcase_add_test(t, a_challenge_that_is_refused_sends_nothing);
	tcase_add_loop_test(t, a_rst_counts_whatever_its_ack_and_timestamp, 0, 4);
	tcase_add_test(t, a_rst_may_carry_text);
	tcase_add_test(t, a_rst_frees_what_was_in_flight_and_out_of_order);
	tcase_add_loop_test(t, a_rst_with_syn_or_fin_is_a_rst, 0, 2);
	return s;
}

LA_CHECK_MAIN(suite)
