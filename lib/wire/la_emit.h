/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_EMIT_H
#define LA_EMIT_H

/** @file
 * Writing of frames. The caller provides the room; each function writes as many octets as it
 * returns, and nothing beyond them.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_rx.h"
#include "la_seg.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_FRAME_HEADERS_MAX = 14 + 4 + 40 + 60,  /**< Ethernet, tag, IPv6, TCP. */
	LA_ARP_FRAME_LEN = 42,          /**< Without a tag. */
};

/** Addresses and ports of a frame. */
struct la_path {
	struct la_mac source_mac, dest_mac;
	struct la_addr source, dest;    /**< Both of one family. */
	uint16_t tci;                   /**< 802.1Q tag to write; 0: none. */
	uint16_t nic_tci;               /**< Tag inserted by the NIC, ignored here. */
	uint16_t source_port, dest_port;        /**< TCP only. */
};

/** Octets of TCP header and options that la_emit_tcp() writes for @p seg. */
uint32_t la_tcp_header_len(const struct la_seg *seg);

/** Octets from the start of the frame to the segment's text. */
uint32_t la_tcp_text_offset(const struct la_path *path, const struct la_seg *seg);

/**
 * Write the headers of a TCP segment. The text, seg->len octets, must already
 * lie at la_tcp_text_offset(), for the checksum.
 *
 * IPv4: TTL 64, DF, identification 0 (RFC 6864). The ECN field is seg->ecn. Options are in the
 * usual order of SYN-ACKs: MSS, SACK-permitted, timestamps, window scale, padded to four octets.
 * SACK blocks that no longer fit into 40 octets are left out.
 *
 * @param offload  Leave the checksums to the NIC: IPv4's field is 0 and TCP's holds the folded
 *                 pseudo-header sum.
 * @return octets of the whole frame.
 */
uint32_t la_emit_tcp(uint8_t *frame, const struct la_path *path, const struct la_seg *seg,
		bool offload);

/** Write an ARP packet with tag @p tci (0: none). A request goes to the broadcast
 *  address unless target_mac is set (a unicast poll).
 *  @return LA_ARP_FRAME_LEN, plus 4 with a tag. */
uint32_t la_emit_arp(uint8_t *frame, const struct la_arp *arp, uint16_t tci);

/** Write an ICMP (or ICMPv6) message with its IP header. @p icmp->body is copied, and may lie in @p
 *  frame: an echo is answered in place. ND messages have hop limit 255 (RFC 4861, 3.1).
 *  @return octets of the whole frame. */
uint32_t la_emit_icmp(uint8_t *frame, const struct la_path *path, const struct la_icmp *icmp);

/** Write a Neighbour Solicitation or Advertisement (RFC 4861, 4.3 and 4.4).
 *  @return octets of the whole frame. */
uint32_t la_emit_nd(uint8_t *frame, const struct la_path *path, const struct la_nd *nd);

/** Multicast Listener Discovery (RFC 3810, and RFC 2710 for version 1). */
enum { LA_MLD_QUERY = 130, LA_MLD_REPORT_V1 = 131, LA_MLD_REPORT_V2 = 143 };

/** Records of a version 2 report: all sources, as a state or as a change. */
enum { LA_MLD_IS_EXCLUDE = 2, LA_MLD_TO_EXCLUDE = 4 };

/** Most octets of a report's frame for @p n groups. */
#define LA_MLD_FRAME_LEN(n) (14 + 4 + 40 + 8 + 8 + 20 * (n))

/** A report. A version 1 report is for one group. */
struct la_mld {
	uint8_t type;                   /**< LA_MLD_REPORT_*. */
	uint8_t record;                 /**< Version 2: LA_MLD_*_EXCLUDE. */
	const struct la_addr *groups;
	uint32_t groups_len;
};

/** Write a report with hop limit 1 and the router alert.
 *  @return octets of the whole frame. */
uint32_t la_emit_mld(uint8_t *frame, const struct la_path *path, const struct la_mld *mld);

#ifdef __cplusplus
}
#endif

#endif
