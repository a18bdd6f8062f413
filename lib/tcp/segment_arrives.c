/* SPDX-License-Identifier: BSD-3-Clause */
/* SEGMENT ARRIVES in all states but LISTEN and SYN-SENT (RFC 9293, 3.10.7.4). */
#include "la_tcp_fast.h"
#include "tcp_private.h"

bool
la_tcp_reset_for(const struct la_seg *seg, struct la_seg *rst)
{
	if (seg->flags & LA_RST)
		return false;
	if (seg->flags & LA_ACK)
		*rst = (struct la_seg){ .seq = seg->ack, .flags = LA_RST };
	else
		*rst = (struct la_seg){ .ack = seg->seq + la_seg_len(seg),
			.flags = LA_RST | LA_ACK };
	return true;
}

/*
 * True if SEG.SEQ is the number of the peer's FIN, the last one before RCV.NXT. A peer that closes
 * and is then killed may send its RST with that number (macOS), and cannot answer a challenge. The
 * only other segment it sends with that number is the FIN. For a blind attacker (RFC 5961, 3.2) it
 * is a second number of 2^32 to hit, once the peer has ended its stream.
 */
static LA_COLD bool
is_at_fin(const struct la_tcb *tcb, const struct la_seg *seg)
{
	if (seg->seq + 1 != tcb->rcv.nxt)
		return false;
	switch ((enum la_tcp_state)tcb->state) {
	case LA_CLOSE_WAIT: case LA_CLOSING: case LA_LAST_ACK:
		return true;
	/* TIME-WAIT: nothing is left to retransmit, and a RST need not cut it short. */
	case LA_CLOSED: case LA_LISTEN: case LA_SYN_SENT: case LA_SYN_RECEIVED:
	case LA_ESTABLISHED: case LA_FIN_WAIT_1: case LA_FIN_WAIT_2: case LA_TIME_WAIT:
		break;
	}
	return false;
}

/* Second: check the RST bit. Blind resets: RFC 5961, 3.2. */
static LA_COLD enum la_tcp_reason
check_rst(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		struct la_tcp_out *out)
{
	enum la_tcp_reason reason = LA_END_RST;

	/* Exact match first: a zero window must still accept a valid RST. */
	if (seg->seq != tcb->rcv.nxt && !is_at_fin(tcb, seg)) {
		if (!la_seq_in_window(seg->seq, tcb->rcv.nxt, la_tcp_rcv_wnd(env, tcb)))
			return LA_DROP_RST_OUTSIDE_WINDOW;
		out->events |= LA_EV_CHALLENGE | LA_EV_CHALLENGE_RST;
		return LA_DROP_RST_INEXACT;
	}
	switch ((enum la_tcp_state)tcb->state) {
	case LA_SYN_RECEIVED:
		/* Back to LISTEN means to free the TCB; only an active open is reported. */
		if (tcb->flags & LA_TCB_ACTIVE) {
			out->events |= LA_EV_REFUSED;
			reason = LA_END_REFUSED;
		} else {
			reason = LA_END_SYN_RECEIVED_RST;
		}
		break;
	case LA_ESTABLISHED: case LA_FIN_WAIT_1: case LA_FIN_WAIT_2: case LA_CLOSE_WAIT:
	case LA_CLOSING: case LA_LAST_ACK:
		out->events |= LA_EV_RESET;
		break;
	case LA_CLOSED: case LA_LISTEN: case LA_SYN_SENT: case LA_TIME_WAIT:
		break;
	}
	tcb->state = LA_CLOSED;
	return reason;
}

/*
 * True if the segment carries a timestamp to be used. A connection that agreed to timestamps also
 * takes segments without (D35; RFC 7323, 3.2, would drop them): middleboxes strip the option from
 * all segments after a SYN or from keep-alives alone, and the peer's own stack may omit it from
 * keep-alives. Segments without a timestamp lose only PAWS.
 */
static inline bool
is_stamped(const struct la_tcb *tcb, const struct la_seg *seg)
{
	return tcb->flags & LA_TCB_TIMESTAMPS && seg->opts.present & LA_OPT_TIMESTAMPS;
}

