/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "la_http_response.h"

static const char line[LA_HTTP_PATTERN_LINE + 1] =
		"0123456789 lastack ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr\n";

static const char close_field[] = "Connection: close\r\n";
static const char keep_alive_field[] = "Connection: keep-alive\r\n";

#define ALLOW "Allow: GET, HEAD, POST, OPTIONS\r\n"

/* The parts in which heads differ. An error has no body, so it is the same for HEAD. */
static const struct {
	const char *status;
	const char *fields;
	bool has_body;
} heads[LA_HTTP_CODES] = {
	[LA_HTTP_200] = { "200 OK", "", true },
	[LA_HTTP_200_KEEP_ALIVE] = { "200 OK", keep_alive_field, true },
	[LA_HTTP_200_CLOSE] = { "200 OK", close_field, true },
	[LA_HTTP_200_HEAD] = { "200 OK", "", false },
	[LA_HTTP_200_HEAD_KEEP_ALIVE] = { "200 OK", keep_alive_field, false },
	[LA_HTTP_200_HEAD_CLOSE] = { "200 OK", close_field, false },
	[LA_HTTP_204] = { "204 No Content", ALLOW, false },
	[LA_HTTP_204_CLOSE] = { "204 No Content", ALLOW "Connection: close\r\n", false },
	[LA_HTTP_400] = { "400 Bad Request", close_field, false },
	[LA_HTTP_405] = { "405 Method Not Allowed",
			ALLOW "Connection: close\r\n", false },
	[LA_HTTP_408] = { "408 Request Timeout", close_field, false },
	[LA_HTTP_413] = { "413 Content Too Large", close_field, false },
	[LA_HTTP_417] = { "417 Expectation Failed", close_field, false },
	[LA_HTTP_431] = { "431 Request Header Fields Too Large", close_field, false },
	[LA_HTTP_501] = { "501 Not Implemented", close_field, false },
	[LA_HTTP_505] = { "505 HTTP Version Not Supported", close_field, false },
};

/* Write the body after the head, as far as it fits. */
static void
first_init(struct la_http_response *response)
{
	uint32_t len = response->len < LA_HTTP_FIRST_LEN ? response->len : LA_HTTP_FIRST_LEN;

	for (uint32_t at = response->head_len; at < len; at++)
		response->first[at] = (uint8_t)line[(at - response->head_len) % LA_HTTP_PATTERN_LINE];
	response->first_len = (uint16_t)len;
}

/* The head's fields about the body. A 204 has no body and no length field (RFC 9110, 8.6). */
static void
content_init(char *content, size_t room, enum la_http_code code, uint32_t body_len)
{
	/* A 200 to HEAD has the length that GET would have (RFC 9110, 8.6). */
	uint32_t told_len = code < LA_HTTP_204 ? body_len : 0;

	content[0] = '\0';
	if (code != LA_HTTP_204 && code != LA_HTTP_204_CLOSE)
		snprintf(content, room, "Content-Type: text/plain\r\nContent-Length: %u\r\n",
				(unsigned int)told_len);
}

static void
head_init(struct la_http_response *response, enum la_http_code code, uint32_t body_len)
{
	char content[64];
	int len;

	content_init(content, sizeof(content), code, body_len);
	len = snprintf((char *)response->first, sizeof(response->first),
			"HTTP/1.1 %s\r\nServer: lastack\r\n%s%s\r\n",
			heads[code].status, content, heads[code].fields);
	assert(len > 0 && (size_t)len < sizeof(response->first));
	response->head_len = (uint16_t)len;
	response->len = response->head_len + (heads[code].has_body ? body_len : 0);
	response->closes = strstr(heads[code].fields, close_field) != NULL;
}

void
la_http_responses_init(struct la_http_responses *responses, uint32_t body_len)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct la_http_response *interim = &responses->of[LA_HTTP_100];

	for (int code = LA_HTTP_200; code < LA_HTTP_CODES; code++)
		if (code != LA_HTTP_100)
			head_init(&responses->of[code], (enum la_http_code)code, body_len);
	memcpy(interim->first, go_on, sizeof(go_on) - 1);
	interim->len = interim->head_len = sizeof(go_on) - 1;
	for (int code = LA_HTTP_200; code < LA_HTTP_CODES; code++)
		first_init(&responses->of[code]);
	for (uint32_t i = 0; i < sizeof(responses->pattern); i++)
		responses->pattern[i] = (uint8_t)line[i % LA_HTTP_PATTERN_LINE];
}

void
la_http_response_fill_rest(const struct la_http_responses *responses, enum la_http_code code,
		uint32_t at, uint8_t *dst, uint32_t len)
{
	const struct la_http_response *response = &responses->of[code];

	if (at < response->head_len) {
		uint32_t n = response->head_len - at < len ? response->head_len - at : len;

		memcpy(dst, response->first + at, n);
		dst += n;
		len -= n;
		at += n;
	}
	at -= response->head_len;
	while (len > 0) {
		uint32_t n = len < LA_HTTP_PATTERN_LEN ? len : LA_HTTP_PATTERN_LEN;

		memcpy(dst, responses->pattern + at % LA_HTTP_PATTERN_LINE, n);
		dst += n;
		len -= n;
		at += n;
	}
}
