/* SPDX-License-Identifier: BSD-3-Clause */
/* The neighbour table: the Ethernet addresses of hosts on the link, and whether they answer. */
#include "link_private.h"

#define MS(n) ((n) * UINT64_C(1000))

enum {
	PROBES = 3,
	BACKOFF_SHIFT_MAX = 5,          /* A silent gateway is asked every 32 s. */
	A_TICK = 128, TICKS_MAX = 64,   /* Least entries per tick; most ticks for all entries. */
};

static const uint64_t ask_again_us = MS(1000);
static const uint64_t incomplete_us = MS(3000);
static const uint64_t reachable_us = MS(30000);
static const uint64_t delay_us = MS(5000);      /* DELAY_FIRST_PROBE_TIME (RFC 4861, 10). */
/* Longer than the longest RTO: if a segment is lost because its neighbour is unknown, the
 * neighbour must be known when the segment is retransmitted. */
static const uint64_t idle_us = MS(300000);
static const uint64_t probe_us = MS(333);

static struct la_neighbour *
set_of(const struct la_neighbours *n, const struct la_addr *address)
{
	uint64_t words[2], hash;

	memcpy(words, address, sizeof(words));
	hash = la_siphash_words(&n->key, words, 2);

	return n->entries + (hash & n->mask & ~(LA_NEIGHBOUR_WAYS - UINT64_C(1)));
}

static struct la_neighbour *
find_entry(const struct la_neighbours *n, const struct la_addr *address)
{
	struct la_neighbour *set = set_of(n, address);

	for (int i = 0; i < LA_NEIGHBOUR_WAYS; i++) {
		if (set[i].state != LA_NEIGHBOUR_FREE && la_addr_eq(&set[i].address, address))
			return &set[i];
	}
	return NULL;
}

static void
forget_entry(struct la_link *l, struct la_neighbour *e)
{
	e->state = LA_NEIGHBOUR_FREE;
	l->neighbours.in_use--;
	la_link__way_changed(l, &e->address);
}

/* Eviction rank: an entry may replace only one of lower rank. */
enum rank { FREE, TOLD, ASKED, ANSWERED, GATEWAY };

static enum rank
rank_of(const struct la_neighbour *e)
{
	if (e->state == LA_NEIGHBOUR_FREE)
		return FREE;
	if (e->gateway)
		return GATEWAY;
	if (e->hinted || (e->state == LA_NEIGHBOUR_STALE && !e->used))
		return TOLD;
	return e->state == LA_NEIGHBOUR_INCOMPLETE ? ASKED : ANSWERED;
}

/*
 * Make room for an entry of rank @p as: a free place, or the oldest entry of the lowest rank. A
 * host that told us its address takes only a free place, and may be evicted by a host that we ask
 * for. A host that answered us is evicted only by the gateway: otherwise strangers could evict it
 * at will.
 */
static struct la_neighbour *
add_entry(struct la_link *l, const struct la_addr *address, enum rank as, uint64_t now_us)
{
	struct la_neighbours *n = &l->neighbours;
	struct la_neighbour *set = set_of(n, address), *place = &set[0];
	const enum rank most = as == ASKED ? ASKED : as - 1;

	n->last = NULL;
	for (int i = 1; i < LA_NEIGHBOUR_WAYS; i++) {
		if (rank_of(&set[i]) < rank_of(place) || (rank_of(&set[i]) == rank_of(place) &&
				set[i].since_us < place->since_us))
			place = &set[i];
	}
	if (rank_of(place) > most) {
		la_link_count(l, LA_LINK_NEIGHBOURS_FULL);
		return NULL;
	}
	if (place->state != LA_NEIGHBOUR_FREE)
		forget_entry(l, place);
	n->in_use++;
	*place = (struct la_neighbour){
		.address = *address, .since_us = now_us, .state = LA_NEIGHBOUR_INCOMPLETE,
	};
	return place;
}

/* Ask for an entry's address: by multicast while it is unknown, else only the known host. */
static void
solicit_entry(struct la_link *l, struct la_neighbour *e, uint64_t now_us)
{
	const struct la_mac *mac = e->state == LA_NEIGHBOUR_INCOMPLETE ? NULL : &e->mac;

	e->asked_us = now_us;
	if (e->tries < UINT8_MAX)
		e->tries++;
	if (la_addr_is_v4(&e->address))
		la_link__arp_ask(l, la_addr_low(&e->address), mac);
	else
		la_link__nd_ask(l, &e->address, mac);
}