/*
 * True if it repeats the peer's first SYN, in SYN-RECEIVED. With an ACK it can only be the other
 * half of a simultaneous open: a peer that answers our SYN-ACK sends no SYN with its ACK.
 */
static LA_COLD bool
is_first_syn(const struct la_tcb *tcb, const struct la_seg *seg)
{
	return tcb->state == LA_SYN_RECEIVED && seg->seq + 1 == tcb->rcv.nxt &&
			(!(seg->flags & LA_ACK) || tcb->flags & LA_TCB_ACTIVE);
}

/*
 * The SYN was sent again, because our SYN-ACK was lost. Of the other half of a simultaneous open,
 * process all but the SYN.
 */
static LA_COLD enum la_tcp_reason
first_syn_again(struct la_tcb *tcb, struct la_seg *seg)
{
	if (!(seg->flags & LA_ACK)) {
		if (is_stamped(tcb, seg))
			tcb->ts_recent = seg->opts.tsval;
		/* A SYN without ECN turns it off for the connection (RFC 3168, 6.1.1.1). */
		if ((seg->flags & LA_ECE_CWR) != LA_ECE_CWR)
			tcb->ecn = LA_TCB_ECN_NONE;
		tcb->flags |= LA_TCB_REPEAT;
		return LA_OK_SYN_REPEATED;
	}
	seg->seq++;
	seg->flags &= ~LA_SYN;
	/* The window of a SYN is not scaled, but the code below takes it as scaled. */
	seg->wnd = (uint16_t)(seg->wnd >> tcb->snd_scale);
	return LA_OK;
}

/* Fourth: check the SYN bit. RFC 5961, 4.2: challenge it whatever its SEQ is. */
static LA_COLD enum la_tcp_reason
check_syn(struct la_tcb *tcb, struct la_tcp_out *out)
{
	if (tcb->state == LA_SYN_RECEIVED && !(tcb->flags & LA_TCB_ACTIVE)) {
		tcb->state = LA_CLOSED;
		return LA_END_SYN_RECEIVED_SYN;
	}
	out->events |= LA_EV_CHALLENGE;
	return LA_DROP_SYN_CHALLENGED;
}

/*
 * A segment that is not taken is answered by an ACK. But if bare ACKs were always answered, two
 * ends that disagree on a number (one octet forged by a third party is enough) would answer each
 * other for ever. So a bare ACK is answered like a challenge, within a limit (RFC 5961, 7). Text
 * cannot go on for ever by itself, and a peer whose ACK was lost needs a new one: this answer is
 * limited per second and connection, not by a budget that other connections can spend.
 */
static LA_COLD void
answer_refused(const struct la_seg *seg, struct la_tcp_out *out)
{
	out->events |= la_seg_len(seg) == 0 ? LA_EV_CHALLENGE : LA_EV_ANSWER;
}

/* RFC 7323, 5.3, R1. */
static enum la_tcp_reason
check_timestamp(struct la_tcb *tcb, const struct la_seg *seg, struct la_tcp_out *out)
{
	if (LA_UNLIKELY(la_seq_lt(seg->opts.tsval, tcb->ts_recent))) {
		answer_refused(seg, out);
		return LA_DROP_PAWS;
	}
	return LA_OK;
}

/*
 * RFC 7323, 4.3 (2): TS.Recent follows a segment that spans Last.ACK.sent. Without an extension
 * block nothing was out of order. So while an ACK is owed, Last.ACK.sent lies before RCV.NXT, and
 * the first segment not yet acknowledged has already set TS.Recent.
 */
static bool
spans_last_ack(const struct la_tcp_env *env, const struct la_tcb *tcb, const struct la_seg *seg)
{
	uint32_t last_ack = tcb->flags & LA_TCB_EXT ? la_tcp_ext(env, tcb)->last_ack :
			tcb->rcv.nxt - !!(tcb->flags & LA_TCB_ACK_OWED);

	return la_seq_leq(seg->seq, last_ack);
}

