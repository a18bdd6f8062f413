/* SPDX-License-Identifier: BSD-3-Clause */
/* Two ports in one process, each with a worker and listeners of its own. */
#include <stdio.h>
#include <string.h>

#include "dpio_private.h"
#include "ring_port.h"
#include "tel_client.h"

struct two {
	struct ring_port first, second;
	struct client client;
};

/* The second has 10.0.1.1 and listens on port 9; or it is a far end with a generator. */
static void
begin_with(struct two *t, const struct la_load_params *load)
{
	struct la_dpio_error error = { "" };
	struct la_dpio *dpio = ring_port_process();

	ring_port_add(&t->first, dpio, 100, 0, false);
	ring_port_add(&t->second, dpio, 200, 1, load != NULL);
	t->second.range.first = la_addr_v4(0x0a000101);
	t->second.path.source = la_addr_v4(0x0a000102);
	t->second.path.dest = t->second.range.first;
	t->second.listener.port_first = t->second.listener.port_last = t->second.path.dest_port = 9;
	t->second.listener.group = 1;
	t->second.listener.name = "other";
	la_port_prepare(t->first.port, &t->first.params, NULL);
	la_port_prepare(t->second.port, &t->second.params, load);
	ck_assert_msg(la_dpio_start(dpio, &error), "%s", error.text);
	client_start(&t->client, la_dpio_socket(t->first.dpio));
}

static void
begin(struct two *t)
{
	begin_with(t, NULL);
}

static void
end(struct two *t)
{
	client_end(&t->client);
	la_dpio_stop(t->first.dpio);
	ring_port_check_mbufs(&t->second);
	ring_port_check_mbufs(&t->first);
	la_dpio_close(t->first.dpio);
	la_rings_free(&t->second.rings);
	la_rings_free(&t->first.rings);
}

static uint64_t
opened(struct ring_port *p)
{
	return ring_port_count(p, LA_COUNT_OPENED);
}

START_TEST(telemetry_and_totals_take_in_both)
{
	static struct two t;

	begin(&t);
	ring_port_open(&t.first, 1000);
	ring_port_open(&t.second, 1000);
	ring_port_open(&t.second, 1001);
	ring_port_await(opened, &t.first, 3);
	ck_assert_uint_eq(la_dpio_connections(t.first.dpio), 3);
	expect(&t.client, "/lastack/info", "\"workers\":2,\"ports\":2,\"listeners\":2");
	expect(&t.client, "/lastack/counters", "\"opened\":3,");
	expect(&t.client, "/lastack/counters,0", "\"opened\":1,");
	expect(&t.client, "/lastack/counters,1", "\"opened\":2,");
	expect(&t.client, "/lastack/counters,2", "\"error\":");
	expect(&t.client, "/lastack/states,1", "\"ESTABLISHED\":2,");
	expect(&t.client, "/lastack/throughput,1", "\"peak_connections\":");
	expect(&t.client, "/lastack/workers", "\"1\":{\"answers\":1,\"device\":");
	expect(&t.client, "/lastack/listeners",
			"\"accepted\":1,\"refused\":0,\"open\":1,\"device\":");
	expect(&t.client, "/lastack/listeners",
			"\"accepted\":2,\"refused\":0,\"open\":2,\"device\":");
	expect(&t.client, "/lastack/connections", "\"local\":\"10.0.0.1:7\"");
	expect(&t.client, "/lastack/connections", "\"local\":\"10.0.1.1:9\"");
	expect(&t.client, "/lastack/ports", "\"link_up\":");
	expect(&t.client, "/lastack/cookies", "\"accepted\":3,");
	/* As many blocks as there are, whatever each port's are. */
	expect(&t.client, "/lastack/memory", "\"connections\":3,\"connections_size\":300,");
	end(&t);
}
END_TEST

START_TEST(a_listener_of_one_is_closed_on_the_other)
{
	static struct two t;

	begin(&t);
	t.first.path.dest_port = 9;
	ring_port_segment(&t.first, LA_SYN, 0);
	ring_port_expect(&t.first, LA_RST | LA_ACK);
	t.first.path.dest_port = 7;
	ring_port_open(&t.first, 1000);
	ring_port_open(&t.second, 1000);
	end(&t);
}
END_TEST

