/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What many TIME-WAIT records that fall due at once cost a stack.
 *
 *   la_bench_time_wait [records] [connections] [4|6]
 *
 * So many records (10 million) are made in one moment, by connections that the server
 * closes, while so many others (1 million) stay open and idle. 2MSL, here 2 s, later they
 * are due: first with nothing else to do, then beside connections that come as fast as the
 * stack takes them. What is normal is measured when each connection also lets a record
 * expire, one made 2MSL before. The stack's clock is the time that the stack itself takes,
 * so making frames costs nothing.
 *
 * A host may take a core away unseen, and a system that samples which pages are in use makes
 * the next access to each huge page slow. How often and for how long is told by two loops
 * without a stack: one only reads the time, the other also as many words at random places of
 * the same memory as a call of advance looks at records. A long call says something of the
 * stack only beside those. Reserved huge pages (1,500 MB) are not sampled.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench.h"
#include "la_emit.h"
#include "la_stack.h"

enum {
	BATCH = 32, FRAME = 128, CLIENTS = 4096, PORT0 = 1024, PORTS = 64000,
	CLIENT0 = 0x0a000001, SERVER = 0x0b000001, CLOSE_PORT = 80, HOLD_PORT = 81,
	BUDGET = 128,                   /* Of a worker's poll. */
	SLOW_US = 200, SECOND_US = 1000000,
	LONGEST = 5,                    /* Calls of advance that are remembered. */
	BARE_LOOP_S = 5,
	LOOK_AFTER = 64,                /* Calls between two looks at what the system did. */
};
#define TWO_MSL UINT64_C(2000000)

struct sink {
	uint8_t frame[2 * BATCH][FRAME];
	uint32_t len[2 * BATCH];
	uint32_t n;
};

/*
 * Times of la_stack_advance(). A call of more than SLOW_US in which the system gave the
 * core to another thread says nothing of the stack: it is counted apart.
 */
struct advances {
	uint64_t calls, slow, interrupted;
	uint64_t cycles, expired;       /* Of calls that let records expire. */
	uint64_t most;                  /* Records that one call let expire. */
	uint64_t longest[LONGEST];      /* In cycles, the longest first. */
	long switches;                  /* At the last look. */
};

struct bench {
	struct la_stack *stack;
	struct sink out;
	uint8_t frame[BATCH][FRAME];
	uint32_t len[BATCH];
	struct la_path path;
	struct { uint32_t seq, ack; } conn[BATCH];
	uint64_t first;                 /* Number of the batch's first connection. */
	uint64_t cycles;                /* Spent in the stack. */
	uint64_t start_us, start_cycles;        /* What the clock counts from. */
	double cycles_per_us;
	bool clock_stands;
	uint8_t *memory;                /* The stack's. */
	uint64_t memory_len;
	struct advances advances;
	bool ipv6;
};

