/* SPDX-License-Identifier: BSD-3-Clause */
/* What [load] means to a generator and its stack. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "setup.h"

#include "la_version.h"

enum { CHALLENGES_PER_S = 100000, SENDERS_MIN = 1024 };

static bool
is_in_one_of(const struct la_conf_ranges *ranges, const struct la_addr *address)
{
	for (uint32_t i = 0; i < ranges->n; i++) {
		if (la_addr_place(&ranges->v[i].first, address) < ranges->v[i].count)
			return true;
	}
	return false;
}

/* Sources that are not the port's addresses already become that; what overlaps only in
 * part was refused. */
bool
la_setup_add_sources(struct la_setup *setup, const struct la_conf_port *port,
		const struct la_conf_ranges *sources)
{
	struct la_stack_params *p = &setup->params;
	struct la_stack_range *more = realloc(setup->ranges,
			(p->ranges_len + sources->n + 1) * sizeof(*more));

	if (more == NULL)
		return false;
	setup->ranges = more;
	for (uint32_t i = 0; i < sources->n; i++) {
		if (!is_in_one_of(&port->address, &sources->v[i].first))
			more[p->ranges_len++] = (struct la_stack_range){
				.first = sources->v[i].first, .count = sources->v[i].count,
				.prefix_len = sources->v[i].prefix_len,
			};
	}
	p->ranges = more;
	return true;
}

/* Numbers of the addresses that hold for @p wants; with a list of none: only counted. */
static uint32_t
number_addresses(const struct la_stack_params *p, const struct la_conf_load *load, uint16_t *list)
{
	const bool v4 = la_addr_is_v4(&load->target.addresses.first);
	uint32_t n = 0, at = 0;

	for (uint32_t i = 0; i < p->ranges_len; i++) {
		for (uint32_t k = 0; k < p->ranges[i].count; k++, at++) {
			const struct la_addr one = la_addr_after(&p->ranges[i].first, k);
			const bool wanted = load->sources.n == 0 ? la_addr_is_v4(&one) == v4 :
					is_in_one_of(&load->sources, &one);

			if (wanted && list != NULL)
				list[n] = (uint16_t)at;
			n += wanted;
		}
	}
	return n;
}

static bool
set_sources(struct la_setup *setup, const struct la_conf_load *load)
{
	const uint32_t n = number_addresses(&setup->params, load, NULL);

	setup->sources = calloc(n + 1, sizeof(*setup->sources));
	if (setup->sources == NULL)
		return false;
	number_addresses(&setup->params, load, setup->sources);
	setup->load.sources = setup->sources;
	setup->load.sources_len = n;
	return true;
}

/* RFC 9110, 7.2: Host is what stands before the path in the target's URI. */
static bool
set_request(struct la_setup *setup, const struct la_conf_load *load)
{
	char address[LA_ADDR_TEXT_LEN];
	const bool v4 = la_addr_is_v4(&load->target.addresses.first);
	const bool named = load->host != NULL && load->host[0] != '\0';
	size_t len;
	FILE *out = open_memstream(&setup->request, &len);

	if (out == NULL)
		return false;
	la_addr_format(&load->target.addresses.first, address);
	fprintf(out, "GET %s HTTP/1.1\r\nHost: %s%s%s", load->path, named || v4 ? "" : "[",
			named ? load->host : address, named || v4 ? "" : "]");
	if (!named && load->target.ports.first != 80)
		fprintf(out, ":%u", load->target.ports.first);
	fprintf(out, "\r\nUser-Agent: lastack/%s\r\nAccept: */*\r\n%s\r\n", LA_VERSION,
			load->close == LA_CONF_LOAD_SERVER ? "Connection: close\r\n" : "");
	if (fclose(out) != 0)
		return false;
	setup->load.request = setup->request;
	setup->load.request_len = (uint32_t)len;
	return true;
}

static enum la_load_service
service_of(enum la_conf_load_service service)
{
	switch (service) {
	case LA_CONF_LOAD_CONNECT: return LA_LOAD_SERVICE_CONNECT;
	case LA_CONF_LOAD_HTTP: return LA_LOAD_SERVICE_HTTP;
	case LA_CONF_LOAD_ECHO: return LA_LOAD_SERVICE_ECHO;
	case LA_CONF_LOAD_HOLD: return LA_LOAD_SERVICE_HOLD;
	}
	return LA_LOAD_SERVICE_CONNECT;
}

static enum la_load_close
close_of(enum la_conf_load_close close)
{
	switch (close) {
	case LA_CONF_LOAD_CLIENT: return LA_LOAD_CLOSE_CLIENT_FIRST;
	case LA_CONF_LOAD_SERVER: return LA_LOAD_CLOSE_SERVER_FIRST;
	case LA_CONF_LOAD_RST: return LA_LOAD_CLOSE_RST;
	}
	return LA_LOAD_CLOSE_CLIENT_FIRST;
}

void
la_setup_size_load(struct la_stack_params *p, uint64_t concurrent, bool sends)
{
	/* Blocks of the dead that wait for their turn to be sent, see lib/README.md. */
	p->connections = (uint32_t)(concurrent + concurrent / 8 + 1024);
	p->senders = sends ? p->connections : SENDERS_MIN;
	p->backlog = 1;
	/* Who is asked for answers may be answered: it is our own target. */
	p->challenge_per_s = CHALLENGES_PER_S;
}

void
la_setup_share_load(struct la_setup *setup, const struct la_conf_load *c, uint32_t workers)
{
	const bool sends = c->service == LA_CONF_LOAD_HTTP || c->service == LA_CONF_LOAD_ECHO;

	la_setup_size_load(&setup->params, (c->concurrent + workers - 1) / workers, sends);
	setup->load.connections = setup->params.connections;
}

bool
la_setup_make_load(struct la_setup *setup, const struct la_conf *conf)
{
	const struct la_conf_load *c = &conf->load;

	setup->has_load = true;
	setup->load = (struct la_load_params){
		.local_port_first = c->source_ports.v[0].first,
		.local_port_last = c->source_ports.v[0].last,
		.target = c->target.addresses.first, .targets = c->target.addresses.count,
		.port_first = c->target.ports.first, .port_last = c->target.ports.last,
		.service = service_of(c->service), .close = close_of(c->close),
		.octets = (uint32_t)c->octets, .status = (uint16_t)c->status,
		.body_len = c->length != 0 ? c->length : LA_LOAD_ANY_LENGTH,
		.workers = 1,
	};
	setup->params.neighbours = setup->load.targets;
	la_setup_share_load(setup, c, 1);
	return getrandom(&setup->load.seed, sizeof(setup->load.seed), 0) ==
			(ssize_t)sizeof(setup->load.seed) &&
			set_sources(setup, c) && set_request(setup, c);
}

struct la_load_plan
la_setup_plan(const struct la_conf_load *c)
{
	return (struct la_load_plan){
		.rate = (double)c->rate,
		.ramp_us = c->ramp_us, .ramp_down_us = c->ramp_down_us,
		.sustain_us = c->duration_us == 0 ? 0 :
				c->duration_us - c->ramp_us - c->ramp_down_us,
		.connections = c->connections, .concurrent = (uint32_t)c->concurrent,
		.timeout_us = c->timeout_us,
	};
}
