/* SPDX-License-Identifier: BSD-3-Clause */
/* Sections of the page: rates and their history, connections by state. */
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "page.h"

enum { BEFORE_HISTORY = 40 /* Columns. */ };

static const struct row {
	enum la_top_rate rate;
	const char *name;
	bool scaled;
} rows[] = {
	{ LA_TOP_OPENED, "opened/s", false },
	{ LA_TOP_CLOSED, "closed/s", false },
	{ LA_TOP_FAILED, "failed/s", false },
	{ LA_TOP_SYN, "SYNs in/s", false },
	{ LA_TOP_RX_PACKETS, "packets in/s", false },
	{ LA_TOP_TX_PACKETS, "packets out/s", false },
	{ LA_TOP_RX_BITS, "bits in/s", true },
	{ LA_TOP_TX_BITS, "bits out/s", true },
};

/* How many seconds are shown. */
static uint32_t
history_len(const struct la_top_look *look)
{
	/* A bar may take three octets. */
	enum { MOST = 240 };
	uint32_t len;

	_Static_assert(MOST <= (int)LA_TOP_HISTORY, "there are so many seconds");
	_Static_assert(BEFORE_HISTORY + 3 * MOST < (int)LA_TOP_LINE, "they fit into a line");
	if (look->once || look->columns <= BEFORE_HISTORY + 1)
		return 0;
	len = look->columns - BEFORE_HISTORY - 1;
	return len < MOST ? len : MOST;
}

/* The newest second is on the right; the highest bar is the most of those shown. */
static void
add_history(struct la_top_line *line, const struct la_top_model *model, enum la_top_rate rate,
		const struct la_top_look *look)
{
	const uint32_t len = history_len(look);
	uint64_t most = 0;
	size_t used = strlen(line->text);

	memcpy(line->text + used, "  ", 3);
	used += 2;
	for (uint32_t i = 0; i < len; i++) {
		if (la_top_rate_at(model, rate, i) > most)
			most = la_top_rate_at(model, rate, i);
	}
	line->accent = used;
	for (uint32_t i = len; i-- > 0;) {
		const char *bar = la_top_bar(la_top_rate_at(model, rate, i), most, look->utf8);

		memcpy(line->text + used, bar, strlen(bar) + 1);
		used += strlen(bar);
	}
}

/* A rate without a place in this role: SYNs arrive at a server, a load fails. */
static bool
has_row(const struct la_top_model *model, enum la_top_rate rate)
{
	const char *role = la_top_string(la_top_get(model, LA_TOP_INFO), "role");

	if (rate == LA_TOP_SYN)
		return strcmp(role, "load") != 0;
	return rate != LA_TOP_FAILED || la_top_get(model, LA_TOP_LOAD) != NULL;
}

static void
add_rate(struct la_top_page *page, const struct la_top_model *model, const struct row *row,
		const struct la_top_look *look)
{
	char now[LA_TOP_TEXT], most[LA_TOP_TEXT];
	const char *(*format)(uint64_t, char *) = row->scaled ? la_top_scaled : la_top_thousands;
	struct la_top_line *line;

	/* Failures have no rate of telemetry's own. */
	if (look->once && row->rate == LA_TOP_FAILED)
		return;
	line = la_top_add(page, LA_TOP_FIGURES, " %-13s%12s%12s", row->name,
			format(la_top_rate_at(model, row->rate, 0), now),
			format(la_top_rate_peak(model, row->rate), most));
	if (line != NULL && history_len(look) > 0)
		add_history(line, model, row->rate, look);
}

void
la_top_page_rates(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look)
{
	const uint32_t len = history_len(look);

	if (len > 12)
		la_top_add(page, LA_TOP_HEAD, " %-13s%12s%12s  the last %u s", "rates", "now",
				"most", len);
	else
		la_top_add(page, LA_TOP_HEAD, " %-13s%12s%12s", "rates", "now", "most");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (has_row(model, rows[i].rate))
			add_rate(page, model, &rows[i], look);
	}
}

/* SYN_SENT to SYN-SENT, as the RFC has it. */
static void
state_name(char name[LA_TOP_NAME], const char *key)
{
	la_top_plain(name, LA_TOP_NAME, key);
	for (char *c = name; *c != '\0'; c++) {
		if (*c == '_')
			*c = '-';
	}
}

void
la_top_page_states(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look)
{
	const json_t *t = la_top_get(model, LA_TOP_THROUGHPUT);
	json_t *states = json_object_get(model->answers, "states"), *value;
	struct la_top_grid grid = la_top_grid_begin(page, look);
	char open[LA_TOP_TEXT], most[LA_TOP_TEXT], tw[LA_TOP_TEXT], tw_most[LA_TOP_TEXT];
	char name[LA_TOP_NAME];
	const char *key;

	la_top_add(page, LA_TOP_HEAD, " %-13s%12s, %s at most; TIME-WAIT %s, %s at most",
			"connections",
			la_top_thousands(la_top_number(t, "connections"), open),
			la_top_thousands(la_top_number(t, "peak_connections"), most),
			la_top_thousands(la_top_number(t, "time_wait"), tw),
			la_top_thousands(la_top_number(t, "peak_time_wait"), tw_most));
	if (look->squeeze == LA_TOP_NO_STATES && la_top_get(model, LA_TOP_LOAD) != NULL)
		return;
	json_object_foreach(states, key, value) {
		/* The head has that of TIME-WAIT. */
		if (look->squeeze >= LA_TOP_NO_ZEROS && strcmp(key, "TIME_WAIT") == 0)
			continue;
		state_name(name, key);
		la_top_grid_add(&grid, name, la_top_number(states, key));
	}
}
