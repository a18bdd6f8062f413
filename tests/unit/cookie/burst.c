/* SPDX-License-Identifier: BSD-3-Clause */
/* A burst makes and takes the cookies that la_cookie_make() and la_cookie_check() do. */
#include "fixture.h"
#include "la_cookie_burst.h"

/* A loop test's number: the family, the variant and the kind of keys. */
enum { VARIANTS = 8 };

static bool
is_v4(int variant)
{
	return variant & 1;
}

/* False: this variant cannot be tried here. */
static bool
make_cookie(int variant, struct la_cookie *cookie)
{
	const struct la_key keys[2] = { { { 1, 2 } }, { { 3, 4 } } };

	*cookie = fixture_cookie(NOW_US);
	if (variant & 2 && !la_siphash_has_avx2())
		return false;
	cookie->vectors = variant & 2;
	if (variant & 4)
		la_cookie_fix_keys(cookie, keys, NOW_US);
	return la_cookie_burst_knows(cookie, is_v4(variant));
}

/* Segment i of a burst. */
struct given {
	struct la_cookie_tuple tuple;
	struct la_cookie_opts opts;
	uint32_t isn;
};

/* Half of the segments have timestamps; those have every scale, and none. */
static struct given
given_number(int variant, uint32_t i)
{
	struct given g = { .tuple = fixture_tuple(!is_v4(variant)), .isn = 0xffffffe0 + i };

	g.tuple.local_port = (uint16_t)(80 + i % 3);
	g.tuple.remote_port = (uint16_t)(0xfff0 + i);
	g.tuple.remote.b[14] ^= (uint8_t)i;
	g.tuple.local.b[15] ^= (uint8_t)(i >> 2);
	g.opts.mss_class = i % LA_MSS_CLASSES;
	g.opts.timestamps = i & 1;
	g.opts.wscale_ok = i / 2 % 16 != 15;
	g.opts.wscale = (uint8_t)(i / 2 % 16);
	g.opts.sack = i & 4;
	return g;
}

static const uint8_t *
in_header(const struct la_addr *a, bool v4)
{
	return a->b + (v4 ? 12 : 0);
}

static uint32_t
ports_of(const struct given *g)
{
	return (uint32_t)g->tuple.local_port << 16 | g->tuple.remote_port;
}

static void
add_syn(struct la_cookie_burst *burst, const struct la_cookie *cookie, bool v4,
		const struct given *g, uint32_t i)
{
	ck_assert_uint_eq(la_cookie_burst_syn(burst, cookie, v4, in_header(&g->tuple.local, v4),
			in_header(&g->tuple.remote, v4), ports_of(g), g->isn, g->opts.mss_class,
			g->opts.timestamps ? options_to_bits(&g->opts) : LA_NO_TIMESTAMPS), i);
}

