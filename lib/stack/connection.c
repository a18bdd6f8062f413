/* SPDX-License-Identifier: BSD-3-Clause */
/* Control blocks, and what must be done after a call of the TCP core. */
#include "stack_private.h"

/* Allocate a block: in CLOSED, with its tuple; LA_NONE if all are in use. */
uint32_t
la_stack__take(struct la_stack *s, const struct la_tuple *tuple, uint32_t listener)
{
	const uint32_t handle = la_pool_take(&s->tcbs);
	struct la_tcb *tcb;

	if (LA_UNLIKELY(handle == LA_NONE)) {
		la_stack__count(s, LA_COUNT_TABLE_FULL);
		return LA_NONE;
	}
	tcb = la_stack__tcb(s, handle);
	*tcb = (struct la_tcb){ .tuple = *tuple,
		.listener = listener & (LA_TCB_LISTENERS - 1) };
	la_stack__keep_offset(s, handle, LA_NONE, 0);
	s->offsets.lacking = true;
	return handle;
}

/*
 * Free a block that is no longer in the table. A block in the output queue
 * stays allocated, in CLOSED, until its turn comes: so a place in the queue
 * never names a later connection.
 */
void
la_stack__give(struct la_stack *s, uint32_t handle, struct la_tcb *tcb)
{
	/* Code that walks through all blocks sees by this that the block is free. */
	tcb->state = LA_CLOSED;
	la_timer_cancel(&s->wheel, handle);
	if (tcb->flags & LA_TCB_QUEUED)
		s->closed_queued++;
	else
		la_pool_give(&s->tcbs, handle);
}

/* Allocate a block and add it to the table; LA_NONE, counted, if there is no room. */
uint32_t
la_stack__add_flow(struct la_stack *s, const struct la_tuple *tuple, uint32_t hash,
		uint32_t listener)
{
	const uint32_t handle = la_stack__take(s, tuple, listener);

	if (LA_UNLIKELY(handle == LA_NONE))
		return LA_NONE;
	if (LA_UNLIKELY(!la_flow_insert(&s->flow, hash, handle))) {
		la_stack__give(s, handle, la_stack__tcb(s, handle));
		la_stack__count(s, LA_COUNT_TABLE_FULL);
		return LA_NONE;
	}
	return handle;
}

void
la_stack__call_begin(struct la_stack *s, struct la_call *call, uint32_t handle,
		const struct la_hop *from, uint64_t now_us)
{
	struct la_tcb *tcb = la_stack__tcb(s, handle);

	call->tcb = tcb;
	call->handle = handle;
	call->from = from;
	call->to = LA_TO_STRANGER;
	call->hop = NULL;
	call->now_us = now_us;
	call->acked_told = 0;
	call->before = tcb->state;
	call->opened = tcb->state >= LA_ESTABLISHED;
	call->out.events = call->abort.events = 0;
	call->out.acked = 0;
}

const struct la_hop *
la_stack__call_hop(struct la_stack *s, const struct la_call *call, struct la_hop *room)
{
	if (call->from == NULL)
		return call->hop;
	*room = la_link_answer_hop(&s->link, &call->tcb->tuple.remote, call->from, call->to,
			call->now_us);
	return room;
}

static void
count_end(struct la_stack *s, enum la_end why)
{
	static const uint8_t counts[] = {
		[LA_END_BY_CLOSED] = LA_COUNT_CLOSED,
		[LA_END_BY_RESET] = LA_COUNT_RESET,
		[LA_END_BY_ABORTED] = LA_COUNT_ABORTED,
		[LA_END_BY_TIMED_OUT] = LA_COUNT_TIMED_OUT,
		[LA_END_BY_REFUSED] = LA_COUNT_REFUSED,
	};

	la_stack__count(s, counts[why]);
}

