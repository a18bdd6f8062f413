/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TOP_FORMAT_H
#define LA_TOP_FORMAT_H

/* Numbers, times and strings as top shows them. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for any text of the functions below that take none of their own. */
enum { LA_TOP_TEXT = 32 };

/* 1234567 as "1,234,567". */
const char *la_top_thousands(uint64_t n, char text[LA_TOP_TEXT]);

/* 41200000 as "41.2 M"; under 1000 as it is, with room for the letter. */
const char *la_top_scaled(uint64_t n, char text[LA_TOP_TEXT]);

/* Seconds as "1:02:03", or "4d 1:02:03". */
const char *la_top_duration(uint64_t seconds, char text[LA_TOP_TEXT]);

/* What came from outside, cut to fit, with '?' for all but printable ASCII: a
 * terminal obeys the rest. */
void la_top_plain(char *to, size_t room, const char *from);

/*
 * One character for a value between 0 and the most: a block of an eighth to a
 * whole in height, or a letter of rising ink where there is no Unicode. Zero is
 * a blank, all else is seen.
 */
const char *la_top_bar(uint64_t value, uint64_t most, bool utf8);

/* The octets of the first so many columns. Each character is one column wide. */
size_t la_top_columns(const char *text, size_t columns);

#endif
