/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_BARE_H
#define LA_BARE_H

/** @file
 * Fast writing of segment headers: what all frames of a port share is copied from a template, the
 * rest is written as words, which are added up for the checksum at the same time. The result is the
 * same as that of la_emit_tcp().
 */
#include "la_plain.h"

/** The octets that are the same in all untagged segments of a port. */
struct la_template {
	/** From the source MAC to the end of TTL and protocol (IPv4) or of the hop limit (IPv6),
	 *  with length 0. */
	uint8_t v4[18], v6[16];
	bool offload;                   /**< Checksums are left to the NIC. */
	uint64_t sum_v4;                /**< Sum of the IPv4 header's words in it. */
};

void la_template_init(struct la_template *t, const struct la_mac *mac, bool offload);

/** A segment; the addresses point to 4 or 16 octets as in a header. */
struct la_bare {
	const uint8_t *mac;             /**< Destination MAC. */
	const uint8_t *source, *dest;
	uint32_t ports;                 /**< Both ports as on the wire, read as one word. */
	uint32_t seq, ack;              /**< Host order. */
	uint16_t wnd;
	uint8_t flags;
	uint8_t words;                  /**< Number of option words: 0 to 5. */
	uint32_t options[5];            /**< As on the wire, like ports. */
	uint32_t text_len;              /**< Octets of text, already in place behind the header. */
};

/* Fold a sum in host order to 16 bits. */
static inline uint16_t
la_sum_fold(uint64_t sum)
{
	uint32_t half;

	sum += sum << 32 | sum >> 32;
	half = (uint32_t)(sum >> 32);
	half += half << 16 | half >> 16;
	return (uint16_t)(half >> 16);
}

static inline void
la_store16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

/** Length of the TCP header, in octets. */
static inline uint32_t
la_bare_header_len(const struct la_bare *b)
{
	return 20 + 4u * b->words;
}

/* Write the TCP header at @p tcp; @p sum: that of the addresses. @return octets, text included. */
LA_INLINE uint32_t
la_bare_tcp(uint8_t *tcp, const struct la_template *t, const struct la_bare *b, uint64_t sum)
{
	const uint32_t header_len = la_bare_header_len(b), len = header_len + b->text_len;
	const uint64_t numbers = __builtin_bswap64((uint64_t)b->seq << 32 | b->ack);
	const uint32_t rest = __builtin_bswap32(header_len << 26 | (uint32_t)b->flags << 16 |
			b->wnd);

	memcpy(tcp, &b->ports, 4);
	memcpy(tcp + 4, &numbers, 8);
	memcpy(tcp + 12, &rest, 4);
	sum += la_sum_pseudo(len);
	if (t->offload) {
		memset(tcp + 16, 0, 4);
		la_store16(tcp + 16, la_sum_fold(sum));
	}
	sum += (uint64_t)b->ports + rest + la_sum64(numbers);
	for (uint32_t i = 0; i < b->words; i++) {
		memcpy(tcp + 20 + 4 * i, &b->options[i], 4);
		sum += b->options[i];
	}
	if (b->text_len > 0 && !t->offload)
		sum += la_sum_octets(tcp + header_len, b->text_len);
	if (!t->offload) {
		const uint32_t field = (uint16_t)~la_sum_fold(sum);

		memcpy(tcp + 16, &field, 4);
	}
	return len;
}

/** Write a frame over IPv4. If the number of option words is constant there is no loop over them.
 *  @return octets of the frame. */
LA_INLINE uint32_t
la_bare_ipv4(uint8_t *frame, const struct la_template *t, const struct la_bare *b)
{
	const uint32_t len = 20 + la_bare_header_len(b) + b->text_len;
	const uint32_t source = la_load32(b->source), dest = la_load32(b->dest);
	const uint64_t sum = (uint64_t)source + dest;
	uint8_t *ip = frame + LA_PLAIN_IP;

	memcpy(frame, b->mac, 6);
	memcpy(frame + 6, t->v4, sizeof(t->v4));
	la_put16(ip + 2, (uint16_t)len);
	la_store16(ip + 10, t->offload ? 0 : (uint16_t)~la_sum_fold(t->sum_v4 + sum +
			__builtin_bswap16((uint16_t)len)));
	memcpy(ip + 12, &source, 4);
	memcpy(ip + 16, &dest, 4);
	return LA_PLAIN_TCP_V4 + la_bare_tcp(frame + LA_PLAIN_TCP_V4, t, b, sum);
}

/** The same over IPv6. */
LA_INLINE uint32_t
la_bare_ipv6(uint8_t *frame, const struct la_template *t, const struct la_bare *b)
{
	const uint64_t from[2] = { la_load64(b->source), la_load64(b->source + 8) };
	const uint64_t to[2] = { la_load64(b->dest), la_load64(b->dest + 8) };
	const uint64_t sum = la_sum64(from[0]) + la_sum64(from[1]) + la_sum64(to[0]) +
			la_sum64(to[1]);
	uint8_t *ip = frame + LA_PLAIN_IP;

	memcpy(frame, b->mac, 6);
	memcpy(frame + 6, t->v6, sizeof(t->v6));
	la_put16(ip + 4, (uint16_t)(la_bare_header_len(b) + b->text_len));
	memcpy(ip + 8, from, sizeof(from));
	memcpy(ip + 24, to, sizeof(to));
	return LA_PLAIN_TCP_V6 + la_bare_tcp(frame + LA_PLAIN_TCP_V6, t, b, sum);
}

#endif
