/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames for the other workers: who is given one, what a flood leaves room for, and a giver
 * that stands still. The workers are structures; one thread plays them all.
 */
#include <stdio.h>
#include <string.h>

#include <rte_ring.h>

#include "control.h"
#include "ring_port.h"
#include "rx.h"
#include "share.h"
#include "steer.h"
#include "worker.h"

enum { WORKERS = 4, RECEIVER = 1, OTHER = 2, POOL = 1023, FLOOD = 1000, SEND_ROOM = 2048 };

static struct la_worker worker[WORKERS];
static struct la_steer steer;
static struct la_steer_view view[WORKERS];
static struct rte_mempool *pool;
static const struct la_mac our_mac = { { 2, 0, 0, 0, 0, 1 } };
static uint64_t now_us;

/* What stacks send goes nowhere. */
static uint8_t *
room(void *user)
{
	static uint8_t frame[SEND_ROOM];

	(void)user;
	return frame;
}

static void
sent(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	(void)user;
	(void)len;
	(void)tcp;
	(void)tci;
}

static void
make_stack(struct la_worker *w)
{
	const struct la_stack_io io = { NULL, room, sent, NULL };
	size_t octets;

	la_stack_params_default(&w->params, 16);
	w->params.ranges = control_ranges;
	w->params.ranges_len = CONTROL_RANGES;
	w->params.mac = our_mac;
	w->params.worker = w->number;
	w->params.workers = WORKERS;
	for (int family = 0; family < 2; family++) {
		w->params.has_gateway[family] = true;
		w->params.gateway[family] = control_gateway[family];
	}
	octets = RTE_ALIGN_CEIL(la_stack_memory(&w->params), LA_APART);
	w->memory = aligned_alloc(LA_APART, octets);
	ck_assert_ptr_nonnull(w->memory);
	memset(w->memory, 0, octets);
	w->stack = la_stack_init(w->memory, &w->params, &io, now_us);
	la_stack_start(w->stack, now_us);
}

/* @p opens: it is known which worker a connection is on, by its local port. Names are new
 * each time: a case that failed has kept its own. */
static void
begin(bool opens)
{
	static uint16_t number;
	char name[RTE_MEMPOOL_NAMESIZE];

	now_us = 1000000;
	snprintf(name, sizeof(name), "share%u", ++number);
	pool = rte_pktmbuf_pool_create(name, POOL, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, -1);
	ck_assert_ptr_nonnull(pool);
	steer = (struct la_steer){ .kind = LA_STEER_WIRED, .opens = opens, .queues = WORKERS };
	memset(worker, 0, sizeof(worker));
	for (uint32_t i = 0; i < WORKERS; i++) {
		struct la_worker *w = &worker[i];

		w->port = number;
		w->number = i;
		w->all = worker;
		w->workers = WORKERS;
		view[i] = (struct la_steer_view){ &steer, i };
		w->owner = la_steer__tuple_owner(&steer);
		ck_assert(la_share__make(w));
		make_stack(w);
		w->params.owner = la_steer__stack_owner(&view[i]);
	}
}

/* Every mbuf is back. */
static void
finish(void)
{
	for (uint32_t i = 0; i < WORKERS; i++) {
		la_share__free(&worker[i]);
		free(worker[i].memory);
	}
	ck_assert_uint_eq(rte_mempool_avail_count(pool), POOL);
	rte_mempool_free(pool);
}

/* A frame comes to a worker. */
static void
arrive(uint32_t at, const struct control *c)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	struct la_rx rx;

	ck_assert_ptr_nonnull(m);
	m->data_len = (uint16_t)control_make(c, &our_mac, rte_pktmbuf_mtod(m, uint8_t *));
	la_rx__read(m, worker[at].rx_flags, &rx);
	la_share__give(&worker[at], m, &rx);
	rte_pktmbuf_free(m);
}

/* The first of the kinds of use that is one of these. */
static const struct control *
useful(enum control_kind kind, uint8_t type)
{
	for (int i = 0; i < controls_len; i++) {
		if (controls[i].kind == kind && controls[i].type == type &&
				controls[i].heard != LA_HEARERS_NONE)
			return &controls[i];
	}
	ck_abort_msg("there is none");
}

static uint32_t
waiting_link(uint32_t n)
{
	return rte_ring_count(worker[n].shared.link);
}

static uint32_t
waiting_errors(uint32_t n)
{
	return rte_ring_count(worker[n].shared.errors);
}

static bool
is_given(const struct control *c, uint32_t n)
{
	if (n == RECEIVER || c->heard == LA_HEARERS_NONE)
		return false;
	return c->heard != LA_HEARERS_FIRST || n == 0;
}

START_TEST(who_can_use_a_frame_is_given_it)
{
	const struct control *c = &controls[_i];
	const bool error = c->heard == LA_HEARERS_OWNER;

	begin(false);
	arrive(RECEIVER, c);
	for (uint32_t i = 0; i < WORKERS; i++) {
		ck_assert_uint_eq(waiting_link(i), is_given(c, i) && !error);
		ck_assert_uint_eq(waiting_errors(i), is_given(c, i) && error);
		la_share__take(&worker[i], now_us);
		ck_assert_uint_eq(worker[i].counters.shared.value, is_given(c, i));
	}
	ck_assert_uint_eq(worker[RECEIVER].counters.share_missed.value, 0);
	finish();
}
END_TEST

