/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls from outside: OPEN, acts, drain, abort; and the stack in numbers. */
#include "la_check.h"
#include "rig.h"

static struct rig rig;

static void
begin(uint32_t connections)
{
	rig_params(&rig, connections);
	rig.params.time_wait_us = 1000000;
	rig_start(&rig);
}

static uint32_t
connect_to(const struct rig_peer *peer)
{
	/* The peer's local end is ours: it is the other way round. */
	return rig_connect(&rig, peer->local_port, &peer->address, peer->port);
}

START_TEST(an_active_open_reaches_established)
{
	struct rig_peer peer = rig_peer(1);
	const struct la_seg *syn;
	struct la_seg synack;
	uint32_t handle;

	begin(4);
	rig_introduce(&rig, &peer);
	handle = connect_to(&peer);
	ck_assert_uint_ne(handle, LA_NONE);
	ck_assert_uint_eq(connect_to(&peer), LA_NONE);
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_SENT), 1);
	rig_poll(&rig);
	syn = rig_expect(&rig, LA_SYN);
	peer.ack = syn->seq + 1;
	synack = rig_seg(&peer, LA_SYN | LA_ACK, 0);
	synack.opts = peer.syn_opts;
	rig_give(&rig, &peer, synack);
	peer.seq++;
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer.seq);
	ck_assert_uint_eq(rig.service.opens, 1);
	ck_assert_uint_eq(rig.service.last_id, handle);
	rig_give(&rig, &peer, rig_seg(&peer, LA_RST, 0));
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_RESET], 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(an_active_open_may_be_refused_or_time_out)
{
	struct rig_peer peer = rig_peer(1);

	begin(4);
	rig_introduce(&rig, &peer);
	connect_to(&peer);
	rig_poll(&rig);
	peer.ack = rig_expect(&rig, LA_SYN)->seq + 1;
	if (_i == 0) {
		rig_give(&rig, &peer, rig_seg(&peer, LA_RST | LA_ACK, 0));
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_REFUSED), 1);
		ck_assert_uint_eq(rig.service.ended[LA_END_BY_REFUSED], 1);
	} else {
		rig_wait(&rig, UINT64_C(200000000));
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIMED_OUT), 1);
		ck_assert_uint_eq(rig.service.ended[LA_END_BY_TIMED_OUT], 1);
	}
	ck_assert_uint_eq(rig.service.opens, 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(simultaneous_open_reaches_established)
{
	struct rig_peer peer = rig_peer(1);
	struct la_seg synack;

	begin(4);
	rig_introduce(&rig, &peer);
	connect_to(&peer);
	rig_poll(&rig);
	peer.ack = rig_expect(&rig, LA_SYN)->seq + 1;
	rig_give(&rig, &peer, rig_syn(&peer));
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 1);
	rig_expect(&rig, LA_SYN | LA_ACK);
	synack = rig_syn(&peer);
	synack.flags |= LA_ACK;
	synack.ack = peer.ack;
	rig_give(&rig, &peer, synack);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	ck_assert_uint_eq(rig.service.opens, 1);
	rig_end(&rig, false);
}
END_TEST

enum { OTHER_FAMILY = 0, US = 0x0a000001, PEER = 0x0a000009 };
static const struct { uint16_t local, local_port; uint32_t remote; uint16_t port, listener; }
bad_opens[] = {
	{ 1, 5, PEER, 5, 0 }, { 0, 0, PEER, 5, 0 }, { 0, 5, PEER, 0, 0 },
	{ 0, 5, US, 5, 0 }, { 0, 5, OTHER_FAMILY, 5, 0 }, { 0, 5, PEER, 5, 1 },
};