/* Fifth. Only a segment with an acceptable ACK sets TS.Recent (RFC 5961, 5.2): else PAWS would drop
 * all that the peer sends after a blind segment with a TSval far ahead. @p newest: the segment has
 * a valid timestamp and spans Last.ACK.sent. */
static enum la_tcp_reason
take_ack(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg, bool newest,
		uint64_t now_us, struct la_tcp_out *out)
{
	const enum la_tcp_reason reason = la_ack__check(env, tcb, seg, now_us, out);

	if (newest && reason == LA_OK)
		tcb->ts_recent = seg->opts.tsval;
	return reason;
}

/*
 * First: the four rows of the acceptability test; but a bare ACK at the right edge is accepted. A
 * peer that has filled our window sends its ACKs from there, and if its first segment was lost,
 * they would not count (A.2).
 */
static bool
is_acceptable(const struct la_tcb *tcb, const struct la_seg *seg, uint32_t wnd)
{
	uint32_t len = la_seg_len(seg);

	if (len == 0)
		return seg->seq - tcb->rcv.nxt <= wnd;
	return la_seq_in_window(seg->seq, tcb->rcv.nxt, wnd) ||
		la_seq_in_window(seg->seq + len - 1, tcb->rcv.nxt, wnd);
}

static enum la_tcp_reason
why_not_acceptable(const struct la_tcb *tcb, const struct la_seg *seg)
{
	return la_seq_leq(seg->seq + la_seg_len(seg), tcb->rcv.nxt) &&
		la_seq_lt(seg->seq, tcb->rcv.nxt) ? LA_DROP_OLD_DUPLICATE :
		LA_DROP_OUTSIDE_WINDOW;
}

/* Cut off what lies outside the window, also a FIN; a SYN never gets here. */
static LA_COLD void
trim_to_window(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_seg *seg,
		uint32_t wnd)
{
	uint32_t room;

	if (la_seq_lt(seg->seq, tcb->rcv.nxt)) {
		uint32_t old = tcb->rcv.nxt - seg->seq;

		if (seg->len > 0)
			la_dsack__owe(env, tcb, seg->seq, seg->seq + la_tcp__min(old, seg->len));
		seg->data += old;
		seg->len -= old;
		seg->seq = tcb->rcv.nxt;
	}
	room = wnd - (seg->seq - tcb->rcv.nxt);
	if (seg->len + !!(seg->flags & LA_FIN) > room) {
		seg->len = la_tcp__min(seg->len, room);
		seg->flags &= ~LA_FIN;
	}
}

/*
 * The peer probes a closed window. Offer all room there is, however small: a service whose whole
 * buffer is smaller than a step worth announcing would keep the window closed for ever. Probes are
 * an RTO apart, so silly windows stay rare.
 */
static LA_COLD void
open_for_probe(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

	ext->rcv_edge = tcb->rcv.nxt + la_tcp__min(ext->window, ext->room);
}

/*
 * Use the ACK of a segment at RCV.NXT though the window is closed, and that of a keep-alive or
 * window probe just before it, with or without one octet (3.8.4): else two ends that probe each
 * other could miss each other's ACK for ever (A.2).
 */
static bool
ack_counts(const struct la_tcb *tcb, const struct la_seg *seg, uint32_t wnd)
{
	if ((seg->flags & (LA_SYN | LA_ACK)) != LA_ACK || tcb->state == LA_SYN_RECEIVED)
		return false;
	return (wnd == 0 && seg->seq == tcb->rcv.nxt) ||
		(seg->len <= 1 && !(seg->flags & LA_FIN) && seg->seq + 1 == tcb->rcv.nxt);
}

/*
 * A segment that was taken shows that the peer is there (3.8.4), and knows of this connection. A
 * dropped segment shows nothing: anybody can have sent it, and without a connection it would be
 * answered by a RST, so it must not keep a connection alive.
 */
static void
heard_from_peer(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	if (tcb->timer == LA_TIMER_CONFIRM || tcb->timer == LA_TIMER_IDLE ||
			tcb->timer == LA_TIMER_KEEPALIVE)
		tcb->timer = LA_TIMER_NONE;
	la_tcp__end_probing(tcb);
	if (tcb->flags & LA_TCB_EXT && tcb->snd.una == tcb->snd.nxt &&
			la_seq_geq(tcb->snd.nxt, la_tcp_ext(env, tcb)->end))
		la_tcp_ext(env, tcb)->since_us = 0;
}

