/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening: by cookie, by block, and what must not open. */
#include "la_check.h"
#include "la_cookie.h"
#include "rig.h"

static struct rig rig;

static void
begin(enum la_syn_cookies mode)
{
	rig_params(&rig, 16);
	rig.params.syn_cookies = mode;
	rig.params.backlog = 4;
	rig.params.time_wait_us = 1000000;
}

/* What the peer offers, and what must be agreed on in each mode. */
static const struct {
	uint8_t present, allowed;
	uint8_t by_cookie, by_block;
} offers[] = {
#define ALL (LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED | LA_OPT_TIMESTAMPS)
	{ 0, ALL, LA_OPT_MSS, LA_OPT_MSS },
	{ LA_OPT_MSS, ALL, LA_OPT_MSS, LA_OPT_MSS },
	{ ALL, ALL, ALL, ALL },
	/* A cookie without timestamps remembers the MSS alone. */
	{ ALL & ~LA_OPT_TIMESTAMPS, ALL, LA_OPT_MSS, ALL & ~LA_OPT_TIMESTAMPS },
	{ ALL, ALL & ~LA_OPT_TIMESTAMPS, LA_OPT_MSS, ALL & ~LA_OPT_TIMESTAMPS },
	{ ALL, ALL & ~LA_OPT_WSCALE, ALL & ~LA_OPT_WSCALE, ALL & ~LA_OPT_WSCALE },
	{ ALL, ALL & ~LA_OPT_SACK_PERMITTED, ALL & ~LA_OPT_SACK_PERMITTED,
		ALL & ~LA_OPT_SACK_PERMITTED },
	{ LA_OPT_TIMESTAMPS, ALL, LA_OPT_MSS | LA_OPT_TIMESTAMPS,
		LA_OPT_MSS | LA_OPT_TIMESTAMPS },
#undef ALL
};

static void
open_with_offer(int i, enum la_syn_cookies mode, uint8_t want)
{
	struct rig_peer peer = rig_peer(1);
	const struct la_seg *synack;

	begin(mode);
	rig.params.tcp.timestamps = offers[i].allowed & LA_OPT_TIMESTAMPS;
	rig.params.tcp.wscale = offers[i].allowed & LA_OPT_WSCALE;
	rig.params.tcp.sack = offers[i].allowed & LA_OPT_SACK_PERMITTED;
	rig_start(&rig);
	peer.syn_opts = (struct la_opts){
		.present = offers[i].present, .mss = 1000, .wscale = 15, .tsval = 77,
	};
	peer.tsval = 78;
	rig_give(&rig, &peer, rig_syn(&peer));
	synack = rig_expect(&rig, LA_SYN | LA_ACK);
	ck_assert_uint_eq(synack->opts.present, want);
	ck_assert_uint_eq(synack->opts.mss, la_test_mss());
	ck_assert_uint_eq(synack->wnd, 65535);
	if (want & LA_OPT_TIMESTAMPS)
		ck_assert_uint_eq(synack->opts.tsecr, 77);
	rig_synack(&peer, synack);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	ck_assert_uint_eq(rig.service.opens, 1);
	rig_peer_closes(&rig, &peer);
	ck_assert_str_eq(rig.service.order, "ofe");
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_CLOSED], 1);
	rig_end(&rig, true);
}

START_TEST(a_cookie_opens_with_what_it_remembers)
{
	open_with_offer(_i, LA_COOKIES_ALWAYS, offers[_i].by_cookie);
}
END_TEST

START_TEST(a_kept_syn_opens_with_all_that_was_agreed)
{
	open_with_offer(_i, LA_COOKIES_NEVER, offers[_i].by_block);
}
END_TEST

START_TEST(a_cookie_keeps_nothing_until_the_ack)
{
	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	for (uint32_t i = 0; i < 200; i++) {
		const struct rig_peer peer = rig_peer(i);

		rig_give(&rig, &peer, rig_syn(&peer));
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_SENT), 200);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_SYN_RECEIVED), 200);
	ck_assert_uint_eq(rig_reason(&rig, LA_OK_SYN_ACKED), 200);
	ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	rig_end(&rig, true);
}
END_TEST

