/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_LOG_H
#define LA_DPIO_LOG_H

/*
 * All that is said on stdout and stderr while EAL starts, held back: if it
 * fails one line says why, not a page; if it does not, what a driver grumbled
 * about did not matter.
 */
#include <stdbool.h>
#include <stddef.h>

struct la_log {
	int file;                       /* Where it goes meanwhile. */
	int out, err;                   /* What stdout and stderr were. */
	char *text;                     /* After release: what was said, never NULL. */
};

/* DPDK's log goes to stderr, warnings alone unless --log-level says more. */
void la_log__start(void);

/* From now on, until release. False: there is no memory, and nothing is held. */
bool la_log__hold(struct la_log *log);
bool la_log__release(struct la_log *log);
void la_log__free(struct la_log *log);

/* A line of the text, the first one or the last one, without the name of the
 * part that said it. Empty if there is none. */
enum la_log_which { LA_LOG_FIRST, LA_LOG_LAST };
void la_log__line(const char *text, enum la_log_which which, char *line, size_t len);

#endif
