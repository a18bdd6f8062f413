/* SPDX-License-Identifier: BSD-3-Clause */
/* Echo: every octet back, and never more memory than the rings of the pool. */
#include "peer.h"

enum { WINDOW = 1000, RING = 1024 };

static const struct la_service_params params = {
	.connections = 8, .window = WINDOW, .buffers = 2,
};

static void
fill_random(struct text *text, size_t len, uint32_t *seed)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t octet = (uint8_t)random_below(seed, 256);

		text_add(text, &octet, 1);
	}
}

START_TEST(all_octets_come_back_whatever_the_pieces)
{
	uint32_t seed = (uint32_t)_i + 1;
	struct world world;
	struct peer peer;
	struct text text = { 0 };

	world_open(&world, "echo", &params);
	peer_open(&peer, &world);
	fill_random(&text, 20000, &seed);
	text_add(&peer.expect, text.octets, text.len);
	peer_send_random(&peer, &text, _i % 2 ? 7 : 3000, &seed);
	peer_fin(&peer);
	ck_assert(peer.closed);
	peer_drain(&peer);
	ck_assert_uint_eq(peer.conn.word, 0);
	peer_end(&peer);
	text_free(&text);
	world_close(&world);
}
END_TEST

START_TEST(room_is_what_is_free)
{
	static const uint8_t zeros[2 * RING];
	struct world world;
	struct peer peer;

	world_open(&world, "echo", &params);
	peer_open(&peer, &world);
	text_add(&peer.expect, zeros, sizeof(zeros));
	ck_assert_uint_eq(peer_room(&peer), RING);
	ck_assert_uint_eq(peer_offer(&peer, zeros, 0), 0);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	ck_assert_uint_eq(peer_offer(&peer, zeros, 24), 24);
	ck_assert_uint_eq(peer_room(&peer), WINDOW);
	ck_assert_uint_eq(peer_offer(&peer, zeros, sizeof(zeros)), WINDOW);
	ck_assert_uint_eq(peer_room(&peer), 0);
	ck_assert_uint_eq(peer_offer(&peer, zeros, 1), 0);
	peer_ack(&peer, 5);
	ck_assert_uint_eq(peer_room(&peer), 5);
	peer_ack(&peer, RING - 5);
	ck_assert_uint_eq(peer_room(&peer), RING);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

START_TEST(with_no_ring_left_nothing_is_taken_until_one_comes_back)
{
	struct world world;
	struct peer peer[3];

	world_open(&world, "echo", &params);
	for (int i = 0; i < 3; i++) {
		peer_open(&peer[i], &world);
		text_adds(&peer[i].expect, "abc");
	}
	ck_assert_uint_eq(peer_offer(&peer[0], "abc", 3), 3);
	ck_assert_uint_eq(peer_offer(&peer[1], "abc", 3), 3);
	ck_assert_uint_eq(peer_room(&peer[2]), 0);
	ck_assert_uint_eq(peer_offer(&peer[2], "abc", 3), 0);
	ck_assert_uint_eq(peer[2].conn.word, 0);
	peer_drain(&peer[0]);
	ck_assert_uint_eq(peer_room(&peer[2]), RING);
	ck_assert_uint_eq(peer_offer(&peer[2], "abc", 3), 3);
	peer_drain(&peer[2]);
	/* One ends with octets still queued. */
	ck_assert_uint_eq(la_service_in_use(world.service), 1);
	for (int i = 0; i < 3; i++)
		peer_end(&peer[i]);
	world_close(&world);
}
END_TEST

START_TEST(a_ring_holds_the_whole_window)
{
	static const uint32_t windows[] = { 0, 1, 64, 65, 65535, 65536, 1 << 20 };
	struct la_service_params p = params;
	struct world world;
	struct peer peer;

	p.window = windows[_i];
	world_open(&world, "echo", &p);
	peer_open(&peer, &world);
	ck_assert_uint_ge(peer_room(&peer), p.window);
	ck_assert_uint_gt(peer_room(&peer), 0);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

/* Grown, turned and refilled at any place: every octet comes back in order. */
START_TEST(a_ring_that_grows_is_exact)
{
	enum { OCTETS = 60000 };
	struct la_service_params p = params;
	uint32_t seed = (uint32_t)_i + 1, sent = 0;
	struct world world;
	struct peer peer;
	struct text text = { 0 };

	p.window = 200;
	p.window_max = 256 * (2 + (uint32_t)_i % 15);
	p.buffers = 40;
	world_open(&world, "echo", &p);
	peer_open(&peer, &world);
	fill_random(&text, OCTETS, &seed);
	text_add(&peer.expect, text.octets, text.len);
	while (sent < OCTETS) {
		const uint32_t left = OCTETS - sent, n = 1 + random_below(&seed, 700);

		sent += peer_offer(&peer, text.octets + sent, n < left ? n : left);
		ck_assert_uint_le(peer.queued, p.window_max);
		if (peer.queued > 0) {
			const uint32_t from = random_below(&seed, peer.queued);

			peer_fill(&peer, from, 1 + random_below(&seed, peer.queued - from));
		}
		/* Now and then it fills up, or drains. */
		if (random_below(&seed, 3) > 0)
			peer_ack(&peer, random_below(&seed, peer.queued + 1));
	}
	peer_drain(&peer);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	peer_end(&peer);
	text_free(&text);
	world_close(&world);
}
END_TEST

/* A ring grows while half of the buffers are free; a quarter of them it leaves in any case. */
START_TEST(a_ring_grows_while_buffers_are_plenty)
{
	static const uint8_t zeros[16 * RING];
	static const uint32_t taken[] = { 12, 3, 1 };
	struct la_service_params p = params;
	struct world world;
	struct peer peer[3];

	p.window_max = 16 * RING;
	p.buffers = 20;
	world_open(&world, "echo", &p);
	for (int i = 0; i < 3; i++) {
		peer_open(&peer[i], &world);
		text_add(&peer[i].expect, zeros, taken[i] * RING);
	}
	ck_assert_uint_eq(peer_room(&peer[0]), 11 * RING);
	ck_assert_uint_eq(peer_offer(&peer[0], zeros, 8 * RING), 8 * RING);
	ck_assert_uint_eq(la_service_in_use(world.service), 8);
	ck_assert_uint_eq(peer_room(&peer[0]), 2 * RING);
	/* Told of two buffers more, as the other is; and both may be sent what they were told of. */
	ck_assert_uint_eq(peer_room(&peer[1]), 3 * RING);
	ck_assert_uint_eq(peer_offer(&peer[0], zeros, 2 * RING), 2 * RING);
	ck_assert_uint_eq(peer_offer(&peer[1], zeros, 3 * RING), 3 * RING);
	ck_assert_uint_eq(peer_room(&peer[0]), 0);
	ck_assert_uint_eq(peer_room(&peer[1]), 0);
	ck_assert_uint_eq(peer_room(&peer[2]), RING);
	ck_assert_uint_eq(peer_offer(&peer[0], zeros, 16 * RING), 2 * RING);
	ck_assert_uint_eq(la_service_in_use(world.service), 15);
	ck_assert_uint_eq(peer_offer(&peer[2], zeros, 5 * RING), RING);
	for (int i = 0; i < 3; i++)
		peer_drain(&peer[i]);
	ck_assert_uint_eq(la_service_in_use(world.service), 0);
	for (int i = 0; i < 3; i++)
		peer_end(&peer[i]);
	world_close(&world);
}
END_TEST

static Suite *
echo_suite(void)
{
	Suite *suite = suite_create("la_service__echo");
	TCase *tc = tcase_create("echo");

	tcase_add_loop_test(tc, all_octets_come_back_whatever_the_pieces, 0, 10);
	tcase_add_test(tc, room_is_what_is_free);
	tcase_add_test(tc, with_no_ring_left_nothing_is_taken_until_one_comes_back);
	tcase_add_loop_test(tc, a_ring_holds_the_whole_window, 0, 7);
	tcase_add_loop_test(tc, a_ring_that_grows_is_exact, 0, 60);
	tcase_add_test(tc, a_ring_grows_while_buffers_are_plenty);
	suite_add_tcase(suite, tc);
	return suite;
}

LA_CHECK_MAIN(echo_suite)
