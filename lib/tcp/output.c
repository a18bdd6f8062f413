/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What to send next (RFC 9293, 3.8). Sent segments are not stored: what to send follows from the
 * sequence variables, so a timeout retransmits by moving `next` back to SND.UNA.
 */
#include "sack.h"

uint32_t
la_window__max(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	uint32_t shift = tcb->flags & LA_TCB_WSCALE ? env->params->rcv_scale : 0;

	return la_tcp__min(env->params->window, (uint32_t)UINT16_MAX << shift);
}

uint32_t
la_tcp_rcv_wnd(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	if (!(tcb->flags & LA_TCB_EXT))
		return la_window__max(env, tcb);
	return la_tcp_ext(env, tcb)->rcv_edge - tcb->rcv.nxt;
}

uint32_t
la_window__edge(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_tcp_ext *ext)
{
	return la_window__edge_of(tcb, ext, la_mss__effective(env, tcb));
}

/* The window field for SEG.ACK = RCV.NXT; it promises this window to the peer. */
static uint16_t
offer_window(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	uint32_t shift = tcb->flags & LA_TCB_WSCALE ? env->params->rcv_scale : 0;

	if (tcb->flags & LA_TCB_EXT)
		return la_window__offer(env, tcb, la_tcp_ext(env, tcb),
				la_mss__effective(env, tcb));
	return (uint16_t)(la_window__max(env, tcb) >> shift);
}

/* Fill in what all segments of a synchronized connection share. */
static void
make_segment(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us, uint32_t seq,
		struct la_seg *seg)
{
	seg->seq = seq;
	seg->ack = tcb->rcv.nxt;
	seg->flags = LA_ACK | (LA_UNLIKELY(tcb->ecn == LA_TCB_ECN_ECHO) ? LA_ECE : 0);
	seg->ecn = LA_ECN_NOT_ECT;
	seg->wnd = offer_window(env, tcb);
	seg->urg = 0;
	seg->len = 0;
	seg->data = NULL;
	seg->offset = seq - tcb->snd.una;
	la_options__plain(env, tcb, now_us, &seg->opts);
	tcb->flags &= ~LA_TCB_ACK_OWED;
}

static bool
output_syn(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us, struct la_seg *seg)
{
	if (!(tcb->flags & LA_TCB_REPEAT))
		return false;
	tcb->flags &= ~LA_TCB_REPEAT;
	*seg = (struct la_seg){ .seq = tcb->snd.una, .flags = LA_SYN };
	if (tcb->state == LA_SYN_SENT) {
		seg->flags |= la_tcp_syn_ecn(env->params, tcb);
	} else {
		seg->flags |= LA_ACK | (tcb->ecn != LA_TCB_ECN_NONE ? LA_ECE : 0);
		seg->ack = tcb->rcv.nxt;
		tcb->flags &= ~LA_TCB_ACK_OWED;
	}
	/* Never scaled in a SYN (RFC 7323, 2.2). */
	seg->wnd = (uint16_t)la_tcp__min(env->params->window, UINT16_MAX);
	la_options__syn(env, tcb, now_us, &seg->opts);
	return true;
}

/* A bare FIN, or one that ends the text of a segment already made. */
static void
add_fin(struct la_tcb *tcb, struct la_seg *seg)
{
	seg->flags |= LA_FIN;
	if (!(tcb->flags & LA_TCB_FIN_SENT)) {
		tcb->flags |= LA_TCB_FIN_SENT;
		tcb->snd.nxt++;
	}
}

/* Update the scoreboard. A tail loss probe counts from the segment sent last. */
static void
note_sent(struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t seq, uint32_t end,
		uint64_t now_us)
{
	la_recovery__sent(ext, seq, end, tcb->snd.nxt, now_us);
	la_board__sent(tcb, ext, seq, end, now_us);
	if (tcb->timer == LA_TIMER_TAIL)
		tcb->timer = LA_TIMER_NONE;
}

