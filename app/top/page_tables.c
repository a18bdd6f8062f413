/* SPDX-License-Identifier: BSD-3-Clause */
/* Sections of the page that are tables: workers, drops, listeners; and memory. */
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "page.h"

enum { WORKERS = 256, MEANING = 128 };

const char *
la_top_worker_order_name(enum la_top_worker_order order)
{
	static const char *const names[LA_TOP_WORKER_ORDERS] = {
		[LA_TOP_BY_NUMBER] = "number", [LA_TOP_BY_BUSY] = "busy",
		[LA_TOP_BY_CYCLES] = "cycles", [LA_TOP_BY_LONGEST] = "longest",
	};

	return names[order];
}

const char *
la_top_drop_order_name(enum la_top_drop_order order)
{
	static const char *const names[LA_TOP_DROP_ORDERS] = {
		[LA_TOP_BY_RATE] = "rate", [LA_TOP_BY_TOTAL] = "total", [LA_TOP_BY_NAME] = "name",
	};

	return names[order];
}

/* A bar as long as a worker is busy. */
static const char *
busy_bar(uint64_t percent, bool utf8, char text[64])
{
	enum { WIDE = 10 };
	size_t used = 0;

	for (uint64_t i = 0; i < WIDE; i++) {
		const char *cell = percent >= i * WIDE + WIDE / 2 ? (utf8 ? "█" : "#") :
				utf8 ? "░" : ".";

		memcpy(text + used, cell, strlen(cell) + 1);
		used += strlen(cell);
	}
	return text;
}

static void
add_worker(struct la_top_page *page, uint32_t number, const json_t *w,
		const struct la_top_look *look)
{
	const uint64_t size = la_top_number(w, "table_size");
	const uint64_t busy = la_top_number(w, "busy_percent");
	char bar[64], used[LA_TOP_TEXT], cycles[LA_TOP_TEXT], longest[LA_TOP_TEXT];
	struct la_top_line *line;
	const unsigned int full = size == 0 ? 0 : (unsigned int)((double)la_top_number(w,
			"table_used") * 100 / (double)size);

	line = la_top_add(page, LA_TOP_FIGURES, " %6u%6u%6u %s%11s%7u%14s%5u%%%11s", number,
			(unsigned int)la_top_number(w, "lcore"), (unsigned int)busy,
			busy_bar(busy, look->utf8, bar),
			la_top_thousands(la_top_number(w, "cycles_per_packet"), cycles),
			(unsigned int)la_top_number(w, "burst_avg"),
			la_top_thousands(la_top_number(w, "table_used"), used), full,
			la_top_thousands(la_top_number(w, "longest_poll_us"), longest));
	if (line == NULL)
		return;
	line->may_go = true;
	if (json_object_get(w, "answers") != NULL && la_top_number(w, "answers") == 0) {
		line->kind = LA_TOP_WARNING;
		snprintf(line->text, sizeof(line->text), " %6u%6u  does not answer", number,
				(unsigned int)la_top_number(w, "lcore"));
	}
}

void
la_top_page_workers(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look)
{
	const json_t *workers = la_top_get(model, LA_TOP_WORKERS);
	uint32_t sorted[WORKERS];
	const uint32_t n = la_top_sort_workers(model, look->worker_order, sorted, WORKERS);

	if (n == 0)
		return;
	la_top_add(page, LA_TOP_HEAD, " %6s%6s%7s%22s%7s%14s%6s%11s", "worker", "lcore", "busy %",
			"cycles/packet", "burst", "table used", "full", "longest us");
	for (uint32_t i = 0; i < n; i++)
		add_worker(page, sorted[i], json_array_get(workers, sorted[i]), look);
}

/* None that moves; of those that stand still, no more than what they hold. */
static void
add_no_drops(struct la_top_page *page, const struct la_top_model *model)
{
	uint64_t total = 0;
	char text[LA_TOP_TEXT];

	for (uint32_t i = 0; i < model->drops; i++)
		total += model->drop[i].total;
	if (la_top_get(model, LA_TOP_REASONS) == NULL)
		la_top_add(page, LA_TOP_HEAD, " %-24s%10s", "drops by reason", "not told");
	else if (total > 0)
		la_top_add(page, LA_TOP_HEAD, " %-24s%10s%13s before", "drops by reason", "none",
				la_top_thousands(total, text));
	else
		la_top_add(page, LA_TOP_HEAD, " %-24s%10s", "drops by reason", "none");
}

static void
add_drop(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_drop *drop, bool once)
{
	char rate[LA_TOP_TEXT], total[LA_TOP_TEXT], meaning[MEANING];
	struct la_top_line *line;

	la_top_plain(meaning, sizeof(meaning), la_top_meaning(model, drop->name));
	line = la_top_add(page, LA_TOP_FIGURES, " %-24s%10s%13s  %s", drop->name,
			once ? "" : la_top_thousands(drop->per_s, rate),
			la_top_thousands(drop->total, total), meaning);
	if (line != NULL)
		line->may_go = true;
}

