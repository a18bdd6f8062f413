/* SPDX-License-Identifier: BSD-3-Clause */
/* Who has a deadline, who is held, and in what order. */
#include "la_check.h"
#include "load_private.h"
#include "load_rig.h"

#define S(n) ((n) * UINT64_C(1000000))
#define MS(n) ((n) * UINT64_C(1000))

static struct load_rig rig;

static const struct la_load_counters *
counters(void)
{
	return la_load_counters(rig.load);
}

/* How many are in a queue, whose links lead there and back. */
static uint32_t
length(const struct la_load_queue *queue)
{
	uint32_t n = 0, before = LA_NONE;

	for (uint32_t at = queue->first; at != LA_NONE; at = rig.load->conns[at].next) {
		LA_MUST(rig.load->conns[at].previous == before);
		before = at;
		LA_MUST(++n <= rig.params.connections);
	}
	ck_assert_uint_eq(queue->last, before);
	return n;
}

static uint32_t
awaited(void)
{
	const struct la_load_queue *queue = &rig.load->awaited;

	for (uint32_t at = queue->first; at != queue->last; at = rig.load->conns[at].next)
		LA_MUST((int32_t)(rig.load->conns[rig.load->conns[at].next].deadline_us -
				rig.load->conns[at].deadline_us) >= 0);
	return length(queue);
}

/* Nobody answers: each SYN waits for its deadline. */
static void
begin_hole(uint32_t connections)
{
	load_rig_begin(&rig, connections, LOAD_RIG_NOBODY);
	rig.server.params.closed_port_drop = true;
}

/* The clock before the run, of both ends. */
static void
set_clock(uint64_t now_us)
{
	rig.now_us = rig.client.now_us = rig.server.now_us = now_us;
}

/* Microseconds since 2^32 of them went by, when the connections are opened. */
static const int64_t starts_us[] = { -2500000, -2000000, -1000100, -100, 0, 1000000,
	INT64_C(1) << 31, (INT64_C(1) << 31) - 1500000 };

/* One a millisecond, and each is given up when its time has come: not before, and by the
 * first poll after. */
START_TEST(each_is_given_up_at_its_own_deadline)
{
	begin_hole(1000);
	set_clock((uint64_t)((INT64_C(1) << 32) + starts_us[_i]));
	rig.plan.timeout_us = S(1);
	rig.plan.sustain_us = MS(100);
	rig.step_us = 250;
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_RAMP, S(1));
	for (uint64_t begun_us = rig.load->began_us; rig.now_us < begun_us + MS(1080);) {
		uint64_t since_us, made, over;

		load_rig_pass(&rig, 250);
		since_us = rig.now_us - begun_us;
		/* One is due at each millisecond from 0 on. */
		made = since_us < MS(100) ? since_us / 1000 + 1 : 100;
		over = since_us < S(1) ? 0 : (since_us - S(1)) / 1000 + 1;
		ck_assert_uint_eq(counters()->attempted.value, made);
		ck_assert_uint_le(load_rig_failed(&rig, LA_FAIL_TIMEOUT), over);
		ck_assert_uint_ge(load_rig_failed(&rig, LA_FAIL_TIMEOUT) + 1 +
				(counters()->phase.value == LA_LOAD_PHASE_DRAIN ? 10 : 0), over);
		ck_assert_uint_eq(awaited(), counters()->open.value);
	}
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, MS(50));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_TIMEOUT), 100);
	ck_assert_uint_eq(awaited(), 0);
	load_rig_end(&rig);
}
END_TEST

