/* SPDX-License-Identifier: BSD-3-Clause */
/* What a cookie brings back, and all that must not open anything. */
#include "fixture.h"

enum { PEER_ISN = 0xfffffff8 };

/* Make and check with time and a change of the ACK between. */
static bool
returns(const struct la_cookie *cookie, int family, const struct la_cookie_opts *in,
		uint64_t made_us, uint64_t checked_us, uint32_t ack_off, struct la_cookie_opts *out)
{
	struct la_cookie_tuple tuple = fixture_tuple(family);
	uint32_t tsval = 0;
	uint32_t isn = la_cookie_make(cookie, &tuple, PEER_ISN, in, made_us, &tsval);

	memset(out, 0xff, sizeof(*out));
	return la_cookie_check(cookie, &tuple, PEER_ISN, isn + 1 + ack_off,
			in->timestamps ? &tsval : NULL, checked_us, out);
}

static void
same_options(const struct la_cookie_opts *a, const struct la_cookie_opts *b)
{
	ck_assert_uint_eq(a->mss_class, b->mss_class);
	ck_assert_int_eq(a->timestamps, b->timestamps);
	ck_assert_int_eq(a->wscale_ok, b->wscale_ok);
	ck_assert_uint_eq(a->wscale, b->wscale);
	ck_assert_int_eq(a->sack, b->sack);
}

START_TEST(every_class_and_option_comes_back)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_opts in = { .mss_class = (uint8_t)_i }, out;

	for (int family = 0; family < 2; family++) {
		in = (struct la_cookie_opts){ .mss_class = (uint8_t)_i };
		ck_assert(returns(&cookie, family, &in, NOW_US, NOW_US + 1000, 0, &out));
		same_options(&out, &in);
		in.timestamps = true;
		for (int wscale = -1; wscale <= 14; wscale++) {
			in.wscale_ok = wscale >= 0;
			in.wscale = wscale >= 0 ? (uint8_t)wscale : 0;
			in.sack = !in.sack;
			ck_assert(returns(&cookie, family, &in, NOW_US, NOW_US + 1000, 0, &out));
			same_options(&out, &in);
			in.sack = !in.sack;
			ck_assert(returns(&cookie, family, &in, NOW_US, NOW_US, 0, &out));
			same_options(&out, &in);
			in.sack = !in.sack;
		}
	}
}
END_TEST

START_TEST(without_timestamps_only_the_class_comes_back)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_opts in = { .mss_class = 6, .wscale_ok = true, .wscale = 7, .sack = true };
	struct la_cookie_opts plain = { .mss_class = 6 }, out;

	ck_assert(returns(&cookie, 0, &in, NOW_US, NOW_US, 0, &out));
	same_options(&out, &plain);
}
END_TEST

START_TEST(a_scale_past_fourteen_comes_back_as_fourteen)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_opts in = { .timestamps = true, .wscale_ok = true, .wscale = 15 }, out;

	ck_assert(returns(&cookie, 0, &in, NOW_US, NOW_US, 0, &out));
	ck_assert(out.wscale_ok);
	ck_assert_uint_eq(out.wscale, 14);
}
END_TEST

START_TEST(an_ack_that_is_off_opens_nothing)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);

	for (uint8_t class = 0; class < LA_MSS_CLASSES; class++) {
		for (int ts = 0; ts < 2; ts++) {
			struct la_cookie_opts in = { .mss_class = class, .timestamps = ts }, out;

			for (uint32_t off = 1; off <= 8; off++) {
				ck_assert(!returns(&cookie, _i, &in, NOW_US, NOW_US, off, &out));
				ck_assert(!returns(&cookie, _i, &in, NOW_US, NOW_US, -off, &out));
			}
			for (uint32_t bit = 0; bit < 32; bit++)
				ck_assert(!returns(&cookie, _i, &in, NOW_US, NOW_US,
						1u << bit, &out));
		}
	}
}
END_TEST

START_TEST(random_acks_open_nothing)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_opts in = { .mss_class = 6 }, out;
	uint32_t opened = 0;

	/* 2^-27 each: that one of these opens is a chance of one in two thousand. */
	for (uint32_t i = 1; i < 1u << 16; i++)
		opened += returns(&cookie, _i, &in, NOW_US, NOW_US, i * 0x9e3779b1u, &out);
	ck_assert_uint_eq(opened, 0);
}
END_TEST

