/* SPDX-License-Identifier: BSD-3-Clause */
/* Peers and strangers that mean harm: what they can cost, and that it ends. */
#include "la_check.h"
#include "rig.h"

enum { DISCARD = 9, CLIENT = 5000 };

#define SECONDS(n) ((n) * UINT64_C(1000000))

static struct rig rig, client;

/* Two stacks with a connection from `client` to `rig`, and how a forger would speak for
 * the client. */
static struct rig_peer
join(void)
{
	const struct la_addr server = la_test_addr(0x0a000001);
	struct rig_peer peer = rig_peer(0);
	struct la_stack_row row;
	uint32_t from = 0;

	rig_params(&rig, 4);
	rig_listen(&rig, "discard", DISCARD);
	rig_params(&client, 4);
	client.ranges[0].first = peer.address = la_test_addr(0x0a000002);
	client.params.mac.b[5] = 2;
	rig.params.challenge_per_s = client.params.challenge_per_s = 10;
	rig.params.tcp.timestamps = client.params.tcp.timestamps = false;
	rig_start(&rig);
	rig_start(&client);
	rig_connect(&client, CLIENT, &server, DISCARD);
	rig_pair(&rig, &client, SECONDS(4), 0, 1);
	ck_assert_uint_eq(la_stack_rows(rig.stack, rig.now_us, &from, &row, 1), 1);
	ck_assert_uint_eq(row.state, LA_ESTABLISHED);
	/* What answers a forged segment goes to the one it claims to be from. */
	rig.peer_mac = client.params.mac;
	client.peer_mac = rig.params.mac;
	peer.port = CLIENT;
	peer.local_port = DISCARD;
	peer.seq = row.rcv_nxt;
	peer.ack = row.snd_nxt;
	return peer;
}

/* RFC 5961, 7: octets forged to the server, and to the client. From then on each finds
 * the other's ACKs unacceptable. */
static const struct { uint32_t to_server, to_client; } forgeries[] = {
	{ 1, 0 }, { 100, 0 }, { 0, 1 }, { 1, 1 }, { 100, 100 }, { 1, 100 },
};
START_TEST(two_ends_that_disagree_do_not_answer_for_ever)
{
	const struct rig_peer peer = join();
	const struct rig_peer back = {
		.address = peer.local, .local = peer.address, .port = DISCARD,
		.local_port = CLIENT, .seq = peer.ack, .ack = peer.seq,
	};
	const uint64_t frames = rig.frames + client.frames;

	if (forgeries[_i].to_server > 0)
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, forgeries[_i].to_server));
	if (forgeries[_i].to_client > 0)
		rig_give(&client, &back, rig_seg(&back, LA_ACK, forgeries[_i].to_client));
	rig_pair(&rig, &client, SECONDS(2), 0, 1);
	ck_assert_uint_gt(rig.frames + client.frames, frames);
	/* Twice fifteen a second of each, and the first answers. */
	ck_assert_uint_le(rig.frames + client.frames - frames, 70);
	la_stack_abort_all(rig.stack, rig.now_us);
	la_stack_abort_all(client.stack, client.now_us);
	rig_end(&rig, true);
	rig_end(&client, true);
}
END_TEST

/* The same in TIME-WAIT, where all that is left is to answer. */
START_TEST(bare_acks_to_time_wait_are_answered_within_a_limit)
{
	struct rig_peer peer = rig_peer(1);
	struct la_seg old;

	rig_params(&rig, 4);
	rig.params.challenge_per_s = 10;
	rig.service.close_at_open = true;
	rig_start(&rig);
	rig_open(&rig, &peer);
	peer.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	rig_forget(&rig);
	old = rig_seg(&peer, LA_ACK, 0);
	old.seq -= 10;
	for (int i = 0; i < 100; i++)
		rig_give(&rig, &peer, old);
	ck_assert_uint_eq(rig.sents, 1);
	rig_wait(&rig, 500000);
	rig_give(&rig, &peer, old);
	ck_assert_uint_eq(rig.sents, 2);
	/* A FIN that comes again is answered all the same. */
	rig_forget(&rig);
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig_expect(&rig, LA_ACK);
	rig_end(&rig, false);
}
END_TEST

