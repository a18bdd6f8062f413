/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_check.h"
#include "top/format.h"

static const struct { uint64_t n; const char *thousands, *scaled; } numbers[] = {
	{ 0, "0", "0  " },
	{ 999, "999", "999  " },
	{ 1000, "1,000", "1.0 k" },
	{ 15292, "15,292", "15.3 k" },
	{ 999949, "999,949", "999.9 k" },
	{ 999950, "999,950", "1.0 M" },
	{ 41203112, "41,203,112", "41.2 M" },
	{ 400000000000, "400,000,000,000", "400.0 G" },
	{ UINT64_MAX, "18,446,744,073,709,551,615", "18.4 E" },
};

START_TEST(numbers_are_readable)
{
	char text[LA_TOP_TEXT];

	ck_assert_str_eq(la_top_thousands(numbers[_i].n, text), numbers[_i].thousands);
	ck_assert_str_eq(la_top_scaled(numbers[_i].n, text), numbers[_i].scaled);
}
END_TEST

static const struct { uint64_t seconds; const char *text; } times[] = {
	{ 0, "0:00:00" }, { 59, "0:00:59" }, { 3723, "1:02:03" }, { 86399, "23:59:59" },
	{ 86400, "1d 0:00:00" }, { 4 * 86400 + 3723, "4d 1:02:03" },
};

START_TEST(times_are_readable)
{
	char text[LA_TOP_TEXT];

	ck_assert_str_eq(la_top_duration(times[_i].seconds, text), times[_i].text);
	la_top_duration(UINT64_MAX, text);
}
END_TEST

START_TEST(what_a_terminal_would_obey_is_not_shown)
{
	char text[8];

	la_top_plain(text, sizeof(text), "a\033[2J\n\377z");
	ck_assert_str_eq(text, "a?[2J??");
	la_top_plain(text, 4, "abcdef");
	ck_assert_str_eq(text, "abc");
	la_top_plain(text, 1, "abcdef");
	ck_assert_str_eq(text, "");
}
END_TEST

static const struct { uint64_t value, most; const char *utf8, *ascii; } bars[] = {
	{ 0, 0, " ", " " }, { 0, 100, " ", " " },
	/* The least is seen, and only the most is full. */
	{ 1, 1000000, "▁", "." }, { 50, 100, "▄", "=" }, { 99, 100, "▇", "%" },
	{ 100, 100, "█", "#" }, { 200, 100, "█", "#" }, { UINT64_MAX, UINT64_MAX, "█", "#" },
	{ UINT64_MAX - 1, UINT64_MAX, "█", "#" },
};

START_TEST(a_bar_is_as_high_as_the_value)
{
	ck_assert_str_eq(la_top_bar(bars[_i].value, bars[_i].most, true), bars[_i].utf8);
	ck_assert_str_eq(la_top_bar(bars[_i].value, bars[_i].most, false), bars[_i].ascii);
}
END_TEST

START_TEST(columns_are_characters)
{
	ck_assert_uint_eq(la_top_columns("abc", 2), 2);
	ck_assert_uint_eq(la_top_columns("abc", 9), 3);
	ck_assert_uint_eq(la_top_columns("a█b", 2), 4);
	ck_assert_uint_eq(la_top_columns("█", 1), 3);
	ck_assert_uint_eq(la_top_columns("█", 0), 0);
	ck_assert_uint_eq(la_top_columns("", 5), 0);
}
END_TEST

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static Suite *
format_suite(void)
{
	Suite *suite = suite_create("top_format");
	TCase *tcase = tcase_create("format");

	tcase_add_loop_test(tcase, numbers_are_readable, 0, LEN(numbers));
	tcase_add_loop_test(tcase, times_are_readable, 0, LEN(times));
	tcase_add_test(tcase, what_a_terminal_would_obey_is_not_shown);
	tcase_add_loop_test(tcase, a_bar_is_as_high_as_the_value, 0, LEN(bars));
	tcase_add_test(tcase, columns_are_characters);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(format_suite)
