/* SPDX-License-Identifier: BSD-3-Clause */
#include "setup.h"

#include <stdlib.h>

static uint64_t
greater_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void
set_tcp(struct la_tcp_params *p, const struct la_conf_tcp *c)
{
	p->window = (uint32_t)c->window;
	p->window_max = (uint32_t)c->window_max;
	p->timestamps = c->timestamps;
	p->sack = c->sack;
	p->wscale = c->window_scaling;
	p->nagle = c->nagle;
	switch (c->congestion) {
	case LA_CONF_CONGESTION_NEWRENO: p->congestion = LA_CONGESTION_NEWRENO; break;
	case LA_CONF_CONGESTION_CUBIC: p->congestion = LA_CONGESTION_CUBIC; break;
	case LA_CONF_CONGESTION_WESTWOOD: p->congestion = LA_CONGESTION_WESTWOOD; break;
	case LA_CONF_CONGESTION_MODEL: p->congestion = LA_CONGESTION_MODEL; break;
	}
	switch (c->ecn) {
	case LA_CONF_ECN_OFF: p->ecn = LA_TCP_ECN_OFF; break;
	case LA_CONF_ECN_ACCEPT: p->ecn = LA_TCP_ECN_ACCEPT; break;
	case LA_CONF_ECN_ASK: p->ecn = LA_TCP_ECN_ASK; break;
	}
	p->mss_v4 = p->mss_v6 = (uint16_t)c->mss;
	p->syn_retries = (uint8_t)c->syn_retries;
	p->syn_ack_retries = (uint8_t)c->syn_ack_retries;
	p->retries = (uint8_t)c->retries;
	p->rto_min_us = (uint32_t)c->rto_min_us;
	p->rto_initial_us = (uint32_t)greater_of(p->rto_initial_us, c->rto_min_us);
	p->rto_max_us = (uint32_t)greater_of(p->rto_max_us, c->rto_min_us);
	p->fin_wait_2_us = c->fin_wait_2_us;
	p->idle_timeout_us = c->idle_timeout_us;
	p->keepalive_us = c->keepalive_us;
	p->confirm_us = c->cookie_confirm_us;
	p->keepalive_interval_us = c->keepalive_interval_us;
	p->keepalive_probes = (uint8_t)c->keepalive_probes;
}

/* A load's connections end as it says, and not by a preset that is meant for servers. */
static void
set_load_limits(struct la_tcp_params *p, const struct la_conf *conf)
{
	if (conf->where[LA_KEY_tcp_idle_timeout_us].source == NULL)
		p->idle_timeout_us = 0;
}

static void
set_sizes(struct la_stack_params *p, const struct la_conf *conf)
{
	const struct la_conf_tcp *c = &conf->tcp;

	p->time_wait_max = (uint32_t)c->time_wait_max;
	p->senders = la_conf_senders(conf);
	p->reassembly = (uint32_t)c->reassembly;
	p->backlog = (uint32_t)c->backlog;
	p->time_wait_us = c->time_wait_us;
	p->evict_idle_us = c->evict_idle_us;
	p->rst_ends_time_wait = c->rst_ends_time_wait;
	p->closed_port_drop = c->closed_port == LA_CONF_CLOSED_DROP;
	switch (c->syn_cookies) {
	case LA_CONF_COOKIES_ALWAYS: p->syn_cookies = LA_COOKIES_ALWAYS; break;
	case LA_CONF_COOKIES_AUTO: p->syn_cookies = LA_COOKIES_AUTO; break;
	case LA_CONF_COOKIES_NEVER: p->syn_cookies = LA_COOKIES_NEVER; break;
	}
}

