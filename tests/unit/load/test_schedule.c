/* SPDX-License-Identifier: BSD-3-Clause */
/* The schedule: when an open falls due, how many have, and at what rate. */
#include <math.h>

#include "la_check.h"
#include "la_schedule.h"

#define S(n) ((n) * UINT64_C(1000000))

struct plan {
	double per_s;
	uint64_t ramp_us, sustain_us, down_us;
};

static const struct plan plans[] = {
	{ 1, 0, S(10), 0 },
	{ 10000, 0, S(1), 0 },
	{ 10000, S(2), S(10), S(2) },
	{ 100000.0 / 3, S(2), S(3), S(1) },
	{ 100000.0 / 7, 1, 1, 1 },
	{ 7, S(3), S(1), S(5) },
	{ 0.001, 0, S(100000), 0 },
	{ 0.001, S(3600), S(604800), S(3600) },
	{ 1e6, S(2), S(60), S(2) },
	{ 1e9, 0, S(1), 0 },
	{ 1e9, S(3600), S(604800), S(3600) },
	{ 1e9, 1, 1, 1 },
	{ 123456.789, S(1), S(604800), S(1) },
	/* Without end. */
	{ 10000, 0, 0, 0 },
	{ 10000, S(2), 0, S(2) },
	{ 0.001, S(3600), 0, 0 },
	{ 1e9, S(1), 0, 0 },
};

enum { PLANS = sizeof(plans) / sizeof(plans[0]) };

static struct la_schedule s;

static void
begin(const struct plan *p)
{
	la_schedule_init(&s, p->per_s, p->ramp_us, p->sustain_us, p->down_us);
}

static double
all_of(const struct plan *p)
{
	return p->per_s / 1e6 * ((double)p->ramp_us / 2 + (double)p->sustain_us +
			(double)p->down_us / 2);
}

static uint64_t
length_of(const struct plan *p)
{
	return p->sustain_us == 0 ? S(1000000) : p->ramp_us + p->sustain_us + p->down_us;
}

/* Numbers of opens spread over the whole schedule, dense at its start. */
static uint64_t
number(const struct plan *p, uint32_t i)
{
	const double all = p->sustain_us != 0 ? all_of(p) : p->per_s * 1e6;

	return i < 2000 ? i : (uint64_t)(all * (i - 2000) / 2000);
}

/* What a stretch around a time is off by rounding, in opens. */
static double
slack(double n)
{
	return 1 + n * 1e-11;
}

START_TEST(due_and_opens_agree)
{
	const struct plan *p = &plans[_i];

	begin(p);
	for (uint32_t i = 0; i < 4000; i++) {
		const uint64_t n = number(p, i), due = la_schedule_due_us(&s, n);
		double before, after;

		if (due == LA_SCHEDULE_NEVER) {
			ck_assert_uint_ne(p->sustain_us, 0);
			ck_assert((double)n >= all_of(p) * (1 - 1e-11));
			continue;
		}
		before = (double)la_schedule_opens(&s, due);
		after = (double)la_schedule_opens(&s, due + 1);
		/* Not before the microsecond in which it is due, and in it. */
		ck_assert_msg(before <= (double)n + slack((double)n), "open %lu", (unsigned long)n);
		ck_assert_msg(after >= (double)n + 1 - slack((double)n), "open %lu",
				(unsigned long)n);
		if (p->per_s <= 1e6)
			ck_assert(before >= (double)n - slack((double)n) + 1);
	}
}
END_TEST

START_TEST(due_and_opens_never_decrease)
{
	const struct plan *p = &plans[_i];
	uint64_t last = 0;

	begin(p);
	for (uint64_t n = 0; n < 100000; n++) {
		const uint64_t due = la_schedule_due_us(&s, n);

		ck_assert_uint_ge(due, last);
		last = due;
	}
	last = 0;
	for (uint32_t i = 0; i <= 10000; i++) {
		const uint64_t opens = la_schedule_opens(&s, length_of(p) / 10000 * i);

		ck_assert_uint_ge(opens, last);
		last = opens;
	}
}
END_TEST

START_TEST(all_of_the_area_falls_due_and_no_more)
{
	const struct plan *p = &plans[_i];
	uint64_t all, over;

	begin(p);
	if (p->sustain_us == 0) {
		ck_assert_uint_ne(la_schedule_due_us(&s, 1000000), LA_SCHEDULE_NEVER);
		return;
	}
	all = la_schedule_opens(&s, length_of(p));
	ck_assert(fabs((double)all - all_of(p)) <= slack(all_of(p)));
	/* What has fallen due at the end is just what is ever due: none is waited for in vain. */
	ck_assert_uint_eq(la_schedule_due_us(&s, all), LA_SCHEDULE_NEVER);
	ck_assert_uint_eq(la_schedule_due_us(&s, UINT64_MAX), LA_SCHEDULE_NEVER);
	over = la_schedule_opens(&s, length_of(p) * 2);
	ck_assert_uint_eq(over, all);
	ck_assert_uint_eq(la_schedule_opens(&s, UINT64_MAX), all);
	ck_assert_uint_le(la_schedule_due_us(&s, all - 1), length_of(p));
}
END_TEST

