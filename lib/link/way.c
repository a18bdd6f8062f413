/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decides where answers go: la_way.h. A forged frame from the link must not divert the answers to
 * another host, and many forged frames must not cause as many requests: at most 16 hosts wait to
 * be asked for, and one is asked for per tick.
 */
#include "link_private.h"

/* Mask of the first bits that two numbers have in common. */
static uint64_t
common_prefix(uint64_t a, uint64_t b)
{
	return a == b ? UINT64_MAX : ~(UINT64_MAX >> __builtin_clzll(a ^ b));
}

static bool
is_link_local(const struct la_span *span)
{
	enum { PREFIX = 0x3fa, SHIFT = 54 };

	return span->first.high >> SHIFT == PREFIX && span->last.high >> SHIFT == PREFIX;
}

/* Link-local addresses are near in any case. Our addresses have the upper half of a subnet. */
static void
init_v6(struct la_ways *w, const struct la_addresses *a)
{
	uint64_t net = 0, mask = UINT64_MAX;
	bool any = false;

	for (uint32_t i = 0; i < a->links_len[0]; i++) {
		const struct la_span *span = &a->links[0][i];

		if (is_link_local(span))
			continue;
		if (!any)
			net = span->first.high;
		any = true;
		mask &= common_prefix(net, span->first.high) & common_prefix(net, span->last.high);
	}
	w->v6_net = __builtin_bswap64(net);
	w->v6_mask = __builtin_bswap64(mask);
	w->v6_local = __builtin_bswap64(UINT64_C(0xfe80) << 48);
	w->v6_local_mask = __builtin_bswap64(UINT64_C(0xffc0) << 48);
}

/* An address of ours may lie outside its subnet, if a range extends beyond the subnet. */
static void
init_v4(struct la_ways *w, const struct la_addresses *a)
{
	const uint32_t n = a->links_len[1];
	uint64_t net, mask;

	w->v4_mask = UINT32_MAX;
	if (n == 0)
		return;
	net = (uint32_t)a->links[1][0].first.low;
	mask = common_prefix(net, (uint32_t)a->links[1][n - 1].last.low);
	for (uint32_t i = 0; i < a->runs_len; i++) {
		const struct la_address_run *run = &a->runs[i];
		const struct la_addr first = la_address_at(a, run->base);
		const struct la_addr last = la_address_at(a, run->base + run->count - 1);

		if (la_addr_is_v4(&first))
			mask &= common_prefix(net, la_addr_low(&first)) &
					common_prefix(net, la_addr_low(&last));
	}
	w->v4_net = __builtin_bswap32((uint32_t)net);
	w->v4_mask = __builtin_bswap32((uint32_t)mask);
}

void
la_link__ways_init(struct la_link *l)
{
	/* With masks of 0 all hosts are near; each answer follows its own frame. */
	if (l->params.reply_to_sender)
		return;
	init_v4(&l->ways, &l->addresses);
	init_v6(&l->ways, &l->addresses);
}

static uint64_t
way_of(const struct la_mac *mac)
{
	uint64_t way = 0;

	memcpy(&way, mac, sizeof(*mac));
	return way;
}

/* The entry of @p address has changed: drop the decisions that depend on it. */
void
la_link__way_changed(struct la_link *l, const struct la_addr *address)
{
	const bool v4 = la_addr_is_v4(address);
	struct la_ways *w = &l->ways;
	struct la_way *place = la_way_place(w, address);
	const struct la_neighbour *e;

	if (la_addr_eq(&place->remote, address))
		place->hop = 0;
	if (!l->params.has_gateway[!v4] || !la_addr_eq(&l->params.gateway[!v4], address) ||
			l->params.reply_to_sender)
		return;
	e = la_link__neighbour(l, address);
	w->far[v4] = la_neighbour_is_known(e) ? way_of(&e->mac) : 0;
	memset(w->near, 0, sizeof(w->near));
}

/* Ask later, if the host is still unknown then. If the hint was right, its next segment comes
 * before that and proves it; if not, the host tries again in a second. */
static void
ask_later(struct la_ways *w, const struct la_addr *address, uint64_t now_us)
{
	enum { LATER_US = 300000 };

	if (w->asks_len == LA_WAY_ASKS)
		return;
	for (uint32_t i = 0; i < w->asks_len; i++) {
		if (la_addr_eq(&w->asks[i].address, address))
			return;
	}
	w->asks[w->asks_len].address = *address;
	w->asks[w->asks_len++].due_us = now_us + LATER_US;
}

/* Only the frame tells where the host is. If the peer sent it for certain, the frame's Ethernet
 * address becomes the router for packets that answer no frame. */
