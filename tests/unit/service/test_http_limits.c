/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes: bodies, heads, pipelines, and a pool that is empty. */
#include <stdio.h>

#include "http_text.h"

enum { MIB = 1 << 20, HEAD_MAX = 8192 };

#define HOST "Host: h\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST "\r\n"
#define HEAD "HEAD / HTTP/1.1\r\n" HOST "\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST

/* With 413 a response without Connection just fits where its first octets are kept. */
static const uint32_t body_lens[] = {
	0, 1, 63, 64, 412, 413, 414, 2047, 2048, 2049, 65536, MIB,
};

/* Fill and acknowledge what is queued in random pieces, each filled twice. */
static void
drain_random(struct peer *peer, uint32_t *seed)
{
	while (peer->queued > 0) {
		uint32_t offset = random_below(seed, peer->queued);
		uint32_t n = peer->queued - offset < 9000 ? peer->queued - offset : 9000;

		n = random_below(seed, n + 1);
		peer_fill(peer, offset, n);
		peer_ack(peer, random_below(seed, peer->queued < 30000 ? peer->queued + 1 : 30000));
		if (peer->queued > offset + n)
			peer_fill(peer, offset, n);
	}
}

START_TEST(a_body_of_any_length_is_the_same_again)
{
	struct la_service_params params = http_params(body_lens[_i]);
	uint32_t seed = (uint32_t)_i + 1;
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	for (int i = 0; i < 3; i++) {
		text_add_200(&peer.expect, body_lens[_i], SAYS_NOTHING, false);
		text_add_200(&peer.expect, body_lens[_i], SAYS_NOTHING, true);
		peer_send(&peer, GET HEAD, strlen(GET HEAD));
	}
	drain_random(&peer, &seed);
	peer_drain(&peer);
	ck_assert_uint_eq(peer.conn.word, 0);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

START_TEST(a_post_of_a_megabyte_is_taken)
{
	struct la_service_params params = http_params(10);
	uint32_t seed = (uint32_t)_i + 1;
	uint8_t *body = malloc(MIB);
	struct text text = { 0 };
	struct world world;
	struct peer peer;
	char head[100];

	ck_assert_ptr_nonnull(body);
	memset(body, 'x', MIB);
	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	text_add_100(&peer.expect);
	text_add_200(&peer.expect, 10, SAYS_NOTHING, false);
	text_add_200(&peer.expect, 10, SAYS_NOTHING, false);
	snprintf(head, sizeof(head), POST "%s\r\nExpect: 100-continue\r\n\r\n",
			_i % 2 ? "Transfer-Encoding: chunked" : "Content-Length: 1048576");
	text_adds(&text, head);
	text_adds(&text, _i % 2 ? "100000\r\n" : "");
	text_add(&text, body, MIB);
	text_adds(&text, _i % 2 ? "\r\n0\r\n\r\n" GET : GET);
	peer_send_random(&peer, &text, 5000, &seed);
	peer_drain(&peer);
	ck_assert_uint_eq(peer.conn.word, 0);
	peer_end(&peer);
	text_free(&text);
	free(body);
	world_close(&world);
}
END_TEST

/* A GET whose head is @p len octets, by a long URI or by many cookies. */
static void
add_long_get(struct text *text, size_t len, bool uri)
{
	static const char tail[] = " HTTP/1.1\r\n" HOST "\r\n";
	size_t start = text->len, spare;

	if (uri) {
		text_adds(text, "GET /");
		spare = len - (text->len - start) - strlen(tail);
		while (spare-- > 0)
			text_adds(text, "a");
		text_adds(text, tail);
		return;
	}
	text_adds(text, "GET / HTTP/1.1\r\n" HOST);
	while (text->len - start + 40 < len)
		text_adds(text, "Cookie: a=0123456789\r\n");
	text_adds(text, "C:");
	while (text->len - start + 4 < len)
		text_adds(text, "b");
	text_adds(text, "\r\n\r\n");
	ck_assert_uint_eq(text->len - start, len);
}

START_TEST(a_head_up_to_8_kib_is_taken_and_no_longer_one)
{
	static const uint32_t pieces[] = { 1, 7, 1448, 8191, 8192, 8193, 20000 };
	static const struct { size_t len; bool good; } lens[] = {
		{ 4000, true }, { HEAD_MAX - 1, true }, { HEAD_MAX, true }, { HEAD_MAX + 1, false },
		{ HEAD_MAX + 4, false }, { 2 * HEAD_MAX, false },
	};
	struct la_service_params params = http_params(10);
	uint32_t piece = pieces[_i / 12];
	size_t len = lens[_i % 12 / 2].len, sent = 0;
	struct text text = { 0 };
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	add_long_get(&text, len, _i % 2);
	if (lens[_i % 12 / 2].good)
		text_add_200(&peer.expect, 10, SAYS_NOTHING, false);
	else
		text_add_error(&peer.expect, 431);
	while (sent < text.len) {
		size_t n = text.len - sent < piece ? text.len - sent : piece;

		ck_assert_uint_eq(peer_offer(&peer, text.octets + sent, n), n);
		sent += n;
	}
	ck_assert(peer.closed == !lens[_i % 12 / 2].good);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	peer_drain(&peer);
	peer_end(&peer);
	text_free(&text);
	world_close(&world);
}
END_TEST

START_TEST(extensions_and_trailers_are_bounded)
{
	static const char *const starts[] = { "1;", "1 ", "0\r\nA: ", "0\r\nA" };
	struct la_service_params params = http_params(10);
	struct world world;
	struct peer peer;
	int n = 0;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	text_add_error(&peer.expect, 431);
	peer_send(&peer, POST "Transfer-Encoding: chunked\r\n\r\n",
			strlen(POST "Transfer-Encoding: chunked\r\n\r\n"));
	peer_send(&peer, starts[_i], strlen(starts[_i]));
	for (; !peer.closed && n < 10000; n++)
		peer_send(&peer, _i == 1 ? " " : "a", 1);
	ck_assert_int_gt(n, 8000);
	ck_assert_int_lt(n, 8200);
	peer_drain(&peer);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

/* wrk with a script sends many requests at once. */
START_TEST(a_deep_pipeline_of_one_kind_is_taken_at_once)
{
	struct la_service_params params = http_params(64);
	uint32_t depth = _i ? 1000 : 31, seed = 5;
	struct text text = { 0 };
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	for (uint32_t i = 0; i < depth; i++) {
		text_adds(&text, GET);
		text_add_200(&peer.expect, 64, SAYS_NOTHING, false);
	}
	ck_assert_uint_eq(peer_offer(&peer, text.octets, text.len), text.len);
	ck_assert_uint_eq(la_service_in_use(world.service), (uint32_t)_i);
	drain_random(&peer, &seed);
	peer_drain(&peer);
	ck_assert_uint_eq(peer.conn.word, 0);
	peer_end(&peer);
	text_free(&text);
	world_close(&world);
}
END_TEST

START_TEST(a_mixed_pipeline_is_taken_up_to_a_whole_response)
{
	struct la_service_params params = http_params(64);
	struct text text = { 0 };
	struct world world;
	struct peer peer;
	uint32_t taken;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	for (int i = 0; i < 20; i++) {
		text_adds(&text, GET HEAD);
		text_add_200(&peer.expect, 64, SAYS_NOTHING, false);
		text_add_200(&peer.expect, 64, SAYS_NOTHING, true);
	}
	taken = peer_offer(&peer, text.octets, text.len);
	ck_assert_uint_gt(taken, 0);
	ck_assert_uint_lt(taken, text.len);
	/* Up to the end of a request. */
	ck_assert_mem_eq(text.octets + taken - 4, "\r\n\r\n", 4);
	ck_assert_uint_eq(peer_room(&peer), 0);
	ck_assert_uint_eq(peer_offer(&peer, text.octets + taken, text.len - taken), 0);
	ck_assert_uint_eq(peer_offer(&peer, "G", 1), 0);
	peer_fill(&peer, 0, peer.queued);
	peer_ack(&peer, peer.queued);
	ck_assert_uint_eq(peer_room(&peer), UINT32_MAX);
	peer_send(&peer, text.octets + taken, text.len - taken);
	peer_drain(&peer);
	ck_assert_uint_eq(peer.conn.word, 0);
	peer_end(&peer);
	text_free(&text);
	world_close(&world);
}
END_TEST

/* Its response has a place, so the body need not wait for those before it. */
START_TEST(a_body_is_taken_behind_a_full_queue)
{
	static const char head[] = POST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";
	struct la_service_params params = http_params(64);
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	for (int i = 0; i < 6; i++) {
		text_add_200(&peer.expect, 64, SAYS_NOTHING, i % 2);
		ck_assert_uint_gt(peer_offer(&peer, i % 2 ? HEAD : GET, strlen(i % 2 ? HEAD : GET)),
				0);
	}
	text_add_100(&peer.expect);
	text_add_200(&peer.expect, 64, SAYS_NOTHING, false);
	ck_assert_uint_eq(peer_offer(&peer, head, sizeof(head) - 1), sizeof(head) - 1);
	ck_assert_uint_eq(peer_room(&peer), UINT32_MAX);
	ck_assert_uint_eq(peer_offer(&peer, "abcGET", 6), 3);
	ck_assert_uint_eq(peer_room(&peer), 0);
	peer_drain(&peer);
	ck_assert_uint_eq(peer.conn.word, 0);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

START_TEST(octets_queued_are_bounded)
{
	struct la_service_params params = http_params(MIB);
	struct world world;
	struct peer peer;
	uint32_t n = 0;

	/* The expected stream would be a quarter of a GiB: drive the service itself. */
	world_open(&world, "http", &params);
	peer = (struct peer){ .world = &world };
	while (n < 10000 && world.service->ops->data(world.service, &peer.conn,
			(const uint8_t *)GET, strlen(GET)) > 0)
		n++;
	ck_assert_uint_gt(n, 200);
	ck_assert_uint_lt(n, 300);
	ck_assert_uint_eq(peer_room(&peer), 0);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

START_TEST(an_empty_pool_holds_back_only_what_needs_an_object)
{
	struct la_service_params params = http_params(64);
	struct world world;
	struct peer slow, fast;

	params.buffers = 1;
	world_open(&world, "http", &params);
	peer_open(&slow, &world);
	peer_open(&fast, &world);
	text_add_200(&slow.expect, 64, SAYS_NOTHING, false);
	for (int i = 0; i < 33; i++)
		text_add_200(&fast.expect, 64, SAYS_NOTHING, false);
	text_add_200(&fast.expect, 64, SAYS_NOTHING, true);
	peer_send(&slow, GET, 5);
	/* Whole requests of one kind need none. */
	for (int i = 0; i < 31; i++)
		ck_assert_uint_eq(peer_offer(&fast, GET, strlen(GET)), strlen(GET));
	/* The next does, and so do another kind, a part of one and a body. */
	ck_assert_uint_eq(peer_room(&fast), 0);
	ck_assert_uint_eq(peer_offer(&fast, GET, strlen(GET)), 0);
	ck_assert_uint_eq(peer_offer(&fast, HEAD, strlen(HEAD)), 0);
	ck_assert_uint_eq(peer_offer(&fast, GET, 5), 0);
	ck_assert_uint_eq(peer_offer(&fast, POST "Content-Length: 1\r\n\r\nx",
			strlen(POST "Content-Length: 1\r\n\r\nx")), 0);
	/* Those that come first are taken all the same. */
	peer_fill(&fast, 0, fast.queued);
	peer_ack(&fast, fast.queued);
	ck_assert_uint_eq(peer_room(&fast), UINT32_MAX);
	ck_assert_uint_eq(peer_offer(&fast, GET "GET /", strlen(GET) + 5), strlen(GET));
	/* With the object given back, all goes on. */
	peer_send(&slow, &GET[5], strlen(&GET[5]));
	peer_drain(&slow);
	ck_assert_uint_eq(peer_offer(&fast, GET, 5), 5);
	peer_send(&fast, &GET[5], strlen(&GET[5]));
	peer_send(&fast, HEAD, strlen(HEAD));
	peer_drain(&fast);
	peer_end(&slow);
	peer_end(&fast);
	world_close(&world);
}
END_TEST

/* Where a connection can be when its peer closes or vanishes. */
static const struct { const char *sent; int responses; } leaves[] = {
	{ "", 0 }, { "GET / HT", 0 }, { GET "GET", 1 }, { GET GET "GET", 2 }, { GET, 1 },
	{ POST "Content-Length: 9\r\n\r\nabc", 0 },
	{ POST "Transfer-Encoding: chunked\r\n\r\n5\r\na", 0 },
	{ GET POST "Content-Length: 9\r\n\r\nabc", 1 },
};

START_TEST(fin_drops_a_partial_request_and_closes_after_the_rest)
{
	struct la_service_params params = http_params(64);
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	for (int i = 0; i < leaves[_i].responses; i++)
		text_add_200(&peer.expect, 64, SAYS_NOTHING, false);
	ck_assert_uint_eq(peer_offer(&peer, leaves[_i].sent, strlen(leaves[_i].sent)),
			strlen(leaves[_i].sent));
	ck_assert(!peer.closed);
	peer_fin(&peer);
	ck_assert(peer.closed);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	peer_drain(&peer);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

START_TEST(end_gives_back_all_at_any_point)
{
	struct la_service_params params = http_params(64);
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	for (int i = 0; i < leaves[_i].responses; i++)
		text_add_200(&peer.expect, 64, SAYS_NOTHING, false);
	peer_offer(&peer, leaves[_i].sent, strlen(leaves[_i].sent));
	peer_end(&peer);
	world_close(&world);
}
END_TEST

/* What was sent before it was late, and the responses in front of the 408. */
static const struct { const char *sent; int gets, heads; bool go_on; } lates[] = {
	{ "G", 0, 0, false }, { GET "GET / HTTP/1.1\r\n", 1, 0, false },
	{ GET GET HEAD "P", 2, 1, false }, { POST "Content-Length: 9\r\n\r\nabc", 0, 0, false },
	{ GET POST "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", 1, 0, true },
	/* As many kinds as may be. */
	{ GET HEAD GET HEAD GET HEAD POST "Content-Length: 9\r\nExpect: 100-continue\r\n\r\n",
		-3, -3, true },
};

static void
expect_late(struct text *text, int i)
{
	const int gets = abs(lates[i].gets), heads = abs(lates[i].heads);

	for (int n = 0; n < gets; n++) {
		text_add_200(text, 64, SAYS_NOTHING, false);
		/* By turns, or first the ones and then the others. */
		if (lates[i].gets < 0 && n < heads)
			text_add_200(text, 64, SAYS_NOTHING, true);
	}
	for (int n = 0; lates[i].gets >= 0 && n < heads; n++)
		text_add_200(text, 64, SAYS_NOTHING, true);
	if (lates[i].go_on)
		text_add_100(text);
	text_add_error(text, 408);
}

START_TEST(a_late_request_draws_408_behind_what_was_queued)
{
	struct la_service_params params = http_params(64);
	const int i = _i / 2;
	uint32_t seed = 3;
	struct world world;
	struct peer peer;

	params.head_us = 1000000;
	params.body_us = 1000000;
	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	expect_late(&peer.expect, i);
	peer.conn.id = 7;
	ck_assert_uint_eq(peer_offer(&peer, lates[i].sent, strlen(lates[i].sent)),
			strlen(lates[i].sent));
	if (_i % 2)
		peer_ack(&peer, peer.queued);
	ck_assert_uint_eq(world.service->ops->due(world.service, 999999), 0);
	ck_assert_uint_eq(world.service->ops->due(world.service, 1000000), 7);
	peer_expire(&peer, 1000000);
	ck_assert(peer.closed && !peer.aborted);
	ck_assert_uint_eq(world.service->ops->due(world.service, 1000000), 0);
	/* What comes now is ignored. */
	ck_assert_uint_eq(peer_offer(&peer, "ET / HTTP/1.1\r\n" HOST "\r\n", 27), 27);
	drain_random(&peer, &seed);
	peer_drain(&peer);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

/* A stack that drains refuses what is sent behind its own CLOSE: what was queued before
 * must still be right. */
START_TEST(responses_that_were_refused_do_not_move_those_before)
{
	struct la_service_params params = http_params(64);
	struct world world;
	struct peer peer;

	world_open(&world, "http", &params);
	peer_open(&peer, &world);
	text_add_200(&peer.expect, 64, SAYS_NOTHING, true);
	peer_send(&peer, HEAD, strlen(HEAD));
	peer_ack(&peer, 10);
	ck_assert_uint_eq(world.service->ops->data(world.service, &peer.conn,
			(const uint8_t *)GET, strlen(GET)), strlen(GET));
	peer.conn.send = 0;
	peer_fill(&peer, 0, peer.queued);
	peer_drain(&peer);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

static Suite *
limits_suite(void)
{
	Suite *suite = suite_create("service_http_limits");
	TCase *tc = tcase_create("limits");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_body_of_any_length_is_the_same_again, 0, 12);
	tcase_add_loop_test(tc, a_post_of_a_megabyte_is_taken, 0, 4);
	tcase_add_loop_test(tc, a_head_up_to_8_kib_is_taken_and_no_longer_one, 0, 7 * 12);
	tcase_add_loop_test(tc, extensions_and_trailers_are_bounded, 0, 4);
	tcase_add_loop_test(tc, a_deep_pipeline_of_one_kind_is_taken_at_once, 0, 2);
	tcase_add_test(tc, a_mixed_pipeline_is_taken_up_to_a_whole_response);
	tcase_add_test(tc, a_body_is_taken_behind_a_full_queue);
	tcase_add_test(tc, octets_queued_are_bounded);
	tcase_add_test(tc, an_empty_pool_holds_back_only_what_needs_an_object);
	tcase_add_loop_test(tc, fin_drops_a_partial_request_and_closes_after_the_rest, 0, 8);
	tcase_add_loop_test(tc, end_gives_back_all_at_any_point, 0, 8);
	tcase_add_loop_test(tc, a_late_request_draws_408_behind_what_was_queued, 0, 12);
	tcase_add_test(tc, responses_that_were_refused_do_not_move_those_before);
	suite_add_tcase(suite, tc);
	return suite;
}

LA_CHECK_MAIN(limits_suite)
