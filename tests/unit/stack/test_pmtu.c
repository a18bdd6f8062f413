/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP errors: a path that takes less than the link, and forgers who say so. */
#include <string.h>

#include "la_check.h"
#include "rig.h"
#include "stack_private.h"

enum { TEXT = 100000, AT_IP = 14, QUOTED = 8 };

/* Type and code by family. */
struct error {
	uint8_t type, code;
};
static const struct error too_big[2] = { { 3, 4 }, { 2, 0 } };
static const uint32_t least_mtu[2] = { 576, 1280 };

static struct rig rig;
static struct rig_peer peer;
static bool v6;
static struct la_addr router;

/* What came to the peer, and its connection's first SEQ. */
static uint32_t first, got;

static struct la_addr
address(uint8_t n)
{
	return la_test_addr(0x0a000000u + n);
}

static void
prepare(bool of_v6)
{
	v6 = of_v6;
	la_test_set_ipv6(v6);
	rig_params(&rig, 16);
	peer = rig_peer(1);
	peer.local = address(1);
	peer.address = address(99);
	router = address(200);
	got = 0;
}

/* ESTABLISHED, with text on its way; captured. */
static void
begin(bool of_v6)
{
	prepare(of_v6);
	rig.service.send_at_open = TEXT;
	rig_start(&rig);
	rig_introduce(&rig, &peer);
	rig_open(&rig, &peer);
	first = peer.ack;
}

static void
finish(void)
{
	rig_give(&rig, &peer, rig_seg(&peer, LA_RST | LA_ACK, 0));
	rig_end(&rig, true);
}

/* An error from the router that quotes the start of an IP packet. */
static uint32_t
make_error(uint8_t *frame, struct error error, uint32_t mtu, const uint8_t *ip)
{
	const struct la_path path = {
		.source_mac = rig.peer_mac, .dest_mac = rig.params.mac,
		.source = router, .dest = peer.local,
	};
	const uint16_t quoted = (v6 ? 40 : 20) + QUOTED;
	uint8_t body[4 + 40 + QUOTED];
	const struct la_icmp icmp = {
		.type = error.type, .code = error.code, .body = body,
		.len = (uint16_t)(4 + quoted),
	};

	la_put32(body, mtu);
	memcpy(body + 4, ip, quoted);
	return la_emit_icmp(frame, &path, &icmp);
}

static void
put_error(struct error error, uint32_t mtu, const uint8_t *ip)
{
	uint8_t frame[256];

	rig_put_frame(&rig, frame, make_error(frame, error, mtu, ip));
}

/* A segment that arrives: the next text is taken, whatever else is not. */
static void
take(const struct la_seg *seg)
{
	const uint32_t skip = peer.ack - seg->seq;

	if (la_seq_gt(seg->seq, peer.ack) || skip >= seg->len)
		return;
	for (uint32_t i = skip; i < seg->len; i++)
		ck_assert_uint_eq(seg->data[i], rig_octet(seg->seq + i - first));
	got += seg->len - skip;
	peer.ack = seg->seq + seg->len;
}

/* A round trip over a path of that MTU, whose router says so, or does not.
 *  @return how many segments were too big. */
static uint32_t
round_trip(uint32_t mtu, bool says)
{
	const uint32_t n = rig.sents;
	uint32_t lost = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct la_rx *rx = &rig.sent_rx[i];

		if (rx->kind != LA_KIND_TCP)
			continue;
		if (rig.sent[i].len - AT_IP <= mtu) {
			take(&rx->seg);
			continue;
		}
		lost++;
		if (says)
			put_error(too_big[v6], mtu, rig.sent[i].octets + AT_IP);
	}
	rig_forget(&rig);
	rig_put(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig.now_us += 1000;
	rig_poll(&rig);
	return lost;
}

static const struct { bool v6; uint32_t mtu, lowered; } paths[] = {
	{ false, 1500, 0 }, { false, 1499, 1 }, { false, 1400, 1 }, { false, 576, 1 },
	{ true, 1500, 0 }, { true, 1499, 1 }, { true, 1400, 1 }, { true, 1280, 1 },
};

