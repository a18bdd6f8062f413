/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parsing of a frame: Ethernet and IPv4, the path of nearly every frame. The other protocols have
 * their own files.
 */
#include "la_rx.h"

#include "la_checksum.h"
#include "rx_parts.h"

enum {
	IPV4_PLAIN = 0x45,              /* Version 4, five words: no options. */
	IPV4_MF_AND_OFFSET = 0x3fff,    /* More fragments, and the fragment's offset. */
	TYPE_VLAN_SERVICE = 0x88a8,
};

/* The reason for a first octet other than 0x45. */
LA_COLD static enum la_rx_reason
odd_ipv4_header(const uint8_t *ip, size_t len)
{
	size_t header_len = (ip[0] & 0x0fu) * 4;

	if (ip[0] >> 4 != 4)
		return LA_RX_IP_VERSION;
	if (header_len < IPV4_LEN || header_len > len)
		return LA_RX_IP_HEADER_LEN;
	return LA_RX_IP_OPTIONS;
}

/* If a frame of LEAST_CUT octets or more ends within its packet, a ring with shorter frames cut it
 * off on its way to us. A shorter frame like that was sent so. */
LA_COLD enum la_rx_reason
la_rx__bad_length(size_t total, size_t len)
{
	enum { LEAST_CUT = 576 };       /* Every host accepts this (RFC 791, 3.1). */

	return total > len && len >= LEAST_CUT ? LA_RX_CUT_OFF : LA_RX_IP_TOTAL_LEN;
}

/* Summed in host order: a correct sum is all ones in any order. */
static inline bool
ipv4_checksum_good(const uint8_t *ip)
{
	uint32_t words[IPV4_LEN / 4];
	uint64_t sum = 0;

	memcpy(words, ip, sizeof(words));
	for (int i = 0; i < IPV4_LEN / 4; i++)
		sum += words[i];
	return la_checksum_fold(sum) == 0xffff;
}

/*
 * RFC 1122, 3.2.1.3: no host has an address of this network, loopback, multicast or limited
 * broadcast. Hosts of some networks do have addresses in 240/4.
 */
static inline bool
ipv4_no_host(uint32_t address)
{
	return address >> 24 == 0 || address >> 24 == 127 || address >> 28 == 0xe ||
			address == UINT32_MAX;
}

static inline bool
ipv4_many_hosts(uint32_t address)
{
	return address >> 28 == 0xe || address == UINT32_MAX;
}

static inline enum la_rx_reason
parse_ipv4(struct la_rx *rx, const uint8_t *ip, size_t len, unsigned int checked)
{
	if (LA_UNLIKELY(len < IPV4_LEN))
		return LA_RX_SHORT;
	if (LA_UNLIKELY(ip[0] != IPV4_PLAIN))
		return odd_ipv4_header(ip, len);
	const size_t total_len = la_get16(ip + 2);
	if (LA_UNLIKELY(total_len < IPV4_LEN || total_len > len))
		return la_rx__bad_length(total_len, len);
	if (!(checked & LA_RX_IP_CHECKSUM_GOOD) && LA_UNLIKELY(!ipv4_checksum_good(ip)))
		return LA_RX_IP_CHECKSUM;
	if (LA_UNLIKELY(la_get16(ip + 6) & IPV4_MF_AND_OFFSET))
		return LA_RX_IP_FRAGMENT;
	/* Before the addresses: the source 0.0.0.0 of a DHCP client is legal. */
	const uint8_t protocol = ip[9];
	if (LA_UNLIKELY(protocol != PROTOCOL_TCP && protocol != PROTOCOL_ICMP))
		return LA_RX_PROTOCOL;

	const uint32_t source = la_get32(ip + 12), dest = la_get32(ip + 16);
	if (LA_UNLIKELY(ipv4_no_host(source)))
		return LA_RX_IP_SOURCE;
	if (LA_UNLIKELY(source == dest))
		return LA_RX_IP_LAND;
	rx->source = la_addr_v4(source);
	rx->dest = la_addr_v4(dest);
	rx->hop_limit = ip[8];
	if (LA_UNLIKELY(protocol == PROTOCOL_ICMP))
		return la_rx__icmp(rx, ip + IPV4_LEN, total_len - IPV4_LEN, 0);
	if (LA_UNLIKELY(ipv4_many_hosts(dest)))
		return LA_RX_IP_DESTINATION;
	rx->seg.ecn = ip[1] & LA_ECN_CE;
	return la_rx__tcp(rx, ip + IPV4_LEN, total_len - IPV4_LEN, checked);
}

/* Everything but IP and tags. */
LA_COLD static enum la_rx_reason
parse_other(struct la_rx *rx, uint16_t type, const uint8_t *at, size_t len)
{
	switch (type) {
	case TYPE_ARP:
		return la_rx__arp(rx, at, len);
	case TYPE_VLAN:
	case TYPE_VLAN_SERVICE:
		return LA_RX_VLAN;
	default:
		/* An unknown type, or a length (spanning tree and other LLC). */
		return LA_RX_ETHERTYPE;
	}
}

/* @p tag: what follows the type 0x8100. */
static __attribute__((noinline)) enum la_rx_reason
parse_tagged(struct la_rx *rx, const uint8_t *tag, size_t len, unsigned int checked)
{
	uint16_t type;

	if (len < TAG_LEN)
		return LA_RX_SHORT;
	if (checked & LA_RX_TAG_STRIPPED)
		return LA_RX_VLAN;
	rx->from.tci = la_get16(tag) & (LA_TCI_PRIORITY | LA_TCI_VLAN);
	type = la_get16(tag + 2);
	if (LA_LIKELY(type == TYPE_IPV4))
		return parse_ipv4(rx, tag + TAG_LEN, len - TAG_LEN, checked);
	if (type == TYPE_IPV6)
		return la_rx__ipv6(rx, tag + TAG_LEN, len - TAG_LEN, checked);
	return parse_other(rx, type, tag + TAG_LEN, len - TAG_LEN);
}

enum la_rx_reason
la_rx_parse(struct la_rx *rx, const uint8_t *frame, size_t len, unsigned int checked)
{
	const uint8_t *at = frame + ETHER_LEN;
	uint16_t type;

	if (LA_UNLIKELY(len < ETHER_LEN))
		return rx->reason = LA_RX_SHORT;
	memcpy(&rx->dest_mac, frame, sizeof(rx->dest_mac));
	memcpy(&rx->from.mac, frame + 6, sizeof(rx->from.mac));
	rx->from.tci = 0;
	type = la_get16(frame + 12);
	/* A reply goes to the frame's source address, so it must not be a group. */
	if (LA_UNLIKELY(frame[6] & 1))
		rx->reason = LA_RX_IP_SOURCE;
	else if (LA_LIKELY(type == TYPE_IPV4))
		rx->reason = parse_ipv4(rx, at, len - ETHER_LEN, checked);
	else if (LA_LIKELY(type == TYPE_IPV6))
		rx->reason = la_rx__ipv6(rx, at, len - ETHER_LEN, checked);
	else if (type == TYPE_VLAN)
		rx->reason = parse_tagged(rx, at, len - ETHER_LEN, checked);
	else
		rx->reason = parse_other(rx, type, at, len - ETHER_LEN);
	return rx->reason;
}
