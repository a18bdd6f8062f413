/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_histogram.h"

enum { SUB = 1 << LA_HISTOGRAM_SUB_BITS };

uint64_t
la_histogram_low(uint32_t bucket)
{
	uint32_t shift;

	if (bucket < 2 * SUB)
		return bucket;
	shift = (bucket >> LA_HISTOGRAM_SUB_BITS) - 1;
	return (uint64_t)(bucket - (shift << LA_HISTOGRAM_SUB_BITS)) << shift;
}

void
la_histogram_record(struct la_histogram *h, uint32_t us)
{
	/* Write min and max first: a concurrent reader reads the buckets first. */
	if (us < h->min_us.value || h->count.value == 0)
		la_count_set(&h->min_us, us);
	if (us > h->max_us.value)
		la_count_set(&h->max_us, us);
	la_count(&h->bucket[la_histogram_bucket(us)]);
	la_count_add(&h->sum_us, us);
	la_count(&h->count);
}

static void
add_ends(struct la_histogram *to, uint64_t min_us, uint64_t max_us)
{
	if (to->count.value == 0 || min_us < to->min_us.value)
		la_count_set(&to->min_us, min_us);
	if (max_us > to->max_us.value)
		la_count_set(&to->max_us, max_us);
}

void
la_histogram_add(struct la_histogram *to, const struct la_histogram *from)
{
	uint64_t count = 0;

	/* Count what was read from the buckets, so that count and buckets agree while
	 * another core records. */
	for (uint32_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++) {
		const uint64_t n = la_count_read(&from->bucket[i]);

		count += n;
		la_count_add(&to->bucket[i], n);
	}
	if (count == 0)
		return;
	add_ends(to, la_count_read(&from->min_us), la_count_read(&from->max_us));
	la_count_add(&to->sum_us, la_count_read(&from->sum_us));
	la_count_add(&to->count, count);
}

void
la_histogram_since(struct la_histogram *h, const struct la_histogram *earlier)
{
	uint64_t min_us = 0, max_us = 0, count = 0;

	for (uint32_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++) {
		const uint64_t n = h->bucket[i].value - earlier->bucket[i].value;

		la_count_set(&h->bucket[i], n);
		if (n == 0)
			continue;
		if (count == 0)
			min_us = la_histogram_low(i);
		max_us = la_histogram_low(i + 1) - 1;
		count += n;
	}
	la_count_set(&h->sum_us, h->sum_us.value - earlier->sum_us.value);
	la_count_set(&h->min_us, min_us);
	/* No value recorded since is greater than the maximum of all. */
	if (max_us < h->max_us.value)
		la_count_set(&h->max_us, max_us);
	if (count == 0)
		la_count_set(&h->max_us, 0);
	la_count_set(&h->count, count);
}

static uint64_t
bucket_middle(const struct la_histogram *h, uint32_t bucket)
{
	const uint64_t us = (la_histogram_low(bucket) + la_histogram_low(bucket + 1) - 1) / 2;

	if (us < h->min_us.value)
		return h->min_us.value;
	return us > h->max_us.value ? h->max_us.value : us;
}

uint64_t
la_histogram_percentile(const struct la_histogram *h, double fraction)
{
	const double wanted = fraction * (double)h->count.value;
	uint64_t below = 0;

	if (h->count.value == 0)
		return 0;
	for (uint32_t i = 0; i < LA_HISTOGRAM_BUCKETS; i++) {
		below += h->bucket[i].value;
		if (below > 0 && (double)below >= wanted)
			return bucket_middle(h, i);
	}
	return h->max_us.value;
}
