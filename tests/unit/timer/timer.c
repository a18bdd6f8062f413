/* SPDX-License-Identifier: BSD-3-Clause */
/* The wheel, one rule at a time; timer_random has them all at once. */
#include "la_check.h"
#include "la_pool.h"
#include "la_timer.h"

enum { OBJECTS = 3 * LA_TIMER_LOBBY, TICK = 1 << LA_TICK_SHIFT };

static const uint64_t horizon_us = (uint64_t)LA_TIMER_SLOTS * TICK;

/* An object as a control block is one: the links lie somewhere inside. */
struct object {
	uint8_t before[28];
	struct la_timed timed;
	uint8_t after[24];
};

static struct object objects[OBJECTS + 1];
static uint32_t slots[LA_TIMER_SLOTS + LA_TIMER_LOBBY];
static struct la_timer_wheel wheel;

static void
start(uint64_t now_us)
{
	memset(objects, 0, sizeof(objects));
	ck_assert_uint_eq(la_timer_memory(), sizeof(slots));
	la_timer_init(&wheel, slots, objects, sizeof(objects[0]), offsetof(struct object, timed),
			now_us);
}

/* How many fire at this time, of up to max. */
static uint32_t
fire(uint64_t now_us, uint32_t max)
{
	uint32_t due[OBJECTS];
	uint32_t n = la_timer_expire(&wheel, now_us, due, max);

	for (uint32_t i = 0; i < n; i++)
		ck_assert(!la_timer_is_set(&wheel, due[i]));
	return n;
}

/* Nothing is due yet, and what was set has left the lobby. */
static void
leave_lobby(void)
{
	ck_assert_uint_eq(fire(TICK, OBJECTS), 0);
	ck_assert_uint_eq(fire(2 * TICK, OBJECTS), 0);
}

static uint32_t
slot_len(uint32_t slot)
{
	uint32_t n = 0;

	for (uint32_t h = slots[slot]; h != LA_NONE; h = objects[h].timed.next)
		n++;
	return n;
}

/* The last ones start where the 32-bit tick is about to wrap. */
static const uint64_t starts_us[] = { 0, 1, 123456789, 0xfffffffeull << LA_TICK_SHIFT,
	(0xffffffffull << LA_TICK_SHIFT) + 4095, 0x180000000ull << LA_TICK_SHIFT };
static const uint64_t delays_us[] = { 1, 4095, 4096, 4097, 1000000, 16777215, 16777216, 16777217,
	16773120, 16773121, 60000000, 7200000000, 100ull * 86400 * 1000000 };

START_TEST(a_timer_fires_within_a_tick_and_never_early)
{
	for (size_t i = 0; i < sizeof(delays_us) / sizeof(delays_us[0]); i++) {
		uint64_t now_us = starts_us[_i], deadline_us = now_us + delays_us[i];

		start(now_us);
		la_timer_set(&wheel, 7, deadline_us);
		ck_assert(la_timer_is_set(&wheel, 7));
		ck_assert_uint_ge(la_timer_left_us(&wheel, 7, now_us), delays_us[i]);
		ck_assert_uint_lt(la_timer_left_us(&wheel, 7, now_us), delays_us[i] + TICK);
		/* In steps just short of the horizon, then straight to the deadline. */
		for (; delays_us[i] < 1e10 && now_us + horizon_us < deadline_us;
				now_us += horizon_us - 1)
			ck_assert_uint_eq(fire(now_us, OBJECTS), 0);
		ck_assert_uint_eq(fire(deadline_us - 1, OBJECTS), 0);
		ck_assert_uint_eq(wheel.armed, 1);
		ck_assert_uint_eq(fire(deadline_us + TICK - 1, OBJECTS), 1);
		ck_assert_uint_eq(wheel.armed, 0);
		ck_assert_uint_eq(la_timer_left_us(&wheel, 7, deadline_us), 0);
		ck_assert_uint_eq(fire(deadline_us + 2 * horizon_us, OBJECTS), 0);
	}
}
END_TEST

START_TEST(a_time_already_past_fires_on_the_next_call)
{
	start(starts_us[_i] + horizon_us);
	la_timer_set(&wheel, 1, starts_us[_i]);
	la_timer_set(&wheel, 2, starts_us[_i] + horizon_us - TICK);
	ck_assert_uint_eq(la_timer_left_us(&wheel, 1, starts_us[_i] + horizon_us), 0);
	ck_assert_uint_eq(fire(starts_us[_i] + horizon_us, OBJECTS), 2);
}
END_TEST

