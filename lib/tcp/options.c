/* SPDX-License-Identifier: BSD-3-Clause */
/* Negotiate options, and fill in those of each segment. */
#include "tcp_private.h"

uint8_t
la_tcp_scale_for(uint32_t window)
{
	uint8_t scale = 0;

	while (scale < LA_WSCALE_MAX && window >> scale > UINT16_MAX)
		scale++;
	return scale;
}

void
la_options__negotiate(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *syn)
{
	const struct la_tcp_params *params = env->params;
	const struct la_opts *opts = &syn->opts;

	tcb->flags &= ~(LA_TCB_TIMESTAMPS | LA_TCB_WSCALE | LA_TCB_SACK);
	tcb->snd_scale = 0;
	if ((opts->present & LA_OPT_TIMESTAMPS) && params->timestamps) {
		tcb->flags |= LA_TCB_TIMESTAMPS;
		tcb->ts_recent = opts->tsval;
	}
	if ((opts->present & LA_OPT_SACK_PERMITTED) && params->sack)
		tcb->flags |= LA_TCB_SACK;
	if ((opts->present & LA_OPT_WSCALE) && params->wscale) {
		tcb->flags |= LA_TCB_WSCALE;
		/* RFC 7323, 2.3: a shift above 14 is taken as 14. */
		tcb->snd_scale = la_tcp__min(opts->wscale, LA_WSCALE_MAX);
	}
	tcb->ecn = la_ecn__agreed(env, tcb, syn) & 3;
	/* The window field of a SYN is never scaled (RFC 7323, 2.2). */
	tcb->snd_wnd = (uint16_t)(syn->wnd >> tcb->snd_scale);
}

uint16_t
la_mss__default(const struct la_tcb *tcb)
{
	return la_mss_default(la_addr_is_v4(&tcb->tuple.remote));
}

void
la_mss__take(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *syn)
{
	const struct la_tcp_params *params = env->params;
	const bool v4 = la_addr_is_v4(&tcb->tuple.remote);

	la_tcp_set_mss_index(tcb, la_mss__index_of(syn->opts.present & LA_OPT_MSS ?
			syn->opts.mss : la_mss__default(tcb), v4 ? params->mss_v4 :
			params->mss_v6));
}

static uint32_t
tsval_now(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us)
{
	uint32_t offset = tcb->flags & LA_TCB_EXT ? la_tcp_ext(env, tcb)->ts_offset :
			env->ts_offset(env->user, tcb);

	return (uint32_t)(now_us / 1000) + offset;
}

static void
add_timestamps(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us,
		struct la_opts *opts)
{
	opts->present |= LA_OPT_TIMESTAMPS;
	opts->tsval = tsval_now(env, tcb, now_us);
	opts->tsecr = tcb->ts_recent;
}

void
la_options__plain(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us,
		struct la_opts *opts)
{
	opts->present = 0;
	if (tcb->flags & LA_TCB_TIMESTAMPS)
		add_timestamps(env, tcb, now_us, opts);
}

void
la_options__syn(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us,
		struct la_opts *opts)
{
	const struct la_tcp_params *params = env->params;
	/* In SYN-SENT offer all that is allowed, after that all that was agreed. */
	bool offer = tcb->state == LA_SYN_SENT;

	opts->present = LA_OPT_MSS;
	opts->mss = la_addr_is_v4(&tcb->tuple.remote) ? params->mss_v4 : params->mss_v6;
	if (offer ? params->wscale : !!(tcb->flags & LA_TCB_WSCALE)) {
		opts->present |= LA_OPT_WSCALE;
		opts->wscale = params->rcv_scale;
	}
	if (offer ? params->sack : !!(tcb->flags & LA_TCB_SACK))
		opts->present |= LA_OPT_SACK_PERMITTED;
	if (offer ? params->timestamps : !!(tcb->flags & LA_TCB_TIMESTAMPS))
		add_timestamps(env, tcb, now_us, opts);
}

uint32_t
la_mss__effective(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	return la_mss__effective_of(env, tcb, la_addr_is_v4(&tcb->tuple.remote));
}
