/* SPDX-License-Identifier: BSD-3-Clause */
/* The wheel against a plain array of deadlines: random sets, moves, cancels, clock steps. */
#include "la_check.h"
#include "la_timer.h"

enum { OBJECTS = 500, STEPS = 100000, TICK = 1 << LA_TICK_SHIFT };

static const uint64_t never = UINT64_MAX;

static struct la_timed objects[OBJECTS + 1];
static uint32_t slots[LA_TIMER_SLOTS + LA_TIMER_LOBBY];
static uint64_t deadline_us[OBJECTS + 1];       /* The model. */

static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* A time span of any size from nothing to hours, small ones as likely as large ones. */
static uint64_t
draw_span(uint64_t *seed, unsigned int bits)
{
	return draw(seed) & ((1ull << draw(seed) % bits) - 1);
}

static uint32_t
armed_in_model(void)
{
	uint32_t n = 0;

	for (uint32_t h = 1; h <= OBJECTS; h++)
		n += deadline_us[h] != never;
	return n;
}

/* Fires only what is due; if the call had budget left, all that is due. */
static void
expire_and_compare(struct la_timer_wheel *wheel, uint64_t now_us, uint32_t max)
{
	uint32_t due[OBJECTS], early = 0, late = 0;
	uint32_t n = la_timer_expire(wheel, now_us, due, max);

	ck_assert_uint_le(n, max);
	for (uint32_t i = 0; i < n; i++) {
		early += deadline_us[due[i]] > now_us;
		deadline_us[due[i]] = never;
	}
	for (uint32_t h = 1; h <= OBJECTS && max == OBJECTS; h++)
		late += deadline_us[h] != never && deadline_us[h] + TICK <= now_us;
	ck_assert_uint_eq(early, 0);
	ck_assert_uint_eq(late, 0);
}

START_TEST(the_wheel_does_what_an_array_of_deadlines_does)
{
	uint64_t seed = 0x9e3779b97f4a7c15 * ((uint64_t)_i + 1);
	/* The 32-bit tick wraps in the middle of odd-numbered runs. */
	uint64_t now_us = _i % 2 ? 0xffff0000ull << LA_TICK_SHIFT : draw(&seed) >> 20;
	struct la_timer_wheel wheel;
	uint32_t wrong = 0;

	memset(deadline_us, 0xff, sizeof(deadline_us));
	la_timer_init(&wheel, slots, objects, sizeof(objects[0]), 0, now_us);
	/* The places of the lobby are counted modulo 2^32, too. */
	wheel.first = wheel.end = wheel.since_tick = 0xfffffff0u - LA_TIMER_LOBBY;
	for (int i = 0; i < STEPS; i++) {
		uint32_t h = (uint32_t)(draw(&seed) % OBJECTS) + 1;

		switch (draw(&seed) % 8) {
		case 0: case 1: case 2: case 3:
			deadline_us[h] = now_us + draw_span(&seed, 34) - draw_span(&seed, 8) % 200;
			la_timer_set(&wheel, h, deadline_us[h]);
			break;
		case 4: case 5:
			la_timer_cancel(&wheel, h);
			deadline_us[h] = never;
			break;
		case 6:
			/* In some runs so seldom that the lobby is full between two ticks. */
			if (!(_i & 2) || draw(&seed) % 1024 == 0)
				now_us += draw_span(&seed, draw(&seed) % 64 ? 18 : 32);
			expire_and_compare(&wheel, now_us, OBJECTS);
			break;
		case 7:
			expire_and_compare(&wheel, now_us, draw(&seed) % 4);
			break;
		}
		wrong += la_timer_is_set(&wheel, h) != (deadline_us[h] != never);
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(wheel.armed, armed_in_model());
	expire_and_compare(&wheel, now_us + (1ull << 35), OBJECTS);
	ck_assert_uint_eq(wheel.armed, 0);
	ck_assert_uint_eq(armed_in_model(), 0);
}
END_TEST

static Suite *
timer_suite(void)
{
	Suite *suite = suite_create("timer_random");
	TCase *tcase = tcase_create("timer_random");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, the_wheel_does_what_an_array_of_deadlines_does, 0, 12);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(timer_suite)
