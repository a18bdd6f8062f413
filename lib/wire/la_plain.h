/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_PLAIN_H
#define LA_PLAIN_H

/** @file
 * Plain segments: the frames that make up nearly all traffic, read into one cache line.
 *
 * A plain frame is valid TCP directly behind an untagged Ethernet header and an IPv4 header without
 * options or the IPv6 header, with no TCP options or one of the layouts that common hosts send. It
 * has no signal of ECN (RFC 3168): neither ECE nor CWR, and in its IP header neither CE nor ECT(1),
 * which is hardly used and shares a bit with CE. Frames that are not plain go to la_rx_parse(),
 * which reads all frames, plain ones too, and gives the reason for each that it drops.
 *
 * Headers are loaded once, as words, and added up for both checksums at the same time. Words are
 * added in host order: a correct sum is a multiple of 65535 in any order.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "la_addr.h"
#include "la_bytes.h"
#include "la_rx.h"
#include "la_seg.h"

/** Inlined wherever it is called, so that the compiler computes what is constant there. */
#define LA_INLINE static inline __attribute__((always_inline))

/** Offsets in a plain frame. */
enum {
	LA_PLAIN_IP = 14, LA_PLAIN_TCP_V4 = 34, LA_PLAIN_TCP_V6 = 54,
	LA_PLAIN_SOURCE_V4 = 26, LA_PLAIN_DEST_V4 = 30,
	LA_PLAIN_SOURCE_V6 = 22, LA_PLAIN_DEST_V6 = 38,
};

/** A plain segment, in host order. */
struct la_plain {
	struct la_tuple tuple;          /**< Seen from us; the stack fills in `local`. */
	uint8_t flags;                  /**< LA_FIN to LA_URG. */
	uint8_t options;                /**< LA_OPT_* of its options, and LA_PLAIN_*. */
	uint32_t ack, seq;
	uint32_t hash, handle;          /**< Used by the stack. */
	uint32_t tsval, tsecr;          /**< With LA_OPT_TIMESTAMPS. */
	const uint8_t *frame;
	uint16_t wnd;
	uint16_t mss;                   /**< With LA_OPT_MSS. */
	uint16_t text_len;
	uint8_t text_at;                /**< Offset of the text in the frame. */
	uint8_t wscale;                 /**< With LA_OPT_WSCALE. */
};

enum {
	LA_PLAIN_V6 = 0x80,
	LA_PLAIN_NEAR = 0x20,           /**< For the stack: remote may be on the link. */
	LA_PLAIN_MARKS = LA_PLAIN_V6 | LA_PLAIN_NEAR,
};

_Static_assert(sizeof(struct la_plain) == 64, "a plain segment is one cache line");

static inline uint16_t
la_load16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t
la_load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t
la_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/** Sum of the two halves of eight octets. */
static inline uint64_t
la_sum64(uint64_t words)
{
	return (words & UINT32_MAX) + (words >> 32);
}

/** Sum of any octets, as words in host order. */
uint64_t la_sum_octets(const uint8_t *p, uint32_t len);

/** Sum of the pseudo-header without the addresses. */
static inline uint64_t
la_sum_pseudo(uint32_t tcp_len)
{
	enum { TCP = 6 };

	return (uint64_t)__builtin_bswap16((uint16_t)tcp_len) + __builtin_bswap16(TCP);
}

/** True if @p sum, over octets that include their checksum, is correct. It is never 0: the octets
 *  include a port or an IP version. */
static inline bool
la_sum_is_right(uint64_t sum)
{
	return sum % UINT16_MAX == 0;
}

/* The options behind the MSS, if there are timestamps: SACK-permitted or two NOPs, timestamps, and
 * then NOP, window scale, or nothing. Linux, and a host that answers Linux, sends all of them. */
