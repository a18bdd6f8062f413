/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.2 and 3.7.1, RFC 7323, RFC 2018: options, offered and used. */
#include "rfc9293.h"

enum { ALL = LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED | LA_OPT_TIMESTAMPS };

static void
syn_ack_for(struct la_seg syn)
{
	la_tcp_open_passive(&h.env, &h.tcb, &syn, TEST_ISS, h.now_us);
	SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
}

/* Every set of offers: the SYN-ACK carries what was offered, and MSS. */
START_TEST(only_what_was_offered_is_agreed_to)
{
	struct la_seg syn = seg_syn();

	syn.opts.present = (uint8_t)_i;
	syn.opts.mss = 1000;
	syn.opts.wscale = 3;
	syn.opts.tsval = 0x80000001;
	h.params.window = 1 << 20;
	h.params.rcv_scale = la_tcp_scale_for(1 << 20);
	syn_ack_for(syn);
	ck_assert_uint_eq(h.sent[0].opts.present, (_i & ALL) | LA_OPT_MSS);
	ck_assert_uint_eq(h.sent[0].opts.mss, MSS);
	if (_i & LA_OPT_WSCALE)
		ck_assert_uint_eq(h.sent[0].opts.wscale, h.params.rcv_scale);
	if (_i & LA_OPT_TIMESTAMPS)
		ck_assert_uint_eq(h.sent[0].opts.tsecr, 0x80000001);
	/* Unscaled in a SYN. */
	ck_assert_uint_eq(h.sent[0].wnd, 65535);
}
END_TEST

START_TEST(what_is_switched_off_is_not_agreed_to)
{
	struct la_seg syn = seg_syn();

	h.params.timestamps = h.params.sack = h.params.wscale = false;
	tcb_syn_opts(&(struct tcb_setup){ .timestamps = true, .sack = true, .wscale = true }, &syn);
	syn_ack_for(syn);
	ck_assert_uint_eq(h.sent[0].opts.present, LA_OPT_MSS);
	tcb_arrives(&h, seg_data(R(0), S(0), 10));
	ck_assert_uint_eq(h.got, 10);
	SENDS(&h, { LA_ACK, S(0), R(10), 0 });
	ck_assert_uint_eq(h.sent[0].opts.present, 0);
}
END_TEST

/* The SYN-ACK left something out that we offered. */
START_TEST(an_active_open_uses_what_came_back_only)
{
	struct la_seg syn_ack = seg_syn_ack(S(0));

	h.params.window = 1 << 20;
	h.params.rcv_scale = la_tcp_scale_for(1 << 20);
	tcb_enter(&h, LA_SYN_SENT);
	syn_ack.opts.present = (uint8_t)_i;
	syn_ack.opts.mss = 1000;
	syn_ack.opts.wscale = 2;
	syn_ack.opts.tsval = 5;
	syn_ack.opts.tsecr = h.last_tsval;
	syn_ack.wnd = 50000;
	tcb_arrives(&h, syn_ack);
	ck_state(LA_ESTABLISHED);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	ck_assert_uint_eq(h.sent[0].opts.present, _i & LA_OPT_TIMESTAMPS);
	ck_assert_uint_eq(h.sent[0].wnd, _i & LA_OPT_WSCALE ?
			(1 << 20) >> h.params.rcv_scale : 65535);
	/* The SYN-ACK's own window was not scaled. */
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 50000);
	tcb_send(&h, 5000);
	tcb_pull(&h);
	/* MUST-15: 536 or 1220 if no MSS came. */
	ck_assert_uint_eq(h.sent[0].len, (_i & LA_OPT_MSS ? 1000u : la_test_mss_default()) -
			(_i & LA_OPT_TIMESTAMPS ? 12 : 0));
}
END_TEST

START_TEST(without_mss_a_peer_gets_the_default)
{
	tcb_enter(&h, LA_SYN_SENT);
	tcb_arrives(&h, seg_syn_ack(S(0)));
	tcb_pull(&h);
	tcb_send(&h, 5000);
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].len, la_test_mss_default());
}
END_TEST

