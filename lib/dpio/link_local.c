/* SPDX-License-Identifier: BSD-3-Clause */
/* The link-local address that a port with IPv6 has beside those it was given. */
#include <stdlib.h>
#include <string.h>

#include "dpio_private.h"

bool
la_dpio_has_ipv6(const struct la_dpio *d)
{
	for (uint32_t i = 0; i < d->stack.ranges_len; i++) {
		if (!la_addr_is_v4(&d->stack.ranges[i].first))
			return true;
	}
	return false;
}

/* RFC 4291, 2.1: every interface has one. Wanted if none was given. */
static bool
is_wanted(const struct la_dpio *d)
{
	const struct la_stack_params *p = &d->stack;
	uint64_t addresses = 0;

	for (uint32_t i = 0; i < p->ranges_len; i++) {
		if (la_addr_is_link_local(&p->ranges[i].first))
			return false;
		addresses += p->ranges[i].count;
	}
	return la_dpio_has_ipv6(d) && p->ranges_len < LA_STACK_RANGES_MAX &&
			addresses < LA_STACK_ADDRESSES_MAX;
}

/* Last of all, so that the numbers of the others stay. */
bool
la_dpio_add_link_local(struct la_dpio *d)
{
	struct la_stack_params *p = &d->stack;

	if (!is_wanted(d))
		return true;
	d->ranges = calloc(p->ranges_len + 1, sizeof(*d->ranges));
	if (d->ranges == NULL)
		return false;
	memcpy(d->ranges, p->ranges, p->ranges_len * sizeof(*d->ranges));
	d->ranges[p->ranges_len++] = (struct la_stack_range){
		.first = la_addr_link_local(&p->mac), .count = 1, .prefix_len = 64,
	};
	p->ranges = d->ranges;
	d->port.has_link_local = true;
	d->port.link_local = la_addr_link_local(&p->mac);
	return true;
}
