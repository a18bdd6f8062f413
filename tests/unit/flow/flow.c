/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow table, one rule at a time; flow_random has them all at once. */
#include "la_check.h"
#include "la_flow_slots.h"
#include "world.h"

static const uint32_t sizes[] = { 1, 2, 3, 5, 8, 9, 16, 40, 64, 100, 333, 1000, 4096, 50000 };

START_TEST(a_table_holds_the_flows_it_was_made_for)
{
	const uint32_t n = sizes[_i];
	const uint64_t seeds = n <= 1000 ? 300 : 5;

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct world world = world_make(n, n, seed);
		uint32_t refused = 0, lost = 0;

		for (uint32_t i = 1; i <= n; i++)
			refused += !la_flow_insert(&world.flow, hash_of(&world, i), i);
		for (uint32_t i = 1; i <= n; i++)
			lost += la_flow_lookup(&world.flow, &world.tcbs[i].tuple,
					hash_of(&world, i)) != i;
		ck_assert_uint_eq(refused, 0);
		ck_assert_uint_eq(lost, 0);
		world_check(&world);
		world_free(&world);
	}
}
END_TEST

START_TEST(memory_is_eleven_octets_a_flow_at_any_size)
{
	for (uint32_t n = 1; n < 1u << 30; n += n / 3 + 1) {
		ck_assert_uint_ge(la_flow_memory(n), (size_t)n * 11);
		ck_assert_uint_le(la_flow_memory(n), (size_t)n * 11 + 9 * 64);
	}
}
END_TEST

START_TEST(a_table_filled_past_its_load_refuses_and_stays_whole)
{
	enum { FLOWS = 1000, TRIED = 3000 };
	struct world world = world_make(FLOWS, TRIED, 7);
	uint32_t handles[TRIED + 1] = { 0 }, in = 0;

	for (uint32_t i = 1; i <= TRIED; i++) {
		uint32_t gen = world.flow.gen;

		if (la_flow_insert(&world.flow, hash_of(&world, i), i))
			handles[i] = i, in++;
		else
			ck_assert_uint_eq(world.flow.gen, gen);
	}
	ck_assert_uint_eq(world.flow.used, in);
	/* Nearly every slot is taken before the first is refused for good. */
	ck_assert_uint_gt(in * 100, la_flow_slots(&world.flow) * 97);
	world_check(&world);
	for (uint32_t i = 1; i <= TRIED; i++)
		ck_assert_uint_eq(la_flow_lookup(&world.flow, &world.tcbs[i].tuple,
				hash_of(&world, i)), handles[i]);
	for (uint32_t i = 1; i <= TRIED; i++)
		ck_assert_int_eq(la_flow_remove(&world.flow, hash_of(&world, i), i),
				handles[i] != 0);
	world_check(&world);
	ck_assert_uint_eq(world.flow.used, 0);
	ck_assert(la_flow_insert(&world.flow, hash_of(&world, 1), 1));
	world_free(&world);
}
END_TEST

START_TEST(flows_with_one_hash_are_told_apart_by_their_tuples)
{
	/* Two buckets of eight can hold sixteen; an attacker who could aim gets no further. */
	static const uint32_t hashes[] = { 0, 1, 0x10000, 0xffff0000, 0xffffffff, 0x12345678 };
	struct world world = world_make(1000, 40, 3);
	const uint32_t hash = hashes[_i];
	uint32_t in = 0;

	while (in < 40 && la_flow_insert(&world.flow, hash, in + 1))
		in++;
	ck_assert_uint_eq(in, 16);
	for (uint32_t i = 1; i <= 40; i++) {
		struct la_tuple tuple = world.tcbs[i].tuple;
		uint32_t handle;

		la_flow_lookup_bulk(&world.flow, &tuple, &hash, &handle, 1);
		ck_assert_uint_eq(handle, i <= in ? i : LA_FLOW_NONE);
		ck_assert_uint_eq(la_flow_lookup(&world.flow, &tuple, hash), handle);
	}
	for (uint32_t i = in; i >= 1; i--) {
		ck_assert(la_flow_remove(&world.flow, hash, i));
		ck_assert(!la_flow_remove(&world.flow, hash, i));
	}
	world_check(&world);
	world_free(&world);
}
END_TEST

