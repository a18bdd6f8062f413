/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP "too big" and "port unreachable" (RFC 1191, RFC 8201, RFC 5927; RFC 9293, 3.9.2.2). */
#include "rfc9293.h"

static bool
too_big(uint32_t seq, uint32_t mss)
{
	const bool changed = la_tcp_too_big(&h.env, &h.tcb, seq, mss, h.now_us);

	tcb_check(&h);
	return changed;
}

static uint16_t
class_now(void)
{
	return tcb_send_mss(&h);
}

/* Three full segments in flight. */
static void
three_in_flight(void)
{
	rfc_open();
	tcb_send(&h, 3 * MSS);
	ck_assert_uint_eq(tcb_pull(&h), 3);
}

/* Only one segment, until ACKs come again (RFC 1191, 6.5). */
START_TEST(what_is_in_flight_is_sent_again_in_smaller_segments)
{
	three_in_flight();
	ck_assert(too_big(S(MSS), 1360));
	SENDS(&h, { LA_ACK, S(0), R(0), 1360 });
	tcb_arrives(&h, seg_ack(R(0), S(1360)));
	SENDS(&h, { LA_ACK, S(1360), R(0), 1360 }, { LA_ACK, S(2720), R(0), 1360 });
	tcb_arrives(&h, seg_ack(R(0), S(4080)));
	SENDS(&h, { LA_ACK, S(4080), R(0), 3 * MSS - 4080 });
	tcb_arrives(&h, seg_ack(R(0), S(3 * MSS)));
	tcb_send(&h, 2000);
	SENDS(&h, { LA_ACK, S(3 * MSS), R(0), 1360 }, { LA_ACK, S(3 * MSS + 1360), R(0), 640 });
	ck_assert_uint_eq(h.acked, 3 * MSS);
}
END_TEST

/* What the path takes, with the options of each segment in it; and the class by family. */
static const struct { bool timestamps; uint32_t mss, v4, v6; } sizes[] = {
	{ false, 1439, 1400, 1400 }, { false, 1399, 1360, 1360 }, { true, 1400, 1400, 1400 },
	{ false, 1220, 1220, 1220 }, { false, 1219, 1024, 1220 }, { false, 1000, 536, 1220 },
	{ false, 536, 536, 1220 }, { true, 536, 536, 1220 }, { false, 28, 536, 1220 },
	{ false, 0, 536, 1220 },
};
START_TEST(the_largest_class_that_fits_is_used_and_never_less_than_the_default)
{
	const uint32_t class = la_test_is_ipv6() ? sizes[_i].v6 : sizes[_i].v4;

	rfc_open_with((struct tcb_setup){ .timestamps = sizes[_i].timestamps });
	tcb_send(&h, 20000);
	tcb_pull(&h);
	ck_assert(too_big(S(0), sizes[_i].mss));
	ck_assert_uint_eq(class_now(), class);
	SENDS(&h, { LA_ACK, S(0), R(0), class - (sizes[_i].timestamps ? 12 : 0) });
	ck_assert(!too_big(S(0), sizes[_i].mss));
	ck_assert_int_eq(too_big(S(0), 0), class > la_test_mss_default());
}
END_TEST

