/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing of a TCP header (RFC 9293, 3.1). */
#include "la_checksum.h"
#include "options.h"
#include "rx_parts.h"

/* Not inlined, for the sake of callers whose NIC has checked it. */
static __attribute__((noinline)) bool
tcp_checksum_good(const struct la_rx *rx, const uint8_t *tcp, size_t len)
{
	uint64_t sum = la_checksum_pseudo(&rx->source, &rx->dest, PROTOCOL_TCP, (uint32_t)len);

	return la_checksum_finish(la_checksum_add(sum, tcp, len)) == 0;
}

/*
 * The checksum is wrong. If it is the pseudo-header's sum, not complemented, a kernel left it in
 * the field for a NIC to complete (CHECKSUM_PARTIAL in Linux): the segment was never on a wire, and
 * its sender is on this host. One of 65,536 random bad checksums looks like that.
 */
LA_COLD static enum la_rx_reason
bad_checksum(const struct la_rx *rx, const uint8_t *tcp, size_t len)
{
	const uint64_t pseudo = la_checksum_pseudo(&rx->source, &rx->dest, PROTOCOL_TCP,
			(uint32_t)len);

	return la_get16(tcp + 16) == la_checksum_fold(pseudo) ? LA_RX_TCP_CHECKSUM_PARTIAL :
			LA_RX_TCP_CHECKSUM;
}

/* The options of nearly every segment are recognized by their first octets. */
static inline bool
parse_options(struct la_opts *opts, const uint8_t *option, size_t len)
{
	if (LA_LIKELY(len == 0)) {
		opts->present = 0;
		return true;
	}
	if (len == 12 && la_get32(option) == OPTION_NOP_NOP_TIMESTAMPS) {
		opts->present = LA_OPT_TIMESTAMPS;
		opts->tsval = la_get32(option + 4);
		opts->tsecr = la_get32(option + 8);
		return true;
	}
	if (len == 4 && la_get16(option) == OPTION_MSS) {
		opts->present = LA_OPT_MSS;
		opts->mss = la_get16(option + 2);
		return true;
	}
	return la_options__parse(opts, option, len);
}

enum la_rx_reason
la_rx__tcp(struct la_rx *rx, const uint8_t *tcp, size_t len, unsigned int checked)
{
	struct la_seg *seg = &rx->seg;

	/* MUST-57, if only the Ethernet header shows a group or broadcast. */
	if (LA_UNLIKELY(rx->dest_mac.b[0] & 1))
		return LA_RX_IP_DESTINATION;
	if (LA_UNLIKELY(len < TCP_LEN))
		return LA_RX_TCP_SHORT;
	if (!(checked & LA_RX_L4_CHECKSUM_GOOD) && LA_UNLIKELY(!tcp_checksum_good(rx, tcp, len)))
		return bad_checksum(rx, tcp, len);
	const size_t header_len = (tcp[12] >> 4) * 4u;
	if (LA_UNLIKELY(header_len < TCP_LEN || header_len > len))
		return LA_RX_TCP_OFFSET;
	rx->kind = LA_KIND_TCP;
	rx->source_port = la_get16(tcp);
	rx->dest_port = la_get16(tcp + 2);
	if (LA_UNLIKELY(rx->source_port == 0 || rx->dest_port == 0))
		return LA_RX_TCP_PORT;
	seg->seq = la_get32(tcp + 4);
	seg->ack = la_get32(tcp + 8);
	seg->flags = tcp[13];
	seg->wnd = la_get16(tcp + 14);
	seg->urg = la_get16(tcp + 18);
	seg->len = (uint32_t)(len - header_len);
	seg->data = tcp + header_len;
	if (LA_UNLIKELY(!parse_options(&seg->opts, tcp + TCP_LEN, header_len - TCP_LEN)))
		return LA_RX_TCP_OPTION;
	return LA_RX_OK;
}
