/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys: cores agree, epochs pass, hosts share a file. */
#include "fixture.h"

enum { PEER_ISN = 12345 };

static const struct la_cookie_opts offer = { .mss_class = 6, .timestamps = true,
	.wscale_ok = true, .wscale = 7, .sack = true };
static const struct la_cookie_opts bare = { .mss_class = 6 };

/* One makes, the other checks, each by a clock of its own. */
static bool
crosses(const struct la_cookie *maker, uint64_t made_us, const struct la_cookie *checker,
		uint64_t checked_us, const struct la_cookie_opts *in)
{
	struct la_cookie_tuple tuple = fixture_tuple(0);
	struct la_cookie_opts out;
	uint32_t tsval;
	uint32_t isn = la_cookie_make(maker, &tuple, PEER_ISN, in, made_us, &tsval);

	return la_cookie_check(checker, &tuple, PEER_ISN, isn + 1, in->timestamps ? &tsval : NULL,
			checked_us, &out);
}

START_TEST(cores_with_one_secret_agree_at_any_age)
{
	struct la_cookie early = fixture_cookie(NOW_US - 10 * EPOCH_US);
	struct la_cookie late = fixture_cookie(NOW_US);

	/* Whether or not each has rotated yet. */
	ck_assert(crosses(&early, NOW_US, &late, NOW_US, &offer));
	ck_assert(crosses(&late, NOW_US, &early, NOW_US, &offer));
	la_cookie_rotate(&early, NOW_US);
	ck_assert(crosses(&early, NOW_US, &late, NOW_US, &offer));
	ck_assert(crosses(&late, NOW_US, &early, NOW_US, &offer));
}
END_TEST

START_TEST(another_secret_opens_nothing)
{
	const struct la_key other_secret = { { fixture_secret.k[0], fixture_secret.k[1] ^ 1 } };
	struct la_cookie cookie = fixture_cookie(NOW_US), other;

	la_cookie_init(&other, &other_secret, 0, NOW_US);
	ck_assert(!crosses(&cookie, NOW_US, &other, NOW_US, &offer));
	ck_assert(!crosses(&cookie, NOW_US, &other, NOW_US, &bare));
}
END_TEST

START_TEST(a_key_lasts_one_epoch)
{
	const uint64_t start_us = 77 * EPOCH_US;
	struct la_cookie cookie = fixture_cookie(start_us);
	struct la_key first = cookie.key[0];

	la_cookie_rotate(&cookie, start_us + EPOCH_US - 1);
	ck_assert_uint_eq(cookie.rotations, 0);
	ck_assert_uint_eq(cookie.since_us, start_us);
	la_cookie_rotate(&cookie, start_us + EPOCH_US);
	ck_assert_uint_eq(cookie.rotations, 1);
	ck_assert_uint_eq(cookie.since_us, start_us + EPOCH_US);
	ck_assert_mem_eq(&cookie.key[1], &first, sizeof(first));
	ck_assert_mem_ne(&cookie.key[0], &first, sizeof(first));
	la_cookie_rotate(&cookie, start_us + EPOCH_US + 1);
	ck_assert_uint_eq(cookie.rotations, 1);
}
END_TEST

START_TEST(the_older_key_is_honoured_for_one_cookie_life)
{
	const uint64_t change_us = 77 * EPOCH_US, made_us = change_us - 1;
	struct la_cookie cookie = fixture_cookie(made_us);
	struct la_cookie old = cookie;

	la_cookie_rotate(&cookie, change_us);
	ck_assert(crosses(&old, made_us, &cookie, change_us, &offer));
	ck_assert(crosses(&old, made_us, &cookie, change_us + TICK_US - 1, &offer));
	ck_assert(!crosses(&old, made_us, &cookie, change_us + TICK_US, &offer));
	ck_assert(!crosses(&old, made_us, &cookie, change_us + TICK_US, &bare));
	/* A key of two epochs ago is gone, and so is the tick it was for. */
	la_cookie_rotate(&cookie, change_us + EPOCH_US);
	ck_assert(!crosses(&old, made_us, &cookie, change_us + EPOCH_US, &bare));
}
END_TEST

START_TEST(a_key_is_used_for_its_own_ticks_only)
{
	const uint64_t change_us = 77 * EPOCH_US;
	struct la_cookie cookie = fixture_cookie(change_us), swapped = cookie;

	swapped.key[0] = cookie.key[1];
	swapped.key[1] = cookie.key[0];
	ck_assert(crosses(&cookie, change_us, &cookie, change_us, &bare));
	ck_assert(!crosses(&swapped, change_us, &cookie, change_us, &bare));
}
END_TEST

static const struct la_key file[3] = { { { 11, 12 } }, { { 21, 22 } }, { { 31, 32 } } };

