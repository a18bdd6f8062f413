/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "la_check.h"
#include "top/format.h"
#include "top/page.h"

enum { SECOND = 1000000 };

static struct la_top_model model;
static struct la_top_page page;

static void
setup(void)
{
	memset(&model, 0, sizeof(model));
}

static void
teardown(void)
{
	la_top_model_free(&model);
}

static void
add_rows(json_t *answers, const char *name, int n)
{
	json_t *table = json_object();
	char key[16];

	for (int i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "%d", i);
		json_object_set_new(table, key, json_pack("{s:i,s:i,s:s,s:s}", "lcore", i,
				"busy_percent", i, "name", "web", "address", "*"));
	}
	json_object_set_new(answers, name, table);
}

/* Two rounds of an instance with so many workers, listeners and kinds of drops. */
static void
take(const char *role, int workers, int listeners, int drops)
{
	for (int i = 1; i <= 2; i++) {
		json_t *answers = json_pack("{s:{s:s,s:i,s:s,s:i},s:{s:i},s:{s:i,s:i},s:{s:i}}",
				"info", "role", role, "uptime_s", i, "version", "0.1.0", "pid", 1,
				"throughput", "opened_per_s", 12345,
				"states", "SYN_SENT", 0, "ESTABLISHED", 77,
				"memory", "mbufs", 5);
		json_t *counters = json_object(), *reasons = json_object();
		char name[32];

		for (int d = 0; d < drops; d++) {
			snprintf(name, sizeof(name), "drop_%d", d);
			json_object_set_new(counters, name, json_integer(i));
			json_object_set_new(reasons, name, json_pack("{s:s,s:s}", "class", "drop",
					"help", "not wanted"));
		}
		json_object_set_new(answers, "counters", counters);
		json_object_set_new(answers, "reasons", reasons);
		add_rows(answers, "workers", workers);
		add_rows(answers, "listeners", listeners);
		if (strcmp(role, "load") == 0)
			json_object_set_new(answers, "load", json_pack("{s:i,s:i,s:i}", "failed",
					9, "timeout", 9, "reset", 0));
		la_top_model_take(&model, answers, (uint64_t)i * SECOND);
	}
}

static void
make(uint32_t columns, uint32_t rows, bool once)
{
	const struct la_top_look look = { .columns = columns, .rows = rows, .once = once };

	la_top_page_make(&page, &model, &look);
}

/* The line that has this text, or NULL. */
static const char *
line_with(const char *text)
{
	for (uint32_t i = 0; i < page.lines; i++) {
		if (strstr(page.line[i].text, text) != NULL)
			return page.line[i].text;
	}
	return NULL;
}

START_TEST(before_the_first_answer_there_is_nothing)
{
	make(80, 24, false);
	ck_assert_uint_eq(page.lines, 0);
}
END_TEST

START_TEST(without_a_limit_all_is_there)
{
	take("serve", 40, 30, 20);
	make(80, 0, false);
	ck_assert_ptr_nonnull(line_with("12,345"));
	ck_assert_ptr_nonnull(line_with("SYN-SENT"));
	ck_assert_ptr_nonnull(line_with("drop_19"));
	ck_assert_ptr_nonnull(line_with("mbufs free"));
	ck_assert_ptr_null(line_with(" more"));
	ck_assert_uint_gt(page.lines, 40 + 30 + 20);
}
END_TEST

/* With room for two rows of each list, a screen is never overrun. */
static const uint32_t heights[] = { 21, 22, 30, 50, 120 };

START_TEST(rows_that_do_not_fit_are_counted)
{
	uint32_t shown = 0, told = 0, more;

	take("serve", 40, 30, 20);
	make(80, heights[_i], false);
	ck_assert_uint_le(page.lines, heights[_i]);
	for (uint32_t i = 0; i < page.lines; i++) {
		if (sscanf(page.line[i].text, " ... %u more", &more) == 1)
			told += more;
		else
			shown += page.line[i].may_go;
	}
	ck_assert_uint_eq(shown + told, 40 + 30 + 20);
}
END_TEST

START_TEST(a_small_screen_drops_the_least_first)
{
	take("serve", 1, 2, 0);
	make(80, 0, false);
	ck_assert_ptr_nonnull(line_with("mbufs free"));
	make(80, 16, false);
	ck_assert_uint_le(page.lines, 16);
	ck_assert_ptr_null(line_with("mbufs free"));
	ck_assert_ptr_nonnull(line_with("ESTABLISHED"));
	ck_assert_ptr_nonnull(line_with("web"));
}
END_TEST

