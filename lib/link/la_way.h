/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_WAY_H
#define LA_WAY_H

/** @file
 * Where answers go: to hosts on the link by the neighbour table, to all others through the
 * gateway, and to the Ethernet address that a frame came from (the hint) only while neither is
 * known. Decisions are cached, so that most frames cost one comparison: one decision for all
 * hosts that are not on the link, and one each for some hosts that are. Code that changes the
 * basis of a decision drops the decision. Those for hosts on the link are all dropped within a
 * second, so that a silent host is noticed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "la_addr.h"

/** A decision: an Ethernet address in the order of its octets, and these bits above it. */
#define LA_WAY_MAC (UINT64_MAX >> 16)
#define LA_WAY_DECIDED (UINT64_C(1) << 48)
/** Decided by a segment whose numbers only the peer can know: another teaches nothing new. */
#define LA_WAY_PROVEN (UINT64_C(1) << 49)
/** Nothing is known: answer to where the frame came from. */
#define LA_WAY_HINT (UINT64_C(1) << 50)
/** Decided, or even proven, and not a hint: there is nothing left to find out. */
#define LA_WAY_KNOWN (UINT64_C(1) << 51)
#define LA_WAY_KNOWN_PROVEN (UINT64_C(1) << 52)

enum {
	LA_WAYS = 1024,
	LA_WAY_ASKS = 16,
};

/** The kind of peer that is answered. */
enum la_way_to {
	LA_TO_STRANGER,                 /**< Anybody may have sent the frame. */
	LA_TO_NEW,                      /**< The same, but its sender waits for the answer: it is
	                                     worth a request for its Ethernet address. */
	LA_TO_PEER,                     /**< Only the peer can know the segment's numbers: the
	                                     link may learn from the frame. */
};

/** Decision for a host that is, or may be, on the link. */
struct la_way {
	struct la_addr remote;
	uint64_t hop;
	uint64_t unused;                /* Padding: two structs fill a cache line. */
};

struct la_ways {
	/** A host may be on the link if its address has this prefix, which all addresses on the
	 *  link and our own have. With reply-to-sender: all hosts. In network order; of IPv6 the
	 *  upper half. */
	uint32_t v4_net, v4_mask;
	uint64_t v6_net, v6_mask;
	uint64_t v6_local, v6_local_mask;       /**< Link-local hosts, too: fe80::/10. */
	uint64_t far[2];                /**< IPv6, IPv4: the gateway's Ethernet address, for all
	                                     other hosts; 0: not known. */
	bool look;                      /**< Examine the next frame: where does it come from? */
	struct la_way near[LA_WAYS] __attribute__((aligned(64)));
	uint32_t cursor;                /**< Place of the next decision to drop. */
	/** Unknown hosts on the link, answered by the hint: ask for them, oldest first. */
	struct {
		struct la_addr address;
		uint64_t due_us;
	} asks[LA_WAY_ASKS];
	uint32_t asks_len;
	/** A proven router to other networks; used by timers while no gateway is known. */
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

/** The cached decision for a host that may be on the link; 0: none. */
static inline uint64_t
la_way_kept(struct la_ways *w, const struct la_addr *remote)
{
	const struct la_way *near = la_way_place(w, remote);

	return __builtin_expect(la_addr_eq(&near->remote, remote), 1) ? near->hop : 0;
}

#endif