static enum la_end
why_ended(uint32_t events)
{
	if (events & (LA_EV_CLOSED | LA_EV_TIME_WAIT))
		return LA_END_BY_CLOSED;
	/* Before ABORTED: a connection that timed out is aborted, too. */
	if (events & LA_EV_TIMED_OUT)
		return LA_END_BY_TIMED_OUT;
	if (events & LA_EV_ABORTED)
		return LA_END_BY_ABORTED;
	if (events & LA_EV_REFUSED)
		return LA_END_BY_REFUSED;
	/* CLOSE in SYN-SENT (3.10.4) has no event of its own. */
	return events & LA_EV_RESET ? LA_END_BY_RESET : LA_END_BY_ABORTED;
}

/* The service never heard of a passive open that failed, so it gets no end(). */
static void
tell_end(struct la_stack *s, struct la_call *call, uint32_t events)
{
	const enum la_end why = why_ended(events);

	if (!call->opened && !(call->tcb->flags & LA_TCB_ACTIVE))
		return;
	count_end(s, why);
	la_stack__end(s, call, why);
}

static void
finish_closed(struct la_stack *s, struct la_call *call, uint32_t events)
{
	struct la_tcb *tcb = call->tcb;

	tell_end(s, call, events);
	la_tcp_release(&s->env, tcb);
	la_flow_remove(&s->flow, la_flow_hash(&s->flow, &tcb->tuple), call->handle);
	la_stack__give(s, call->handle, tcb);
}

/* Send the ACK of the last FIN from the block, before the record replaces the block. */
static void
enter_time_wait(struct la_stack *s, struct la_call *call, uint32_t events)
{
	la_stack__send_owed(s, call);
	la_stack__time_wait_enter(s, call->handle, la_flow_hash(&s->flow, &call->tcb->tuple),
			call->now_us);
	tell_end(s, call, events);
	la_tcp_release(&s->env, call->tcb);
	la_stack__give(s, call->handle, call->tcb);
}

enum { CHALLENGE_PAUSE_MS = 500 };

/* Find a place for the next challenge of a connection. NULL: it had a challenge lately (@p had is
 * true), or no place is free. */
static struct la_challenged *
challenge_place(struct la_stack *s, uint32_t hash, uint32_t now_ms, bool *had)
{
	struct la_challenged *set = s->challenged[hash % LA_CHALLENGED_SETS], *free = NULL;

	*had = false;
	for (uint32_t i = 0; i < LA_CHALLENGED_WAYS; i++) {
		/* In use: again_ms is 1 to PAUSE ahead. The clock may have wrapped since. */
		if (set[i].again_ms - now_ms - 1 >= CHALLENGE_PAUSE_MS) {
			free = &set[i];
		} else if (set[i].hash == hash) {
			*had = true;
			return NULL;
		}
	}
	return free;
}

static bool
count_challenge(struct la_stack *s, bool may)
{
	la_stack__count(s, may ? LA_COUNT_CHALLENGES : LA_COUNT_CHALLENGES_LIMITED);
	return may;
}

/* May a challenge ACK be sent (RFC 5961, 7)? A connection gets one per half second. @p hash: of
 * its tuple; @p source: its remote address. */
bool
la_stack__may_challenge(struct la_stack *s, const struct la_addr *source, uint32_t hash,
		uint64_t now_us)
{
	const uint32_t now_ms = (uint32_t)(now_us / 1000);
	bool had;
	struct la_challenged *place = challenge_place(s, hash, now_ms, &had);
	const bool may = place != NULL && la_shares_take(&s->challenge_limit, source, now_us);

	if (may)
		*place = (struct la_challenged){ hash, now_ms + CHALLENGE_PAUSE_MS };
	return count_challenge(s, may);
}

/*
 * The same for a RST in the window (RFC 5961, 3.2). A peer that aborts while text is in flight
 * sends its RST after that text, and only once: without a challenge the block stays in use until
 * `idle-timeout`. So this RST uses nothing of the common budget, which others could exhaust or
 * measure, and it is answered even if no place is free: its sender could get one ACK by sending
 * text as well.
 */
