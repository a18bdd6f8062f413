/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a connection costs the generator, and the server that it loads: two stacks in
 * one process, with parsing and emitting but no driver and no second core.
 *
 *   la_bench_load [close|http] [connections] [live] [load|serve] [4|6]
 *
 * `live` connections are opened first and held. Printed are cycles, and nanoseconds of
 * processor time, which other programs do not disturb. For instructions, of the side that
 * the fourth argument names:
 *
 *   valgrind --tool=callgrind --collect-atstart=no la_bench_load close 10000
 */
#define _DEFAULT_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "bench.h"
#include "callgrind_collect.h"
#include "la_load.h"

enum {
	BURST = 32, FRAME = 2048, FRAMES = 256, CONCURRENT = 64, BUDGET = 256, STEP_US = 20,
	SOURCES = 250, SERVER = 0x0a630001, CLIENT = 0x0a630101, PORT = 80, BODY = 64,
	TIMEOUT_US = 10000000, LIVE_A_PORT = 4000000,
};

/* One direction: a ring of frames. */
struct wire {
	uint8_t frame[FRAMES][FRAME];
	uint32_t len[FRAMES];
	uint32_t first, n;
};

struct side {
	struct la_stack *stack;
	struct la_stack_params params;
	struct la_stack_range range;
	struct la_stack_listener listener;
	struct wire sent;
	bool collected;
	uint64_t cycles, cpu_ns;
	/* Where the poll began. */
	uint64_t began_cycles, began_ns;
};

struct bench {
	struct side client, server;
	struct la_load_params params;
	struct la_load_plan plan;
	struct la_load *load;
	uint16_t sources[SOURCES];
	uint64_t now_us;
	bool ipv6, measured;
};

static uint8_t *
room(void *user)
{
	struct wire *w = user;

	return w->n < FRAMES ? w->frame[(w->first + w->n) % FRAMES] : NULL;
}

static void
put(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct wire *w = user;

	(void)tcp;
	(void)tci;
	w->len[(w->first + w->n++) % FRAMES] = len;
}

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
begin(const struct bench *b, struct side *side)
{
	if (!b->measured)
		return;
	side->began_ns = cpu_ns();
	side->began_cycles = __rdtsc();
	if (side->collected)
		collect_on();
}

static void
end(const struct bench *b, struct side *side)
{
	if (!b->measured)
		return;
	if (side->collected)
		collect_off();
	side->cycles += __rdtsc() - side->began_cycles;
	side->cpu_ns += cpu_ns() - side->began_ns;
}

static void
receive(struct side *side, struct wire *from, uint64_t now_us)
{
	struct la_frame frames[BURST];
	uint32_t n = 0;

	for (; n < BURST && n < from->n; n++) {
		const uint32_t at = (from->first + n) % FRAMES;

		frames[n] = (struct la_frame){ from->frame[at], from->len[at], 0, 0 };
	}
	la_stack_receive(side->stack, frames, n, now_us);
	from->first = (from->first + n) % FRAMES;
	from->n -= n;
}

static void
poll_client(struct bench *b)
{
	struct side *c = &b->client;

	begin(b, c);
	receive(c, &b->server.sent, b->now_us);
	la_load_poll(b->load, b->now_us);
	la_stack_advance(c->stack, b->now_us, BUDGET);
	la_stack_output(c->stack, b->now_us);
	end(b, c);
}

static void
poll_server(struct bench *b)
{
	struct side *s = &b->server;

	begin(b, s);
	receive(s, &b->client.sent, b->now_us);
	la_stack_advance(s->stack, b->now_us, BUDGET);
	la_stack_output(s->stack, b->now_us);
	end(b, s);
}

static enum la_load_phase
phase(const struct bench *b)
{
	return (enum la_load_phase)la_load_counters(b->load)->phase.value;
}

static void
poll_until(struct bench *b, enum la_load_phase wanted)
{
	while (phase(b) < wanted) {
		poll_client(b);
		poll_server(b);
		b->now_us += STEP_US;
	}
}

static struct la_addr
address(const struct bench *b, uint32_t low)
{
	struct la_addr a = { { 0xfd, 0x63 } };

	if (!b->ipv6)
		return la_addr_v4(low);
	la_put32(a.b + 12, low);
	return a;
}

