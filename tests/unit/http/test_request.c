/* SPDX-License-Identifier: BSD-3-Clause */
/* The parser's contract: how much of a head, and what it says; the same for every split. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "la_http_request.h"
#include "la_check.h"

#define HOST "Host: h\r\n"
#define ONE_1 "GET / HTTP/1.1\r\n"

/* Heads with the verdict: 0 good, or an error. */
static const struct { const char *head; int result; } heads[] = {
	{ ONE_1 HOST "\r\n", 0 },
	{ "GET / HTTP/1.0\r\n\r\n", 0 },
	{ "\r\n" ONE_1 HOST "\r\n", 0 },                        /* RFC 9112, 2.2 */
	{ "GET / HTTP/1.1\n" "Host: h\n\n", 0 },
	{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ "GET http://h/?a=b#c HTTP/1.1\r\n" HOST "\r\n", 0 },
	{ ONE_1 "host:h\r\n\r\n", 0 },
	{ ONE_1 "HOST: \t h \t \r\n\r\n", 0 },
	{ ONE_1 "Host:\r\n\r\n", 0 },
	{ ONE_1 "Host:\n\n", 0 },
	{ ONE_1 HOST "X:\n\n", 0 },
	{ ONE_1 HOST "C:\n\n", 0 },
	{ ONE_1 "Host: [::1]:80\r\n\r\n", 0 },
	{ ONE_1 HOST "X: \x80\xff\tb c\r\n\r\n", 0 },
	{ ONE_1 HOST "!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n", 0 },
	{ "GET / HTTP/2.0\r\n\r\n", 0 },
	{ "GET / HTTP/1.9\r\n" HOST "\r\n", 0 },

	/* The request line. */
	{ "\r\n\r\n" ONE_1 HOST "\r\n", LA_HTTP_BAD },
	{ "\r" ONE_1 HOST "\r\n", LA_HTTP_BAD },
	{ " " ONE_1 HOST "\r\n", LA_HTTP_BAD },
	{ "GET /\r\n\r\n", LA_HTTP_BAD },
	{ "GET  / HTTP/1.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET /  HTTP/1.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/1.1 \r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET\t/\tHTTP/1.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/1.1\r\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/11\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/1.10\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/1,1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/1.:\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/:.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/1./\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/1.\xff\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/\xff.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / http/1.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET / HTTP/a.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET /\x80 HTTP/1.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "GET /aaaaaaaaa\x01" "aaaaaaaaaaa HTTP/1.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "G(T / HTTP/1.1\r\n" HOST "\r\n", LA_HTTP_BAD },
	{ "\x16\x03\x01\x02", LA_HTTP_BAD },                    /* TLS: no need to wait */

	/* Fields. */
	{ ONE_1 HOST " X: y\r\n\r\n", LA_HTTP_BAD },            /* obs-fold */
	{ ONE_1 HOST "\tX: y\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "X : y\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "X\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST ": y\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "X(: y\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "X\x80: y\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "X: a\rb\r\n\r\n", LA_HTTP_BAD },          /* bare CR */
	{ ONE_1 HOST "X: a\r\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "X: aaaaaaaaa\x1f\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "X: aaaaaaaaa\x7f" "aaaaaaaa\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "\r\r\n", LA_HTTP_BAD },

	/* Host: RFC 9112, 3.2. */
	{ ONE_1 "\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST HOST "\r\n", LA_HTTP_BAD },
	{ ONE_1 "Host: a b\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 "Host: a,b\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 "Host: u@h\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 "Host: h/x\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 "Hosts: h\r\n\r\n", LA_HTTP_BAD },

	/* Framing: RFC 9112, 6. */
	{ ONE_1 HOST "Content-Length: 0\r\n\r\n", 0 },
	{ ONE_1 HOST "Content-Length: 99999999999999999999999999\r\n\r\n", 0 },
	{ ONE_1 HOST "Content-Length:\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: +5\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: -5\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: 5x\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: 0x5\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: 5 5\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: 5, 5\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: chunked\r\n\r\n", 0 },
	{ ONE_1 HOST "Transfer-Encoding: , Chunked ,\r\n\r\n", 0 },
	{ ONE_1 HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 0 },
	{ ONE_1 HOST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", 0 },
	{ ONE_1 HOST "Transfer-Encoding:\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: gzip\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: xchunked\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: chunked;q=1\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: \"chunked\"\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: chunked, gzip\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: chunked, chunked\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
			LA_HTTP_BAD },
	{ ONE_1 HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", LA_HTTP_BAD },
	{ ONE_1 HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", LA_HTTP_BAD },
	{ "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", LA_HTTP_BAD },
};

enum { HEADS = sizeof(heads) / sizeof(heads[0]) };

/* Parse a copy in a block of its own size, so that a sanitizer sees a read past it. With
 * @p last_len not 0 @p request is as the call for so many octets left it, and lines that were
 * parsed then are not there any more. */
static int
parse(const void *octets, size_t len, size_t last_len, struct la_http_request *request)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int result;

	ck_assert_ptr_nonnull(copy);
	if (last_len == 0)
		memset(request, 0, sizeof(*request));
	memcpy(copy, octets, len);
	memset(copy, 0x01, request->parsed);
	result = la_http_parse_request(copy, (uint32_t)len, request);
	free(copy);
	return result;
}

START_TEST(each_head_has_its_verdict)
{
	const char *head = heads[_i].head;
	static const char rest[] = "\x01" "anything\r\n\r\n";
	size_t len = strlen(head);
	int wanted = heads[_i].result ? heads[_i].result : (int)len;
	struct la_http_request request;
	char *more = malloc(len + sizeof(rest));

	ck_assert_msg(parse(head, len, 0, &request) == wanted, "%s", head);
	/* What follows a head is not looked at. */
	ck_assert_ptr_nonnull(more);
	memcpy(more, head, len);
	memcpy(more + len, rest, sizeof(rest));
	ck_assert_msg(parse(more, len + sizeof(rest) - 1, 0, &request) == wanted, "%s", head);
	free(more);
}
END_TEST

START_TEST(a_good_head_is_partial_at_every_octet_before_its_last)
{
	const char *head = heads[_i].head;
	size_t len = strlen(head);
	struct la_http_request request;

	if (heads[_i].result != 0)
		return;
	for (size_t cut = 0; cut < len; cut++) {
		ck_assert_int_eq(parse(head, cut, 0, &request), LA_HTTP_PARTIAL);
		ck_assert_int_eq(parse(head, len, cut, &request), (int)len);
	}
}
END_TEST

static bool
says_the_same(const struct la_http_request *a, const struct la_http_request *b)
{
	return a->content_length == b->content_length && a->method == b->method &&
			a->major == b->major && a->minor == b->minor && a->host == b->host &&
			a->close == b->close && a->keep_alive == b->keep_alive &&
			a->has_length == b->has_length && a->has_coding == b->has_coding &&
			a->chunked == b->chunked && a->unknown_coding == b->unknown_coding &&
			a->expect_continue == b->expect_continue &&
			a->unknown_expectation == b->unknown_expectation;
}

START_TEST(a_head_cut_in_two_says_the_same_and_no_line_is_read_twice)
{
	const char *head = heads[_i].head;
	const size_t len = strlen(head);
	struct la_http_request whole, cut;
	const int wanted = parse(head, len, 0, &whole);

	for (size_t at = 1; at < len; at++) {
		int got = parse(head, at, 0, &cut);

		if (got == LA_HTTP_PARTIAL)
			got = parse(head, len, at, &cut);
		ck_assert_msg(got == wanted, "%s, cut at %zu", head, at);
		ck_assert(got < 0 || says_the_same(&cut, &whole));
	}
}
END_TEST

START_TEST(a_head_that_trickles_in_has_the_same_verdict)
{
	const char *head = heads[_i].head;
	size_t len = strlen(head);
	int wanted = heads[_i].result ? heads[_i].result : (int)len, got = LA_HTTP_PARTIAL;
	struct la_http_request request;

	for (size_t n = 1; n <= len && got == LA_HTTP_PARTIAL; n++)
		got = parse(head, n, n - 1, &request);
	ck_assert_msg(got == wanted, "%s", head);
}
END_TEST

START_TEST(a_nul_is_bad_wherever_it_stands)
{
	static const char head[] = ONE_1 HOST "X: y\r\n\r\n";
	struct la_http_request request;

	for (size_t at = 0; at < sizeof(head) - 1; at++) {
		char copy[sizeof(head)];

		memcpy(copy, head, sizeof(head));
		copy[at] = '\0';
		/* Instead of the last LF it only leaves the line open. */
		ck_assert_int_eq(parse(copy, sizeof(head) - 1, 0, &request),
				at == sizeof(head) - 2 ? LA_HTTP_PARTIAL : LA_HTTP_BAD);
	}
}
END_TEST

START_TEST(the_request_says_what_the_head_says)
{
	static const char head[] = "POST /x HTTP/1.1\r\nhOST: h\r\nCONNECTION: Upgrade , Close\r\n"
			"Connection: keep-alive\r\ncontent-length: 0042\r\nexpect: 100-Continue\r\n\r\n";
	static const char chunked[] = "HEAD / HTTP/3.7\r\nTransfer-Encoding: br,chunked\r\n"
			"Connection: closed, xclose\r\nExpect: 200-ok\r\n\r\n";
	struct la_http_request r;

	ck_assert_int_gt(parse(head, sizeof(head) - 1, 0, &r), 0);
	ck_assert(r.method == LA_HTTP_POST && r.major == 1 && r.minor == 1 && r.host);
	ck_assert(r.close && r.keep_alive && r.expect_continue && !r.unknown_expectation);
	ck_assert(r.has_length && r.content_length == 42 && !r.has_coding && !r.chunked);
	ck_assert_int_gt(parse(chunked, sizeof(chunked) - 1, 0, &r), 0);
	ck_assert(r.method == LA_HTTP_HEAD && r.major == 3 && r.minor == 7 && !r.host);
	ck_assert(!r.close && !r.keep_alive && !r.expect_continue && r.unknown_expectation);
	ck_assert(!r.has_length && r.has_coding && r.chunked && r.unknown_coding);
}
END_TEST

START_TEST(a_length_too_long_for_64_bits_saturates)
{
	static const struct { const char *digits; uint64_t value; } lengths[] = {
		{ "18446744073709551609", UINT64_C(18446744073709551609) },
		{ "184467440737095516160", UINT64_MAX },
		{ "00000000000000000000000000000007", 7 },
	};
	struct la_http_request r;
	char head[128];

	for (int i = 0; i < 3; i++) {
		int len = snprintf(head, sizeof(head), ONE_1 HOST "Content-Length: %s\r\n\r\n",
				lengths[i].digits);

		ck_assert_int_eq(parse(head, (size_t)len, 0, &r), len);
		ck_assert(r.content_length == lengths[i].value);
	}
}
END_TEST

/* What a request says, as bits. */
static unsigned int
said(const struct la_http_request *r)
{
	return (unsigned int)(r->host | r->close << 1 | r->keep_alive << 2 | r->has_length << 3 |
			r->chunked << 4 | r->expect_continue << 5);
}

/* The other case of a letter is the same word; no other octet may differ in that bit. */
START_TEST(only_letters_have_a_case)
{
	static const char *const lines[] = {
		"Host: h\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n",
		"Connection: x,close\r\n", "Connection: keep-alive,x\r\n",
		"Content-Length: 7\r\n", "Transfer-Encoding: chunked\r\n",
		"Expect: 100-continue\r\n",
	};
	const char *line = lines[_i];
	size_t start = strlen("GET / HTTP/3.0\r\n");
	struct la_http_request r;
	char head[100];
	int len = snprintf(head, sizeof(head), "GET / HTTP/3.0\r\n%s\r\n", line), got;
	unsigned int wanted;

	ck_assert_int_eq(parse(head, (size_t)len, 0, &r), len);
	wanted = said(&r);
	ck_assert_uint_ne(wanted, 0);
	for (size_t at = 0; at < strlen(line); at++) {
		head[start + at] ^= 0x20;
		got = parse(head, (size_t)len, 0, &r);
		if (isalpha((unsigned char)line[at]))
			ck_assert(got == len && said(&r) == wanted);
		else if (line[at] != '\r')      /* That one is '-' then, of a value. */
			ck_assert(got == LA_HTTP_BAD || said(&r) != wanted);
		head[start + at] ^= 0x20;
	}
}
END_TEST

START_TEST(connection_options_end_where_they_end)
{
	static const struct { const char *line; bool close, keep_alive; } lines[] = {
		{ "Connection: close\n", true, false }, { "Connection:close\r\n", true, false },
		{ "Connection:\t close \t\r\n", true, false },
		{ "Connection: close,\r\n", true, false },
		{ "Connection: closed\r\n", false, false },
		{ "Connection: clos\r\n", false, false },
		{ "Connection: close-\n", false, false },
		{ "Connection: keep-alive\n", false, true },
		{ "Connection: keep-alive \r\n", false, true },
		{ "Connection: keep-alive, close\r\n", true, true },
		{ "Connection: keep-alives\r\n", false, false },
		{ "Connection: keep-alive-\n", false, false },
		{ "Connection:\r\n", false, false }, { "Connections: close\r\n", false, false },
		{ "Connection\x2d: close\r\n", false, false },
	};
	struct la_http_request r;
	char head[100];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int len = snprintf(head, sizeof(head), ONE_1 HOST "%s\r\n", lines[i].line);

		ck_assert_msg(parse(head, (size_t)len, 0, &r) == len, "%s", lines[i].line);
		ck_assert_msg(r.close == lines[i].close && r.keep_alive == lines[i].keep_alive,
				"%s", lines[i].line);
	}
}
END_TEST

START_TEST(each_octet_is_right_or_wrong_in_a_host_a_name_a_value_and_a_target)
{
	static const char *const heads_of[] = {
		ONE_1 "Host: a*b\r\n\r\n", ONE_1 HOST "X*y: z\r\n\r\n",
		ONE_1 HOST "X: a*bcdefghij\r\n\r\n", "GET /a*bcdefghij HTTP/1.1\r\n" HOST "\r\n",
	};
	struct la_http_request r;

	for (int c = 1; c < 256; c++) {
		const bool visible = c > 0x20 && c < 0x7f;
		const bool right[] = {
			visible && !strchr(",/?#@\\", c),
			(visible && !strchr("\"(),/:;<=>?@[\\]{}", c)) || c == ':',
			(c >= 0x20 && c != 0x7f) || c == '\t',
			visible,
		};

		for (int i = 0; i < 4; i++) {
			size_t len = strlen(heads_of[i]);
			char head[64];

			memcpy(head, heads_of[i], len + 1);
			*strchr(head, '*') = (char)c;
			ck_assert_msg((parse(head, len, 0, &r) == (int)len) == right[i],
					"%d in %s", c, heads_of[i]);
		}
	}
}
END_TEST

static Suite *
parse_suite(void)
{
	Suite *suite = suite_create("http request");
	TCase *tc = tcase_create("parse");

	tcase_add_loop_test(tc, each_head_has_its_verdict, 0, HEADS);
	tcase_add_loop_test(tc, a_good_head_is_partial_at_every_octet_before_its_last, 0, HEADS);
	tcase_add_loop_test(tc, a_head_cut_in_two_says_the_same_and_no_line_is_read_twice, 0, HEADS);
	tcase_add_loop_test(tc, a_head_that_trickles_in_has_the_same_verdict, 0, HEADS);
	tcase_add_test(tc, a_nul_is_bad_wherever_it_stands);
	tcase_add_test(tc, the_request_says_what_the_head_says);
	tcase_add_test(tc, a_length_too_long_for_64_bits_saturates);
	tcase_add_loop_test(tc, only_letters_have_a_case, 0, 8);
	tcase_add_test(tc, connection_options_end_where_they_end);
	tcase_add_test(tc, each_octet_is_right_or_wrong_in_a_host_a_name_a_value_and_a_target);
	suite_add_tcase(suite, tc);
	return suite;
}

LA_CHECK_MAIN(parse_suite)
