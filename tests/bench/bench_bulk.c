/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an octet costs that is sent in bulk: http with a large body.
 *
 *   la_bench_bulk [connections] [body]
 *
 * Clients fetch a body of 1 MiB over and over, on 1 and on 100 connections, or on as many
 * as are named; nothing is lost. Each client acknowledges once what a poll sent to it.
 * Checksums are made in software and then, a second time, left to the port. Beside it: what
 * memcpy() takes for the same octets in segments, the least that any copy costs. Both are
 * those of the mebibyte in the middle, of 256.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_stack.h"

enum {
	BODY = 1 << 20, CONNECTIONS_MAX = 10000, SEGMENT = 1460, HEADERS = 54,
	CHUNK = 1 << 20, CHUNKS = 256,  /* Octets timed together; how often. */
};

static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

struct client {
	uint32_t seq, ack;              /* SND.NXT, RCV.NXT. */
	uint64_t left;                  /* Octets of the response that have not come. */
	bool owes;                      /* An ACK. */
};

struct run {
	struct bench_stack at;
	struct client client[CONNECTIONS_MAX];
	uint32_t owing[CONNECTIONS_MAX], owing_first, owing_n;  /* A ring of clients that owe. */
	uint32_t connections;
	uint32_t response;              /* Octets of one response, head and body. */
	uint64_t octets;
};

static void
owe(struct run *r, uint32_t number)
{
	if (r->client[number].owes)
		return;
	r->client[number].owes = true;
	r->owing[(r->owing_first + r->owing_n++) % CONNECTIONS_MAX] = number;
}

/* Octets of a response, by its first segment. */
static uint32_t
response_len(const struct la_rx *rx, uint32_t body)
{
	for (uint32_t i = 0; i + 4 <= rx->seg.len; i++) {
		if (memcmp(rx->seg.data + i, "\r\n\r\n", 4) == 0)
			return i + 4 + body;
	}
	bench_fail("a response has no end of its head");
}

static void
take_segment(struct run *r, uint32_t i, uint32_t body)
{
	struct la_rx rx;
	const uint64_t number = bench_stack_answer(&r->at, i, 0, &rx);
	struct client *client;

	if (number >= r->connections || rx.seg.flags & (LA_RST | LA_FIN))
		bench_fail("an answer to nobody, or an end");
	client = &r->client[number];
	if (rx.seg.len == 0)
		return;
	if (r->response == 0)
		r->response = response_len(&rx, body);
	if (client->left == 0)
		client->left = r->response;
	if (rx.seg.seq != client->ack || rx.seg.len > client->left)
		bench_fail("octets are not the next ones");
	client->ack += rx.seg.len;
	client->left -= rx.seg.len;
	r->octets += rx.seg.len;
	owe(r, (uint32_t)number);
}

/* Acknowledge, and ask again where the response is whole. @return frames to give. */
static uint32_t
put_acks(struct run *r)
{
	uint32_t n = 0;

	for (; n < BENCH_BURST && r->owing_n > 0; n++, r->owing_n--) {
		const uint32_t number = r->owing[r->owing_first];
		struct client *client = &r->client[number];
		struct la_seg seg = { .seq = client->seq, .ack = client->ack, .flags = LA_ACK,
			.wnd = BENCH_WINDOW };
		const uint32_t len = client->left == 0 ? sizeof(get) - 1 : 0;

		bench_stack_put(&r->at, n, number, &seg, get, len);
		client->seq += len;
		client->owes = false;
		r->owing_first = (r->owing_first + 1) % CONNECTIONS_MAX;
	}
	return n;
}

/* Fetch a chunk or somewhat more. @return cycles of a million octets. */
static uint64_t
fetch_chunk(struct run *r, uint32_t body)
{
	r->octets = r->at.cycles = 0;
	while (r->octets < CHUNK) {
		const uint64_t before = r->octets;
		const uint32_t n = put_acks(r);

		bench_stack_give(&r->at, n, false);
		for (uint32_t i = 0; i < r->at.sent_n; i++)
			take_segment(r, i, body);
		r->at.now_us += 10;
		if (n == 0 && r->octets == before)
			bench_fail("the transfer stands still");
	}
	return r->at.cycles * 1000000 / r->octets;
}

