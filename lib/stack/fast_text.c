/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fast path of text, and of connections that have an extension block. As in fast.c, each
 * function changes nothing until it knows that it can finish.
 *
 *   text in order                       given to the service
 *   one segment of text owed            sent, with our FIN if that ends it
 *   FIN in order in FIN-WAIT            acknowledged; a TIME-WAIT record takes the block's place
 *   ACK of our FIN in FIN-WAIT-1        FIN-WAIT-2; the extension block goes back
 *   all else in order                   the steps of RFC 9293, without tests already passed
 */
#include "fast.h"

/* Text followed by a FIN: the service hears of both. */
static LA_COLD enum la_tcp_reason
deliver_text_and_fin(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_hop from = la_fast__from(p);
	enum la_tcp_reason reason;
	struct la_call call;

	la_stack__call_begin(s, &call, handle, &from, b->now_us);
	call.to = LA_TO_PEER;
	reason = la_tcp_fast_text(&s->env, tcb, p, b->now_us, &call.out);
	if (LA_UNLIKELY(reason != LA_OK) && tcb->flags & LA_TCB_EXT && tcb->state != LA_CLOSED)
		la_stack__room(s, &call);
	la_stack__call_end(s, &call);
	return reason;
}

/* The service did not take all of the text, or aborts the connection. */
static LA_COLD enum la_tcp_reason
act_at_text(struct la_burst *b, const struct la_plain *p, uint32_t handle, struct la_conn *conn,
		uint32_t taken)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[la_stack__tcb(s, handle)->listener];
	const struct la_hop from = la_fast__from(p);
	enum la_tcp_reason reason;
	struct la_call call;

	if (conn->full)
		taken += la_stack__data_again(s, bound, conn, p->frame + p->text_at + taken,
				p->text_len - taken);
	la_count_add(&s->counters.count[LA_COUNT_RX_TEXT_OCTETS], taken);
	la_stack__call_begin(s, &call, handle, &from, b->now_us);
	call.to = LA_TO_PEER;
	if (la_stack__apply(s, &call, conn))
		la_stack__room(s, &call);
	reason = la_tcp_fast_text_taken(&s->env, call.tcb, p->text_len, taken);
	if (reason != LA_OK && call.tcb->flags & LA_TCB_EXT && call.tcb->state != LA_CLOSED)
		la_stack__room(s, &call);
	la_stack__call_end(s, &call);
	return reason;
}

/* If there is an extension block, SEND has just allocated it: the whole window is offered already,
 * so room is only stored, and no window update is needed. */
static inline void
ask_for_room(struct la_stack *s, const struct la_bound *bound, struct la_tcb *tcb,
		struct la_conn *conn)
{
	struct la_tcp_ext *ext = tcb->flags & LA_TCB_EXT ? la_tcp_ext(&s->env, tcb) : NULL;
	uint32_t room;

	conn->unsent = ext != NULL ? ext->end - tcb->snd.una : 0;
	conn->send = 0;
	conn->close = false;
	room = bound->ops->room(bound->service, conn);
	if (LA_LIKELY(ext != NULL))
		ext->room = room;
	else
		la_tcp_set_room(&s->env, tcb, room);
}

/* Seventh. The service's requests are applied in the order of la_stack__deliver(). */
enum la_tcp_reason
la_stack__fast_data(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_conn conn = { .now_us = b->now_us, .id = handle, .word = tcb->word };
	uint32_t taken;
	bool close;

	if (LA_UNLIKELY(p->flags & LA_FIN))
		return deliver_text_and_fin(b, p, tcb, handle);
	taken = bound->ops->data(bound->service, &conn, p->frame + p->text_at, p->text_len);
	if (LA_UNLIKELY(taken < p->text_len || conn.abort))
		return act_at_text(b, p, handle, &conn, taken);
	la_count_add(&s->counters.count[LA_COUNT_RX_TEXT_OCTETS], taken);
	close = conn.close;
	tcb->word = conn.word;
	if (conn.send > 0 && LA_UNLIKELY(!la_tcp_send(&s->env, tcb, conn.send, b->now_us)))
		la_stack__count(s, LA_COUNT_NO_SENDER);
	if (bound->ops->room != NULL)
		ask_for_room(s, bound, tcb, &conn);
	la_tcp_fast_taken(tcb, taken, close);
	if (close)
		la_stack__moved(s, LA_ESTABLISHED, LA_FIN_WAIT_1);
	la_fast__queue(b, p, tcb, handle);
	return LA_OK;
}