START_TEST(an_open_that_makes_no_sense_is_refused)
{
	struct la_addr remote = la_test_addr(bad_opens[_i].remote);
	uint32_t handle;

	begin(4);
	if (bad_opens[_i].remote == OTHER_FAMILY)
		ck_assert(la_addr_parse(la_test_is_ipv6() ? "10.0.0.9" : "fd00::9", &remote));
	ck_assert_int_eq(la_stack_connect(rig.stack, bad_opens[_i].local,
			bad_opens[_i].local_port, &remote, bad_opens[_i].port,
			bad_opens[_i].listener, rig.now_us, &handle), LA_OPEN_REFUSED);
	ck_assert_uint_eq(handle, LA_NONE);
	rig_end(&rig, true);
}
END_TEST

static void
send_and_close(void *user, struct la_conn *conn)
{
	conn->send = *(const uint32_t *)user;
	conn->close = true;
}

START_TEST(close_in_syn_sent_is_no_reset_of_the_peers)
{
	struct rig_peer peer = rig_peer(1);
	uint32_t none = 0;

	begin(4);
	rig_introduce(&rig, &peer);
	connect_to(&peer);
	rig_poll(&rig);
	rig_expect(&rig, LA_SYN);
	ck_assert(la_stack_act(rig.stack, 1, rig.now_us, send_and_close, &none));
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_ABORTED], 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_RESET), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ABORTED), 1);
	rig_poll(&rig);
	rig_expect_nothing(&rig);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_service_may_act_out_of_turn)
{
	struct rig_peer peer = rig_peer(1);
	const struct la_seg *seg;
	uint32_t len = 700;

	begin(4);
	rig_introduce(&rig, &peer);
	rig_open(&rig, &peer);
	ck_assert(la_stack_act(rig.stack, rig.service.last_id, rig.now_us, send_and_close, &len));
	rig_poll(&rig);
	seg = rig_expect(&rig, LA_FIN | LA_ACK);
	ck_assert_uint_eq(seg->len, 700);
	for (uint32_t i = 0; i < 700; i++)
		ck_assert_uint_eq(seg->data[i], rig_octet(i));
	peer.ack = seg->seq + 701;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	ck_assert_uint_eq(rig.service.acked, 700);
	ck_assert_str_eq(rig.service.order, "oae");
	/* Gone: in TIME-WAIT there is nothing to act on. */
	ck_assert(!la_stack_act(rig.stack, rig.service.last_id, rig.now_us, send_and_close,
			&len));
	ck_assert(!la_stack_act(rig.stack, LA_NONE, rig.now_us, send_and_close, &len));
	ck_assert(!la_stack_act(rig.stack, 1000, rig.now_us, send_and_close, &len));
	rig_wait(&rig, 1100000);
	rig_end(&rig, true);
}
END_TEST

START_TEST(one_segment_is_told_in_the_order_of_the_stream)
{
	struct rig_peer peer = rig_peer(1);
	const struct la_seg *seg;

	begin(4);
	rig.service.send_at_data = 20;
	rig_open(&rig, &peer);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 5));
	seg = rig_expect(&rig, LA_ACK);
	peer.seq += 5;
	peer.ack = seg->seq + 20;
	rig.service.send_at_data = 0;
	/* ACK, text and FIN in one. */
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK | LA_FIN, 5));
	ck_assert_str_eq(rig.service.order, "odadf");
	rig_end(&rig, false);
}
END_TEST