static void
add_ack(struct la_cookie_burst *burst, const struct la_cookie *cookie, bool v4,
		const struct given *g, uint32_t ack, const uint32_t *tsecr, uint32_t i)
{
	ck_assert_uint_eq(la_cookie_burst_ack(burst, cookie, v4, in_header(&g->tuple.local, v4),
			in_header(&g->tuple.remote, v4), ports_of(g), g->isn + 1, ack, tsecr), i);
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

/* n SYNs at a time: all numbers up to a whole burst. */
static void
check_syns(int variant, const struct la_cookie *cookie, uint32_t n, uint64_t now_us)
{
	const bool v4 = is_v4(variant);
	struct la_cookie_burst burst;

	la_cookie_burst_begin(&burst, cookie, v4, now_us);
	for (uint32_t i = 0; i < n; i++) {
		const struct given g = given_number(variant, i);

		add_syn(&burst, cookie, v4, &g, i);
	}
	la_cookie_burst_hash(&burst, cookie);
	for (uint32_t i = 0; i < n; i++) {
		const struct given g = given_number(variant, i);
		uint32_t tsval = 0;

		ck_assert_uint_eq(la_cookie_burst_isn(&burst, i), la_cookie_make(cookie, &g.tuple,
				g.isn, &g.opts, now_us, &tsval));
		if (!g.opts.timestamps)
			continue;
		ck_assert_uint_eq(la_cookie_burst_tsval(&burst, i), tsval);
		ck_assert_uint_eq(la_cookie_burst_bits(&burst, i), options_to_bits(&g.opts));
	}
}

START_TEST(a_burst_makes_the_cookies_that_are_made_alone)
{
	struct la_cookie cookie;

	if (!make_cookie(_i, &cookie))
		return;
	for (uint32_t n = 1; n <= LA_COOKIE_BURST; n++)
		check_syns(_i, &cookie, n, NOW_US + n * 1000);
	/* The keys of an epoch that la_cookie_rotate() has yet to be told of. */
	check_syns(_i, &cookie, LA_COOKIE_BURST, NOW_US + EPOCH_US);
	check_syns(_i, &cookie, LA_COOKIE_BURST, NOW_US + 5 * EPOCH_US);
}
END_TEST

/* A burst of ACKs, each `off` from what was sent and its TSecr `ts_off`: each is taken or none,
 * and what is taken is so alone, too. */
static void
check_acks(int variant, const struct la_cookie *cookie, uint64_t age_us, uint32_t off,
		uint32_t ts_off, bool want)
{
	const bool v4 = is_v4(variant);
	const uint64_t now_us = NOW_US + age_us;
	uint32_t ack[LA_COOKIE_BURST], tsecr[LA_COOKIE_BURST];
	struct la_cookie_burst burst;

	la_cookie_burst_begin(&burst, cookie, v4, now_us);
	for (uint32_t i = 0; i < LA_COOKIE_BURST; i++) {
		const struct given g = given_number(variant, i);

		tsecr[i] = 0;
		ack[i] = la_cookie_make(cookie, &g.tuple, g.isn, &g.opts, NOW_US, &tsecr[i]) +
				1 + off;
		tsecr[i] += ts_off;
		add_ack(&burst, cookie, v4, &g, ack[i], g.opts.timestamps ? &tsecr[i] : NULL, i);
	}
	la_cookie_burst_hash(&burst, cookie);
	for (uint32_t i = 0; i < LA_COOKIE_BURST; i++) {
		const struct given g = given_number(variant, i);
		struct la_cookie_opts opts, alone;
		const bool good = la_cookie_burst_check(&burst, i, cookie, g.opts.timestamps);

		ck_assert_int_eq(good, want || (off == 0 && ts_off != 0 && !g.opts.timestamps));
		if (!good)
			continue;
		ck_assert(la_cookie_check(cookie, &g.tuple, g.isn, ack[i], g.opts.timestamps ?
				&tsecr[i] : NULL, now_us, &alone));
		opts = la_cookie_burst_opts(&burst, i, g.opts.timestamps);
		same_options(&opts, &alone);
	}
}

START_TEST(a_burst_takes_the_cookies_of_its_own_tick)
{
	struct la_cookie cookie;

	if (!make_cookie(_i, &cookie))
		return;
	/* NOW_US is in the middle of a tick. */
	check_acks(_i, &cookie, 0, 0, 0, true);
	check_acks(_i, &cookie, 200000, 0, 0, true);
	check_acks(_i, &cookie, TICK_US / 2 - 1, 0, 0, true);
	check_acks(_i, &cookie, TICK_US / 2, 0, 0, false);
	check_acks(_i, &cookie, EPOCH_US, 0, 0, false);
}
END_TEST

START_TEST(a_burst_takes_nothing_that_is_off)
{
	struct la_cookie cookie;

	if (!make_cookie(_i, &cookie))
		return;
	for (uint32_t off = 1; off <= 8; off++) {
		check_acks(_i, &cookie, 0, off, 0, false);
		check_acks(_i, &cookie, 0, -off, 0, false);
	}
	/* Options that were not sent; a time that is yet to come, by more than the skew of hosts
	 * that share keys; one that is long gone. */
	check_acks(_i, &cookie, 0, 0, 1, false);
	check_acks(_i, &cookie, 0, 0, 1u << 12, false);
	check_acks(_i, &cookie, 0, 0, -(1u << 18), false);
}
END_TEST

START_TEST(another_key_of_the_file_is_left_to_the_single_check)
{
	const struct la_key old[2] = { { { 1, 2 } }, { { 3, 4 } } };
	const struct la_key new[2] = { { { 5, 6 } }, { { 1, 2 } } };
	const struct given g = given_number(1, 0);
	struct la_cookie cookie = fixture_cookie(NOW_US);
	struct la_cookie_burst burst;
	struct la_cookie_opts opts;
	uint32_t isn;

	la_cookie_fix_keys(&cookie, old, NOW_US);
	isn = la_cookie_make(&cookie, &g.tuple, g.isn, &g.opts, NOW_US, NULL);
	la_cookie_fix_keys(&cookie, new, NOW_US);
	la_cookie_burst_begin(&burst, &cookie, true, NOW_US);
	add_ack(&burst, &cookie, true, &g, isn + 1, NULL, 0);
	la_cookie_burst_hash(&burst, &cookie);
	ck_assert(!la_cookie_burst_check(&burst, 0, &cookie, false));
	ck_assert(la_cookie_check(&cookie, &g.tuple, g.isn, isn + 1, NULL, NOW_US, &opts));
}
END_TEST

/* Both of the same burst, as the stack takes them. ISNs of IPv6 are not made in a burst while
 * keys come from a file. */
START_TEST(a_burst_has_the_offsets_of_timestamps_and_the_isns_of_its_tuples)
{
	const bool v4 = is_v4(_i);
	uint32_t offset[LA_COOKIE_BURST], isn[LA_COOKIE_BURST];
	struct la_cookie_burst burst;
	struct la_cookie cookie;

	/* Of both families, whatever the keys. */
	if (!make_cookie(_i, &cookie) && cookie.vectors != !!(_i & 2))
		return;
	cookie.clock_offset_us = 1234567;
	for (uint32_t n = 1; n <= LA_COOKIE_BURST; n++) {
		la_cookie_burst_begin(&burst, &cookie, v4, 0);
		for (uint32_t i = 0; i < n; i++) {
			const struct given g = given_number(_i, i);

			la_cookie_burst_tuple(&burst, &cookie, v4, in_header(&g.tuple.local, v4),
					in_header(&g.tuple.remote, v4), ports_of(&g));
		}
		la_cookie_burst_isns(&burst, &cookie, isn);
		la_cookie_burst_offsets(&burst, &cookie, offset);
		for (uint32_t i = 0; i < n; i++) {
			const struct given g = given_number(_i, i);

			ck_assert_uint_eq(offset[i], la_cookie_ts_offset(&cookie, &g.tuple));
			if (la_cookie_burst_knows(&cookie, v4))
				ck_assert_uint_eq(isn[i] + (uint32_t)(NOW_US / 4),
						la_cookie_isn(&cookie, &g.tuple, NOW_US));
		}
	}
}
END_TEST

static Suite *
burst_suite(void)
{
	Suite *suite = suite_create("cookie_burst");
	TCase *tcase = tcase_create("cookie_burst");

	tcase_add_loop_test(tcase, a_burst_makes_the_cookies_that_are_made_alone, 0, VARIANTS);
	tcase_add_loop_test(tcase, a_burst_takes_the_cookies_of_its_own_tick, 0, VARIANTS);
	tcase_add_loop_test(tcase, a_burst_takes_nothing_that_is_off, 0, VARIANTS);
	tcase_add_test(tcase, another_key_of_the_file_is_left_to_the_single_check);
	tcase_add_loop_test(tcase,
			a_burst_has_the_offsets_of_timestamps_and_the_isns_of_its_tuples, 0,
			VARIANTS);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(burst_suite)
