/* SPDX-License-Identifier: BSD-3-Clause */
/* The stack's frames in mbufs, without a worker. */
#include <string.h>

#include <rte_ethdev.h>
#include <rte_ring.h>

#include "emit.h"
#include "rx.h"
#include "ring_port.h"

enum { POOL = 255, SMALL_RING = 4 };

struct wire {
	struct la_rings rings;
	struct la_tx tx;
	struct la_stack_io io;
};

static void
wire_start(struct wire *w, bool offload)
{
	const struct rte_eth_conf conf = { 0 };
	static int number;
	char name[32];

	memset(w, 0, sizeof(*w));
	snprintf(name, sizeof(name), "e%d", number++);
	ck_assert(la_rings_make(&w->rings, name, SMALL_RING));
	ck_assert_int_eq(rte_eth_dev_get_port_by_name(w->rings.device, &w->tx.port), 0);
	w->tx.pool = rte_pktmbuf_pool_create(name, POOL, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, -1);
	ck_assert_ptr_nonnull(w->tx.pool);
	ck_assert_int_eq(rte_eth_dev_configure(w->tx.port, 1, 1, &conf), 0);
	ck_assert_int_eq(rte_eth_rx_queue_setup(w->tx.port, 0, 64, 0, NULL, w->tx.pool), 0);
	ck_assert_int_eq(rte_eth_tx_queue_setup(w->tx.port, 0, 64, 0, NULL), 0);
	ck_assert_int_eq(rte_eth_dev_start(w->tx.port), 0);
	w->tx.offload = offload;
	w->io = la_tx__io(&w->tx);
}

