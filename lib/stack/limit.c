/* SPDX-License-Identifier: BSD-3-Clause */
/* Rate limits with a random budget each second. */
#include "limit.h"

enum { SECOND_US = 1000000 };

void
la_limit_init(struct la_limit *limit, const struct la_key *secret, uint64_t label, uint32_t rate)
{
	*limit = (struct la_limit){ .key = la_key_derive(secret, label), .rate = rate };
}

uint32_t
la_limit_draw(struct la_limit *limit)
{
	limit->drawn++;
	return (uint32_t)la_siphash_words(&limit->key, &limit->drawn, 1);
}

static __attribute__((noinline)) void
refill(struct la_limit *limit, uint64_t now_us)
{
	const uint64_t rate = limit->rate;
	const uint64_t extra = (la_limit_draw(limit) * (rate + 1)) >> 32;

	/* Rounded up, so that a rate of one lets something pass. */
	limit->left = (uint32_t)((rate + 1) / 2 + extra);
	limit->ends_us = now_us + SECOND_US;
}

bool
la_limit_take(struct la_limit *limit, uint64_t now_us)
{
	if (now_us >= limit->ends_us)
		refill(limit, now_us);
	if (limit->left == 0)
		return false;
	limit->left--;
	return true;
}
