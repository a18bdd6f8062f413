/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold of [load], and of the port that it goes by. */
#include "cross.h"

/* A range of sources lies in one of the port's, or is addresses of its own. */
static void
check_source(struct la_conf *conf, const struct la_conf_range *source)
{
	const struct la_conf_port *port = la_conf_load_port(conf);
	const struct la_addr last = la_conf__range_last(source);
	struct la_conf_range shown = *source;
	char text[LA_VALUE_LEN];

	/* Its prefix length may be one that nobody wrote. */
	shown.prefix_len = LA_CONF_NO_PREFIX;
	la_conf__range_format(&shown, text);
	if (la_addr_is_v4(&source->first) !=
			la_addr_is_v4(&conf->load.target.addresses.first) &&
			conf->load.target.addresses.count != 0)
		ERROR(conf, load_sources, &source->where, text, "is of another family than target");
	for (uint32_t i = 0; i < port->address.n; i++) {
		const struct la_conf_range *range = &port->address.v[i];

		if (la_conf__ranges_meet(range, source) &&
				!(la_conf__range_holds(range, &source->first) &&
				la_conf__range_holds(range, &last)))
			ERROR(conf, load_sources, &source->where, text,
					"lies only in part in a range of [port] address");
	}
	/* They become addresses of ours, which answer for themselves. */
	if (conf->load.target.addresses.count != 0 &&
			la_conf__ranges_meet(source, &conf->load.target.addresses))
		ERROR(conf, load_sources, &source->where, text, "has an address of target");
	for (uint32_t i = 0; i < port->gateway.n; i++) {
		if (la_conf__range_holds(source, &port->gateway.v[i].first))
			ERROR(conf, load_sources, &source->where, text,
					"has the gateway's address");
	}
}

/* Those of the port's are not counted twice. */
static void
check_all_addresses(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_port *port = la_conf_load_port(conf);
	const uint32_t max = la_conf__addresses_max(&port->address, &conf->load.sources);
	uint32_t ranges = port->address.n;
	uint64_t total = 0;

	for (uint32_t i = 0; i < port->address.n; i++)
		total += port->address.v[i].count;
	if (total > max)
		return;
	for (uint32_t i = 0; i < conf->load.sources.n; i++) {
		const struct la_conf_range *source = &conf->load.sources.v[i];

		if (la_conf__any_holds(&port->address, &source->first, la_conf__range_holds))
			continue;
		total += source->count;
		if (total > max) {
			la_conf__too_many(conf, place, LA_KEY_load_sources, &source->where, max,
					", with those of [port]");
			return;
		}
		if (++ranges > LA_CONF_LIST_MAX) {
			la_conf__error(conf, &source->where, place->label, "sources",
					"more than %d ranges in all, with those of [port]",
					LA_CONF_LIST_MAX);
			return;
		}
	}
}

/* Both ends of the target on the link; an address that no host may have is named. */
static bool
is_on_link(struct la_conf *conf, const struct la_conf_ranges *ranges, const char *text)
{
	const struct la_conf_range *target = &conf->load.target.addresses;
	const struct la_addr last = la_conf__range_last(target);

	for (uint32_t i = 0; i < ranges->n; i++) {
		struct la_conf_range as = *target;

		as.prefix_len = ranges->v[i].prefix_len;
		if (la_conf__subnet_holds(&ranges->v[i], &target->first) &&
				la_conf__takes_reserved(&as)) {
			ERROR(conf, load_target, WHERE(conf, load_target), text,
					"takes in the network or broadcast address of its subnet");
			return true;
		}
	}
	return la_conf__any_holds(ranges, &target->first, la_conf__subnet_holds) &&
			la_conf__any_holds(ranges, &last, la_conf__subnet_holds);
}

static void
check_way(struct la_conf *conf, const char *text)
{
	const struct la_conf_range *target = &conf->load.target.addresses;
	const struct la_conf_port *port = la_conf_load_port(conf);

	/* A link-local target needs no subnet of the configuration: each port has that one. */
	if (!is_on_link(conf, &port->address, text) &&
			!is_on_link(conf, &conf->load.sources, text) &&
			!la_addr_is_link_local(&target->first) &&
			!la_conf__has_family_of(&port->gateway, &target->first) &&
			!port->where[LA_KEY_port_gateway].bad)
		ERROR(conf, load_target, WHERE(conf, load_target), text,
				"is in no subnet of [port] address, and there is no gateway");
}

