/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LINK_PARAMS_H
#define LA_LINK_PARAMS_H

/** @file
 * What a link is made of, what it counts, and what it has to say to the user.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_siphash.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_LINK_ADDRESSES_MAX = 65536,  /**< An index has 16 bits. */
	LA_LINK_RANGES_MAX = 4097,      /**< 4,096, and one of a link-local address. */
	LA_LINK_NEIGHBOURS_MAX = 65536,
};

/** A counter of a link. */
enum la_link_count {
#define X(name, key, class, help) LA_LINK_##name,
#include "link_events.def"
#undef X
	LA_LINK_COUNTS
};

/** A run of addresses of the port. */
struct la_link_range {
	struct la_addr first;
	uint32_t count;
	uint8_t prefix_len;             /**< Of the subnet: 0 to 32, or 0 to 128. */
};

/** What a link is made of. Copied, but for the ranges, which only la_link_init() reads. */
struct la_link_params {
	struct la_mac mac;
	uint16_t vlan;                  /**< 1 to 4094; 0: frames have no tag, or one of VLAN 0. */
	bool tag_offload;               /**< The NIC puts tags in: send() is told which. */
	bool reply_to_sender;           /**< Answers go where their causes came from, whatever the
	                                     table and the gateway say. */
	bool keep_last;                 /**< Keep the next hop that was looked up last. */
	const struct la_link_range *ranges;
	uint32_t ranges_len;
	struct la_addr gateway[2];      /**< IPv4, IPv6; valid if has_gateway[]. */
	bool has_gateway[2];
	uint32_t neighbours;            /**< Hosts that are spoken to first, at most 65,536. */
	uint32_t worker;                /**< 0 announces the addresses and answers queries of
	                                     their groups, for all links of the port. */
	uint32_t icmp_per_s;            /**< ICMP answers (RFC 1812, 4.3.2.8). */
	struct la_key secret;           /**< Random, and of this link alone. */
};

/** Where a link puts the frames that it sends. */
struct la_link_io {
	void *user;
	/** Room for one frame of MTU + 18 octets, or NULL when there is none. Asking
	 *  again without send() gives the same room. */
	uint8_t *(*frame)(void *user);
	/** Send the room that was given last, @p len octets of it. @p tcp: it is a TCP segment;
	 *  no frame of a link's own is. @p tci: the tag that the NIC is to put in; 0 if none. */
	void (*send)(void *user, uint32_t len, bool tcp, uint16_t tci);
};

/** What is to be reported to the user. */
struct la_link_notice {
	bool gateway_silent[2];         /**< IPv4, IPv6: asked for, and no answer for some
	                                     seconds. */
	bool no_gateway[2];             /**< IPv4, IPv6: there is none, and one is needed for: */
	struct la_addr no_gateway_for[2];
	bool conflict;                  /**< Another host answers for one of our addresses: */
	struct la_addr conflict_address;
	struct la_mac conflict_mac;
};

/** The telemetry key of a counter, and what it counts. */
const char *la_link_count_name(enum la_link_count count);
const char *la_link_count_help(enum la_link_count count);

#ifdef __cplusplus
}
#endif

#endif
