/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_FAST_H
#define LA_STACK_FAST_H

/** @file
 * The fast path: what its files share, and its interface to the rest of the stack.
 */
#include "stack_private.h"

/** A burst on its fast path. */
struct la_burst {
	struct la_stack *stack;
	const struct la_plain *read;    /**< read[i] is frame i. */
	uint64_t now_us;
	uint32_t born;                  /**< la_tcp_birth() of now_us. */
	uint32_t added;                 /**< flow.added after the last flow that is marked. */
	uint64_t opened;                /**< Marks of flows added since the burst was looked up. */
	uint32_t syns, opens, refused, lasts, ok; /**< Added to the counters after the burst. */
	struct la_cookie_burst cookies[2];      /**< IPv6, IPv4. */
};

enum { LA_NO_COOKIE = 0xff };

/** The bit of a flow in la_burst.opened. */
static inline uint64_t
la_burst__mark(uint32_t hash)
{
	return UINT64_C(1) << (hash & 63);
}

/* fast.c: plain segments, each finished or left untouched. */
/** Convert a plain segment to the form that the general path takes. */
void la_stack__rx_of(const struct la_stack *stack, const struct la_plain *p, struct la_rx *rx);
/** Process a segment of no connection. @p cookie: its number among the burst's cookies, or
 *  LA_NO_COOKIE. @return whether the segment is finished. */
bool la_stack__fast_listen(struct la_burst *burst, const struct la_plain *p, uint32_t cookie);
/** Process a segment of a connection. */
bool la_stack__fast_segment(struct la_burst *burst, const struct la_plain *p, uint32_t handle);
/** Text in order to a connection in ESTABLISHED that the service knows of and that has no
 *  extension block; the service gets one if it sends (fast_text.c). */
enum la_tcp_reason la_stack__fast_data(struct la_burst *burst, const struct la_plain *p,
		struct la_tcb *tcb, uint32_t handle);
/** Process a segment of a connection that has an extension block, has text or a FIN in flight, or
 *  has received the peer's FIN (fast_text.c). */
bool la_stack__fast_second(struct la_burst *burst, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle);
/** Send what a connection with an extension block owes, if that is one segment of text
 *  (fast_text.c). @return whether it was sent. */
bool la_stack__fast_text(struct la_stack *stack, struct la_tcb *tcb, const struct la_owed *owed,
		uint64_t now_us);
/** Cache the timestamp offsets that output.c's fast path will need for the next @p n in the
 *  queue, if they are not cached yet (fast_offsets.c). */
void la_stack__fast_offsets(struct la_stack *stack, uint32_t n);

/* fast_active.c: active opens. A function that returns false has changed nothing. */
/** la_stack_prepare() with ISNs and timestamp offsets. */
void la_stack__fast_prepare(const struct la_stack *stack, struct la_stack_opening *openings,
		uint32_t n);
/** Active OPEN; @p handle is written. */
bool la_stack__fast_connect(struct la_stack *stack, const struct la_stack_opening *opening,
		uint16_t listener, uint64_t now_us, uint32_t *handle);
/** Send a SYN that is owed. */
bool la_stack__fast_syn(struct la_stack *stack, struct la_tcb *tcb, const struct la_owed *owed,
		uint64_t now_us);
/** Process a segment with a SYN, of a connection. */
bool la_stack__fast_syn_ack(struct la_burst *burst, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle);

/* Options, as they go on the wire. */
#define LA_NOP_NOP_TIMESTAMPS __builtin_bswap32(0x0101080a)
#define LA_SACK_TIMESTAMPS __builtin_bswap32(0x0402080a)
#define LA_NOP_NOP_SACK __builtin_bswap32(0x01010402)

/** Whether a segment carries timestamps and we agree to them. */
static inline bool
la_fast__uses_timestamps(const struct la_stack *stack, const struct la_plain *p)
{
	return p->options & stack->fast_options & LA_OPT_TIMESTAMPS;
}

/** Where a plain segment came from. */
static inline struct la_hop
la_fast__from(const struct la_plain *p)
{
	const uint64_t word = la_load64(p->frame + 6) & LA_WAY_MAC;
	struct la_hop hop;

	memcpy(&hop, &word, sizeof(hop));
	return hop;
}

/** Where the answer to a plain segment goes. */
LA_INLINE uint64_t
la_fast__way(const struct la_burst *b, const struct la_plain *p, enum la_way_to to, bool v4)
{
	return la_link_way(&b->stack->link, &p->tuple.remote, p->frame + 6, to, b->now_us, v4,
			p->options & LA_PLAIN_NEAR);
}

