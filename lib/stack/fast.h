/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_FAST_H
#define LA_STACK_FAST_H

/** @file
 * What the files of the fast path share.
 */
#include "stack_private.h"

/* Options, as they go on the wire. */
#define LA_NOP_NOP_TIMESTAMPS __builtin_bswap32(0x0101080a)
#define LA_SACK_TIMESTAMPS __builtin_bswap32(0x0402080a)
#define LA_NOP_NOP_SACK __builtin_bswap32(0x01010402)

/** Where a plain segment came from. */
static inline struct la_hop
la_fast_from(const struct la_plain *p)
{
	struct la_hop hop = { .tci = 0 };

	memcpy(&hop.mac, p->frame + 6, sizeof(hop.mac));
	return hop;
}

/** Where the answer to it goes. */
LA_INLINE uint64_t
la_fast_way(const struct la_burst *b, const struct la_plain *p, enum la_way_to to, bool v4)
{
	return la_link_way(&b->stack->link, &p->tuple.remote, p->frame + 6, to, b->now_us, v4,
			p->options & LA_PLAIN_NEAR);
}

/** An answer is owed to a segment whose numbers prove it. */
static inline void
la_fast_queue(const struct la_burst *b, const struct la_plain *p, const struct la_tcb *tcb,
		uint32_t handle)
{
	struct la_hop hop;
	uint64_t way;

	if (tcb->flags & LA_TCB_QUEUED)
		return;
	way = la_fast_way(b, p, LA_TO_PEER, !(p->options & LA_PLAIN_V6)) & LA_WAY_MAC;
	memcpy(&hop, &way, sizeof(hop));
	la_stack_queue(b->stack, handle, &hop);
}

/** What every segment of a connection has in its headers; SEG.ACK is RCV.NXT.
 *  @p local: the connection's, of IPv4 if @p v4. */
LA_INLINE void
la_fast_bare(struct la_bare *bare, const struct la_tcb *tcb, const struct la_addr *local,
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

/** The same of an answer to @p p, but for its numbers. */
LA_INLINE void
la_fast_answer(struct la_bare *bare, const struct la_plain *p, const uint64_t *way, bool v4)
{
	const uint32_t ports = la_load32(p->frame + (v4 ? LA_PLAIN_TCP_V4 : LA_PLAIN_TCP_V6));

	bare->mac = (const uint8_t *)way;
	bare->source = p->frame + (v4 ? LA_PLAIN_DEST_V4 : LA_PLAIN_DEST_V6);
	bare->dest = p->frame + (v4 ? LA_PLAIN_SOURCE_V4 : LA_PLAIN_SOURCE_V6);
	bare->ports = ports << 16 | ports >> 16;
	bare->text_len = 0;
}

/** Send it. Where the number of its options is constant there is no loop over them. */
LA_INLINE void
la_fast_send(struct la_stack *s, uint8_t *frame, const struct la_bare *bare, bool v4)
{
	s->io.send(s->io.user, v4 ? la_bare_ipv4(frame, &s->template, bare) :
			la_bare_ipv6(frame, &s->template, bare), true, 0);
}

/** Timestamps in a segment that is no SYN. */
LA_INLINE void
la_fast_timestamps(struct la_bare *bare, const struct la_tcb *tcb, uint32_t ts_offset,
		uint64_t now_us)
{
	bare->words = 3;
	bare->options[0] = LA_NOP_NOP_TIMESTAMPS;
	bare->options[1] = __builtin_bswap32((uint32_t)(now_us / 1000) + ts_offset);
	bare->options[2] = __builtin_bswap32(tcb->ts_recent);
}

/** The options of a segment that is no SYN and has no SACK blocks. */
LA_INLINE void
la_fast_options(struct la_bare *bare, const struct la_tcb *tcb, uint32_t ts_offset,
		uint64_t now_us)
{
	bare->words = 0;
	if (tcb->flags & LA_TCB_TIMESTAMPS)
		la_fast_timestamps(bare, tcb, ts_offset, now_us);
}

/** The bare ACK that answers @p p, of a connection that has nothing in flight: at SND.NXT. */
LA_INLINE void
la_fast_ack(struct la_stack *s, const struct la_tcb *tcb, const struct la_plain *p,
		const uint64_t *way, uint8_t *frame, uint32_t ts_offset, uint16_t wnd,
		uint64_t now_us, bool v4)
{
	struct la_bare bare;

	la_fast_answer(&bare, p, way, v4);
	bare.seq = tcb->snd.nxt;
	bare.ack = tcb->rcv.nxt;
	bare.wnd = wnd;
	bare.flags = LA_ACK;
	if (tcb->flags & LA_TCB_TIMESTAMPS) {
		la_fast_timestamps(&bare, tcb, ts_offset, now_us);
		la_fast_send(s, frame, &bare, v4);
		return;
	}
	bare.words = 0;
	la_fast_send(s, frame, &bare, v4);
}

/** The offset of its timestamps, which it has or offers. */
static inline uint32_t
la_fast_offset(const struct la_stack *s, const struct la_tcb *tcb, uint32_t handle)
{
	uint32_t offset;

	if (UNLIKELY(!la_stack_kept_offset(s, handle, &offset)))
		offset = s->env.ts_offset(s->env.user, tcb);
	return offset;
}

/** The same, if it has any. */
static inline uint32_t
la_fast_ts_offset(const struct la_stack *s, const struct la_tcb *tcb, uint32_t handle)
{
	return tcb->flags & LA_TCB_TIMESTAMPS ? la_fast_offset(s, tcb, handle) : 0;
}

#endif
