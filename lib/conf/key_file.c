/* SPDX-License-Identifier: BSD-3-Clause */
/* The cookie keys that a group of hosts shares. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

enum { DIGITS = 64 };

static int
hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Read on to a character that is no blank and in no comment; EOF at the end. */
static int
next_char(FILE *file)
{
	int c = getc(file);

	while (c == '#' || c == ' ' || c == '\t' || c == '\r' || c == '\n') {
		while (c == '#' && (c = getc(file)) != '\n' && c != EOF)
			c = '#';
		if (c != EOF)
			c = getc(file);
	}
	return c;
}

/* @return NULL, or what is wrong. */
static const char *
read_octets(FILE *file, uint8_t octets[DIGITS / 2])
{
	int c, digits = 0;

	while ((c = next_char(file)) != EOF) {
		if (hex_digit(c) < 0)
			return "holds something other than hex digits, blanks and # comments";
		if (digits == DIGITS)
			return "holds more than 2 x 32 hex digits";
		octets[digits / 2] = (uint8_t)(octets[digits / 2] << 4 | hex_digit(c));
		digits++;
	}
	if (ferror(file))
		return strerror(errno);
	return digits == DIGITS ? NULL : "holds fewer than 2 x 32 hex digits";
}

bool
la_conf_read_keys(const char *path, struct la_key key[2], char *error, size_t error_len)
{
	uint8_t octets[DIGITS / 2] = { 0 };
	FILE *file = fopen(path, "r");
	const char *wrong = file != NULL ? read_octets(file, octets) : strerror(errno);

	if (file != NULL)
		fclose(file);
	if (wrong != NULL) {
		snprintf(error, error_len, "%s: %s", path, wrong);
		return false;
	}
	/* k[0] holds the first eight octets, little-endian (la_siphash.h). */
	for (int i = 0; i < 4; i++) {
		uint64_t *k = &key[i / 2].k[i % 2];

		*k = 0;
		for (int b = 7; b >= 0; b--)
			*k = *k << 8 | octets[8 * i + b];
	}
	return true;
}
