/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What text ahead of a hole costs (SHLD-31 wants it held, not for how much): the place of each
 * segment is found in so many steps, counted by the search itself.
 */
#include <stdlib.h>

#include "held.h"
#include "rfc9293.h"

enum { MANY = 8192, WINDOW = 1 << 20 };

/* More chunks than one connection may have, and a window for them. */
static void
open_with_room(void)
{
	free(h.chunks.objects);
	la_pool_init(&h.chunks, malloc(la_pool_memory(MANY, sizeof(struct la_tcp_chunk))), MANY,
			sizeof(struct la_tcp_chunk));
	h.params.window = WINDOW;
	h.params.rcv_scale = la_tcp_scale_for(WINDOW);
	rfc_open_with((struct tcb_setup){ .wscale = true, .shift = 7, .sack = true });
}

/* One segment of text at octet @p n; its ACK is sent. @return the steps to its place. */
static uint32_t
arrives(uint32_t n, uint32_t len)
{
	uint32_t steps = 0;

	if (h.tcb.flags & LA_TCB_EXT)
		la_held__find(&h.env, la_tcp_ext(&h.env, &h.tcb), R(n), &steps);
	tcb_arrives(&h, seg_data(R(n), S(0), len));
	tcb_pull(&h);
	return steps;
}

static uint32_t
held(void)
{
	return la_tcp_ext(&h.env, &h.tcb)->held_count;
}

static uint32_t
runs(void)
{
	return la_tcp_ext(&h.env, &h.tcb)->held_runs;
}

/* One hole, and all behind it: what comes in order, what repeats it, what repeats a part. */
START_TEST(a_run_is_one_step_however_long)
{
	open_with_room();
	for (uint32_t i = 0; i < 500; i++)
		ck_assert_uint_eq(arrives(1000 + 10 * i, 10), 0);
	ck_assert_uint_eq(held(), 500);
	ck_assert_uint_eq(runs(), 1);
	for (uint32_t i = 0; i < 500; i++)
		ck_assert_uint_eq(arrives(1000 + 10 * i, 10 * (500 - i)), 0);
	ck_assert_uint_eq(held(), 500);
	/* Downwards, too. */
	for (uint32_t i = 1; i <= 12; i++)
		ck_assert_uint_eq(arrives(1000 - 10 * i, 10), 0);
	ck_assert_uint_eq(runs(), 1);
	arrives(0, 1000);
	ck_assert_uint_eq(h.got, 6000);
	ck_assert_uint_eq(h.chunks.used, 0);
}
END_TEST

/* Each second segment lost; then the holes are filled from the first on, while new text comes
 * behind the last, and some of it a little early. */
START_TEST(what_loss_and_repair_bring_is_found_at_once)
{
	open_with_room();
	for (uint32_t i = 0; i < LA_HELD_RUNS; i++)
		ck_assert_uint_eq(arrives(200 * i + 100, 100), 0);
	ck_assert_uint_eq(runs(), LA_HELD_RUNS);
	for (uint32_t i = 1; i < LA_HELD_RUNS; i++) {
		const uint32_t end = 200 * (LA_HELD_RUNS + i);

		/* SACK shows the holes, the first is lost again: the second is filled, ... */
		ck_assert_uint_le(arrives(200 * i, 100), 1);
		ck_assert_uint_eq(arrives(end + 100, 100), 0);
		ck_assert_uint_le(arrives(end - 100, 100), 1);
	}
	arrives(0, 100);
	ck_assert_uint_eq(h.chunks.used > 0, true);
	ck_assert_uint_ge(h.got, 200 * LA_HELD_RUNS);
}
END_TEST

/* Who wants long searches gets so long ones and no longer: from one end to the other and the
 * middle, places drawn at random, each crumb apart from all others. */
START_TEST(no_order_costs_more_steps_than_there_may_be_runs)
{
	uint32_t longest = 0, random = 1 + (uint32_t)_i;

	open_with_room();
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t at, steps;

		random = random * 1664525 + 1013904223;
		at = random >> 16;
		if (_i % 4 == 1)
			at = i & 1 ? at % 3000 : 60000 + at % 3000;
		else if (_i % 4 == 2)
			at = i & 1 ? 30000 + at % 50 : at;
		steps = arrives(2 + 2 * at, 1);
		longest = steps > longest ? steps : longest;
		ck_assert_uint_le(steps, LA_HELD_RUNS);
		ck_assert_uint_le(runs(), LA_HELD_RUNS);
		ck_assert_uint_le(held(), 512);
	}
	ck_assert_uint_gt(longest, 0);
}
END_TEST

/* Against a plain list of octets: whatever comes in whatever order, what is held is what came
 * (what found no room apart), and the stream is exact. tcb_check() looks at the links. */
START_TEST(what_is_held_is_what_came)
{
	enum { SPAN = 3000 };
	static bool came[SPAN];
	uint32_t random = 77 + (uint32_t)_i, holds = 0;

	memset(came, 0, sizeof(came));
	open_with_room();
	for (uint32_t i = 0; i < 400; i++) {
		uint32_t at, len;

		random = random * 1664525 + 1013904223;
		at = 1 + (random >> 16) % (SPAN - 1);
		random = random * 1664525 + 1013904223;
		len = 1 + (random >> 16) % (_i % 3 == 0 ? 5 : _i % 3 == 1 ? 60 : 700);
		len = la_tcp__min(len, SPAN - at);
		arrives(at, len);
		for (uint32_t n = at; h.reason == LA_OK && n < at + len; n++)
			came[n] = true;
	}
	for (uint32_t at = la_tcp_ext(&h.env, &h.tcb)->held; at != LA_NONE;) {
		const struct la_tcp_chunk *chunk = la_pool_get(&h.chunks, at);

		for (uint32_t n = 0; n < chunk->len; n++, holds++) {
			ck_assert_uint_eq(chunk->text[n], seg_octet(chunk->seq + n - R(0)));
			came[chunk->seq + n - R(0)] = false;
		}
		at = chunk->next;
	}
	for (uint32_t n = 0; n < SPAN; n++)
		ck_assert(!came[n]);
	ck_assert_uint_gt(holds, 0);
	for (uint32_t n = 0; n < SPAN; n += 100)
		arrives(n, 100);
	ck_assert_uint_eq(h.got, SPAN);
	ck_assert_uint_eq(h.chunks.used, 0);
}
END_TEST

/* The service takes a part of what was held: the rest is known by its new start. */
START_TEST(a_run_that_is_taken_in_part_stays_one)
{
	open_with_room();
	for (uint32_t i = 0; i < 10; i++)
		arrives(100 + 10 * i, 10);
	arrives(300, 10);
	arrives(150, 10);
	h.take = 130 - (uint32_t)_i;
	arrives(0, 100);
	ck_assert_uint_eq(h.got, 130 - (uint32_t)_i);
	ck_assert_uint_eq(runs(), 2);
	h.take = UINT32_MAX;
	arrives(h.got, 300 - h.got);
	ck_assert_uint_eq(h.got, 310);
	ck_assert_uint_eq(h.chunks.used, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("held");
	TCase *t = rfc_case(s, "held");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_run_is_one_step_however_long);
	tcase_add_test(t, what_loss_and_repair_bring_is_found_at_once);
	tcase_add_loop_test(t, no_order_costs_more_steps_than_there_may_be_runs, 0, 8);
	tcase_add_loop_test(t, what_is_held_is_what_came, 0, 30);
	tcase_add_loop_test(t, a_run_that_is_taken_in_part_stays_one, 0, 12);
	return s;
}

LA_CHECK_MAIN(suite)
