/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbour Discovery (RFC 4861): answering, asking, announcing, and addresses
 * used twice (RFC 4862). Routers are configured, not discovered.
 */
#include "stack_private.h"

static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } };
static const struct la_addr unspecified = { { 0 } };

static void
send_nd(struct la_stack *s, const struct la_path *path, const struct la_nd *nd)
{
	uint8_t *frame = s->io.frame(s->io.user);

	if (frame == NULL) {
		la_stack_count(s, LA_COUNT_TX_NO_FRAME);
		return;
	}
	s->io.send(s->io.user, la_emit_nd(frame, path, nd), false, path->nic_tci);
}

/* Ask who has @p target: the whole group, or @p mac alone if it is not NULL. */
static void
solicit(struct la_stack *s, const struct la_addr *source, const struct la_addr *target,
		const struct la_mac *mac)
{
	const struct la_addr group = la_addr_solicited_node(target);
	const struct la_mac group_mac = la_mac_of_group(&group);
	struct la_path path = { .source = *source, .dest = mac ? *target : group };
	const struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = *target,
		.has_mac = !la_addr_eq(source, &unspecified), .mac = s->mac,
	};

	la_stack_path_link(s, &path, mac ? mac : &group_mac, s->params.vlan);
	la_stack_count(s, LA_COUNT_ND_SENT);
	send_nd(s, &path, &nd);
}

/* The address of ours to ask from: one of the same network, else one that is a network by itself,
 * else any of the family. */
static struct la_addr
own_address_for(const struct la_stack *s, const struct la_addr *target)
{
	const struct la_subnet *same = la_address_subnet(&s->addresses, target);
	const struct la_subnet *subnet = same ? same : la_address_lone(&s->addresses, false);

	if (subnet != NULL)
		return la_address_at(&s->addresses, subnet->address);
	for (uint32_t i = 0; i < s->addresses.runs_len; i++) {
		const struct la_addr first = la_address_at(&s->addresses,
				s->addresses.runs[i].base);

		if (!la_addr_is_v4(&first))
			return first;
	}
	return unspecified;
}

void
la_stack_nd_ask(struct la_stack *s, const struct la_addr *address, const struct la_mac *mac)
{
	const struct la_addr source = own_address_for(s, address);

	solicit(s, &source, address, mac);
}

/* Duplicate address detection (RFC 4862, 5.4.2): does anybody have it? */
void
la_stack_nd_probe(struct la_stack *s, const struct la_addr *address)
{
	solicit(s, &unspecified, address, NULL);
}

/*
 * Tell @p dest that @p target is ours; to all nodes it is nobody's answer (7.2.4, 7.2.6).
 * While others may have it too, what they are known by is not overridden (RFC 4429, 3.3).
 */
static void
advertise(struct la_stack *s, const struct la_addr *target, const struct la_addr *dest,
		const struct la_hop *hop)
{
	struct la_path path = { .source = *target, .dest = *dest };
	const struct la_nd nd = {
		.type = LA_ND_ADVERTISEMENT, .target = *target, .has_mac = true, .mac = s->mac,
		.solicited = !la_addr_is_multicast(dest),
		.override = la_stack_is_settled(s, target),
	};

	la_stack_path_link(s, &path, &hop->mac, hop->tci);
	send_nd(s, &path, &nd);
}

/* To all nodes, with @p tci. */
static void
advertise_to_all(struct la_stack *s, const struct la_addr *target, uint16_t tci)
{
	const struct la_hop hop = { la_mac_of_group(&all_nodes), tci };

	advertise(s, target, &all_nodes, &hop);
}

void
la_stack_nd_announce(struct la_stack *s, const struct la_addr *address)
{
	advertise_to_all(s, address, s->params.vlan);
}

static bool
is_ours(const struct la_stack *s, const struct la_addr *address)
{
	return la_address_index(&s->addresses, address) != LA_ADDRESS_NONE;
}