/* All at once: some at each poll, and soon all. */
START_TEST(many_that_are_due_take_some_polls)
{
	begin_hole(3000);
	rig.plan.rate = 0;
	rig.plan.connections = rig.plan.concurrent = 3000;
	rig.plan.sustain_us = 0;
	rig.plan.timeout_us = S(1);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_DRAIN, MS(100));
	ck_assert_uint_eq(awaited(), 3000);
	rig.now_us += S(1);
	for (uint32_t polls = 1; counters()->open.value > 0; polls++) {
		const uint64_t before = counters()->open.value;

		la_load_poll(rig.load, rig.now_us);
		ck_assert_uint_lt(counters()->open.value, before);
		ck_assert_uint_le(before - counters()->open.value, 500);
		ck_assert_uint_eq(awaited(), counters()->open.value);
		ck_assert_uint_le(polls, 20);
	}
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, MS(300));
	load_rig_adds_up(&rig);
	load_rig_end(&rig);
}
END_TEST

/* More than there is room for: who has none is in no queue. */
START_TEST(who_has_no_room_is_not_awaited)
{
	begin_hole(50);
	rig.plan.concurrent = 1000;
	rig.plan.timeout_us = S(1);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, MS(400));
	ck_assert_uint_gt(load_rig_failed(&rig, LA_FAIL_NO_ROOM), 0);
	ck_assert_uint_eq(awaited(), 50);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(3));
	load_rig_adds_up(&rig);
	load_rig_end(&rig);
}
END_TEST

/* Held ones leave for a queue of their own; some of them end: the first, the last, and
 * some in between. */
START_TEST(held_ones_are_not_awaited)
{
	static const uint32_t ended[] = { 1, 2, 77, 78, 50, 199, 200 };

	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.params.service = LA_LOAD_SERVICE_HOLD;
	rig.plan.rate = 0;
	rig.plan.concurrent = rig.plan.connections = 200;
	rig.plan.sustain_us = S(5);
	rig.plan.timeout_us = MS(200);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, S(1));
	ck_assert_uint_eq(awaited(), 0);
	ck_assert_uint_eq(length(&rig.load->held), 200);
	for (uint32_t i = 0; i < 7; i++) {
		ck_assert(la_stack_end_one(rig.server.stack, ended[i], true, rig.now_us));
		load_rig_pass(&rig, MS(10));
		ck_assert_uint_eq(length(&rig.load->held), 199 - i);
	}
	la_load_stop(rig.load, rig.now_us);
	load_rig_pass(&rig, 100);
	/* Those that are being closed have a deadline again. */
	ck_assert_uint_gt(awaited(), 0);
	ck_assert_uint_eq(awaited() + length(&rig.load->held), counters()->open.value);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(1));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_RESET), 7);
	ck_assert_uint_eq(awaited() + length(&rig.load->held), 0);
	load_rig_end(&rig);
}
END_TEST

/* The peer no longer answers when they are closed: they are given up like all others. */
START_TEST(held_ones_that_do_not_close_are_given_up)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_SCRIPT);
	rig.server.service.keep_after_fin = true;
	rig.params.service = LA_LOAD_SERVICE_HOLD;
	rig.plan.rate = 0;
	rig.plan.concurrent = rig.plan.connections = 300;
	rig.plan.sustain_us = S(1);
	rig.plan.timeout_us = MS(500);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_DRAIN, S(2));
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, MS(600));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_TIMEOUT), 300);
	load_rig_end(&rig);
}
END_TEST

/* Those beside are in no queue, whatever ends of them. */
START_TEST(live_ones_are_in_no_queue)
{
	load_rig_begin(&rig, 2000, LOAD_RIG_DISCARD);
	rig.plan.live = 700;
	rig.plan.timeout_us = MS(300);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_RAMP, S(1));
	ck_assert_uint_eq(counters()->live.value, 700);
	ck_assert_uint_eq(awaited(), counters()->open.value);
	ck_assert_uint_eq(length(&rig.load->held), 0);
	ck_assert_uint_eq(rig.load->ports.held_len, 700);
	/* The server hears of the last ones. */
	load_rig_pass(&rig, MS(5));
	for (uint32_t handle = 1; handle <= 700; handle += 7)
		ck_assert(la_stack_end_one(rig.server.stack, handle, true, rig.now_us));
	load_rig_pass(&rig, MS(100));
	ck_assert_uint_eq(counters()->live.value, 600);
	ck_assert_uint_eq(awaited(), counters()->open.value);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(2));
	load_rig_adds_up(&rig);
	/* The next run makes up for them. */
	load_rig_run(&rig, S(3));
	ck_assert_uint_eq(counters()->live.value, 700);
	load_rig_end(&rig);
}
END_TEST

