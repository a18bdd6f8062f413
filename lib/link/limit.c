/* SPDX-License-Identifier: BSD-3-Clause */
/* Rate limits with a random budget each second. */
#include "la_limit.h"

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

/* Random, from half to one and a half times @p rate; rounded up, so that a rate of 1 passes. */
static uint32_t
draw_about(struct la_limit *limit, uint64_t rate)
{
	const uint64_t extra = (la_limit_draw(limit) * (rate + 1)) >> 32;

	return (uint32_t)((rate + 1) / 2 + extra);
}

static __attribute__((noinline)) void
refill_limit(struct la_limit *limit, uint64_t now_us)
{
	limit->left = draw_about(limit, limit->rate);
	limit->ends_us = now_us + SECOND_US;
}

bool
la_limit_take(struct la_limit *limit, uint64_t now_us)
{
	if (now_us >= limit->ends_us)
		refill_limit(limit, now_us);
	if (limit->left == 0)
		return false;
	limit->left--;
	return true;
}

void
la_shares_init(struct la_shares *shares, const struct la_key *secret, uint64_t label, uint32_t rate)
{
	la_limit_init(&shares->all, secret, label, rate);
}

/* An IPv6 host can use any address within its 64-bit prefix, so the prefix is the source. */
static struct la_share *
place_of(struct la_shares *shares, const struct la_addr *source)
{
	/* Two words; la_limit_draw() hashes one: so no random number reveals a place. */
	uint64_t words[2] = { la_addr_low(source), 1 };

	if (!la_addr_is_v4(source)) {
		memcpy(&words[0], source->b, sizeof(words[0]));
		words[1] = 0;
	}
	return &shares->place[la_siphash_words(&shares->all.key, words, 2) % LA_SHARES];
}

bool
la_shares_take(struct la_shares *shares, const struct la_addr *source, uint64_t now_us)
{
	enum { PART = 8 };
	struct la_share *share = place_of(shares, source);

	if (now_us >= share->ends_us) {
		share->left = draw_about(&shares->all, (shares->all.rate + PART - 1) / PART);
		share->ends_us = now_us + SECOND_US;
	}
	if (share->left == 0 || !la_limit_take(&shares->all, now_us))
		return false;
	share->left--;
	return true;
}
