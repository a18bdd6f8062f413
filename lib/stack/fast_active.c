/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fast path of active opens. As in fast.c, each function first finds out whether it can
 * finish, and changes nothing until it knows.
 *
 *   OPEN                        SYN-SENT; the SYN is queued
 *   the SYN                     sent
 *   SYN-ACK in SYN-SENT         ESTABLISHED; the service is told, and usually acts
 *
 * The ISN (RFC 6528, 3) and the offset of our timestamps (RFC 7323, 5.4) are SipHashes of the
 * tuple. They are computed for several connections together when their OPENs are prepared.
 */
#include <assert.h>

#include "fast.h"
#include "la_flow_slots.h"
#include "la_tcp_fast_active.h"

/* Which keys are used for timestamp offsets and for IPv6 ISNs: la_stack_opening.hashed. */
static inline uint8_t
hashed_now(const struct la_stack *s)
{
	return (uint8_t)(1 + s->cookie.fixed);
}

/* The tests of may_connect(), for a local address in the first range of its family; other addresses
 * are left to may_connect(). @return whether the tuple was added to the burst. */
static inline bool
prepare_opening(const struct la_stack *s, struct la_stack_opening *o, struct la_cookie_burst *burst,
		bool v4)
{
	const struct la_addresses *a = &s->link.addresses;
	const struct la_tuple *tuple = &o->tuple;
	const uint32_t from = v4 ? 12 : 0;
	struct la_addr local;

	if (LA_UNLIKELY(tuple->local - (v4 ? a->v4_base : a->v6_base) >=
			(v4 ? a->v4_count : a->v6_count)))
		return false;
	if (LA_UNLIKELY(tuple->local_port == 0 || tuple->remote_port == 0 ||
			la_address_index(a, &tuple->remote) != LA_ADDRESS_NONE))
		return false;
	local = la_address_at(a, tuple->local);
	o->valid = true;
	o->hashed = hashed_now(s);
	o->hash = v4 ? la_flow_hash_v4(&s->flow, tuple, tuple->local) :
			la_flow_hash(&s->flow, tuple);
	la_flow_prefetch(&s->flow, o->hash);
	la_cookie_burst_tuple(burst, &s->cookie, v4, local.b + from, tuple->remote.b + from,
			(uint32_t)tuple->local_port << 16 | tuple->remote_port);
	return true;
}

static void
hash_openings(const struct la_stack *s, struct la_cookie_burst *burst,
		struct la_stack_opening *const *which)
{
	uint32_t isn[LA_COOKIE_BURST], offset[LA_COOKIE_BURST];

	if (burst->n == 0)
		return;
	la_cookie_burst_isns(burst, &s->cookie, isn);
	la_cookie_burst_offsets(burst, &s->cookie, offset);
	for (uint32_t i = 0; i < burst->n; i++) {
		which[i]->isn = isn[i];
		which[i]->ts_offset = offset[i];
	}
}

void
la_stack__fast_prepare(const struct la_stack *s, struct la_stack_opening *v, uint32_t n)
{
	const bool knows_v6 = la_cookie_burst_knows(&s->cookie, false);
	struct la_cookie_burst burst[2];
	struct la_stack_opening *which[2][LA_COOKIE_BURST];

	assert(n <= LA_COOKIE_BURST);
	la_cookie_burst_begin(&burst[0], &s->cookie, false, 0);
	la_cookie_burst_begin(&burst[1], &s->cookie, true, 0);
	for (struct la_stack_opening *o = v; o != v + n; o++) {
		if (LA_LIKELY(la_addr_is_v4(&o->tuple.remote))) {
			which[1][burst[1].n] = o;
			if (LA_LIKELY(prepare_opening(s, o, &burst[1], true)))
				continue;
		} else if (knows_v6) {
			which[0][burst[0].n] = o;
			if (LA_LIKELY(prepare_opening(s, o, &burst[0], false)))
				continue;
		}
		la_stack__prepare_one(s, o);
	}
	hash_openings(s, &burst[0], which[0]);
	hash_openings(s, &burst[1], which[1]);
}

