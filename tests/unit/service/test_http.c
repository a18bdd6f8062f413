/* SPDX-License-Identifier: BSD-3-Clause */
/* One connection: what each request draws, whole, cut anywhere and in random pieces. */
#include <stdio.h>

#include "http_text.h"

enum { BODY = 100 };

#define HOST "Host: 10.77.0.2\r\n"
#define GET_1_1 "GET / HTTP/1.1\r\n" HOST
#define POST_1_1 "POST / HTTP/1.1\r\n" HOST
#define OPTIONS_1_1 "OPTIONS / HTTP/1.1\r\n" HOST
#define CHUNKED POST_1_1 "Transfer-Encoding: chunked\r\n\r\n"

/* What a request draws. A status over 399 closes. */
static const struct {
	const char *request;
	int status;
	enum says says;
	bool head, go_on;               /* No body; 100 first. */
} cases[] = {
	{ GET_1_1 "\r\n", 200, SAYS_NOTHING, false, false },
	{ "\r\n" GET_1_1 "\r\n", 200, SAYS_NOTHING, false, false },
	{ "HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, SAYS_NOTHING, true, false },
	{ POST_1_1 "\r\n", 200, SAYS_NOTHING, false, false },
	{ GET_1_1 "Connection: close\r\n\r\n", 200, SAYS_CLOSE, false, false },
	{ GET_1_1 "Connection: Upgrade,CLOSE\r\n\r\n", 200, SAYS_CLOSE, false, false },
	{ GET_1_1 "Connection: keep-alive, Upgrade\r\n\r\n", 200, SAYS_NOTHING, false, false },
	{ GET_1_1 "Connection: keep-alive\r\nConnection: close\r\n\r\n", 200, SAYS_CLOSE, false,
			false },
	{ "HEAD / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 200, SAYS_CLOSE, true, false },
	{ "GET / HTTP/1.0\r\n\r\n", 200, SAYS_CLOSE, false, false },
	{ "HEAD / HTTP/1.0\r\n\r\n", 200, SAYS_CLOSE, true, false },
	/* ab -k */
	{ "GET /index.html HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: 10.77.0.2\r\n"
			"User-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n",
			200, SAYS_KEEP_ALIVE, false, false },
	{ "HEAD / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 200, SAYS_KEEP_ALIVE, true, false },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", 200, SAYS_CLOSE, false, false },
	{ GET_1_1 "Cookie: a=b; c=\"d e\"; f=\x80\xff\r\nCookie:\r\n\r\n", 200, SAYS_NOTHING, false,
			false },

	/* RFC 9110, 9.3.7: a health check's, as HAProxy and others have it. */
	{ OPTIONS_1_1 "\r\n", 204, SAYS_NOTHING, false, false },
	{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 204, SAYS_NOTHING, false, false },
	{ "OPTIONS http://10.77.0.2/a?b HTTP/1.1\r\n" HOST "Max-Forwards: 0\r\n\r\n", 204,
			SAYS_NOTHING, false, false },
	{ OPTIONS_1_1 "Connection: close\r\n\r\n", 204, SAYS_CLOSE, false, false },
	{ "OPTIONS / HTTP/1.0\r\n\r\n", 204, SAYS_CLOSE, false, false },
	{ "OPTIONS * HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", 204, SAYS_CLOSE, false, false },
	{ OPTIONS_1_1 "Content-Length: 5\r\n\r\nGET /", 204, SAYS_NOTHING, false, false },
	{ OPTIONS_1_1 "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 204, SAYS_NOTHING,
			false, false },
	{ OPTIONS_1_1 "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na", 204, SAYS_NOTHING,
			false, true },

	/* Bodies. */
	{ POST_1_1 "Content-Length: 5\r\n\r\nGET /", 200, SAYS_NOTHING, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 200, SAYS_NOTHING, false, false },
	{ POST_1_1 "Content-Length: 3\r\nConnection: close\r\n\r\nabc", 200, SAYS_CLOSE, false,
			false },
	{ "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", 200, SAYS_CLOSE, false, false },
	{ POST_1_1 "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", 200, SAYS_NOTHING, false,
			true },
	{ POST_1_1 "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200,
			SAYS_NOTHING, false, true },
	{ POST_1_1 "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n", 200, SAYS_NOTHING, false,
			false },
	{ "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", 200, SAYS_CLOSE,
			false, false },
	{ "POST / HTTP/1.0\r\nExpect: a cake\r\nContent-Length: 1\r\n\r\na", 200, SAYS_CLOSE, false,
			false },
	{ CHUNKED "0000000001\r\na\r\n0000000001\r\nb\r\n0\r\n\r\n", 200, SAYS_NOTHING, false,
			false },
	{ CHUNKED "0\r\n\r\n", 200, SAYS_NOTHING, false, false },
	{ CHUNKED "5\r\nabcde\r\n00a;x=\"y\r\n0123456789\r\n0\r\n\r\n", 200, SAYS_NOTHING, false,
			false },
	{ CHUNKED "1 \t ;x\r\na\r\nF;y\r\n0123456789abcde\r\n0;z\r\nA: b\r\nC:\r\n\r\n", 200,
			SAYS_NOTHING, false, false },

	/* Refused: each closes. */
	{ "GET / HTTP/1.1\r\n\r\n", 400, SAYS_CLOSE, false, false },
	{ "GET /\r\n", 400, SAYS_CLOSE, false, false },
	{ POST_1_1 "Content-Length: x\r\n\r\n", 400, SAYS_CLOSE, false, false },
	{ POST_1_1 "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, SAYS_CLOSE,
			false, false },
	{ POST_1_1 "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, SAYS_CLOSE, false, false },
	{ "DELETE / HTTP/1.1\r\n" HOST "\r\n", 405, SAYS_CLOSE, false, false },
	{ "get / HTTP/1.1\r\n" HOST "\r\n", 405, SAYS_CLOSE, false, false },
	{ "options / HTTP/1.1\r\n" HOST "\r\n", 405, SAYS_CLOSE, false, false },
	{ "OPTION / HTTP/1.1\r\n" HOST "\r\n", 405, SAYS_CLOSE, false, false },
	{ "OPTIONS * HTTP/2.0\r\n\r\n", 505, SAYS_CLOSE, false, false },
	{ "OPTIONS / HTTP/1.1\r\n\r\n", 400, SAYS_CLOSE, false, false },
	{ OPTIONS_1_1 "Expect: a cake\r\nContent-Length: 1\r\n\r\n", 417, SAYS_CLOSE, false, false },
	{ OPTIONS_1_1 "Content-Length: 1073741825\r\n\r\n", 413, SAYS_CLOSE, false, false },
	{ "PUT / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\n", 405, SAYS_CLOSE, false, false },
	{ POST_1_1 "Content-Length: 1073741825\r\n\r\n", 413, SAYS_CLOSE, false, false },
	{ POST_1_1 "Content-Length: 99999999999999999999999\r\n\r\n", 413, SAYS_CLOSE, false, false },
	{ POST_1_1 "Expect: 100-continue\r\nContent-Length: 2000000000\r\n\r\n", 413, SAYS_CLOSE,
			false, false },
	{ POST_1_1 "Expect: a cake\r\nContent-Length: 1\r\n\r\n", 417, SAYS_CLOSE, false, false },
	{ "GET / HTTP/2.0\r\n\r\n", 505, SAYS_CLOSE, false, false },
	{ "PRI * HTTP/2.0\r\n\r\n", 505, SAYS_CLOSE, false, false },
	{ "GET / HTTP/0.9\r\n\r\n", 505, SAYS_CLOSE, false, false },
	{ "\x16\x03\x01", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "\r\n", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "g\r\n", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "-1\r\n", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "0x1\r\n", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "1\n", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "1 \r", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "1;a\n", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "1\r\na\r\n\r\n", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "1\r\nabc", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "1\r\na\rb", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "00000000000000001", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "40000001\r\n", 413, SAYS_CLOSE, false, false },
	{ CHUNKED "1\r\na\r\n40000000\r\n", 413, SAYS_CLOSE, false, false },
	{ CHUNKED "ffffffffffffffff\r\n", 413, SAYS_CLOSE, false, false },
	{ CHUNKED "0\r\n: x", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "0\r\nA b", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "0\r\nA: b\n", 400, SAYS_CLOSE, false, false },
	{ CHUNKED "0\r\nA: b\x01", 400, SAYS_CLOSE, false, false },
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static void
expect_case(struct peer *peer, int i)
{
	if (cases[i].go_on)
		text_add_100(&peer->expect);
	if (cases[i].status == 200)
		text_add_200(&peer->expect, BODY, cases[i].says, cases[i].head);
	else if (cases[i].status == 204)
		text_add_204(&peer->expect, cases[i].says);
	else
		text_add_error(&peer->expect, cases[i].status);
}

/* The response is all there; the connection goes on or ignores what comes. */
static void
finish_case(struct peer *peer, int i)
{
	static const char late[] = GET_1_1 "\r\n\x01";

	ck_assert_msg(peer->acked + peer->queued == peer->expect.len, "%s", cases[i].request);
	ck_assert(peer->closed == (cases[i].says == SAYS_CLOSE));
	ck_assert(!peer->aborted);
	ck_assert_uint_eq(peer_room(peer), UINT32_MAX);
	if (peer->closed) {
		ck_assert_uint_eq(peer_offer(peer, late, sizeof(late)), sizeof(late));
		peer_fin(peer);
	}
	peer_drain(peer);
	/* What is idle, or only waits for the end, keeps no object. */
	ck_assert_uint_eq(la_service_in_use(peer->world->service), 0);
	if (!peer->closed)
		ck_assert_uint_eq(peer->conn.word, 0);
}

START_TEST(each_request_draws_its_response_cut_anywhere)
{
	struct la_service_params params = http_params(BODY);
	size_t len = strlen(cases[_i].request);
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	for (size_t cut = 0; cut <= len; cut++) {
		peer_open(&peer, &world);
		expect_case(&peer, _i);
		ck_assert_uint_eq(peer_offer(&peer, cases[_i].request, cut), cut);
		ck_assert_uint_eq(peer_offer(&peer, cases[_i].request + cut, len - cut), len - cut);
		finish_case(&peer, _i);
		peer_end(&peer);
	}
	world_close(&world);
}
END_TEST

START_TEST(each_request_draws_its_response_octet_by_octet)
{
	struct la_service_params params = http_params(BODY);
	size_t len = strlen(cases[_i].request);
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	expect_case(&peer, _i);
	for (size_t at = 0; at < len; at++)
		ck_assert_uint_eq(peer_offer(&peer, cases[_i].request + at, 1), 1);
	finish_case(&peer, _i);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

START_TEST(close_after_response_says_so_and_closes)
{
	struct la_service_params params = http_params(BODY);
	struct world world;
	struct peer peer;

	if (cases[_i].status >= 400)
		return;
	params.close_after_response = true;
	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	if (cases[_i].go_on)
		text_add_100(&peer.expect);
	if (cases[_i].status == 200)
		text_add_200(&peer.expect, BODY, SAYS_CLOSE, cases[_i].head);
	else
		text_add_204(&peer.expect, SAYS_CLOSE);
	peer_send(&peer, cases[_i].request, strlen(cases[_i].request));
	ck_assert(peer.closed);
	peer_drain(&peer);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

/* Any mix of requests, in any pieces, with any fills and ACKs between. */
START_TEST(a_random_pipeline_draws_its_responses_in_order)
{
	struct la_service_params params = http_params(BODY);
	uint32_t seed = (uint32_t)_i * 77 + 1;
	struct text text = { 0 };
	struct world world;
	struct peer peer;
	int wanted = 40, i;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	do {
		i = (int)random_below(&seed, CASES);
		/* One that closes only as the last. */
		if (cases[i].says == SAYS_CLOSE && wanted > 1)
			continue;
		text_adds(&text, cases[i].request);
		expect_case(&peer, i);
		wanted--;
	} while (wanted > 0);
	peer_send_random(&peer, &text, _i % 3 ? 300 : 3, &seed);
	ck_assert(peer.closed == (cases[i].says == SAYS_CLOSE));
	peer_fin(&peer);
	peer_drain(&peer);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	peer_end(&peer);
	text_free(&text);
	world_close(&world);
}
END_TEST

static Suite *
http_suite(void)
{
	Suite *suite = suite_create("la_service__http");
	TCase *tc = tcase_create("http");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, each_request_draws_its_response_cut_anywhere, 0, CASES);
	tcase_add_loop_test(tc, each_request_draws_its_response_octet_by_octet, 0, CASES);
	tcase_add_loop_test(tc, close_after_response_says_so_and_closes, 0, CASES);
	tcase_add_loop_test(tc, a_random_pipeline_draws_its_responses_in_order, 0, 60);
	suite_add_tcase(suite, tc);
	return suite;
}

LA_CHECK_MAIN(http_suite)
