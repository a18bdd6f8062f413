/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of TIME-WAIT: segments to them, and their expiry. */
#include "closing.h"

static struct rig rig;

/* Segments to TIME-WAIT. */
static const struct {
	uint8_t flags;
	int seq_off;
	bool rst_ends;
	int answer;
	enum la_tcp_reason reason;
	uint32_t left;
} to_time_wait[] = {
	{ LA_RST, 0, false, -1, LA_DROP_RST_TIME_WAIT, 1 },
	{ LA_RST, 0, true, -1, LA_END_RST, 0 },
	{ LA_RST, 1, true, -1, LA_DROP_RST_TIME_WAIT, 1 },
	{ LA_ACK, 0, false, -1, LA_OK, 1 },
	{ LA_ACK, -1000, false, LA_ACK, LA_OK_TIME_WAIT_ACKED, 1 },
	{ LA_SYN, -1, false, LA_ACK, LA_OK_TIME_WAIT_ACKED, 1 },
	{ LA_SYN | LA_ACK, 0, false, LA_ACK, LA_OK_TIME_WAIT_ACKED, 1 },
	{ LA_SYN, 0, false, LA_SYN | LA_ACK, LA_OK_TIME_WAIT_REOPENED, 0 },
	{ LA_SYN, 100000, false, LA_SYN | LA_ACK, LA_OK_TIME_WAIT_REOPENED, 0 },
};

START_TEST(segments_to_time_wait)
{
	struct rig_peer peer = rig_peer(5);

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig.params.rst_ends_time_wait = to_time_wait[_i].rst_ends;
	rig_start(&rig);
	closing_time_wait(&rig, &peer);
	peer.seq += to_time_wait[_i].seq_off;
	rig_give(&rig, &peer, rig_seg(&peer, to_time_wait[_i].flags, 0));
	if (to_time_wait[_i].answer >= 0)
		rig_expect(&rig, (uint8_t)to_time_wait[_i].answer);
	rig_expect_nothing(&rig);
	ck_assert_uint_ge(rig_reason(&rig, to_time_wait[_i].reason), 1);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), to_time_wait[_i].left);
	rig_wait(&rig, UINT64_C(200000000));
	rig_end(&rig, true);
}
END_TEST

/* Behind address translation another client may get the same port while TIME-WAIT lasts. */
static const struct {
	bool old_timestamps, timestamps;        /* Of the connection that was, of the new SYN. */
	int32_t seq;                            /* Of the new SYN, after RCV.NXT. */
} same_port[] = {
	{ false, false, -1 }, { false, false, -100000 }, { false, false, -0x7fffffff },
	{ true, false, -1 }, { true, true, -1 }, { true, true, 100000 },
};
enum { SAME_PORTS = sizeof(same_port) / sizeof(same_port[0]) };

START_TEST(the_rst_that_an_ack_of_time_wait_draws_lets_the_next_client_in)
{
	struct rig_peer old = rig_peer(5), peer;
	const struct la_seg *ack;

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	if (same_port[_i].old_timestamps) {
		old.syn_opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_TIMESTAMPS,
			.mss = la_test_mss(), .tsval = 1000000 };
		old.tsval = 1000001;
	}
	closing_time_wait(&rig, &old);
	peer = rig_peer(5);
	peer.seq = old.seq + (uint32_t)same_port[_i].seq;
	peer.syn_opts = (struct la_opts){ .present = LA_OPT_MSS, .mss = la_test_mss() };
	if (same_port[_i].timestamps) {
		peer.syn_opts.present |= LA_OPT_TIMESTAMPS;
		peer.syn_opts.tsval = peer.tsval = 5000;
	}
	rig_wait(&rig, 3000000);
	rig_give(&rig, &peer, rig_syn(&peer));
	ack = rig_expect(&rig, LA_ACK);
	/* SYN-SENT: the ACK acknowledges what was not sent (RFC 9293, 3.10.7.3). */
	rig_give(&rig, &peer, (struct la_seg){ .seq = ack->ack, .flags = LA_RST });
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_reason(&rig, LA_END_RST), 1);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 0);
	rig_open(&rig, &peer);
	rig_end(&rig, false);
}
END_TEST

