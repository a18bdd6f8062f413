/* SPDX-License-Identifier: BSD-3-Clause */
/* Our own addresses and the networks they lie in. */
#include "la_address.h"

#include <stdlib.h>

#include "la_link_params.h"

enum { V4_BITS = 32, V6_BITS = 128, V4_PREFIX = V6_BITS - V4_BITS };

static struct la_address_key
key_of(const struct la_addr *a)
{
	return (struct la_address_key){ .high = la_get64(a->b), .low = la_get64(a->b + 8) };
}

static int
compare_keys(struct la_address_key a, struct la_address_key b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return a.low < b.low ? -1 : a.low > b.low;
}

static int
compare_runs(const void *a, const void *b)
{
	return compare_keys(((const struct la_address_run *)a)->first,
			((const struct la_address_run *)b)->first);
}

static struct la_address_key
mask_of(const struct la_link_range *range)
{
	const uint32_t bits = range->prefix_len + (la_addr_is_v4(&range->first) ? V4_PREFIX : 0);

	return (struct la_address_key){
		.high = bits >= 64 ? UINT64_MAX : bits == 0 ? 0 : UINT64_MAX << (64 - bits),
		.low = bits <= 64 ? 0 : UINT64_MAX << (V6_BITS - bits),
	};
}

/* A host never has a group's address, or the unspecified one. */
bool
la_address_is_host(const struct la_addr *a)
{
	static const struct la_addr unspecified = { { 0 } };

	if (la_addr_is_v4(a))
		return la_addr_low(a) != 0 && la_addr_low(a) >> 28 != 0xe &&
				la_addr_low(a) != UINT32_MAX;
	return a->b[0] != 0xff && !la_addr_eq(a, &unspecified);
}

static bool
range_sane(const struct la_link_range *r)
{
	const bool v4 = la_addr_is_v4(&r->first);
	struct la_addr last;

	if (r->count == 0 || r->count > LA_LINK_ADDRESSES_MAX)
		return false;
	/* A range must not leave its family, nor wrap. */
	last = la_addr_after(&r->first, r->count - 1);
	if (la_addr_is_v4(&last) != v4 || compare_keys(key_of(&last), key_of(&r->first)) < 0)
		return false;
	return r->prefix_len <= (v4 ? V4_BITS : V6_BITS) && la_address_is_host(&r->first) &&
			la_address_is_host(&last);
}

static bool
ranges_overlap(const struct la_link_range *a, const struct la_link_range *b)
{
	return la_addr_place(&a->first, &b->first) < a->count ||
			la_addr_place(&b->first, &a->first) < b->count;
}

bool
la_addresses_sane(const struct la_link_range *ranges, uint32_t ranges_len)
{
	uint64_t count = 0;

	if (ranges_len == 0 || ranges_len > LA_LINK_RANGES_MAX)
		return false;
	for (uint32_t i = 0; i < ranges_len; i++) {
		if (!range_sane(&ranges[i]))
			return false;
		count += ranges[i].count;
		for (uint32_t j = 0; j < i; j++) {
			if (ranges_overlap(&ranges[i], &ranges[j]))
				return false;
		}
	}
	return count <= LA_LINK_ADDRESSES_MAX;
}

static void
add_subnet(struct la_addresses *a, const struct la_link_range *range, uint32_t address)
{
	const struct la_address_key mask = mask_of(range), first = key_of(&range->first);
	const struct la_address_key network = { first.high & mask.high, first.low & mask.low };

	for (uint32_t i = 0; i < a->subnets_len; i++) {
		if (compare_keys(a->subnets[i].network, network) == 0 &&
				compare_keys(a->subnets[i].mask, mask) == 0)
			return;
	}
	a->subnets[a->subnets_len++] = (struct la_subnet){
		.network = network, .mask = mask, .address = (uint16_t)address,
	};
}

static void
add_run(struct la_addresses *a, const struct la_link_range *range)
{
	const struct la_address_key first = key_of(&range->first);

	if (a->v4_count == 0 && la_addr_is_v4(&range->first)) {
		a->v4_first = la_addr_low(&range->first);
		a->v4_count = range->count;
		a->v4_base = a->count;
	}
	if (a->v6_count == 0 && !la_addr_is_v4(&range->first)) {
		memcpy(&a->v6_high, &range->first, sizeof(a->v6_high));
		a->v6_low = first.low;
		a->v6_count = range->count;
		a->v6_base = a->count;
	}
	add_subnet(a, range, a->count);
	a->bases[a->runs_len] = (struct la_address_base){ range->first, a->count };
	a->runs[a->runs_len++] = (struct la_address_run){
		.first = first, .count = range->count, .base = a->count,
	};
	a->count += range->count;
}

static int
compare_links(const void *a, const void *b)
{
	return compare_keys(((const struct la_span *)a)->first, ((const struct la_span *)b)->first);
}