/* Segments that may end a handshake by cookie. */
static const struct { uint8_t flags; uint32_t len; const char *order; } finals[] = {
	{ LA_ACK, 0, "o" },
	{ LA_ACK | LA_PSH, 100, "od" },
	{ LA_ACK | LA_FIN, 0, "of" },
	{ LA_ACK | LA_FIN | LA_PSH, 100, "odf" },
	{ LA_ACK | LA_URG, 10, "od" },
};

START_TEST(the_ack_may_bring_text_and_fin)
{
	struct rig_peer peer = rig_peer(3);

	begin(_i < 5 ? LA_COOKIES_ALWAYS : LA_COOKIES_NEVER);
	rig_start(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	rig_give(&rig, &peer, rig_seg(&peer, finals[_i % 5].flags, finals[_i % 5].len));
	ck_assert_str_eq(rig.service.order, finals[_i % 5].order);
	ck_assert_uint_eq(rig.service.octets, finals[_i % 5].len);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_RX_TEXT_OCTETS), finals[_i % 5].len);
	rig_end(&rig, false);
}
END_TEST

START_TEST(ack_and_text_may_come_in_one_burst_in_either_order)
{
	struct rig_peer peer = rig_peer(4), later;

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	later = peer;
	if (_i == 0) {
		rig_put(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
		rig_put(&rig, &peer, rig_seg(&peer, LA_ACK, 50));
		later.seq += 50;
		rig_put(&rig, &later, rig_seg(&later, LA_ACK | LA_FIN, 0));
	} else {
		rig_put(&rig, &peer, rig_seg(&peer, LA_ACK, 50));
		rig_put(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
		later.seq += 50;
		rig_put(&rig, &later, rig_seg(&later, LA_ACK | LA_FIN, 0));
	}
	rig_poll(&rig);
	ck_assert_str_eq(rig.service.order, "odf");
	ck_assert_uint_eq(rig.service.octets, 50);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_ACCEPTED), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_OPENED), 1);
	/* One ACK for the burst, in the same segment as our FIN. */
	ck_assert_uint_eq(rig_expect(&rig, LA_FIN | LA_ACK)->ack, later.seq + 1);
	rig_expect_nothing(&rig);
	rig_end(&rig, false);
}
END_TEST

START_TEST(syn_and_ack_of_many_in_one_burst)
{
	struct rig_peer peers[16];

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	for (uint32_t i = 0; i < 16; i++) {
		peers[i] = rig_peer(i);
		rig_put(&rig, &peers[i], rig_syn(&peers[i]));
	}
	rig_poll(&rig);
	for (uint32_t i = 0; i < 16; i++) {
		rig_synack(&peers[i], rig_expect(&rig, LA_SYN | LA_ACK));
		rig_put(&rig, &peers[i], rig_seg(&peers[i], LA_ACK, 0));
		rig_put(&rig, &peers[i], rig_seg(&peers[i], LA_ACK, 10));
	}
	rig_poll(&rig);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 16);
	ck_assert_uint_eq(rig.service.octets, 160);
	for (uint32_t i = 0; i < 16; i++) {
		peers[i].seq += 10;
		rig_peer_closes(&rig, &peers[i]);
	}
	rig_end(&rig, true);
}
END_TEST

/* ACKs to a listener that no cookie of ours stands behind; the peer has timestamps or not. */
static const struct { int seq_off, ack_off; uint64_t wait_us; } forged[] = {
	{ 0, 1, 0 }, { 0, -1, 0 }, { 1, 1, 0 }, { -1, -1, 0 }, { 0, 0x1000000, 0 },
	{ 0, 0, 120000000 }, { 1, 0, 120000000 },       /* Right, but too old. */
};

enum { FORGED = sizeof(forged) / sizeof(forged[0]) };

