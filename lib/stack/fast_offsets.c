/* SPDX-License-Identifier: BSD-3-Clause */
/* Computes the timestamp offsets of a burst's answers, hashed together. */
#include "fast.h"
#include "la_tcp_fast_active.h"

/* A SYN offers timestamps; other segments carry them if both ends agreed. */
static inline bool
sends_timestamps(const struct la_tcb *tcb)
{
	return tcb->flags & LA_TCB_TIMESTAMPS ? la_tcp_owes_bare(tcb) : la_tcp_owes_syn(tcb);
}

/* Does a queued connection need an offset that is not cached? */
static inline bool
lacks_offset(const struct la_stack *s, uint32_t handle)
{
	const struct la_tcb *tcb = la_stack__tcb(s, handle);
	uint32_t offset;

	return tcb->flags & (LA_TCB_TIMESTAMPS | LA_TCB_ACTIVE) &&
			!la_stack__kept_offset(s, handle, &offset) && sends_timestamps(tcb);
}

/* Add a connection to those whose offsets are hashed. */
static inline void
add_offset(const struct la_stack *s, uint32_t handle, struct la_cookie_burst *burst,
		uint32_t *handles, bool v4)
{
	const struct la_tcb *tcb = la_stack__tcb(s, handle);
	const struct la_addr local = la_address_at(&s->link.addresses, tcb->tuple.local);
	const uint32_t from = v4 ? 12 : 0;

	handles[burst->n] = handle;
	la_cookie_burst_tuple(burst, &s->cookie, v4, local.b + from, tcb->tuple.remote.b + from,
			(uint32_t)tcb->tuple.local_port << 16 | tcb->tuple.remote_port);
}

static void
hash_offsets(struct la_stack *s, struct la_cookie_burst *burst, const uint32_t *handles)
{
	uint32_t offset[LA_COOKIE_BURST];

	la_cookie_burst_offsets(burst, &s->cookie, offset);
	for (uint32_t i = 0; i < burst->n; i++)
		la_stack__keep_offset(s, handles[i], handles[i], offset[i]);
}

void
la_stack__fast_offsets(struct la_stack *s, uint32_t n)
{
	const struct la_queue *q = &s->queue;
	struct la_cookie_burst burst[2];
	uint32_t handles[2][LA_COOKIE_BURST];

	if (!s->fast || !s->params.tcp.timestamps)
		return;
	la_cookie_burst_begin(&burst[0], &s->cookie, false, 0);
	la_cookie_burst_begin(&burst[1], &s->cookie, true, 0);
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t handle = q->ring[(q->head + i) & q->mask].handle;
		const bool v4 = la_addr_is_v4(&la_stack__tcb(s, handle)->tuple.remote);

		if (lacks_offset(s, handle))
			add_offset(s, handle, &burst[v4], handles[v4], v4);
	}
	s->offsets.lacking = burst[0].n + burst[1].n > 0;
	for (int v4 = 0; v4 < 2; v4++) {
		if (burst[v4].n > 0)
			hash_offsets(s, &burst[v4], handles[v4]);
	}
}
