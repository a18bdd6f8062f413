/* SPDX-License-Identifier: BSD-3-Clause */
/* The wheel as a terminator uses it: set on a FIN, cancelled on its ACK. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "la_timer.h"

enum { ROUNDS = 1 << 22, IN_FLIGHT = 512, DUE_MAX = 64 };

struct object {
	uint8_t before[40];
	struct la_timed timed;
	uint8_t after[12];
};

struct world {
	struct la_timer_wheel wheel;
	uint32_t *slots;
	struct object *objects;
	uint32_t size;
};

static void
say(const char *what, const struct world *world, uint64_t start, uint64_t operations)
{
	char line[80];

	snprintf(line, sizeof(line), "timer: %s, %u objects", what, world->size);
	bench_print(line, start, operations);
}

/* IN_FLIGHT timers are set at any time; objects are taken in turn, time moves on. */
static void
bench_set_cancel(struct world *world)
{
	uint64_t start = bench_cycles();

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t now_us = i / 5;

		la_timer_set(&world->wheel, i % world->size + 1, now_us + 1000000);
		if (i >= IN_FLIGHT)
			la_timer_cancel(&world->wheel, (i - IN_FLIGHT) % world->size + 1);
	}
	say("set and cancel", world, start, ROUNDS);
	for (uint32_t i = ROUNDS - IN_FLIGHT; i < ROUNDS; i++)
		la_timer_cancel(&world->wheel, i % world->size + 1);
}

static void
bench_move_later(struct world *world)
{
	uint64_t start;

	for (uint32_t h = 1; h <= world->size; h++)
		la_timer_set(&world->wheel, h, 1000000 + 37 * (uint64_t)h);
	start = bench_cycles();
	for (uint32_t i = 0; i < ROUNDS; i++)
		la_timer_set(&world->wheel, i % world->size + 1, 200000000 + i);
	say("move to a later time", world, start, ROUNDS);
}

static void
bench_expire(struct world *world)
{
	uint32_t due[DUE_MAX];
	uint64_t start = bench_cycles(), n = 0;

	for (uint32_t i = 0; i < ROUNDS; i++)
		n += la_timer_expire(&world->wheel, 100, due, DUE_MAX);
	say("expire, nothing due", world, start, ROUNDS);
	start = bench_cycles();
	for (uint64_t now_us = 0; world->wheel.armed > 0; now_us += 100000)
		while (la_timer_expire(&world->wheel, now_us, due, DUE_MAX) > 0)
			n++;
	say("expire, each, after relinking", world, start, world->size);
	bench_use(n);
}

void
bench_timer(void)
{
	static const uint32_t sizes[] = { 10000, 4000000 };

	for (int i = 0; i < 2; i++) {
		struct world world = { .size = sizes[i] };

		world.slots = bench_memory(la_timer_memory());
		world.objects = bench_memory((uint64_t)(sizes[i] + 1) * sizeof(struct object));
		la_timer_init(&world.wheel, world.slots, world.objects, sizeof(struct object),
				offsetof(struct object, timed), 0);
		bench_set_cancel(&world);
		bench_move_later(&world);
		bench_expire(&world);
		free(world.slots);
		free(world.objects);
	}
}