static uint8_t *
sink_frame(void *user)
{
	struct sink *sink = user;

	return sink->n < 2 * BATCH ? sink->frame[sink->n] : NULL;
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

static uint64_t
now_us(const struct bench *b)
{
	if (b->clock_stands)
		return b->start_us;
	return b->start_us + (uint64_t)((double)(b->cycles - b->start_cycles) / b->cycles_per_us);
}

static void
set_clock(struct bench *b, uint64_t us)
{
	b->start_us = us;
	b->start_cycles = b->cycles;
}

/* Of the time stamp counter, by the system's clock. */
static double
cycles_per_us(void)
{
	const uint64_t start = bench_cycles();
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do
		clock_gettime(CLOCK_MONOTONIC, &to);
	while ((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec < 100000000);
	return (double)(bench_cycles() - start) / 100000;
}

static void
use_connection(struct bench *b, uint64_t number)
{
	b->path.source = address(b, CLIENT0 + (uint32_t)(number % CLIENTS));
	b->path.source_port = (uint16_t)(PORT0 + number / CLIENTS % PORTS);
}

/* Write the batch's next frame for connection i. */
static void
put(struct bench *b, uint32_t i, uint8_t flags)
{
	struct la_seg seg = { .seq = b->conn[i].seq, .ack = b->conn[i].ack, .flags = flags,
		.wnd = 65535 };

	use_connection(b, b->first + i);
	if (flags & LA_SYN) {
		seg.opts.present = LA_OPT_MSS;
		seg.opts.mss = 1460;
	}
	b->len[i] = la_emit_tcp(b->frame[i], &b->path, &seg, false);
	b->conn[i].seq += !!(flags & (LA_SYN | LA_FIN));
}

/* Whether the core was given to another thread since the last look. */
static bool
was_interrupted(struct advances *a)
{
	struct rusage usage;
	bool switched;

	getrusage(RUSAGE_THREAD, &usage);
	switched = usage.ru_nivcsw != a->switches;
	a->switches = usage.ru_nivcsw;
	return switched;
}

static void
note_advance(struct bench *b, uint64_t cycles, uint64_t expired)
{
	struct advances *a = &b->advances;
	const bool slow = (double)cycles > SLOW_US * b->cycles_per_us;

	if (a->calls++ % LOOK_AFTER == 0 && !slow)
		was_interrupted(a);
	if (slow && was_interrupted(a)) {
		a->interrupted++;
		return;
	}
	a->cycles += expired > 0 ? cycles : 0;
	a->expired += expired;
	a->most = expired > a->most ? expired : a->most;
	a->slow += slow;
	for (int i = 0; i < LONGEST; i++) {
		if (cycles > a->longest[i]) {
			const uint64_t shorter = a->longest[i];

			a->longest[i] = cycles;
			cycles = shorter;
		}
	}
}

static void
advance(struct bench *b)
{
	const la_counter *expired =
			&la_stack_counters(b->stack)->count[LA_COUNT_TIME_WAIT_EXPIRED];
	const uint64_t at_us = now_us(b), before = la_count_read(expired);
	const uint64_t start = bench_cycles();

	la_stack_advance(b->stack, at_us, BUDGET);
	note_advance(b, bench_cycles() - start, la_count_read(expired) - before);
}

/* One poll: the batch goes to the stack, timed. */
static void
give(struct bench *b)
{
	struct la_frame frames[BATCH];
	const uint64_t start = bench_cycles();

	b->out.n = 0;
	for (uint32_t i = 0; i < BATCH; i++)
		frames[i] = (struct la_frame){ b->frame[i], b->len[i], 0, 0 };
	la_stack_receive(b->stack, frames, BATCH, now_us(b));
	advance(b);
	la_stack_output(b->stack, now_us(b));
	b->cycles += bench_cycles() - start;
}

/* Take the acknowledgment numbers of a batch from what the stack sent. */
static void
take(struct bench *b, const char *what)
{
	struct la_rx rx;

	if (b->out.n < BATCH) {
		fprintf(stderr, "%s: %" PRIu32 " answers to %d segments\n", what, b->out.n, BATCH);
		exit(EXIT_FAILURE);
	}
	for (uint32_t i = 0; i < b->out.n; i++) {
		uint64_t number;

		if (la_rx_parse(&rx, b->out.frame[i], b->out.len[i], 0) != LA_RX_OK)
			exit(EXIT_FAILURE);
		number = (uint64_t)(rx.dest_port - PORT0) * CLIENTS +
				(la_addr_low(&rx.dest) - CLIENT0);
		number -= b->first % ((uint64_t)CLIENTS * PORTS);
		if (number >= BATCH)
			exit(EXIT_FAILURE);
		b->conn[number].ack = rx.seg.seq + la_seg_len(&rx.seg);
	}
}

static void
each(struct bench *b, uint8_t flags)
{
	for (uint32_t i = 0; i < BATCH; i++)
		put(b, i, flags);
	give(b);
}

static void
open_batch(struct bench *b, uint16_t port)
{
	b->path.dest_port = port;
	for (uint32_t i = 0; i < BATCH; i++) {
		b->conn[i].seq = (uint32_t)(b->first + i) * 2654435761u;
		b->conn[i].ack = 0;
	}
	each(b, LA_SYN);
	take(b, "SYN");
	each(b, LA_ACK);
}

/* A batch of connections that the server closes: as many records. */
static void
close_batch(struct bench *b)
{
	open_batch(b, CLOSE_PORT);
	take(b, "ACK");
	each(b, LA_ACK | LA_FIN);
	b->first += BATCH;
}

static uint64_t
records(const struct bench *b)
{
	return la_count_read(&la_stack_counters(b->stack)->state[LA_TIME_WAIT]);
}

static void
say_advances(const struct bench *b, const char *what)
{
	const struct advances *a = &b->advances;

	printf("%s: longest advance %.1f us, then", what, (double)a->longest[0] / b->cycles_per_us);
	for (int i = 1; i < LONGEST; i++)
		printf(" %.1f", (double)a->longest[i] / b->cycles_per_us);
	printf("; %" PRIu64 " of %" PRIu64 " above %d us\n", a->slow, a->calls, SLOW_US);
	printf("%s: at most %" PRIu64 " records in one advance\n", what, a->most);
	if (a->interrupted > 0)
		printf("%s: %" PRIu64 " more in which the core ran another thread are left out\n",
				what, a->interrupted);
}

/*
 * What this machine does to a loop that reads so many words at random places of the stack's
 * memory and the time.
 */
static void
say_bare_loop(const struct bench *b, const char *what, uint32_t reads)
{
	uint64_t longest = 0, slow = 0, seed = 1, sum = 0, last = bench_cycles();
	const uint64_t end = last + (uint64_t)(BARE_LOOP_S * 1e6 * b->cycles_per_us);

	while (last < end) {
		uint64_t now;

		for (uint32_t i = 0; i < reads; i++)
			sum += b->memory[bench_draw(&seed) % b->memory_len];
		now = bench_cycles();
		longest = now - last > longest ? now - last : longest;
		slow += (double)(now - last) > SLOW_US * b->cycles_per_us;
		last = now;
	}
	bench_use(sum);
	printf("a bare loop that %s, %d s: stood still for %.1f us at most, %" PRIu64
			" times above %d us\n", what, BARE_LOOP_S,
			(double)longest / b->cycles_per_us, slow, SLOW_US);
}

static void
say_bare_loops(const struct bench *b)
{
	say_bare_loop(b, "reads the time", 0);
	say_bare_loop(b, "reads the stack's memory", BUDGET);
}

/* Connections until so late by the stack's clock. @return how many. */
static uint64_t
run_until(struct bench *b, uint64_t until_us)
{
	const uint64_t first = b->first;

	while (now_us(b) < until_us)
		close_batch(b);
	return b->first - first;
}

/* All at the same millisecond of the stack's clock. */
static void
fill(struct bench *b, uint64_t wanted)
{
	set_clock(b, now_us(b));
	b->clock_stands = true;
	while (records(b) < wanted)
		close_batch(b);
	b->clock_stands = false;
	set_clock(b, b->start_us);
}

/* Nothing but expiry. */
static void
expire_alone(struct bench *b)
{
	const uint64_t before = records(b);
	const uint64_t start_us = now_us(b) + TWO_MSL + 100000;

	b->advances = (struct advances){ .calls = 0 };
	set_clock(b, start_us);
	while (records(b) > 0) {
		const uint64_t start = bench_cycles();

		advance(b);
		b->cycles += bench_cycles() - start;
	}
	printf("alone: %" PRIu64 " records in %.3f s, %.1f cycles each\n", before,
			(double)(now_us(b) - start_us) / 1e6,
			(double)b->advances.cycles / (double)b->advances.expired);
	say_advances(b, "alone");
}

/* Has the oldest record of the queue been due for some ms? */
static bool
oldest_is_due(const struct bench *b)
{
	struct la_stack_row row;
	uint32_t from = 0;

	return la_stack_time_wait_rows(b->stack, now_us(b) - 5000, &from, &row, 1) > 0 &&
			row.timer_left_us == 0;
}

static void
expire_beside_connections(struct bench *b, uint64_t wanted)
{
	uint64_t normal, during, due_us;

	run_until(b, now_us(b) + TWO_MSL + SECOND_US / 2);
	normal = run_until(b, now_us(b) + SECOND_US);
	printf("normal: %" PRIu64 " connections/s beside %" PRIu64 " records, %" PRIu32
			" connections held\n", normal, records(b), la_stack_connections(b->stack));
	fill(b, records(b) + wanted);
	due_us = now_us(b) + TWO_MSL;
	run_until(b, due_us);
	b->advances = (struct advances){ .calls = 0 };
	during = run_until(b, due_us + SECOND_US);
	printf("beside connections: %" PRIu64 " connections/s in the second after, %.3f of normal; "
			"%" PRIu64 " records expired, %.1f cycles of advance each\n", during,
			(double)during / (double)normal, b->advances.expired,
			(double)b->advances.cycles / (double)b->advances.expired);
	say_advances(b, "beside connections");
	while (oldest_is_due(b))
		close_batch(b);
	printf("beside connections: none late any more after %.2f s\n",
			(double)(now_us(b) - due_us) / 1e6);
}

static size_t
stack_octets(struct la_stack_params p, uint32_t connections, uint32_t time_wait_max)
{
	p.connections = connections;
	p.time_wait_max = time_wait_max;
	return la_stack_memory(&p);
}

static void
say_octets(const struct la_stack_params *p)
{
	const uint32_t c = p->connections, t = p->time_wait_max;
	const double all = (double)stack_octets(*p, c, t);

	printf("octets: %.2f a TIME-WAIT record, %.2f an idle connection, %.0f MB in all\n",
			(all - (double)stack_octets(*p, c, 64)) / (t - 64.0),
			(all - (double)stack_octets(*p, 65536, t)) / (c - 65536.0), all / 1e6);
}

static void
make_stack(struct bench *b, const struct la_stack_io *io, uint32_t connections, uint32_t wanted)
{
	const struct la_stack_range range = { address(b, SERVER), 1, 8 };
	struct la_stack_listener listeners[] = {
		{ .name = "close", .address = LA_ANY_ADDRESS, .port_first = CLOSE_PORT,
			.port_last = CLOSE_PORT, .service = "close" },
		{ .name = "hold", .address = LA_ANY_ADDRESS, .port_first = HOLD_PORT,
			.port_last = HOLD_PORT, .service = "discard" },
	};
	struct la_stack_params params;

	la_stack_params_default(&params, connections + 65536 + BATCH);
	/* What comes beside the records in some seconds has room too. */
	params.time_wait_max = wanted + 20000000;
	params.time_wait_us = TWO_MSL;
	params.senders = 4096;
	params.reassembly = 256;
	params.ranges = &range;
	params.ranges_len = 1;
	params.listeners = listeners;
	params.listeners_len = 2;
	for (int i = 0; i < 2; i++) {
		listeners[i].params.connections = params.connections;
		listeners[i].params.window = 65535;
	}
	params.mac.b[0] = 2;
	b->memory_len = la_stack_memory(&params);
	b->memory = bench_memory(b->memory_len);
	b->stack = la_stack_init(b->memory, &params, io, 1);
	say_octets(&params);
}

int
main(int argc, char **argv)
{
	static struct bench b = { .start_us = SECOND_US };
	const struct la_stack_io io = { &b.out, sink_frame, sink_send, NULL };
	const uint32_t wanted = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000000;
	const uint32_t held = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000000;

	b.ipv6 = argc > 3 && strcmp(argv[3], "6") == 0;
	b.cycles_per_us = cycles_per_us();
	b.path.dest = address(&b, SERVER);
	b.path.source_mac.b[0] = b.path.source_mac.b[5] = b.path.dest_mac.b[0] = 2;
	make_stack(&b, &io, held, wanted);
	printf("memory: %s\n", bench_memory_is_reserved() ? "reserved huge pages" :
			"transparent huge pages (reserved ones are not free: vm.nr_hugepages)");
	for (uint32_t i = 0; i < held / BATCH; i++, b.first += BATCH)
		open_batch(&b, HOLD_PORT);
	fill(&b, wanted);
	say_bare_loops(&b);
	expire_alone(&b);
	say_bare_loops(&b);
	expire_beside_connections(&b, wanted);
	return EXIT_SUCCESS;
}
