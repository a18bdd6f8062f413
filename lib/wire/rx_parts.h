/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RX_PARTS_H
#define RX_PARTS_H

/*
 * What the files of the parser share. Not installed: rx.c is the way in.
 * Each part is given the octets that are left and returns LA_RX_OK or the
 * reason the frame goes no further.
 */
#include "la_hint.h"
#include "la_rx.h"


enum { ETHER_LEN = 14, TAG_LEN = 4, IPV4_LEN = 20, IPV6_LEN = 40, TCP_LEN = 20, ICMP_LEN = 8 };
enum { TYPE_IPV4 = 0x0800, TYPE_ARP = 0x0806, TYPE_VLAN = 0x8100, TYPE_IPV6 = 0x86dd };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };

/* An IP packet of @p total octets does not fit: it is shorter than its header, or longer than
 * the @p len octets there are behind the Ethernet header. */
enum la_rx_reason la_rx__bad_length(size_t total, size_t len);

/* @p arp: what follows the Ethernet header. */
enum la_rx_reason la_rx__arp(struct la_rx *rx, const uint8_t *arp, size_t len);

/* @p ip: what follows the Ethernet header. */
enum la_rx_reason la_rx__ipv6(struct la_rx *rx, const uint8_t *ip, size_t len,
		unsigned int checked);

/* Addresses and dest_mac hold already; @p len is as the IP header has it. */
enum la_rx_reason la_rx__tcp(struct la_rx *rx, const uint8_t *tcp, size_t len,
		unsigned int checked);

/* @p pseudo: sum of the pseudo-header, which ICMP for IPv4 does not have: 0. */
enum la_rx_reason la_rx__icmp(struct la_rx *rx, const uint8_t *icmp, size_t len, uint64_t pseudo);

/* Neighbour Solicitation or Advertisement, the checksum of which is right. */
enum la_rx_reason la_rx__nd(struct la_rx *rx, const uint8_t *icmp, size_t len);

#endif
