/* SPDX-License-Identifier: BSD-3-Clause */
/* The retransmission timeout (RFC 6298). */
#include "tcp_private.h"

enum { GRANULARITY_US = 4096 };         /* G: a tick of the timer wheel. */

/* 2.1; and 5.7: three seconds for text if the SYN was repeated. */
uint32_t
la_rto__initial_us(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	enum { AFTER_SYN_LOSS_US = 3000000 };
	uint32_t initial = env->params->rto_initial_us;

	if ((tcb->flags & LA_TCB_REPEATED) && tcb->state >= LA_ESTABLISHED)
		return la_tcp__max(initial, AFTER_SYN_LOSS_US);
	return initial;
}

/* 2.2 and 2.3: SRTT and RTTVAR with alpha 1/8 and beta 1/4, kept in us. */
void
la_rtt__sample(const struct la_tcp_params *params, struct la_tcp_ext *ext, uint64_t rtt_us)
{
	uint32_t r = rtt_us < params->rto_max_us ? (uint32_t)rtt_us : params->rto_max_us;
	uint32_t rto;

	if (r == 0)
		r = 1;          /* 0 means that nothing was measured. */
	if (ext->min_rtt_us == 0 || r < ext->min_rtt_us)
		ext->min_rtt_us = r;
	if (ext->srtt_us == 0) {
		ext->srtt_us = r;
		ext->rttvar_us = r / 2;
	} else {
		uint32_t error = r > ext->srtt_us ? r - ext->srtt_us : ext->srtt_us - r;

		ext->rttvar_us = ext->rttvar_us - ext->rttvar_us / 4 + error / 4;
		ext->srtt_us = la_tcp__max(ext->srtt_us - ext->srtt_us / 8 + r / 8, 1);
	}
	rto = ext->srtt_us + la_tcp__max(GRANULARITY_US, 4 * ext->rttvar_us);
	ext->rto_us = la_tcp__min(la_tcp__max(rto, params->rto_min_us), params->rto_max_us);
}

uint64_t
la_rto__us(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	return la_rto__backed_off(env->params, tcb, tcb->flags & LA_TCB_EXT ?
			la_tcp_ext(env, tcb)->rto_us : la_rto__initial_us(env, tcb));
}
