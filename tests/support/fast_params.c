/* SPDX-License-Identifier: BSD-3-Clause */
/* The parameters of a case: small pools, all services, and what may be switched. */
#include <string.h>

#include "fast_case.h"

enum { LISTENERS = 16, FIRST_PORT = 80, NO_PORT = 14, RING = 65535 };

/* Ports from 80 on. Those without a service have a script, whose kind is the group. */
static const struct la_stack_listener listeners[LISTENERS] = {
	{ .name = "http", .service = "http" },
	{ .name = "http-close", .service = "http", .params.close_after_response = true },
	{ .name = "close", .service = "close" },
	{ .name = "echo", .service = "echo" },
	{ .name = "discard", .service = "discard" },
	{ .name = "reset", .service = "reset" },
	{ .name = "script", .group = FAST_SCRIPT_ALL },
	{ .name = "mute", .group = FAST_SCRIPT_MUTE },
	{ .name = "no-fin", .group = FAST_SCRIPT_NO_FIN },
	{ .name = "room", .group = FAST_SCRIPT_ROOM },
	{ .name = "discard-2", .service = "discard" },
	{ .name = "echo-2", .service = "echo" },
	/* A port of one address alone, and one that two services have. */
	{ .name = "narrow", .service = "discard", .address = 1 },
	{ .name = "other", .service = "echo", .address = 3, .port_first = FIRST_PORT },
	{ .name = "load", .group = FAST_SCRIPT_ALL },
	{ .name = "load-close", .group = FAST_SCRIPT_CLOSE },
};

static bool
owns(const void *user, uint16_t local, uint16_t local_port, const struct la_addr *remote,
		uint16_t remote_port)
{
	(void)user;
	(void)remote;
	return (local + local_port + remote_port) % 4 != 0;
}

static uint32_t
choose(struct fast_draw *d, const uint32_t *from, uint32_t n)
{
	return from[fast_draw(d, n)];
}

#define CHOOSE(draw, ...) choose(draw, (const uint32_t[]){ __VA_ARGS__ }, \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void
draw_listeners(struct fast_case *c)
{
	const uint32_t body_len = CHOOSE(&c->draw, 64, 0, 3000, 20000);
	const uint32_t buffers = 1 + fast_draw(&c->draw, c->params.connections);

	memcpy(c->listeners, listeners, sizeof(listeners));
	for (uint32_t i = 0; i < LISTENERS; i++) {
		struct la_stack_listener *l = &c->listeners[i];

		if (l->address == 0)
			l->address = LA_ANY_ADDRESS;
		if (l->port_first == 0)
			l->port_first = (uint16_t)(i >= NO_PORT ? 0 : FIRST_PORT + i);
		l->port_last = l->port_first;
		if (l->service != NULL)
			l->group = i;
		l->params.connections = c->params.connections;
		l->params.window = c->params.tcp.window < RING ? c->params.tcp.window : RING;
		l->params.window_max = 4 * l->params.window;
		l->params.buffers = buffers < 4 ? buffers : 4;
		l->params.body_len = body_len;
		l->params.head_us = CHOOSE(&c->draw, 30000000, 300000, 0);
		l->params.body_us = CHOOSE(&c->draw, 30000000, 300000, 0);
		l->params.send_us = CHOOSE(&c->draw, 60000000, 300000, 0);
	}
	c->params.listeners = c->listeners;
	c->params.listeners_len = LISTENERS;
}

/* Two addresses of each family, which may be all, and one of another subnet. */
static void
draw_ranges(struct fast_case *c)
{
	const uint32_t v6 = !fast_draw_one_in(&c->draw, 4);

	c->ranges[!v6] = (struct la_stack_range){ la_addr_v4(0x0a000001), 2, 24 };
	c->ranges[v6] = (struct la_stack_range){ { { 0xfd, [15] = 1 } }, 2, 64 };
	c->ranges[2] = (struct la_stack_range){ la_addr_v4(0xc0a80501), 1, 24 };
	c->ranges[3] = (struct la_stack_range){ { { 0xfe, 0x80, [15] = 1 } }, 1, 64 };
	c->params.ranges = c->ranges;
	c->params.ranges_len = fast_draw_one_in(&c->draw, 3) ? 2 : 4;
	c->params.has_gateway[0] = c->params.has_gateway[1] = !fast_draw_one_in(&c->draw, 4);
	c->params.reply_to_sender = fast_draw_one_in(&c->draw, 8);
	c->params.gateway[0] = la_addr_v4(0x0a0000fe);
	c->params.gateway[1] = (struct la_addr){ { 0xfd, [15] = 0xfe } };
}

static void
draw_tcp(struct fast_draw *d, struct la_tcp_params *tcp)
{
	const uint32_t off = fast_draw(d, 16);

	tcp->window = CHOOSE(d, 65535, 1 << 20, 65535, 1 << 20, 4096, 1000);
	tcp->window_max = CHOOSE(d, 0, 1 << 20, 1 << 17, 2000);
	tcp->timestamps = off != 1;
	tcp->sack = off != 2;
	tcp->wscale = off != 3;
	tcp->nagle = off != 4;
	tcp->congestion = (enum la_tcp_congestion)(off % (LA_CONGESTION_MODEL + 1));
	tcp->ecn = (enum la_tcp_ecn)CHOOSE(d, LA_TCP_ECN_ACCEPT, LA_TCP_ECN_ASK, LA_TCP_ECN_OFF);
	if (off == 5)
		tcp->timestamps = tcp->sack = tcp->wscale = false;
	tcp->keepalive_us = CHOOSE(d, 0, 0, 1000000, 60000000);
	tcp->idle_timeout_us = CHOOSE(d, 0, 0, 500000, 30000000);
	tcp->confirm_us = CHOOSE(d, 75000000, 0, 20000, 75000000);
	tcp->fin_wait_2_us = CHOOSE(d, 60000000, 0, 1000000);
	if (fast_draw_one_in(d, 4))
		tcp->mss_v4 = tcp->mss_v6 = (uint16_t)CHOOSE(d, 100, 536, 1000);
}

