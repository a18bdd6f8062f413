/* SPDX-License-Identifier: BSD-3-Clause */
/* Active opens of a generator: tuples in TIME-WAIT, the last ACK, closing at once. */
#include "la_check.h"
#include "rig.h"

enum { MS = 1000, FROM = 2000 };

static struct rig rig;
static struct rig_peer peer;

static void
begin(void)
{
	rig_params(&rig, 4);
	rig.params.time_wait_us = 60000000;
	peer = rig_peer(1);
	peer.syn_opts.present |= LA_OPT_TIMESTAMPS;
	peer.syn_opts.tsval = peer.tsval = 5000;
}

static void
start(void)
{
	rig_start(&rig);
	rig_introduce(&rig, &peer);
}

/* Our SYN goes out; it is what rig_expect() gave. */
static struct la_seg
open_one(void)
{
	struct la_seg syn;

	rig_forget(&rig);
	ck_assert_uint_ne(rig_connect(&rig, peer.local_port, &peer.address, peer.port), LA_NONE);
	rig_poll(&rig);
	syn = *rig_expect(&rig, LA_SYN);
	peer.ack = syn.seq + 1;
	peer.tsecr = syn.opts.tsval;
	return syn;
}

/* The peer's SYN-ACK, with what it offers. */
static void
answer_syn(void)
{
	struct la_seg synack = rig_syn(&peer);

	synack.flags |= LA_ACK;
	synack.ack = peer.ack;
	synack.opts.tsecr = peer.tsecr;
	peer.timestamps = synack.opts.present & LA_OPT_TIMESTAMPS;
	rig_give(&rig, &peer, synack);
	peer.seq++;
}

/* From our FIN, which is the next segment, to TIME-WAIT. */
static void
end_by_our_fin(void)
{
	rig_expect(&rig, LA_FIN | LA_ACK);
	peer.ack++;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig_expect(&rig, LA_ACK);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
}

START_TEST(the_last_ack_goes_before_a_fin)
{
	begin();
	rig.service.close_at_open = true;
	start();
	open_one();
	answer_syn();
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer.seq);
	end_by_our_fin();
	rig_end(&rig, false);
}
END_TEST

/* Else a server that made a cookie never hears of the connection that is reset. */
START_TEST(the_last_ack_goes_before_a_rst)
{
	begin();
	rig.service.abort_at_open = true;
	start();
	open_one();
	answer_syn();
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer.seq);
	ck_assert_uint_eq(rig_expect(&rig, LA_RST | LA_ACK)->seq, peer.ack);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_ABORTED], 1);
	rig_end(&rig, true);
}
END_TEST

/* RFC 6191: with timestamps, once our clock of them has moved. */
START_TEST(a_tuple_in_time_wait_is_taken_again)
{
	struct la_seg first, second;

	begin();
	rig.service.close_at_open = true;
	start();
	first = open_one();
	answer_syn();
	rig_expect(&rig, LA_ACK);
	end_by_our_fin();
	ck_assert_uint_eq(rig_connect(&rig, peer.local_port, &peer.address, peer.port), LA_NONE);
	rig.now_us += MS;
	peer.seq = 77777;
	second = open_one();
	ck_assert(la_seq_gt(second.seq, first.seq + 2));
	ck_assert(la_seq_gt(second.opts.tsval, first.opts.tsval));
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIME_WAIT_REOPENED), 1);
	peer.tsval++;
	peer.syn_opts.tsval = peer.tsval;
	answer_syn();
	rig_expect(&rig, LA_ACK);
	end_by_our_fin();
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_CLOSED], 2);
	rig_end(&rig, false);
}
END_TEST

START_TEST(a_tuple_in_time_wait_without_timestamps_is_not)
{
	uint32_t handle;

	begin();
	peer.syn_opts.present = 0;
	rig.service.close_at_open = true;
	start();
	open_one();
	answer_syn();
	rig_expect(&rig, LA_ACK);
	end_by_our_fin();
	rig_wait(&rig, 59000 * MS);
	ck_assert_int_eq(la_stack_connect(rig.stack, 0, peer.local_port, &peer.address, peer.port,
			0, rig.now_us, &handle), LA_OPEN_IN_USE);
	rig_wait(&rig, 1100 * MS);
	ck_assert_int_eq(la_stack_connect(rig.stack, 0, peer.local_port, &peer.address, peer.port,
			0, rig.now_us, &handle), LA_OPEN_MADE);
	rig_end(&rig, false);
}
END_TEST

