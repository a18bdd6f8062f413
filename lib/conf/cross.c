/* SPDX-License-Identifier: BSD-3-Clause */
/* What depends on more than one key, once all are read. */
#include <inttypes.h>
#include <string.h>

#include "parts.h"

#define ERROR(conf, key, ...) error_at(conf, LA_KEY_##key, __VA_ARGS__)
#define WHERE(conf, key) (&(conf)->where[LA_KEY_##key])

/* Where an error of a section without a line of its own belongs: to the file. */
static struct la_conf_where
at_file(const struct la_conf *conf)
{
	return (struct la_conf_where){ .source = conf->sources_len > 0 ? conf->sources[0] : NULL };
}

/* Add an error of a key. where: NULL: that of the key, else of its section, else the file.
 * A value may stand before what is wrong with it. */
static void
error_in(struct la_conf *conf, const struct la_conf_place *place, enum la_conf_key_id id,
		const struct la_conf_where *where, const char *value, const char *what)
{
	const struct la_conf_where file = at_file(conf);

	if (where == NULL && place->where[id].source != NULL)
		where = &place->where[id];
	if (where == NULL && place->head != NULL && place->head->source != NULL)
		where = place->head;
	la_conf_error(conf, where != NULL ? where : &file, place->label, la_conf_keys[id].name,
			"%s%s%s", value, value[0] != '\0' ? " " : "", what);
}

/* The same of a section that there is once. */
static void
error_at(struct la_conf *conf, enum la_conf_key_id id, const struct la_conf_where *where,
		const char *value, const char *what)
{
	struct la_conf_place place;

	la_conf_place(conf, la_conf_keys[id].section, 0, &place);
	error_in(conf, &place, id, where, value, what);
}

static void
complete_lists(struct la_conf *conf)
{
	static const struct la_conf_where nowhere = { 0 };
	struct la_conf_place place;
	char why[LA_WHY_LEN];

	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf_keys[i];

		if (!la_conf_key_repeats(key))
			continue;
		for (uint32_t n = 0; la_conf_place(conf, key->section, n, &place); n++) {
			if (place.where[i].source == NULL && !la_conf_value_parse(key, key->preset,
					&nowhere, la_conf_field(key, place.data), why))
				la_conf_error(conf, &nowhere, place.label, key->name, "%s", why);
		}
	}
}

/* The prefix length of an address that is a subnet by itself. */
static uint8_t
whole_address(const struct la_conf_range *range)
{
	return la_addr_is_v4(&range->first) ? 32 : 128;
}

/* A range given without a prefix length is in the subnet of one that has it, or is alone. */
static void
complete_prefixes(struct la_conf_ranges *ranges, const struct la_conf_ranges *known)
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		struct la_conf_range *range = &ranges->v[i];
		const struct la_addr last = la_conf_range_last(range);
		uint8_t longest = 0;

		if (range->prefix_len != LA_CONF_NO_PREFIX)
			continue;
		for (uint32_t k = 0; k < known->n; k++) {
			if (known->v[k].prefix_len > longest &&
					la_conf_subnet_holds(&known->v[k], &range->first) &&
					la_conf_subnet_holds(&known->v[k], &last))
				longest = known->v[k].prefix_len;
		}
		range->prefix_len = longest > 0 ? longest : whole_address(range);
	}
}

/* IPv4 subnets of more than two have two addresses that no host may have. */
static bool
takes_reserved(const struct la_conf_range *range)
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
	char text[LA_VALUE_LEN], what[LA_VALUE_LEN + 32], other[LA_VALUE_LEN];
	const struct la_addr last = la_conf_range_last(range);

	la_conf_range_format(range, text);
	if (range->prefix_len != whole_address(range) && !la_conf_subnet_holds(range, &last))
		error_in(conf, place, id, &range->where, text, "runs out of its subnet");
	else if (takes_reserved(range))
		error_in(conf, place, id, &range->where, text,
				"takes in the network or broadcast address of its subnet");
	for (uint32_t k = 0; k < i; k++) {
		if (!la_conf_ranges_meet(range, &ranges->v[k]))
			continue;
		la_conf_range_format(&ranges->v[k], other);
		snprintf(what, sizeof(what), "overlaps %s", other);
		error_in(conf, place, id, &range->where, text, what);
		return;
	}
}

