/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks: how they are written, what is wrong with them, and what they come to. */
#include <stdio.h>
#include <string.h>

#include "la_check.h"
#include "la_verdict.h"

static struct la_checks checks;
static struct la_verdict verdict;
static struct la_load_result result;
static struct la_histogram handshake, connection;
static char error[LA_VERDICT_LEN];

/* 100,000 attempted, all well; times of 1 to 1,000 us (handshake) and 2 to 2,000 us. */
static void
good_run(void)
{
	memset(&handshake, 0, sizeof(handshake));
	memset(&connection, 0, sizeof(connection));
	for (uint32_t us = 1; us <= 1000; us++) {
		la_histogram_record(&handshake, us);
		la_histogram_record(&connection, 2 * us);
	}
	result = (struct la_load_result){
		.attempted = 100000, .opened = 100000, .closed = 100000,
		.offered_per_s = 10000, .opens_per_s = 9900,
		.times = { &handshake, &connection },
	};
}

static void
parse(const char *text)
{
	error[0] = '\0';
	ck_assert_msg(la_checks_parse(&checks, text, error, sizeof(error)), "%s: %s", text, error);
}

/* Whether the run passes; what the first check's value was is in `verdict`. */
static bool
passes(const char *text)
{
	parse(text);
	la_verdict_make(&checks, &result, &verdict);
	return verdict.pass;
}

static const char *const good[] = {
	"failed<0.01%", "failed<=0", "failed>=0", "failed>0", "failed<1k", "failed<1.5m",
	"refused<1", "timeout<1", "reset<1%", "wrong_data<1", "closed_early<1", "no_port<1",
	"no_room<1", "no_neighbour<1", "late<1", "unfinished<1",
	"rate>=95%", "rate>1000", "rate>1k", "rate<2m",
	"min<1us", "mean<1ms", "max<1s", "p0<1s", "p50<1s", "p90<5ms", "p99<5ms", "p99.9<5ms",
	"p999<5ms", "p99.99<5ms", "p100<1s", "handshake.p99<1ms", "connection.p99<1ms",
	"handshake.min<1s", "p5<0.5ms", "failed<.5%", "failed<5.", "p050<1s",
	"failed<0.01%,p99<5ms", ("failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,"
	"failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1"),
};

START_TEST(what_the_grammar_allows_is_taken)
{
	parse(good[_i]);
	ck_assert_uint_ge(checks.n, 1);
	ck_assert_str_eq(error, "");
	if (strchr(good[_i], ',') == NULL)
		ck_assert_str_eq(checks.check[0].text, good[_i]);
}
END_TEST

#define FORM " is not METRIC, one of < <= > >=, and a value"
#define METRICS "; there are failed, rate, min, mean, max, p50 and other percentiles, and each " \
	"failure's name"