static bool
may_challenge_rst(struct la_stack *s, uint32_t hash, uint64_t now_us)
{
	const uint32_t now_ms = (uint32_t)(now_us / 1000);
	bool had;
	struct la_challenged *place = challenge_place(s, hash, now_ms, &had);

	if (place != NULL)
		*place = (struct la_challenged){ hash, now_ms + CHALLENGE_PAUSE_MS };
	return count_challenge(s, !had);
}

static void
challenge_peer(struct la_stack *s, struct la_call *call)
{
	struct la_tcb *tcb = call->tcb;
	const uint32_t hash = la_flow_hash(&s->flow, &tcb->tuple);

	if (call->out.events & LA_EV_CHALLENGE_RST ? may_challenge_rst(s, hash, call->now_us) :
			la_stack__may_challenge(s, &tcb->tuple.remote, hash, call->now_us))
		la_tcp_owe_ack(tcb);
}

/*
 * May text that was not taken be acknowledged (RFC 9293, 3.10.7.4, first)? Linux limits such ACKs
 * only for segments without text, to one in 500 ms: a peer that lost our ACKs retransmits text,
 * and must learn RCV.NXT. One ACK for each of its attempts is enough. Attempts are an RTO apart,
 * or the timeout of a tail loss probe (RFC 8985, 7.2: two round trips; in practice at least some
 * ms). So the pause is short, and each connection has its own: an attacker who forges text causes
 * no more ACKs than this, and takes nothing from others.
 */
bool
la_stack__may_answer(struct la_stack *s, uint32_t hash, uint64_t now_us)
{
	enum { PAUSE_MS = 10 };
	const uint32_t now_ms = (uint32_t)(now_us / 1000);
	struct la_challenged *place = &s->answered[hash % LA_ANSWERED];

	if (place->hash == hash && place->again_ms - now_ms - 1 < PAUSE_MS) {
		la_stack__count(s, LA_COUNT_ANSWERS_LIMITED);
		return false;
	}
	*place = (struct la_challenged){ hash, now_ms + PAUSE_MS };
	return true;
}

/* Call the service for what the core found, in the order of the stream. */
static void
tell_service(struct la_stack *s, struct la_call *call)
{
	const uint32_t events = call->out.events;
	const struct la_tcb *tcb = call->tcb;

	if ((events & LA_EV_ESTABLISHED) && !call->opened && tcb->state != LA_CLOSED)
		la_stack__open(s, call);
	if (call->out.acked != call->acked_told && tcb->state != LA_CLOSED)
		la_stack__acked(s, call);
	if ((events & LA_EV_FIN) && tcb->state != LA_CLOSED && tcb->state != LA_TIME_WAIT)
		la_stack__fin(s, call);
	if (events & LA_EV_CHALLENGE)
		challenge_peer(s, call);
	if (events & LA_EV_ANSWER)
		la_tcp_answer(&s->env, call->tcb, la_stack__may_answer(s,
				la_flow_hash(&s->flow, &tcb->tuple), call->now_us));
	if (events & LA_EV_EVICTED)
		la_stack__count(s, LA_COUNT_REASSEMBLY_EVICTED);
	if (events & LA_EV_ECN_MARKED)
		la_stack__count(s, LA_COUNT_ECN_MARKED);
	if (events & LA_EV_ECN_REDUCED)
		la_stack__count(s, LA_COUNT_ECN_REDUCED);
	if (events & LA_EV_RETRANSMIT) {
		la_stack__count(s, LA_COUNT_TX_RETRANSMITS);
		if (events & LA_EV_BLACK_HOLE)
			la_stack__count(s, LA_COUNT_PATH_BLACK_HOLES);
	}
}

/* A RST that ends the connection is always sent; a RST for a stray segment is rate limited. */
static bool
may_reset(struct la_stack *s, const struct la_call *call)
{
	if (call->tcb->state == LA_CLOSED || la_shares_take(&s->rst_limit,
			&call->tcb->tuple.remote, call->now_us))
		return true;
	la_stack__count(s, LA_COUNT_TX_RSTS_LIMITED);
	return false;
}

