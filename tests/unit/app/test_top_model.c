/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "la_check.h"
#include "top/model.h"

enum { SECOND = 1000000 };

static struct la_top_model model;

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

/* One round of a server that has opened so many, and dropped. */
static json_t *
round_of(int pid, int uptime_s, int opened, int drops)
{
	json_t *answers = json_pack("{s:{s:s,s:i,s:i},s:{s:i,s:i,s:i},s:{s:i,s:i,s:i,s:i,s:i}}",
			"info", "role", "serve", "pid", pid, "uptime_s", uptime_s,
			"throughput", "opened_per_s", opened, "peak_opened_per_s", 900,
			"rx_pps", 3 * opened,
			"counters", "opened", 5, "rx_frames", 7 * drops, "drop_paws", drops,
			"rst_closed_port", 4, "port_no_mbuf", 2 * drops);

	ck_assert_ptr_nonnull(answers);
	json_object_set_new(answers, "reasons", json_pack("{s:{s:s,s:s},s:{s:s},s:{s:s},s:{s:s}}",
			"drop_paws", "class", "drop", "help", "too old",
			"rst_closed_port", "class", "drop", "port_no_mbuf", "class", "drop",
			"ok", "class", "ok"));
	return answers;
}

static const struct la_top_drop *
drop(const char *name)
{
	for (uint32_t i = 0; i < model.drops; i++) {
		if (strcmp(model.drop[i].name, name) == 0)
			return &model.drop[i];
	}
	return NULL;
}

START_TEST(history_is_newest_first)
{
	for (int i = 1; i <= 3; i++)
		la_top_model_take(&model, round_of(1, i, 100 * i, 0), (uint64_t)i * SECOND);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_OPENED, 0), 300);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_OPENED, 2), 100);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_RX_PACKETS, 1), 600);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_OPENED, 3), 0);
	ck_assert_uint_eq(la_top_rate_peak(&model, LA_TOP_OPENED), 900);
}
END_TEST

START_TEST(history_wraps)
{
	for (int i = 1; i <= LA_TOP_HISTORY + 10; i++)
		la_top_model_take(&model, round_of(1, i, i, 0), (uint64_t)i * SECOND);
	for (uint32_t ago = 0; ago < LA_TOP_HISTORY; ago++)
		ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_OPENED, ago),
				LA_TOP_HISTORY + 10 - ago);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_OPENED, LA_TOP_HISTORY), 0);
}
END_TEST

START_TEST(a_second_without_an_answer_is_a_gap)
{
	la_top_model_miss(&model);
	la_top_model_take(&model, round_of(1, 1, 50, 0), SECOND);
	la_top_model_miss(&model);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_OPENED, 0), 0);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_OPENED, 1), 50);
	/* What was told last can still be looked at. */
	ck_assert_ptr_nonnull(la_top_get(&model, LA_TOP_INFO));
}
END_TEST

START_TEST(drops_have_a_rate_from_the_second_round_on)
{
	la_top_model_take(&model, round_of(1, 1, 0, 1000), SECOND);
	ck_assert_uint_eq(drop("drop_paws")->per_s, 0);
	ck_assert(!drop("drop_paws")->moved);
	la_top_model_take(&model, round_of(1, 3, 0, 1050), 3 * SECOND);
	ck_assert_uint_eq(drop("drop_paws")->per_s, 25);
	ck_assert_uint_eq(drop("drop_paws")->total, 1050);
	ck_assert(drop("drop_paws")->moved);
	ck_assert(!drop("rst_closed_port")->moved);
	ck_assert_uint_eq(la_top_drops_per_s(&model), 25 + 50);
	/* It stands still, but has moved. */
	la_top_model_take(&model, round_of(1, 4, 0, 1050), 4 * SECOND);
	ck_assert_uint_eq(drop("drop_paws")->per_s, 0);
	ck_assert(drop("drop_paws")->moved);
}
END_TEST

START_TEST(a_round_without_counters_does_not_bend_the_rate)
{
	json_t *without = round_of(1, 2, 0, 0);

	la_top_model_take(&model, round_of(1, 1, 0, 100), SECOND);
	json_object_del(without, "counters");
	la_top_model_take(&model, without, 2 * SECOND);
	ck_assert_uint_eq(la_top_drops_per_s(&model), 0);
	la_top_model_take(&model, round_of(1, 3, 0, 120), 3 * SECOND);
	ck_assert_uint_eq(drop("drop_paws")->per_s, 10);
}
END_TEST

