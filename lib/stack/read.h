/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_READ_H
#define LA_READ_H

/** @file
 * Stage 1 of a burst: plain frames to us are read into one cache line each.
 */
#include "stack_private.h"

enum {
	LA_READ_AT_ONCE = 8,
	/** la_frame.checked: the port has found both sums right. */
	LA_READ_CHECKED = LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD,
};

/**
 * Read the plain frames among @p n, at most LA_BURST_MAX: all of @p p but `handle`, where the
 * home bucket of the flow's hash is left, which is being fetched.
 *
 * @param p  Room for @p n, rounded up to a multiple of LA_READ_AT_ONCE.
 * @return bit i set: frame i is plain, and p[i] holds it.
 */
uint64_t la_stack__read(const struct la_stack *stack, const struct la_frame *frames, uint32_t n,
		struct la_plain *p);

/**
 * The same of eight, all at once, but for fetching buckets: where a frame is not plain its
 * `handle` means nothing. Only if the processor has AVX2.
 *
 * @return bit i set: frame i is plain, and p[i] holds it. Of the others some may be plain.
 */
uint32_t la_stack__read_eight(const struct la_stack *stack, const struct la_frame *frames,
		struct la_plain *p);

#endif
