/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock alone says when opens are due: what waits is late, and its times show it. */
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

static uint64_t
slower_than(const struct la_histogram *h, uint64_t us)
{
	uint64_t n = 0;

	for (uint32_t b = 0; b < LA_HISTOGRAM_BUCKETS; b++)
		n += la_histogram_low(b) >= us ? h->bucket[b].value : 0;
	return n;
}

/* Coordinated omission: a stall of 1 s at 10,000/s is 10,000 late answers, not one. */
START_TEST(a_stall_shows_in_every_answer_it_held_up)
{
	const struct la_histogram *h;
	uint64_t late;

	load_rig_begin(&rig, 30000, _i == 0 ? LOAD_RIG_DISCARD : LOAD_RIG_HTTP);
	rig.params.service = _i == 0 ? LA_LOAD_SERVICE_CONNECT : LA_LOAD_SERVICE_HTTP;
	rig.plan.rate = 10000;
	rig.plan.sustain_us = S(3);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, S(1));
	rig.stalled = true;
	load_rig_pass(&rig, S(1));
	rig.stalled = false;
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(20));
	load_rig_adds_up(&rig);
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->closed.value, 30000);
	h = la_load_histogram(rig.load, LA_LOAD_TIME_CONNECTION);
	late = slower_than(h, MS(5));
	ck_assert_uint_ge(late, 9500);
	ck_assert_uint_le(late, 10500);
	/* Evenly between none and 1 s. */
	late = slower_than(h, MS(500));
	ck_assert_uint_ge(late, 4750);
	ck_assert_uint_le(late, 5250);
	ck_assert_uint_ge(h->max_us.value, MS(990));
	ck_assert_uint_le(h->max_us.value, MS(1100));
	/* The opens themselves were made in time. */
	ck_assert_uint_eq(counters()->late_opens.value, 0);
	load_rig_end(&rig);
}
END_TEST

/* 10 at once, each takes some 100 ms, and 1,000/s are due: a tenth of them is opened. */
START_TEST(what_has_to_wait_is_late_from_when_it_fell_due)
{
	const struct la_histogram *h;

	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.plan.concurrent = 10;
	rig.plan.sustain_us = S(1);
	rig.latency_us = MS(25);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, MS(600));
	ck_assert_uint_ge(counters()->behind.value, 400);
	ck_assert_uint_eq(counters()->open_max.value, 10);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(10));
	load_rig_adds_up(&rig);
	/* All that fell due is accounted for. */
	ck_assert_uint_eq(counters()->attempted.value + load_rig_only(&rig, LA_FAIL_LATE), 1000);
	ck_assert_uint_ge(counters()->attempted.value, 80);
	ck_assert_uint_le(counters()->attempted.value, 130);
	ck_assert_uint_ge(counters()->late_opens.value, counters()->attempted.value - 20);
	ck_assert_uint_ge(counters()->late_max_us.value, MS(700));
	ck_assert_uint_le(counters()->late_max_us.value, MS(1010));
	/* And their times are as long as who asked at that moment had to wait. */
	h = la_load_histogram(rig.load, LA_LOAD_TIME_HANDSHAKE);
	ck_assert_uint_ge(h->max_us.value, counters()->late_max_us.value + MS(50));
	ck_assert_uint_le(h->max_us.value, counters()->late_max_us.value + MS(55));
	load_rig_end(&rig);
}
END_TEST

/* A closed loop has no due time: it waits as long as it waits. */
START_TEST(a_closed_loop_counts_from_the_open)
{
	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.plan.rate = 0;
	rig.plan.concurrent = 10;
	rig.latency_us = MS(25);
	load_rig_start(&rig);
	load_rig_run(&rig, S(10));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_le(la_load_histogram(rig.load, LA_LOAD_TIME_HANDSHAKE)->max_us.value,
			MS(52));
	ck_assert_uint_eq(counters()->late_opens.value, 0);
	ck_assert_uint_eq(counters()->offered_per_s.value, 0);
	load_rig_end(&rig);
}
END_TEST

/* A core that stands still for 50 ms has not missed what fell due meanwhile. */
START_TEST(a_poll_that_comes_late_makes_up_for_it)
{
	load_rig_begin(&rig, 5000, LOAD_RIG_DISCARD);
	rig.plan.rate = 10000;
	rig.plan.sustain_us = MS(200);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	/* In the midst of it, or over its end. */
	load_rig_pass(&rig, _i == 0 ? MS(50) : MS(170));
	rig.now_us += MS(50);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(10));
	load_rig_adds_up(&rig);
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->closed.value, 2000);
	ck_assert_uint_ge(counters()->late_opens.value, 250);
	ck_assert_uint_ge(counters()->late_max_us.value, MS(20));
	load_rig_end(&rig);
}
END_TEST

/* 2^32 us are 4,295 s: who is later than that, once or twice, does not seem soon. */
START_TEST(hours_late_is_not_soon)
{
	const uint64_t late_s = _i == 0 ? 4400 : 8700;

	load_rig_begin(&rig, 1000, LOAD_RIG_DISCARD);
	rig.plan.rate = 1;
	rig.plan.sustain_us = 0;
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_pass(&rig, MS(10));
	ck_assert_uint_eq(counters()->opened.value, 1);
	rig.now_us += S(late_s);
	load_rig_pass(&rig, MS(50));
	ck_assert_uint_eq(counters()->behind.value, 0);
	ck_assert_uint_ge(counters()->opened.value, late_s - 1);
	ck_assert_uint_ge(counters()->late_max_us.value, S(late_s - 2));
	ck_assert_uint_ge(slower_than(la_load_histogram(rig.load, LA_LOAD_TIME_HANDSHAKE), S(2000)),
			late_s - 2000 - 30);
	la_load_stop(rig.load, rig.now_us);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(20));
	load_rig_end(&rig);
}
END_TEST

