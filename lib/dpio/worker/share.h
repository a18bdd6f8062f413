/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_SHARE_H
#define LA_DPIO_SHARE_H

/*
 * Frames that concern other workers come to one queue: ARP, Neighbour Discovery, errors of
 * ICMP. The worker that received one gives it to the others, whose stacks overhear it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_rx.h"

struct la_worker;
struct rte_mbuf;

/* That wait for one worker. Errors can be forged from afar, at any rate: they have places of
 * their own, and leave those of who is on the link alone. */
enum {
	LA_SHARE_LINK = 192, LA_SHARE_ERRORS = 64,
	LA_SHARE_MAX = LA_SHARE_LINK + LA_SHARE_ERRORS,
};

/* Room for what others give. False: no memory. */
bool la_share__make(struct la_worker *w);
/* Free it, and what is left in it. */
void la_share__free(struct la_worker *w);
void la_share__empty(struct la_worker *w);

/* Give a frame, parsed as @p rx, to the others that can use it; the caller's own reference
 * stays. */
void la_share__give(struct la_worker *w, struct rte_mbuf *m, const struct la_rx *rx);

/* Let the stack hear what others gave. */
void la_share__take(struct la_worker *w, uint64_t now_us);

#endif
