/* SPDX-License-Identifier: BSD-3-Clause */
/* Each second a line for each instance, or one JSON object. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "../commands.h"
#include "json.h"
#include "live.h"

static void
print_figures(const struct la_top_model *model)
{
	static const char *const keys[] = {
		"opened_per_s", "closed_per_s", "syn_per_s", "rx_pps", "tx_pps", "rx_bps", "tx_bps",
		"connections", "time_wait",
	};
	const json_t *throughput = la_top_get(model, LA_TOP_THROUGHPUT);
	const json_t *load = la_top_get(model, LA_TOP_LOAD);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		printf(" %s=%" PRIu64, keys[i], la_top_number(throughput, keys[i]));
	printf(" drops_per_s=%" PRIu64, la_top_drops_per_s(model));
	if (load != NULL)
		printf(" offered_per_s=%" PRIu64 " failed=%" PRIu64,
				la_top_number(load, "offered_per_s"),
				la_top_number(load, "failed"));
	printf("\n");
}

static void
print_lines(const struct la_top_set *set)
{
	const time_t now = time(NULL);
	struct tm local;
	char when[32];

	localtime_r(&now, &local);
	strftime(when, sizeof(when), "%H:%M:%S", &local);
	for (uint32_t i = 0; i < set->n; i++) {
		const struct la_top_instance *instance = set->v[i];

		if (!la_top_is_shown(instance))
			continue;
		printf("%s %s", when, instance->prefix);
		if (instance->answers)
			print_figures(&instance->model);
		else
			printf(" error=\"%s\"\n", instance->problem);
	}
}

static bool
print_set(const struct la_top_set *set, bool json)
{
	json_t *object;

	if (json) {
		object = la_top_json(set);
		json_dumpf(object, stdout, JSON_COMPACT);
		printf("\n");
		json_decref(object);
	} else {
		print_lines(set);
	}
	if (fflush(stdout) == 0)
		return true;
	perror("lastack top: stdout");
	return false;
}

int
la_top_lines(struct la_top_set *set, bool json, int signals)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	uint64_t tick_us = la_monotonic_us() + LA_TOP_SECOND_US;
	bool owed = true;

	do {
		const bool is_time = la_monotonic_us() >= tick_us;

		/* When all have answered; those who take longer are not waited for. */
		if (owed && (is_time || !la_top_set_is_asking(set))) {
			if (!print_set(set, json))
				return LA_EXIT_FAILED;
			owed = false;
		}
		if (is_time) {
			la_top_set_ask(set);
			owed = true;
			tick_us = la_top_next_tick(tick_us);
		}
		la_top_set_wait(set, &fd, 1, tick_us);
	} while (la_top_signal(signals) == 0);
	return LA_EXIT_DONE;
}
