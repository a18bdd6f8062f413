/* SPDX-License-Identifier: BSD-3-Clause */
/* When something runs out: blocks, extension blocks, frames, allowances. */
#include "la_check.h"
#include "la_limit.h"
#include "rig.h"

static struct rig rig;

START_TEST(a_full_table_is_silent_and_recovers)
{
	struct rig_peer peers[6];

	rig_params(&rig, 4);
	rig_start(&rig);
	for (uint32_t i = 0; i < 6; i++) {
		peers[i] = rig_peer(i);
		rig_open(&rig, &peers[i]);
		rig_expect_nothing(&rig);
	}
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 4);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_TABLE_FULL), 2);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TABLE_FULL), 2);
	rig_give(&rig, &peers[0], rig_seg(&peers[0], LA_RST, 0));
	/* The client believes it is connected: its text opens the connection. */
	rig_give(&rig, &peers[5], rig_seg(&peers[5], LA_ACK, 20));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peers[5].seq + 20);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 4);
	rig_end(&rig, false);
}
END_TEST

/* Kept SYNs that find no block. */
START_TEST(a_full_table_drops_syns_that_are_to_be_kept)
{
	rig_params(&rig, 4);
	rig.params.syn_cookies = LA_COOKIES_NEVER;
	rig.params.backlog = 100;
	rig_start(&rig);
	for (uint32_t i = 0; i < 6; i++) {
		const struct rig_peer peer = rig_peer(i);

		rig_give(&rig, &peer, rig_syn(&peer));
	}
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_TABLE_FULL), 2);
	rig_wait(&rig, UINT64_C(200000000));
	rig_end(&rig, true);
}
END_TEST

static const enum la_syn_cookies modes[] = {
	LA_COOKIES_ALWAYS, LA_COOKIES_AUTO, LA_COOKIES_NEVER,
};

START_TEST(a_syn_flood_leaves_pools_as_they_were)
{
	struct rig_peer one = rig_peer(200000);
	struct la_stack_usage usage;

	rig_params(&rig, 64);
	rig.params.syn_cookies = modes[_i];
	rig.params.backlog = 16;
	rig_start(&rig);
	rig.keep_nothing = true;
	for (uint32_t i = 0; i < 50000; i++) {
		const struct rig_peer peer = rig_peer(i);

		rig_put(&rig, &peer, rig_syn(&peer));
		if (i % LA_BURST_MAX == 0)
			rig_poll(&rig);
	}
	rig_poll(&rig);
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_le(usage.connections, 16);
	ck_assert_uint_eq(usage.senders, 0);
	/* One who means it still gets in, unless only blocks may be used. */
	rig.keep_nothing = false;
	if (modes[_i] != LA_COOKIES_NEVER)
		rig_open(&rig, &one);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), modes[_i] != LA_COOKIES_NEVER);
	rig_end(&rig, false);
}
END_TEST

/* What would make a service speak waits while it could not send. */
START_TEST(without_an_extension_block_text_waits)
{
	struct rig_peer a = rig_peer(1), b = rig_peer(2);

	rig_params(&rig, 4);
	rig.params.senders = 1;
	rig.service.send_at_data = 100;
	rig_start(&rig);
	rig_open(&rig, &a);
	rig_open(&rig, &b);
	rig_give(&rig, &a, rig_seg(&a, LA_ACK, 10));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len, 100);
	rig_give(&rig, &b, rig_seg(&b, LA_ACK, 10));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, b.seq);
	ck_assert_uint_eq(rig.service.octets, 10);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_NO_ROOM), 1);
	ck_assert_uint_ge(rig_count(&rig, LA_COUNT_NO_SENDER), 1);
	/* A FIN would make it speak, too. */
	rig_give(&rig, &b, rig_seg(&b, LA_ACK | LA_FIN, 0));
	ck_assert_uint_eq(rig.service.fins, 0);
	/* The first is reset; the second's text comes again. */
	a.seq += 10;
	rig_give(&rig, &a, rig_seg(&a, LA_RST, 0));
	rig_forget(&rig);
	rig_give(&rig, &b, rig_seg(&b, LA_ACK, 10));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len, 100);
	ck_assert_uint_eq(rig.service.octets, 20);
	rig_end(&rig, false);
}
END_TEST