START_TEST(the_generation_moves_with_every_change_and_only_then)
{
	struct world world = world_make(10, 10, 1);
	uint32_t hash = hash_of(&world, 1), gen = world.flow.gen;

	ck_assert_uint_eq(la_flow_lookup(&world.flow, &world.tcbs[1].tuple, hash), LA_FLOW_NONE);
	ck_assert(!la_flow_remove(&world.flow, hash, 1));
	ck_assert(!la_flow_remove(&world.flow, hash, LA_FLOW_NONE));
	ck_assert(!la_flow_replace(&world.flow, hash, 1, 2));
	ck_assert_uint_eq(world.flow.gen, gen);
	ck_assert(la_flow_insert(&world.flow, hash, 1));
	ck_assert_uint_ne(world.flow.gen, gen);
	gen = world.flow.gen;
	ck_assert_uint_eq(la_flow_lookup(&world.flow, &world.tcbs[1].tuple, hash), 1);
	ck_assert_uint_eq(world.flow.gen, gen);
	ck_assert(la_flow_replace(&world.flow, hash, 1, LA_FLOW_TIME_WAIT | 1));
	ck_assert_uint_ne(world.flow.gen, gen);
	gen = world.flow.gen;
	ck_assert(!la_flow_remove(&world.flow, hash, 1));
	ck_assert_uint_eq(world.flow.gen, gen);
	ck_assert(la_flow_remove(&world.flow, hash, LA_FLOW_TIME_WAIT | 1));
	ck_assert_uint_ne(world.flow.gen, gen);
	world_free(&world);
}
END_TEST

START_TEST(time_wait_handles_lead_to_the_second_array)
{
	struct world world = world_make(100, 100, 5);

	for (uint32_t i = 1; i <= 100; i++)
		ck_assert(la_flow_insert(&world.flow, hash_of(&world, i), i));
	for (uint32_t i = 1; i <= 100; i++) {
		ck_assert(la_flow_replace(&world.flow, hash_of(&world, i), i,
				LA_FLOW_TIME_WAIT | i));
		/* The control block is given back, and somebody else's tuple lies there now. */
		memset(&world.tcbs[i].tuple, 0xee, sizeof(world.tcbs[i].tuple));
	}
	for (uint32_t i = 1; i <= 100; i++) {
		struct la_tuple tuple = tuple_number(i);
		uint32_t hash = la_flow_hash(&world.flow, &tuple), handle;

		la_flow_lookup_bulk(&world.flow, &tuple, &hash, &handle, 1);
		ck_assert_uint_eq(handle, LA_FLOW_TIME_WAIT | i);
		ck_assert_uint_eq(la_flow_lookup(&world.flow, &tuple, hash), handle);
	}
	world_free(&world);
}
END_TEST

/* What a guess may say of tuple i, which the table holds or does not. */
static void
check_guess(const struct world *world, uint32_t i)
{
	const uint32_t hash = hash_of(world, i), home = la_flow_home(&world->flow, hash);
	const uint32_t guess = la_flow_guess(&world->flow, home, hash);
	const uint32_t handle = la_flow_lookup(&world->flow, &world->tcbs[i].tuple, hash);

	/* Never that it is not there, if it is; a handle is one of the same tag. */
	if (guess == LA_FLOW_NONE) {
		ck_assert_uint_eq(handle, LA_FLOW_NONE);
	} else if (guess != LA_FLOW_UNSURE && guess != handle) {
		ck_assert_uint_eq(la_flow_tag(hash_of(world, guess)), la_flow_tag(hash));
	}
}

START_TEST(a_guess_is_never_wrong_of_what_is_in_the_table)
{
	enum { FLOWS = 1000, TRIED = 3000 };
	struct world world = world_make(FLOWS, TRIED, (uint64_t)_i + 1);
	uint32_t unsure = 0;

	/* Past its load, so that tuples lie in their other bucket, and many are not in. */
	for (uint32_t i = 1; i <= TRIED; i++) {
		la_flow_insert(&world.flow, hash_of(&world, i), i);
		check_guess(&world, 1 + i / 2);
		check_guess(&world, TRIED - i / 2);
	}
	for (uint32_t i = 1; i <= TRIED; i++) {
		const uint32_t hash = hash_of(&world, i), home = la_flow_home(&world.flow, hash);

		check_guess(&world, i);
		unsure += la_flow_guess(&world.flow, home, hash) == LA_FLOW_UNSURE;
	}
	ck_assert_uint_gt(unsure, 0);
	world_free(&world);
}
END_TEST

