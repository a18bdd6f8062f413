/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP (RFC 826): answers, requests, announcements, and duplicate addresses (RFC 5227). */
#include "link_private.h"

enum { REQUEST = 1, REPLY = 2 };

static const struct la_mac nobody = { { 0 } };
static const struct la_mac everybody = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

static void
send_arp(struct la_link *l, const struct la_arp *arp, uint16_t tci)
{
	const bool by_nic = l->params.tag_offload;
	uint8_t *frame = la_link_frame(l);

	if (frame == NULL)
		return;
	l->io.send(l->io.user, la_emit_arp(frame, arp, by_nic ? 0 : tci), false, by_nic ? tci : 0);
}

void
la_link__arp_announce(struct la_link *l, const struct la_addr *address)
{
	const struct la_arp arp = {
		.op = REQUEST, .sender_mac = l->mac,
		.sender = la_addr_low(address), .target = la_addr_low(address),
	};

	send_arp(l, &arp, l->params.vlan);
}

/* Our address to ask from: one in the same subnet or, for a gateway in no subnet of ours, one
 * that is a subnet of its own. */
static uint32_t
own_address_for(const struct la_link *l, uint32_t target)
{
	const struct la_addr address = la_addr_v4(target);
	const struct la_subnet *same = la_address_subnet(&l->addresses, &address);
	const struct la_subnet *subnet = same ? same : la_address_lone(&l->addresses, true);
	const struct la_addr ours = la_address_at(&l->addresses, subnet ? subnet->address : 0);

	return subnet ? la_addr_low(&ours) : l->addresses.v4_first;
}

/* Ask for an address: only @p mac or, if that is NULL, by broadcast. */
void
la_link__arp_ask(struct la_link *l, uint32_t address, const struct la_mac *mac)
{
	const struct la_arp arp = {
		.op = REQUEST, .sender_mac = l->mac, .sender = own_address_for(l, address),
		.target_mac = mac ? *mac : nobody, .target = address,
	};

	la_link_count(l, LA_LINK_ARP_SENT);
	send_arp(l, &arp, l->params.vlan);
}

static bool
is_ours(const struct la_link *l, uint32_t v4)
{
	const struct la_addr address = la_addr_v4(v4);

	return la_address_index(&l->addresses, &address) != LA_ADDRESS_NONE;
}

static void
answer_request(struct la_link *l, const struct la_arp *request, uint16_t tci)
{
	const struct la_arp reply = {
		.op = REPLY, .sender_mac = l->mac, .sender = request->target,
		.target_mac = request->sender_mac, .target = request->sender,
	};

	la_link_count(l, LA_LINK_ARP_REQUESTS);
	send_arp(l, &reply, tci);
}

static bool
is_for_us(const struct la_link *l, const struct la_rx *rx)
{
	return la_mac_eq(&rx->dest_mac, &l->mac) || la_mac_eq(&rx->dest_mac, &everybody);
}

static bool
asks_us(const struct la_link *l, const struct la_arp *arp)
{
	return arp->op == REQUEST && is_ours(l, arp->target);
}

/* A probe (RFC 5227, 2.1.1) has no sender to learn; our own addresses are not learnt. */
static bool
learn_sender(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	const struct la_arp *arp = &rx->arp;
	const struct la_addr sender = la_addr_v4(arp->sender);
	unsigned int how = LA_HEARD_OVERRIDE | LA_HEARD_SAYS_MAC;

	if (arp->sender == 0 || is_ours(l, arp->sender))
		return false;
	if (asks_us(l, arp))
		how |= LA_HEARD_ASKS_US;
	if (arp->op == REPLY && la_mac_eq(&rx->dest_mac, &l->mac))
		how |= LA_HEARD_ANSWER;
	return la_link__neighbour_heard(l, &sender, &arp->sender_mac, how, now_us);
}

enum la_rx_reason
la_link__arp(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	const struct la_arp *arp = &rx->arp;
	const struct la_addr sender = la_addr_v4(arp->sender);
	bool believed;

	if (!is_for_us(l, rx))
		return LA_RX_NOT_OUR_MAC;
	if (arp->sender != 0 && is_ours(l, arp->sender)) {
		/* With our MAC it is our own announcement, returned by a loop or a bond. */
		if (!la_mac_eq(&arp->sender_mac, &l->mac) &&
				la_link__conflict(l, &sender, &arp->sender_mac, now_us))
			la_link__arp_announce(l, &sender);
		return LA_RX_OK;
	}
	believed = learn_sender(l, rx, now_us);
	if (asks_us(l, arp))
		answer_request(l, arp, rx->from.tci);
	else if (arp->op == REPLY && believed)
		la_link_count(l, LA_LINK_ARP_REPLIES);
	return LA_RX_OK;
}

/* Another worker received, answered and counted the packet: only learn from it. */
void
la_link__arp_overhear(struct la_link *l, const struct la_rx *rx, uint64_t now_us)
{
	if (is_for_us(l, rx))
		learn_sender(l, rx, now_us);
}