/* Nor does the first give to itself what is the first's. */
START_TEST(the_first_keeps_what_is_its_own)
{
	begin(false);
	arrive(0, useful(CONTROL_MLD, LA_MLD_QUERY));
	for (uint32_t i = 0; i < WORKERS; i++)
		ck_assert_uint_eq(waiting_link(i), 0);
	finish();
}
END_TEST

START_TEST(an_error_goes_to_whose_connection_it_quotes)
{
	struct control c = *useful(CONTROL_ICMP, 3);

	c.local_port = (uint16_t)(1000 * WORKERS + _i);
	begin(true);
	arrive(RECEIVER, &c);
	for (uint32_t i = 0; i < WORKERS; i++) {
		ck_assert_uint_eq(waiting_errors(i), i != RECEIVER && i == (uint32_t)_i);
		ck_assert_uint_eq(waiting_link(i), 0);
	}
	finish();
}
END_TEST

static bool
reaches(uint32_t n, bool v6)
{
	return la_stack_reaches(worker[n].stack, &control_gateway[v6], now_us);
}

/* Forged as well as can be. The gateways answer in the midst of it. */
START_TEST(a_flood_of_errors_keeps_no_neighbour_out)
{
	struct control forged = *useful(CONTROL_ICMP, 3);

	begin(false);
	for (uint32_t i = 0; i < FLOOD; i++) {
		forged.local_port = (uint16_t)(i + 1);
		arrive(RECEIVER, &forged);
	}
	arrive(RECEIVER, useful(CONTROL_ARP, 2));
	arrive(RECEIVER, useful(CONTROL_ND, LA_ND_ADVERTISEMENT));
	ck_assert(!reaches(OTHER, false) && !reaches(OTHER, true));
	la_share__take(&worker[OTHER], now_us);
	ck_assert(reaches(OTHER, false) && reaches(OTHER, true));
	ck_assert_uint_eq(worker[RECEIVER].counters.share_missed.value,
			(FLOOD - LA_SHARE_ERRORS) * (WORKERS - 1));
	ck_assert_uint_eq(worker[OTHER].counters.shared.value, LA_SHARE_ERRORS + 2);
	finish();
}
END_TEST

START_TEST(a_flood_of_junk_costs_nobody_else)
{
	begin(false);
	for (int i = 0; i < controls_len; i++) {
		for (int n = 0; controls[i].heard == LA_HEARERS_NONE && n < FLOOD; n++)
			arrive(RECEIVER, &controls[i]);
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		ck_assert_uint_eq(waiting_link(i) + waiting_errors(i), 0);
	ck_assert_uint_eq(worker[RECEIVER].counters.share_missed.value, 0);
	finish();
}
END_TEST

/*
 * A giver is put off its processor between taking its place and having filled it: DPDK's
 * own steps, half of them. Without a relaxed tail the next one spins here for ever; with the
 * usual limit to the head's distance, the one after an eighth of the ring does.
 */
START_TEST(a_giver_that_stands_still_stalls_nobody)
{
	const struct control *reply = useful(CONTROL_ARP, 2);
	struct rte_ring *ring;
	struct rte_mbuf *m;
	uint32_t at, free_places;

	begin(false);
	ring = worker[OTHER].shared.link;
	ck_assert_int_eq(rte_ring_get_prod_sync_type(ring), RTE_RING_SYNC_MT_RTS);
	m = rte_pktmbuf_alloc(pool);
	ck_assert_ptr_nonnull(m);
	ck_assert_uint_eq(__rte_ring_rts_move_prod_head(ring, 1, RTE_RING_QUEUE_FIXED, &at,
			&free_places), 1);
	for (uint32_t i = 0; i < LA_SHARE_LINK; i++)
		arrive(RECEIVER, reply);
	ck_assert_uint_eq(worker[RECEIVER].counters.share_missed.value, 1);
	la_share__take(&worker[OTHER], now_us);
	ck_assert_uint_eq(worker[OTHER].counters.shared.value, 0);
	/* It goes on: all are there, in order. */
	m->data_len = (uint16_t)control_make(reply, &our_mac, rte_pktmbuf_mtod(m, uint8_t *));
	__rte_ring_enqueue_elems(ring, at, &m, sizeof(m), 1);
	__rte_ring_rts_update_tail(&ring->rts_prod);
	la_share__take(&worker[OTHER], now_us);
	ck_assert_uint_eq(worker[OTHER].counters.shared.value, LA_SHARE_LINK);
	finish();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio share");
	TCase *tc = tcase_create("share");

	tcase_add_unchecked_fixture(tc, eal_start, eal_stop);
	tcase_add_loop_test(tc, who_can_use_a_frame_is_given_it, 0, controls_len);
	tcase_add_test(tc, the_first_keeps_what_is_its_own);
	tcase_add_loop_test(tc, an_error_goes_to_whose_connection_it_quotes, 0, WORKERS);
	tcase_add_test(tc, a_flood_of_errors_keeps_no_neighbour_out);
	tcase_add_test(tc, a_flood_of_junk_costs_nobody_else);
	tcase_add_test(tc, a_giver_that_stands_still_stalls_nobody);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
