/* SPDX-License-Identifier: BSD-3-Clause */
/* The histogram against the samples themselves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "la_check.h"
#include "la_histogram.h"

enum { SAMPLES = 1000000 };

static uint32_t sample[SAMPLES];
static struct la_histogram h, other;

static void
clear(void)
{
	memset(&h, 0, sizeof(h));
	memset(&other, 0, sizeof(other));
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* 0 to 1, both excluded. */
static double
unit(uint32_t *seed)
{
	return next_random(seed) / 4294967296.0;
}

static uint32_t
uniform(uint32_t *seed)
{
	return 1 + next_random(seed) % 1000000;
}

static uint32_t
exponential(uint32_t *seed)
{
	return (uint32_t)(-log(unit(seed)) * 300);
}

/* Most are fast; one in fifty waits for a retransmission. */
static uint32_t
bimodal(uint32_t *seed)
{
	return next_random(seed) % 50 == 0 ? 1000000 + next_random(seed) % 5000 :
			100 + next_random(seed) % 40;
}

/* From 1 us to 71 minutes, every scale alike. */
static uint32_t
every_scale(uint32_t *seed)
{
	return (uint32_t)exp(unit(seed) * log(4294967295.0));
}

static uint32_t
constant(uint32_t *seed)
{
	(void)seed;
	return 123457;
}

static uint32_t
small(uint32_t *seed)
{
	return next_random(seed) % 128;
}

static uint32_t (*const distributions[])(uint32_t *seed) = {
	uniform, exponential, bimodal, every_scale, constant, small,
};

enum { DISTRIBUTIONS = sizeof(distributions) / sizeof(distributions[0]) };

static int
compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Of the sorted samples: the least that so many are not above. */
static uint32_t
exact(double fraction)
{
	const double wanted = ceil(fraction * SAMPLES);

	return sample[wanted < 1 ? 0 : (uint32_t)wanted - 1];
}

static void
near(uint64_t value, uint32_t wanted, const char *what)
{
	const double off = (double)value - wanted;

	ck_assert_msg(fabs(off) <= 0.02 * wanted, "%s: %lu, the samples have %u", what,
			(unsigned long)value, wanted);
	/* It promises less than 1 per cent. */
	ck_assert_msg(fabs(off) <= 0.01 * wanted, "%s is more than 1 per cent off", what);
}

START_TEST(percentiles_are_those_of_the_samples)
{
	static const double fractions[] = { 0.001, 0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };
	uint32_t seed = 2463534242u;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < SAMPLES; i++) {
		sample[i] = distributions[_i](&seed);
		sum += sample[i];
		la_histogram_record(&h, sample[i]);
	}
	qsort(sample, SAMPLES, sizeof(sample[0]), compare);
	for (size_t i = 0; i < sizeof(fractions) / sizeof(fractions[0]); i++) {
		char what[32];

		snprintf(what, sizeof(what), "p%g", fractions[i] * 100);
		near(la_histogram_percentile(&h, fractions[i]), exact(fractions[i]), what);
	}
	ck_assert_uint_eq(h.count.value, SAMPLES);
	ck_assert_uint_eq(h.sum_us.value, sum);
	ck_assert_uint_eq(h.min_us.value, sample[0]);
	ck_assert_uint_eq(h.max_us.value, sample[SAMPLES - 1]);
}
END_TEST

/* low <= value < the next low. */
static void
in_its_bucket(uint32_t value)
{
	const uint32_t bucket = la_histogram_bucket(value);

	ck_assert_uint_lt(bucket, LA_HISTOGRAM_BUCKETS);
	ck_assert_uint_le(la_histogram_low(bucket), value);
	ck_assert_uint_gt(la_histogram_low(bucket + 1), value);
}

START_TEST(every_value_has_its_bucket)
{
	uint32_t seed = 88172645u;

	for (uint32_t value = 0; value < 1 << 20; value++)
		in_its_bucket(value);
	for (int bit = 0; bit < 32; bit++) {
		for (uint32_t off = 0; off < 5; off++)
			in_its_bucket((UINT32_C(1) << bit) - 2 + off);
	}
	for (int i = 0; i < 2000000; i++)
		in_its_bucket(next_random(&seed));
	in_its_bucket(UINT32_MAX);
}
END_TEST