/* To one of our addresses, to the group of one, or to all nodes. */
static bool
is_for_us(const struct la_stack *s, const struct la_rx *rx)
{
	const struct la_addr group = la_addr_solicited_node(&rx->nd.target);
	const struct la_mac mac = la_mac_of_group(&rx->dest);

	if (la_mac_eq(&rx->dest_mac, &s->mac) && is_ours(s, &rx->dest))
		return true;
	return (la_mac_eq(&rx->dest_mac, &mac) || la_mac_eq(&rx->dest_mac, &s->mac)) &&
			(la_addr_eq(&rx->dest, &all_nodes) || la_addr_eq(&rx->dest, &group));
}

/*
 * What an advertisement says of where its target is. An answer that names no Ethernet
 * address comes from one that knows it is known: it is the frame's (RFC 4861, 4.4).
 */
static bool
learn_target(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const struct la_nd *nd = &rx->nd;
	const bool unicast = la_mac_eq(&rx->dest_mac, &s->mac) && is_ours(s, &rx->dest);
	unsigned int how = 0;

	if (!nd->has_mac && !unicast)
		return false;
	if (nd->solicited && unicast)
		how |= LA_HEARD_ANSWER;
	if (nd->override)
		how |= LA_HEARD_OVERRIDE;
	if (nd->has_mac)
		how |= LA_HEARD_SAYS_MAC;
	return la_stack_neighbour_heard(s, &nd->target, nd->has_mac ? &nd->mac : &rx->from.mac,
			how, now_us);
}

/* Of a solicitation for us (RFC 4861, 7.2.3). */
static void
learn_source(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	if (rx->nd.has_mac && !is_ours(s, &rx->source))
		la_stack_neighbour_heard(s, &rx->source, &rx->nd.mac, LA_HEARD_ASKS_US |
				LA_HEARD_OVERRIDE | LA_HEARD_SAYS_MAC, now_us);
}

static void
conflict(struct la_stack *s, const struct la_addr *address, const struct la_mac *mac,
		uint64_t now_us)
{
	if (la_stack_conflict(s, address, mac, now_us))
		la_stack_nd_announce(s, address);
}

static void
solicitation(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	/* Our own question, come back by way of a loop or a bond. */
	if (!is_ours(s, &rx->nd.target) || la_mac_eq(&rx->from.mac, &s->mac))
		return;
	la_stack_count(s, LA_COUNT_ND_SOLICITS);
	if (is_ours(s, &rx->source)) {
		conflict(s, &rx->source, &rx->from.mac, now_us);
		return;
	}
	/* One that looks whether it may have our address does not use it yet. */
	if (la_addr_eq(&rx->source, &unspecified)) {
		advertise_to_all(s, &rx->nd.target, rx->from.tci);
		return;
	}
	learn_source(s, rx, now_us);
	advertise(s, &rx->nd.target, &rx->source, &rx->from);
}

static void
advertisement(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const struct la_mac *mac = rx->nd.has_mac ? &rx->nd.mac : &rx->from.mac;

	if (!is_ours(s, &rx->nd.target)) {
		if (learn_target(s, rx, now_us))
			la_stack_count(s, LA_COUNT_ND_ADVERTS);
		return;
	}
	if (!la_mac_eq(mac, &s->mac))
		conflict(s, &rx->nd.target, mac, now_us);
}

void
la_stack_nd(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	if (!is_for_us(s, rx)) {
		la_count(&s->counters.rx[LA_RX_NOT_OUR_ADDRESS]);
		return;
	}
	la_count(&s->counters.rx[LA_RX_OK]);
	if (rx->nd.type == LA_ND_SOLICITATION)
		solicitation(s, rx, now_us);
	else
		advertisement(s, rx, now_us);
}

/* What another worker was told, who answered and counted it. */
void
la_stack_nd_overhear(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const bool solicits = rx->nd.type == LA_ND_SOLICITATION;
	const bool by_us = la_mac_eq(rx->nd.has_mac ? &rx->nd.mac : &rx->from.mac, &s->mac);

	if (!is_for_us(s, rx))
		return;
	if (!is_ours(s, &rx->nd.target)) {
		if (!solicits)
			learn_target(s, rx, now_us);
	} else if (!by_us && (!solicits || is_ours(s, &rx->source))) {
		la_stack_claimed(s, solicits ? &rx->source : &rx->nd.target, now_us);
	} else if (solicits) {
		learn_source(s, rx, now_us);
	}
}