static void
resolve_entry(struct la_link *l, struct la_neighbour *e, uint64_t now_us)
{
	e->state = LA_NEIGHBOUR_INCOMPLETE;
	e->since_us = now_us;
	e->tries = 0;
	e->challenged = false;
	la_link__way_changed(l, &e->address);
	solicit_entry(l, e, now_us);
}

static void
poll_known(struct la_link *l, struct la_neighbour *e, uint64_t now_us)
{
	e->state = LA_NEIGHBOUR_PROBE;
	e->tries = 0;
	solicit_entry(l, e, now_us);
}

static void
confirm_entry(struct la_link *l, struct la_neighbour *e, uint64_t now_us)
{
	e->state = LA_NEIGHBOUR_REACHABLE;
	e->doubted = false;
	e->since_us = now_us;
	e->tries = 0;
	e->used = false;
	e->challenged = false;
	/* Drop the decisions: the next use sets e->used again. */
	la_link__way_changed(l, &e->address);
}

/* Keep a gateway, and ask for it. */
static void
want_gateway(struct la_link *l, int family, uint64_t now_us)
{
	struct la_neighbours *n = &l->neighbours;
	struct la_neighbour *e = find_entry(n, &l->params.gateway[family]);

	if (e == NULL)
		e = add_entry(l, &l->params.gateway[family], GATEWAY, now_us);
	if (e == NULL)
		return;
	n->gateway[family] = e;
	e->gateway = true;
	if (e->state == LA_NEIGHBOUR_INCOMPLETE)
		resolve_entry(l, e, now_us);
}

void
la_link__neighbours_start(struct la_link *l, uint64_t now_us)
{
	for (int family = 0; family < 2; family++) {
		if (l->params.has_gateway[family] && l->neighbours.gateway[family] == NULL)
			want_gateway(l, family, now_us);
	}
}

/* The next hop of a packet: its destination if that is on the link, else the gateway. */
static const struct la_addr *
hop_for(const struct la_link *l, const struct la_addr *remote)
{
	const int family = la_addr_is_v4(remote) ? 0 : 1;

	if (la_address_is_on_link(&l->addresses, remote))
		return remote;
	return l->params.has_gateway[family] ? &l->params.gateway[family] : NULL;
}

/* The gateway is not known: use a router that was proven to lead to other networks. */
static bool
by_router(const struct la_link *l, const struct la_addr *remote, struct la_hop *to)
{
	const int family = la_addr_is_v4(remote) ? 0 : 1;

	to->mac = l->ways.router[family];
	to->tci = l->params.vlan;
	return l->ways.has_router[family];
}

static void
use_entry(struct la_neighbour *e, uint64_t now_us)
{
	if (e->state == LA_NEIGHBOUR_STALE && !e->used)
		e->since_us = now_us;
	e->used = true;
	e->hinted = false;
}

/* Notice for the user that @p remote is in no subnet and there is no gateway. */
void
la_link__no_gateway(struct la_link *l, const struct la_addr *remote)
{
	const int family = la_addr_is_v4(remote) ? 0 : 1;

	if (l->notice.no_gateway[family] || l->params.reply_to_sender)
		return;
	l->notice.no_gateway[family] = true;
	l->notice.no_gateway_for[family] = *remote;
}

/*
 * Look up the Ethernet address of the next hop. If it is unknown, ask for it three
 * times in three seconds, and return false.
 */
bool
la_link_look_up_hop(struct la_link *l, const struct la_addr *remote, struct la_hop *to,
		uint64_t now_us)
{
	struct la_neighbours *n = &l->neighbours;
	const struct la_addr *hop = hop_for(l, remote);
	struct la_neighbour *e;

	if (hop == NULL) {
		la_link__no_gateway(l, remote);
		if (by_router(l, remote, to))
			return true;
		la_link_count(l, LA_LINK_NO_GATEWAY);
		return false;
	}
	e = find_entry(n, hop);
	if (e == NULL) {
		e = add_entry(l, hop, ASKED, now_us);
		if (e != NULL)
			resolve_entry(l, e, now_us);
		return hop != remote && by_router(l, remote, to);
	}
	use_entry(e, now_us);
	if (e->state == LA_NEIGHBOUR_INCOMPLETE)
		return hop != remote && by_router(l, remote, to);
	to->mac = e->mac;
	to->tci = l->params.vlan;
	if (l->params.keep_last) {
		n->last = e;
		n->last_remote = *remote;
	}
	return true;
}

