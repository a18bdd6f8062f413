/* SPDX-License-Identifier: BSD-3-Clause */
/* What depends on more than one key, once all are read. */
#include <inttypes.h>
#include <string.h>

#include "cross.h"

static void
complete_lists(struct la_conf *conf)
{
	static const struct la_conf_where nowhere = { 0 };
	struct la_conf_place place;
	char why[LA_WHY_LEN];

	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf__keys[i];

		if (!la_conf__key_repeats(key))
			continue;
		for (uint32_t n = 0; la_conf__place(conf, key->section, n, &place); n++) {
			if (place.where[i].source == NULL && !la_conf__value_parse(key, key->preset,
					&nowhere, la_conf__field(key, place.data), why))
				la_conf__error(conf, &nowhere, place.label, key->name, "%s", why);
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

/* As many SYNs as that are never kept, so what the number is to bring about never comes. */
static void
check_backlog(struct la_conf *conf)
{
	const struct la_conf_tcp *tcp = &conf->tcp;
	char text[32], what[80];

	if (tcp->backlog <= tcp->connections || tcp->syn_cookies == LA_CONF_COOKIES_ALWAYS ||
			WHERE(conf, tcp_backlog)->source == NULL ||
			WHERE(conf, tcp_backlog)->bad || WHERE(conf, tcp_connections)->bad)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, tcp->backlog);
	snprintf(what, sizeof(what), "is more than connections: %" PRIu64, tcp->connections);
	ERROR(conf, tcp_backlog, NULL, text, what);
}

static void
check_tcp(struct la_conf *conf)
{
	const struct la_conf_tcp *tcp = &conf->tcp;
	const uint64_t mtu = largest_mtu(conf);
	struct la_key key[2];
	char text[32], what[80], error[LA_WHY_LEN];

	snprintf(text, sizeof(text), "%" PRIu64, tcp->mss);
	snprintf(what, sizeof(what), "is more than the MTU less 40 octets of headers: %" PRIu64,
			mtu - 40);
	if (tcp->mss + 40 > mtu && mtu != 0 && !WHERE(conf, tcp_mss)->bad && tcp->mss != 0)
		ERROR(conf, tcp_mss, NULL, text, what);
	snprintf(text, sizeof(text), "%" PRIu64, tcp->senders);
	if (tcp->senders > tcp->connections && !WHERE(conf, tcp_senders)->bad &&
			!WHERE(conf, tcp_connections)->bad)
		ERROR(conf, tcp_senders, NULL, text, "is more than connections");
	check_backlog(conf);
	if (tcp->cookie_key_file != NULL && tcp->cookie_key_file[0] != '\0' &&
			!la_conf_read_keys(tcp->cookie_key_file, key, error, sizeof(error)))
		ERROR(conf, tcp_cookie_key_file, NULL, "", error);
}

static void
check_role(struct la_conf *conf, enum la_conf_role role)
{
	const struct la_conf_where file = la_conf__at_file(conf);
	const bool listens = conf->listeners_len > 0;

	if (role == LA_CONF_SERVE && !listens)
		la_conf__error(conf, &file, NULL, NULL, "no [listen NAME] section");
	else if (role == LA_CONF_LOAD && !conf->has_load)
		la_conf__error(conf, &file, NULL, NULL, "no [load] section");
	else if (role == LA_CONF_ANY && !listens && !conf->has_load)
		la_conf__error(conf, &file, NULL, NULL,
				"neither a [listen NAME] nor a [load] section");
	if (conf->has_load && conf->load.target.addresses.count == 0 &&
			!WHERE(conf, load_target)->bad)
		ERROR(conf, load_target, NULL, "", "must be given");
}

bool
la_conf_finish(struct la_conf *conf, enum la_conf_role role)
{
	static const struct la_conf_where nowhere = { 0 };

	if (conf->unread)
		return false;
	if (conf->ports_len == 0 &&
			!la_conf__add(conf, LA_SECTION_port, LA_CONF_UNNAMED, &nowhere)) {
		la_conf__error(conf, &nowhere, NULL, NULL, "out of memory");
		return false;
	}
	complete_lists(conf);
	for (uint32_t i = 0; i < conf->ports_len; i++)
		la_conf__complete_prefixes(&conf->ports[i].address, &conf->ports[i].address);
	la_conf__complete_prefixes(&conf->load.sources, &la_conf_load_port(conf)->address);
	la_conf__check_ports(conf);
	check_tcp(conf);
	la_conf__check_listeners(conf);
	la_conf__check_load(conf);
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
