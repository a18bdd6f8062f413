/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LINK_H
#define LA_LINK_H

/** @file
 * A port's link: our addresses on it, its neighbours, and the next hops of packets. The link
 * speaks ARP, Neighbour Discovery and Multicast Listener Discovery, and does not know of
 * connections.
 *
 * One core uses a link. A link has no clock and no I/O: the caller passes parsed frames and the
 * time, and frames are sent through la_link_io. Call la_link_tick() every 10 ms.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_address.h"
#include "la_arena.h"
#include "la_counter.h"
#include "la_emit.h"
#include "la_link_params.h"
#include "la_rx.h"
#include "la_limit.h"
#include "la_neighbour.h"
#include "la_way.h"

enum {
	LA_DUPLICATES = 16,
	LA_GROUPS_ASKED_MAX = 16,       /**< Groups that are reported one by one. */
};

/** Our IPv6 addresses that another host claimed before we announced them. */
struct la_duplicates {
	struct {
		struct la_addr address;
		uint64_t since_us;      /**< Time of the other's claim, or of our next question. */
		bool asked;
	} v[LA_DUPLICATES];
	uint32_t n;                     /**< LA_DUPLICATES: there may be more. */
};

/** A group that a query asked for by name. */
struct la_group_asked {
	struct la_addr group;
	uint64_t due_us;
};

/** Reports of the groups that we listen to: turns over all addresses, and single groups. */
struct la_memberships {
	uint32_t cursor;                /**< Next address of this turn. */
	uint32_t turns;                 /**< Turns left, the present one included. */
	uint64_t due_us;                /**< Time of the next turn. */
	bool news;                      /**< The turns are unsolicited reports. */
	bool version_1;                 /**< A querier with only MLD version 1 was heard lately. */
	uint64_t version_1_ends_us;
	uint32_t asked_len;
	struct la_group_asked asked[LA_GROUPS_ASKED_MAX];       /**< Unsorted. */
};

struct la_link {
	struct la_addresses addresses;
	struct la_mac mac;
	struct la_link_io io;
	la_counter *counters;           /**< By enum la_link_count; owned by the caller. */
	struct la_link_params params;
	struct la_neighbours neighbours;
	struct la_ways ways;
	bool started;
	uint32_t probe_cursor;          /**< Next address to announce or, IPv6, to probe. */
	uint32_t announce_cursor;       /**< Next IPv6 address to announce. */
	uint64_t probed_us;             /**< When the last one was probed, or the start. */
	struct la_duplicates duplicates;
	struct la_addr defended;        /**< Our address defended last, at defended_us. */
	uint64_t defended_us;
	struct la_memberships memberships;
	struct la_link_notice notice;
	struct la_shares icmp_limit;    /**< ICMP answers; also yields random delays of reports. */
};

/** Whether the parameters are valid. */
bool la_link_params_sane(const struct la_link_params *params);

/**
 * Take memory from the arena and, if it has any, fill in the link.
 *
 * @param link      Zeroed, if the arena has memory.
 * @param counters  LA_LINK_COUNTS counters, zeroed; only the link's core writes them.
 */
void la_link_init(struct la_link *link, struct la_arena *arena,
		const struct la_link_params *params, const struct la_link_io *io,
		la_counter *counters);

/** Call when the link is up: announce our addresses, report our groups, and ask for the gateways.
 *  All is sent each time, since the cable may lead to another network than before. */
void la_link_start(struct la_link *link, uint64_t now_us);

/** Process, and answer, a frame of our VLAN for which la_link_takes() is true.
 *  @return LA_RX_OK, or why the frame was dropped. */
enum la_rx_reason la_link_input(struct la_link *link, const struct la_rx *rx, uint64_t now_us);

/** Learn from a frame that another link of this port received, but do not answer it. Worker 0 also
 *  does what it does for all workers. */
void la_link_overhear(struct la_link *link, const struct la_rx *rx, uint64_t now_us);

/** Whether @p rx is an MLD query that worker 0 must answer. */
bool la_link_mld_concerns(const struct la_link *link, const struct la_rx *rx);

/** Periodic work: age entries, announce addresses, report groups. */
void la_link_tick(struct la_link *link, uint64_t now_us);

/** The same as la_link_next_hop(), without the cached result. */
bool la_link_look_up_hop(struct la_link *link, const struct la_addr *remote,
		struct la_hop *hop, uint64_t now_us);

