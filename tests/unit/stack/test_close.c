/* SPDX-License-Identifier: BSD-3-Clause */
/* Ending: who closes first, how TIME-WAIT begins, ABORT. */
#include "closing.h"

static struct rig rig;


START_TEST(a_server_that_closes_first_waits_2msl)
{
	struct rig_peer peer = rig_peer(1);

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	closing_time_wait(&rig, &peer);
	ck_assert_str_eq(rig.service.order, "oe");
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_CLOSED], 1);
	ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	rig_wait(&rig, TIME_WAIT_US - 20000);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	rig_wait(&rig, 30000);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIME_WAIT_EXPIRED), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(acks_of_fin_and_the_peers_fin_may_come_apart)
{
	struct rig_peer peer = rig_peer(2);

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	rig_open(&rig, &peer);
	peer.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_FIN_WAIT_2), 1);
	rig_expect_nothing(&rig);
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig_expect(&rig, LA_ACK);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	rig_wait(&rig, TIME_WAIT_US + 10000);
	rig_end(&rig, true);
}
END_TEST

START_TEST(both_may_close_at_once)
{
	struct rig_peer peer = rig_peer(3), before;

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	rig_open(&rig, &peer);
	before = peer;
	peer.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	/* The peer's FIN was sent before ours came. */
	rig_give(&rig, &before, rig_seg(&before, LA_FIN | LA_ACK, 0));
	peer.seq++;
	ck_assert_uint_eq(rig_state(&rig, LA_CLOSING), 1);
	rig_expect(&rig, LA_ACK);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	rig_expect_nothing(&rig);
	rig_wait(&rig, TIME_WAIT_US + 10000);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_repeated_fin_is_acked_and_starts_2msl_anew)
{
	struct rig_peer peer = rig_peer(4), fin;

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	closing_time_wait(&rig, &peer);
	fin = peer;
	fin.seq--;
	rig_wait(&rig, TIME_WAIT_US / 2);
	rig_give(&rig, &fin, rig_seg(&fin, LA_FIN | LA_ACK, 0));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer.seq);
	rig_wait(&rig, TIME_WAIT_US - 20000);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	rig_wait(&rig, 40000);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_flood_of_fins_to_one_record_pushes_no_other_out)
{
	struct rig_peer peers[4];

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < 4; i++) {
		peers[i] = rig_peer(i);
		closing_time_wait(&rig, &peers[i]);
	}
	peers[3].seq--;
	for (uint32_t i = 0; i < 100; i++)
		rig_give(&rig, &peers[3], rig_seg(&peers[3], LA_FIN | LA_ACK, 0));
	ck_assert_uint_eq(rig_reason(&rig, LA_OK_TIME_WAIT_ACKED), 100);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 4);
	rig_wait(&rig, TIME_WAIT_US + 10000);
	rig_end(&rig, true);
}
END_TEST

/* A record expires up to a unit late, so a new one has more than 2MSL left. */
START_TEST(a_flood_of_fins_to_a_new_record_leaves_no_holes)
{
	struct rig_peer peers[8];

	closing_params(&rig, 8);
	rig.service.close_at_open = true;
	rig.params.time_wait_us = UINT64_C(60000000);
	rig_start(&rig);
	rig.now_us += 500 - rig.now_us % 1000;
	for (uint32_t i = 0; i < 4; i++) {
		peers[i] = rig_peer(i);
		closing_time_wait(&rig, &peers[i]);
	}
	peers[3].seq--;
	for (uint32_t i = 0; i < 100; i++)
		rig_give(&rig, &peers[3], rig_seg(&peers[3], LA_FIN | LA_ACK, 0));
	rig_forget(&rig);
	for (uint32_t i = 4; i < 8; i++) {
		peers[i] = rig_peer(i);
		closing_time_wait(&rig, &peers[i]);
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIME_WAIT_REUSED), 0);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 8);
	rig_end(&rig, false);
}
END_TEST

/* What a service sees of its connection from within fin() and end(). */
struct onlooker {
	struct la_service service;
	uint64_t established;           /* At fin(). */
	bool live;                      /* At end(): its handle still names a connection. */
	uint32_t fins, ends;
};

static uint32_t
look_at_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	(void)service;
	(void)conn;
	(void)octets;
	return len;
}

static void
look_at_fin(struct la_service *service, struct la_conn *conn)
{
	struct onlooker *o = (struct onlooker *)service;

	o->established = rig_state(&rig, LA_ESTABLISHED);
	o->fins++;
	conn->close = true;
}

static void
do_nothing(void *user, struct la_conn *conn)
{
	(void)user;
	(void)conn;
}

static void
look_at_end(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	struct onlooker *o = (struct onlooker *)service;

	(void)why;
	o->live = la_stack_act(rig.stack, conn->id, conn->now_us, do_nothing, NULL);
	o->ends++;
}

