/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs against good servers, on a good line and a bad: both sides agree to the connection. */
#include <string.h>

#include "la_check.h"
#include "load_rig.h"

#define S(n) ((n) * UINT64_C(1000000))
#define MS(n) ((n) * UINT64_C(1000))

static struct load_rig rig;

static const struct kind {
	enum la_load_service service;
	enum la_load_close close;
	uint16_t port;
} kinds[] = {
	{ LA_LOAD_SERVICE_CONNECT, LA_LOAD_CLOSE_CLIENT_FIRST, LOAD_RIG_DISCARD },
	{ LA_LOAD_SERVICE_CONNECT, LA_LOAD_CLOSE_SERVER_FIRST, LOAD_RIG_CLOSE },
	{ LA_LOAD_SERVICE_CONNECT, LA_LOAD_CLOSE_RST, LOAD_RIG_DISCARD },
	{ LA_LOAD_SERVICE_HTTP, LA_LOAD_CLOSE_CLIENT_FIRST, LOAD_RIG_HTTP },
	{ LA_LOAD_SERVICE_HTTP, LA_LOAD_CLOSE_SERVER_FIRST, LOAD_RIG_HTTP_CLOSES },
	{ LA_LOAD_SERVICE_HTTP, LA_LOAD_CLOSE_RST, LOAD_RIG_HTTP },
	{ LA_LOAD_SERVICE_ECHO, LA_LOAD_CLOSE_CLIENT_FIRST, LOAD_RIG_ECHO },
	{ LA_LOAD_SERVICE_ECHO, LA_LOAD_CLOSE_RST, LOAD_RIG_ECHO },
	{ LA_LOAD_SERVICE_HOLD, LA_LOAD_CLOSE_CLIENT_FIRST, LOAD_RIG_DISCARD },
	{ LA_LOAD_SERVICE_HOLD, LA_LOAD_CLOSE_RST, LOAD_RIG_DISCARD },
};

static const enum la_syn_cookies modes[] = {
	LA_COOKIES_ALWAYS, LA_COOKIES_AUTO, LA_COOKIES_NEVER,
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), MODES = 3 };

static void
begin(int i)
{
	const struct kind *kind = &kinds[i / MODES];

	load_rig_begin(&rig, 2000, kind->port);
	rig.params.service = kind->service;
	rig.params.close = kind->close;
	rig.server.params.syn_cookies = modes[i % MODES];
	/* So that it does both. */
	if (modes[i % MODES] == LA_COOKIES_AUTO)
		rig.server.params.backlog = 10;
}

static uint64_t
ends_of(const struct rig *side)
{
	return rig_count(side, LA_COUNT_CLOSED) + rig_count(side, LA_COUNT_RESET) +
			rig_count(side, LA_COUNT_ABORTED);
}

/* 2,000 connections, and the counters of four parties say the same. */
START_TEST(both_sides_agree_to_the_connection)
{
	const struct la_load_counters *c;

	begin(_i);
	rig.plan.rate = 5000;
	rig.plan.ramp_us = rig.plan.ramp_down_us = MS(200);
	rig.plan.sustain_us = MS(200);
	load_rig_start(&rig);
	c = la_load_counters(rig.load);
	load_rig_run(&rig, S(10));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(c->attempted.value, 2000);
	ck_assert_uint_eq(c->opened.value, 2000);
	ck_assert_uint_eq(c->closed.value, 2000);
	ck_assert_uint_eq(rig_count(&rig.client, LA_COUNT_OPENED), 2000);
	load_rig_pass(&rig, MS(100));
	ck_assert_uint_eq(rig_count(&rig.server, LA_COUNT_OPENED), 2000);
	ck_assert_uint_eq(ends_of(&rig.client), 2000);
	ck_assert_uint_eq(ends_of(&rig.server), 2000);
	if (rig.params.close == LA_LOAD_CLOSE_RST)
		ck_assert_uint_eq(rig_count(&rig.server, LA_COUNT_RESET), 2000);
	else
		ck_assert_uint_eq(rig_count(&rig.server, LA_COUNT_CLOSED), 2000);
	/* Who closes first has the TIME-WAIT. */
	ck_assert_uint_eq(rig_count(&rig.client, LA_COUNT_TIME_WAIT_ENTERED),
			rig.params.close == LA_LOAD_CLOSE_CLIENT_FIRST ? 2000 : 0);
	/* The rate, between the ramps, and a time of two latencies and some polls. */
	ck_assert_uint_eq(c->sustain_us.value, MS(200));
	ck_assert_uint_ge(c->sustain_opened.value, 990);
	ck_assert_uint_le(c->sustain_opened.value, 1010);
	ck_assert_uint_ge(la_load_histogram(rig.load, LA_LOAD_TIME_HANDSHAKE)->min_us.value, 200);
	ck_assert_uint_le(la_load_histogram(rig.load, LA_LOAD_TIME_HANDSHAKE)->max_us.value, 500);
	ck_assert_uint_eq(c->late_opens.value, 0);
	load_rig_end(&rig);
}
END_TEST

