/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments of no connection: SEGMENT ARRIVES in LISTEN and in CLOSED (RFC 9293,
 * 3.10.7.1 and 3.10.7.2), with SYN cookies (RFC 4987, 3.6).
 */
#include "syns.h"

/*
 * A tuple gets a few RSTs per second: enough to answer also the ACK by which a peer challenges the
 * first RST (RFC 5961, 3.2). The next limits are the source's share and the common budget.
 */
static LA_COLD bool
may_reset(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	enum { SECOND_MS = 1000, SENT_MAX = 8 };
	const struct la_tuple tuple = {
		.remote = rx->source, .remote_port = rx->source_port,
		.local = (uint16_t)la_address_index(&s->link.addresses, &rx->dest),
		.local_port = rx->dest_port,
	};
	const uint32_t hash = la_flow_hash(&s->flow, &tuple), now_ms = (uint32_t)(now_us / 1000);
	struct la_reset_tuple *place = &s->reset_tuples[hash % LA_RESET_TUPLES];
	const bool same = place->hash == hash && place->ends_ms - now_ms - 1 < SECOND_MS;

	if (same && place->sent >= SENT_MAX)
		return false;
	if (!la_shares_take(&s->rst_limit, &rx->source, now_us))
		return false;
	if (!same)
		*place = (struct la_reset_tuple){ hash, now_ms + SECOND_MS, 0 };
	place->sent++;
	return true;
}

/* Answer with a RST, if the rate limits allow it; @p reason is counted then. */
LA_COLD void
la_stack__reset(struct la_stack *s, const struct la_rx *rx, enum la_tcp_reason reason,
		uint64_t now_us)
{
	struct la_seg rst;

	if (!la_tcp_reset_for(&rx->seg, &rst)) {
		la_stack__reason(s, LA_DROP_CLOSED_SILENT);
		return;
	}
	if (!may_reset(s, rx, now_us)) {
		la_stack__count(s, LA_COUNT_TX_RSTS_LIMITED);
		la_stack__reason(s, LA_DROP_CLOSED_SILENT);
		return;
	}
	la_stack__reason(s, reason);
	if (la_stack__reply(s, rx, &rst, LA_TO_STRANGER, now_us))
		la_stack__count(s, LA_COUNT_TX_RSTS);
}

/* Did the port deliver it to the wrong queue? A RST would end a good connection elsewhere. */
static LA_COLD bool
wrong_core(struct la_stack *s, const struct la_tuple *tuple)
{
	const struct la_owner *owner = &s->params.owner;

	if (owner->owns == NULL || owner->owns(owner->user, tuple->local, tuple->local_port,
			&tuple->remote, tuple->remote_port))
		return false;
	la_stack__count(s, LA_COUNT_WRONG_CORE);
	la_stack__reason(s, LA_DROP_CLOSED_SILENT);
	return true;
}

static LA_COLD void
closed_port(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple,
		uint64_t now_us)
{
	/* A SYN needs no state, so any core may answer it. */
	if ((rx->seg.flags & (LA_SYN | LA_ACK)) != LA_SYN && wrong_core(s, tuple))
		return;
	if (s->params.closed_port_drop)
		la_stack__reason(s, LA_DROP_CLOSED_SILENT);
	else
		la_stack__reset(s, rx, (rx->seg.flags & (LA_SYN | LA_ACK)) == LA_SYN ?
				LA_RST_CLOSED_PORT : LA_RST_NO_CONNECTION, now_us);
}

