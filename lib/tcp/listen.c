/* SPDX-License-Identifier: BSD-3-Clause */
/* OPEN, passive: from a SYN that is kept, or from a cookie (RFC 9293, 3.10.7.2). */
#include "tcp_private.h"

void
la_tcp_open_passive(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *syn, uint32_t iss, uint64_t now_us)
{
	tcb->state = LA_SYN_RECEIVED;
	tcb->snd.una = iss;
	tcb->snd.nxt = iss + 1;
	tcb->rcv.nxt = syn->seq + 1;
	la_mss__take(env, tcb, syn);
	tcb->born = la_tcp_birth(env->params, now_us) & LA_BORN_MASK;
	tcb->flags = LA_TCB_REPEAT;
	la_options__negotiate(env, tcb, syn);
}

void
la_tcp_open_cookie(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *ack, const struct la_tcp_negotiated *n, uint64_t now_us)
{
	tcb->state = LA_SYN_RECEIVED;
	tcb->snd.una = ack->ack - 1;
	tcb->snd.nxt = ack->ack;
	tcb->rcv.nxt = ack->seq;
	la_tcp_set_mss_index(tcb, n->mss_class);
	tcb->snd_scale = n->snd_scale;
	tcb->born = la_tcp_birth(env->params, now_us) & LA_BORN_MASK;
	tcb->flags = 0;
	if (n->timestamps) {
		tcb->flags |= LA_TCB_TIMESTAMPS;
		tcb->ts_recent = ack->opts.tsval;
	}
	if (n->wscale)
		tcb->flags |= LA_TCB_WSCALE;
	if (n->sack)
		tcb->flags |= LA_TCB_SACK;
	tcb->ecn = n->ecn ? LA_TCB_ECN_ON : LA_TCB_ECN_NONE;
	la_timer__opened_by_cookie(env, tcb, now_us);
}

void
la_tcp_open_active(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t iss,
		uint64_t now_us)
{
	tcb->state = LA_SYN_SENT;
	tcb->snd.una = iss;
	tcb->snd.nxt = iss + 1;
	tcb->born = la_tcp_birth(env->params, now_us) & LA_BORN_MASK;
	tcb->flags = LA_TCB_ACTIVE | LA_TCB_REPEAT;
}
