/* SPDX-License-Identifier: BSD-3-Clause */
/* One core's stack: its memory and its start. */
#include <stddef.h>

#include "fast.h"

enum { LABEL_FLOW = 0x100, LABEL_RST, LABEL_CHALLENGE, LABEL_LINK };

static uint32_t
power_of_two(uint32_t n)
{
	uint32_t power = 1;

	while (power < n)
		power *= 2;
	return power;
}

static void
deal_pool(struct la_pool *pool, struct la_arena *arena, uint32_t size, size_t octets)
{
	const uint32_t stride = (uint32_t)((octets + 7) & ~(size_t)7);

	la_pool_init(pool, la_arena_take(arena, la_pool_memory(size, stride)), size, stride);
}

/* Pools, rings and lists: all that needs only memory. */
static void
deal_pools(struct la_stack *s, struct la_arena *arena, const struct la_stack_params *p)
{
	const uint32_t queue = power_of_two(p->connections < LA_QUEUE_MAX ? p->connections :
			LA_QUEUE_MAX);
	const uint32_t offsets = queue < LA_OFFSETS_MAX ? queue : LA_OFFSETS_MAX;

	deal_pool(&s->tcbs, arena, p->connections, sizeof(struct la_tcb));
	deal_pool(&s->exts, arena, p->senders, sizeof(struct la_tcp_ext));
	deal_pool(&s->chunks, arena, p->reassembly, sizeof(struct la_tcp_chunk));
	s->queue.ring = la_arena_take(arena, queue * sizeof(*s->queue.ring));
	s->queue.mask = queue - 1;
	s->offsets.v = la_arena_take(arena, offsets * sizeof(*s->offsets.v));
	s->offsets.mask = offsets - 1;
}

static struct la_key
key_for(const struct la_stack_params *p, uint64_t label)
{
	return la_key_derive(&p->secret, label << 32 | (uint64_t)p->port << 16 | p->worker);
}

/* Tables whose memory layout other libraries define. */
static void
deal_tables(struct la_stack *s, struct la_arena *arena, const struct la_stack_params *p,
		uint64_t now_us)
{
	void *records = la_arena_take(arena, la_tw_memory(p->time_wait_max));
	void *buckets = la_arena_take(arena, la_flow_memory(p->connections + p->time_wait_max));
	void *slots = la_arena_take(arena, la_timer_memory());
	struct la_key key;

	if (arena->base == NULL)
		return;
	key = key_for(p, LABEL_FLOW);
	la_tw_init(&s->tw, records, p->time_wait_max, p->time_wait_us);
	la_timer_init(&s->wheel, slots, s->tcbs.objects, s->tcbs.stride,
			offsetof(struct la_tcb, timed), now_us);
	la_flow_init(&s->flow, buckets, p->connections + p->time_wait_max, &key,
			(struct la_flow_objects){ s->tcbs.objects, s->tcbs.stride },
			(struct la_flow_objects){ (uint8_t *)s->tw.records,
					sizeof(struct la_tw_record) });
}

static void
deal_link(struct la_stack *s, struct la_arena *arena, const struct la_stack_params *p)
{
	const struct la_link_io io = { s->io.user, s->io.frame, s->io.send };
	struct la_link_params params = la_stack__link_params(p);

	params.secret = key_for(p, LABEL_LINK);
	la_link_init(&s->link, arena, &params, &io, &s->counters.count[LA_COUNT_LINK]);
}

/* Run once to measure and once to allocate, so that the two cannot disagree. */
static bool
deal_memory(struct la_stack *s, struct la_arena *arena, const struct la_stack_params *p,
		uint64_t now_us)
{
	deal_pools(s, arena, p);
	deal_tables(s, arena, p, now_us);
	deal_link(s, arena, p);
	return la_stack__bind(s, arena, p);
}

size_t
la_stack_memory(const struct la_stack_params *params)
{
	struct la_arena arena = { .base = NULL };
	struct la_stack measured;

	/* deal_link() copies io. */
	measured.io = (struct la_stack_io){ .user = NULL };

	if (!la_stack__params_sane(params))
		return 0;
	la_arena_take(&arena, sizeof(measured));
	return deal_memory(&measured, &arena, params, 0) ? la_arena_octets(&arena) : 0;
}

static void
arm_timer(void *user, struct la_tcb *tcb, uint64_t deadline_us)
{
	struct la_stack *s = user;

	la_timer_set(&s->wheel, la_stack__handle(s, tcb), deadline_us);
}

static uint32_t
ts_offset(void *user, const struct la_tcb *tcb)
{
	const struct la_stack *s = user;
	const struct la_cookie_tuple tuple = {
		.local = la_address_at(&s->link.addresses, tcb->tuple.local),
		.remote = tcb->tuple.remote,
		.local_port = tcb->tuple.local_port, .remote_port = tcb->tuple.remote_port,
	};
	uint32_t kept;

	if (la_stack__kept_offset(s, la_stack__handle(s, tcb), &kept))
		return kept;
	return la_cookie_ts_offset(&s->cookie, &tuple);
}

