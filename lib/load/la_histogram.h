/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HISTOGRAM_H
#define LA_HISTOGRAM_H

/** @file
 * A log-linear histogram of times: 64 buckets for each power of two, so a value
 * read from it is less than 1 per cent off. From 1 us to 71 minutes; up to
 * 127 us each microsecond has its own bucket.
 *
 * One core records; any core may read it, or add it to a histogram of its own.
 */
#include <stdint.h>

#include "la_counter.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_HISTOGRAM_SUB_BITS = 6,
	LA_HISTOGRAM_BUCKETS = ((32 - LA_HISTOGRAM_SUB_BITS) << LA_HISTOGRAM_SUB_BITS) +
			(1 << LA_HISTOGRAM_SUB_BITS),
};

struct la_histogram {
	la_counter count;
	la_counter sum_us;
	la_counter min_us, max_us;      /**< Exact; 0 if the count is 0. */
	la_counter bucket[LA_HISTOGRAM_BUCKETS];
};

/** The bucket of a value. */
static inline uint32_t
la_histogram_bucket(uint32_t us)
{
	const uint32_t top = 31 - (uint32_t)__builtin_clz(us | 1 << LA_HISTOGRAM_SUB_BITS);
	const uint32_t shift = top - LA_HISTOGRAM_SUB_BITS;

	return (shift << LA_HISTOGRAM_SUB_BITS) + (us >> shift);
}

/** The least value of a bucket; its greatest is one less than the least of the
 *  next. @p bucket may be LA_HISTOGRAM_BUCKETS: 2^32. */
uint64_t la_histogram_low(uint32_t bucket);

/** Record one value. Only the owning core may call this. */
void la_histogram_record(struct la_histogram *h, uint32_t us);

/** Add the present contents of @p from. Only the core that owns @p to may call this. */
void la_histogram_add(struct la_histogram *to, const struct la_histogram *from);

/** Subtract @p earlier, a previous copy of @p h: what was recorded since then is left.
 *  min and max are then the bounds of buckets. */
void la_histogram_since(struct la_histogram *h, const struct la_histogram *earlier);

/**
 * The least value that @p fraction (0 to 1) of all values do not exceed: the middle
 * of its bucket, never outside min and max. 0 if there are no values.
 */
uint64_t la_histogram_percentile(const struct la_histogram *h, double fraction);

#ifdef __cplusplus
}
#endif

#endif