static inline bool
la_plain_read_timestamps(struct la_plain *p, const uint8_t *option, uint32_t len, uint64_t *sum)
{
	enum { NOP_WSCALE = 0x010303 };
	const uint32_t word = la_get32(option + 4);

	*sum += la_load32(option + 12);
	p->options |= LA_OPT_MSS | LA_OPT_TIMESTAMPS;
	p->tsval = la_get32(option + 8);
	p->tsecr = la_get32(option + 12);
	if (__builtin_expect(word == 0x0402080a, 1))
		p->options |= LA_OPT_SACK_PERMITTED;
	else if (word != 0x0101080a)
		return false;
	if (len == 16)
		return true;
	*sum += la_load32(option + 16);
	p->options |= LA_OPT_WSCALE;
	p->wscale = option[19];
	return la_get32(option + 16) >> 8 == NOP_WSCALE;
}

/* Read the options of a SYN, in the known layouts; any other layout is not plain. The options are
 * added to @p sum. */
static inline bool
la_plain_read_syn_options(struct la_plain *p, const uint8_t *option, uint32_t len, uint64_t *sum)
{
	enum { MSS = 0x0204, NOP_WSCALE = 0x010303 };

	if (len != 12 && len != 16 && len != 20)
		return false;
	*sum += (uint64_t)la_load32(option) + la_load32(option + 4) + la_load32(option + 8);
	p->mss = la_get16(option + 2);
	if (la_get16(option) != MSS)
		return false;
	if (len > 12)
		return la_plain_read_timestamps(p, option, len, sum);
	/* MSS, NOP, window scale, NOP, NOP, SACK-permitted: Windows, macOS without timestamps. */
	p->options |= LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED;
	p->wscale = option[7];
	return la_get32(option + 4) >> 8 == NOP_WSCALE && la_get32(option + 8) == 0x01010402;
}

/** Read @p len octets of options, at least 4: an MSS alone, two NOPs and timestamps, or more of a
 *  SYN; add them to @p sum. @return false if they are not plain. */
LA_INLINE bool
la_plain_read_options(struct la_plain *p, const uint8_t *option, uint32_t len, uint64_t *sum)
{
	const uint32_t first = la_load32(option);
	uint32_t word;

	if (len == 4) {
		*sum += first;
		p->options |= LA_OPT_MSS;
		p->mss = __builtin_bswap16((uint16_t)(first >> 16));
		return (uint16_t)first == __builtin_bswap16(0x0204);
	}
	if (len != 12 || first != __builtin_bswap32(0x0101080a))
		return la_plain_read_syn_options(p, option, len, sum);
	p->options |= LA_OPT_TIMESTAMPS;
	*sum += first;
	*sum += word = la_load32(option + 4);
	p->tsval = __builtin_bswap32(word);
	*sum += word = la_load32(option + 8);
	p->tsecr = __builtin_bswap32(word);
	return true;
}

/* Read the TCP header at @p tcp and what follows: @p len octets, at least 20. @p sum: that of the
 * pseudo-header's addresses. Each word is stored as soon as it is loaded. */
LA_INLINE bool
la_plain_tcp(struct la_plain *p, const uint8_t *tcp, uint32_t len, uint64_t sum, bool checked)
{
	const uint32_t header_len = tcp[12] >> 4 << 2;
	uint32_t word = la_load32(tcp);

	if (header_len - 20 > len - 20 || (word & 0xffff) == 0 || word >> 16 == 0)
		return false;
	sum += word;
	p->tuple.local_port = __builtin_bswap16((uint16_t)(word >> 16));
	p->tuple.remote_port = __builtin_bswap16((uint16_t)word);
	sum += word = la_load32(tcp + 4);
	p->seq = __builtin_bswap32(word);
	sum += word = la_load32(tcp + 8);
	p->ack = __builtin_bswap32(word);
	sum += word = la_load32(tcp + 12);
	p->flags = (uint8_t)(word >> 8);
	if (__builtin_expect(p->flags & LA_ECE_CWR, 0))
		return false;
	p->wnd = __builtin_bswap16((uint16_t)(word >> 16));
	p->text_len = (uint16_t)(len - header_len);
	p->text_at = (uint8_t)(tcp - p->frame + header_len);
	if (header_len > 20 && !la_plain_read_options(p, tcp + 20, header_len - 20, &sum))
		return false;
	if (checked)
		return true;
	sum += la_load32(tcp + 16) + la_sum_pseudo(len);
	if (len > header_len)
		sum += la_sum_octets(tcp + header_len, len - header_len);
	return la_sum_is_right(sum);
}

