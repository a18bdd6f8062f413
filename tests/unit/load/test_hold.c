/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections that are held, those beside, stops in the midst, and one run after another. */
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

static void
begin_hold(void)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.params.service = LA_LOAD_SERVICE_HOLD;
	rig.plan.rate = 0;
	rig.plan.concurrent = 200;
	rig.plan.sustain_us = S(2);
}

/* Their own timeout is shorter than they are held. */
START_TEST(so_many_are_held_until_the_time_is_over)
{
	begin_hold();
	rig.plan.rate = _i == 0 ? 0 : 1000;
	rig.plan.timeout_us = MS(500);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, MS(1900));
	ck_assert_uint_eq(counters()->open.value, 200);
	ck_assert_uint_eq(rig_state(&rig.server, LA_ESTABLISHED), 200);
	ck_assert_uint_eq(counters()->attempted.value, 200);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(3));
	load_rig_adds_up(&rig);
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->closed.value, 200);
	/* What fell due while enough were open was not wanted. */
	ck_assert_uint_eq(load_rig_failed(&rig, LA_FAIL_LATE), 0);
	load_rig_end(&rig);
}
END_TEST

/* A server that ends some: that is a failure, and others take their place. */
START_TEST(those_that_end_are_replaced)
{
	const enum la_load_failure failure = _i == 0 ? LA_FAIL_CLOSED_EARLY : LA_FAIL_RESET;
	uint32_t ended = 0;

	begin_hold();
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, MS(500));
	for (uint32_t handle = 1; handle <= 50; handle++)
		ended += la_stack_end_one(rig.server.stack, handle, _i == 1, rig.now_us);
	ck_assert_uint_eq(ended, 50);
	load_rig_pass(&rig, MS(500));
	ck_assert_uint_eq(load_rig_only(&rig, failure), 50);
	ck_assert_uint_eq(counters()->open.value, 200);
	ck_assert_uint_eq(counters()->attempted.value, 250);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(5));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(counters()->closed.value, 200);
	ck_assert_uint_eq(load_rig_only(&rig, failure), 50);
	load_rig_end(&rig);
}
END_TEST

/* Nobody listens: each has its answer at once, and the next waits a while. */
START_TEST(those_that_are_refused_are_tried_again_at_leisure)
{
	begin_hold();
	rig.params.port_first = rig.params.port_last = LOAD_RIG_NOBODY;
	rig.server.params.rst_per_s = 1000000;
	load_rig_start(&rig);
	load_rig_run(&rig, S(5));
	ck_assert_uint_ge(load_rig_only(&rig, LA_FAIL_REFUSED), 1000);
	ck_assert_uint_le(counters()->attempted.value, 200 + 2000);
	load_rig_end(&rig);
}
END_TEST

static const enum la_load_close closes[] = {
	LA_LOAD_CLOSE_CLIENT_FIRST, LA_LOAD_CLOSE_SERVER_FIRST, LA_LOAD_CLOSE_RST,
};

/* At the end some have only their SYN on the way: they must not be held for ever. */
START_TEST(what_opens_when_the_run_is_over_is_closed)
{
	begin_hold();
	rig.params.close = closes[_i];
	rig.latency_us = MS(30);
	rig.plan.timeout_us = S(5);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_RAMP, S(1));
	load_rig_pass(&rig, MS(10));
	ck_assert_uint_eq(counters()->open.value, 200);
	ck_assert_uint_eq(counters()->opened.value, 0);
	la_load_stop(rig.load, rig.now_us);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(1));
	load_rig_adds_up(&rig);
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->closed.value, 200);
	load_rig_end(&rig);
}
END_TEST

static const enum la_load_service services[] = {
	LA_LOAD_SERVICE_CONNECT, LA_LOAD_SERVICE_HTTP, LA_LOAD_SERVICE_ECHO, LA_LOAD_SERVICE_HOLD,
};

/* Whenever it is stopped, what is open ends well and nothing more is opened. */
START_TEST(a_run_is_stopped_in_the_midst)
{
	static const uint16_t ports[] = {
		LOAD_RIG_DISCARD, LOAD_RIG_HTTP, LOAD_RIG_ECHO, LOAD_RIG_DISCARD,
	};
	static const uint64_t after_us[] = { 0, 100, 150, MS(1), MS(7), MS(400) };
	uint64_t made;

	load_rig_begin(&rig, 4000, ports[_i % 4]);
	rig.params.service = services[_i % 4];
	rig.plan.rate = _i % 3 == 0 ? 0 : 10000;
	rig.plan.concurrent = 2000;
	rig.latency_us = MS(2);
	load_rig_buffers(&rig, 2000);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, after_us[_i / 4]);
	la_load_stop(rig.load, rig.now_us);
	made = counters()->attempted.value;
	ck_assert_uint_ge(counters()->phase.value, LA_LOAD_PHASE_DRAIN);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(10));
	load_rig_adds_up(&rig);
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->closed.value, made);
	la_load_stop(rig.load, rig.now_us);
	ck_assert_uint_eq(counters()->phase.value, LA_LOAD_PHASE_DONE);
	load_rig_end(&rig);
}
END_TEST

