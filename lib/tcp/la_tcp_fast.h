/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TCP_FAST_H
#define LA_TCP_FAST_H

/** @file
 * The segments that nearly every connection is made of, for the stack's fast path.
 *
 * Each function here is SEGMENT ARRIVES (RFC 9293, 3.10.7.4) for one kind of segment, with the
 * tests that this kind passes left out and what the others ask for done. la_tcp_is_next() says
 * whether a segment is of such a kind; it changes nothing. What la_tcp_segment_arrives() makes
 * of the same segment is the same, to the last bit of the block (tests/fuzz: fuzz_fast).
 */
#include "la_plain.h"
#include "la_tcp.h"

/** What the parameters of all connections come to. */
struct la_tcp_fast {
	uint32_t window[2];             /**< RCV.WND without a second block, in octets; */
	uint16_t wnd[2];                /**< and as it is offered. [1]: with window scale. */
	bool opens;                     /**< la_tcp_fast_open() may be used. */
	bool confirm;                   /**< A connection opened by a cookie has LA_TIMER_CONFIRM. */
	bool idle;                      /**< An idle connection has a timer. */
	uint8_t mss_most_class;         /**< Class of every MSS from mss_most on. */
	uint16_t mss_most;
	uint32_t rto_us;                /**< Of what was sent once, without a second block and
	                                     a SYN that was lost. */
};

void la_tcp_fast_init(struct la_tcp_fast *fast, const struct la_tcp_params *params);

/**
 * Is it the next segment of a connection without a second block, an ACK of all that we sent
 * or of all but our FIN, and with nothing about it that has to be answered?
 *
 * First: SEG.SEQ is RCV.NXT and the whole of it in the window. Second: no RST. Third is for
 * IP (D5). Fourth: no SYN. Fifth: the ACK field is the caller's, by state. Sixth: urgent data
 * is text (D2). RFC 7323, 5.3, R1: a timestamp if they were negotiated, and not an old one.
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

/** Does it acknowledge what was before already? Fifth, ESTABLISHED. */
static inline bool
la_tcp_acks_all_again(const struct la_tcb *tcb, const struct la_plain *p)
{
	return tcb->state == LA_ESTABLISHED && p->ack == tcb->snd.nxt && p->ack == tcb->snd.una;
}

/** Does it acknowledge our FIN, and is nothing more? Fifth, LAST-ACK. */
static inline bool
la_tcp_acks_last_fin(const struct la_tcb *tcb, const struct la_plain *p)
{
	return tcb->state == LA_LAST_ACK && tcb->flags & LA_TCB_FIN_SENT &&
			p->ack == tcb->snd.nxt && p->text_len == 0 && !(p->flags & LA_FIN);
}

/** RFC 7323, 4.3 (2); SND.WND (3.10.7.4, fifth); and the peer was heard. */
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

/** CLOSE after it (3.10.4): la_tcp_close() in CLOSE-WAIT. */
static inline void
la_tcp_fast_close(struct la_tcb *tcb)
{
	tcb->flags |= LA_TCB_CLOSE;
	tcb->state = LA_LAST_ACK;
}

/** Seventh: text, after la_tcp_fast_note(). @return LA_OK or LA_DROP_NO_ROOM. */
enum la_tcp_reason la_tcp_fast_text(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_plain *p, uint64_t now_us, struct la_tcp_out *out);

/** A bare ACK was all: what the connection waits for now. */
void la_tcp_fast_idle(const struct la_tcp_env *env, const struct la_tcp_fast *fast,
		struct la_tcb *tcb, uint64_t now_us);

/**
 * la_tcp_open_cookie(), and then the handshake's last ACK, without text or FIN (3.10.7.4,
 * fifth, SYN-RECEIVED): ESTABLISHED. Only if fast->opens. The timer, if fast->confirm, is
 * the caller's to set: LA_TIMER_CONFIRM in params->confirm_us.
 */
static inline void
la_tcp_fast_open(const struct la_tcp_fast *fast, struct la_tcb *tcb, uint32_t listener,
		const struct la_plain *p, uint8_t mss_class, uint64_t now_us)
{
	enum { BIRTH_SHIFT = 20 };

	*tcb = (struct la_tcb){
		.tuple = p->tuple, .listener = (uint16_t)listener,
		.snd = { p->ack, p->ack }, .rcv = { p->seq }, .snd_wnd = p->wnd,
		.born = (uint16_t)(now_us >> BIRTH_SHIFT),
		.state = LA_ESTABLISHED,
		.timer = fast->confirm ? LA_TIMER_CONFIRM : LA_TIMER_NONE,
		.mss_class = mss_class & 0xf,
	};
}

/** And what was agreed to, if the cookie came with timestamps. */
static inline void
la_tcp_fast_negotiated(struct la_tcb *tcb, const struct la_plain *p,
		const struct la_tcp_negotiated *n)
{
	tcb->ts_recent = p->tsval;
	tcb->snd_scale = n->snd_scale & 0xf;
	tcb->flags = LA_TCB_TIMESTAMPS | (n->wscale ? LA_TCB_WSCALE : 0) |
			(n->sack ? LA_TCB_SACK : 0);
}

/** Does it owe a bare ACK or its first FIN, and nothing besides? */
static inline bool
la_tcp_owes_bare(const struct la_tcb *tcb)
{
	const uint32_t flags = tcb->flags;

	return tcb->state >= LA_ESTABLISHED && tcb->state < LA_TIME_WAIT &&
			!(flags & (LA_TCB_EXT | LA_TCB_REPEAT)) &&
			(flags & LA_TCB_ACK_OWED ||
			 (flags & (LA_TCB_CLOSE | LA_TCB_FIN_SENT)) == LA_TCB_CLOSE);
}

/** What la_tcp_output() would say of such a connection: SEG.SEQ and flags. */
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

/** The rest of la_tcp_fast_sent(). */
void la_tcp_fast_wait(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us);

/** It was sent, and nothing more is owed: what the connection waits for now. In line is what
 *  a SYN or FIN waits for that was not in flight before. */
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
