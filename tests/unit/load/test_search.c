/* SPDX-License-Identifier: BSD-3-Clause */
/* The search against targets whose limit is known. */
#include <math.h>

#include "la_check.h"
#include "la_search.h"

enum { TRIALS_MAX = 200 };

/* What is tried. */
struct target {
	double limit;                   /**< Passes up to here. */
	uint32_t flaky;                 /**< This trial, from 1, fails whatever its rate. */
	uint32_t noise;                 /**< One in so many trials turns out otherwise. */
	uint32_t seed;
};

/* How the search went. */
static struct la_search search;
static uint32_t trials;
static double rates[TRIALS_MAX];
static bool passed[TRIALS_MAX];

static bool
trial(struct target *t, double rate)
{
	bool pass = rate <= t->limit && trials != t->flaky;

	t->seed ^= t->seed << 13;
	t->seed ^= t->seed >> 17;
	t->seed ^= t->seed << 5;
	if (t->noise != 0 && t->seed % t->noise == 0)
		pass = !pass;
	return pass;
}

/* Twice the steps and bisections that there can be, and the confirmations. */
static uint32_t
most_trials(double low, double high)
{
	return 2 * ((uint32_t)ceil(log2(high / low)) + 2 + 7 + 7);
}

static double
run(struct target t, double low, double high)
{
	double rate;

	trials = 0;
	la_search_begin(&search, low, high);
	while (la_search_next(&search, &rate)) {
		ck_assert_msg(trials < most_trials(low, high), "no end after %u trials", trials);
		ck_assert(rate >= low * (1 - 1e-9) && rate <= high);
		rates[trials] = rate;
		trials++;
		passed[trials - 1] = trial(&t, rate);
		la_search_take(&search, passed[trials - 1]);
	}
	return search.best;
}

/* A rate that is the answer was tried and passed. */
static void
answer_passed(double best)
{
	bool any = best == 0;

	for (uint32_t i = 0; i < trials; i++)
		any |= passed[i] && rates[i] == best;
	ck_assert(any);
}

static const struct { double low, high; } ranges[] = {
	{ 1, 1000000000 }, { 1000, 2000000 }, { 1000, 1001 }, { 1000, 2000 }, { 1000, 2001 },
	{ 0.001, 1000000 }, { 500, 500 }, { 3, 100 },
};

enum { RANGES = sizeof(ranges) / sizeof(ranges[0]) };

START_TEST(a_limit_is_found_within_the_resolution)
{
	const double low = ranges[_i].low, high = ranges[_i].high;

	for (int i = 0; i <= 1000; i++) {
		const double limit = low * pow(high / low, i / 1000.0);
		const double best = run((struct target){ .limit = limit, .seed = 1 }, low, high);

		ck_assert_msg(best <= limit * (1 + 1e-12) && best * 1.0201 >= limit,
				"%g found, the limit is %g", best, limit);
		answer_passed(best);
	}
}
END_TEST

START_TEST(what_never_passes_is_found_out_at_once)
{
	ck_assert_double_eq(run((struct target){ .limit = 0, .seed = 1 }, ranges[_i].low,
			ranges[_i].high), 0);
	/* Once, and once again. */
	ck_assert_uint_eq(trials, 2);
	ck_assert_double_eq(rates[1], ranges[_i].low);
}
END_TEST

START_TEST(what_always_passes_gives_the_highest)
{
	ck_assert_double_eq(run((struct target){ .limit = INFINITY, .seed = 1 }, ranges[_i].low,
			ranges[_i].high), ranges[_i].high);
	ck_assert_uint_le(trials, (uint32_t)ceil(log2(ranges[_i].high / ranges[_i].low)) + 1);
}
END_TEST

/* A neighbour's fault, at any of the trials, changes nothing. */
START_TEST(one_bad_trial_changes_nothing)
{
	for (int i = 0; i <= 50; i++) {
		const double limit = 1000 * pow(2000, i / 50.0);
		const double wanted = run((struct target){ .limit = limit, .seed = 1 }, 1000,
				2000000);
		const uint32_t without = trials;

		for (uint32_t flaky = 1; flaky <= without; flaky++) {
			const struct target t = { .limit = limit, .flaky = flaky, .seed = 1 };

			ck_assert_double_eq(run(t, 1000, 2000000), wanted);
			ck_assert_uint_le(trials, without + 1);
		}
	}
}
END_TEST

/* One trial in so many goes wrong: an end always, and mostly near the limit. */
START_TEST(noise_is_lived_with)
{
	static const uint32_t noises[] = { 100, 20, 5, 2 };
	uint32_t good = 0;

	for (uint32_t seed = 1; seed <= 1000; seed++) {
		const struct target t = {
			.limit = 123456, .noise = noises[_i], .seed = seed * 2654435761u,
		};
		const double best = run(t, 1000, 2000000);

		answer_passed(best);
		good += best <= 123456 * 1.05 && best >= 123456 / 1.05;
	}
	if (noises[_i] == 100)
		ck_assert_uint_ge(good, 900);
	if (noises[_i] == 20)
		ck_assert_uint_ge(good, 600);
}
END_TEST

/* Passes up to 20,000, until a rate is tried that has passed; from then on up to @p later. */
static double
run_worse_later(double later)
{
	double rate, best = 0;
	bool confirming = false;

	la_search_begin(&search, 1000, 64000);
	for (trials = 0; la_search_next(&search, &rate); trials++) {
		ck_assert_uint_lt(trials, most_trials(1000, 64000));
		confirming |= rate == best;
		if (rate <= 20000 && !confirming)
			best = rate;
		la_search_take(&search, rate <= (confirming ? later : 20000));
	}
	ck_assert(confirming);
	return search.best;
}

START_TEST(what_is_not_confirmed_is_not_told)
{
	const double best = run_worse_later(19000);

	ck_assert(best <= 19000);
	ck_assert(best * 1.03 >= 19000);
	/* Far less than it was: there is no answer. */
	ck_assert_double_eq(run_worse_later(10000), 0);
	ck_assert_double_eq(run_worse_later(0), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load search");
	TCase *t = tcase_create("search");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_limit_is_found_within_the_resolution, 0, RANGES);
	tcase_add_loop_test(t, what_never_passes_is_found_out_at_once, 0, RANGES);
	tcase_add_loop_test(t, what_always_passes_gives_the_highest, 0, RANGES);
	tcase_add_test(t, one_bad_trial_changes_nothing);
	tcase_add_loop_test(t, noise_is_lived_with, 0, 4);
	tcase_add_test(t, what_is_not_confirmed_is_not_told);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
