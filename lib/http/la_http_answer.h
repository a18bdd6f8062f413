/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HTTP_ANSWER_H
#define LA_HTTP_ANSWER_H

/** @file
 * Reads an HTTP/1 response as it arrives (RFC 9112, 4 to 7): its status, and the
 * length of its body. Its octets are not stored.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_http_chunked.h"

enum la_http_answer_result {
	LA_ANSWER_MORE,                 /**< The response is not complete. */
	LA_ANSWER_DONE,                 /**< The last octet completed the response. */
	LA_ANSWER_BAD,                  /**< Not a response, or octets follow it. */
};

enum { LA_ANSWER_HEAD_MAX = 65535 };    /**< Most octets of a head. */

/** Zeroed at the start. */
struct la_http_answer {
	uint64_t body_len;              /**< Octets of the body so far. */
	uint64_t left;                  /**< Octets left of a body of known length. */
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

/** A head, and the result of reading it. Zeroed at the start. */
enum { LA_ANSWER_KNOWN_MAX = 512 };
struct la_http_known_head {
	uint32_t len;                   /**< 0: no head is known. */
	struct la_http_answer after;    /**< State of a zeroed answer after these octets. */
	uint8_t octets[LA_ANSWER_KNOWN_MAX];
};

/** Take octets. Once the answer is bad it stays bad. */
enum la_http_answer_result la_http_answer_take(struct la_http_answer *answer,
		const uint8_t *octets, uint32_t len);

/**
 * The same, but faster: the answers of a server usually have the same head, and a head that is
 * equal to the known one is not parsed again.
 *
 * @param known  Head of an earlier answer; replaced by this one's head if they differ and this
 *               one came in one piece and fits.
 */
enum la_http_answer_result la_http_answer_take_known(struct la_http_answer *answer,
		struct la_http_known_head *known, const uint8_t *octets, uint32_t len);

/** The peer closed: @return whether that completes the answer. */
enum la_http_answer_result la_http_answer_end(const struct la_http_answer *answer);

#endif
