/* SPDX-License-Identifier: BSD-3-Clause */
/* The fast path of connections with an extension block. */
#include "la_tcp_fast.h"

#include "sack.h"

/*
 * True if all queued text is one segment that may be sent now. The peer's window and cwnd allow it
 * (RFC 5681, 3.1; after an idle time cwnd is at least two segments, 4.1). It is all that is queued,
 * and no small segment is in flight: so neither the sender's silly window avoidance (3.8.6.2.1) nor
 * Nagle with A.3 holds it back.
 */
static inline bool
is_one_segment(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t mss)
{
	/* The test against mss also fails if a FIN was sent, which moved `next` past `end`. */
	const uint32_t len = ext->end - ext->next;

	if (len == 0 || len > mss || len > la_tcp_snd_wnd(tcb) || len > ext->cwnd)
		return false;
	if (ext->next != tcb->snd.una || ext->next != tcb->snd.nxt)
		return false;
	/* Text that was sent before may reach its USER TIMEOUT before its RTO. */
	return tcb->backoff == 0 && !ext->resend && ext->dup_acks_owed == 0 &&
			la_seq_leq(ext->small_end, tcb->snd.una);
}

/* la_board__sent() and la_recovery__sent() while nothing is in flight. */
static inline void
note_range(struct la_tcp_ext *ext, uint32_t seq, uint64_t now_us)
{
	ext->range[0] = (struct la_tcp_range){ .seq = seq, .sent = la_board__mark(now_us) };
	ext->ranges = 1;
}

/* The segment is in flight now: RFC 6298, 3 and 5.1; SND.NXT. */
static inline void
note_sent(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_tcp_fast_seg *seg, uint32_t mss, uint64_t now_us)
{
	const uint64_t rto_us = la_rto__backed_off(env->params, tcb, ext->rto_us);

	if (now_us - ext->sent_us > rto_us)
		la_cc__idle(ext, mss);
	ext->sent_us = now_us;
	if (ext->rtt_sent_us == 0) {
		ext->rtt_seq = seg->seq;
		ext->rtt_sent_us = now_us;
	}
	if (seg->len < mss)
		ext->small_end = ext->end;
	ext->next = tcb->snd.nxt = ext->end + !!(seg->flags & LA_FIN);
	ext->probe = false;
	if (la_tcp__has_sack(tcb))
		note_range(ext, seg->seq, now_us);
	if (tcb->timer != LA_TIMER_RETRANSMIT) {
		tcb->timer = LA_TIMER_RETRANSMIT;
		env->arm(env->user, tcb, now_us + rto_us);
	}
}

bool
la_tcp_fast_text_output(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_fast_seg *seg)
{
	struct la_tcp_ext *ext;
	uint32_t mss;

	if (tcb->state < LA_ESTABLISHED || tcb->state >= LA_TIME_WAIT ||
			(tcb->flags & (LA_TCB_EXT | LA_TCB_REPEAT)) != LA_TCB_EXT)
		return false;
	ext = la_tcp_ext(env, tcb);
	mss = ext->mss;
	if (!is_one_segment(tcb, ext, mss))
		return false;
	seg->ext = ext;
	seg->seq = ext->next;
	seg->len = ext->end - ext->next;
	seg->wnd = la_window__offer(env, tcb, ext, mss);
	seg->flags = LA_ACK | LA_PSH;
	tcb->flags &= ~LA_TCB_ACK_OWED;
	if (tcb->flags & LA_TCB_CLOSE) {
		seg->flags |= LA_FIN;
		tcb->flags |= LA_TCB_FIN_SENT;
	}
	note_sent(env, tcb, ext, seg, mss, now_us);
	return true;
}

