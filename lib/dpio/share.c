/* SPDX-License-Identifier: BSD-3-Clause */
#include "share.h"

#include <stdio.h>

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "worker.h"

enum { ECHO_REPLY = 0, ECHO_REQUEST = 8, ECHO_REQUEST_V6 = 128, ECHO_REPLY_V6 = 129 };

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

/* An echo is for who is asked, or has asked. */
bool
la_share_wanted(const struct la_rx *rx)
{
	if (rx->reason != LA_RX_OK || rx->kind == LA_KIND_TCP)
		return false;
	if (rx->kind != LA_KIND_ICMP)
		return true;
	if (la_addr_is_v4(&rx->dest))
		return rx->icmp.type != ECHO_REPLY && rx->icmp.type != ECHO_REQUEST;
	return rx->icmp.type != ECHO_REQUEST_V6 && rx->icmp.type != ECHO_REPLY_V6;
}

void
la_share_give(struct la_worker *w, struct rte_mbuf *m)
{
	for (uint32_t i = 0; i < w->workers; i++) {
		struct la_worker *other = &w->all[i];

		if (other == w)
			continue;
		rte_mbuf_refcnt_update(m, 1);
		if (rte_ring_enqueue(other->shared, m) == 0)
			continue;
		rte_mbuf_refcnt_update(m, -1);
		la_count(&w->counters.share_missed);
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
