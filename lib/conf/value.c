/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of every type: from text into a field, and back. */
#include <stdlib.h>
#include <string.h>

#include "parts.h"

void *
la_conf__field(const struct la_conf_key *key, void *data)
{
	return (char *)data + key->offset;
}

static bool
no_memory(char why[LA_WHY_LEN])
{
	snprintf(why, LA_WHY_LEN, "out of memory");
	return false;
}

/* Room for one more in a list of @p n; the list doubles at each power of two. */
static void *
grow_list(void *list, uint32_t n, size_t size, char why[LA_WHY_LEN])
{
	void *larger;

	if (n >= LA_CONF_LIST_MAX) {
		snprintf(why, LA_WHY_LEN, "given more than %d times", LA_CONF_LIST_MAX);
		return NULL;
	}
	if (n > 0 && (n & (n - 1)) != 0)
		return list;
	larger = realloc(list, (n > 0 ? 2 * (size_t)n : 1) * size);
	if (larger == NULL)
		no_memory(why);
	return larger;
}

static bool
text_parse(const char *text, char **field, char why[LA_WHY_LEN])
{
	char *copy = strdup(text);

	if (copy == NULL)
		return no_memory(why);
	free(*field);
	*field = copy;
	return true;
}

static bool
word_parse(const char *words, const char *text, unsigned int *index, char why[LA_WHY_LEN])
{
	char shown[LA_SHOWN_LEN];
	int used;

	if (la_conf__word_in(words, text, index))
		return true;
	used = snprintf(why, LA_WHY_LEN, "%s is not one of ", la_conf__shown(text, shown));
	for (; *words != '\0' && used < LA_WHY_LEN - 2; words++)
		used += snprintf(why + used, LA_WHY_LEN - (size_t)used, *words == '|' ? ", " : "%c",
				*words);
	return false;
}

static bool
switch_parse(const char *text, bool *field, char why[LA_WHY_LEN])
{
	unsigned int on;
	const bool ok = word_parse("off|on", text, &on, why);

	*field = ok ? on != 0 : *field;
	return ok;
}

static bool
address_parse(const char *text, struct la_conf_address *field, char why[LA_WHY_LEN])
{
	field->any = strcmp(text, "*") == 0;
	return field->any || la_conf__addr_parse(text, &field->addr, why);
}

static bool
args_parse(const char *text, struct la_conf_lines *field, char why[LA_WHY_LEN])
{
	struct la_conf_line *v;

	if (!la_conf__quotes_close(text)) {
		snprintf(why, LA_WHY_LEN, "a quote is opened and not closed");
		return false;
	}
	v = grow_list(field->v, field->n, sizeof(*v), why);
	if (v == NULL)
		return false;
	field->v = v;
	v[field->n].text = strdup(text);
	if (v[field->n].text == NULL)
		return no_memory(why);
	field->n++;
	return true;
}

static bool
ranges_parse(const char *text, bool single, const struct la_conf_where *where,
		struct la_conf_ranges *field, char why[LA_WHY_LEN])
{
	struct la_conf_range range = { .where = *where, .count = 1,
		.prefix_len = LA_CONF_NO_PREFIX };
	struct la_conf_range *v;

	if (!(single ? la_conf__addr_parse(text, &range.first, why) :
			la_conf__range_parse(text, &range, why)))
		return false;
	v = grow_list(field->v, field->n, sizeof(*v), why);
	if (v == NULL)
		return false;
	field->v = v;
	v[field->n++] = range;
	return true;
}

static bool
ports_parse(const char *text, const struct la_conf_where *where,
		struct la_conf_port_list *field, char why[LA_WHY_LEN])
{
	struct la_conf_ports ports = { .where = *where };
	struct la_conf_ports *v;

	if (!la_conf__ports_parse(text, &ports, why))
		return false;
	v = grow_list(field->v, field->n, sizeof(*v), why);
	if (v == NULL)
		return false;
	field->v = v;
	v[field->n++] = ports;
	return true;
}

static bool
names_parse(const char *text, const struct la_conf_where *where, struct la_conf_names *field,
		char why[LA_WHY_LEN])
{
	struct la_conf_name *v;
	char shown[LA_SHOWN_LEN];

	if (!la_conf__name_fits(text)) {
		snprintf(why, LA_WHY_LEN, "%s is not a name: 1 to %d of letters, digits, dot, _ "
				"and -", la_conf__shown(text, shown), LA_CONF_NAME_MAX);
		return false;
	}
	v = grow_list(field->v, field->n, sizeof(*v), why);
	if (v == NULL)
		return false;
	field->v = v;
	v[field->n] = (struct la_conf_name){ .where = *where };
	snprintf(v[field->n++].text, sizeof(v->text), "%s", text);
	return true;
}

/* Set a field, or add to its list, to which nothing adds nothing. On failure the field
 * is as before or of no meaning. */