/* @return cycles of an octet. */
static double
fetch(struct run *r, uint32_t body, uint32_t chunks)
{
	uint64_t cycles[CHUNKS];

	for (uint32_t i = 0; i < chunks; i++)
		cycles[i] = fetch_chunk(r, body);
	return (double)bench_median(cycles, chunks) / 1e6;
}

static void
open_clients(struct run *r)
{
	uint32_t *seq = bench_zeroed(r->connections, sizeof(*seq));
	uint32_t *ack = bench_zeroed(r->connections, sizeof(*ack));

	bench_stack_open(&r->at, r->connections, seq, ack);
	for (uint32_t i = 0; i < r->connections; i++) {
		r->client[i] = (struct client){ .seq = seq[i], .ack = ack[i] };
		owe(r, i);
	}
	free(seq);
	free(ack);
}

/* Copy a chunk into frames, from the body. @return cycles of a million octets. */
static uint64_t
copy_chunk(const uint8_t *octets, uint32_t body)
{
	static uint8_t frame[BENCH_SENT][BENCH_FRAME];
	const uint64_t start = bench_cycles();
	uint64_t copied = 0;

	for (uint32_t i = 0, at = 0; copied < CHUNK; i = (i + 1) % BENCH_SENT) {
		memcpy(frame[i] + HEADERS, octets + at, SEGMENT);
		/* Keep the compiler from dropping a result that is not used. */
		__asm__ volatile("" : : "r"(frame[i]) : "memory");
		copied += SEGMENT;
		at = at + SEGMENT < body ? at + SEGMENT : 0;
	}
	return (bench_cycles() - start) * 1000000 / copied;
}

/* @return cycles of memcpy() for an octet. */
static double
copy(uint32_t body)
{
	uint8_t *octets = bench_zeroed(1, body + SEGMENT);
	uint64_t cycles[CHUNKS];

	memset(octets, 1, body + SEGMENT);
	for (uint32_t i = 0; i < CHUNKS; i++)
		cycles[i] = copy_chunk(octets, body);
	free(octets);
	return (double)bench_median(cycles, CHUNKS) / 1e6;
}

static void
measure(uint32_t connections, uint32_t body, bool port_checksums)
{
	struct run *r = bench_zeroed(1, sizeof(*r));
	const struct bench_plan plan = {
		.service = "http", .connections = connections + 1024, .senders = connections + 1024,
		.params = { .window = BENCH_WINDOW, .buffers = connections + 1024,
			.body_len = body },
		.port_checksums = port_checksums };
	double cycles;

	r->connections = connections;
	bench_stack_make(&r->at, &plan);
	open_clients(r);
	/* The first are to open the congestion windows. */
	fetch(r, body, CHUNKS / 8);
	cycles = fetch(r, body, CHUNKS);
	printf("%" PRIu32 " connections, checksums %s: %.3f cycles an octet, %.0f octets/s; "
			"memcpy %.3f\n", connections,
			port_checksums ? "left to the port" : "in software", cycles,
			bench_tsc_hz() / cycles, copy(body));
	bench_stack_free(&r->at);
	free(r);
}

int
main(int argc, char **argv)
{
	const uint64_t connections = bench_argument(argc, argv, 1, 0);
	const uint64_t body = bench_argument(argc, argv, 2, BODY);
	const uint32_t usual[] = { 1, 100 };

	if (connections > CONNECTIONS_MAX || body == 0 || body > BODY)
		bench_fail("usage: la_bench_bulk [connections] [body], at most 10,000 and "
				"1,048,576");
	for (int port = 0; port < 2; port++) {
		for (int i = 0; i < (connections ? 1 : 2); i++)
			measure(connections ? (uint32_t)connections : usual[i], (uint32_t)body,
					port);
	}
	return 0;
}
