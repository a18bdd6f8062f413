/* SPDX-License-Identifier: BSD-3-Clause */
/* What there is: info, cookies, memory, configuration. */
#include <stdio.h>
#include <string.h>

#include <rte_mempool.h>
#include <unistd.h>

#include "telemetry.h"

enum { PORT_OCTETS = 600 };         /* The longest row of ports as JSON. */

static uint32_t
most_groups(const struct la_dpio *d)
{
	uint32_t most = 0;

	for (uint32_t n = 0; n < d->near; n++) {
		const struct la_stack_params *stack = &d->port[n]->stack;

		for (uint32_t i = 0; i < stack->listeners_len; i++)
			most = RTE_MAX(most, stack->listeners[i].group + 1);
	}
	return most;
}

/* How the links of all ports are. */
struct links {
	uint32_t ports, up;
	uint64_t changes;
	bool gateway_silent;            /* Of any. */
};

static struct links
links_of(const struct la_dpio *d)
{
	struct links links = { .ports = d->near };

	for (uint32_t i = 0; i < d->near; i++) {
		const struct la_port *p = d->port[i];

		links.up += p->link_up;
		links.changes += la_count_read(&p->link_changes);
		links.gateway_silent |= p->gateway_silent[0] || p->gateway_silent[1];
	}
	return links;
}

/* What a port is. */
static void
put_port(const struct la_port *p, struct rte_tel_data *out)
{
	char mac[18];
	const uint8_t *b = p->info.mac.b;

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
			b[5]);
	rte_tel_data_add_dict_string(out, "device", p->device);
	rte_tel_data_add_dict_string(out, "driver", p->driver);
	rte_tel_data_add_dict_string(out, "mac", mac);
	la_tel__number(out, "mtu", p->info.mtu);
	la_tel__number(out, "rx_checksum_offload", p->info.rx_checksum);
	la_tel__number(out, "tx_checksum_offload", p->info.tx_checksum);
	la_tel__number(out, "vlan", p->stack.vlan);
	la_tel__number(out, "vlan_strip_offload", p->info.tag_strip);
	la_tel__number(out, "vlan_insert_offload", p->info.tag_insert);
	la_tel__number(out, "rss", p->info.rss);
	la_tel__number(out, "queues", p->info.queues);
	rte_tel_data_add_dict_string(out, "steering", p->info.steering);
}

/* With several ports: whether all links are up, and any gateway is silent. What else is a
 * port's is the first one's: /lastack/ports tells of each. */
void
la_tel__info(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	const struct links links = links_of(d);

	(void)n;
	rte_tel_data_add_dict_string(out, "version", d->params.version);
	rte_tel_data_add_dict_string(out, "role", d->params.role);
	la_tel__number(out, "pid", (uint64_t)getpid());
	la_tel__number(out, "uptime_s", (la_monotonic_us() - d->started_us) / 1000000);
	la_tel__number(out, "workers", la_dpio__workers(d));
	la_tel__number(out, "ports", links.ports);
	la_tel__number(out, "listeners", most_groups(d));
	put_port(d->port[0], out);
	la_tel__number(out, "link_up", links.up == links.ports);
	la_tel__number(out, "link_changes", links.changes);
	la_tel__number(out, "gateway_silent", links.gateway_silent);
}

static void
put_port_row(const struct la_port *p, struct rte_tel_data *row)
{
	struct la_dpio_totals t = { 0 };

	for (uint32_t i = 0; i < p->workers; i++)
		la_port__add_worker(&p->worker[i], &t);
	rte_tel_data_add_dict_string(row, "name", p->params.name != NULL ? p->params.name :
			p->device);
	put_port(p, row);
	la_tel__number(row, "link_up", p->link_up);
	la_tel__number(row, "link_changes", la_count_read(&p->link_changes));
	la_tel__number(row, "gateway_silent", p->gateway_silent[0] || p->gateway_silent[1]);
	la_tel__number(row, "workers", p->workers);
	la_tel__number(row, "rx_packets", t.rx_packets);
	la_tel__number(row, "rx_octets", t.rx_octets);
	la_tel__number(row, "tx_packets", t.tx_packets);
	la_tel__number(row, "tx_octets", t.tx_octets);
	la_tel__number(row, "tx_refused", t.tx_refused);
	la_tel__number(row, "rx_missed", la_port__missed(p));
}