static void
check_target(struct la_conf *conf)
{
	const struct la_conf_range *target = &conf->load.target.addresses;
	const struct la_conf_port *port = la_conf_load_port(conf);
	const struct la_conf_where *where = WHERE(conf, load_target);
	char text[LA_VALUE_LEN];

	if (where->bad || target->count == 0)
		return;
	la_conf__range_format(target, text);
	if (port->where[LA_KEY_port_address].bad || port->address.n == 0)
		return;
	if (!la_conf__has_family_of(&port->address, &target->first))
		ERROR(conf, load_target, where, text, la_addr_is_v4(&target->first) ?
				"is IPv4, and [port] has only IPv6 addresses" :
				"is IPv6, and [port] has only IPv4 addresses");
	else
		check_way(conf, text);
	for (uint32_t i = 0; i < port->address.n; i++) {
		if (la_conf__ranges_meet(target, &port->address.v[i]))
			ERROR(conf, load_target, where, text, target->count == 1 ?
					"is an address of [port]" : "has an address of [port]");
	}
}

/* What may stand in a line of HTTP, which a blank would end (RFC 9112, 3.2). */
static bool
is_visible(const char *text)
{
	while (*text > ' ' && *text < 0x7f)
		text++;
	return *text == '\0';
}

static void
check_run(struct la_conf *conf)
{
	static const char not_visible[] = "holds more than visible ASCII";
	const struct la_conf_load *load = &conf->load;
	char shown[LA_SHOWN_LEN];

	if (load->duration_us != 0 && load->ramp_us + load->ramp_down_us >= load->duration_us &&
			!WHERE(conf, load_duration_us)->bad && !WHERE(conf, load_ramp_us)->bad)
		ERROR(conf, load_duration_us, NULL, "",
				"must be longer than ramp and ramp-down together");
	if (load->duration_us == 0 && load->connections == 0 &&
			load->service != LA_CONF_LOAD_HOLD)
		ERROR(conf, load_duration_us, NULL, "", "0 needs connections, or the service hold");
	if (load->source_ports.n > 1)
		ERROR(conf, load_source_ports, &load->source_ports.v[1].where, "",
				"is given twice: one range is all there may be");
	if (load->path != NULL && load->path[0] != '/' && !WHERE(conf, load_path)->bad)
		ERROR(conf, load_path, NULL, load->path, "does not begin with /");
	if (load->path != NULL && !is_visible(load->path))
		ERROR(conf, load_path, NULL, la_conf__shown(load->path, shown), not_visible);
	if (load->host != NULL && !is_visible(load->host))
		ERROR(conf, load_host, NULL, la_conf__shown(load->host, shown), not_visible);
}

static void
check_on(struct la_conf *conf)
{
	const char *on = conf->load.on;
	char what[LA_CONF_NAME_MAX + 64], shown[LA_SHOWN_LEN];
	uint32_t nth;

	if (on == NULL || on[0] == '\0' || la_conf__find(conf, LA_SECTION_port, on, &nth))
		return;
	snprintf(what, sizeof(what), "is not a port; the nearest is %s",
			la_conf__nearest(conf, LA_SECTION_port, on));
	ERROR(conf, load_on, NULL, la_conf__shown(on, shown), what);
}

void
la_conf__check_load(struct la_conf *conf)
{
	struct la_conf_place place;

	if (!conf->has_load)
		return;
	la_conf__place(conf, LA_SECTION_load, 0, &place);
	check_on(conf);
	la_conf__check_ranges(conf, &place, LA_KEY_load_sources, &conf->load.sources,
			LA_CONF_ADDRESSES_MAX);
	for (uint32_t i = 0; i < conf->load.sources.n; i++)
		check_source(conf, &conf->load.sources.v[i]);
	check_all_addresses(conf, &place);
	check_target(conf);
	check_run(conf);
}
