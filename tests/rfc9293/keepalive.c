/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.8.4: keep-alives; and the limit on idle connections. */
#include "rfc9293.h"

#define SECOND UINT64_C(1000000)

static const struct { enum la_tcp_state state; uint32_t snd, rcv; } states[] = {
	{ LA_ESTABLISHED, 0, 0 }, { LA_CLOSE_WAIT, 0, 1 },
};

/* MUST-25 */
START_TEST(nothing_is_sent_unless_asked)
{
	tcb_enter(&h, states[_i].state);
	tcb_wait(&h, 1000000 * SECOND);
	ck_state(states[_i].state);
	ck_assert_uint_eq(h.tcb.timer, LA_TIMER_NONE);
}
END_TEST

/* MUST-26, MUST-27, SHLD-12 */
START_TEST(an_idle_connection_is_probed)
{
	uint64_t start;

	h.params.keepalive_us = 7200 * SECOND;
	tcb_enter(&h, states[_i].state);
	start = h.now_us;
	ck_assert(tcb_fire(&h));
	ck_assert_uint_eq(h.now_us - start, 7200 * SECOND);
	SENDS(&h, { LA_ACK, S(states[_i].snd) - 1, R(states[_i].rcv), 0 });
	ck_assert_uint_eq(h.deadline_us - h.now_us, h.params.keepalive_interval_us);
}
END_TEST

START_TEST(an_answer_starts_the_wait_anew)
{
	h.params.keepalive_us = 100 * SECOND;
	tcb_enter(&h, states[_i].state);
	for (int i = 0; i < 50; i++) {
		uint64_t start = h.now_us;

		ck_assert(tcb_fire(&h));
		ck_assert_uint_eq(h.now_us - start, 100 * SECOND);
		ck_assert_uint_eq(tcb_pull(&h), 1);
		tcb_arrives(&h, seg_ack(h.tcb.rcv.nxt, S(0)));
		tcb_pull(&h);
		ck_state(states[_i].state);
	}
}
END_TEST

/* MUST-29: one lost answer is not the end. */
START_TEST(silence_ends_it_after_all_probes_only)
{
	uint32_t probes = 0;

	h.params.keepalive_us = 100 * SECOND;
	h.params.keepalive_probes = 9;
	tcb_enter(&h, states[_i].state);
	while (h.tcb.state != LA_CLOSED) {
		ck_assert(tcb_fire(&h));
		probes += tcb_pull(&h);
		ck_assert_uint_le(probes, 9);
	}
	ck_assert_uint_eq(probes, 9);
	ck_assert(h.events & LA_EV_TIMED_OUT);
}
END_TEST

START_TEST(text_from_the_peer_puts_the_probe_off)
{
	h.params.keepalive_us = 100 * SECOND;
	rfc_open();
	for (uint32_t i = 0; i < 20; i++) {
		tcb_wait(&h, 60 * SECOND);
		ck_assert(!(h.tcb.flags & LA_TCB_PROBING));
		tcb_arrives(&h, seg_data(R(i), S(0), 1));
		SENDS(&h, { LA_ACK, S(0), R(i + 1), 0 });
	}
	ck_assert_uint_ge(h.deadline_us - h.now_us, 100 * SECOND);
}
END_TEST

START_TEST(no_probe_while_text_is_in_flight)
{
	h.params.keepalive_us = SECOND / 2;
	rfc_open();
	tcb_send(&h, 100);
	SENDS(&h, { LA_ACK, S(0), R(0), 100 });
	ck_assert_int_eq(h.tcb.timer, LA_TIMER_RETRANSMIT);
	tcb_fire(&h);
	SENDS(&h, { LA_ACK, S(0), R(0), 100 });
}
END_TEST

START_TEST(a_probe_of_the_peer_is_answered)
{
	static const enum la_tcp_state all[] = { LA_ESTABLISHED, LA_FIN_WAIT_1, LA_FIN_WAIT_2,
		LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK };

	tcb_enter(&h, all[_i]);
	/* As the RFC has it; and with a garbage octet, as old ones do. */
	for (uint32_t len = 0; len < 2; len++) {
		struct la_seg probe = seg_data(h.tcb.rcv.nxt - 1, h.tcb.snd.una, len);

		tcb_arrives(&h, probe);
		ck_state(all[_i]);
		SENDS(&h, { LA_ACK, h.tcb.snd.nxt, h.tcb.rcv.nxt, 0 });
	}
	ck_assert_uint_eq(h.got, 0);
}
END_TEST

