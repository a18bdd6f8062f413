/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_READ_H
#define LA_READ_H

/** @file
 * Stage 1 of a burst: reads each plain frame to us into one cache line.
 */
#include "stack_private.h"

enum {
	LA_READ_AT_ONCE = 8,
	/** la_frame.checked: the port has found both checksums right. */
	LA_READ_CHECKED = LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD,
};

/**
 * Read the plain frames among @p n, at most LA_BURST_MAX. Fills in @p p, except that `handle`
 * gets the home bucket of the flow's hash, which is prefetched.
 *
 * @param p  Room for @p n, rounded up to a multiple of LA_READ_AT_ONCE.
 * @return bit i set: frame i is plain, and p[i] holds it.
 */
uint64_t la_stack__read(const struct la_stack *stack, const struct la_frame *frames, uint32_t n,
		struct la_plain *p);

/**
 * The same for eight frames at once, without the prefetch. If a frame is not plain, its
 * `handle` is undefined. Call only if the processor has AVX2.
 *
 * @return bit i set: frame i is plain, and p[i] holds it. Some of the others may be plain.
 */
uint32_t la_stack__read_eight(const struct la_stack *stack, const struct la_frame *frames,
		struct la_plain *p);

#endif
