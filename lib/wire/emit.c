/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing of frames. Headers are written as 32-bit words that are added up at the same time:
 * reading them back for the checksum would wait for the stores.
 */
#include "la_emit.h"

#include "la_checksum.h"
#include "options.h"
#include "rx_parts.h"

enum { HOP_LIMIT = 64, HOP_LIMIT_ND = 255 };
enum { IPV4_DF = 0x4000 };

/* Write one word. @return the word, to be added to the sum. */
static inline uint64_t
put_word(uint8_t *at, uint32_t word)
{
	la_put32(at, word);
	return word;
}

/* @return where the payload goes. */
static inline uint8_t *
put_ether(uint8_t *frame, const struct la_mac *dest, const struct la_mac *source, uint16_t type,
		uint16_t tci)
{
	memcpy(frame, dest, sizeof(*dest));
	memcpy(frame + 6, source, sizeof(*source));
	if (LA_UNLIKELY(tci != 0)) {
		la_put16(frame + 12, TYPE_VLAN);
		la_put16(frame + 14, tci);
		frame += TAG_LEN;
	}
	la_put16(frame + 12, type);
	return frame + ETHER_LEN;
}

static inline uint8_t *
put_link(uint8_t *frame, const struct la_path *path, bool v4)
{
	return put_ether(frame, &path->dest_mac, &path->source_mac, v4 ? TYPE_IPV4 : TYPE_IPV6,
			path->tci);
}

static inline uint32_t
link_len(const struct la_path *path)
{
	return ETHER_LEN + (path->tci != 0 ? TAG_LEN : 0);
}

static inline void
put_ipv4(uint8_t *ip, const struct la_path *path, uint8_t protocol, uint32_t ecn, uint32_t len,
		bool offload)
{
	uint64_t sum = 0;

	sum += put_word(ip, 0x45000000 | ecn << 16 | (IPV4_LEN + len));
	sum += put_word(ip + 4, IPV4_DF);
	sum += put_word(ip + 8, (uint32_t)HOP_LIMIT << 24 | (uint32_t)protocol << 16);
	sum += put_word(ip + 12, la_addr_low(&path->source));
	sum += put_word(ip + 16, la_addr_low(&path->dest));
	if (!offload)
		la_put16(ip + 10, la_checksum_finish(sum));
}

static inline void
put_ipv6(uint8_t *ip, const struct la_path *path, uint8_t protocol, uint32_t ecn, uint32_t len,
		uint8_t hop_limit)
{
	la_put32(ip, 0x60000000 | ecn << 20);
	la_put32(ip + 4, len << 16 | (uint32_t)protocol << 8 | hop_limit);
	memcpy(ip + 8, &path->source, sizeof(path->source));
	memcpy(ip + 24, &path->dest, sizeof(path->dest));
}

/* Write the header with checksum 0 and its options. @return their sum. */
static inline uint64_t
put_tcp(uint8_t *tcp, const struct la_path *path, const struct la_seg *seg, uint32_t header_len)
{
	uint64_t sum = 0;

	sum += put_word(tcp, (uint32_t)path->source_port << 16 | path->dest_port);
	sum += put_word(tcp + 4, seg->seq);
	sum += put_word(tcp + 8, seg->ack);
	sum += put_word(tcp + 12, header_len / 4 << 28 | (uint32_t)seg->flags << 16 | seg->wnd);
	sum += put_word(tcp + 16, seg->urg);
	if (seg->opts.present != 0)
		sum += la_options__write(tcp + TCP_LEN, &seg->opts);
	return sum;
}

uint32_t
la_tcp_header_len(const struct la_seg *seg)
{
	return TCP_LEN + (seg->opts.present != 0 ? la_options__len(&seg->opts) : 0);
}

uint32_t
la_tcp_text_offset(const struct la_path *path, const struct la_seg *seg)
{
	uint32_t ip_len = la_addr_is_v4(&path->source) ? IPV4_LEN : IPV6_LEN;

	return link_len(path) + ip_len + la_tcp_header_len(seg);
}

