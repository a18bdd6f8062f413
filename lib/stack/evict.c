/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When the table is full, evict an idle connection for a peer that has brought its cookie back.
 * Blocks are not sorted by idle time, and have no room for links. So a bounded random sample is
 * examined, and of the blocks in it that are idle for long enough one is evicted: that with the
 * greatest product of its idle time and the number of blocks in the sample from its source. A
 * source that holds half of the table loses blocks long before a source with one block.
 */
#include "stack_private.h"

enum {
	LOOKED_AT = 64,
	PAUSE_US = 1000,                /* After a search that found none, so that a peer which
	                                   repeats one cookie does not cause a search each time. */
	SOURCES_BITS = 12,              /* Large, so that two sources rarely count as one. */
	SYN_SHARE = 64,
};

struct sample {
	uint32_t handle[LOOKED_AT];
	uint32_t n;
	uint32_t key;                   /* Odd, and secret: it changes with each search. */
	uint8_t from[1 << SOURCES_BITS];        /* Blocks in the sample from each source. */
};

/* An IPv6 host can use any address within its 64-bit prefix, so the prefix is the source. */
static uint8_t *
source_of(struct sample *sample, const struct la_addr *source)
{
	uint32_t part = la_addr_low(source);

	if (!la_addr_is_v4(source))
		part = la_get32(source->b) * 31 + la_get32(source->b + 4);
	return &sample->from[(part * sample->key) >> (32 - SOURCES_BITS)];
}

/* All blocks of a small table, else random ones. */
static void
choose_sample(struct la_stack *s, struct sample *sample)
{
	const uint32_t size = s->tcbs.size;
	uint32_t draw = la_limit_draw(&s->rst_limit.all);

	sample->key = draw | 1;
	sample->n = size < LOOKED_AT ? size : LOOKED_AT;
	for (uint32_t i = 0; i < sample->n; i++) {
		draw = draw * 1664525 + 1013904223;
		sample->handle[i] = 1 + (size <= LOOKED_AT ? i :
				(uint32_t)((uint64_t)draw * size >> 32));
		__builtin_prefetch(la_stack__tcb(s, sample->handle[i]));
	}
}

/* May it be evicted? Not if we opened it, nor while it waits in the output queue. */
static inline bool
may_give_way(const struct la_tcb *tcb)
{
	return tcb->state != LA_CLOSED && !(tcb->flags & (LA_TCB_ACTIVE | LA_TCB_QUEUED));
}

static uint32_t
find_most_idle(struct la_stack *s, struct sample *sample, uint64_t now_us)
{
	uint64_t most = 0;
	uint32_t found = LA_NONE;

	for (uint32_t i = 0; i < sample->n; i++) {
		const struct la_tcb *tcb = la_stack__tcb(s, sample->handle[i]);

		if (may_give_way(tcb))
			++*source_of(sample, &tcb->tuple.remote);
	}
	for (uint32_t i = 0; i < sample->n; i++) {
		const uint32_t handle = sample->handle[i];
		const struct la_tcb *tcb = la_stack__tcb(s, handle);
		uint64_t idle_us, weight;

		if (!may_give_way(tcb))
			continue;
		idle_us = la_tcp_idle_us(&s->env, tcb, la_timer_left_us(&s->wheel, handle, now_us),
				now_us);
		weight = idle_us * *source_of(sample, &tcb->tuple.remote);
		if (idle_us >= s->params.evict_idle_us && weight > most) {
			most = weight;
			found = handle;
		}
	}
	return found;
}

static LA_COLD void
evict_idle(struct la_stack *s, uint64_t now_us)
{
	struct sample sample = { .n = 0 };
	struct la_call call;
	uint32_t handle;

	if (s->params.evict_idle_us == 0 || now_us < s->evict_again_us)
		return;
	choose_sample(s, &sample);
	handle = find_most_idle(s, &sample, now_us);
	if (handle == LA_NONE) {
		s->evict_again_us = now_us + PAUSE_US;
		return;
	}
	la_stack__count(s, LA_COUNT_IDLE_EVICTED);
	la_stack__call_begin(s, &call, handle, NULL, now_us);
	la_tcp_evict(&s->env, call.tcb, &call.out);
	la_stack__call_end(s, &call);
}

void
la_stack__room_for_cookie(struct la_stack *s, uint64_t now_us)
{
	if (LA_UNLIKELY(la_pool_left(&s->tcbs) == 0))
		evict_idle(s, now_us);
}

/* Anybody can send a SYN with a forged source: only few SYNs at a time may take the place of an
 * evicted connection. With cookies, no SYN needs such a place. */
void
la_stack__room_for_syn(struct la_stack *s, uint64_t now_us)
{
	const uint64_t waiting = la_count_read(&s->counters.state[LA_SYN_RECEIVED]);

	if (LA_UNLIKELY(la_pool_left(&s->tcbs) == 0) && waiting <= s->tcbs.size / SYN_SHARE)
		evict_idle(s, now_us);
}