/* 3.10.1, as open_active() and the functions it calls. */
bool
la_stack__fast_connect(struct la_stack *s, const struct la_stack_opening *o, uint16_t listener,
		uint64_t now_us, uint32_t *handle)
{
	struct la_hop hop;
	uint32_t taken;
	bool known;

	/* Keys from a file may have been set since. */
	if (o->hashed != hashed_now(s))
		return false;
	if (!la_flow_has_room(&s->flow, o->hash))
		return false;
	taken = la_pool_take(&s->tcbs);
	if (LA_UNLIKELY(taken == LA_NONE))
		return false;
	la_tcp_fast_connect(&s->tcp_fast, la_stack__tcb(s, taken), &o->tuple, listener,
			o->isn + (uint32_t)(now_us / 4), now_us);
	la_flow_insert_home(&s->flow, o->hash, taken);
	*handle = taken;
	la_stack__keep_offset(s, taken, taken, o->ts_offset);
	known = la_link_next_hop(&s->link, &o->tuple.remote, &hop, now_us);
	la_count(&s->counters.state[LA_SYN_SENT]);
	la_stack__queue(s, taken, LA_LIKELY(known) ? &hop : NULL);
	return true;
}

/* Options of our SYN, as la_options__syn() chooses and la_options__write() orders them.
 * @return words. */
LA_INLINE uint8_t
syn_options(const struct la_stack *s, bool v4, uint32_t tsval, uint32_t tsecr, uint32_t *words)
{
	const struct la_tcp_params *tcp = &s->params.tcp;
	uint8_t n = 1;

	words[0] = s->fast_syn_mss[v4];
	if (LA_LIKELY(tcp->timestamps)) {
		words[1] = tcp->sack ? LA_SACK_TIMESTAMPS : LA_NOP_NOP_TIMESTAMPS;
		words[2] = __builtin_bswap32(tsval);
		words[3] = __builtin_bswap32(tsecr);
		n = 4;
	} else if (tcp->sack) {
		words[n++] = LA_NOP_NOP_SACK;
	}
	if (tcp->wscale)
		words[n++] = s->fast_syn_wscale;
	return n;
}

LA_INLINE void
send_syn(struct la_stack *s, const struct la_tcb *tcb, const struct la_hop *hop, uint8_t *frame,
		uint32_t ts_offset, uint64_t now_us, bool v4)
{
	const struct la_addr local = la_address_at(&s->link.addresses, tcb->tuple.local);
	const struct la_tcp_params *tcp = &s->params.tcp;
	const uint32_t tsval = (uint32_t)(now_us / 1000) + ts_offset;
	struct la_bare bare;

	la_fast__bare(&bare, tcb, &local, hop->mac.b, v4);
	bare.seq = tcb->snd.una;
	bare.ack = 0;
	bare.wnd = s->fast_syn_wnd;
	bare.flags = LA_SYN | la_tcp_syn_ecn(tcp, tcb);
	bare.words = syn_options(s, v4, tsval, tcb->ts_recent, bare.options);
	if (LA_LIKELY(tcp->timestamps && tcp->wscale))
		bare.words = 5;
	la_fast__send(s, frame, &bare, v4);
}

/* A SYN to a known Ethernet address. */
bool
la_stack__fast_syn(struct la_stack *s, struct la_tcb *tcb, const struct la_owed *owed,
		uint64_t now_us)
{
	const struct la_hop *hop = &owed->hop;
	uint32_t ts_offset = 0;
	uint8_t *frame;

	if (!la_tcp_owes_syn(tcb) || hop->tci != 0)
		return false;
	if (LA_LIKELY(s->params.tcp.timestamps))
		ts_offset = la_fast__offset(s, tcb, owed->handle);
	frame = s->io.frame(s->io.user);
	if (LA_UNLIKELY(frame == NULL))
		return false;
	tcb->flags &= ~LA_TCB_REPEAT;
	if (LA_LIKELY(la_addr_is_v4(&tcb->tuple.remote)))
		send_syn(s, tcb, hop, frame, ts_offset, now_us, true);
	else
		send_syn(s, tcb, hop, frame, ts_offset, now_us, false);
	la_stack__count(s, LA_COUNT_TX_SEGMENTS);
	la_tcp_fast_sent(&s->env, &s->tcp_fast, tcb, now_us);
	return true;
}

