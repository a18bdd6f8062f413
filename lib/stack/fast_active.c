/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fast path of the end that opens, and of the end that closes first. As in fast.c each
 * function first finds out whether it can finish, and changes nothing until it knows.
 *
 *   OPEN                        SYN-SENT; the SYN is queued
 *   the SYN                     sent
 *   SYN-ACK in SYN-SENT         ESTABLISHED; the service hears of it, and mostly acts
 *   ACK of our FIN              FIN-WAIT-2
 *   FIN after or with it        answered at once; a TIME-WAIT record
 *
 * What is hashed of a tuple with SipHash (RFC 6528, 3; RFC 7323, 5.4) is hashed for several
 * connections together: ISNs when OPENs are prepared, offsets of the timestamps that an
 * answer needs before a burst is taken.
 */
#include <assert.h>

#include "la_flow_slots.h"
#include "la_tcp_fast_active.h"
#include "stack_private.h"

/* Add a tuple to those of its family. */
static inline void
add_tuple(const struct la_stack *s, struct la_cookie_burst *burst, const struct la_tuple *tuple,
		bool v4)
{
	const struct la_addr local = la_address_at(&s->addresses, tuple->local);
	const uint32_t from = v4 ? 12 : 0;

	la_cookie_burst_tuple(burst, &s->cookie, v4, local.b + from, tuple->remote.b + from,
			(uint32_t)tuple->local_port << 16 | tuple->remote_port);
}

/* Which keys the offsets follow from, and IPv6's ISNs. */
static inline uint8_t
hashed_now(const struct la_stack *s)
{
	return (uint8_t)(1 + s->cookie.fixed);
}

/* Those of one family: all are, mostly. */
static void
prepare_family(const struct la_stack *s, struct la_stack_opening *v, uint32_t n, bool v4)
{
	struct la_cookie_burst burst;
	uint32_t isn[LA_COOKIE_BURST], offset[LA_COOKIE_BURST];
	uint8_t which[LA_COOKIE_BURST];

	la_cookie_burst_begin(&burst, &s->cookie, v4, 0);
	for (uint32_t i = 0; i < n; i++) {
		if (UNLIKELY(!v[i].valid || la_addr_is_v4(&v[i].tuple.remote) != v4))
			continue;
		which[burst.n] = (uint8_t)i;
		add_tuple(s, &burst, &v[i].tuple, v4);
	}
	if (burst.n == 0)
		return;
	la_cookie_burst_isns(&burst, &s->cookie, isn);
	la_cookie_burst_offsets(&burst, &s->cookie, offset);
	for (uint32_t i = 0; i < burst.n; i++) {
		struct la_stack_opening *o = &v[which[i]];

		o->isn = isn[i];
		o->ts_offset = offset[i];
		o->hashed = hashed_now(s);
	}
}

void
la_stack_fast_prepare(const struct la_stack *s, struct la_stack_opening *v, uint32_t n)
{
	assert(n <= LA_COOKIE_BURST);
	prepare_family(s, v, n, true);
	if (s->addresses.v6_count > 0 && la_cookie_burst_knows(&s->cookie, false))
		prepare_family(s, v, n, false);
}

/* 3.10.1, as open_active() and what follows it. */
bool
la_stack_fast_connect(struct la_stack *s, const struct la_stack_opening *o, uint16_t listener,
		uint64_t now_us, uint32_t *handle)
{
	struct la_hop hop;
	uint32_t taken;
	bool known;

	/* Keys from a file may have come since. */
	if (o->hashed != hashed_now(s))
		return false;
	if (la_flow_guess(&s->flow, la_flow_home(&s->flow, o->hash), o->hash) != LA_FLOW_NONE)
		return false;
	taken = la_pool_take(&s->tcbs);
	if (UNLIKELY(taken == LA_NONE))
		return false;
	la_tcp_fast_connect(la_stack_tcb(s, taken), &o->tuple, listener,
			o->isn + (uint32_t)(now_us / 4), now_us);
	if (UNLIKELY(!la_flow_insert_home(&s->flow, o->hash, taken))) {
		la_stack_tcb(s, taken)->state = LA_CLOSED;
		la_pool_give(&s->tcbs, taken);
		return false;
	}
	*handle = taken;
	known = la_stack_next_hop(s, &o->tuple.remote, &hop, now_us);
	la_count(&s->counters.state[LA_SYN_SENT]);
	la_stack_queue_hashed(s, taken, LIKELY(known) ? &hop : NULL, o->ts_offset);
	return true;
}