/* Text and FINs that are not taken, a thousand in a second: old, from beyond the window, with an
 * old timestamp. Whoever forges them draws a hundred ACKs, and nobody else is kept from his. */
static const struct { int32_t seq; uint32_t len, tsval; uint8_t flags; } not_taken[] = {
	{ -10, 10, 0, LA_ACK }, { -1, 0, 0, LA_ACK | LA_FIN }, { 100000, 10, 0, LA_ACK },
	{ 100000, 0, 0, LA_ACK | LA_FIN }, { 100000, 10, 0, 0 },
	{ -1000000, 1000, 0, LA_ACK }, { 0, 10, 0x90000000, LA_ACK },
};
START_TEST(text_that_is_not_taken_is_answered_so_many_times_a_second)
{
	struct rig_peer peer = rig_peer(1), other = rig_peer(2);
	struct la_seg seg, again;

	rig_params(&rig, 4);
	peer.syn_opts = other.syn_opts = (struct la_opts){
		.present = LA_OPT_MSS | LA_OPT_TIMESTAMPS, .mss = la_test_mss(),
	};
	rig_start(&rig);
	rig_open(&rig, &peer);
	rig_open(&rig, &other);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_give(&rig, &other, rig_seg(&other, LA_ACK, 10));
	again = rig_seg(&other, LA_ACK, 10);
	peer.seq += 10;
	rig_forget(&rig);
	seg = rig_seg(&peer, not_taken[_i].flags, not_taken[_i].len);
	seg.seq += (uint32_t)not_taken[_i].seq;
	seg.opts.tsval += not_taken[_i].tsval;
	for (int i = 0; i < 1000; i++) {
		rig_give(&rig, &peer, seg);
		rig.now_us += 1000;
	}
	ck_assert_uint_ge(rig.sents, 95);
	ck_assert_uint_le(rig.sents, 101);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ANSWERS_LIMITED) + rig.sents, 1000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES), 0);
	/* Its ACK was lost: it is told at each of its attempts. */
	for (uint32_t i = 0; i < 50; i++) {
		rig_forget(&rig);
		rig_give(&rig, &other, again);
		ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, other.seq + 10);
		rig.now_us += 10000 + 5000 * i;
	}
	rig_end(&rig, false);
}
END_TEST

/* RFC 9293, 3.8.6.1: who asks a closed window must be answered, however fast it asks. */
START_TEST(a_probe_of_a_closed_window_is_always_answered)
{
	struct rig_peer peer = rig_peer(1);
	struct la_seg probe;

	rig_params(&rig, 4);
	rig.params.tcp.window = 1000;
	rig.listeners[rig_listen(&rig, "echo", 7)].params.buffers = 1;
	rig_start(&rig);
	peer.local_port = 7;
	rig_open(&rig, &peer);
	/* It takes none of its echo, so that the buffer fills and stays full. */
	for (int i = 0; i < 200 && rig.sents < RIG_SENT_MAX - 2; i++) {
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 500));
		peer.seq = rig.sent_rx[rig.sents - 1].seg.ack;
		if (rig.sent_rx[rig.sents - 1].seg.wnd == 0)
			break;
	}
	ck_assert_uint_eq(rig.sent_rx[rig.sents - 1].seg.wnd, 0);
	for (int i = 0; i < 100; i++) {
		probe = rig_seg(&peer, LA_ACK, _i == 0);
		probe.seq -= _i == 1;
		rig_forget(&rig);
		rig_give(&rig, &peer, probe);
		peer.seq = rig_expect(&rig, LA_ACK)->ack;
		rig.now_us += 1000;
	}
	rig_end(&rig, false);
}
END_TEST