static void
draw_sizes(struct fast_draw *d, struct la_stack_params *p)
{
	const uint32_t connections = CHOOSE(d, 32, 64, 64, 32, 16, 8);

	la_stack_params_default(p, connections);
	p->time_wait_max = CHOOSE(d, 64, 2, 5, 32);
	p->senders = CHOOSE(d, connections, connections, connections, connections, 1, 3,
			connections / 2);
	p->reassembly = CHOOSE(d, 16, 1, 3);
	p->evict_idle_us = CHOOSE(d, 1000, 0, 100000, 30000000, 1);
	p->backlog = CHOOSE(d, connections / 2, connections, connections, 1, 4);
	p->neighbours = 32;
	p->time_wait_us = CHOOSE(d, 60000000, 1000, 2000000);
}

static void
draw_switches(struct fast_draw *d, struct la_stack_params *p)
{
	p->syn_cookies = CHOOSE(d, LA_COOKIES_ALWAYS, LA_COOKIES_ALWAYS, LA_COOKIES_AUTO,
			LA_COOKIES_NEVER);
	p->mtu = (uint16_t)CHOOSE(d, 1500, 1500, 1280, 9000);
	p->offload = fast_draw_one_in(d, 2);
	p->vlan = fast_draw_one_in(d, 3) ? 5 : 0;
	p->tag_offload = fast_draw_one_in(d, 2);
	p->closed_port_drop = fast_draw_one_in(d, 4);
	p->rst_ends_time_wait = fast_draw_one_in(d, 4);
	p->workers = CHOOSE(d, 0, 1, 2);
	p->worker = p->workers > 1 ? fast_draw(d, 2) : 0;
	if (fast_draw_one_in(d, 4))
		p->owner = (struct la_owner){ owns, NULL };
	p->rst_per_s = CHOOSE(d, 10000, 10000, 10000, 10000, 10000, 0, 3);
	p->challenge_per_s = CHOOSE(d, 1000, 1000, 1000, 0, 3);
	p->clock_offset_us = fast_draw_one_in(d, 2) ? UINT64_C(1700000000000000) : 0;
	p->plain_c = fast_draw_one_in(d, 4);
}

/* Some cases begin shortly before a count of time wraps: ticks, ms and units of birth. */
static uint64_t
draw_start(struct fast_draw *d)
{
	static const uint64_t wraps_us[] = {
		UINT64_C(1000) << 32, UINT64_C(1) << 32, UINT64_C(1) << 36, UINT64_C(1) << 44,
		UINT64_C(1) << 43, UINT64_C(1000) << 31,
	};
	const uint32_t which = fast_draw(d, 12);

	if (which >= sizeof(wraps_us) / sizeof(wraps_us[0]))
		return UINT64_C(1000000000) + fast_draw(d, 50000000);
	return wraps_us[which] - 1 - fast_draw(d, 3000000);
}

static void
draw_acts(struct fast_draw *d, uint32_t connections,
		struct fast_script_act acts[FAST_SCRIPT_ACTS])
{
	for (uint32_t i = 0; i < FAST_SCRIPT_ACTS; i++) {
		const uint32_t what = fast_draw(d, 24);
		struct fast_script_act *act = &acts[i];

		*act = (struct fast_script_act){ .room = UINT32_MAX };
		if (what == 1)
			act->refuse = 1 + fast_draw(d, 2000);
		else if (what == 2)
			act->refuse = UINT32_MAX;
		else if (what < 8 && what > 2)
			act->send = CHOOSE(d, 1, 100, 1460, 5000, 70000);
		else if (what == 8)
			act->close = true;
		else if (what == 9)
			act->abort = true;
		else if (what == 10)
			act->room = CHOOSE(d, 0, 1, 1000, 100000);
		else if (what == 11)
			act->other = 1 + fast_draw(d, connections);
		if (what == 3)
			act->close = true;
	}
}

void
fast_params_draw(struct fast_case *c)
{
	struct fast_draw *d = &c->draw;
	struct fast_script_act acts[FAST_SCRIPT_ACTS];

	draw_sizes(d, &c->params);
	draw_tcp(d, &c->params.tcp);
	draw_switches(d, &c->params);
	draw_ranges(c);
	draw_listeners(c);
	draw_acts(d, c->params.connections, acts);
	c->params.mac = (struct la_mac){ { 2, 0, 0, 0, 0, 1 } };
	c->params.secret = (struct la_key){ { 0x0123456789abcdef, 0xfedcba9876543210 } };
	c->wild = CHOOSE(d, 24, 6, 0, 100);
	c->checked = fast_draw(d, 3);
	c->align = fast_draw(d, 4);
	c->strip = fast_draw_one_in(d, 2);
	c->pair.now_us = draw_start(d);
	c->pair.timers_in_order = false;
	fast_pair_start(&c->pair, &c->params, acts);
}
