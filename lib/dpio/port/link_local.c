/* SPDX-License-Identifier: BSD-3-Clause */
/* The link-local address that a port with IPv6 has beside those it was given. */
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "port.h"

bool
la_port__has_ipv6(const struct la_port *port)
{
	for (uint32_t i = 0; i < port->stack.ranges_len; i++) {
		if (!la_addr_is_v4(&port->stack.ranges[i].first))
			return true;
	}
	return false;
}

/* RFC 4291, 2.1: every interface has one. Wanted if none was given. */
static bool
is_wanted(const struct la_port *port)
{
	const struct la_stack_params *p = &port->stack;
	for (uint32_t i = 0; i < p->ranges_len; i++) {
		if (la_addr_is_link_local(&p->ranges[i].first))
			return false;
	}
	return la_port__has_ipv6(port);
}

static bool
has_room(const struct la_stack_params *p)
{
	uint64_t addresses = 0;

	for (uint32_t i = 0; i < p->ranges_len; i++)
		addresses += p->ranges[i].count;
	return p->ranges_len < LA_STACK_RANGES_MAX && addresses < LA_STACK_ADDRESSES_MAX;
}

/* Last of all, so that the numbers of the others stay. Routers discard reports of MLD that
 * have no link-local source (RFC 3810, 5.2.13), so no port goes without. */
bool
la_port__add_link_local(struct la_port *port, struct la_dpio_error *error)
{
	struct la_stack_params *p = &port->stack;

	if (!is_wanted(port))
		return true;
	if (!has_room(p))
		return la_dpio__fail(error, "port.address: IPv6 needs a link-local address beside "
				"these: %d addresses and %d ranges may be there in all",
				LA_STACK_ADDRESSES_MAX, LA_STACK_RANGES_MAX);
	port->ranges = calloc(p->ranges_len + 1, sizeof(*port->ranges));
	if (port->ranges == NULL)
		return la_dpio__fail(error, "no memory");
	memcpy(port->ranges, p->ranges, p->ranges_len * sizeof(*port->ranges));
	port->ranges[p->ranges_len++] = (struct la_stack_range){
		.first = la_addr_link_local(&p->mac), .count = 1, .prefix_len = 64,
	};
	p->ranges = port->ranges;
	port->info.has_link_local = true;
	port->info.link_local = la_addr_link_local(&p->mac);
	return true;
}