START_TEST(without_an_extension_block_no_handshake_ends)
{
	struct rig_peer a = rig_peer(1), b = rig_peer(2);

	rig_params(&rig, 4);
	rig.params.senders = 1;
	rig.params.syn_cookies = _i == 0 ? LA_COOKIES_ALWAYS : LA_COOKIES_NEVER;
	rig.service.send_at_open = 50;
	rig_start(&rig);
	rig_open(&rig, &a);
	rig_open(&rig, &b);
	ck_assert_uint_eq(rig.service.opens, 1);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_give(&rig, &a, rig_seg(&a, LA_RST, 0));
	rig_forget(&rig);
	rig_give(&rig, &b, rig_seg(&b, LA_ACK, 0));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len, 50);
	ck_assert_uint_eq(rig.service.opens, 2);
	rig_give(&rig, &b, rig_seg(&b, LA_RST, 0));
	rig_end(&rig, true);
}
END_TEST

START_TEST(without_frames_output_waits_and_nothing_is_lost)
{
	struct rig_peer peers[4];
	uint32_t segments = 0, octets = 0;
	const struct la_rx *rx;

	rig_params(&rig, 4);
	rig.service.send_at_open = 3000;
	rig_start(&rig);
	for (uint32_t i = 0; i < 4; i++) {
		peers[i] = rig_peer(i);
		rig_give(&rig, &peers[i], rig_syn(&peers[i]));
		rig_synack(&peers[i], rig_expect(&rig, LA_SYN | LA_ACK));
	}
	rig_forget(&rig);
	rig.frames_free = 0;
	for (uint32_t i = 0; i < 4; i++)
		rig_put(&rig, &peers[i], rig_seg(&peers[i], LA_ACK, 0));
	rig_poll(&rig);
	ck_assert(la_stack_output(rig.stack, rig.now_us));
	rig_expect_nothing(&rig);
	ck_assert_uint_gt(rig_count(&rig, LA_COUNT_TX_NO_FRAME), 0);
	/* Two frames come free with each poll. */
	for (uint32_t i = 0; i < 10; i++) {
		rig.frames_free = 2;
		rig_poll(&rig);
	}
	while ((rx = rig_next(&rig))) {
		segments++;
		octets += rx->seg.len;
	}
	ck_assert_uint_eq(octets, 4 * 3000);
	ck_assert_uint_eq(segments, 4 * 3);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RETRANSMITS), 0);
	rig_end(&rig, false);
}
END_TEST

START_TEST(one_with_much_to_send_starves_nobody)
{
	struct rig_peer a = rig_peer(1), b = rig_peer(2);
	const struct la_rx *rx;
	uint32_t from_a = 0;

	rig_params(&rig, 4);
	rig.service.send_at_data = 500000;
	rig_start(&rig);
	a.syn_opts = (struct la_opts){
		.present = LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_TIMESTAMPS, .mss = 1000,
		.wscale = 8,
	};
	rig_open(&rig, &a);
	rig_open(&rig, &b);
	/* Let a's congestion window grow. */
	rig_give(&rig, &a, rig_seg(&a, LA_ACK, 1));
	a.seq++;
	for (int round = 0; round < 30; round++) {
		while ((rx = rig_next(&rig)))
			a.ack = rx->seg.seq + rx->seg.len;
		rig_forget(&rig);
		if (round == 29) {
			rig.service.send_at_data = 10;
			rig_put(&rig, &a, rig_seg(&a, LA_ACK, 0));
			rig_put(&rig, &b, rig_seg(&b, LA_ACK, 1));
			rig_poll(&rig);
			break;
		}
		rig_give(&rig, &a, rig_seg(&a, LA_ACK, 0));
		rig.now_us += 1000;
		while (la_stack_output(rig.stack, rig.now_us))
			ck_assert_uint_lt(rig.sents, RIG_SENT_MAX);
		if (rig.sents >= 65)
			round = 28;
	}
	for (; (rx = rig_next(&rig)) && rx->source_port && rx->dest_port == a.port; from_a++)
		;
	ck_assert_uint_le(from_a, 64);
	ck_assert_ptr_nonnull(rx);
	ck_assert_uint_eq(rx->dest_port, b.port);
	rig_end(&rig, false);
}
END_TEST

