/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our flow table beside rte_hash, our wheel beside rte_timer: the same keys, the same order.
 *
 *   la_bench_dpdk [flows] [timers]
 *
 * Cycles of the time stamp counter for each operation. rte_hash has the key copied into its
 * own table and hashes it by CRC32; ours keeps a handle, and its hash is keyed.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_timer.h>

#include "bench.h"
#include "la_flow.h"
#include "la_timer.h"

enum { OPERATIONS = 1 << 20, BURST = 32 };

/* As large as a control block. */
struct object {
	struct la_tuple tuple;
	uint8_t rest[10];
	struct la_timed timed;
	uint8_t rest_too[20];
};

struct world {
	struct object *objects;         /* From 1 on. */
	uint32_t *order;                /* OPERATIONS objects at random, none twice in a row. */
	uint32_t size;
};

static void
say(const char *what, uint32_t size, uint64_t ours, uint64_t theirs, uint64_t operations)
{
	printf("%-28s %9u  ours %8.1f  DPDK %8.1f\n", what, size,
			(double)ours / (double)operations, (double)theirs / (double)operations);
}

static void
make_world(struct world *w, uint32_t size)
{
	uint64_t seed = 88172645463325252;

	w->size = size;
	w->objects = bench_memory((uint64_t)(size + 1) * sizeof(*w->objects));
	w->order = bench_memory(OPERATIONS * sizeof(*w->order));
	for (uint32_t i = 1; i <= size; i++)
		w->objects[i].tuple = (struct la_tuple){
			.remote = la_addr_v4(i * 2654435761u), .local_port = 80,
			.remote_port = (uint16_t)(i * 40503u >> 16),
		};
	for (uint32_t i = 0; i < OPERATIONS; i++)
		w->order[i] = (uint32_t)(bench_draw(&seed) % size) + 1;
}

static struct rte_hash *
make_rte_hash(uint32_t size)
{
	const struct rte_hash_parameters params = {
		.name = "bench", .entries = size + size / 2, .key_len = sizeof(struct la_tuple),
		.hash_func = rte_hash_crc, .socket_id = SOCKET_ID_ANY,
	};

	return rte_hash_create(&params);
}

static uint64_t
fill_ours(struct la_flow *flow, const struct world *w)
{
	const uint64_t start = bench_cycles();

	for (uint32_t i = 1; i <= w->size; i++) {
		if (!la_flow_insert(flow, la_flow_hash(flow, &w->objects[i].tuple), i))
			exit(EXIT_FAILURE);
	}
	return bench_cycles() - start;
}

static uint64_t
fill_theirs(struct rte_hash *hash, const struct world *w)
{
	const uint64_t start = bench_cycles();

	for (uint32_t i = 1; i <= w->size; i++) {
		if (rte_hash_add_key_data(hash, &w->objects[i].tuple, (void *)(uintptr_t)i) != 0)
			exit(EXIT_FAILURE);
	}
	return bench_cycles() - start;
}

static uint64_t
look_up_ours(const struct la_flow *flow, const struct world *w, uint64_t *sum)
{
	const uint64_t start = bench_cycles();
	struct la_tuple tuple[BURST];
	uint32_t hash[BURST], handle[BURST];

	for (uint32_t i = 0; i < OPERATIONS; i += BURST) {
		for (uint32_t j = 0; j < BURST; j++) {
			tuple[j] = w->objects[w->order[i + j]].tuple;
			hash[j] = la_flow_hash(flow, &tuple[j]);
		}
		la_flow_lookup_bulk(flow, tuple, hash, handle, BURST);
		for (uint32_t j = 0; j < BURST; j++)
			*sum += handle[j];
	}
	return bench_cycles() - start;
}

static uint64_t
look_up_theirs(const struct rte_hash *hash, const struct world *w, uint64_t *sum)
{
	const uint64_t start = bench_cycles();
	struct la_tuple tuple[BURST];
	const void *key[BURST];
	void *data[BURST];

	for (uint32_t i = 0; i < OPERATIONS; i += BURST) {
		uint64_t hits;

		for (uint32_t j = 0; j < BURST; j++) {
			tuple[j] = w->objects[w->order[i + j]].tuple;
			key[j] = &tuple[j];
		}
		rte_hash_lookup_bulk_data(hash, key, BURST, &hits, data);
		for (uint32_t j = 0; j < BURST; j++)
			*sum += (uintptr_t)data[j];
	}
	return bench_cycles() - start;
}

static uint64_t
churn_ours(struct la_flow *flow, const struct world *w)
{
	const uint64_t start = bench_cycles();

	for (uint32_t i = 0; i < OPERATIONS; i++) {
		const uint32_t hash = la_flow_hash(flow, &w->objects[w->order[i]].tuple);

		if (!la_flow_remove(flow, hash, w->order[i]) ||
				!la_flow_insert(flow, hash, w->order[i]))
			exit(EXIT_FAILURE);
	}
	return bench_cycles() - start;
}