/* As la_stack__send_owed(), for a connection that has just entered ESTABLISHED. */
static inline void
send_last_ack(const struct la_burst *b, struct la_tcb *tcb, uint32_t handle,
		const struct la_plain *p)
{
	const uint64_t way = la_fast__way(b, p, LA_TO_PEER, !(p->options & LA_PLAIN_V6));
	struct la_stack *s = b->stack;
	uint8_t *frame = s->io.frame(s->io.user);
	uint32_t ts_offset;
	uint16_t wnd;

	if (LA_UNLIKELY(frame == NULL)) {
		la_stack__count(s, LA_COUNT_TX_NO_FRAME);
		return;
	}
	ts_offset = la_fast__ts_offset(s, tcb, handle);
	wnd = s->tcp_fast.wnd[!!(tcb->flags & LA_TCB_WSCALE)];
	if (LA_LIKELY(!(p->options & LA_PLAIN_V6)))
		la_fast__ack(s, tcb, p, &way, frame, ts_offset, wnd, b->now_us, true);
	else
		la_fast__ack(s, tcb, p, &way, frame, ts_offset, wnd, b->now_us, false);
	tcb->flags &= ~LA_TCB_ACK_OWED;
	la_stack__count(s, LA_COUNT_TX_SEGMENTS);
	la_tcp_fast_opened(&s->env, &s->tcp_fast, tcb, b->now_us);
}

/* Apply what a service requested in open(), if it is more than CLOSE. */
static LA_COLD void
act_at_open(struct la_burst *b, const struct la_plain *p, uint32_t handle, struct la_conn *conn)
{
	const struct la_hop from = la_fast__from(p);
	struct la_stack *s = b->stack;
	struct la_call call;

	la_stack__call_begin(s, &call, handle, &from, b->now_us);
	call.before = LA_SYN_SENT;
	call.to = LA_TO_PEER;
	if (conn->close || conn->abort)
		la_stack__send_owed(s, &call);
	la_stack__apply(s, &call, conn);
	la_stack__call_settle(s, &call);
}

/* 3.10.7.3, fourth. */
bool
la_stack__fast_syn_ack(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_listener_counters *counters = &s->listener_counters[tcb->listener];
	struct la_conn conn;

	/* If no extension block is free, the handshake may have to wait (connection.c). */
	if (!la_tcp_is_syn_ack(tcb, p) || la_pool_left(&s->exts) == 0)
		return false;
	la_tcp_fast_syn_ack(&s->env, tcb, p, b->now_us);
	b->ok++;
	la_stack__count(s, LA_COUNT_OPENED);
	la_stack__count_mss(s, p->options, p->mss);
	la_count(&counters->accepted);
	la_count(&counters->open);
	conn = (struct la_conn){ .now_us = b->now_us, .id = handle, .word = tcb->word };
	if (LA_LIKELY(bound->ops->open != NULL))
		bound->ops->open(bound->service, &conn);
	if (conn.send > 0 || LA_UNLIKELY(conn.abort)) {
		act_at_open(b, p, handle, &conn);
		return true;
	}
	tcb->word = conn.word;
	if (conn.close) {
		send_last_ack(b, tcb, handle, p);
		la_tcp_fast_close_first(tcb);
	}
	la_stack__moved(s, LA_SYN_SENT, tcb->state);
	la_fast__queue(b, p, tcb, handle);
	return true;
}