void
la_tel__ports(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	uint32_t rows = 0, more = 0;

	(void)n;
	for (uint32_t i = 0; i < d->near; i++) {
		struct rte_tel_data *row;

		if (rows >= LA_TEL_REPLY / PORT_OCTETS) {
			more++;
			continue;
		}
		row = la_tel__dict();
		if (row != NULL)
			put_port_row(d->port[i], row);
		la_tel__row(out, rows++, row);
	}
	if (more > 0)
		la_tel__number(out, "more", more);
}

static void
run_cookies(void *worker, void *arg)
{
	const struct la_worker *w = worker;

	la_stack_cookies(w->stack, la_worker__now_us(w), arg);
}

void
la_tel__cookies(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	static const char *const modes[] = {
		[LA_COOKIES_ALWAYS] = "always", [LA_COOKIES_AUTO] = "auto",
		[LA_COOKIES_NEVER] = "never",
	};
	struct la_dpio_totals t = { 0 };
	const enum la_syn_cookies mode = d->port[0]->stack.syn_cookies;
	struct la_stack_cookies cookies = { .mode = mode };
	uint64_t active = 0;

	(void)n;
	for (uint32_t i = 0; i < la_dpio__workers(d); i++) {
		la_port__add_worker(la_dpio__worker(d, i), &t);
		if (la_dpio__mail(d, i, run_cookies, &cookies))
			active += cookies.active;
	}
	rte_tel_data_add_dict_string(out, "mode", modes[mode]);
	la_tel__number(out, "workers_sending_cookies", active);
	la_tel__number(out, "sent", t.count[LA_COUNT_COOKIES_SENT]);
	la_tel__number(out, "accepted", t.count[LA_COUNT_COOKIES_ACCEPTED]);
	la_tel__number(out, "rejected", t.count[LA_COUNT_COOKIES_REJECTED]);
	la_tel__number(out, "key_age_s", cookies.key_age_us / 1000000);
	la_tel__number(out, "rotations", cookies.rotations);
}

struct usage_sum {
	struct la_stack_usage one;
	uint64_t table, all, connections, time_wait, senders, reassembly, service_objects;
	uint64_t connections_size, time_wait_size, senders_size, reassembly_size;
	uint64_t service_objects_size;
};

static void
run_add_usage(void *worker, void *arg)
{
	struct usage_sum *sum = arg;

	la_stack_usage(((struct la_worker *)worker)->stack, &sum->one);
	sum->table += sum->one.octets_table;
	sum->all += sum->one.octets_all;
	sum->connections += sum->one.connections;
	sum->time_wait += sum->one.time_wait;
	sum->senders += sum->one.senders;
	sum->reassembly += sum->one.reassembly;
	sum->connections_size += sum->one.connections_size;
	sum->time_wait_size += sum->one.time_wait_size;
	sum->senders_size += sum->one.senders_size;
	sum->reassembly_size += sum->one.reassembly_size;
	sum->service_objects += sum->one.service_objects;
	sum->service_objects_size += sum->one.service_objects_size;
}

