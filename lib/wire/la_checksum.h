/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CHECKSUM_H
#define LA_CHECKSUM_H

/** @file
 * The Internet checksum (RFC 1071, RFC 9293 3.1), in parts: add up sums of octets and
 * pseudo-headers, then fold once. A partial sum of an odd number of octets must be added last.
 */
#include <stddef.h>
#include <stdint.h>

#include "la_addr.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Sum of @p len octets as big-endian 16-bit words, added to @p sum. */
uint64_t la_checksum_add(uint64_t sum, const uint8_t *octets, size_t len);

/** Sum of the pseudo-header of an upper-layer packet of @p len octets: that of IPv4 if both
 *  addresses are IPv4, else that of IPv6 (RFC 8200, 8.1). */
uint64_t la_checksum_pseudo(const struct la_addr *source, const struct la_addr *dest,
		uint8_t protocol, uint32_t len);

/** Fold to 16 bits without complementing, as a NIC expects it. */
static inline uint16_t
la_checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/** The value for the checksum field; 0 over octets that include a correct checksum. */
static inline uint16_t
la_checksum_finish(uint64_t sum)
{
	return (uint16_t)~la_checksum_fold(sum);
}

#ifdef __cplusplus
}
#endif

#endif