uint32_t
la_emit_tcp(uint8_t *frame, const struct la_path *path, const struct la_seg *seg, bool offload)
{
	const bool v4 = la_addr_is_v4(&path->source);
	const uint32_t header_len = la_tcp_header_len(seg);
	const uint32_t len = header_len + seg->len;
	uint8_t *ip = put_link(frame, path, v4), *tcp = ip + (v4 ? IPV4_LEN : IPV6_LEN);
	uint64_t pseudo, sum;

	if (LA_LIKELY(v4))
		put_ipv4(ip, path, PROTOCOL_TCP, seg->ecn, len, offload);
	else
		put_ipv6(ip, path, PROTOCOL_TCP, seg->ecn, len, HOP_LIMIT);
	pseudo = la_checksum_pseudo(&path->source, &path->dest, PROTOCOL_TCP, len);
	sum = put_tcp(tcp, path, seg, header_len);
	if (offload) {
		la_put16(tcp + 16, la_checksum_fold(pseudo));
	} else {
		if (seg->len > 0)
			sum = la_checksum_add(sum, tcp + header_len, seg->len);
		la_put16(tcp + 16, la_checksum_finish(pseudo + sum));
	}
	return (uint32_t)(tcp - frame) + len;
}

uint32_t
la_emit_arp(uint8_t *frame, const struct la_arp *arp, uint16_t tci)
{
	static const struct la_mac nobody = { { 0 } };
	static const struct la_mac everybody = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	uint8_t *at = put_ether(frame, la_mac_eq(&arp->target_mac, &nobody) ? &everybody :
			&arp->target_mac, &arp->sender_mac, TYPE_ARP, tci);

	la_put16(at, 1);                /* Ethernet */
	la_put16(at + 2, TYPE_IPV4);
	la_put16(at + 4, 0x0604);       /* Lengths of the addresses. */
	la_put16(at + 6, arp->op);
	memcpy(at + 8, &arp->sender_mac, sizeof(arp->sender_mac));
	la_put32(at + 14, arp->sender);
	memcpy(at + 18, &arp->target_mac, sizeof(arp->target_mac));
	la_put32(at + 24, arp->target);
	return (uint32_t)(at - frame) + LA_ARP_FRAME_LEN - ETHER_LEN;
}

/* 255 shows the receiver that no router forwarded the packet (RFC 4861, 3.1). */
static uint8_t
icmpv6_hop_limit(uint8_t type)
{
	enum { ROUTER_SOLICITATION = 133, REDIRECT = 137 };

	return type >= ROUTER_SOLICITATION && type <= REDIRECT ? HOP_LIMIT_ND : HOP_LIMIT;
}

uint32_t
la_emit_icmp(uint8_t *frame, const struct la_path *path, const struct la_icmp *icmp)
{
	const bool v4 = la_addr_is_v4(&path->source);
	const uint32_t len = 4u + icmp->len;
	uint8_t *ip = frame + link_len(path), *at = ip + (v4 ? IPV4_LEN : IPV6_LEN);
	uint64_t sum = 0;

	/* Copy the body first: it may lie in the frame that is being answered in place. */
	memmove(at + 4, icmp->body, icmp->len);
	at[0] = icmp->type;
	at[1] = icmp->code;
	la_put16(at + 2, 0);
	put_link(frame, path, v4);
	if (v4) {
		put_ipv4(ip, path, PROTOCOL_ICMP, LA_ECN_NOT_ECT, len, false);
	} else {
		put_ipv6(ip, path, PROTOCOL_ICMPV6, LA_ECN_NOT_ECT, len,
				icmpv6_hop_limit(icmp->type));
		sum = la_checksum_pseudo(&path->source, &path->dest, PROTOCOL_ICMPV6, len);
	}
	la_put16(at + 2, la_checksum_finish(la_checksum_add(sum, at, len)));
	return (uint32_t)(at - frame) + len;
}

uint32_t
la_emit_nd(uint8_t *frame, const struct la_path *path, const struct la_nd *nd)
{
	enum { FLAGS = 4, TARGET = 16, OPTION = 8 };
	enum { OPTION_SOURCE_MAC = 1, OPTION_TARGET_MAC = 2 };
	uint8_t body[FLAGS + TARGET + OPTION] = { 0 };
	const struct la_icmp icmp = {
		.type = nd->type, .body = body,
		.len = FLAGS + TARGET + (nd->has_mac ? OPTION : 0),
	};

	body[0] = (uint8_t)(nd->router << 7 | nd->solicited << 6 | nd->override << 5);
	memcpy(body + FLAGS, &nd->target, TARGET);
	if (nd->has_mac) {
		body[FLAGS + TARGET] = nd->type == LA_ND_SOLICITATION ? OPTION_SOURCE_MAC :
				OPTION_TARGET_MAC;
		body[FLAGS + TARGET + 1] = 1;
		memcpy(body + FLAGS + TARGET + 2, &nd->mac, sizeof(nd->mac));
	}
	return la_emit_icmp(frame, path, &icmp);
}