/* A text longer than the ISN's clock has moved on: the new ISN lies past it all the same. */
START_TEST(a_reopened_tuple_starts_past_what_was_sent)
{
	struct la_seg first, second;

	begin();
	rig.service.send_at_open = 1000;
	rig.service.close_at_open = true;
	start();
	first = open_one();
	answer_syn();
	rig_expect(&rig, LA_ACK);
	rig_expect(&rig, LA_ACK | LA_FIN);
	peer.ack += 1001;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig.now_us += MS;
	second = open_one();
	ck_assert_uint_eq(second.seq, first.seq + 1003);
	rig_end(&rig, false);
}
END_TEST

START_TEST(a_full_pool_is_told_apart_from_a_tuple_in_use)
{
	uint32_t handle;

	begin();
	start();
	for (uint16_t i = 0; i < 4; i++)
		ck_assert_uint_ne(rig_connect(&rig, FROM + i, &peer.address, 9), LA_NONE);
	ck_assert_int_eq(la_stack_connect(rig.stack, 0, FROM, &peer.address, 9, 0, rig.now_us,
			&handle), LA_OPEN_IN_USE);
	ck_assert_int_eq(la_stack_connect(rig.stack, 0, FROM + 9, &peer.address, 9, 0, rig.now_us,
			&handle), LA_OPEN_FULL);
	rig_end(&rig, false);
}
END_TEST

/* How often the last ACK goes out again in half a minute in which the peer is silent. */
static uint32_t
repeats(void)
{
	uint32_t acks = 0;

	for (int i = 0; i < 300; i++) {
		rig_forget(&rig);
		rig_wait(&rig, 100 * MS);
		/* What is known of the peer grows old meanwhile, and is asked for. */
		for (const struct la_rx *rx; (rx = rig_next(&rig)) != NULL;)
			acks += rx->kind == LA_KIND_TCP;
	}
	return acks;
}

/* The peer made a cookie and our last ACK was lost: only we can mend that. */
START_TEST(the_last_ack_is_repeated_until_the_peer_speaks)
{
	uint32_t acks;

	begin();
	start();
	open_one();
	answer_syn();
	rig_expect(&rig, LA_ACK);
	acks = repeats();
	/* One, two, four seconds and so on, and in the end it is left at that. */
	ck_assert_uint_ge(acks, 3);
	ck_assert_uint_le(acks, 5);
	rig_end(&rig, false);
}
END_TEST

START_TEST(the_last_ack_is_not_repeated_to_one_who_spoke)
{
	begin();
	start();
	open_one();
	answer_syn();
	rig_expect(&rig, LA_ACK);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_expect(&rig, LA_ACK);
	rig_wait(&rig, 20000 * MS);
	rig_expect_nothing(&rig);
	rig_end(&rig, false);
}
END_TEST

/* However long the handshake took. */
START_TEST(the_last_ack_is_repeated_as_often_after_a_lost_syn)
{
	begin();
	start();
	open_one();
	rig_wait(&rig, 7500 * MS);
	rig_forget(&rig);
	answer_syn();
	rig_expect(&rig, LA_ACK);
	ck_assert_uint_ge(repeats(), 3);
	rig_end(&rig, false);
}
END_TEST

/* What is configured to end an idle connection is not put off by it. */
START_TEST(the_last_ack_is_not_repeated_past_an_idle_limit)
{
	begin();
	rig.params.tcp.idle_timeout_us = 2000 * MS;
	start();
	open_one();
	answer_syn();
	rig_expect(&rig, LA_ACK);
	rig_wait(&rig, 3500 * MS);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_TIMED_OUT], 1);
	rig_end(&rig, true);
}
END_TEST

/* A SYN-ACK with text or a FIN: still the ACK first, then what ends the connection. */
START_TEST(the_last_ack_goes_first_after_text_and_fin_on_the_syn_ack)
{
	struct la_seg synack;

	begin();
	rig.service.close_at_open = _i < 2;
	rig.service.abort_at_open = _i == 2;
	start();
	open_one();
	synack = rig_syn(&peer);
	synack.flags |= LA_ACK | (_i == 1 ? LA_FIN : 0);
	synack.ack = peer.ack;
	synack.len = 10;
	synack.opts.tsecr = peer.tsecr;
	peer.timestamps = true;
	rig_give(&rig, &peer, synack);
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer.seq + 1);
	if (_i == 2) {
		rig_expect(&rig, LA_RST | LA_ACK);
		rig_expect_nothing(&rig);
		rig_end(&rig, true);
		return;
	}
	ck_assert_uint_eq(rig_expect(&rig, LA_FIN | LA_ACK)->ack, peer.seq + 11 + (_i == 1));
	ck_assert_uint_eq(rig.service.octets, 10);
	peer.seq += 11 + (_i == 1);
	peer.ack++;
	rig_give(&rig, &peer, rig_seg(&peer, _i == 1 ? LA_ACK : LA_FIN | LA_ACK, 0));
	if (_i == 0)
		rig_expect(&rig, LA_ACK);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	rig_end(&rig, false);
}
END_TEST

