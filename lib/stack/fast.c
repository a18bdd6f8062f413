/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fast path: it processes plain segments of the usual kinds. Each function first finds
 * out whether it can finish the segment, and changes nothing until it knows; then it does what
 * listen.c, connection.c and lib/tcp would do, in their order, or calls them.
 *
 *   SYN to a listener                   answered by a cookie
 *   ACK to a listener                   opens a connection, if its cookie is good
 *   ACK that acknowledges nothing new   updates the window; the peer was heard
 *   text in order                       given to the service
 *   FIN in order                        reported to the service, which usually closes
 *   ACK of our FIN in LAST-ACK          ends the connection
 *   a bare ACK or FIN owed              sent
 */
#include "fast.h"
#include "la_flow_slots.h"
#include "la_tcp_fast_active.h"
#include "syns.h"

/* Convert a plain segment to the form that the general path takes. */
void
la_stack__rx_of(const struct la_stack *s, const struct la_plain *p, struct la_rx *rx)
{
	const bool v4 = !(p->options & LA_PLAIN_V6);

	rx->reason = LA_RX_OK;
	rx->kind = LA_KIND_TCP;
	memcpy(&rx->from.mac, p->frame + 6, sizeof(rx->from.mac));
	rx->from.tci = 0;
	rx->dest_mac = s->link.mac;
	rx->source = p->tuple.remote;
	rx->dest = la_address_at(&s->link.addresses, p->tuple.local);
	rx->source_port = p->tuple.remote_port;
	rx->dest_port = p->tuple.local_port;
	rx->hop_limit = p->frame[LA_PLAIN_IP + (v4 ? 8 : 7)];
	rx->seg.seq = p->seq;
	rx->seg.ack = p->ack;
	rx->seg.wnd = p->wnd;
	rx->seg.urg = la_get16(p->frame + (v4 ? LA_PLAIN_TCP_V4 : LA_PLAIN_TCP_V6) + 18);
	rx->seg.flags = p->flags;
	/* ECT or not makes no difference, and a frame marked CE is not plain. */
	rx->seg.ecn = LA_ECN_NOT_ECT;
	rx->seg.len = p->text_len;
	rx->seg.data = p->frame + p->text_at;
	rx->seg.opts.present = p->options & ~LA_PLAIN_MARKS;
	rx->seg.opts.mss = p->mss;
	rx->seg.opts.wscale = p->wscale;
	rx->seg.opts.tsval = p->tsval;
	rx->seg.opts.tsecr = p->tsecr;
}

/* Words of options in a SYN-ACK: with the MSS, timestamps too, the window scale too. */
enum { WORDS_MSS = 1, WORDS_TIMESTAMPS = 4, WORDS_WSCALE = 5 };

static inline uint32_t
syn_ack_words(const struct la_burst *b, const struct la_plain *p)
{
	if (!la_fast__uses_timestamps(b->stack, p))
		return WORDS_MSS;
	return p->options & b->stack->fast_options & LA_OPT_WSCALE ? WORDS_WSCALE :
			WORDS_TIMESTAMPS;
}

/* The options of a SYN-ACK with timestamps after its MSS, as la_options__write() orders them. */
static inline void
write_timestamps(const struct la_burst *b, const struct la_plain *p, uint32_t cookie,
		struct la_bare *bare, bool v4)
{
	const struct la_cookie_burst *cookies = &b->cookies[v4];

	bare->options[1] = b->stack->fast_syn_stamps[p->options & LA_OPT_SACK_PERMITTED ? 1 : 0];
	bare->options[2] = __builtin_bswap32(la_cookie_burst_tsval(cookies, cookie));
	bare->options[3] = __builtin_bswap32(p->tsval);
	bare->options[4] = b->stack->fast_syn_wscale;
}