static void
check_ranges(struct la_conf *conf, const struct la_conf_place *place, enum la_conf_key_id id,
		const struct la_conf_ranges *ranges)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < ranges->n; i++) {
		check_range(conf, place, id, ranges, i);
		total += ranges->v[i].count;
		if (total > LA_CONF_ADDRESSES_MAX) {
			error_in(conf, place, id, &ranges->v[i].where, "",
					"more than 65536 addresses in all");
			return;
		}
	}
}

static bool
any_holds(const struct la_conf_ranges *ranges, const struct la_addr *addr,
		bool (*holds)(const struct la_conf_range *, const struct la_addr *))
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		if (holds(&ranges->v[i], addr))
			return true;
	}
	return false;
}

/* A link-local gateway is on the link whatever our addresses (RFC 4861, 6.3.4). */
static bool
is_link_local(const struct la_addr *addr)
{
	return addr->b[0] == 0xfe && (addr->b[1] & 0xc0) == 0x80;
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
	if (wrong == NULL && any_holds(&port->address, &gateway->first, la_conf_range_holds))
		wrong = "is an address of the port itself";
	if (wrong == NULL && !is_link_local(&gateway->first) &&
			!any_holds(&port->address, &gateway->first, la_conf_subnet_holds))
		wrong = "is in no subnet of the port's addresses";
	if (wrong != NULL)
		error_in(conf, place, LA_KEY_port_gateway, &gateway->where, text, wrong);
}

static bool
has_ipv6(const struct la_conf_ranges *ranges)
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		if (!la_addr_is_v4(&ranges->v[i].first))
			return true;
	}
	return false;
}