START_TEST(what_is_not_in_flight_is_no_reason)
{
	const uint32_t offs[] = { 0xffffffff, 3 * MSS, 0x80000000, 0x7fffffff };

	three_in_flight();
	for (unsigned i = 0; i < sizeof(offs) / sizeof(offs[0]); i++)
		ck_assert(!too_big(S(offs[i]), 600));
	tcb_arrives(&h, seg_ack(R(0), S(2 * MSS)));
	ck_assert(!too_big(S(2 * MSS - 1), 600));
	ck_assert_uint_eq(class_now(), MSS);
	SENDS_NOTHING(&h);
	ck_assert(too_big(S(3 * MSS - 1), 600));
	tcb_arrives(&h, seg_ack(R(0), S(3 * MSS)));
	ck_assert(!too_big(S(3 * MSS), 0));
	ck_assert(!too_big(S(3 * MSS - 1), 0));
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(nothing_raises_the_mss)
{
	const uint32_t more[] = { MSS, MSS + 1, 8940, 65535, UINT32_MAX };

	rfc_open_with((struct tcb_setup){ .mss = 8940 });
	tcb_send(&h, 3 * MSS);
	tcb_pull(&h);
	/* Ours is less than the peer takes. */
	for (unsigned i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		ck_assert(!too_big(S(0), more[i]));
	SENDS_NOTHING(&h);
	ck_assert(too_big(S(0), 1360));
	for (unsigned i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		ck_assert(!too_big(S(0), more[i]));
	ck_assert(!too_big(S(0), 1360));
	ck_assert_uint_eq(class_now(), 1360);
}
END_TEST

/* A peer that takes less than the default is not sent more, whatever is claimed. */
START_TEST(a_small_mss_of_the_peer_stays)
{
	rfc_open_with((struct tcb_setup){ .mss = 256 });
	tcb_send(&h, 1000);
	tcb_pull(&h);
	for (uint32_t mss = 0; mss < 1500; mss += 50)
		ck_assert(!too_big(S(0), mss));
	ck_assert_uint_eq(class_now(), 256);
	SENDS_NOTHING(&h);
}
END_TEST

/* Whatever is claimed, and however often, each step is lower and sends once more. */
START_TEST(a_flood_lowers_in_few_steps)
{
	uint32_t changes = 0;

	three_in_flight();
	for (uint32_t mss = 1500; mss-- > 0; ) {
		const uint16_t before = class_now();

		if (!too_big(S(mss % (3 * MSS)), mss))
			continue;
		changes++;
		ck_assert_uint_lt(class_now(), before);
		ck_assert_uint_eq(tcb_pull(&h), 1);
	}
	/* 1440 unless that is ours, 1400, 1360, 1300, 1220; with IPv4 also 1000 and 536. */
	ck_assert_uint_eq(changes, la_test_is_ipv6() ? 3 : 7);
	ck_assert_uint_eq(class_now(), la_test_mss_default());
}
END_TEST

/* The larger segments draw duplicate ACKs: no sign of congestion. */
START_TEST(no_window_is_halved_and_no_rto_doubled)
{
	uint32_t cwnd;

	three_in_flight();
	cwnd = la_tcp_ext(&h.env, &h.tcb)->cwnd;
	h.now_us += 900000;
	ck_assert(too_big(S(0), 1400));
	ck_assert_uint_ge(la_tcp_ext(&h.env, &h.tcb)->ssthresh, cwnd);
	SENDS(&h, { LA_ACK, S(0), R(0), 1400 });
	/* The timer counts from now. */
	ck_assert_int_eq(h.tcb.timer, LA_TIMER_RETRANSMIT);
	ck_assert_uint_eq(h.deadline_us, h.now_us + 1000000);
	for (int i = 0; i < 5; i++)
		tcb_arrives(&h, seg_ack(R(0), S(0)));
	SENDS_NOTHING(&h);
	ck_assert_uint_ge(la_tcp_ext(&h.env, &h.tcb)->ssthresh, cwnd);
}
END_TEST

/* Karn: what was sent again is not timed. */
START_TEST(no_round_trip_is_measured_over_it)
{
	three_in_flight();
	h.now_us += 500000;
	ck_assert(too_big(S(0), 1400));
	tcb_pull(&h);
	h.now_us += 300;
	tcb_arrives(&h, seg_ack(R(0), S(1400)));
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->srtt_us, 0);
}
END_TEST

/* In fast recovery the window that was halved stays so. */
START_TEST(fast_recovery_ends)
{
	uint32_t ssthresh;

	rfc_open();
	tcb_send(&h, 60000);
	tcb_pull(&h);
	for (int i = 0; i < 4; i++)
		tcb_arrives(&h, seg_ack(R(0), S(0)));
	tcb_pull(&h);
	ssthresh = la_tcp_ext(&h.env, &h.tcb)->ssthresh;
	ck_assert(too_big(S(0), 1400));
	SENDS(&h, { LA_ACK, S(0), R(0), 1400 });
	ck_assert(!la_tcp_ext(&h.env, &h.tcb)->recovering);
	ck_assert_uint_eq(la_tcp_ext(&h.env, &h.tcb)->ssthresh, ssthresh);
}
END_TEST

/* Each state with text (and where it was sent, our FIN) in flight: it arrives exactly. */
static const enum la_tcp_state sending[] = {
	LA_ESTABLISHED, LA_CLOSE_WAIT, LA_FIN_WAIT_1, LA_LAST_ACK,
};
START_TEST(in_every_state_with_text_in_flight_it_comes_again)
{
	const enum la_tcp_state state = sending[_i];
	const bool peer_closed = state == LA_CLOSE_WAIT || state == LA_LAST_ACK;
	const uint8_t fin = state == LA_FIN_WAIT_1 || state == LA_LAST_ACK ? LA_FIN : 0;
	const uint32_t r = R(peer_closed);

	tcb_enter(&h, peer_closed ? LA_CLOSE_WAIT : LA_ESTABLISHED);
	tcb_pull(&h);
	tcb_send(&h, MSS);
	if (fin)
		tcb_close(&h);
	SENDS(&h, { LA_ACK | fin, S(0), r, MSS });
	ck_state(state);
	ck_assert(too_big(S(0), 1220));
	SENDS(&h, { LA_ACK, S(0), r, 1220 });
	tcb_arrives(&h, seg_ack(r, S(1220)));
	SENDS(&h, { LA_ACK | fin, S(1220), r, MSS - 1220 });
	tcb_arrives(&h, seg_ack(r, S(MSS + !!fin)));
	SENDS_NOTHING(&h);
	ck_assert_uint_eq(h.acked, MSS);
}
END_TEST

/* A SYN, a SYN-ACK or a bare FIN is small: who says else is mistaken. */
START_TEST(without_text_in_flight_it_changes_nothing)
{
	const enum la_tcp_state state = (enum la_tcp_state)_i;
	uint32_t index;

	if (state == LA_LISTEN || state == LA_TIME_WAIT || state == LA_CLOSED)
		return;
	tcb_enter(&h, state);
	tcb_pull(&h);
	index = la_tcp_mss_index(&h.tcb);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert(!too_big(h.tcb.snd.una - 1 + i, 0));
	ck_assert_uint_eq(la_tcp_mss_index(&h.tcb), index);
	ck_state(state);
	SENDS_NOTHING(&h);
}
END_TEST

/* What is sent after each timeout: the path takes it, or says nothing. */
static const uint16_t after_timeouts[2][7] = {
	{ 0, 0, 1220, 1220, 536, 536, 536 }, { 0, 0, 1220, 1220, 1220, 1220, 1220 },
};
START_TEST(in_a_black_hole_segments_become_smaller)
{
	const uint16_t *mss = after_timeouts[la_test_is_ipv6()];

	h.params.retries = 7;
	three_in_flight();
	for (int i = 0; i < 7; i++) {
		const uint16_t before = class_now();

		ck_assert(tcb_fire(&h));
		SENDS(&h, { LA_ACK, S(0), R(0), mss[i] ? mss[i] : MSS });
		ck_assert_int_eq(!!(h.out.events & LA_EV_BLACK_HOLE), class_now() < before);
	}
	/* For good: what the path took once is what it takes. */
	tcb_arrives(&h, seg_ack(R(0), S(mss[6])));
	SENDS(&h, { LA_ACK, S(mss[6]), R(0), mss[6] }, { LA_ACK, S(2 * mss[6]), R(0), mss[6] });
	tcb_arrives(&h, seg_ack(R(0), S(3 * MSS)));
	tcb_pull(&h);
	ck_assert_uint_eq(h.acked, 3 * MSS);
	ck_assert_uint_eq(class_now(), mss[6]);
}
END_TEST

/* Progress in between: each loss has its own reason. */
START_TEST(two_timeouts_at_a_time_make_nothing_smaller)
{
	rfc_open();
	tcb_send(&h, 20 * MSS);
	tcb_pull(&h);
	for (int i = 0; i < 10; i++) {
		ck_assert(tcb_fire(&h));
		tcb_pull(&h);
		ck_assert(tcb_fire(&h));
		tcb_pull(&h);
		tcb_arrives(&h, seg_ack(R(0), S((i + 1) * MSS)));
		tcb_pull(&h);
	}
	ck_assert_uint_eq(class_now(), MSS);
	ck_assert(!(h.events & LA_EV_BLACK_HOLE));
}
END_TEST

/* No smaller than it is already: it was not its size. By family: 1000 is smaller only with
 * IPv4, and only at the fifth timeout. */
static const struct { uint32_t len; bool v4_falls; } small[] = {
	{ 1, false }, { 536, false }, { 537, true }, { 1220, true },
};
START_TEST(what_is_small_is_lost_for_another_reason)
{
	const bool falls = !la_test_is_ipv6() && small[_i].v4_falls;

	h.params.retries = 6;
	rfc_open();
	tcb_send(&h, small[_i].len);
	tcb_pull(&h);
	for (int i = 0; i < 4; i++) {
		ck_assert(tcb_fire(&h));
		SENDS(&h, { LA_ACK, S(0), R(0), small[_i].len });
	}
	ck_assert_uint_eq(class_now(), MSS);
	ck_assert(tcb_fire(&h));
	ck_assert_uint_eq(class_now(), falls ? 536 : MSS);
	SENDS(&h, { LA_ACK, S(0), R(0), falls ? 536 : small[_i].len });
}
END_TEST

static bool
unreachable(uint32_t seq)
{
	const bool changed = la_tcp_unreachable(&h.tcb, seq, &h.out);

	tcb_check(&h);
	return changed;
}

START_TEST(an_unreachable_port_ends_an_open)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_pull(&h);
	ck_assert(!unreachable(S(-2)));
	ck_assert(!unreachable(S(0)));
	ck_state(LA_SYN_SENT);
	ck_assert(unreachable(S(-1)));
	ck_state(LA_CLOSED);
	ck_assert_uint_eq(h.out.events, LA_EV_REFUSED);
}
END_TEST

START_TEST(an_unreachable_port_is_a_soft_error_in_other_states)
{
	const enum la_tcp_state state = (enum la_tcp_state)_i;

	if (state == LA_LISTEN || state == LA_TIME_WAIT || state == LA_CLOSED ||
			state == LA_SYN_SENT)
		return;
	tcb_enter(&h, state);
	tcb_pull(&h);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert(!unreachable(h.tcb.snd.una - 1 + i));
	ck_state(state);
	ck_assert_uint_eq(h.out.events, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pmtu");
	TCase *t = rfc_case(s, "pmtu");

	tcase_add_test(t, what_is_in_flight_is_sent_again_in_smaller_segments);
	tcase_add_loop_test(t, the_largest_class_that_fits_is_used_and_never_less_than_the_default,
			0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(t, what_is_not_in_flight_is_no_reason);
	tcase_add_test(t, nothing_raises_the_mss);
	tcase_add_test(t, a_small_mss_of_the_peer_stays);
	tcase_add_test(t, a_flood_lowers_in_few_steps);
	tcase_add_test(t, no_window_is_halved_and_no_rto_doubled);
	tcase_add_test(t, no_round_trip_is_measured_over_it);
	tcase_add_test(t, fast_recovery_ends);
	tcase_add_loop_test(t, in_every_state_with_text_in_flight_it_comes_again, 0,
			sizeof(sending) / sizeof(sending[0]));
	tcase_add_loop_test(t, without_text_in_flight_it_changes_nothing, 0, LA_TCP_STATES);
	tcase_add_test(t, in_a_black_hole_segments_become_smaller);
	tcase_add_test(t, two_timeouts_at_a_time_make_nothing_smaller);
	tcase_add_loop_test(t, what_is_small_is_lost_for_another_reason, 0,
			sizeof(small) / sizeof(small[0]));
	tcase_add_test(t, an_unreachable_port_ends_an_open);
	tcase_add_loop_test(t, an_unreachable_port_is_a_soft_error_in_other_states, 0,
			LA_TCP_STATES);
	return s;
}

LA_CHECK_MAIN(suite)
