/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LOAD_SCREEN_H
#define LA_LOAD_SCREEN_H

/* What load and bench say while they run, and at the end. */
#include <stdbool.h>
#include <stdint.h>

struct la_load_second;
struct la_load_run;
struct la_checks;

/* On a terminal one line that is written over, in a pipe a line each. */
struct la_screen {
	bool started, terminal;
};

void la_screen_start(struct la_screen *screen);
void la_screen_second(struct la_screen *screen, const struct la_load_second *second);
void la_screen_end(struct la_screen *screen);

/* Figures and verdict. */
void la_screen_summary(const struct la_load_run *run, const struct la_checks *checks);

/* 1234567 as 1,234,567. */
enum { LA_GROUPED_LEN = 32 };
const char *la_screen_number(double n, char text[LA_GROUPED_LEN]);

#endif