/* Write the text into its place, then the headers before it. */
LA_INLINE void
send_text(struct la_stack *s, struct la_tcb *tcb, const struct la_owed *owed,
		const struct la_tcp_fast_seg *seg, uint8_t *frame, uint64_t now_us, bool v4)
{
	const struct la_addr local = la_address_at(&s->link.addresses, tcb->tuple.local);
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_conn conn = { .now_us = now_us, .id = owed->handle,
		.word = seg->ext->word, .unsent = seg->len };
	struct la_bare bare;

	la_fast__bare(&bare, tcb, &local, owed->hop.mac.b, v4);
	la_fast__options(&bare, tcb, seg->ext->ts_offset, now_us);
	bare.seq = seg->seq;
	bare.wnd = seg->wnd;
	bare.flags = seg->flags;
	bare.text_len = seg->len;
	bound->ops->fill(bound->service, &conn, 0, frame + (v4 ? LA_PLAIN_TCP_V4 :
			LA_PLAIN_TCP_V6) + la_bare_header_len(&bare), seg->len);
	seg->ext->word = conn.word;
	la_fast__send(s, frame, &bare, v4);
}

bool
la_stack__fast_text(struct la_stack *s, struct la_tcb *tcb, const struct la_owed *owed,
		uint64_t now_us)
{
	const bool v4 = la_addr_is_v4(&tcb->tuple.remote);
	struct la_tcp_fast_seg seg;
	uint8_t *frame;

	if (owed->hop.tci != 0)
		return false;
	frame = s->io.frame(s->io.user);
	if (LA_UNLIKELY(frame == NULL) || !la_tcp_fast_text_output(&s->env, tcb, now_us, &seg))
		return false;
	if (LA_LIKELY(v4))
		send_text(s, tcb, owed, &seg, frame, now_us, true);
	else
		send_text(s, tcb, owed, &seg, frame, now_us, false);
	la_stack__count(s, LA_COUNT_TX_SEGMENTS);
	la_count_add(&s->counters.count[LA_COUNT_TX_TEXT_OCTETS], seg.len);
	return true;
}

/* Send the ACK of the peer's FIN. If no frame is free, the record answers the repeated FIN. */
static inline void
send_last_ack(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle, struct la_tcp_ext *ext)
{
	struct la_stack *s = b->stack;
	const uint16_t wnd = s->tcp_fast.wnd[!!(tcb->flags & LA_TCB_WSCALE)];
	const uint64_t way = la_fast__way(b, p, LA_TO_PEER, !(p->options & LA_PLAIN_V6));
	uint8_t *frame = s->io.frame(s->io.user);
	uint32_t ts_offset;

	if (LA_UNLIKELY(frame == NULL)) {
		la_stack__count(s, LA_COUNT_TX_NO_FRAME);
		return;
	}
	ts_offset = ext != NULL ? ext->ts_offset : la_fast__ts_offset(s, tcb, handle);
	if (LA_LIKELY(!(p->options & LA_PLAIN_V6)))
		la_fast__ack(s, tcb, p, &way, frame, ts_offset, ext != NULL ?
				la_tcp_fast_window(&s->env, tcb, ext) : wnd, b->now_us, true);
	else
		la_fast__ack(s, tcb, p, &way, frame, ts_offset, ext != NULL ?
				la_tcp_fast_window(&s->env, tcb, ext) : wnd, b->now_us, false);
	la_stack__count(s, LA_COUNT_TX_SEGMENTS);
}

/* @return false if the service aborts the connection: then there is no TIME-WAIT. SEND and
 * CLOSE have no effect any more. */
static inline bool
tell_acked(const struct la_bound *bound, struct la_tcp_ext *ext, struct la_conn *conn,
		uint32_t acked)
{
	bound->ops->acked(bound->service, conn, acked);
	if (LA_UNLIKELY(conn->abort))
		return false;
	if (bound->ops->room == NULL)
		return true;
	conn->send = 0;
	conn->close = false;
	/* For the window in the last ACK. */
	ext->room = bound->ops->room(bound->service, conn);
	return true;
}

/* Free the block: the table has a record instead or, if @p given_up, still the block. */
static inline void
end_block(struct la_stack *s, const struct la_plain *p, struct la_tcb *tcb,
		const struct la_bound *bound, struct la_conn *conn, bool given_up)
{
	const uint32_t handle = conn->id;

	la_stack__count(s, LA_COUNT_CLOSED);
	la_uncount(&s->listener_counters[tcb->listener].open);
	conn->send = 0;
	conn->close = conn->abort = false;
	if (bound->ops->end != NULL)
		bound->ops->end(bound->service, conn, LA_END_BY_CLOSED);
	la_tcp_fast_release(&s->env, tcb);
	if (LA_UNLIKELY(given_up))
		la_flow_remove(&s->flow, p->hash, handle);
	la_stack__give(s, handle, tcb);
}