/* Options of our SYN, as la_syn_options() chooses and la_options_write() orders them.
 * @return words. */
static inline uint8_t
syn_options(const struct la_tcp_params *tcp, bool v4, uint32_t tsval, uint32_t tsecr,
		uint32_t *words)
{
	enum { MSS = 0x0204, NOP_WSCALE = 0x010303 };
	uint8_t n = 1;

	words[0] = (uint32_t)MSS << 16 | (v4 ? tcp->mss_v4 : tcp->mss_v6);
	if (LIKELY(tcp->timestamps)) {
		words[1] = tcp->sack ? 0x0402080a : 0x0101080a;
		words[2] = tsval;
		words[3] = tsecr;
		n = 4;
	} else if (tcp->sack) {
		words[n++] = 0x01010402;
	}
	if (tcp->wscale)
		words[n++] = (uint32_t)NOP_WSCALE << 8 | tcp->rcv_scale;
	return n;
}

static inline uint32_t
write_syn(const struct la_stack *s, const struct la_tcb *tcb, const struct la_hop *hop,
		uint8_t *frame, uint32_t ts_offset, uint64_t now_us, bool v4)
{
	const struct la_addr local = la_address_at(&s->addresses, tcb->tuple.local);
	const uint32_t from = v4 ? 12 : 0;
	struct la_bare bare;

	bare.mac = hop->mac.b;
	bare.source = local.b + from;
	bare.dest = tcb->tuple.remote.b + from;
	bare.ports = __builtin_bswap32((uint32_t)tcb->tuple.local_port << 16 |
			tcb->tuple.remote_port);
	bare.seq = tcb->snd.una;
	bare.ack = 0;
	bare.wnd = s->fast_syn_wnd;
	bare.flags = LA_SYN;
	bare.words = syn_options(&s->params.tcp, v4, (uint32_t)(now_us / 1000) + ts_offset,
			tcb->ts_recent, bare.options);
	return v4 ? la_bare_ipv4(frame, &s->template, &bare) :
			la_bare_ipv6(frame, &s->template, &bare);
}

/* A SYN to a known Ethernet address. */
bool
la_stack_fast_syn(struct la_stack *s, struct la_tcb *tcb, const struct la_hop *hop,
		uint32_t ts_offset, uint64_t now_us)
{
	uint8_t *frame;

	if (!la_tcp_owes_syn(tcb) || hop->tci != 0)
		return false;
	frame = s->io.frame(s->io.user);
	if (UNLIKELY(frame == NULL))
		return false;
	tcb->flags &= ~LA_TCB_REPEAT;
	s->io.send(s->io.user, LIKELY(la_addr_is_v4(&tcb->tuple.remote)) ?
			write_syn(s, tcb, hop, frame, ts_offset, now_us, true) :
			write_syn(s, tcb, hop, frame, ts_offset, now_us, false), true, 0);
	la_stack_count(s, LA_COUNT_TX_SEGMENTS);
	la_tcp_fast_sent(&s->env, tcb, now_us);
	return true;
}

/* May it be answered at once, with timestamps? If its block turns out to be another one, what
 * was hashed still belongs to the segment's own tuple. */
static inline bool
wants_offset(const struct la_stack *s, const struct la_plain *p)
{
	const struct la_tcb *tcb;

	if (!(p->flags & (LA_SYN | LA_FIN)) || !(p->options & LA_OPT_TIMESTAMPS))
		return false;
	if (p->handle == LA_FLOW_NONE || p->handle & LA_FLOW_TIME_WAIT)
		return false;
	tcb = la_stack_tcb(s, p->handle);
	return tcb->state == LA_SYN_SENT || tcb->state == LA_FIN_WAIT_1 ||
			tcb->state == LA_FIN_WAIT_2;
}

