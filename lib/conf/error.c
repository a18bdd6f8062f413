/* SPDX-License-Identifier: BSD-3-Clause */
/* Errors, each with its place: tap.ini:12: [listen web] port: 99999 is not in 1-65535 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

/* A value made fit to be shown on a terminal: printable, and not too long. */
const char *
la_conf__shown(const char *value, char shown[LA_SHOWN_LEN])
{
	size_t used = 0;

	if (*value == '\0')
		return "nothing";
	for (; *value != '\0'; value++) {
		const unsigned char c = (unsigned char)*value;

		if (used + 8 > LA_SHOWN_LEN) {
			strcpy(shown + used, "...");
			return shown;
		}
		if (c >= ' ' && c <= '~')
			shown[used++] = (char)c;
		else
			used += (size_t)sprintf(shown + used, "\\x%02x", c);
	}
	shown[used] = '\0';
	return shown;
}

static void
print_place(FILE *out, const struct la_conf_where *where, const char *label, const char *key)
{
	char shown[LA_SHOWN_LEN];

	if (where->source != NULL)
		fprintf(out, "%s", where->source);
	if (where->line != 0)
		fprintf(out, ":%u", where->line);
	if (where->source != NULL)
		fprintf(out, ": ");
	/* An override names its section and key itself. */
	if (where->override)
		return;
	if (label != NULL)
		fprintf(out, key != NULL ? "[%s] " : "[%s]: ", la_conf__shown(label, shown));
	if (key != NULL)
		fprintf(out, "%s: ", la_conf__shown(key, shown));
}

/* What a value may have brought in by a way round la_conf__shown(). The name of a file may
 * be in any script. */
static void
make_printable(char *text, const struct la_conf_where *where)
{
	if (text == NULL)
		return;
	if (where->source != NULL && !where->override)
		text += strlen(where->source);
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

/* Add an error. label: the section's, or NULL; key: or NULL. */
void
la_conf__error(struct la_conf *conf, const struct la_conf_where *where, const char *label,
		const char *key, const char *format, ...)
{
	static const struct la_conf_where nowhere = { 0 };
	struct la_conf_errors *errors = &conf->errors;
	char **text = &errors->text[errors->n];
	size_t len;
	va_list args;
	FILE *out;

	if (errors->n > LA_CONF_ERRORS_MAX)
		return;
	errors->n++;
	*text = NULL;
	out = open_memstream(text, &len);
	if (out == NULL)
		return;
	if (errors->n > LA_CONF_ERRORS_MAX) {
		where = &nowhere;
		fprintf(out, "more errors follow; these were the first %d", LA_CONF_ERRORS_MAX);
	} else {
		print_place(out, where, label, key);
		va_start(args, format);
		vfprintf(out, format, args);
		va_end(args);
	}
	fclose(out);
	make_printable(*text, where);
}

struct la_conf_where
la_conf__at_file(const struct la_conf *conf)
{
	return (struct la_conf_where){ .source = conf->sources_len > 0 ? conf->sources[0] : NULL };
}

void
la_conf__error_in(struct la_conf *conf, const struct la_conf_place *place, enum la_conf_key_id id,
		const struct la_conf_where *where, const char *value, const char *what)
{
	const struct la_conf_where file = la_conf__at_file(conf);

	if (where == NULL && place->where[id].source != NULL)
		where = &place->where[id];
	if (where == NULL && place->head != NULL && place->head->source != NULL)
		where = place->head;
	la_conf__error(conf, where != NULL ? where : &file, place->label, la_conf__keys[id].name,
			"%s%s%s", value, value[0] != '\0' ? " " : "", what);
}

void
la_conf__error_at(struct la_conf *conf, enum la_conf_key_id id, const struct la_conf_where *where,
		const char *value, const char *what)
{
	struct la_conf_place place;

	la_conf__place(conf, la_conf__keys[id].section, 0, &place);
	la_conf__error_in(conf, &place, id, where, value, what);
}

const char *
la_conf__line_of(const struct la_conf_where *where, char text[LA_LINE_OF_LEN])
{
	text[0] = '\0';
	if (where->line != 0)
		snprintf(text, LA_LINE_OF_LEN, ", line %u", where->line);
	return text;
}

void
la_conf_print_errors(const struct la_conf *conf, FILE *out)
{
	for (uint32_t i = 0; i < conf->errors.n; i++) {
		const char *text = conf->errors.text[i];

		fprintf(out, "%s\n", text != NULL ? text : "out of memory");
	}
}