static void
wire_stop(struct wire *w)
{
	struct rte_mbuf *m;

	la_tx__empty(&w->tx);
	while (rte_ring_dequeue(w->rings.from_worker, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	ck_assert_uint_eq(rte_mempool_avail_count(w->tx.pool), POOL);
	rte_eth_dev_stop(w->tx.port);
	rte_eth_dev_close(w->tx.port);
	rte_mempool_free(w->tx.pool);
	la_rings_free(&w->rings);
}

/* A frame of this Ethernet type that is a TCP segment of 20 octets of header. */
static void
send_tcp(struct wire *w, uint16_t type, bool tcp, uint16_t tag, uint16_t nic_tci)
{
	const uint32_t link_len = tag != 0 ? 18 : 14, ip_len = type == 0x0800 ? 20 : 40;
	uint8_t *octets = w->io.frame(w->io.user);

	ck_assert_ptr_nonnull(octets);
	memset(octets, 0, 100);
	la_put16(octets + 12, 0x8100);
	la_put16(octets + 14, tag);
	la_put16(octets + link_len - 2, type);
	octets[link_len + ip_len + 12] = 5 << 4;
	w->io.send(w->io.user, link_len + ip_len + 20, tcp, nic_tci);
}

static const struct {
	uint16_t type;
	bool offload, tcp;
	uint64_t flags;
	uint32_t l3_len;
	uint16_t tag, nic_tci;
} asks[] = {
	{ 0x0800, true, true,
		RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM, 20, 0, 0 },
	{ 0x86dd, true, true, RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM, 40, 0, 0 },
	{ 0x0800, true, false, 0, 0, 0, 0 },
	{ 0x0806, true, false, 0, 0, 0, 0 },
	{ 0x0800, false, true, 0, 0, 0, 0 },
	/* A tag of ours lies before what is summed up; the NIC's does not. */
	{ 0x0800, true, true,
		RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM, 20, 7, 0 },
	{ 0x86dd, true, true, RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM, 40, 7, 0 },
	{ 0x86dd, true, true, RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_VLAN,
		40, 0, 7 },
	{ 0x0806, true, false, RTE_MBUF_F_TX_VLAN, 0, 0, 0xe007 },
};

START_TEST(the_nic_is_asked_for_checksums_of_tcp_alone)
{
	struct rte_mbuf *m;
	struct wire w;

	wire_start(&w, asks[_i].offload);
	send_tcp(&w, asks[_i].type, asks[_i].tcp, asks[_i].tag, asks[_i].nic_tci);
	la_tx__flush(&w.tx);
	ck_assert_int_eq(rte_ring_dequeue(w.rings.from_worker, (void **)&m), 0);
	ck_assert_uint_eq(m->ol_flags, asks[_i].flags);
	if (asks[_i].nic_tci != 0)
		ck_assert_uint_eq(m->vlan_tci, asks[_i].nic_tci);
	if (asks[_i].l3_len != 0) {
		ck_assert_uint_eq(m->l2_len, asks[_i].tag != 0 ? 18 : 14);
		ck_assert_uint_eq(m->l3_len, asks[_i].l3_len);
		ck_assert_uint_eq(m->l4_len, 20);
	}
	rte_pktmbuf_free(m);
	wire_stop(&w);
}
END_TEST

START_TEST(a_frame_not_sent_is_given_again)
{
	struct wire w;
	uint8_t *first;

	wire_start(&w, false);
	first = w.io.frame(w.io.user);
	ck_assert_ptr_eq(w.io.frame(w.io.user), first);
	wire_stop(&w);
}
END_TEST

START_TEST(refused_frames_are_counted_and_freed)
{
	struct wire w;

	wire_start(&w, false);
	for (int i = 0; i < 10; i++)
		send_tcp(&w, 0x0800, true, 0, 0);
	la_tx__flush(&w.tx);
	ck_assert_uint_eq(w.tx.packets.value, SMALL_RING - 1);
	ck_assert_uint_eq(w.tx.octets.value, (SMALL_RING - 1) * 54);
	ck_assert_uint_eq(w.tx.refused.value, 10 - (SMALL_RING - 1));
	wire_stop(&w);
}
END_TEST

static uint16_t
two_at_most(uint16_t port, uint16_t queue, struct rte_mbuf **pkt, uint16_t n, void *user)
{
	(void)port;
	(void)queue;
	(void)pkt;
	(void)user;
	return RTE_MIN(n, (uint16_t)2);
}

/* A driver that takes but two at a time: no frame is refused while it takes some. */
START_TEST(frames_that_a_driver_left_are_offered_again)
{
	struct wire w;
	const struct rte_eth_rxtx_callback *limit;

	wire_start(&w, false);
	limit = rte_eth_add_tx_callback(w.tx.port, 0, two_at_most, NULL);
	ck_assert_ptr_nonnull(limit);
	for (int i = 0; i < SMALL_RING - 1; i++)
		send_tcp(&w, 0x0800, true, 0, 0);
	la_tx__flush(&w.tx);
	ck_assert_uint_eq(w.tx.packets.value, SMALL_RING - 1);
	ck_assert_uint_eq(w.tx.octets.value, (SMALL_RING - 1) * 54);
	ck_assert_uint_eq(w.tx.refused.value, 0);
	ck_assert_int_eq(rte_eth_remove_tx_callback(w.tx.port, 0, limit), 0);
	wire_stop(&w);
}
END_TEST

START_TEST(an_empty_pool_gives_no_frame_until_one_is_free)
{
	struct rte_mbuf *held[POOL];
	struct wire w;

	wire_start(&w, false);
	ck_assert_int_eq(rte_mempool_get_bulk(w.tx.pool, (void **)held, POOL), 0);
	ck_assert_ptr_null(w.io.frame(w.io.user));
	ck_assert_uint_eq(w.tx.no_mbuf.value, 1);
	rte_mempool_put(w.tx.pool, held[0]);
	ck_assert_ptr_nonnull(w.io.frame(w.io.user));
	rte_mempool_put_bulk(w.tx.pool, (void **)held + 1, POOL - 1);
	wire_stop(&w);
}
END_TEST

/* A received frame: a usual one, one that another holds too, one that begins elsewhere, one of
 * two pieces, one whose octets are another's, and one in a small buffer. */
enum made { USUAL, HELD, MOVED, PIECES, CLONE, SMALL, MADE };

static struct rte_mbuf *
receive(struct wire *w, enum made how, struct rte_mbuf **beside)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->tx.pool);

	ck_assert_ptr_nonnull(m);
	ck_assert_ptr_nonnull(rte_pktmbuf_append(m, 54));
	*beside = NULL;
	if (how == HELD) {
		rte_mbuf_refcnt_update(m, 1);
		*beside = m;
	} else if (how == MOVED) {
		ck_assert_ptr_nonnull(rte_pktmbuf_adj(m, 4));
	} else if (how == PIECES) {
		ck_assert_int_eq(rte_pktmbuf_chain(m, rte_pktmbuf_alloc(w->tx.pool)), 0);
	} else if (how == CLONE) {
		*beside = m;
		m = rte_pktmbuf_clone(m, w->tx.pool);
		ck_assert_ptr_nonnull(m);
	} else if (how == SMALL) {
		m->buf_len = RTE_PKTMBUF_HEADROOM + 64;
	}
	return m;
}

