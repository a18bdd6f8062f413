/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_RINGS_H
#define LA_DPIO_RINGS_H

/*
 * A port in memory: a worker's end is an ethdev over rings, the other end is
 * in the caller's hand. For tests, and for programs with both ends in one
 * process. Needs the net_ring driver linked by name.
 */
#include <stdbool.h>
#include <stdint.h>

struct rte_ring;

struct la_rings {
	struct rte_ring *to_worker, *from_worker;
	char device[64];                /* The port's name. */
};

/* Make the port `net_ring_NAME`, with rings of size (a power of 2). */
bool la_rings_make(struct la_rings *rings, const char *name, uint32_t size);
/* Take the port away, which is not in use any more. Frames in the rings are freed. */
void la_rings_free(struct la_rings *rings);

enum { LA_RING_QUEUES_MAX = 16 };

/* Two ports whose queues are joined: what one sends by queue n, the other receives there. */
struct la_ring_pair {
	struct rte_ring *ring[2][LA_RING_QUEUES_MAX];   /* By the port that receives. */
	uint32_t queues;
	char device[2][64];             /* The ports' names. */
};

/* Make the ports `net_ring_A` and `net_ring_B`, with rings of size (a power of 2). */
bool la_ring_pair_make(struct la_ring_pair *pair, const char *a, const char *b, uint32_t queues,
		uint32_t size);
/* Free the frames in the rings, before their pools go. */
void la_ring_pair_empty(struct la_ring_pair *pair);
void la_ring_pair_free(struct la_ring_pair *pair);

#endif