/* Process and uptime of the second round. */
static const struct { int pid, uptime_s; } others[] = { { 2, 100 }, { 1, 0 } };

START_TEST(a_restart_is_not_compared_with)
{
	la_top_model_take(&model, round_of(1, 50, 0, 10), SECOND);
	la_top_model_take(&model, round_of(others[_i].pid, others[_i].uptime_s, 0, 500),
			2 * SECOND);
	ck_assert_uint_eq(drop("drop_paws")->per_s, 0);
	ck_assert(!drop("drop_paws")->moved);
	ck_assert_uint_eq(drop("drop_paws")->total, 500);
}
END_TEST

/* By what the instance tells, and not by how a counter's name begins. */
START_TEST(drops_are_what_the_instance_calls_so)
{
	json_t *answers = round_of(1, 1, 0, 5);

	json_object_set_new(json_object_get(answers, "counters"), "drop_unheard_of",
			json_integer(1));
	la_top_model_take(&model, answers, SECOND);
	ck_assert(la_top_is_drop(&model, "drop_paws"));
	ck_assert(la_top_is_drop(&model, "port_no_mbuf"));
	ck_assert(!la_top_is_drop(&model, "ok"));
	ck_assert(!la_top_is_drop(&model, "rx_frames"));
	ck_assert(!la_top_is_drop(&model, ""));
	ck_assert_ptr_nonnull(drop("drop_paws"));
	ck_assert_ptr_null(drop("drop_unheard_of"));
	ck_assert_str_eq(la_top_meaning(&model, "drop_paws"), "too old");
	ck_assert_str_eq(la_top_meaning(&model, "rst_closed_port"), "");
	ck_assert_str_eq(la_top_meaning(&model, "opened"), "");
}
END_TEST

START_TEST(without_reasons_nothing_is_a_drop)
{
	json_t *answers = round_of(1, 1, 0, 5);

	json_object_set_new(answers, "reasons", json_string("drop"));
	la_top_model_take(&model, answers, SECOND);
	ck_assert(!la_top_is_drop(&model, "drop_paws"));
	ck_assert_uint_eq(model.drops, 0);
}
END_TEST

START_TEST(drops_are_sorted)
{
	const struct la_top_drop *sorted[LA_TOP_DROPS];

	la_top_model_take(&model, round_of(1, 1, 0, 1), SECOND);
	la_top_model_take(&model, round_of(1, 2, 0, 2), 2 * SECOND);
	ck_assert_uint_eq(la_top_sort_drops(&model, LA_TOP_BY_RATE, false, sorted), 2);
	ck_assert_str_eq(sorted[0]->name, "port_no_mbuf");
	ck_assert_str_eq(sorted[1]->name, "drop_paws");
	ck_assert_uint_eq(la_top_sort_drops(&model, LA_TOP_BY_NAME, false, sorted), 2);
	ck_assert_str_eq(sorted[0]->name, "drop_paws");
	/* With all, what never moved counts too; equal totals are in order of names. */
	ck_assert_uint_eq(la_top_sort_drops(&model, LA_TOP_BY_TOTAL, true, sorted), 3);
	ck_assert_str_eq(sorted[0]->name, "port_no_mbuf");
	ck_assert_str_eq(sorted[1]->name, "rst_closed_port");
	ck_assert_str_eq(sorted[2]->name, "drop_paws");
}
END_TEST

/* Workers as DPDK gives them: a dict, in which "10" may come before "2". */
static json_t *
with_workers(int n)
{
	json_t *answers = round_of(1, 1, 0, 0), *table = json_object();
	char name[16];

	for (int i = n; i-- > 0;) {
		snprintf(name, sizeof(name), "%d", i);
		json_object_set_new(table, name, json_pack("{s:i,s:i,s:i,s:i}", "lcore", i + 1,
				"busy_percent", i % 3, "cycles_per_packet", 500 - i,
				"longest_poll_us", i == 4));
	}
	json_object_set_new(table, "more", json_integer(3));
	json_object_set_new(answers, "workers", table);
	return answers;
}

START_TEST(tables_become_arrays)
{
	const json_t *workers;

	la_top_model_take(&model, with_workers(12), SECOND);
	workers = la_top_get(&model, LA_TOP_WORKERS);
	ck_assert_uint_eq(json_array_size(workers), 12);
	for (size_t i = 0; i < 12; i++)
		ck_assert_uint_eq(la_top_number(json_array_get(workers, i), "lcore"), i + 1);
	ck_assert_uint_eq(la_top_number(model.answers, "workers_more"), 3);
}
END_TEST

