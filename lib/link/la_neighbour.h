/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_NEIGHBOUR_H
#define LA_NEIGHBOUR_H

/** @file
 * Neighbours on the link and their Ethernet addresses: a bounded table.
 *
 * It says where all frames go, those that answer others too (la_way.h). A host becomes known when
 * it asks for one of our addresses, and is polled once it is used (RFC 4861, 7.2.3), or when it
 * has sent a segment whose numbers nobody else can know; that it is there is shown by
 * an answer to a question of ours, by ARP or by Neighbour Discovery, and by more such segments
 * from the same Ethernet address (7.3.1).
 * A known neighbour is not replaced on the word of a stranger: its old address is polled
 * first, and only when that has been silent for a second is the new one tried.
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
	LA_NEIGHBOUR_INCOMPLETE,        /**< Asked, no answer yet. The ones below are known. */
	LA_NEIGHBOUR_STALE,             /**< It said where it is, and has not been asked yet. */
	LA_NEIGHBOUR_REACHABLE,
	LA_NEIGHBOUR_PROBE,             /**< Polled at the address we know; in use meanwhile. */
};

struct la_neighbour {
	struct la_addr address;
	uint64_t since_us;              /**< Last confirmed; INCOMPLETE: first wanted; STALE: heard
	                                     of or, once used, first used. */
	uint64_t asked_us;
	struct la_mac mac;
	struct la_mac candidate;        /**< Who else claims the address, if challenged. */
	uint8_t state;                  /**< enum la_neighbour_state */
	uint8_t tries;
	bool used;                      /**< Looked up since it was heard of or confirmed. */
	bool challenged;
	bool gateway;                   /**< Kept and asked for without end. */
	bool hinted;                    /**< Known, or asked for once, only because frames came
	                                     from it: it gives way to all others. */
	bool doubted;                   /**< Its frames come from elsewhere. */
};

static inline bool
la_neighbour_is_known(const struct la_neighbour *neighbour)
{
	return neighbour != NULL && neighbour->state > LA_NEIGHBOUR_INCOMPLETE;
}

/** What a message says of where its sender is. */
enum la_heard {
	LA_HEARD_ASKS_US = 1,           /**< It asks for us: worth knowing. */
	LA_HEARD_ANSWER = 2,            /**< It answers a question of ours. */
	LA_HEARD_OVERRIDE = 4,          /**< What is known may be wrong (RFC 4861, 4.4). */
	LA_HEARD_SAYS_MAC = 8,          /**< It names an Ethernet address: not only the frame's. */
};

struct la_neighbours {
	struct la_neighbour *entries;   /**< In sets of LA_NEIGHBOUR_WAYS. */
	uint32_t mask;                  /**< Of the place of an entry: a power of two less 1. */
	struct la_key key;
	uint32_t cursor;                /**< Entry the next tick starts at. */
	uint32_t in_use;
	struct la_neighbour *gateway[2];        /**< IPv4, IPv6; once wanted. */
	/** What was looked up last, and is used and known; NULL: none, or an entry has
	 *  changed since. To look it up again would change nothing. */
	const struct la_neighbour *last;
	struct la_addr last_remote;     /**< Whom it leads to. */
};

#endif
