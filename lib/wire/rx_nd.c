/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing of Neighbour Solicitations and Advertisements (RFC 4861). */
#include "rx_parts.h"

enum {
	HOP_LIMIT = 255,                /* If less, a router has forwarded it. */
	ND_LEN = 24,                    /* ICMPv6 header, flags, target. */
	FLAG_ROUTER = 0x80, FLAG_SOLICITED = 0x40, FLAG_OVERRIDE = 0x20,
	OPTION_SOURCE_MAC = 1, OPTION_TARGET_MAC = 2,
	OPTION_UNIT = 8,
};

/*
 * All options but the link-layer address are skipped; an option of length 0 makes the message
 * invalid (4.6). An address of another length than Ethernet's is ignored.
 */
static bool
read_options(struct la_nd *nd, const uint8_t *option, size_t len)
{
	const uint8_t wanted = nd->type == LA_ND_SOLICITATION ? OPTION_SOURCE_MAC :
			OPTION_TARGET_MAC;

	while (len > 0) {
		size_t option_len;

		if (len < OPTION_UNIT || option[1] == 0 || option[1] * (size_t)OPTION_UNIT > len)
			return false;
		option_len = option[1] * (size_t)OPTION_UNIT;
		if (option[0] == wanted && option_len == OPTION_UNIT) {
			nd->has_mac = true;
			memcpy(&nd->mac, option + 2, sizeof(nd->mac));
		}
		option += option_len;
		len -= option_len;
	}
	return true;
}

/* 7.1.1: a solicitation from :: goes to a solicited-node group, and carries no MAC. */
static bool
solicitation_good(const struct la_rx *rx, const struct la_nd *nd)
{
	static const struct la_addr unspecified = { { 0 } };
	struct la_addr group;

	if (!la_addr_eq(&rx->source, &unspecified))
		return true;
	group = la_addr_solicited_node(&nd->target);
	return la_addr_eq(&rx->dest, &group) && !nd->has_mac;
}

/* 7.1.2 */
static bool
advertisement_good(const struct la_rx *rx, const struct la_nd *nd)
{
	return !nd->solicited || !la_addr_is_multicast(&rx->dest);
}

enum la_rx_reason
la_rx__nd(struct la_rx *rx, const uint8_t *icmp, size_t len)
{
	static const struct la_mac none = { { 0 } };
	struct la_nd *nd = &rx->nd;

	if (rx->hop_limit != HOP_LIMIT || icmp[1] != 0 || len < ND_LEN)
		return LA_RX_ND;
	*nd = (struct la_nd){
		.type = icmp[0],
		.router = icmp[4] & FLAG_ROUTER, .solicited = icmp[4] & FLAG_SOLICITED,
		.override = icmp[4] & FLAG_OVERRIDE,
	};
	memcpy(&nd->target, icmp + 8, sizeof(nd->target));
	if (la_addr_is_multicast(&nd->target) || la_addr_is_v4(&nd->target) ||
			!read_options(nd, icmp + ND_LEN, len - ND_LEN))
		return LA_RX_ND;
	/* With a group address as a host's own, our frames would reach all hosts; with address 0,
	 * none. */
	if (nd->has_mac && (nd->mac.b[0] & 1 || la_mac_eq(&nd->mac, &none)))
		return LA_RX_ND;
	if (!(nd->type == LA_ND_SOLICITATION ? solicitation_good(rx, nd) :
			advertisement_good(rx, nd)))
		return LA_RX_ND;
	rx->kind = LA_KIND_ND;
	return LA_RX_OK;
}
