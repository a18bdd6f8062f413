/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The segment that an ICMP error quotes (RFC 792, RFC 4443, 2.4 (c)). We send neither IPv4 options
 * nor fragments nor IPv6 extension headers: a quote with any of these is not ours.
 */
#include "rx_parts.h"

enum {
	BEFORE_QUOTE = 4,               /* What follows the checksum: the MTU, or unused. */
	TCP_QUOTED = 8,                 /* The least that a router quotes: ports and SEQ. */
	IPV4_VERSION_IHL = 0x45, IPV4_DF_ALONE = 0x4000,
};

static const uint8_t *
quoted_ipv4(const uint8_t *ip, size_t len, struct la_quote *quote)
{
	if (len < IPV4_LEN + TCP_QUOTED || ip[0] != IPV4_VERSION_IHL)
		return NULL;
	if (la_get16(ip + 6) != IPV4_DF_ALONE || ip[9] != PROTOCOL_TCP)
		return NULL;
	quote->source = la_addr_v4(la_get32(ip + 12));
	quote->dest = la_addr_v4(la_get32(ip + 16));
	return ip + IPV4_LEN;
}

static const uint8_t *
quoted_ipv6(const uint8_t *ip, size_t len, struct la_quote *quote)
{
	if (len < IPV6_LEN + TCP_QUOTED || ip[0] >> 4 != 6 || ip[6] != PROTOCOL_TCP)
		return NULL;
	memcpy(&quote->source, ip + 8, sizeof(quote->source));
	memcpy(&quote->dest, ip + 24, sizeof(quote->dest));
	return ip + IPV6_LEN;
}

bool
la_rx_quote(const struct la_rx *rx, struct la_quote *quote)
{
	const uint8_t *body = rx->icmp.body, *tcp;
	const bool v4 = la_addr_is_v4(&rx->dest);
	size_t len = rx->icmp.len;

	if (len < BEFORE_QUOTE)
		return false;
	len -= BEFORE_QUOTE;
	tcp = v4 ? quoted_ipv4(body + BEFORE_QUOTE, len, quote) :
			quoted_ipv6(body + BEFORE_QUOTE, len, quote);
	if (tcp == NULL)
		return false;
	quote->mtu = v4 ? la_get16(body + 2) : la_get32(body);
	quote->source_port = la_get16(tcp);
	quote->dest_port = la_get16(tcp + 2);
	quote->seq = la_get32(tcp + 4);
	return true;
}
