/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow table against an array that says which handle each tuple has. */
#include "la_check.h"
#include "world.h"

enum { FLOWS = 3000, TUPLES = 4000, STEPS = 1000000, BULK = 64 };

/* A table made for fewer than FLOWS is filled to nine tenths and more, and may refuse. */
static const uint32_t made_for[] = { FLOWS, FLOWS, FLOWS, 2400, 2250, 2150 };

static bool may_refuse;
static uint32_t model[TUPLES + 1];
static uint32_t wrong;          /* Asserted now and then: an assertion each would take longest. */

/* Open, close, or go to TIME-WAIT and back: whatever the flow's state allows. */
static void
change(struct world *world, uint32_t i, uint64_t choice)
{
	uint32_t hash = hash_of(world, i), to;

	if (model[i] == LA_FLOW_NONE) {
		if (world->flow.used == FLOWS)
			return;
		to = choice & 1 ? i : LA_FLOW_TIME_WAIT | i;
		if (!la_flow_insert(&world->flow, hash, to)) {
			wrong += !may_refuse;
			return;
		}
	} else if (choice & 3) {
		to = LA_FLOW_NONE;
		wrong += !la_flow_remove(&world->flow, hash, model[i]);
	} else {
		to = model[i] ^ LA_FLOW_TIME_WAIT;
		wrong += !la_flow_replace(&world->flow, hash, model[i], to);
	}
	model[i] = to;
}

static void
compare_bulk(const struct world *world, uint64_t *seed, uint32_t n)
{
	struct la_tuple tuple[BULK] = { 0 };
	uint32_t hash[BULK] = { 0 }, handle[BULK], which[BULK];

	for (uint32_t i = 0; i < n; i++) {
		which[i] = (uint32_t)(draw(seed) % TUPLES) + 1;
		tuple[i] = world->tcbs[which[i]].tuple;
		hash[i] = hash_of(world, which[i]);
	}
	la_flow_lookup_bulk(&world->flow, tuple, hash, handle, n);
	for (uint32_t i = 0; i < n; i++)
		wrong += handle[i] != model[which[i]];
}

START_TEST(the_table_does_what_an_array_of_handles_does)
{
	uint64_t seed = 0x9e3779b97f4a7c15 * ((uint64_t)_i + 1);
	struct world world = world_make(made_for[_i], TUPLES, seed);

	may_refuse = made_for[_i] < FLOWS;
	memset(model, 0, sizeof(model));
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t i = (uint32_t)(draw(&seed) % TUPLES) + 1;

		/* Mostly opens while filling up, so that the table is full for long. */
		if (model[i] == LA_FLOW_NONE || draw(&seed) % 4 == 0)
			change(&world, i, draw(&seed));
		i = (uint32_t)(draw(&seed) % TUPLES) + 1;
		wrong += la_flow_lookup(&world.flow, &world.tcbs[i].tuple, hash_of(&world, i)) !=
				model[i];
		if (step % 1024 == 0)
			compare_bulk(&world, &seed, (uint32_t)(draw(&seed) % (BULK + 1)));
		if (step % 65536 == 0) {
			world_check(&world);
			ck_assert_uint_eq(wrong, 0);
		}
	}
	world_check(&world);
	ck_assert_uint_gt(world.flow.used, FLOWS * 9 / 10);
	for (uint32_t i = 1; i <= TUPLES; i++)
		if (model[i] != LA_FLOW_NONE)
			wrong += !la_flow_remove(&world.flow, hash_of(&world, i), model[i]);
	world_check(&world);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(world.flow.used, 0);
	world_free(&world);
}
END_TEST

static Suite *
flow_suite(void)
{
	Suite *suite = suite_create("flow_random");
	TCase *tcase = tcase_create("flow_random");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, the_table_does_what_an_array_of_handles_does, 0,
			sizeof(made_for) / sizeof(made_for[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(flow_suite)