/* Make a segment of @p len octets at @p seq, with the FIN if it ends the queued text. */
static void
make_text(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint64_t now_us, uint32_t seq, uint32_t len, struct la_seg *seg)
{
	const bool last = seq + len == ext->end;

	make_segment(env, tcb, now_us, seq, seg);
	seg->len = len;
	if (la_tcp__has_sack(tcb))
		note_sent(tcb, ext, seq, seq + len + (last && tcb->flags & LA_TCB_CLOSE), now_us);
	if (la_seq_gt(seq + len, tcb->snd.nxt))
		tcb->snd.nxt = seq + len;
	if (!last)
		return;
	if (len > 0)
		seg->flags |= LA_PSH;
	if (tcb->flags & LA_TCB_CLOSE)
		add_fin(tcb, seg);
}

static void
start_timing(struct la_tcb *tcb, struct la_tcp_ext *ext, uint64_t now_us)
{
	if (ext->rtt_sent_us != 0 || ext->next != tcb->snd.nxt)
		return;
	ext->rtt_seq = ext->next;
	ext->rtt_sent_us = now_us;
}

/* Send @p len octets of text from `next` on. */
static void
send_text(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint64_t now_us, uint32_t len, struct la_seg *seg)
{
	const bool is_new = ext->next == tcb->snd.nxt;

	ext->sent_us = now_us;
	start_timing(tcb, ext, now_us);
	make_text(env, tcb, ext, now_us, ext->next, len, seg);
	if (LA_UNLIKELY(tcb->ecn != LA_TCB_ECN_NONE) && is_new)
		la_ecn__mark(ext, seg);
	ext->next += len;
	if (len < la_mss__effective(env, tcb))
		ext->small_end = ext->next;
	if (seg->flags & LA_FIN)
		ext->next++;
	ext->probe = false;
}

/* Send again what is in flight from @p seq to @p end; the last octet may be our FIN. */
static void
make_again(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint64_t now_us, uint32_t seq, uint32_t end, struct la_seg *seg)
{
	const uint32_t text_end = la_seq_lt(end, ext->end) ? end : ext->end;

	make_text(env, tcb, ext, now_us, seq, text_end - seq, seg);
	if (la_seq_lt(ext->next, end))
		ext->next = end;
}

/* Send the segment at SND.UNA again (RFC 5681, 3.2: fast retransmit). */
static bool
output_resend(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint64_t now_us, struct la_seg *seg)
{
	uint32_t text = ext->end - tcb->snd.una;
	uint32_t len = la_tcp__min(text, la_mss__effective(env, tcb));

	ext->resend = false;
	ext->rtt_sent_us = 0;           /* Karn: do not time it (RFC 6298, 3). */
	if (la_seq_geq(tcb->snd.una, tcb->snd.nxt))
		return false;
	/* Do not send again now what the shrunken window no longer covers (MUST-34). */
	len = la_tcp__min(len, la_tcp_snd_wnd(tcb));
	if (len == 0 && text > 0)
		return false;
	make_text(env, tcb, ext, now_us, tcb->snd.una, len, seg);
	if ((seg->flags & LA_FIN) && ext->next == ext->end)
		ext->next++;
	return true;
}

/* With SACK: send lost text again, as far as cwnd and the peer's window (MUST-34) allow. */
static bool
output_lost(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint64_t now_us, struct la_seg *seg)
{
	const uint32_t edge = tcb->snd.una + la_tcp_snd_wnd(tcb);
	uint32_t seq, end, len;

	if (!la_board__lost(tcb, ext, &seq, &end)) {
		ext->resend = false;
		return false;
	}
	len = la_tcp__min(end - seq, la_mss__effective(env, tcb));
	if (la_board__pipe(tcb, ext) + len > ext->cwnd || la_seq_gt(seq + len, edge))
		return false;
	make_again(env, tcb, ext, now_us, seq, seq + len, seg);
	return true;
}

/* RFC 8985, 7.3: send one segment beyond cwnd: new text, or the last text in flight. */
static bool
output_tail(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint64_t now_us, struct la_seg *seg)
{
	const uint32_t mss = la_mss__effective(env, tcb);
	const uint32_t len = la_tcp__min(ext->end - ext->next, mss);
	uint32_t seq, end;

	ext->tail_due = false;
	/* Set also if there is nothing to send: the RTO comes next. */
	ext->tail_out = true;
	ext->tail_again = false;
	ext->tail_end = tcb->snd.nxt;
	if (la_seq_lt(ext->next, ext->end) && ext->next == tcb->snd.nxt &&
			la_tcp_snd_wnd(tcb) >= ext->next + len - tcb->snd.una) {
		send_text(env, tcb, ext, now_us, len, seg);
	} else {
		la_board__last(tcb, ext, &seq, &end);
		if (seq == end)
			return false;
		if (end - seq > mss)
			seq = end - mss;
		ext->tail_again = true;
		make_again(env, tcb, ext, now_us, seq, end, seg);
	}
	ext->tail_end = tcb->snd.nxt;
	return true;
}

