/* SPDX-License-Identifier: BSD-3-Clause */
/* Parameters: defaults, validation, and values computed from them. */
#include "stack_private.h"

enum {
	HANDLES_MAX = 0x7fffffff,       /* The flow table uses the top bit itself. */
	MTU_MIN = 576, MTU_MIN_V6 = 1280,
	HEADERS_V4 = 20 + 20, HEADERS_V6 = 40 + 20,
	RETRIES_MAX = 15,
	WINDOW_MAX = 1 << 30,
};

#define SECONDS(n) ((n) * UINT64_C(1000000))

static uint32_t
clamp_to(uint32_t low, uint32_t n, uint32_t high)
{
	return n < low ? low : n > high ? high : n;
}

static void
default_tcp(struct la_tcp_params *tcp)
{
	*tcp = (struct la_tcp_params){
		.window = 65535,
		.timestamps = true, .sack = true, .wscale = true, .nagle = true,
		.congestion = LA_CONGESTION_CUBIC,
		.ecn = LA_TCP_ECN_ACCEPT,
		.syn_retries = 7, .syn_ack_retries = 5, .retries = 15,
		.rto_initial_us = SECONDS(1), .rto_min_us = SECONDS(1) / 5,
		.rto_max_us = SECONDS(60),
		.fin_wait_2_us = SECONDS(60),
		.confirm_us = SECONDS(75),
		.keepalive_interval_us = SECONDS(75), .keepalive_probes = 9,
	};
}

void
la_stack_params_default(struct la_stack_params *p, uint32_t connections)
{
	*p = (struct la_stack_params){
		.connections = connections,
		.time_wait_max = clamp_to(1024, connections, HANDLES_MAX / 2),
		.senders = clamp_to(connections < 1024 ? connections : 1024, connections / 8,
				connections),
		.reassembly = clamp_to(256, connections / 64, 4096),
		.backlog = clamp_to(1, connections / 2, 65536),
		.time_wait_us = SECONDS(60),
		.evict_idle_us = SECONDS(30),
		.rst_ends_time_wait = true,
		.mtu = 1500,
		.rst_per_s = 10000, .challenge_per_s = 1000, .icmp_per_s = 1000,
	};
	default_tcp(&p->tcp);
}

static uint16_t
cut_mss(uint16_t mss, uint32_t mtu, uint32_t headers)
{
	const uint32_t most = mtu > headers ? mtu - headers : 1;

	return (uint16_t)(mss == 0 || mss > most ? most : mss);
}

/* Compute the parameters that follow from the window and the MTU. */
void
la_stack__params_derive(struct la_stack_params *p)
{
	struct la_tcp_params *tcp = &p->tcp;

	tcp->rcv_scale = la_tcp_scale_for(tcp->window > tcp->window_max ? tcp->window :
			tcp->window_max);
	tcp->born_coarse = la_tcp_born_coarse_for(tcp);
	tcp->mss_v4 = cut_mss(tcp->mss_v4, p->mtu, HEADERS_V4);
	tcp->mss_v6 = cut_mss(tcp->mss_v6, p->mtu, HEADERS_V6);
}

static bool
tcp_sane(const struct la_tcp_params *tcp)
{
	return tcp->window > 0 && tcp->window <= WINDOW_MAX && tcp->window_max <= WINDOW_MAX &&
			tcp->retries <= RETRIES_MAX && tcp->syn_retries <= RETRIES_MAX &&
			tcp->syn_ack_retries <= RETRIES_MAX &&
			tcp->keepalive_probes <= RETRIES_MAX && tcp->rto_min_us > 0 &&
			tcp->rto_initial_us > 0 && tcp->rto_max_us >= tcp->rto_min_us;
}

static bool
sizes_sane(const struct la_stack_params *p)
{
	return p->connections > 0 && p->time_wait_max > 0 && p->senders > 0 &&
			p->reassembly > 0 && p->backlog > 0 &&
			p->senders <= HANDLES_MAX && p->reassembly <= HANDLES_MAX &&
			(uint64_t)p->connections + p->time_wait_max <= HANDLES_MAX;
}

/* A TIME-WAIT record stores its expiry in ms, modulo 2^32. */
static bool
times_sane(const struct la_stack_params *p)
{
	return p->time_wait_us >= 1000 && p->time_wait_us / 1000 <= INT32_MAX;
}

struct la_link_params
la_stack__link_params(const struct la_stack_params *p)
{
	return (struct la_link_params){
		.mac = p->mac, .vlan = p->vlan, .tag_offload = p->tag_offload,
		.reply_to_sender = p->reply_to_sender,
		.keep_last = !p->general_path_only && p->vlan == 0,
		.ranges = p->ranges, .ranges_len = p->ranges_len,
		.gateway = { p->gateway[0], p->gateway[1] },
		.has_gateway = { p->has_gateway[0], p->has_gateway[1] },
		.neighbours = p->neighbours, .worker = p->worker, .icmp_per_s = p->icmp_per_s,
	};
}

static bool
link_sane(const struct la_stack_params *p)
{
	const struct la_link_params link = la_stack__link_params(p);
	uint32_t mtu_min = MTU_MIN;

	if (!la_link_params_sane(&link))
		return false;
	for (uint32_t i = 0; i < p->ranges_len; i++) {
		if (!la_addr_is_v4(&p->ranges[i].first))
			mtu_min = MTU_MIN_V6;
	}
	return p->mtu >= mtu_min;
}

static bool
listener_sane(const struct la_stack_listener *l, uint32_t addresses)
{
	if (l->port_first > l->port_last || (l->port_first == 0 && l->port_last != 0))
		return false;
	if (l->address != LA_ANY_ADDRESS && l->address >= addresses)
		return false;
	return l->instance != NULL || (l->service != NULL && la_service_known(l->service));
}

bool
la_stack__params_sane(const struct la_stack_params *p)
{
	uint32_t addresses = 0;

	if (!tcp_sane(&p->tcp) || !sizes_sane(p) || !times_sane(p) || !link_sane(p))
		return false;
	if (p->syn_cookies > LA_COOKIES_NEVER || p->listeners_len > LA_STACK_LISTENERS_MAX)
		return false;
	for (uint32_t i = 0; i < p->ranges_len; i++)
		addresses += p->ranges[i].count;
	for (uint32_t i = 0; i < p->listeners_len; i++) {
		if (!listener_sane(&p->listeners[i], addresses))
			return false;
	}
	return la_stack__bindings(p) <= LA_BINDINGS_MAX;
}
