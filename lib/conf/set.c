/* SPDX-License-Identifier: BSD-3-Clause */
/* A configuration's life, its sections, and the setting of keys. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"

/* Text for where.source, kept as long as the configuration; printable. */
const char *
la_conf__source(struct la_conf *conf, const char *prefix, const char *name)
{
	char **sources = realloc(conf->sources, (conf->sources_len + 1) * sizeof(*sources));
	const size_t len = strlen(prefix) + strlen(name) + 1;
	char *text = malloc(len);

	if (sources != NULL)
		conf->sources = sources;
	if (sources == NULL || text == NULL) {
		free(text);
		return NULL;
	}
	snprintf(text, len, "%s%s", prefix, name);
	for (char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	return sources[conf->sources_len++] = text;
}

/* Whether there may be several of a section, each with a name. */
bool
la_conf__section_named(enum la_conf_section section)
{
	return section == LA_SECTION_port || section == LA_SECTION_listen;
}

static void
place_port(struct la_conf_port *port, struct la_conf_place *place)
{
	const bool named = strcmp(port->name, LA_CONF_UNNAMED) != 0;

	place->data = port;
	place->where = port->where;
	place->head = &port->head;
	snprintf(place->label, LA_LABEL_LEN, "port%s%s", named ? " " : "", named ? port->name : "");
}

static void
place_listener(struct la_conf_listen *listen, struct la_conf_place *place)
{
	place->data = listen;
	place->where = listen->where;
	place->head = &listen->head;
	snprintf(place->label, LA_LABEL_LEN, "listen %s", listen->name);
}

/* @return false for a section that is not there: a port or a listener past the last. */
bool
la_conf__place(struct la_conf *conf, enum la_conf_section section, uint32_t nth,
		struct la_conf_place *place)
{
	void *const data[LA_SECTIONS] = { &conf->eal, NULL, &conf->worker, &conf->tcp, NULL,
		&conf->load };

	*place = (struct la_conf_place){ .section = section };
	if (section == LA_SECTION_port) {
		if (nth < conf->ports_len)
			place_port(&conf->ports[nth], place);
		return nth < conf->ports_len;
	}
	if (section == LA_SECTION_listen) {
		if (nth < conf->listeners_len)
			place_listener(&conf->listeners[nth], place);
		return nth < conf->listeners_len;
	}
	place->data = data[section];
	place->where = conf->where;
	snprintf(place->label, LA_LABEL_LEN, "%s", la_conf__section_name(section));
	return nth == 0;
}

/* The name of a port or a listener, or NULL past the last. */
static const char *
name_of(const struct la_conf *conf, enum la_conf_section section, uint32_t nth)
{
	if (section == LA_SECTION_port)
		return nth < conf->ports_len ? conf->ports[nth].name : NULL;
	return nth < conf->listeners_len ? conf->listeners[nth].name : NULL;
}

bool
la_conf__find(struct la_conf *conf, enum la_conf_section section, const char *name, uint32_t *nth)
{
	const char *other;

	for (*nth = 0; (other = name_of(conf, section, *nth)) != NULL; ++*nth) {
		if (strcmp(other, name) == 0)
			return true;
	}
	return false;
}

/* The name that is most like @p name; NULL if there is none. */
const char *
la_conf__nearest(struct la_conf *conf, enum la_conf_section section, const char *name)
{
	size_t best = SIZE_MAX;
	const char *nearest = NULL, *other;

	for (uint32_t i = 0; (other = name_of(conf, section, i)) != NULL; i++) {
		const size_t distance = la_conf_distance(name, other);

		if (distance < best) {
			best = distance;
			nearest = other;
		}
	}
	return nearest;
}

/* Set all keys of a section to their presets; lists stay empty till the end. */
static void
set_presets(struct la_conf *conf, const struct la_conf_place *place)
{
	static const struct la_conf_where nowhere = { 0 };
	char why[LA_WHY_LEN];

	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf__keys[i];

		if (key->section != place->section || la_conf__key_repeats(key) ||
				key->type == LA_TYPE_TARGET)
			continue;
		if (!la_conf__value_parse(key, key->preset, &nowhere,
				la_conf__field(key, place->data), why))
			la_conf__error(conf, &nowhere, place->label, key->name, "%s", why);
	}
}

static bool
add_port(struct la_conf *conf, const char *name, const struct la_conf_where *where)
{
	struct la_conf_port *ports = realloc(conf->ports, (conf->ports_len + 1) * sizeof(*ports));

	if (ports == NULL)
		return false;
	conf->ports = ports;
	ports += conf->ports_len++;
	*ports = (struct la_conf_port){ .head = *where };
	snprintf(ports->name, sizeof(ports->name), "%s", name);
	return true;
}

