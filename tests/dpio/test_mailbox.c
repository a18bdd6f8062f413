/* SPDX-License-Identifier: BSD-3-Clause */
/* Mail to a worker: run once, or never. And DPDK's log, and the clock. */
#include <pthread.h>
#include <unistd.h>

#include "la_check.h"
#include "log.h"
#include "mailbox.h"
#include "worker.h"

static void
add_one(void *worker, void *arg)
{
	(void)worker;
	++*(int *)arg;
}

START_TEST(a_command_nobody_runs_is_taken_back_at_the_deadline)
{
	struct la_mailbox box = { .state = LA_MAIL_EMPTY };
	int runs = 0;

	ck_assert(!la_mail__call(&box, add_one, &runs, 2000));
	la_mail__serve(&box, NULL);
	ck_assert_int_eq(runs, 0);
}
END_TEST

struct server {
	struct la_mailbox box;
	_Atomic bool quit;
};

static void *
serve(void *arg)
{
	struct server *server = arg;

	while (!atomic_load(&server->quit)) {
		la_mail__serve(&server->box, server);
		usleep(10);
	}
	return NULL;
}

START_TEST(each_command_runs_once)
{
	struct server server = { .quit = false };
	pthread_t thread;
	int runs = 0;

	ck_assert_int_eq(pthread_create(&thread, NULL, serve, &server), 0);
	for (int i = 0; i < 100; i++) {
		ck_assert(la_mail__call(&server.box, add_one, &runs, 10000000));
		ck_assert_int_eq(runs, i + 1);
	}
	atomic_store(&server.quit, true);
	pthread_join(thread, NULL);
}
END_TEST

/* With no time to wait, a command is run or taken back, and the two agree. */
START_TEST(a_race_for_the_deadline_has_one_winner)
{
	struct server server = { .quit = false };
	pthread_t thread;
	int runs = 0, told = 0;

	ck_assert_int_eq(pthread_create(&thread, NULL, serve, &server), 0);
	for (int i = 0; i < 2000; i++)
		told += la_mail__call(&server.box, add_one, &runs, (uint64_t)(i % 100));
	atomic_store(&server.quit, true);
	pthread_join(thread, NULL);
	ck_assert_int_eq(runs, told);
}
END_TEST

static const struct { const char *text, *first, *last; } logs[] = {
	{ "", "", "" },
	{ "\n\n", "", "" },
	{ "EAL: cannot do it\n", "cannot do it", "cannot do it" },
	{ "EAL: one\nEAL: two: three\n\n", "one", "two: three" },
	{ "\nno part\nx\n", "no part", "x" },
	{ "EAL: end without newline", "end without newline", "end without newline" },
};

START_TEST(a_line_of_a_log_says_why)
{
	char line[64];

	la_log__line(logs[_i].text, LA_LOG_FIRST, line, sizeof(line));
	ck_assert_str_eq(line, logs[_i].first);
	la_log__line(logs[_i].text, LA_LOG_LAST, line, sizeof(line));
	ck_assert_str_eq(line, logs[_i].last);
}
END_TEST

/* 2.5 GHz, for 100 years: no overflow, and within a part in a million. */
START_TEST(the_clock_counts_microseconds)
{
	static const uint64_t seconds[] = { 0, 1, 3600, 86400, 3155760000 };
	const uint64_t hz = UINT64_C(2500000000);
	const struct la_clock clock = {
		.base = 12345, .scale = (uint64_t)(((unsigned __int128)1000000 << 40) / hz),
	};

	const uint64_t us = la_clock__us(&clock, 12345 + seconds[_i] * hz) - 1000000;

	ck_assert_uint_le(us, seconds[_i] * 1000000);
	ck_assert_uint_ge(us + seconds[_i] + 1, seconds[_i] * 1000000);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio mailbox");
	TCase *tc = tcase_create("mailbox");

	tcase_add_test(tc, a_command_nobody_runs_is_taken_back_at_the_deadline);
	tcase_add_test(tc, each_command_runs_once);
	tcase_add_test(tc, a_race_for_the_deadline_has_one_winner);
	tcase_add_loop_test(tc, a_line_of_a_log_says_why, 0, RTE_DIM(logs));
	tcase_add_loop_test(tc, the_clock_counts_microseconds, 0, 5);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
