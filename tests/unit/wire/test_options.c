/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_check.h"
#include "options.h"

#include <string.h>

#define MSS 2, 4, 0x05, 0xb4
#define WSCALE 3, 3, 7
#define SACK_OK 4, 2
#define TS 8, 10, 1, 2, 3, 4, 5, 6, 7, 8
#define BLOCK(n) 0, 0, 0, 2 * (n), 0, 0, 0, 2 * (n) + 1

enum { ALL_OF_SYN = LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED | LA_OPT_TIMESTAMPS };

static const struct {
	const char *what;
	bool good;
	uint8_t len, present;
	uint8_t octets[40];
} cases[] = {
	{ "none", true, 0, 0, { 0 } },
	{ "MSS", true, 4, LA_OPT_MSS, { MSS } },
	{ "a SYN of Linux", true, 20, ALL_OF_SYN, { MSS, SACK_OK, TS, 1, WSCALE } },
	{ "a SYN of Windows", true, 12, ALL_OF_SYN & ~LA_OPT_TIMESTAMPS,
		{ MSS, 1, WSCALE, 1, 1, SACK_OK } },
	{ "a SYN of FreeBSD", true, 20, ALL_OF_SYN, { MSS, 1, WSCALE, SACK_OK, TS } },
	{ "timestamps not aligned", true, 12, LA_OPT_TIMESTAMPS, { TS, 0, 0 } },
	{ "NOPs to the end", true, 4, 0, { 1, 1, 1, 1 } },
	{ "an end, and rubbish", true, 8, LA_OPT_MSS, { MSS, 0, 9, 0, 1 } },
	{ "unknown ones between", true, 16, LA_OPT_MSS | LA_OPT_WSCALE,
		{ 254, 5, 0, 0, 0, MSS, 34, 2, WSCALE, 30, 2 } },
	{ "an unknown one of 40", true, 40, 0, { 254, 40 } },
	{ "MSS of 3, skipped", true, 8, LA_OPT_WSCALE, { 2, 3, 5, 1, WSCALE, 0 } },
	{ "MSS of 5, skipped", true, 8, LA_OPT_WSCALE, { 2, 5, 5, 5, 5, WSCALE } },
	{ "window scale of 2, skipped", true, 8, LA_OPT_MSS, { 3, 2, MSS, 1, 1 } },
	{ "SACK-permitted of 3, skipped", true, 8, LA_OPT_MSS, { 4, 3, 0, MSS, 0 } },
	{ "timestamps of 8, skipped", true, 12, LA_OPT_MSS, { 8, 8, 1, 1, 1, 1, 1, 1, MSS } },
	{ "SACK without a block, skipped", true, 8, LA_OPT_MSS, { 5, 2, MSS, 1, 1 } },
	{ "SACK of 9, skipped", true, 16, LA_OPT_MSS, { 5, 9, 0, 0, 0, 0, 0, 0, 0, MSS, 0 } },
	{ "length 0", false, 4, 0, { 1, 1, 254, 0 } },
	{ "length 0 of a known one", false, 4, 0, { 2, 0, 5, 180 } },
	{ "length 1", false, 4, 0, { 254, 1, 0, 0 } },
	{ "length 1 of SACK-permitted", false, 4, 0, { 1, 4, 1, 0 } },
	{ "one past the end", false, 4, 0, { 8, 5, 0, 0 } },
	{ "255", false, 40, 0, { 254, 255 } },
	{ "no room for a length", false, 4, 0, { 1, 1, 1, 2 } },
	{ "two good ones, then a bad one", false, 8, LA_OPT_MSS | LA_OPT_WSCALE,
		{ MSS, 3, 3, 7, 3 } },
};

/* Copied to the end of a block of its size: a sanitizer sees a read past it. */
static bool
parse(struct la_opts *opts, const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy + 1, octets, len);
	memset(opts, 0xee, sizeof(*opts));
	bool good = la_options__parse(opts, copy + 1, len);
	free(copy);
	return good;
}

START_TEST(options_are_found_skipped_or_refused)
{
	struct la_opts opts;
	const uint8_t want = cases[_i].present;

	ck_assert_msg(parse(&opts, cases[_i].octets, cases[_i].len) == cases[_i].good, "%s",
			cases[_i].what);
	ck_assert_msg(opts.present == want, "%s: %#x", cases[_i].what, opts.present);
	if (want & LA_OPT_MSS)
		ck_assert_uint_eq(opts.mss, 1460);
	if (want & LA_OPT_WSCALE)
		ck_assert_uint_eq(opts.wscale, 7);
	if (want & LA_OPT_TIMESTAMPS) {
		ck_assert_uint_eq(opts.tsval, 0x01020304);
		ck_assert_uint_eq(opts.tsecr, 0x05060708);
	}
}
END_TEST

