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

static Suite *
suite(void)
{
	Suite *s = suite_create("stack scarce");
	TCase *t = tcase_create("scarce");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, auto_turns_to_cookies_when_few_blocks_are_left, 0, 5);
	tcase_add_loop_test(t, syns_to_time_wait_leave_blocks_for_others, 0, 6);
	tcase_add_test(t, an_old_cookie_opens_nothing_in_time_wait);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
