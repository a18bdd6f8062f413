/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HTTP_RESPONSE_H
#define LA_HTTP_RESPONSE_H

/** @file
 * The responses of an instance. There are few, they are built at the start, and
 * a connection stores only their codes: any part of any response can be written
 * again at any time.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	LA_HTTP_RESPONSE_BODY_MAX = 1 << 20,
	LA_HTTP_PATTERN_LINE = 64,              /**< Period of the body, in octets. */
	LA_HTTP_PATTERN_LEN = 2048,
	LA_HTTP_FIRST_LEN = 496,                /**< Room for any head, at least. */
};

/** A response. Codes below LA_HTTP_SHORT_CODES fit in four bits. */
enum la_http_code {
	LA_HTTP_200,                            /**< HTTP/1.1, the connection stays open. */
	LA_HTTP_200_KEEP_ALIVE,                 /**< HTTP/1.0, the connection stays open. */
	LA_HTTP_200_CLOSE,
	LA_HTTP_200_HEAD,                       /**< The same three, without a body. */
	LA_HTTP_200_HEAD_KEEP_ALIVE,
	LA_HTTP_200_HEAD_CLOSE,
	LA_HTTP_204,                            /**< To OPTIONS; HTTP/1.1, it stays open. */
	LA_HTTP_204_CLOSE,
	LA_HTTP_100,
	LA_HTTP_400, LA_HTTP_405, LA_HTTP_413, LA_HTTP_417, LA_HTTP_431, LA_HTTP_501, LA_HTTP_505,
	LA_HTTP_SHORT_CODES,
	LA_HTTP_408 = LA_HTTP_SHORT_CODES,
	LA_HTTP_CODES,
	LA_HTTP_NONE = LA_HTTP_CODES            /**< No response. */
};

struct la_http_response {
	uint32_t len;                           /**< Octets in all. */
	uint16_t head_len, first_len;
	bool closes;
	uint8_t first[LA_HTTP_FIRST_LEN];       /**< The head, and of the body what fits. */
};

struct la_http_responses {
	struct la_http_response of[LA_HTTP_CODES];
	uint8_t pattern[LA_HTTP_PATTERN_LEN + LA_HTTP_PATTERN_LINE];
};

/** @param body_len  Octets of the 200's body, at most LA_HTTP_RESPONSE_BODY_MAX. */
void la_http_responses_init(struct la_http_responses *responses, uint32_t body_len);

/** la_http_response_fill() beyond the first octets. */
void la_http_response_fill_rest(const struct la_http_responses *responses,
		enum la_http_code code, uint32_t at, uint8_t *dst, uint32_t len);

/** Write @p len octets of the response @p code, from octet @p at on; it must have them. */
static inline void
la_http_response_fill(const struct la_http_responses *responses, enum la_http_code code,
		uint32_t at, uint8_t *dst, uint32_t len)
{
	if (at + len <= responses->of[code].first_len)
		memcpy(dst, responses->of[code].first + at, len);
	else
		la_http_response_fill_rest(responses, code, at, dst, len);
}

#endif