START_TEST(an_answer_is_written_into_a_frame_that_is_ours_alone)
{
	struct rte_mbuf *burst[2], *beside, *sent, *const first = (struct rte_mbuf *)1;
	struct wire w;
	uint8_t *octets;

	wire_start(&w, false);
	burst[0] = first;
	burst[1] = receive(&w, (enum made)_i, &beside);
	w.tx.burst = burst;
	octets = w.io.answer(w.io.user, 1);
	ck_assert_ptr_nonnull(octets);
	ck_assert_int_eq(burst[1] == NULL, _i == USUAL);
	memset(octets, 0xa5, 74);
	w.io.send(w.io.user, 74, true, 0);
	la_tx__flush(&w.tx);
	ck_assert_int_eq(rte_ring_dequeue(w.rings.from_worker, (void **)&sent), 0);
	ck_assert_ptr_eq(rte_pktmbuf_mtod(sent, uint8_t *), octets);
	ck_assert_uint_eq(sent->pkt_len, 74);
	ck_assert_uint_eq(sent->data_len, 74);
	ck_assert_ptr_eq(burst[0], first);
	rte_pktmbuf_free(sent);
	rte_pktmbuf_free(burst[1]);
	rte_pktmbuf_free(beside);
	wire_stop(&w);
}
END_TEST

/* More than the stash holds: never sent, they are given again one by one, and none is lost. */
START_TEST(answers_that_are_not_sent_are_not_lost)
{
	struct rte_mbuf *burst[4], *beside;
	struct wire w;

	wire_start(&w, false);
	w.tx.burst = burst;
	ck_assert_ptr_nonnull(w.io.frame(w.io.user));
	for (uint32_t i = 0; i < RTE_DIM(burst); i++)
		burst[i] = receive(&w, USUAL, &beside);
	for (uint32_t i = 0; i < RTE_DIM(burst); i++)
		ck_assert_ptr_nonnull(w.io.answer(w.io.user, i));
	ck_assert_ptr_null(burst[0]);
	la_rx__free(burst, RTE_DIM(burst));
	wire_stop(&w);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dpio emit");
	TCase *tc = tcase_create("emit");

	tcase_add_unchecked_fixture(tc, eal_start, eal_stop);
	tcase_add_loop_test(tc, the_nic_is_asked_for_checksums_of_tcp_alone, 0, RTE_DIM(asks));
	tcase_add_test(tc, a_frame_not_sent_is_given_again);
	tcase_add_test(tc, refused_frames_are_counted_and_freed);
	tcase_add_test(tc, frames_that_a_driver_left_are_offered_again);
	tcase_add_test(tc, an_empty_pool_gives_no_frame_until_one_is_free);
	tcase_add_loop_test(tc, an_answer_is_written_into_a_frame_that_is_ours_alone, 0, MADE);
	tcase_add_test(tc, answers_that_are_not_sent_are_not_lost);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
