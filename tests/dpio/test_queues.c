/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Four workers a side, and between them two NICs as the test makes them up: what one
 * side sends goes to the queue of the other that Toeplitz and a table say, and what is
 * no TCP to the first. The tables may be changed behind the owners' backs.
 */
#include <string.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>
#include <rte_thash.h>

#include "port.h"
#include "ring_port.h"
#include "share.h"

enum {
	WORKERS = 4, TABLE = 128, RING = 1024, BURST = 64,
	OPENS = 4000, PORT = 9, PATIENCE_S = 60, OCTETS = 300000,
	SERVER = 0x0a500001, CLIENT = 0x0a500101, CLIENTS = 5,
};

/* One side: a port, and the NIC's queues. */
struct side {
	struct la_dpio *dpio;           /* Each is a process of its own. */
	struct la_port *port;
	struct rte_ring *in[WORKERS], *out[WORKERS];
	char device[64];
	struct la_rss rss;
	uint64_t got[WORKERS], lost;
};

static struct side server, client;

static void
make_port(struct side *s, const char *name)
{
	const unsigned int flags = RING_F_SP_ENQ | RING_F_SC_DEQ;
	char text[32];

	memset(s, 0, sizeof(*s));
	for (int q = 0; q < WORKERS; q++) {
		snprintf(text, sizeof(text), "%s_in%d", name, q);
		s->in[q] = rte_ring_create(text, RING, SOCKET_ID_ANY, flags);
		snprintf(text, sizeof(text), "%s_out%d", name, q);
		s->out[q] = rte_ring_create(text, RING, SOCKET_ID_ANY, flags);
		ck_assert(s->in[q] != NULL && s->out[q] != NULL);
	}
	ck_assert_int_ge(rte_eth_from_rings(name, s->in, WORKERS, s->out, WORKERS, 0), 0);
	snprintf(s->device, sizeof(s->device), "net_ring_%s", name);
}

static void
make_nic(struct side *s, uint64_t seed)
{
	const struct la_key secret = { { seed, 1 } };

	s->rss.key_len = 40;
	s->rss.types = RTE_ETH_RSS_NONFRAG_IPV4_TCP;
	s->rss.table_len = TABLE;
	la_rss__key(s->rss.key, s->rss.key_len, &secret);
	for (uint32_t i = 0; i < TABLE; i++)
		s->rss.table[i] = (uint16_t)(i % WORKERS);
}

static void
turn_table(struct side *s, uint16_t by)
{
	for (uint32_t i = 0; i < TABLE; i++)
		s->rss.table[i] = (uint16_t)((s->rss.table[i] + by) % WORKERS);
}

static uint32_t
queue_for(const struct side *to, const struct rte_mbuf *m)
{
	struct la_rx rx;
	uint32_t input[3];

	la_rx_parse(&rx, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, 0);
	ck_assert_int_eq(rx.reason, LA_RX_OK);
	if (rx.kind != LA_KIND_TCP)
		return 0;
	input[0] = la_addr_low(&rx.source);
	input[1] = la_addr_low(&rx.dest);
	input[2] = (uint32_t)rx.source_port << 16 | rx.dest_port;
	return to->rss.table[rte_softrss(input, 3, to->rss.key) % TABLE];
}

static uint32_t
carry(struct side *from, struct side *to)
{
	struct rte_mbuf *m[BURST];
	uint32_t carried = 0;

	for (int q = 0; q < WORKERS; q++) {
		const uint32_t n = rte_ring_dequeue_burst(from->out[q], (void **)m, BURST, NULL);

		for (uint32_t i = 0; i < n; i++) {
			const uint32_t queue = queue_for(to, m[i]);

			to->got[queue]++;
			if (rte_ring_enqueue(to->in[queue], m[i]) == 0)
				continue;
			rte_pktmbuf_free(m[i]);
			to->lost++;
		}
		carried += n;
	}
	return carried;
}

/* Be the NICs until something holds. */
static void
carry_until_named(bool (*holds)(void), const char *name)
{
	const uint64_t end = rte_get_tsc_cycles() + PATIENCE_S * rte_get_tsc_hz();

	while (!holds()) {
		ck_assert_msg(rte_get_tsc_cycles() < end, "not within %d s: %s", PATIENCE_S, name);
		if (carry(&server, &client) + carry(&client, &server) == 0)
			usleep(20);
	}
}

