/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a stack takes for one connection: SYN, ACK, FIN, ACK in and SYN-ACK, FIN-ACK
 * out, with parsing and emitting but no driver.
 *
 *   la_bench_cycle [MODE[:SEGMENT]] [batches] [live] [addresses] [ports] [4|6] [any|plain]
 *
 *   close   as above
 *   http    a GET in the second segment, its response and our FIN, the client's FIN
 *   syn     SYNs alone
 *   linux   close, with the options that Linux sends
 *   port    close, with checksums left to the port both ways
 *   near    close, of clients on the link
 *
 * With :SEGMENT all is done as without it, but only what the client's segments of that
 * kind cost is measured: syn, ack (the segment that opens, in http with the GET), fin, or
 * last (the ACK of our FIN; not in http).
 *
 * Connections come to so many of our addresses and ports, spread at random, over
 * IPv4 or IPv6; so many more (live) are held beside. `plain` has the stack run no code
 * that is chosen by the processor, so that instructions are the same on all of them.
 * What it took to make the stack is printed too. Callgrind counts the stack's part alone:
 *
 *   valgrind --tool=callgrind --collect-atstart=no la_bench_cycle close 10000
 *
 * and its total, divided by 32 * 10000, is instructions for one connection.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_stack.h"

enum { BATCH = BENCH_BURST, CONNECTIONS = 4000000 };

/* Kinds of segments that the client sends, and all of them. */
enum segment { SEGMENT_SYN, SEGMENT_ACK, SEGMENT_FIN, SEGMENT_LAST, SEGMENT_ALL };

static const char *const segment_names[] = { "syn", "ack", "fin", "last", "all" };

struct mode {
	const char *name;
	bool syn_alone, http, linux_options, port_checksums, near;
};

static const struct mode modes[] = {
	{ .name = "close" },
	{ .name = "http", .http = true },
	{ .name = "syn", .syn_alone = true },
	{ .name = "linux", .linux_options = true },
	{ .name = "port", .port_checksums = true },
	{ .name = "near", .near = true },
};

struct bench {
	struct bench_stack at;
	const struct mode *mode;
	enum segment measured;
	bool measuring;
	uint64_t cycles, frames;        /* Of what is measured. */
	uint64_t batch_cycles;          /* Of this batch of connections. */
	struct { uint32_t seq, ack, tsecr; } conn[BATCH];
	uint64_t first;                 /* Number of the batch's first connection. */
};

static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

static void
put_linux_options(const struct bench *b, uint32_t i, struct la_seg *seg)
{
	if (seg->flags & LA_SYN)
		seg->opts.present |= LA_OPT_SACK_PERMITTED | LA_OPT_WSCALE;
	seg->opts.present |= LA_OPT_TIMESTAMPS;
	seg->opts.wscale = 7;
	seg->opts.tsval = (uint32_t)(b->at.now_us / 1000);
	seg->opts.tsecr = b->conn[i].tsecr;
}

/* Write the batch's next frame for connection i. */
static void
put(struct bench *b, uint32_t i, uint8_t flags, const char *text)
{
	struct la_seg seg = { .seq = b->conn[i].seq, .ack = b->conn[i].ack, .flags = flags,
		.wnd = BENCH_WINDOW };

	if (b->mode->linux_options)
		put_linux_options(b, i, &seg);
	bench_stack_put(&b->at, i, b->first + i, &seg, text, text ? (uint32_t)strlen(text) : 0);
	b->conn[i].seq += la_seg_len(&seg);
}

/* Give the stack a segment of each connection of the batch. */
static void
each(struct bench *b, enum segment kind, uint8_t flags, const char *text)
{
	const bool counts = b->measuring && (b->measured == SEGMENT_ALL || b->measured == kind);
	uint64_t cycles;

	for (uint32_t i = 0; i < BATCH; i++)
		put(b, i, flags, text);
	cycles = bench_stack_give(&b->at, BATCH, counts);
	if (counts) {
		b->cycles += cycles;
		b->batch_cycles += cycles;
		b->frames += BATCH;
	}
	b->at.now_us += 5;
}

/* Take the acknowledgment numbers of a batch from what the stack sent. */
static void
take(struct bench *b, const char *what)
{
	struct la_rx rx;

	if (b->at.sent_n < BATCH) {
		fprintf(stderr, "%s: %" PRIu32 " answers to %d segments\n", what, b->at.sent_n,
				BATCH);
		exit(EXIT_FAILURE);
	}
	for (uint32_t i = 0; i < b->at.sent_n; i++) {
		const uint64_t at = bench_stack_answer(&b->at, i, b->first, &rx) - b->first;

		if (at >= BATCH)
			bench_fail("an answer to nobody");
		b->conn[at].ack = rx.seg.seq + la_seg_len(&rx.seg);
		b->conn[at].tsecr = rx.seg.opts.tsval;
	}
}

