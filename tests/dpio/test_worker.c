/* SPDX-License-Identifier: BSD-3-Clause */
/* A worker at work: frames in by a ring, frames out by another. */
#include <string.h>

#include <rte_ring.h>

#include "ring_port.h"

static uint64_t
opened(struct ring_port *p)
{
	return ring_port_count(p, LA_COUNT_OPENED);
}

static uint64_t
shorts(struct ring_port *p)
{
	struct la_dpio_totals totals;

	la_dpio_totals(p->dpio, &totals);
	return totals.rx[LA_RX_SHORT];
}

static uint64_t
multi_segment(struct ring_port *p)
{
	struct la_dpio_totals totals;

	la_dpio_totals(p->dpio, &totals);
	return totals.rx_multi_segment;
}

START_TEST(echoes_over_a_handshake_and_closes)
{
	struct ring_port p;

	ring_port_start(&p, 1000);
	ring_port_open(&p, 1000);
	ring_port_segment(&p, LA_ACK | LA_PSH, 500);
	while (ring_port_expect(&p, LA_ACK).len == 0)
		;
	ck_assert_uint_eq(ring_port_count(&p, LA_COUNT_RX_TEXT_OCTETS), 500);
	ring_port_segment(&p, LA_ACK | LA_FIN, 0);
	ring_port_expect(&p, LA_ACK | LA_FIN);
	ring_port_segment(&p, LA_ACK, 0);
	ring_port_await(opened, &p, 1);
	ring_port_stop(&p);
}
END_TEST

START_TEST(every_connection_of_many_is_opened)
{
	struct ring_port p;

	ring_port_start(&p, 1000);
	for (uint16_t i = 0; i < 500; i++)
		ring_port_open(&p, (uint16_t)(2000 + i));
	ring_port_await(opened, &p, 500);
	ck_assert_uint_eq(la_dpio_connections(p.dpio), 500);
	ring_port_stop(&p);
}
END_TEST

START_TEST(what_is_left_is_reset_at_the_end)
{
	struct ring_port p;

	ring_port_start(&p, 1000);
	ring_port_introduce(&p);
	ring_port_open(&p, 1000);
	ring_port_await(opened, &p, 1);
	la_dpio_abort_all(p.dpio);
	ring_port_expect(&p, LA_RST | LA_ACK);
	ck_assert_uint_eq(la_dpio_connections(p.dpio), 0);
	ring_port_stop(&p);
}
END_TEST

START_TEST(a_drain_closes_what_is_open)
{
	struct ring_port p;

	ring_port_start(&p, 1000);
	ring_port_introduce(&p);
	ring_port_open(&p, 1000);
	ring_port_await(opened, &p, 1);
	la_dpio_drain(p.dpio);
	ring_port_expect(&p, LA_FIN | LA_ACK);
	ring_port_stop(&p);
}
END_TEST

START_TEST(runts_are_counted_and_the_next_good_one_works)
{
	static const uint32_t lens[] = { 0, 1, 13 };
	uint8_t junk[1500];
	struct ring_port p;

	memset(junk, 0xa5, sizeof(junk));
	ring_port_start(&p, 1000);
	for (size_t i = 0; i < RTE_DIM(lens); i++)
		ring_port_inject(&p, junk, lens[i]);
	for (uint32_t len = 14; len <= sizeof(junk); len += 97)
		ring_port_inject(&p, junk, len);
	ring_port_await(shorts, &p, RTE_DIM(lens));
	ring_port_open(&p, 1000);
	ring_port_await(opened, &p, 1);
	ring_port_stop(&p);
}
END_TEST

/* A frame of several mbufs is too long for us. */
START_TEST(frames_in_several_mbufs_are_counted_and_freed)
{
	struct ring_port p;

	ring_port_start(&p, 1000);
	for (int i = 0; i < 100; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(p.pool), *tail = rte_pktmbuf_alloc(p.pool);

		ck_assert(m != NULL && tail != NULL);
		ck_assert_ptr_nonnull(rte_pktmbuf_append(m, 1000));
		ck_assert_ptr_nonnull(rte_pktmbuf_append(tail, 1000));
		ck_assert_int_eq(rte_pktmbuf_chain(m, tail), 0);
		ck_assert_int_eq(rte_ring_enqueue(p.rings.to_worker, m), 0);
	}
	ring_port_await(multi_segment, &p, 100);
	ring_port_open(&p, 1000);
	ring_port_await(opened, &p, 1);
	ring_port_stop(&p);
}
END_TEST

static uint64_t
syns(struct ring_port *p)
{
	return ring_port_count(p, LA_COUNT_SYN_RECEIVED);
}

/* Nobody takes the SYN-ACKs: the ring is full soon. */
START_TEST(a_full_ring_costs_frames_and_no_mbuf)
{
	enum { SYNS = 2000 };
	struct la_dpio_totals totals;
	struct ring_port p;

	ring_port_start(&p, 1000);
	for (uint16_t i = 0; i < SYNS; i++) {
		p.path.source_port = (uint16_t)(1000 + i);
		ring_port_segment(&p, LA_SYN, 0);
		if (i % 100 == 99)
			ring_port_await(syns, &p, i + 1u);
	}
	la_dpio_totals(p.dpio, &totals);
	ck_assert_uint_gt(totals.tx_refused, 0);
	ck_assert_uint_eq(totals.count[LA_COUNT_COOKIES_SENT], SYNS);
	ring_port_stop(&p);
}
END_TEST

/* What waits for a worker is more than it takes between two sends. */
START_TEST(frames_that_wait_are_answered_in_order)
{
	enum { SYNS = RING_PORT_SIZE - 1 };
	struct ring_port p;

	ring_port_prepare(&p, 1000);
	for (uint32_t i = 0; i < SYNS; i++) {
		p.seq = 1000 * i;
		p.path.source_port = (uint16_t)(1000 + i);
		ring_port_segment(&p, LA_SYN, 0);
	}
	ring_port_run(&p);
	for (uint32_t i = 0; i < SYNS; i++)
		ck_assert_uint_eq(ring_port_expect(&p, LA_SYN | LA_ACK).ack, 1000 * i + 1);
	ring_port_stop(&p);
}
END_TEST

START_TEST(news_tell_once_that_the_link_is_up)
{
	struct la_port_news news;
	struct ring_port p;

	ring_port_start(&p, 1000);
	la_dpio_tick(p.dpio, &news);
	ck_assert(news.link_changed && news.link_up);
	la_dpio_tick(p.dpio, &news);
	ck_assert(!news.link_changed && !news.conflict);
	ring_port_stop(&p);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio worker");
	TCase *tc = tcase_create("worker");

	tcase_add_unchecked_fixture(tc, eal_start, eal_stop);
	tcase_add_test(tc, echoes_over_a_handshake_and_closes);
	tcase_add_test(tc, every_connection_of_many_is_opened);
	tcase_add_test(tc, what_is_left_is_reset_at_the_end);
	tcase_add_test(tc, a_drain_closes_what_is_open);
	tcase_add_test(tc, runts_are_counted_and_the_next_good_one_works);
	tcase_add_test(tc, frames_in_several_mbufs_are_counted_and_freed);
	tcase_add_test(tc, a_full_ring_costs_frames_and_no_mbuf);
	tcase_add_test(tc, frames_that_wait_are_answered_in_order);
	tcase_add_test(tc, news_tell_once_that_the_link_is_up);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
