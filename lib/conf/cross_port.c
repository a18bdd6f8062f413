/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold of [port] sections, each by itself and together. */
#include <inttypes.h>
#include <string.h>

#include "cross.h"

static bool
is_alone(const struct la_conf_range *range, const struct la_addr *gateway)
{
	return la_addr_is_v4(&range->first) == la_addr_is_v4(gateway) &&
			range->prefix_len == la_conf__whole_address(range);
}

/*
 * A link-local gateway is on the link whatever our addresses (RFC 4861, 6.3.4). So is that of
 * an address which is a subnet by itself, as clouds give them: nothing else is said to be on
 * the link.
 */
static bool
is_on_link(const struct la_conf_port *port, const struct la_addr *gateway)
{
	return la_addr_is_link_local(gateway) ||
			la_conf__any_holds(&port->address, gateway, la_conf__subnet_holds) ||
			la_conf__any_holds(&port->address, gateway, is_alone);
}

static void
check_gateway(struct la_conf *conf, const struct la_conf_place *place, uint32_t i)
{
	const struct la_conf_port *port = place->data;
	const struct la_conf_range *gateway = &port->gateway.v[i];
	char text[LA_VALUE_LEN];
	const char *wrong = NULL;

	la_addr_format(&gateway->first, text);
	for (uint32_t k = 0; k < i; k++) {
		if (la_addr_is_v4(&port->gateway.v[k].first) == la_addr_is_v4(&gateway->first))
			wrong = "is the second one of its family";
	}
	if (wrong == NULL && place->where[LA_KEY_port_address].bad)
		return;
	if (wrong == NULL &&
			la_conf__any_holds(&port->address, &gateway->first, la_conf__range_holds))
		wrong = "is an address of the port itself";
	if (wrong == NULL && !la_addr_is_link_local(&gateway->first) &&
			!la_conf__has_family_of(&port->address, &gateway->first))
		wrong = la_addr_is_v4(&gateway->first) ? "needs an IPv4 address: the port has none" :
				"needs an IPv6 address: the port has none";
	if (wrong == NULL && !is_on_link(port, &gateway->first))
		wrong = "is in no subnet of the port's addresses";
	if (wrong != NULL)
		la_conf__error_in(conf, place, LA_KEY_port_gateway, &gateway->where, text, wrong);
}

/* An address is one port's. */
static void
check_apart(struct la_conf *conf, const struct la_conf_place *place,
		const struct la_conf_place *other)
{
	const struct la_conf_ranges *ours = &((struct la_conf_port *)place->data)->address;
	const struct la_conf_ranges *theirs = &((struct la_conf_port *)other->data)->address;
	char text[LA_VALUE_LEN], range[LA_VALUE_LEN], what[2 * LA_VALUE_LEN];
	char line[LA_LINE_OF_LEN];

	for (uint32_t i = 0; i < ours->n; i++) {
		for (uint32_t k = 0; k < theirs->n; k++) {
			if (!la_conf__ranges_meet(&ours->v[i], &theirs->v[k]))
				continue;
			la_conf__range_format(&ours->v[i], text);
			la_conf__range_format(&theirs->v[k], range);
			snprintf(what, sizeof(what), "overlaps %s of [%s]%s", range, other->label,
					la_conf__line_of(&theirs->v[k].where, line));
			la_conf__error_in(conf, place, LA_KEY_port_address, &ours->v[i].where, text,
					what);
			return;
		}
	}
}

static void
check_device(struct la_conf *conf, const struct la_conf_place *place,
		const struct la_conf_place *other)
{
	const char *ours = ((struct la_conf_port *)place->data)->device;
	const char *theirs = ((struct la_conf_port *)other->data)->device;
	char what[LA_LABEL_LEN + 32];

	if (ours == NULL || theirs == NULL || ours[0] == '\0' || strcmp(ours, theirs) != 0)
		return;
	snprintf(what, sizeof(what), "is the device of [%s] already", other->label);
	la_conf__error_in(conf, place, LA_KEY_port_device, NULL, ours, what);
}

static void
check_port(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_port *port = place->data;
	const struct la_conf_where *where = place->where;
	char text[32];

	if (port->device == NULL || (port->device[0] == '\0' && !where[LA_KEY_port_device].bad))
		la_conf__error_in(conf, place, LA_KEY_port_device, NULL, "", "must be given");
	if (port->address.n == 0 && !where[LA_KEY_port_address].bad)
		la_conf__error_in(conf, place, LA_KEY_port_address, NULL, "", "must be given");
	la_conf__check_ranges(conf, place, LA_KEY_port_address, &port->address,
			la_conf__addresses_max(&port->address, NULL));
	for (uint32_t i = 0; i < port->gateway.n; i++)
		check_gateway(conf, place, i);
	snprintf(text, sizeof(text), "%" PRIu64, port->mtu);
	if (la_conf__has_ipv6(&port->address) && port->mtu < 1280 && !where[LA_KEY_port_mtu].bad)
		la_conf__error_in(conf, place, LA_KEY_port_mtu, NULL, text,
				"is less than IPv6 needs: 1280");
}

void
la_conf__check_ports(struct la_conf *conf)
{
	struct la_conf_place place, other;

	for (uint32_t n = 0; la_conf__place(conf, LA_SECTION_port, n, &place); n++) {
		check_port(conf, &place);
		for (uint32_t k = 0; k < n; k++) {
			la_conf__place(conf, LA_SECTION_port, k, &other);
			check_device(conf, &place, &other);
			check_apart(conf, &place, &other);
		}
	}
}
