/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing of ICMP (RFC 792) and ICMPv6 (RFC 4443), whose headers are alike. */
#include "la_checksum.h"
#include "rx_parts.h"

enum la_rx_reason
la_rx__icmp(struct la_rx *rx, const uint8_t *icmp, size_t len, uint64_t pseudo)
{
	/* Every message of either family has four octets after the checksum. */
	if (len < ICMP_LEN)
		return LA_RX_ICMP;
	if (la_checksum_finish(la_checksum_add(pseudo, icmp, len)) != 0)
		return LA_RX_ICMP;
	if (!la_addr_is_v4(&rx->dest) &&
			(icmp[0] == LA_ND_SOLICITATION || icmp[0] == LA_ND_ADVERTISEMENT))
		return la_rx__nd(rx, icmp, len);
	rx->kind = LA_KIND_ICMP;
	rx->icmp = (struct la_icmp){
		.type = icmp[0], .code = icmp[1], .body = icmp + 4, .len = (uint16_t)(len - 4),
	};
	return LA_RX_OK;
}