/* As on the wire: nonsense is survived, and text goes through. */
static const uint16_t odd_mss[] = { 0, 1, 12, 13, 63, 65535 };
START_TEST(an_odd_mss_is_survived)
{
	struct la_seg syn_ack = seg_syn_ack(S(0));
	uint32_t place = 0;

	tcb_enter(&h, LA_SYN_SENT);
	syn_ack.opts.present = LA_OPT_MSS | LA_OPT_TIMESTAMPS;
	syn_ack.opts.tsecr = h.last_tsval;
	syn_ack.opts.mss = odd_mss[_i];
	syn_ack.opts.tsval = h.peer_tsval;
	tcb_arrives(&h, syn_ack);
	tcb_pull(&h);
	tcb_send(&h, 50);
	for (int i = 0; i < 60 && place < 50; i++) {
		tcb_pull(&h);
		for (uint32_t j = 0; j < h.sents; j++) {
			ck_assert_uint_ge(h.sent[j].len, 1);
			place += h.sent[j].len;
		}
		tcb_arrives(&h, seg_ack(R(0), S(place)));
	}
	ck_assert_uint_eq(place, 50);
	ck_assert_uint_eq(h.acked, 50);
}
END_TEST

static const struct { uint8_t wire, used; } shifts[] = {
	{ 0, 0 }, { 1, 1 }, { 14, 14 }, { 15, 14 }, { 16, 14 }, { 255, 14 },
};
START_TEST(a_shift_above_14_is_taken_as_14)
{
	struct la_seg syn = seg_syn();

	syn.opts.present = LA_OPT_WSCALE;
	syn.opts.wscale = shifts[_i].wire;
	syn_ack_for(syn);
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 1000));
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 1000u << shifts[_i].used);
}
END_TEST

static const struct { uint32_t window; uint8_t scale; } scales[] = {
	{ 0, 0 }, { 1, 0 }, { 65535, 0 }, { 65536, 1 }, { 131070, 1 }, { 131071, 1 }, { 131072, 2 },
	{ 1u << 30, 14 }, { UINT32_MAX, 14 },
};
START_TEST(our_shift_is_the_smallest_that_does)
{
	uint8_t scale = la_tcp_scale_for(scales[_i].window);

	ck_assert_uint_le(scale, 14);
	ck_assert_uint_eq(scale, scales[_i].scale);
}
END_TEST

/* Timestamps */

static void
open_stamped(void)
{
	/* TS.Recent is 1000 from here. */
	rfc_open_with((struct tcb_setup){ .timestamps = true, .sack = true });
	h.bare = true;
	tcb_arrives(&h, seg_ts(seg_ack(R(0), S(0)), 1000, h.last_tsval));
	SENDS_NOTHING(&h);
	ck_assert_uint_eq(h.tcb.ts_recent, 1000);
}

START_TEST(every_segment_carries_timestamps)
{
	open_stamped();
	tcb_send(&h, 100);
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(0), R(0), 100 });
	ck_assert_uint_eq(h.sent[0].opts.present, LA_OPT_TIMESTAMPS);
	ck_assert_uint_eq(h.sent[0].opts.tsecr, 1000);
	tcb_fire(&h);
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].opts.present, LA_OPT_TIMESTAMPS);
}
END_TEST

START_TEST(paws_drops_the_old_with_an_ack)
{
	static const uint32_t old[] = { 999, 0, 1000 - 0x7fffffff };

	open_stamped();
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), old[_i], 0));
	ck_reason(LA_DROP_PAWS);
	ck_assert_uint_eq(h.got, 0);
	ck_assert_uint_eq(h.tcb.ts_recent, 1000);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), 1000, 0));
	ck_assert_uint_eq(h.got, 10);
}
END_TEST

START_TEST(paws_wraps)
{
	open_stamped();
	h.tcb.ts_recent = 0xfffffff0;
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), 5, 0));
	ck_reason(LA_OK);
	ck_assert_uint_eq(h.tcb.ts_recent, 5);
	tcb_arrives(&h, seg_ts(seg_data(R(10), S(0), 10), 0xfffffff5, 0));
	ck_reason(LA_DROP_PAWS);
}
END_TEST

