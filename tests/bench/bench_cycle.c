/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a stack takes for one connection: SYN, ACK, FIN, ACK in and SYN-ACK, FIN-ACK
 * out, with parsing and emitting but no driver.
 *
 *   la_bench_cycle [MODE] [batches] [live] [addresses] [ports] [4|6]
 *
 *   close   as above
 *   http    a GET in the second segment, its response and our FIN, the client's FIN
 *   syn     SYNs alone
 *   linux   close, with the options that Linux sends
 *   port    close, with checksums left to the port both ways
 *
 * Connections come to so many of our addresses and ports, spread at random, over
 * IPv4 or IPv6; so many more (live) are held beside. What it took to make the stack
 * is printed too. Callgrind counts the stack's part alone:
 *
 *   valgrind --tool=callgrind --collect-atstart=no la_bench_cycle close 10000
 *
 * and its total, divided by 32 * 10000, is instructions for one connection.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>

#include "callgrind_collect.h"
#include "la_emit.h"
#include "la_stack.h"

enum {
	BATCH = 32, FRAME = 2048, CLIENTS = 128, PORT0 = 1024, PORTS = 64000,
	CLIENT0 = 0x0a630080, ADDRESS0 = 0x0b010000, LISTEN0 = 80,
	CONNECTIONS = 4000000,
};

struct mode {
	const char *name;
	bool syn_alone, http, linux_options, port_checksums;
};

static const struct mode modes[] = {
	{ .name = "close" },
	{ .name = "http", .http = true },
	{ .name = "syn", .syn_alone = true },
	{ .name = "linux", .linux_options = true },
	{ .name = "port", .port_checksums = true },
};

struct sink {
	uint8_t frame[4 * BATCH][FRAME];
	uint32_t len[4 * BATCH];
	uint32_t n;
};

struct bench {
	const struct mode *mode;
	struct la_stack *stack;
	struct sink out;
	uint8_t frame[BATCH][FRAME];
	struct la_frame in[BATCH];
	uint64_t cycles, frames, now_us;
	struct la_path path;
	struct { uint32_t seq, ack, tsecr; } conn[BATCH];
	uint64_t first;                 /* Number of the batch's first connection. */
	uint32_t addresses, ports;      /* Of ours. */
	bool ipv6;
};

static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

static uint8_t *
sink_frame(void *user)
{
	struct sink *sink = user;

	return sink->n < 4 * BATCH ? sink->frame[sink->n] : NULL;
}

static void
sink_send(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct sink *sink = user;

	(void)tcp;
	(void)tci;
	sink->len[sink->n++] = len;
}

static struct la_addr
address(const struct bench *b, uint32_t low)
{
	struct la_addr a = { { 0xfd, 0x99, [7] = 1 } };

	if (!b->ipv6)
		return la_addr_v4(low);
	la_put32(a.b + 12, low);
	return a;
}

static void
use_connection(struct bench *b, uint64_t number)
{
	b->path.source = address(b, CLIENT0 + (uint32_t)(number % CLIENTS));
	b->path.source_port = (uint16_t)(PORT0 + number / CLIENTS % PORTS);
	/* Neighbours in time are far apart in both. */
	number *= UINT64_C(0x9e3779b97f4a7c15);
	b->path.dest = address(b, ADDRESS0 + (uint32_t)((number >> 32) * b->addresses >> 32));
	b->path.dest_port = (uint16_t)(LISTEN0 + ((number & UINT32_MAX) * b->ports >> 32));
}

/* Options of the client's segments. */
static void
put_options(const struct bench *b, uint32_t i, struct la_seg *seg)
{
	if (seg->flags & LA_SYN) {
		seg->opts.present = LA_OPT_MSS;
		seg->opts.mss = b->ipv6 ? 1440 : 1460;
	}
	if (!b->mode->linux_options)
		return;
	if (seg->flags & LA_SYN)
		seg->opts.present |= LA_OPT_SACK_PERMITTED | LA_OPT_WSCALE;
	seg->opts.present |= LA_OPT_TIMESTAMPS;
	seg->opts.wscale = 7;
	seg->opts.tsval = (uint32_t)(b->now_us / 1000);
	seg->opts.tsecr = b->conn[i].tsecr;
}

/* Write the batch's next frame for connection i. */
static void
put(struct bench *b, uint32_t i, uint8_t flags, const char *text)
{
	struct la_seg seg = { .seq = b->conn[i].seq, .ack = b->conn[i].ack, .flags = flags,
		.wnd = 65535 };

	use_connection(b, b->first + i);
	put_options(b, i, &seg);
	if (text) {
		seg.len = (uint32_t)strlen(text);
		memcpy(b->frame[i] + la_tcp_text_offset(&b->path, &seg), text, seg.len);
	}
	b->in[i] = (struct la_frame){ .octets = b->frame[i],
		.len = la_emit_tcp(b->frame[i], &b->path, &seg, false),
		.checked = b->mode->port_checksums ?
				LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD : 0 };
	b->conn[i].seq += seg.len + !!(flags & (LA_SYN | LA_FIN));
}

/* Give the batch to the stack, timed. */
static void
give(struct bench *b)
{
	uint64_t start = __rdtsc();

	b->out.n = 0;
	collect_on();
	la_stack_receive(b->stack, b->in, BATCH, b->now_us);
	la_stack_advance(b->stack, b->now_us, 64);
	la_stack_output(b->stack, b->now_us);
	collect_off();
	b->cycles += __rdtsc() - start;
	b->frames += BATCH;
	b->now_us += 5;
}