static const struct la_service_ops onlooker_ops = {
	.name = "onlooker", .data = look_at_data, .fin = look_at_fin, .end = look_at_end,
};

/* Another core may read a gauge at any time: it may never be less than none. */
START_TEST(a_service_sees_the_state_that_its_connection_is_in)
{
	struct onlooker o = { .service.ops = &onlooker_ops };
	struct rig_peer peer = rig_peer(1);

	closing_params(&rig, 4);
	rig.listeners[0].instance = &o.service;
	rig_start(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	/* The ACK that opens and the FIN in one burst. */
	rig_put(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig_put(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig_poll(&rig);
	ck_assert_uint_eq(o.fins, 1);
	ck_assert_uint_eq(o.established, 1);
	peer.seq++;
	peer.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(o.ends, 1);
	ck_assert(!o.live);
	rig_end(&rig, true);
}
END_TEST

START_TEST(our_fin_is_sent_again_and_given_up)
{
	struct rig_peer peer = rig_peer(7);

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig.params.tcp.retries = 3;
	rig_start(&rig);
	rig_introduce(&rig, &peer);
	rig_open(&rig, &peer);
	rig_wait(&rig, UINT64_C(60000000));
	for (int i = 0; i < 4; i++)
		rig_expect(&rig, LA_FIN | LA_ACK);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RETRANSMITS), 3);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIMED_OUT), 1);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_TIMED_OUT], 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_valid_rst_ends_and_an_inexact_one_is_challenged)
{
	struct rig_peer peer = rig_peer(8), blind;

	closing_params(&rig, 4);
	rig_start(&rig);
	rig_open(&rig, &peer);
	blind = peer;
	blind.seq += 100;
	rig_give(&rig, &blind, rig_seg(&blind, LA_RST, 0));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer.seq);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES), 1);
	rig_give(&rig, &peer, rig_seg(&peer, LA_RST, 0));
	ck_assert_str_eq(rig.service.order, "oe");
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_RESET], 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_RESET), 1);
	rig_end(&rig, true);
}
END_TEST

/* When the service aborts: at open, or at the first text. */
START_TEST(an_abort_sends_a_rst)
{
	struct rig_peer peer = rig_peer(9);
	const struct la_seg *rst;

	closing_params(&rig, 4);
	rig.service.abort_at_open = _i == 0;
	rig.service.abort_at_data = _i != 0;
	rig_start(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	if (_i < 3) {
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
		if (_i != 0)
			rig_give(&rig, &peer, rig_seg(&peer, LA_ACK | (_i == 2 ? LA_FIN : 0), 9));
	} else {
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 9));
	}
	rst = rig_expect(&rig, LA_RST | LA_ACK);
	ck_assert_uint_eq(rst->seq, peer.ack);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_ABORTED], 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ABORTED), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RSTS), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(open_and_close_in_one_burst_reuse_no_place_in_the_queue)
{
	struct rig_peer a = rig_peer(10), b = rig_peer(11);
	struct rig_peer reset;

	closing_params(&rig, 1);
	rig.service.send_at_open = 10;
	rig_start(&rig);
	rig_give(&rig, &a, rig_syn(&a));
	rig_synack(&a, rig_expect(&rig, LA_SYN | LA_ACK));
	rig_give(&rig, &b, rig_syn(&b));
	rig_synack(&b, rig_expect(&rig, LA_SYN | LA_ACK));
	/* One block only: a owes text when it is reset, and b comes in the same burst. */
	reset = a;
	rig_put(&rig, &a, rig_seg(&a, LA_ACK, 0));
	rig_put(&rig, &reset, rig_seg(&reset, LA_RST, 0));
	rig_put(&rig, &b, rig_seg(&b, LA_ACK, 0));
	rig_poll(&rig);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_TABLE_FULL), 1);
	/* The next poll has room. */
	rig_give(&rig, &b, rig_seg(&b, LA_ACK, 0));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len, 10);
	rig_give(&rig, &b, rig_seg(&b, LA_RST, 0));
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack close");
	TCase *t = tcase_create("close");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_server_that_closes_first_waits_2msl);
	tcase_add_test(t, acks_of_fin_and_the_peers_fin_may_come_apart);
	tcase_add_test(t, both_may_close_at_once);
	tcase_add_test(t, a_repeated_fin_is_acked_and_starts_2msl_anew);
	tcase_add_test(t, a_flood_of_fins_to_one_record_pushes_no_other_out);
	tcase_add_test(t, a_flood_of_fins_to_a_new_record_leaves_no_holes);
	tcase_add_test(t, a_service_sees_the_state_that_its_connection_is_in);
	tcase_add_test(t, our_fin_is_sent_again_and_given_up);
	tcase_add_test(t, a_valid_rst_ends_and_an_inexact_one_is_challenged);
	tcase_add_loop_test(t, an_abort_sends_a_rst, 0, 4);
	tcase_add_test(t, open_and_close_in_one_burst_reuse_no_place_in_the_queue);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