/* The secret is one for all ports, so each knows the cookies of the other. */
START_TEST(cookie_keys_and_abort_reach_both)
{
	static struct two t;
	const struct la_key key[2] = { { { 1, 2 } }, { { 3, 4 } } };

	begin(&t);
	ring_port_open(&t.first, 1000);
	ring_port_open(&t.second, 1000);
	ring_port_await(opened, &t.first, 2);
	ck_assert(la_dpio_set_cookie_keys(t.first.dpio, key));
	expect(&t.client, "/lastack/cookies", "\"key_age_s\":0,");
	ring_port_introduce(&t.first);
	ring_port_introduce(&t.second);
	la_dpio_abort_all(t.first.dpio);
	ck_assert_uint_eq(la_dpio_connections(t.first.dpio), 0);
	ring_port_expect(&t.first, LA_RST | LA_ACK);
	ring_port_expect(&t.second, LA_RST | LA_ACK);
	end(&t);
}
END_TEST

/* The ends of a bench: telemetry is the server's, but for the load role. */
START_TEST(a_far_end_is_in_no_figure_but_its_load)
{
	static struct two t;
	static const uint16_t source = 0;
	const struct la_load_params load = {
		.service = LA_LOAD_SERVICE_HOLD, .connections = 200,
		.sources = &source, .sources_len = 1,
		.local_port_first = 1024, .local_port_last = 65535,
		.target = la_addr_v4(0x0a000102), .targets = 1, .port_first = 9, .port_last = 9,
	};
	const struct la_load_plan plan = {
		.connections = 1, .concurrent = 1, .timeout_us = 60000000,
	};
	struct la_dpio_totals totals;

	begin_with(&t, &load);
	ring_port_open(&t.first, 1000);
	ring_port_await(opened, &t.first, 1);
	ck_assert(la_port_load_start(t.second.port, &plan));
	expect(&t.client, "/lastack/info", "\"workers\":1,\"ports\":1,\"listeners\":1");
	expect(&t.client, "/lastack/load", "\"service\":\"hold\"");
	expect(&t.client, "/lastack/latency", "\"handshake_us\":");
	expect(&t.client, "/lastack/counters,1", "\"error\":");
	expect(&t.client, "/lastack/memory", "\"connections\":1,\"connections_size\":100,");
	ck_assert_uint_eq(la_dpio_connections(t.first.dpio), 1);
	la_dpio_totals(t.first.dpio, &totals);
	ck_assert_uint_eq(totals.state[LA_SYN_SENT], 0);
	la_port_totals(t.second.port, &totals);
	ck_assert_uint_eq(totals.count[LA_COUNT_OPENED], 0);
	end(&t);
}
END_TEST

/* Nothing that a worker writes shares a line with what another one does. */
START_TEST(workers_are_apart)
{
	static struct two t;
	const struct la_worker *w[2];

	begin(&t);
	for (int i = 0; i < 2; i++) {
		w[i] = la_dpio__worker(t.first.dpio, (uint32_t)i);
		ck_assert_uint_eq((uintptr_t)w[i] % LA_APART, 0);
		ck_assert_uint_eq((uintptr_t)w[i]->memory % 4096, 0);
		ck_assert_ptr_eq(w[i]->memory, w[i]->stack);
	}
	ck_assert_uint_ne(w[0]->lcore, w[1]->lcore);
	ck_assert_uint_ne(w[0]->params.port, w[1]->params.port);
	ck_assert(w[0]->stack != w[1]->stack);
	end(&t);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio ports");
	TCase *tc = tcase_create("ports");

	tcase_add_unchecked_fixture(tc, eal_start_two, eal_stop);
	tcase_add_test(tc, telemetry_and_totals_take_in_both);
	tcase_add_test(tc, a_listener_of_one_is_closed_on_the_other);
	tcase_add_test(tc, cookie_keys_and_abort_reach_both);
	tcase_add_test(tc, a_far_end_is_in_no_figure_but_its_load);
	tcase_add_test(tc, workers_are_apart);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
