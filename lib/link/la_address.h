/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_ADDRESS_H
#define LA_ADDRESS_H

/** @file
 * The port's own addresses: maps an address to its index and back, and tells
 * which other addresses are on the link.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_arena.h"

/** Not one of ours: an index has 16 bits. */
enum { LA_ADDRESS_NONE = 0x10000 };

struct la_link_range;

/** An address as two numbers in host order, for arithmetic. */
struct la_address_key {
	uint64_t high, low;
};

/** A range of our addresses. */
struct la_address_run {
	struct la_address_key first;
	uint32_t count;
	uint32_t base;                  /**< Index of the first address. */
};

/** A range in the table that is searched by index. */
struct la_address_base {
	struct la_addr first;
	uint32_t base;
};

/** A network that is on the link, and one of our addresses in it. */
struct la_subnet {
	struct la_address_key network, mask;
	uint16_t address;
};

/** All addresses from the first to the last, both on the link. */
struct la_span {
	struct la_address_key first, last;
};

struct la_addresses {
	uint32_t v4_first, v4_count;    /**< The first IPv4 range, which most frames are for. */
	uint32_t v4_base;
	uint64_t v6_high;               /**< The first IPv6 range: the upper half, network order. */
	uint64_t v6_low;                /**< The lower half of its first address, host order. */
	uint32_t v6_count, v6_base;
	uint32_t count;
	struct la_address_run *runs;    /**< Ranges sorted by address. */
	struct la_address_base *bases;  /**< The same ranges sorted by index. */
	struct la_subnet *subnets;
	struct la_span *links[2];       /**< IPv6, IPv4: the subnets, sorted; none overlap. */
	uint32_t runs_len, subnets_len, links_len[2];
	bool v4_alone, v6_alone;        /**< The first range is the family's only one. */
};

/** Whether an address can be a host's: neither a group's nor the unspecified one. */
bool la_address_is_host(const struct la_addr *address);

/** Whether every range is valid, and none overlap. */
bool la_addresses_sane(const struct la_link_range *ranges, uint32_t ranges_len);

/** Take memory for @p ranges and, if the arena has any, fill it in. */
void la_addresses_init(struct la_addresses *addresses, struct la_arena *arena,
		const struct la_link_range *ranges, uint32_t ranges_len);

/** Index of an address in any range, or LA_ADDRESS_NONE. */
uint32_t la_address_search(const struct la_addresses *addresses, const struct la_addr *address);

static inline uint32_t
la_address_index_v6(const struct la_addresses *addresses, const struct la_addr *address)
{
	const uint64_t at = la_get64(address->b + 8) - addresses->v6_low;
	uint64_t high;

	memcpy(&high, address, sizeof(high));
	if (at < addresses->v6_count && high == addresses->v6_high)
		return addresses->v6_base + (uint32_t)at;
	return addresses->v6_alone ? LA_ADDRESS_NONE : la_address_search(addresses, address);
}

/** Index of one of our addresses, or LA_ADDRESS_NONE. */
static inline uint32_t
la_address_index(const struct la_addresses *addresses, const struct la_addr *address)
{
	const uint32_t at = la_addr_low(address) - addresses->v4_first;

	if (!la_addr_is_v4(address))
		return la_address_index_v6(addresses, address);
	if (__builtin_expect(at < addresses->v4_count, 1))
		return addresses->v4_base + at;
	return addresses->v4_alone ? LA_ADDRESS_NONE : la_address_search(addresses, address);
}

/** The address of an index, searched in all ranges. */
struct la_addr la_address_find(const struct la_addresses *addresses, uint32_t index);

static inline struct la_addr
la_address_at_v6(const struct la_addresses *addresses, uint32_t at)
{
	struct la_addr a;

	memcpy(&a, &addresses->v6_high, sizeof(addresses->v6_high));
	la_put64(a.b + 8, addresses->v6_low + at);
	return a;
}

/** Our address with an index less than count. Computed, not looked up: a table of 65,536
 *  addresses would cost a cache miss for each segment sent. */
static inline struct la_addr
la_address_at(const struct la_addresses *addresses, uint32_t index)
{
	const uint32_t at = index - addresses->v4_base;

	if (__builtin_expect(at < addresses->v4_count, 1))
		return la_addr_v4(addresses->v4_first + at);
	if (index - addresses->v6_base < addresses->v6_count)
		return la_address_at_v6(addresses, index - addresses->v6_base);
	return la_address_find(addresses, index);
}

/** The subnet that contains an address, or NULL if it is not on the link. */
const struct la_subnet *la_address_subnet(const struct la_addresses *addresses,
		const struct la_addr *address);

/** Whether an address is on the link: in a subnet, or an IPv6 link-local address. */
bool la_address_is_on_link(const struct la_addresses *addresses, const struct la_addr *address);

/** The first subnet of a family that contains only one address, which is ours; or NULL. */
const struct la_subnet *la_address_lone(const struct la_addresses *addresses, bool v4);

#endif
