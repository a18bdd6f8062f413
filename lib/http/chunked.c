/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_http_chunked.h"

#include "la_http_request.h"

static int
hex_digit(uint8_t octet)
{
	if (octet >= '0' && octet <= '9')
		return octet - '0';
	octet |= 0x20;
	return octet >= 'a' && octet <= 'f' ? octet - 'a' + 10 : -1;
}

/* chunk-size: 16 digits cannot overflow; more are an error. */
static enum la_http_chunk_state
size_octet(struct la_http_chunked *body, uint8_t octet)
{
	int digit = hex_digit(octet);

	if (digit >= 0) {
		if (body->digits++ == 16)
			return LA_HTTP_CHUNK_BAD;
		body->left = body->left << 4 | (uint64_t)digit;
		return LA_HTTP_CHUNK_SIZE;
	}
	if (body->digits == 0)
		return LA_HTTP_CHUNK_BAD;
	switch (octet) {
	case '\r':
		return LA_HTTP_CHUNK_SIZE_LF;
	case ';':
		return LA_HTTP_CHUNK_EXTENSION;
	case ' ': case '\t':
		return LA_HTTP_CHUNK_SPACE;
	default:
		return LA_HTTP_CHUNK_BAD;
	}
}

/* The size is complete: data follows, or the trailer after the last chunk. */
static enum la_http_chunk_state
size_done(struct la_http_chunked *body)
{
	if (body->left > LA_HTTP_BODY_MAX - body->total)
		return LA_HTTP_CHUNK_TOO_LARGE;
	body->total += (uint32_t)body->left;
	body->digits = 0;
	return body->left > 0 ? LA_HTTP_CHUNK_DATA : LA_HTTP_CHUNK_TRAILER;
}

static enum la_http_chunk_state
expect_octet(uint8_t octet, uint8_t wanted, enum la_http_chunk_state next)
{
	return octet == wanted ? next : LA_HTTP_CHUNK_BAD;
}

/* Text of an extension or a value; CR ends it. */
static enum la_http_chunk_state
text_octet(const struct la_http_chunked *body, uint8_t octet, enum la_http_chunk_state next)
{
	if (octet == '\r')
		return next;
	return la_http_is_text(octet) ? body->state : LA_HTTP_CHUNK_BAD;
}

/* First octet of a trailer line, or next octet of its field name. */
static enum la_http_chunk_state
name_octet(const struct la_http_chunked *body, uint8_t octet)
{
	if (la_http_is_token(octet))
		return LA_HTTP_CHUNK_NAME;
	if (body->state == LA_HTTP_CHUNK_NAME)
		return expect_octet(octet, ':', LA_HTTP_CHUNK_VALUE);
	return expect_octet(octet, '\r', LA_HTTP_CHUNK_END_LF);
}

static enum la_http_chunk_state
framing_octet(struct la_http_chunked *body, uint8_t octet)
{
	switch (body->state) {
	case LA_HTTP_CHUNK_SIZE:
		return size_octet(body, octet);
	case LA_HTTP_CHUNK_SPACE:
		if (octet == ' ' || octet == '\t')
			return LA_HTTP_CHUNK_SPACE;
		return expect_octet(octet, ';', LA_HTTP_CHUNK_EXTENSION);
	case LA_HTTP_CHUNK_EXTENSION:
		return text_octet(body, octet, LA_HTTP_CHUNK_SIZE_LF);
	case LA_HTTP_CHUNK_SIZE_LF:
		return octet == '\n' ? size_done(body) : LA_HTTP_CHUNK_BAD;
	case LA_HTTP_CHUNK_DATA_CR:
		return expect_octet(octet, '\r', LA_HTTP_CHUNK_DATA_LF);
	case LA_HTTP_CHUNK_DATA_LF:
		return expect_octet(octet, '\n', LA_HTTP_CHUNK_SIZE);
	case LA_HTTP_CHUNK_TRAILER: case LA_HTTP_CHUNK_NAME:
		return name_octet(body, octet);
	case LA_HTTP_CHUNK_VALUE:
		return text_octet(body, octet, LA_HTTP_CHUNK_VALUE_LF);
	case LA_HTTP_CHUNK_VALUE_LF:
		return expect_octet(octet, '\n', LA_HTTP_CHUNK_TRAILER);
	case LA_HTTP_CHUNK_END_LF:
		return expect_octet(octet, '\n', LA_HTTP_CHUNK_DONE);
	case LA_HTTP_CHUNK_DATA: case LA_HTTP_CHUNK_DONE: case LA_HTTP_CHUNK_BAD:
	case LA_HTTP_CHUNK_TOO_LARGE: case LA_HTTP_CHUNK_TOO_MUCH_EXTRA:
		break;
	}
	return LA_HTTP_CHUNK_BAD;
}

/* Whether the octet that led to this state is one of which a peer could send any number
 * without sending a body. */
static int
is_extra(enum la_http_chunk_state state)
{
	return state == LA_HTTP_CHUNK_SPACE || state == LA_HTTP_CHUNK_EXTENSION ||
			state == LA_HTTP_CHUNK_NAME || state == LA_HTTP_CHUNK_VALUE;
}

uint32_t
la_http_chunked_take(struct la_http_chunked *body, const uint8_t *octets, uint32_t len)
{
	uint32_t at = 0;

	while (at < len && body->state < LA_HTTP_CHUNK_DONE) {
		if (body->state == LA_HTTP_CHUNK_DATA) {
			uint32_t n = body->left < len - at ? (uint32_t)body->left : len - at;

			body->left -= n;
			at += n;
			if (body->left == 0)
				body->state = LA_HTTP_CHUNK_DATA_CR;
			continue;
		}
		body->state = framing_octet(body, octets[at++]);
		if (is_extra(body->state) && ++body->extra > LA_HTTP_CHUNK_EXTRA_MAX)
			body->state = LA_HTTP_CHUNK_TOO_MUCH_EXTRA;
	}
	return at;
}
