/* SPDX-License-Identifier: BSD-3-Clause */
/* The neighbour table: who is where on the link, and whether they still are. */
#include "stack_private.h"

#define MS(n) ((n) * UINT64_C(1000))

enum {
	PROBES = 3,
	BACKOFF_SHIFT_MAX = 5,          /* A silent gateway is asked every 32 s. */
	A_TICK = 128,                   /* Entries looked at in one tick. */
};

static const uint64_t ask_again_us = MS(1000);
static const uint64_t incomplete_us = MS(3000);
static const uint64_t reachable_us = MS(30000);
/* Longer than the longest RTO: a segment that is lost for want of a neighbour must
 * find it known when it is sent again. */
static const uint64_t idle_us = MS(300000);
static const uint64_t probe_us = MS(333);

static struct la_neighbour *
set_of(const struct la_neighbours *n, const struct la_addr *address)
{
	uint64_t words[2], hash;

	memcpy(words, address, sizeof(words));
	hash = la_siphash_words(&n->key, words, 2);

	return n->entries + (hash & (LA_NEIGHBOUR_SETS - 1)) * LA_NEIGHBOUR_WAYS;
}

static struct la_neighbour *
find(const struct la_neighbours *n, const struct la_addr *address)
{
	struct la_neighbour *set = set_of(n, address);

	for (int i = 0; i < LA_NEIGHBOUR_WAYS; i++) {
		if (set[i].state != LA_NEIGHBOUR_FREE && la_addr_eq(&set[i].address, address))
			return &set[i];
	}
	return NULL;
}

static void
forget(struct la_neighbours *n, struct la_neighbour *e)
{
	e->state = LA_NEIGHBOUR_FREE;
	n->in_use--;
}

/*
 * Room for one more: a free place, or that of one who has not answered yet.
 * Those who answered are not pushed out: strangers could do that at will.
 */
static struct la_neighbour *
add(struct la_stack *s, const struct la_addr *address, uint64_t now_us)
{
	struct la_neighbours *n = &s->neighbours;
	struct la_neighbour *set = set_of(n, address), *place = NULL;

	for (int i = 0; i < LA_NEIGHBOUR_WAYS; i++) {
		if (set[i].state == LA_NEIGHBOUR_FREE) {
			place = &set[i];
			break;
		}
		if (set[i].state == LA_NEIGHBOUR_INCOMPLETE && !set[i].gateway)
			place = &set[i];
	}
	if (place == NULL) {
		la_stack_count(s, LA_COUNT_NEIGHBOURS_FULL);
		return NULL;
	}
	n->in_use += place->state == LA_NEIGHBOUR_FREE;
	*place = (struct la_neighbour){
		.address = *address, .since_us = now_us, .state = LA_NEIGHBOUR_INCOMPLETE,
	};
	return place;
}

/* Ask: everybody while nobody is known, else the one who is. */
static void
ask(struct la_stack *s, struct la_neighbour *e, uint64_t now_us)
{
	const struct la_mac *mac = e->state == LA_NEIGHBOUR_INCOMPLETE ? NULL : &e->mac;

	e->asked_us = now_us;
	if (e->tries < UINT8_MAX)
		e->tries++;
	if (la_addr_is_v4(&e->address))
		la_stack_arp_ask(s, la_addr_low(&e->address), mac);
	else
		la_stack_nd_ask(s, &e->address, mac);
}

static void
want(struct la_stack *s, struct la_neighbour *e, uint64_t now_us)
{
	e->state = LA_NEIGHBOUR_INCOMPLETE;
	e->since_us = now_us;
	e->tries = 0;
	e->challenged = false;
	ask(s, e, now_us);
}

static void
poll_known(struct la_stack *s, struct la_neighbour *e, uint64_t now_us)
{
	e->state = LA_NEIGHBOUR_PROBE;
	e->tries = 0;
	ask(s, e, now_us);
}

static void
confirm(struct la_neighbour *e, const struct la_mac *mac, uint64_t now_us)
{
	e->mac = *mac;
	e->state = LA_NEIGHBOUR_REACHABLE;
	e->since_us = now_us;
	e->tries = 0;
	e->used = false;
	e->challenged = false;
}

/* Keep a gateway, and ask for it. */
static void
want_gateway(struct la_stack *s, int family, uint64_t now_us)
{
	struct la_neighbours *n = &s->neighbours;
	struct la_neighbour *e = find(n, &s->params.gateway[family]);

	if (e == NULL)
		e = add(s, &s->params.gateway[family], now_us);
	if (e == NULL)
		return;
	n->gateway[family] = e;
	e->gateway = true;
	if (e->state == LA_NEIGHBOUR_INCOMPLETE)
		want(s, e, now_us);
}

void
la_stack_neighbours_start(struct la_stack *s, uint64_t now_us)
{
	for (int family = 0; family < 2; family++) {
		if (s->params.has_gateway[family] && s->neighbours.gateway[family] == NULL)
			want_gateway(s, family, now_us);
	}
}