START_TEST(an_insertion_at_home_is_an_insertion_or_nothing)
{
	enum { FLOWS = 1000, TRIED = 3000 };
	struct world a = world_make(FLOWS, TRIED, (uint64_t)_i + 1);
	struct world b = world_make(FLOWS, TRIED, (uint64_t)_i + 1);
	uint32_t refused = 0;

	for (uint32_t i = 1; i <= TRIED; i++) {
		const uint32_t hash = hash_of(&a, i), gen = a.flow.gen;

		if (la_flow_insert_home(&a.flow, hash, i)) {
			ck_assert_uint_ne(a.flow.gen, gen);
			ck_assert_uint_eq(la_flow_lookup(&a.flow, &a.tcbs[i].tuple, hash), i);
			la_flow_insert(&b.flow, hash, i);
		} else {
			ck_assert_uint_eq(a.flow.gen, gen);
			refused++;
		}
		ck_assert_mem_eq(a.flow.buckets, b.flow.buckets, la_flow_memory(FLOWS));
		ck_assert_uint_eq(a.flow.used, b.flow.used);
	}
	ck_assert_uint_gt(refused, 0);
	world_check(&a);
	world_free(&a);
	world_free(&b);
}
END_TEST

START_TEST(an_ipv4_tuple_hashes_alike_with_its_local_address_apart)
{
	struct world world = world_make(1, 1000, (uint64_t)_i + 1);

	for (uint32_t i = 1; i <= 1000; i++) {
		struct la_tuple tuple = world.tcbs[i].tuple;

		if (!la_addr_is_v4(&tuple.remote))
			continue;
		tuple.local = 0xffff;
		ck_assert_uint_eq(la_flow_hash_v4(&world.flow, &tuple, world.tcbs[i].tuple.local),
				hash_of(&world, i));
	}
	world_free(&world);
}
END_TEST

START_TEST(every_field_of_a_tuple_counts_in_the_hash)
{
	struct world world = world_make(1, 1, 9);
	/* Of just this size, so that a read past the end is found out. */
	struct la_tuple *tuple = calloc(1, sizeof(*tuple));
	uint8_t *octets = (uint8_t *)tuple;
	uint32_t zero = la_flow_hash(&world.flow, tuple);

	for (size_t bit = 0; bit < 8 * sizeof(*tuple); bit++) {
		octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_uint_ne(la_flow_hash(&world.flow, tuple), zero);
		octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(tuple);
	world_free(&world);
}
END_TEST

START_TEST(the_hash_spreads_tuples_evenly_under_any_key)
{
	enum { BINS = 64, N = 64000 };
	struct world world = world_make(1, N, (uint64_t)_i + 1);
	uint32_t high[BINS] = { 0 }, low[BINS] = { 0 };

	for (uint32_t i = 1; i <= N; i++) {
		high[hash_of(&world, i) >> 26]++;
		low[hash_of(&world, i) % BINS]++;
	}
	for (int b = 0; b < BINS; b++) {
		ck_assert_uint_gt(high[b], N / BINS / 2);
		ck_assert_uint_lt(high[b], N / BINS * 2);
		ck_assert_uint_gt(low[b], N / BINS / 2);
		ck_assert_uint_lt(low[b], N / BINS * 2);
	}
	world_free(&world);
}
END_TEST

static Suite *
flow_suite(void)
{
	Suite *suite = suite_create("flow");
	TCase *tcase = tcase_create("flow");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_table_holds_the_flows_it_was_made_for, 0,
			sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(tcase, memory_is_eleven_octets_a_flow_at_any_size);
	tcase_add_test(tcase, a_table_filled_past_its_load_refuses_and_stays_whole);
	tcase_add_loop_test(tcase, flows_with_one_hash_are_told_apart_by_their_tuples, 0, 6);
	tcase_add_test(tcase, the_generation_moves_with_every_change_and_only_then);
	tcase_add_test(tcase, time_wait_handles_lead_to_the_second_array);
	tcase_add_loop_test(tcase, a_guess_is_never_wrong_of_what_is_in_the_table, 0, 8);
	tcase_add_loop_test(tcase, an_insertion_at_home_is_an_insertion_or_nothing, 0, 8);
	tcase_add_loop_test(tcase, an_ipv4_tuple_hashes_alike_with_its_local_address_apart, 0, 8);
	tcase_add_test(tcase, every_field_of_a_tuple_counts_in_the_hash);
	tcase_add_loop_test(tcase, the_hash_spreads_tuples_evenly_under_any_key, 0, 8);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(flow_suite)
