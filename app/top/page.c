/* SPDX-License-Identifier: BSD-3-Clause */
/* The page as a whole: title, order of the sections, and how they fit. */
#include "page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format.h"

struct la_top_line *
la_top_add(struct la_top_page *page, enum la_top_line_kind kind, const char *format, ...)
{
	struct la_top_line *line;
	va_list args;

	if (page->lines == LA_TOP_LINES)
		return NULL;
	line = &page->line[page->lines];
	page->cut[page->lines++] = 0;
	*line = (struct la_top_line){ .kind = kind };
	va_start(args, format);
	vsnprintf(line->text, sizeof(line->text), format, args);
	va_end(args);
	return line;
}

struct la_top_grid
la_top_grid_begin(struct la_top_page *page, const struct la_top_look *look)
{
	enum { WIDE = 26, MOST = 6 };
	uint32_t across = look->columns / WIDE;

	if (across < 1)
		across = 1;
	if (across > MOST)
		across = MOST;
	return (struct la_top_grid){
		.page = page, .no_zeros = look->squeeze >= LA_TOP_NO_ZEROS, .across = across,
	};
}

void
la_top_grid_add(struct la_top_grid *grid, const char *name, uint64_t value)
{
	char number[LA_TOP_TEXT], plain[LA_TOP_NAME];
	size_t used;

	if (value == 0 && grid->no_zeros)
		return;
	if (grid->at++ % grid->across == 0)
		grid->line = la_top_add(grid->page, LA_TOP_FIGURES, " ");
	if (grid->line == NULL)
		return;
	la_top_plain(plain, sizeof(plain), name);
	used = strlen(grid->line->text);
	snprintf(grid->line->text + used, sizeof(grid->line->text) - used, "%s%-12s %11s",
			used > 1 ? "  " : "", plain, la_top_thousands(value, number));
}

void
la_top_title(const struct la_top_model *model, const char *prefix, char text[LA_TOP_LINE])
{
	const json_t *info = la_top_get(model, LA_TOP_INFO);
	const uint64_t workers = la_top_number(info, "workers");
	const uint64_t ports = la_top_number(info, "ports");
	char up[LA_TOP_TEXT], role[32], device[64], driver[32], version[32], raw[LA_TOP_LINE];
	char more[24] = "";

	if (info == NULL) {
		la_top_plain(text, LA_TOP_LINE, prefix);
		return;
	}
	la_top_plain(role, sizeof(role), la_top_string(info, "role"));
	la_top_plain(device, sizeof(device), la_top_string(info, "device"));
	la_top_plain(driver, sizeof(driver), la_top_string(info, "driver"));
	la_top_plain(version, sizeof(version), la_top_string(info, "version"));
	if (ports > 1)
		snprintf(more, sizeof(more), " and %u more", (unsigned int)(ports - 1));
	snprintf(raw, sizeof(raw), "%s  %s %s  up %s  %u worker%s  %s (%s)%s%s", prefix, role,
			version, la_top_duration(la_top_number(info, "uptime_s"), up),
			(unsigned int)workers, workers == 1 ? "" : "s", device, driver, more,
			la_top_number(info, "link_up") ? "" : "  LINK DOWN");
	la_top_plain(text, LA_TOP_LINE, raw);
}

/* The section with the most rows that may go: where its head stands, or -1. */
static int
longest_section(const struct la_top_page *page)
{
	uint32_t rows = 0, most = 0;
	int head = -1, longest = -1;

	for (uint32_t i = 0; i < page->lines; i++) {
		if (page->line[i].kind == LA_TOP_HEAD) {
			head = (int)i;
			rows = 0;
		} else if (page->line[i].may_go && !page->line[i].went && ++rows > most) {
			most = rows;
			longest = head;
		}
	}
	/* The last one stays: it says how many went. */
	return most > 1 ? longest : -1;
}

static uint32_t
last_row(const struct la_top_page *page, uint32_t head)
{
	uint32_t last = head;

	for (uint32_t i = head + 1; i < page->lines && page->line[i].kind != LA_TOP_HEAD; i++) {
		if (page->line[i].may_go && !page->line[i].went)
			last = i;
	}
	return last;
}

/* Leave out rows until so many lines are left, or none may go. */
static uint32_t
leave_out(struct la_top_page *page, uint32_t rows)
{
	uint32_t left = page->lines;
	int head;

	while (left > rows && (head = longest_section(page)) >= 0) {
		page->line[last_row(page, (uint32_t)head)].went = true;
		page->cut[head]++;
		left--;
	}
	return left;
}

/* Close the gaps. */
static void
close_up(struct la_top_page *page)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < page->lines; i++) {
		if (page->line[i].went)
			continue;
		if (kept != i)
			page->line[kept] = page->line[i];
		kept++;
	}
	page->lines = kept;
}

/* Where rows were left out, the last one says how many. */
static void
say_what_was_cut(struct la_top_page *page)
{
	for (uint32_t i = 0; i < page->lines; i++) {
		struct la_top_line *line = &page->line[last_row(page, i)];

		if (page->cut[i] == 0)
			continue;
		*line = (struct la_top_line){ .kind = LA_TOP_REMARK, .may_go = true };
		snprintf(line->text, sizeof(line->text), " ... %u more", page->cut[i] + 1);
	}
}

static void
insert_blank(struct la_top_page *page, uint32_t at)
{
	memmove(&page->line[at + 1], &page->line[at], (page->lines - at) * sizeof(page->line[0]));
	page->line[at] = (struct la_top_line){ .kind = LA_TOP_FIGURES };
	page->lines++;
}

/* A blank line before each section, where there is room for all of them. */
static void
space_out(struct la_top_page *page, uint32_t rows)
{
	uint32_t heads = 0;

	for (uint32_t i = 1; i < page->lines; i++)
		heads += page->line[i].kind == LA_TOP_HEAD;
	if ((rows > 0 && page->lines + heads > rows) || page->lines + heads > LA_TOP_LINES)
		return;
	for (uint32_t i = page->lines - 1; i > 0; i--) {
		if (page->line[i].kind == LA_TOP_HEAD)
			insert_blank(page, i);
	}
}

static void
fit_rows(struct la_top_page *page, uint32_t rows)
{
	if (rows > 0 && leave_out(page, rows) < page->lines) {
		say_what_was_cut(page);
		close_up(page);
	}
	space_out(page, rows);
}

static void
add_sections(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look)
{
	page->lines = 0;
	if (la_top_number(la_top_get(model, LA_TOP_INFO), "gateway_silent"))
		la_top_add(page, LA_TOP_WARNING, " the gateway does not answer");
	la_top_page_rates(page, model, look);
	la_top_page_load(page, model, look);
	la_top_page_states(page, model, look);
	la_top_page_workers(page, model, look);
	la_top_page_drops(page, model, look);
	la_top_page_listeners(page, model, look);
	if (look->squeeze < LA_TOP_NO_MEMORY)
		la_top_page_memory(page, model);
}

void
la_top_page_make(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look)
{
	struct la_top_look squeezed = *look;

	page->lines = 0;
	if (model->answers == NULL)
		return;
	for (int i = LA_TOP_ALL; i < LA_TOP_SQUEEZES; i++) {
		squeezed.squeeze = (enum la_top_squeeze)i;
		add_sections(page, model, &squeezed);
		if (look->rows == 0 || page->lines <= look->rows)
			break;
	}
	fit_rows(page, look->rows);
}
