/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_EMPTY_RING_H
#define LA_EMPTY_RING_H

/** @file
 * What every ring of packets needs at its end.
 */
#include <rte_mbuf.h>
#include <rte_ring.h>

/** Free all packets in a ring. @p ring may be NULL. */
static inline void
la_ring__empty(struct rte_ring *ring)
{
	struct rte_mbuf *m;

	while (ring != NULL && rte_ring_dequeue(ring, (void **)&m) == 0)
		rte_pktmbuf_free(m);
}

#endif