/* Within less than an RTO: no timer has a part in it. */
START_TEST(text_over_a_smaller_path_is_exact)
{
	uint32_t lost = 0;
	uint64_t start_us;

	begin(paths[_i].v6);
	start_us = rig.now_us;
	while (got < TEXT) {
		lost += round_trip(paths[_i].mtu, true);
		ck_assert_uint_lt(rig.now_us - start_us, 900000);
	}
	ck_assert_uint_eq(got, TEXT);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_TOO_BIG), paths[_i].lowered);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_ERRORS), lost);
	/* Of a window's worth of errors one is enough. */
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_IGNORED), lost - paths[_i].lowered);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RETRANSMITS), 0);
	finish();
}
END_TEST

/* The path grows narrower as it goes, and then the router falls silent. */
START_TEST(a_path_that_narrows_is_followed)
{
	static const uint32_t mtus[] = { 1490, 1450, 1400, 1300 };

	begin(_i);
	for (unsigned i = 0; i < 4; i++)
		for (int trip = 0; trip < 3; trip++)
			round_trip(mtus[i], true);
	while (got < TEXT)
		ck_assert_uint_eq(round_trip(1300, false), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_RETRANSMITS), 0);
	finish();
}
END_TEST

/* What fits arrives, and is acknowledged; a tenth of a second passes. */
static void
silent_trip(uint32_t mtu)
{
	const uint32_t n = rig.sents, had = got;

	for (uint32_t i = 0; i < n; i++)
		if (rig.sent_rx[i].kind == LA_KIND_TCP && rig.sent[i].len - AT_IP <= mtu)
			take(&rig.sent_rx[i].seg);
	rig_forget(&rig);
	if (got > had)
		rig_put(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig.now_us += 100000;
	rig_poll(&rig);
}

/* RFC 2923, 2.1: a router that drops without a word. */
static const struct { bool v6; uint32_t mtu, falls; } holes[] = {
	{ false, 1500, 0 }, { false, 1400, 1 }, { false, 1000, 2 }, { false, 576, 2 },
	{ true, 1500, 0 }, { true, 1400, 1 }, { true, 1280, 1 },
};
START_TEST(text_leaves_a_black_hole)
{
	uint64_t start_us;

	begin(holes[_i].v6);
	start_us = rig.now_us;
	while (got < TEXT) {
		silent_trip(holes[_i].mtu);
		ck_assert_uint_lt(rig.now_us - start_us, 60000000);
	}
	ck_assert_uint_eq(got, TEXT);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_PATH_BLACK_HOLES), holes[_i].falls);
	finish();
}
END_TEST

/* The quote of the first segment that waits, for a test to spoil. */
static void
quote_of_first(uint8_t ip[60])
{
	for (uint32_t i = 0; i < rig.sents; i++) {
		if (rig.sent_rx[i].kind == LA_KIND_TCP && rig.sent_rx[i].seg.len > 0) {
			memcpy(ip, rig.sent[i].octets + AT_IP, 60);
			return;
		}
	}
	ck_abort_msg("no text was sent");
}

/* Octets of the quote that are another's: source, destination, ports. Of SEQ, the
 * highest bit; and DF (IPv4) or the next header (IPv6). */
static const struct { bool v6; uint8_t at, bit; } spoils[] = {
	{ false, 15, 2 }, { false, 19, 1 }, { false, 21, 1 }, { false, 23, 1 },
	{ false, 24, 0x80 }, { false, 6, 0x40 },
	{ true, 23, 2 }, { true, 39, 1 }, { true, 41, 1 }, { true, 43, 1 },
	{ true, 44, 0x80 }, { true, 6, 1 },
};
START_TEST(a_forged_quote_changes_nothing)
{
	uint8_t ip[60];

	begin(spoils[_i].v6);
	quote_of_first(ip);
	rig_forget(&rig);
	ip[spoils[_i].at] ^= spoils[_i].bit;
	put_error(too_big[v6], least_mtu[v6], ip);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_IGNORED), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_TOO_BIG), 0);
	rig_expect_nothing(&rig);
	/* As it was, it does. */
	ip[spoils[_i].at] ^= spoils[_i].bit;
	put_error(too_big[v6], least_mtu[v6], ip);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_TOO_BIG), 1);
	ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len, v6 ? 1220 : 536);
	finish();
}
END_TEST

