/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranges of addresses, held against each other and their subnets. */
#include <inttypes.h>

#include "cross.h"

uint8_t
la_conf__whole_address(const struct la_conf_range *range)
{
	return la_addr_is_v4(&range->first) ? 32 : 128;
}

void
la_conf__complete_prefixes(struct la_conf_ranges *ranges, const struct la_conf_ranges *known)
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		struct la_conf_range *range = &ranges->v[i];
		const struct la_addr last = la_conf__range_last(range);
		uint8_t longest = 0;

		if (range->prefix_len != LA_CONF_NO_PREFIX)
			continue;
		for (uint32_t k = 0; k < known->n; k++) {
			if (known->v[k].prefix_len > longest &&
					la_conf__subnet_holds(&known->v[k], &range->first) &&
					la_conf__subnet_holds(&known->v[k], &last))
				longest = known->v[k].prefix_len;
		}
		range->prefix_len = longest > 0 ? longest : la_conf__whole_address(range);
	}
}

bool
la_conf__takes_reserved(const struct la_conf_range *range)
{
	const uint32_t first = la_addr_low(&range->first), last = first + range->count - 1;

	if (!la_addr_is_v4(&range->first) || range->prefix_len > 30)
		return false;
	const uint32_t hosts = UINT32_MAX >> range->prefix_len;

	return (first & hosts) == 0 || (last & hosts) == hosts;
}

static void
check_range(struct la_conf *conf, const struct la_conf_place *place, enum la_conf_key_id id,
		const struct la_conf_ranges *ranges, uint32_t i)
{
	const struct la_conf_range *range = &ranges->v[i];
	char text[LA_VALUE_LEN], what[LA_VALUE_LEN + 64], other[LA_VALUE_LEN];
	char line[LA_LINE_OF_LEN];
	const struct la_addr last = la_conf__range_last(range);

	la_conf__range_format(range, text);
	if (range->prefix_len != la_conf__whole_address(range) &&
			!la_conf__subnet_holds(range, &last))
		la_conf__error_in(conf, place, id, &range->where, text, "runs out of its subnet");
	else if (la_conf__takes_reserved(range))
		la_conf__error_in(conf, place, id, &range->where, text,
				"takes in the network or broadcast address of its subnet");
	for (uint32_t k = 0; k < i; k++) {
		if (!la_conf__ranges_meet(range, &ranges->v[k]))
			continue;
		la_conf__range_format(&ranges->v[k], other);
		snprintf(what, sizeof(what), "overlaps %s%s", other,
				la_conf__line_of(&ranges->v[k].where, line));
		la_conf__error_in(conf, place, id, &range->where, text, what);
		return;
	}
}

bool
la_conf__has_ipv6(const struct la_conf_ranges *ranges)
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		if (!la_addr_is_v4(&ranges->v[i].first))
			return true;
	}
	return false;
}

static bool
has_link_local(const struct la_conf_ranges *ranges)
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		if (la_addr_is_link_local(&ranges->v[i].first))
			return true;
	}
	return false;
}

uint32_t
la_conf__addresses_max(const struct la_conf_ranges *ranges, const struct la_conf_ranges *more)
{
	static const struct la_conf_ranges none = { 0 };

	more = more != NULL ? more : &none;
	if (has_link_local(ranges) || has_link_local(more))
		return LA_CONF_ADDRESSES_MAX;
	return LA_CONF_ADDRESSES_MAX - (la_conf__has_ipv6(ranges) || la_conf__has_ipv6(more));
}

void
la_conf__too_many(struct la_conf *conf, const struct la_conf_place *place, enum la_conf_key_id id,
		const struct la_conf_where *where, uint32_t max, const char *with)
{
	char what[LA_WHY_LEN];

	snprintf(what, sizeof(what), "more than %" PRIu32 " addresses in all%s%s", max, with,
			max < LA_CONF_ADDRESSES_MAX ?
			"; IPv6 needs a link-local one beside them" : "");
	la_conf__error_in(conf, place, id, where, "", what);
}

void
la_conf__check_ranges(struct la_conf *conf, const struct la_conf_place *place,
		enum la_conf_key_id id, const struct la_conf_ranges *ranges, uint32_t max)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < ranges->n; i++) {
		check_range(conf, place, id, ranges, i);
		total += ranges->v[i].count;
		if (total > max) {
			la_conf__too_many(conf, place, id, &ranges->v[i].where, max, "");
			return;
		}
	}
}

bool
la_conf__any_holds(const struct la_conf_ranges *ranges, const struct la_addr *addr,
		bool (*holds)(const struct la_conf_range *, const struct la_addr *))
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		if (holds(&ranges->v[i], addr))
			return true;
	}
	return false;
}

bool
la_conf__has_family_of(const struct la_conf_ranges *ranges, const struct la_addr *addr)
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		if (la_addr_is_v4(&ranges->v[i].first) == la_addr_is_v4(addr))
			return true;
	}
	return false;
}
