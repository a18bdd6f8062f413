/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HTTP_REQUEST_H
#define LA_HTTP_REQUEST_H

/** @file
 * The head of an HTTP/1 request: request line and fields (RFC 9112, 2 to 6).
 *
 * Strict where two readers of one message could differ about where it ends. An
 * error is told when the line it lies in is complete, never before, so what
 * is answered does not depend on how the octets were cut into segments. (The
 * very first octet is the exception: one that cannot begin a request, as in a
 * TLS hello, is bad at once.)
 */
#include <stdbool.h>
#include <stdint.h>

/** What la_http_parse_request() returns beside a length. */
enum { LA_HTTP_BAD = -1, LA_HTTP_PARTIAL = -2 };

enum la_http_method { LA_HTTP_GET, LA_HTTP_HEAD, LA_HTTP_POST, LA_HTTP_OPTIONS, LA_HTTP_OTHER };

/** What the head of a request says, as far as it has been parsed. */
struct la_http_request {
	uint32_t seen;                  /**< Octets that were here at the last call, */
	uint32_t parsed;                /**< and of them in lines that need no second look. */
	uint64_t content_length;        /**< Saturates at UINT64_MAX. */
	enum la_http_method method;
	uint8_t major, minor;           /**< Of the version, 0 to 9. */
	bool host;                      /**< Has a Host field. */
	bool close, keep_alive;         /**< Connection options. */
	bool has_length;                /**< Has a Content-Length. */
	bool has_coding;                /**< Has a Transfer-Encoding, */
	bool chunked;                   /**< which ends in chunked, */
	bool unknown_coding;            /**< or names another coding as well. */
	bool expect_continue;           /**< Expect: 100-continue. */
	bool unknown_expectation;       /**< Expect: something else. */
};

/**
 * Parse the head of a request, at most one empty line before it included. However it is
 * cut, each of its lines is parsed once.
 *
 * @param buf       All octets of the head that are here.
 * @param request   Zeroed before the first call, as the last one left it before the next; what
 *                  it says is valid if the head is complete.
 * @return octets of the head with the empty line that ends it; LA_HTTP_BAD
 *         for bad syntax or framing (400); LA_HTTP_PARTIAL if more is needed.
 */
int la_http_parse_request(const uint8_t *buf, uint32_t len, struct la_http_request *request);

/** True for an octet of a token (RFC 9110, 5.6.2). */
bool la_http_is_token(uint8_t octet);

/** True for an octet of a field's value (RFC 9110, 5.5). */
static inline bool
la_http_is_text(uint8_t octet)
{
	return (octet >= 0x20 && octet != 0x7f) || octet == '\t';
}

#endif