START_TEST(nothing_is_stopped_before_it_began)
{
	load_rig_begin(&rig, 100, LOAD_RIG_DISCARD);
	load_rig_start(&rig);
	la_load_stop(rig.load, rig.now_us);
	load_rig_pass(&rig, MS(10));
	ck_assert_uint_eq(counters()->phase.value, LA_LOAD_PHASE_IDLE);
	load_rig_run(&rig, S(5));
	ck_assert_uint_eq(counters()->closed.value, 500);
	load_rig_end(&rig);
}
END_TEST

/* Held beside, and no part of the figures. */
START_TEST(live_connections_are_held_beside)
{
	load_rig_begin(&rig, 2000, LOAD_RIG_HTTP);
	rig.params.service = services[_i];
	rig.params.port_first = rig.params.port_last = _i == 2 ? LOAD_RIG_ECHO : LOAD_RIG_HTTP;
	rig.plan.live = 700;
	rig.plan.timeout_us = S(1);
	rig.plan.concurrent = 500;
	rig.plan.sustain_us = S(2);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_RAMP, S(1));
	ck_assert_uint_eq(counters()->live.value, 700);
	ck_assert_uint_eq(counters()->attempted.value, 0);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(10));
	load_rig_adds_up(&rig);
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->closed.value,
			services[_i] == LA_LOAD_SERVICE_HOLD ? 500 : 2000);
	ck_assert_uint_eq(counters()->live.value, 700);
	ck_assert_uint_eq(rig_state(&rig.client, LA_ESTABLISHED), 700);
	/* The next run has them already. */
	load_rig_plan(&rig);
	ck_assert_uint_eq(counters()->live.value, 700);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(10));
	ck_assert_uint_eq(counters()->live.value, 700);
	load_rig_adds_up(&rig);
	load_rig_end(&rig);
}
END_TEST

/* Live ones that cannot be had hold the run up no longer than the timeout. */
START_TEST(live_ones_that_are_refused_are_not_waited_for)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_NOBODY);
	rig.server.params.rst_per_s = 1000000;
	rig.server.params.closed_port_drop = _i == 1;
	rig.plan.live = 50;
	rig.plan.timeout_us = S(1);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_RAMP, MS(1100));
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(5));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(load_rig_only(&rig, _i == 0 ? LA_FAIL_REFUSED : LA_FAIL_TIMEOUT), 500);
	ck_assert_uint_eq(counters()->live.value, 0);
	load_rig_end(&rig);
}
END_TEST

/* A run that fails, then a good one: nothing of the first is left in its figures. */
START_TEST(a_second_run_starts_from_zero)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_SCRIPT);
	rig.params.service = LA_LOAD_SERVICE_ECHO;
	rig.params.octets = 1;
	rig.plan.timeout_us = MS(300);
	rig.plan.concurrent = 100;
	load_rig_start(&rig);
	load_rig_run(&rig, S(10));
	ck_assert_uint_gt(load_rig_failed(&rig, LA_FAIL_TIMEOUT), 0);
	ck_assert_uint_gt(load_rig_failed(&rig, LA_FAIL_LATE), 0);
	ck_assert_uint_gt(counters()->late_max_us.value, 0);
	rig.plan.rate = 0;
	rig.plan.connections = 1000;
	rig.server.service.close_at_data = true;
	load_rig_run(&rig, S(10));
	ck_assert_uint_eq(counters()->attempted.value, 1000);
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_CLOSED_EARLY), 1000);
	ck_assert_uint_eq(counters()->late_opens.value | counters()->late_max_us.value, 0);
	ck_assert_uint_eq(counters()->opened.value, 1000);
	ck_assert_uint_le(la_load_histogram(rig.load, LA_LOAD_TIME_HANDSHAKE)->max_us.value, 1000);
	load_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load hold");
	TCase *t = tcase_create("hold");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, so_many_are_held_until_the_time_is_over, 0, 2);
	tcase_add_loop_test(t, those_that_end_are_replaced, 0, 2);
	tcase_add_test(t, those_that_are_refused_are_tried_again_at_leisure);
	tcase_add_loop_test(t, what_opens_when_the_run_is_over_is_closed, 0, 3);
	tcase_add_loop_test(t, a_run_is_stopped_in_the_midst, 0, 24);
	tcase_add_test(t, nothing_is_stopped_before_it_began);
	tcase_add_loop_test(t, live_connections_are_held_beside, 0, 4);
	tcase_add_loop_test(t, live_ones_that_are_refused_are_not_waited_for, 0, 2);
	tcase_add_test(t, a_second_run_starts_from_zero);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