/* An address is one port's. */
static void
check_apart(struct la_conf *conf, const struct la_conf_place *place,
		const struct la_conf_place *other)
{
	const struct la_conf_ranges *ours = &((struct la_conf_port *)place->data)->address;
	const struct la_conf_ranges *theirs = &((struct la_conf_port *)other->data)->address;
	char text[LA_VALUE_LEN], range[LA_VALUE_LEN], what[2 * LA_VALUE_LEN];

	for (uint32_t i = 0; i < ours->n; i++) {
		for (uint32_t k = 0; k < theirs->n; k++) {
			if (!la_conf_ranges_meet(&ours->v[i], &theirs->v[k]))
				continue;
			la_conf_range_format(&ours->v[i], text);
			la_conf_range_format(&theirs->v[k], range);
			snprintf(what, sizeof(what), "overlaps %s of [%s]", range, other->label);
			error_in(conf, place, LA_KEY_port_address, &ours->v[i].where, text, what);
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
	error_in(conf, place, LA_KEY_port_device, NULL, ours, what);
}

static void
check_port(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_port *port = place->data;
	const struct la_conf_where *where = place->where;
	char text[32];

	if (port->device == NULL || (port->device[0] == '\0' && !where[LA_KEY_port_device].bad))
		error_in(conf, place, LA_KEY_port_device, NULL, "", "must be given");
	if (port->address.n == 0 && !where[LA_KEY_port_address].bad)
		error_in(conf, place, LA_KEY_port_address, NULL, "", "must be given");
	check_ranges(conf, place, LA_KEY_port_address, &port->address);
	for (uint32_t i = 0; i < port->gateway.n; i++)
		check_gateway(conf, place, i);
	snprintf(text, sizeof(text), "%" PRIu64, port->mtu);
	if (has_ipv6(&port->address) && port->mtu < 1280 && !where[LA_KEY_port_mtu].bad)
		error_in(conf, place, LA_KEY_port_mtu, NULL, text, "is less than IPv6 needs: 1280");
}

static void
check_all_ports(struct la_conf *conf)
{
	struct la_conf_place place, other;

	for (uint32_t n = 0; la_conf_place(conf, LA_SECTION_port, n, &place); n++) {
		check_port(conf, &place);
		for (uint32_t k = 0; k < n; k++) {
			la_conf_place(conf, LA_SECTION_port, k, &other);
			check_device(conf, &place, &other);
			check_apart(conf, &place, &other);
		}
	}
}

/* The largest MTU of all; 0 if one is bad. */
static uint64_t
largest_mtu(const struct la_conf *conf)
{
	uint64_t most = 0;

	for (uint32_t i = 0; i < conf->ports_len; i++) {
		if (conf->ports[i].where[LA_KEY_port_mtu].bad)
			return 0;
		if (conf->ports[i].mtu > most)
			most = conf->ports[i].mtu;
	}
	return most;
}

static void
check_tcp(struct la_conf *conf)
{
	const struct la_conf_tcp *tcp = &conf->tcp;
	const uint64_t mtu = largest_mtu(conf);
	struct la_key key[2];
	char text[32], error[LA_WHY_LEN];

	snprintf(text, sizeof(text), "%" PRIu64, tcp->mss);
	if (tcp->mss + 40 > mtu && mtu != 0 && !WHERE(conf, tcp_mss)->bad && tcp->mss != 0)
		ERROR(conf, tcp_mss, NULL, text, "is more than the MTU less 40 octets of headers");
	snprintf(text, sizeof(text), "%" PRIu64, tcp->senders);
	if (tcp->senders > tcp->connections && !WHERE(conf, tcp_senders)->bad &&
			!WHERE(conf, tcp_connections)->bad)
		ERROR(conf, tcp_senders, NULL, text, "is more than connections");
	if (tcp->cookie_key_file != NULL && tcp->cookie_key_file[0] != '\0' &&
			!la_conf_read_keys(tcp->cookie_key_file, key, error, sizeof(error)))
		ERROR(conf, tcp_cookie_key_file, NULL, "", error);
}

static void
check_services(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_listen *listen = place->data;
	const char *service = la_conf_service_name(listen->service);
	unsigned int index;

	if (listen->where[LA_KEY_listen_service].bad)
		return;
	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf_keys[i];

		if (key->services == NULL || listen->where[i].source == NULL ||
				la_conf_word_in(key->services, service, &index))
			continue;
		la_conf_error(conf, &listen->where[i], place->label, key->name,
				"the service is %s; this key is for %s", service,
				strchr(key->services, '|') != NULL ? "http and echo" : "http");
	}
}

static bool
both_listen(const struct la_conf_listen *a, const struct la_conf_listen *b)
{
	return !a->where[LA_KEY_listen_address].bad && !b->where[LA_KEY_listen_address].bad &&
			(a->ports & b->ports) != 0 && (a->address.any || b->address.any ||
			la_addr_eq(&a->address.addr, &b->address.addr));
}

/* Complain of the first run of ports before @p item that it shares a port with. */
static void
check_ports(struct la_conf *conf, const struct la_conf_place *place, uint32_t item)
{
	const struct la_conf_listen *listen = place->data;
	const struct la_conf_ports *ports = &listen->port.v[item];
	char text[LA_VALUE_LEN];

	for (const struct la_conf_listen *l = conf->listeners; l <= listen; l++) {
		const uint32_t n = l == listen ? item : l->port.n;

		if (l != listen && !both_listen(l, listen))
			continue;
		for (uint32_t i = 0; i < n; i++) {
			if (l->port.v[i].last < ports->first || l->port.v[i].first > ports->last)
				continue;
			la_conf_ports_format(ports, text);
			la_conf_error(conf, ports->where.source != NULL ? &ports->where :
					&listen->head, place->label, "port",
					"[listen %s] has %s already", l->name, text);
			return;
		}
	}
}

/* The ports that a listener names, or all: bit n is port n. A bad name is every port. */
static uint32_t
named_ports(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_listen *listen = place->data;
	const uint32_t all = (uint32_t)((UINT64_C(1) << conf->ports_len) - 1);
	uint32_t ports = 0, nth;

	for (uint32_t i = 0; i < listen->on.n; i++) {
		const struct la_conf_name *name = &listen->on.v[i];

		if (la_conf_find(conf, LA_SECTION_port, name->text, &nth)) {
			ports |= UINT32_C(1) << nth;
			continue;
		}
		la_conf_error(conf, &name->where, place->label, "on",
				"there is no port %s; the nearest is %s", name->text,
				la_conf_nearest(conf, LA_SECTION_port, name->text));
		return all;
	}
	return ports != 0 ? ports : all;
}

/* Of these ports those that have the listener's address. */
static uint32_t
ports_with_address(const struct la_conf *conf, const struct la_conf_listen *listen,
		uint32_t ports)
{
	for (uint32_t i = 0; i < conf->ports_len; i++) {
		if (!any_holds(&conf->ports[i].address, &listen->address.addr,
				la_conf_range_holds))
			ports &= ~(UINT32_C(1) << i);
	}
	return ports;
}

static bool
addresses_bad(const struct la_conf *conf)
{
	for (uint32_t i = 0; i < conf->ports_len; i++) {
		if (conf->ports[i].where[LA_KEY_port_address].bad)
			return true;
	}
	return false;
}

/* Where it listens: after this listen->ports holds. */
static void
place_on_ports(struct la_conf *conf, const struct la_conf_place *place)
{
	struct la_conf_listen *listen = place->data;
	const struct la_conf_where *at = &listen->where[LA_KEY_listen_address];
	const uint32_t named = named_ports(conf, place);
	char text[LA_ADDR_TEXT_LEN];

	listen->ports = named;
	if (listen->address.any || at->bad || addresses_bad(conf))
		return;
	listen->ports = ports_with_address(conf, listen, named);
	if (listen->ports == 0)
		la_conf_error(conf, at, place->label, "address", conf->ports_len > 1 ?
				"%s is not an address of a port that it is on" :
				"%s is not an address of [port]",
				la_addr_format(&listen->address.addr, text));
}

static void
check_listener(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_listen *listen = place->data;

	if (listen->port.n == 0 && !listen->where[LA_KEY_listen_port].bad)
		la_conf_error(conf, &listen->head, place->label, "port", "must be given");
	place_on_ports(conf, place);
	check_services(conf, place);
}

static void
check_listeners(struct la_conf *conf)
{
	struct la_conf_place place;
	uint32_t total = 0;

	for (uint32_t n = 0; la_conf_place(conf, LA_SECTION_listen, n, &place); n++) {
		const struct la_conf_listen *listen = &conf->listeners[n];

		check_listener(conf, &place);
		total += listen->port.n;
		if (total > LA_CONF_LIST_MAX) {
			la_conf_error(conf, &listen->head, place.label, "port",
					"more than %d runs of ports in all", LA_CONF_LIST_MAX);
			return;
		}
		for (uint32_t i = 0; i < listen->port.n; i++)
			check_ports(conf, &place, i);
	}
}

static void
check_role(struct la_conf *conf, enum la_conf_role role)
{
	const struct la_conf_where file = at_file(conf);
	const bool listens = conf->listeners_len > 0;

	if (role == LA_CONF_SERVE && !listens)
		la_conf_error(conf, &file, NULL, NULL, "no [listen NAME] section");
	else if (role == LA_CONF_LOAD && !conf->has_load)
		la_conf_error(conf, &file, NULL, NULL, "no [load] section");
	else if (role == LA_CONF_ANY && !listens && !conf->has_load)
		la_conf_error(conf, &file, NULL, NULL,
				"neither a [listen NAME] nor a [load] section");
	if (conf->has_load && conf->load.target.addresses.count == 0 &&
			!WHERE(conf, load_target)->bad)
		ERROR(conf, load_target, NULL, "", "must be given");
}

/* A range of sources lies in one of the port's, or is addresses of its own. */
static void
check_source(struct la_conf *conf, const struct la_conf_range *source)
{
	const struct la_conf_port *port = la_conf_load_port(conf);
	const struct la_addr last = la_conf_range_last(source);
	char text[LA_VALUE_LEN];

	la_conf_range_format(source, text);
	if (la_addr_is_v4(&source->first) !=
			la_addr_is_v4(&conf->load.target.addresses.first) &&
			conf->load.target.addresses.count != 0)
		ERROR(conf, load_sources, &source->where, text, "is of another family than target");
	for (uint32_t i = 0; i < port->address.n; i++) {
		const struct la_conf_range *range = &port->address.v[i];

		if (la_conf_ranges_meet(range, source) &&
				!(la_conf_range_holds(range, &source->first) &&
				la_conf_range_holds(range, &last)))
			ERROR(conf, load_sources, &source->where, text,
					"lies only in part in a range of [port] address");
	}
	/* They become addresses of ours, which answer for themselves. */
	if (conf->load.target.addresses.count != 0 &&
			la_conf_ranges_meet(source, &conf->load.target.addresses))
		ERROR(conf, load_sources, &source->where, text, "has an address of target");
	for (uint32_t i = 0; i < port->gateway.n; i++) {
		if (la_conf_range_holds(source, &port->gateway.v[i].first))
			ERROR(conf, load_sources, &source->where, text,
					"has the gateway's address");
	}
}

/* Those of the port's are not counted twice. */
static void
check_all_addresses(struct la_conf *conf)
{
	const struct la_conf_port *port = la_conf_load_port(conf);
	uint64_t total = 0;

	for (uint32_t i = 0; i < port->address.n; i++)
		total += port->address.v[i].count;
	if (total > LA_CONF_ADDRESSES_MAX)
		return;
	for (uint32_t i = 0; i < conf->load.sources.n; i++) {
		const struct la_conf_range *source = &conf->load.sources.v[i];

		if (any_holds(&port->address, &source->first, la_conf_range_holds))
			continue;
		total += source->count;
		if (total > LA_CONF_ADDRESSES_MAX) {
			ERROR(conf, load_sources, &source->where, "",
					"more than 65536 addresses in all, with those of [port]");
			return;
		}
	}
}

static bool
has_family_of(const struct la_conf_ranges *ranges, const struct la_addr *addr)
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		if (la_addr_is_v4(&ranges->v[i].first) == la_addr_is_v4(addr))
			return true;
	}
	return false;
}