static inline void
add_answer(const struct la_stack *s, const struct la_plain *p, struct la_cookie_burst *burst,
		bool v4)
{
	la_cookie_burst_tuple(burst, &s->cookie, v4,
			p->frame + (v4 ? LA_PLAIN_DEST_V4 : LA_PLAIN_DEST_V6),
			p->frame + (v4 ? LA_PLAIN_SOURCE_V4 : LA_PLAIN_SOURCE_V6),
			la_plain_ports(p));
}

static void
hash_answers(const struct la_stack *s, struct la_answers *a, struct la_cookie_burst *burst,
		const uint8_t *which)
{
	uint32_t offset[LA_COOKIE_BURST];

	la_cookie_burst_offsets(burst, &s->cookie, offset);
	for (uint32_t i = 0; i < burst->n; i++)
		a->offset[which[i]] = offset[i];
}

void
la_stack_fast_answers(const struct la_stack *s, struct la_answers *a, uint64_t plain)
{
	struct la_cookie_burst burst[2];
	uint8_t which[2][LA_COOKIE_BURST];

	if (!s->params.tcp.timestamps)
		return;
	la_cookie_burst_begin(&burst[0], &s->cookie, false, 0);
	la_cookie_burst_begin(&burst[1], &s->cookie, true, 0);
	for (; plain != 0; plain &= plain - 1) {
		const uint32_t i = (uint32_t)__builtin_ctzll(plain);
		const struct la_plain *p = &a->read[i];
		const bool v4 = !(p->options & LA_PLAIN_V6);

		if (!wants_offset(s, p))
			continue;
		which[v4][burst[v4].n] = (uint8_t)i;
		if (LIKELY(v4))
			add_answer(s, p, &burst[1], true);
		else
			add_answer(s, p, &burst[0], false);
		a->known |= plain & -plain;
	}
	for (int v4 = 0; v4 < 2; v4++) {
		if (burst[v4].n > 0)
			hash_answers(s, a, &burst[v4], which[v4]);
	}
}

/* The offset of our timestamps, 0 if there are none; false: it was not hashed. */
static inline bool
find_offset(const struct la_burst *b, const struct la_plain *p, bool timestamps, uint32_t *offset)
{
	const struct la_answers *a = &b->answers;
	const uint32_t i = (uint32_t)(p - a->read);

	*offset = 0;
	if (!timestamps)
		return true;
	if (UNLIKELY(!(a->known >> i & 1)))
		return false;
	*offset = a->offset[i];
	return true;
}

static inline struct la_hop
hop_of(const struct la_plain *p)
{
	struct la_hop hop = { .tci = 0 };

	memcpy(&hop.mac, p->frame + 6, sizeof(hop.mac));
	return hop;
}

static inline void
send_ack(struct la_stack *s, struct la_tcb *tcb, const struct la_hop *hop, uint8_t *frame,
		uint32_t ts_offset, uint64_t now_us)
{
	s->io.send(s->io.user, la_stack_fast_write(s, tcb, hop, frame, ts_offset, now_us), true, 0);
	la_stack_count(s, LA_COUNT_TX_SEGMENTS);
}

/* As la_stack_send_owed() of what is just ESTABLISHED. */
static inline void
send_last_ack(struct la_stack *s, struct la_tcb *tcb, const struct la_hop *hop,
		uint32_t ts_offset, uint64_t now_us)
{
	uint8_t *frame = s->io.frame(s->io.user);

	if (UNLIKELY(frame == NULL)) {
		la_stack_count(s, LA_COUNT_TX_NO_FRAME);
		return;
	}
	send_ack(s, tcb, hop, frame, ts_offset, now_us);
	la_tcp_fast_opened(&s->env, &s->tcp_fast, tcb, now_us);
}

/* What a service asked for in open(), if it is more than CLOSE. */
static UNUSUAL void
act_at_open(struct la_burst *b, uint32_t handle, const struct la_hop *hop, struct la_conn *conn)
{
	struct la_stack *s = b->stack;
	struct la_call call;

	la_stack_call_begin(s, &call, handle, hop, b->now_us);
	call.before = LA_SYN_SENT;
	if (conn->close || conn->abort)
		la_stack_send_owed(s, handle, hop, b->now_us);
	la_stack_apply(s, &call, conn);
	la_stack_call_settle(s, &call);
}

