/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include <rte_bus_vdev.h>
#include <rte_eth_ring.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "rings.h"

static struct rte_ring *
make(const char *name, const char *direction, uint32_t size)
{
	char text[RTE_RING_NAMESIZE];

	snprintf(text, sizeof(text), "%s_%s", name, direction);
	return rte_ring_create(text, size, (int)rte_socket_id(), RING_F_SP_ENQ | RING_F_SC_DEQ);
}

bool
la_rings_make(struct la_rings *rings, const char *name, uint32_t size)
{
	snprintf(rings->device, sizeof(rings->device), "net_ring_%s", name);
	rings->to_worker = make(name, "rx", size);
	rings->from_worker = make(name, "tx", size);
	if (rings->to_worker != NULL && rings->from_worker != NULL &&
			rte_eth_from_rings(name, &rings->to_worker, 1, &rings->from_worker, 1,
				rte_socket_id()) >= 0)
		return true;
	la_rings_free(rings);
	return false;
}

static void
empty(struct rte_ring *ring)
{
	struct rte_mbuf *m;

	while (ring != NULL && rte_ring_dequeue(ring, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(ring);
}

void
la_rings_free(struct la_rings *rings)
{
	(void)rte_vdev_uninit(rings->device);
	empty(rings->to_worker);
	empty(rings->from_worker);
	*rings = (struct la_rings){ 0 };
}
