/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_search.h"

enum stage { STEPS, BISECTION, CONFIRMATION, OVER };

enum { CONFIRMATIONS_MAX = 5 };

void
la_search_begin(struct la_search *s, double low, double high)
{
	*s = (struct la_search){
		.low = low, .high = high, .resolution = 0.02, .rate = low, .stage = STEPS,
	};
}

static double
lesser_of(double a, double b)
{
	return a < b ? a : b;
}

/* Are the two rates so close that the search can end? */
static bool
is_near(const struct la_search *s)
{
	return s->worst - s->best <= s->best * s->resolution;
}

static void
bisect_rate(struct la_search *s)
{
	s->stage = is_near(s) ? CONFIRMATION : BISECTION;
	s->rate = s->stage == CONFIRMATION ? s->best : (s->best + s->worst) / 2;
}

static void
trial_passed(struct la_search *s)
{
	s->best = s->rate;
	if (s->stage == CONFIRMATION || s->rate >= s->high) {
		s->stage = OVER;
		return;
	}
	if (s->stage == STEPS)
		s->rate = lesser_of(s->rate * 2, s->high);
	else
		bisect_rate(s);
}

/* The rate passed before, but failed twice now: try slightly lower rates, a few times. */
static void
not_confirmed(struct la_search *s)
{
	s->rate /= 1 + s->resolution;
	s->best = 0;
	if (s->rate < s->low || ++s->confirmations > CONFIRMATIONS_MAX)
		s->stage = OVER;
}

static void
trial_failed(struct la_search *s)
{
	s->worst = s->rate;
	if (s->stage == CONFIRMATION)
		not_confirmed(s);
	else if (s->best == 0)
		s->stage = OVER;
	else
		bisect_rate(s);
}

bool
la_search_next(struct la_search *s, double *rate)
{
	*rate = s->rate;
	return s->stage != OVER;
}

void
la_search_take(struct la_search *s, bool pass)
{
	if (!pass && !s->again) {
		s->again = true;
		return;
	}
	s->again = false;
	if (pass)
		trial_passed(s);
	else
		trial_failed(s);
}
