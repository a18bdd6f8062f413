/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HTTP_REQUEST_H
#define LA_HTTP_REQUEST_H

/** @file
 * The head of an HTTP/1 request: request line and fields (RFC 9112, 2 to 6).
 *
 * Strict wherever two parsers could disagree about the end of a message. An
 * error is reported when its line is complete, never before, so the answer
 * does not depend on how the octets were split into segments. (The very first
 * octet is the exception: one that cannot start a request, as in a TLS hello,
 * is bad at once.)
 */
#include <stdbool.h>
#include <stdint.h>

/** Results of la_http_parse_request() other than a length. */
enum { LA_HTTP_BAD = -1, LA_HTTP_PARTIAL = -2 };

enum la_http_method { LA_HTTP_GET, LA_HTTP_HEAD, LA_HTTP_POST, LA_HTTP_OPTIONS, LA_HTTP_OTHER };

/** The contents of a request's head, as far as it has been parsed. */
struct la_http_request {
	uint32_t seen;                  /**< Octets of the head at the last call. */
	uint32_t parsed;                /**< Octets of them in lines that are parsed. */
	uint64_t content_length;        /**< Saturates at UINT64_MAX. */
	enum la_http_method method;
	uint8_t major, minor;           /**< HTTP version, 0 to 9 each. */
	bool host;                      /**< Has a Host field. */
	bool close, keep_alive;         /**< Connection options. */
	bool has_length;                /**< Has a Content-Length. */
	bool has_coding;                /**< Has a Transfer-Encoding. */
	bool chunked;                   /**< The last transfer coding is chunked. */
	bool unknown_coding;            /**< Has a transfer coding other than chunked. */
	bool expect_continue;           /**< Expect: 100-continue. */
	bool unknown_expectation;       /**< Expect: something else. */
};

/**
 * Parse the head of a request, and at most one empty line before it. Each line is parsed once,
 * however the head is split.
 *
 * @param buf       All octets of the head so far.
 * @param request   Zeroed before the first call, and unchanged between calls; its contents are
 *                  valid once the head is complete.
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
