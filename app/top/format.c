/* SPDX-License-Identifier: BSD-3-Clause */
#include "format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *
la_top_thousands(uint64_t n, char text[LA_TOP_TEXT])
{
	char digits[LA_TOP_TEXT];
	const int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *to = text;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}

const char *
la_top_scaled(uint64_t n, char text[LA_TOP_TEXT])
{
	static const char letters[] = "kMGTPE";
	uint64_t unit = 1000;
	int i = 0;

	if (n < 1000) {
		snprintf(text, LA_TOP_TEXT, "%" PRIu64 "  ", n);
		return text;
	}
	/* In tenths, rounded: 999,950 is "1.0 M", not "1000.0 k". */
	while (i < 5 && n >= unit * 1000 - unit / 20) {
		unit *= 1000;
		i++;
	}
	n = n / (unit / 10) + (n % (unit / 10) >= unit / 20);
	snprintf(text, LA_TOP_TEXT, "%" PRIu64 ".%u %c", n / 10, (unsigned int)(n % 10),
			letters[i]);
	return text;
}

const char *
la_top_duration(uint64_t seconds, char text[LA_TOP_TEXT])
{
	const uint64_t days = seconds / 86400;
	const unsigned int hours = (unsigned int)(seconds / 3600 % 24);
	const unsigned int minutes = (unsigned int)(seconds / 60 % 60);
	const unsigned int rest = (unsigned int)(seconds % 60);

	if (days > 0)
		snprintf(text, LA_TOP_TEXT, "%" PRIu64 "d %u:%02u:%02u", days % 1000000, hours,
				minutes, rest);
	else
		snprintf(text, LA_TOP_TEXT, "%u:%02u:%02u", hours, minutes, rest);
	return text;
}

void
la_top_plain(char *to, size_t room, const char *from)
{
	size_t i;

	for (i = 0; i + 1 < room && from[i] != '\0'; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
	to[i] = '\0';
}

const char *
la_top_bar(uint64_t value, uint64_t most, bool utf8)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ink[] = { " ", ".", ":", "-", "=", "+", "*", "%", "#" };
	enum { STEPS = sizeof(blocks) / sizeof(blocks[0]) - 1 };
	unsigned int height = STEPS;

	if (value == 0)
		height = 0;
	else if (value < most)
		height = 1 + (unsigned int)((double)value * (STEPS - 1) / (double)most);
	return utf8 ? blocks[height] : ink[height];
}

size_t
la_top_columns(const char *text, size_t columns)
{
	size_t i = 0;

	while (text[i] != '\0') {
		/* All but the octets that go on with a character begin one. */
		if (((unsigned char)text[i] & 0xc0) != 0x80 && columns-- == 0)
			break;
		i++;
	}
	return i;
}