/* Where a packet goes first: to its destination if that is on the link. */
static const struct la_addr *
hop_for(const struct la_stack *s, const struct la_addr *remote)
{
	const int family = la_addr_is_v4(remote) ? 0 : 1;

	if (la_address_subnet(&s->addresses, remote) != NULL)
		return remote;
	return s->params.has_gateway[family] ? &s->params.gateway[family] : NULL;
}

/*
 * Where the next hop is on the link. An unknown one is asked for, three
 * times in three seconds, and false is returned.
 */
bool
la_stack_next_hop(struct la_stack *s, const struct la_addr *remote, struct la_hop *to,
		uint64_t now_us)
{
	struct la_neighbours *n = &s->neighbours;
	const struct la_addr *hop = hop_for(s, remote);
	struct la_neighbour *e;

	if (hop == NULL)
		return false;
	e = find(n, hop);
	if (e == NULL) {
		e = add(s, hop, now_us);
		if (e != NULL)
			want(s, e, now_us);
		return false;
	}
	e->used = true;
	if (e->state == LA_NEIGHBOUR_INCOMPLETE)
		return false;
	to->mac = e->mac;
	to->tci = s->params.vlan;
	return true;
}

/* Another Ethernet address for one we know: ask the old one first. */
static bool
challenged_by(struct la_stack *s, struct la_neighbour *e, const struct la_mac *mac,
		uint64_t now_us)
{
	if (!e->challenged) {
		e->challenged = true;
		e->candidate = *mac;
		if (e->state == LA_NEIGHBOUR_REACHABLE)
			poll_known(s, e, now_us);
	}
	return false;
}

/*
 * A host tells where it is. One we do not know is learnt only if @p learn: it has
 * asked for one of our addresses. @return whether it was believed.
 */
bool
la_stack_neighbour_heard(struct la_stack *s, const struct la_addr *address,
		const struct la_mac *mac, bool learn, uint64_t now_us)
{
	struct la_neighbour *e = find(&s->neighbours, address);

	if (e == NULL && learn && la_address_subnet(&s->addresses, address) != NULL)
		e = add(s, address, now_us);
	if (e == NULL)
		return false;
	if (e->state != LA_NEIGHBOUR_INCOMPLETE && !la_mac_eq(&e->mac, mac))
		return challenged_by(s, e, mac, now_us);
	if (e->challenged)
		la_stack_count(s, la_addr_is_v4(address) ? LA_COUNT_ARP_IGNORED :
				LA_COUNT_ND_IGNORED);
	confirm(e, mac, now_us);
	return true;
}

/* Polled three times in vain: the challenger has won, or it is gone. */
static void
no_answer(struct la_stack *s, struct la_neighbour *e, uint64_t now_us)
{
	if (e->challenged) {
		confirm(e, &e->candidate, now_us);
		return;
	}
	la_stack_count(s, LA_COUNT_NEIGHBOURS_LOST);
	if (e->gateway)
		want(s, e, now_us);
	else
		forget(&s->neighbours, e);
}

static void
tick_incomplete(struct la_stack *s, struct la_neighbour *e, uint64_t now_us)
{
	const uint32_t shift = e->tries - 1u < BACKOFF_SHIFT_MAX ? e->tries - 1u :
			BACKOFF_SHIFT_MAX;

	if (!e->gateway && now_us - e->since_us >= incomplete_us)
		forget(&s->neighbours, e);
	else if (now_us - e->asked_us >= (e->gateway ? ask_again_us << shift : ask_again_us))
		ask(s, e, now_us);
}

static void
tick(struct la_stack *s, struct la_neighbour *e, uint64_t now_us)
{
	switch ((enum la_neighbour_state)e->state) {
	case LA_NEIGHBOUR_FREE:
		break;
	case LA_NEIGHBOUR_INCOMPLETE:
		tick_incomplete(s, e, now_us);
		break;
	case LA_NEIGHBOUR_REACHABLE:
		if (now_us - e->since_us < reachable_us)
			break;
		/* Used since, though its answer has grown old: is it still there? */
		if (e->used || e->gateway)
			poll_known(s, e, now_us);
		else if (now_us - e->since_us >= idle_us)
			forget(&s->neighbours, e);
		break;
	case LA_NEIGHBOUR_PROBE:
		if (now_us - e->asked_us < probe_us)
			break;
		if (e->tries < PROBES)
			ask(s, e, now_us);
		else
			no_answer(s, e, now_us);
		break;
	}
}

void
la_stack_neighbours_tick(struct la_stack *s, uint64_t now_us)
{
	struct la_neighbours *n = &s->neighbours;

	if (n->in_use > 0) {
		for (int i = 0; i < A_TICK; i++)
			tick(s, &n->entries[n->cursor++ & (LA_NEIGHBOURS - 1)], now_us);
	}
	for (int family = 0; family < 2; family++) {
		const struct la_neighbour *e = n->gateway[family];

		s->notice.gateway_silent[family] = e != NULL &&
				e->state == LA_NEIGHBOUR_INCOMPLETE &&
				now_us - e->since_us >= incomplete_us;
	}
}