static const struct { const char *text, *error; } bad[] = {
	{ "", "''" FORM },
	{ ",", "''" FORM },
	{ "failed<1,", "''" FORM },
	{ ",failed<1", "''" FORM },
	{ "failed<1,,late<1", "''" FORM },
	{ "failed", "'failed'" FORM },
	{ "<5", "'<5'" FORM },
	{ "failed=5", "'failed=5'" FORM },
	{ "failed==5", "'failed==5'" FORM },
	{ "failed<>5", "'failed<>5'" FORM },
	{ "failed><5", "'failed><5'" FORM },
	{ "failed<<5", "'failed<<5'" FORM },
	{ "failed<==5", "'failed<==5'" FORM },
	{ "a_name_of_more_than_31_characters<5", "'a_name_of_more_than_31_characters<5'" FORM },
	{ "broken<5", "'broken<5': no metric 'broken'" METRICS },
	{ "Failed<5", "'Failed<5': no metric 'Failed'" METRICS },
	{ " failed<5", "' failed<5': no metric ' failed'" METRICS },
	{ "failed=<5", "'failed=<5': no metric 'failed='" METRICS },
	{ "handshake.failed<5", "'handshake.failed<5': no metric 'handshake.failed'" METRICS },
	{ "handshake.<5us", "'handshake.<5us': no metric 'handshake.'" METRICS },
	{ "p<5ms", "'p<5ms': no metric 'p'" METRICS },
	{ "p101<5ms", "'p101<5ms': no metric 'p101'" METRICS },
	{ "p9999<5ms", "'p9999<5ms': no metric 'p9999'" METRICS },
	{ "p50x<5ms", "'p50x<5ms': no metric 'p50x'" METRICS },
	{ "p1e1<5ms", "'p1e1<5ms': no metric 'p1e1'" METRICS },
	{ "p0x10<5ms", "'p0x10<5ms': no metric 'p0x10'" METRICS },
	{ "p99.9.9<5ms", "'p99.9.9<5ms': no metric 'p99.9.9'" METRICS },
	{ "p-5<5ms", "'p-5<5ms': no metric 'p-5'" METRICS },
	{ "failed<", "'failed<': no number behind '<'" },
	{ "failed<=", "'failed<=': no number behind '<='" },
	{ "failed<%", "'failed<%': no number behind '<'" },
	{ "failed<-1", "'failed<-1': no number behind '<'" },
	{ "failed<+1", "'failed<+1': no number behind '<'" },
	{ "failed< 1", "'failed< 1': no number behind '<'" },
	{ "failed<nan", "'failed<nan': no number behind '<'" },
	{ "failed<inf", "'failed<inf': no number behind '<'" },
	{ "failed<0x10", "'failed<0x10': no number behind '<'" },
	{ "p99<1e308s", "'p99<1e308s': no number behind '<'" },
	{ "failed<1e3", "'failed<1e3': no number behind '<'" },
	{ "failed<9999999999999999999", "'failed<9999999999999999999': no number behind '<'" },
	{ "failed<.", "'failed<.': no number behind '<'" },
	{ "p99<5", "'p99<5': a time is in us, ms or s" },
	{ "p99<5%", "'p99<5%': a time is in us, ms or s" },
	{ "p99<5m", "'p99<5m': a time is in us, ms or s" },
	{ "p99<5 ms", "'p99<5 ms': a time is in us, ms or s" },
	{ "failed<5ms", "'failed<5ms': a number, k, m or %" },
	{ "failed<5%%", "'failed<5%%': a number, k, m or %" },
	{ "rate>5K", "'rate>5K': a number, k, m or %" },
	{ "rate>1..5", "'rate>1..5': a number, k, m or %" },
	{ "failed<0.00000000000000000000000000000000000000001",
		"'failed<0.00000000000...' is too long" },
	{ "failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,"
		"failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1,failed<1",
		"more than 16 checks" },
};

enum { GOOD = sizeof(good) / sizeof(good[0]), BAD = sizeof(bad) / sizeof(bad[0]) };

START_TEST(what_is_wrong_is_said_in_a_line)
{
	ck_assert(!la_checks_parse(&checks, bad[_i].text, error, sizeof(error)));
	ck_assert_str_eq(error, bad[_i].error);
	ck_assert_ptr_null(strchr(error, '\n'));
}
END_TEST

START_TEST(a_small_room_for_the_error_is_kept_to)
{
	char room[9] = "12345678";

	ck_assert(!la_checks_parse(&checks, "nonsense", room, 5));
	ck_assert_uint_eq(strlen(room), 4);
	ck_assert_str_eq(room + 5, "678");
}
END_TEST

/* By hand, of good_run() with what `failures` says. */
static const struct { const char *check; bool ok; const char *value; } values[] = {
	/* 20 of 100,000 attempted and 10 that never were. */
	{ "failed<31", true, "30" },
	{ "failed<30", false, "30" },
	{ "failed<=30", true, "30" },
	{ "failed>30", false, "30" },
	{ "failed>=30", true, "30" },
	{ "failed>29", true, "30" },
	{ "failed<0.03%", true, "0.03%" },      /* 30 of 100,010 */
	{ "failed<0.0299%", false, "0.03%" },
	{ "refused<12", true, "11" },
	{ "timeout<10", true, "9" },
	{ "no_port<=4", true, "4" },
	{ "no_room<=3", true, "3" },
	{ "no_neighbour<=2", true, "2" },
	{ "late<=1", true, "1" },
	{ "reset<=0", true, "0" },
	{ "reset<0.001%", true, "0%" },
	{ "rate>=9900", true, "9900" },
	{ "rate>9.9k", false, "9900" },
	{ "rate>=99%", true, "99%" },
	{ "rate>99%", false, "99%" },
	{ "min<=2us", true, "2 us" },
	{ "max<=2ms", true, "2000 us" },
	{ "max<2ms", false, "2000 us" },
	{ "mean<=1001us", true, "1001 us" },
	{ "mean<1.001ms", false, "1001 us" },
	{ "handshake.mean<=500.5us", true, "500 us" },
	{ "p50<=1010us", true, NULL },
	{ "p50<990us", false, NULL },
	{ "p90>1782us", true, NULL },
	{ "p90<1818us", true, NULL },
	{ "p99<2.0ms", true, NULL },
	{ "p999<=2ms", true, NULL },
	{ "handshake.p50<505us", true, NULL },
	{ "handshake.max<=0.001s", true, "1000 us" },
	{ "connection.max<=0.002s", true, "2000 us" },
	{ "p100<=2ms", true, NULL },
};

