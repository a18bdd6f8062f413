/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The size of the offered window: as in kernels (dynamic right-sizing: Fisk and Feng, 2001), twice
 * what the peer has sent in a round trip, so that it may send twice as much in the next. The size
 * only grows, up to `window_max`, and no further than the chunks left can hold for one connection;
 * never more is offered than the service has room for.
 *
 * A round trip of the peer is over when the peer echoes a timestamp from after its start; without
 * timestamps, after the round trip time measured with our own text.
 */
#include "held.h"

/* What can be held above a hole of one connection; 0 if chunks are scarce. */
static uint32_t
window_limit(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	const uint32_t shift = tcb->flags & LA_TCB_WSCALE ? env->params->rcv_scale : 0;
	const uint64_t held = (uint64_t)la_held__share(env) * la_mss__effective(env, tcb);
	const uint32_t most = la_tcp__min(env->params->window_max, (uint32_t)UINT16_MAX << shift);

	if (la_pool_left(env->chunks) < env->chunks->size / 2)
		return 0;
	return held < most ? (uint32_t)held : most;
}

static bool
is_over(const struct la_tcb *tcb, const struct la_tcp_ext *ext, const struct la_seg *seg,
		uint32_t now_ms)
{
	if (tcb->flags & LA_TCB_TIMESTAMPS && seg->opts.present & LA_OPT_TIMESTAMPS)
		return la_seq_geq(seg->opts.tsecr - ext->ts_offset, ext->tune_ms);
	return now_ms - ext->tune_ms >= (ext->srtt_us + 999) / 1000;
}

void
la_window__tune(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_seg *seg, uint64_t now_us)
{
	const uint32_t now_ms = (uint32_t)(now_us / 1000), octets = tcb->rcv.nxt - ext->tune_nxt;
	/* The length of a round trip must be known when it starts. */
	const bool first = ext->tune_ms == 0 ||
			(ext->srtt_us == 0 && !(tcb->flags & LA_TCB_TIMESTAMPS));

	if (env->params->window_max <= ext->window || (!first && !is_over(tcb, ext, seg, now_ms)))
		return;
	ext->tune_ms = now_ms != 0 ? now_ms : 1;
	ext->tune_nxt = tcb->rcv.nxt;
	if (!first && octets > ext->window / 2)
		ext->window = la_tcp__max(ext->window,
				la_tcp__min(2 * octets, window_limit(env, tcb)));
}

void
la_window__idle(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	if (ext->held != LA_NONE)
		return;
	ext->window = la_window__max(env, tcb);
	ext->tune_ms = 0;
}
