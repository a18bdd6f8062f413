/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LINK_PRIVATE_H
#define LA_LINK_PRIVATE_H

/** @file
 * Functions that the files of the link share.
 */
#include "la_hint.h"
#include "la_link.h"


/* neighbour.c */
/** Process a host's message about its Ethernet address, @p how: LA_HEARD_*. An unknown host is
 *  learnt only if it asks for one of our addresses. @return whether it was believed. */
bool la_link__neighbour_heard(struct la_link *link, const struct la_addr *address,
		const struct la_mac *mac, unsigned int how, uint64_t now_us);
/** The entry of an address, or NULL. */
struct la_neighbour *la_link__neighbour(const struct la_link *link,
		const struct la_addr *address);
/** Learn an unknown host that has proved by a segment that it is at @p mac, as if it had asked
 *  for us. @return NULL if it was not learnt. */
struct la_neighbour *la_link__neighbour_proven(struct la_link *link,
		const struct la_addr *address, const struct la_mac *mac, uint64_t now_us);
/** Note that a frame of a known neighbour, or through it, came from @p mac. @p proven: the peer
 *  itself sent it. */
void la_link__neighbour_seen(struct la_neighbour *neighbour, const struct la_mac *mac,
		bool proven, uint64_t now_us);
/** Ask once for a host that was answered by the hint, if it is unknown. */
void la_link__neighbour_ask_once(struct la_link *link, const struct la_addr *address,
		uint64_t now_us);
/** Ask for the gateways that are not in the table. */
void la_link__neighbours_start(struct la_link *link, uint64_t now_us);
/** Age a part of the entries: ask again, poll, or delete. */
void la_link__neighbours_tick(struct la_link *link, uint64_t now_us);
/** Notice for the user that @p remote is in no subnet and there is no gateway. */
void la_link__no_gateway(struct la_link *link, const struct la_addr *remote);

/* way.c */
/** Compute which addresses may be on the link. */
void la_link__ways_init(struct la_link *link);
/** The entry of @p address has changed: drop the decisions that depend on it. */
void la_link__way_changed(struct la_link *link, const struct la_addr *address);
/** Drop a part of the decisions, and ask for one host that was answered by the hint. */
void la_link__ways_tick(struct la_link *link, uint64_t now_us);

/* arp.c */
/** Learn from an ARP packet, and answer it. */
enum la_rx_reason la_link__arp(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** Learn from an ARP packet that another worker answers. */
void la_link__arp_overhear(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** Ask for an address: only @p mac or, if that is NULL, by broadcast. */
void la_link__arp_ask(struct la_link *link, uint32_t address, const struct la_mac *mac);
/** Tell all hosts on the link that an address is ours. */
void la_link__arp_announce(struct la_link *link, const struct la_addr *address);

/* nd.c */
/** Learn from a Neighbour Discovery message, and answer it. */
enum la_rx_reason la_link__nd(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** Learn from a Neighbour Discovery message that another worker answers. */
void la_link__nd_overhear(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** Ask for an address: only @p mac or, if that is NULL, its group. */
void la_link__nd_ask(struct la_link *link, const struct la_addr *address,
		const struct la_mac *mac);
/** Probe whether another host has an address of ours (RFC 4862, 5.4.2). */
void la_link__nd_probe(struct la_link *link, const struct la_addr *address);
/** Tell all nodes that an address is ours. */
void la_link__nd_announce(struct la_link *link, const struct la_addr *address);

/* mld.c */
/** Report our groups without a query. */
void la_link__mld_start(struct la_link *link, uint64_t now_us);
/** Process a query: schedule the reports that it asks for. */
enum la_rx_reason la_link__mld_query(struct la_link *link, const struct la_rx *rx,
		uint64_t now_us);
/** Process a query that came to another worker. */
void la_link__mld_overhear(struct la_link *link, const struct la_rx *rx, uint64_t now_us);
/** Send the reports that are due. */
void la_link__mld_tick(struct la_link *link, uint64_t now_us);

/* announce.c */
/** Whether we defend an address: no other host had claimed it when we announced it
 *  (RFC 4862, 5.4). */
bool la_link__is_settled(const struct la_link *link, const struct la_addr *address);
/** Another host claims an address of ours: if the host had it first, leave the address to it. */
void la_link__claimed(struct la_link *link, const struct la_addr *address, uint64_t now_us);
/** Announce up to @p max more addresses. */
void la_link__announce(struct la_link *link, uint32_t max, uint64_t now_us);
/** Note that another host uses an address of ours. @return whether to defend it now. */
bool la_link__conflict(struct la_link *link, const struct la_addr *address,
		const struct la_mac *mac, uint64_t now_us);

#endif
