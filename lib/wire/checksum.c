/* SPDX-License-Identifier: BSD-3-Clause */
/* The Internet checksum (RFC 1071). */
#include "la_checksum.h"

#include "la_plain.h"

/* A sum of words modulo 2^64, and the number of carries out of it. */
struct carried {
	uint64_t sum, carries;
};

/* Add @p n octets, a multiple of 8. @return the place behind them. */
LA_INLINE const uint8_t *
add_block(struct carried *c, const uint8_t *p, uint32_t n)
{
	for (uint32_t at = 0; at < n; at += 8)
		c->carries += __builtin_add_overflow(c->sum, la_load64(p + at), &c->sum);
	return p + n;
}

/* The last len % 8 octets, as words. */
static inline uint64_t
load_rest(const uint8_t *p, uint32_t len)
{
	uint64_t words = 0;

	if (len & 4) {
		words = la_load32(p);
		p += 4;
	}
	if (len & 2) {
		words += la_load16(p);
		p += 2;
	}
	return words + (len & 1 ? *p : 0);
}

/*
 * Adds words in host order, and swaps the folded sum once (RFC 1071, 2 B). 2^64 is 1 modulo 65535,
 * so a carry out of 64 bits counts as 1.
 */
uint64_t
la_sum_octets(const uint8_t *p, uint32_t len)
{
	struct carried c = { 0 };

	for (; len >= 64; len -= 64)
		p = add_block(&c, p, 64);
	if (len & 32)
		p = add_block(&c, p, 32);
	if (len & 16)
		p = add_block(&c, p, 16);
	if (len & 8)
		p = add_block(&c, p, 8);
	return la_sum64(c.sum) + c.carries + load_rest(p, len);
}

uint64_t
la_checksum_add(uint64_t sum, const uint8_t *octets, size_t len)
{
	return sum + __builtin_bswap16(la_checksum_fold(la_sum_octets(octets, (uint32_t)len)));
}

uint64_t
la_checksum_pseudo(const struct la_addr *source, const struct la_addr *dest, uint8_t protocol,
		uint32_t len)
{
	const uint64_t sum = (uint64_t)protocol + len;
	uint32_t from[4], to[4];
	uint64_t words = 0;

	if (la_addr_is_v4(source) && la_addr_is_v4(dest))
		return sum + la_addr_low(source) + la_addr_low(dest);
	/* In host order, as above. */
	memcpy(from, source, sizeof(from));
	memcpy(to, dest, sizeof(to));
	for (int i = 0; i < 4; i++)
		words += (uint64_t)from[i] + to[i];
	return sum + __builtin_bswap16(la_checksum_fold(words));
}