START_TEST(a_fixed_number_is_opened_and_no_more)
{
	static const double speeds[] = { 0, 1000, 100000 };

	begin(_i / 3 * MODES);
	rig.plan.rate = speeds[_i % 3];
	rig.plan.concurrent = 100;
	rig.plan.connections = 777;
	rig.plan.sustain_us = rig.params.service == LA_LOAD_SERVICE_HOLD ? S(2) : 0;
	load_rig_start(&rig);
	load_rig_run(&rig, S(20));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	load_rig_pass(&rig, MS(100));
	if (rig.params.service != LA_LOAD_SERVICE_HOLD)
		ck_assert_uint_eq(rig_count(&rig.server, LA_COUNT_OPENED), 777);
	else
		ck_assert_uint_eq(rig_count(&rig.server, LA_COUNT_OPENED), 100);
	ck_assert_uint_le(la_load_counters(rig.load)->open_max.value, 100);
	load_rig_end(&rig);
}
END_TEST

/* Loss: all end, and what fails has run out of time. */
static const uint32_t losses[] = { 50, 10 };

START_TEST(on_a_bad_line_every_connection_ends)
{
	const struct la_load_counters *c;

	begin(_i % (KINDS * MODES));
	rig.lose = losses[_i / (KINDS * MODES)];
	rig.seed += (uint32_t)_i * 7919;
	rig.plan.timeout_us = S(60);
	/* Longer than a FIN takes to be sent again. */
	rig.server.params.time_wait_us = rig.client.params.time_wait_us = S(60);
	load_rig_start(&rig);
	c = la_load_counters(rig.load);
	load_rig_run(&rig, S(200));
	ck_assert_uint_eq(c->attempted.value, 500);
	ck_assert_uint_le(load_rig_only(&rig, LA_FAIL_TIMEOUT), 10);
	ck_assert_uint_gt(rig_count(&rig.client, LA_COUNT_TX_RETRANSMITS), 5);
	/* Those that waited for a retransmission took a second and more. */
	ck_assert_uint_ge(la_load_histogram(rig.load, LA_LOAD_TIME_HANDSHAKE)->max_us.value,
			990000);
	load_rig_end(&rig);
}
END_TEST

/* The handshake's last ACK of each tuple, with the text that it may carry. */
static bool
drop_last_ack(void *user, const struct la_rx *rx, bool to_server)
{
	bool *seen = user;

	if (!to_server || rx->kind != LA_KIND_TCP || seen[rx->source_port] ||
			(rx->seg.flags & (LA_SYN | LA_RST | LA_ACK)) != LA_ACK)
		return false;
	seen[rx->source_port] = true;
	return true;
}

