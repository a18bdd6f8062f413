/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing of ARP for IPv4 over Ethernet (RFC 826). */
#include "rx_parts.h"

enum la_rx_reason
la_rx__arp(struct la_rx *rx, const uint8_t *arp, size_t len)
{
	/* Hardware type 1, protocol type 0x0800, addresses of 6 and 4 octets. */
	static const uint8_t ipv4_over_ethernet[] = { 0, 1, 0x08, 0x00, 6, 4 };
	enum { ARP_LEN = 28, REQUEST = 1, REPLY = 2 };
	static const struct la_mac none = { { 0 } };
	struct la_arp *a = &rx->arp;

	if (len < ARP_LEN || memcmp(arp, ipv4_over_ethernet, sizeof(ipv4_over_ethernet)) != 0)
		return LA_RX_ARP;
	a->op = la_get16(arp + 6);
	memcpy(&a->sender_mac, arp + 8, sizeof(a->sender_mac));
	a->sender = la_get32(arp + 14);
	memcpy(&a->target_mac, arp + 18, sizeof(a->target_mac));
	a->target = la_get32(arp + 24);
	if (a->op != REQUEST && a->op != REPLY)
		return LA_RX_ARP;
	/* With a group address as a host's own, our frames would reach all hosts; with address 0,
	 * none. */
	if (a->sender_mac.b[0] & 1 || la_mac_eq(&a->sender_mac, &none))
		return LA_RX_ARP;
	rx->kind = LA_KIND_ARP;
	return LA_RX_OK;
}