/* RFC 8201, 4: no link of IPv6 takes less than 1280, so who says so is wrong. An old
 * router of IPv4 may say 0 (RFC 1191, 5). */
static const struct { bool v6; uint32_t mtu; bool lowers; } claims[] = {
	{ true, 0, false }, { true, 576, false }, { true, 1279, false }, { true, 1280, true },
	{ true, 0x80000500, false }, { false, 0, true }, { false, 67, true },
};
START_TEST(a_claim_below_what_any_link_takes)
{
	uint8_t ip[60];

	begin(claims[_i].v6);
	quote_of_first(ip);
	rig_forget(&rig);
	put_error(too_big[v6], claims[_i].mtu, ip);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_TOO_BIG), claims[_i].lowers);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_IGNORED), !claims[_i].lowers);
	if (claims[_i].lowers)
		ck_assert_uint_eq(rig_expect(&rig, LA_ACK)->len, v6 ? 1220 : 536);
	rig_expect_nothing(&rig);
	finish();
}
END_TEST

START_TEST(a_repeated_error_sends_once)
{
	uint8_t ip[60];

	begin(_i);
	quote_of_first(ip);
	rig_forget(&rig);
	for (int i = 0; i < 500; i++) {
		put_error(too_big[v6], 1400, ip);
		rig_poll(&rig);
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_TOO_BIG), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_IGNORED), 499);
	rig_expect(&rig, LA_ACK);
	rig_expect_nothing(&rig);
	finish();
}
END_TEST

/* Another queue got the error: it is acted on, and counted once. */
START_TEST(what_is_overheard_is_acted_on)
{
	uint8_t ip[60], frame[256];
	struct la_rx rx;

	begin(_i);
	quote_of_first(ip);
	rig_forget(&rig);
	la_rx_parse(&rx, frame, make_error(frame, too_big[v6], 1400, ip), 0);
	rx.dest_mac.b[5]++;
	la_stack_overhear(rig.stack, &rx, rig.now_us);
	rx.dest_mac.b[5]--;
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_TOO_BIG), 0);
	la_stack_overhear(rig.stack, &rx, rig.now_us);
	la_stack_overhear(rig.stack, &rx, rig.now_us);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_TOO_BIG), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_ERRORS), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_IGNORED), 0);
	rig_expect(&rig, LA_ACK);
	rig_expect_nothing(&rig);
	finish();
}
END_TEST

/* An echo request that is overheard is another's to answer. */
START_TEST(an_overheard_echo_is_not_answered)
{
	const struct error request = { v6 ? 128 : 8, 0 };
	const uint8_t ip[60] = { 0 };
	uint8_t frame[256];
	struct la_rx rx;

	prepare(_i);
	rig_start(&rig);
	la_rx_parse(&rx, frame, make_error(frame, request, 0, ip), 0);
	la_stack_overhear(rig.stack, &rx, rig.now_us);
	rig_poll(&rig);
	rig_expect_nothing(&rig);
	rig_end(&rig, true);
}
END_TEST

/* All that can be said of an active open, and of one that was answered. */
static const struct { bool v6; struct error error; bool refuses; } says[] = {
	{ false, { 3, 0 }, false }, { false, { 3, 1 }, false }, { false, { 3, 2 }, true },
	{ false, { 3, 3 }, true }, { false, { 3, 4 }, false }, { false, { 3, 13 }, false },
	{ false, { 4, 0 }, false }, { false, { 11, 0 }, false }, { false, { 12, 0 }, false },
	{ true, { 1, 0 }, false }, { true, { 1, 3 }, false }, { true, { 1, 4 }, true },
	{ true, { 2, 0 }, false }, { true, { 3, 0 }, false }, { true, { 4, 1 }, false },
};

