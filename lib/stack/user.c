/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls that no segment causes: OPEN, acts of a service, drain and abort. */
#include "fast.h"

/* Depends only on addresses and ports, so the result never changes. */
static bool
may_connect(const struct la_stack *s, const struct la_tuple *tuple)
{
	struct la_addr ours;

	if (tuple->local >= s->link.addresses.count || tuple->local_port == 0 ||
			tuple->remote_port == 0)
		return false;
	ours = la_address_at(&s->link.addresses, tuple->local);
	return la_addr_is_v4(&tuple->remote) == la_addr_is_v4(&ours) &&
			la_address_index(&s->link.addresses, &tuple->remote) == LA_ADDRESS_NONE;
}

/* An ISN past all that the last connection of this tuple sent (RFC 1122, 4.2.2.13). */
static uint32_t
newer_isn(uint32_t isn, const struct la_tw_record *record)
{
	return la_seq_gt(isn, record->snd_nxt) ? isn : record->snd_nxt + 1;
}

/* @p old: the tuple's TIME-WAIT record, or NULL. */
static void
open_active(struct la_stack *s, uint32_t handle, const struct la_tw_record *old, uint64_t now_us)
{
	const struct la_tuple *tuple = &la_stack__tcb(s, handle)->tuple;
	const struct la_cookie_tuple addresses = {
		.local = la_address_at(&s->link.addresses, tuple->local), .remote = tuple->remote,
		.local_port = tuple->local_port, .remote_port = tuple->remote_port,
	};
	uint32_t isn = la_cookie_isn(&s->cookie, &addresses, now_us);
	struct la_call call;
	struct la_hop hop;
	/* Looked up now, so that the output of the SYN need not. */
	const bool known = la_link_next_hop(&s->link, &tuple->remote, &hop, now_us);

	if (old != NULL)
		isn = newer_isn(isn, old);
	la_stack__call_begin(s, &call, handle, NULL, now_us);
	call.hop = known ? &hop : NULL;
	la_tcp_open_active(&s->env, call.tcb, isn, now_us);
	la_stack__call_end(s, &call);
}

/*
 * RFC 6191, 2, from the side that sends the SYN: the peer accepts it as a new
 * connection if its timestamp is newer than all before, and segments of the old
 * connection that are still in the network will fail PAWS.
 */
static bool
may_reopen(const struct la_stack *s, uint32_t record, uint64_t now_us)
{
	const uint32_t entered = la_tw_expiry_ms(&s->tw, record) - s->tw.timewait_ms;

	return s->tw.records[record].timestamps && s->params.tcp.timestamps &&
			la_seq_gt((uint32_t)(now_us / 1000), entered);
}

static LA_COLD enum la_stack_opened
connect_again(struct la_stack *s, const struct la_tuple *tuple, uint32_t hash, uint32_t found,
		uint16_t listener, uint64_t now_us, uint32_t *handle)
{
	const uint32_t at = found & ~LA_FLOW_TIME_WAIT;
	struct la_tw_record old;

	if (!(found & LA_FLOW_TIME_WAIT) || !may_reopen(s, at, now_us))
		return LA_OPEN_IN_USE;
	old = s->tw.records[at];
	*handle = la_stack__take(s, tuple, listener);
	if (*handle == LA_NONE)
		return LA_OPEN_FULL;
	la_stack__time_wait_replace(s, hash, at, *handle);
	la_stack__count(s, LA_COUNT_TIME_WAIT_REOPENED);
	open_active(s, *handle, &old, now_us);
	return LA_OPEN_MADE;
}

void
la_stack__prepare_one(const struct la_stack *s, struct la_stack_opening *o)
{
	o->valid = may_connect(s, &o->tuple);
	o->hashed = 0;
	o->hash = la_flow_hash(&s->flow, &o->tuple);
	la_flow_prefetch(&s->flow, o->hash);
}

