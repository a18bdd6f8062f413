/* SPDX-License-Identifier: BSD-3-Clause */
/* Work that time triggers: timers, TIME-WAIT, and periodic housekeeping. */
#include "stack_private.h"

enum {
	TICK_US = 10000,
	SECOND_US = 1000000,
	HELD_A_TICK = 8,                /* Connections whose out-of-order text one tick may drop. */
};

static void
timer_expired(struct la_stack *s, uint32_t handle, uint64_t now_us)
{
	struct la_call call;

	la_stack__call_begin(s, &call, handle, NULL, now_us);
	/* Ask the service for room here: while the peer sends no text nothing else does, and
	 * the extension block stays in use. */
	if (LA_UNLIKELY(call.tcb->timer == LA_TIMER_REASSEMBLY && call.tcb->flags & LA_TCB_EXT))
		la_stack__room(s, &call);
	la_tcp_timeout(&s->env, call.tcb, now_us, &call.out);
	la_stack__call_end(s, &call);
}

static void
run_timers(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	uint32_t due[LA_BATCH];

	while (budget > 0) {
		const uint32_t max = budget < LA_BATCH ? budget : LA_BATCH;
		const uint32_t n = la_timer_expire(&s->wheel, now_us, due, max);

		for (uint32_t i = 0; i < n; i++)
			__builtin_prefetch(la_stack__tcb(s, due[i]));
		for (uint32_t i = 0; i < n; i++)
			timer_expired(s, due[i], now_us);
		if (n < max)
			return;
		budget -= n;
	}
}

static LA_COLD void
tick_stack(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	s->tick_due_us = now_us + TICK_US;
	la_stack__buffers_expire(s, now_us, budget);
	la_tcp_held_expire(&s->env, now_us, HELD_A_TICK);
	la_link_tick(&s->link, now_us);
	if (now_us < s->second_due_us)
		return;
	s->second_due_us = now_us + SECOND_US;
	la_cookie_rotate(&s->cookie, now_us);
}

void
la_stack_advance(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	run_timers(s, now_us, budget);
	if (LA_UNLIKELY(la_pool_left(&s->exts) < s->exts_spare))
		la_stack__free_exts(s, now_us, budget);
	la_stack__time_wait_expire(s, now_us, budget);
	if (LA_UNLIKELY(now_us >= s->tick_due_us))
		tick_stack(s, now_us, budget);
	if (LA_UNLIKELY(s->draining))
		la_stack__drain_some(s, now_us, budget);
	if (LA_UNLIKELY(s->queue.overflowed))
		la_stack__requeue(s, budget);
}
