/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TCP_FAST_H
#define LA_TCP_FAST_H

/** @file
 * The kinds of segment that make up nearly every connection, for the stack's fast path.
 *
 * Each function here is SEGMENT ARRIVES (RFC 9293, 3.10.7.4) for one kind of segment, without the
 * tests that this kind always passes. la_tcp_is_next() tests whether a segment is of such a kind;
 * it changes nothing. The result is that of la_tcp_segment_arrives() for the same segment, to the
 * last bit of the block (tests/fuzz: fuzz_fast).
 */
#include "la_plain.h"
#include "la_tcp.h"

/** Values computed from the parameters of all connections. */
struct la_tcp_fast {
	uint32_t window[2];             /**< RCV.WND without an extension block, in octets. */
	uint16_t wnd[2];                /**< The same as sent. [1]: with window scale. */
	int32_t opens_with;             /**< Longest text for which la_tcp_fast_open() may be used;
	                                     -1: never. */
	bool confirm;                   /**< A cookie's connection has LA_TIMER_CONFIRM. */
	bool idle;                      /**< An idle connection has a timer. */
	uint8_t born_shift;             /**< Shift of la_tcb.born. */
	uint32_t rto_us;                /**< RTO without an extension block, if nothing was
	                                     repeated, a SYN included. */
};

void la_tcp_fast_init(struct la_tcp_fast *fast, const struct la_tcp_params *params);

/**
 * True for the next segment of a connection without an extension block that acknowledges all that
 * we sent or all but our FIN, and needs no answer of its own.
 *
 * First: SEG.SEQ is RCV.NXT and all of the segment in the window. Second: no RST. Third is for IP
 * (D5). Fourth: no SYN. Fifth: the caller checks the ACK field, by state. Sixth: urgent data is
 * text (D2). RFC 7323, 5.3, R1: if timestamps were negotiated, one that is not old.
 */
static inline bool
la_tcp_is_next(const struct la_tcp_fast *fast, const struct la_tcb *tcb, const struct la_plain *p)
{
	const uint32_t len = p->text_len + !!(p->flags & LA_FIN);

	if ((p->flags & (LA_SYN | LA_RST | LA_ACK)) != LA_ACK || p->seq != tcb->rcv.nxt)
		return false;
	if (tcb->flags & (LA_TCB_EXT | LA_TCB_PROBING | LA_TCB_REPEAT))
		return false;
	if (len > fast->window[!!(tcb->flags & LA_TCB_WSCALE)])
		return false;
	if (!(tcb->flags & LA_TCB_TIMESTAMPS))
		return true;
	return (p->options & LA_OPT_TIMESTAMPS) && la_seq_geq(p->tsval, tcb->ts_recent);
}

/** True if it acknowledges only what was acknowledged before. Fifth, ESTABLISHED. */
static inline bool
la_tcp_acks_all_again(const struct la_tcb *tcb, const struct la_plain *p)
{
	return tcb->state == LA_ESTABLISHED && p->ack == tcb->snd.nxt && p->ack == tcb->snd.una;
}

/** True if it is only an ACK of our FIN. Fifth, LAST-ACK. */
static inline bool
la_tcp_acks_last_fin(const struct la_tcb *tcb, const struct la_plain *p)
{
	return tcb->state == LA_LAST_ACK && tcb->flags & LA_TCB_FIN_SENT &&
			p->ack == tcb->snd.nxt && p->text_len == 0 && !(p->flags & LA_FIN);
}

/** RFC 7323, 4.3 (2); SND.WND (3.10.7.4, fifth); and note that the peer was heard. */
static inline void
la_tcp_fast_note(struct la_tcb *tcb, const struct la_plain *p)
{
	if ((tcb->flags & (LA_TCB_TIMESTAMPS | LA_TCB_ACK_OWED)) == LA_TCB_TIMESTAMPS)
		tcb->ts_recent = p->tsval;
	tcb->snd_wnd = p->wnd;
	if (tcb->timer == LA_TIMER_CONFIRM || tcb->timer == LA_TIMER_IDLE ||
			tcb->timer == LA_TIMER_KEEPALIVE)
		tcb->timer = LA_TIMER_NONE;
}

/** Eighth: the FIN, in ESTABLISHED. The caller tells the service. */
static inline void
la_tcp_fast_fin(struct la_tcb *tcb)
{
	tcb->rcv.nxt++;
	la_tcp_owe_ack(tcb);
	tcb->state = LA_CLOSE_WAIT;
}