void
la_stack_prepare(const struct la_stack *s, struct la_stack_opening *openings, uint32_t n)
{
	if (LA_LIKELY(s->fast)) {
		la_stack__fast_prepare(s, openings, n);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		la_stack__prepare_one(s, &openings[i]);
}

enum la_stack_opened
la_stack_connect_prepared(struct la_stack *s, const struct la_stack_opening *o, uint16_t listener,
		uint64_t now_us, uint32_t *handle)
{
	uint32_t found;

	*handle = LA_NONE;
	if (s->draining || !o->valid || listener >= s->params.listeners_len)
		return LA_OPEN_REFUSED;
	if (LA_LIKELY(la_stack__fast_connect(s, o, listener, now_us, handle)))
		return LA_OPEN_MADE;
	found = la_flow_lookup(&s->flow, &o->tuple, o->hash);
	if (LA_UNLIKELY(found != LA_FLOW_NONE))
		return connect_again(s, &o->tuple, o->hash, found, listener, now_us, handle);
	*handle = la_stack__add_flow(s, &o->tuple, o->hash, listener);
	if (LA_UNLIKELY(*handle == LA_NONE))
		return LA_OPEN_FULL;
	open_active(s, *handle, NULL, now_us);
	return LA_OPEN_MADE;
}

enum la_stack_opened
la_stack_connect(struct la_stack *s, uint16_t local, uint16_t local_port,
		const struct la_addr *remote, uint16_t remote_port, uint16_t listener,
		uint64_t now_us, uint32_t *handle)
{
	struct la_stack_opening o = { .tuple = {
		.remote = *remote, .local = local,
		.local_port = local_port, .remote_port = remote_port,
	} };

	la_stack__prepare_one(s, &o);
	return la_stack_connect_prepared(s, &o, listener, now_us, handle);
}

bool
la_stack_reaches(struct la_stack *s, const struct la_addr *remote, uint64_t now_us)
{
	struct la_hop hop;

	return la_link_next_hop(&s->link, remote, &hop, now_us);
}

static bool
is_live(const struct la_stack *s, uint32_t handle)
{
	return handle != LA_NONE && handle <= s->tcbs.fresh &&
			la_stack__tcb(s, handle)->state != LA_CLOSED;
}

bool
la_stack_act(struct la_stack *s, uint32_t handle, uint64_t now_us,
		void (*act)(void *user, struct la_conn *conn), void *user)
{
	struct la_call call;

	if (!is_live(s, handle))
		return false;
	/* Take no block from another connection: a service may call this from a callback, and the
	 * block could be that of the connection whose callback is running. */
	if (!la_stack__has_ext(s, la_stack__tcb(s, handle), la_stack__tcb(s, handle)->listener)) {
		la_stack__count(s, LA_COUNT_NO_SENDER);
		return false;
	}
	la_stack__call_begin(s, &call, handle, NULL, now_us);
	la_stack__call_act(s, &call, act, user);
	la_stack__call_end(s, &call);
	return true;
}

bool
la_stack_end_one(struct la_stack *s, uint32_t handle, bool abort, uint64_t now_us)
{
	if (!is_live(s, handle))
		return false;
	la_stack__close(s, handle, abort, now_us);
	return true;
}

void
la_stack_drain(struct la_stack *s)
{
	if (s->draining)
		return;
	s->draining = true;
	s->drain_cursor = 1;
}

void
la_stack__drain_some(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	while (budget-- > 0 && s->drain_cursor <= s->tcbs.fresh) {
		const uint32_t handle = s->drain_cursor++;

		if (is_live(s, handle))
			la_stack__close(s, handle, false, now_us);
	}
}

void
la_stack_abort_all(struct la_stack *s, uint64_t now_us)
{
	for (uint32_t handle = 1; handle <= s->tcbs.fresh; handle++) {
		if (is_live(s, handle))
			la_stack__close(s, handle, true, now_us);
	}
}
