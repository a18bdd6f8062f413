/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_ADDR_H
#define LA_ADDR_H

/** @file
 * Internet addresses of both families in 16 octets, and connection tuples.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "la_bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An IPv6 address, or an IPv4 one mapped into it (::ffff:0:0/96), in network order. */
struct la_addr {
	uint8_t b[16];
};

/** An Ethernet address. */
struct la_mac {
	uint8_t b[6];
};

/** True for a group address: 224.0.0.0/4 or ff00::/8. */
bool la_addr_is_multicast(const struct la_addr *a);

/** The solicited-node address of an IPv6 address (RFC 4291, 2.7.1). */
struct la_addr la_addr_solicited_node(const struct la_addr *a);

/** The Ethernet address of an IPv6 group (RFC 2464, 7). */
struct la_mac la_mac_of_group(const struct la_addr *group);

/** The link-local address of an interface: fe80::/64 and the modified EUI-64 (RFC 4291, 2.5.6; RFC
 *  2464, 5). */
struct la_addr la_addr_link_local(const struct la_mac *mac);

enum { LA_ADDR_TEXT_LEN = 48 };         /**< Room for any address as text. */

/** The IPv4 address @p v4, given in host order. */
static inline struct la_addr
la_addr_v4(uint32_t v4)
{
	struct la_addr a = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } };

	la_put32(a.b + 12, v4);
	return a;
}

/** True for an IPv4 address. */
static inline bool
la_addr_is_v4(const struct la_addr *a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

/** The last 32 bits in host order: for an IPv4 address, the address. */
static inline uint32_t
la_addr_low(const struct la_addr *a)
{
	return la_get32(a->b + 12);
}

static inline bool
la_addr_eq(const struct la_addr *a, const struct la_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/** True for an address in fe80::/10 (RFC 4291, 2.4). */
static inline bool
la_addr_is_link_local(const struct la_addr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/** The address @p n places behind @p first. A range of addresses stays within the last 64 bits;
 *  code that reads a range from outside checks that. */
static inline struct la_addr
la_addr_after(const struct la_addr *first, uint32_t n)
{
	struct la_addr a = *first;

	la_put64(a.b + 8, la_get64(first->b + 8) + n);
	return a;
}

/** How many places @p a is behind @p first: less than the length of a range if, and only if, @p a
 *  lies in the range that starts at @p first. */
static inline uint64_t
la_addr_place(const struct la_addr *first, const struct la_addr *a)
{
	if (memcmp(first->b, a->b, 8) != 0)
		return UINT64_MAX;
	return la_get64(a->b + 8) - la_get64(first->b + 8);
}

static inline bool
la_mac_eq(const struct la_mac *a, const struct la_mac *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/** True if it may be a host's address: neither a group address nor zero. */
static inline bool
la_mac_is_host(const struct la_mac *a)
{
	static const struct la_mac none = { { 0 } };

	return !(a->b[0] & 1) && !la_mac_eq(a, &none);
}

/** Write the address as text (RFC 5952 for IPv6); @return @p text. */
const char *la_addr_format(const struct la_addr *a, char text[LA_ADDR_TEXT_LEN]);

/** Read an IPv4 or IPv6 address; the whole string must be one. */
bool la_addr_parse(const char *text, struct la_addr *a);

/** Fields of a tag control information (IEEE 802.1Q, 9.6). */
enum { LA_TCI_PRIORITY = 0xe000, LA_TCI_DROP_ELIGIBLE = 0x1000, LA_TCI_VLAN = 0x0fff };

/** A place on the link: an Ethernet address and an 802.1Q tag. */
struct la_hop {
	struct la_mac mac;
	uint16_t tci;                   /**< Priority and VLAN; 0: no tag. */
};

/**
 * Identifies a connection on one port of one host. The local address is an index into the port's
 * addresses, so that a tuple of either family is 22 octets. Ports are in host order. No padding:
 * compare with la_tuple_eq().
 */
struct la_tuple {
	struct la_addr remote;
	uint16_t local;                 /**< Index into the stack's addresses. */
	uint16_t local_port;
	uint16_t remote_port;
};

static_assert(sizeof(struct la_tuple) == 22, "a tuple has no padding");

static inline bool
la_tuple_eq(const struct la_tuple *a, const struct la_tuple *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

#ifdef __cplusplus
}
#endif

#endif
