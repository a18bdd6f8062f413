/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbour Discovery (RFC 4861): answers, solicitations, announcements, and duplicate
 * addresses (RFC 4862). Routers are configured, not discovered.
 */
#include "link_private.h"

static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } };
static const struct la_addr unspecified = { { 0 } };

static void
send_nd(struct la_link *l, const struct la_path *path, const struct la_nd *nd)
{
	uint8_t *frame = la_link_frame(l);

	if (frame == NULL)
		return;
	l->io.send(l->io.user, la_emit_nd(frame, path, nd), false, path->nic_tci);
}

/* Ask who has @p target: only @p mac or, if that is NULL, the whole group. */
static void
send_solicitation(struct la_link *l, const struct la_addr *source, const struct la_addr *target,
		const struct la_mac *mac)
{
	const struct la_addr group = la_addr_solicited_node(target);
	const struct la_mac group_mac = la_mac_of_group(&group);
	struct la_path path = { .source = *source, .dest = mac ? *target : group };
	const struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = *target,
		.has_mac = !la_addr_eq(source, &unspecified), .mac = l->mac,
	};

	la_link_path(l, &path, mac ? mac : &group_mac, l->params.vlan);
	la_link_count(l, LA_LINK_ND_SENT);
	send_nd(l, &path, &nd);
}

/* Our address to ask from: one in the same subnet, else one that is a subnet of its own, else any
 * of the family. */
static struct la_addr
own_address_for(const struct la_link *l, const struct la_addr *target)
{
	const struct la_subnet *same = la_address_subnet(&l->addresses, target);
	const struct la_subnet *subnet = same ? same : la_address_lone(&l->addresses, false);

	if (subnet != NULL)
		return la_address_at(&l->addresses, subnet->address);
	for (uint32_t i = 0; i < l->addresses.runs_len; i++) {
		const struct la_addr first = la_address_at(&l->addresses,
				l->addresses.runs[i].base);

		if (!la_addr_is_v4(&first))
			return first;
	}
	return unspecified;
}

void
la_link__nd_ask(struct la_link *l, const struct la_addr *address, const struct la_mac *mac)
{
	const struct la_addr source = own_address_for(l, address);

	send_solicitation(l, &source, address, mac);
}

/* Duplicate address detection (RFC 4862, 5.4.2): does anybody have it? */
void
la_link__nd_probe(struct la_link *l, const struct la_addr *address)
{
	send_solicitation(l, &unspecified, address, NULL);
}

/*
 * Advertise to @p dest that @p target is ours. To all nodes, the Solicited flag is not set (RFC
 * 4861, 7.2.4, 7.2.6).
 * While another host may have the address, the Override flag is not set (RFC 4429, 3.3).
 */
static void
send_advertisement(struct la_link *l, const struct la_addr *target, const struct la_addr *dest,
		const struct la_hop *hop)
{
	struct la_path path = { .source = *target, .dest = *dest };
	const struct la_nd nd = {
		.type = LA_ND_ADVERTISEMENT, .target = *target, .has_mac = true, .mac = l->mac,
		.solicited = !la_addr_is_multicast(dest),
		.override = la_link__is_settled(l, target),
	};

	la_link_path(l, &path, &hop->mac, hop->tci);
	send_nd(l, &path, &nd);
}

/* Advertise to all nodes, with tag @p tci. */
static void
advertise_to_all(struct la_link *l, const struct la_addr *target, uint16_t tci)
{
	const struct la_hop hop = { la_mac_of_group(&all_nodes), tci };

	send_advertisement(l, target, &all_nodes, &hop);
}

void
la_link__nd_announce(struct la_link *l, const struct la_addr *address)
{
	advertise_to_all(l, address, l->params.vlan);
}

static bool
is_ours(const struct la_link *l, const struct la_addr *address)
{
	return la_address_index(&l->addresses, address) != LA_ADDRESS_NONE;
}

