/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HISTOGRAM_H
#define LA_HISTOGRAM_H

/** @file
 * A log-linear histogram of times: 64 buckets for each power of two, so what it
 * tells of a value is less than 1 per cent off. From 1 us to 71 minutes; up to
 * 127 us each microsecond has a bucket of its own.
 *
 * One core records; any core may read, or add it to one of its own.
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
	la_counter min_us, max_us;      /**< Exact; 0 if the count is. */
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

/** The least value that falls into a bucket; the greatest is one less than that
 *  of the next. @p bucket may be LA_HISTOGRAM_BUCKETS: 2^32. */
uint64_t la_histogram_low(uint32_t bucket);

/** Record one value. Only the owning core may. */
void la_histogram_record(struct la_histogram *h, uint32_t us);

/** Add what @p from holds now. Only the core that owns @p to may. */
void la_histogram_add(struct la_histogram *to, const struct la_histogram *from);

/** Take away what @p earlier held, a copy of @p h made before: what is left is what
 *  was recorded since. Its min and max are then those of the buckets' ends. */
void la_histogram_since(struct la_histogram *h, const struct la_histogram *earlier);

/**
 * The least value that @p fraction (0 to 1) of all are not above, by the middle of
 * its bucket, and never outside of min and max. 0 if there are none.
 */
uint64_t la_histogram_percentile(const struct la_histogram *h, double fraction);

#ifdef __cplusplus
}
#endif

#endif