START_TEST(a_later_deadline_costs_one_store)
{
	struct la_timed before;

	start(1000);
	la_timer_set(&wheel, 1, 10 * TICK);
	la_timer_set(&wheel, 2, 10 * TICK);
	before = objects[1].timed;
	la_timer_set(&wheel, 1, 20 * TICK);
	ck_assert_uint_eq(objects[1].timed.prev, before.prev);
	ck_assert_uint_eq(objects[1].timed.next, before.next);
	ck_assert_uint_eq(fire(10 * TICK, OBJECTS), 1);
	ck_assert_uint_eq(fire(20 * TICK - 1, OBJECTS), 0);
	ck_assert_uint_eq(fire(20 * TICK, OBJECTS), 1);
}
END_TEST

START_TEST(an_earlier_deadline_fires_earlier)
{
	start(1000);
	la_timer_set(&wheel, 1, 60000000);
	la_timer_set(&wheel, 1, 10 * TICK);
	ck_assert_uint_eq(wheel.armed, 1);
	ck_assert_uint_eq(fire(10 * TICK - 1, OBJECTS), 0);
	ck_assert_uint_eq(fire(10 * TICK, OBJECTS), 1);
	ck_assert_uint_eq(fire(61000000, OBJECTS), 0);
}
END_TEST

START_TEST(a_cancelled_timer_does_not_fire_wherever_it_lies)
{
	/* First, middle and last of a slot of three; then all of them. */
	for (uint32_t victims = 1; victims < 8; victims++) {
		start(0);
		for (uint32_t h = 1; h <= 3; h++)
			la_timer_set(&wheel, h, 5 * TICK);
		if (_i > 0)
			leave_lobby();
		for (uint32_t h = 1; h <= 3; h++)
			if (victims >> (h - 1) & 1)
				la_timer_cancel(&wheel, h);
		for (uint32_t h = 1; h <= 3; h++)
			ck_assert_int_eq(la_timer_is_set(&wheel, h), !(victims >> (h - 1) & 1));
		ck_assert_uint_eq(fire(5 * TICK, OBJECTS), 3 - __builtin_popcount(victims));
		ck_assert_uint_eq(wheel.armed, 0);
	}
	la_timer_cancel(&wheel, 1);
	ck_assert_uint_eq(wheel.armed, 0);
}
END_TEST

START_TEST(a_slot_half_emptied_may_be_changed_between_calls)
{
	start(0);
	for (uint32_t h = 1; h <= 100; h++)
		la_timer_set(&wheel, h, 5 * TICK);
	ck_assert_uint_eq(fire(6 * TICK, 10), 10);
	for (uint32_t h = 1, left = 30; left > 0; h++) {
		if (la_timer_is_set(&wheel, h)) {
			la_timer_cancel(&wheel, h);
			left--;
		}
	}
	ck_assert_uint_eq(wheel.armed, 60);
	la_timer_set(&wheel, 101, 5 * TICK);
	la_timer_set(&wheel, 102, 6 * TICK);
	la_timer_set(&wheel, 103, 7 * TICK);
	ck_assert_uint_eq(fire(6 * TICK, 50), 50);
	ck_assert_uint_eq(fire(6 * TICK, 50), 12);
	ck_assert_uint_eq(fire(6 * TICK, 50), 0);
	ck_assert_uint_eq(fire(7 * TICK, 50), 1);
}
END_TEST

START_TEST(a_call_relinks_no_more_than_its_budget)
{
	start(0);
	for (uint32_t h = 1; h <= 100; h++)
		la_timer_set(&wheel, h, 5 * TICK);
	leave_lobby();
	for (uint32_t h = 1; h <= 100; h++)
		la_timer_set(&wheel, h, 50 * TICK);
	for (uint32_t left = 100; left > 0; left -= 20) {
		ck_assert_uint_eq(slot_len(5), left);
		ck_assert_uint_eq(fire(6 * TICK, 5), 0);
	}
	ck_assert_uint_eq(slot_len(5), 0);
	ck_assert_uint_eq(slot_len(50), 100);
	/* Not more than max, and nothing lost. */
	for (int i = 0; i < 20; i++)
		ck_assert_uint_eq(fire(50 * TICK, 5), 5);
	ck_assert_uint_eq(fire(50 * TICK, 5), 0);
}
END_TEST

