/* SPDX-License-Identifier: BSD-3-Clause */
/* Bad targets and too little of something: each failure has its own reason and number. */
#include <string.h>

#include "la_check.h"
#include "load_rig.h"

#define S(n) ((n) * UINT64_C(1000000))
#define MS(n) ((n) * UINT64_C(1000))

static struct load_rig rig;

static const struct la_load_counters *
counters(void)
{
	return la_load_counters(rig.load);
}

/* 500 connections in half a second, and each ends like this. */
static void
all_fail(enum la_load_failure failure)
{
	load_rig_start(&rig);
	load_rig_run(&rig, S(30));
	ck_assert_uint_eq(load_rig_only(&rig, failure), 500);
	ck_assert_uint_eq(counters()->closed.value, 0);
	load_rig_end(&rig);
}

START_TEST(a_closed_port_refuses)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_NOBODY);
	rig.server.params.rst_per_s = 100000;
	all_fail(LA_FAIL_REFUSED);
}
END_TEST

static const uint32_t holes[] = { 100, 10, 1 };

START_TEST(a_black_hole_is_given_up_at_the_deadline)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_NOBODY);
	rig.server.params.closed_port_drop = true;
	rig.plan.timeout_us = S(2);
	rig.plan.rate = 0;
	rig.plan.concurrent = holes[_i];
	rig.plan.connections = holes[_i];
	rig.plan.sustain_us = 0;
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_DRAIN, MS(100));
	load_rig_pass(&rig, MS(1950));
	ck_assert_uint_eq(load_rig_failed(&rig, LA_FAIL_TIMEOUT), 0);
	load_rig_pass(&rig, MS(50) + MS(30));
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_TIMEOUT), holes[_i]);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, MS(20));
	load_rig_adds_up(&rig);
	load_rig_end(&rig);
}
END_TEST

/* It opens, takes the request, and says nothing. */
START_TEST(a_silent_server_is_given_up_at_the_deadline)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_SCRIPT);
	rig.params.service = _i == 0 ? LA_LOAD_SERVICE_HTTP : LA_LOAD_SERVICE_ECHO;
	rig.plan.timeout_us = S(1);
	load_rig_start(&rig);
	load_rig_run(&rig, S(3));
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_TIMEOUT), 500);
	ck_assert_uint_eq(counters()->opened.value, 500);
	/* And it is told. */
	load_rig_pass(&rig, MS(10));
	ck_assert_uint_eq(rig.server.service.ended[LA_END_BY_RESET], 500);
	load_rig_end(&rig);
}
END_TEST

/* What it is for was done, but the server never closes. */
START_TEST(who_does_not_close_runs_into_the_deadline)
{
	load_rig_begin(&rig, 1000, _i == 0 ? LOAD_RIG_SCRIPT : LOAD_RIG_HTTP);
	rig.params.service = _i == 0 ? LA_LOAD_SERVICE_CONNECT : LA_LOAD_SERVICE_HTTP;
	rig.params.close = _i == 0 ? LA_LOAD_CLOSE_CLIENT_FIRST : LA_LOAD_CLOSE_SERVER_FIRST;
	rig.server.service.keep_after_fin = true;
	rig.plan.timeout_us = S(1);
	all_fail(LA_FAIL_TIMEOUT);
}
END_TEST

static const struct {
	enum la_load_service service;
	uint16_t port;
	uint32_t says;                  /* The script, at the first data. */
	uint16_t status;
	uint64_t body_len;
} wrongs[] = {
	{ LA_LOAD_SERVICE_HTTP, LOAD_RIG_ECHO, 0, 200, 64 },
	{ LA_LOAD_SERVICE_HTTP, LOAD_RIG_SCRIPT, 100, 200, LA_LOAD_ANY_LENGTH },
	{ LA_LOAD_SERVICE_HTTP, LOAD_RIG_HTTP, 0, 404, 64 },
	{ LA_LOAD_SERVICE_HTTP, LOAD_RIG_HTTP, 0, 200, 63 },
	{ LA_LOAD_SERVICE_HTTP, LOAD_RIG_HTTP_CLOSES, 0, 200, 65 },
	{ LA_LOAD_SERVICE_ECHO, LOAD_RIG_SCRIPT, 100, 0, 0 },
	{ LA_LOAD_SERVICE_ECHO, LOAD_RIG_SCRIPT, 1000, 0, 0 },
};

START_TEST(a_wrong_answer_is_wrong_data)
{
	load_rig_begin(&rig, 1000, wrongs[_i].port);
	rig.params.service = wrongs[_i].service;
	rig.params.status = wrongs[_i].status;
	rig.params.body_len = wrongs[_i].body_len;
	rig.server.service.send_at_data = wrongs[_i].says;
	all_fail(LA_FAIL_WRONG_DATA);
}
END_TEST