START_TEST(buckets_join_and_are_narrow)
{
	ck_assert_uint_eq(la_histogram_low(0), 0);
	ck_assert_uint_eq(la_histogram_low(LA_HISTOGRAM_BUCKETS), UINT64_C(1) << 32);
	for (uint32_t b = 0; b < LA_HISTOGRAM_BUCKETS; b++) {
		const uint64_t low = la_histogram_low(b), next = la_histogram_low(b + 1);

		ck_assert_uint_lt(low, next);
		ck_assert_uint_eq(la_histogram_bucket((uint32_t)low), b);
		ck_assert_uint_eq(la_histogram_bucket((uint32_t)(next - 1)), b);
		if (low < 128)
			ck_assert_uint_eq(next - low, 1);
		/* From its middle to its ends is less than 1 per cent. */
		ck_assert_uint_le((next - low - 1) * 50, low);
	}
}
END_TEST

START_TEST(nothing_recorded_is_all_zero)
{
	ck_assert_uint_eq(la_histogram_percentile(&h, 0), 0);
	ck_assert_uint_eq(la_histogram_percentile(&h, 0.5), 0);
	ck_assert_uint_eq(la_histogram_percentile(&h, 1), 0);
	/* Added to or taken from nothing it is still that. */
	la_histogram_add(&h, &other);
	la_histogram_since(&h, &other);
	ck_assert_uint_eq(h.count.value | h.min_us.value | h.max_us.value | h.sum_us.value, 0);
}
END_TEST

START_TEST(one_value_is_told_exactly)
{
	static const uint32_t values[] = { 0, 1, 127, 128, 129, 1000003, UINT32_MAX };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		clear();
		la_histogram_record(&h, values[i]);
		ck_assert_uint_eq(la_histogram_percentile(&h, 0), values[i]);
		ck_assert_uint_eq(la_histogram_percentile(&h, 0.5), values[i]);
		ck_assert_uint_eq(la_histogram_percentile(&h, 1), values[i]);
	}
}
END_TEST

START_TEST(added_ones_are_as_if_recorded_together)
{
	static struct la_histogram sum, all;
	uint32_t seed = 5;

	for (int i = 0; i < 100000; i++) {
		const uint32_t us = every_scale(&seed);

		la_histogram_record(i % 3 == 0 ? &h : &other, us);
		la_histogram_record(&all, us);
	}
	la_histogram_add(&sum, &h);
	ck_assert_mem_eq(&sum, &h, sizeof(h));
	la_histogram_add(&sum, &other);
	ck_assert_mem_eq(&sum, &all, sizeof(all));
}
END_TEST

START_TEST(since_is_what_came_later)
{
	static struct la_histogram earlier, later;
	uint32_t seed = 17;

	for (int i = 0; i < 50000; i++)
		la_histogram_record(&h, exponential(&seed));
	earlier = h;
	for (int i = 0; i < 20000; i++) {
		const uint32_t us = bimodal(&seed);

		la_histogram_record(&h, us);
		la_histogram_record(&later, us);
	}
	la_histogram_since(&h, &earlier);
	ck_assert_uint_eq(h.count.value, 20000);
	ck_assert_uint_eq(h.sum_us.value, later.sum_us.value);
	ck_assert_mem_eq(h.bucket, later.bucket, sizeof(h.bucket));
	for (double fraction = 0; fraction <= 1; fraction += 0.01)
		near(la_histogram_percentile(&h, fraction),
				(uint32_t)la_histogram_percentile(&later, fraction), "since");
	near(h.min_us.value, (uint32_t)later.min_us.value, "min");
	near(h.max_us.value, (uint32_t)later.max_us.value, "max");
}
END_TEST

START_TEST(since_now_is_nothing)
{
	uint32_t seed = 3;

	for (int i = 0; i < 1000; i++)
		la_histogram_record(&h, uniform(&seed));
	other = h;
	la_histogram_since(&h, &other);
	memset(&other, 0, sizeof(other));
	ck_assert_mem_eq(&h, &other, sizeof(h));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load histogram");
	TCase *t = tcase_create("histogram");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, clear, NULL);
	tcase_add_loop_test(t, percentiles_are_those_of_the_samples, 0, DISTRIBUTIONS);
	tcase_add_test(t, every_value_has_its_bucket);
	tcase_add_test(t, buckets_join_and_are_narrow);
	tcase_add_test(t, nothing_recorded_is_all_zero);
	tcase_add_test(t, one_value_is_told_exactly);
	tcase_add_test(t, added_ones_are_as_if_recorded_together);
	tcase_add_test(t, since_is_what_came_later);
	tcase_add_test(t, since_now_is_nothing);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
