/* SPDX-License-Identifier: BSD-3-Clause */
/* Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323, 5.4). */
#include "fixture.h"

START_TEST(the_isn_of_a_tuple_grows_with_the_clock)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_tuple tuple = fixture_tuple(_i);
	uint32_t first = la_cookie_isn(&cookie, &tuple, NOW_US);

	ck_assert_uint_eq(la_cookie_isn(&cookie, &tuple, NOW_US), first);
	ck_assert_uint_eq(la_cookie_isn(&cookie, &tuple, NOW_US + 1000) - first, 250);
	ck_assert_uint_eq(la_cookie_isn(&cookie, &tuple, NOW_US + 60000000) - first, 15000000);
	/* Keys of cookies come and go; the ISN must not jump back with them. */
	la_cookie_rotate(&cookie, NOW_US + EPOCH_US);
	ck_assert_uint_eq(la_cookie_isn(&cookie, &tuple, NOW_US + EPOCH_US) - first,
			(uint32_t)(EPOCH_US / 4));
}
END_TEST

/* Flip each bit of the tuple: all ISNs and offsets must differ. */
START_TEST(isn_and_offset_differ_between_tuples)
{
	enum { BITS = 8 * sizeof(struct la_cookie_tuple) };
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_tuple tuple = fixture_tuple(_i);
	uint8_t *octets = (uint8_t *)&tuple;
	uint32_t isn[BITS + 1], offset[BITS + 1];

	for (uint32_t bit = 0; bit <= BITS; bit++) {
		if (bit < BITS)
			octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
		isn[bit] = la_cookie_isn(&cookie, &tuple, NOW_US);
		offset[bit] = la_cookie_ts_offset(&cookie, &tuple);
		ck_assert_uint_ne(isn[bit] - (uint32_t)(NOW_US >> 2), offset[bit]);
		for (uint32_t before = 0; before < bit; before++) {
			ck_assert_uint_ne(isn[before], isn[bit]);
			ck_assert_uint_ne(offset[before], offset[bit]);
		}
		if (bit < BITS)
			octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(another_secret_makes_another_isn_and_offset)
{
	const struct la_key other_secret = { { 1, 2 } };
	struct la_cookie cookie = fixture_cookie(NOW_US), other;
	struct la_cookie_tuple tuple = fixture_tuple(_i);

	la_cookie_init(&other, &other_secret, 0, NOW_US);
	ck_assert_uint_ne(la_cookie_isn(&cookie, &tuple, NOW_US),
			la_cookie_isn(&other, &tuple, NOW_US));
	ck_assert_uint_ne(la_cookie_ts_offset(&cookie, &tuple),
			la_cookie_ts_offset(&other, &tuple));
}
END_TEST

START_TEST(the_tsval_clock_is_milliseconds_plus_the_offset)
{
	struct la_cookie cookie;
	struct la_cookie_tuple tuple = fixture_tuple(_i);

	la_cookie_init(&cookie, &fixture_secret, 1234567891, 999);
	for (uint64_t now_us = 999; now_us < 20000; now_us += 37)
		ck_assert_uint_eq(la_cookie_tsval(&cookie, &tuple, now_us),
				(uint32_t)(now_us / 1000) + la_cookie_ts_offset(&cookie, &tuple));
	ck_assert_uint_eq(la_cookie_tsval(&cookie, &tuple, 1000 + ((uint64_t)1000 << 32)),
			la_cookie_tsval(&cookie, &tuple, 1000));
}
END_TEST

static Suite *
isn_suite(void)
{
	Suite *suite = suite_create("isn");
	TCase *tcase = tcase_create("isn");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, the_isn_of_a_tuple_grows_with_the_clock, 0, 2);
	tcase_add_loop_test(tcase, isn_and_offset_differ_between_tuples, 0, 2);
	tcase_add_loop_test(tcase, another_secret_makes_another_isn_and_offset, 0, 2);
	tcase_add_loop_test(tcase, the_tsval_clock_is_milliseconds_plus_the_offset, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(isn_suite)
