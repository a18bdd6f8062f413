/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HTTP_ANSWER_H
#define LA_HTTP_ANSWER_H

/** @file
 * An HTTP/1 response, read as it comes (RFC 9112, 4 to 7): its status, and how
 * long its body is. Octets of it are not kept.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_http_chunked.h"

enum la_http_answer_result {
	LA_ANSWER_MORE,                 /**< It is not complete. */
	LA_ANSWER_DONE,                 /**< It was complete with the last octet. */
	LA_ANSWER_BAD,                  /**< It is none, or octets follow it. */
};

enum { LA_ANSWER_HEAD_MAX = 65535 };    /**< Octets of a head that are read. */

/** Zeroed at the start. */
struct la_http_answer {
	uint64_t body_len;              /**< Octets of the body so far. */
	uint64_t left;                  /**< Of a body of known length. */
	uint64_t length;                /**< Content-Length, as far as it is read. */
	struct la_http_chunked chunked;
	uint16_t status;                /**< 0: not read yet. */
	uint16_t head_len;
	uint8_t state;                  /**< enum, in answer.c */
	uint8_t at;                     /**< Place in the status line or in a name. */
	uint8_t framing;                /**< enum, in answer.c */
	uint8_t field;                  /**< enum, in answer.c */
	bool has_length;                /**< `left` is from a Content-Length. */
};

/** A head, and what was found in it. Zeroed at the start. */
enum { LA_ANSWER_KNOWN_MAX = 512 };
struct la_http_known_head {
	uint32_t len;                   /**< 0: none is known. */
	struct la_http_answer after;    /**< What the octets make of an answer that is zeroed. */
	uint8_t octets[LA_ANSWER_KNOWN_MAX];
};

/** Take octets. Once it is bad it stays that. */
enum la_http_answer_result la_http_answer_take(struct la_http_answer *answer,
		const uint8_t *octets, uint32_t len);

/**
 * The same. A server's answers mostly begin with the same octets: a head that is equal to the
 * last one that was read is not read again.
 *
 * @param known  Of earlier answers; this one's head takes its place if it is another one, came
 *               in one piece and fits.
 */
enum la_http_answer_result la_http_answer_take_known(struct la_http_answer *answer,
		struct la_http_known_head *known, const uint8_t *octets, uint32_t len);

/** The peer closed: whether that makes it complete. */
enum la_http_answer_result la_http_answer_end(const struct la_http_answer *answer);

#endif
