/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LINK_PARAMS_H
#define LA_LINK_PARAMS_H

/** @file
 * Parameters and counters of a link, and what it reports to the user.
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
	LA_LINK_RANGES_MAX = 4097,      /**< 4,096, and one for a link-local address. */
	LA_LINK_NEIGHBOURS_MAX = 65536,
};

/** A counter of a link. */
enum la_link_count {
#define X(name, key, class, help) LA_LINK_##name,
#include "link_events.def"
#undef X
	LA_LINK_COUNTS
};

/** A range of the port's addresses. */
struct la_link_range {
	struct la_addr first;
	uint32_t count;
	uint8_t prefix_len;             /**< Of the subnet: 0 to 32, or 0 to 128. */
};

/** Parameters of a link. Copied, except for the ranges, which only la_link_init() reads. */
struct la_link_params {
	struct la_mac mac;
	uint16_t vlan;                  /**< 1 to 4094; 0: frames have no tag, or one of VLAN 0. */
	bool tag_offload;               /**< The NIC inserts the VLAN tag that send() is given. */
	bool reply_to_sender;           /**< Send an answer to the Ethernet address its cause came
	                                     from, whatever the table and the gateway say. */
	bool keep_last;                 /**< Keep the next hop that was looked up last. */
	const struct la_link_range *ranges;
	uint32_t ranges_len;
	struct la_addr gateway[2];      /**< IPv4, IPv6; valid if has_gateway[]. */
	bool has_gateway[2];
	uint32_t neighbours;            /**< Hosts that we contact first, at most 65,536. */
	uint32_t worker;                /**< Worker 0 announces the addresses and answers queries
	                                     for their groups, for all links of the port. */
	uint32_t icmp_per_s;            /**< ICMP answers (RFC 1812, 4.3.2.8). */
	struct la_key secret;           /**< Random, and different for each link. */
};

/** Callbacks to allocate and send frames. */
struct la_link_io {
	void *user;
	/** @return room for one frame of MTU + 18 octets; NULL if no frame is free. Until
	 *  send() is called, every call returns the same room. */
	uint8_t *(*frame)(void *user);
	/** Send the frame that was given last, @p len octets of it. @p tcp: it is a TCP segment;
	 *  false for the link's own frames. @p tci: tag that the NIC must insert; 0: none. */
	void (*send)(void *user, uint32_t len, bool tcp, uint16_t tci);
};

/** What must be reported to the user. */
struct la_link_notice {
	bool gateway_silent[2];         /**< IPv4, IPv6: the gateway has not answered for some
	                                     seconds. */
	bool no_gateway[2];             /**< IPv4, IPv6: no gateway, but one is needed for: */
	struct la_addr no_gateway_for[2];
	bool conflict;                  /**< Another host uses one of our addresses: */
	struct la_addr conflict_address;
	struct la_mac conflict_mac;
};

/** The telemetry key of a counter, and its help text. */
const char *la_link_count_name(enum la_link_count count);
const char *la_link_count_help(enum la_link_count count);

#ifdef __cplusplus
}
#endif

#endif