/* Must the entry be polled: challenged, or in use with an old answer or none? */
static bool
is_doubtful(const struct la_neighbour *e, uint64_t now_us)
{
	const bool told = e->state == LA_NEIGHBOUR_STALE;

	if (e->state != LA_NEIGHBOUR_REACHABLE && !told)
		return false;
	/* Ask no more often than this, however many hosts claim it (RFC 4861, 7.2.2). */
	if (e->challenged)
		return now_us - e->asked_us >= ask_again_us;
	return (e->used || e->gateway) &&
			now_us - e->since_us >= (told || e->doubted ? delay_us : reachable_us);
}

/* Another Ethernet address claims to be a known host: the old one is polled first. */
static void
challenge_entry(struct la_link *l, struct la_neighbour *e, const struct la_mac *mac,
		uint64_t now_us)
{
	if (e->challenged)
		return;
	e->challenged = true;
	e->candidate = *mac;
	if (is_doubtful(e, now_us))
		poll_known(l, e, now_us);
}

/* An unknown entry: an answer confirms it; otherwise it is STALE, and polled once it is used. */
static bool
complete_entry(struct la_link *l, struct la_neighbour *e, const struct la_mac *mac,
		unsigned int how, uint64_t now_us)
{
	/* RFC 4861, 7.2.5. */
	if (!(how & LA_HEARD_SAYS_MAC))
		return false;
	e->mac = *mac;
	if (how & LA_HEARD_ANSWER) {
		confirm_entry(l, e, now_us);
		return true;
	}
	e->state = LA_NEIGHBOUR_STALE;
	la_link__way_changed(l, &e->address);
	e->since_us = now_us;
	e->used = e->tries > 0 && !e->hinted;   /* Some packet needs it. */
	return true;
}

static bool
is_an_address(const struct la_link *l, const struct la_mac *mac)
{
	return la_mac_is_host(mac) && !la_mac_eq(mac, &l->mac);
}

/*
 * Process a host's message about its Ethernet address, @p how: LA_HEARD_*. An unknown host is
 * learnt only if it asks for one of our addresses. @return whether it was believed.
 */
bool
la_link__neighbour_heard(struct la_link *l, const struct la_addr *address,
		const struct la_mac *mac, unsigned int how, uint64_t now_us)
{
	struct la_neighbour *e = find_entry(&l->neighbours, address);

	l->neighbours.last = NULL;
	if (!is_an_address(l, mac))
		return false;
	if (e == NULL && (how & LA_HEARD_ASKS_US) &&
			la_address_is_on_link(&l->addresses, address))
		e = add_entry(l, address, TOLD, now_us);
	if (e == NULL)
		return false;
	if (e->state == LA_NEIGHBOUR_INCOMPLETE)
		return complete_entry(l, e, mac, how, now_us);
	if (!la_mac_eq(&e->mac, mac)) {
		if (how & LA_HEARD_OVERRIDE)
			challenge_entry(l, e, mac, now_us);
		return false;
	}
	/* Only an answer to our request confirms that the host is there (RFC 4861, 7.3.1). */
	if (!(how & LA_HEARD_ANSWER))
		return true;
	if (e->challenged)
		la_link_count(l, la_addr_is_v4(address) ? LA_LINK_ARP_IGNORED :
				LA_LINK_ND_IGNORED);
	confirm_entry(l, e, now_us);
	return true;
}

struct la_neighbour *
la_link__neighbour(const struct la_link *l, const struct la_addr *address)
{
	return find_entry(&l->neighbours, address);
}

/* Learn an unknown host that has proved by a segment that it is at @p mac, as if it had asked
 * for us. @return NULL if it was not learnt. */
