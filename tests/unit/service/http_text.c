/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "http_text.h"

struct la_service_params
http_params(uint32_t body_len)
{
	return (struct la_service_params){
		.connections = 8, .window = 65535, .buffers = 4, .body_len = body_len,
	};
}

static void
add_body(struct text *text, uint32_t len)
{
	static const char line[] =
			"0123456789 lastack ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr\n";
	char *body = malloc(len + 1);

	ck_assert_ptr_nonnull(body);
	for (uint32_t i = 0; i < len; i++)
		body[i] = line[i % (sizeof(line) - 1)];
	text_add(text, body, len);
	free(body);
}

static void
add_head(struct text *text, const char *status, uint32_t len, const char *fields)
{
	char head[512];

	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nServer: lastack\r\n"
			"Content-Type: text/plain\r\nContent-Length: %u\r\n%s\r\n",
			status, (unsigned int)len, fields);
	text_adds(text, head);
}

void
text_add_200(struct text *text, uint32_t body_len, enum says says, bool head)
{
	static const char *const fields[] = {
		[SAYS_NOTHING] = "",
		[SAYS_KEEP_ALIVE] = "Connection: keep-alive\r\n",
		[SAYS_CLOSE] = "Connection: close\r\n",
	};

	add_head(text, "200 OK", body_len, fields[says]);
	if (!head)
		add_body(text, body_len);
}

void
text_add_204(struct text *text, enum says says)
{
	text_adds(text, "HTTP/1.1 204 No Content\r\nServer: lastack\r\n"
			"Allow: GET, HEAD, POST, OPTIONS\r\n");
	text_adds(text, says == SAYS_CLOSE ? "Connection: close\r\n\r\n" : "\r\n");
}

void
text_add_100(struct text *text)
{
	text_adds(text, "HTTP/1.1 100 Continue\r\n\r\n");
}

void
text_add_error(struct text *text, int status)
{
	static const struct { int status; const char *line, *fields; } errors[] = {
		{ 400, "400 Bad Request", "" },
		{ 405, "405 Method Not Allowed", "Allow: GET, HEAD, POST, OPTIONS\r\n" },
		{ 408, "408 Request Timeout", "" },
		{ 413, "413 Content Too Large", "" },
		{ 417, "417 Expectation Failed", "" },
		{ 431, "431 Request Header Fields Too Large", "" },
		{ 501, "501 Not Implemented", "" },
		{ 505, "505 HTTP Version Not Supported", "" },
	};
	char fields[128];

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].status != status)
			continue;
		snprintf(fields, sizeof(fields), "%sConnection: close\r\n", errors[i].fields);
		add_head(text, errors[i].line, 0, fields);
		return;
	}
	ck_abort_msg("no such error: %d", status);
}
