/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include <rte_log.h>

#include "log.h"

void
la_log_hold(struct la_log *log)
{
	*log = (struct la_log){ 0 };
	log->stream = open_memstream(&log->text, &log->len);
	rte_log_set_global_level(RTE_LOG_WARNING);
	if (log->stream != NULL)
		rte_openlog_stream(log->stream);
}

void
la_log_release(struct la_log *log)
{
	rte_openlog_stream(stderr);
	if (log->stream != NULL)
		fclose(log->stream);
	log->stream = NULL;
	if (log->text == NULL)
		log->text = calloc(1, 1);
}

void
la_log_free(struct la_log *log)
{
	free(log->text);
	log->text = NULL;
}

void
la_log_last_line(const struct la_log *log, char *line, size_t len)
{
	const char *text = log->text != NULL ? log->text : "";
	size_t end = strlen(text), start;
	const char *part;

	while (end > 0 && text[end - 1] == '\n')
		end--;
	for (start = end; start > 0 && text[start - 1] != '\n'; start--)
		;
	part = strstr(text + start, ": ");
	if (part != NULL && part < text + end)
		start = (size_t)(part - text) + 2;
	snprintf(line, len, "%.*s", (int)(end - start), text + start);
}
