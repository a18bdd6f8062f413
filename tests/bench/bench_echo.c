/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a message costs that is echoed, on few connections and on many.
 *
 *   la_bench_echo [connections] [messages] [size]
 *
 * So many messages of so many octets go over 10 connections, then over as many as are
 * named (10,000), one at a time on each: a message acknowledges the echo before it.
 * Ten arrive in each burst in both runs, so that only the number of connections differs.
 * The figures are those of the burst in the middle.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_stack.h"

enum { FEW = 10, BURST = 10, WINDOW = 8192, TEXT_MAX = 1400 };

struct run {
	struct bench_stack at;
	uint32_t connections, size;
	uint32_t *seq, *ack;            /* SND.NXT and RCV.NXT of each client. */
	uint8_t text[TEXT_MAX];
};

/* Check an echo, and note what the client's next message acknowledges. */
static void
take_echo(struct run *r, uint32_t i)
{
	struct la_rx rx;
	const uint64_t number = bench_stack_answer(&r->at, i, 0, &rx);

	if (number >= r->connections || rx.seg.seq != r->ack[number] || rx.seg.len != r->size ||
			memcmp(rx.seg.data, r->text, r->size) != 0)
		bench_fail("an echo is not what was sent");
	r->ack[number] += rx.seg.len;
}

/* A message on each of BURST connections from @p first on, and their echoes.
 * @return the stack's cycles. */
static uint64_t
exchange(struct run *r, uint32_t first)
{
	uint64_t cycles;

	for (uint32_t i = 0; i < BURST; i++) {
		struct la_seg seg = { .seq = r->seq[first + i], .ack = r->ack[first + i],
			.flags = LA_ACK | LA_PSH, .wnd = BENCH_WINDOW };

		bench_stack_put(&r->at, i, first + i, &seg, r->text, r->size);
		r->seq[first + i] += r->size;
	}
	cycles = bench_stack_give(&r->at, BURST, false);
	if (r->at.sent_n != BURST)
		bench_fail("not every message was echoed");
	for (uint32_t i = 0; i < BURST; i++)
		take_echo(r, i);
	r->at.now_us += 10;
	return cycles;
}

/* @return cycles of a message. */
static double
messages_on(uint32_t connections, uint64_t messages, uint32_t size)
{
	struct run *r = bench_zeroed(1, sizeof(*r));
	const struct bench_plan plan = {
		.service = "echo", .connections = connections + 1024,
		.senders = connections + 1024,
		.params = { .window = WINDOW, .buffers = connections + 1024 } };
	uint64_t *bursts = bench_zeroed(messages / BURST, sizeof(*bursts));
	double cycles;

	r->connections = connections;
	r->size = size;
	r->seq = bench_zeroed(connections, sizeof(*r->seq));
	r->ack = bench_zeroed(connections, sizeof(*r->ack));
	for (uint32_t i = 0; i < size; i++)
		r->text[i] = (uint8_t)(i * 7);
	bench_stack_make(&r->at, &plan);
	bench_stack_open(&r->at, connections, r->seq, r->ack);
	/* Once to warm up. */
	for (uint32_t first = 0; first < connections; first += BURST)
		exchange(r, first);
	for (uint64_t i = 0; i < messages / BURST; i++)
		bursts[i] = exchange(r, (uint32_t)(i * BURST % connections));
	cycles = (double)bench_median(bursts, messages / BURST) / BURST;
	printf("%" PRIu32 " connections: %.0f cycles a message of %" PRIu32 " octets, "
			"%.0f messages/s\n", connections, cycles, size, bench_tsc_hz() / cycles);
	bench_stack_free(&r->at);
	free(bursts);
	free(r->seq);
	free(r->ack);
	free(r);
	return cycles;
}

int
main(int argc, char **argv)
{
	const uint64_t many = bench_argument(argc, argv, 1, 10000) / BURST * BURST;
	const uint64_t messages = bench_argument(argc, argv, 2, 1000000) / BURST * BURST;
	const uint64_t size = bench_argument(argc, argv, 3, 1024);
	double few;

	if (many == 0 || many > 8000000 || messages == 0 || size == 0 || size > TEXT_MAX)
		bench_fail("usage: la_bench_echo [connections] [messages] [size]: 10 to 8,000,000, "
				"10 or more, 1 to 1400");
	few = messages_on(FEW, messages, (uint32_t)size);
	printf("rate on many over that on few: %.2f\n",
			few / messages_on((uint32_t)many, messages, (uint32_t)size));
	return 0;
}
