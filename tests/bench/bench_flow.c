/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow table, small enough for the cache and far too large for it. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "la_flow.h"

enum { LOOKUPS = 1 << 21, BURST = 32 };

/* As large as a control block. */
struct object {
	struct la_tuple tuple;
	uint8_t rest[42];
};

struct world {
	struct la_flow flow;
	struct object *objects;
	uint32_t flows;
	struct la_tuple *hit, *miss;            /* LOOKUPS tuples each, in random order. */
	uint32_t *hit_hash, *miss_hash;
};

/* Clients from all over: tuples in sequence would spread too evenly to be true. */
static struct la_tuple
tuple_number(uint32_t i)
{
	i = (i ^ i >> 16) * 0x85ebca6bu;
	i = (i ^ i >> 13) * 0xc2b2ae35u;
	i ^= i >> 16;
	return (struct la_tuple){
		.remote = la_addr_v4(i),
		.local_port = 80,
		.remote_port = (uint16_t)(i * 40503u >> 16),
	};
}

static void
say(const char *what, uint32_t flows, uint64_t start, uint64_t operations)
{
	char line[80];

	snprintf(line, sizeof(line), "flow: %s, %u flows", what, flows);
	bench_print(line, start, operations);
}

static void
world_make(struct world *world, uint32_t flows)
{
	const struct la_key secret = { { 1, 2 } };
	struct la_flow_objects objects = { .stride = sizeof(struct object) };
	uint64_t seed = 88172645463325252;

	world->flows = flows;
	world->objects = bench_memory((uint64_t)(flows + 1) * sizeof(struct object));
	world->hit = bench_memory(LOOKUPS * sizeof(struct la_tuple));
	world->miss = bench_memory(LOOKUPS * sizeof(struct la_tuple));
	world->hit_hash = bench_memory(LOOKUPS * sizeof(uint32_t));
	world->miss_hash = bench_memory(LOOKUPS * sizeof(uint32_t));
	objects.base = (uint8_t *)world->objects;
	la_flow_init(&world->flow, bench_memory(la_flow_memory(flows)), flows, &secret, objects,
			objects);
	for (uint32_t i = 1; i <= flows; i++)
		world->objects[i].tuple = tuple_number(i);
	for (uint32_t i = 0; i < LOOKUPS; i++) {
		world->hit[i] = tuple_number((uint32_t)(bench_draw(&seed) % flows) + 1);
		world->miss[i] = tuple_number(0x80000000 + (uint32_t)(bench_draw(&seed) % flows));
	}
}

static void
world_free(struct world *world)
{
	free(world->flow.buckets);
	free(world->objects);
	free(world->hit);
	free(world->miss);
	free(world->hit_hash);
	free(world->miss_hash);
}

static void
bench_fill(struct world *world)
{
	uint64_t start = bench_cycles();

	for (uint32_t i = 1; i <= world->flows; i++)
		if (!la_flow_insert(&world->flow,
				la_flow_hash(&world->flow, &world->objects[i].tuple), i))
			printf("flow: insert %u failed\n", i);
	say("hash and insert while filling", world->flows, start, world->flows);
}

static void
bench_hash(struct world *world)
{
	uint64_t start = bench_cycles();

	for (uint32_t i = 0; i < LOOKUPS; i++)
		world->hit_hash[i] = la_flow_hash(&world->flow, &world->hit[i]);
	say("hash", world->flows, start, LOOKUPS);
	for (uint32_t i = 0; i < LOOKUPS; i++)
		world->miss_hash[i] = la_flow_hash(&world->flow, &world->miss[i]);
}

static void
bench_single(const struct world *world, const char *what, const struct la_tuple *tuple,
		const uint32_t *hash)
{
	uint64_t start = bench_cycles(), sum = 0;

	for (uint32_t i = 0; i < LOOKUPS; i++)
		sum += la_flow_lookup(&world->flow, &tuple[i], hash[i]);
	say(what, world->flows, start, LOOKUPS);
	bench_use(sum);
}

static void
bench_bulk(const struct world *world, const char *what, const struct la_tuple *tuple,
		const uint32_t *hash)
{
	uint64_t start = bench_cycles(), sum = 0;
	uint32_t handle[BURST];

	for (uint32_t i = 0; i < LOOKUPS; i += BURST) {
		la_flow_lookup_bulk(&world->flow, &tuple[i], &hash[i], handle, BURST);
		sum += handle[0] + handle[BURST - 1];
	}
	say(what, world->flows, start, LOOKUPS);
	bench_use(sum);
}

/* Connections that come and go in a table that is nearly full. */
static void
bench_churn(struct world *world)
{
	uint64_t seed = 1234567, start = bench_cycles(), operations = 0;

	for (uint32_t i = 0; i < LOOKUPS; i++) {
		uint32_t handle = (uint32_t)(bench_draw(&seed) % world->flows) + 1;
		uint32_t hash = la_flow_hash(&world->flow, &world->objects[handle].tuple);

		operations += la_flow_remove(&world->flow, hash, handle) &&
				la_flow_insert(&world->flow, hash, handle);
	}
	say("hash, remove and insert", world->flows, start, operations);
}

static void
print_spilled(const struct world *world)
{
	uint32_t spilled = 0;

	for (uint32_t b = 0; b < world->flow.buckets_len; b++)
		spilled += world->flow.buckets[b].spilled != 0;
	printf("flow: buckets whose misses read a second one, of all   %6.1f%%\n",
			100.0 * spilled / world->flow.buckets_len);
}

void
bench_flow(void)
{
	static const uint32_t sizes[] = { 10000, 4000000 };

	for (int i = 0; i < 2; i++) {
		struct world world = { .flows = 0 };

		world_make(&world, sizes[i]);
		bench_fill(&world);
		bench_hash(&world);
		print_spilled(&world);
		bench_single(&world, "hit, single", world.hit, world.hit_hash);
		bench_single(&world, "miss, single", world.miss, world.miss_hash);
		bench_bulk(&world, "hit, bulk of 32", world.hit, world.hit_hash);
		bench_bulk(&world, "miss, bulk of 32", world.miss, world.miss_hash);
		bench_churn(&world);
		print_spilled(&world);
		world_free(&world);
	}
}