/* The same server, asked for what it gives. */
START_TEST(any_length_and_any_status_can_be_wanted)
{
	static const char bad[] = "NONSENSE\r\n\r\n";

	load_rig_begin(&rig, 1000, LOAD_RIG_HTTP);
	rig.params.service = LA_LOAD_SERVICE_HTTP;
	rig.params.body_len = LA_LOAD_ANY_LENGTH;
	if (_i == 1) {
		rig.params.request = bad;
		rig.params.request_len = sizeof(bad) - 1;
		rig.params.status = 400;
	}
	load_rig_start(&rig);
	load_rig_run(&rig, S(10));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->closed.value, 500);
	load_rig_end(&rig);
}
END_TEST

START_TEST(who_closes_too_soon_closed_early)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_CLOSE);
	rig.params.service = _i == 0 ? LA_LOAD_SERVICE_HTTP : LA_LOAD_SERVICE_ECHO;
	all_fail(LA_FAIL_CLOSED_EARLY);
}
END_TEST

START_TEST(a_rst_in_the_midst_is_a_reset)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_RESET);
	rig.params.service = _i == 0 ? LA_LOAD_SERVICE_HTTP : LA_LOAD_SERVICE_ECHO;
	all_fail(LA_FAIL_RESET);
}
END_TEST

START_TEST(who_is_not_there_is_no_neighbour)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.params.target = la_test_addr(LOAD_RIG_SERVER + 1);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, S(2));
	ck_assert_uint_eq(counters()->phase.value, LA_LOAD_PHASE_RESOLVE);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(3));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_NO_NEIGHBOUR), 500);
	ck_assert_uint_eq(counters()->attempted.value, 0);
	load_rig_end(&rig);
}
END_TEST

/* With rate 0 nothing paces them: they are not made by the million. */
START_TEST(a_closed_loop_that_cannot_open_takes_its_time)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.params.target = la_test_addr(LOAD_RIG_SERVER + 1);
	rig.plan.rate = 0;
	load_rig_start(&rig);
	load_rig_run(&rig, S(5));
	ck_assert_uint_ge(load_rig_only(&rig, LA_FAIL_NO_NEIGHBOUR), 400);
	ck_assert_uint_le(load_rig_only(&rig, LA_FAIL_NO_NEIGHBOUR), 501);
	load_rig_end(&rig);
}
END_TEST

/* The first of two targets is silent: the second loses nothing by it. */
START_TEST(a_silent_target_costs_the_others_nothing)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.params.target = la_test_addr(LOAD_RIG_SERVER - 1);
	rig.params.targets = 2;
	load_rig_start(&rig);
	load_rig_run(&rig, S(20));
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_NO_NEIGHBOUR), 250);
	ck_assert_uint_eq(counters()->closed.value, 250);
	load_rig_end(&rig);
}
END_TEST

/* Without timestamps a tuple in TIME-WAIT cannot be taken again. */
START_TEST(no_free_port_is_told)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.params.local_port_last = 1024 + 99;
	rig.client.params.tcp.timestamps = false;
	rig.client.params.time_wait_us = S(60);
	rig.plan.rate = _i == 0 ? 1000 : 0;
	load_rig_start(&rig);
	load_rig_run(&rig, S(10));
	ck_assert_uint_eq(counters()->closed.value, 100);
	if (_i == 0)
		ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_NO_PORT), 400);
	else
		ck_assert_uint_ge(load_rig_only(&rig, LA_FAIL_NO_PORT), 300);
	load_rig_end(&rig);
}
END_TEST

/* As of four workers: the ports whose sum of digits in base 4 is 1, modulo 4. */
static bool
owns(const void *user, uint16_t local, uint16_t local_port, const struct la_addr *remote,
		uint16_t remote_port)
{
	uint32_t sum = local_port + remote_port;

	(void)local;
	(void)remote;
	sum += sum >> 2;
	sum += sum >> 4;
	return sum % 4 == *(const uint32_t *)user;
}

/* What is another worker's is neither taken nor counted as free. */
START_TEST(no_free_port_among_its_own_is_told)
{
	static const uint32_t mine = 1;

	load_rig_begin(&rig, 4000, LOAD_RIG_DISCARD);
	rig.params.local_port_first = 10000;
	rig.params.local_port_last = 11999;
	rig.params.worker = 1;
	rig.params.workers = 4;
	rig.params.owner = (struct la_owner){ owns, &mine };
	rig.client.params.tcp.timestamps = false;
	rig.client.params.time_wait_us = S(60);
	rig.plan.rate = 2000;
	load_rig_start(&rig);
	load_rig_run(&rig, S(10));
	ck_assert_uint_ge(counters()->closed.value, 400);
	ck_assert_uint_le(counters()->closed.value, 600);
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_NO_PORT) + counters()->closed.value, 1000);
	load_rig_end(&rig);
}
END_TEST

