/* SPDX-License-Identifier: BSD-3-Clause */
/* What belongs to no connection, but perhaps to a handshake by cookie that is under way. */
#include "la_check.h"
#include "rig.h"

static struct rig rig;

static void
begin(void)
{
	rig_params(&rig, 16);
	rig.params.time_wait_us = 1000000;
}

static void
shake_hands_half(struct rig_peer *peer, uint8_t options)
{
	peer->syn_opts = (struct la_opts){ .present = options, .mss = la_test_mss(), .wscale = 7,
		.tsval = 0xfffffff0 };
	peer->tsval = peer->syn_opts.tsval + 1;
	rig_give(&rig, peer, rig_syn(peer));
	rig_synack(peer, rig_expect(&rig, LA_SYN | LA_ACK));
}

/* The handshake's last ACK and the first text were lost or overtaken, so many octets of it. The
 * path lets timestamps pass, or none behind the SYN, or the peer never had any. */
static const uint32_t overtaken[] = { 1, 100, 1460, 10000, 60000 };
static const uint64_t overtaken_after_us[] = { 0, 10000, 4000000, 6000000, 30000000 };
enum { STAMPED, STRIPPED, NEVER_STAMPED, STAMPS };
enum {
	OVERTAKEN = sizeof(overtaken) / sizeof(overtaken[0]),
	TIMES = sizeof(overtaken_after_us) / sizeof(overtaken_after_us[0]),
};

START_TEST(what_overtakes_the_last_ack_opens)
{
	struct rig_peer peer = rig_peer(5), later;
	const uint32_t gap = overtaken[_i % OVERTAKEN];
	const int stamps = _i / OVERTAKEN % STAMPS;
	const struct la_seg *ack;

	begin();
	rig_start(&rig);
	shake_hands_half(&peer, LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED |
			(stamps == NEVER_STAMPED ? 0 : LA_OPT_TIMESTAMPS));
	rig_wait(&rig, overtaken_after_us[_i / OVERTAKEN / STAMPS]);
	if (stamps == STRIPPED)
		peer.timestamps = false;
	later = peer;
	later.seq += gap;
	later.tsval++;
	rig_forget(&rig);
	rig_give(&rig, &later, rig_seg(&later, LA_ACK, 50));
	/* As if its SYN had been kept: it is above a hole, and an ACK says so. */
	ack = rig_expect(&rig, LA_ACK);
	ck_assert_uint_eq(ack->ack, peer.seq);
	ck_assert_int_eq(!!(ack->opts.present & LA_OPT_TIMESTAMPS), stamps != NEVER_STAMPED);
	ck_assert_int_eq(!!(ack->opts.present & LA_OPT_SACK), stamps != NEVER_STAMPED);
	ck_assert_uint_eq(rig_reason(&rig, LA_OK_OPENED_BY_COOKIE), 1);
	for (uint32_t sent = 0; sent < gap; sent += 1000) {
		const uint32_t len = gap - sent < 1000 ? gap - sent : 1000;

		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, len));
		peer.seq += len;
	}
	ck_assert_uint_eq(rig.service.octets, gap + 50);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	peer.seq += 50;
	rig_peer_closes(&rig, &peer);
	rig_end(&rig, true);
}
END_TEST

/* RFC 7323, 3.2: no connection may end because a segment lacks its timestamps. The cookie's
 * options came with them, and hold all the same. */
START_TEST(a_last_ack_without_its_timestamps_opens)
{
	struct rig_peer peer = rig_peer(5);
	const struct la_seg *ack;

	begin();
	rig.params.tcp.window = 1 << 20;
	rig.params.tcp.rcv_scale = la_tcp_scale_for(1 << 20);
	rig_start(&rig);
	shake_hands_half(&peer, LA_OPT_MSS | LA_OPT_TIMESTAMPS | (_i & 1 ? LA_OPT_WSCALE : 0) |
			(_i & 2 ? LA_OPT_SACK_PERMITTED : 0));
	peer.timestamps = false;
	if (_i & 4)
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 100));
	peer.seq += 100;
	ck_assert_uint_eq(rig.service.octets, 100);
	ack = rig_expect(&rig, LA_ACK);
	ck_assert(ack->opts.present & LA_OPT_TIMESTAMPS);
	ck_assert_uint_eq(ack->opts.tsecr, peer.syn_opts.tsval);
	ck_assert_uint_eq(ack->wnd > 0xff00, !(_i & 1));
	/* From now on they come through. */
	peer.timestamps = true;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	peer.seq += 10;
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->opts.tsecr, peer.tsval);
	rig_peer_closes(&rig, &peer);
	rig_end(&rig, true);
}
END_TEST