/* 3.10.7.3, fourth. */
bool
la_stack_fast_syn_ack(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_listener_counters *counters = &s->listener_counters[tcb->listener];
	const struct la_hop hop = hop_of(p);
	struct la_conn conn;
	uint32_t ts_offset;

	/* With no second block left the handshake may have to wait (connection.c). */
	if (!la_tcp_is_syn_ack(tcb, p) || la_pool_left(&s->exts) == 0 ||
			!find_offset(b, p, la_stack_uses_timestamps(s, p), &ts_offset))
		return false;
	la_tcp_fast_syn_ack(&s->env, &s->tcp_fast, tcb, p, b->now_us);
	b->ok++;
	la_stack_count(s, LA_COUNT_OPENED);
	la_count(&counters->accepted);
	la_count(&counters->open);
	conn = (struct la_conn){ .now_us = b->now_us, .id = handle, .word = tcb->word };
	if (LIKELY(bound->ops->open != NULL))
		bound->ops->open(bound->service, &conn);
	if (conn.send > 0 || UNLIKELY(conn.abort)) {
		act_at_open(b, handle, &hop, &conn);
		return true;
	}
	tcb->word = conn.word;
	if (conn.close) {
		send_last_ack(s, tcb, &hop, ts_offset, b->now_us);
		la_tcp_fast_close_first(tcb);
	}
	la_stack_moved(s, LA_SYN_SENT, tcb->state);
	if (!(tcb->flags & LA_TCB_QUEUED))
		la_stack_queue_hashed(s, handle, &hop, ts_offset);
	return true;
}

/* As enter_time_wait(): the block was in ESTABLISHED or beyond, so its service has heard of it. */
static inline void
enter_time_wait(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb, uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_conn conn = { .now_us = b->now_us, .id = handle, .word = tcb->word };

	la_stack_time_wait_enter(s, handle, p->hash, b->now_us);
	la_stack_count(s, LA_COUNT_CLOSED);
	la_uncount(&s->listener_counters[tcb->listener].open);
	if (LIKELY(bound->ops->end != NULL))
		bound->ops->end(bound->service, &conn, LA_BY_CLOSED);
	la_stack_give(s, handle, tcb);
}

/* The peer's FIN, and ours is acknowledged, by this segment or one before. */
static bool
take_last_fin(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb, uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_hop hop = hop_of(p);
	uint32_t ts_offset;
	uint8_t *frame;

	if (!find_offset(b, p, tcb->flags & LA_TCB_TIMESTAMPS, &ts_offset))
		return false;
	frame = s->io.frame(s->io.user);
	if (UNLIKELY(frame == NULL))
		return false;
	la_uncount(&s->counters.state[tcb->state]);
	la_tcp_fast_fin_acked(tcb, p);
	la_tcp_fast_last_fin(tcb);
	b->ok++;
	send_ack(s, tcb, &hop, frame, ts_offset, b->now_us);
	enter_time_wait(b, p, tcb, handle);
	return true;
}

bool
la_stack_fast_fin_wait(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle)
{
	struct la_stack *s = b->stack;

	if (la_tcp_is_last_fin(tcb, p))
		return take_last_fin(b, p, tcb, handle);
	if (!la_tcp_acks_first_fin(tcb, p))
		return false;
	if (p->flags & LA_FIN)
		return take_last_fin(b, p, tcb, handle);
	/* An ACK owed as well has a place in the queue, or will be found (LA_QUEUE_MAX). */
	if (UNLIKELY(tcb->flags & LA_TCB_ACK_OWED))
		return false;
	la_tcp_fast_fin_acked(tcb, p);
	la_tcp_fast_fin_wait_2(&s->env, tcb, b->now_us);
	la_stack_moved(s, LA_FIN_WAIT_1, LA_FIN_WAIT_2);
	b->ok++;
	return true;
}