static uint64_t
churn_theirs(struct rte_hash *hash, const struct world *w)
{
	const uint64_t start = bench_cycles();

	for (uint32_t i = 0; i < OPERATIONS; i++) {
		const struct la_tuple *tuple = &w->objects[w->order[i]].tuple;

		if (rte_hash_del_key(hash, tuple) < 0 || rte_hash_add_key_data(hash, tuple,
				(void *)(uintptr_t)w->order[i]) != 0)
			exit(EXIT_FAILURE);
	}
	return bench_cycles() - start;
}

static void
compare_tables(const struct world *w)
{
	const struct la_key secret = { { 1, 2 } };
	const struct la_flow_objects objects = { (uint8_t *)w->objects, sizeof(*w->objects) };
	struct rte_hash *hash = make_rte_hash(w->size);
	uint64_t ours, theirs, sum[2] = { 0, 0 };
	struct la_flow flow;

	if (hash == NULL) {
		fprintf(stderr, "la_bench_dpdk: no rte_hash of %u: give EAL more memory\n", w->size);
		exit(EXIT_FAILURE);
	}
	la_flow_init(&flow, bench_memory(la_flow_memory(w->size)), w->size, &secret, objects,
			objects);
	ours = fill_ours(&flow, w);
	theirs = fill_theirs(hash, w);
	say("insert while filling", w->size, ours, theirs, w->size);
	ours = look_up_ours(&flow, w, &sum[0]);
	theirs = look_up_theirs(hash, w, &sum[1]);
	if (sum[0] != sum[1])
		exit(EXIT_FAILURE);
	say("look up, bulk of 32", w->size, ours, theirs, OPERATIONS);
	ours = churn_ours(&flow, w);
	theirs = churn_theirs(hash, w);
	say("remove and insert", w->size, ours, theirs, OPERATIONS);
	rte_hash_free(hash);
	free(flow.buckets);
}

static void
nothing(struct rte_timer *timer, void *arg)
{
	(void)timer;
	(void)arg;
}

/* Each pass arms all in order of place, moves them, and cancels them. */
static void
timers_ours(const struct world *w, uint64_t took[3])
{
	uint32_t *slots = bench_memory(la_timer_memory());
	struct la_timer_wheel wheel;

	la_timer_init(&wheel, slots, w->objects, sizeof(*w->objects),
			offsetof(struct object, timed), 0);
	took[0] = bench_cycles();
	for (uint32_t i = 1; i <= w->size; i++)
		la_timer_set(&wheel, i, 1000000 + i % 1000 * 1000);
	took[0] = bench_cycles() - took[0];
	took[1] = bench_cycles();
	for (uint32_t i = 1; i <= w->size; i++)
		la_timer_set(&wheel, i, 3000000 + i % 1000 * 1000);
	took[1] = bench_cycles() - took[1];
	took[2] = bench_cycles();
	for (uint32_t i = 1; i <= w->size; i++)
		la_timer_cancel(&wheel, i);
	took[2] = bench_cycles() - took[2];
	free(slots);
}

static void
timers_theirs(uint32_t size, uint64_t took[3])
{
	struct rte_timer *timer = bench_memory((uint64_t)(size + 1) * sizeof(*timer));
	const uint64_t ms = rte_get_timer_hz() / 1000;

	for (uint32_t i = 1; i <= size; i++)
		rte_timer_init(&timer[i]);
	took[0] = bench_cycles();
	for (uint32_t i = 1; i <= size; i++)
		rte_timer_reset(&timer[i], (1000 + i % 1000) * ms, SINGLE, rte_lcore_id(),
				nothing, NULL);
	took[0] = bench_cycles() - took[0];
	took[1] = bench_cycles();
	for (uint32_t i = 1; i <= size; i++)
		rte_timer_reset(&timer[i], (3000 + i % 1000) * ms, SINGLE, rte_lcore_id(),
				nothing, NULL);
	took[1] = bench_cycles() - took[1];
	took[2] = bench_cycles();
	for (uint32_t i = 1; i <= size; i++)
		rte_timer_stop(&timer[i]);
	took[2] = bench_cycles() - took[2];
	free(timer);
}

static void
compare_timers(const struct world *w)
{
	static const char *const what[] = { "arm", "move later", "cancel" };
	uint64_t ours[3], theirs[3];

	rte_timer_subsystem_init();
	timers_ours(w, ours);
	timers_theirs(w->size, theirs);
	for (int i = 0; i < 3; i++)
		say(what[i], w->size, ours[i], theirs[i], w->size);
	rte_timer_subsystem_finalize();
}

int
main(int argc, char **argv)
{
	const uint32_t flows = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
	const uint32_t timers = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
	char *words[] = { argv[0], "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"--log-level", "error", "-m", "1024", NULL };
	struct world w;

	if (rte_eal_init(sizeof(words) / sizeof(words[0]) - 1, words) < 0)
		return EXIT_FAILURE;
	make_world(&w, flows);
	compare_tables(&w);
	free(w.objects);
	free(w.order);
	make_world(&w, timers);
	compare_timers(&w);
	free(w.objects);
	free(w.order);
	rte_eal_cleanup();
	return EXIT_SUCCESS;
}
