/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TOP_VIEW_H
#define LA_TOP_VIEW_H

/* The screen, by ncurses: what is on it, and the keys. */
#include <stdbool.h>
#include <stdint.h>

#include "page.h"
#include "set.h"

enum la_top_key {
	LA_TOP_KEY_NONE,
	LA_TOP_KEY_QUIT,
	LA_TOP_KEY_NEXT,
	LA_TOP_KEY_PREVIOUS,
	LA_TOP_KEY_NUMBER,              /* Of an instance: view->number, from 0. */
	LA_TOP_KEY_WORKER_ORDER,
	LA_TOP_KEY_DROP_ORDER,
	LA_TOP_KEY_PAUSE,
	LA_TOP_KEY_HELP,
	LA_TOP_KEY_REDRAW,
	LA_TOP_KEY_OTHER,
};

struct la_top_view {
	struct la_top_page page;
	struct la_top_look look;
	uint32_t selected;              /* Among those that are shown. */
	uint32_t number;
	bool paused, help, colours;
	void *screen;                   /* ncurses' own. */
};

/* Whether the cursor can be moved about; false after a line on stderr. */
bool la_top_terminal_is_usable(void);

/* Take the terminal over. False, after a line on stderr, if it is none of use. */
bool la_top_view_start(struct la_top_view *view);

/* Give the terminal back as it was. */
void la_top_view_stop(struct la_top_view *view);

/* The terminal has got another size. */
void la_top_view_resize(struct la_top_view *view);

void la_top_view_draw(struct la_top_view *view, const struct la_top_set *set);

/* The next key typed, or LA_TOP_KEY_NONE if there is none. */
enum la_top_key la_top_view_key(struct la_top_view *view);

#endif
