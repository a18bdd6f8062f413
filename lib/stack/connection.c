/* SPDX-License-Identifier: BSD-3-Clause */
/* Control blocks, and what follows from a call of the TCP core. */
#include "stack_private.h"

/* A block in CLOSED that holds its tuple; LA_NONE if all are in use. */
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
 * Give a block back that is in no table any more. One that is queued for
 * output stays until the queue comes to it, in CLOSED: so a place
 * in the queue never names a connection that came later.
 */
void
la_stack__give(struct la_stack *s, uint32_t handle, struct la_tcb *tcb)
{
	/* What shows a walk through the blocks that this one is free. */
	tcb->state = LA_CLOSED;
	la_timer_cancel(&s->wheel, handle);
	if (tcb->flags & LA_TCB_QUEUED)
		s->closed_queued++;
	else
		la_pool_give(&s->tcbs, handle);
}

/* A block for a new flow, in the table; LA_NONE, counted, if there is no room. */
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
	/* Before ABORT: what is given up is aborted for that reason. */
	if (events & LA_EV_TIMED_OUT)
		return LA_END_BY_TIMED_OUT;
	if (events & LA_EV_ABORTED)
		return LA_END_BY_ABORTED;
	if (events & LA_EV_REFUSED)
		return LA_END_BY_REFUSED;
	/* CLOSE in SYN-SENT (3.10.4) is no event: nothing has happened. */
	return events & LA_EV_RESET ? LA_END_BY_RESET : LA_END_BY_ABORTED;
}

/* A passive open that came to nothing was never told to the service. */
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

/* The ACK of the last FIN leaves the block before the record takes its place. */
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

/* A place for the next challenge of a connection; NULL: it had one lately, which @p had tells, or
 * there is none. */
static struct la_challenged *
challenge_place(struct la_stack *s, uint32_t hash, uint32_t now_ms, bool *had)
{
	struct la_challenged *set = s->challenged[hash % LA_CHALLENGED_SETS], *free = NULL;

	*had = false;
	for (uint32_t i = 0; i < LA_CHALLENGED_WAYS; i++) {
		/* 1 to PAUSE if it is in use; the clock may have gone round since. */
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

/* May a challenge ACK be sent? (RFC 5961, 7) A connection gets one in half a second; @p hash is
 * that of its tuple, and @p source where its segments come from. */
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
 * The same of a RST in the window (RFC 5961, 3.2). A peer that gives up with text on the way sends
 * its RST behind that text, and only once: without a challenge the block stays in use until
 * `idle-timeout`. So this RST takes nothing from the common budget, which others could use up or
 * read off, and it is answered even if no place is free: one ACK for a RST in the window is no
 * more than its sender could have drawn by text.
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
 * May text that was not taken be answered (RFC 9293, 3.10.7.4, first)? Linux limits such answers
 * only for segments without text, and to one in 500 ms: a peer whose ACKs are lost sends text
 * again, and must learn how far we are. That needs no more than one answer for each of its
 * attempts, which are an RTO apart, or what a tail loss probe waits (RFC 8985, 7.2: two round
 * trips; in practice no less than some ms). So the pause is short, and it is the connection's
 * own: a stranger who forges text draws no more than this, and takes nothing from others.
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

/* Tell the service what the core found, in the order of the stream. */
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

/* A RST that ends the connection is sent; one for a stray segment has a limit. */
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
 * No extension block is free, and the segment would make the service speak that
 * may want to send: leave it to come again (see service_calls.c).
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

/* CLOSE by the stack itself. A handshake under way has nothing to finish. */
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