/* The same in TIME-WAIT: the peer's FIN comes again if our ACK of it was lost. */
START_TEST(fins_to_time_wait_are_answered_so_many_times_a_second)
{
	struct rig_peer peer = rig_peer(1);

	rig_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	rig_open(&rig, &peer);
	peer.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig_forget(&rig);
	peer.seq -= _i == 1 ? 10 : 0;
	for (int i = 0; i < 1000; i++) {
		rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, _i == 1 ? 10 : 0));
		rig.now_us += 1000;
	}
	ck_assert_uint_ge(rig.sents, 95);
	ck_assert_uint_le(rig.sents, 101);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	rig_end(&rig, false);
}
END_TEST

/* A SYN whose MSS would have every octet be a frame: raised to the floor, and counted, whoever
 * opens and whatever is kept. */
static const struct { uint16_t mss; uint8_t present; uint32_t raised; } small[] = {
	{ 0, LA_OPT_MSS, 1 }, { 1, LA_OPT_MSS, 1 }, { 63, LA_OPT_MSS, 1 }, { 64, LA_OPT_MSS, 0 },
	{ 215, LA_OPT_MSS, 0 }, { 216, LA_OPT_MSS, 0 }, { 1460, LA_OPT_MSS, 0 }, { 0, 0, 0 },
};
enum { SMALL = sizeof(small) / sizeof(small[0]) };
START_TEST(an_mss_below_the_floor_is_counted)
{
	const uint16_t mss = small[_i % SMALL].mss;
	struct rig_peer peer = rig_peer(1);
	struct la_seg synack;

	rig_params(&rig, 8);
	rig.params.syn_cookies = _i / SMALL == 0 ? LA_COOKIES_ALWAYS : LA_COOKIES_NEVER;
	rig.service.send_at_open = 200;
	rig_start(&rig);
	peer.syn_opts = (struct la_opts){ .present = small[_i % SMALL].present, .mss = mss };
	if (_i / SMALL < 2) {
		rig_open(&rig, &peer);
	} else {
		rig_introduce(&rig, &peer);
		rig_connect(&rig, RIG_PORT, &peer.address, peer.port);
		rig_poll(&rig);
		peer.ack = rig_expect(&rig, LA_SYN)->seq + 1;
		synack = rig_syn(&peer);
		synack.flags |= LA_ACK;
		synack.ack = peer.ack;
		rig_give(&rig, &peer, synack);
	}
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MSS_RAISED), small[_i % SMALL].raised);
	ck_assert_uint_ge(rig.sent_rx[rig.sents - 1].seg.len, 8);
	rig_end(&rig, false);
}
END_TEST

/* ACKs of what was not sent, before the handshake is over (3.10.7.3 and 3.10.7.4). */
START_TEST(rsts_for_stray_acks_to_a_handshake_are_limited)
{
	struct rig_peer peer = rig_peer(1);

	rig_params(&rig, 4);
	rig.params.syn_cookies = LA_COOKIES_NEVER;
	rig.params.rst_per_s = 80;
	rig_start(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	for (uint32_t i = 1; i <= 100; i++) {
		struct la_seg stray = rig_seg(&peer, LA_ACK, 0);

		stray.ack += i;
		rig_give(&rig, &peer, stray);
	}
	ck_assert_uint_eq(rig_reason(&rig, LA_RST_ACK_UNACCEPTABLE), 100);
	ck_assert_uint_ge(rig_count(&rig, LA_COUNT_TX_RSTS), 5);
	ck_assert_uint_le(rig_count(&rig, LA_COUNT_TX_RSTS), 15);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RSTS) +
			rig_count(&rig, LA_COUNT_TX_RSTS_LIMITED), 100);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	/* An ABORT's is always sent. */
	rig_forget(&rig);
	la_stack_abort_all(rig.stack, rig.now_us);
	rig_end(&rig, true);
}
END_TEST

