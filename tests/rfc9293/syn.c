/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.7.4, fourth: a SYN in a synchronized state (RFC 5961, 4). */
#include "rfc9293.h"

static const enum la_tcp_state states[] = { LA_ESTABLISHED, LA_FIN_WAIT_1, LA_FIN_WAIT_2,
	LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK };
enum { STATES = sizeof(states) / sizeof(states[0]) };

static void
syn_is_challenged(enum la_tcp_state state, struct la_seg syn)
{
	uint32_t nxt = h.tcb.rcv.nxt, una = h.tcb.snd.una, got = h.got;

	h.challenges = 0;
	tcb_arrives(&h, syn);
	ck_reason(LA_DROP_SYN_CHALLENGED);
	ck_state(state);
	ck_assert_uint_eq(h.challenges, 1);
	ck_no_reply();
	ck_assert_uint_eq(h.got, got);
	ck_assert_uint_eq(h.tcb.snd.una, una);
	SENDS(&h, { LA_ACK, h.tcb.snd.nxt, nxt, 0 });
}

/* "irrespective of the sequence number" */
START_TEST(a_syn_is_challenged_whatever_its_number)
{
	static const int32_t at[] = { -1, 0, 1, 1000, 65534, 65535, 70000, -70000 };

	tcb_enter(&h, states[_i]);
	for (unsigned i = 0; i < 8; i++) {
		struct la_seg syn = seg_syn();

		syn.seq = h.tcb.rcv.nxt + (uint32_t)at[i];
		syn_is_challenged(states[_i], syn);
	}
}
END_TEST

START_TEST(nothing_of_a_challenged_syn_is_used)
{
	struct la_seg syn;

	tcb_enter(&h, states[_i]);
	syn = seg_data_fin(h.tcb.rcv.nxt, h.tcb.snd.nxt, 10);
	syn.flags |= LA_SYN;
	syn_is_challenged(states[_i], syn);
}
END_TEST

/* Our ACK of the SYN-ACK was lost: the challenge ACK takes its place. */
START_TEST(a_repeated_syn_ack_is_acked)
{
	rfc_open_with((struct tcb_setup){ .by = BY_ACTIVE });
	tcb_arrives(&h, seg_syn_ack(S(0)));
	ck_state(LA_ESTABLISHED);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
}
END_TEST

START_TEST(a_repeated_syn_with_timestamps_is_challenged_too)
{
	struct la_seg syn = seg_syn();

	rfc_open_with((struct tcb_setup){ .timestamps = true });
	tcb_syn_opts(&(struct tcb_setup){ .timestamps = true }, &syn);
	tcb_arrives(&h, syn);
	ck_state(LA_ESTABLISHED);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
}
END_TEST

START_TEST(a_peer_that_restarted_is_helped_to_reset)
{
	struct la_seg syn = seg_syn();

	/* RFC 5961, 4.2: it answers our challenge by an exact RST. */
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 700));
	tcb_pull(&h);
	syn.seq = R(0x1234567);
	tcb_arrives(&h, syn);
	SENDS(&h, { LA_ACK, S(0), R(700), 0 });
	tcb_arrives(&h, seg_rst(h.sent[0].ack));
	ck_state(LA_CLOSED);
	ck_assert(h.events & LA_EV_RESET);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("syn");
	TCase *t = rfc_case(s, "syn");

	tcase_add_loop_test(t, a_syn_is_challenged_whatever_its_number, 0, STATES);
	tcase_add_loop_test(t, nothing_of_a_challenged_syn_is_used, 0, STATES);
	tcase_add_test(t, a_repeated_syn_ack_is_acked);
	tcase_add_test(t, a_repeated_syn_with_timestamps_is_challenged_too);
	tcase_add_test(t, a_peer_that_restarted_is_helped_to_reset);
	return s;
}

LA_CHECK_MAIN(suite)
