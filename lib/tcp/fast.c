/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of the fast path that are not worth inlining. */
#include "la_tcp_fast.h"

#include "tcp_private.h"

/* Timers of an idle connection that a cookie opened: la_timer__opened_by_cookie(). */
static void
init_timers(struct la_tcp_fast *fast, const struct la_tcp_params *p)
{
	const uint64_t first_us = p->keepalive_us == 0 || (p->idle_timeout_us != 0 &&
			p->idle_timeout_us < p->keepalive_us) ? p->idle_timeout_us :
			p->keepalive_us;

	fast->idle = first_us != 0;
	fast->confirm = p->confirm_us != 0;
	/* With both timers the confirmation must come first, or there must be no idle timer. */
	if (!fast->idle || (fast->confirm && p->confirm_us < first_us))
		fast->opens_with = (int32_t)la_tcp__min(fast->window[0], UINT16_MAX);
	else
		fast->opens_with = -1;
}

void
la_tcp_fast_init(struct la_tcp_fast *fast, const struct la_tcp_params *params)
{
	for (int scaled = 0; scaled < 2; scaled++) {
		const uint32_t shift = scaled ? params->rcv_scale : 0;

		fast->window[scaled] = la_tcp__min(params->window, (uint32_t)UINT16_MAX << shift);
		fast->wnd[scaled] = (uint16_t)(fast->window[scaled] >> shift);
	}
	fast->born_shift = (uint8_t)(LA_BORN_SHIFT + params->born_coarse);
	fast->rto_us = la_tcp__min(params->rto_initial_us, params->rto_max_us);
	init_timers(fast, params);
}

enum la_tcp_reason
la_tcp_fast_text(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_plain *p,
		uint64_t now_us, struct la_tcp_out *out)
{
	const struct la_seg seg = {
		.seq = p->seq, .ack = p->ack, .wnd = p->wnd, .flags = p->flags,
		.len = p->text_len, .data = p->frame + p->text_at,
	};
	const enum la_tcp_reason reason = la_text__process(env, tcb, &seg, now_us, out);

	if (tcb->state != LA_CLOSED && tcb->state != LA_TIME_WAIT && !la_tcp_owes(env, tcb))
		la_timer__choose(env, tcb, now_us);
	return reason;
}

void
la_tcp_fast_idle(const struct la_tcp_env *env, const struct la_tcp_fast *fast,
		struct la_tcb *tcb, uint64_t now_us)
{
	if (tcb->flags & LA_TCB_ACK_OWED)
		return;
	if (fast->idle)
		la_timer__choose(env, tcb, now_us);
	else
		tcb->timer = LA_TIMER_NONE;
}

void
la_tcp_fast_wait(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	la_timer__choose(env, tcb, now_us);
}
