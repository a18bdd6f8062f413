/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Output: the queue of connections that owe output, and the frames built from their
 * segments. A place in the queue stores the next hop of the answer (la_way.h).
 */
#include "fast.h"

/* The queue is at most LA_QUEUE_MAX long. If it is full, nothing is lost: once
 * there is room again, all blocks are searched for connections that owe output. */
void
la_stack__queue(struct la_stack *s, uint32_t handle, const struct la_hop *hop)
{
	struct la_queue *q = &s->queue;
	struct la_owed *owed = &q->ring[(q->head + q->count) & q->mask];

	if (LA_UNLIKELY(q->count > q->mask)) {
		q->overflowed = true;
		q->cursor = 1;
		return;
	}
	q->count++;
	owed->handle = handle;
	owed->known = hop != NULL;
	if (hop != NULL)
		owed->hop = *hop;
	la_stack__tcb(s, handle)->flags |= LA_TCB_QUEUED;
}

/* Search up to @p budget blocks for connections that found the queue full. */
void
la_stack__requeue(struct la_stack *s, uint32_t budget)
{
	struct la_queue *q = &s->queue;

	while (q->overflowed && budget-- > 0 && q->count <= q->mask / 2) {
		const uint32_t handle = q->cursor++;
		const struct la_tcb *tcb = la_stack__tcb(s, handle);

		if (handle > s->tcbs.fresh)
			q->overflowed = false;
		else if (tcb->state != LA_CLOSED && !(tcb->flags & LA_TCB_QUEUED) &&
				la_tcp_owes(&s->env, tcb))
			la_stack__queue(s, handle, NULL);
	}
}

static void
count_sent(struct la_stack *s, const struct la_seg *seg)
{
	la_stack__count(s, LA_COUNT_TX_SEGMENTS);
	if (seg->len > 0)
		la_count_add(&s->counters.count[LA_COUNT_TX_TEXT_OCTETS], seg->len);
}

bool
la_stack__emit(struct la_stack *s, const struct la_path *path, const struct la_seg *seg)
{
	uint8_t *frame = s->io.frame(s->io.user);

	if (LA_UNLIKELY(frame == NULL)) {
		la_stack__count(s, LA_COUNT_TX_NO_FRAME);
		return false;
	}
	s->io.send(s->io.user, la_emit_tcp(frame, path, seg, s->params.offload), true,
			path->nic_tci);
	count_sent(s, seg);
	return true;
}

bool
la_stack__reply(struct la_stack *s, const struct la_rx *rx, const struct la_seg *seg,
		enum la_way_to to, uint64_t now_us)
{
	const struct la_hop hop = la_link_answer_hop(&s->link, &rx->source, &rx->from, to, now_us);
	struct la_path path = {
		.source = rx->dest, .dest = rx->source,
		.source_port = rx->dest_port, .dest_port = rx->source_port,
	};

	la_link_path(&s->link, &path, &hop.mac, hop.tci);
	return la_stack__emit(s, &path, seg);
}

/* Fill in a connection's path, without the next hop. */
static void
path_of(const struct la_stack *s, const struct la_tcb *tcb, struct la_path *path)
{
	path->source = la_address_at(&s->link.addresses, tcb->tuple.local);
	path->dest = tcb->tuple.remote;
	path->source_port = tcb->tuple.local_port;
	path->dest_port = tcb->tuple.remote_port;
}

static bool
path_to(struct la_stack *s, const struct la_tcb *tcb, const struct la_hop *hop,
		struct la_path *path, uint64_t now_us)
{
	struct la_hop found;

	path_of(s, tcb, path);
	if (LA_UNLIKELY(hop == NULL)) {
		if (!la_link_next_hop(&s->link, &tcb->tuple.remote, &found, now_us))
			return false;
		hop = &found;
	}
	la_link_path(&s->link, path, &hop->mac, hop->tci);
	return true;
}

