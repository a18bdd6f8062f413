/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any octets are sent to the http service, in any pieces: what comes back depends on
 * the octets alone, not on the pieces, the fills, the ACKs or a pool that is empty now
 * and then; the same octets come again when asked for again; and nothing stays taken.
 * If time passes too, it is the beginning of that, and then perhaps a 408.
 *
 * Input: a seed for the pieces and the order of events, parameters, then the stream.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "la_service.h"

#define MUST(x) do { if (!(x)) abort(); } while (0)

enum { HEADER = 4, STREAM_MAX = 1 << 16, FILL_MAX = 1 << 12, REPLY_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A stack's and a peer's side of one connection. */
struct side {
	struct la_service *service;
	struct la_conn conn;
	uint32_t queued;
	bool closed;
	uint8_t *reply;                 /* Octets acknowledged so far. */
	size_t reply_len;
	uint32_t seed;
	uint64_t now_us;
	bool ages, ended;               /* Time passes; it was aborted. */
	size_t late_at;                 /* Octets in front of a 408, and one; 0: none. */
};

static const char told_late[] = "HTTP/1.1 408 Request Timeout\r\nServer: lastack\r\n"
		"Content-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

static uint32_t
next_random(struct side *side, uint32_t below)
{
	side->seed = side->seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(side->seed ^ side->seed >> 15) * below) >> 32);
}

static void
apply(struct side *side)
{
	struct la_conn *conn = &side->conn;

	MUST(!conn->abort);
	MUST(!side->closed || conn->send == 0);
	side->queued += conn->send;
	side->closed |= conn->close;
	*conn = (struct la_conn){ .now_us = side->now_us, .id = 1, .word = conn->word,
		.unsent = side->queued };
}

/* Time passes, and who holds an object for too long has to do without. */
static void
age(struct side *side)
{
	const struct la_service_ops *ops = side->service->ops;

	side->now_us += next_random(side, 400000);
	side->conn.now_us = side->now_us;
	if (ops->due(side->service, side->now_us) == 0)
		return;
	MUST(ops->due(side->service, side->now_us) == 1 && la_service_in_use(side->service) == 1);
	ops->expire(side->service, &side->conn);
	side->ended = side->conn.abort;
	if (side->conn.send > 0)
		side->late_at = side->reply_len + side->queued + 1;
	side->conn.abort = false;
	apply(side);
	MUST(side->ended || ops->due(side->service, side->now_us) == 0);
}

/* Octets at a place, in a block of just their size. */
static uint8_t *
fill(struct side *side, uint32_t offset, uint32_t len)
{
	uint8_t *dst = malloc(len > 0 ? len : 1);
	uint32_t word = side->conn.word;

	MUST(dst);
	side->service->ops->fill(side->service, &side->conn, offset, dst, len);
	MUST(side->conn.word == word && side->conn.send == 0);
	return dst;
}

/* Acknowledge the first octets; those behind must not change by it. */
static void
ack(struct side *side, uint32_t len)
{
	uint32_t behind = side->queued - len < FILL_MAX ? side->queued - len : FILL_MAX;
	uint8_t *before = fill(side, 0, len + behind), *after;

	MUST(side->reply_len + len <= REPLY_MAX);
	memcpy(side->reply + side->reply_len, before, len);
	side->reply_len += len;
	side->queued -= len;
	side->conn.unsent = side->queued;
	side->service->ops->acked(side->service, &side->conn, len);
	apply(side);
	after = fill(side, 0, behind);
	MUST(memcmp(before + len, after, behind) == 0);
	free(before);
	free(after);
}

/* The same octets from the middle as from the start. */
static void
fill_again(struct side *side)
{
	uint32_t len = side->queued < FILL_MAX ? side->queued : FILL_MAX;
	uint32_t from = next_random(side, len + 1);
	uint8_t *whole = fill(side, 0, len), *part = fill(side, from, len - from);

	MUST(memcmp(whole + from, part, len - from) == 0);
	free(whole);
	free(part);
}

static uint32_t
offer(struct side *side, const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	uint32_t room = side->service->ops->room(side->service, &side->conn), taken;

	MUST(copy);
	memcpy(copy, octets, len);
	taken = side->service->ops->data(side->service, &side->conn, copy, (uint32_t)len);
	free(copy);
	MUST(taken <= len && (room > 0 || taken == 0));
	MUST(!side->closed || taken == len);
	apply(side);
	return taken;
}

