/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of a service, and what it requests in its la_conn.
 *
 * A service that may send is only called while its connection has an extension block or
 * one is free, so that what it queues is never refused. Without one, text is not taken (the
 * peer retransmits it), a handshake is not completed, and a FIN is not processed yet.
 */
#include "stack_private.h"

/* Take no block from a connection with progress: one that needs a block retries within an RTO. */
static LA_COLD bool
free_ext(struct la_stack *s, uint64_t now_us)
{
	struct la_tcb *tcb = la_tcp_stalled_longest(&s->env);
	struct la_call call;

	if (tcb == NULL)
		return false;
	la_stack__count(s, LA_COUNT_SENDERS_GAVE_WAY);
	la_stack__call_begin(s, &call, la_stack__handle(s, tcb), NULL, now_us);
	la_tcp_give_way(&s->env, tcb, now_us, &call.out);
	la_stack__call_end(s, &call);
	return la_pool_left(&s->exts) > 0;
}

/* Keep a few free. The fast path takes none from other connections, so it needs free ones; and a
 * connection without progress must not hold its extension block for eleven minutes. */
void
la_stack__free_exts(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	while (budget-- > 0 && la_pool_left(&s->exts) < s->exts_spare) {
		if (!free_ext(s, now_us))
			return;
	}
}

bool
la_stack__has_ext(const struct la_stack *s, const struct la_tcb *tcb, uint32_t listener)
{
	return (tcb && tcb->flags & LA_TCB_EXT) || la_pool_left(&s->exts) > 0 ||
			s->bound[listener].ops->fill == NULL;
}

bool
la_stack__can_send(struct la_stack *s, const struct la_tcb *tcb, uint32_t listener,
		uint64_t now_us)
{
	return la_stack__has_ext(s, tcb, listener) || free_ext(s, now_us);
}

static struct la_conn
conn_of(const struct la_stack *s, struct la_tcb *tcb, uint32_t handle, uint64_t now_us)
{
	return (struct la_conn){
		.now_us = now_us,
		.id = handle,
		.word = *la_tcp_word(&s->env, tcb),
		.unsent = la_tcp_unsent(&s->env, tcb),
	};
}

static LA_COLD void
apply_abort(struct la_stack *s, struct la_call *call)
{
	la_tcp_abort(&s->env, call->tcb, &call->abort);
	call->abort.events |= LA_EV_ABORTED;
}

/* Apply what the service requested; true if the connection still exists. Inline, like
 * follow_room(): each has one or two callers that matter. */
LA_INLINE bool
apply_wishes(struct la_stack *s, struct la_call *call, const struct la_conn *conn)
{
	struct la_tcb *tcb = call->tcb;

	/* Before SEND, which may move the word into the extension block. */
	*la_tcp_word(&s->env, tcb) = conn->word;
	if (LA_UNLIKELY(conn->abort)) {
		apply_abort(s, call);
		return false;
	}
	/* After a FIN nothing can be sent: the stack itself may have called CLOSE (drain). */
	if (conn->send > 0 && !(tcb->flags & LA_TCB_CLOSE) &&
			!la_tcp_send(&s->env, tcb, conn->send, call->now_us))
		la_stack__count(s, LA_COUNT_NO_SENDER);
	if (conn->close)
		la_tcp_close(&s->env, tcb, call->now_us);
	return tcb->state != LA_CLOSED;
}

bool
la_stack__apply(struct la_stack *s, struct la_call *call, const struct la_conn *conn)
{
	return apply_wishes(s, call, conn);
}

/* Ask for room after another callback. @p conn: of that callback, and already applied. */
LA_INLINE void
follow_room(struct la_stack *s, struct la_call *call, const struct la_bound *bound,
		struct la_conn *conn)
{
	if (bound->ops->room == NULL)
		return;
	conn->unsent = la_tcp_unsent(&s->env, call->tcb);
	conn->send = 0;
	conn->close = false;
	la_tcp_set_room(&s->env, call->tcb, bound->ops->room(bound->service, conn));
}

/*
 * Ask the service again how much room it has: another connection may have given
 * back what it was short of, and a peer that probes a closed window brings no text
 * for which the service would be asked.
 */
void
la_stack__room(struct la_stack *s, struct la_call *call)
{
	struct la_conn conn = conn_of(s, call->tcb, call->handle, call->now_us);

	follow_room(s, call, &s->bound[call->tcb->listener], &conn);
}

