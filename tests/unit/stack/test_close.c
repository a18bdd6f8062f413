/* SPDX-License-Identifier: BSD-3-Clause */
/* Ending: who closes first, TIME-WAIT and its records, ABORT. */
#include "la_check.h"
#include "la_cookie.h"
#include "rig.h"

static struct rig rig;

enum { TIME_WAIT_US = 4000000 };

static void
begin(uint32_t connections)
{
	rig_params(&rig, connections);
	rig.params.time_wait_us = TIME_WAIT_US;
	rig.params.time_wait_max = connections;
}

/* The service closes at once; the peer answers with its FIN: TIME-WAIT is ours. */
static void
into_time_wait(struct rig_peer *peer)
{
	const struct la_seg *fin;

	rig_open(&rig, peer);
	fin = rig_expect(&rig, LA_FIN | LA_ACK);
	peer->ack = fin->seq + 1;
	rig_give(&rig, peer, rig_seg(peer, LA_FIN | LA_ACK, 0));
	peer->seq++;
	/* The ACK of the last FIN goes out once, before the record takes over. */
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer->seq);
	rig_expect_nothing(&rig);
}

START_TEST(a_server_that_closes_first_waits_2msl)
{
	struct rig_peer peer = rig_peer(1);

	begin(4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	into_time_wait(&peer);
	ck_assert_str_eq(rig.service.order, "oe");
	ck_assert_uint_eq(rig.service.ended[LA_BY_CLOSED], 1);
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

	begin(4);
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

	begin(4);
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

	begin(4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	into_time_wait(&peer);
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

	begin(4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < 4; i++) {
		peers[i] = rig_peer(i);
		into_time_wait(&peers[i]);
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

	begin(8);
	rig.service.close_at_open = true;
	rig.params.time_wait_us = UINT64_C(60000000);
	rig_start(&rig);
	rig.now_us += 500 - rig.now_us % 1000;
	for (uint32_t i = 0; i < 4; i++) {
		peers[i] = rig_peer(i);
		into_time_wait(&peers[i]);
	}
	peers[3].seq--;
	for (uint32_t i = 0; i < 100; i++)
		rig_give(&rig, &peers[3], rig_seg(&peers[3], LA_FIN | LA_ACK, 0));
	rig_forget(&rig);
	for (uint32_t i = 4; i < 8; i++) {
		peers[i] = rig_peer(i);
		into_time_wait(&peers[i]);
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

	begin(4);
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

	begin(4);
	rig.service.close_at_open = true;
	rig.params.rst_ends_time_wait = to_time_wait[_i].rst_ends;
	rig_start(&rig);
	into_time_wait(&peer);
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

	begin(4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	if (same_port[_i].old_timestamps) {
		old.syn_opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_TIMESTAMPS,
			.mss = la_test_mss(), .tsval = 1000000 };
		old.tsval = 1000001;
	}
	into_time_wait(&old);
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

	begin(4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	peer.syn_opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_TIMESTAMPS, .mss = la_test_mss(),
		.tsval = 1000 };
	peer.tsval = 1001;
	into_time_wait(&peer);
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

	begin(4);
	rig.params.tcp.timestamps = false;
	rig.service.close_at_open = true;
	rig_start(&rig);
	into_time_wait(&peer);
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

	begin(4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (int round = 0; round < 3; round++) {
		into_time_wait(&peer);
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

	begin(4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < 6; i++) {
		peers[i] = rig_peer(i);
		into_time_wait(&peers[i]);
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

	begin(HOLES + 1);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < HOLES; i++) {
		struct rig_peer peer = rig_peer(i);

		into_time_wait(&peer);
		peer.seq += 10;
		rig_give(&rig, &peer, rig_syn(&peer));
		rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
		rig_give(&rig, &peer, rig_seg(&peer, LA_RST | LA_ACK, 0));
	}
	into_time_wait(&last);
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

	begin(MANY);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_peer peer = rig_peer(i);

		into_time_wait(&peer);
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

	begin(MANY);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < MANY; i++) {
		struct rig_peer peer = rig_peer(i);

		into_time_wait(&peer);
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

	begin(4);
	rig.service.close_at_open = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < 5; i++)
		peers[i] = rig_peer(i);
	for (uint32_t i = 0; i < 4; i++)
		into_time_wait(&peers[i]);
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

START_TEST(our_fin_is_sent_again_and_given_up)
{
	struct rig_peer peer = rig_peer(7);

	begin(4);
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
	ck_assert_uint_eq(rig.service.ended[LA_BY_TIMED_OUT], 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_valid_rst_ends_and_an_inexact_one_is_challenged)
{
	struct rig_peer peer = rig_peer(8), blind;

	begin(4);
	rig_start(&rig);
	rig_open(&rig, &peer);
	blind = peer;
	blind.seq += 100;
	rig_give(&rig, &blind, rig_seg(&blind, LA_RST, 0));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->ack, peer.seq);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_CHALLENGES), 1);
	rig_give(&rig, &peer, rig_seg(&peer, LA_RST, 0));
	ck_assert_str_eq(rig.service.order, "oe");
	ck_assert_uint_eq(rig.service.ended[LA_BY_RESET], 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_RESET), 1);
	rig_end(&rig, true);
}
END_TEST

/* When the service aborts: at open, or at the first text. */
START_TEST(an_abort_sends_a_rst)
{
	struct rig_peer peer = rig_peer(9);
	const struct la_seg *rst;

	begin(4);
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
	ck_assert_uint_eq(rig.service.ended[LA_BY_ABORTED], 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ABORTED), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RSTS), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(open_and_close_in_one_burst_reuse_no_place_in_the_queue)
{
	struct rig_peer a = rig_peer(10), b = rig_peer(11);
	struct rig_peer reset;

	begin(1);
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
	tcase_add_test(t, our_fin_is_sent_again_and_given_up);
	tcase_add_test(t, a_valid_rst_ends_and_an_inexact_one_is_challenged);
	tcase_add_loop_test(t, an_abort_sends_a_rst, 0, 4);
	tcase_add_test(t, open_and_close_in_one_burst_reuse_no_place_in_the_queue);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