#define carry_until(holds) carry_until_named(holds, #holds)

static void
open_port(struct side *s, uint32_t skipped, bool opens)
{
	const struct la_port_params params = {
		.device = s->device, .mtu = 1500, .burst = 32, .yield = true, .workers = WORKERS,
		.lcores_skipped = skipped, .local_ports = opens ? 64512 : 0,
	};
	struct la_dpio_error error = { "" };

	s->dpio = ring_port_process();
	s->port = la_dpio_add_port(s->dpio, &params, &error);
	ck_assert_msg(s->port != NULL, "%s", error.text);
	ck_assert_uint_eq(la_port_workers(s->port), WORKERS);
	ck_assert_ptr_null(la_port_remark(s->port));
}

static struct la_stack_range server_range = { .count = 1, .prefix_len = 16 };
static struct la_stack_range client_range = { .count = CLIENTS, .prefix_len = 16 };
static const uint16_t sources[CLIENTS] = { 0, 1, 2, 3, 4 };

static void
start_server(const char *service)
{
	static struct la_stack_listener listener;
	struct la_dpio_error error = { "" };
	struct la_stack_params params;

	listener = (struct la_stack_listener){
		.name = service, .address = LA_ANY_ADDRESS, .port_first = PORT, .port_last = PORT,
		.service = service,
		.params = { .connections = OPENS, .window = 65535, .buffers = OPENS },
	};
	la_stack_params_default(&params, OPENS);
	server_range.first = la_addr_v4(SERVER);
	params.ranges = &server_range;
	params.ranges_len = 1;
	params.listeners = &listener;
	params.listeners_len = 1;
	params.secret.k[0] = 77;
	params.time_wait_us = 1000000;
	open_port(&server, 0, false);
	/* As a NIC's port: nobody there knows what the other end does. */
	server.port->steer.kind = LA_STEER_RSS;
	la_port_prepare(server.port, &params, NULL);
	ck_assert_msg(la_dpio_start(server.dpio, &error), "%s", error.text);
}

static void
start_client(enum la_load_service service)
{
	const struct la_load_params load = {
		.service = service, .octets = OCTETS,
		.connections = OPENS, .sources = sources, .sources_len = CLIENTS,
		.local_port_first = 1024, .local_port_last = 65535,
		.target = la_addr_v4(SERVER), .targets = 1, .port_first = PORT, .port_last = PORT,
		.seed = 4711,
	};
	struct la_dpio_error error = { "" };
	struct la_stack_params params;

	la_stack_params_default(&params, OPENS);
	client_range.first = la_addr_v4(CLIENT);
	params.ranges = &client_range;
	params.ranges_len = 1;
	params.secret.k[0] = 78;
	open_port(&client, WORKERS, true);
	client.port->steer.kind = LA_STEER_RSS;
	client.port->steer.toeplitz = la_rss__toeplitz_make(&client.rss);
	ck_assert_ptr_nonnull(client.port->steer.toeplitz);
	la_port_prepare(client.port, &params, &load);
	ck_assert_msg(la_dpio_start(client.dpio, &error), "%s", error.text);
}

static void
start_with(enum la_load_service service)
{
	make_port(&server, "srv");
	make_port(&client, "cli");
	make_nic(&server, 1);
	make_nic(&client, 2);
	start_server(service == LA_LOAD_SERVICE_ECHO ? "echo" : "discard");
	start_client(service);
}

static void
start(void)
{
	start_with(LA_LOAD_SERVICE_CONNECT);
}

static void
stop_side(struct side *s)
{
	la_dpio_stop(s->dpio);
	for (int q = 0; q < WORKERS; q++) {
		struct rte_mbuf *m;

		while (rte_ring_dequeue(s->in[q], (void **)&m) == 0 ||
				rte_ring_dequeue(s->out[q], (void **)&m) == 0)
			rte_pktmbuf_free(m);
	}
}

/* Every mbuf is back, whoever had it. */
static void
close_side(struct side *s)
{
	ck_assert_uint_eq(rte_mempool_avail_count(s->port->pool), s->port->pool->size);
	la_dpio_close(s->dpio);
	ck_assert_int_eq(rte_vdev_uninit(s->device), 0);
	for (int q = 0; q < WORKERS; q++) {
		rte_ring_free(s->in[q]);
		rte_ring_free(s->out[q]);
	}
}

