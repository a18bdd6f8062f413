/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing of IPv6 and its extension headers (RFC 8200). */
#include "la_checksum.h"
#include "rx_parts.h"

enum {
	HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION_OPTIONS = 60,
};
enum { PAD1 = 0, PADN = 1, ROUTER_ALERT = 5 };
enum { OFFSET_AND_MORE = 0xfff9 };      /* The bits between the two are reserved. */

/* Far more than any legal packet has: skipping the headers must cost no more than a segment. */
enum {
	EXTENSIONS_MAX = 8,
	OPTIONS_MAX = 8,                /* In all headers, without padding. */
	PADDING_MAX = 7,                /* Octets in a row: aligns anything (RFC 8504, 5.3). */
};

/* The rest of a packet while its headers are removed one by one. */
struct walk {
	const uint8_t *at;
	size_t left;
	uint8_t next;                   /* Type of the header at `at`. */
	uint8_t options;                /* Number skipped so far. */
	uint8_t ecn;                    /* LA_ECN_* of the IP header. */
	bool router_alert;              /* A router alert for MLD was among them. */
	bool fragment_header;           /* A fragment header was skipped. */
};

/* @return 0 if it overruns. */
static size_t
option_len(const uint8_t *option, size_t left)
{
	if (option[0] == PAD1)
		return 1;
	return left < 2 || 2u + option[1] > left ? 0 : 2u + option[1];
}

static bool
alerts_for_mld(const uint8_t *option, size_t len)
{
	enum { MLD = 0 };

	return option[0] == ROUTER_ALERT && len == 4 && la_get16(option + 2) == MLD;
}

/*
 * True if the options may be skipped: a little padding, and a few options whose two highest bits
 * are clear. With other bits, a receiver that does not know the option must drop the packet (RFC
 * 8200, 4.2), and none is known here.
 */
static bool
options_skippable(struct walk *walk, const uint8_t *option, size_t left)
{
	size_t padding = 0, len;

	for (; left > 0; option += len, left -= len) {
		len = option_len(option, left);
		if (len == 0 || option[0] >> 6 != 0)
			return false;
		padding = option[0] <= PADN ? padding + len : 0;
		if (padding > PADDING_MAX)
			return false;
		if (padding == 0 && ++walk->options > OPTIONS_MAX)
			return false;
		if (walk->next == HOP_BY_HOP && alerts_for_mld(option, len))
			walk->router_alert = true;
	}
	return true;
}

/* At least eight octets are left. A fragment that is a whole packet is taken (RFC 6946, 4). */
static enum la_rx_reason
skip_fragment_header(struct walk *walk)
{
	enum { FRAGMENT_LEN = 8 };

	if (la_get16(walk->at + 2) & OFFSET_AND_MORE)
		return LA_RX_IP_FRAGMENT;
	walk->fragment_header = true;
	walk->next = walk->at[0];
	walk->at += FRAGMENT_LEN;
	walk->left -= FRAGMENT_LEN;
	return LA_RX_OK;
}

/* Skip one extension header. */
static enum la_rx_reason
skip_extension(struct walk *walk)
{
	const uint8_t *header = walk->at;
	size_t len;

	if (walk->left < 8)
		return LA_RX_IP_EXTENSION;
	if (walk->next == FRAGMENT)
		return skip_fragment_header(walk);
	len = (header[1] + 1u) * 8;
	if (len > walk->left)
		return LA_RX_IP_EXTENSION;
	if (walk->next == ROUTING) {
		/* Segments left: the packet is for another host (RFC 5095). */
		if (header[3] != 0)
			return LA_RX_IP_EXTENSION;
	} else if (!options_skippable(walk, header + 2, len - 2)) {
		return LA_RX_IP_EXTENSION;
	}
	walk->next = header[0];
	walk->at += len;
	walk->left -= len;
	return LA_RX_OK;
}

/* Skip all extension headers, so that `at` is the upper layer's header. */
static enum la_rx_reason
skip_extensions(struct walk *walk)
{
	for (int i = 0; ; i++) {
		switch (walk->next) {
		case HOP_BY_HOP:
			/* Only directly behind the IPv6 header (RFC 8200, 4.1). */
			if (i > 0)
				return LA_RX_IP_EXTENSION;
			break;
		case ROUTING:
		case FRAGMENT:
		case DESTINATION_OPTIONS:
			break;
		case PROTOCOL_TCP:
		case PROTOCOL_ICMPV6:
			return LA_RX_OK;
		default:
			return LA_RX_PROTOCOL;
		}
		if (i == EXTENSIONS_MAX)
			return LA_RX_IP_EXTENSION;
		enum la_rx_reason reason = skip_extension(walk);
		if (reason != LA_RX_OK)
			return reason;
	}
}