START_TEST(drain_closes_all_and_turns_new_ones_away)
{
	struct rig_peer peers[20], late = rig_peer(50), cookie = rig_peer(51);
	const struct la_rx *rx;
	uint32_t fins = 0;

	begin(32);
	for (uint32_t i = 0; i < 20; i++) {
		peers[i] = rig_peer(i);
		rig_introduce(&rig, &peers[i]);
		rig_open(&rig, &peers[i]);
	}
	rig_give(&rig, &cookie, rig_syn(&cookie));
	rig_synack(&cookie, rig_expect(&rig, LA_SYN | LA_ACK));
	rig_forget(&rig);
	la_stack_drain(rig.stack);
	/* A few at a time. */
	la_stack_advance(rig.stack, rig.now_us, 8);
	la_stack_output(rig.stack, rig.now_us);
	ck_assert_uint_eq(rig_state(&rig, LA_FIN_WAIT_1), 8);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 12);
	rig_poll(&rig);
	while ((rx = rig_next(&rig))) {
		fins += !!(rx->seg.flags & LA_FIN);
		for (uint32_t i = 0; i < 20; i++)
			if (peers[i].port == rx->dest_port)
				peers[i].ack = rx->seg.seq + 1;
	}
	ck_assert_uint_eq(fins, 20);
	rig_give(&rig, &late, rig_syn(&late));
	rig_expect(&rig, LA_RST | LA_ACK);
	rig_give(&rig, &cookie, rig_seg(&cookie, LA_ACK, 0));
	rig_expect(&rig, LA_RST);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_DRAINING), 2);
	ck_assert_uint_eq(connect_to(&late), LA_NONE);
	for (uint32_t i = 0; i < 20; i++)
		rig_give(&rig, &peers[i], rig_seg(&peers[i], LA_FIN | LA_ACK, 0));
	ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	rig_wait(&rig, 1100000);
	rig_end(&rig, true);
}
END_TEST

START_TEST(text_that_comes_while_draining_queues_nothing_behind_the_fin)
{
	struct rig_peer peer = rig_peer(1);

	begin(4);
	rig_introduce(&rig, &peer);
	rig.service.send_at_data = 100;
	rig_open(&rig, &peer);
	la_stack_drain(rig.stack);
	rig_poll(&rig);
	peer.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len, 0);
	peer.seq += 10;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig_wait(&rig, 1100000);
	rig_end(&rig, true);
}
END_TEST

START_TEST(abort_all_resets_what_is_left)
{
	struct rig_peer peers[5];
	const struct la_rx *rx;
	uint32_t rsts = 0;

	begin(8);
	for (uint32_t i = 0; i < 5; i++) {
		peers[i] = rig_peer(i);
		rig_introduce(&rig, &peers[i]);
		rig_open(&rig, &peers[i]);
	}
	rig_forget(&rig);
	la_stack_abort_all(rig.stack, rig.now_us);
	while ((rx = rig_next(&rig)))
		rsts += !!(rx->seg.flags & LA_RST);
	ck_assert_uint_eq(rsts, 5);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ABORTED), 5);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_ABORTED], 5);
	rig_end(&rig, true);
}
END_TEST

START_TEST(rows_show_what_netstat_would)
{
	struct rig_peer a = rig_peer(1), b = rig_peer(2), c = rig_peer(3);
	struct la_stack_row rows[4];
	uint32_t from = 0;

	begin(8);
	rig_open(&rig, &a);
	rig_open(&rig, &b);
	rig_open(&rig, &c);
	rig_give(&rig, &b, rig_seg(&b, LA_RST, 0));
	rig.service.close_at_data = true;
	rig_give(&rig, &c, rig_seg(&c, LA_ACK, 3));
	c.seq += 3;
	c.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	rig_give(&rig, &c, rig_seg(&c, LA_FIN | LA_ACK, 0));
	rig.now_us += 5000000;
	ck_assert_uint_eq(la_stack_rows(rig.stack, rig.now_us, &from, rows, 4), 1);
	ck_assert_uint_eq(la_stack_time_wait_rows(rig.stack, rig.now_us, &from, rows + 1, 3), 1);
	ck_assert_int_eq(rows[0].state, LA_ESTABLISHED);
	ck_assert(la_addr_eq(&rows[0].local, &a.local));
	ck_assert(la_addr_eq(&rows[0].remote, &a.address));
	ck_assert_uint_eq(rows[0].local_port, RIG_PORT);
	ck_assert_uint_eq(rows[0].remote_port, a.port);
	ck_assert_uint_eq(rows[0].rcv_nxt, a.seq);
	ck_assert_uint_eq(rows[0].snd_nxt, a.ack);
	ck_assert_uint_ge(rows[0].age_s, 4);
	ck_assert_uint_le(rows[0].age_s, 6);
	ck_assert_int_eq(rows[1].state, LA_TIME_WAIT);
	ck_assert_uint_eq(rows[1].remote_port, c.port);
	ck_assert_uint_eq(from, 0);
	ck_assert_uint_eq(la_stack_rows(rig.stack, rig.now_us, &from, rows, 1), 1);
	ck_assert_uint_ne(from, 0);
	ck_assert_uint_eq(la_stack_rows(rig.stack, rig.now_us, &from, rows, 3), 0);
	ck_assert_uint_eq(from, 0);
	rig_give(&rig, &a, rig_seg(&a, LA_RST, 0));
	rig_wait(&rig, 20000);
	rig_end(&rig, true);
}
END_TEST