/* If @p words is a constant, the compiler removes the loops over the options. */
LA_INLINE void
write_syn_ack(const struct la_burst *b, const struct la_plain *p, uint32_t cookie,
		uint8_t *frame, bool v4, uint32_t words)
{
	const uint64_t way = la_fast__way(b, p, LA_TO_NEW, v4);
	struct la_stack *s = b->stack;
	struct la_bare bare;

	la_fast__answer(&bare, p, &way, v4);
	bare.seq = la_cookie_burst_isn(&b->cookies[v4], cookie);
	bare.ack = p->seq + 1;
	bare.wnd = s->fast_syn_wnd;
	bare.flags = LA_SYN | LA_ACK;
	bare.words = (uint8_t)words;
	bare.options[0] = s->fast_syn_mss[v4];
	if (words > WORDS_MSS)
		write_timestamps(b, p, cookie, &bare, v4);
	la_fast__send(s, frame, &bare, v4);
}

/* Not inline, which leaves room to inline the more usual case. */
static __attribute__((noinline)) void
write_other_syn_ack(const struct la_burst *b, const struct la_plain *p, uint32_t cookie,
		uint8_t *frame, bool v4, uint32_t words)
{
	if (v4)
		write_syn_ack(b, p, cookie, frame, true, WORDS_TIMESTAMPS);
	else
		write_syn_ack(b, p, cookie, frame, false, words);
}

/* Room for the answer to @p p, if possible in the frame of @p p itself. */
static inline uint8_t *
answer_room(const struct la_burst *b, const struct la_plain *p)
{
	const struct la_stack_io *io = &b->stack->io;

	return LA_LIKELY(io->answer != NULL) ? io->answer(io->user, (uint32_t)(p - b->read)) :
			io->frame(io->user);
}

/* 3.10.7.2, third: a SYN, answered by a cookie (RFC 4987, 3.6). */
static bool
take_syn(struct la_burst *b, const struct la_plain *p, uint32_t cookie)
{
	const bool v4 = !(p->options & LA_PLAIN_V6);
	uint32_t words;
	uint8_t *frame;

	if (LA_UNLIKELY(!la_stack__wants_cookie(b->stack)))
		return false;
	frame = answer_room(b, p);
	if (LA_UNLIKELY(frame == NULL))
		return false;
	words = syn_ack_words(b, p);
	if (LA_UNLIKELY(!v4 || words == WORDS_TIMESTAMPS))
		write_other_syn_ack(b, p, cookie, frame, v4, words);
	else if (words == WORDS_MSS)
		write_syn_ack(b, p, cookie, frame, true, WORDS_MSS);
	else
		write_syn_ack(b, p, cookie, frame, true, WORDS_WSCALE);
	la_stack__note_syn(b->stack, p->hash, (struct la_syn_seen){ .isn = p->seq,
		.tsval = p->tsval, .options = p->options, .wscale = p->wscale }, b->now_us);
	la_stack__count_mss(b->stack, p->options, p->mss);
	b->syns++;
	return true;
}

static inline void
open_established(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle, uint32_t listener, const struct la_cookie_burst *cookies,
		uint32_t cookie)
{
	struct la_stack *s = b->stack;
	struct la_listener_counters *counters = &s->listener_counters[listener];
	const uint32_t class = la_cookie_burst_class(cookies, cookie);

	if (la_fast__uses_timestamps(s, p)) {
		const struct la_tcp_agreed *by_bits =
				&s->fast_agreed[la_cookie_burst_bits(cookies, cookie)];
		const struct la_tcp_agreed agreed = { .ts_recent = p->tsval,
			.flags = by_bits->flags, .snd_scale = by_bits->snd_scale };

		la_tcp_fast_open(&s->tcp_fast, tcb, listener, p, class, agreed, b->born);
		la_stack__keep_offset(s, handle, handle, la_cookie_burst_offset(cookies, cookie));
	} else {
		la_tcp_fast_open(&s->tcp_fast, tcb, listener, p, class,
				(struct la_tcp_agreed){ .flags = 0 }, b->born);
	}
	if (s->tcp_fast.confirm)
		la_timer_set(&s->wheel, handle, b->now_us + s->params.tcp.confirm_us);
	/* Count at once: a FIN later in the burst decrements the gauge. */
	la_count(&s->counters.state[LA_ESTABLISHED]);
	la_count(&counters->accepted);
	la_count(&counters->open);
	b->opens++;
}

