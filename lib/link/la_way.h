/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_WAY_H
#define LA_WAY_H

/** @file
 * Where answers go: to whom is on the link by the neighbour table, to all others by the
 * gateway, and to the Ethernet address that a frame came from (the hint) only while neither is
 * known. What was decided is kept, so that most frames cost a comparison: one decision for all
 * who are not on the link, and one for each of some who are. Whoever changes what a decision
 * rests on drops it; the latter are all dropped within a second, so that who falls silent is
 * noticed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "la_addr.h"

/** A decision: an Ethernet address in the order of its octets, and these above it. */
#define LA_WAY_MAC (UINT64_MAX >> 16)
#define LA_WAY_DECIDED (UINT64_C(1) << 48)
/** By a segment whose numbers only the peer can know: nothing is to be learnt from another. */
#define LA_WAY_PROVEN (UINT64_C(1) << 49)
/** Nothing is known: where the frame came from. */
#define LA_WAY_HINT (UINT64_C(1) << 50)
/** It is decided, or even proven, and no hint: there is nothing left to find out. */
#define LA_WAY_KNOWN (UINT64_C(1) << 51)
#define LA_WAY_KNOWN_PROVEN (UINT64_C(1) << 52)

enum {
	LA_WAYS = 1024,
	LA_WAY_ASKS = 16,
};

/** Who is answered. */
enum la_way_to {
	LA_TO_STRANGER,                 /**< Anybody may have sent it. */
	LA_TO_NEW,                      /**< The same, and it waits for the answer: it is worth
	                                     a question where it is. */
	LA_TO_PEER,                     /**< Nobody else can know its numbers: it may be learnt
	                                     from. */
};

/** Of one who is, or may be, on the link. */
struct la_way {
	struct la_addr remote;
	uint64_t hop;
	uint64_t unused;                /* Two of them fill a cache line. */
};

struct la_ways {
	/** Who may be on the link: whose first bits are those of all who are, and of our own
	 *  addresses. With reply-to-sender, everybody. As they lie in an address; of IPv6 the
	 *  upper half. */
	uint32_t v4_net, v4_mask;
	uint64_t v6_net, v6_mask;
	uint64_t v6_local, v6_local_mask;       /**< And who is link-local: fe80::/10. */
	uint64_t far[2];                /**< The gateway's Ethernet address, for all others; 0: it is
	                                     not known. IPv6, IPv4. */
	bool look;                      /**< The next frame is looked at: by what way does it come? */
	struct la_way near[LA_WAYS] __attribute__((aligned(64)));
	uint32_t cursor;                /**< Where the next decisions are dropped. */
	/** On the link, unknown, and answered by the hint: to be asked for, oldest first. */
	struct {
		struct la_addr address;
		uint64_t due_us;
	} asks[LA_WAY_ASKS];
	uint32_t asks_len;
	/** Who was proven to be the way to others; for timers, while there is no gateway. */
	struct la_mac router[2];        /**< IPv4, IPv6. */
	bool has_router[2];
};

static inline bool
la_way_is_near(const struct la_ways *w, const struct la_addr *remote, bool v4)
{
	uint32_t low;
	uint64_t high;

	if (v4) {
		memcpy(&low, remote->b + 12, sizeof(low));
		return ((low ^ w->v4_net) & w->v4_mask) == 0;
	}
	memcpy(&high, remote->b, sizeof(high));
	return ((high ^ w->v6_net) & w->v6_mask) == 0 ||
			((high ^ w->v6_local) & w->v6_local_mask) == 0;
}

static inline struct la_way *
la_way_place(struct la_ways *w, const struct la_addr *remote)
{
	return &w->near[la_addr_low(remote) % LA_WAYS];
}

/** What was decided of one who may be near; 0: nothing. */
static inline uint64_t
la_way_kept(struct la_ways *w, const struct la_addr *remote)
{
	const struct la_way *near = la_way_place(w, remote);

	return __builtin_expect(la_addr_eq(&near->remote, remote), 1) ? near->hop : 0;
}

#endif