/* Both ends of the target on the link; an address that no host may have is named. */
static bool
is_on_link(struct la_conf *conf, const struct la_conf_ranges *ranges, const char *text)
{
	const struct la_conf_range *target = &conf->load.target.addresses;
	const struct la_addr last = la_conf_range_last(target);

	for (uint32_t i = 0; i < ranges->n; i++) {
		struct la_conf_range as = *target;

		as.prefix_len = ranges->v[i].prefix_len;
		if (la_conf_subnet_holds(&ranges->v[i], &target->first) && takes_reserved(&as)) {
			ERROR(conf, load_target, WHERE(conf, load_target), text,
					"takes in the network or broadcast address of its subnet");
			return true;
		}
	}
	return any_holds(ranges, &target->first, la_conf_subnet_holds) &&
			any_holds(ranges, &last, la_conf_subnet_holds);
}

static void
check_way(struct la_conf *conf, const char *text)
{
	const struct la_conf_range *target = &conf->load.target.addresses;
	const struct la_conf_port *port = la_conf_load_port(conf);

	/* A link-local target needs no subnet of the configuration: each port has that one. */
	if (!is_on_link(conf, &port->address, text) &&
			!is_on_link(conf, &conf->load.sources, text) &&
			!is_link_local(&target->first) &&
			!has_family_of(&port->gateway, &target->first) &&
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
	la_conf_range_format(target, text);
	if (port->where[LA_KEY_port_address].bad || port->address.n == 0)
		return;
	if (!has_family_of(&port->address, &target->first))
		ERROR(conf, load_target, where, text, "is of no family that [port] address has");
	else
		check_way(conf, text);
	for (uint32_t i = 0; i < port->address.n; i++) {
		if (la_conf_ranges_meet(target, &port->address.v[i]))
			ERROR(conf, load_target, where, text, "has an address of [port]");
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
		ERROR(conf, load_path, NULL, la_conf_shown(load->path, shown), not_visible);
	if (load->host != NULL && !is_visible(load->host))
		ERROR(conf, load_host, NULL, la_conf_shown(load->host, shown), not_visible);
}

static void
check_on(struct la_conf *conf)
{
	const char *on = conf->load.on;
	char what[LA_CONF_NAME_MAX + 64], shown[LA_SHOWN_LEN];
	uint32_t nth;

	if (on == NULL || on[0] == '\0' || la_conf_find(conf, LA_SECTION_port, on, &nth))
		return;
	snprintf(what, sizeof(what), "is not a port; the nearest is %s",
			la_conf_nearest(conf, LA_SECTION_port, on));
	ERROR(conf, load_on, NULL, la_conf_shown(on, shown), what);
}

static void
check_load(struct la_conf *conf)
{
	struct la_conf_place place;

	if (!conf->has_load)
		return;
	la_conf_place(conf, LA_SECTION_load, 0, &place);
	check_on(conf);
	check_ranges(conf, &place, LA_KEY_load_sources, &conf->load.sources);
	for (uint32_t i = 0; i < conf->load.sources.n; i++)
		check_source(conf, &conf->load.sources.v[i]);
	check_all_addresses(conf);
	check_target(conf);
	check_run(conf);
}

bool
la_conf_finish(struct la_conf *conf, enum la_conf_role role)
{
	static const struct la_conf_where nowhere = { 0 };

	if (conf->unread)
		return false;
	if (conf->ports_len == 0 &&
			!la_conf_add(conf, LA_SECTION_port, LA_CONF_UNNAMED, &nowhere)) {
		la_conf_error(conf, &nowhere, NULL, NULL, "out of memory");
		return false;
	}
	complete_lists(conf);
	for (uint32_t i = 0; i < conf->ports_len; i++)
		complete_prefixes(&conf->ports[i].address, &conf->ports[i].address);
	complete_prefixes(&conf->load.sources, &la_conf_load_port(conf)->address);
	check_all_ports(conf);
	check_tcp(conf);
	check_listeners(conf);
	check_load(conf);
	check_role(conf, role);
	return conf->errors.n == 0;
}

const struct la_conf_port *
la_conf_load_port(const struct la_conf *conf)
{
	const char *on = conf->load.on;

	for (uint32_t i = 0; i < conf->ports_len && on != NULL; i++) {
		if (strcmp(conf->ports[i].name, on) == 0)
			return &conf->ports[i];
	}
	return &conf->ports[0];
}

uint32_t
la_conf_senders(const struct la_conf *conf)
{
	const uint64_t connections = conf->tcp.connections;
	uint64_t senders = connections / 4;

	if (conf->tcp.senders != 0)
		return (uint32_t)conf->tcp.senders;
	if (senders < 16384)
		senders = 16384;
	return (uint32_t)(senders < connections ? senders : connections);
}