START_TEST(a_timer_moved_in_the_lobby_touches_no_slot)
{
	start(0);
	la_timer_set(&wheel, 1, 50 * TICK);
	la_timer_set(&wheel, 1, 20 * TICK);
	la_timer_set(&wheel, 1, 70 * TICK);
	for (uint32_t slot = 0; slot < LA_TIMER_SLOTS; slot++)
		ck_assert_uint_eq(slots[slot], LA_NONE);
	leave_lobby();
	ck_assert_uint_eq(slot_len(70), 1);
	ck_assert_uint_eq(fire(70 * TICK, OBJECTS), 1);
}
END_TEST

/* Moved out of the lobby to a time at which it would still be there. */
START_TEST(a_timer_moved_to_soon_leaves_the_lobby)
{
	for (uint32_t soon = 0; soon < 8; soon++) {
		start(starts_us[_i]);
		la_timer_set(&wheel, 1, starts_us[_i] + 1000 * TICK);
		la_timer_set(&wheel, 1, starts_us[_i] + soon * TICK);
		ck_assert_uint_eq(wheel.armed, 1);
		ck_assert_uint_eq(fire(starts_us[_i] + (soon + 1) * TICK, OBJECTS), 1);
		ck_assert_uint_eq(wheel.armed, 0);
	}
}
END_TEST

START_TEST(a_full_lobby_makes_room)
{
	uint32_t armed;

	start(starts_us[_i]);
	for (uint32_t h = 1; h <= OBJECTS; h++) {
		la_timer_set(&wheel, h, starts_us[_i] + (10 + h % 7) * TICK);
		/* The first of all is long since in a slot, the one before is in the lobby. */
		if (h % 5 == 0) {
			la_timer_cancel(&wheel, h - 1);
			la_timer_cancel(&wheel, h / 5);
		}
	}
	armed = wheel.armed;
	ck_assert_uint_eq(fire(starts_us[_i] + 9 * TICK, OBJECTS), 0);
	ck_assert_uint_eq(fire(starts_us[_i] + 18 * TICK, OBJECTS), armed);
	ck_assert_uint_eq(wheel.armed, 0);
	for (uint32_t h = 1; h <= OBJECTS; h++)
		ck_assert(!la_timer_is_set(&wheel, h));
}
END_TEST

START_TEST(a_budget_of_nothing_takes_nothing)
{
	start(0);
	la_timer_set(&wheel, 1, TICK);
	ck_assert_uint_eq(fire(100 * TICK, 0), 0);
	ck_assert_uint_eq(fire(100 * TICK, 1), 1);
}
END_TEST

START_TEST(a_long_jump_of_the_clock_finds_all_that_is_due)
{
	const uint64_t base_us = starts_us[_i];

	start(base_us);
	/* Spread over twice what the wheel can hold; the second half goes round. */
	for (uint32_t h = 1; h <= 200; h++)
		la_timer_set(&wheel, h, base_us + h * horizon_us / 100);
	ck_assert_uint_eq(fire(base_us + 3 * horizon_us / 2 + TICK, OBJECTS), 150);
	ck_assert_uint_eq(wheel.armed, 50);
	ck_assert_uint_eq(fire(base_us + 1000 * horizon_us, OBJECTS), 50);
	ck_assert_uint_eq(wheel.armed, 0);
}
END_TEST

static Suite *
timer_suite(void)
{
	enum { STARTS = sizeof(starts_us) / sizeof(starts_us[0]) };
	Suite *suite = suite_create("timer");
	TCase *tcase = tcase_create("timer");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_timer_fires_within_a_tick_and_never_early, 0, STARTS);
	tcase_add_loop_test(tcase, a_time_already_past_fires_on_the_next_call, 0, STARTS);
	tcase_add_test(tcase, a_later_deadline_costs_one_store);
	tcase_add_test(tcase, an_earlier_deadline_fires_earlier);
	tcase_add_loop_test(tcase, a_cancelled_timer_does_not_fire_wherever_it_lies, 0, 2);
	tcase_add_test(tcase, a_slot_half_emptied_may_be_changed_between_calls);
	tcase_add_test(tcase, a_call_relinks_no_more_than_its_budget);
	tcase_add_test(tcase, a_timer_moved_in_the_lobby_touches_no_slot);
	tcase_add_loop_test(tcase, a_timer_moved_to_soon_leaves_the_lobby, 0, STARTS);
	tcase_add_loop_test(tcase, a_full_lobby_makes_room, 0, STARTS);
	tcase_add_test(tcase, a_budget_of_nothing_takes_nothing);
	tcase_add_loop_test(tcase, a_long_jump_of_the_clock_finds_all_that_is_due, 0, STARTS);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(timer_suite)