/** The same as la_link_way() for a host that may be on the link, if the cached decision is not
 *  enough. */
uint64_t la_link_near_way(struct la_link *link, const struct la_addr *remote,
		const void *from, enum la_way_to to, uint64_t now_us);

/** Whether @p rx is a segment to us from a host that is not on the link. */
bool la_link_is_far(const struct la_link *link, const struct la_rx *rx);

/** Learn from which Ethernet address such a segment came: the gateway's or, if there is none,
 *  the router to use. @p proven: the peer itself sent the segment. */
void la_link_came_from_afar(struct la_link *link, const struct la_rx *rx, bool proven,
		uint64_t now_us);

static inline void
la_link_count(struct la_link *link, enum la_link_count count)
{
	la_count(&link->counters[count]);
}

/** Room for a frame; NULL, and counted, if none is free. */
static inline uint8_t *
la_link_frame(struct la_link *link)
{
	uint8_t *frame = link->io.frame(link->io.user);

	if (__builtin_expect(frame == NULL, 0))
		la_link_count(link, LA_LINK_TX_NO_FRAME);
	return frame;
}

/** Whether a well-formed frame is for la_link_input(). */
static inline bool
la_link_takes(const struct la_rx *rx)
{
	return rx->kind == LA_KIND_ARP || rx->kind == LA_KIND_ND || (rx->kind == LA_KIND_ICMP &&
			rx->icmp.type == LA_MLD_QUERY && !la_addr_is_v4(&rx->dest));
}

/** Whether a frame is of another VLAN than ours; a tag of VLAN 0 carries only a priority. */
static inline bool
la_link_is_foreign(const struct la_link *link, const struct la_rx *rx)
{
	return (rx->from.tci & LA_TCI_VLAN) != link->params.vlan;
}

/** Fill in the link's part of a path, to @p mac with tag @p tci. */
static inline void
la_link_path(const struct la_link *link, struct la_path *path, const struct la_mac *mac,
		uint16_t tci)
{
	path->source_mac = link->mac;
	path->dest_mac = *mac;
	path->tci = link->params.tag_offload ? 0 : tci;
	path->nic_tci = link->params.tag_offload ? tci : 0;
}

/** Find the next hop of packets to @p remote; false: not known yet, the link asks for it. */
static inline bool
la_link_next_hop(struct la_link *link, const struct la_addr *remote, struct la_hop *hop,
		uint64_t now_us)
{
	const struct la_neighbours *n = &link->neighbours;

	if (__builtin_expect(n->last == NULL || !la_addr_eq(&n->last_remote, remote), 0))
		return la_link_look_up_hop(link, remote, hop, now_us);
	hop->mac = n->last->mac;
	hop->tci = link->params.vlan;
	return true;
}

/**
 * Where an answer to a frame of @p remote goes, as in struct la_hop, except that the tag's place
 * has other bits. @p from: the frame's source, followed by two more octets. @p near: the result
 * of la_way_is_near().
 */
static inline uint64_t
la_link_way(struct la_link *link, const struct la_addr *remote, const void *from,
		enum la_way_to to, uint64_t now_us, bool v4, bool near)
{
	uint64_t way;

	if (near) {
		way = la_way_kept(&link->ways, remote);
		return __builtin_expect((way & (to == LA_TO_PEER ? LA_WAY_KNOWN_PROVEN :
				LA_WAY_KNOWN)) != 0, 1) ? way :
				la_link_near_way(link, remote, from, to, now_us);
	}
	way = link->ways.far[v4];
	if (__builtin_expect(way == 0, 0))
		memcpy(&way, from, sizeof(way));
	return way;
}

/** The same, with the frame's own tag. */
static inline struct la_hop
la_link_answer_hop(struct la_link *link, const struct la_addr *remote,
		const struct la_hop *from, enum la_way_to to, uint64_t now_us)
{
	const bool v4 = la_addr_is_v4(remote);
	const uint64_t way = la_link_way(link, remote, from, to, now_us, v4,
			la_way_is_near(&link->ways, remote, v4));
	/* Built as one word: to load it after stores of its parts would wait for these stores. */
	const uint64_t word = (way & LA_WAY_MAC) | (uint64_t)from->tci << 48;
	struct la_hop hop;

	memcpy(&hop, &word, sizeof(hop));
	return hop;
}

#endif
