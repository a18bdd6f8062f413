/* SPDX-License-Identifier: BSD-3-Clause */
/* ECN (RFC 3168) through cookies and kept SYNs, and in IP headers. */
#include "la_check.h"
#include "rig.h"

enum { ALL = LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED | LA_OPT_TIMESTAMPS };

static struct rig rig;
static struct rig_peer peer;

/* The SYN, with these flags and options, and its answer. */
static const struct la_seg *
ask(uint8_t flags, uint8_t options)
{
	struct la_seg syn;
	const struct la_seg *answer;

	peer = rig_peer(5);
	peer.syn_opts = (struct la_opts){ .present = options, .mss = la_test_mss(), .wscale = 7,
		.tsval = 0xfffffff0 };
	peer.tsval = peer.syn_opts.tsval + 1;
	syn = rig_syn(&peer);
	syn.flags |= flags;
	rig_give(&rig, &peer, syn);
	answer = &rig_next(&rig)->seg;
	ck_assert_uint_eq(answer->flags & ~LA_ECE, LA_SYN | LA_ACK);
	ck_assert_uint_eq(answer->ecn, LA_ECN_NOT_ECT);
	rig_synack(&peer, answer);
	return answer;
}

static void
give(uint8_t flags, uint32_t len, uint8_t ecn)
{
	struct la_seg seg = rig_seg(&peer, LA_ACK | flags, len);

	seg.ecn = ecn;
	rig_give(&rig, &peer, seg);
	peer.seq += len;
}

static const struct la_seg *
next(void)
{
	const struct la_rx *rx = rig_next(&rig);

	ck_assert_ptr_nonnull(rx);
	ck_assert_int_eq(rx->kind, LA_KIND_TCP);
	return &rx->seg;
}

/* A cookie without timestamps has no room for it. */
static const struct {
	enum la_syn_cookies cookies;
	enum la_tcp_ecn ecn;
	uint8_t flags, options;
	bool on;
} opens[] = {
	{ LA_COOKIES_ALWAYS, LA_TCP_ECN_ACCEPT, LA_ECE_CWR, ALL, true },
	{ LA_COOKIES_ALWAYS, LA_TCP_ECN_ACCEPT, LA_ECE_CWR, LA_OPT_TIMESTAMPS, true },
	{ LA_COOKIES_ALWAYS, LA_TCP_ECN_ACCEPT, LA_ECE_CWR, ALL & ~LA_OPT_TIMESTAMPS, false },
	{ LA_COOKIES_ALWAYS, LA_TCP_ECN_ACCEPT, LA_ECE, ALL, false },
	{ LA_COOKIES_ALWAYS, LA_TCP_ECN_ACCEPT, LA_CWR, ALL, false },
	{ LA_COOKIES_ALWAYS, LA_TCP_ECN_ACCEPT, 0, ALL, false },
	{ LA_COOKIES_ALWAYS, LA_TCP_ECN_OFF, LA_ECE_CWR, ALL, false },
	{ LA_COOKIES_NEVER, LA_TCP_ECN_ACCEPT, LA_ECE_CWR, ALL, true },
	{ LA_COOKIES_NEVER, LA_TCP_ECN_ACCEPT, LA_ECE_CWR, LA_OPT_MSS, true },
	{ LA_COOKIES_NEVER, LA_TCP_ECN_OFF, LA_ECE_CWR, ALL, false },
};
enum { OPENS = sizeof(opens) / sizeof(opens[0]) };

static void
begin(int i)
{
	rig_params(&rig, 16);
	rig.params.tcp.ecn = opens[i].ecn;
	rig.params.syn_cookies = opens[i].cookies;
	rig.service.send_at_data = 3000;
	rig_start(&rig);
}

