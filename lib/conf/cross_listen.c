/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold of [listen NAME] sections, and which ports each is on. */
#include <inttypes.h>
#include <string.h>

#include "cross.h"

static void
check_services(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_listen *listen = place->data;
	const char *service = la_conf_service_name(listen->service);
	unsigned int index;

	if (listen->where[LA_KEY_listen_service].bad)
		return;
	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf__keys[i];

		if (key->services == NULL || listen->where[i].source == NULL ||
				la_conf__word_in(key->services, service, &index))
			continue;
		la_conf__error(conf, &listen->where[i], place->label, key->name,
				"the service is %s; this key is for %s", service,
				strchr(key->services, '|') != NULL ? "http and echo" : "http");
	}
}

/* A frame in a burst may need a buffer each, so with fewer some are refused whenever as many
 * come together. */
static void
check_buffers(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_listen *listen = place->data;
	char text[32], what[80];

	if (listen->buffers >= conf->worker.burst || place->where[LA_KEY_listen_buffers].bad ||
			WHERE(conf, worker_burst)->bad)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, listen->buffers);
	snprintf(what, sizeof(what), "is less than burst of [worker], %" PRIu64
			": each frame may need one", conf->worker.burst);
	la_conf__error_in(conf, place, LA_KEY_listen_buffers, NULL, text, what);
}

/* What is lost once comes again after an RTO, and that is to be soon enough. */
static void
check_timeout(struct la_conf *conf, const struct la_conf_place *place, enum la_conf_key_id id)
{
	const struct la_conf_key *key = &la_conf__keys[id];
	const uint64_t *us = la_conf__field(key, place->data);
	const uint64_t least = 2 * conf->tcp.rto_min_us;
	char text[LA_VALUE_LEN], limit[LA_VALUE_LEN], what[LA_VALUE_LEN + 80];

	if (*us == 0 || *us >= least || place->where[id].bad || WHERE(conf, tcp_rto_min_us)->bad)
		return;
	la_conf__number_format(key, *us, text);
	la_conf__number_format(key, least, limit);
	snprintf(what, sizeof(what), "is less than twice rto-min, %s: one lost segment would end "
			"the connection", limit);
	la_conf__error_in(conf, place, id, NULL, text, what);
}

/* The keys of services that have buffers. */
static void
check_holders(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_listen *listen = place->data;
	const bool http = listen->service == LA_CONF_HTTP;

	if (listen->where[LA_KEY_listen_service].bad || (!http && listen->service != LA_CONF_ECHO))
		return;
	check_buffers(conf, place);
	if (http) {
		check_timeout(conf, place, LA_KEY_listen_head_timeout_us);
		check_timeout(conf, place, LA_KEY_listen_body_timeout_us);
	}
	check_timeout(conf, place, LA_KEY_listen_send_timeout_us);
}

static bool
both_listen(const struct la_conf_listen *a, const struct la_conf_listen *b)
{
	return !a->where[LA_KEY_listen_address].bad && !b->where[LA_KEY_listen_address].bad &&
			(a->ports & b->ports) != 0 && (a->address.any || b->address.any ||
			la_addr_eq(&a->address.addr, &b->address.addr));
}

/* What two runs share, who had it first, and where. */
static void
say_shared(struct la_conf *conf, const struct la_conf_place *place,
		const struct la_conf_ports *ports, const struct la_conf_listen *other,
		const struct la_conf_ports *theirs)
{
	const struct la_conf_listen *listen = place->data;
	const struct la_conf_ports shared = {
		.first = ports->first > theirs->first ? ports->first : theirs->first,
		.last = ports->last < theirs->last ? ports->last : theirs->last,
	};
	char text[LA_VALUE_LEN], line[LA_LINE_OF_LEN];

	la_conf__ports_format(&shared, text);
	la_conf__error(conf, ports->where.source != NULL ? &ports->where : &listen->head,
			place->label, "port", "[listen %s] has %s already%s", other->name, text,
			la_conf__line_of(theirs->where.source != NULL ? &theirs->where :
			&other->head, line));
}

/* Complain of the first run of ports before @p item that it shares a port with. */
static void
check_ports(struct la_conf *conf, const struct la_conf_place *place, uint32_t item)
{
	const struct la_conf_listen *listen = place->data;
	const struct la_conf_ports *ports = &listen->port.v[item];

	for (const struct la_conf_listen *l = conf->listeners; l <= listen; l++) {
		const uint32_t n = l == listen ? item : l->port.n;

		if (l != listen && !both_listen(l, listen))
			continue;
		for (uint32_t i = 0; i < n; i++) {
			if (l->port.v[i].last < ports->first || l->port.v[i].first > ports->last)
				continue;
			say_shared(conf, place, ports, l, &l->port.v[i]);
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

		if (la_conf__find(conf, LA_SECTION_port, name->text, &nth)) {
			ports |= UINT32_C(1) << nth;
			continue;
		}
		la_conf__error(conf, &name->where, place->label, "on",
				"there is no port %s; the nearest is %s", name->text,
				la_conf__nearest(conf, LA_SECTION_port, name->text));
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
		if (!la_conf__any_holds(&conf->ports[i].address, &listen->address.addr,
				la_conf__range_holds))
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
		la_conf__error(conf, at, place->label, "address", conf->ports_len > 1 ?
				"%s is not an address of a port that it is on" :
				"%s is not an address of [port]",
				la_addr_format(&listen->address.addr, text));
}

static void
check_listener(struct la_conf *conf, const struct la_conf_place *place)
{
	const struct la_conf_listen *listen = place->data;

	if (listen->port.n == 0 && !listen->where[LA_KEY_listen_port].bad)
		la_conf__error(conf, &listen->head, place->label, "port", "must be given");
	place_on_ports(conf, place);
	check_services(conf, place);
	check_holders(conf, place);
}

void
la_conf__check_listeners(struct la_conf *conf)
{
	struct la_conf_place place;
	uint32_t total = 0;

	for (uint32_t n = 0; la_conf__place(conf, LA_SECTION_listen, n, &place); n++) {
		const struct la_conf_listen *listen = &conf->listeners[n];

		check_listener(conf, &place);
		total += listen->port.n;
		if (total > LA_CONF_LISTENERS_MAX) {
			la_conf__error(conf, &listen->head, place.label, "port",
					"more than %d ports and ranges of ports in all [listen]",
					LA_CONF_LISTENERS_MAX);
			return;
		}
		for (uint32_t i = 0; i < listen->port.n; i++)
			check_ports(conf, &place, i);
	}
}
