/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What workers do to one another is nothing. Eight islands, each a generator and the
 * server it loads, lie side by side in memory. They run one after the other and then
 * all at once: each does the same. Whatever they have in common lies in pages that
 * nobody may write, and what is theirs shares no cache line with another's.
 *
 * Nothing here checks anything while threads run, since libcheck takes a lock.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "la_arena.h"
#include "la_check.h"
#include "la_load.h"

enum {
	ISLANDS = 8, ROUNDS = 2000, ROUND_US = 100, FRAMES = 256, FRAME = 1536,
	CONNECTIONS = 128, CONCURRENT = 32, SOURCES = 4, PORTS = 100,
	GUARD = LA_APART, GUARD_OCTET = 0xa5, BLOCKS = 3,
};

/* What all have in common. */
struct common {
	struct la_stack_params params[2];
	struct la_stack_range range[2];
	struct la_stack_listener listener;
	struct la_load_params load;
	uint16_t sources[SOURCES];
	char request[64], name[8];
};

/* One side: its stack, and what it has sent. */
struct side {
	struct la_stack *stack;
	uint32_t n;
	uint32_t len[FRAMES];
	uint8_t frame[FRAMES][FRAME];
};

struct result {
	uint64_t digest;                /* Of every frame, in order. */
	struct la_stack_counters counters[2];
	struct la_load_counters load;
};

struct island {
	_Alignas(LA_APART) struct side server;
	_Alignas(LA_APART) struct side client;
	struct la_load *load;
	struct la_stack_listener listener;      /* The generator. */
	uint8_t *block[BLOCKS];
	size_t block_len[BLOCKS];
	uint64_t now_us;
	struct result result;
};

static struct common *common;

static uint8_t *
give_room(void *user)
{
	struct side *side = user;

	return side->n < FRAMES ? side->frame[side->n] : NULL;
}

static void
sent(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct side *side = user;

	(void)tcp;
	(void)tci;
	side->len[side->n++] = len;
}

static void
digest(struct island *island, const uint8_t *octets, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		island->result.digest = (island->result.digest ^ octets[i]) *
				UINT64_C(1099511628211);
}

/* Give @p to what @p from has sent. */
static void
carry(struct island *island, struct side *from, struct side *to)
{
	struct la_frame frames[LA_BURST_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < from->n; i++) {
		digest(island, from->frame[i], from->len[i]);
		frames[n++] = (struct la_frame){ from->frame[i], from->len[i], 0, 0 };
		if (n == LA_BURST_MAX || i + 1 == from->n) {
			la_stack_receive(to->stack, frames, n, island->now_us);
			n = 0;
		}
	}
	from->n = 0;
}

static void *
run(void *user)
{
	struct island *island = user;

	for (int i = 0; i < ROUNDS; i++, island->now_us += ROUND_US) {
		carry(island, &island->client, &island->server);
		la_stack_advance(island->server.stack, island->now_us, 64);
		la_stack_output(island->server.stack, island->now_us);
		carry(island, &island->server, &island->client);
		la_load_poll(island->load, island->now_us);
		la_stack_advance(island->client.stack, island->now_us, 64);
		la_stack_output(island->client.stack, island->now_us);
	}
	island->result.counters[0] = *la_stack_counters(island->server.stack);
	island->result.counters[1] = *la_stack_counters(island->client.stack);
	island->result.load = *la_load_counters(island->load);
	return NULL;
}

static void
fill_common(void)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

	memcpy(common->request, get, sizeof(get));
	memcpy(common->name, "web", 4);
	for (uint16_t i = 0; i < SOURCES; i++)
		common->sources[i] = i;
	for (int i = 0; i < 2; i++) {
		struct la_stack_params *p = &common->params[i];

		common->range[i] = (struct la_stack_range){
			la_addr_v4(0x0a000001u + 16u * (uint32_t)i), i == 0 ? 1 : SOURCES, 24,
		};
		la_stack_params_default(p, CONNECTIONS);
		p->mac.b[0] = 2;
		p->mac.b[5] = (uint8_t)i;
		p->ranges = &common->range[i];
		p->ranges_len = p->listeners_len = 1;
		p->time_wait_us = 50000;
		p->senders = CONNECTIONS;
	}
	common->listener = (struct la_stack_listener){
		.name = common->name, .address = LA_ANY_ADDRESS, .port_first = 80,
		.port_last = 80 + PORTS - 1, .service = "http",
		.params = { .connections = CONNECTIONS, .window = 65535, .buffers = CONNECTIONS,
			.body_len = 64 },
	};
	common->params[0].listeners = &common->listener;
	common->load = (struct la_load_params){
		.connections = CONNECTIONS, .sources = common->sources, .sources_len = SOURCES,
		.local_port_first = 1024, .local_port_last = 65535,
		.target = common->range[0].first, .targets = 1, .port_first = 80,
		.port_last = 80 + PORTS - 1, .service = LA_LOAD_SERVICE_HTTP,
		.request = common->request, .request_len = sizeof(get) - 1, .status = 200,
		.body_len = 64, .workers = ISLANDS,
	};
}