/* The ACK came with text. The segment that opened the connection does not prove that the peer
 * knows of the connection: LA_TIMER_CONFIRM stays. */
static void
text_opens(struct la_burst *b, const struct la_plain *p, uint32_t handle)
{
	const enum la_tcp_reason reason = la_stack__fast_data(b, p,
			la_stack__tcb(b->stack, handle), handle);

	if (LA_LIKELY(reason == LA_OK))
		return;
	b->refused++;
	la_stack__reason(b->stack, reason);
}

/* If the service has an open() callback, the general path continues, with a block that holds
 * only its tuple. */
static LA_COLD void
open_generally(struct la_burst *b, const struct la_plain *p, uint32_t handle, uint32_t listener,
		const struct la_cookie_burst *cookies, uint32_t cookie)
{
	const bool timestamps = la_fast__uses_timestamps(b->stack, p);
	const struct la_cookie_opts opts = la_cookie_burst_opts(cookies, cookie, timestamps);
	const struct la_tcp_negotiated n = la_stack__negotiated(&opts);
	struct la_rx rx;

	if (timestamps)
		la_stack__keep_offset(b->stack, handle, handle,
				la_cookie_burst_offset(cookies, cookie));
	*la_stack__tcb(b->stack, handle) = (struct la_tcb){ .tuple = p->tuple,
		.listener = listener & (LA_TCB_LISTENERS - 1) };
	la_stack__rx_of(b->stack, p, &rx);
	la_stack__open_by_cookie(b->stack, &rx, handle, &rx.seg, &n, b->now_us);
}

/* 3.10.7.2, second: the ACK that ends a handshake by cookie. */
static inline bool
take_ack(struct la_burst *b, const struct la_plain *p, uint32_t cookie, uint32_t listener)
{
	struct la_stack *s = b->stack;
	const struct la_service_ops *ops = s->bound[listener].ops;
	const struct la_cookie_burst *cookies = p->options & LA_PLAIN_V6 ? &b->cookies[0] :
			&b->cookies[1];
	uint32_t handle;

	if (LA_UNLIKELY(ops->fill != NULL && la_pool_left(&s->exts) == 0))
		return false;
	if (LA_UNLIKELY(!la_cookie_burst_check(cookies, cookie, &s->cookie,
			la_fast__uses_timestamps(s, p))))
		return false;
	handle = la_pool_take(&s->tcbs);
	if (LA_UNLIKELY(handle == LA_NONE))
		return false;
	if (LA_UNLIKELY(!la_flow_insert_home(&s->flow, p->hash, handle))) {
		la_pool_give(&s->tcbs, handle);
		return false;
	}
	b->added = s->flow.added;
	b->opened |= la_burst__mark(p->hash);
	if (p->options & LA_PLAIN_NEAR)
		la_fast__way(b, p, LA_TO_PEER, !(p->options & LA_PLAIN_V6));
	la_stack__syn_opened(s, p->hash);
	if (LA_UNLIKELY(ops->open != NULL || p->text_len > s->tcp_fast.opens_with ||
			(la_fast__uses_timestamps(s, p) && la_cookie_burst_ecn(cookies, cookie)))) {
		open_generally(b, p, handle, listener, cookies, cookie);
		return true;
	}
	open_established(b, p, la_stack__tcb(s, handle), handle, listener, cookies, cookie);
	if (p->text_len > 0)
		text_opens(b, p, handle);
	return true;
}