/* An old one, with a garbage octet, shows that its peer is there, too. */
START_TEST(a_probe_of_the_peer_puts_the_idle_limit_off)
{
	h.params.idle_timeout_us = 30 * SECOND;
	rfc_open();
	for (uint32_t i = 0; i < 10; i++) {
		tcb_wait(&h, 20 * SECOND);
		tcb_arrives(&h, seg_data(h.tcb.rcv.nxt - 1, h.tcb.snd.una, _i));
		SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	}
	ck_assert_uint_eq(h.got, 0);
}
END_TEST

/* The count of probes is none of retransmissions. */
START_TEST(text_after_probes_is_sent_again_after_one_rto)
{
	h.params.keepalive_us = 10 * SECOND;
	h.params.keepalive_interval_us = SECOND;
	rfc_open();
	tcb_wait(&h, 15 * SECOND);
	ck_assert(h.tcb.flags & LA_TCB_PROBING);
	if (_i == 0)
		tcb_send(&h, 10);
	else
		tcb_close(&h);
	tcb_pull(&h);
	ck_assert_int_eq(h.tcb.timer, LA_TIMER_RETRANSMIT);
	ck_assert_uint_le(h.deadline_us - h.now_us, h.params.rto_initial_us);
	ck_assert(!(h.tcb.flags & LA_TCB_PROBING));
}
END_TEST

START_TEST(the_idle_limit_ends_it_with_a_rst)
{
	uint64_t start;

	h.params.idle_timeout_us = 30 * SECOND;
	tcb_enter(&h, states[_i].state);
	start = h.now_us;
	while (h.tcb.state != LA_CLOSED)
		ck_assert(tcb_fire(&h));
	ck_assert_uint_ge(h.now_us - start, 30 * SECOND);
	ck_assert_uint_le(h.now_us - start, 32 * SECOND);
	ck_assert(h.events & LA_EV_TIMED_OUT);
	ck_assert(h.out.events & LA_EV_REPLY);
	ck_assert_uint_eq(h.out.reply.seq, h.tcb.snd.nxt);
}
END_TEST

START_TEST(traffic_puts_the_idle_limit_off)
{
	h.params.idle_timeout_us = 30 * SECOND;
	rfc_open();
	for (uint32_t i = 0; i < 20; i++) {
		tcb_wait(&h, 20 * SECOND);
		ck_state(LA_ESTABLISHED);
		if (i & 1) {
			tcb_arrives(&h, seg_data(R(i / 2), S(i / 2), 1));
			tcb_pull(&h);
		} else {
			tcb_send(&h, 1);
			tcb_pull(&h);
			tcb_arrives(&h, seg_ack(h.tcb.rcv.nxt, h.tcb.snd.nxt));
			tcb_pull(&h);
		}
	}
}
END_TEST

/* Keep-alives that are answered do not keep an idle connection for ever. */
START_TEST(the_idle_limit_beats_a_longer_keep_alive)
{
	h.params.idle_timeout_us = 30 * SECOND;
	h.params.keepalive_us = 100 * SECOND;
	rfc_open();
	tcb_wait(&h, 40 * SECOND);
	ck_state(LA_CLOSED);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("keepalive");
	TCase *t = rfc_case(s, "keepalive");

	tcase_add_loop_test(t, nothing_is_sent_unless_asked, 0, 2);
	tcase_add_loop_test(t, an_idle_connection_is_probed, 0, 2);
	tcase_add_loop_test(t, an_answer_starts_the_wait_anew, 0, 2);
	tcase_add_loop_test(t, silence_ends_it_after_all_probes_only, 0, 2);
	tcase_add_test(t, text_from_the_peer_puts_the_probe_off);
	tcase_add_test(t, no_probe_while_text_is_in_flight);
	tcase_add_loop_test(t, a_probe_of_the_peer_is_answered, 0, 6);
	tcase_add_loop_test(t, a_probe_of_the_peer_puts_the_idle_limit_off, 0, 2);
	tcase_add_loop_test(t, text_after_probes_is_sent_again_after_one_rto, 0, 2);
	tcase_add_loop_test(t, the_idle_limit_ends_it_with_a_rst, 0, 2);
	tcase_add_test(t, traffic_puts_the_idle_limit_off);
	tcase_add_test(t, the_idle_limit_beats_a_longer_keep_alive);
	return s;
}

LA_CHECK_MAIN(suite)
