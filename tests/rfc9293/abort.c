/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.5: ABORT. */
#include "rfc9293.h"

static const struct { enum la_tcp_state state; bool rst; } states[] = {
	{ LA_SYN_SENT, false }, { LA_SYN_RECEIVED, true }, { LA_ESTABLISHED, true },
	{ LA_FIN_WAIT_1, true }, { LA_FIN_WAIT_2, true }, { LA_CLOSE_WAIT, true },
	{ LA_CLOSING, false }, { LA_LAST_ACK, false },
};
START_TEST(abort_sends_a_rst_where_the_peer_may_be_open)
{
	uint32_t nxt;

	tcb_enter(&h, states[_i].state);
	nxt = h.tcb.snd.nxt;
	tcb_abort(&h);
	ck_state(LA_CLOSED);
	if (states[_i].rst) {
		ck_assert(h.out.events & LA_EV_REPLY);
		ck_assert(h.out.reply.flags & LA_RST);
		ck_assert_uint_eq(h.out.reply.seq, nxt);
	} else {
		ck_no_reply();
	}
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(abort_flushes_what_was_queued_and_held)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	tcb_send(&h, 100000);
	tcb_pull(&h);
	tcb_send(&h, 100000);
	tcb_abort(&h);
	ck_state(LA_CLOSED);
	ck_assert_uint_eq(h.out.reply.seq, h.tcb.snd.nxt);
	SENDS_NOTHING(&h);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("abort");
	TCase *t = rfc_case(s, "abort");

	tcase_add_loop_test(t, abort_sends_a_rst_where_the_peer_may_be_open, 0, 8);
	tcase_add_test(t, abort_flushes_what_was_queued_and_held);
	return s;
}

LA_CHECK_MAIN(suite)
