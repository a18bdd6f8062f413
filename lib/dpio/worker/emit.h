/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_EMIT_H
#define LA_DPIO_EMIT_H

/*
 * A stack's frames in mbufs. A worker keeps a stash of free mbufs, taken from
 * the pool many at once. An answer to a frame of the burst may be written into
 * the mbuf that it came in, which is then no more the burst's.
 */
#include <rte_mbuf.h>

#include "la_counter.h"
#include "la_stack.h"

enum { LA_TX_STASH = 32, LA_TX_OUT = 256 };

struct la_tx {
	struct rte_mempool *pool;
	uint16_t port, queue;
	bool offload;
	uint32_t stashed, outs;
	uint64_t out_octets;            /* Of the frames in out[]. */
	la_counter packets, octets;
	la_counter refused;             /* The NIC did not take them. */
	la_counter no_mbuf;
	struct rte_mbuf **burst;        /* Frames that are being taken; NULL: it was answered in. */
	struct rte_mbuf *stash[LA_TX_STASH + 1];
	struct rte_mbuf *out[LA_TX_OUT];
};

/* la_stack_io over tx. */
struct la_stack_io la_tx__io(struct la_tx *tx);

/* Send what has gathered. */
void la_tx__flush(struct la_tx *tx);

/* Give all mbufs back. */
void la_tx__empty(struct la_tx *tx);

#endif