START_TEST(rows_of_a_few_among_many_places_are_found)
{
	struct rig_peer peers[1500];
	struct la_stack_row rows[2];
	uint32_t from = 0;

	begin(1500);
	for (uint32_t i = 0; i < 1500; i++) {
		peers[i] = rig_peer(i);
		rig_open(&rig, &peers[i]);
	}
	for (uint32_t i = 0; i < 1499; i++)
		rig_give(&rig, &peers[i], rig_seg(&peers[i], LA_RST, 0));
	ck_assert_uint_eq(la_stack_rows(rig.stack, rig.now_us, &from, rows, 2), 0);
	ck_assert_uint_eq(from, 1024);
	ck_assert_uint_eq(la_stack_rows(rig.stack, rig.now_us, &from, rows, 2), 1);
	ck_assert_uint_eq(from, 0);
	ck_assert(la_addr_eq(&rows[0].remote, &peers[1499].address));
	rig_give(&rig, &peers[1499], rig_seg(&peers[1499], LA_RST, 0));
	rig_end(&rig, true);
}
END_TEST

START_TEST(keys_rotate_and_open_cookies_stay_good)
{
	struct la_stack_cookies cookies;
	struct rig_peer peer = rig_peer(1);

	begin(4);
	for (int i = 0; i < 40; i++) {
		rig.now_us += 30000000;
		rig_poll(&rig);
		peer.port++;
		peer.seq += 100;
		rig_forget(&rig);
		rig_give(&rig, &peer, rig_syn(&peer));
		rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
		rig.now_us += 20000000;
		rig_poll(&rig);
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
		ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
		rig_give(&rig, &peer, rig_seg(&peer, LA_RST, 0));
	}
	la_stack_cookies(rig.stack, rig.now_us, &cookies);
	ck_assert_uint_ge(cookies.rotations, 2);
	ck_assert_int_eq(cookies.mode, LA_COOKIES_ALWAYS);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack user");
	TCase *t = tcase_create("user");

	tcase_add_test(t, an_active_open_reaches_established);
	tcase_add_loop_test(t, an_active_open_may_be_refused_or_time_out, 0, 2);
	tcase_add_test(t, simultaneous_open_reaches_established);
	tcase_add_loop_test(t, an_open_that_makes_no_sense_is_refused, 0, 6);
	tcase_add_test(t, close_in_syn_sent_is_no_reset_of_the_peers);
	tcase_add_test(t, a_service_may_act_out_of_turn);
	tcase_add_test(t, one_segment_is_told_in_the_order_of_the_stream);
	tcase_add_test(t, drain_closes_all_and_turns_new_ones_away);
	tcase_add_test(t, text_that_comes_while_draining_queues_nothing_behind_the_fin);
	tcase_add_test(t, abort_all_resets_what_is_left);
	tcase_add_test(t, rows_show_what_netstat_would);
	tcase_add_test(t, rows_of_a_few_among_many_places_are_found);
	tcase_add_test(t, keys_rotate_and_open_cookies_stay_good);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