/* Is it to one of our addresses, to its solicited-node group, or to all nodes? */
static bool
is_for_us(const struct la_link *l, const struct la_rx *rx)
{
	const struct la_addr group = la_addr_solicited_node(&rx->nd.target);
	const struct la_mac mac = la_mac_of_group(&rx->dest);

	if (la_mac_eq(&rx->dest_mac, &l->mac) && is_ours(l, &rx->dest))
		return true;
	return (la_mac_eq(&rx->dest_mac, &mac) || la_mac_eq(&rx->dest_mac, &l->mac)) &&
			(la_addr_eq(&rx->dest, &all_nodes) || la_addr_eq(&rx->dest, &group));
}

/*
 * Learn the target of an advertisement. A solicited answer may omit the Ethernet address, if
 * its sender knows that we know it: then the frame's source counts (RFC 4861, 4.4).
 */
static bool
learn_target(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	const struct la_nd *nd = &rx->nd;
	const bool unicast = la_mac_eq(&rx->dest_mac, &l->mac) && is_ours(l, &rx->dest);
	unsigned int how = 0;

	if (!nd->has_mac && !unicast)
		return false;
	if (nd->solicited && unicast)
		how |= LA_HEARD_ANSWER;
	if (nd->override)
		how |= LA_HEARD_OVERRIDE;
	if (nd->has_mac)
		how |= LA_HEARD_SAYS_MAC;
	return la_link__neighbour_heard(l, &nd->target, nd->has_mac ? &nd->mac : &rx->from.mac,
			how, now_us);
}

/* Learn the source of a solicitation for us (RFC 4861, 7.2.3). */
static void
learn_source(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	if (rx->nd.has_mac && !is_ours(l, &rx->source))
		la_link__neighbour_heard(l, &rx->source, &rx->nd.mac, LA_HEARD_ASKS_US |
				LA_HEARD_OVERRIDE | LA_HEARD_SAYS_MAC, now_us);
}

static void
note_conflict(struct la_link *l, const struct la_addr *address, const struct la_mac *mac,
		uint64_t now_us)
{
	if (la_link__conflict(l, address, mac, now_us))
		la_link__nd_announce(l, address);
}

static void
take_solicitation(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	/* With our MAC it is our own solicitation, returned by a loop or a bond. */
	if (!is_ours(l, &rx->nd.target) || la_mac_eq(&rx->from.mac, &l->mac))
		return;
	la_link_count(l, LA_LINK_ND_SOLICITS);
	if (is_ours(l, &rx->source)) {
		note_conflict(l, &rx->source, &rx->from.mac, now_us);
		return;
	}
	/* A host that probes for our address does not use the address yet. */
	if (la_addr_eq(&rx->source, &unspecified)) {
		advertise_to_all(l, &rx->nd.target, rx->from.tci);
		return;
	}
	learn_source(l, rx, now_us);
	send_advertisement(l, &rx->nd.target, &rx->source, &rx->from);
}

static void
take_advertisement(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	const struct la_mac *mac = rx->nd.has_mac ? &rx->nd.mac : &rx->from.mac;

	if (!is_ours(l, &rx->nd.target)) {
		if (learn_target(l, rx, now_us))
			la_link_count(l, LA_LINK_ND_ADVERTS);
		return;
	}
	if (!la_mac_eq(mac, &l->mac))
		note_conflict(l, &rx->nd.target, mac, now_us);
}

enum la_rx_reason
la_link__nd(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	if (!is_for_us(l, rx))
		return LA_RX_NOT_OUR_ADDRESS;
	if (rx->nd.type == LA_ND_SOLICITATION)
		take_solicitation(l, rx, now_us);
	else
		take_advertisement(l, rx, now_us);
	return LA_RX_OK;
}

/* Another worker received, answered and counted the message: only learn from it. */
void
la_link__nd_overhear(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	const bool solicits = rx->nd.type == LA_ND_SOLICITATION;
	const bool by_us = la_mac_eq(rx->nd.has_mac ? &rx->nd.mac : &rx->from.mac, &l->mac);

	if (!is_for_us(l, rx))
		return;
	if (!is_ours(l, &rx->nd.target)) {
		if (!solicits)
			learn_target(l, rx, now_us);
	} else if (!by_us && (!solicits || is_ours(l, &rx->source))) {
		la_link__claimed(l, solicits ? &rx->source : &rx->nd.target, now_us);
	} else if (solicits) {
		learn_source(l, rx, now_us);
	}
}
