/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of keys, and finding names in it. */
#include <stddef.h>
#include <string.h>

#include "parts.h"

const struct la_conf_key la_conf__keys[LA_CONF_KEYS] = {
#define KEY(section, field, name, type, min, max, words, services, preset, help) \
	{ LA_SECTION_##section, name, LA_TYPE_##type, offsetof(struct la_conf_##section, field), \
		min, max, words, services, preset, help },
#include "keys.def"
#undef KEY
};

/* Words and switches are set through a field of these sizes. */
_Static_assert(sizeof(enum la_conf_service) == sizeof(unsigned int), "words are unsigned int");

static const char *const section_names[LA_SECTIONS] = {
	"eal", "port", "worker", "tcp", "listen", "load",
};

const char *
la_conf__section_name(enum la_conf_section section)
{
	return section_names[section];
}

bool
la_conf__section_find(const char *name, enum la_conf_section *section)
{
	for (int i = 0; i < LA_SECTIONS; i++) {
		if (strcmp(name, section_names[i]) == 0) {
			*section = (enum la_conf_section)i;
			return true;
		}
	}
	return false;
}

/* A name that a section may have. */
bool
la_conf__name_fits(const char *name)
{
	const size_t len = strlen(name);

	return len >= 1 && len <= LA_CONF_NAME_MAX && len == strspn(name,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
}

static size_t
lesser_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
la_conf_distance(const char *a, const char *b)
{
	enum { LONGEST = 63 };
	size_t row[LONGEST + 1];
	const size_t a_len = strnlen(a, LONGEST), b_len = strnlen(b, LONGEST);

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			const size_t changed = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = lesser_of(changed, lesser_of(row[j - 1], row[j]) + 1);
		}
	}
	return row[b_len];
}

const char *
la_conf__section_nearest(const char *name)
{
	size_t best = SIZE_MAX;
	const char *nearest = NULL;

	for (int i = 0; i < LA_SECTIONS; i++) {
		const size_t distance = la_conf_distance(name, section_names[i]);

		if (distance < best) {
			best = distance;
			nearest = section_names[i];
		}
	}
	return nearest;
}

const struct la_conf_key *
la_conf__key_find(enum la_conf_section section, const char *name)
{
	for (int i = 0; i < LA_CONF_KEYS; i++) {
		if (la_conf__keys[i].section == section && strcmp(la_conf__keys[i].name, name) == 0)
			return &la_conf__keys[i];
	}
	return NULL;
}

/* What is wrong with a name that la_conf__key_find() does not know. */
void
la_conf__key_unknown(enum la_conf_section section, const char *name, char why[LA_WHY_LEN])
{
	size_t best = SIZE_MAX;
	const char *nearest = NULL;

	for (int i = 0; i < LA_CONF_KEYS; i++) {
		const struct la_conf_key *key = &la_conf__keys[i];
		const size_t distance = la_conf_distance(name, key->name);

		if (distance == 0) {
			snprintf(why, LA_WHY_LEN, "no such key here; it belongs in [%s%s]",
					section_names[key->section],
					key->section == LA_SECTION_listen ? " NAME" : "");
			return;
		}
		if (key->section == section && distance < best) {
			best = distance;
			nearest = key->name;
		}
	}
	snprintf(why, LA_WHY_LEN, "no such key; the nearest is %s", nearest);
}

bool
la_conf__key_repeats(const struct la_conf_key *key)
{
	return key->type >= LA_TYPE_ARGS;
}

/* Whether a word is one of a|b|c, and which. */
bool
la_conf__word_in(const char *words, const char *word, unsigned int *index)
{
	const size_t len = strlen(word);

	for (*index = 0; words != NULL; ++*index) {
		const size_t this_len = strcspn(words, "|");

		if (this_len == len && memcmp(words, word, len) == 0)
			return true;
		words = words[this_len] == '|' ? words + this_len + 1 : NULL;
	}
	return false;
}

const char *
la_conf__word_at(const char *words, unsigned int index, char word[LA_VALUE_LEN])
{
	while (index-- > 0)
		words += strcspn(words, "|") + 1;
	snprintf(word, LA_VALUE_LEN, "%.*s", (int)strcspn(words, "|"), words);
	return word;
}

const char *
la_conf_word(enum la_conf_key_id key, unsigned int value, char word[LA_CONF_WORD_LEN])
{
	char whole[LA_VALUE_LEN];

	snprintf(word, LA_CONF_WORD_LEN, "%.*s", LA_CONF_WORD_LEN - 1,
			la_conf__word_at(la_conf__keys[key].words, value, whole));
	return word;
}

const char *
la_conf_service_name(enum la_conf_service service)
{
	switch (service) {
	case LA_CONF_HTTP: return "http";
	case LA_CONF_ECHO: return "echo";
	case LA_CONF_DISCARD: return "discard";
	case LA_CONF_CLOSE: return "close";
	case LA_CONF_RESET: return "reset";
	}
	return NULL;
}
