/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts, sizes and times as text. */
#include <inttypes.h>
#include <string.h>

#include "parts.h"

struct unit {
	const char *suffix;
	uint64_t factor;
};

static const struct unit count_units[] = {
	{ "", 1 }, { "k", 1000 }, { "m", 1000000 }, { "g", 1000000000 }, { NULL, 0 },
};
static const struct unit octet_units[] = {
	{ "", 1 }, { "k", 1 << 10 }, { "m", 1 << 20 }, { "g", 1 << 30 }, { NULL, 0 },
};
static const struct unit time_units[] = {
	{ "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { "m", 60000000 }, { NULL, 0 },
};

static const struct unit *
units_of(const struct la_conf_key *key)
{
	if (key->type == LA_TYPE_TIME)
		return time_units;
	return key->type == LA_TYPE_OCTETS ? octet_units : count_units;
}

/* Digits at the start of text; UINT64_MAX stands for all that is too large. */
static size_t
read_digits(const char *text, uint64_t *value)
{
	size_t n = 0;

	for (*value = 0; text[n] >= '0' && text[n] <= '9'; n++) {
		if (__builtin_mul_overflow(*value, 10, value) ||
				__builtin_add_overflow(*value, (uint64_t)(text[n] - '0'), value)) {
			*value = UINT64_MAX;
			return n + strspn(text + n, "0123456789");
		}
	}
	return n;
}

static const struct unit *
find_unit(const struct unit *units, const char *suffix)
{
	for (; units->suffix != NULL; units++) {
		if (strcmp(units->suffix, suffix) == 0)
			return units;
	}
	return NULL;
}

static bool
not_a_number(const struct la_conf_key *key, const char *text, bool digits, char why[LA_WHY_LEN])
{
	char shown[LA_SHOWN_LEN];
	const char *value = la_conf__shown(text, shown),
			*wanted = "a number such as 5000, 5k or 1m";

	if (key->type == LA_TYPE_TIME)
		wanted = "a time such as 500ms, 60s or 2m";
	else if (key->type == LA_TYPE_OCTETS)
		wanted = "a size in octets such as 4096, 64k or 1m";
	if (digits && key->type == LA_TYPE_TIME)
		snprintf(why, LA_WHY_LEN, "%s needs a unit: us, ms, s or m", value);
	else
		snprintf(why, LA_WHY_LEN, "%s is not %s%s%s", value, wanted,
				key->words != NULL ? ", or " : "",
				key->words != NULL ? key->words : "");
	return false;
}

/* @return false, with why, for what is no number or out of the key's range. */
bool
la_conf__number_parse(const struct la_conf_key *key, const char *text, uint64_t *value,
		char why[LA_WHY_LEN])
{
	char shown[LA_SHOWN_LEN], limits[LA_VALUE_LEN];
	const struct unit *unit;
	const size_t digits = read_digits(text, value);
	unsigned int word;

	if (la_conf__word_in(key->words, text, &word)) {
		*value = 0;
		return true;
	}
	unit = find_unit(units_of(key), text + digits);
	if (digits > 0 && *value == 0 && text[digits] == '\0')
		unit = units_of(key);           /* Zero of anything needs no unit. */
	if (digits == 0 || unit == NULL)
		return not_a_number(key, text, digits > 0 && text[digits] == '\0', why);
	if (__builtin_mul_overflow(*value, unit->factor, value))
		*value = UINT64_MAX;
	if (*value >= key->min && *value <= key->max)
		return true;
	la_conf__number_limits(key, limits);
	snprintf(why, LA_WHY_LEN, "%s is not in %s", la_conf__shown(text, shown), limits);
	return false;
}

/* In the largest unit that leaves no rest; counts in full, times in at most seconds. */
static void
format_plain(const struct la_conf_key *key, uint64_t value, char *text, size_t size)
{
	const struct unit *units = units_of(key), *unit = units;

	if (key->type != LA_TYPE_COUNT && value != 0) {
		for (const struct unit *u = units; u->suffix != NULL; u++) {
			if (value % u->factor == 0 && u->factor != 60000000)
				unit = u;
		}
	}
	snprintf(text, size, "%" PRIu64 "%s", value / unit->factor,
			value == 0 ? "" : unit->suffix);
}

const char *
la_conf__number_format(const struct la_conf_key *key, uint64_t value, char text[LA_VALUE_LEN])
{
	if (value == 0 && key->words != NULL)
		snprintf(text, LA_VALUE_LEN, "%s", key->words);
	else
		format_plain(key, value, text, LA_VALUE_LEN);
	return text;
}

void
la_conf__number_limits(const struct la_conf_key *key, char text[LA_VALUE_LEN])
{
	char min[32], max[32];

	format_plain(key, key->min, min, sizeof(min));
	format_plain(key, key->max, max, sizeof(max));
	snprintf(text, LA_VALUE_LEN, "%s-%s%s%s", min, max, key->words != NULL ? ", nor " : "",
			key->words != NULL ? key->words : "");
}