START_TEST(time_wait_answers_with_timestamps_and_reopens_by_them)
{
	struct rig_peer peer = rig_peer(5), old;
	const struct la_seg *ack;

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	peer.syn_opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_TIMESTAMPS, .mss = la_test_mss(),
		.tsval = 1000 };
	peer.tsval = 1001;
	closing_time_wait(&rig, &peer);
	old = peer;
	old.seq -= 100;
	ack = &rig.sent_rx[rig.sents - 1].seg;
	const uint32_t last_tsval = ack->opts.tsval;
	rig_give(&rig, &old, rig_seg(&old, LA_ACK, 50));
	ack = rig_expect(&rig, LA_ACK);
	ck_assert_uint_eq(ack->opts.present, LA_OPT_TIMESTAMPS);
	ck_assert_uint_eq(ack->opts.tsval, last_tsval);
	ck_assert_uint_eq(ack->opts.tsecr, 1001);
	/* An older number, but a newer timestamp (RFC 6191). */
	peer.seq -= 100000;
	peer.syn_opts.tsval = 1002;
	rig_give(&rig, &peer, rig_syn(&peer));
	ck_assert_uint_eq(rig_expect(&rig, LA_SYN | LA_ACK)->opts.tsecr, 1002);
	ck_assert_uint_eq(rig_reason(&rig, LA_OK_TIME_WAIT_REOPENED), 1);
	rig_end(&rig, false);
}
END_TEST

START_TEST(without_timestamps_of_ours_only_the_number_reopens)
{
	struct rig_peer peer = rig_peer(7);

	closing_params(&rig, 4);
	rig.params.tcp.timestamps = false;
	rig.service.close_at_open = true;
	rig_start(&rig);
	closing_time_wait(&rig, &peer);
	peer.syn_opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_TIMESTAMPS, .mss = la_test_mss(),
		.tsval = 1000 };
	peer.seq -= 100000;
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_expect(&rig, LA_ACK);
	ck_assert_uint_eq(rig_reason(&rig, LA_OK_TIME_WAIT_REOPENED), 0);
	rig_end(&rig, false);
}
END_TEST

START_TEST(a_newer_syn_reopens_past_the_old_stream)
{
	struct rig_peer peer = rig_peer(6);
	uint32_t snd_nxt;

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (int round = 0; round < 3; round++) {
		closing_time_wait(&rig, &peer);
		snd_nxt = peer.ack;
		peer.seq += 10;
		rig_give(&rig, &peer, rig_syn(&peer));
		rig_forget(&rig);
		/* The same SYN again is answered again, with the same number. */
		rig_give(&rig, &peer, rig_syn(&peer));
		rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
		ck_assert_uint_gt(peer.ack - snd_nxt, 65535);
		ck_assert_uint_lt(peer.ack - snd_nxt, 3 * 65536);
		rig_give(&rig, &peer, rig_seg(&peer, LA_RST | LA_ACK, 0));
		ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
		peer.seq += 10;
	}
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_full_queue_gives_up_the_oldest)
{
	struct rig_peer peers[6], first;

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < 6; i++) {
		peers[i] = rig_peer(i);
		closing_time_wait(&rig, &peers[i]);
	}
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 4);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIME_WAIT_REUSED), 2);
	/* The oldest is forgotten, so its ACK is one of no connection. */
	first = peers[0];
	rig_forget(&rig);
	rig_give(&rig, &first, rig_seg(&first, LA_ACK, 0));
	rig_expect(&rig, LA_RST);
	rig_give(&rig, &peers[5], rig_seg(&peers[5], LA_ACK, 0));
	rig_expect_nothing(&rig);
	rig_wait(&rig, TIME_WAIT_US + 10000);
	rig_end(&rig, true);
}
END_TEST