static const uint32_t aheads[] = { 1, 0x1000, 0x7fffffff };

/* ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT, LAST-ACK. */
enum { STAMPED_STATES = 5, BAD_ACKS = 5, AHEADS = sizeof(aheads) / sizeof(aheads[0]) };

/* @return RCV.NXT there, from the peer's ISN on. */
static uint32_t
stamped_state(int number)
{
	open_stamped();
	if (number == 1 || number == 2)
		tcb_close(&h);
	tcb_pull(&h);
	if (number == 2)
		tcb_arrives(&h, seg_ts(seg_ack(R(0), S(1)), 1000, 0));
	if (number < 3)
		return 0;
	tcb_arrives(&h, seg_ts(seg_fin(R(0), S(0)), 1000, 0));
	if (number == 4)
		tcb_close(&h);
	tcb_pull(&h);
	return 1;
}

/* CVE-2005-0356: a forged segment whose SEG.SEQ fits but whose SEG.ACK does not must not change
 * TS.Recent, or PAWS would drop what the true peer sends. */
START_TEST(ts_recent_is_not_taken_with_a_bad_ack)
{
	const uint32_t at = stamped_state(_i % STAMPED_STATES);
	const int kind = _i / STAMPED_STATES % BAD_ACKS;
	const uint32_t acks[BAD_ACKS] = { S(100000), S(2), S(0) - 0x7ffffff0, S(0) - 0x100000,
		S(0) };
	struct la_seg blind = seg_data(R(at), acks[kind], 10);

	if (acks[kind] == S(0))
		blind.flags &= ~LA_ACK;
	tcb_arrives(&h, seg_ts(blind, 1000 + aheads[_i / STAMPED_STATES / BAD_ACKS], 0));
	ck_assert(h.reason == LA_DROP_ACK_NOT_SENT || h.reason == LA_DROP_NO_ACK ||
			h.reason == LA_DROP_ACK_TOO_OLD);
	ck_assert_uint_eq(h.tcb.ts_recent, 1000);
	tcb_arrives(&h, seg_ts(seg_ack(R(at), h.tcb.snd.una), 1000, 0));
	ck_reason(LA_OK);
}
END_TEST

/* Some paths take the option off what comes behind a SYN (RFC 7323, 3.2): D35. */
START_TEST(segments_that_lost_their_timestamps_are_taken)
{
	const uint32_t at = stamped_state(_i);
	const uint32_t una = h.tcb.snd.nxt;

	/* A keep-alive, with an octet and without, is answered by an ACK that has timestamps. */
	for (uint32_t len = 0; len < 2 && _i != 4; len++) {
		struct la_seg probe = len ? seg_data(R(at - 1), una, 1) : seg_ack(R(at - 1), una);

		tcb_arrives(&h, probe);
		ck_assert_int_ne(h.reason, LA_DROP_PAWS);
		SENDS(&h, { LA_ACK, una, R(at), 0 });
		ck_assert(h.sent[0].opts.present & LA_OPT_TIMESTAMPS);
		ck_assert_uint_eq(h.sent[0].opts.tsecr, 1000);
	}
	/* Its ACK counts, as far as there is something to acknowledge. */
	tcb_arrives(&h, seg_ack(R(at), una));
	ck_reason(LA_OK);
	if (_i == 4) {
		ck_assert_int_eq(h.tcb.state, LA_CLOSED);
		return;
	}
	if (_i < 2) {
		tcb_arrives(&h, seg_data(R(at), una, 10));
		ck_reason(LA_OK);
	}
	ck_assert_uint_eq(h.tcb.ts_recent, 1000);
}
END_TEST

/* PAWS goes on for those that have timestamps, and what has none moves TS.Recent nowhere. */
START_TEST(paws_holds_beside_segments_without_timestamps)
{
	open_stamped();
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), 2000, 0));
	tcb_arrives(&h, seg_data(R(10), S(0), 10));
	tcb_arrives(&h, seg_data(R(30), S(0), 10));
	tcb_arrives(&h, seg_data(R(20), S(0), 10));
	ck_reason(LA_OK);
	tcb_pull(&h);
	ck_assert_uint_eq(h.got, 40);
	ck_assert_uint_eq(h.sent[0].opts.tsecr, 2000);
	tcb_arrives(&h, seg_ts(seg_data(R(40), S(0), 10), 1999, 0));
	ck_reason(LA_DROP_PAWS);
	tcb_pull(&h);
	tcb_arrives(&h, seg_ts(seg_data(R(40), S(0), 10), 2000, 0));
	ck_reason(LA_OK);
	ck_assert_uint_eq(h.got, 50);
}
END_TEST

