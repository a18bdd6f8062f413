/* SPDX-License-Identifier: BSD-3-Clause */
/* Two stacks back to back: a client's against the built-in services, on a good line and a bad. */
#include "la_check.h"
#include "rig.h"

enum {
	DISCARD = 9, ECHO = 7, CLOSE = 10, RESET = 11, HTTP = 8080,
	CLIENTS = 20,
};

static struct rig server, client;

static struct la_addr server_address;

/* The client's stack has one service: the script, which talks as a test says. */
static void
begin(void)
{
	rig_params(&server, 64);
	rig_listen(&server, "discard", DISCARD);
	rig_listen(&server, "echo", ECHO);
	rig_listen(&server, "close", CLOSE);
	rig_listen(&server, "reset", RESET);
	rig_listen(&server, "http", HTTP);
	server.params.time_wait_us = 60000000;
	rig_no_gateway(&server);
	rig_params(&client, 64);
	client.params.time_wait_us = 60000000;
	rig_no_gateway(&client);
	client.params.mac.b[5] = 2;
	client.ranges[0].first = la_test_addr(0x0a000002);
	client.params.secret.k[0]++;
	server_address = la_test_addr(0x0a000001);
}

static void
start(void)
{
	rig_start(&server);
	rig_start(&client);
}

static uint32_t
open_one(uint16_t port, uint16_t from)
{
	const uint32_t handle = rig_connect(&client, from, &server_address, port);

	ck_assert_uint_ne(handle, LA_NONE);
	return handle;
}

static void
close_it(void *user, struct la_conn *conn)
{
	(void)user;
	conn->close = true;
}

static void
end(void)
{
	/* What is in TIME-WAIT on either side runs out. */
	rig_wait(&server, 61000000);
	rig_wait(&client, 61000000);
	rig_end(&server, true);
	rig_end(&client, true);
}

/* One in so many frames lost; and the server's way with SYNs. Four seeds each. */
static const struct { uint32_t lose; enum la_syn_cookies mode; } lines[] = {
	{ 0, LA_COOKIES_ALWAYS }, { 0, LA_COOKIES_NEVER }, { 0, LA_COOKIES_AUTO },
	{ 10, LA_COOKIES_NEVER }, { 5, LA_COOKIES_NEVER }, { 10, LA_COOKIES_AUTO },
};

enum { LINES = sizeof(lines) / sizeof(lines[0]) };

START_TEST(echo_gives_all_back)
{
	begin();
	server.params.syn_cookies = lines[_i % LINES].mode;
	client.service.send_at_open = 20000;
	start();
	uint32_t handle[CLIENTS];
	for (uint16_t i = 0; i < CLIENTS; i++)
		handle[i] = open_one(ECHO, 1000 + i);
	rig_pair(&client, &server, UINT64_C(600000000), lines[_i % LINES].lose, 1 + (uint32_t)_i);
	ck_assert_uint_eq(client.service.opens, CLIENTS);
	ck_assert_uint_eq(client.service.acked, CLIENTS * 20000);
	ck_assert_uint_eq(client.service.octets, CLIENTS * 20000);
	ck_assert_uint_eq(rig_count(&server, LA_COUNT_OPENED), CLIENTS);
	for (uint16_t i = 0; i < CLIENTS; i++)
		ck_assert(la_stack_act(client.stack, handle[i], client.now_us, close_it, NULL));
	rig_pair(&client, &server, UINT64_C(120000000), lines[_i % LINES].lose, 7);
	ck_assert_uint_eq(client.service.ended[LA_END_BY_CLOSED], CLIENTS);
	ck_assert_uint_eq(rig_count(&server, LA_COUNT_CLOSED), CLIENTS);
	end();
}
END_TEST

START_TEST(discard_takes_all_and_sends_nothing)
{
	begin();
	client.service.send_at_open = 300000;
	start();
	const uint32_t handle = open_one(DISCARD, 1000);
	rig_pair(&client, &server, 5000000, 0, 1);
	ck_assert_uint_eq(rig_count(&server, LA_COUNT_RX_TEXT_OCTETS), 300000);
	ck_assert_uint_eq(rig_count(&server, LA_COUNT_TX_TEXT_OCTETS), 0);
	ck_assert(la_stack_act(client.stack, handle, client.now_us, close_it, NULL));
	rig_pair(&client, &server, 5000000, 0, 1);
	end();
}
END_TEST

START_TEST(close_closes_first_and_time_wait_is_the_servers)
{
	begin();
	start();
	for (uint16_t i = 0; i < CLIENTS; i++)
		open_one(CLOSE, 1000 + i);
	rig_pair(&client, &server, 2000000, 0, 1);
	ck_assert_uint_eq(rig_state(&server, LA_TIME_WAIT), CLIENTS);
	ck_assert_uint_eq(rig_state(&client, LA_TIME_WAIT), 0);
	ck_assert_uint_eq(client.service.ended[LA_END_BY_CLOSED], CLIENTS);
	/* The same ports at once: newer SYNs reopen. */
	for (uint16_t i = 0; i < CLIENTS; i++)
		open_one(CLOSE, 1000 + i);
	rig_pair(&client, &server, 2000000, 0, 1);
	ck_assert_uint_eq(rig_reason(&server, LA_OK_TIME_WAIT_REOPENED), CLIENTS);
	ck_assert_uint_eq(client.service.ended[LA_END_BY_CLOSED], 2 * CLIENTS);
	end();
}
END_TEST