static LA_COLD void
send_replies(struct la_stack *s, struct la_call *call)
{
	if ((call->out.events & LA_EV_REPLY) && may_reset(s, call))
		la_stack__send_rst(s, call, &call->out.reply);
	if (call->abort.events & LA_EV_REPLY)
		la_stack__send_rst(s, call, &call->abort.reply);
}

void
la_stack__call_settle(struct la_stack *s, struct la_call *call)
{
	const uint32_t events = call->out.events | call->abort.events;
	struct la_tcb *tcb = call->tcb;
	struct la_hop room;

	if (LA_UNLIKELY(events & LA_EV_REPLY))
		send_replies(s, call);
	la_stack__moved(s, call->before, tcb->state);
	if (tcb->state == LA_CLOSED)
		finish_closed(s, call, events);
	else if (tcb->state == LA_TIME_WAIT)
		enter_time_wait(s, call, events);
	else if (!(tcb->flags & LA_TCB_QUEUED) && la_tcp_owes(&s->env, tcb))
		la_stack__queue(s, call->handle, la_stack__call_hop(s, call, &room));
}

void
la_stack__call_end(struct la_stack *s, struct la_call *call)
{
	if (call->out.events != 0 || call->out.acked != 0)
		tell_service(s, call);
	la_stack__call_settle(s, call);
}

/*
 * No extension block is free, and the segment would call a service that may want to
 * send: drop the segment, the peer retransmits it (see service_calls.c).
 */
static LA_COLD bool
must_wait(struct la_stack *s, const struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us)
{
	const bool speaks = tcb->state < LA_ESTABLISHED ? seg->flags & LA_ACK :
			tcb->state == LA_ESTABLISHED && seg->flags & LA_FIN;

	return speaks && !(seg->flags & LA_RST) &&
			!la_stack__can_send(s, tcb, tcb->listener, now_us);
}

enum la_tcp_reason
la_stack__segment(struct la_stack *s, uint32_t handle, const struct la_rx *rx, uint64_t now_us)
{
	struct la_tcb *tcb = la_stack__tcb(s, handle);
	enum la_tcp_reason reason;
	struct la_call call;

	if (LA_UNLIKELY(la_pool_left(&s->exts) == 0) && must_wait(s, tcb, &rx->seg, now_us)) {
		la_stack__count(s, LA_COUNT_NO_SENDER);
		return LA_DROP_NO_ROOM;
	}
	la_stack__call_begin(s, &call, handle, &rx->from, now_us);
	call.to = la_stack__is_proof(tcb, rx->seg.seq, rx->seg.ack, rx->seg.flags) ? LA_TO_PEER :
			LA_TO_STRANGER;
	reason = la_tcp_segment_arrives(&s->env, tcb, &rx->seg, now_us, &call.out);
	if (call.before == LA_SYN_SENT && tcb->state != LA_SYN_SENT &&
			(rx->seg.flags & (LA_SYN | LA_RST)) == LA_SYN)
		la_stack__count_mss(s, rx->seg.opts.present, rx->seg.opts.mss);
	if (LA_UNLIKELY(reason != LA_OK) && tcb->flags & LA_TCB_EXT && call.opened &&
			tcb->state != LA_CLOSED)
		la_stack__room(s, &call);
	if (LA_UNLIKELY(call.before == LA_SYN_RECEIVED) && call.to == LA_TO_PEER)
		la_stack__call_hop(s, &call, &(struct la_hop){ .tci = 0 });
	la_stack__call_end(s, &call);
	return reason;
}

/* CLOSE by the stack itself. An unfinished handshake is aborted: it has nothing to finish. */
void
la_stack__close(struct la_stack *s, uint32_t handle, bool abort, uint64_t now_us)
{
	struct la_call call;

	la_stack__call_begin(s, &call, handle, NULL, now_us);
	if (abort || call.before < LA_ESTABLISHED) {
		la_tcp_abort(&s->env, call.tcb, &call.out);
		call.out.events |= LA_EV_ABORTED;
	} else {
		la_tcp_close(&s->env, call.tcb, now_us);
	}
	la_stack__call_end(s, &call);
}