bool
la_conf__value_parse(const struct la_conf_key *key, const char *text,
		const struct la_conf_where *where, void *field, char why[LA_WHY_LEN])
{
	if (la_conf__key_repeats(key) && text[0] == '\0')
		return true;
	switch (key->type) {
	case LA_TYPE_TEXT:
		return text_parse(text, field, why);
	case LA_TYPE_COUNT: case LA_TYPE_OCTETS: case LA_TYPE_TIME:
		return la_conf__number_parse(key, text, field, why);
	case LA_TYPE_WORD:
		return word_parse(key->words, text, field, why);
	case LA_TYPE_SWITCH:
		return switch_parse(text, field, why);
	case LA_TYPE_ADDRESS:
		return address_parse(text, field, why);
	case LA_TYPE_TARGET:
		return la_conf__target_parse(text, field, why);
	case LA_TYPE_ARGS:
		return args_parse(text, field, why);
	case LA_TYPE_RANGES: case LA_TYPE_GATEWAYS:
		return ranges_parse(text, key->type == LA_TYPE_GATEWAYS, where, field, why);
	case LA_TYPE_PORTS:
		return ports_parse(text, where, field, why);
	case LA_TYPE_NAMES:
		return names_parse(text, where, field, why);
	}
	return false;
}

static void
clear_lines(struct la_conf_lines *lines)
{
	for (uint32_t i = 0; i < lines->n; i++)
		free(lines->v[i].text);
	free(lines->v);
	*lines = (struct la_conf_lines){ 0 };
}

/* Give back what a field holds; a list is empty then. */
void
la_conf__value_clear(const struct la_conf_key *key, void *field)
{
	struct la_conf_ranges *ranges = field;
	struct la_conf_port_list *ports = field;
	struct la_conf_names *names = field;
	char **text = field;

	switch (key->type) {
	case LA_TYPE_TEXT:
		free(*text);
		*text = NULL;
		break;
	case LA_TYPE_ARGS:
		clear_lines(field);
		break;
	case LA_TYPE_RANGES: case LA_TYPE_GATEWAYS:
		free(ranges->v);
		*ranges = (struct la_conf_ranges){ 0 };
		break;
	case LA_TYPE_PORTS:
		free(ports->v);
		*ports = (struct la_conf_port_list){ 0 };
		break;
	case LA_TYPE_NAMES:
		free(names->v);
		*names = (struct la_conf_names){ 0 };
		break;
	case LA_TYPE_COUNT: case LA_TYPE_OCTETS: case LA_TYPE_TIME: case LA_TYPE_WORD:
	case LA_TYPE_SWITCH: case LA_TYPE_ADDRESS: case LA_TYPE_TARGET:
		break;
	}
}

/* How many values a field holds: those of a list, else 1. */
uint32_t
la_conf__value_count(const struct la_conf_key *key, const void *field)
{
	switch (key->type) {
	case LA_TYPE_ARGS:
		return ((const struct la_conf_lines *)field)->n;
	case LA_TYPE_RANGES: case LA_TYPE_GATEWAYS:
		return ((const struct la_conf_ranges *)field)->n;
	case LA_TYPE_PORTS:
		return ((const struct la_conf_port_list *)field)->n;
	case LA_TYPE_NAMES:
		return ((const struct la_conf_names *)field)->n;
	case LA_TYPE_TARGET:
		return ((const struct la_conf_target *)field)->addresses.count > 0;
	case LA_TYPE_TEXT: case LA_TYPE_COUNT: case LA_TYPE_OCTETS: case LA_TYPE_TIME:
	case LA_TYPE_WORD: case LA_TYPE_SWITCH: case LA_TYPE_ADDRESS:
		return 1;
	}
	return 0;
}

static const char *
address_format(const struct la_conf_address *address, char text[LA_VALUE_LEN])
{
	return address->any ? "*" : la_addr_format(&address->addr, text);
}

static const char *
range_format(const struct la_conf_ranges *ranges, uint32_t item, char text[LA_VALUE_LEN])
{
	la_conf__range_format(&ranges->v[item], text);
	return text;
}

/* A field's value number @p item as text: @p text, or what lives as long as the field. */
const char *
la_conf__value_format(const struct la_conf_key *key, const void *field, uint32_t item,
		char text[LA_VALUE_LEN])
{
	switch (key->type) {
	case LA_TYPE_TEXT:
		return *(char *const *)field;
	case LA_TYPE_COUNT: case LA_TYPE_OCTETS: case LA_TYPE_TIME:
		return la_conf__number_format(key, *(const uint64_t *)field, text);
	case LA_TYPE_WORD:
		return la_conf__word_at(key->words, *(const unsigned int *)field, text);
	case LA_TYPE_SWITCH:
		return *(const bool *)field ? "on" : "off";
	case LA_TYPE_ADDRESS:
		return address_format(field, text);
	case LA_TYPE_ARGS:
		return ((const struct la_conf_lines *)field)->v[item].text;
	case LA_TYPE_RANGES: case LA_TYPE_GATEWAYS:
		return range_format(field, item, text);
	case LA_TYPE_TARGET:
		la_conf__target_format(field, text);
		return text;
	case LA_TYPE_PORTS:
		la_conf__ports_format(&((const struct la_conf_port_list *)field)->v[item], text);
		return text;
	case LA_TYPE_NAMES:
		return ((const struct la_conf_names *)field)->v[item].text;
	}
	return NULL;
}