/* A handshake that was kept: with timestamps in the SYN, and none in what comes after it. */
START_TEST(a_last_ack_that_lost_its_timestamps_opens)
{
	struct la_seg syn = seg_syn();

	syn.opts.present = ALL;
	syn.opts.tsval = 1000;
	syn_ack_for(syn);
	h.bare = true;
	tcb_arrives(&h, _i ? seg_data(R(0), S(0), 10) : seg_ack(R(0), S(0)));
	ck_assert_int_eq(h.tcb.state, LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, _i ? 10 : 0);
	ck_assert_uint_eq(h.tcb.ts_recent, 1000);
	/* The SYN again, without: it is no timestamp either. */
	tcb_arrives(&h, seg_syn());
	ck_assert_uint_eq(h.tcb.ts_recent, 1000);
}
END_TEST

START_TEST(a_syn_that_comes_again_without_timestamps_sets_none)
{
	struct la_seg syn = seg_syn();

	syn.opts.present = ALL;
	syn.opts.tsval = 1000;
	syn_ack_for(syn);
	h.bare = true;
	tcb_arrives(&h, seg_syn());
	ck_reason(LA_OK_SYN_REPEATED);
	ck_assert_uint_eq(h.tcb.ts_recent, 1000);
}
END_TEST

START_TEST(a_timestamp_nobody_asked_for_is_ignored)
{
	rfc_open();
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), 1, 1));
	ck_assert_uint_eq(h.got, 10);
	tcb_arrives(&h, seg_ts(seg_data(R(10), S(0), 10), 0, 1));
	ck_assert_uint_eq(h.got, 20);
	SENDS(&h, { LA_ACK, S(0), R(20), 0 });
	ck_assert_uint_eq(h.sent[0].opts.present, 0);
}
END_TEST

/* RFC 7323, 4.3, (A): the earliest segment not acknowledged yet is echoed. */
START_TEST(a_delayed_ack_echoes_the_earliest)
{
	open_stamped();
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), 1001, 0));
	tcb_arrives(&h, seg_ts(seg_data(R(10), S(0), 10), 1002, 0));
	tcb_arrives(&h, seg_ts(seg_data(R(20), S(0), 10), 1003, 0));
	SENDS(&h, { LA_ACK, S(0), R(30), 0 });
	ck_assert_uint_eq(h.sent[0].opts.tsecr, 1001);
	tcb_arrives(&h, seg_ts(seg_data(R(30), S(0), 10), 1004, 0));
	SENDS(&h, { LA_ACK, S(0), R(40), 0 });
	ck_assert_uint_eq(h.sent[0].opts.tsecr, 1004);
}
END_TEST

/* (B): what lies above a hole is not echoed; (C): what fills it is. */
START_TEST(a_hole_echoes_what_advanced_and_then_what_filled)
{
	open_stamped();
	tcb_arrives(&h, seg_ts(seg_data(R(10), S(0), 10), 1002, 0));
	if (_i)
		SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	if (_i)
		ck_assert_uint_eq(h.sent[0].opts.tsecr, 1000);
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), 1005, 0));
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].ack, R(20));
	ck_assert_uint_eq(h.sent[0].opts.tsecr, 1005);
}
END_TEST

START_TEST(an_old_duplicate_is_not_echoed)
{
	open_stamped();
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), 1001, 0));
	tcb_pull(&h);
	/* Outside the window: not even looked at. */
	tcb_arrives(&h, seg_ts(seg_data(R(0x100000), S(0), 10), 5000, 0));
	ck_assert_uint_eq(h.tcb.ts_recent, 1001);
}
END_TEST