/* An active open, its SYN captured. */
static void
connect_to_peer(uint8_t ip[60])
{
	prepare(v6);
	peer.port = 7;
	peer.local_port = 5000;
	rig_start(&rig);
	rig_introduce(&rig, &peer);
	ck_assert_uint_ne(rig_connect(&rig, peer.local_port, &peer.address, peer.port), LA_NONE);
	rig_poll(&rig);
	memcpy(ip, rig.sent[0].octets + AT_IP, 60);
	peer.ack = rig_expect(&rig, LA_SYN)->seq + 1;
}

START_TEST(an_error_may_refuse_an_active_open)
{
	uint8_t ip[60];

	v6 = says[_i].v6;
	connect_to_peer(ip);
	/* Not of this SYN. */
	ip[v6 ? 47 : 27]++;
	put_error(says[_i].error, 0, ip);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_SENT), 1);
	ip[v6 ? 47 : 27]--;
	put_error(says[_i].error, 0, ip);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_state(&rig, LA_SYN_SENT), !says[_i].refuses);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_REFUSED), says[_i].refuses);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_REFUSED), says[_i].refuses);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_IGNORED), 2 - says[_i].refuses);
	ck_assert_uint_eq(rig.service.ended[LA_END_BY_REFUSED], says[_i].refuses);
	rig_expect_nothing(&rig);
	if (!says[_i].refuses)
		rig_give(&rig, &peer, rig_seg(&peer, LA_RST | LA_ACK, 0));
	rig_end(&rig, true);
}
END_TEST

/* Once it is answered, and with text in flight, nothing ends it (MUST-56, D8). */
START_TEST(no_error_ends_a_connection_that_is_open)
{
	uint8_t ip[60];

	begin(says[_i].v6);
	quote_of_first(ip);
	put_error(says[_i].error, 1400, ip);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	ck_assert_uint_eq(rig.service.ends, 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_ERRORS), 1);
	finish();
}
END_TEST

/* TIME-WAIT has nothing in flight and no block: the record stays as it is. */
START_TEST(a_time_wait_record_is_left_alone)
{
	uint8_t ip[60];

	prepare(_i);
	rig.service.close_at_open = true;
	rig_start(&rig);
	rig_introduce(&rig, &peer);
	rig_open(&rig, &peer);
	memcpy(ip, rig.sent[rig.sents - 1].octets + AT_IP, 60);
	rig_expect(&rig, LA_FIN | LA_ACK);
	peer.ack++;
	rig_give(&rig, &peer, rig_seg(&peer, LA_FIN | LA_ACK, 0));
	rig_forget(&rig);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	put_error(too_big[v6], 576, ip);
	put_error((struct error){ v6 ? 1 : 3, v6 ? 4 : 3 }, 0, ip);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_state(&rig, LA_TIME_WAIT), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_IGNORED), 2);
	rig_expect_nothing(&rig);
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	const int n_says = sizeof(says) / sizeof(says[0]);
	Suite *s = suite_create("stack pmtu");
	TCase *t = tcase_create("pmtu");

	tcase_add_loop_test(t, text_over_a_smaller_path_is_exact, 0,
			sizeof(paths) / sizeof(paths[0]));
	tcase_add_loop_test(t, a_path_that_narrows_is_followed, 0, 2);
	tcase_add_loop_test(t, text_leaves_a_black_hole, 0, sizeof(holes) / sizeof(holes[0]));
	tcase_add_loop_test(t, a_forged_quote_changes_nothing, 0,
			sizeof(spoils) / sizeof(spoils[0]));
	tcase_add_loop_test(t, a_claim_below_what_any_link_takes, 0,
			sizeof(claims) / sizeof(claims[0]));
	tcase_add_loop_test(t, a_repeated_error_sends_once, 0, 2);
	tcase_add_loop_test(t, what_is_overheard_is_acted_on, 0, 2);
	tcase_add_loop_test(t, an_overheard_echo_is_not_answered, 0, 2);
	tcase_add_loop_test(t, an_error_may_refuse_an_active_open, 0, n_says);
	tcase_add_loop_test(t, no_error_ends_a_connection_that_is_open, 0, n_says);
	tcase_add_loop_test(t, a_time_wait_record_is_left_alone, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
