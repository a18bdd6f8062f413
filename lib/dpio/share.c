/* SPDX-License-Identifier: BSD-3-Clause */
#include "share.h"

#include <stdio.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "worker.h"

enum { EVERYBODY = UINT32_MAX };

bool
la_share_make(struct la_worker *w)
{
	char name[RTE_RING_NAMESIZE];

	if (w->workers < 2)
		return true;
	snprintf(name, sizeof(name), "lastack%u_%u", w->port, w->number);
	w->shared = rte_ring_create(name, LA_SHARE_MAX, SOCKET_ID_ANY,
			RING_F_SC_DEQ | RING_F_EXACT_SZ);
	return w->shared != NULL;
}

void
la_share_empty(struct la_worker *w)
{
	struct rte_mbuf *m;

	while (w->shared != NULL && rte_ring_dequeue(w->shared, (void **)&m) == 0)
		rte_pktmbuf_free(m);
}

void
la_share_free(struct la_worker *w)
{
	la_share_empty(w);
	rte_ring_free(w->shared);
	w->shared = NULL;
}

/* Whose connection it is, or EVERYBODY if that is not known. */
static uint32_t
owner(const struct la_worker *w, const struct la_tuple *t)
{
	uint32_t worker;

	if (w->params.owner.owns == NULL)
		return EVERYBODY;
	worker = la_steer_queue(w->view.steer, t->local, t->local_port, &t->remote,
			t->remote_port);
	return worker < w->workers ? worker : EVERYBODY;
}

/* To worker @p only, or to EVERYBODY else. All references are taken at once, before anybody
 * can give one back. */
static void
give(struct la_worker *w, struct rte_mbuf *m, uint32_t only)
{
	const uint32_t first = only == EVERYBODY ? 0 : only;
	const uint32_t end = only == EVERYBODY ? w->workers : only + 1;
	const uint32_t hearers = only == EVERYBODY ? w->workers - 1 : 1;
	uint32_t missed = 0;

	if (only == w->number)
		return;
	rte_mbuf_refcnt_update(m, (int16_t)hearers);
	for (uint32_t i = first; i < end; i++) {
		if (i != w->number && rte_ring_enqueue(w->all[i].shared, m) != 0)
			missed++;
	}
	if (missed == 0)
		return;
	rte_mbuf_refcnt_update(m, (int16_t)-(int32_t)missed);
	la_count_add(&w->counters.share_missed, missed);
}

void
la_share_give(struct la_worker *w, struct rte_mbuf *m, const struct la_rx *rx)
{
	struct la_tuple quoted;

	switch (la_stack_would_hear(w->stack, rx, &quoted)) {
	case LA_HEARD_BY_NONE:
		break;
	case LA_HEARD_BY_ALL:
		give(w, m, EVERYBODY);
		break;
	case LA_HEARD_BY_FIRST:
		give(w, m, 0);
		break;
	case LA_HEARD_BY_OWNER:
		give(w, m, owner(w, &quoted));
		break;
	}
}

void
la_share_take(struct la_worker *w, uint64_t now_us)
{
	struct rte_mbuf *m;

	/* No more than there were: others go on giving. */
	for (int i = 0; i < LA_SHARE_MAX && rte_ring_dequeue(w->shared, (void **)&m) == 0; i++) {
		struct la_rx rx;

		la_worker_parse(w, m, &rx);
		la_stack_overhear(w->stack, &rx, now_us);
		la_count(&w->counters.shared);
		rte_pktmbuf_free(m);
	}
}