/* Fifth: our FIN is acknowledged, FIN-WAIT-2; eighth: TIME-WAIT. The order is that of
 * la_stack__call_end(). */
static inline void
take_last_fin(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb, uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_tcp_ext *ext = tcb->flags & LA_TCB_EXT ? la_tcp_ext(&s->env, tcb) : NULL;
	struct la_conn conn = { .now_us = b->now_us, .id = handle,
		.word = ext != NULL ? ext->word : tcb->word };
	const unsigned int before = tcb->state;
	const uint32_t acked = la_tcp_fast_time_wait(tcb, ext, p);
	bool lasts = true;

	b->ok++;
	/* acked > 0: text was sent, so there is an extension block. */
	if (acked > 0 && bound->ops->acked != NULL)
		lasts = tell_acked(bound, ext, &conn, acked);
	la_uncount(&s->counters.state[before]);
	if (LA_LIKELY(lasts)) {
		send_last_ack(b, p, tcb, handle, ext);
		la_stack__time_wait_enter(s, handle, p->hash, b->now_us);
	}
	end_block(s, p, tcb, bound, &conn, !lasts);
}

/* The service aborts the connection when its text is acknowledged. */
static LA_COLD void
act_at_ack(struct la_burst *b, const struct la_plain *p, uint32_t handle,
		const struct la_conn *conn)
{
	const struct la_hop from = la_fast__from(p);
	struct la_call call;

	la_stack__call_begin(b->stack, &call, handle, &from, b->now_us);
	call.to = LA_TO_PEER;
	call.before = LA_FIN_WAIT_1;
	la_stack__apply(b->stack, &call, conn);
	la_stack__call_settle(b->stack, &call);
}

/* Fifth: our FIN is acknowledged, FIN-WAIT-2. SEND and CLOSE have no effect any more. */
static void
take_fin_acked(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb, uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[tcb->listener];
	const uint32_t acked = la_tcp_fast_fin_acked(&s->env, tcb, p, b->now_us);
	struct la_conn conn = { .now_us = b->now_us, .id = handle, .word = tcb->word };

	b->ok++;
	if (acked > 0 && bound->ops->acked != NULL) {
		bound->ops->acked(bound->service, &conn, acked);
		if (LA_UNLIKELY(conn.abort)) {
			act_at_ack(b, p, handle, &conn);
			return;
		}
		tcb->word = conn.word;
		conn.send = 0;
		conn.close = false;
		if (bound->ops->room != NULL)
			la_tcp_set_room(&s->env, tcb, bound->ops->room(bound->service, &conn));
	}
	la_stack__moved(s, LA_FIN_WAIT_1, LA_FIN_WAIT_2);
}

/* Any other segment in order: as la_stack__segment(). */
static void
take_in_order(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb, uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_hop from = la_fast__from(p);
	enum la_tcp_reason reason;
	struct la_call call;

	la_stack__call_begin(s, &call, handle, &from, b->now_us);
	call.to = la_stack__is_proof(tcb, p->seq, p->ack, p->flags) ? LA_TO_PEER :
			LA_TO_STRANGER;
	reason = la_tcp_fast_arrives(&s->env, tcb, p, b->now_us, &call.out);
	if (LA_UNLIKELY(reason != LA_OK) && tcb->flags & LA_TCB_EXT && tcb->state != LA_CLOSED)
		la_stack__room(s, &call);
	la_stack__call_end(s, &call);
	la_stack__reason(s, reason);
}

bool
la_stack__fast_second(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle)
{
	struct la_stack *s = b->stack;

	switch (la_tcp_closing(&s->env, tcb, p)) {
	case LA_CLOSING_TIME_WAIT:
		take_last_fin(b, p, tcb, handle);
		return true;
	case LA_CLOSING_FIN_ACKED:
		take_fin_acked(b, p, tcb, handle);
		return true;
	case LA_CLOSING_OTHER:
		break;
	}
	/* If no extension block is free, a segment may have to wait (connection.c). */
	if (!la_tcp_is_in_order(&s->env, tcb, p) ||
			(la_pool_left(&s->exts) == 0 && !(tcb->flags & LA_TCB_EXT)))
		return false;
	take_in_order(b, p, tcb, handle);
	return true;
}