/* Single octets with holes between them: each costs a walk through all before it. */
START_TEST(a_peer_that_sends_crumbs_makes_no_long_lists)
{
	struct rig_peer peer = rig_peer(1);
	struct la_stack_usage usage;

	rig_params(&rig, 4);
	rig.params.tcp.window = 1 << 20;
	rig.params.reassembly = 4096;
	peer.syn_opts = (struct la_opts){
		.present = LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_TIMESTAMPS, .mss = la_test_mss(),
	};
	rig_start(&rig);
	rig_open(&rig, &peer);
	rig.keep_nothing = true;
	for (uint32_t i = 1; i <= 3000; i++) {
		struct la_seg crumb = rig_seg(&peer, LA_ACK, 1);

		crumb.seq += 2 * i;
		rig_give(&rig, &peer, crumb);
	}
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_le(usage.reassembly, 512);
	ck_assert_uint_gt(rig_reason(&rig, LA_DROP_REASSEMBLY_FULL), 2000);
	/* Who goes away then leaves nothing behind but the connection. */
	rig_wait(&rig, SECONDS(70));
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_eq(usage.reassembly, 0);
	ck_assert_uint_eq(usage.senders, 0);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_end(&rig, false);
}
END_TEST

/* One octet ahead of a hole each, from as many as there are extension blocks. */
START_TEST(extension_blocks_come_back_from_those_who_went_away)
{
	struct rig_peer peer = rig_peer(100);

	rig_params(&rig, 32);
	rig.params.senders = 8;
	rig_start(&rig);
	for (uint32_t i = 0; i < 8; i++) {
		struct rig_peer gone = rig_peer(i);

		rig_open(&rig, &gone);
		gone.seq++;
		rig_give(&rig, &gone, rig_seg(&gone, LA_ACK, 1));
	}
	rig_forget(&rig);
	rig_open(&rig, &peer);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 8);
	rig_wait(&rig, SECONDS(70));
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 8);
	/* Its cookie has died by now, so it begins anew. */
	peer = rig_peer(101);
	rig_open(&rig, &peer);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 9);
	rig_end(&rig, false);
}
END_TEST

/* One that does not take its echo holds the only buffer; others come and are idle. */
START_TEST(idle_connections_hold_no_extension_block_for_want_of_a_buffer)
{
	struct rig_peer greedy = rig_peer(0), late = rig_peer(9), gone = rig_peer(10);
	struct la_stack_usage usage;
	const struct la_seg *seg;

	rig_params(&rig, 32);
	rig.params.senders = 4;
	rig.listeners[rig_listen(&rig, "echo", 7)].params.buffers = 1;
	rig_start(&rig);
	greedy.local_port = late.local_port = gone.local_port = 7;
	rig_open(&rig, &greedy);
	rig_give(&rig, &greedy, rig_seg(&greedy, LA_ACK, 10));
	for (uint32_t i = 1; i < 9; i++) {
		struct rig_peer idle = rig_peer(i);

		idle.local_port = 7;
		rig_open(&rig, &idle);
	}
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_eq(usage.senders, 1);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 9);
	/* One that sends and goes away keeps its extension block until there is room. */
	rig_open(&rig, &gone);
	rig_give(&rig, &gone, rig_seg(&gone, LA_ACK, 10));
	/* One that sends and stays finds its window closed behind what it sent, until there is room. */
	rig_open(&rig, &late);
	rig_forget(&rig);
	rig_give(&rig, &late, rig_seg(&late, LA_ACK, 10));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, late.seq);
	greedy.seq += 10;
	rig_give(&rig, &greedy, rig_seg(&greedy, LA_RST, 0));
	rig_forget(&rig);
	rig_give(&rig, &late, rig_seg(&late, LA_ACK, 10));
	seg = rig_expect(&rig, LA_ACK);
	ck_assert_uint_eq(seg->len, 10);
	ck_assert_uint_eq(seg->ack, late.seq + 10);
	late.seq += 10;
	late.ack += 10;
	rig_give(&rig, &late, rig_seg(&late, LA_ACK, 0));
	rig_wait(&rig, SECONDS(65));
	la_stack_usage(rig.stack, &usage);
	ck_assert_uint_eq(usage.senders, 0);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 10);
	rig_end(&rig, false);
}
END_TEST

/* A stranger may claim any source: what it draws is one frame, no larger but for the MSS
 * of a SYN-ACK, and nothing follows but, after a SYN, one question to the link where it is. */
