/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TOP_PAGE_H
#define LA_TOP_PAGE_H

/*
 * One instance's figures as lines of text, cut to a screen's size or not: what
 * the live view and --once print. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

enum { LA_TOP_LINES = 512, LA_TOP_LINE = 1024, LA_TOP_ONCE_COLUMNS = 100 };

enum la_top_line_kind {
	LA_TOP_FIGURES,
	LA_TOP_HEAD,                    /* Begins a section. */
	LA_TOP_REMARK,                  /* Beside the point. */
	LA_TOP_WARNING,
};

struct la_top_line {
	char text[LA_TOP_LINE];         /* UTF-8, each character one column wide. */
	size_t accent;                  /* Octets before what may be coloured; 0: nothing. */
	enum la_top_line_kind kind;
	bool may_go;                    /* One of many rows: left out if there is no room, */
	bool went;                      /* as this one is. */
};

struct la_top_page {
	struct la_top_line line[LA_TOP_LINES];
	uint32_t lines;
	uint32_t cut[LA_TOP_LINES];     /* Rows left out of the section whose head is here. */
};

/* What is left out when there are too few rows for all. */
enum la_top_squeeze {
	LA_TOP_ALL,
	LA_TOP_NO_MEMORY,
	LA_TOP_NO_ZEROS,                /* Nor that; states and cells that are 0. */
	LA_TOP_NO_STATES,               /* Nor, of a load, states one by one. */
	LA_TOP_SQUEEZES,
};

struct la_top_look {
	uint32_t columns;
	uint32_t rows;                  /* 0: as many as it takes. */
	bool utf8;
	bool once;                      /* One sample: totals, no history. */
	enum la_top_squeeze squeeze;    /* For the parts; la_top_page_make() sets it. */
	enum la_top_drop_order drop_order;
	enum la_top_worker_order worker_order;
};

/* Who it is, in one line: prefix, role, uptime, device, version. */
void la_top_title(const struct la_top_model *model, const char *prefix, char text[LA_TOP_LINE]);

void la_top_page_make(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look);

/* Add a line; for the page's own parts. NULL when the page is full. */
struct la_top_line *la_top_add(struct la_top_page *page, enum la_top_line_kind kind,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The parts, each adding its section. */
void la_top_page_rates(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look);
void la_top_page_load(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look);
void la_top_page_states(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look);
void la_top_page_workers(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look);
void la_top_page_drops(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look);
void la_top_page_listeners(struct la_top_page *page, const struct la_top_model *model,
		const struct la_top_look *look);
void la_top_page_memory(struct la_top_page *page, const struct la_top_model *model);

/* The words for an order of sorting. */
const char *la_top_drop_order_name(enum la_top_drop_order order);
const char *la_top_worker_order_name(enum la_top_worker_order order);

/* A name and a number, several pairs in a line, one under the other. */
struct la_top_grid {
	struct la_top_page *page;
	bool no_zeros;
	uint32_t across, at;
	struct la_top_line *line;
};

struct la_top_grid la_top_grid_begin(struct la_top_page *page, const struct la_top_look *look);
void la_top_grid_add(struct la_top_grid *grid, const char *name, uint64_t value);

#endif