/* Not in the window of the SYN-ACK, or older than the SYN: it opens nothing, and draws nothing. */
static const struct { uint32_t off, older; } unopened[] = {
	{ 0xffffffff, 0 }, { 65535, 0 }, { 70000, 0 }, { 0x80000000, 0 }, { 100, 2 },
};

START_TEST(what_cannot_open_a_handshake_under_way_is_not_reset)
{
	struct rig_peer peer = rig_peer(5), other;

	begin();
	rig_start(&rig);
	shake_hands_half(&peer, LA_OPT_MSS | LA_OPT_TIMESTAMPS);
	other = peer;
	other.seq += unopened[_i].off;
	other.tsval -= unopened[_i].older;
	rig_give(&rig, &other, rig_seg(&other, LA_ACK, 10));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_COOKIE_UNDER_WAY), 1);
	ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_end(&rig, false);
}
END_TEST

/* A SYN of somebody else in the peer's name takes the place of the note of its own. What comes behind
 * a lost last ACK, or answers the SYN-ACK that the peer did not ask for, ends nothing. */
START_TEST(a_syn_in_the_peers_name_ends_no_handshake)
{
	struct rig_peer peer = rig_peer(5), forged = peer, later;

	begin();
	rig_start(&rig);
	shake_hands_half(&peer, _i & 1 ? LA_OPT_MSS : LA_OPT_MSS | LA_OPT_TIMESTAMPS);
	for (uint32_t i = 1; i <= 3; i++) {
		forged.seq = peer.seq + i * 100000007;
		forged.syn_opts = peer.syn_opts;
		rig_give(&rig, &forged, rig_syn(&forged));
		rig_expect(&rig, LA_SYN | LA_ACK);
		later = peer;
		later.seq += 1000 * i;
		rig_give(&rig, &later, rig_seg(&later, LA_ACK, _i & 2 ? 10 : 0));
		rig_expect_nothing(&rig);
	}
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 1000));
	peer.seq += 1000;
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer.seq);
	ck_assert_uint_eq(rig.service.octets, 1000);
	rig_peer_closes(&rig, &peer);
	/* Of one that is over there is no doubt. */
	peer.seq += 10;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_expect(&rig, LA_RST);
	rig_end(&rig, true);
}
END_TEST

/* A connection that is over is no handshake, however young: with timestamps and without. */
START_TEST(a_closed_connection_draws_a_rst_at_once)
{
	struct rig_peer peer = rig_peer(5);

	begin();
	rig_start(&rig);
	shake_hands_half(&peer, _i & 1 ? LA_OPT_MSS : LA_OPT_MSS | LA_OPT_TIMESTAMPS);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, _i & 2 ? 10 : 0));
	peer.seq += _i & 2 ? 10 : 0;
	rig_peer_closes(&rig, &peer);
	/* At its ISN + 1 a late duplicate opens again (D19): not there. */
	peer.seq += 10;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_expect(&rig, LA_RST);
	ck_assert_uint_eq(rig_reason(&rig, LA_RST_COOKIE_BAD), 1);
	rig_end(&rig, true);
}
END_TEST

/* Opened, all of them, and so nothing is lost where they share places. */
START_TEST(many_connections_leave_no_doubt)
{
	static struct rig_peer peers[2000];

	rig_params(&rig, 2000);
	rig_start(&rig);
	for (uint32_t i = 0; i < 2000; i++) {
		peers[i] = rig_peer(i);
		rig_open(&rig, &peers[i]);
		rig_peer_closes(&rig, &peers[i]);
	}
	for (uint32_t i = 0; i < 2000; i++) {
		rig_forget(&rig);
		rig_wait(&rig, 100000);
		peers[i].seq += 10;
		rig_give(&rig, &peers[i], rig_seg(&peers[i], LA_ACK, 10));
		rig_expect(&rig, LA_RST);
	}
	rig_end(&rig, true);
}
END_TEST

static void
flood(void)
{
	rig.keep_nothing = true;
	for (uint32_t i = 0; i < 50000; i++) {
		const struct rig_peer stranger = rig_peer(1000 + i);

		rig_put(&rig, &stranger, rig_syn(&stranger));
	}
	rig_poll(&rig);
	rig.keep_nothing = false;
	rig_forget(&rig);
}

/* Questions where those are that SYNs came from do not count. */
static void
expect_no_segment(void)
{
	const struct la_rx *rx;

	while ((rx = rig_next(&rig)) != NULL)
		ck_assert_int_ne(rx->kind, LA_KIND_TCP);
}

