/* SPDX-License-Identifier: BSD-3-Clause */
/* Sections of the page: what a load offers and reaches, failures, latency. */
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "page.h"

static void
add_failures(struct la_top_page *page, const json_t *load, const struct la_top_look *look)
{
	static const char *const reasons[] = {
		"refused", "timeout", "reset", "wrong_data", "closed_early", "no_port", "no_room",
		"no_neighbour", "late",
	};
	struct la_top_grid grid = la_top_grid_begin(page, look);
	char total[LA_TOP_TEXT];

	if (la_top_number(load, "failed") == 0) {
		la_top_add(page, LA_TOP_HEAD, " %-13s%12s", "failed", "none");
		return;
	}
	la_top_add(page, LA_TOP_HEAD, " %-13s%12s, by reason", "failed",
			la_top_thousands(la_top_number(load, "failed"), total));
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (la_top_number(load, reasons[i]) == 0)
			continue;
		la_top_grid_add(&grid, reasons[i], la_top_number(load, reasons[i]));
		if (grid.line != NULL)
			grid.line->kind = LA_TOP_WARNING;
	}
}

static void
add_load(struct la_top_page *page, const json_t *load, uint64_t reached,
		const struct la_top_look *look)
{
	static const struct { const char *name, *key; } cells[] = {
		{ "attempted", "attempted" }, { "opened", "opened" }, { "closed", "closed" },
		{ "open", "open" }, { "held open", "live" }, { "retransmits", "retransmissions" },
		{ "behind now", "behind" }, { "opened late", "late_opens" },
		{ "latest by us", "late_max_us" },
	};
	struct la_top_grid grid = la_top_grid_begin(page, look);
	char service[32], phase[32], offered[LA_TOP_TEXT], reaches[LA_TOP_TEXT];

	la_top_plain(service, sizeof(service), la_top_string(load, "service"));
	la_top_plain(phase, sizeof(phase), la_top_string(load, "phase"));
	for (char *c = phase; *c != '\0'; c++)
		*c = *c == '_' ? ' ' : *c;
	la_top_add(page, LA_TOP_HEAD, " %-13s%12s offered/s, %s reached/s; %s: %s", "load",
			la_top_thousands(la_top_number(load, "offered_per_s"), offered),
			la_top_thousands(reached, reaches), service, phase);
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		la_top_grid_add(&grid, cells[i].name, la_top_number(load, cells[i].key));
}

static void
add_times(struct la_top_page *page, const char *name, const json_t *times)
{
	char text[7][LA_TOP_TEXT];
	static const char *const keys[] = { "min", "p50", "p90", "p99", "p999", "max", "count" };

	if (!json_is_object(times))
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		la_top_thousands(la_top_number(times, keys[i]), text[i]);
	la_top_add(page, LA_TOP_FIGURES, " %-11s%9s%9s%9s%9s%9s%11s%12s", name, text[0], text[1],
			text[2], text[3], text[4], text[5], text[6]);
}

void
la_top_page_load(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look)
{
	const json_t *load = la_top_get(model, LA_TOP_LOAD);
	const json_t *latency = la_top_get(model, LA_TOP_LATENCY);

	if (load != NULL) {
		add_load(page, load, la_top_rate_at(model, LA_TOP_OPENED, 0), look);
		add_failures(page, load, look);
	}
	if (latency == NULL)
		return;
	la_top_add(page, LA_TOP_HEAD, " %-11s%9s%9s%9s%9s%9s%11s%12s", "latency, us", "min", "p50",
			"p90", "p99", "p99.9", "max", "count");
	add_times(page, "handshake", json_object_get(latency, "handshake_us"));
	add_times(page, "connection", json_object_get(latency, "connection_us"));
}