START_TEST(reset_aborts_at_the_first_text)
{
	begin();
	client.service.send_at_open = 10;
	start();
	for (uint16_t i = 0; i < CLIENTS; i++)
		open_one(RESET, 1000 + i);
	rig_pair(&client, &server, 2000000, 0, 1);
	ck_assert_uint_eq(client.service.ended[LA_END_BY_RESET], CLIENTS);
	ck_assert_uint_eq(rig_count(&server, LA_COUNT_ABORTED), CLIENTS);
	end();
}
END_TEST

START_TEST(http_answers_a_bad_request_and_closes)
{
	begin();
	client.service.send_at_open = 200;      /* No request that HTTP knows. */
	start();
	for (uint16_t i = 0; i < CLIENTS; i++)
		open_one(HTTP, 1000 + i);
	rig_pair(&client, &server, 5000000, 0, 1);
	ck_assert_uint_ge(client.service.octets, CLIENTS * 20);
	ck_assert_uint_eq(client.service.fins, CLIENTS);
	ck_assert_uint_eq(client.service.ends, CLIENTS);
	end();
}
END_TEST

START_TEST(a_closed_port_refuses)
{
	begin();
	start();
	open_one(1, 1000);
	rig_pair(&client, &server, 2000000, 0, 1);
	ck_assert_uint_eq(client.service.ended[LA_END_BY_REFUSED], 1);
	ck_assert_uint_eq(rig_count(&client, LA_COUNT_REFUSED), 1);
	end();
}
END_TEST

/* The server sends more than the client takes: the window holds it back. */
START_TEST(a_client_that_takes_nothing_stops_the_echo)
{
	begin();
	server.params.tcp.window = client.params.tcp.window = 8192;
	for (uint32_t i = 1; i < server.params.listeners_len; i++)
		server.listeners[i].params.window = 8192;
	client.service.refuse = UINT32_MAX;
	client.service.send_at_open = 100000;
	start();
	open_one(ECHO, 1000);
	rig_pair(&client, &server, UINT64_C(20000000), 0, 1);
	ck_assert_uint_lt(client.service.acked, 3 * 8192);
	client.service.refuse = 0;
	rig_pair(&client, &server, UINT64_C(300000000), 0, 1);
	ck_assert_uint_eq(client.service.acked, 100000);
	ck_assert_uint_eq(client.service.octets, 100000);
	la_stack_drain(client.stack);
	rig_pair(&client, &server, 5000000, 0, 1);
	end();
}
END_TEST

/* More connections want to echo than there are buffers for; each gets its turn. */
START_TEST(echo_without_buffers_waits_and_goes_on)
{
	begin();
	client.params.tcp.retries = 15;
	server.listeners[2].params.buffers = 2;
	client.service.send_at_open = 5000;
	start();
	for (uint16_t i = 0; i < CLIENTS; i++)
		open_one(ECHO, 1000 + i);
	rig_pair(&client, &server, UINT64_C(2000000000), 0, 1);
	ck_assert_uint_eq(client.service.octets, CLIENTS * 5000);
	la_stack_drain(client.stack);
	rig_pair(&client, &server, 5000000, 0, 1);
	end();
}
END_TEST

/* Few extension blocks for all of a server's connections: slow, but exact. */
START_TEST(echo_with_few_extension_blocks_is_exact)
{
	begin();
	client.params.tcp.retries = 15;
	server.params.senders = 4;
	server.params.syn_cookies = LA_COOKIES_NEVER;
	server.params.tcp.syn_ack_retries = 15;
	client.service.send_at_open = 3000;
	start();
	for (uint16_t i = 0; i < CLIENTS; i++)
		open_one(ECHO, 1000 + i);
	rig_pair(&client, &server, UINT64_C(600000000), 0, 1);
	ck_assert_uint_eq(client.service.octets, CLIENTS * 3000);
	ck_assert_uint_gt(rig_count(&server, LA_COUNT_NO_SENDER), 0);
	la_stack_drain(client.stack);
	rig_pair(&client, &server, UINT64_C(200000000), 0, 1);
	end();
}
END_TEST

START_TEST(drain_and_abort_leave_nothing_on_either_side)
{
	begin();
	client.service.send_at_open = 1000;
	start();
	for (uint16_t i = 0; i < CLIENTS; i++)
		open_one(i % 2 ? ECHO : DISCARD, 1000 + i);
	rig_pair(&client, &server, 2000000, 0, 1);
	if (_i == 0)
		la_stack_drain(server.stack);
	else
		la_stack_abort_all(server.stack, server.now_us);
	rig_pair(&client, &server, 5000000, 0, 1);
	ck_assert_uint_eq(la_stack_connections(server.stack), 0);
	ck_assert_uint_eq(la_stack_connections(client.stack), 0);
	ck_assert_uint_eq(client.service.ends, CLIENTS);
	end();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack pair");
	TCase *t = tcase_create("pair");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, echo_gives_all_back, 0, 4 * LINES);
	tcase_add_test(t, discard_takes_all_and_sends_nothing);
	tcase_add_test(t, close_closes_first_and_time_wait_is_the_servers);
	tcase_add_test(t, reset_aborts_at_the_first_text);
	tcase_add_test(t, http_answers_a_bad_request_and_closes);
	tcase_add_test(t, a_closed_port_refuses);
	tcase_add_test(t, a_client_that_takes_nothing_stops_the_echo);
	tcase_add_test(t, echo_without_buffers_waits_and_goes_on);
	tcase_add_test(t, echo_with_few_extension_blocks_is_exact);
	tcase_add_loop_test(t, drain_and_abort_leave_nothing_on_either_side, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
