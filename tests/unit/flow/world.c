/* SPDX-License-Identifier: BSD-3-Clause */
#include "world.h"

#include "la_check.h"

uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

struct la_tuple
tuple_number(uint32_t i)
{
	struct la_tuple tuple = { .local = i >> 4 & 3, .local_port = 80, .remote_port = 1024 };

	/* A client with many ports, many clients with one port, and IPv6. */
	tuple.remote = la_addr_v4(0x0a000001);
	switch (i & 3) {
	case 0:
		tuple.remote_port = (uint16_t)(i >> 6);
		tuple.local_port = (uint16_t)(i >> 22);
		break;
	case 1: case 2:
		tuple.remote = la_addr_v4(0x0b000000 + (i >> 6));
		break;
	case 3:
		la_put32(tuple.remote.b, 0x20010db8);
		la_put32(tuple.remote.b + 4 * (i >> 6 & 1) + 4, i >> 7);
		break;
	}
	tuple.local_port ^= (uint16_t)((i & 0xf) << 12);
	return tuple;
}

struct world
world_make(uint32_t flows, uint32_t size, uint64_t seed)
{
	struct world world = { .size = size };
	const struct la_key secret = { { seed, ~seed } };

	world.tcbs = calloc((size_t)size + 1, sizeof(world.tcbs[0]));
	world.records = calloc((size_t)size + 1, sizeof(world.records[0]));
	for (uint32_t i = 1; i <= size; i++)
		world.tcbs[i].tuple = world.records[i].tuple = tuple_number(i);
	la_flow_init(&world.flow, aligned_alloc(64, la_flow_memory(flows)), flows, &secret,
			(struct la_flow_objects){ (uint8_t *)world.tcbs, sizeof(world.tcbs[0]) },
			(struct la_flow_objects){ (uint8_t *)world.records,
				sizeof(world.records[0]) });
	return world;
}

void
world_free(struct world *world)
{
	free(world->flow.buckets);
	free(world->tcbs);
	free(world->records);
}

uint32_t
hash_of(const struct world *world, uint32_t i)
{
	return la_flow_hash(&world->flow, &world->tcbs[i].tuple);
}

void
world_check(const struct world *world)
{
	const struct la_flow *flow = &world->flow;
	uint32_t *spilled = calloc(flow->buckets_len, sizeof(*spilled));
	uint8_t *seen = calloc((size_t)world->size + 1, 1);
	uint32_t used = 0, wrong = 0;

	for (uint32_t b = 0; b < flow->buckets_len; b++) {
		const struct la_flow_bucket *bucket = &flow->buckets[b];

		for (int slot = 0; slot < LA_FLOW_SLOTS; slot++) {
			uint32_t i = bucket->handle[slot] & ~LA_FLOW_TIME_WAIT, home;

			wrong += (bucket->tag[slot] == 0) != (bucket->handle[slot] == 0);
			if (bucket->tag[slot] == 0) {
				wrong += bucket->guests >> slot & 1;
				continue;
			}
			wrong += seen[i]++ != 0;
			used++;
			home = la_flow_home(flow, hash_of(world, i));
			if (bucket->guests >> slot & 1)
				spilled[home]++;
			else
				wrong += home != b;
		}
	}
	for (uint32_t b = 0; b < flow->buckets_len; b++)
		wrong += flow->buckets[b].spilled != spilled[b];
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(flow->used, used);
	free(spilled);
	free(seen);
}