/* The tests that depend neither on the extension block nor on the FIN. */
static inline bool
is_of_closing(const struct la_tcb *tcb, const struct la_plain *p)
{
	const uint32_t flags = tcb->flags;

	if ((p->flags & (LA_SYN | LA_RST | LA_ACK)) != LA_ACK || p->text_len > 0 ||
			p->seq != tcb->rcv.nxt || p->ack != tcb->snd.nxt)
		return false;
	if (tcb->state != LA_FIN_WAIT_1 && tcb->state != LA_FIN_WAIT_2)
		return false;
	/* The ACK may have to carry ECE. */
	if (tcb->ecn != LA_TCB_ECN_NONE)
		return false;
	if ((flags & (LA_TCB_FIN_SENT | LA_TCB_REPEAT)) != LA_TCB_FIN_SENT)
		return false;
	return !(flags & LA_TCB_TIMESTAMPS) || ((p->options & LA_OPT_TIMESTAMPS) &&
			la_seq_geq(p->tsval, tcb->ts_recent));
}

/* True if the extension block, if any, is not needed once all is acknowledged: then
 * la_timer__choose() gives it back in FIN-WAIT-2. */
static inline bool
goes_back(const struct la_tcp_env *env, const struct la_tcb *tcb, const struct la_tcp_ext *ext)
{
	return ext == NULL || (!ext->fin_held && la_window__is_plain(env, tcb, ext));
}

enum la_tcp_closing
la_tcp_closing(const struct la_tcp_env *env, const struct la_tcb *tcb, const struct la_plain *p)
{
	const struct la_tcp_ext *ext = NULL;
	uint32_t wnd;

	if (!is_of_closing(tcb, p))
		return LA_CLOSING_OTHER;
	if (tcb->flags & LA_TCB_EXT) {
		ext = la_tcp_ext(env, tcb);
		if (ext->held != LA_NONE || ext->resend || ext->tail_due ||
				ext->dup_acks_owed > 0 || ext->dsack_left != ext->dsack_right)
			return LA_CLOSING_OTHER;
	}
	if (p->flags & LA_FIN) {
		wnd = ext != NULL ? ext->rcv_edge - tcb->rcv.nxt : la_window__max(env, tcb);
		return wnd > 0 ? LA_CLOSING_TIME_WAIT : LA_CLOSING_OTHER;
	}
	return tcb->state == LA_FIN_WAIT_1 && goes_back(env, tcb, ext) &&
			!(tcb->flags & (LA_TCB_ACK_OWED | LA_TCB_PROBING)) ?
			LA_CLOSING_FIN_ACKED : LA_CLOSING_OTHER;
}

/* RFC 7323, 4.3 (2); move SND.UNA past the text and our FIN behind it. @return octets of text. */
static inline uint32_t
all_acked(struct la_tcb *tcb, const struct la_tcp_ext *ext, const struct la_plain *p)
{
	uint32_t last_ack = tcb->rcv.nxt - !!(tcb->flags & LA_TCB_ACK_OWED), acked = 0;

	if (ext != NULL) {
		last_ack = ext->last_ack;
		if (la_seq_lt(tcb->snd.una, ext->end))
			acked = ext->end - tcb->snd.una;
	}
	if (tcb->flags & LA_TCB_TIMESTAMPS && la_seq_leq(p->seq, last_ack))
		tcb->ts_recent = p->tsval;
	tcb->snd.una = p->ack;
	return acked;
}

uint32_t
la_tcp_fast_fin_acked(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_plain *p,
		uint64_t now_us)
{
	const uint32_t acked = all_acked(tcb, tcb->flags & LA_TCB_EXT ? la_tcp_ext(env, tcb) :
			NULL, p);

	tcb->snd_wnd = p->wnd;
	tcb->state = LA_FIN_WAIT_2;
	tcb->born = la_tcp_birth(env->params, now_us) & LA_BORN_MASK;
	/* RFC 6298, 5.2. */
	tcb->backoff = 0;
	tcb->timer = LA_TIMER_NONE;
	la_ext__give(env, tcb);
	la_timer__choose(env, tcb, now_us);
	return acked;
}

uint32_t
la_tcp_fast_time_wait(struct la_tcb *tcb, const struct la_tcp_ext *ext, const struct la_plain *p)
{
	const uint32_t acked = all_acked(tcb, ext, p);

	tcb->rcv.nxt++;
	tcb->state = LA_TIME_WAIT;
	return acked;
}

uint16_t
la_tcp_fast_window(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	return la_window__offer(env, tcb, ext, ext->mss);
}
