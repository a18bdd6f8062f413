/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTP_SESSION_H
#define HTTP_SESSION_H

/** @file
 * Where http stores the state of a connection: in the word, or in an object of the pool, which
 * is one of the service's buffers (service.h).
 */
#include "la_http_chunked.h"
#include "la_http_request.h"
#include "http_queue.h"
#include "service.h"

enum { HEAD_MAX = 8192 };               /**< Most octets of a request's head. */

/** The word: a handle with the top bit, or one run of responses. */
enum {
	WORD_CODE_BITS = 4,
	WORD_COUNT_BITS = 5,
	WORD_COUNT_MAX = (1 << WORD_COUNT_BITS) - 1,
	WORD_SKIP_SHIFT = WORD_CODE_BITS + WORD_COUNT_BITS,
	WORD_SKIP_BITS = 21,
};

#define WORD_HELD 0x80000000u           /**< The other bits are the handle of an object. */
#define WORD_CLOSING 0x40000000u        /**< The last response is queued: ignore input. */

_Static_assert(LA_HTTP_SHORT_CODES <= 1 << WORD_CODE_BITS, "a code fits in the word");
_Static_assert(LA_HTTP_RESPONSE_BODY_MAX + sizeof(struct la_http_response) <= 1 << WORD_SKIP_BITS,
		"a place in a response fits in the word");

_Static_assert((uint64_t)WORD_COUNT_MAX << WORD_SKIP_BITS < LA_HTTP_QUEUE_MAX,
		"what fits in the word is never too much to go on");

struct http {
	struct service_base base;
	bool close_after_response;
	struct la_http_responses responses;
};

enum phase { HEAD, BODY_LENGTH, BODY_CHUNKED };

/** What an object waits for; each is a list of the service. */
enum {
	FOR_HEAD,                       /**< The rest of a head. */
	FOR_BODY,
	FOR_ACKS,                       /**< ACKs of responses of several kinds. */
	FOR_LAST_ACKS,                  /**< The same; the last response is a 408. */
	FOR_LISTS,
};

enum { LAST_ACKS_US = 5000000 };

_Static_assert((int)FOR_LISTS <= (int)SERVICE_LISTS, "there is a list for each");

/** State of a connection that does not fit in its word. */
struct http_state {
	struct service_buffer buffer;
	struct la_http_queue queue;
	enum phase phase;
	bool closing;
	enum la_http_code answer;       /**< Answer to the request whose body is being read. */
	uint32_t left;                  /**< BODY_LENGTH: octets to come. */
	uint32_t head_len;              /**< HEAD: octets of a split head in `head`. */
	struct la_http_request request; /**< HEAD: the part of it that is parsed. */
	struct la_http_chunked chunked;
	uint8_t head[HEAD_MAX];
};

static inline uint32_t
word_code(uint32_t word)
{
	return word & ((1 << WORD_CODE_BITS) - 1);
}

static inline uint32_t
word_count(uint32_t word)
{
	return word >> WORD_CODE_BITS & WORD_COUNT_MAX;
}

static inline uint32_t
word_skip(uint32_t word)
{
	return (word & ~WORD_CLOSING) >> WORD_SKIP_SHIFT;
}

/** Drop the first @p len octets of the word's responses; each has @p one octets. */
static inline uint32_t
word_acked(uint32_t word, uint32_t one, uint32_t len)
{
	const uint32_t gone = word_skip(word) + len, done = gone == one ? 1 : gone / one;

	assert(done <= word_count(word));
	if (done == word_count(word))
		return word & WORD_CLOSING;
	return (word & WORD_CLOSING) | word_code(word) |
			(word_count(word) - done) << WORD_CODE_BITS |
			(gone - done * one) << WORD_SKIP_SHIFT;
}

/** A connection during one call, wherever its state is stored. */
struct session {
	struct http *http;
	struct la_conn *conn;
	struct http_state *state;       /**< NULL: all state is in the word. */
	struct la_http_queue *queue;    /**< That of `state` or, without one, `own`. */
	struct la_http_queue own;
	bool closing;
	bool began;                     /**< A partial head, or a body, began in this call. */
	uint32_t body_len, acked_len;   /**< Octets of a body received; octets acknowledged. */
};

/** Load the state of the connection from its word or object. */
void la_http_session__begin(struct session *s, struct la_service *service, struct la_conn *conn);

/** Allocate an object and move the state there; false if none is free. */
bool la_http_session__hold(struct session *s);

/** Index of the list of objects that wait for the same event as this one does at present. */
uint32_t la_http_session__waits_for(const struct session *s);

/** Store the state in the word, or in the object if the word is too small. */
void la_http_session__end(struct session *s);

#endif