/** CLOSE after that FIN (3.10.4): la_tcp_close() in CLOSE-WAIT. */
static inline void
la_tcp_fast_close(struct la_tcb *tcb)
{
	tcb->flags |= LA_TCB_CLOSE;
	tcb->state = LA_LAST_ACK;
}

/** Seventh: text, after la_tcp_fast_note(). @return LA_OK or LA_DROP_NO_ROOM. */
enum la_tcp_reason la_tcp_fast_text(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_plain *p, uint64_t now_us, struct la_tcp_out *out);

/** Seventh, in ESTABLISHED: the service has taken all of the text. @p close: it has called CLOSE
 *  (3.10.4). */
static inline void
la_tcp_fast_taken(struct la_tcb *tcb, uint32_t len, bool close)
{
	tcb->rcv.nxt += len;
	if (close)
		tcb->state = LA_FIN_WAIT_1;
	tcb->flags |= LA_TCB_ACK_OWED | (close ? LA_TCB_CLOSE : 0);
}

/** Seventh: the service has taken @p taken of @p len octets. @return as above. */
enum la_tcp_reason la_tcp_fast_text_taken(const struct la_tcp_env *env, struct la_tcb *tcb,
		uint32_t len, uint32_t taken);

/** Only a bare ACK came: set the timer for what the connection waits for now. */
void la_tcp_fast_idle(const struct la_tcp_env *env, const struct la_tcp_fast *fast,
		struct la_tcb *tcb, uint64_t now_us);

/** The options agreed to with a timestamp cookie, as the control block stores them. */
struct la_tcp_agreed {
	uint32_t ts_recent;
	uint16_t flags;                 /**< LA_TCB_* */
	uint8_t snd_scale;
};

static inline struct la_tcp_agreed
la_tcp_fast_agreed(const struct la_tcp_negotiated *n)
{
	return (struct la_tcp_agreed){
		.flags = (uint16_t)(LA_TCB_TIMESTAMPS | (n->wscale ? LA_TCB_WSCALE : 0) |
				(n->sack ? LA_TCB_SACK : 0)),
		.snd_scale = n->snd_scale,
	};
}

/**
 * la_tcp_open_cookie(), and then the handshake's last ACK, without text or FIN (3.10.7.4, fifth,
 * SYN-RECEIVED): ESTABLISHED. See fast->opens_with. If fast->confirm, the caller sets the timer:
 * LA_TIMER_CONFIRM in params->confirm_us.
 *
 * @param agreed  Zero, if the cookie came without timestamps. ECN is not supported here.
 * @param born    la_tcp_birth()
 */
static inline void
la_tcp_fast_open(const struct la_tcp_fast *fast, struct la_tcb *tcb, uint32_t listener,
		const struct la_plain *p, uint32_t mss_class, struct la_tcp_agreed agreed,
		uint32_t born)
{
	/* So that the compiler omits masks for bits that cannot be set. */
	if (listener >= LA_TCB_LISTENERS || mss_class >= LA_MSS_CLASSES)
		__builtin_unreachable();
	*tcb = (struct la_tcb){
		.tuple = p->tuple, .listener = listener & (LA_TCB_LISTENERS - 1),
		.snd = { p->ack, p->ack }, .rcv = { p->seq }, .snd_wnd = p->wnd,
		.born = born & LA_BORN_MASK,
		.state = LA_ESTABLISHED,
		.timer = fast->confirm ? LA_TIMER_CONFIRM : LA_TIMER_NONE,
		.mss_low = mss_class & 0xf, .snd_scale = agreed.snd_scale & 0xf,
		.flags = agreed.flags, .ts_recent = agreed.ts_recent,
	};
}

/** True if it owes a bare ACK or its first FIN, and nothing else. */
static inline bool
la_tcp_owes_bare(const struct la_tcb *tcb)
{
	const uint32_t flags = tcb->flags;

	return tcb->state >= LA_ESTABLISHED && tcb->state < LA_TIME_WAIT &&
			!(flags & (LA_TCB_EXT | LA_TCB_REPEAT)) &&
			(flags & LA_TCB_ACK_OWED ||
			 (flags & (LA_TCB_CLOSE | LA_TCB_FIN_SENT)) == LA_TCB_CLOSE);
}

