/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading of INI text. inih takes lines apart; which line it is at, which section it is
 * in, and what it would pass over in silence (a long line, a header with nothing under it,
 * a line that is no setting) is seen to in the function that hands it the lines, since
 * inih as Debian builds it tells none of that.
 */
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "parts.h"

struct reader {
	struct la_conf *conf;
	const char *text;
	size_t len, at;
	struct la_conf_where where;     /* The line inih is at. */
	bool stop;                      /* This is no text. */
	bool setting;                   /* inih owes a call of on_setting() for the line. */
	bool section_ok;                /* The three below hold. */
	bool section_seen;
	enum la_conf_section section;
	uint32_t nth;                   /* Of that section. */
	uint32_t first_line[LA_SECTIONS];
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Add an error of a header. */
static bool
refuse_header(struct reader *r, const char *label, const char *wrong)
{
	la_conf__error(r->conf, &r->where, label, NULL, "%s", wrong);
	return false;
}

static bool
given_twice(struct reader *r, const char *label, uint32_t first)
{
	char wrong[48];

	snprintf(wrong, sizeof(wrong), "given twice, first in line %u", first);
	return refuse_header(r, label, wrong);
}

static bool
add_section(struct reader *r, const char *label, const char *name)
{
	if (!la_conf__name_fits(name))
		return refuse_header(r, label,
				"a name is 1 to 31 of letters, digits, dot, _ and -");
	return la_conf__add(r->conf, r->section, name, &r->where) ||
			refuse_header(r, label, "out of memory");
}

static bool
begin_listener(struct reader *r, const char *label, const char *name)
{
	struct la_conf *conf = r->conf;

	if (name[0] == '\0')
		return refuse_header(r, label, "needs a name: [listen NAME]");
	if (la_conf__find(conf, LA_SECTION_listen, name, &r->nth))
		return given_twice(r, label, conf->listeners[r->nth].head.line);
	if (conf->listeners_len >= LA_CONF_LISTENERS_MAX)
		return refuse_header(r, label, "there are 1024 listeners already");
	return add_section(r, label, name);
}

static bool
begin_port(struct reader *r, const char *label, const char *name)
{
	struct la_conf *conf = r->conf;

	if (name[0] == '\0')
		name = LA_CONF_UNNAMED;
	if (la_conf__find(conf, LA_SECTION_port, name, &r->nth))
		return given_twice(r, label, conf->ports[r->nth].head.line);
	if (conf->ports_len >= LA_CONF_PORTS_MAX)
		return refuse_header(r, label, "there are 32 ports already");
	return add_section(r, label, name);
}

static bool
begin_single(struct reader *r, const char *label, const char *name)
{
	uint32_t *first = &r->first_line[r->section];

	if (name[0] != '\0')
		return refuse_header(r, label, "takes no name");
	if (*first != 0)
		return given_twice(r, label, *first);
	*first = r->where.line;
	if (r->section == LA_SECTION_load)
		r->conf->has_load = true;
	r->nth = 0;
	return true;
}

/* @p label: what is between the brackets, trimmed. */
static bool
begin_section(struct reader *r, const char *label)
{
	char kind[LA_LINE_MAX + 1];
	const size_t len = strcspn(label, " \t");
	const char *name = label + len + strspn(label + len, " \t"), *nearest;

	snprintf(kind, sizeof(kind), "%.*s", (int)len, label);
	if (la_conf__section_find(kind, &r->section)) {
		if (r->section == LA_SECTION_listen)
			return begin_listener(r, label, name);
		return r->section == LA_SECTION_port ? begin_port(r, label, name) :
				begin_single(r, label, name);
	}
	nearest = la_conf__section_nearest(kind);
	la_conf__error(r->conf, &r->where, label, NULL, "no such section; the nearest is [%s%s]",
			nearest, strcmp(nearest, "listen") == 0 ? " NAME" : "");
	return false;
}

/* A line that starts with a bracket. */
static void
on_header(struct reader *r, const char *line)
{
	const char *end = strchr(line, ']'), *start = line + 1, *rest;
	char label[LA_LINE_MAX + 1];

	r->section_seen = true;
	r->section_ok = false;
	if (end == NULL) {
		la_conf__error(r->conf, &r->where, NULL, NULL, "a [ without its ]");
		return;
	}
	for (rest = end + 1; is_blank(*rest); rest++)
		;
	if (*rest != '\0' && *rest != ';') {
		la_conf__error(r->conf, &r->where, NULL, NULL, "only a ; comment may follow a ]");
		return;
	}
	while (is_blank(*start))
		start++;
	while (end > start && is_blank(end[-1]))
		end--;
	snprintf(label, sizeof(label), "%.*s", (int)(end - start), start);
	r->section_ok = begin_section(r, label);
}

/* Called by inih for each "name = value". */
static int
on_setting(void *user, const char *inih_section, const char *name, const char *value)
{
	struct reader *r = user;
	struct la_conf_place place;

	(void)inih_section;
	r->setting = false;
	if (!r->section_seen)
		la_conf__error(r->conf, &r->where, NULL, name, "stands before the first [section]");
	else if (r->section_ok && la_conf__place(r->conf, r->section, r->nth, &place))
		la_conf__set(r->conf, &place, name, value, &r->where);
	return 1;
}

/* Whether the line is text; what is not ends the reading, as more of it would follow. */
static bool
is_text(struct reader *r, const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)line[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			la_conf__error(r->conf, &r->where, NULL, NULL,
					"octet 0x%02x is not text; the rest is not read", c);
			r->stop = true;
			return false;
		}
	}
	return true;
}