/* RFC 5681, 4.2; and when the turns are over, all has been said and timers are set. */
START_TEST(what_one_turn_leaves_the_next_ones_send)
{
	struct rig_peer peer = rig_peer(1);
	struct la_stack_row row;
	uint32_t from = 0;

	rig_params(&rig, 4);
	rig_start(&rig);
	rig_open(&rig, &peer);
	rig_forget(&rig);
	for (uint32_t i = 0; i < 100; i++) {
		struct la_seg ahead = rig_seg(&peer, LA_ACK, 10);

		ahead.seq += 10 + 10 * i;
		rig_put(&rig, &peer, ahead);
	}
	rig_poll(&rig);
	while (la_stack_output(rig.stack, rig.now_us))
		ck_assert_uint_le(rig.sents, 100);
	ck_assert_uint_eq(rig.sents, 100);
	ck_assert_uint_eq(la_stack_rows(rig.stack, rig.now_us, &from, &row, 1), 1);
	ck_assert_uint_eq(row.timer, LA_TIMER_REASSEMBLY);
	rig_end(&rig, false);
}
END_TEST

/* From a source of its own: another address, or another 64 bits of one. */
static struct rig_peer
stranger(uint32_t n)
{
	struct rig_peer peer = rig_peer(n);

	if (la_addr_is_v4(&peer.address))
		peer.address = la_addr_v4(0x0b000000 + n);
	else
		la_put32(peer.address.b + 4, n);
	return peer;
}

START_TEST(rsts_are_limited_and_come_back)
{
	uint64_t first;

	rig_params(&rig, 4);
	rig.params.rst_per_s = 1000;
	rig_start(&rig);
	rig.keep_nothing = true;
	for (int second = 0; second < 2; second++) {
		first = rig_count(&rig, LA_COUNT_TX_RSTS);
		for (uint32_t i = 0; i < 3000; i++) {
			struct rig_peer peer = stranger(i);

			peer.local_port = 9;
			rig_give(&rig, &peer, rig_syn(&peer));
		}
		ck_assert_uint_ge(rig_count(&rig, LA_COUNT_TX_RSTS) - first, 500);
		ck_assert_uint_le(rig_count(&rig, LA_COUNT_TX_RSTS) - first, 1500);
		rig.now_us += 1000000;
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RSTS) +
			rig_count(&rig, LA_COUNT_TX_RSTS_LIMITED), 6000);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_CLOSED_SILENT),
			rig_count(&rig, LA_COUNT_TX_RSTS_LIMITED));
	rig_end(&rig, true);
}
END_TEST

/* A segment that draws a challenge: a RST or a SYN in the window, an ACK of what was not sent. */
static struct la_seg
challenged(const struct rig_peer *peer, int kind)
{
	struct la_seg seg = rig_seg(peer, kind == 0 ? LA_RST : kind == 1 ? LA_SYN : LA_ACK, 0);

	if (kind == 2)
		seg.ack += 100000;
	else
		seg.seq += 7;
	return seg;
}