/** Queue the answer to a segment whose numbers prove that the peer sent it. */
static inline void
la_fast__queue(const struct la_burst *b, const struct la_plain *p, const struct la_tcb *tcb,
		uint32_t handle)
{
	struct la_hop hop;
	uint64_t way;

	if (tcb->flags & LA_TCB_QUEUED)
		return;
	way = la_fast__way(b, p, LA_TO_PEER, !(p->options & LA_PLAIN_V6)) & LA_WAY_MAC;
	memcpy(&hop, &way, sizeof(hop));
	la_stack__queue(b->stack, handle, &hop);
}

/** Fill in the header fields that all segments of a connection share; SEG.ACK is RCV.NXT.
 *  @p local: the connection's local address, IPv4 if @p v4. */
LA_INLINE void
la_fast__bare(struct la_bare *bare, const struct la_tcb *tcb, const struct la_addr *local,
		const uint8_t *mac, bool v4)
{
	const uint32_t from = v4 ? 12 : 0;

	bare->mac = mac;
	bare->source = local->b + from;
	bare->dest = tcb->tuple.remote.b + from;
	bare->ports = __builtin_bswap32((uint32_t)tcb->tuple.local_port << 16 |
			tcb->tuple.remote_port);
	bare->ack = tcb->rcv.nxt;
	bare->text_len = 0;
}

/** The same for an answer to @p p, without SEQ and ACK. */
LA_INLINE void
la_fast__answer(struct la_bare *bare, const struct la_plain *p, const uint64_t *way, bool v4)
{
	const uint32_t ports = la_load32(p->frame + (v4 ? LA_PLAIN_TCP_V4 : LA_PLAIN_TCP_V6));

	bare->mac = (const uint8_t *)way;
	bare->source = p->frame + (v4 ? LA_PLAIN_DEST_V4 : LA_PLAIN_DEST_V6);
	bare->dest = p->frame + (v4 ? LA_PLAIN_SOURCE_V4 : LA_PLAIN_SOURCE_V6);
	bare->ports = ports << 16 | ports >> 16;
	bare->text_len = 0;
}

/** Send it. If the number of its option words is a constant, there is no loop over them. */
LA_INLINE void
la_fast__send(struct la_stack *s, uint8_t *frame, const struct la_bare *bare, bool v4)
{
	s->io.send(s->io.user, v4 ? la_bare_ipv4(frame, &s->template, bare) :
			la_bare_ipv6(frame, &s->template, bare), true, 0);
}

/** Timestamps in a segment without SYN. */
LA_INLINE void
la_fast__timestamps(struct la_bare *bare, const struct la_tcb *tcb, uint32_t ts_offset,
		uint64_t now_us)
{
	bare->words = 3;
	bare->options[0] = LA_NOP_NOP_TIMESTAMPS;
	bare->options[1] = __builtin_bswap32((uint32_t)(now_us / 1000) + ts_offset);
	bare->options[2] = __builtin_bswap32(tcb->ts_recent);
}

/** The options of a segment without SYN and without SACK blocks. */
LA_INLINE void
la_fast__options(struct la_bare *bare, const struct la_tcb *tcb, uint32_t ts_offset,
		uint64_t now_us)
{
	bare->words = 0;
	if (tcb->flags & LA_TCB_TIMESTAMPS)
		la_fast__timestamps(bare, tcb, ts_offset, now_us);
}

/** Send the bare ACK that answers @p p; the connection has nothing in flight: SEQ is SND.NXT. */
LA_INLINE void
la_fast__ack(struct la_stack *s, const struct la_tcb *tcb, const struct la_plain *p,
		const uint64_t *way, uint8_t *frame, uint32_t ts_offset, uint16_t wnd,
		uint64_t now_us, bool v4)
{
	struct la_bare bare;

	la_fast__answer(&bare, p, way, v4);
	bare.seq = tcb->snd.nxt;
	bare.ack = tcb->rcv.nxt;
	bare.wnd = wnd;
	bare.flags = LA_ACK;
	if (tcb->flags & LA_TCB_TIMESTAMPS) {
		la_fast__timestamps(&bare, tcb, ts_offset, now_us);
		la_fast__send(s, frame, &bare, v4);
		return;
	}
	bare.words = 0;
	la_fast__send(s, frame, &bare, v4);
}

/** The timestamp offset of a connection that uses or offers timestamps. */
static inline uint32_t
la_fast__offset(const struct la_stack *s, const struct la_tcb *tcb, uint32_t handle)
{
	uint32_t offset;

	if (LA_UNLIKELY(!la_stack__kept_offset(s, handle, &offset)))
		offset = s->env.ts_offset(s->env.user, tcb);
	return offset;
}

/** The same; 0 if the connection does not use timestamps. */
static inline uint32_t
la_fast__ts_offset(const struct la_stack *s, const struct la_tcb *tcb, uint32_t handle)
{
	return tcb->flags & LA_TCB_TIMESTAMPS ? la_fast__offset(s, tcb, handle) : 0;
}

#endif