/* The ramps and the rate between them, seen from the server. */
START_TEST(opens_follow_the_schedule)
{
	load_rig_begin(&rig, 5000, LOAD_RIG_DISCARD);
	rig.plan.rate = 10000;
	rig.plan.ramp_us = rig.plan.ramp_down_us = MS(400);
	rig.plan.sustain_us = MS(400);
	load_rig_start(&rig);
	load_rig_plan(&rig);
	load_rig_until(&rig, LA_LOAD_PHASE_RAMP, MS(10));
	load_rig_pass(&rig, MS(200));
	ck_assert_uint_ge(counters()->attempted.value, 480);
	ck_assert_uint_le(counters()->attempted.value, 520);
	ck_assert_uint_ge(counters()->offered_per_s.value, 4900);
	ck_assert_uint_le(counters()->offered_per_s.value, 5100);
	ck_assert_uint_eq(counters()->phase.value, LA_LOAD_PHASE_RAMP);
	load_rig_pass(&rig, MS(400));
	ck_assert_uint_ge(counters()->attempted.value, 3950);
	ck_assert_uint_le(counters()->attempted.value, 4050);
	ck_assert_uint_eq(counters()->offered_per_s.value, 10000);
	ck_assert_uint_eq(counters()->phase.value, LA_LOAD_PHASE_SUSTAIN);
	load_rig_pass(&rig, MS(400));
	ck_assert_uint_eq(counters()->phase.value, LA_LOAD_PHASE_RAMP_DOWN);
	ck_assert_uint_ge(counters()->offered_per_s.value, 4900);
	ck_assert_uint_le(counters()->offered_per_s.value, 5100);
	load_rig_until(&rig, LA_LOAD_PHASE_DONE, S(5));
	load_rig_adds_up(&rig);
	ck_assert_uint_eq(counters()->attempted.value, 8000);
	load_rig_end(&rig);
}
END_TEST

/* What workers do adds up to what was asked for, and none does more than its part. */
static const struct { uint64_t connections; uint32_t concurrent, live, workers; } plans[] = {
	{ 0, 10000, 0, 1 }, { 0, 10000, 7, 3 }, { 1000, 10000, 0, 7 }, { 5, 10000, 0, 8 },
	{ 0, 3, 0, 8 }, { 5, 3, 2, 8 }, { 3, 5, 0, 8 }, { 1, 1, 1, 128 },
	{ UINT64_C(1000000000001), 1000000000, 1000000, 128 },
};

START_TEST(shares_add_up)
{
	const struct la_load_plan all = {
		.rate = 100000, .ramp_us = 1, .sustain_us = 2, .ramp_down_us = 3, .timeout_us = 4,
		.connections = plans[_i].connections, .concurrent = plans[_i].concurrent,
		.live = plans[_i].live,
	};
	struct la_load_plan sum = { .rate = 0 };

	for (uint32_t w = 0; w < plans[_i].workers; w++) {
		const struct la_load_plan part = la_load_plan_share(&all, w, plans[_i].workers);

		sum.rate += part.rate;
		sum.connections += part.connections;
		sum.concurrent += part.concurrent;
		sum.live += part.live;
		ck_assert_uint_eq(part.sustain_us, 2);
		ck_assert_uint_eq(part.timeout_us, 4);
		if (part.idle)
			continue;
		/* 0 would be without end, or never any. */
		ck_assert(all.connections == 0 || part.connections > 0);
		ck_assert_uint_gt(part.concurrent, 0);
		ck_assert(part.rate > 0);
	}
	ck_assert_double_eq_tol(sum.rate, all.rate, 1e-6);
	ck_assert_uint_eq(sum.connections, all.connections);
	ck_assert_uint_eq(sum.concurrent, all.concurrent);
	ck_assert_uint_eq(sum.live, all.live);
}
END_TEST

START_TEST(an_idle_worker_opens_nothing_and_is_done)
{
	load_rig_begin(&rig, 100, LOAD_RIG_DISCARD);
	rig.params.service = _i == 0 ? LA_LOAD_SERVICE_CONNECT : LA_LOAD_SERVICE_HOLD;
	rig.plan.connections = 3;
	rig.plan.live = 5;
	rig.plan.sustain_us = 0;
	rig.plan = la_load_plan_share(&rig.plan, 3, 5);
	load_rig_start(&rig);
	load_rig_run(&rig, S(1));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(counters()->attempted.value, 0);
	ck_assert_uint_eq(counters()->live.value, 1);
	load_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load times");
	TCase *t = tcase_create("times");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_stall_shows_in_every_answer_it_held_up, 0, 2);
	tcase_add_test(t, what_has_to_wait_is_late_from_when_it_fell_due);
	tcase_add_test(t, a_closed_loop_counts_from_the_open);
	tcase_add_loop_test(t, a_poll_that_comes_late_makes_up_for_it, 0, 2);
	tcase_add_loop_test(t, hours_late_is_not_soon, 0, 2);
	tcase_add_test(t, opens_follow_the_schedule);
	tcase_add_loop_test(t, shares_add_up, 0, sizeof(plans) / sizeof(plans[0]));
	tcase_add_loop_test(t, an_idle_worker_opens_nothing_and_is_done, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