enum { VALUES = sizeof(values) / sizeof(values[0]) };

START_TEST(values_are_those_worked_out_by_hand)
{
	good_run();
	result.failed[LA_FAIL_REFUSED] = 11;
	result.failed[LA_FAIL_TIMEOUT] = 9;
	result.failed[LA_FAIL_NO_PORT] = 4;
	result.failed[LA_FAIL_NO_ROOM] = 3;
	result.failed[LA_FAIL_NO_NEIGHBOUR] = 2;
	result.failed[LA_FAIL_LATE] = 1;
	ck_assert_uint_eq(la_load_failed(result.failed), 30);
	ck_assert_int_eq(passes(values[_i].check), values[_i].ok);
	ck_assert_int_eq(verdict.checked[0].ok, values[_i].ok);
	if (values[_i].value != NULL)
		ck_assert_str_eq(verdict.checked[0].value, values[_i].value);
}
END_TEST

/* Whatever is checked beside: 1 in 100 may not fail without a check of all failures. */
static const struct { const char *checks; uint64_t failed; bool pass; } survivors[] = {
	{ "p99<500ms", 0, true }, { "p99<500ms", 999, true }, { "p99<500ms", 1000, false },
	{ "p99<500ms", 90000, false }, { "p50<500ms,max<1s", 1000, false },
	{ "handshake.mean<1s", 1000, false }, { "rate>=95%", 1000, false },
	{ "rate>=95%", 999, true }, { "timeout<1", 1000, false }, { "refused<5%", 1000, false },
	{ "failed<50%,p99<500ms", 1000, true }, { "failed<50%,p99<500ms", 49999, true },
	{ "p99<500ms,failed<50%", 50000, false }, { "failed<=100%", 99999, true },
};

START_TEST(what_failed_does_not_drop_out_of_what_is_judged)
{
	good_run();
	result.failed[LA_FAIL_REFUSED] = survivors[_i].failed;
	ck_assert_int_eq(passes(survivors[_i].checks), survivors[_i].pass);
	if (strstr(survivors[_i].checks, "failed") == NULL && !survivors[_i].pass)
		ck_assert_msg(strstr(verdict.why, "no check is of failed") != NULL, "%s",
				verdict.why);
	else
		ck_assert_str_eq(verdict.besides, "");
}
END_TEST

START_TEST(a_run_that_was_never_at_its_rate_does_not_pass)
{
	good_run();
	ck_assert(passes("failed<1"));
	result.stopped_in_ramp = true;
	ck_assert(!passes("failed<1"));
	ck_assert_str_eq(verdict.why, "stopped in the ramp: the rate was never offered");
	/* The checks hold all the same, and say so. */
	ck_assert(verdict.checked[0].ok);
}
END_TEST

/* RFC 9411, 7.2.4: fewer than 1 in 100,000. */
static const struct { uint64_t attempted, failed; bool pass; } edges[] = {
	{ 100000, 0, true }, { 100000, 1, false }, { 100001, 1, true }, { 99999, 1, false },
	{ 1, 0, true }, { 1, 1, false },
	{ 200000, 2, false }, { 200001, 2, true }, { 300000, 3, false }, { 300001, 3, true },
	{ 700000, 7, false }, { 700001, 7, true },
	{ 1000000000, 10000, false }, { 1000000001, 10000, true }, { 1000000000, 9999, true },
	{ UINT64_C(1000000000000), 10000000, false }, { UINT64_C(1000000000001), 10000000, true },
};

enum { EDGES = sizeof(edges) / sizeof(edges[0]) };

