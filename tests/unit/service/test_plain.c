/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of names, and the services that keep nothing: discard, close, reset. */
#include "peer.h"

static const struct la_service_params params = { .connections = 4, .window = 1024, .buffers = 2 };

START_TEST(every_name_is_known_and_no_other)
{
	static const char *const names[] = { "discard", "echo", "close", "reset", "http" };
	struct la_arena arena = { 0 };
	struct world world;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert(la_service_known(names[i]));
		world_open(&world, names[i], &params);
		world_close(&world);
	}
	ck_assert(!la_service_known("HTTP") && !la_service_known("") && !la_service_known("htt"));
	ck_assert_ptr_null(la_service_make("chargen", &params, &arena));
	ck_assert_uint_eq(arena.used, 0);
}
END_TEST

START_TEST(parameters_out_of_range_make_no_service)
{
	struct la_service_params bad = params;
	struct la_arena arena = { 0 };

	bad.body_len = (1 << 20) + 1;
	ck_assert_ptr_null(la_service_make("http", &bad, &arena));
	bad.window = (1 << 30) + 1;
	ck_assert_ptr_null(la_service_make("echo", &bad, &arena));
}
END_TEST

START_TEST(a_service_of_the_callers_own_has_no_objects)
{
	static const struct la_service_ops ops = { .name = "own" };
	struct la_service own = { .ops = &ops };

	ck_assert_uint_eq(la_service_in_use(&own), 0);
}
END_TEST

START_TEST(discard_takes_all_and_closes_after_the_peer)
{
	struct world world;
	struct peer peer;

	world_open(&world, "discard", &params);
	peer_open(&peer, &world);
	ck_assert_uint_eq(peer_offer(&peer, "abc", 3), 3);
	ck_assert(!peer.closed);
	ck_assert_uint_eq(peer_room(&peer), UINT32_MAX);
	peer_fin(&peer);
	ck_assert(peer.closed && !peer.aborted);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

START_TEST(close_closes_first_and_still_takes)
{
	struct world world;
	struct peer peer;

	world_open(&world, "close", &params);
	peer_open(&peer, &world);
	ck_assert(peer.closed && !peer.aborted);
	ck_assert_uint_eq(peer_offer(&peer, "abc", 3), 3);
	ck_assert(!peer.aborted);
	peer_fin(&peer);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

START_TEST(reset_aborts_at_the_first_data)
{
	struct world world;
	struct peer peer;

	world_open(&world, "reset", &params);
	peer_open(&peer, &world);
	ck_assert(!peer.closed && !peer.aborted);
	peer_offer(&peer, "a", 1);
	ck_assert(peer.aborted && !peer.closed);
	peer_end(&peer);
	world_close(&world);
}
END_TEST

static Suite *
plain_suite(void)
{
	Suite *suite = suite_create("service_plain");
	TCase *tc = tcase_create("plain");

	tcase_add_test(tc, every_name_is_known_and_no_other);
	tcase_add_test(tc, parameters_out_of_range_make_no_service);
	tcase_add_test(tc, a_service_of_the_callers_own_has_no_objects);
	tcase_add_test(tc, discard_takes_all_and_closes_after_the_peer);
	tcase_add_test(tc, close_closes_first_and_still_takes);
	tcase_add_test(tc, reset_aborts_at_the_first_data);
	suite_add_tcase(suite, tc);
	return suite;
}

LA_CHECK_MAIN(plain_suite)
