/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include <rte_bus_vdev.h>
#include <rte_eth_ring.h>
#include <rte_lcore.h>

#include "empty_ring.h"
#include "la_rings.h"

static struct rte_ring *
make_ring(const char *name, const char *direction, uint32_t size)
{
	char text[RTE_RING_NAMESIZE];

	snprintf(text, sizeof(text), "%s_%s", name, direction);
	return rte_ring_create(text, size, (int)rte_socket_id(), RING_F_SP_ENQ | RING_F_SC_DEQ);
}

bool
la_rings_make(struct la_rings *rings, const char *name, uint32_t size)
{
	snprintf(rings->device, sizeof(rings->device), "net_ring_%s", name);
	rings->to_worker = make_ring(name, "rx", size);
	rings->from_worker = make_ring(name, "tx", size);
	if (rings->to_worker != NULL && rings->from_worker != NULL &&
			rte_eth_from_rings(name, &rings->to_worker, 1, &rings->from_worker, 1,
				rte_socket_id()) >= 0)
		return true;
	la_rings_free(rings);
	return false;
}

void
la_rings_free(struct la_rings *rings)
{
	(void)rte_vdev_uninit(rings->device);
	la_ring__empty(rings->to_worker);
	la_ring__empty(rings->from_worker);
	rte_ring_free(rings->to_worker);
	rte_ring_free(rings->from_worker);
	*rings = (struct la_rings){ 0 };
}

/* The rings that port number @p end receives from. */
static bool
make_receiving(struct la_ring_pair *pair, int end, const char *name, uint32_t size)
{
	char direction[16];

	snprintf(pair->device[end], sizeof(pair->device[end]), "net_ring_%s", name);
	for (uint32_t i = 0; i < pair->queues; i++) {
		snprintf(direction, sizeof(direction), "%u", i);
		pair->ring[end][i] = make_ring(name, direction, size);
		if (pair->ring[end][i] == NULL)
			return false;
	}
	return true;
}

bool
la_ring_pair_make(struct la_ring_pair *pair, const char *a, const char *b, uint32_t queues,
		uint32_t size)
{
	*pair = (struct la_ring_pair){ .queues = queues };
	if (queues <= LA_RING_QUEUES_MAX && make_receiving(pair, 0, a, size) &&
			make_receiving(pair, 1, b, size) &&
			rte_eth_from_rings(a, pair->ring[0], queues, pair->ring[1], queues,
				rte_socket_id()) >= 0 &&
			rte_eth_from_rings(b, pair->ring[1], queues, pair->ring[0], queues,
				rte_socket_id()) >= 0)
		return true;
	la_ring_pair_free(pair);
	return false;
}

void
la_ring_pair_empty(struct la_ring_pair *pair)
{
	for (int end = 0; end < 2; end++) {
		for (uint32_t i = 0; i < pair->queues; i++)
			la_ring__empty(pair->ring[end][i]);
	}
}

void
la_ring_pair_free(struct la_ring_pair *pair)
{
	for (int end = 0; end < 2; end++)
		(void)rte_vdev_uninit(pair->device[end]);
	la_ring_pair_empty(pair);
	for (int end = 0; end < 2; end++) {
		for (uint32_t i = 0; i < LA_RING_QUEUES_MAX; i++)
			rte_ring_free(pair->ring[end][i]);
	}
	*pair = (struct la_ring_pair){ .queues = 0 };
}