static void
stop(void)
{
	stop_side(&client);
	stop_side(&server);
	close_side(&client);
	close_side(&server);
}

static uint64_t
count(const struct side *s, enum la_stack_count what)
{
	struct la_dpio_totals totals;

	la_dpio_totals(s->dpio, &totals);
	return totals.count[what];
}

static bool
is_done(void)
{
	struct la_port_load load;

	la_port_load(client.port, &load);
	return load.phase == LA_LOAD_PHASE_DONE;
}

static bool
nothing_is_open(void)
{
	return is_done() && la_dpio_connections(server.dpio) == 0;
}

static struct la_port_load
run(uint64_t opens, uint64_t timeout_us)
{
	const struct la_load_plan plan = {
		.connections = opens, .concurrent = 100, .timeout_us = timeout_us,
		.sustain_us = 0,
	};
	struct la_port_load load;

	ck_assert(la_port_load_start(client.port, &plan));
	carry_until(is_done);
	la_port_load(client.port, &load);
	return load;
}

/* No worker has more than a fifth over what another has. */
static void
check_even(uint64_t (*of)(uint32_t worker), uint64_t all)
{
	uint64_t least = UINT64_MAX, most = 0, sum = 0;

	for (uint32_t w = 0; w < WORKERS; w++) {
		least = RTE_MIN(least, of(w));
		most = RTE_MAX(most, of(w));
		sum += of(w);
	}
	ck_assert_uint_eq(sum, all);
	ck_assert_uint_lt(most * 5, least * 6);
}

static uint64_t
opened_by(uint32_t worker)
{
	struct la_port_load load;

	la_port_load_worker(client.port, worker, &load);
	return load.opened;
}

static uint64_t
accepted_by(uint32_t worker)
{
	return la_stack_counters(server.port->worker[worker].stack)->count[LA_COUNT_OPENED].value;
}

START_TEST(what_is_opened_comes_back)
{
	struct la_histogram times = { .count.value = 0 };
	struct la_port_load load;

	start();
	load = run(OPENS, 30000000);
	carry_until(nothing_is_open);
	ck_assert_uint_eq(load.opened, OPENS);
	ck_assert_uint_eq(load.closed, OPENS);
	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		ck_assert_uint_eq(load.failed[i], 0);
	la_port_load_times(client.port, LA_LOAD_TIME_CONNECTION, &times);
	ck_assert_uint_eq(times.count.value, OPENS);
	ck_assert_uint_eq(count(&client, LA_COUNT_WRONG_CORE), 0);
	ck_assert_uint_eq(count(&server, LA_COUNT_WRONG_CORE), 0);
	check_even(opened_by, OPENS);
	check_even(accepted_by, OPENS);
	stop();
}
END_TEST

START_TEST(a_table_that_changed_costs_opens_and_no_more)
{
	struct la_port_load load;

	start();
	ck_assert_uint_eq(run(400, 30000000).closed, 400);
	turn_table(&client, 1);
	load = run(400, 200000);
	ck_assert_uint_eq(load.opened, 0);
	ck_assert_uint_eq(load.failed[LA_FAIL_TIMEOUT], 400);
	ck_assert_uint_ge(load.wrong_core, 400);
	/* Neither the one who was given them nor anybody else answers by a RST. */
	ck_assert_uint_eq(load.wrong_core, count(&client, LA_COUNT_WRONG_CORE));
	ck_assert_uint_eq(count(&server, LA_COUNT_RESET), 0);
	ck_assert_uint_eq(la_dpio_connections(server.dpio), 0);
	turn_table(&client, WORKERS - 1);
	ck_assert_uint_eq(run(400, 30000000).closed, 400);
	stop();
}
END_TEST

enum { TALKS = 100 };

static bool
all_talk(void)
{
	return opened_by(0) + opened_by(1) + opened_by(2) + opened_by(3) == TALKS &&
			count(&server, LA_COUNT_RX_TEXT_OCTETS) > TALKS * OCTETS / 10;
}

/* One at the least: of the others some may have ended by the time that the last one's SYN,
 * lost once, has come again. */
