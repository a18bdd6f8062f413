/* SPDX-License-Identifier: BSD-3-Clause */
#define _DEFAULT_SOURCE
#include "bench_stack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "bench.h"
#include "callgrind_collect.h"

enum {
	CLIENTS = 128, PORT0 = 1024, PORTS = 64000, CLIENT0 = 0x0a630080, ADDRESS0 = 0x0b010000,
	LISTEN0 = 80, MSS = 1460, MSS_V6 = 1440,
};

void
bench_fail(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "%s\n", what);
	exit(EXIT_FAILURE);
}

void *
bench_zeroed(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (!memory)
		bench_fail("no memory");
	return memory;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t
bench_median(uint64_t *figures, size_t n)
{
	if (n == 0)
		return 0;
	qsort(figures, n, sizeof(*figures), compare);
	return figures[n / 2];
}

uint64_t
bench_argument(int argc, char **argv, int at, uint64_t preset)
{
	return argc > at ? strtoull(argv[at], NULL, 10) : preset;
}

static uint64_t
nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

double
bench_tsc_hz(void)
{
	enum { NS = 50000000 };
	const uint64_t from = nanoseconds(), start = bench_cycles();
	uint64_t now;

	while ((now = nanoseconds()) - from < NS)
		;
	return (double)(bench_cycles() - start) * 1e9 / (double)(now - from);
}

static uint8_t *
sink_frame(void *user)
{
	struct bench_stack *b = user;

	return b->sent_n < BENCH_SENT ? b->sent[b->sent_n] : NULL;
}

static void
sink_send(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct bench_stack *b = user;

	(void)tcp;
	(void)tci;
	b->sent_len[b->sent_n++] = len;
}

static struct la_addr
address(const struct bench_stack *b, uint32_t low)
{
	/* Clients are in another subnet, unless its prefix is short. */
	struct la_addr a = { { 0xfd, 0x99, [7] = low < ADDRESS0 ? 2 : 1 } };

	if (!b->ipv6)
		return la_addr_v4(low);
	la_put32(a.b + 12, low);
	return a;
}

/* Zeroed memory on a boundary of 64, on huge pages if the system has some. It is written
 * to now, so that no page is first touched while the stack is timed; callgrind measures no
 * time, and would take long over it. */
static void *
zeroed_memory(size_t len)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		bench_fail("no memory for the stack");
	madvise(memory, len, MADV_HUGEPAGE);
	return collect_possible() ? memory : memset(memory, 0, len);
}

/* The gateway's answer to who asks where it is. */
static uint32_t
put_gateway(const struct bench_stack *b, uint8_t *frame, const struct la_addr *gateway)
{
	const struct la_addr ours = address(b, ADDRESS0);
	const struct la_path path = { .source_mac = b->path.source_mac,
		.dest_mac = b->path.dest_mac, .source = *gateway, .dest = ours };
	const struct la_nd found = { .type = LA_ND_ADVERTISEMENT, .router = true,
		.solicited = true, .override = true, .has_mac = true,
		.mac = b->path.source_mac, .target = *gateway };
	const struct la_arp answer = {
		.op = 2, .sender_mac = b->path.source_mac, .target_mac = b->path.dest_mac,
		.sender = la_addr_low(gateway), .target = la_addr_low(&ours),
	};

	return b->ipv6 ? la_emit_nd(frame, &path, &found) : la_emit_arp(frame, &answer, 0);
}

/* Clients are behind it, as most are. */
static void
find_gateway(struct bench_stack *b, const struct la_addr *gateway)
{
	const struct la_addr client = address(b, CLIENT0);
	struct la_frame frame = { .octets = b->in[0] };

	la_stack_reaches(b->stack, &client, 1);
	frame.len = put_gateway(b, b->in[0], gateway);
	la_stack_receive(b->stack, &frame, 1, 1);
	if (!la_stack_reaches(b->stack, &client, 1))
		bench_fail("no gateway");
	b->sent_n = 0;
}

void
bench_stack_make(struct bench_stack *b, const struct bench_plan *plan)
{
	const uint32_t ports = plan->ports ? plan->ports : 1;
	struct la_stack_listener listener = {
		.name = "bench", .address = LA_ANY_ADDRESS,
		.port_first = LISTEN0, .port_last = (uint16_t)(LISTEN0 + ports - 1),
		.service = plan->service, .params = plan->params };
	const struct la_stack_io io = { b, sink_frame, sink_send, NULL };
	struct la_stack_range range;
	struct la_stack_params params;
	uint64_t start;
	void *memory;

	b->addresses = plan->addresses ? plan->addresses : 1;
	b->ports = ports;
	b->ipv6 = plan->ipv6;
	b->checked = plan->port_checksums ? LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD : 0;
	b->path.source_mac.b[0] = b->path.dest_mac.b[0] = 2;
	b->path.source_mac.b[5] = 2;
	b->now_us = 1000000;
	listener.params.connections = plan->connections;
	range = (struct la_stack_range){ address(b, ADDRESS0), b->addresses,
		b->ipv6 ? (plan->near ? 60 : 64) : (plan->near ? 7 : 8) };
	la_stack_params_default(&params, plan->connections);
	if (plan->senders)
		params.senders = plan->senders;
	params.ranges = &range;
	params.listeners = &listener;
	params.ranges_len = params.listeners_len = 1;
	params.mac.b[0] = 2;
	params.offload = plan->port_checksums;
	params.plain_c = plan->plain;
	params.has_gateway[b->ipv6] = true;
	params.gateway[b->ipv6] = address(b, ADDRESS0 | 0xff0000);
	b->memory_len = la_stack_memory(&params);
	if (b->memory_len == 0)
		bench_fail("the stack cannot be made so");
	memory = zeroed_memory(b->memory_len);
	start = bench_cycles();
	b->stack = la_stack_init(memory, &params, &io, 1);
	b->init_cycles = bench_cycles() - start;
	if (!plan->near)
		find_gateway(b, &params.gateway[b->ipv6]);
}

