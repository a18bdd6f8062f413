/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_log.h>

#include "log.h"

enum { TEXT_MAX = 64 * 1024 };

void
la_log__start(void)
{
	rte_log_set_global_level(RTE_LOG_WARNING);
	rte_openlog_stream(stderr);
}

bool
la_log__hold(struct la_log *log)
{
	*log = (struct la_log){ .file = memfd_create("log", MFD_CLOEXEC) };
	if (log->file < 0)
		return false;
	fflush(stdout);
	log->out = dup(STDOUT_FILENO);
	log->err = dup(STDERR_FILENO);
	return dup2(log->file, STDOUT_FILENO) >= 0 && dup2(log->file, STDERR_FILENO) >= 0;
}

static void
restore_fd(int saved, int fd)
{
	/* It may have been closed from the start. */
	if (saved < 0) {
		close(fd);
		return;
	}
	dup2(saved, fd);
	close(saved);
}

bool
la_log__release(struct la_log *log)
{
	ssize_t len;

	fflush(stdout);
	fflush(stderr);
	restore_fd(log->out, STDOUT_FILENO);
	restore_fd(log->err, STDERR_FILENO);
	log->text = calloc(1, TEXT_MAX + 1);
	len = log->text != NULL ? pread(log->file, log->text, TEXT_MAX, 0) : 0;
	close(log->file);
	return len > 0;
}

void
la_log__free(struct la_log *log)
{
	free(log->text);
	log->text = NULL;
}

void
la_log__line(const char *text, enum la_log_which which, char *line, size_t len)
{
	size_t start = strspn(text, "\n"), end = strlen(text);
	const char *part;

	while (end > start && text[end - 1] == '\n')
		end--;
	if (which == LA_LOG_FIRST)
		end = start + strcspn(text + start, "\n");
	else
		for (start = end; start > 0 && text[start - 1] != '\n'; start--)
			;
	part = strstr(text + start, ": ");
	if (part != NULL && part < text + end)
		start = (size_t)(part - text) + 2;
	snprintf(line, len, "%.*s", (int)(end - start), text + start);
}