static LA_COLD enum la_tcp_reason
ack_alone(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	enum la_tcp_reason reason, dropped = why_not_acceptable(tcb, seg);
	const bool was_taken = seg->len > 0 && seg->seq != tcb->rcv.nxt;

	seg->len = 0;
	seg->flags &= ~LA_FIN;
	reason = la_ack__check(env, tcb, seg, now_us, out);
	if (reason != LA_OK)
		return reason;
	heard_from_peer(env, tcb);
	/* Always answer a probe with good numbers. Answer an octet taken before like old text. */
	if (was_taken)
		out->events |= LA_EV_ANSWER;
	else
		la_tcp_owe_ack(tcb);
	return dropped;
}

static LA_COLD enum la_tcp_reason
not_acceptable(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_seg *seg,
		uint32_t wnd, uint64_t now_us, struct la_tcp_out *out)
{
	enum la_tcp_reason reason;

	if (wnd == 0)
		open_for_probe(env, tcb);
	if (ack_counts(tcb, seg, wnd))
		return ack_alone(env, tcb, seg, now_us, out);
	answer_refused(seg, out);
	reason = why_not_acceptable(tcb, seg);
	if (reason == LA_DROP_OLD_DUPLICATE && seg->len > 0)
		la_dsack__note(env, tcb, seg->seq, seg->seq + seg->len);
	return reason;
}

/*
 * The eight steps of RFC 9293, 3.10.7.4, in the order of this function:
 *
 *   second   RST: before this, in la_tcp_segment_arrives(). check_rst() looks at SEQ itself,
 *            and more strictly than the first step would (RFC 5961, 3.2)
 *   fourth   SYN: a challenge ACK wherever it lies (RFC 5961, 4.2), so before the first step: a
 *            peer that restarted learns of us though its SYN is outside the window or has no
 *            timestamp. In SYN-RECEIVED it is the first SYN again, or an error: after the first
 *   first    SEQ: timestamps (PAWS; RFC 7323, 5.3, R1), then the window
 *   third    security and compartment: skipped. Only hosts of multilevel-secure networks have
 *            them; all others may ignore them (RFC 9293, appendix A.1.2)
 *   fifth    ACK: take_ack()
 *   sixth    URG: skipped. Urgent data is data like any other (RFC 6093; D2)
 *   seventh  text: la_text__process()
 *   eighth   FIN: in la_text__process(), too, since the FIN comes after the text
 */
static enum la_tcp_reason
process_steps(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_seg *seg, uint64_t now_us,
		struct la_tcp_out *out)
{
	uint32_t wnd = la_tcp_rcv_wnd(env, tcb);
	enum la_tcp_reason reason;
	bool newest;

	/* Fourth, done early. */
	if (LA_UNLIKELY((seg->flags & LA_SYN) && tcb->state != LA_SYN_RECEIVED))
		return check_syn(tcb, out);
	/* First. */
	if (is_stamped(tcb, seg)) {
		reason = check_timestamp(tcb, seg, out);
		if (reason != LA_OK)
			return reason;
	}
	if (LA_UNLIKELY((seg->flags & LA_SYN) && is_first_syn(tcb, seg))) {
		reason = first_syn_again(tcb, seg);
		if (reason != LA_OK)
			return reason;
	}
	if (LA_UNLIKELY(!is_acceptable(tcb, seg, wnd)))
		return not_acceptable(env, tcb, seg, wnd, now_us, out);
	newest = is_stamped(tcb, seg) && spans_last_ack(env, tcb, seg);
	/* Fourth, in SYN-RECEIVED. */
	if (LA_UNLIKELY(seg->flags & LA_SYN))
		return check_syn(tcb, out);
	/* Fifth. Cut off what lies outside the window first; 3.10.7.4 has that in its first
	 * step. */
	if (LA_UNLIKELY(!(seg->flags & LA_ACK)))
		return LA_DROP_NO_ACK;
	if (LA_UNLIKELY(la_seq_lt(seg->seq, tcb->rcv.nxt) ||
			seg->seq - tcb->rcv.nxt + la_seg_len(seg) > wnd))
		trim_to_window(env, tcb, seg, wnd);
	reason = take_ack(env, tcb, seg, newest, now_us, out);
	if (reason != LA_OK || tcb->state == LA_CLOSED)
		return reason;
	/* Seventh and eighth. */
	if (la_seg_len(seg) == 0)
		return LA_OK;
	if (LA_UNLIKELY(tcb->ecn != LA_TCB_ECN_NONE) && seg->len > 0)
		la_ecn__text(tcb, seg, out);
	return la_text__process(env, tcb, seg, now_us, out);
}