static void
make_side(const struct bench *b, struct side *side, uint32_t first, uint32_t count,
		uint32_t connections)
{
	struct la_stack_params *p = &side->params;

	side->range = (struct la_stack_range){ address(b, first), count, b->ipv6 ? 64 : 16 };
	la_stack_params_default(p, connections);
	p->senders = CONCURRENT * 4;
	p->ranges = &side->range;
	p->listeners = &side->listener;
	p->ranges_len = p->listeners_len = 1;
	p->time_wait_max = 262144;
	p->mac.b[0] = 2;
	p->mac.b[4] = (uint8_t)(first >> 8);
	p->secret.k[0] = first;
}

static void
start_side(struct bench *b, struct side *side)
{
	const struct la_stack_io io = { &side->sent, room, put, NULL };

	side->stack = la_stack_init(bench_memory(la_stack_memory(&side->params)), &side->params, &io,
			b->now_us);
}

static void
make(struct bench *b, bool http)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
	const uint32_t connections = b->plan.live + CONCURRENT * 4;
	const uint16_t last_port = (uint16_t)(PORT + b->plan.live / LIVE_A_PORT);

	make_side(b, &b->server, SERVER, 1, connections);
	make_side(b, &b->client, CLIENT, SOURCES, connections);
	b->server.listener = (struct la_stack_listener){
		.name = "bench", .address = LA_ANY_ADDRESS, .port_first = PORT,
		.port_last = last_port, .service = "http",
		.params = { .connections = connections, .window = 65535, .buffers = CONCURRENT * 4,
			.body_len = BODY },
	};
	for (uint16_t i = 0; i < SOURCES; i++)
		b->sources[i] = i;
	b->params = (struct la_load_params){
		.connections = connections, .sources = b->sources, .sources_len = SOURCES,
		.local_port_first = 1024, .local_port_last = 65535,
		.target = b->server.range.first, .targets = 1,
		.port_first = PORT, .port_last = last_port,
		.service = http ? LA_LOAD_SERVICE_HTTP : LA_LOAD_SERVICE_CONNECT,
		.request = get, .request_len = sizeof(get) - 1, .status = 200, .body_len = BODY,
		.seed = 12345678901, .workers = 1,
	};
	b->load = la_load_init(bench_memory(la_load_memory(&b->params)), &b->params);
	b->client.listener = (struct la_stack_listener){
		.name = "load", .address = LA_ANY_ADDRESS, .instance = la_load_service(b->load),
	};
	b->client.params.tcp.confirm_us = 0;
	start_side(b, &b->server);
	start_side(b, &b->client);
	la_load_attach(b->load, b->client.stack);
}

static void
print(const struct side *side, const char *name, uint64_t connections)
{
	printf("%-6s %8.0f cycles, %6.0f ns of processor time a connection\n", name,
			(double)side->cycles / (double)connections,
			(double)side->cpu_ns / (double)connections);
}

static int
run(struct bench *b)
{
	const struct la_load_counters *c = la_load_counters(b->load);
	uint64_t start_ns;

	la_stack_start(b->server.stack, b->now_us);
	la_stack_start(b->client.stack, b->now_us);
	la_load_start(b->load, &b->plan, b->now_us);
	start_ns = cpu_ns();
	poll_until(b, LA_LOAD_PHASE_RAMP);
	if (b->plan.live > 0)
		printf("%" PRIu64 " held, %.0f ns each to open, of both sides\n", c->live.value,
				(double)(cpu_ns() - start_ns) / b->plan.live);
	b->measured = true;
	poll_until(b, LA_LOAD_PHASE_DONE);
	print(&b->client, "load", c->closed.value);
	print(&b->server, "serve", c->closed.value);
	printf("%" PRIu64 " connections, beside %" PRIu64 "\n", c->closed.value, c->live.value);
	return c->closed.value == b->plan.connections && c->live.value == b->plan.live ?
			EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	static struct bench b = { .now_us = 1000000 };

	b.plan = (struct la_load_plan){
		.connections = argc > 2 ? strtoull(argv[2], NULL, 10) : 100000,
		.live = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0,
		.concurrent = CONCURRENT, .timeout_us = TIMEOUT_US,
	};
	b.server.collected = argc > 4 && strcmp(argv[4], "serve") == 0;
	b.client.collected = !b.server.collected;
	b.ipv6 = argc > 5 && strcmp(argv[5], "6") == 0;
	make(&b, argc > 1 && strcmp(argv[1], "http") == 0);
	return run(&b);
}