static void
shake_hands_half(struct rig_peer *peer, uint8_t options)
{
	peer->syn_opts = (struct la_opts){ .present = options, .mss = la_test_mss(), .wscale = 7,
		.tsval = 0xfffffff0 };
	peer->tsval = peer->syn_opts.tsval + 1;
	rig_give(&rig, peer, rig_syn(peer));
	rig_synack(peer, rig_expect(&rig, LA_SYN | LA_ACK));
}

START_TEST(a_bad_cookie_draws_a_rst)
{
	struct rig_peer peer = rig_peer(5);
	const struct la_seg *rst;
	const int i = _i % FORGED;

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	shake_hands_half(&peer, _i < FORGED ? LA_OPT_MSS : LA_OPT_MSS | LA_OPT_TIMESTAMPS);
	rig_wait(&rig, forged[i].wait_us);
	rig_forget(&rig);
	peer.seq += forged[i].seq_off;
	peer.ack += forged[i].ack_off;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rst = rig_expect(&rig, LA_RST);
	ck_assert_uint_eq(rst->seq, peer.ack);
	ck_assert_uint_eq(rig_reason(&rig, LA_RST_COOKIE_BAD), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_REJECTED), 1);
	ck_assert_uint_eq(la_stack_listener_counters(rig.stack, 0)->refused.value, 1);
	rig_end(&rig, true);
}
END_TEST

/* The segment sent while the neighbour is kept fresh. */
static const struct la_seg *
expect_beside_questions(void)
{
	const struct la_rx *rx;

	do {
		rx = rig_next(&rig);
		ck_assert_ptr_nonnull(rx);
	} while (rig_is_neighbourly(rx));
	ck_assert_uint_eq(rx->seg.flags, LA_ACK);
	return &rx->seg;
}