/**
 * Read a plain frame over IPv4: @p frame[12..14] are that type and version, and it has at least 54
 * octets.
 *
 * @param checked  The port found both checksums right.
 * @return false if it is not plain; then @p p is undefined.
 */
LA_INLINE bool
la_plain_ipv4(struct la_plain *p, const uint8_t *frame, uint32_t len, bool checked)
{
	const uint8_t *ip = frame + LA_PLAIN_IP;
	const uint32_t total_len = la_get16(ip + 2), top = ip[12];
	uint64_t sum = la_load32(ip), addresses;
	uint32_t word;

	/* Room for a TCP header; not a fragment; TCP. */
	sum += word = la_load32(ip + 4);
	if (total_len - 40 > len - 54 || word & __builtin_bswap32(0x3fff) || ip[9] != 6)
		return false;
	/* No host has an address in 0/8, 127/8 or 224/4; 240/4 is left to la_rx_parse(). */
	if (top - 1u >= 223 || top == 127)
		return false;
	p->frame = frame;
	p->options = 0;
	memset(p->tuple.remote.b, 0, 8);
	la_put32(p->tuple.remote.b + 8, 0xffff);
	addresses = word = la_load32(ip + 12);
	memcpy(p->tuple.remote.b + 12, &word, 4);
	if (word == la_load32(ip + 16))
		return false;
	addresses += la_load32(ip + 16);
	if (!checked && !la_sum_is_right(sum + la_load32(ip + 8) + addresses))
		return false;
	return la_plain_tcp(p, frame + LA_PLAIN_TCP_V4, total_len - 20, addresses, checked);
}

/** The same over IPv6. */
LA_INLINE bool
la_plain_ipv6(struct la_plain *p, const uint8_t *frame, uint32_t len, bool checked)
{
	const uint8_t *ip = frame + LA_PLAIN_IP;
	const uint32_t tcp_len = la_get16(ip + 4);
	const uint64_t high = la_load64(ip + 8), dest_high = la_load64(ip + 24);
	uint64_t sum;

	if (len < LA_PLAIN_TCP_V6 + 20 || tcp_len < 20 || tcp_len > len - LA_PLAIN_TCP_V6)
		return false;
	/* TCP; the source is no group, not ::, ::1, an IPv4 address or the destination. The
	 * destination is no IPv4 address, which the code would take for one of ours. */
	if (ip[6] != 6 || ip[8] == 0xff || high == 0 || dest_high == 0 ||
			memcmp(ip + 8, ip + 24, 16) == 0)
		return false;
	sum = la_sum64(high) + la_sum64(la_load64(ip + 16)) + la_sum64(dest_high) +
			la_sum64(la_load64(ip + 32));
	p->frame = frame;
	p->options = LA_PLAIN_V6;
	memcpy(&p->tuple.remote, ip + 8, sizeof(p->tuple.remote));
	return la_plain_tcp(p, frame + LA_PLAIN_TCP_V6, tcp_len, sum, checked);
}

/** Both ports, the local one in the upper half. */
static inline uint32_t
la_plain_ports(const struct la_plain *p)
{
	return (uint32_t)p->tuple.local_port << 16 | p->tuple.remote_port;
}

/** Masks for its first octets: the type, the first octet of the IP header, and the lower bit of the
 *  ECN field. */
enum { LA_PLAIN_MASK_V4 = 0x01ffffff, LA_PLAIN_MASK_V6 = 0x10f0ffff };

static inline bool
la_plain_is_ipv4(const uint8_t *frame)
{
	return (la_load32(frame + 12) & LA_PLAIN_MASK_V4) == 0x450008;
}

static inline bool
la_plain_is_ipv6(const uint8_t *frame)
{
	return (la_load32(frame + 12) & LA_PLAIN_MASK_V6) == 0x60dd86;
}

#endif
