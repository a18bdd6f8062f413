/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two ends on a link that loses, delays, reorders and repeats. In the environment
 * PAIR_SEEDS sets how many seeds are run, PAIR_FIRST the first of them,
 * PAIR_VERBOSE names each, PAIR_TRACE prints its segments.
 */
#include <stdio.h>

#include "la_check.h"
#include "tcb_pair.h"

/* SplitMix64, written out. */
static uint32_t
choose(void *user, uint32_t n)
{
	uint64_t *state = user, z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return n ? (uint32_t)((z >> 32) * n >> 32) : 0;
}

static unsigned long
number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static uint64_t totals[4];      /* Octets, segments, lost, timeouts. */
static uint32_t left_from[LA_TCP_STATES];
static uint64_t seed;

static void
say_seed(void)
{
	fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
}

START_TEST(streams_arrive_exactly_whatever_the_link_does)
{
#if defined(__SANITIZE_ADDRESS__)
	unsigned long seeds = 300;
#else
	unsigned long seeds = 3000;
#endif
	uint64_t first = number("PAIR_FIRST", 1);

	seeds = number("PAIR_SEEDS", seeds);
	for (seed = first; seed < first + seeds; seed++) {
		uint64_t state = seed;
		struct pair_choices choices = { .choose = choose, .user = &state,
			.trace = getenv("PAIR_TRACE") };
		struct pair_result result;

		if (getenv("PAIR_VERBOSE"))
			say_seed();
		pair_run(&choices, &result);
		totals[0] += result.octets[0] + result.octets[1];
		totals[1] += result.segments;
		totals[2] += result.lost;
		totals[3] += result.retransmissions;
		for (int i = 0; i < 2; i++)
			left_from[result.last[i]]++;
	}
	printf("%lu seeds, %llu octets, %llu segments, %llu lost, %llu timeouts\n", seeds,
			(unsigned long long)totals[0], (unsigned long long)totals[1],
			(unsigned long long)totals[2], (unsigned long long)totals[3]);
	/* The seeds reached what they are for. */
	if (seeds >= 100) {
		ck_assert_uint_gt(totals[2], 0);
		ck_assert_uint_gt(totals[3], 0);
		ck_assert_uint_gt(left_from[LA_TIME_WAIT], 0);
		ck_assert_uint_gt(left_from[LA_CLOSED], 0);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("two_stacks");
	TCase *t = tcase_create("two_stacks");

	tcase_set_timeout(t, 240);
	tcase_add_test(t, streams_arrive_exactly_whatever_the_link_does);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