START_TEST(a_late_duplicate_that_opened_again_is_found_out)
{
	const uint64_t confirm_us = 75000000;
	struct rig_peer peer = rig_peer(5), old;
	const struct la_seg *ack;

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	rig_introduce(&rig, &peer);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	old = peer;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig_peer_closes(&rig, &peer);
	ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	rig_forget(&rig);
	rig_give(&rig, &old, rig_seg(&old, LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	/* It asks, and asks again: the peer in TIME-WAIT acknowledges more than was sent. */
	rig_wait(&rig, confirm_us + 100000);
	ack = expect_beside_questions();
	ck_assert_uint_eq(ack->len, 0);
	ck_assert_uint_eq(ack->ack, old.seq);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig_wait(&rig, confirm_us - 1000000);
	rig_introduce(&rig, &peer);
	rig_forget(&rig);
	rig_wait(&rig, 1100000);
	ack = expect_beside_questions();
	/* Nobody is there any more: the RST that RFC 9293, 3.10.7.1, has for such an ACK. */
	old.seq = ack->ack;
	rig_give(&rig, &old, rig_seg(&old, LA_RST, 0));
	ck_assert_uint_eq(la_stack_connections(rig.stack), 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(who_has_spoken_is_not_asked)
{
	struct rig_peer peer = rig_peer(5);

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	rig_open(&rig, &peer);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_forget(&rig);
	rig_wait(&rig, UINT64_C(300000000));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_end(&rig, false);
}
END_TEST

START_TEST(two_stacks_with_one_secret_honour_each_others_cookies)
{
	static struct rig other;
	struct rig_peer peer = rig_peer(6);

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	rig_params(&other, 4);
	other.params.worker = 1;
	rig_start(&other);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	rig_give(&other, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&other, LA_ESTABLISHED), 1);
	rig_end(&rig, true);
	rig_end(&other, false);
}
END_TEST

/* To a listener, by flags: what is answered and what is counted. */
static const struct { uint8_t flags; int answer; enum la_tcp_reason reason; } odd[] = {
	{ 0, -1, LA_DROP_LISTEN_FLAGS },
	{ LA_FIN, -1, LA_DROP_LISTEN_FLAGS },
	{ LA_FIN | LA_PSH | LA_URG, -1, LA_DROP_LISTEN_FLAGS },
	{ LA_PSH, -1, LA_DROP_LISTEN_FLAGS },
	{ LA_SYN | LA_FIN, -1, LA_DROP_LISTEN_FLAGS },
	{ LA_SYN | LA_RST, -1, LA_DROP_LISTEN_FLAGS },
	{ LA_SYN | LA_FIN | LA_ACK, -1, LA_DROP_LISTEN_FLAGS },
	{ LA_RST, -1, LA_DROP_LISTEN_RST },
	{ LA_RST | LA_ACK, -1, LA_DROP_LISTEN_RST },
	{ LA_SYN | LA_ACK, LA_RST, LA_RST_NO_CONNECTION },
	{ LA_SYN | LA_PSH, LA_SYN | LA_ACK, LA_OK_SYN_ACKED },
	{ LA_SYN | LA_ECE | LA_CWR, LA_SYN | LA_ACK, LA_OK_SYN_ACKED },
	{ LA_ACK, LA_RST, LA_RST_COOKIE_BAD },
};

START_TEST(odd_flags_to_a_listener)
{
	const struct rig_peer peer = rig_peer(7);

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	rig_give(&rig, &peer, rig_seg(&peer, odd[_i].flags, 0));
	if (odd[_i].answer >= 0)
		rig_expect(&rig, (uint8_t)odd[_i].answer);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_reason(&rig, odd[_i].reason), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(text_in_a_syn_comes_again)
{
	struct rig_peer peer = rig_peer(8);
	struct la_seg syn = rig_syn(&peer);
	const struct la_seg *synack;

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	syn.len = 100;
	rig_give(&rig, &peer, syn);
	synack = rig_expect(&rig, LA_SYN | LA_ACK);
	ck_assert_uint_eq(synack->ack, peer.seq + 1);
	rig_synack(&peer, synack);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 100));
	ck_assert_uint_eq(rig.service.octets, 100);
	rig_end(&rig, false);
}
END_TEST

/* The MSS is what bounds our segments, whichever way the SYN was kept. */
static const struct { int mss; uint32_t v4, v6; } sizes[] = {
	{ -1, 536, 1220 }, { 0, 64, 64 }, { 1, 64, 64 }, { 64, 64, 64 }, { 512, 512, 512 },
	{ 515, 512, 512 }, { 536, 536, 536 }, { 1024, 1024, 1024 }, { 1360, 1360, 1360 },
	{ 1400, 1400, 1400 }, { 1452, 1452, 1440 }, { 1460, 1460, 1440 }, { 65535, 1460, 1440 },
};

START_TEST(no_segment_is_larger_than_the_peers_mss)
{
	struct rig_peer peer = rig_peer(9);

	begin(_i % 2 ? LA_COOKIES_ALWAYS : LA_COOKIES_NEVER);
	rig.service.send_at_open = 1460;
	rig_start(&rig);
	peer.syn_opts.present = sizes[_i / 2].mss < 0 ? 0 : LA_OPT_MSS;
	peer.syn_opts.mss = (uint16_t)sizes[_i / 2].mss;
	rig_open(&rig, &peer);
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len,
			la_test_is_ipv6() ? sizes[_i / 2].v6 : sizes[_i / 2].v4);
	rig_end(&rig, false);
}
END_TEST

/* What was sent first to a peer with @p mss that opens, or (@p active) is opened to. */
static uint32_t
first_len(struct rig_peer *peer, uint16_t mss, bool active)
{
	struct la_seg synack;

	rig_forget(&rig);
	peer->syn_opts = (struct la_opts){ .present = LA_OPT_MSS, .mss = mss };
	if (!active) {
		rig_open(&rig, peer);
		return rig_expect(&rig, LA_ACK)->len;
	}
	rig_introduce(&rig, peer);
	ck_assert_uint_ne(rig_connect(&rig, peer->local_port, &peer->address, peer->port), LA_NONE);
	rig_poll(&rig);
	peer->ack = rig_expect(&rig, LA_SYN)->seq + 1;
	synack = rig_syn(peer);
	synack.flags |= LA_ACK;
	synack.ack = peer->ack;
	rig_give(&rig, peer, synack);
	return rig_expect(&rig, LA_ACK)->len;
}

/* Who is remembered gets segments of just what it said, and no class of a cookie's. */
static const enum la_syn_cookies keeping[] = { LA_COOKIES_NEVER, LA_COOKIES_AUTO, LA_COOKIES_NEVER };
START_TEST(a_kept_mss_is_the_number_itself)
{
	const bool active = _i == 2;

	rig_params(&rig, 1024);
	rig.params.backlog = 1024;
	rig.params.syn_cookies = keeping[_i];
	rig.service.send_at_open = 1460;
	rig_start(&rig);
	for (uint32_t mss = 536; mss <= 1460; mss += 7) {
		struct rig_peer peer = rig_peer(mss);

		ck_assert_uint_eq(first_len(&peer, (uint16_t)mss, active),
				mss < la_test_mss() ? mss : la_test_mss());
	}
	rig_end(&rig, false);
}
END_TEST

START_TEST(never_keeps_syns_up_to_the_backlog)
{
	struct rig_peer peers[6];

	begin(LA_COOKIES_NEVER);
	rig_start(&rig);
	for (uint32_t i = 0; i < 6; i++) {
		peers[i] = rig_peer(i);
		rig_give(&rig, &peers[i], rig_syn(&peers[i]));
	}
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 4);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_BACKLOG_FULL), 2);
	for (uint32_t i = 0; i < 4; i++)
		rig_synack(&peers[i], rig_expect(&rig, LA_SYN | LA_ACK));
	rig_expect_nothing(&rig);
	/* One place free again, one SYN more. */
	rig_give(&rig, &peers[0], rig_seg(&peers[0], LA_ACK, 0));
	rig_give(&rig, &peers[4], rig_syn(&peers[4]));
	rig_expect(&rig, LA_SYN | LA_ACK);
	rig_peer_closes(&rig, &peers[0]);
	/* The rest is given up in time. */
	rig_wait(&rig, UINT64_C(200000000));
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_OPENED), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TIMED_OUT), 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(never_takes_no_cookie)
{
	const struct rig_peer peer = rig_peer(1);

	begin(LA_COOKIES_NEVER);
	rig_start(&rig);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig_expect(&rig, LA_RST);
	ck_assert_uint_eq(rig_reason(&rig, LA_RST_NO_CONNECTION), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(auto_turns_to_cookies_and_back)
{
	struct la_stack_cookies cookies;
	struct rig_peer peers[6];

	begin(LA_COOKIES_AUTO);
	rig_start(&rig);
	for (uint32_t i = 0; i < 6; i++) {
		peers[i] = rig_peer(i);
		rig_give(&rig, &peers[i], rig_syn(&peers[i]));
		rig_synack(&peers[i], rig_expect(&rig, LA_SYN | LA_ACK));
	}
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 4);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_SENT), 2);
	la_stack_cookies(rig.stack, rig.now_us, &cookies);
	ck_assert(cookies.active);
	/* All six open, by block and by cookie; three left would still mean cookies. */
	rig_give(&rig, &peers[0], rig_seg(&peers[0], LA_ACK, 0));
	peers[0].port += 100;
	rig_give(&rig, &peers[0], rig_syn(&peers[0]));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_SENT), 3);
	for (uint32_t i = 1; i < 6; i++)
		rig_give(&rig, &peers[i], rig_seg(&peers[i], LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 6);
	peers[1].port += 100;
	rig_give(&rig, &peers[1], rig_syn(&peers[1]));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_COOKIES_SENT), 3);
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_RECEIVED), 1);
	rig_end(&rig, false);
}
END_TEST