START_TEST(of_an_option_that_comes_twice_the_last_counts)
{
	static const uint8_t twice[] = { 2, 4, 0, 1, 2, 4, 0xff, 0xff, 3, 3, 1, 3, 3, 255 };
	static const uint8_t blocks[] = { 5, 18, BLOCK(1), BLOCK(2), 5, 10, BLOCK(3) };
	struct la_opts opts;

	ck_assert(parse(&opts, twice, sizeof(twice)));
	ck_assert_uint_eq(opts.mss, 0xffff);
	ck_assert_uint_eq(opts.wscale, 255);
	ck_assert(parse(&opts, blocks, sizeof(blocks)));
	ck_assert_uint_eq(opts.sacks, 1);
	ck_assert_uint_eq(opts.sack[0].left, 6);
	ck_assert_uint_eq(opts.sack[0].right, 7);
}
END_TEST

START_TEST(sack_blocks_beyond_the_room_are_skipped)
{
	static const uint8_t four[] = { 5, 34, BLOCK(1), BLOCK(2), BLOCK(3), BLOCK(4), MSS };
	struct la_opts opts;

	ck_assert(parse(&opts, four, sizeof(four)));
	ck_assert_uint_eq(opts.present, LA_OPT_SACK | LA_OPT_MSS);
	ck_assert_uint_eq(opts.sacks, LA_SACK_MAX);
	ck_assert_uint_eq(opts.sack[2].left, 6);
	ck_assert_uint_eq(opts.sack[2].right, 7);
}
END_TEST

/* Every set of options there is, with every number of blocks. */
START_TEST(options_written_fit_and_say_the_same_when_read)
{
	struct la_opts opts = { .present = (uint8_t)(_i >> 2), .sacks = _i & 3, .mss = 1460,
		.wscale = 7, .tsval = 0xfffffffe, .tsecr = 0x80000001,
		.sack = { { 1, 2 }, { 3, 4 }, { 5, 0xffffffff } } }, got;
	uint8_t octets[OPTIONS_LEN_MAX + 1];
	const uint32_t len = la_options__len(&opts), sacks = la_options__sacks(&opts);

	memset(octets, 0xa5, sizeof(octets));
	ck_assert_uint_le(len, OPTIONS_LEN_MAX);
	ck_assert_uint_eq(len % 4, 0);
	la_options__write(octets, &opts);
	ck_assert_uint_eq(octets[len], 0xa5);
	ck_assert(parse(&got, octets, len));
	ck_assert_uint_eq(got.present, sacks > 0 ? opts.present : opts.present & ~LA_OPT_SACK);
	if (got.present & LA_OPT_SACK)
		ck_assert_uint_eq(got.sacks, sacks);
	/* Without the options of a SYN, no block is ever left out. */
	if (opts.present == (LA_OPT_SACK | LA_OPT_TIMESTAMPS))
		ck_assert_uint_eq(sacks, opts.sacks);
}
END_TEST

START_TEST(a_syn_ack_carries_options_in_the_usual_order)
{
	static const uint8_t want[] = { MSS, SACK_OK, TS, 1, WSCALE };
	const struct la_opts opts = { .present = ALL_OF_SYN, .mss = 1460, .wscale = 7,
		.tsval = 0x01020304, .tsecr = 0x05060708 };
	uint8_t octets[OPTIONS_LEN_MAX];

	ck_assert_uint_eq(la_options__len(&opts), sizeof(want));
	la_options__write(octets, &opts);
	ck_assert_mem_eq(octets, want, sizeof(want));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("options");
	TCase *tc = tcase_create("options");

	tcase_add_loop_test(tc, options_are_found_skipped_or_refused, 0,
			sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, of_an_option_that_comes_twice_the_last_counts);
	tcase_add_test(tc, sack_blocks_beyond_the_room_are_skipped);
	tcase_add_loop_test(tc, options_written_fit_and_say_the_same_when_read, 0, 32 * 4);
	tcase_add_test(tc, a_syn_ack_carries_options_in_the_usual_order);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
