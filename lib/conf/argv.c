/* SPDX-License-Identifier: BSD-3-Clause */
/* eal.args taken apart as a shell would, without expansions. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"

/* Where words go: both NULL while only counting. */
struct words {
	char **argv;
	char *octets;
	size_t argc, used;
};

static void
put_octet(struct words *w, char c)
{
	if (w->octets != NULL)
		w->octets[w->used] = c;
	w->used++;
}

static void
begin_word(struct words *w)
{
	if (w->argv != NULL)
		w->argv[w->argc] = w->octets + w->used;
	w->argc++;
}

/* Add the words of a line. @return whether each quote was closed. */
static bool
split_line(struct words *w, const char *text)
{
	bool inside = false;
	char quote = '\0';

	for (; *text != '\0'; text++) {
		const bool blank = *text == ' ' || *text == '\t';

		if (!inside && !blank)
			begin_word(w);
		if (quote == '\0' && blank) {
			if (inside)
				put_octet(w, '\0');
			inside = false;
			continue;
		}
		inside = true;
		if (*text == quote)
			quote = '\0';
		else if (quote == '\0' && (*text == '\'' || *text == '"'))
			quote = *text;
		else
			put_octet(w, *text);
	}
	if (inside)
		put_octet(w, '\0');
	return quote == '\0';
}

bool
la_conf__quotes_close(const char *text)
{
	struct words w = { 0 };

	return split_line(&w, text);
}

static void
split_all(struct words *w, const struct la_conf *conf, const char *program)
{
	begin_word(w);
	for (const char *c = program; *c != '\0'; c++)
		put_octet(w, *c);
	put_octet(w, '\0');
	for (uint32_t i = 0; i < conf->eal.args.n; i++)
		split_line(w, conf->eal.args.v[i].text);
}

char **
la_conf_eal_argv(const struct la_conf *conf, const char *program, int *argc)
{
	struct words count = { 0 }, w = { 0 };

	split_all(&count, conf, program);
	w.argv = malloc((count.argc + 1) * sizeof(*w.argv) + count.used);
	if (w.argv == NULL)
		return NULL;
	w.octets = (char *)(w.argv + count.argc + 1);
	split_all(&w, conf, program);
	w.argv[w.argc] = NULL;
	*argc = (int)w.argc;
	return w.argv;
}