static void
put_usage(struct rte_tel_data *out, const struct usage_sum *sum)
{
	const struct la_stack_usage *u = &sum->one;

	la_tel__number(out, "octets_per_connection", u->octets_per_connection);
	la_tel__number(out, "octets_per_time_wait", u->octets_per_time_wait);
	la_tel__number(out, "octets_per_sender", u->octets_per_sender);
	la_tel__number(out, "octets_table", sum->table);
	la_tel__number(out, "octets_stacks", sum->all);
	la_tel__number(out, "connections", sum->connections);
	la_tel__number(out, "connections_size", sum->connections_size);
	la_tel__number(out, "time_wait", sum->time_wait);
	la_tel__number(out, "time_wait_size", sum->time_wait_size);
	la_tel__number(out, "senders", sum->senders);
	la_tel__number(out, "senders_size", sum->senders_size);
	la_tel__number(out, "reassembly", sum->reassembly);
	la_tel__number(out, "reassembly_size", sum->reassembly_size);
	la_tel__number(out, "service_objects", sum->service_objects);
	la_tel__number(out, "service_objects_size", sum->service_objects_size);
}

static void
put_mbufs(const struct la_dpio *d, struct rte_tel_data *out)
{
	uint64_t octets = 0, all = 0, left = 0;

	for (uint32_t i = 0; i < d->near; i++) {
		const struct la_port *p = d->port[i];

		octets += (uint64_t)p->info.mbufs * p->info.mbuf_octets;
		all += p->info.mbufs;
		left += rte_mempool_avail_count(p->pool);
	}
	la_tel__number(out, "octets_mbufs", octets);
	la_tel__number(out, "mbufs", all);
	la_tel__number(out, "mbufs_free", left);
}

void
la_tel__memory(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	struct usage_sum sum = { 0 };

	(void)n;
	for (uint32_t i = 0; i < la_dpio__workers(d); i++) {
		if (!la_dpio__mail(d, i, run_add_usage, &sum)) {
			rte_tel_data_add_dict_string(out, "error", "a worker did not answer");
			return;
		}
	}
	put_usage(out, &sum);
	put_mbufs(d, out);
}

/* A copy, cut to fit. */
static void
copy_cut(char *to, size_t room, const char *from)
{
	const size_t len = strnlen(from, room - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

/* A name of DPDK's: letters, digits, '_' and '/'. A repeated key gets a number. */
static void
config_name(char *name, size_t len, const char *section, const char *key, uint32_t nth)
{
	const int used = snprintf(name, len, "%.63s/%.63s", section, key);

	if (nth > 1)
		snprintf(name + used, len - (size_t)used, "/%u", nth);
	for (char *c = name; *c != '\0'; c++) {
		if (strchr("0123456789/_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", *c)
				== NULL)
			*c = *c == ' ' ? '/' : '_';
	}
}

struct config_place {
	const struct la_dpio_setting *last;
	uint32_t nth;                   /* Of its key in its section. */
	uint32_t entries;
	size_t octets;
};

static bool
is_same_key(const struct la_dpio_setting *a, const struct la_dpio_setting *b)
{
	return a && strcmp(a->key, b->key) == 0 && strcmp(a->section, b->section) == 0;
}

static void
put_setting(struct rte_tel_data *out, struct config_place *at,
		const struct la_dpio_setting *setting)
{
	char name[160], text[LA_TEL_STRING + 1];

	at->nth = is_same_key(at->last, setting) ? at->nth + 1 : 1;
	at->last = setting;
	config_name(name, sizeof(name), setting->section, setting->key, at->nth);
	/* A longer value is cut: it is at hand in the file. */
	copy_cut(text, sizeof(text), setting->value);
	at->octets += strlen(name) + strlen(text) + 8;
	if (++at->entries < LA_TEL_ENTRIES - 1 && at->octets < LA_TEL_REPLY - 256)
		rte_tel_data_add_dict_string(out, name, text);
}

void
la_tel__config(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	struct config_place at = { .last = NULL };

	(void)n;
	for (uint32_t i = 0; i < d->params.settings_len; i++)
		if (d->params.settings[i].key)
			put_setting(out, &at, &d->params.settings[i]);
	if (at.entries >= LA_TEL_ENTRIES - 1 || at.octets >= LA_TEL_REPLY - 256)
		rte_tel_data_add_dict_string(out, "more", "the reply holds no more keys");
}
