/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LIMIT_H
#define LA_LIMIT_H

/** @file
 * Rate limits whose exact size no outsider can know.
 *
 * An exact limit that all connections share is a side channel: an attacker
 * uses it up and counts what is left (CVE-2016-5696). So each second has its
 * own random budget, from half to one and a half times the rate.
 *
 * That alone would let one attacker use the whole budget. So each source (an IPv4 address, the
 * first 64 bits of an IPv6 address) also has a share of its own, about an eighth of the rate and
 * random, too: one source alone never sees the common budget run out. The keyed hash of the source
 * selects its place in a fixed table; sources with the same place share its budget.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_siphash.h"

struct la_limit {
	struct la_key key;
	uint64_t ends_us;               /**< When this budget ends; 0 at first. */
	uint64_t drawn;                 /**< Random numbers drawn so far. */
	uint32_t rate;                  /**< Average per second; 0: nothing passes. */
	uint32_t left;
};

/** @param label  Makes the limits of one secret differ from each other. */
void la_limit_init(struct la_limit *limit, const struct la_key *secret, uint64_t label,
		uint32_t rate);

/** Take one from the budget; false if this second's budget is used up. */
bool la_limit_take(struct la_limit *limit, uint64_t now_us);

/** @return 32 bits that an outsider cannot predict. */
uint32_t la_limit_draw(struct la_limit *limit);

enum { LA_SHARES = 1024 };

struct la_share {
	uint64_t ends_us;               /**< When the next second begins; 0 at first. */
	uint32_t left;
};

/** A limit with a share for each source. */
struct la_shares {
	struct la_limit all;
	struct la_share place[LA_SHARES];
};

/** @param shares  Zeroed; the others as for la_limit_init(). */
void la_shares_init(struct la_shares *shares, const struct la_key *secret, uint64_t label,
		uint32_t rate);

/** Take one from the budget, for @p source. */
bool la_shares_take(struct la_shares *shares, const struct la_addr *source, uint64_t now_us);

#endif