/* Take the acknowledgment numbers of a batch from what the stack sent. */
static void
take(struct bench *b, const char *what)
{
	struct la_rx rx;

	if (b->out.n < BATCH) {
		fprintf(stderr, "%s: %" PRIu32 " answers to %d segments\n", what, b->out.n, BATCH);
		exit(1);
	}
	for (uint32_t i = 0; i < b->out.n; i++) {
		uint64_t number;

		if (la_rx_parse(&rx, b->out.frame[i], b->out.len[i], b->mode->port_checksums ?
				LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD : 0) != LA_RX_OK)
			exit(1);
		number = (uint64_t)(rx.dest_port - PORT0) * CLIENTS +
				(la_addr_low(&rx.dest) - CLIENT0);
		number -= b->first % ((uint64_t)CLIENTS * PORTS);
		if (number >= BATCH)
			exit(1);
		b->conn[number].ack = rx.seg.seq + la_seg_len(&rx.seg);
		b->conn[number].tsecr = rx.seg.opts.tsval;
	}
}

static void
each(struct bench *b, uint8_t flags, const char *text)
{
	for (uint32_t i = 0; i < BATCH; i++)
		put(b, i, flags, text);
	give(b);
}

static void
open_batch(struct bench *b)
{
	for (uint32_t i = 0; i < BATCH; i++) {
		b->conn[i].seq = (uint32_t)(b->first + i) * 2654435761u;
		b->conn[i].ack = b->conn[i].tsecr = 0;
	}
	each(b, LA_SYN, NULL);
	take(b, "SYN");
}

static void
cycle(struct bench *b)
{
	open_batch(b);
	if (b->mode->syn_alone) {
		b->first += BATCH;
		return;
	}
	if (b->mode->http) {
		each(b, LA_ACK | LA_PSH, get);
		take(b, "GET");
		each(b, LA_ACK | LA_FIN, NULL);
	} else {
		each(b, LA_ACK, NULL);
		each(b, LA_ACK | LA_FIN, NULL);
		take(b, "FIN");
		each(b, LA_ACK, NULL);
	}
	b->first += BATCH;
}

static struct la_stack *
make_stack(const struct bench *b, const struct la_stack_io *io)
{
	const struct la_stack_range range = { address(b, ADDRESS0), b->addresses, 8 };
	const struct la_stack_listener listener = {
		.name = "web", .address = LA_ANY_ADDRESS,
		.port_first = LISTEN0, .port_last = (uint16_t)(LISTEN0 + b->ports - 1),
		.service = "http", .params = { .connections = CONNECTIONS, .window = 65536,
			.buffers = 1024, .body_len = 64, .close_after_response = true } };
	struct la_stack_params params;
	struct la_stack *stack;
	uint64_t start;
	void *memory;
	size_t len;

	la_stack_params_default(&params, CONNECTIONS);
	params.ranges = &range;
	params.ranges_len = 1;
	params.listeners = &listener;
	params.listeners_len = 1;
	params.mac.b[0] = 2;
	params.offload = b->mode->port_checksums;
	len = la_stack_memory(&params);
	memory = aligned_alloc(64, (len + 63) & ~(size_t)63);
	if (len == 0 || !memory)
		return NULL;
	memset(memory, 0, len);
	start = __rdtsc();
	stack = la_stack_init(memory, &params, io, 1);
	printf("%" PRIu32 " addresses, %" PRIu32 " ports: %zu octets, made in %.0f kilocycles\n",
			b->addresses, b->ports, len, (double)(__rdtsc() - start) / 1e3);
	return stack;
}

/* Argument @p at, or what holds without it. */
static uint64_t
number(int argc, char **argv, int at, uint64_t preset)
{
	return argc > at ? strtoull(argv[at], NULL, 10) : preset;
}

static const struct mode *
mode_of(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0)
			return &modes[i];
	}
	fprintf(stderr, "%s is not a mode: close, http, syn, linux or port\n", name);
	exit(2);
}

int
main(int argc, char **argv)
{
	static struct bench b = { .now_us = 1000000 };
	struct la_stack_io io = { &b.out, sink_frame, sink_send };
	const uint64_t batches = number(argc, argv, 2, 50000), live = number(argc, argv, 3, 0);

	b.mode = mode_of(argc > 1 ? argv[1] : "close");
	b.addresses = (uint32_t)number(argc, argv, 4, 1);
	b.ports = (uint32_t)number(argc, argv, 5, 1);
	b.ipv6 = number(argc, argv, 6, 4) == 6;
	b.stack = make_stack(&b, &io);
	if (!b.stack)
		return 1;
	b.path.source_mac.b[0] = 2;
	b.path.source_mac.b[5] = 2;
	b.path.dest_mac.b[0] = 2;
	for (uint64_t i = 0; i < live / BATCH; i++, b.first += BATCH) {
		open_batch(&b);
		each(&b, LA_ACK, NULL);
	}
	b.cycles = b.frames = 0;
	for (uint64_t i = 0; i < batches; i++)
		cycle(&b);
	printf("%s: %.0f cycles per connection, %.0f per frame in, %" PRIu32 " held\n",
			b.mode->name, (double)b.cycles / (double)(batches * BATCH),
			(double)b.cycles / (double)b.frames, la_stack_connections(b.stack));
	return 0;
}
