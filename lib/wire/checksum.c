/* SPDX-License-Identifier: BSD-3-Clause */
/* The Internet checksum (RFC 1071). */
#include "la_checksum.h"

#include "la_plain.h"

/*
 * Adds 32-bit words in the machine's own order of octets into 64 bits, so that
 * no carry is lost in under 2^32 words, and swaps the folded sum once (RFC
 * 1071, 2 B). The plain loop is one that compilers turn into vector code.
 */
uint64_t
la_sum_octets(const uint8_t *p, uint32_t len)
{
	uint64_t sum = 0;

	for (; len >= 4; p += 4, len -= 4)
		sum += la_load32(p);
	if (len & 2) {
		sum += la_load16(p);
		p += 2;
	}
	return sum + (len & 1 ? *p : 0);
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
	/* In the machine's own order of octets, as above. */
	memcpy(from, source, sizeof(from));
	memcpy(to, dest, sizeof(to));
	for (int i = 0; i < 4; i++)
		words += (uint64_t)from[i] + to[i];
	return sum + __builtin_bswap16(la_checksum_fold(words));
}