void
la_stack__send_rst(struct la_stack *s, struct la_call *call, const struct la_seg *rst)
{
	struct la_path path;
	struct la_hop room;

	if (!path_to(s, call->tcb, la_stack__call_hop(s, call, &room), &path, call->now_us))
		la_stack__count(s, LA_COUNT_TX_NO_NEIGHBOUR);
	else if (la_stack__emit(s, &path, rst))
		la_stack__count(s, LA_COUNT_TX_RSTS);
}

enum turn {
	TURN_DONE,                      /* The connection owes nothing more. */
	TURN_OVER,                      /* It has sent as much as one turn allows. */
	TURN_NO_FRAME,
};

/* Build the frame of one segment and send it. */
static void
send_segment(struct la_stack *s, struct la_tcb *tcb, uint32_t handle, const struct la_path *path,
		const struct la_seg *seg, uint8_t *frame, uint64_t now_us)
{
	if (seg->len > 0)
		la_stack__fill(s, tcb, handle, seg, frame + la_tcp_text_offset(path, seg), now_us);
	s->io.send(s->io.user, la_emit_tcp(frame, path, seg, s->params.offload), true,
			path->nic_tci);
	count_sent(s, seg);
}

/*
 * One connection's turn. A frame is allocated before the core is asked, so that a segment
 * without a frame stays owed. If the next hop is unknown, the segments count as lost in
 * the network, and TCP retransmits them.
 */
static enum turn
take_turn(struct la_stack *s, struct la_tcb *tcb, uint32_t handle, const struct la_hop *hop,
		uint64_t now_us)
{
	struct la_path path;
	const bool known = path_to(s, tcb, hop, &path, now_us);

	for (uint32_t i = 0; i < LA_SEGMENTS_A_TURN; i++) {
		struct la_seg seg;
		uint8_t *frame = s->io.frame(s->io.user);

		/* If nothing more is owed, no frame is needed: la_tcp_output() sets the timer. */
		if (LA_UNLIKELY(frame == NULL) && la_tcp_owes(&s->env, tcb)) {
			la_stack__count(s, LA_COUNT_TX_NO_FRAME);
			return TURN_NO_FRAME;
		}
		if (!la_tcp_output(&s->env, tcb, now_us, &seg))
			return TURN_DONE;
		if (LA_LIKELY(known))
			send_segment(s, tcb, handle, &path, &seg, frame, now_us);
		else
			la_stack__count(s, LA_COUNT_TX_NO_NEIGHBOUR);
	}
	return TURN_OVER;
}

void
la_stack__send_owed(struct la_stack *s, struct la_call *call)
{
	struct la_hop room;

	if (call->tcb->flags & LA_TCB_ACK_OWED)
		take_turn(s, call->tcb, call->handle, la_stack__call_hop(s, call, &room),
				call->now_us);
}

static void
drop_first(struct la_queue *q)
{
	q->head = (q->head + 1) & q->mask;
	/* Restart at the front, whose cache lines are warm. */
	if (--q->count == 0)
		q->head = 0;
}

/* The connection closed while its block was in the queue: free the block now. */
static LA_COLD void
free_closed(struct la_stack *s, uint32_t handle, struct la_tcb *tcb)
{
	tcb->flags = 0;
	s->closed_queued--;
	la_pool_give(&s->tcbs, handle);
}

LA_INLINE void
send_bare(struct la_stack *s, struct la_tcb *tcb, const struct la_hop *hop, uint8_t *frame,
		uint32_t ts_offset, uint64_t now_us, bool v4, bool timestamps)
{
	const struct la_addr local = la_address_at(&s->link.addresses, tcb->tuple.local);
	struct la_bare bare;

	la_fast__bare(&bare, tcb, &local, hop->mac.b, v4);
	bare.wnd = s->tcp_fast.wnd[!!(tcb->flags & LA_TCB_WSCALE)];
	bare.words = 0;
	if (timestamps)
		la_fast__timestamps(&bare, tcb, ts_offset, now_us);
	bare.flags = la_tcp_fast_output(tcb, &bare.seq);
	la_fast__send(s, frame, &bare, v4);
}

