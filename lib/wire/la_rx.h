/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_RX_H
#define LA_RX_H

/** @file
 * Parsing of a received frame. Every length is checked against the frame, so any octets may be
 * given.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_class.h"
#include "la_seg.h"

#ifdef __cplusplus
extern "C" {
#endif

/** LA_RX_OK, or the reason a frame was dropped; each value is the index of a counter. */
enum la_rx_reason {
#define X(name, key, class, help) LA_##name,
#include "rx_reasons.def"
#undef X
	LA_RX_REASONS
};

/** Content of a parsed frame. */
enum la_rx_kind { LA_KIND_TCP, LA_KIND_ARP, LA_KIND_ICMP, LA_KIND_ND };

/** What the NIC has already checked, so that the parser need not. */
enum {
	LA_RX_IP_CHECKSUM_GOOD = 1,
	LA_RX_L4_CHECKSUM_GOOD = 2,
	LA_RX_TAG_STRIPPED = 4,         /**< It removed the frame's tag: a second tag is refused. */
};

/** ARP for IPv4 over Ethernet (RFC 826). Addresses in host order. */
struct la_arp {
	uint16_t op;                    /**< 1 request, 2 reply. */
	struct la_mac sender_mac, target_mac;
	uint32_t sender, target;
};

/** ICMP of either family. `body` is what follows the 4 octets of type, code
 *  and checksum, and is borrowed from the frame. */
struct la_icmp {
	uint8_t type, code;
	bool router_alert;              /**< Parsed ones only: for MLD, by the hop-by-hop header
	                                     (RFC 2711, value 0). */
	const uint8_t *body;
	uint16_t len;
};

/** Messages of Neighbour Discovery (RFC 4861, 4). */
enum la_nd_type {
	LA_ND_ROUTER_SOLICITATION = 133, LA_ND_ROUTER_ADVERTISEMENT = 134,
	LA_ND_SOLICITATION = 135, LA_ND_ADVERTISEMENT = 136, LA_ND_REDIRECT = 137,
};

/** What an ICMP error quotes: the start of a segment that we supposedly sent. */
struct la_quote {
	struct la_addr source, dest;
	uint16_t source_port, dest_port;
	uint32_t seq;
	uint32_t mtu;                   /**< "Too big" only: largest IP packet of the next hop, in
	                                     octets; not checked. */
};

/** A Neighbour Solicitation or Advertisement (RFC 4861, 4.3 and 4.4). */
struct la_nd {
	uint8_t type;                   /**< LA_ND_SOLICITATION or LA_ND_ADVERTISEMENT. */
	bool router, solicited, override;       /**< Of an advertisement. */
	bool has_mac;
	struct la_mac mac;              /**< Source or target link-layer address. */
	struct la_addr target;
};

/** A parsed frame. seg.data and icmp.body are borrowed from it. */
struct la_rx {
	enum la_rx_reason reason;       /**< The rest is valid only if LA_RX_OK. */
	enum la_rx_kind kind;
	struct la_hop from;             /**< Sender, and tag without the drop eligible bit: where a
	                                     reply goes. */
	struct la_mac dest_mac;
	struct la_addr source, dest;    /**< All but ARP. */
	uint16_t source_port, dest_port;        /**< TCP, host order. */
	uint8_t hop_limit;              /**< TTL or hop limit. */
	union {
		struct la_seg seg;
		struct la_arp arp;
		struct la_icmp icmp;
		struct la_nd nd;
	};
};

/**
 * Parse one frame.
 *
 * One 802.1Q tag is removed; two tags, or a provider's tag, are LA_RX_VLAN. The stack checks
 * whether the tag is the right one.
 *
 * Checks what can be checked without knowing our own addresses: lengths, checksums, options, and
 * source addresses no host may use. Padding behind the IP packet is cut off. The stack checks
 * whether the frame is for us, and what only the stack knows: a subnet's own broadcast address, and
 * ICMP to a group (see dest and dest_mac). Only ICMPv6 types from 130 on (ND, MLD) may come from
 * ::. Neighbour Solicitations and Advertisements have passed all checks of RFC 4861, 7.1.
 * LA_RX_NOT_OUR_MAC is never returned here.
 *
 * @param rx       Written; with a reason other than LA_RX_OK only `reason` and, if the frame was
 *                 long enough, the MACs are valid.
 * @param frame    The octets from the Ethernet header on, with any alignment.
 * @param len      Octets in the frame, without the FCS.
 * @param checked  LA_RX_*_CHECKSUM_GOOD and LA_RX_TAG_STRIPPED as the NIC reports. The caller puts
 *                 a stripped tag into rx->from.tci afterwards.
 * @return rx->reason.
 */
enum la_rx_reason la_rx_parse(struct la_rx *rx, const uint8_t *frame, size_t len,
		unsigned int checked);

/**
 * Read what an ICMP error quotes. Only its form is checked: a quote is as easy to forge as the
 * error (RFC 5927).
 *
 * @param rx     Parsed, of LA_KIND_ICMP, and an error.
 * @param quote  Written if true is returned; else undefined.
 * @return false if the quote is no segment that we could have sent: too short, another protocol or
 *         family, IPv4 options, fragments, IPv6 extension headers.
 */
bool la_rx_quote(const struct la_rx *rx, struct la_quote *quote);

/** The reason's telemetry key ("rx_tcp_checksum"), its help text, or its class. */
const char *la_rx_reason_name(enum la_rx_reason reason);
const char *la_rx_reason_help(enum la_rx_reason reason);
enum la_class la_rx_reason_class(enum la_rx_reason reason);

#ifdef __cplusplus
}
#endif

#endif
