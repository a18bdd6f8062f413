/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HTTP_CHUNKED_H
#define LA_HTTP_CHUNKED_H

/** @file
 * Reads a chunked body (RFC 9112, 7.1) and discards it. Only CRLF ends a line
 * here; extensions and trailer fields are skipped, and their size is limited.
 */
#include <stdint.h>

enum {
	LA_HTTP_BODY_MAX = 1 << 30,             /**< Most octets of a request's body. */
	LA_HTTP_CHUNK_EXTRA_MAX = 8192,         /**< Most octets of extensions and trailer. */
};

/** What comes next. The last four states end the body. */
enum la_http_chunk_state {
	LA_HTTP_CHUNK_SIZE, LA_HTTP_CHUNK_SPACE, LA_HTTP_CHUNK_EXTENSION, LA_HTTP_CHUNK_SIZE_LF,
	LA_HTTP_CHUNK_DATA, LA_HTTP_CHUNK_DATA_CR, LA_HTTP_CHUNK_DATA_LF,
	LA_HTTP_CHUNK_TRAILER, LA_HTTP_CHUNK_NAME, LA_HTTP_CHUNK_VALUE, LA_HTTP_CHUNK_VALUE_LF,
	LA_HTTP_CHUNK_END_LF,
	LA_HTTP_CHUNK_DONE,                     /**< The body is complete. */
	LA_HTTP_CHUNK_BAD,                      /**< Bad syntax (400). */
	LA_HTTP_CHUNK_TOO_LARGE,                /**< Over LA_HTTP_BODY_MAX (413). */
	LA_HTTP_CHUNK_TOO_MUCH_EXTRA,           /**< Over LA_HTTP_CHUNK_EXTRA_MAX (431). */
};

/** Zeroed at the start of a body. */
struct la_http_chunked {
	uint64_t left;                          /**< Octets left of the chunk's data. */
	uint32_t total;                         /**< Octets of all chunks so far. */
	uint32_t extra;                         /**< Octets of extensions and trailer. */
	uint32_t digits;                        /**< Digits of the size that is being read. */
	enum la_http_chunk_state state;
};

/** Take octets up to the end of the body. @return how many: all, unless the body ended. */
uint32_t la_http_chunked_take(struct la_http_chunked *body, const uint8_t *octets, uint32_t len);

#endif
