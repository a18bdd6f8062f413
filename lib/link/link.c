/* SPDX-License-Identifier: BSD-3-Clause */
/* The link as a whole: its memory, its start, and the dispatch to its protocols. */
#include "link_private.h"

enum {
	LABEL_NEIGHBOURS = 1, LABEL_ICMP,
	VLAN_NONE = 4095,               /* Reserved (IEEE 802.1Q, 9.6). */
	ANNOUNCE_AT_ONCE = 16,          /* Addresses announced when the link comes up. */
	ANNOUNCE_A_TICK = 2,            /* 200 addresses per second after these. */
};

static bool
gateway_sane(const struct la_link_params *p, int family, bool v4)
{
	const struct la_addr *gateway = &p->gateway[family];

	return !p->has_gateway[family] ||
			(la_addr_is_v4(gateway) == v4 && la_address_is_host(gateway));
}

bool
la_link_params_sane(const struct la_link_params *p)
{
	static const struct la_mac none = { { 0 } };

	if (p->mac.b[0] & 1 || la_mac_eq(&p->mac, &none))
		return false;
	return la_addresses_sane(p->ranges, p->ranges_len) && p->vlan < VLAN_NONE &&
			p->neighbours <= LA_LINK_NEIGHBOURS_MAX && gateway_sane(p, 0, true) &&
			gateway_sane(p, 1, false);
}

/* Size the table for one entry per set on average: then hardly any set of eight is full. */
static void
take_neighbours(struct la_neighbours *n, struct la_arena *arena, uint32_t hosts)
{
	size_t entries = LA_NEIGHBOURS_MIN;

	while (entries < (size_t)LA_NEIGHBOUR_WAYS * hosts)
		entries *= 2;
	n->entries = la_arena_take(arena, entries * sizeof(*n->entries));
	n->mask = (uint32_t)entries - 1;
}

void
la_link_init(struct la_link *l, struct la_arena *arena, const struct la_link_params *params,
		const struct la_link_io *io, la_counter *counters)
{
	take_neighbours(&l->neighbours, arena, params->neighbours);
	la_addresses_init(&l->addresses, arena, params->ranges, params->ranges_len);
	if (arena->base == NULL)
		return;
	l->params = *params;
	l->params.ranges = NULL;
	l->mac = params->mac;
	l->io = *io;
	l->counters = counters;
	l->neighbours.key = la_key_derive(&params->secret, LABEL_NEIGHBOURS);
	la_shares_init(&l->icmp_limit, &params->secret, LABEL_ICMP, params->icmp_per_s);
	la_link__ways_init(l);
}

void
la_link_start(struct la_link *l, uint64_t now_us)
{
	l->started = true;
	l->probed_us = now_us;
	l->probe_cursor = l->announce_cursor = 0;
	l->duplicates.n = 0;
	la_link__neighbours_start(l, now_us);
	la_link__mld_start(l, now_us);
	la_link__announce(l, ANNOUNCE_AT_ONCE, now_us);
}

enum la_rx_reason
la_link_input(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	if (rx->kind == LA_KIND_ARP)
		return la_link__arp(l, rx, now_us);
	if (rx->kind == LA_KIND_ND)
		return la_link__nd(l, rx, now_us);
	return la_link__mld_query(l, rx, now_us);
}

void
la_link_overhear(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	if (rx->kind == LA_KIND_ARP)
		la_link__arp_overhear(l, rx, now_us);
	else if (rx->kind == LA_KIND_ND)
		la_link__nd_overhear(l, rx, now_us);
	else
		la_link__mld_overhear(l, rx, now_us);
}

void
la_link_tick(struct la_link *l, uint64_t now_us)
{
	la_link__neighbours_tick(l, now_us);
	la_link__ways_tick(l, now_us);
	if (!l->started)
		return;
	la_link__mld_tick(l, now_us);
	la_link__announce(l, ANNOUNCE_A_TICK, now_us);
}