void
la_top_page_drops(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look)
{
	const struct la_top_drop *sorted[LA_TOP_DROPS];
	const uint32_t n = la_top_sort_drops(model, look->drop_order, look->once, sorted);

	if (n == 0) {
		add_no_drops(page, model);
		return;
	}
	la_top_add(page, LA_TOP_HEAD, " %-24s%10s%13s", "drops by reason",
			look->once ? "" : "per s", "total");
	for (uint32_t i = 0; i < n; i++)
		add_drop(page, model, sorted[i], look->once);
}

/* Of several ports each has a row, and * is all addresses of that one alone. */
static bool
are_of_several_ports(const json_t *listeners)
{
	const char *first = la_top_string(json_array_get(listeners, 0), "device");

	for (size_t i = 1; i < json_array_size(listeners); i++) {
		if (strcmp(la_top_string(json_array_get(listeners, i), "device"), first) != 0)
			return true;
	}
	return false;
}

static void
address_of(const json_t *l, bool several, char *text, size_t size)
{
	const char *address = la_top_string(l, "address");
	char both[64];

	snprintf(both, sizeof(both), "%s %s", address, la_top_string(l, "device"));
	la_top_plain(text, size, several && strcmp(address, "*") == 0 ? both : address);
}

static void
add_listener(struct la_top_page *page, const json_t *l, bool several, int address_wide,
		int port_wide)
{
	char name[32], address[64], port[104], service[16], text[3][LA_TOP_TEXT];
	struct la_top_line *line;

	la_top_plain(name, sizeof(name), la_top_string(l, "name"));
	address_of(l, several, address, sizeof(address));
	la_top_plain(port, sizeof(port), la_top_string(l, "port"));
	la_top_plain(service, sizeof(service), la_top_string(l, "service"));
	line = la_top_add(page, LA_TOP_FIGURES, " %-12.12s %-*.*s %-*.*s %-8.8s%12s%9s%10s", name,
			address_wide, address_wide, address, port_wide, port_wide, port, service,
			la_top_thousands(la_top_number(l, "accepted"), text[0]),
			la_top_thousands(la_top_number(l, "refused"), text[1]),
			la_top_thousands(la_top_number(l, "open"), text[2]));
	if (line != NULL)
		line->may_go = true;
}

void
la_top_page_listeners(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look)
{
	const json_t *listeners = la_top_get(model, LA_TOP_LISTENERS);
	const uint64_t more = la_top_number(model->answers, "listeners_more");
	const bool is_wide = look->once || look->columns >= 120;
	const int address_wide = is_wide ? 39 : 15, port_wide = is_wide ? 24 : 10;
	const bool several = are_of_several_ports(listeners);

	if (json_array_size(listeners) == 0)
		return;
	la_top_add(page, LA_TOP_HEAD, " %-12s %-*s %-*s %-8s%12s%9s%10s", "listener", address_wide,
			"address", port_wide, "port", "service", "accepted", "refused", "open");
	for (size_t i = 0; i < json_array_size(listeners); i++)
		add_listener(page, json_array_get(listeners, i), several, address_wide, port_wide);
	if (more > 0)
		la_top_add(page, LA_TOP_REMARK, " %u more, which telemetry has no room for",
				(unsigned int)more);
}

static void
add_cookies(struct la_top_page *page, const json_t *c)
{
	char mode[16], sent[LA_TOP_TEXT], accepted[LA_TOP_TEXT], rejected[LA_TOP_TEXT];

	la_top_plain(mode, sizeof(mode), la_top_string(c, "mode"));
	la_top_add(page, LA_TOP_FIGURES, " SYN cookies %s: %s sent, %s accepted, %s rejected", mode,
			la_top_thousands(la_top_number(c, "sent"), sent),
			la_top_thousands(la_top_number(c, "accepted"), accepted),
			la_top_thousands(la_top_number(c, "rejected"), rejected));
}

void
la_top_page_memory(struct la_top_page *page, const struct la_top_model *model)
{
	const json_t *m = la_top_get(model, LA_TOP_MEMORY), *c = la_top_get(model, LA_TOP_COOKIES);
	char text[4][LA_TOP_TEXT];

	if (m == NULL && c == NULL)
		return;
	la_top_add(page, LA_TOP_HEAD, " cookies and memory");
	if (c != NULL)
		add_cookies(page, c);
	if (m != NULL)
		la_top_add(page, LA_TOP_FIGURES,
				" TIME-WAIT records %s of %s, mbufs free %s of %s",
				la_top_thousands(la_top_number(m, "time_wait"), text[0]),
				la_top_thousands(la_top_number(m, "time_wait_size"), text[1]),
				la_top_thousands(la_top_number(m, "mbufs_free"), text[2]),
				la_top_thousands(la_top_number(m, "mbufs"), text[3]));
}
