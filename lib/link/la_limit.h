/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LIMIT_H
#define LA_LIMIT_H

/** @file
 * Rate limits whose exact size nobody outside can know.
 *
 * A limit that is shared by all connections and exact is a side channel: an
 * attacker spends it and counts what is left (CVE-2016-5696). So each second
 * gets a budget of its own, drawn from half to one and a half times the rate.
 *
 * That alone lets one stranger take all. So before the budget of all each source has a share of
 * its own (an IPv4 address, 64 bits of an IPv6 one), some eighth of the rate and drawn as well:
 * one source alone never sees the budget of all run out. The keyed hash of the source names its
 * place in a fixed table; those that share a place share what it has.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_siphash.h"

struct la_limit {
	struct la_key key;
	uint64_t ends_us;               /**< When this budget ends; 0 at first. */
	uint64_t drawn;                 /**< Numbers drawn so far. */
	uint32_t rate;                  /**< A second, on average; 0: nothing passes. */
	uint32_t left;
};

/** @param label  Makes the limits of one secret differ from each other. */
void la_limit_init(struct la_limit *limit, const struct la_key *secret, uint64_t label,
		uint32_t rate);

/** Ask for one; false when this second's budget is spent. */
bool la_limit_take(struct la_limit *limit, uint64_t now_us);

/** 32 bits that an outsider can not foretell. */
uint32_t la_limit_draw(struct la_limit *limit);

enum { LA_SHARES = 1024 };

struct la_share {
	uint64_t ends_us;               /**< When the next second begins; 0 at first. */
	uint32_t left;
};

/** A limit that is shared out by source. */
struct la_shares {
	struct la_limit all;
	struct la_share place[LA_SHARES];
};

/** @p shares zeroed; the rest as for la_limit_init(). */
void la_shares_init(struct la_shares *shares, const struct la_key *secret, uint64_t label,
		uint32_t rate);

/** Ask for one for @p source. */
bool la_shares_take(struct la_shares *shares, const struct la_addr *source, uint64_t now_us);

#endif