/* Each bit of what names the connection. */
START_TEST(another_connection_opens_nothing)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_tuple tuple = fixture_tuple(_i);
	struct la_cookie_opts in = { .mss_class = 6 }, out;
	uint32_t isn = la_cookie_make(&cookie, &tuple, PEER_ISN, &in, NOW_US, NULL);
	uint8_t *octets = (uint8_t *)&tuple;

	ck_assert(la_cookie_check(&cookie, &tuple, PEER_ISN, isn + 1, NULL, NOW_US, &out));
	for (uint32_t bit = 0; bit < 8 * sizeof(tuple); bit++) {
		octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert(!la_cookie_check(&cookie, &tuple, PEER_ISN, isn + 1, NULL, NOW_US, &out));
		octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (uint32_t bit = 0; bit < 32; bit++)
		ck_assert(!la_cookie_check(&cookie, &tuple, PEER_ISN ^ 1u << bit, isn + 1, NULL,
				NOW_US, &out));
}
END_TEST

START_TEST(timestamps_must_come_back_if_and_only_if_they_were_sent)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_tuple tuple = fixture_tuple(_i);
	/* All option bits are 0, so that nothing else tells the two apart. */
	struct la_cookie_opts with = { .mss_class = 6, .timestamps = true, .wscale_ok = true };
	struct la_cookie_opts without = { .mss_class = 6 }, out;
	uint32_t tsval, isn;

	isn = la_cookie_make(&cookie, &tuple, PEER_ISN, &with, NOW_US, &tsval);
	ck_assert(la_cookie_check(&cookie, &tuple, PEER_ISN, isn + 1, &tsval, NOW_US, &out));
	ck_assert(!la_cookie_check(&cookie, &tuple, PEER_ISN, isn + 1, NULL, NOW_US, &out));
	isn = la_cookie_make(&cookie, &tuple, PEER_ISN, &without, NOW_US, NULL);
	ck_assert(!la_cookie_check(&cookie, &tuple, PEER_ISN, isn + 1, &tsval, NOW_US, &out));
}
END_TEST

START_TEST(a_changed_timestamp_opens_nothing)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_tuple tuple = fixture_tuple(_i);
	struct la_cookie_opts in = { .mss_class = 6, .timestamps = true, .wscale_ok = true,
		.wscale = 7, .sack = true }, out;
	uint32_t tsval, isn = la_cookie_make(&cookie, &tuple, PEER_ISN, &in, NOW_US, &tsval);

	/* Any option changed; later than the clock; older than a cookie can be. */
	for (uint32_t off = 1; off < 64; off++) {
		uint32_t tsecr = tsval + off;

		ck_assert(!la_cookie_check(&cookie, &tuple, PEER_ISN, isn + 1, &tsecr, NOW_US,
				&out));
	}
	for (uint32_t bit = 6; bit < 32; bit++) {
		uint32_t later = tsval + (1u << bit), earlier = tsval - (1u << bit);

		ck_assert(!la_cookie_check(&cookie, &tuple, PEER_ISN, isn + 1, &later, NOW_US,
				&out));
		ck_assert_int_eq(la_cookie_check(&cookie, &tuple, PEER_ISN, isn + 1, &earlier,
				NOW_US, &out), bit <= 16);
	}
}
END_TEST

/* Microseconds from the start of the tick that makes the cookie. */
static const struct { int64_t made, checked; bool good; } lives[] = {
	{ 0, 0, true },
	{ 0, TICK_US - 1, true },
	{ 0, 2 * TICK_US - 1, true },
	{ 0, 2 * TICK_US, false },
	{ TICK_US - 1, 2 * TICK_US - 1, true },
	{ TICK_US - 1, 2 * TICK_US, false },
	{ 0, 100 * TICK_US, false },
	{ 0, -1, false },
};
START_TEST(a_cookie_ends_with_the_tick_after_its_own)
{
	/* In the middle of an epoch, and over the change of keys. */
	static const uint64_t bases[] = { EPOCH_US * 100 + 5 * TICK_US, EPOCH_US * 100 - TICK_US,
		EPOCH_US * 100 };

	for (int i = 0; i < 3; i++) {
		for (int ts = 0; ts < 2; ts++) {
			struct la_cookie cookie = fixture_cookie(bases[i]);
			struct la_cookie_opts in = { .mss_class = 3, .timestamps = ts }, out;
			uint64_t checked_us = bases[i] + (uint64_t)lives[_i].checked;

			ck_assert_int_eq(returns(&cookie, 0, &in,
					bases[i] + (uint64_t)lives[_i].made, checked_us, 0, &out),
					lives[_i].good);
		}
	}
}
END_TEST

