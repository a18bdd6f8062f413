/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HTTP_ANSWER_H
#define LA_HTTP_ANSWER_H

/** @file
 * An HTTP/1 response, read as it comes (RFC 9112, 4 to 7): its status, and how
 * long its body is. Octets of it are not kept.
 */
#include <stdbool.h>
#include <stdint.h>

#include "http_chunked.h"

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
	uint8_t state;                  /**< enum, in http_answer.c */
	uint8_t at;                     /**< Place in the status line or in a name. */
	uint8_t framing;                /**< enum, in http_answer.c */
	uint8_t field;                  /**< enum, in http_answer.c */
	bool has_length;                /**< `left` is from a Content-Length. */
};

/** Take octets. Once it is bad it stays that. */
enum la_http_answer_result la_http_answer_take(struct la_http_answer *answer,
		const uint8_t *octets, uint32_t len);

/** The peer closed: whether that makes it complete. */
enum la_http_answer_result la_http_answer_end(const struct la_http_answer *answer);

#endif