/* The same while another connection holds the pool's only object, if it is free. */
static uint32_t
offer_with_none_free(struct side *side, const uint8_t *octets, size_t len)
{
	struct la_conn other = { 0 };
	uint32_t taken;

	side->service->ops->data(side->service, &other, (const uint8_t *)"G", 1);
	taken = offer(side, octets, len);
	side->service->ops->end(side->service, &other, LA_END_BY_RESET);
	return taken;
}

/* All at once, or in pieces with all else between. */
static void
talk(struct side *side, const uint8_t *stream, size_t len, uint32_t most)
{
	for (size_t sent = 0; sent < len;) {
		size_t n = most ? 1 + next_random(side, most) : len;
		bool none_free = most && next_random(side, 4) == 0;
		uint32_t taken;

		n = n < len - sent ? n : len - sent;
		taken = (none_free ? offer_with_none_free : offer)(side, stream + sent, n);
		sent += taken;
		if (side->ages)
			age(side);
		if (side->ended)
			break;
		if (most && next_random(side, 4) == 0)
			fill_again(side);
		if (most && next_random(side, 2) == 0)
			ack(side, next_random(side, side->queued + 1));
		/* Held back only while something is queued or an object is missing. */
		MUST(taken > 0 || side->queued > 0 || none_free);
		if (taken < n)
			ack(side, side->queued);
	}
	if (!side->ended) {
		side->service->ops->fin(side->service, &side->conn);
		apply(side);
		MUST(side->closed);
		ack(side, side->queued);
		MUST(la_service_in_use(side->service) == 0);
	}
	side->service->ops->end(side->service, &side->conn, LA_END_BY_CLOSED);
}

/* Octets in front of the 408, of which an end may have left a part. */
static size_t
before_408(const struct side *side)
{
	const size_t at = side->late_at - 1, told = side->reply_len - at;

	if (side->late_at == 0 || side->reply_len <= at)
		return side->reply_len;
	MUST(told == sizeof(told_late) - 1 || (side->ended && told < sizeof(told_late)));
	MUST(memcmp(side->reply + at, told_late, told) == 0);
	return at;
}

/* What the stream draws, but for a 408; the caller frees it. */
static uint8_t *
reply_to(const struct la_service_params *params, const uint8_t *stream, size_t len, uint32_t most,
		uint32_t seed, bool ages, size_t *reply_len)
{
	struct la_arena arena = { 0 };
	struct side side = { .seed = seed, .ages = ages, .conn.id = 1 };
	uint8_t *memory;

	MUST(la_service_make("http", params, &arena));
	memory = aligned_alloc(64, (arena.used + 63) & ~(size_t)63);
	side.reply = malloc(REPLY_MAX);
	MUST(memory && side.reply);
	arena = (struct la_arena){ .base = memory };
	side.service = la_service_make("http", params, &arena);
	talk(&side, stream, len, most);
	MUST(la_service_in_use(side.service) == 0);
	free(memory);
	*reply_len = before_408(&side);
	return side.reply;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct la_service_params params = { .connections = 1, .window = 65535, .buffers = 1,
		.head_us = 2500000, .body_us = 2100000, .send_us = 3000000 };
	uint8_t *whole, *pieces, *aged;
	size_t whole_len, pieces_len, aged_len;

	if (len < HEADER || len > STREAM_MAX)
		return 0;
	/* Small, so that a long stream of requests draws less than REPLY_MAX. */
	params.body_len = data[1] % 100;
	params.close_after_response = data[1] >= 200;
	len -= HEADER;
	if (len > STREAM_MAX / 16)
		params.body_len = 0;
	whole = reply_to(&params, data + HEADER, len, 0, 0, false, &whole_len);
	pieces = reply_to(&params, data + HEADER, len, 1u + data[2] + 64u * (data[3] % 64), data[0],
			false, &pieces_len);
	MUST(whole_len == pieces_len && memcmp(whole, pieces, whole_len) == 0);
	aged = reply_to(&params, data + HEADER, len, 1u + data[2], data[0], true, &aged_len);
	MUST(aged_len <= whole_len && memcmp(whole, aged, aged_len) == 0);
	free(whole);
	free(pieces);
	free(aged);
	return 0;
}