/* Answer a SYN by a cookie; no block is taken. The peer retransmits text that came with the SYN. */
void
la_stack__send_cookie(struct la_stack *s, const struct la_rx *rx, uint32_t hash, uint64_t now_us)
{
	const struct la_tcp_params *tcp = &s->params.tcp;
	const struct la_cookie_tuple tuple = la_stack__cookie_tuple(rx);
	const struct la_opts *o = &rx->seg.opts;
	const uint8_t options = la_stack__syn_options(&rx->seg);
	const struct la_cookie_opts opts = la_stack__cookie_opts(tcp, options, o->mss, o->wscale,
			la_addr_is_v4(&rx->dest));
	struct la_seg synack;

	la_stack__count_mss(s, o->present, o->mss);
	synack.seq = la_cookie_make(&s->cookie, &tuple, rx->seg.seq, &opts, now_us,
			&synack.opts.tsval);
	synack.ack = rx->seg.seq + 1;
	synack.flags = LA_SYN | LA_ACK | (opts.ecn ? LA_ECE : 0);
	synack.ecn = LA_ECN_NOT_ECT;
	synack.wnd = (uint16_t)(tcp->window < UINT16_MAX ? tcp->window : UINT16_MAX);
	synack.urg = 0;
	synack.len = 0;
	synack.opts.present = LA_OPT_MSS | (opts.timestamps ? LA_OPT_TIMESTAMPS : 0) |
			(opts.wscale_ok ? LA_OPT_WSCALE : 0) |
			(opts.sack ? LA_OPT_SACK_PERMITTED : 0);
	synack.opts.mss = la_addr_is_v4(&rx->dest) ? tcp->mss_v4 : tcp->mss_v6;
	synack.opts.tsecr = rx->seg.opts.tsval;
	synack.opts.wscale = tcp->rcv_scale;
	synack.opts.sacks = 0;
	la_stack__note_syn(s, hash, (struct la_syn_seen){ .isn = rx->seg.seq, .tsval = o->tsval,
		.options = options, .wscale = o->wscale }, now_us);
	la_stack__reason(s, LA_OK_SYN_ACKED);
	if (la_stack__reply(s, rx, &synack, LA_TO_NEW, now_us))
		la_stack__count(s, LA_COUNT_COOKIES_SENT);
}

static inline uint64_t
syns_waiting(const struct la_stack *s)
{
	return la_count_read(&s->counters.state[LA_SYN_RECEIVED]);
}

/* A SYN may be forged: an eighth of the blocks is reserved for peers that bring back a cookie. */
enum { SCARCE_SHARE = 8, PLENTY_SHARE = 4 };

bool
la_stack__may_keep_syn(const struct la_stack *s)
{
	return syns_waiting(s) < s->params.backlog &&
			la_pool_left(&s->tcbs) > s->tcbs.size / SCARCE_SHARE;
}

/* `auto`: cookies start when the backlog is full or few blocks are free, whatever holds the
 * others. They stop when the backlog is half empty again and a quarter of the blocks is free. */
bool
la_stack__wants_cookie(struct la_stack *s)
{
	if (LA_LIKELY(s->params.syn_cookies == LA_COOKIES_ALWAYS))
		return true;
	if (s->params.syn_cookies == LA_COOKIES_NEVER)
		return false;
	if (!la_stack__may_keep_syn(s))
		s->cookies_on = true;
	else if (syns_waiting(s) <= s->params.backlog / 2 &&
			la_pool_left(&s->tcbs) > s->tcbs.size / PLENTY_SHARE)
		s->cookies_on = false;
	return s->cookies_on;
}

/* Passive OPEN into an allocated block; the SYN-ACK is queued. */
void
la_stack__passive(struct la_stack *s, const struct la_rx *rx, uint32_t handle, uint32_t iss,
		uint64_t now_us)
{
	struct la_call call;

	la_stack__count_mss(s, rx->seg.opts.present, rx->seg.opts.mss);
	la_stack__call_begin(s, &call, handle, &rx->from, now_us);
	call.to = LA_TO_NEW;
	la_tcp_open_passive(&s->env, call.tcb, &rx->seg, iss, now_us);
	la_stack__call_end(s, &call);
}

static void
refuse_syn(struct la_stack *s, uint32_t listener, enum la_tcp_reason reason)
{
	la_stack__reason(s, reason);
	la_count(&s->listener_counters[listener].refused);
}