/* True if the numbers were good, whether or not the text was taken. */
static bool
is_taken(enum la_tcp_reason reason)
{
	return reason == LA_OK || reason == LA_DROP_NO_ROOM || reason == LA_DROP_REASSEMBLY_FULL;
}

/* After each segment, whatever its result. A segment that opens a connection does not show that the
 * peer knows of it. */
static void
after_segment(const struct la_tcp_env *env, struct la_tcb *tcb, enum la_tcp_reason reason,
		uint64_t now_us, const struct la_tcp_out *out)
{
	if (is_taken(reason) && !(out->events & LA_EV_ESTABLISHED))
		heard_from_peer(env, tcb);
	if (tcb->flags & LA_TCB_EXT)
		la_tcp__hole_look(env, la_tcp_ext(env, tcb), now_us);
	if (tcb->state != LA_CLOSED && tcb->state != LA_TIME_WAIT && !la_tcp_owes(env, tcb))
		la_timer__choose(env, tcb, now_us);
}

bool
la_tcp_is_in_order(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_plain *p)
{
	const uint32_t len = p->text_len + !!(p->flags & LA_FIN);

	if ((p->flags & (LA_SYN | LA_RST | LA_ACK)) != LA_ACK || p->seq != tcb->rcv.nxt ||
			tcb->state < LA_ESTABLISHED || len > la_tcp_rcv_wnd(env, tcb))
		return false;
	return !(tcb->flags & LA_TCB_TIMESTAMPS) || ((p->options & LA_OPT_TIMESTAMPS) &&
			la_seq_geq(p->tsval, tcb->ts_recent));
}

enum la_tcp_reason
la_tcp_fast_arrives(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_plain *p,
		uint64_t now_us, struct la_tcp_out *out)
{
	const struct la_seg seg = {
		.seq = p->seq, .ack = p->ack, .wnd = p->wnd, .flags = p->flags,
		.len = p->text_len, .data = p->frame + p->text_at,
		.opts = { .present = p->options & LA_OPT_TIMESTAMPS,
			.tsval = p->tsval, .tsecr = p->tsecr },
	};
	const bool newest = tcb->flags & LA_TCB_TIMESTAMPS && spans_last_ack(env, tcb, &seg);
	enum la_tcp_reason reason = take_ack(env, tcb, &seg, newest, now_us, out);

	if (reason == LA_OK && tcb->state != LA_CLOSED && la_seg_len(&seg) > 0)
		reason = la_text__process(env, tcb, &seg, now_us, out);
	after_segment(env, tcb, reason, now_us, out);
	return reason;
}

enum la_tcp_reason
la_tcp_segment_arrives(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *seg, uint64_t now_us, struct la_tcp_out *out)
{
	struct la_seg own = *seg;       /* It may be trimmed to the window. */
	enum la_tcp_reason reason;

	out->events = 0;
	out->acked = 0;
	if (LA_UNLIKELY(tcb->state == LA_SYN_SENT))
		reason = la_syn_sent__arrives(env, tcb, &own, now_us, out);
	else if (LA_UNLIKELY(own.flags & LA_RST))
		return check_rst(env, tcb, &own, out);
	else
		reason = process_steps(env, tcb, &own, now_us, out);
	after_segment(env, tcb, reason, now_us, out);
	return reason;
}