/* How much of the queued text may go now; 3.8.6.2.1 and Nagle with A.3. */
static uint32_t
sendable_octets(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_tcp_ext *ext)
{
	uint32_t queued = ext->end - ext->next;
	uint32_t flight = ext->next - tcb->snd.una;
	uint32_t pipe = la_tcp__has_sack(tcb) ? la_board__pipe(tcb, ext) : flight;
	uint32_t window = la_tcp_snd_wnd(tcb);
	uint32_t mss = la_mss__effective(env, tcb);
	uint32_t len;

	if (window <= flight || ext->cwnd <= pipe)
		return 0;
	len = la_tcp__min(la_tcp__min(queued, mss), la_tcp__min(window - flight, ext->cwnd - pipe));
	if (len == mss || la_seq_lt(ext->next, tcb->snd.nxt))
		return len;
	if (len == queued && (!env->params->nagle || (tcb->flags & LA_TCB_CLOSE) ||
			la_seq_leq(ext->small_end, tcb->snd.una)))
		return len;
	/* At least half of the largest window the peer ever offered. */
	if (flight == 0 && len >= ext->max_wnd / 2)
		return len;
	return 0;
}

static bool
output_text(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint32_t stop, uint64_t now_us, struct la_seg *seg)
{
	uint32_t len;

	/* Idle for an RTO: cwnd may be out of date (RFC 5681, 4.1). */
	if (tcb->snd.nxt == tcb->snd.una && now_us - ext->sent_us > la_rto__us(env, tcb))
		la_cc__idle(ext, la_mss__effective(env, tcb));
	len = la_tcp__min(sendable_octets(env, tcb, ext), stop - ext->next);
	if (len == 0)
		return false;
	send_text(env, tcb, ext, now_us, len, seg);
	return true;
}

/*
 * Send one octet into a closed window (3.8.6.1), or all that a small window takes when the override
 * timer fired (3.8.6.2.1). For that one octet `next` stays: an octet the peer does not take is not
 * in flight, and its loss is no congestion.
 */
static bool
output_probe(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint64_t now_us, struct la_seg *seg)
{
	uint32_t window = la_tcp__min(la_tcp_snd_wnd(tcb), la_mss__effective(env, tcb));
	uint32_t len = la_tcp__min(ext->end - ext->next, la_tcp__max(window, 1));

	ext->probe = false;
	if (len == 0 || ext->next != tcb->snd.una)
		return false;
	make_text(env, tcb, ext, now_us, ext->next, len, seg);
	if (window > 0) {
		ext->sent_us = now_us;
		ext->next += len + !!(seg->flags & LA_FIN);
		ext->small_end = ext->next;
	}
	return true;
}

static bool
output_from_ext(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_seg *seg)
{
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);
	uint32_t stop = ext->end;

	if (la_seq_lt(ext->next, tcb->snd.nxt) && la_tcp__has_sack(tcb))
		stop = la_board__skip(tcb, ext);
	if (ext->resend && (la_tcp__has_sack(tcb) ? output_lost(env, tcb, ext, now_us, seg) :
			output_resend(env, tcb, ext, now_us, seg)))
		return true;
	if (ext->tail_due && output_tail(env, tcb, ext, now_us, seg))
		return true;
	if (la_seq_lt(ext->next, ext->end)) {
		if (output_text(env, tcb, ext, stop, now_us, seg))
			return true;
		if (ext->probe && output_probe(env, tcb, ext, now_us, seg))
			return true;
	} else if ((tcb->flags & LA_TCB_CLOSE) && ext->next == ext->end) {
		make_text(env, tcb, ext, now_us, ext->next, 0, seg);
		ext->next++;
		return true;
	}
	if (ext->dup_acks_owed > 0) {
		ext->dup_acks_owed--;
		tcb->flags |= LA_TCB_ACK_OWED;
	}
	return false;
}