/* Judge a trimmed line. @return whether inih is to have it. */
static bool
on_line(struct reader *r, const char *line, size_t len, size_t most)
{
	char copy[LA_LINE_MAX + 1];

	if (len == 0 || !is_text(r, line, len) || line[0] == ';' || line[0] == '#')
		return false;
	if (len > most) {
		la_conf__error(r->conf, &r->where, NULL, NULL,
				"the line has %zu octets, more than %zu; a key that repeats may "
				"be spread over several lines", len, most);
		return false;
	}
	if (line[0] == '[') {
		snprintf(copy, sizeof(copy), "%.*s", (int)len, line);
		on_header(r, copy);
		return false;
	}
	r->setting = true;
	return true;
}

/* The next line for inih, which takes what is indented for the last value's next line:
 * so blanks at the start go. Lines that are not for it are handed over empty. */
static char *
next_line(char *into, int size, void *user)
{
	struct reader *r = user;
	const char *line, *end;
	size_t len;

	if (r->setting)
		la_conf__error(r->conf, &r->where, NULL, NULL,
				"neither [section] nor key = value nor ; comment");
	r->setting = false;
	if (r->at >= r->len || r->stop)
		return NULL;
	line = r->text + r->at;
	end = memchr(line, '\n', r->len - r->at);
	len = end != NULL ? (size_t)(end - line) : r->len - r->at;
	r->at += len + (end != NULL);
	r->where.line++;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	for (; len > 0 && is_blank(line[0]); line++)
		len--;
	while (len > 0 && is_blank(line[len - 1]))
		len--;
	if (!on_line(r, line, len, size - 1 < LA_LINE_MAX ? (size_t)size - 1 : LA_LINE_MAX))
		len = 0;
	memcpy(into, line, len);
	into[len] = '\0';
	return into;
}

bool
la_conf_parse(struct la_conf *conf, const char *name, const char *text, size_t len)
{
	struct reader r = { .conf = conf, .text = text, .len = len };
	const uint32_t before = conf->errors.n;

	r.where.source = la_conf__source(conf, "", name);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r.at = 3;
	ini_parse_stream(next_line, &r, on_setting, &r);
	return conf->errors.n == before;
}

static bool
file_unreadable(struct la_conf *conf, const char *path, const char *format, const char *why)
{
	const struct la_conf_where where = { .source = la_conf__source(conf, "", path) };

	conf->unread = true;
	la_conf__error(conf, &where, NULL, NULL, format, why);
	return false;
}

/* All of a file, or NULL with an error added; *len becomes its octets. */
static char *
read_all(struct la_conf *conf, const char *path, FILE *file, size_t *len)
{
	char *text = malloc(LA_CONF_FILE_MAX + 1);
	struct stat st;

	if (fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode))
		file_unreadable(conf, path, "cannot be read: %s", "it is a directory");
	else if (text == NULL)
		file_unreadable(conf, path, "cannot be read: %s", "out of memory");
	else if ((*len = fread(text, 1, LA_CONF_FILE_MAX + 1, file)) > LA_CONF_FILE_MAX)
		file_unreadable(conf, path, "cannot be read: %s", "it has more than 1 MiB");
	else if (ferror(file))
		file_unreadable(conf, path, "cannot be read: %s", strerror(errno));
	else
		return text;
	free(text);
	return NULL;
}

bool
la_conf_read(struct la_conf *conf, const char *path)
{
	FILE *file = fopen(path, "rb");
	bool ok = false;
	char *text;
	size_t len;

	if (file == NULL)
		return file_unreadable(conf, path, "cannot be read: %s", strerror(errno));
	text = read_all(conf, path, file, &len);
	if (text != NULL)
		ok = la_conf_parse(conf, path, text, len);
	free(text);
	fclose(file);
	return ok;
}