void
la_stack__open(struct la_stack *s, struct la_call *call)
{
	const struct la_bound *bound = &s->bound[call->tcb->listener];
	struct la_listener_counters *counters = &s->listener_counters[call->tcb->listener];
	struct la_conn conn;

	call->opened = true;
	la_stack__count(s, LA_COUNT_OPENED);
	if (LA_UNLIKELY(call->tcb->ecn != LA_TCB_ECN_NONE))
		la_stack__count(s, LA_COUNT_ECN_OPENED);
	la_count(&counters->accepted);
	la_count(&counters->open);
	if (bound->ops->open != NULL) {
		conn = conn_of(s, call->tcb, call->handle, call->now_us);
		bound->ops->open(bound->service, &conn);
		/* Send the handshake's last ACK alone: a peer that made a cookie has no
		 * connection yet, and would treat a RST, or what follows a lost FIN, as stray. */
		if (call->before == LA_SYN_SENT && (conn.close || conn.abort))
			la_stack__send_owed(s, call);
		la_stack__apply(s, call, &conn);
	}
	/* The whole window is offered already and cannot be taken back (SHLD-14): to ask for
	 * room now would only use an extension block. */
}

void
la_stack__acked(struct la_stack *s, struct la_call *call)
{
	const struct la_bound *bound = &s->bound[call->tcb->listener];
	const uint32_t acked = call->out.acked - call->acked_told;
	struct la_conn conn;

	call->acked_told = call->out.acked;
	if (bound->ops->acked == NULL)
		return;
	conn = conn_of(s, call->tcb, call->handle, call->now_us);
	bound->ops->acked(bound->service, &conn, acked);
	if (apply_wishes(s, call, &conn))
		follow_room(s, call, bound, &conn);
}

void
la_stack__fin(struct la_stack *s, struct la_call *call)
{
	const struct la_bound *bound = &s->bound[call->tcb->listener];
	struct la_conn conn;

	if (bound->ops->fin == NULL) {
		la_tcp_close(&s->env, call->tcb, call->now_us);
		return;
	}
	conn = conn_of(s, call->tcb, call->handle, call->now_us);
	bound->ops->fin(bound->service, &conn);
	la_stack__apply(s, call, &conn);
}

void
la_stack__call_act(struct la_stack *s, struct la_call *call,
		void (*act)(void *user, struct la_conn *conn), void *user)
{
	struct la_conn conn = conn_of(s, call->tcb, call->handle, call->now_us);

	act(user, &conn);
	if (la_stack__apply(s, call, &conn))
		la_stack__room(s, call);
}

void
la_stack__end(struct la_stack *s, struct la_call *call, enum la_end why)
{
	const struct la_bound *bound = &s->bound[call->tcb->listener];
	struct la_conn conn;

	if (call->opened)
		la_uncount(&s->listener_counters[call->tcb->listener].open);
	if (bound->ops->end == NULL)
		return;
	conn = conn_of(s, call->tcb, call->handle, call->now_us);
	bound->ops->end(bound->service, &conn, why);
}

void
la_stack__fill(struct la_stack *s, struct la_tcb *tcb, uint32_t handle, const struct la_seg *seg,
		uint8_t *dst, uint64_t now_us)
{
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_conn conn = conn_of(s, tcb, handle, now_us);

	bound->ops->fill(bound->service, &conn, seg->offset, dst, seg->len);
	*la_tcp_word(&s->env, tcb) = conn.word;
}

/* All calls of the core that may deliver text are given the `out` of a struct la_call. */
static inline struct la_call *
call_of(const struct la_tcp_out *out)
{
	return (struct la_call *)((uintptr_t)out - offsetof(struct la_call, out));
}

/*
 * A service is called for one segment in this order: open, acked, data, fin. The
 * core delivers text before it returns, so the callbacks that precede data() are
 * called here; the core has written out.acked by then.
 */
uint32_t
la_stack__deliver(void *user, struct la_tcb *tcb, const uint8_t *text, uint32_t len,
		uint64_t now_us, const struct la_tcp_out *out)
{
	struct la_stack *s = user;
	struct la_call *call = call_of(out);
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_conn conn;
	uint32_t taken;

	if (!call->opened)
		la_stack__open(s, call);
	if (tcb->state != LA_CLOSED && call->out.acked != call->acked_told)
		la_stack__acked(s, call);
	/* The service has just ended the connection: the rest of the text is discarded. */
	if (tcb->state == LA_CLOSED)
		return len;
	if (LA_UNLIKELY(!la_stack__can_send(s, tcb, tcb->listener, now_us))) {
		la_stack__count(s, LA_COUNT_NO_SENDER);
		return 0;
	}
	conn = conn_of(s, tcb, call->handle, now_us);
	taken = bound->ops->data(bound->service, &conn, text, len);
	if (LA_UNLIKELY(taken < len) && conn.full)
		taken += la_stack__data_again(s, bound, &conn, text + taken, len - taken);
	la_count_add(&s->counters.count[LA_COUNT_RX_TEXT_OCTETS], taken);
	if (apply_wishes(s, call, &conn))
		follow_room(s, call, bound, &conn);
	return taken;
}