/* ff00::/8 */
static bool
is_multicast(const struct la_addr *a)
{
	return a->b[0] == 0xff;
}

/* :: when @p last is 0, ::1 when it is 1. */
static bool
zeros_and(const struct la_addr *a, uint8_t last)
{
	static const uint8_t zeros[15];

	return memcmp(a->b, zeros, sizeof(zeros)) == 0 && a->b[15] == last;
}

/*
 * Duplicate address detection and MLD, ICMPv6 types from 130 on, may come from :: (RFC 4861, 4.3);
 * no other packet may.
 */
static bool
unspecified_ok(const struct walk *walk)
{
	return walk->next == PROTOCOL_ICMPV6 && walk->left > 0 && walk->at[0] >= 130;
}

static inline enum la_rx_reason
check_addresses(const struct la_rx *rx, bool tcp, bool may_be_unspecified)
{
	/* A mapped address on the wire is forged: the code would take it for IPv4. */
	if (is_multicast(&rx->source) || zeros_and(&rx->source, 1) || la_addr_is_v4(&rx->source))
		return LA_RX_IP_SOURCE;
	if (zeros_and(&rx->source, 0) && !may_be_unspecified)
		return LA_RX_IP_SOURCE;
	if (la_addr_eq(&rx->source, &rx->dest))
		return LA_RX_IP_LAND;
	if (la_addr_is_v4(&rx->dest))
		return LA_RX_NOT_OUR_ADDRESS;
	if (tcp && is_multicast(&rx->dest))
		return LA_RX_IP_DESTINATION;
	return LA_RX_OK;
}

/* Everything but a segment directly behind the IPv6 header. */
LA_COLD static enum la_rx_reason
parse_other(struct la_rx *rx, struct walk walk, unsigned int checked)
{
	enum la_rx_reason reason = skip_extensions(&walk);

	if (reason == LA_RX_OK)
		reason = check_addresses(rx, walk.next == PROTOCOL_TCP, unspecified_ok(&walk));
	if (reason != LA_RX_OK)
		return reason;
	if (walk.next == PROTOCOL_TCP) {
		rx->seg.ecn = walk.ecn;
		return la_rx__tcp(rx, walk.at, walk.left, checked);
	}
	reason = la_rx__icmp(rx, walk.at, walk.left, la_checksum_pseudo(&rx->source, &rx->dest,
			PROTOCOL_ICMPV6, (uint32_t)walk.left));
	/* RFC 6980, 5: not even in a fragment that is the whole packet. */
	if (reason == LA_RX_OK && rx->kind == LA_KIND_ND && walk.fragment_header)
		return LA_RX_ND;
	if (reason == LA_RX_OK && rx->kind == LA_KIND_ICMP)
		rx->icmp.router_alert = walk.router_alert;
	return reason;
}

enum la_rx_reason
la_rx__ipv6(struct la_rx *rx, const uint8_t *ip, size_t len, unsigned int checked)
{
	enum la_rx_reason reason;
	size_t left;

	if (len < IPV6_LEN)
		return LA_RX_SHORT;
	if (ip[0] >> 4 != 6)
		return LA_RX_IP_VERSION;
	left = la_get16(ip + 4);
	if (left > len - IPV6_LEN)
		return la_rx__bad_length(left + IPV6_LEN, len);
	rx->hop_limit = ip[7];
	memcpy(&rx->source, ip + 8, sizeof(rx->source));
	memcpy(&rx->dest, ip + 24, sizeof(rx->dest));
	if (LA_UNLIKELY(ip[6] != PROTOCOL_TCP))
		return parse_other(rx, (struct walk){ .at = ip + IPV6_LEN, .left = left,
				.next = ip[6], .ecn = ip[1] >> 4 & LA_ECN_CE }, checked);
	reason = check_addresses(rx, true, false);
	if (reason != LA_RX_OK)
		return reason;
	rx->seg.ecn = ip[1] >> 4 & LA_ECN_CE;
	return la_rx__tcp(rx, ip + IPV6_LEN, left, checked);
}