/* Keep a SYN in a block. */
static LA_COLD void
keep_syn(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple, uint32_t hash,
		uint32_t listener, uint64_t now_us)
{
	const struct la_cookie_tuple addresses = la_stack__cookie_tuple(rx);
	uint32_t handle;

	if (syns_waiting(s) >= s->params.backlog) {
		refuse_syn(s, listener, LA_DROP_BACKLOG_FULL);
		return;
	}
	la_stack__room_for_syn(s, now_us);
	handle = la_stack__add_flow(s, tuple, hash, listener);
	if (handle == LA_NONE) {
		refuse_syn(s, listener, LA_DROP_TABLE_FULL);
		return;
	}
	la_stack__syn_opened(s, hash);
	la_stack__passive(s, rx, handle, la_cookie_isn(&s->cookie, &addresses, now_us), now_us);
	la_stack__reason(s, LA_OK_SYN_ACKED);
}

/* While shutting down: a RST, so that clients go elsewhere at once. */
static LA_COLD void
turn_away(struct la_stack *s, const struct la_rx *rx, uint32_t listener, uint64_t now_us)
{
	la_count(&s->listener_counters[listener].refused);
	la_stack__reset(s, rx, LA_DROP_DRAINING, now_us);
}

static void
syn_arrives(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple, uint32_t hash,
		uint32_t listener, uint64_t now_us)
{
	la_stack__count(s, LA_COUNT_SYN_RECEIVED);
	if (LA_UNLIKELY(s->draining))
		turn_away(s, rx, listener, now_us);
	else if (LA_LIKELY(la_stack__wants_cookie(s)))
		la_stack__send_cookie(s, rx, hash, now_us);
	else
		keep_syn(s, rx, tuple, hash, listener, now_us);
}

/* Does the ACK bring back a cookie of ours? */
bool
la_stack__cookie_good(const struct la_stack *s, const struct la_rx *rx, uint64_t now_us,
		struct la_tcp_negotiated *n)
{
	const struct la_cookie_tuple tuple = la_stack__cookie_tuple(rx);
	const bool timestamps = (rx->seg.opts.present & LA_OPT_TIMESTAMPS) &&
			s->params.tcp.timestamps;
	struct la_cookie_opts opts;

	if (!la_cookie_check(&s->cookie, &tuple, rx->seg.seq - 1, rx->seg.ack,
			timestamps ? &rx->seg.opts.tsecr : NULL, now_us, &opts))
		return false;
	*n = la_stack__negotiated(&opts);
	return true;
}

/* The segment may belong to a handshake, here or on another core that has the same addresses. */
static LA_COLD void
under_way(struct la_stack *s)
{
	if (s->params.workers > 1 && s->params.owner.owns == NULL)
		la_stack__count(s, LA_COUNT_WRONG_CORE);
	la_stack__reason(s, LA_DROP_COOKIE_UNDER_WAY);
}

/* @p known: a handshake of the tuple is unfinished, but this segment cannot complete it. */
static LA_COLD void
bad_cookie(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint32_t listener, bool known, uint64_t now_us)
{
	if (wrong_core(s, tuple))
		return;
	if (known) {
		la_stack__reason(s, LA_DROP_COOKIE_UNDER_WAY);
		return;
	}
	if (la_stack__may_be_under_way(s, rx, hash, now_us)) {
		under_way(s);
		return;
	}
	la_stack__count(s, LA_COUNT_COOKIES_REJECTED);
	la_count(&s->listener_counters[listener].refused);
	la_stack__reset(s, rx, LA_RST_COOKIE_BAD, now_us);
}

void
la_stack__open_by_cookie(struct la_stack *s, const struct la_rx *rx, uint32_t handle,
		const struct la_seg *first, const struct la_tcp_negotiated *n, uint64_t now_us)
{
	struct la_tcb *tcb = la_stack__tcb(s, handle);
	enum la_tcp_reason reason;

	la_tcp_open_cookie(&s->env, tcb, first, n, now_us);
	la_stack__moved(s, LA_CLOSED, tcb->state);
	la_stack__count(s, LA_COUNT_COOKIES_ACCEPTED);
	reason = la_stack__segment(s, handle, rx, now_us);
	la_stack__reason(s, reason == LA_OK ? LA_OK_OPENED_BY_COOKIE : reason);
}