static uint64_t
by_hint(struct la_link *l, bool v4, const struct la_mac *from, enum la_way_to to)
{
	if (to == LA_TO_PEER && la_mac_is_host(from)) {
		l->ways.router[!v4] = *from;
		l->ways.has_router[!v4] = true;
	}
	return LA_WAY_HINT;
}

/* @p remote is on the link. */
static uint64_t
decide_near(struct la_link *l, const struct la_addr *remote, const struct la_mac *from,
		enum la_way_to to, uint64_t now_us)
{
	struct la_neighbour *e = la_link__neighbour(l, remote);

	if (!la_neighbour_is_known(e) && to == LA_TO_PEER)
		e = la_link__neighbour_proven(l, remote, from, now_us);
	if (la_neighbour_is_known(e)) {
		la_link__neighbour_seen(e, from, to == LA_TO_PEER, now_us);
		return way_of(&e->mac);
	}
	if (to == LA_TO_NEW)
		ask_later(&l->ways, remote, now_us);
	return LA_WAY_HINT;
}

static uint64_t
decide_far(struct la_link *l, const struct la_addr *remote, const struct la_mac *from,
		enum la_way_to to, uint64_t now_us)
{
	const bool v4 = la_addr_is_v4(remote);
	struct la_neighbour *e;

	if (!l->params.has_gateway[!v4]) {
		la_link__no_gateway(l, remote);
		return by_hint(l, v4, from, to);
	}
	e = la_link__neighbour(l, &l->params.gateway[!v4]);
	if (!la_neighbour_is_known(e))
		return by_hint(l, v4, from, to);
	la_link__neighbour_seen(e, from, to == LA_TO_PEER, now_us);
	return way_of(&e->mac);
}

static LA_COLD uint64_t
decide_way(struct la_link *l, const struct la_addr *remote, const struct la_mac *from,
		enum la_way_to to, uint64_t now_us)
{
	const uint64_t way = l->params.reply_to_sender ? LA_WAY_HINT :
			la_address_is_on_link(&l->addresses, remote) ?
			decide_near(l, remote, from, to, now_us) :
			decide_far(l, remote, from, to, now_us);
	const uint64_t known = way & LA_WAY_HINT ? 0 : LA_WAY_KNOWN | LA_WAY_KNOWN_PROVEN;
	const uint64_t hop = way | (to == LA_TO_PEER ? LA_WAY_DECIDED | LA_WAY_PROVEN | known :
			LA_WAY_DECIDED | (known & LA_WAY_KNOWN));

	*la_way_place(&l->ways, remote) = (struct la_way){
		.remote = *remote, .hop = hop,
	};
	return hop;
}

/* Where an answer to a host that may be on the link goes, if the cached decision is not enough. */
LA_COLD uint64_t
la_link_near_way(struct la_link *l, const struct la_addr *remote, const void *from,
		enum la_way_to to, uint64_t now_us)
{
	uint64_t way = la_way_kept(&l->ways, remote);

	if (LA_UNLIKELY(!(way & (to == LA_TO_PEER ? LA_WAY_PROVEN : LA_WAY_DECIDED))))
		way = decide_way(l, remote, from, to, now_us);
	if (way & LA_WAY_HINT)
		memcpy(&way, from, sizeof(way));
	return way;
}

bool
la_link_is_far(const struct la_link *l, const struct la_rx *rx)
{
	return rx->kind == LA_KIND_TCP &&
			la_address_index(&l->addresses, &rx->dest) != LA_ADDRESS_NONE &&
			la_mac_eq(&rx->dest_mac, &l->mac) && !la_link_is_foreign(l, rx) &&
			!la_address_is_on_link(&l->addresses, &rx->source);
}

void
la_link_came_from_afar(struct la_link *l, const struct la_rx *rx, bool proven, uint64_t now_us)
{
	const enum la_way_to to = proven ? LA_TO_PEER : LA_TO_STRANGER;

	if (l->params.reply_to_sender)
		by_hint(l, la_addr_is_v4(&rx->source), &rx->from.mac, to);
	else
		decide_far(l, &rx->source, &rx->from.mac, to, now_us);
}

void
la_link__ways_tick(struct la_link *l, uint64_t now_us)
{
	enum { A_TICK = LA_WAYS / 64 };
	struct la_ways *w = &l->ways;

	w->look = true;
	for (uint32_t i = 0; i < A_TICK; i++, w->cursor++)
		w->near[w->cursor % LA_WAYS].hop = 0;
	if (w->asks_len == 0 || now_us < w->asks[0].due_us)
		return;
	la_link__neighbour_ask_once(l, &w->asks[0].address, now_us);
	memmove(&w->asks[0], &w->asks[1], --w->asks_len * sizeof(w->asks[0]));
}
