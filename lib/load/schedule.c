/* SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "la_schedule.h"

/* Values that do not fit become LA_SCHEDULE_NEVER. */
static uint64_t
whole_us(double value)
{
	return value < 1.8e19 ? (uint64_t)value : LA_SCHEDULE_NEVER;
}

/* Round up to whole opens, but ignore an excess that comes only from rounding errors. */
static uint64_t
opens_begun(double opens)
{
	return whole_us(ceil(opens - opens * 1e-12));
}

void
la_schedule_init(struct la_schedule *s, double per_s, uint64_t ramp_us, uint64_t sustain_us,
		uint64_t down_us)
{
	s->per_us = per_s / 1e6;
	s->ramp_us = (double)ramp_us;
	s->sustain_us = sustain_us != 0 ? (double)sustain_us : INFINITY;
	s->down_us = sustain_us != 0 ? (double)down_us : 0;
	s->ramp_opens = s->per_us * s->ramp_us / 2;
	s->sustain_opens = s->per_us * s->sustain_us;
	s->down_opens = s->per_us * s->down_us / 2;
	s->total = opens_begun(s->ramp_opens + s->sustain_opens + s->down_opens);
}

/* In the ramp down: n = r t - r t^2 / 2d, solved for t. */
static double
due_in_ramp_down(const struct la_schedule *s, double n)
{
	return n < s->down_opens ? s->down_us * (1 - sqrt(1 - n / s->down_opens)) : s->down_us;
}

uint64_t
la_schedule_due_us(const struct la_schedule *s, uint64_t number)
{
	double n = (double)number, us;

	if (number >= s->total)
		return LA_SCHEDULE_NEVER;
	if (n < s->ramp_opens)
		return whole_us(sqrt(2 * n * s->ramp_us / s->per_us));
	n -= s->ramp_opens;
	us = s->ramp_us;
	if (n < s->sustain_opens)
		return whole_us(us + n / s->per_us);
	return whole_us(us + s->sustain_us + due_in_ramp_down(s, n - s->sustain_opens));
}

/* The integral of the rate: opens until a time. */
static double
area_until(const struct la_schedule *s, double us)
{
	if (us < s->ramp_us)
		return s->per_us * us * us / (2 * s->ramp_us);
	us -= s->ramp_us;
	if (us < s->sustain_us)
		return s->ramp_opens + s->per_us * us;
	us -= s->sustain_us;
	if (us < s->down_us)
		return s->ramp_opens + s->sustain_opens +
				s->per_us * (us - us * us / (2 * s->down_us));
	return s->ramp_opens + s->sustain_opens + s->down_opens;
}

uint64_t
la_schedule_opens(const struct la_schedule *s, uint64_t at_us)
{
	const uint64_t opens = opens_begun(area_until(s, (double)at_us));

	return opens < s->total ? opens : s->total;
}

double
la_schedule_rate(const struct la_schedule *s, uint64_t at_us)
{
	double us = (double)at_us;

	if (us < s->ramp_us)
		return s->per_us * 1e6 * us / s->ramp_us;
	us -= s->ramp_us;
	if (us < s->sustain_us)
		return s->per_us * 1e6;
	us -= s->sustain_us;
	return us < s->down_us ? s->per_us * 1e6 * (1 - us / s->down_us) : 0;
}