/* Then it goes with the FIN. */
START_TEST(a_last_ack_that_no_frame_is_free_for)
{
	begin();
	rig.service.close_at_open = true;
	start();
	open_one();
	rig.frames_free = 0;
	answer_syn();
	rig_expect_nothing(&rig);
	rig.frames_free = 100;
	rig_poll(&rig);
	end_by_our_fin();
	rig_end(&rig, false);
}
END_TEST

/* Our last ACK was lost: the peer is in LAST-ACK, and its FIN meets our new SYN. */
START_TEST(a_peer_in_last_ack_is_reset_and_then_taken_again)
{
	struct la_seg fin, syn;

	begin();
	rig.service.close_at_open = true;
	start();
	open_one();
	answer_syn();
	rig_expect(&rig, LA_ACK);
	end_by_our_fin();
	fin = rig_seg(&peer, LA_FIN | LA_ACK, 0);
	rig_wait(&rig, 10 * MS);
	syn = open_one();
	peer.ack = fin.ack;
	rig_give(&rig, &peer, fin);
	ck_assert_uint_eq(rig_expect(&rig, LA_RST)->seq, fin.ack);
	rig_wait(&rig, 1100 * MS);
	ck_assert_uint_eq(rig_expect(&rig, LA_SYN)->seq, syn.seq);
	peer.ack = syn.seq + 1;
	peer.seq = 900000;
	peer.syn_opts.tsval = peer.tsval = 7000;
	answer_syn();
	rig_expect(&rig, LA_ACK);
	rig_expect(&rig, LA_FIN | LA_ACK);
	/* What of the last one is late is old by its timestamp. */
	fin.opts.tsval = 5000;
	fin.seq = peer.seq;
	fin.ack = peer.ack;
	rig_give(&rig, &peer, fin);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_PAWS), 1);
	ck_assert_uint_eq(rig_state(&rig, LA_FIN_WAIT_1), 1);
	rig_end(&rig, false);
}
END_TEST

START_TEST(one_connection_is_ended_from_outside)
{
	uint32_t handle;

	begin();
	start();
	ck_assert(!la_stack_end_one(rig.stack, 1, true, rig.now_us));
	handle = rig_connect(&rig, FROM, &peer.address, 9);
	rig_poll(&rig);
	rig_expect(&rig, LA_SYN);
	ck_assert(la_stack_end_one(rig.stack, handle, true, rig.now_us));
	rig_poll(&rig);
	/* The peer has no connection yet that a RST could end (3.10.5). */
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_ABORTED], 1);
	ck_assert(!la_stack_end_one(rig.stack, handle, true, rig.now_us));
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_next_hop_is_asked_for_before_it_is_needed)
{
	const struct la_addr far = la_test_addr(0xc0a80101);

	begin();
	rig_no_gateway(&rig);
	start();
	rig_forget(&rig);
	ck_assert(la_stack_reaches(rig.stack, &peer.address, rig.now_us));
	ck_assert(!la_stack_reaches(rig.stack, &far, rig.now_us));
	rig_poll(&rig);
	rig_expect_nothing(&rig);
	const struct la_addr near = la_test_addr(0x0a0000c8);
	ck_assert(!la_stack_reaches(rig.stack, &near, rig.now_us));
	rig_poll(&rig);
	ck_assert(rig_is_neighbourly(rig_next(&rig)));
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack connect");
	TCase *t = tcase_create("connect");

	tcase_add_test(t, the_last_ack_goes_before_a_fin);
	tcase_add_test(t, the_last_ack_goes_before_a_rst);
	tcase_add_test(t, a_tuple_in_time_wait_is_taken_again);
	tcase_add_test(t, a_tuple_in_time_wait_without_timestamps_is_not);
	tcase_add_test(t, a_reopened_tuple_starts_past_what_was_sent);
	tcase_add_test(t, a_full_pool_is_told_apart_from_a_tuple_in_use);
	tcase_add_test(t, the_last_ack_is_repeated_until_the_peer_speaks);
	tcase_add_test(t, the_last_ack_is_not_repeated_to_one_who_spoke);
	tcase_add_test(t, the_last_ack_is_repeated_as_often_after_a_lost_syn);
	tcase_add_test(t, the_last_ack_is_not_repeated_past_an_idle_limit);
	tcase_add_loop_test(t, the_last_ack_goes_first_after_text_and_fin_on_the_syn_ack, 0, 3);
	tcase_add_test(t, a_last_ack_that_no_frame_is_free_for);
	tcase_add_test(t, a_peer_in_last_ack_is_reset_and_then_taken_again);
	tcase_add_test(t, one_connection_is_ended_from_outside);
	tcase_add_test(t, a_next_hop_is_asked_for_before_it_is_needed);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
