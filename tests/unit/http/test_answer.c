/* SPDX-License-Identifier: BSD-3-Clause */
/* HTTP responses, cut at every octet. */
#include <stdio.h>
#include <string.h>

#include "la_http_answer.h"
#include "la_check.h"

#define MORE LA_ANSWER_MORE
#define DONE LA_ANSWER_DONE
#define BAD LA_ANSWER_BAD
#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_LINE "Transfer-Encoding: chunked\r\n\r\n"

/* What is sent, what the last octet makes of it, and what a close then does. */
static const struct answer {
	const char *text;
	enum la_http_answer_result result, end;
	uint16_t status;
	uint64_t body_len;
} answers[] = {
	/* Content-Length. */
	{ OK_LINE "Content-Length: 5\r\n\r\nhello", DONE, DONE, 200, 5 },
	{ OK_LINE "Content-Length: 5\r\n\r\nhell", MORE, MORE, 200, 4 },
	{ OK_LINE "Content-Length: 0\r\n\r\n", DONE, DONE, 200, 0 },
	{ OK_LINE "cONTENT-lENGTH:5\r\n\r\nhello", DONE, DONE, 200, 5 },
	{ OK_LINE "Content-Length: \t 5 \t\r\n\r\nhello", DONE, DONE, 200, 5 },
	{ OK_LINE "Content-Length: 0005\r\n\r\nhello", DONE, DONE, 200, 5 },
	{ OK_LINE "A: b\r\nContent-Length: 1\r\nC: d\r\n\r\nx", DONE, DONE, 200, 1 },
	{ "HTTP/1.0 404 Not Found\r\nContent-Length: 1\r\n\r\nx", DONE, DONE, 404, 1 },
	{ "HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n", DONE, DONE, 999, 0 },
	{ "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", DONE, DONE, 200, 0 },
	/* Names that only begin like it. */
	{ OK_LINE "Content-Lengths: 5\r\n\r\nhe", MORE, DONE, 200, 2 },
	{ OK_LINE "Content-Type: 5\r\nTE: chunked\r\n\r\nhe", MORE, DONE, 200, 2 },
	{ OK_LINE "X-Content-Length: 5\r\n\r\nhe", MORE, DONE, 200, 2 },
	/* A line without a colon ends no head, however it begins. */
	{ OK_LINE "C\r\nContent-Length: 2\r\n\r\nhe", DONE, DONE, 200, 2 },
	{ "HTTP/1.1 200 OK\nC\nContent-Length: 2\n\nhe", DONE, DONE, 200, 2 },
	{ "HTTP/1.1 200 OK\ntransfer\nContent-Length: 2\n\nhe", DONE, DONE, 200, 2 },
	{ "HTTP/1.1 200\nContent-Length: 2\n\nhe", DONE, DONE, 200, 2 },
	/* Lengths that are none, or two. */
	{ OK_LINE "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", DONE, DONE, 200, 5 },
	{ OK_LINE "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: 6\r\nContent-Length: 5\r\n\r\nhello!", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: 5, 6\r\n\r\nhello", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: 5x\r\n\r\nhello", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: -5\r\n\r\nhello", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: +5\r\n\r\nhello", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: 0x5\r\n\r\nhello", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length:\r\n\r\nhello", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: \n\nhello", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: 99999999999999999999\r\n\r\nx", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: 18446744073709551621\r\n\r\nhello", BAD, MORE, 200, 0 },
	{ OK_LINE "Content-Length: 9223372036854775807\r\n\r\nx", MORE, MORE, 200, 1 },
	{ OK_LINE "Content-Length: 1000000000000000000\r\n\r\nx", MORE, MORE, 200, 1 },
	/* Chunked. */
	{ CHUNKED "5\r\nhello\r\n0\r\n\r\n", DONE, DONE, 200, 5 },
	{ CHUNKED "5;x=y\r\nhello\r\n00A\r\n0123456789\r\n0\r\n\r\n", DONE, DONE, 200, 15 },
	{ CHUNKED "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", DONE, DONE, 200, 1 },
	{ CHUNKED "0\r\n\r\n", DONE, DONE, 200, 0 },
	{ CHUNKED "1\r\nx\r\n", MORE, MORE, 200, 1 },
	{ CHUNKED "1\r\nxy", BAD, MORE, 200, 1 },
	{ CHUNKED "z\r\n", BAD, MORE, 200, 0 },
	{ CHUNKED "ffffffffffffffff\r\nx", BAD, MORE, 200, 0 },
	{ OK_LINE "Transfer-Encoding: CHUNKED\r\nContent-Length: 1\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		DONE, DONE, 200, 5 },
	{ OK_LINE "Content-Length: 1\r\nTransfer-Encoding:chunked \r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		DONE, DONE, 200, 5 },
	{ OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		DONE, DONE, 200, 5 },
	/* Another coding: to the end, whatever the length says. */
	{ OK_LINE "Transfer-Encoding: gzip\r\n\r\nhe", MORE, DONE, 200, 2 },
	{ OK_LINE "Transfer-Encoding: chunkedly\r\n\r\nhe", MORE, DONE, 200, 2 },
	{ OK_LINE "Transfer-Encoding: chunk\r\n\r\nhe", MORE, DONE, 200, 2 },
	{ OK_LINE "Transfer-Encoding: chunked, gzip\r\n\r\nhe", MORE, DONE, 200, 2 },
	{ OK_LINE "Content-Length: 1\r\nTransfer-Encoding: gzip\r\n\r\nhe", MORE, DONE, 200, 2 },
	{ "HTTP/1.1 200 OK\nTransfer-Encoding:\nContent-Length: 2\n\nhe", DONE, DONE, 200, 2 },
	/* Until the server closes. */
	{ OK_LINE "\r\n", MORE, DONE, 200, 0 },
	{ OK_LINE "\r\nany\r\n\r\nthing", MORE, DONE, 200, 12 },
	{ "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nbody", MORE, DONE, 200, 4 },
	/* Interim responses. */
	{ "HTTP/1.1 100 Continue\r\n\r\n", MORE, MORE, 0, 0 },
	{ "HTTP/1.1 100 Continue\r\n\r\n" OK_LINE "Content-Length: 2\r\n\r\nok",
		DONE, DONE, 200, 2 },
	{ "HTTP/1.1 103 Early\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n"
		"HTTP/1.1 100 \r\n\r\n" OK_LINE "Content-Length: 2\r\n\r\nok", DONE, DONE, 200, 2 },
	{ "HTTP/1.1 103 Early\r\nContent-Length: 7\r\n\r\n" OK_LINE "\r\nok", MORE, DONE, 200, 2 },
	/* These two have no body. */
	{ "HTTP/1.1 204 No Content\r\n\r\n", DONE, DONE, 204, 0 },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", DONE, DONE, 304, 0 },
	{ "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", DONE, DONE, 304, 0 },
	{ "HTTP/1.1 204 No Content\r\n\r\nx", BAD, MORE, 204, 0 },
	/* Octets behind the end. */
	{ OK_LINE "Content-Length: 2\r\n\r\nok!", BAD, MORE, 200, 2 },
	{ OK_LINE "Content-Length: 0\r\n\r\n!", BAD, MORE, 200, 0 },
	{ CHUNKED "0\r\n\r\n!", BAD, MORE, 200, 0 },
	/* No status lines. */
	{ "", MORE, MORE, 0, 0 },
	{ "\r\n", BAD, MORE, 0, 0 },
	{ "HTTP/2 200\r\n", BAD, MORE, 0, 0 },
	{ "HTTP/1.x 200 OK\r\n", BAD, MORE, 0, 0 },
	{ "http/1.1 200 OK\r\n", BAD, MORE, 0, 0 },
	{ "HTTP/1.1  200 OK\r\n", BAD, MORE, 0, 0 },
	{ "HTTP/1.1 20 OK\r\n", BAD, MORE, 20, 0 },
	{ "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", BAD, MORE, 200, 0 },
	{ "HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n", BAD, MORE, 200, 0 },
	{ "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n", BAD, MORE, 99, 0 },
	{ "HTTP/1.1 000 Odd\r\n\r\n", BAD, MORE, 0, 0 },
	{ "SSH-2.0-OpenSSH_9.2p1\r\n", BAD, MORE, 0, 0 },
	{ "\x15\x03\x01", BAD, MORE, 0, 0 },
	{ OK_LINE "A: b\r\n\rX", BAD, MORE, 200, 0 },
};

enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

static struct la_http_answer answer;
/* What is read is read with this head in mind, if by_known. */
static struct la_http_known_head known;
static bool by_known;

static enum la_http_answer_result
take(const char *text, size_t len)
{
	if (by_known)
		return la_http_answer_take_known(&answer, &known, (const uint8_t *)text,
				(uint32_t)len);
	return la_http_answer_take(&answer, (const uint8_t *)text, (uint32_t)len);
}

static void
check(const struct answer *a, enum la_http_answer_result result, size_t cut)
{
	ck_assert_msg(result == a->result, "%s: %d, not %d, cut at %zu", a->text, result, a->result,
			cut);
	ck_assert_int_eq(la_http_answer_end(&answer), a->end);
	ck_assert_uint_eq(answer.status, a->status);
	ck_assert_uint_eq(answer.body_len, a->body_len);
}

static void
check_cut_everywhere(const struct answer *a)
{
	const size_t len = strlen(a->text);
	enum la_http_answer_result result = LA_ANSWER_MORE;

	for (size_t cut = 0; cut <= len; cut++) {
		memset(&answer, 0, sizeof(answer));
		if (cut > 0)
			result = take(a->text, cut);
		if (cut < len)
			result = take(a->text + cut, len - cut);
		check(a, result, cut);
	}
	/* And at all of them. */
	memset(&answer, 0, sizeof(answer));
	for (size_t at = 0; at < len; at++)
		result = take(a->text + at, 1);
	check(a, result, len);
}

START_TEST(an_answer_is_the_same_cut_at_every_octet)
{
	check_cut_everywhere(&answers[_i]);
}
END_TEST

/* Behind every other answer, whose head is known then, and behind itself. */
START_TEST(an_answer_is_the_same_whatever_head_is_known)
{
	by_known = true;
	for (int i = 0; i < ANSWERS; i++) {
		memset(&answer, 0, sizeof(answer));
		take(answers[i].text, strlen(answers[i].text));
		check_cut_everywhere(&answers[_i]);
	}
}
END_TEST

START_TEST(a_head_of_many_octets_is_read_each_time)
{
	static char text[2 * LA_ANSWER_KNOWN_MAX];
	const size_t filler = LA_ANSWER_KNOWN_MAX + (size_t)_i - 3;
	size_t len;

	by_known = true;
	memset(&known, 0, sizeof(known));
	/* Of 511 octets to 514 in all. */
	len = (size_t)snprintf(text, sizeof(text), OK_LINE "Content-Length: 2\r\nA: %0*d\r\n\r\n",
			(int)(filler - strlen(OK_LINE "Content-Length: 2\r\nA: \r\n\r\n")) + 2, 0);
	memcpy(text + len, "ok", 3);
	for (int n = 0; n < 3; n++) {
		memset(&answer, 0, sizeof(answer));
		ck_assert_int_eq(take(text, len + 2), LA_ANSWER_DONE);
		ck_assert_uint_eq(answer.body_len, 2);
		ck_assert_uint_eq(known.len, len <= LA_ANSWER_KNOWN_MAX ? len : 0);
		memset(&answer, 0, sizeof(answer));
		ck_assert_int_eq(take(text, len), LA_ANSWER_MORE);
		ck_assert_int_eq(take("ok!", 3), LA_ANSWER_BAD);
	}
}
END_TEST

/* A complete answer is not complete with an octet less. */
START_TEST(no_octet_is_missing_when_it_is_done)
{
	const struct answer *a = &answers[_i];

	if (a->result != LA_ANSWER_DONE)
		return;
	for (size_t len = 0; len < strlen(a->text); len++) {
		memset(&answer, 0, sizeof(answer));
		ck_assert_int_eq(take(a->text, len), LA_ANSWER_MORE);
	}
}
END_TEST

START_TEST(what_is_bad_stays_bad)
{
	const struct answer *a = &answers[_i];

	if (a->result != LA_ANSWER_BAD)
		return;
	memset(&answer, 0, sizeof(answer));
	take(a->text, strlen(a->text));
	ck_assert_int_eq(take("\r\n\r\n", 4), LA_ANSWER_BAD);
	ck_assert_int_eq(take(OK_LINE "Content-Length: 0\r\n\r\n", 38), LA_ANSWER_BAD);
	ck_assert_int_eq(la_http_answer_end(&answer), LA_ANSWER_MORE);
}
END_TEST

/* Lines of a head that has no end. */
static size_t
octets_taken(const char *line)
{
	size_t octets = strlen(OK_LINE);

	memset(&answer, 0, sizeof(answer));
	ck_assert_int_eq(take(OK_LINE, octets), LA_ANSWER_MORE);
	while (octets < 1000000) {
		octets += strlen(line);
		if (take(line, strlen(line)) == LA_ANSWER_BAD)
			break;
	}
	return octets;
}

START_TEST(a_head_without_end_is_bad)
{
	static const char *const lines[] = {
		"X-Filler: zzzzzzzzzzzzzzzzzzzz\r\n", "z", "\tz", "Content-Length: 1\r\n", "A:\n",
	};

	ck_assert_uint_ge(octets_taken(lines[_i]), LA_ANSWER_HEAD_MAX);
	ck_assert_uint_le(octets_taken(lines[_i]), LA_ANSWER_HEAD_MAX + 100);
}
END_TEST

START_TEST(interim_answers_without_end_are_bad)
{
	static const char interim[] = "HTTP/1.1 100 \r\n\r\n";
	size_t octets = 0;

	memset(&answer, 0, sizeof(answer));
	while (octets < 1000000 && take(interim, sizeof(interim) - 1) == LA_ANSWER_MORE)
		octets += sizeof(interim) - 1;
	ck_assert_uint_le(octets, 2 * LA_ANSWER_HEAD_MAX);
}
END_TEST

START_TEST(a_long_body_is_counted)
{
	static char body[1 << 20];
	char head[64];
	const uint64_t pieces = 5000;

	snprintf(head, sizeof(head), OK_LINE "Content-Length: %lu\r\n\r\n",
			(unsigned long)(pieces * sizeof(body)));
	memset(&answer, 0, sizeof(answer));
	ck_assert_int_eq(take(head, strlen(head)), LA_ANSWER_MORE);
	for (uint64_t i = 1; i < pieces; i++)
		ck_assert_int_eq(take(body, sizeof(body)), LA_ANSWER_MORE);
	ck_assert_int_eq(take(body, sizeof(body)), LA_ANSWER_DONE);
	ck_assert_uint_eq(answer.body_len, pieces * sizeof(body));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("http answer");
	TCase *t = tcase_create("answer");

	tcase_add_loop_test(t, an_answer_is_the_same_cut_at_every_octet, 0, ANSWERS);
	tcase_add_loop_test(t, an_answer_is_the_same_whatever_head_is_known, 0, ANSWERS);
	tcase_add_loop_test(t, a_head_of_many_octets_is_read_each_time, 0, 4);
	tcase_add_loop_test(t, no_octet_is_missing_when_it_is_done, 0, ANSWERS);
	tcase_add_loop_test(t, what_is_bad_stays_bad, 0, ANSWERS);
	tcase_add_loop_test(t, a_head_without_end_is_bad, 0, 5);
	tcase_add_test(t, interim_answers_without_end_are_bad);
	tcase_add_test(t, a_long_body_is_counted);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