/* A flood of SYNs leaves nothing known of any: silence, and the first text opens. */
START_TEST(after_a_flood_what_overtakes_the_last_ack_is_not_reset)
{
	struct rig_peer peer = rig_peer(5), later;

	begin();
	rig_start(&rig);
	shake_hands_half(&peer, _i & 1 ? LA_OPT_MSS : LA_OPT_MSS | LA_OPT_TIMESTAMPS);
	flood();
	later = peer;
	later.seq += 100;
	for (uint32_t n = 0; n < 29; n++) {
		rig_give(&rig, &later, rig_seg(&later, LA_ACK, 50));
		rig_wait(&rig, 100000);
	}
	expect_no_segment();
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_COOKIE_UNDER_WAY), 29);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 100));
	ck_assert_uint_eq(rig.service.octets, 100);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_end(&rig, false);
}
END_TEST

/* A peer whose connection is gone learns of it in some seconds, also while the flood goes on. */
START_TEST(a_flood_keeps_a_dead_peer_in_the_dark_for_seconds)
{
	struct rig_peer peer = rig_peer(5);
	uint32_t tries;

	begin();
	rig_start(&rig);
	peer.seq = 1000;
	peer.ack = 2000;
	for (tries = 0; tries < 10; tries++) {
		flood();
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
		if (rig.sents > 0)
			break;
		rig_wait(&rig, 1000000);
	}
	rig_expect(&rig, LA_RST);
	ck_assert_uint_eq(tries, 3);
	/* Without a flood at once. */
	rig_wait(&rig, 6000000);
	rig_forget(&rig);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_expect(&rig, LA_RST);
	rig_end(&rig, true);
}
END_TEST

/* `auto`: a SYN is answered by a cookie and, when it comes again, kept: two SYN-ACKs with two
 * numbers. The peer takes the first of them, and goes on with an ACK, text, or what follows lost
 * text; and the other way round its ACK is of the block. */
START_TEST(a_syn_that_came_twice_opens_by_either_answer)
{
	static const struct { uint32_t gap, len; } goes_on[] = { { 0, 0 }, { 0, 100 }, { 500, 100 } };
	struct rig_peer other = rig_peer(1), peer = rig_peer(2), kept;
	const bool stamped = _i % 2, takes_cookie = _i / 2 % 2;
	const uint32_t gap = goes_on[_i / 4].gap, len = goes_on[_i / 4].len;

	begin();
	rig.params.syn_cookies = LA_COOKIES_AUTO;
	rig.params.backlog = 1;
	rig_start(&rig);
	rig_give(&rig, &other, rig_syn(&other));
	rig_synack(&other, rig_expect(&rig, LA_SYN | LA_ACK));
	peer.syn_opts.present |= LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED |
			(stamped ? LA_OPT_TIMESTAMPS : 0);
	kept = peer;
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_SENT), 1);
	rig_give(&rig, &other, rig_seg(&other, LA_RST, 0));
	rig_give(&rig, &kept, rig_syn(&kept));
	rig_synack(&kept, rig_expect(&rig, LA_SYN | LA_ACK));
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 1);
	ck_assert_uint_ne(kept.ack, peer.ack);

	if (!takes_cookie)
		peer = kept;
	peer.seq += gap;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, len));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RSTS), 0);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 0);
	ck_assert_uint_eq(rig_reason(&rig, LA_OK_OPENED_BY_COOKIE), takes_cookie);
	peer.seq -= gap;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, gap));
	ck_assert_uint_eq(rig.service.octets, gap + len);
	peer.seq += gap + len;
	rig_peer_closes(&rig, &peer);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack syns");
	TCase *t = tcase_create("syns");

	tcase_add_loop_test(t, what_overtakes_the_last_ack_opens, 0, OVERTAKEN * STAMPS * TIMES);
	tcase_add_loop_test(t, a_last_ack_without_its_timestamps_opens, 0, 8);
	tcase_add_loop_test(t, what_cannot_open_a_handshake_under_way_is_not_reset, 0,
			sizeof(unopened) / sizeof(unopened[0]));
	tcase_add_loop_test(t, a_syn_in_the_peers_name_ends_no_handshake, 0, 4);
	tcase_add_loop_test(t, a_closed_connection_draws_a_rst_at_once, 0, 4);
	tcase_add_test(t, many_connections_leave_no_doubt);
	tcase_add_loop_test(t, a_syn_that_came_twice_opens_by_either_answer, 0, 12);
	tcase_add_loop_test(t, after_a_flood_what_overtakes_the_last_ack_is_not_reset, 0, 2);
	tcase_add_test(t, a_flood_keeps_a_dead_peer_in_the_dark_for_seconds);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