/* Without an extension block there is no text, but there may be a FIN to send or
 * to send again, or a keep-alive probe (3.8.4). */
static bool
output_bare(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us, struct la_seg *seg)
{
	bool repeat = tcb->flags & LA_TCB_REPEAT;

	if ((tcb->flags & LA_TCB_CLOSE) && !(tcb->flags & LA_TCB_FIN_SENT)) {
		make_segment(env, tcb, now_us, tcb->snd.nxt, seg);
		add_fin(tcb, seg);
	} else if (repeat && tcb->snd.una != tcb->snd.nxt) {
		make_segment(env, tcb, now_us, tcb->snd.una, seg);
		add_fin(tcb, seg);
	} else {
		return false;
	}
	tcb->flags &= ~LA_TCB_REPEAT;
	return true;
}

/* SEG.SEQ of an ACK: SND.NXT or, if the window shrank below it or a probe went beyond the window,
 * the right edge, which the peer accepts. */
static uint32_t
seq_of_ack(const struct la_tcb *tcb)
{
	uint32_t edge = tcb->snd.una + la_tcp_snd_wnd(tcb);

	return la_seq_gt(tcb->snd.nxt, edge) ? edge : tcb->snd.nxt;
}

static bool
output_ack(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us, struct la_seg *seg)
{
	uint32_t seq = tcb->state == LA_SYN_RECEIVED ? tcb->snd.nxt : seq_of_ack(tcb);

	if ((tcb->flags & LA_TCB_REPEAT) && tcb->state != LA_SYN_RECEIVED)
		seq--;          /* A keep-alive probe: just before SND.NXT (3.8.4). */
	else if (!(tcb->flags & LA_TCB_ACK_OWED))
		return false;
	else if (LA_UNLIKELY(tcb->state == LA_SYN_SENT))
		return false;
	make_segment(env, tcb, now_us, seq, seg);
	tcb->flags &= ~LA_TCB_REPEAT;
	if ((tcb->flags & (LA_TCB_EXT | LA_TCB_SACK)) == (LA_TCB_EXT | LA_TCB_SACK))
		la_sack__options(env, la_tcp_ext(env, tcb), &seg->opts);
	return true;
}

bool
la_tcp_output(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_seg *seg)
{
	switch ((enum la_tcp_state)tcb->state) {
	case LA_CLOSED: case LA_LISTEN:
		return false;
	case LA_SYN_SENT: case LA_SYN_RECEIVED:
		if (output_syn(env, tcb, now_us, seg))
			return true;
		break;
	case LA_ESTABLISHED: case LA_FIN_WAIT_1: case LA_FIN_WAIT_2: case LA_CLOSE_WAIT:
	case LA_CLOSING: case LA_LAST_ACK:
		if (tcb->flags & LA_TCB_EXT) {
			if (output_from_ext(env, tcb, now_us, seg))
				return true;
		} else if (output_bare(env, tcb, now_us, seg)) {
			return true;
		}
		break;
	case LA_TIME_WAIT:
		return output_ack(env, tcb, now_us, seg);
	}
	if (output_ack(env, tcb, now_us, seg))
		return true;
	la_timer__choose(env, tcb, now_us);
	return false;
}

bool
la_tcp_owes(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	const struct la_tcp_ext *ext;

	if (tcb->flags & (LA_TCB_ACK_OWED | LA_TCB_REPEAT))
		return true;
	if (tcb->state < LA_ESTABLISHED)
		return false;
	if (!(tcb->flags & LA_TCB_EXT))
		return (tcb->flags & (LA_TCB_CLOSE | LA_TCB_FIN_SENT)) == LA_TCB_CLOSE;
	ext = la_tcp_ext(env, tcb);
	if (la_seq_lt(ext->next, ext->end))
		return true;
	return ext->resend || ext->tail_due || ext->dup_acks_owed > 0 ||
		((tcb->flags & LA_TCB_CLOSE) && ext->next == ext->end);
}

uint32_t
la_tcp_unsent(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	const struct la_tcp_ext *ext;

	if (!(tcb->flags & LA_TCB_EXT))
		return 0;
	ext = la_tcp_ext(env, tcb);
	return la_seq_lt(tcb->snd.una, ext->end) ? ext->end - tcb->snd.una : 0;
}