/* List all subnets of a family, sorted. A subnet inside another is left out: two subnets are
 * either disjoint or one is inside the other. */
static void
add_links(struct la_addresses *a, bool v4)
{
	struct la_span *links = a->links[v4];
	uint32_t n = 0, kept = 0;

	for (uint32_t i = 0; i < a->subnets_len; i++) {
		const struct la_subnet *subnet = &a->subnets[i];
		const struct la_addr ours = la_address_at(a, subnet->address);

		if (la_addr_is_v4(&ours) == v4)
			links[n++] = (struct la_span){ subnet->network, {
				subnet->network.high | ~subnet->mask.high,
				subnet->network.low | ~subnet->mask.low } };
	}
	qsort(links, n, sizeof(*links), compare_links);
	for (uint32_t i = 0; i < n; i++) {
		if (kept > 0 && compare_keys(links[i].first, links[kept - 1].last) <= 0) {
			if (compare_keys(links[i].last, links[kept - 1].last) > 0)
				links[kept - 1].last = links[i].last;
			continue;
		}
		links[kept++] = links[i];
	}
	a->links_len[v4] = kept;
}

static uint32_t
runs_of(const struct la_addresses *a, bool v4)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->runs_len; i++)
		n += la_addr_is_v4(&a->bases[i].first) == v4;
	return n;
}

void
la_addresses_init(struct la_addresses *a, struct la_arena *arena,
		const struct la_link_range *ranges, uint32_t ranges_len)
{
	*a = (struct la_addresses){
		.runs = la_arena_take(arena, ranges_len * sizeof(*a->runs)),
		.bases = la_arena_take(arena, ranges_len * sizeof(*a->bases)),
		.subnets = la_arena_take(arena, ranges_len * sizeof(*a->subnets)),
		.links[0] = la_arena_take(arena, ranges_len * sizeof(*a->links[0])),
		.links[1] = la_arena_take(arena, ranges_len * sizeof(*a->links[1])),
	};
	if (arena->base == NULL)
		return;
	for (uint32_t i = 0; i < ranges_len; i++)
		add_run(a, &ranges[i]);
	a->v4_alone = runs_of(a, true) <= 1;
	a->v6_alone = runs_of(a, false) <= 1;
	qsort(a->runs, a->runs_len, sizeof(*a->runs), compare_runs);
	add_links(a, false);
	add_links(a, true);
}

uint32_t
la_address_search(const struct la_addresses *a, const struct la_addr *address)
{
	const struct la_address_key key = key_of(address);
	uint32_t low = 0, high = a->runs_len;

	/* Find the last range that starts at or before the address. */
	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if (compare_keys(a->runs[middle].first, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return LA_ADDRESS_NONE;
	const struct la_address_run *run = &a->runs[low - 1];
	if (run->first.high != key.high || key.low - run->first.low >= run->count)
		return LA_ADDRESS_NONE;
	return run->base + (uint32_t)(key.low - run->first.low);
}

struct la_addr
la_address_find(const struct la_addresses *a, uint32_t index)
{
	uint32_t low = 0, high = a->runs_len;

	/* Find the last range that starts at or before the index; the first starts at 0. */
	while (high - low > 1) {
		const uint32_t middle = (low + high) / 2;

		if (a->bases[middle].base <= index)
			low = middle;
		else
			high = middle;
	}
	return la_addr_after(&a->bases[low].first, index - a->bases[low].base);
}

const struct la_subnet *
la_address_subnet(const struct la_addresses *a, const struct la_addr *address)
{
	const struct la_address_key key = key_of(address);

	for (uint32_t i = 0; i < a->subnets_len; i++) {
		const struct la_subnet *subnet = &a->subnets[i];

		if ((key.high & subnet->mask.high) == subnet->network.high &&
				(key.low & subnet->mask.low) == subnet->network.low)
			return subnet;
	}
	return NULL;
}

bool
la_address_is_on_link(const struct la_addresses *a, const struct la_addr *address)
{
	const bool v4 = la_addr_is_v4(address);
	const struct la_address_key key = key_of(address);
	uint32_t low = 0, high = a->links_len[v4];

	if (!v4 && la_addr_is_link_local(address))
		return true;
	/* Find the last subnet that starts at or before the address. */
	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if (compare_keys(a->links[v4][middle].first, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && compare_keys(key, a->links[v4][low - 1].last) <= 0;
}

const struct la_subnet *
la_address_lone(const struct la_addresses *a, bool v4)
{
	for (uint32_t i = 0; i < a->subnets_len; i++) {
		const struct la_subnet *subnet = &a->subnets[i];
		const struct la_addr address = la_address_at(a, subnet->address);

		if ((subnet->mask.high & subnet->mask.low) == UINT64_MAX &&
				la_addr_is_v4(&address) == v4)
			return subnet;
	}
	return NULL;
}
