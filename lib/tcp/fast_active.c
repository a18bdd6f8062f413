/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of the fast path of an active open that are not worth inlining. */
#include "la_tcp_fast_active.h"

#include "tcp_private.h"

/* What the peer's SYN agrees to: la_options__negotiate() without a la_seg. @return flags. */
static inline uint32_t
agree_options(const struct la_tcp_params *params, struct la_tcb *tcb, const struct la_plain *p)
{
	uint32_t flags = 0;

	tcb->snd_scale = 0;
	if ((p->options & LA_OPT_TIMESTAMPS) && params->timestamps) {
		flags |= LA_TCB_TIMESTAMPS;
		tcb->ts_recent = p->tsval;
	}
	if ((p->options & LA_OPT_SACK_PERMITTED) && params->sack)
		flags |= LA_TCB_SACK;
	if ((p->options & LA_OPT_WSCALE) && params->wscale) {
		flags |= LA_TCB_WSCALE;
		tcb->snd_scale = (p->wscale < LA_WSCALE_MAX ? p->wscale : LA_WSCALE_MAX) & 0xf;
	}
	tcb->snd_wnd = (uint16_t)(p->wnd >> tcb->snd_scale);
	return flags;
}

void
la_tcp_fast_syn_ack(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_plain *p,
		uint64_t now_us)
{
	const struct la_tcp_params *params = env->params;
	const uint32_t agreed = agree_options(params, tcb, p);
	const uint16_t mss = p->options & LA_OPT_MSS ? p->mss : la_mss__default(tcb);

	tcb->flags = (tcb->flags & ~(uint32_t)(LA_TCB_TIMESTAMPS | LA_TCB_WSCALE |
			LA_TCB_SACK | LA_TCB_REPEAT)) | agreed | LA_TCB_ACK_OWED;
	la_tcp_set_mss_index(tcb, la_mss__index_of(mss, p->options & LA_PLAIN_V6 ? params->mss_v6 :
			params->mss_v4));
	tcb->rcv.nxt = p->seq + 1;
	tcb->snd.una = p->ack;
	tcb->backoff = 0;
	tcb->timer = LA_TIMER_NONE;
	tcb->state = LA_ESTABLISHED;
	la_tcp__repeat_last_ack(env, tcb, now_us);
}