START_TEST(a_clock_that_starts_at_nothing_works)
{
	struct la_cookie cookie = fixture_cookie(0);
	struct la_cookie_opts in = { .mss_class = 6, .timestamps = true, .sack = true }, out;

	for (uint64_t now_us = 0; now_us < 3 * TICK_US; now_us += TICK_US / 7) {
		ck_assert(returns(&cookie, 0, &in, now_us, now_us, 0, &out));
		ck_assert(out.sack);
	}
}
END_TEST

START_TEST(the_tsval_is_never_ahead_of_the_clock_nor_far_behind)
{
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_tuple tuple = fixture_tuple(0);

	for (uint64_t ms = 0; ms < 130; ms++) {
		for (int bits = 0; bits < 32; bits++) {
			struct la_cookie_opts in = { .timestamps = true,
				.wscale_ok = bits % 16 != 15, .wscale = (uint8_t)(bits % 16),
				.sack = bits / 16 };
			uint64_t now_us = NOW_US + 1000 * ms;
			uint32_t tsval;

			la_cookie_make(&cookie, &tuple, PEER_ISN, &in, now_us, &tsval);
			ck_assert_uint_lt(la_cookie_tsval(&cookie, &tuple, now_us) - tsval, 64);
		}
	}
}
END_TEST

static const struct { uint16_t mss; uint8_t class; } classes[] = {
	{ 0, 0 }, { 1, 0 }, { 63, 0 }, { 64, 0 }, { 512, 2 }, { 536, 3 }, { 1220, 5 }, { 1400, 7 },
	{ 1440, 8 }, { 1460, 10 }, { 1461, 10 }, { 4311, 10 }, { 4312, 11 }, { 8910, 13 },
	{ 65535, 15 },
};
START_TEST(an_mss_is_rounded_down_to_its_class)
{
	ck_assert_uint_eq(la_mss_to_class(classes[_i].mss), classes[_i].class);
}
END_TEST

START_TEST(no_class_between_fits_better)
{
	for (uint32_t mss = la_mss_value[0]; mss <= UINT16_MAX; mss++) {
		const uint32_t class = la_mss_to_class((uint16_t)mss);

		ck_assert_uint_le(la_mss_value[class], mss);
		if (class + 1 < LA_MSS_CLASSES)
			ck_assert_uint_gt(la_mss_value[class + 1], mss);
	}
}
END_TEST

static Suite *
cookie_suite(void)
{
	Suite *suite = suite_create("cookie");
	TCase *tcase = tcase_create("cookie");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, every_class_and_option_comes_back, 0, LA_MSS_CLASSES);
	tcase_add_test(tcase, without_timestamps_only_the_class_comes_back);
	tcase_add_test(tcase, a_scale_past_fourteen_comes_back_as_fourteen);
	tcase_add_loop_test(tcase, an_ack_that_is_off_opens_nothing, 0, 2);
	tcase_add_loop_test(tcase, random_acks_open_nothing, 0, 2);
	tcase_add_loop_test(tcase, another_connection_opens_nothing, 0, 2);
	tcase_add_loop_test(tcase, timestamps_must_come_back_if_and_only_if_they_were_sent, 0, 2);
	tcase_add_loop_test(tcase, a_changed_timestamp_opens_nothing, 0, 2);
	tcase_add_loop_test(tcase, a_cookie_ends_with_the_tick_after_its_own, 0,
			sizeof(lives) / sizeof(lives[0]));
	tcase_add_test(tcase, a_clock_that_starts_at_nothing_works);
	tcase_add_test(tcase, the_tsval_is_never_ahead_of_the_clock_nor_far_behind);
	tcase_add_loop_test(tcase, an_mss_is_rounded_down_to_its_class, 0,
			sizeof(classes) / sizeof(classes[0]));
	tcase_add_test(tcase, no_class_between_fits_better);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(cookie_suite)
