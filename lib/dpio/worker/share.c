/* SPDX-License-Identifier: BSD-3-Clause */
#include "share.h"

#include <stdio.h>

#include "empty_ring.h"
#include "rx.h"
#include "worker.h"

enum { EVERYBODY = UINT32_MAX };

/*
 * Several give, one takes. In DPDK's default mode a giver that has taken its place moves the
 * tail only when all before it have: who is put off the processor in between (idle = yield,
 * more workers than cores) makes the others spin until it is back. With a relaxed tail (RTS)
 * the last of those under way moves it for all, and nobody waits; the taker sees nothing new
 * until then, and what finds no place meanwhile is dropped and counted. RTS too would have
 * givers wait once the head is an eighth of the ring ahead of the tail, lest the taker starve
 * under givers that always overlap. Here a full ring stops them, so that limit is lifted.
 */
static struct rte_ring *
make_ring(const struct la_worker *w, const char *what, uint32_t places)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *ring;

	snprintf(name, sizeof(name), "lastack%u_%u%s", w->port, w->number, what);
	ring = rte_ring_create(name, places, SOCKET_ID_ANY,
			RING_F_MP_RTS_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	if (ring != NULL)
		rte_ring_set_prod_htd_max(ring, rte_ring_get_capacity(ring));
	return ring;
}

bool
la_share__make(struct la_worker *w)
{
	if (w->workers < 2)
		return true;
	w->shared.link = make_ring(w, "link", LA_SHARE_LINK);
	w->shared.errors = make_ring(w, "errors", LA_SHARE_ERRORS);
	return w->shared.link != NULL && w->shared.errors != NULL;
}

void
la_share__empty(struct la_worker *w)
{
	la_ring__empty(w->shared.link);
	la_ring__empty(w->shared.errors);
}

void
la_share__free(struct la_worker *w)
{
	la_share__empty(w);
	rte_ring_free(w->shared.link);
	rte_ring_free(w->shared.errors);
	w->shared = (struct la_shared){ .link = NULL };
}

/* Whose connection it is, or EVERYBODY if that is not known. */
static uint32_t
owner_of(const struct la_worker *w, const struct la_tuple *t)
{
	uint32_t worker;

	if (w->owner.worker == NULL)
		return EVERYBODY;
	worker = w->owner.worker(w->owner.user, t);
	return worker < w->workers ? worker : EVERYBODY;
}

/* @return whether there was room. */
static bool
put_frame(const struct la_worker *to, struct rte_mbuf *m, bool error)
{
	return rte_ring_enqueue(error ? to->shared.errors : to->shared.link, m) == 0;
}

/* To worker @p only, or to EVERYBODY else. All references are taken at once, before anybody
 * can give one back. */
static void
give_frame(struct la_worker *w, struct rte_mbuf *m, bool error, uint32_t only)
{
	const uint32_t first = only == EVERYBODY ? 0 : only;
	const uint32_t end = only == EVERYBODY ? w->workers : only + 1;
	const uint32_t hearers = only == EVERYBODY ? w->workers - 1 : 1;
	uint32_t missed = 0;

	if (only == w->number)
		return;
	rte_mbuf_refcnt_update(m, (int16_t)hearers);
	for (uint32_t i = first; i < end; i++) {
		if (i != w->number && !put_frame(&w->all[i], m, error))
			missed++;
	}
	if (missed == 0)
		return;
	rte_mbuf_refcnt_update(m, (int16_t)-(int32_t)missed);
	la_count_add(&w->counters.share_missed, missed);
}

void
la_share__give(struct la_worker *w, struct rte_mbuf *m, const struct la_rx *rx)
{
	struct la_tuple quoted;

	switch (la_stack_would_hear(w->stack, rx, &quoted)) {
	case LA_HEARERS_NONE:
		break;
	case LA_HEARERS_ALL:
		give_frame(w, m, false, EVERYBODY);
		break;
	case LA_HEARERS_FIRST:
		give_frame(w, m, false, 0);
		break;
	case LA_HEARERS_OWNER:
		give_frame(w, m, true, owner_of(w, &quoted));
		break;
	}
}

/* No more than there is room for: others go on giving. */
static void
take_frames(struct la_worker *w, struct rte_ring *ring, uint32_t max, uint64_t now_us)
{
	struct rte_mbuf *m;

	for (uint32_t i = 0; i < max && rte_ring_dequeue(ring, (void **)&m) == 0; i++) {
		struct la_rx rx;

		la_rx__read(m, w->rx_flags, &rx);
		la_stack_overhear(w->stack, &rx, now_us);
		la_count(&w->counters.shared);
		rte_pktmbuf_free(m);
	}
}

void
la_share__take(struct la_worker *w, uint64_t now_us)
{
	take_frames(w, w->shared.link, LA_SHARE_LINK, now_us);
	take_frames(w, w->shared.errors, LA_SHARE_ERRORS, now_us);
}