static bool
add_listener(struct la_conf *conf, const char *name, const struct la_conf_where *where)
{
	struct la_conf_listen *listeners = realloc(conf->listeners,
			(conf->listeners_len + 1) * sizeof(*listeners));

	if (listeners == NULL)
		return false;
	conf->listeners = listeners;
	listeners += conf->listeners_len++;
	*listeners = (struct la_conf_listen){ .head = *where };
	snprintf(listeners->name, sizeof(listeners->name), "%s", name);
	return true;
}

/* Add a port or a listener as the last. @p name is short enough and not there yet. */
bool
la_conf__add(struct la_conf *conf, enum la_conf_section section, const char *name,
		const struct la_conf_where *where)
{
	const bool port = section == LA_SECTION_port;
	struct la_conf_place place;

	if (!(port ? add_port(conf, name, where) : add_listener(conf, name, where)))
		return false;
	la_conf__place(conf, section, (port ? conf->ports_len : conf->listeners_len) - 1, &place);
	set_presets(conf, &place);
	return true;
}

void
la_conf_init(struct la_conf *conf)
{
	struct la_conf_place place;

	*conf = (struct la_conf){ 0 };
	for (int i = 0; i < LA_SECTIONS; i++) {
		if (la_conf__place(conf, (enum la_conf_section)i, 0, &place))
			set_presets(conf, &place);
	}
}

void
la_conf_free(struct la_conf *conf)
{
	struct la_conf_place place;

	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf__keys[i];

		for (uint32_t n = 0; la_conf__place(conf, key->section, n, &place); n++)
			la_conf__value_clear(key, la_conf__field(key, place.data));
	}
	for (uint32_t i = 0; i < conf->errors.n; i++)
		free(conf->errors.text[i]);
	for (uint32_t i = 0; i < conf->sources_len; i++)
		free(conf->sources[i]);
	free(conf->sources);
	free(conf->ports);
	free(conf->listeners);
	*conf = (struct la_conf){ 0 };
}

/* Whether a line "NAME=VALUE" of a file can say this: what can be set can be printed. */
static bool
fits_a_line(const char *name, const char *value, char why[LA_WHY_LEN])
{
	const size_t room = LA_LINE_MAX - strlen(name) - 1;
	bool blank = true;

	if (strlen(value) > room) {
		snprintf(why, LA_WHY_LEN, "%zu octets are too long, a line has room for %zu",
				strlen(value), room);
		return false;
	}
	for (const char *c = value; *c != '\0'; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f) {
			snprintf(why, LA_WHY_LEN, "octet 0x%02x is not text", (unsigned char)*c);
			return false;
		}
		if (blank && *c == ';') {
			snprintf(why, LA_WHY_LEN, "; would start a comment here");
			return false;
		}
		blank = *c == ' ' || *c == '\t';
	}
	return true;
}

/* What is often meant by a value that is none: a comment as elsewhere, a list in one line. */
static const char *
hint_of(const struct la_conf_key *key, const char *value, const struct la_conf_where *from)
{
	if (!from->override && strstr(value, " #") != NULL)
		return "; a comment starts with ;";
	if (!la_conf__key_repeats(key) || key->type == LA_TYPE_ARGS ||
			strpbrk(value, ", \t") == NULL)
		return "";
	return from->override ? "; give each with a -s of its own" : "; give one a line";
}

/* @return false, and add an error, for an unknown name or a bad value. */
bool
la_conf__set(struct la_conf *conf, const struct la_conf_place *place, const char *name,
		const char *value, const struct la_conf_where *from)
{
	const struct la_conf_key *key = la_conf__key_find(place->section, name);
	char why[LA_WHY_LEN];

	if (key == NULL) {
		la_conf__key_unknown(place->section, name, why);
		la_conf__error(conf, from, place->label, name, "%s", why);
		return false;
	}
	struct la_conf_where *where = &place->where[key - la_conf__keys];
	void *field = la_conf__field(key, place->data);
	const bool repeats = la_conf__key_repeats(key);

	if (!repeats && !from->override && where->source != NULL) {
		la_conf__error(conf, from, place->label, name, "given twice, first in line %u",
				where->line);
		return false;
	}
	if (repeats && from->override && !where->override) {
		la_conf__value_clear(key, field);
		where->bad = false;
	}
	const bool bad = repeats && where->bad;

	*where = *from;
	where->bad = bad;
	if (fits_a_line(name, value, why) && la_conf__value_parse(key, value, from, field, why))
		return true;
	where->bad = true;
	la_conf__error(conf, from, place->label, name, "%s%s", why, hint_of(key, value, from));
	return false;
}