/* A host that booted up_us ago, with a secret that is its own. */
static struct la_cookie
make_host(uint64_t up_us, const struct la_key keys[2])
{
	const struct la_key secret = { { up_us, 4711 } };
	struct la_cookie cookie;

	la_cookie_init(&cookie, &secret, NOW_US - up_us, up_us);
	la_cookie_fix_keys(&cookie, keys, up_us);
	return cookie;
}

START_TEST(hosts_with_one_key_file_agree_whatever_their_uptime)
{
	const uint64_t a_us = 5000000123, b_us = 86400000000 * 300 + 999;
	struct la_cookie a = make_host(a_us, file), b = make_host(b_us, file);
	struct la_cookie_tuple tuple = fixture_tuple(0);

	ck_assert(crosses(&a, a_us, &b, b_us + 500, &offer));
	ck_assert(crosses(&b, b_us, &a, a_us + 500, &offer));
	ck_assert(crosses(&a, a_us, &b, b_us, &bare));
	/* The clocks may be a little apart, either way, but no more. */
	ck_assert(crosses(&a, a_us + 900000, &b, b_us, &offer));
	ck_assert(!crosses(&a, a_us + 1100000, &b, b_us, &offer));
	ck_assert(crosses(&a, a_us + TICK_US / 2 + 100, &b, b_us + TICK_US / 2 - 100, &offer));
	ck_assert(crosses(&a, a_us - TICK_US / 2, &b, b_us + TICK_US / 2 - 1, &offer));
	ck_assert(!crosses(&a, a_us, &b, b_us + 2 * TICK_US, &bare));
	ck_assert_uint_le(la_cookie_tsval(&a, &tuple, a_us) - la_cookie_tsval(&b, &tuple, b_us) + 1,
			2);
}
END_TEST

/* One was started when the file had other keys, and one has yet to read the new ones. */
START_TEST(hosts_agree_while_a_new_key_file_goes_round)
{
	const struct la_key next[2] = { file[2], file[0] };
	const uint64_t a_us = 5000000123, b_us = 99000000;
	struct la_cookie a = make_host(a_us, file + 1), b = make_host(b_us, next);

	la_cookie_fix_keys(&a, file, a_us);
	ck_assert(crosses(&a, a_us, &b, b_us, &offer));
	la_cookie_fix_keys(&a, next, a_us + 1);
	ck_assert(crosses(&a, a_us, &b, b_us, &offer));
	ck_assert(crosses(&b, b_us, &a, a_us, &offer));
}
END_TEST

START_TEST(the_second_key_of_a_file_is_honoured_too)
{
	const struct la_key next[2] = { file[2], file[0] };
	struct la_cookie cookie = make_host(1000, file), before = cookie;
	struct la_cookie_tuple tuple = fixture_tuple(0);
	uint32_t offset = la_cookie_ts_offset(&cookie, &tuple);

	la_cookie_fix_keys(&cookie, next, 2000);
	ck_assert_uint_eq(cookie.since_us, 2000);
	ck_assert_uint_eq(cookie.rotations, 1);
	/* Made before the change, checked after it, and the other way round by a late host. */
	ck_assert(crosses(&before, 1500, &cookie, 2500, &offer));
	ck_assert(!crosses(&cookie, 2500, &before, 2500, &offer));
	/* Connections that are open keep their clock. */
	ck_assert_uint_eq(la_cookie_ts_offset(&cookie, &tuple), offset);
	/* A key that is in neither place opens nothing. */
	la_cookie_fix_keys(&cookie, file + 1, 3000);
	ck_assert(!crosses(&before, 1500, &cookie, 3500, &offer));
}
END_TEST

START_TEST(fixed_keys_do_not_rotate)
{
	struct la_cookie cookie = make_host(1000, file);

	la_cookie_rotate(&cookie, 1000 + 3 * EPOCH_US);
	ck_assert_uint_eq(cookie.rotations, 0);
	ck_assert_mem_eq(&cookie.key[0], &file[0], sizeof(file[0]));
	ck_assert(crosses(&cookie, 4 * EPOCH_US, &cookie, 4 * EPOCH_US, &offer));
}
END_TEST

static Suite *
keys_suite(void)
{
	Suite *suite = suite_create("keys");
	TCase *tcase = tcase_create("keys");

	tcase_add_test(tcase, cores_with_one_secret_agree_at_any_age);
	tcase_add_test(tcase, another_secret_opens_nothing);
	tcase_add_test(tcase, a_key_lasts_one_epoch);
	tcase_add_test(tcase, the_older_key_is_honoured_for_one_cookie_life);
	tcase_add_test(tcase, a_key_is_used_for_its_own_ticks_only);
	tcase_add_test(tcase, hosts_with_one_key_file_agree_whatever_their_uptime);
	tcase_add_test(tcase, hosts_agree_while_a_new_key_file_goes_round);
	tcase_add_test(tcase, the_second_key_of_a_file_is_honoured_too);
	tcase_add_test(tcase, fixed_keys_do_not_rotate);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(keys_suite)
