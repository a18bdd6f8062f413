/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RX_PARTS_H
#define RX_PARTS_H

/*
 * What the files of the parser share. Not installed: rx.c is the entry. Each part gets the octets
 * that are left and returns LA_RX_OK or the reason to drop the frame.
 */
#include "la_hint.h"
#include "la_rx.h"


enum { ETHER_LEN = 14, TAG_LEN = 4, IPV4_LEN = 20, IPV6_LEN = 40, TCP_LEN = 20, ICMP_LEN = 8 };
enum { TYPE_IPV4 = 0x0800, TYPE_ARP = 0x0806, TYPE_VLAN = 0x8100, TYPE_IPV6 = 0x86dd };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_ICMPV6 = 58 };

/* The reason for an IP packet of @p total octets that is shorter than its header, or longer than
 * the @p len octets behind the Ethernet header. */
enum la_rx_reason la_rx__bad_length(size_t total, size_t len);

/* @p arp: what follows the Ethernet header. */
enum la_rx_reason la_rx__arp(struct la_rx *rx, const uint8_t *arp, size_t len);

/* @p ip: what follows the Ethernet header. */
enum la_rx_reason la_rx__ipv6(struct la_rx *rx, const uint8_t *ip, size_t len,
		unsigned int checked);

/* Addresses and dest_mac are already written; @p len is from the IP header. */
enum la_rx_reason la_rx__tcp(struct la_rx *rx, const uint8_t *tcp, size_t len,
		unsigned int checked);

/* @p pseudo: sum of the pseudo-header; 0 for IPv4, whose ICMP has none. */
enum la_rx_reason la_rx__icmp(struct la_rx *rx, const uint8_t *icmp, size_t len, uint64_t pseudo);

/* A Neighbour Solicitation or Advertisement with a correct checksum. */
enum la_rx_reason la_rx__nd(struct la_rx *rx, const uint8_t *icmp, size_t len);

#endif