/* An ACK to a listener while cookies are off. */
static LA_COLD void
no_connection(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint64_t now_us)
{
	if (wrong_core(s, tuple))
		return;
	if (s->params.workers > 1 && la_stack__may_be_under_way(s, rx, hash, now_us)) {
		under_way(s);
		return;
	}
	la_stack__reset(s, rx, LA_RST_NO_CONNECTION, now_us);
}

/* An ACK of a handshake by cookie opens a connection, if all that is needed is free. */
static void
open_listener(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint32_t listener, const struct la_seg *first,
		const struct la_tcp_negotiated *n, uint64_t now_us)
{
	uint32_t handle;

	if (LA_UNLIKELY(s->draining)) {
		turn_away(s, rx, listener, now_us);
		return;
	}
	/* Send nothing, so that the peer tries again with its first text. */
	if (LA_UNLIKELY(!la_stack__can_send(s, NULL, listener, now_us))) {
		la_stack__count(s, LA_COUNT_NO_SENDER);
		refuse_syn(s, listener, LA_DROP_TABLE_FULL);
		return;
	}
	la_stack__room_for_cookie(s, now_us);
	handle = la_stack__add_flow(s, tuple, hash, listener);
	if (LA_UNLIKELY(handle == LA_NONE)) {
		refuse_syn(s, listener, LA_DROP_TABLE_FULL);
		return;
	}
	la_stack__syn_opened(s, hash);
	la_stack__open_by_cookie(s, rx, handle, first, n, now_us);
}

/* An ACK without a good cookie: it has overtaken the last ACK, or lost its timestamps. */
static LA_COLD void
ack_of_noted(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint32_t listener, uint64_t now_us)
{
	struct la_tcp_negotiated n;
	const struct la_syn_seen *seen = la_stack__syn_of(s, rx, hash, now_us, &n);
	struct la_seg first;

	if (seen != NULL && la_stack__syn_opens(s, seen, rx, &first))
		open_listener(s, rx, tuple, hash, listener, &first, &n, now_us);
	else
		bad_cookie(s, rx, tuple, hash, listener, seen != NULL, now_us);
}

/* Reconstruct the SYN for which a block in SYN-RECEIVED was made. */
static struct la_syn_seen
syn_of_block(const struct la_tcb *tcb)
{
	return (struct la_syn_seen){
		.isn = tcb->rcv.nxt - 1, .tsval = tcb->ts_recent, .wscale = tcb->snd_scale,
		.options = (tcb->flags & LA_TCB_TIMESTAMPS ? LA_OPT_TIMESTAMPS : 0) |
				(tcb->flags & LA_TCB_WSCALE ? LA_OPT_WSCALE : 0) |
				(tcb->flags & LA_TCB_SACK ? LA_OPT_SACK_PERMITTED : 0) |
				(tcb->ecn != LA_TCB_ECN_NONE ? LA_SYN_ECN : 0),
	};
}

/* Whether an ACK opens the tuple in place of a half-open connection. It must bring back a good
 * cookie itself, or belong to a noted SYN, or to the SYN that is kept, which may have come before
 * and been answered by a cookie. @p known: a handshake by cookie is unfinished. */
static LA_COLD bool
brings_cookie(struct la_stack *s, const struct la_rx *rx, uint32_t hash,
		const struct la_tcb *tcb, uint64_t now_us, struct la_seg *first,
		struct la_tcp_negotiated *n, bool *known)
{
	const struct la_syn_seen kept = syn_of_block(tcb), *seen;

	*known = false;
	*first = rx->seg;
	if (la_stack__cookie_good(s, rx, now_us, n))
		return true;
	seen = la_stack__syn_of(s, rx, hash, now_us, n);
	if (seen == NULL && la_stack__syn_acked(s, &kept, rx, now_us, n))
		seen = &kept;
	*known = seen != NULL;
	return seen != NULL && la_stack__syn_opens(s, seen, rx, first);
}

/* Back to LISTEN. The service does not know of the connection yet. */
static LA_COLD void
forget_half_open(struct la_stack *s, uint32_t handle, uint64_t now_us)
{
	struct la_call call;

	la_stack__call_begin(s, &call, handle, NULL, now_us);
	call.tcb->state = LA_CLOSED;
	la_stack__call_settle(s, &call);
}