/* 1,500 in a row are in use, and behind them all are free. */
START_TEST(held_ports_are_passed_by)
{
	load_rig_begin(&rig, 4000, LOAD_RIG_DISCARD);
	rig.params.local_port_first = 10000;
	rig.params.local_port_last = 11999;
	rig.plan.live = 1500;
	rig.plan.rate = 5000;
	rig.plan.sustain_us = S(1);
	load_rig_start(&rig);
	load_rig_run(&rig, S(20));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->closed.value, 5000);
	ck_assert_uint_eq(counters()->live.value, 1500);
	load_rig_end(&rig);
}
END_TEST

START_TEST(no_room_is_told)
{
	load_rig_begin(&rig, 100, LOAD_RIG_SCRIPT);
	rig.params.service = LA_LOAD_SERVICE_HTTP;
	rig.plan.concurrent = 1000;
	rig.plan.timeout_us = S(1);
	load_rig_start(&rig);
	load_rig_run(&rig, S(10));
	ck_assert_uint_eq(load_rig_failed(&rig, LA_FAIL_TIMEOUT), 100);
	ck_assert_uint_eq(load_rig_failed(&rig, LA_FAIL_NO_ROOM), 400);
	ck_assert_uint_eq(counters()->attempted.value, 100);
	load_rig_end(&rig);
}
END_TEST

/* Cut off from outside: they failed, and are not said to have been anything else. */
START_TEST(what_is_cut_off_is_unfinished)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_SCRIPT);
	rig.params.service = LA_LOAD_SERVICE_HTTP;
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_DRAIN, S(1));
	la_stack_abort_all(rig.client.stack, rig.now_us);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, MS(20));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_UNFINISHED), 500);
	load_rig_end(&rig);
}
END_TEST

START_TEST(failures_and_phases_have_names)
{
	ck_assert_str_eq(la_load_failure_name(LA_FAIL_WRONG_DATA), "wrong_data");
	ck_assert_str_eq(la_load_failure_name(LA_LOAD_FAILURES), "?");
	ck_assert_str_eq(la_load_failure_help(LA_LOAD_FAILURES), "?");
	ck_assert_str_eq(la_load_phase_name(LA_LOAD_PHASE_IDLE), "idle");
	ck_assert_str_eq(la_load_phase_name(LA_LOAD_PHASE_DONE), "done");
	ck_assert_str_eq(la_load_phase_name(LA_LOAD_PHASE_DONE + 1), "?");
}
END_TEST

START_TEST(parameters_that_make_no_sense_are_refused)
{
	struct la_load_params good;

	load_rig_begin(&rig, 10, 80);
	good = rig.params;
	ck_assert_uint_gt(la_load_memory(&good), 0);
#define REFUSED(change) do { \
		struct la_load_params p = good; \
		change; \
		ck_assert_uint_eq(la_load_memory(&p), 0); \
	} while (0)
	REFUSED(p.connections = 0);
	REFUSED(p.sources_len = 0);
	REFUSED(p.targets = 0);
	REFUSED(p.workers = 0);
	REFUSED(p.worker = 1);
	REFUSED(p.port_first = 0);
	REFUSED(p.port_last = p.port_first - 1);
	REFUSED(p.local_port_first = 0);
	REFUSED(p.local_port_last = p.local_port_first - 1);
	REFUSED((p.local_port_last = p.local_port_first + 6, p.workers = 8));
	REFUSED((p.service = LA_LOAD_SERVICE_HTTP, p.request_len = 0));
	REFUSED((p.service = LA_LOAD_SERVICE_ECHO, p.octets = 0));
#undef REFUSED
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load failures");
	TCase *t = tcase_create("failures");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_closed_port_refuses);
	tcase_add_loop_test(t, a_black_hole_is_given_up_at_the_deadline, 0, 3);
	tcase_add_loop_test(t, a_silent_server_is_given_up_at_the_deadline, 0, 2);
	tcase_add_loop_test(t, who_does_not_close_runs_into_the_deadline, 0, 2);
	tcase_add_loop_test(t, a_wrong_answer_is_wrong_data, 0,
			sizeof(wrongs) / sizeof(wrongs[0]));
	tcase_add_loop_test(t, any_length_and_any_status_can_be_wanted, 0, 2);
	tcase_add_loop_test(t, who_closes_too_soon_closed_early, 0, 2);
	tcase_add_loop_test(t, a_rst_in_the_midst_is_a_reset, 0, 2);
	tcase_add_test(t, who_is_not_there_is_no_neighbour);
	tcase_add_test(t, a_closed_loop_that_cannot_open_takes_its_time);
	tcase_add_test(t, a_silent_target_costs_the_others_nothing);
	tcase_add_loop_test(t, no_free_port_is_told, 0, 2);
	tcase_add_test(t, no_free_port_among_its_own_is_told);
	tcase_add_test(t, held_ports_are_passed_by);
	tcase_add_test(t, no_room_is_told);
	tcase_add_test(t, what_is_cut_off_is_unfinished);
	tcase_add_test(t, failures_and_phases_have_names);
	tcase_add_test(t, parameters_that_make_no_sense_are_refused);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