/** What la_tcp_output() would send for such a connection: SEG.SEQ and flags. */
static inline uint8_t
la_tcp_fast_output(struct la_tcb *tcb, uint32_t *seq)
{
	const uint32_t edge = tcb->snd.una + la_tcp_snd_wnd(tcb);

	tcb->flags &= ~LA_TCB_ACK_OWED;
	if ((tcb->flags & (LA_TCB_CLOSE | LA_TCB_FIN_SENT)) == LA_TCB_CLOSE) {
		*seq = tcb->snd.nxt++;
		tcb->flags |= LA_TCB_FIN_SENT;
		return LA_ACK | LA_FIN;
	}
	/* A number at which the peer accepts an ACK, as output_ack() chooses it. */
	*seq = la_seq_gt(tcb->snd.nxt, edge) ? edge : tcb->snd.nxt;
	return LA_ACK;
}

/** Kind of a segment to a connection that sent its FIN first. */
enum la_tcp_closing {
	LA_CLOSING_OTHER,
	LA_CLOSING_FIN_ACKED,           /**< It leads to FIN-WAIT-2, and nothing else. */
	LA_CLOSING_TIME_WAIT,           /**< It leads to TIME-WAIT. */
};

/**
 * Recognize the ACK of our FIN, or the peer's FIN with an ACK of ours, in order without text.
 *
 * In FIN-WAIT-1; the FIN also in FIN-WAIT-2. First: SEG.SEQ is RCV.NXT, and the FIN in the window.
 * Second and fourth: no RST, no SYN. Fifth: an ACK of all that we sent. RFC 7323, 5.3, R1. Only the
 * window of the extension block still matters; the ACK gives the block back.
 */
enum la_tcp_closing la_tcp_closing(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_plain *p);

/** Fifth: enter FIN-WAIT-2. @return octets of text newly acknowledged. */
uint32_t la_tcp_fast_fin_acked(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_plain *p, uint64_t now_us);

/** Fifth to eighth: enter TIME-WAIT. @p ext: NULL if none is held. @return as above. */
uint32_t la_tcp_fast_time_wait(struct la_tcb *tcb, const struct la_tcp_ext *ext,
		const struct la_plain *p);

/** la_tcp_release() after la_tcp_fast_time_wait(). */
static inline void
la_tcp_fast_release(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	if (!(tcb->flags & LA_TCB_EXT))
		return;
	if (__builtin_expect(la_tcp_ext(env, tcb)->stalled, 0)) {
		la_tcp_release(env, tcb);
		return;
	}
	tcb->flags &= ~LA_TCB_EXT;
	la_pool_give(env->exts, tcb->ext);
}

/**
 * True if it is in order, to a connection in ESTABLISHED or beyond, and only its ACK, text and FIN
 * have to be processed.
 *
 * First: SEG.SEQ is RCV.NXT, and all of the segment in the window. Second and fourth: no RST, no
 * SYN. RFC 7323, 5.3, R1.
 */
bool la_tcp_is_in_order(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_plain *p);

/** Fifth to eighth of such a segment, as la_tcp_segment_arrives() does them.
 *  @param out  Zero but for reply. */
enum la_tcp_reason la_tcp_fast_arrives(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_plain *p, uint64_t now_us, struct la_tcp_out *out);

/** The window field for SEG.ACK = RCV.NXT, with an extension block, which records it as offered. */
uint16_t la_tcp_fast_window(const struct la_tcp_env *env, const struct la_tcb *tcb,
		struct la_tcp_ext *ext);

/** A segment of text to be sent. */
struct la_tcp_fast_seg {
	struct la_tcp_ext *ext;         /**< The connection's extension block. */
	uint32_t seq, len;
	uint16_t wnd;
	uint8_t flags;
};

/**
 * la_tcp_output() of a connection with an extension block that has nothing in flight, if all queued
 * text is one segment that may be sent now; then nothing more is owed, and the timer is set.
 * @return false if that is not so; then nothing has changed.
 */
bool la_tcp_fast_text_output(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_fast_seg *seg);

/** The part of la_tcp_fast_sent() that is not inline. */
void la_tcp_fast_wait(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us);

/** The segment was sent and nothing more is owed: set the timer for what the connection waits for.
 *  Inline: a SYN or FIN that was not in flight before. */
static inline void
la_tcp_fast_sent(const struct la_tcp_env *env, const struct la_tcp_fast *fast,
		struct la_tcb *tcb, uint64_t now_us)
{
	if (__builtin_expect(tcb->snd.nxt == tcb->snd.una || tcb->timer == LA_TIMER_RETRANSMIT ||
			tcb->backoff != 0 || tcb->flags & LA_TCB_REPEATED, 0)) {
		la_tcp_fast_wait(env, tcb, now_us);
		return;
	}
	tcb->timer = LA_TIMER_RETRANSMIT;
	env->arm(env->user, tcb, now_us + fast->rto_us);
}

#endif