static void
init_secrets(struct la_stack *s, uint64_t now_us)
{
	const struct la_stack_params *p = &s->params;
	const struct la_key secret = key_for(p, LABEL_RST);

	/* Cookies and ISNs are the same on all cores; limits and tables are not. */
	la_cookie_init(&s->cookie, &p->secret, p->clock_offset_us, now_us);
	s->cookie.vectors &= !p->plain_c;
	la_shares_init(&s->rst_limit, &secret, LABEL_RST, p->rst_per_s);
	la_shares_init(&s->challenge_limit, &secret, LABEL_CHALLENGE, p->challenge_per_s);
}

static void
init_fast_options(struct la_stack *s)
{
	const struct la_tcp_params *tcp = &s->params.tcp;

	s->fast_options = (tcp->timestamps ? LA_OPT_TIMESTAMPS : 0) |
			(tcp->wscale ? LA_OPT_WSCALE : 0) | (tcp->sack ? LA_OPT_SACK_PERMITTED : 0);
	for (uint32_t bits = 0; bits < 2 * TS_SACK; bits++) {
		struct la_cookie_opts opts = { .timestamps = true };
		struct la_tcp_negotiated n;

		bits_to_options(bits, &opts);
		n = la_stack__negotiated(&opts);
		s->fast_agreed[bits] = la_tcp_fast_agreed(&n);
	}
}

/* Frames with VLAN tags are left to the general path. */
static void
init_fast(struct la_stack *s)
{
	enum { MSS_OPTION = 0x02040000, NOP_WSCALE_OPTION = 0x01030300 };
	const bool sack = s->params.tcp.sack;
	const uint8_t mask[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1 };

	memcpy(&s->fast_mac, &s->link.mac, sizeof(s->link.mac));
	s->fast_mac_mask = la_load64(mask);
	s->fast_syn_wnd = (uint16_t)(s->params.tcp.window < UINT16_MAX ? s->params.tcp.window :
			UINT16_MAX);
	s->fast_syn_mss[false] = __builtin_bswap32(MSS_OPTION | s->params.tcp.mss_v6);
	s->fast_syn_mss[true] = __builtin_bswap32(MSS_OPTION | s->params.tcp.mss_v4);
	s->fast_syn_stamps[false] = LA_NOP_NOP_TIMESTAMPS;
	s->fast_syn_stamps[true] = sack ? LA_SACK_TIMESTAMPS : LA_NOP_NOP_TIMESTAMPS;
	s->fast_syn_wscale = __builtin_bswap32(NOP_WSCALE_OPTION | s->params.tcp.rcv_scale);
	s->fast = !s->params.general_path_only && s->params.vlan == 0;
	s->read_eight = s->cookie.vectors;
	init_fast_options(s);
	la_tcp_fast_init(&s->tcp_fast, &s->params.tcp);
	la_template_init(&s->template, &s->link.mac, s->params.offload);
}

enum { SPARE_PART = 64 };               /* One in 64 extension blocks is kept free. */

struct la_stack *
la_stack_init(void *memory, const struct la_stack_params *params, const struct la_stack_io *io,
		uint64_t now_us)
{
	struct la_arena arena = { .base = memory };
	struct la_stack *s = la_arena_take(&arena, sizeof(*s));

	s->params = *params;
	la_stack__params_derive(&s->params);
	s->io = *io;
	s->cookies_on = params->syn_cookies == LA_COOKIES_ALWAYS;
	if (!deal_memory(s, &arena, params, now_us))
		return NULL;
	init_secrets(s, now_us);
	init_fast(s);
	s->env = (struct la_tcp_env){
		.params = &s->params.tcp, .exts = &s->exts, .chunks = &s->chunks,
		.holders = &s->holders, .stalled = &s->stalled, .user = s,
		.deliver = la_stack__deliver, .arm = arm_timer, .ts_offset = ts_offset,
	};
	s->exts_spare = s->exts.size / SPARE_PART;
	s->octets = la_arena_octets(&arena);
	s->tick_due_us = s->second_due_us = now_us;
	return s;
}

void
la_stack_start(struct la_stack *stack, uint64_t now_us)
{
	la_link_start(&stack->link, now_us);
}

void
la_stack_set_cookie_keys(struct la_stack *stack, const struct la_key key[2], uint64_t now_us)
{
	la_cookie_fix_keys(&stack->cookie, key, now_us);
	memset(stack->offsets.v, 0, (stack->offsets.mask + 1) * sizeof(*stack->offsets.v));
	stack->offsets.lacking = true;
}