void
bench_stack_free(struct bench_stack *b)
{
	munmap(b->stack, b->memory_len);
}

static void
set_path(struct bench_stack *b, uint64_t number)
{
	b->path.source = address(b, CLIENT0 + (uint32_t)(number % CLIENTS));
	b->path.source_port = (uint16_t)(PORT0 + number / CLIENTS % PORTS);
	/* Neighbours in time are far apart in both. */
	number *= UINT64_C(0x9e3779b97f4a7c15);
	b->path.dest = address(b, ADDRESS0 + (uint32_t)((number >> 32) * b->addresses >> 32));
	b->path.dest_port = (uint16_t)(LISTEN0 + ((number & UINT32_MAX) * b->ports >> 32));
}

uint32_t
bench_stack_frame(struct bench_stack *b, uint8_t *frame, uint64_t number, struct la_seg *seg,
		const void *text, uint32_t len)
{
	set_path(b, number);
	seg->len = len;
	if (seg->flags & LA_SYN) {
		seg->opts.present |= LA_OPT_MSS;
		seg->opts.mss = b->ipv6 ? MSS_V6 : MSS;
	}
	if (len > 0)
		memcpy(frame + la_tcp_text_offset(&b->path, seg), text, len);
	return la_emit_tcp(frame, &b->path, seg, false);
}

void
bench_stack_put(struct bench_stack *b, uint32_t i, uint64_t number, struct la_seg *seg,
		const void *text, uint32_t len)
{
	b->in_len[i] = bench_stack_frame(b, b->in[i], number, seg, text, len);
}

/* Let the stack do what a worker's poll does. */
static void
poll_once(struct bench_stack *b, const struct la_frame *frames, uint32_t n)
{
	b->sent_n = 0;
	if (n > 0)
		la_stack_receive(b->stack, frames, n, b->now_us);
	la_stack_advance(b->stack, b->now_us, 64);
	la_stack_output(b->stack, b->now_us);
}

uint64_t
bench_stack_give(struct bench_stack *b, uint32_t n, bool collect)
{
	struct la_frame frames[BENCH_BURST];
	uint64_t start, cycles;

	/* As a driver has them ready. */
	for (uint32_t i = 0; i < n; i++)
		frames[i] = (struct la_frame){ b->in[i], b->in_len[i], b->checked, 0 };
	start = bench_cycles();
	if (collect)
		collect_on();
	poll_once(b, frames, n);
	if (collect)
		collect_off();
	cycles = bench_cycles() - start;
	b->cycles += cycles;
	return cycles;
}

uint64_t
bench_stack_poll(struct bench_stack *b, const struct la_frame *frames, uint32_t n)
{
	const uint64_t start = bench_cycles();
	uint64_t cycles;

	poll_once(b, frames, n);
	cycles = bench_cycles() - start;
	b->cycles += cycles;
	return cycles;
}

uint64_t
bench_stack_answer(const struct bench_stack *b, uint32_t i, uint64_t base, struct la_rx *rx)
{
	const uint64_t tuples = (uint64_t)CLIENTS * PORTS;
	uint64_t number;

	if (la_rx_parse(rx, b->sent[i], b->sent_len[i], b->checked) != LA_RX_OK ||
			rx->kind != LA_KIND_TCP)
		bench_fail("the stack sent a frame that is no good segment");
	number = (uint64_t)(rx->dest_port - PORT0) * CLIENTS + (la_addr_low(&rx->dest) - CLIENT0);
	/* The tuples come by in turn. */
	return base + (number + tuples - base % tuples) % tuples;
}

void
bench_stack_open(struct bench_stack *b, uint32_t n, uint32_t *seq, uint32_t *ack)
{
	struct la_rx rx;

	for (uint32_t first = 0; first < n; first += BENCH_BURST) {
		const uint32_t burst = n - first < BENCH_BURST ? n - first : BENCH_BURST;

		for (uint32_t i = 0; i < burst; i++) {
			struct la_seg syn = { .seq = (first + i) * 2654435761u, .flags = LA_SYN,
				.wnd = BENCH_WINDOW };

			bench_stack_put(b, i, first + i, &syn, NULL, 0);
			seq[first + i] = syn.seq + 1;
		}
		bench_stack_give(b, burst, false);
		if (b->sent_n != burst)
			bench_fail("not every SYN was answered");
		for (uint32_t i = 0; i < burst; i++) {
			const uint64_t number = bench_stack_answer(b, i, 0, &rx);

			if (number >= n)
				bench_fail("an answer to nobody");
			ack[number] = rx.seg.seq + 1;
		}
		for (uint32_t i = 0; i < burst; i++) {
			struct la_seg last = { .seq = seq[first + i], .ack = ack[first + i],
				.flags = LA_ACK, .wnd = BENCH_WINDOW };

			bench_stack_put(b, i, first + i, &last, NULL, 0);
		}
		bench_stack_give(b, burst, false);
		b->now_us += 10;
	}
	if (la_stack_connections(b->stack) != n)
		bench_fail("not every connection was opened");
}