START_TEST(a_rst_takes_a_kept_syn_back)
{
	struct rig_peer peer = rig_peer(1);

	begin(LA_COOKIES_NEVER);
	rig_start(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	rig_give(&rig, &peer, rig_seg(&peer, LA_RST, 0));
	ck_assert_uint_eq(rig.service.opens + rig.service.ends, 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_RESET), 0);
	rig_end(&rig, true);
}
END_TEST

/* Only the neighbours differ by family, and a reply needs none. */
START_TEST(ipv6_opens_and_closes_by_the_same_code)
{
	struct rig_peer peer = rig_peer(2);

	begin(_i == 0 ? LA_COOKIES_ALWAYS : LA_COOKIES_NEVER);
	ck_assert(la_addr_parse("2001:db8::1", &rig.ranges[1].first));
	rig.ranges[1].count = 2;
	rig.ranges[1].prefix_len = 64;
	rig.params.ranges_len = 2;
	rig.service.send_at_open = 1440;
	rig_start(&rig);
	ck_assert(la_addr_parse("2001:db8::2", &peer.local));
	ck_assert(la_addr_parse("2001:db8:1::99", &peer.address));
	rig_forget(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	ck_assert_uint_eq(rig.sent_rx[0].seg.opts.mss, 1440);
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len, 1440);
	peer.ack += 1440;
	rig_peer_closes(&rig, &peer);
	rig_end(&rig, true);
}
END_TEST