/* A RST in the window is no matter of a budget. */
START_TEST(challenge_acks_are_limited)
{
	rig_params(&rig, 128);
	rig.params.challenge_per_s = 10;
	rig_start(&rig);
	for (uint32_t i = 1; i <= 100; i++) {
		struct rig_peer peer = stranger(i);

		rig_open(&rig, &peer);
		rig_forget(&rig);
		rig_give(&rig, &peer, challenged(&peer, _i));
	}
	ck_assert_uint_ge(rig_count(&rig, LA_COUNT_CHALLENGES), _i == 0 ? 100 : 5);
	ck_assert_uint_le(rig_count(&rig, LA_COUNT_CHALLENGES), _i == 0 ? 100 : 15);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES) +
			rig_count(&rig, LA_COUNT_CHALLENGES_LIMITED), 100);
	rig_end(&rig, false);
}
END_TEST

/* Ten thousand connections from one address, as behind a balancer, are reset at once, while text
 * of theirs is lost: their RSTs are behind that text, and are not sent again. */
START_TEST(peers_that_give_up_with_text_on_the_way_are_forgotten)
{
	enum { PEERS = 10000 };
	static struct rig_peer peer[PEERS];

	rig_params(&rig, PEERS);
	rig_start(&rig);
	for (uint32_t i = 0; i < PEERS; i++) {
		peer[i] = rig_peer(i);
		rig_open(&rig, &peer[i]);
	}
	for (uint32_t i = 0; i < PEERS; i++) {
		rig_forget(&rig);
		rig_give(&rig, &peer[i], challenged(&peer[i], 0));
		rig_give(&rig, &peer[i], (struct la_seg){ .flags = LA_RST,
			.seq = rig_expect(&rig, LA_ACK)->ack });
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_RESET), PEERS);
	rig_end(&rig, true);
}
END_TEST

START_TEST(connections_that_share_a_place_do_not_free_each_other)
{
	enum { PEERS = 200 };
	struct rig_peer peer[PEERS];

	rig_params(&rig, 256);
	rig.params.challenge_per_s = 1000000;
	rig_start(&rig);
	for (uint32_t i = 0; i < PEERS; i++) {
		peer[i] = rig_peer(i + 1);
		rig_open(&rig, &peer[i]);
		rig_forget(&rig);
	}
	for (int round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < PEERS; i++)
			rig_give(&rig, &peer[i], challenged(&peer[i], _i));
	}
	ck_assert_uint_le(rig_count(&rig, LA_COUNT_CHALLENGES), PEERS);
	ck_assert_uint_ge(rig_count(&rig, LA_COUNT_CHALLENGES), PEERS - 5);
	rig_end(&rig, false);
}
END_TEST

/* Its clock of 32 bits goes round in 49.7 days. */
START_TEST(a_challenge_of_long_ago_does_not_count)
{
	static const uint64_t days[] = { 1, 24, 25, 30, 49, 50, 75 };
	struct rig_peer peer = rig_peer(1);

	rig_params(&rig, 4);
	rig_start(&rig);
	rig_open(&rig, &peer);
	rig_give(&rig, &peer, challenged(&peer, 0));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES), 1);
	rig.now_us += days[_i] * 86400 * UINT64_C(1000000);
	rig_give(&rig, &peer, challenged(&peer, 0));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES), 2);
	rig_end(&rig, false);
}
END_TEST

/* Forged segments of one connection, whatever they guess, take nothing from another. */
START_TEST(a_connection_gets_one_challenge_in_half_a_second)
{
	struct rig_peer peer = rig_peer(1), other = rig_peer(2);

	rig_params(&rig, 4);
	rig_start(&rig);
	rig_open(&rig, &peer);
	rig_open(&rig, &other);
	for (uint32_t round = 1; round <= 4; round++) {
		for (int i = 0; i < 3000; i++)
			rig_give(&rig, &peer, challenged(&peer, (_i + i) % 3));
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES), 2 * round - 1);
		rig_forget(&rig);
		rig_give(&rig, &other, challenged(&other, _i));
		rig_expect(&rig, LA_ACK);
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES), 2 * round);
		rig_wait(&rig, 499000);
		rig_give(&rig, &peer, challenged(&peer, _i));
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES), 2 * round);
		rig_wait(&rig, 1000);
	}
	rig_end(&rig, false);
}
END_TEST