START_TEST(any_size_is_survived)
{
	take("load", 300, 30, 200);
	for (uint32_t columns = 1; columns < 400; columns += 23) {
		for (uint32_t rows = 1; rows < 60; rows += 4)
			make(columns, rows, false);
	}
}
END_TEST

START_TEST(a_line_with_a_history_ends_at_the_edge)
{
	take("serve", 1, 1, 0);
	make(80, 24, false);
	ck_assert_uint_eq(strlen(line_with("opened/s")), 79);
	/* Two seconds, the newest on the right. */
	ck_assert_str_eq(line_with("opened/s") + 76, " ##");
	make(30, 24, false);
	ck_assert_uint_gt(strlen(line_with("opened/s")), 30);
}
END_TEST

START_TEST(only_what_moved_is_a_drop)
{
	take("serve", 1, 1, 2);
	json_object_set_new(json_object_get(model.answers, "counters"), "drop_0", json_integer(2));
	model.drop[1].moved = false;
	make(80, 0, false);
	ck_assert_ptr_nonnull(strstr(line_with("drop_0"), "  not wanted"));
	ck_assert_ptr_null(line_with("drop_1"));
	/* One look has nothing to compare with: there all that is not 0 counts. */
	make(80, 0, true);
	ck_assert_ptr_nonnull(line_with("drop_1"));
}
END_TEST

START_TEST(an_instance_that_does_not_tell_reasons_has_no_drops)
{
	take("serve", 1, 1, 2);
	make(80, 0, false);
	ck_assert_ptr_null(strstr(line_with("drops by reason"), "not told"));
	json_object_del(model.answers, "reasons");
	model.drops = 0;
	make(80, 0, false);
	ck_assert_ptr_nonnull(strstr(line_with("drops by reason"), "not told"));
}
END_TEST

START_TEST(a_load_has_its_sections)
{
	take("load", 1, 0, 0);
	make(80, 40, false);
	ck_assert_ptr_nonnull(line_with("offered/s"));
	ck_assert_ptr_nonnull(line_with("timeout"));
	ck_assert_ptr_null(line_with("reset "));
	ck_assert_ptr_null(line_with("SYNs in/s"));
	ck_assert_ptr_null(line_with("listener"));
}
END_TEST

/* The name is the same, so the device tells them apart; a single port's needs none. */
START_TEST(a_listener_of_each_port_says_which)
{
	json_t *listeners;

	take("serve", 1, 2, 0);
	listeners = json_object_get(model.answers, "listeners");
	json_object_set_new(json_array_get(listeners, 0), "device", json_string("net_tap0"));
	json_object_set_new(json_array_get(listeners, 1), "device", json_string("net_tap0"));
	make(80, 0, false);
	ck_assert_ptr_null(line_with("net_tap"));
	json_object_set_new(json_array_get(listeners, 1), "device", json_string("net_tap1"));
	make(80, 0, false);
	ck_assert_ptr_nonnull(line_with(" web          * net_tap0      "));
	ck_assert_ptr_nonnull(line_with(" web          * net_tap1      "));
}
END_TEST

START_TEST(the_title_says_who_it_is)
{
	char title[LA_TOP_LINE];

	la_top_title(&model, "rte", title);
	ck_assert_str_eq(title, "rte");
	take("serve", 1, 1, 0);
	la_top_title(&model, "rte", title);
	ck_assert_ptr_nonnull(strstr(title, "rte  serve 0.1.0  up 0:00:02"));
}
END_TEST

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static Suite *
page_suite(void)
{
	Suite *suite = suite_create("top_page");
	TCase *tcase = tcase_create("page");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, before_the_first_answer_there_is_nothing);
	tcase_add_test(tcase, without_a_limit_all_is_there);
	tcase_add_loop_test(tcase, rows_that_do_not_fit_are_counted, 0, LEN(heights));
	tcase_add_test(tcase, a_small_screen_drops_the_least_first);
	tcase_add_test(tcase, any_size_is_survived);
	tcase_add_test(tcase, a_line_with_a_history_ends_at_the_edge);
	tcase_add_test(tcase, only_what_moved_is_a_drop);
	tcase_add_test(tcase, an_instance_that_does_not_tell_reasons_has_no_drops);
	tcase_add_test(tcase, a_load_has_its_sections);
	tcase_add_test(tcase, a_listener_of_each_port_says_which);
	tcase_add_test(tcase, the_title_says_who_it_is);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(page_suite)