START_TEST(keys_from_a_file_are_shared_by_two_hosts)
{
	static const struct la_key keys[2] = { { { 1, 2 } }, { { 3, 4 } } };
	static struct rig other;
	struct rig_peer peer = rig_peer(6);

	begin(LA_COOKIES_ALWAYS);
	rig_start(&rig);
	rig_params(&other, 4);
	other.params.secret.k[1] = 99;
	rig_start(&other);
	la_stack_set_cookie_keys(rig.stack, keys, rig.now_us);
	la_stack_set_cookie_keys(other.stack, keys, other.now_us);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, rig_expect(&rig, LA_SYN | LA_ACK));
	rig_give(&other, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(rig_state(&other, LA_ESTABLISHED), 1);
	rig_end(&rig, true);
	rig_end(&other, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack handshake");
	TCase *t = tcase_create("open");

	tcase_add_loop_test(t, a_cookie_opens_with_what_it_remembers, 0, 8);
	tcase_add_loop_test(t, a_kept_syn_opens_with_all_that_was_agreed, 0, 8);
	tcase_add_test(t, a_cookie_keeps_nothing_until_the_ack);
	tcase_add_loop_test(t, the_ack_may_bring_text_and_fin, 0, 10);
	tcase_add_loop_test(t, ack_and_text_may_come_in_one_burst_in_either_order, 0, 2);
	tcase_add_test(t, syn_and_ack_of_many_in_one_burst);
	tcase_add_test(t, a_late_duplicate_that_opened_again_is_found_out);
	tcase_add_test(t, who_has_spoken_is_not_asked);
	tcase_add_loop_test(t, a_bad_cookie_draws_a_rst, 0, 2 * FORGED);
	tcase_add_test(t, two_stacks_with_one_secret_honour_each_others_cookies);
	tcase_add_loop_test(t, odd_flags_to_a_listener, 0, 13);
	tcase_add_test(t, text_in_a_syn_comes_again);
	tcase_add_loop_test(t, no_segment_is_larger_than_the_peers_mss, 0, 26);
	tcase_add_loop_test(t, a_kept_mss_is_the_number_itself, 0, 3);
	tcase_add_test(t, never_keeps_syns_up_to_the_backlog);
	tcase_add_test(t, never_takes_no_cookie);
	tcase_add_test(t, auto_turns_to_cookies_and_back);
	tcase_add_test(t, a_rst_takes_a_kept_syn_back);
	tcase_add_loop_test(t, ipv6_opens_and_closes_by_the_same_code, 0, 2);
	tcase_add_test(t, keys_from_a_file_are_shared_by_two_hosts);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
