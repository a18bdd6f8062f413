/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Explicit Congestion Notification (RFC 3168): a router marks what it would drop else. What we
 * receive with CE we tell the peer by ECE, until its CWR says that it knows; its ECE reduces our
 * cwnd as a loss would, once for a window, and our CWR goes out with the next new text.
 */
#include "tcp_private.h"

/* 6.1.1: both in a SYN, ECE alone in a SYN-ACK. Both in a SYN-ACK come of a peer that sends
 * back what bits it does not know. */
uint8_t
la_ecn__agreed(const struct la_tcp_env *env, const struct la_tcb *tcb, const struct la_seg *syn)
{
	const struct la_tcp_params *params = env->params;
	const uint8_t wanted = syn->flags & LA_ACK ? LA_ECE : LA_ECE_CWR;

	if (params->ecn == LA_TCP_ECN_OFF || (syn->flags & LA_ECE_CWR) != wanted)
		return LA_TCB_ECN_NONE;
	/* 6.1.1.1: who has sent one SYN without them may not use it. */
	if (tcb->state == LA_SYN_SENT && la_tcp_syn_ecn(params, tcb) == 0)
		return LA_TCB_ECN_NONE;
	return LA_TCB_ECN_ON;
}

/* 6.1.3. Text that was marked and says CWR was marked after the peer had reduced its window. */
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

	/* It must not come to lie ahead after 2^31 octets. */
	if (ext->cut && la_seq_geq(tcb->snd.una, ext->cut_end))
		ext->cut = false;
	if (!(seg->flags & LA_ECE))
		return;
	/* Whatever else lost something, this was no error that can be undone. */
	ext->undo_possible = false;
	if (!ext->recovering)
		ext->cwnd = la_tcp__min(ext->cwnd, cwnd);
	/* By ECE, by a loss or by a timeout: of what is in flight now. */
	if (ext->cut || ext->slow_again)
		return;
	ext->ssthresh = la_cc__marked(env->params, tcb, ext, la_mss__effective(env, tcb));
	ext->cwnd = la_tcp__min(ext->cwnd, ext->ssthresh);
	out->events |= LA_EV_ECN_REDUCED;
}

/* 6.1.1, 6.1.2: new text, and the first of it after a reduction. */
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
