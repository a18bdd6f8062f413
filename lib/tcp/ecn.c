/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Explicit Congestion Notification (RFC 3168): a router marks what it would otherwise drop. If we
 * receive CE we send ECE until the peer's CWR arrives. The peer's ECE reduces our cwnd as a loss
 * would, once per window, and our CWR goes out with the next new text.
 */
#include "tcp_private.h"

/* 6.1.1: both flags in a SYN, ECE alone in a SYN-ACK. A SYN-ACK with both is from a peer that
 * reflects bits it does not know. */
uint8_t
la_ecn__agreed(const struct la_tcp_env *env, const struct la_tcb *tcb, const struct la_seg *syn)
{
	const struct la_tcp_params *params = env->params;
	const uint8_t wanted = syn->flags & LA_ACK ? LA_ECE : LA_ECE_CWR;

	if (params->ecn == LA_TCP_ECN_OFF || (syn->flags & LA_ECE_CWR) != wanted)
		return LA_TCB_ECN_NONE;
	/* 6.1.1.1: after one SYN without the flags we may not use ECN. */
	if (tcb->state == LA_SYN_SENT && la_tcp_syn_ecn(params, tcb) == 0)
		return LA_TCB_ECN_NONE;
	return LA_TCB_ECN_ON;
}

/* 6.1.3. A marked segment with CWR was marked after the peer had reduced its window. */
void
la_ecn__text(struct la_tcb *tcb, const struct la_seg *seg, struct la_tcp_out *out)
{
	if (seg->flags & LA_CWR)
		tcb->ecn = LA_TCB_ECN_ON;
	if (seg->ecn != LA_ECN_CE)
		return;
	tcb->ecn = LA_TCB_ECN_ECHO;
	out->events |= LA_EV_ECN_MARKED;
}

void
la_ecn__reduced(const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	ext->cwr_owed = ext->cut = true;
	ext->cut_end = tcb->snd.nxt;
}

/* 6.1.2 */
void
la_ecn__acked(const struct la_tcp_env *env, const struct la_tcb *tcb, const struct la_seg *seg,
		uint32_t cwnd, struct la_tcp_out *out)
{
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

	/* cut_end must not seem to lie ahead after 2^31 octets. */
	if (ext->cut && la_seq_geq(tcb->snd.una, ext->cut_end))
		ext->cut = false;
	if (!(seg->flags & LA_ECE))
		return;
	/* This congestion is real: a recovery must not be undone. */
	ext->undo_possible = false;
	if (!ext->recovering)
		ext->cwnd = la_tcp__min(ext->cwnd, cwnd);
	/* cwnd was reduced in this window already, by ECE, a loss or a timeout. */
	if (ext->cut || ext->slow_again)
		return;
	ext->ssthresh = la_cc__marked(env->params, tcb, ext, la_mss__effective(env, tcb));
	ext->cwnd = la_tcp__min(ext->cwnd, ext->ssthresh);
	out->events |= LA_EV_ECN_REDUCED;
}

/* 6.1.1, 6.1.2: mark new text, with CWR for the first after a reduction. */
void
la_ecn__mark(struct la_tcp_ext *ext, struct la_seg *seg)
{
	if (seg->len == 0)
		return;
	seg->ecn = LA_ECN_ECT_0;
	if (!ext->cwr_owed)
		return;
	seg->flags |= LA_CWR;
	ext->cwr_owed = false;
}