/* Send what a connection owes, if that is one bare segment. Inline, as this is the usual case.
 * @return whether it was sent. */
LA_INLINE bool
fast_output(struct la_stack *s, struct la_tcb *tcb, const struct la_owed *owed,
		uint64_t now_us)
{
	const struct la_hop *hop = &owed->hop;
	const bool timestamps = tcb->flags & LA_TCB_TIMESTAMPS;
	uint32_t ts_offset = 0;
	uint8_t *frame;

	/* May need ECT and CWR, or ECE (RFC 3168). */
	if (LA_UNLIKELY(tcb->ecn != LA_TCB_ECN_NONE))
		return false;
	if (tcb->flags & LA_TCB_EXT)
		return la_stack__fast_text(s, tcb, owed, now_us);
	if (!la_tcp_owes_bare(tcb) || hop->tci != 0)
		return la_stack__fast_syn(s, tcb, owed, now_us);
	frame = s->io.frame(s->io.user);
	if (LA_UNLIKELY(frame == NULL))
		return false;
	if (timestamps)
		ts_offset = la_fast__offset(s, tcb, owed->handle);
	if (LA_LIKELY(la_addr_is_v4(&tcb->tuple.remote))) {
		if (LA_LIKELY(!timestamps))
			send_bare(s, tcb, hop, frame, ts_offset, now_us, true, false);
		else
			send_bare(s, tcb, hop, frame, ts_offset, now_us, true, true);
	} else {
		send_bare(s, tcb, hop, frame, ts_offset, now_us, false, timestamps);
	}
	la_stack__count(s, LA_COUNT_TX_SEGMENTS);
	la_tcp_fast_sent(&s->env, &s->tcp_fast, tcb, now_us);
	return true;
}

/* Serve the first in the queue; false if it must wait for a frame. Inline: it has one caller. */
LA_INLINE bool
serve_first(struct la_stack *s, uint64_t now_us)
{
	struct la_queue *q = &s->queue;
	const struct la_owed *first = &q->ring[q->head];
	struct la_tcb *tcb = la_stack__tcb(s, first->handle);
	struct la_owed owed;
	enum turn turn;

	if (LA_LIKELY(s->fast && first->known) &&
			fast_output(s, tcb, first, now_us)) {
		drop_first(q);
		tcb->flags &= ~LA_TCB_QUEUED;
		return true;
	}
	owed = *first;
	if (LA_UNLIKELY(tcb->state == LA_CLOSED)) {
		drop_first(q);
		free_closed(s, owed.handle, tcb);
		return true;
	}
	turn = take_turn(s, tcb, owed.handle, owed.known ? &owed.hop : NULL, now_us);
	if (turn == TURN_NO_FRAME)
		return false;
	drop_first(q);
	tcb->flags &= ~LA_TCB_QUEUED;
	/* The core sets the timer only when it owes nothing more, so queue the connection again. */
	if (turn == TURN_OVER)
		la_stack__queue(s, owed.handle, owed.known ? &owed.hop : NULL);
	return true;
}

/* Serve up to LA_BURST_MAX of the queue; false if one must wait for a frame. What depends only on
 * the tuple is computed for all first: while a block is queued it is not freed. */
static bool
serve_some(struct la_stack *s, uint32_t n, uint64_t now_us)
{
	bool served = true;

	if (LA_UNLIKELY(!la_stack__keeps_offsets(s)))
		la_stack__fast_offsets(s, n);
	for (uint32_t i = 0; i < n && served; i++)
		served = serve_first(s, now_us);
	return served;
}

bool
la_stack_output(struct la_stack *s, uint64_t now_us)
{
	uint32_t left = s->queue.count;

	/* Each connection gets one turn, so that none with much to send starves the others. */
	while (left > 0) {
		const uint32_t n = left < LA_BURST_MAX ? left : LA_BURST_MAX;

		if (!serve_some(s, n, now_us))
			break;
		left -= n;
	}
	return s->queue.count > 0 || s->queue.overflowed;
}
