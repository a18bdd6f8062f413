/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls from outside a segment: OPEN, acts of a service, drain and abort. */
#include "stack_private.h"

static bool
may_connect(const struct la_stack *s, uint16_t local, uint16_t local_port,
		const struct la_addr *remote, uint16_t remote_port, uint16_t listener)
{
	if (s->draining || local >= s->addresses.count || listener >= s->params.listeners_len)
		return false;
	if (local_port == 0 || remote_port == 0)
		return false;
	return la_addr_is_v4(remote) == la_addr_is_v4(&s->addresses.list[local]) &&
			la_address_index(&s->addresses, remote) == LA_ADDRESS_NONE;
}

static void
open_active(struct la_stack *s, uint32_t handle, uint64_t now_us)
{
	const struct la_tuple *tuple = &la_stack_tcb(s, handle)->tuple;
	const struct la_cookie_tuple addresses = {
		.local = s->addresses.list[tuple->local], .remote = tuple->remote,
		.local_port = tuple->local_port, .remote_port = tuple->remote_port,
	};
	struct la_call call;

	la_stack_call_begin(s, &call, handle, NULL, now_us);
	la_tcp_open_active(&s->env, call.tcb, la_cookie_isn(&s->cookie, &addresses, now_us),
			now_us);
	la_stack_call_end(s, &call);
}

uint32_t
la_stack_connect(struct la_stack *s, uint16_t local, uint16_t local_port,
		const struct la_addr *remote, uint16_t remote_port, uint16_t listener,
		uint64_t now_us)
{
	const struct la_tuple tuple = {
		.remote = *remote, .local = local,
		.local_port = local_port, .remote_port = remote_port,
	};
	const uint32_t hash = la_flow_hash(&s->flow, &tuple);
	uint32_t handle;

	if (!may_connect(s, local, local_port, remote, remote_port, listener))
		return LA_NONE;
	if (la_flow_lookup(&s->flow, &tuple, hash) != LA_FLOW_NONE)
		return LA_NONE;
	handle = la_stack_add_flow(s, &tuple, hash, listener);
	if (handle != LA_NONE)
		open_active(s, handle, now_us);
	return handle;
}

static bool
is_live(const struct la_stack *s, uint32_t handle)
{
	return handle != LA_NONE && handle <= s->tcbs.fresh &&
			la_stack_tcb(s, handle)->state != LA_CLOSED;
}

bool
la_stack_act(struct la_stack *s, uint32_t handle, uint64_t now_us,
		void (*act)(void *user, struct la_conn *conn), void *user)
{
	struct la_call call;

	if (!is_live(s, handle))
		return false;
	if (!la_stack_can_send(s, la_stack_tcb(s, handle), la_stack_tcb(s, handle)->listener)) {
		la_stack_count(s, LA_COUNT_NO_SENDER);
		return false;
	}
	la_stack_call_begin(s, &call, handle, NULL, now_us);
	la_stack_call_act(s, &call, act, user);
	la_stack_call_end(s, &call);
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
la_stack_drain_some(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	while (budget-- > 0 && s->drain_cursor <= s->tcbs.fresh) {
		const uint32_t handle = s->drain_cursor++;

		if (is_live(s, handle))
			la_stack_close(s, handle, false, now_us);
	}
}

void
la_stack_abort_all(struct la_stack *s, uint64_t now_us)
{
	for (uint32_t handle = 1; handle <= s->tcbs.fresh; handle++) {
		if (is_live(s, handle))
			la_stack_close(s, handle, true, now_us);
	}
}
