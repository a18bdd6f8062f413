/* SPDX-License-Identifier: BSD-3-Clause */
/* SYNs when few blocks are left: who gets the last, and that a cookie helps. */
#include "la_check.h"
#include "rig.h"

static struct rig rig;

static const enum la_syn_cookies modes[] = {
	LA_COOKIES_ALWAYS, LA_COOKIES_AUTO, LA_COOKIES_NEVER,
};

/* `backlog` may be more than ever is free: what is left of the blocks turns to cookies, too, and
 * the last are for those who bring one back. */
static const uint32_t opened_before[] = { 0, 10, 40, 56, 60 };
START_TEST(auto_turns_to_cookies_when_few_blocks_are_left)
{
	enum { BLOCKS = 64, LAST = BLOCKS / 8 };
	const uint32_t before = opened_before[_i];
	struct la_stack_cookies cookies;
	struct rig_peer one;

	rig_params(&rig, BLOCKS);
	rig.params.syn_cookies = LA_COOKIES_AUTO;
	rig.params.backlog = 1000;
	rig_start(&rig);
	for (uint32_t i = 0; i < before; i++) {
		one = rig_peer(1000 + i);
		rig_forget(&rig);
		rig_open(&rig, &one);
	}
	for (uint32_t i = 0; i < 200; i++) {
		const struct rig_peer flood = rig_peer(i);

		rig_give(&rig, &flood, rig_syn(&flood));
	}
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED),
			before < BLOCKS - LAST ? BLOCKS - LAST - before : 0);
	ck_assert_uint_eq(rig_reason(&rig, LA_OK_SYN_ACKED), 200 + before);
	for (uint32_t i = 0; i < LAST && before + i < BLOCKS; i++) {
		one = rig_peer(5000 + i);
		rig_forget(&rig);
		rig_open(&rig, &one);
	}
	ck_assert_uint_eq(la_stack_connections(rig.stack), BLOCKS);
	/* The flood's are given up: with blocks free again SYNs are kept again. */
	rig.keep_nothing = true;
	rig_wait(&rig, UINT64_C(200000000));
	rig.keep_nothing = false;
	rig_forget(&rig);
	one = rig_peer(9000);
	rig_give(&rig, &one, rig_syn(&one));
	la_stack_cookies(rig.stack, rig.now_us, &cookies);
	ck_assert_int_eq(cookies.active, before + LAST >= BLOCKS - BLOCKS / 4);
	rig_end(&rig, false);
}
END_TEST

/* A connection that the service ended first: its record is in TIME-WAIT. */
static struct rig_peer
in_time_wait(uint32_t n, bool timestamps)
{
	struct rig_peer peer = rig_peer(n);

	rig_forget(&rig);
	if (timestamps)
		peer.syn_opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_TIMESTAMPS,
			.mss = la_test_mss(), .tsval = 1000 };
	peer.tsval = 1001;
	rig_open(&rig, &peer);
	peer.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig_forget(&rig);
	/* The new SYN's: a newer timestamp, or a newer number. */
	peer.seq += timestamps ? -5000u : 5000;
	peer.syn_opts.tsval = 2000;
	peer.tsval = 2001;
	return peer;
}

/* Newer SYNs to as many records as there are blocks, in each mode, with timestamps and without. */
START_TEST(syns_to_time_wait_leave_blocks_for_others)
{
	enum { BLOCKS = 64, LAST = BLOCKS / 8 };
	static struct rig_peer old[BLOCKS];
	const enum la_syn_cookies mode = modes[_i / 2];
	const bool timestamps = _i % 2, cookies = timestamps && mode != LA_COOKIES_NEVER;
	struct rig_peer one = rig_peer(5000);
	uint64_t sent;

	rig_params(&rig, BLOCKS);
	rig.params.syn_cookies = mode;
	rig.params.backlog = 1000;
	rig.params.time_wait_us = UINT64_C(60000000);
	rig.params.time_wait_max = BLOCKS;
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < BLOCKS; i++)
		old[i] = in_time_wait(i, timestamps);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), BLOCKS);
	rig.service.close_at_open = false;
	sent = rig_count(&rig, LA_COUNT_COOKIES_SENT);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		rig_forget(&rig);
		rig_give(&rig, &old[i], rig_syn(&old[i]));
	}
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), BLOCKS - LAST);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), LAST);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_SENT) - sent, cookies ? LAST : 0);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_BACKLOG_FULL), cookies ? 0 : LAST);
	if (mode != LA_COOKIES_NEVER) {
		rig_forget(&rig);
		rig_open(&rig, &one);
		ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	}
	if (cookies) {
		/* The last one's SYN-ACK is what was sent last before; its ACK brings text. */
		rig_forget(&rig);
		rig_give(&rig, &old[BLOCKS - 1], rig_syn(&old[BLOCKS - 1]));
		rig_synack(&old[BLOCKS - 1], rig_expect(&rig, LA_SYN | LA_ACK));
		rig_give(&rig, &old[BLOCKS - 1], rig_seg(&old[BLOCKS - 1], LA_ACK, 10));
		ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, old[BLOCKS - 1].seq + 10);
		ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 2);
		ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), LAST - 1);
		ck_assert_uint_eq(rig.service.octets, 10);
	}
	rig_end(&rig, false);
}
END_TEST