START_TEST(our_clock_is_in_milliseconds)
{
	uint32_t before;

	open_stamped();
	tcb_arrives(&h, seg_ts(seg_data(R(0), S(0), 10), 1001, 0));
	tcb_pull(&h);
	before = h.sent[0].opts.tsval;
	h.now_us += 250000;
	tcb_arrives(&h, seg_ts(seg_data(R(10), S(0), 10), 1002, 0));
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].opts.tsval - before, 250);
}
END_TEST

/* The offset must not depend on what the connection happens to hold. */
START_TEST(our_clock_never_jumps)
{
	open_stamped();
	for (int i = 0; i < 4; i++) {
		/* check_sent() looks at each TSval. */
		tcb_send(&h, 100);
		tcb_pull(&h);
		tcb_arrives(&h, seg_ts(seg_ack(R(0), h.tcb.snd.nxt), 1000, h.last_tsval));
		tcb_pull(&h);
		tcb_wait(&h, 10000000);
	}
	ck_assert_uint_eq(h.exts.used, 0);
}
END_TEST

START_TEST(our_clock_never_jumps_when_text_was_queued_early)
{
	struct la_seg syn_ack = seg_syn_ack(S(0));

	la_tcp_open_active(&h.env, &h.tcb, TEST_ISS, h.now_us);
	tcb_send(&h, 10);
	tcb_pull(&h);
	tcb_syn_opts(&(struct tcb_setup){ .timestamps = true }, &syn_ack);
	tcb_arrives(&h, syn_ack);
	tcb_pull(&h);
	ck_assert_uint_ge(h.sents, 1);
}
END_TEST

/* SACK */

START_TEST(the_first_block_is_the_newest)
{
	static const uint32_t at[] = { 100, 300, 500, 200, 700, 900 };
	/* Left and right edges after each. */
	static const uint32_t want[][7] = {
		{ 1, 100, 110 },
		{ 2, 300, 310, 100, 110 },
		{ 3, 500, 510 },
		{ 3, 200, 210 },
		{ 3, 700, 710 },
		{ 3, 900, 910 },
	};

	rfc_open_with((struct tcb_setup){ .sack = true });
	for (int i = 0; i < 6; i++) {
		tcb_arrives(&h, seg_data(R(at[i]), S(0), 10));
		SENDS(&h, { LA_ACK, S(0), R(0), 0 });
		ck_assert_uint_eq(h.sent[0].opts.present, LA_OPT_SACK);
		ck_assert_uint_eq(h.sent[0].opts.sacks, want[i][0]);
		ck_assert_uint_eq(h.sent[0].opts.sack[0].left, R(want[i][1]));
		ck_assert_uint_eq(h.sent[0].opts.sack[0].right, R(want[i][2]));
		if (i == 1) {
			ck_assert_uint_eq(h.sent[0].opts.sack[1].left, R(100));
			ck_assert_uint_eq(h.sent[0].opts.sack[1].right, R(110));
		}
		/* No block twice. */
		for (int j = 1; j < h.sent[0].opts.sacks; j++)
			ck_assert_uint_ne(h.sent[0].opts.sack[j].left,
					h.sent[0].opts.sack[0].left);
	}
}
END_TEST

START_TEST(blocks_that_touch_are_one)
{
	rfc_open_with((struct tcb_setup){ .sack = true });
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	tcb_arrives(&h, seg_data(R(300), S(0), 100));
	tcb_pull(&h);
	tcb_arrives(&h, seg_data(R(200), S(0), 100));
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	ck_assert_uint_eq(h.sent[0].opts.sacks, 1);
	ck_assert_uint_eq(h.sent[0].opts.sack[0].left, R(100));
	ck_assert_uint_eq(h.sent[0].opts.sack[0].right, R(400));
	/* A duplicate of a part of it is named, and then the whole (RFC 2883, 4.2). */
	tcb_arrives(&h, seg_data(R(150), S(0), 10));
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	ck_assert_uint_eq(h.sent[0].opts.sacks, 2);
	ck_assert_uint_eq(h.sent[0].opts.sack[0].left, R(150));
	ck_assert_uint_eq(h.sent[0].opts.sack[0].right, R(160));
	ck_assert_uint_eq(h.sent[0].opts.sack[1].left, R(100));
	ck_assert_uint_eq(h.sent[0].opts.sack[1].right, R(400));
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	SENDS(&h, { LA_ACK, S(0), R(400), 0 });
	ck_assert(!(h.sent[0].opts.present & LA_OPT_SACK));
}
END_TEST

