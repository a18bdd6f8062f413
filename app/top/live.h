/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TOP_LIVE_H
#define LA_TOP_LIVE_H

/*
 * What goes on until a signal ends it: the screen, or lines. The first round has
 * been begun; signals comes from la_top_signals(). Both give an exit code.
 */
#include <stdbool.h>

#include "set.h"

enum { LA_TOP_SECOND_US = 1000000 };

/* On a terminal. */
int la_top_screen(struct la_top_set *set, int signals);

/* In a pipe or a file: each second a line for each instance, or one JSON object. */
int la_top_lines(struct la_top_set *set, bool json, int signals);

/* From now on, signals that end top or resize its screen are read from what comes
 * back, and from there only; -1: that cannot be. */
int la_top_signals(void);

/* The next signal that came, or 0. */
int la_top_signal(int signals);

/* A second after the last tick; after a long stop (Ctrl-Z), after now. */
uint64_t la_top_next_tick(uint64_t tick_us);

#endif