START_TEST(holes_do_not_stop_the_expiry)
{
	enum { HOLES = 200 };
	struct rig_peer last = rig_peer(HOLES);

	closing_params(&rig, HOLES + 1);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < HOLES; i++) {
		struct rig_peer peer = rig_peer(i);

		closing_time_wait(&rig, &peer);
		peer.seq += 10;
		rig_give(&rig, &peer, rig_syn(&peer));
		rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
		rig_give(&rig, &peer, rig_seg(&peer, LA_RST | LA_ACK, 0));
	}
	closing_time_wait(&rig, &last);
	rig.now_us += TIME_WAIT_US + 1000;
	la_stack_advance(rig.stack, rig.now_us, 1000);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(many_records_expire_within_the_budget)
{
	enum { MANY = 100000, BUDGET = 1000 };
	uint64_t before, polls = 0;

	closing_params(&rig, MANY);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_peer peer = rig_peer(i);

		closing_time_wait(&rig, &peer);
	}
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), MANY);
	rig.now_us += TIME_WAIT_US + 1000;
	do {
		before = rig_state(&rig, LA_TIME_WAIT);
		la_stack_advance(rig.stack, rig.now_us, BUDGET);
		/* As many again as were entered since the call before. */
		ck_assert_uint_le(before - rig_state(&rig, LA_TIME_WAIT),
				polls == 0 ? 2 * BUDGET : BUDGET);
		polls++;
		rig.now_us += 1000;
	} while (rig_state(&rig, LA_TIME_WAIT) > 0);
	ck_assert_uint_ge(polls, MANY / BUDGET - 1);
	ck_assert_uint_le(polls, MANY / BUDGET);
	rig_end(&rig, true);
}
END_TEST

/* However fast the calls follow, of what has gathered they take so many a microsecond. */
START_TEST(records_due_at_once_leave_the_core_to_others)
{
	enum { MANY = 20000, BUDGET = 128, POLL_US = 2, POLLS = 400, MOST_A_US = 4 };
	uint64_t left;

	closing_params(&rig, MANY);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_peer peer = rig_peer(i);

		closing_time_wait(&rig, &peer);
	}
	rig.now_us += TIME_WAIT_US + 1000;
	la_stack_advance(rig.stack, rig.now_us, BUDGET);
	left = rig_state(&rig, LA_TIME_WAIT);
	ck_assert_uint_lt(left, MANY);
	for (uint32_t i = 0; i < POLLS; i++) {
		rig.now_us += POLL_US;
		la_stack_advance(rig.stack, rig.now_us, BUDGET);
	}
	left -= rig_state(&rig, LA_TIME_WAIT);
	ck_assert_uint_ge(left, POLLS * POLL_US);
	ck_assert_uint_le(left, POLLS * POLL_US * MOST_A_US);
	while (rig_state(&rig, LA_TIME_WAIT) > 0) {
		rig.now_us += POLL_US;
		la_stack_advance(rig.stack, rig.now_us, BUDGET);
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIME_WAIT_EXPIRED), MANY);
	rig_end(&rig, true);
}
END_TEST

/* The queue is full, but its oldest has had its time: that is no record given up early. */
START_TEST(a_full_queue_lets_what_is_due_expire)
{
	struct rig_peer peers[5];
	const struct la_seg *fin;

	closing_params(&rig, 4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < 5; i++)
		peers[i] = rig_peer(i);
	for (uint32_t i = 0; i < 4; i++)
		closing_time_wait(&rig, &peers[i]);
	rig_open(&rig, &peers[4]);
	fin = rig_expect(&rig, LA_FIN | LA_ACK);
	peers[4].ack = fin->seq + 1;
	/* Input comes before expiry in a poll. */
	rig.now_us += TIME_WAIT_US + 1000;
	rig_give(&rig, &peers[4], rig_seg(&peers[4], LA_FIN | LA_ACK, 0));
	rig_expect(&rig, LA_ACK);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIME_WAIT_EXPIRED), 4);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIME_WAIT_REUSED), 0);
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack time-wait");
	TCase *t = tcase_create("time-wait");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, segments_to_time_wait, 0, 9);
	tcase_add_loop_test(t, the_rst_that_an_ack_of_time_wait_draws_lets_the_next_client_in, 0,
			SAME_PORTS);
	tcase_add_test(t, time_wait_answers_with_timestamps_and_reopens_by_them);
	tcase_add_test(t, without_timestamps_of_ours_only_the_number_reopens);
	tcase_add_test(t, a_newer_syn_reopens_past_the_old_stream);
	tcase_add_test(t, a_full_queue_gives_up_the_oldest);
	tcase_add_test(t, holes_do_not_stop_the_expiry);
	tcase_add_test(t, many_records_expire_within_the_budget);
	tcase_add_test(t, records_due_at_once_leave_the_core_to_others);
	tcase_add_test(t, a_full_queue_lets_what_is_due_expire);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
