/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration as INI, and the table of keys as Markdown. */
#include <string.h>

#include "parts.h"

enum { PAD = 18 };

/* Padded, unless the line would be longer than it may be. */
static void
print_setting(FILE *out, const char *name, const char *value)
{
	const size_t len = strlen(value);

	if (len == 0)
		fprintf(out, "%-*s =\n", PAD, name);
	else if (PAD + 3 + len <= LA_LINE_MAX)
		fprintf(out, "%-*s = %s\n", PAD, name, value);
	else
		fprintf(out, "%s=%s\n", name, value);
}

static bool
is_used(const struct la_conf_key *key, const struct la_conf_place *place)
{
	const struct la_conf_listen *listen = place->data;
	unsigned int index;

	return key->services == NULL || la_conf__word_in(key->services,
			la_conf_service_name(listen->service), &index);
}

typedef void key_fn(void *user, const char *section, const char *key, const char *value);

static void
each_of_section(const struct la_conf_place *place, key_fn *each, void *user)
{
	char text[LA_VALUE_LEN];

	each(user, place->label, NULL, NULL);
	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf__keys[i];

		if (key->section != place->section || !is_used(key, place))
			continue;
		const void *field = la_conf__field(key, place->data);
		const uint32_t count = la_conf__value_count(key, field);

		for (uint32_t item = 0; item < count; item++)
			each(user, place->label, key->name,
					la_conf__value_format(key, field, item, text));
	}
}

void
la_conf_each(const struct la_conf *conf, key_fn *each, void *user)
{
	/* A copy, since a place is for setting too. */
	struct la_conf copy = *conf;
	struct la_conf_place place;

	for (int i = 0; i < LA_SECTIONS; i++) {
		const enum la_conf_section section = (enum la_conf_section)i;

		if (section == LA_SECTION_load && !conf->has_load)
			continue;
		for (uint32_t n = 0; la_conf__place(&copy, section, n, &place); n++)
			each_of_section(&place, each, user);
	}
}

struct printing {
	FILE *out;
	bool began;
};

static void
print_key(void *user, const char *section, const char *key, const char *value)
{
	struct printing *printing = user;

	if (key != NULL) {
		print_setting(printing->out, key, value);
	} else {
		fprintf(printing->out, "%s[%s]\n", printing->began ? "\n" : "", section);
		printing->began = true;
	}
}

void
la_conf_print(const struct la_conf *conf, FILE *out)
{
	struct printing printing = { out, false };

	la_conf_each(conf, print_key, &printing);
}

static void
print_words(FILE *out, const char *words)
{
	fputc('`', out);
	for (; *words != '\0'; words++)
		fprintf(out, *words == '|' ? "` `" : "%c", *words);
	fputc('`', out);
}

/* What a key takes, in words. */
static void
print_values(FILE *out, const struct la_conf_key *key)
{
	char text[LA_VALUE_LEN];

	switch (key->type) {
	case LA_TYPE_COUNT: case LA_TYPE_OCTETS: case LA_TYPE_TIME:
		la_conf__number_limits(key, text);
		/* The limits as an error words them: "1-128, nor auto". */
		fprintf(out, "%.*s", (int)strcspn(text, ","), text);
		if (key->words != NULL)
			fprintf(out, ", `%s`", key->words);
		break;
	case LA_TYPE_WORD:
		print_words(out, key->words);
		break;
	case LA_TYPE_SWITCH:
		fprintf(out, "`on` `off`");
		break;
	case LA_TYPE_TEXT: case LA_TYPE_ARGS:
		fprintf(out, "text");
		break;
	case LA_TYPE_ADDRESS: case LA_TYPE_GATEWAYS:
		fprintf(out, "address");
		break;
	case LA_TYPE_TARGET:
		fprintf(out, "addresses:ports");
		break;
	case LA_TYPE_RANGES:
		fprintf(out, "address or range");
		break;
	case LA_TYPE_PORTS:
		fprintf(out, "1-65535, or range");
		break;
	case LA_TYPE_NAMES:
		fprintf(out, "name");
		break;
	}
	fprintf(out, "%s", la_conf__key_repeats(key) ? "; repeatable" : "");
}

static void
print_services(FILE *out, const char *services)
{
	if (services == NULL)
		return;
	fprintf(out, " (");
	for (; *services != '\0'; services++)
		fprintf(out, *services == '|' ? ", " : "%c", *services);
	fprintf(out, " only)");
}

void
la_conf_print_table(FILE *out)
{
	fprintf(out, "| section | key | values | default | meaning |\n|---|---|---|---|---|\n");
	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf__keys[i];
		const bool quoted = key->preset[0] != '\0';

		fprintf(out, "| `[%s%s]` | `%s` | ", la_conf__section_name(key->section),
				key->section == LA_SECTION_listen ? " NAME" : "", key->name);
		print_values(out, key);
		fprintf(out, " | %s%s%s | %s", quoted ? "`" : "", key->preset, quoted ? "`" : "",
				key->help);
		print_services(out, key->services);
		fprintf(out, " |\n");
	}
}