START_TEST(a_lost_last_ack_fails_nothing)
{
	static bool seen[65536];
	uint32_t lost = 0;

	memset(seen, 0, sizeof(seen));
	begin(_i * MODES);
	rig.drop = drop_last_ack;
	rig.user = seen;
	/* Held for long enough to mend it. */
	if (rig.params.service == LA_LOAD_SERVICE_HOLD)
		rig.plan.sustain_us = S(3);
	rig.plan.connections = 500;
	load_rig_start(&rig);
	load_rig_run(&rig, S(30));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(la_load_counters(rig.load)->closed.value, 500);
	/* What is reset at once the server never hears of. */
	load_rig_pass(&rig, MS(100));
	if (rig.params.service != LA_LOAD_SERVICE_CONNECT || rig.params.close != LA_LOAD_CLOSE_RST)
		ck_assert_uint_eq(rig_count(&rig.server, LA_COUNT_OPENED), 500);
	for (int i = 0; i < 65536; i++)
		lost += seen[i];
	ck_assert_uint_eq(lost, 500);
	load_rig_end(&rig);
}
END_TEST

/* A text of many segments, both ways. */
START_TEST(long_echoes_are_exact)
{
	begin(6 * MODES);
	rig.params.octets = 100000;
	rig.plan.rate = 0;
	rig.plan.concurrent = 20;
	rig.plan.connections = 100;
	rig.plan.sustain_us = 0;
	rig.lose = _i == 0 ? 0 : 50;
	rig.plan.timeout_us = S(300);
	load_rig_start(&rig);
	load_rig_run(&rig, S(2000));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(la_load_counters(rig.load)->closed.value, 100);
	ck_assert_uint_eq(rig_count(&rig.server, LA_COUNT_RX_TEXT_OCTETS), 100 * 100000);
	load_rig_end(&rig);
}
END_TEST

/* A test's filter: every source and port before one comes again. */
struct ports_seen {
	uint8_t times[LOAD_RIG_SOURCES_MAX][65536];
	uint32_t different, all;
	bool again_too_early;
};

static bool
see_port(void *user, const struct la_rx *rx, bool to_server)
{
	struct ports_seen *seen = user;
	uint8_t *times;

	if (!to_server || rx->kind != LA_KIND_TCP || rx->seg.flags != LA_SYN)
		return false;
	times = &seen->times[la_addr_low(&rx->source) - LOAD_RIG_CLIENT]
			[rx->source_port];
	if (*times == 0)
		seen->different++;
	else
		seen->again_too_early |= seen->different < seen->all;
	(*times)++;
	return false;
}

START_TEST(all_ports_are_used_before_one_comes_again)
{
	static struct ports_seen seen;

	memset(&seen, 0, sizeof(seen));
	begin(_i == 0 ? 0 : MODES);
	rig.params.sources_len = _i == 0 ? 1 : 3;
	rig.params.local_port_first = _i == 0 ? 1024 : 45000;
	seen.all = rig.params.sources_len * (65536u - rig.params.local_port_first);
	rig.drop = see_port;
	rig.user = &seen;
	rig.plan.rate = 0;
	rig.plan.concurrent = 200;
	rig.plan.connections = 70000;
	rig.client.params.time_wait_max = rig.server.params.time_wait_max = 70000;
	rig.plan.sustain_us = 0;
	load_rig_start(&rig);
	load_rig_run(&rig, S(60));
	load_rig_only(&rig, LA_LOAD_FAILURES);
	ck_assert_uint_eq(la_load_counters(rig.load)->closed.value, 70000);
	ck_assert_uint_eq(seen.different, seen.all);
	ck_assert(!seen.again_too_early);
	load_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load run");
	TCase *t = tcase_create("run");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, both_sides_agree_to_the_connection, 0, KINDS * MODES);
	tcase_add_loop_test(t, a_fixed_number_is_opened_and_no_more, 0, KINDS * 3);
	tcase_add_loop_test(t, on_a_bad_line_every_connection_ends, 0, 2 * KINDS * MODES);
	tcase_add_loop_test(t, a_lost_last_ack_fails_nothing, 0, KINDS);
	tcase_add_loop_test(t, long_echoes_are_exact, 0, 2);
	tcase_add_loop_test(t, all_ports_are_used_before_one_comes_again, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
