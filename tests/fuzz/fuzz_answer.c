/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any octets are read as an HTTP response, whole, octet by octet, and in pieces: what
 * is found depends on the octets alone, not on the head that is known already; what is bad
 * stays bad; and no more of a body is seen than there are octets, nor a head longer than is
 * allowed.
 *
 * Input: a seed for the pieces, their greatest length, then the stream.
 */
#include <stdlib.h>
#include <string.h>

#include "la_http_answer.h"

#define MUST(x) do { if (!(x)) abort(); } while (0)

enum { HEADER = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What was found of a stream. */
struct found {
	enum la_http_answer_result result, end;
	size_t done_at;                 /* Octets that made it complete; 0: it never was. */
	uint64_t body_len;
	uint16_t status;
};

/* Pieces of 1 to @p most octets; 0: all at once. @p known: the head of the last stream, or
 * NULL. */
static struct found
read_all(const uint8_t *stream, size_t len, uint32_t most, uint32_t seed,
		struct la_http_known_head *known)
{
	struct la_http_answer answer;
	struct found found = { .result = LA_ANSWER_MORE };

	memset(&answer, 0, sizeof(answer));
	for (size_t at = 0; at < len;) {
		size_t n = len;
		uint8_t *piece;

		seed = seed * 1664525u + 1013904223u;
		if (most > 0)
			n = 1 + (seed >> 16) % most;
		if (n > len - at)
			n = len - at;
		/* In a block of just its size. */
		piece = malloc(n);
		MUST(piece);
		memcpy(piece, stream + at, n);
		MUST(found.result != LA_ANSWER_DONE || found.done_at == at);
		const enum la_http_answer_result was = found.result;
		found.result = known ? la_http_answer_take_known(&answer, known, piece, (uint32_t)n) :
				la_http_answer_take(&answer, piece, (uint32_t)n);
		MUST(was == LA_ANSWER_MORE || found.result == LA_ANSWER_BAD);
		at += n;
		if (found.result == LA_ANSWER_DONE)
			found.done_at = at;
		MUST(answer.body_len <= at || answer.chunked.total > 0);
		MUST(answer.head_len <= LA_ANSWER_HEAD_MAX);
		free(piece);
	}
	found.end = la_http_answer_end(&answer);
	found.body_len = answer.body_len;
	found.status = answer.status;
	MUST(found.result != LA_ANSWER_DONE || (found.end == LA_ANSWER_DONE &&
			found.status >= 200));
	MUST(found.result != LA_ANSWER_BAD || found.end != LA_ANSWER_DONE);
	return found;
}

static void
same(const struct found *a, const struct found *b)
{
	MUST(a->result == b->result && a->end == b->end);
	MUST(a->body_len == b->body_len && a->status == b->status);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct la_http_known_head known;
	struct found whole, octets, pieces, again;

	if (len < HEADER)
		return 0;
	whole = read_all(data + HEADER, len - HEADER, 0, 0, NULL);
	octets = read_all(data + HEADER, len - HEADER, 1, 0, NULL);
	pieces = read_all(data + HEADER, len - HEADER, 1u + data[1], data[0], NULL);
	same(&whole, &octets);
	same(&whole, &pieces);
	/* Behind the last input, then behind itself. */
	for (uint32_t most = 0; most < 2; most++) {
		again = read_all(data + HEADER, len - HEADER, most * (1u + data[1]), data[0], &known);
		same(&whole, &again);
		again = read_all(data + HEADER, len - HEADER, 0, 0, &known);
		same(&whole, &again);
	}
	/* Complete at the end, or bad there: nothing in between was taken for an end. */
	MUST(whole.result != LA_ANSWER_DONE || octets.done_at == len - HEADER);
	return 0;
}
