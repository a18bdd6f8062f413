/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_EMIT_H
#define LA_DPIO_EMIT_H

/*
 * A stack's frames in mbufs. A worker keeps a stash of free mbufs: received
 * ones go there when they have been read, so that a reply is written into
 * lines that are in the cache, and what is too much goes back to the pool.
 *
 * All mbufs in the stash are as a pool gives them: one segment, one owner.
 */
#include <rte_mbuf.h>

#include "la_counter.h"
#include "la_stack.h"

enum { LA_TX_STASH = 128, LA_TX_OUT = 64 };

struct la_tx {
	struct rte_mempool *pool;
	uint16_t port, queue;
	bool offload;
	uint32_t stashed, outs;
	la_counter packets, octets;
	la_counter refused;             /* The NIC did not take them. */
	la_counter no_mbuf;
	struct rte_mbuf *stash[LA_TX_STASH];
	struct rte_mbuf *out[LA_TX_OUT];
};

/* la_stack_io over tx. */
struct la_stack_io la_tx_io(struct la_tx *tx);

/* Send what has gathered. */
void la_tx_flush(struct la_tx *tx);

/* Received mbufs that nobody reads any more. */
void la_tx_recycle(struct la_tx *tx, struct rte_mbuf **pkt, uint32_t n);

/* Give all mbufs back. */
void la_tx_empty(struct la_tx *tx);

#endif