/*
 * SYN-RECEIVED proves only that somebody sent a SYN with the peer's address. Another SYN of the
 * tuple may be the peer's own: it gets a cookie, and its ACK replaces the half-open connection.
 * By 3.10.7.4 the peer would answer our ACK by a RST, and send its SYN again a second later: an
 * attacker who forges SYNs could keep the peer away, and challenges are rate limited.
 */
bool
la_stack__half_open(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint32_t handle, uint64_t now_us)
{
	const uint8_t flags = rx->seg.flags & (LA_SYN | LA_ACK | LA_RST | LA_FIN);
	const struct la_tcb *tcb = la_stack__tcb(s, handle);
	const uint32_t listener = tcb->listener;
	struct la_tcp_negotiated n;
	struct la_seg first;
	bool known;

	if (tcb->flags & LA_TCB_ACTIVE || s->params.syn_cookies == LA_COOKIES_NEVER || s->draining)
		return false;
	if (flags == LA_SYN && rx->seg.seq + 1 != tcb->rcv.nxt) {
		la_stack__count(s, LA_COUNT_SYN_RECEIVED);
		la_stack__send_cookie(s, rx, hash, now_us);
		return true;
	}
	if ((flags & ~LA_FIN) != LA_ACK || rx->seg.ack == tcb->snd.nxt)
		return false;
	if (brings_cookie(s, rx, hash, tcb, now_us, &first, &n, &known)) {
		forget_half_open(s, handle, now_us);
		open_listener(s, rx, tuple, hash, listener, &first, &n, now_us);
		return true;
	}
	if (!known && !la_stack__may_be_under_way(s, rx, hash, now_us))
		return false;
	la_stack__reason(s, LA_DROP_COOKIE_UNDER_WAY);
	return true;
}

/* 3.10.7.2, second: an ACK to LISTEN is bad, unless it completes a handshake by cookie. */
static void
ack_arrives(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple, uint32_t hash,
		uint32_t listener, uint64_t now_us)
{
	struct la_tcp_negotiated n;

	if (LA_UNLIKELY(s->params.syn_cookies == LA_COOKIES_NEVER))
		no_connection(s, rx, tuple, hash, now_us);
	else if (LA_LIKELY(la_stack__cookie_good(s, rx, now_us, &n)))
		open_listener(s, rx, tuple, hash, listener, &rx->seg, &n, now_us);
	else
		ack_of_noted(s, rx, tuple, hash, listener, now_us);
}

/* Neither a SYN nor an ACK alone. */
static LA_COLD void
odd_flags(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	const uint8_t flags = rx->seg.flags & (LA_SYN | LA_ACK | LA_RST | LA_FIN);

	if (flags == (LA_SYN | LA_ACK))
		la_stack__reset(s, rx, LA_RST_NO_CONNECTION, now_us);
	else if ((flags & (LA_RST | LA_SYN)) == LA_RST)
		la_stack__reason(s, LA_DROP_LISTEN_RST);
	else
		la_stack__reason(s, LA_DROP_LISTEN_FLAGS);
}

void
la_stack__listen(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint64_t now_us)
{
	const uint8_t flags = rx->seg.flags & (LA_SYN | LA_ACK | LA_RST | LA_FIN);
	uint32_t listener;

	if (LA_UNLIKELY(la_address_index(&s->link.addresses, &rx->source) != LA_ADDRESS_NONE)) {
		la_uncount(&s->counters.rx[LA_RX_OK]);
		la_count(&s->counters.rx[LA_RX_IP_SOURCE]);
		return;
	}
	listener = la_stack__listener(s, tuple->local, tuple->local_port);
	if (LA_UNLIKELY(listener == LA_LISTENER_NONE))
		closed_port(s, rx, tuple, now_us);
	else if (flags == LA_SYN)
		syn_arrives(s, rx, tuple, hash, listener, now_us);
	else if ((flags & ~LA_FIN) == LA_ACK)
		ack_arrives(s, rx, tuple, hash, listener, now_us);
	else
		odd_flags(s, rx, now_us);
}