/* Rates that divide badly: ceil() of a sum must not make one more than there is. */
START_TEST(rounding_makes_no_open_of_its_own)
{
	for (uint32_t workers = 1; workers <= 128; workers++) {
		for (uint32_t rate = 1000; rate < 1000000; rate = rate * 3 + 7) {
			const struct plan p = {
				(double)rate / workers, S(workers % 4), S(workers), S(workers % 3),
			};
			const double halves = p.per_s * (double)(2 * p.sustain_us + p.ramp_us +
					p.down_us) / 2e6;
			const uint64_t wanted = (uint64_t)ceil(halves - 1e-6);
			uint64_t all;

			begin(&p);
			all = la_schedule_opens(&s, length_of(&p));
			ck_assert_msg(all == wanted, "%u/s by %u: %lu, not %lu", rate, workers,
					(unsigned long)all, (unsigned long)wanted);
			ck_assert_uint_le(la_schedule_due_us(&s, all - 1), length_of(&p));
			ck_assert_uint_eq(la_schedule_due_us(&s, all), LA_SCHEDULE_NEVER);
		}
	}
}
END_TEST

/* The rate is the slope of opens. */
START_TEST(the_rate_is_that_of_the_opens)
{
	const struct plan *p = &plans[_i];
	const uint64_t step = length_of(p) / 1000;

	begin(p);
	for (uint64_t i = 1; step > 0 && i < 999; i++) {
		const uint64_t at = step * i;
		const double opens = (double)la_schedule_opens(&s, at + step) -
				(double)la_schedule_opens(&s, at);
		/* A trapezium, but for the step in which the slope changes. */
		const double wanted = (la_schedule_rate(&s, at) + la_schedule_rate(&s, at + step)) /
				2e6 * (double)step;
		const double most = p->per_s / 1e6 * (double)step;

		ck_assert(la_schedule_rate(&s, at) <= p->per_s * (1 + 1e-12));
		ck_assert(fabs(opens - wanted) <= 1 + most / 2 + opens * 1e-9);
		if (at > p->ramp_us && at + step < p->ramp_us + p->sustain_us)
			ck_assert(fabs(opens - most) <=
					1 + (double)la_schedule_opens(&s, at) * 1e-9);
	}
}
END_TEST

START_TEST(rates_at_known_times)
{
	la_schedule_init(&s, 10000, S(2), S(10), S(4));
	ck_assert_double_eq_tol(la_schedule_rate(&s, 0), 0, 1e-9);
	ck_assert_double_eq_tol(la_schedule_rate(&s, S(1)), 5000, 1e-6);
	ck_assert_double_eq_tol(la_schedule_rate(&s, S(2)), 10000, 1e-6);
	ck_assert_double_eq_tol(la_schedule_rate(&s, S(11)), 10000, 1e-6);
	ck_assert_double_eq_tol(la_schedule_rate(&s, S(13)), 7500, 1e-6);
	ck_assert_double_eq_tol(la_schedule_rate(&s, S(15)), 2500, 1e-6);
	ck_assert_double_eq_tol(la_schedule_rate(&s, S(16)), 0, 1e-6);
	ck_assert_double_eq_tol(la_schedule_rate(&s, UINT64_MAX), 0, 1e-6);
	/* By hand: 10,000 in the ramp, 100,000 between, 20,000 at the end. */
	ck_assert_uint_eq(la_schedule_opens(&s, S(1)), 2500);
	ck_assert_uint_eq(la_schedule_opens(&s, S(2)), 10000);
	ck_assert_uint_eq(la_schedule_opens(&s, S(12)), 110000);
	ck_assert_uint_eq(la_schedule_opens(&s, S(14)), 125000);
	ck_assert_uint_eq(la_schedule_opens(&s, S(16)), 130000);
	ck_assert_uint_eq(la_schedule_due_us(&s, 0), 0);
	ck_assert_uint_eq(la_schedule_due_us(&s, 2500), S(1));
	ck_assert_uint_eq(la_schedule_due_us(&s, 10000), S(2));
	ck_assert_uint_eq(la_schedule_due_us(&s, 60000), S(7));
	ck_assert_uint_eq(la_schedule_due_us(&s, 125000), S(14));
}
END_TEST

/* What falls due in 1e21 us does not wrap round to now. */
START_TEST(far_off_is_never_and_not_now)
{
	la_schedule_init(&s, 0.001, 0, 0, 0);
	ck_assert_uint_ge(la_schedule_due_us(&s, 1000), S(1000000) - 1);
	ck_assert_uint_le(la_schedule_due_us(&s, 1000), S(1000000));
	ck_assert_uint_eq(la_schedule_due_us(&s, UINT64_C(1) << 60), LA_SCHEDULE_NEVER);
	ck_assert_uint_eq(la_schedule_due_us(&s, UINT64_MAX - 1), LA_SCHEDULE_NEVER);
	la_schedule_init(&s, 1e9, 0, 0, 0);
	ck_assert_uint_eq(la_schedule_opens(&s, UINT64_MAX), UINT64_MAX);
}
END_TEST

static Suite *
suite(void)
{
	Suite *suite = suite_create("load schedule");
	TCase *t = tcase_create("schedule");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, due_and_opens_agree, 0, PLANS);
	tcase_add_loop_test(t, due_and_opens_never_decrease, 0, PLANS);
	tcase_add_loop_test(t, all_of_the_area_falls_due_and_no_more, 0, PLANS);
	tcase_add_test(t, rounding_makes_no_open_of_its_own);
	tcase_add_loop_test(t, the_rate_is_that_of_the_opens, 0, PLANS);
	tcase_add_test(t, rates_at_known_times);
	tcase_add_test(t, far_off_is_never_and_not_now);
	suite_add_tcase(suite, t);
	return suite;
}

LA_CHECK_MAIN(suite)
