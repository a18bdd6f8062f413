/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_LOG_H
#define LA_DPIO_LOG_H

/*
 * DPDK's log, held back while EAL starts: if it fails one line says why, not
 * twenty; if it does not, what a driver grumbled about did not matter.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct la_log {
	FILE *stream;
	char *text;
	size_t len;
};

/* From now on into memory; only warnings, unless --log-level says more. */
void la_log_hold(struct la_log *log);
/* Back to stderr; log->text is what was said, never NULL. */
void la_log_release(struct la_log *log);
void la_log_free(struct la_log *log);

/* The last line of text, without DPDK's name of the part that said it. */
void la_log_last_line(const struct la_log *log, char *line, size_t len);

#endif