static bool
set_port(struct la_setup *setup, const struct la_conf_port *port)
{
	struct la_stack_params *p = &setup->params;

	p->mtu = (uint16_t)port->mtu;
	p->vlan = (uint16_t)port->vlan;
	p->reply_to_sender = port->reply_to_sender;
	setup->ranges = calloc(port->address.n + 1, sizeof(*setup->ranges));
	if (setup->ranges == NULL)
		return false;
	for (uint32_t i = 0; i < port->address.n; i++) {
		const struct la_conf_range *r = &port->address.v[i];

		setup->ranges[i] = (struct la_stack_range){
			.first = r->first, .count = r->count, .prefix_len = r->prefix_len,
		};
	}
	for (uint32_t i = 0; i < port->gateway.n; i++) {
		const struct la_addr *gateway = &port->gateway.v[i].first;
		const int family = la_addr_is_v4(gateway) ? 0 : 1;

		p->gateway[family] = *gateway;
		p->has_gateway[family] = true;
	}
	p->ranges = setup->ranges;
	p->ranges_len = port->address.n;
	return true;
}

/* The number of an address among all of the port's. If it is none of them, which the
 * configuration's checks have seen to, a number that no stack takes: never all of them. */
static uint32_t
address_index(const struct la_conf_port *port, const struct la_addr *address)
{
	uint32_t before = 0;

	for (uint32_t i = 0; i < port->address.n; i++) {
		const struct la_conf_range *r = &port->address.v[i];
		const uint64_t at = la_addr_place(&r->first, address);

		if (at < r->count)
			return before + (uint32_t)at;
		before += r->count;
	}
	return UINT32_MAX;
}

static struct la_stack_listener
listener_of(const struct la_conf *conf, const struct la_conf_port *port, uint32_t group)
{
	const struct la_conf_listen *l = &conf->listeners[group];

	return (struct la_stack_listener){
		.name = l->name,
		.address = l->address.any ? LA_ANY_ADDRESS :
				address_index(port, &l->address.addr),
		.service = la_conf_service_name(l->service),
		.group = group,
		.params = {
			.connections = (uint32_t)conf->tcp.connections,
			.window = (uint32_t)conf->tcp.window,
			.window_max = (uint32_t)conf->tcp.window_max,
			.buffers = (uint32_t)l->buffers,
			.head_us = l->head_timeout_us,
			.body_us = l->body_timeout_us,
			.send_us = l->send_timeout_us,
			.body_len = (uint32_t)l->body_len,
			.close_after_response = l->close == LA_CONF_HTTP_SERVER,
		},
	};
}

_Static_assert((int)LA_CONF_LISTENERS_MAX <= (int)LA_STACK_LISTENERS_MAX, "a stack takes them all");

static bool
set_listeners(struct la_setup *setup, const struct la_conf *conf, uint32_t port)
{
	uint32_t all = 0, n = 0;

	for (uint32_t i = 0; i < conf->listeners_len; i++)
		all += conf->listeners[i].port.n;
	setup->listeners = calloc(all + 1, sizeof(*setup->listeners));
	if (setup->listeners == NULL)
		return false;
	for (uint32_t i = 0; i < conf->listeners_len; i++) {
		const struct la_conf_port_list *ports = &conf->listeners[i].port;
		const bool here = conf->listeners[i].ports >> port & 1;

		for (uint32_t j = 0; here && j < ports->n; j++) {
			setup->listeners[n] = listener_of(conf, &conf->ports[port], i);
			setup->listeners[n].port_first = ports->v[j].first;
			setup->listeners[n++].port_last = ports->v[j].last;
		}
	}
	setup->params.listeners = setup->listeners;
	setup->params.listeners_len = n;
	return true;
}

bool
la_setup_make(struct la_setup *setup, const struct la_conf *conf, uint32_t port,
		enum la_conf_role role)
{
	*setup = (struct la_setup){ 0 };
	la_stack_params_default(&setup->params, (uint32_t)conf->tcp.connections);
	set_tcp(&setup->params.tcp, &conf->tcp);
	set_sizes(&setup->params, conf);
	if (!set_port(setup, &conf->ports[port]))
		return false;
	if (role == LA_CONF_LOAD)
		set_load_limits(&setup->params.tcp, conf);
	if (role == LA_CONF_LOAD)
		return la_setup_add_sources(setup, &conf->ports[port], &conf->load.sources) &&
				la_setup_make_load(setup, conf);
	return set_listeners(setup, conf, port);
}

void
la_setup_free(struct la_setup *setup)
{
	free(setup->ranges);
	free(setup->listeners);
	free(setup->sources);
	free(setup->request);
}