static bool
some_went_astray(void)
{
	return count(&server, LA_COUNT_WRONG_CORE) > 0;
}

/* In the midst of their text segments come to workers of the server that know nothing of
 * the connection, until the table is as it was. */
START_TEST(connections_outlive_a_change_of_the_servers_table)
{
	const struct la_load_plan plan = {
		.concurrent = TALKS, .connections = TALKS, .timeout_us = 60000000,
	};
	struct la_port_load load;

	start_with(LA_LOAD_SERVICE_ECHO);
	ck_assert(la_port_load_start(client.port, &plan));
	carry_until(all_talk);
	ck_assert_uint_eq(count(&server, LA_COUNT_WRONG_CORE), 0);
	turn_table(&server, 1);
	carry_until(some_went_astray);
	turn_table(&server, WORKERS - 1);
	carry_until(nothing_is_open);
	la_port_load(client.port, &load);
	ck_assert_uint_eq(load.closed, TALKS);
	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		ck_assert_uint_eq(load.failed[i], 0);
	ck_assert_uint_eq(count(&server, LA_COUNT_TX_RSTS), 0);
	ck_assert_uint_eq(count(&client, LA_COUNT_TX_RSTS), 0);
	stop();
}
END_TEST

/* Frames for all: one worker hears nothing for a while. */

enum { STEP = 100, STEPS = 6, STALLED = 1 };

static _Atomic bool stalled, go_on;
static uint64_t heard_of;

static void
stall(void *worker, void *arg)
{
	(void)worker;
	(void)arg;
	atomic_store(&stalled, true);
	while (!atomic_load(&go_on))
		usleep(100);
}

static void *
stall_one(void *port)
{
	ck_assert(la_port__mail(port, STALLED, stall, NULL));
	return NULL;
}

static uint64_t
shared(uint32_t worker)
{
	return server.port->worker[worker].counters.shared.value;
}

static bool
is_stalled(void)
{
	return atomic_load(&stalled);
}

static bool
others_heard(void)
{
	return shared(2) == heard_of && shared(3) == heard_of;
}

static bool
all_heard(void)
{
	return shared(STALLED) == LA_SHARE_LINK;
}

static void
ask_for_server(uint32_t n)
{
	const struct la_arp arp = {
		.op = 1, .sender_mac = { { 2, 0, 0, 0, 0, 9 } }, .sender = CLIENT,
		.target = SERVER,
	};

	while (n-- > 0) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(server.port->pool);

		ck_assert_ptr_nonnull(m);
		la_emit_arp((uint8_t *)rte_pktmbuf_append(m, LA_ARP_FRAME_LEN), &arp, 0);
		ck_assert_int_eq(rte_ring_enqueue(server.in[0], m), 0);
	}
}

START_TEST(what_a_worker_cannot_hear_is_counted)
{
	struct la_dpio_totals totals;
	pthread_t thread;

	start();
	atomic_store(&stalled, false);
	atomic_store(&go_on, false);
	ck_assert_int_eq(pthread_create(&thread, NULL, stall_one, server.port), 0);
	carry_until(is_stalled);
	heard_of = 0;
	for (int i = 0; i < STEPS; i++) {
		ask_for_server(STEP);
		heard_of += STEP;
		carry_until(others_heard);
	}
	la_dpio_totals(server.dpio, &totals);
	ck_assert_uint_eq(totals.share_missed, STEP * STEPS - LA_SHARE_LINK);
	/* One has answered, and nobody else. */
	ck_assert_uint_eq(totals.count[LA_COUNT_ARP_REQUESTS], STEP * STEPS);
	atomic_store(&go_on, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	carry_until(all_heard);
	ck_assert_uint_eq(shared(0), 0);
	stop();
}
END_TEST

static void
eal_start_all(void)
{
	eal_start_workers(2 * WORKERS);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio queues");
	TCase *tc = tcase_create("queues");

	tcase_add_unchecked_fixture(tc, eal_start_all, eal_stop);
	tcase_add_test(tc, what_is_opened_comes_back);
	tcase_add_test(tc, a_table_that_changed_costs_opens_and_no_more);
	tcase_add_test(tc, connections_outlive_a_change_of_the_servers_table);
	tcase_add_test(tc, what_a_worker_cannot_hear_is_counted);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