/* In a page of its own, which is then closed to writing. */
static void
make_common(void)
{
	common = mmap(NULL, sizeof(*common), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(common != MAP_FAILED);
	fill_common();
	ck_assert_int_eq(mprotect(common, sizeof(*common), PROT_READ), 0);
}

static size_t
filled_up(size_t len)
{
	return (len + LA_APART - 1) / LA_APART * LA_APART;
}

/* Octets of an island and its blocks: two stacks and the generator. */
static size_t
measure(size_t block_len[BLOCKS])
{
	struct la_stack_params client = common->params[1];
	static struct la_service none;
	const struct la_stack_listener listener = { .address = LA_ANY_ADDRESS, .instance = &none };
	size_t all = filled_up(sizeof(struct island));

	client.listeners = &listener;
	block_len[0] = la_stack_memory(&common->params[0]);
	block_len[1] = la_stack_memory(&client);
	block_len[2] = la_load_memory(&common->load);
	for (int i = 0; i < BLOCKS; i++) {
		ck_assert_uint_gt(block_len[i], 0);
		/* So the next may begin right behind it. */
		ck_assert_uint_eq(block_len[i] % LA_APART, 0);
		all += block_len[i] + GUARD;
	}
	return all;
}

static void
settle(struct island *island, uint32_t number, const size_t block_len[BLOCKS])
{
	const struct la_load_plan plan = { .concurrent = CONCURRENT, .timeout_us = 1000000 };
	struct la_stack_params client = common->params[1];
	struct la_load_params load = common->load;
	uint8_t *at = (uint8_t *)island + filled_up(sizeof(*island));

	for (int i = 0; i < BLOCKS; i++) {
		island->block[i] = at;
		island->block_len[i] = block_len[i];
		memset(at + block_len[i], GUARD_OCTET, GUARD);
		at += block_len[i] + GUARD;
	}
	island->now_us = 1000000;
	load.worker = number;
	load.seed = number * UINT64_C(1000003);
	island->load = la_load_init(island->block[2], &load);
	island->listener = (struct la_stack_listener){
		.name = "load", .address = LA_ANY_ADDRESS,
		.instance = la_load_service(island->load),
	};
	client.listeners = &island->listener;
	client.worker = number;
	island->server.stack = la_stack_init(island->block[0], &common->params[0],
			&(struct la_stack_io){ &island->server, give_room, sent, NULL }, island->now_us);
	island->client.stack = la_stack_init(island->block[1], &client,
			&(struct la_stack_io){ &island->client, give_room, sent, NULL }, island->now_us);
	la_load_attach(island->load, island->client.stack);
	la_stack_start(island->server.stack, island->now_us);
	la_stack_start(island->client.stack, island->now_us);
	la_load_start(island->load, &plan, island->now_us);
}

/* All islands, side by side and unused. */
static uint8_t *
make_islands(struct island *islands[ISLANDS])
{
	size_t block_len[BLOCKS];
	const size_t each = measure(block_len);
	uint8_t *sea = aligned_alloc(LA_APART, ISLANDS * each);

	ck_assert_ptr_nonnull(sea);
	memset(sea, 0, ISLANDS * each);
	for (uint32_t i = 0; i < ISLANDS; i++) {
		islands[i] = (struct island *)(void *)(sea + i * each);
		settle(islands[i], i, block_len);
	}
	return sea;
}

/* Between what two islands write lies at least a boundary of LA_APART. */
static void
check_apart(struct island *const islands[ISLANDS])
{
	for (int i = 0; i < ISLANDS; i++) {
		const struct island *island = islands[i];

		ck_assert_uint_eq((uintptr_t)island % LA_APART, 0);
		for (int b = 0; b < BLOCKS; b++) {
			const uint8_t *guard = island->block[b] + island->block_len[b];

			ck_assert_uint_eq((uintptr_t)island->block[b] % LA_APART, 0);
			for (int k = 0; k < GUARD; k++)
				ck_assert_uint_eq(guard[k], GUARD_OCTET);
		}
	}
}

static void
run_at_once(struct island *islands[ISLANDS])
{
	pthread_t thread[ISLANDS];

	for (int i = 0; i < ISLANDS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, run, islands[i]), 0);
	for (int i = 0; i < ISLANDS; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
}

/* That much was done, and all of it well. */
static void
check_load(const struct result *r)
{
	ck_assert_uint_gt(r->load.closed.value, 1000);
	ck_assert_uint_ge(r->counters[0].count[LA_COUNT_OPENED].value, r->load.closed.value);
	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		ck_assert_uint_eq(r->load.failed[i].value, 0);
}

START_TEST(all_at_once_each_does_as_it_does_alone)
{
	struct island *alone[ISLANDS], *together[ISLANDS];
	uint8_t *first, *second;

	make_common();
	first = make_islands(alone);
	second = make_islands(together);
	for (int i = 0; i < ISLANDS; i++)
		run(alone[i]);
	run_at_once(together);
	check_apart(together);
	for (int i = 0; i < ISLANDS; i++) {
		check_load(&together[i]->result);
		ck_assert_uint_eq(together[i]->result.digest, alone[i]->result.digest);
		ck_assert_mem_eq(&together[i]->result, &alone[i]->result, sizeof(struct result));
		/* Else it would be no wonder. */
		ck_assert(i == 0 || together[i]->result.digest != together[0]->result.digest);
	}
	free(first);
	free(second);
	munmap(common, sizeof(*common));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("islands");
	TCase *t = tcase_create("islands");

	tcase_set_timeout(t, 300);
	tcase_add_test(t, all_at_once_each_does_as_it_does_alone);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
