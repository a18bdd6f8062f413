/* SPDX-License-Identifier: BSD-3-Clause */
/* The live view's course: ticks, keys, signals. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../commands.h"
#include "live.h"
#include "view.h"

static void
select_next(struct la_top_view *view, const struct la_top_set *set, uint32_t step)
{
	const uint32_t shown = la_top_set_shown(set);

	if (shown > 0)
		view->selected = (view->selected + shown + step) % shown;
}

/* False: quit. */
static bool
act_on_key(struct la_top_view *view, const struct la_top_set *set, enum la_top_key key)
{
	struct la_top_look *look = &view->look;

	/* Any key leaves the help, and q all of it. */
	if (view->help && key != LA_TOP_KEY_QUIT) {
		view->help = false;
		return true;
	}
	switch (key) {
	case LA_TOP_KEY_QUIT: return false;
	case LA_TOP_KEY_NEXT: select_next(view, set, 1); break;
	case LA_TOP_KEY_PREVIOUS: select_next(view, set, UINT32_MAX); break;
	case LA_TOP_KEY_NUMBER:
		if (view->number < la_top_set_shown(set))
			view->selected = view->number;
		break;
	case LA_TOP_KEY_WORKER_ORDER:
		look->worker_order = (look->worker_order + 1) % LA_TOP_WORKER_ORDERS;
		break;
	case LA_TOP_KEY_DROP_ORDER:
		look->drop_order = (look->drop_order + 1) % LA_TOP_DROP_ORDERS;
		break;
	case LA_TOP_KEY_PAUSE: view->paused = !view->paused; break;
	case LA_TOP_KEY_HELP: view->help = true; break;
	case LA_TOP_KEY_REDRAW: la_top_view_resize(view); break;
	case LA_TOP_KEY_NONE: case LA_TOP_KEY_OTHER: break;
	}
	return true;
}

/* All keys that were typed. False: quit. */
static bool
read_keys(struct la_top_view *view, const struct la_top_set *set)
{
	enum la_top_key key;

	while ((key = la_top_view_key(view)) != LA_TOP_KEY_NONE) {
		if (!act_on_key(view, set, key))
			return false;
	}
	return true;
}

/* False: a signal ends it. */
static bool
read_signals(struct la_top_view *view, int fd)
{
	int number;

	while ((number = la_top_signal(fd)) != 0) {
		if (number != SIGWINCH)
			return false;
		la_top_view_resize(view);
	}
	return true;
}

/* One wait for whatever comes first. False: quit. */
static bool
wait_step(struct la_top_view *view, struct la_top_set *set, int signals, uint64_t until_us)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	la_top_set_wait(set, fds, 2, until_us);
	/* A terminal that went away is always ready to be read. */
	return read_signals(view, signals) && (fds[1].revents & ~POLLIN) == 0 &&
			read_keys(view, set);
}

static void
run_screen(struct la_top_view *view, struct la_top_set *set, int signals)
{
	uint64_t tick_us = la_monotonic_us() + LA_TOP_SECOND_US;

	do {
		if (la_monotonic_us() >= tick_us) {
			if (!view->paused)
				la_top_set_ask(set);
			tick_us = la_top_next_tick(tick_us);
		}
		la_top_view_draw(view, set);
	} while (wait_step(view, set, signals, tick_us));
}

int
la_top_screen(struct la_top_set *set, int signals)
{
	struct la_top_view *view = calloc(1, sizeof(*view));
	int code = LA_EXIT_FAILED;

	if (view == NULL) {
		fprintf(stderr, "lastack top: out of memory\n");
	} else if (la_top_view_start(view)) {
		run_screen(view, set, signals);
		la_top_view_stop(view);
		code = LA_EXIT_DONE;
	}
	free(view);
	return code;
}
