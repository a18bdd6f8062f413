/* SPDX-License-Identifier: BSD-3-Clause */
/* SEGMENT ARRIVES in SYN-SENT (RFC 9293, 3.10.7.3). */
#include "tcp_private.h"

/* Fourth: a SYN alone, so both ends open at once (3.5, figure 8). */
static void
simultaneous_open(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	tcb->state = LA_SYN_RECEIVED;
	tcb->backoff = 0;
	tcb->timer = LA_TIMER_NONE;
	tcb->flags |= LA_TCB_REPEAT;
	la_ext__restart(env, tcb);
}

/* Fourth: our SYN is acknowledged. Text or FIN of a SYN-ACK counts from step six. */
static enum la_tcp_reason
syn_acked(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	struct la_seg rest = *seg;
	uint32_t wnd;

	la_tcp__established(env, tcb, seg->ack, out);
	la_tcp_owe_ack(tcb);
	la_tcp__repeat_last_ack(env, tcb, now_us);
	rest.seq++;
	rest.flags &= ~LA_SYN;
	wnd = la_tcp_rcv_wnd(env, tcb);
	if (rest.len > wnd) {
		rest.len = wnd;
		rest.flags &= ~LA_FIN;
	}
	if (la_seg_len(&rest) == 0)
		return LA_OK;
	return la_text__process(env, tcb, &rest, now_us, out);
}

enum la_tcp_reason
la_syn_sent__arrives(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	bool ack_ok = false;

	/* First: check the ACK bit. SND.UNA is ISS here. */
	if (seg->flags & LA_ACK) {
		ack_ok = la_seq_gt(seg->ack, tcb->snd.una) && la_seq_leq(seg->ack, tcb->snd.nxt);
		if (!ack_ok) {
			if (!(seg->flags & LA_RST))
				la_tcp__reply_reset(out, seg->ack);
			return LA_RST_ACK_UNACCEPTABLE;
		}
	}
	/* Second: check the RST bit. */
	if (seg->flags & LA_RST) {
		if (!ack_ok)
			return LA_DROP_SYN_SENT_FLAGS;
		tcb->state = LA_CLOSED;
		out->events |= LA_EV_REFUSED;
		return LA_END_REFUSED;
	}
	if (!(seg->flags & LA_SYN))
		return LA_DROP_SYN_SENT_FLAGS;
	tcb->rcv.nxt = seg->seq + 1;
	la_options__negotiate(env, tcb, seg);
	la_mss__take(env, tcb, seg);
	if (ack_ok)
		return syn_acked(env, tcb, seg, now_us, out);
	simultaneous_open(env, tcb);
	return LA_OK;
}
