/* SPDX-License-Identifier: BSD-3-Clause */
/* What comes first: drops and workers in the order asked for. */
#include <string.h>

#include "model.h"

static bool
drop_is_before(const struct la_top_drop *a, const struct la_top_drop *b,
		enum la_top_drop_order order)
{
	if (order == LA_TOP_BY_RATE && a->per_s != b->per_s)
		return a->per_s > b->per_s;
	if (order != LA_TOP_BY_NAME && a->total != b->total)
		return a->total > b->total;
	return strcmp(a->name, b->name) < 0;
}

uint32_t
la_top_sort_drops(const struct la_top_model *model, enum la_top_drop_order order, bool all,
		const struct la_top_drop *sorted[LA_TOP_DROPS])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->drops; i++) {
		const struct la_top_drop *drop = &model->drop[i];
		uint32_t at = n;

		if (all ? !drop->seen || drop->total == 0 : !drop->moved)
			continue;
		for (; at > 0 && drop_is_before(drop, sorted[at - 1], order); at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = drop;
		n++;
	}
	return n;
}

/* What a worker is ordered by; the greater comes first. */
static uint64_t
worker_key(const json_t *worker, enum la_top_worker_order order)
{
	static const char *const names[LA_TOP_WORKER_ORDERS] = {
		[LA_TOP_BY_BUSY] = "busy_percent", [LA_TOP_BY_CYCLES] = "cycles_per_packet",
		[LA_TOP_BY_LONGEST] = "longest_poll_us",
	};

	return names[order] != NULL ? la_top_number(worker, names[order]) : 0;
}

uint32_t
la_top_sort_workers(const struct la_top_model *model, enum la_top_worker_order order,
		uint32_t *sorted, uint32_t max)
{
	const json_t *workers = la_top_get(model, LA_TOP_WORKERS);
	uint32_t n = 0;

	for (size_t i = 0; i < json_array_size(workers) && n < max; i++) {
		const uint64_t key = worker_key(json_array_get(workers, i), order);
		uint32_t at = n;

		for (; at > 0 && key > worker_key(json_array_get(workers, sorted[at - 1]), order);
				at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = (uint32_t)i;
		n++;
	}
	return n;
}