static const uint32_t rates[] = { 0, 1, 2, 3, 1000, 1000000 };

START_TEST(a_limit_differs_from_second_to_second_about_its_rate)
{
	const struct la_key key = { { 1, 2 } };
	const uint32_t rate = rates[_i];
	struct la_limit limit;
	uint64_t sum = 0, differ = 0;
	uint32_t last = 0;

	la_limit_init(&limit, &key, 3, rate);
	for (uint64_t second = 0; second < 50; second++) {
		uint32_t n = 0;

		while (la_limit_take(&limit, second * 1000000 + 5))
			n++;
		ck_assert_uint_ge(n, (rate + 1) / 2);
		ck_assert_uint_le(n, rate + (rate + 1) / 2);
		differ += n != last;
		sum += n;
		last = n;
	}
	if (rate >= 1000)
		ck_assert_uint_ge(differ, 45);
	ck_assert_uint_ge(sum, 50ull * rate * 3 / 4);
	ck_assert_uint_le(sum, 50ull * rate * 3 / 2);
}
END_TEST

/* More owe output than the queue has places for. */
START_TEST(an_overflowing_queue_forgets_nobody)
{
	enum { MANY = 70000 };

	rig_params(&rig, MANY);
	rig_start(&rig);
	rig.keep_nothing = true;
	for (uint32_t i = 0; i < MANY; i++) {
		const struct la_addr remote = la_test_addr(0x0a000064 + i / 50000);

		ck_assert_uint_ne(rig_connect(&rig, (uint16_t)(10000 + i % 50000),
				&remote, 9), LA_NONE);
	}
	ck_assert(la_stack_output(rig.stack, rig.now_us));
	for (int i = 0; i < 2000 && la_stack_output(rig.stack, rig.now_us); i++)
		la_stack_advance(rig.stack, rig.now_us, 64);
	ck_assert(!la_stack_output(rig.stack, rig.now_us));
	/* All have been asked for their SYN, for which there was no neighbour. */
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_NO_NEIGHBOUR), MANY);
	la_stack_abort_all(rig.stack, rig.now_us);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack full");
	TCase *t = tcase_create("full");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_full_table_is_silent_and_recovers);
	tcase_add_test(t, a_full_table_drops_syns_that_are_to_be_kept);
	tcase_add_loop_test(t, a_syn_flood_leaves_pools_as_they_were, 0, 3);
	tcase_add_test(t, without_an_extension_block_text_waits);
	tcase_add_loop_test(t, without_an_extension_block_no_handshake_ends, 0, 2);
	tcase_add_test(t, without_frames_output_waits_and_nothing_is_lost);
	tcase_add_test(t, one_with_much_to_send_starves_nobody);
	tcase_add_test(t, what_one_turn_leaves_the_next_ones_send);
	tcase_add_test(t, rsts_are_limited_and_come_back);
	tcase_add_loop_test(t, challenge_acks_are_limited, 0, 3);
	tcase_add_test(t, peers_that_give_up_with_text_on_the_way_are_forgotten);
	tcase_add_loop_test(t, a_connection_gets_one_challenge_in_half_a_second, 0, 3);
	tcase_add_loop_test(t, connections_that_share_a_place_do_not_free_each_other, 0, 3);
	tcase_add_loop_test(t, a_challenge_of_long_ago_does_not_count, 0, 7);
	tcase_add_loop_test(t, a_limit_differs_from_second_to_second_about_its_rate, 0, 6);
	tcase_add_test(t, an_overflowing_queue_forgets_nobody);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