START_TEST(no_block_without_permission)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	ck_assert_uint_eq(h.sent[0].opts.present, 0);
}
END_TEST

START_TEST(blocks_go_beside_timestamps)
{
	open_stamped();
	tcb_arrives(&h, seg_ts(seg_data(R(100), S(0), 100), 1001, 0));
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	ck_assert_uint_eq(h.sent[0].opts.present, LA_OPT_SACK | LA_OPT_TIMESTAMPS);
}
END_TEST

/* SACK blocks of the peer, whatever they say. */
START_TEST(blocks_that_arrive_do_no_harm)
{
	struct la_seg seg = seg_ack(R(0), S(0));

	rfc_open_with((struct tcb_setup){ .sack = true });
	tcb_send(&h, 3000);
	tcb_pull(&h);
	seg.opts.present = LA_OPT_SACK;
	seg.opts.sacks = 3;
	seg.opts.sack[0] = (struct la_sack){ S(MSS), S(2 * MSS) };
	seg.opts.sack[1] = (struct la_sack){ 5, 4 };
	seg.opts.sack[2] = (struct la_sack){ S(0), S(0x40000000) };
	for (int i = 0; i < 5; i++)
		tcb_arrives(&h, seg);
	tcb_pull(&h);
	tcb_arrives(&h, seg_ack(R(0), S(3000)));
	ck_assert_uint_eq(h.acked, 3000);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("options");
	TCase *t = rfc_case(s, "options");

	tcase_add_loop_test(t, only_what_was_offered_is_agreed_to, 0, 16);
	tcase_add_test(t, what_is_switched_off_is_not_agreed_to);
	tcase_add_loop_test(t, an_active_open_uses_what_came_back_only, 0, 16);
	tcase_add_test(t, without_mss_a_peer_gets_the_default);
	tcase_add_loop_test(t, an_odd_mss_is_survived, 0, 6);
	tcase_add_loop_test(t, a_shift_above_14_is_taken_as_14, 0, 6);
	tcase_add_loop_test(t, our_shift_is_the_smallest_that_does, 0, 9);
	tcase_add_test(t, every_segment_carries_timestamps);
	tcase_add_loop_test(t, paws_drops_the_old_with_an_ack, 0, 3);
	tcase_add_test(t, paws_wraps);
	tcase_add_loop_test(t, ts_recent_is_not_taken_with_a_bad_ack, 0,
			STAMPED_STATES * BAD_ACKS * AHEADS);
	tcase_add_loop_test(t, segments_that_lost_their_timestamps_are_taken, 0, STAMPED_STATES);
	tcase_add_test(t, paws_holds_beside_segments_without_timestamps);
	tcase_add_loop_test(t, a_last_ack_that_lost_its_timestamps_opens, 0, 2);
	tcase_add_test(t, a_syn_that_comes_again_without_timestamps_sets_none);
	tcase_add_test(t, a_timestamp_nobody_asked_for_is_ignored);
	tcase_add_test(t, a_delayed_ack_echoes_the_earliest);
	tcase_add_loop_test(t, a_hole_echoes_what_advanced_and_then_what_filled, 0, 2);
	tcase_add_test(t, an_old_duplicate_is_not_echoed);
	tcase_add_test(t, our_clock_is_in_milliseconds);
	tcase_add_test(t, our_clock_never_jumps);
	tcase_add_test(t, our_clock_never_jumps_when_text_was_queued_early);
	tcase_add_test(t, the_first_block_is_the_newest);
	tcase_add_test(t, blocks_that_touch_are_one);
	tcase_add_test(t, no_block_without_permission);
	tcase_add_test(t, blocks_go_beside_timestamps);
	tcase_add_test(t, blocks_that_arrive_do_no_harm);
	return s;
}

LA_CHECK_MAIN(suite)
