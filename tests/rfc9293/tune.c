/* SPDX-License-Identifier: BSD-3-Clause */
/* The window that is offered grows as the peer fills it, and falls back when it is idle. */
#include "rfc9293.h"

enum { WINDOW = 1000, WINDOW_MAX = 4000, RTT_US = 50000, PIECE = 500 };

/* An extension block is held: an octet of ours is not acknowledged. */
static void
begin(bool timestamps)
{
	h.params.window = WINDOW;
	h.params.window_max = WINDOW_MAX;
	h.params.idle_timeout_us = 0;
	rfc_open_with((struct tcb_setup){ .timestamps = timestamps });
	tcb_send(&h, 1);
	tcb_pull(&h);
}

static uint32_t
offered(void)
{
	return la_tcp_rcv_wnd(&h.env, &h.tcb);
}

/* A round trip: so many octets come together, what they draw has gone out since, and text of
 * ours is acknowledged. */
static void
round_trip(uint32_t octets)
{
	h.now_us += RTT_US;
	for (uint32_t sent = 0; sent < octets; sent += PIECE) {
		const uint32_t left = octets - sent;

		tcb_arrives(&h, seg_data(h.tcb.rcv.nxt, h.tcb.snd.nxt, left < PIECE ? left : PIECE));
		ck_reason(LA_OK);
	}
	tcb_send(&h, 1);
	tcb_pull(&h);
}

START_TEST(the_window_doubles_each_round_trip_that_fills_it)
{
	uint32_t before = WINDOW, rounds = 0;

	begin(_i == 0);
	for (; offered() < WINDOW_MAX && rounds < 10; rounds++) {
		round_trip(offered());
		ck_assert_uint_ge(offered(), before);
		ck_assert_uint_le(offered(), 2 * before > WINDOW_MAX ? WINDOW_MAX : 2 * before);
		before = offered();
	}
	ck_assert_uint_eq(offered(), WINDOW_MAX);
	/* The first begins it, or measures the round trip. */
	ck_assert_uint_le(rounds, 5);
	round_trip(offered());
	ck_assert_uint_eq(offered(), WINDOW_MAX);
}
END_TEST

START_TEST(a_window_that_is_not_filled_stays)
{
	static const uint32_t octets[] = { 0, 1, 100, WINDOW / 2 };

	begin(true);
	for (int i = 0; i < 20; i++)
		round_trip(octets[_i]);
	ck_assert_uint_le(offered(), WINDOW);
}
END_TEST

START_TEST(without_a_maximum_the_window_stays)
{
	static const uint32_t max[] = { 0, 1, WINDOW - 1, WINDOW };

	begin(true);
	h.params.window_max = max[_i];
	for (int i = 0; i < 20; i++)
		round_trip(offered());
	ck_assert_uint_le(offered(), WINDOW);
}
END_TEST

/* What could not be held above a hole is not asked for: an eighth of the chunks. */
START_TEST(the_window_grows_no_further_than_chunks_can_hold)
{
	static const uint32_t chunks[] = { 1, 7, 8, 16, 24 };

	begin(true);
	h.chunks.size = chunks[_i];
	for (int i = 0; i < 20; i++)
		round_trip(offered());
	ck_assert_uint_le(offered(), chunks[_i] < 8 ? WINDOW : chunks[_i] / 8 * MSS);
	ck_assert_uint_ge(offered(), WINDOW - PIECE);
	h.chunks.size = TCB_CHUNKS;
	for (int i = 0; i < 20; i++)
		round_trip(offered());
	ck_assert_uint_eq(offered(), WINDOW_MAX);
}
END_TEST

START_TEST(the_service_has_the_last_word)
{
	begin(true);
	for (int i = 0; i < 20; i++) {
		round_trip(offered());
		tcb_room(&h, 1500);
		tcb_pull(&h);
	}
	ck_assert_uint_le(offered(), 1500);
}
END_TEST

/* Nothing that was offered is taken back (SHLD-14), so the extension block stays until the peer
 * has come so far that the window of before is all that it knows of; then it goes back. */
START_TEST(an_idle_peer_gets_the_first_window_again)
{
	begin(true);
	for (int i = 0; i < 10; i++)
		round_trip(offered());
	ck_assert_uint_eq(offered(), WINDOW_MAX);
	tcb_arrives(&h, seg_ack(h.tcb.rcv.nxt, h.tcb.snd.nxt));
	tcb_pull(&h);
	tcb_wait(&h, 120000000);
	ck_assert_uint_eq(offered(), WINDOW_MAX);
	for (int i = 0; i < 7; i++) {
		tcb_arrives(&h, seg_data(h.tcb.rcv.nxt, h.tcb.snd.nxt, PIECE));
		tcb_pull(&h);
	}
	ck_assert_uint_le(offered(), WINDOW);
	tcb_wait(&h, 120000000);
	ck_assert(!(h.tcb.flags & LA_TCB_EXT));
	ck_assert_uint_eq(offered(), WINDOW);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tune");
	TCase *t = rfc_case(s, "tune");

	tcase_add_loop_test(t, the_window_doubles_each_round_trip_that_fills_it, 0, 2);
	tcase_add_loop_test(t, a_window_that_is_not_filled_stays, 0, 4);
	tcase_add_loop_test(t, without_a_maximum_the_window_stays, 0, 4);
	tcase_add_loop_test(t, the_window_grows_no_further_than_chunks_can_hold, 0, 5);
	tcase_add_test(t, the_service_has_the_last_word);
	tcase_add_test(t, an_idle_peer_gets_the_first_window_again);
	return s;
}

LA_CHECK_MAIN(suite)
