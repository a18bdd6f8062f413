/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_NEIGHBOUR_H
#define LA_NEIGHBOUR_H

/** @file
 * Neighbours on the link and their Ethernet addresses: a bounded table.
 *
 * The table decides where all frames go, answers included (la_way.h). A host becomes known when it
 * asks for one of our addresses, and is then polled once it is used (RFC 4861, 7.2.3), or when it
 * has sent a segment whose numbers only the peer can know. A host is confirmed by an answer to an
 * ARP or Neighbour Discovery request of ours, and by more such segments from the same Ethernet
 * address (7.3.1).
 * The Ethernet address of a known neighbour does not change because another host claims it: the
 * old address is polled first, and the new one is tried only after a second without answer.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_siphash.h"

enum {
	LA_NEIGHBOUR_WAYS = 8,
	LA_NEIGHBOURS_MIN = 1024,
};

enum la_neighbour_state {
	LA_NEIGHBOUR_FREE,
	LA_NEIGHBOUR_INCOMPLETE,        /**< Asked, no answer yet. In the states below: known. */
	LA_NEIGHBOUR_STALE,             /**< It told its Ethernet address; we have not polled it. */
	LA_NEIGHBOUR_REACHABLE,
	LA_NEIGHBOUR_PROBE,             /**< Polled at the known address, which stays in use. */
};

struct la_neighbour {
	struct la_addr address;
	uint64_t since_us;              /**< Last confirmed; INCOMPLETE: first wanted; STALE: learnt
	                                     or, once used, first used. */
	uint64_t asked_us;
	struct la_mac mac;
	struct la_mac candidate;        /**< If challenged: another MAC that claims the address. */
	uint8_t state;                  /**< enum la_neighbour_state */
	uint8_t tries;
	bool used;                      /**< Looked up since it was learnt or confirmed. */
	bool challenged;
	bool gateway;                   /**< Never evicted; asked for without end. */
	bool hinted;                    /**< Known, or asked for once, only because frames came
	                                     from it: evicted before all others. */
	bool doubted;                   /**< Its frames come from another Ethernet address. */
};

static inline bool
la_neighbour_is_known(const struct la_neighbour *neighbour)
{
	return neighbour != NULL && neighbour->state > LA_NEIGHBOUR_INCOMPLETE;
}

/** What a message tells about its sender. */
enum la_heard {
	LA_HEARD_ASKS_US = 1,           /**< It asks for an address of ours: learn the sender. */
	LA_HEARD_ANSWER = 2,            /**< It answers a request of ours. */
	LA_HEARD_OVERRIDE = 4,          /**< It may change a known entry (RFC 4861, 4.4). */
	LA_HEARD_SAYS_MAC = 8,          /**< It contains an Ethernet address besides the frame's. */
};

struct la_neighbours {
	struct la_neighbour *entries;   /**< In sets of LA_NEIGHBOUR_WAYS. */
	uint32_t mask;                  /**< Number of entries, a power of two, minus 1. */
	struct la_key key;
	uint32_t cursor;                /**< Entry the next tick starts at. */
	uint32_t in_use;
	struct la_neighbour *gateway[2];        /**< IPv4, IPv6; once wanted. */
	/** Cache of the last look-up, if the entry is used and known; NULL: none, or an
	 *  entry has changed since. To look it up again would change nothing. */
	const struct la_neighbour *last;
	struct la_addr last_remote;     /**< The destination of that look-up. */
};

#endif
