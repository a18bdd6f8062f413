/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LINK_PRIVATE_H
#define LA_LINK_PRIVATE_H

/** @file
 * What the files of the link call of each other.
 */
#include "la_hint.h"
#include "la_link.h"


/* neighbour.c */
/** A host says where it is, @p how: LA_HEARD_*. One that is unknown is learnt only if it has
 *  asked for one of our addresses. @return whether it was believed. */
bool la_link__neighbour_heard(struct la_link *link, const struct la_addr *address,
		const struct la_mac *mac, unsigned int how, uint64_t now_us);
/** The entry of an address, or NULL. */
struct la_neighbour *la_link__neighbour(const struct la_link *link,
		const struct la_addr *address);
/** An unknown host has shown by a segment that it is at @p mac: as if it had asked for us.
 *  @return NULL if it was not learnt. */
struct la_neighbour *la_link__neighbour_proven(struct la_link *link,
		const struct la_addr *address, const struct la_mac *mac, uint64_t now_us);
/** A frame of a known neighbour, or by way of it, came from @p mac. @p proven: it is the
 *  peer's own. */
void la_link__neighbour_seen(struct la_neighbour *neighbour, const struct la_mac *mac,
		bool proven, uint64_t now_us);
/** A host was answered by the hint: ask for it, once, if it is unknown. */
void la_link__neighbour_ask_once(struct la_link *link, const struct la_addr *address,
		uint64_t now_us);
/** Ask for the gateways that are not in the table. */
void la_link__neighbours_start(struct la_link *link, uint64_t now_us);
/** Age a part of the entries: ask again, poll, forget. */
void la_link__neighbours_tick(struct la_link *link, uint64_t now_us);
/** @p remote is in no subnet, and there is no gateway: the user is told. */
void la_link__no_gateway(struct la_link *link, const struct la_addr *remote);

/* way.c */
/** Work out who may be on the link. */
void la_link__ways_init(struct la_link *link);
/** What is known of @p address has changed: drop what was decided by it. */
void la_link__way_changed(struct la_link *link, const struct la_addr *address);
/** Drop a part of the decisions, and ask for one who was answered by the hint. */
void la_link__ways_tick(struct la_link *link, uint64_t now_us);

/* arp.c */
/** A packet of ARP: learn from it, and answer it. */
enum la_rx_reason la_link__arp(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** One that another worker answers. */
void la_link__arp_overhear(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** Ask for an address: @p mac alone if it is not NULL, else everybody. */
void la_link__arp_ask(struct la_link *link, uint32_t address, const struct la_mac *mac);
/** Tell everybody that an address is ours. */
void la_link__arp_announce(struct la_link *link, const struct la_addr *address);

/* nd.c */
/** A message of Neighbour Discovery: learn from it, and answer it. */
enum la_rx_reason la_link__nd(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** One that another worker answers. */
void la_link__nd_overhear(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** Ask for an address: @p mac alone if it is not NULL, else its group. */
void la_link__nd_ask(struct la_link *link, const struct la_addr *address,
		const struct la_mac *mac);
/** Ask who has an address of ours (RFC 4862, 5.4.2). */
void la_link__nd_probe(struct la_link *link, const struct la_addr *address);
/** Tell all nodes that an address is ours. */
void la_link__nd_announce(struct la_link *link, const struct la_addr *address);

/* mld.c */
/** Report our groups unasked. */
void la_link__mld_start(struct la_link *link, uint64_t now_us);
/** A query: note what it asks for. */
enum la_rx_reason la_link__mld_query(struct la_link *link, const struct la_rx *rx,
		uint64_t now_us);
/** One that came to another worker. */
void la_link__mld_overhear(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** Report what is due. */
void la_link__mld_tick(struct la_link *link, uint64_t now_us);

/* announce.c */
/** Whether we defend an address: no other host had claimed it when we announced it
 *  (RFC 4862, 5.4). */
bool la_link__is_settled(const struct la_link *link, const struct la_addr *address);
/** Another host has an address of ours: if it was there first, leave it to it. */
void la_link__claimed(struct la_link *link, const struct la_addr *address, uint64_t now_us);
/** Go on announcing, with up to @p max addresses. */
void la_link__announce(struct la_link *link, uint32_t max, uint64_t now_us);
/** Another host uses an address of ours: notice it. @return whether to defend it now. */
bool la_link__conflict(struct la_link *link, const struct la_addr *address,
		const struct la_mac *mac, uint64_t now_us);

#endif