/* The handshake's last ACK opens, or is lost, and text opens, or text that overtook some. */
START_TEST(a_handshake_agrees)
{
	const bool on = opens[_i % OPENS].on;
	const int opened_by = _i / OPENS;
	uint32_t texts = 0;

	begin(_i % OPENS);
	ck_assert_uint_eq(ask(opens[_i % OPENS].flags, opens[_i % OPENS].options)->flags & LA_ECE,
			on ? LA_ECE : 0);
	if (opened_by == 0)
		give(0, 0, 0);
	if (opened_by == 2) {
		peer.seq += 100;
		give(0, 10, 0);
		peer.seq -= 110;
		rig_forget(&rig);
		give(0, 100, 0);
	} else {
		give(0, 100, 0);
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_OPENED), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ECN_OPENED), on);
	for (const struct la_rx *rx = rig_next(&rig); rx != NULL; rx = rig_next(&rig)) {
		ck_assert_uint_eq(rx->seg.ecn, on && rx->seg.len > 0 ? LA_ECN_ECT_0 :
				LA_ECN_NOT_ECT);
		texts += rx->seg.len > 0;
	}
	ck_assert_uint_gt(texts, 0);
	rig_end(&rig, false);
}
END_TEST

/* CE in, ECE out, until CWR; and never CE, nor what the peer's field says. */
START_TEST(marks_are_told_and_counted)
{
	begin(_i ? 7 : 0);
	rig.service.send_at_data = 0;
	ask(LA_ECE_CWR, ALL);
	give(0, 0, 0);
	give(0, 10, LA_ECN_CE);
	ck_assert_uint_eq(next()->flags, LA_ACK | LA_ECE);
	give(0, 10, LA_ECN_ECT_1);
	ck_assert_uint_eq(next()->flags, LA_ACK | LA_ECE);
	give(LA_CWR, 10, LA_ECN_ECT_0);
	ck_assert_uint_eq(next()->flags, LA_ACK);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ECN_MARKED), 1);
	give(LA_FIN, 0, LA_ECN_CE);
	for (const struct la_rx *rx = rig_next(&rig); rx != NULL; rx = rig_next(&rig))
		ck_assert_uint_eq(rx->seg.ecn, LA_ECN_NOT_ECT);
	rig_end(&rig, false);
}
END_TEST

START_TEST(ece_reduces_and_cwr_follows)
{
	begin(_i ? 7 : 0);
	ask(LA_ECE_CWR, ALL);
	give(0, 0, 0);
	give(0, 10, 0);
	for (const struct la_rx *rx = rig_next(&rig); rx != NULL; rx = rig_next(&rig))
		peer.ack = rx->seg.seq + rx->seg.len;
	give(LA_ECE, 0, 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ECN_REDUCED), 1);
	give(0, 10, 0);
	ck_assert_uint_eq(next()->flags & LA_ECE_CWR, LA_CWR);
	rig_end(&rig, false);
}
END_TEST

/* What answers to no connection says nothing of the asker's field. */
START_TEST(nothing_is_reflected)
{
	begin(5);
	ask(0, ALL);
	give(0, 0, LA_ECN_CE);
	give(0, 10, LA_ECN_CE);
	for (const struct la_rx *rx = rig_next(&rig); rx != NULL; rx = rig_next(&rig)) {
		ck_assert_uint_eq(rx->seg.ecn, LA_ECN_NOT_ECT);
		ck_assert_uint_eq(rx->seg.flags & LA_ECE_CWR, 0);
	}
	peer.local_port = 9;
	give(LA_ECE_CWR, 10, LA_ECN_CE);
	ck_assert_uint_eq(next()->ecn, LA_ECN_NOT_ECT);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ECN_MARKED), 0);
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ecn");
	TCase *t = tcase_create("ecn");

	tcase_add_loop_test(t, a_handshake_agrees, 0, 3 * OPENS);
	tcase_add_loop_test(t, marks_are_told_and_counted, 0, 2);
	tcase_add_loop_test(t, ece_reduces_and_cwr_follows, 0, 2);
	tcase_add_test(t, nothing_is_reflected);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