/* Live ones that nobody answers are on their way when a run ends; the next one is less
 * patient. */
START_TEST(a_shorter_timeout_holds_for_those_of_the_last_run)
{
	begin_hole(2000);
	rig.plan.live = 100;
	rig.plan.timeout_us = S(100);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, MS(100));
	ck_assert_uint_eq(counters()->phase.value, LA_LOAD_PHASE_LIVE);
	ck_assert_uint_eq(awaited(), 100);
	la_load_stop(rig.load, rig.now_us);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, MS(100));
	ck_assert_uint_eq(awaited(), 100);
	rig.plan.live = 0;
	rig.plan.timeout_us = MS(400);
	load_rig_plan(&rig);
	load_rig_pass(&rig, MS(300));
	ck_assert_uint_eq(awaited(), 100 + counters()->open.value);
	load_rig_pass(&rig, MS(150));
	ck_assert_uint_eq(awaited(), counters()->open.value);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(2));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(load_rig_only(&rig, LA_FAIL_TIMEOUT), 500);
	load_rig_end(&rig);
}
END_TEST

/* Building them up may take longer than the timeout, as long as there are more of them. */
START_TEST(live_ones_are_waited_for_while_there_are_more)
{
	load_rig_begin(&rig, 4000, LOAD_RIG_DISCARD);
	rig.plan.live = 3000;
	rig.latency_us = MS(20);
	rig.plan.timeout_us = MS(100);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_RAMP, S(1));
	ck_assert_uint_eq(counters()->live.value, 3000);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(2));
	load_rig_adds_up(&rig);
	load_rig_end(&rig);
}
END_TEST

/* All live ones are cut off: their tuples serve again. */
START_TEST(tuples_of_live_ones_that_ended_serve_again)
{
	load_rig_begin(&rig, 10000, LOAD_RIG_DISCARD);
	rig.params.local_port_first = 10000;
	rig.params.local_port_last = 15999;
	rig.client.params.tcp.timestamps = false;
	rig.client.params.time_wait_us = S(60);
	rig.plan.live = 5000;
	rig.plan.rate = 5000;
	rig.plan.sustain_us = MS(100);
	load_rig_start(&rig);
	load_rig_run(&rig, S(20));
	ck_assert_uint_eq(rig.load->ports.held_len, 5000);
	/* As many at once as there are frames for their RSTs. */
	for (uint32_t handle = 1; handle <= rig.params.connections; handle++) {
		(void)la_stack_end_one(rig.client.stack, handle, true, rig.now_us);
		if (handle % 100 == 0)
			load_rig_pass(&rig, MS(1));
	}
	ck_assert_uint_eq(counters()->live.value, 0);
	ck_assert_uint_eq(rig.load->ports.held_len, 0);
	rig.plan.live = 0;
	rig.plan.sustain_us = MS(1000);
	load_rig_run(&rig, S(20));
	ck_assert_uint_eq(counters()->closed.value, 5000);
	load_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load queue");
	TCase *t = tcase_create("queue");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, each_is_given_up_at_its_own_deadline, 0,
			sizeof(starts_us) / sizeof(starts_us[0]));
	tcase_add_test(t, many_that_are_due_take_some_polls);
	tcase_add_test(t, who_has_no_room_is_not_awaited);
	tcase_add_test(t, held_ones_are_not_awaited);
	tcase_add_test(t, held_ones_that_do_not_close_are_given_up);
	tcase_add_test(t, live_ones_are_in_no_queue);
	tcase_add_test(t, a_shorter_timeout_holds_for_those_of_the_last_run);
	tcase_add_test(t, live_ones_are_waited_for_while_there_are_more);
	tcase_add_test(t, tuples_of_live_ones_that_ended_serve_again);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
