/* SPDX-License-Identifier: BSD-3-Clause */
/* What kind of terminal it is. On its own, for term.h takes many a common name. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "view.h"

#include <term.h>

bool
la_top_terminal_is_usable(void)
{
	const char *term = getenv("TERM");
	bool usable = false;
	int result;

	if (setupterm(NULL, STDOUT_FILENO, &result) == OK) {
		usable = cursor_address != NULL;
		del_curterm(cur_term);
	}
	if (usable)
		return true;
	fprintf(stderr, "lastack top: no screen on a terminal of type %s: set TERM, or use --once "
			"or --json\n", term != NULL && term[0] != '\0' ? term : "unknown");
	return false;
}