static void
open_batch(struct bench *b)
{
	for (uint32_t i = 0; i < BATCH; i++) {
		b->conn[i].seq = (uint32_t)(b->first + i) * 2654435761u;
		b->conn[i].ack = b->conn[i].tsecr = 0;
	}
	each(b, SEGMENT_SYN, LA_SYN, NULL);
	take(b, "SYN");
}

static void
cycle(struct bench *b)
{
	open_batch(b);
	if (b->mode->http) {
		each(b, SEGMENT_ACK, LA_ACK | LA_PSH, get);
		take(b, "GET");
		each(b, SEGMENT_FIN, LA_ACK | LA_FIN, NULL);
	} else if (!b->mode->syn_alone) {
		each(b, SEGMENT_ACK, LA_ACK, NULL);
		each(b, SEGMENT_FIN, LA_ACK | LA_FIN, NULL);
		take(b, "FIN");
		each(b, SEGMENT_LAST, LA_ACK, NULL);
	}
	b->first += BATCH;
}

/* Open connections that stay. */
static void
open_live(struct bench *b, uint64_t live)
{
	for (uint64_t i = 0; i < live / BATCH; i++, b->first += BATCH) {
		open_batch(b);
		each(b, SEGMENT_ACK, LA_ACK, NULL);
	}
}

/* Run the batches. @return cycles of the one in the middle, which says more than the mean
 * where other programs take the core away. */
static uint64_t
run_batches(struct bench *b, uint64_t batches)
{
	uint64_t *cycles = bench_zeroed(batches + 1, sizeof(*cycles)), median;

	b->measuring = true;
	for (uint64_t i = 0; i < batches; i++) {
		b->batch_cycles = 0;
		cycle(b);
		cycles[i] = b->batch_cycles;
	}
	median = bench_median(cycles, batches);
	free(cycles);
	return median;
}

_Noreturn static void
bad_mode(const char *word)
{
	fprintf(stderr, "%s is not a mode: close, http, syn, linux, port or near, and one of "
			"its segments: :syn, :ack, :fin or :last\n", word);
	exit(2);
}

/* Whether the mode's clients send segments of a kind. */
static bool
mode_sends(const struct mode *mode, enum segment kind)
{
	if (mode->syn_alone)
		return kind == SEGMENT_SYN;
	return !(mode->http && kind == SEGMENT_LAST);
}

static void
read_mode(struct bench *b, const char *word)
{
	const size_t len = strcspn(word, ":");
	const char *name = word[len] ? word + len + 1 : "all";

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strlen(modes[i].name) == len && strncmp(modes[i].name, word, len) == 0)
			b->mode = &modes[i];
	}
	b->measured = SEGMENT_SYN;
	while (b->measured <= SEGMENT_ALL && strcmp(segment_names[b->measured], name) != 0)
		b->measured++;
	if (!b->mode || b->measured > SEGMENT_ALL)
		bad_mode(word);
	if (b->measured != SEGMENT_ALL && !mode_sends(b->mode, b->measured))
		bad_mode(word);
}

int
main(int argc, char **argv)
{
	static struct bench b;
	struct bench_plan plan = {
		.service = "http", .connections = CONNECTIONS,
		.params = { .window = 65536, .buffers = 1024, .body_len = 64,
			.close_after_response = true } };
	const char *mode = argc > 1 ? argv[1] : "close";
	const uint64_t batches = bench_argument(argc, argv, 2, 50000);
	const uint64_t live = bench_argument(argc, argv, 3, 0);
	uint64_t median;

	read_mode(&b, mode);
	plan.addresses = (uint32_t)bench_argument(argc, argv, 4, 1);
	plan.ports = (uint32_t)bench_argument(argc, argv, 5, 1);
	plan.ipv6 = bench_argument(argc, argv, 6, 4) == 6;
	plan.plain = argc > 7 && strcmp(argv[7], "plain") == 0;
	plan.port_checksums = b.mode->port_checksums;
	plan.near = b.mode->near;
	bench_stack_make(&b.at, &plan);
	printf("%" PRIu32 " addresses, %" PRIu32 " ports: %zu octets, made in %.0f kilocycles\n",
			b.at.addresses, b.at.ports, b.at.memory_len,
			(double)b.at.init_cycles / 1e3);
	open_live(&b, live);
	median = run_batches(&b, batches);
	printf("%s: %.0f cycles per connection, %.0f per frame in, %" PRIu32 " held, median batch "
			"%.0f per connection\n", mode, (double)b.cycles / (double)(batches * BATCH),
			(double)b.cycles / (double)b.frames, la_stack_connections(b.at.stack),
			(double)median / BATCH);
	return 0;
}