static const struct { uint8_t flags; uint16_t port; uint32_t len; } strangers[] = {
	{ LA_SYN, RIG_PORT, 0 }, { LA_SYN, RIG_PORT, 400 }, { LA_ACK, RIG_PORT, 0 },
	{ LA_SYN | LA_ACK, RIG_PORT, 0 }, { LA_ACK | LA_FIN, RIG_PORT, 9 }, { LA_SYN, 99, 0 },
	{ LA_ACK, 99, 100 }, { LA_FIN, 99, 0 }, { 0, 99, 0 },
};
START_TEST(a_stranger_draws_no_more_than_it_sends)
{
	enum { MSS_LEN = 4 };
	struct rig_peer peer = rig_peer(1);
	struct la_seg seg = rig_seg(&peer, strangers[_i].flags, strangers[_i].len);
	uint32_t more = strangers[_i].flags == LA_SYN ? MSS_LEN : 0;

	rig_params(&rig, 4);
	rig_start(&rig);
	peer.local_port = strangers[_i].port;
	rig_put(&rig, &peer, seg);
	ck_assert_uint_eq(rig.ins, 1);
	more += rig.in[0].len;
	rig_poll(&rig);
	ck_assert_uint_eq(rig.sents, 1);
	ck_assert_uint_le(rig.sent[0].len, more);
	rig_wait(&rig, SECONDS(100));
	ck_assert_uint_eq(rig.sents, 1 + (strangers[_i].flags == LA_SYN &&
			strangers[_i].port == RIG_PORT));
	for (uint32_t i = 1; i < rig.sents; i++)
		ck_assert(rig_is_neighbourly(&rig.sent_rx[i]));
	rig_end(&rig, true);
}
END_TEST

/* A service that never closes: the connection is in CLOSE-WAIT until the limit. */
START_TEST(close_wait_ends_at_the_idle_limit)
{
	struct rig_peer peer = rig_peer(1);

	rig_params(&rig, 4);
	rig.params.tcp.idle_timeout_us = SECONDS(30);
	rig.service.keep_after_fin = true;
	rig_start(&rig);
	rig_open(&rig, &peer);
	rig_introduce(&rig, &peer);
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_CLOSE_WAIT), 1);
	rig_wait(&rig, SECONDS(29));
	ck_assert_uint_eq(rig_state(&rig, LA_CLOSE_WAIT), 1);
	rig_forget(&rig);
	rig_wait(&rig, SECONDS(2));
	rig_expect(&rig, LA_RST | LA_ACK);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_TIMED_OUT], 1);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack attack");
	TCase *t = tcase_create("attack");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, two_ends_that_disagree_do_not_answer_for_ever, 0,
			sizeof(forgeries) / sizeof(forgeries[0]));
	tcase_add_test(t, bare_acks_to_time_wait_are_answered_within_a_limit);
	tcase_add_loop_test(t, text_that_is_not_taken_is_answered_so_many_times_a_second, 0,
			sizeof(not_taken) / sizeof(not_taken[0]));
	tcase_add_loop_test(t, a_probe_of_a_closed_window_is_always_answered, 0, 2);
	tcase_add_loop_test(t, fins_to_time_wait_are_answered_so_many_times_a_second, 0, 2);
	tcase_add_loop_test(t, an_mss_below_the_floor_is_counted, 0, 3 * SMALL);
	tcase_add_test(t, rsts_for_stray_acks_to_a_handshake_are_limited);
	tcase_add_test(t, a_peer_that_sends_crumbs_makes_no_long_lists);
	tcase_add_test(t, extension_blocks_come_back_from_those_who_went_away);
	tcase_add_test(t, idle_connections_hold_no_extension_block_for_want_of_a_buffer);
	tcase_add_loop_test(t, a_stranger_draws_no_more_than_it_sends, 0,
			sizeof(strangers) / sizeof(strangers[0]));
	tcase_add_test(t, close_wait_ends_at_the_idle_limit);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