static const struct { enum la_top_worker_order order; uint32_t first, second; } orders[] = {
	{ LA_TOP_BY_NUMBER, 0, 1 }, { LA_TOP_BY_BUSY, 2, 5 }, { LA_TOP_BY_CYCLES, 0, 1 },
	{ LA_TOP_BY_LONGEST, 4, 0 },
};

START_TEST(workers_are_sorted)
{
	uint32_t sorted[6];

	la_top_model_take(&model, with_workers(12), SECOND);
	/* Only the first six are asked for. */
	ck_assert_uint_eq(la_top_sort_workers(&model, orders[_i].order, sorted, 6), 6);
	ck_assert_uint_eq(sorted[0], orders[_i].first);
	ck_assert_uint_eq(sorted[1], orders[_i].second);
}
END_TEST

START_TEST(failures_of_a_load_have_a_history)
{
	for (int i = 0; i < 3; i++) {
		json_t *answers = round_of(1, i, 0, 0);

		/* The second round lacks it. */
		if (i != 1)
			json_object_set_new(answers, "load", json_pack("{s:i}", "failed",
					1000 + 10 * i));
		la_top_model_take(&model, answers, (uint64_t)(i + 1) * SECOND);
	}
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_FAILED, 2), 0);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_FAILED, 1), 0);
	ck_assert_uint_eq(la_top_rate_at(&model, LA_TOP_FAILED, 0), 10);
	ck_assert_uint_eq(la_top_rate_peak(&model, LA_TOP_FAILED), 10);
}
END_TEST

START_TEST(nonsense_is_zero)
{
	json_t *odd = json_pack("{s:s,s:i,s:f,s:f,s:{},s:n}", "text", "12", "negative", -5,
			"real", 12.9, "huge", 1e30, "object", "null");
	static const char *const zeros[] = { "text", "negative", "huge", "object", "null", "none" };

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		ck_assert_uint_eq(la_top_number(odd, zeros[i]), 0);
	ck_assert_uint_eq(la_top_number(odd, "real"), 12);
	ck_assert_str_eq(la_top_string(odd, "real"), "");
	ck_assert_str_eq(la_top_string(NULL, "none"), "");
	json_decref(odd);
	/* Answers of the wrong kind are survived. */
	la_top_model_take(&model, json_pack("{s:[],s:i,s:s,s:[i],s:s}", "info", "throughput", 5,
			"counters", "x", "workers", 7, "listeners", "y"), SECOND);
	la_top_model_take(&model, json_object(), 2 * SECOND);
	ck_assert_uint_eq(model.drops, 0);
}
END_TEST

START_TEST(only_a_load_is_asked_for_latency)
{
	ck_assert(!la_top_is_asked(LA_TOP_LATENCY, "serve"));
	ck_assert(la_top_is_asked(LA_TOP_LATENCY, "load"));
	ck_assert(la_top_is_asked(LA_TOP_LOAD, "bench"));
	ck_assert(la_top_is_asked(LA_TOP_WORKERS, "serve"));
}
END_TEST

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static Suite *
model_suite(void)
{
	Suite *suite = suite_create("top_model");
	TCase *tcase = tcase_create("model");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, history_is_newest_first);
	tcase_add_test(tcase, history_wraps);
	tcase_add_test(tcase, a_second_without_an_answer_is_a_gap);
	tcase_add_test(tcase, drops_have_a_rate_from_the_second_round_on);
	tcase_add_test(tcase, a_round_without_counters_does_not_bend_the_rate);
	tcase_add_loop_test(tcase, a_restart_is_not_compared_with, 0, LEN(others));
	tcase_add_test(tcase, drops_are_what_the_instance_calls_so);
	tcase_add_test(tcase, without_reasons_nothing_is_a_drop);
	tcase_add_test(tcase, drops_are_sorted);
	tcase_add_test(tcase, tables_become_arrays);
	tcase_add_loop_test(tcase, workers_are_sorted, 0, LEN(orders));
	tcase_add_test(tcase, failures_of_a_load_have_a_history);
	tcase_add_test(tcase, nonsense_is_zero);
	tcase_add_test(tcase, only_a_load_is_asked_for_latency);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(model_suite)
