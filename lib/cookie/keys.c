/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keys. All are derived from one secret with different labels, so that the hashes of one key
 * reveal nothing about the others. The cookie key of an epoch is a function of the master key and
 * the epoch's number: each core and each call computes the same key.
 */
#include "cookie_private.h"

/* Labels: "isn", "ts", "shrink" and "cookie" in the upper half; epochs have a number space of their
 * own. */
#define LABEL_ISN 0x69736e0000000000u
#define LABEL_TS 0x7473000000000000u
#define LABEL_SHRINK 0x736872696e6b0000u
#define LABEL_MASTER 0x636f6f6b69650000u

static void
draw_epoch_keys(struct la_cookie *cookie, uint32_t epoch, uint64_t now_us)
{
	cookie->epoch = epoch;
	cookie->key[0] = la_key_derive(&cookie->master, epoch);
	cookie->key[1] = la_key_derive(&cookie->master, epoch - 1);
	cookie->since_us = now_us;
}

void
la_cookie_init(struct la_cookie *cookie, const struct la_key *secret, uint64_t clock_offset_us,
		uint64_t now_us)
{
	*cookie = (struct la_cookie){
		.isn_key = la_key_derive(secret, LABEL_ISN),
		.ts_key = la_key_derive(secret, LABEL_TS),
		.master = la_key_derive(secret, LABEL_MASTER),
		.shrink = { la_key_derive(secret, LABEL_SHRINK),
				la_key_derive(secret, LABEL_SHRINK + 1) },
		.clock_offset_us = clock_offset_us,
		.vectors = la_siphash_has_avx2(),
	};
	draw_epoch_keys(cookie, epoch_of(tick_at(cookie, now_us)), now_us);
}

void
la_cookie_fix_keys(struct la_cookie *cookie, const struct la_key key[2], uint64_t now_us)
{
	if (cookie->fixed)
		cookie->rotations++;
	cookie->fixed = true;
	cookie->key[0] = key[0];
	cookie->key[1] = key[1];
	cookie->since_us = now_us;
}

void
la_cookie_rotate(struct la_cookie *cookie, uint64_t now_us)
{
	uint32_t epoch = epoch_of(tick_at(cookie, now_us));

	if (cookie->fixed || epoch == cookie->epoch)
		return;
	draw_epoch_keys(cookie, epoch, now_us);
	cookie->rotations++;
}

struct la_key
la_cookie__epoch_key(const struct la_cookie *cookie, uint32_t epoch)
{
	if (epoch == cookie->epoch)
		return cookie->key[0];
	if (epoch == cookie->epoch - 1)
		return cookie->key[1];
	/* A new epoch has begun, but la_cookie_rotate() has not been called yet. */
	return la_key_derive(&cookie->master, epoch);
}