bool
la_stack__fast_listen(struct la_burst *b, const struct la_plain *p, uint32_t cookie)
{
	struct la_stack *s = b->stack;
	const uint32_t at = s->listening.port[p->tuple.local_port];

	/* No listener, or several on different addresses: left to the general path. */
	if (cookie == LA_NO_COOKIE || !(at & LA_LISTENS_ALONE))
		return false;
	/* From an address of ours, which no other host may use. */
	if (p->options & LA_PLAIN_NEAR &&
			la_address_index(&s->link.addresses, &p->tuple.remote) != LA_ADDRESS_NONE)
		return false;
	return p->flags & LA_SYN ? take_syn(b, p, cookie) :
			take_ack(b, p, cookie, at & ~LA_LISTENS_ALONE);
}

/* Apply what a service requested at a FIN, if it is more than CLOSE. */
static LA_COLD void
act_at_fin(struct la_burst *b, const struct la_plain *p, uint32_t handle, struct la_conn *conn)
{
	const struct la_hop from = la_fast__from(p);
	struct la_call call;

	la_stack__call_begin(b->stack, &call, handle, &from, b->now_us);
	call.to = LA_TO_PEER;
	call.before = LA_ESTABLISHED;
	la_stack__apply(b->stack, &call, conn);
	la_stack__call_settle(b->stack, &call);
}

static inline void
take_fin(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb, uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_conn conn = { .now_us = b->now_us, .id = handle, .word = tcb->word,
		.close = bound->ops->fin == NULL };

	la_tcp_fast_note(tcb, p);
	la_tcp_fast_fin(tcb);
	b->ok++;
	if (LA_LIKELY(bound->ops->fin != NULL))
		bound->ops->fin(bound->service, &conn);
	if (LA_UNLIKELY(conn.send > 0 || conn.abort)) {
		act_at_fin(b, p, handle, &conn);
		return;
	}
	tcb->word = conn.word;
	if (LA_LIKELY(conn.close))
		la_tcp_fast_close(tcb);
	la_stack__moved(s, LA_ESTABLISHED, tcb->state);
	la_fast__queue(b, p, tcb, handle);
}

/* The block was in ESTABLISHED or later, so its service knows of it. */
static inline void
take_last_ack(struct la_burst *b, const struct la_plain *p, struct la_tcb *tcb, uint32_t handle)
{
	struct la_stack *s = b->stack;
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_conn conn = { .now_us = b->now_us, .id = handle, .word = tcb->word };

	b->lasts++;
	/* Before end(): the service must not act on the connection any more. */
	tcb->state = LA_CLOSED;
	la_uncount(&s->listener_counters[tcb->listener].open);
	if (bound->ops->end != NULL)
		bound->ops->end(bound->service, &conn, LA_END_BY_CLOSED);
	la_flow_remove(&s->flow, p->hash, handle);
	la_stack__give(s, handle, tcb);
}

bool
la_stack__fast_segment(struct la_burst *b, const struct la_plain *p, uint32_t handle)
{
	struct la_stack *s = b->stack;
	struct la_tcb *tcb = la_stack__tcb(s, handle);

	if (tcb->flags & LA_TCB_EXT || !la_tcp_is_next(&s->tcp_fast, tcb, p))
		return p->flags & LA_SYN ? la_stack__fast_syn_ack(b, p, tcb, handle) :
				la_stack__fast_second(b, p, tcb, handle);
	if (la_tcp_acks_last_fin(tcb, p)) {
		take_last_ack(b, p, tcb, handle);
		return true;
	}
	if (!la_tcp_acks_all_again(tcb, p))
		return la_stack__fast_second(b, p, tcb, handle);
	/* If no extension block is free, a FIN may have to wait (connection.c). */
	if (la_pool_left(&s->exts) == 0)
		return false;
	if (p->text_len > 0) {
		la_tcp_fast_note(tcb, p);
		la_stack__reason(s, la_stack__fast_data(b, p, tcb, handle));
	} else if (p->flags & LA_FIN) {
		take_fin(b, p, tcb, handle);
	} else {
		la_tcp_fast_note(tcb, p);
		la_tcp_fast_idle(&s->env, &s->tcp_fast, tcb, b->now_us);
		b->ok++;
	}
	return true;
}