START_TEST(the_default_is_fewer_than_one_in_100000)
{
	for (int reset = 0; reset < 2; reset++) {
		good_run();
		result.attempted = edges[_i].attempted;
		result.failed[reset ? LA_FAIL_RESET : LA_FAIL_TIMEOUT] = edges[_i].failed;
		la_checks_default(&checks, false);
		ck_assert_uint_eq(checks.n, 2);
		la_verdict_make(&checks, &result, &verdict);
		ck_assert_int_eq(verdict.pass, edges[_i].pass);
	}
}
END_TEST

static const struct { double offered, reached; bool pass; } rates[] = {
	{ 10000, 9500, true }, { 10000, 9499.9, false }, { 10000, 10000, true },
	{ 10000, 20000, true }, { 1e9, 9.5e8, true }, { 1e9, 9.5e8 - 10, false },
	{ 0.5, 0.475, true }, { 10000, 0, false }, { 700, 665, true }, { 300, 285, true },
};

START_TEST(the_default_rate_is_within_5_per_cent)
{
	good_run();
	result.offered_per_s = rates[_i].offered;
	result.opens_per_s = rates[_i].reached;
	la_checks_default(&checks, true);
	ck_assert_uint_eq(checks.n, 3);
	la_verdict_make(&checks, &result, &verdict);
	ck_assert_int_eq(verdict.pass, rates[_i].pass);
}
END_TEST

START_TEST(nothing_opened_never_passes)
{
	good_run();
	result.opened = result.attempted = 0;
	ck_assert(!passes("failed<1%"));
	ck_assert_str_eq(verdict.why, "no connection was opened");
	ck_assert(!passes("failed>1%"));
	ck_assert_str_eq(verdict.why, "no connection was opened; failed>1%: 0%");
}
END_TEST

START_TEST(a_time_that_was_not_measured_passes_no_check)
{
	good_run();
	memset(&connection, 0, sizeof(connection));
	ck_assert(!passes("p99<5ms"));
	ck_assert_str_eq(verdict.checked[0].value, "nothing measured");
	ck_assert(!passes("max>0us"));
	ck_assert(passes("handshake.p99<5ms"));
}
END_TEST

START_TEST(all_checks_count_and_the_failed_ones_are_told)
{
	good_run();
	ck_assert(passes("failed<1,max<1s"));
	ck_assert_str_eq(verdict.why, "failed<1: 0; max<1s: 2000 us");
	ck_assert(!passes("failed<1,max<1ms,rate>1k,min>1s"));
	ck_assert_str_eq(verdict.why, "max<1ms: 2000 us; min>1s: 2 us");
	ck_assert(verdict.checked[0].ok && !verdict.checked[1].ok);
	ck_assert(verdict.checked[2].ok && !verdict.checked[3].ok);
}
END_TEST

/* Sixteen checks of the longest kind say more than there is room for. */
START_TEST(a_long_reason_is_cut_and_not_run_over)
{
	char text[1024] = "";

	good_run();
	for (int i = 0; i < LA_CHECKS_MAX; i++)
		strcat(text, i == 0 ? "handshake.p99.99999<00000000000000000.0001us" :
				",handshake.p99.99999<00000000000000000.0001us");
	ck_assert(!passes(text));
	ck_assert_uint_eq(strlen(verdict.why), LA_VERDICT_LEN - 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load verdict");
	TCase *t = tcase_create("verdict");

	tcase_add_loop_test(t, what_the_grammar_allows_is_taken, 0, GOOD);
	tcase_add_loop_test(t, what_is_wrong_is_said_in_a_line, 0, BAD);
	tcase_add_test(t, a_small_room_for_the_error_is_kept_to);
	tcase_add_loop_test(t, values_are_those_worked_out_by_hand, 0, VALUES);
	tcase_add_loop_test(t, what_failed_does_not_drop_out_of_what_is_judged, 0,
			(int)(sizeof(survivors) / sizeof(survivors[0])));
	tcase_add_test(t, a_run_that_was_never_at_its_rate_does_not_pass);
	tcase_add_loop_test(t, the_default_is_fewer_than_one_in_100000, 0, EDGES);
	tcase_add_loop_test(t, the_default_rate_is_within_5_per_cent, 0,
			sizeof(rates) / sizeof(rates[0]));
	tcase_add_test(t, nothing_opened_never_passes);
	tcase_add_test(t, a_time_that_was_not_measured_passes_no_check);
	tcase_add_test(t, all_checks_count_and_the_failed_ones_are_told);
	tcase_add_test(t, a_long_reason_is_cut_and_not_run_over);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