struct la_neighbour *
la_link__neighbour_proven(struct la_link *l, const struct la_addr *address,
		const struct la_mac *mac, uint64_t now_us)
{
	struct la_neighbour *e = find_entry(&l->neighbours, address);

	if (!is_an_address(l, mac))
		return NULL;
	if (e == NULL) {
		e = add_entry(l, address, TOLD, now_us);
		if (e == NULL)
			return NULL;
		e->hinted = true;
	}
	l->neighbours.last = NULL;
	complete_entry(l, e, mac, LA_HEARD_SAYS_MAC, now_us);
	return e;
}

/* A frame of the neighbour, or through it, came from @p mac. If that is its known address, no poll
 * is needed (RFC 4861, 7.3.1); else its known address is in doubt, and polled sooner. */
void
la_link__neighbour_seen(struct la_neighbour *e, const struct la_mac *mac, bool proven,
		uint64_t now_us)
{
	if (!la_mac_eq(&e->mac, mac)) {
		use_entry(e, now_us);
		e->doubted = true;
	} else if (proven && e->state != LA_NEIGHBOUR_PROBE) {
		e->since_us = now_us;
	}
}

/* Ask once for a host that was answered by the hint, if it is unknown. */
void
la_link__neighbour_ask_once(struct la_link *l, const struct la_addr *address, uint64_t now_us)
{
	struct la_neighbour *e = find_entry(&l->neighbours, address);

	if (e != NULL)
		return;
	e = add_entry(l, address, TOLD, now_us);
	if (e == NULL)
		return;
	e->hinted = true;
	resolve_entry(l, e, now_us);
}

/* Three polls had no answer: try the challenger; without one the neighbour is lost. */
static void
no_answer(struct la_link *l, struct la_neighbour *e, uint64_t now_us)
{
	if (e->challenged) {
		e->challenged = false;
		e->mac = e->candidate;
		la_link__way_changed(l, &e->address);
		poll_known(l, e, now_us);
		return;
	}
	la_link_count(l, LA_LINK_NEIGHBOURS_LOST);
	if (e->gateway)
		resolve_entry(l, e, now_us);
	else
		forget_entry(l, e);
}

static void
tick_incomplete(struct la_link *l, struct la_neighbour *e, uint64_t now_us)
{
	const uint32_t shift = e->tries - 1u < BACKOFF_SHIFT_MAX ? e->tries - 1u :
			BACKOFF_SHIFT_MAX;

	if (!e->gateway && now_us - e->since_us >= (e->hinted ? ask_again_us : incomplete_us))
		forget_entry(l, e);
	else if (now_us - e->asked_us >= (e->gateway ? ask_again_us << shift : ask_again_us))
		solicit_entry(l, e, now_us);
}

static void
tick_entry(struct la_link *l, struct la_neighbour *e, uint64_t now_us)
{
	switch ((enum la_neighbour_state)e->state) {
	case LA_NEIGHBOUR_FREE:
		break;
	case LA_NEIGHBOUR_INCOMPLETE:
		tick_incomplete(l, e, now_us);
		break;
	case LA_NEIGHBOUR_STALE: case LA_NEIGHBOUR_REACHABLE:
		if (is_doubtful(e, now_us))
			poll_known(l, e, now_us);
		else if (now_us - e->since_us >= idle_us)
			forget_entry(l, e);
		break;
	case LA_NEIGHBOUR_PROBE:
		if (now_us - e->asked_us < probe_us)
			break;
		if (e->tries < PROBES)
			solicit_entry(l, e, now_us);
		else
			no_answer(l, e, now_us);
		break;
	}
}

void
la_link__neighbours_tick(struct la_link *l, uint64_t now_us)
{
	struct la_neighbours *n = &l->neighbours;

	n->last = NULL;
	if (n->in_use > 0) {
		const uint32_t share = n->mask / TICKS_MAX;

		for (uint32_t i = share > A_TICK ? share : A_TICK; i > 0; i--)
			tick_entry(l, &n->entries[n->cursor++ & n->mask], now_us);
	}
	for (int family = 0; family < 2; family++) {
		const struct la_neighbour *e = n->gateway[family];

		l->notice.gateway_silent[family] = e != NULL &&
				e->state == LA_NEIGHBOUR_INCOMPLETE &&
				now_us - e->since_us >= incomplete_us;
	}
}