/* The ACK that opened the old connection comes once more, while its cookie is good. */
START_TEST(an_old_cookie_opens_nothing_in_time_wait)
{
	struct rig_peer peer = rig_peer(1), first;

	rig_params(&rig, 64);
	rig.params.time_wait_us = UINT64_C(60000000);
	rig.service.close_at_open = true;
	rig_start(&rig);
	peer.syn_opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_TIMESTAMPS,
		.mss = la_test_mss(), .tsval = 1000 };
	peer.tsval = 1000;
	rig_open(&rig, &peer);
	first = peer;
	peer.ack = rig_expect(&rig, LA_FIN | LA_ACK)->seq + 1;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	for (uint32_t len = 0; len < 2; len++) {
		rig_give(&rig, &first, rig_seg(&first, LA_ACK, 10 * len));
		ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_ACCEPTED), 1);
	}
	rig_end(&rig, false);
}
END_TEST

/* A SYN of somebody else in the peer's name is kept, in TIME-WAIT's place or anew. The peer's own
 * then gets a cookie, whose ACK opens, also behind text that overtakes it. */
static const struct half_open {
	enum la_syn_cookies mode;
	bool timestamps, time_wait, overtaken;
	bool again;                     /* And once more, so that no note of the peer's is left. */
} half_opens[] = {
	{ LA_COOKIES_AUTO, false, false, true, true }, { LA_COOKIES_AUTO, true, false, true, true },
	{ LA_COOKIES_ALWAYS, false, true, true, true }, { LA_COOKIES_ALWAYS, true, true, true, true },
	{ LA_COOKIES_AUTO, false, false, false, false }, { LA_COOKIES_AUTO, true, false, false, false },
	{ LA_COOKIES_AUTO, false, false, true, false }, { LA_COOKIES_AUTO, true, false, true, false },
	{ LA_COOKIES_AUTO, false, true, false, false }, { LA_COOKIES_AUTO, true, true, false, false },
	{ LA_COOKIES_ALWAYS, false, true, false, false }, { LA_COOKIES_ALWAYS, true, true, true, false },
};

START_TEST(a_kept_syn_of_a_stranger_keeps_nobody_away)
{
	const struct half_open *c = &half_opens[_i];

	rig_params(&rig, 64);
	rig.params.syn_cookies = c->mode;
	rig.params.time_wait_us = UINT64_C(60000000);
	rig.params.challenge_per_s = 0;
	rig_start(&rig);
	for (uint32_t i = 0; i < 20; i++) {
		struct rig_peer peer = rig_peer(i), forged;
		const uint32_t opens = rig.service.opens;

		if (c->timestamps)
			peer.syn_opts = (struct la_opts){ .present = LA_OPT_MSS |
				LA_OPT_TIMESTAMPS, .mss = la_test_mss(), .tsval = 1000 };
		if (c->time_wait) {
			rig.service.close_at_open = true;
			peer = in_time_wait(i, c->timestamps);
			rig.service.close_at_open = false;
		}
		forged = peer;
		forged.seq += 1000000 * (i + 1);
		forged.syn_opts.tsval += 1000;
		rig_give(&rig, &forged, rig_syn(&forged));
		ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 1);
		rig_forget(&rig);
		rig_give(&rig, &peer, rig_syn(&peer));
		rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
		peer.tsval = peer.syn_opts.tsval + 1;
		if (c->again) {
			forged.seq += 5000011;
			rig_give(&rig, &forged, rig_syn(&forged));
		}
		rig_forget(&rig);
		if (c->overtaken) {
			struct la_seg second = rig_seg(&peer, LA_ACK, 10);

			second.seq += 20;
			rig_give(&rig, &peer, second);
			if (c->again)
				rig_expect_nothing(&rig);
		}
		rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 20));
		ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 0);
		ck_assert_uint_eq(rig.service.opens - opens, c->time_wait ? 2 : 1);
		peer.seq += c->overtaken && !c->again ? 30 : 20;
		rig_peer_closes(&rig, &peer);
	}
	ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RSTS), 0);
	rig_end(&rig, false);
}
END_TEST

/* The other way round: the peer's SYN is kept, and others come in its name. */
START_TEST(the_syn_that_was_kept_stays)
{
	struct rig_peer peer = rig_peer(1), forged = peer;

	rig_params(&rig, 64);
	rig.params.syn_cookies = modes[_i];
	rig_start(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	for (uint32_t i = 0; i < 100; i++) {
		forged.seq = peer.seq + 70000 + 1000003 * i;
		forged.ack = peer.ack + 1 + i;
		rig_give(&rig, &forged, rig_syn(&forged));
		/* What the peer answers: it knows of no such SYN. */
		forged.seq++;
		rig_give(&rig, &forged, rig_seg(&forged, LA_RST, 0));
		rig_give(&rig, &forged, rig_seg(&forged, LA_ACK, 0));
	}
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 1);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	ck_assert_uint_eq(rig.service.opens, 1);
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack scarce");
	TCase *t = tcase_create("scarce");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, auto_turns_to_cookies_when_few_blocks_are_left, 0, 5);
	tcase_add_loop_test(t, syns_to_time_wait_leave_blocks_for_others, 0, 6);
	tcase_add_test(t, an_old_cookie_opens_nothing_in_time_wait);
	tcase_add_loop_test(t, a_kept_syn_of_a_stranger_keeps_nobody_away, 0,
			sizeof(half_opens) / sizeof(half_opens[0]));
	tcase_add_loop_test(t, the_syn_that_was_kept_stays, 1, 3);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
