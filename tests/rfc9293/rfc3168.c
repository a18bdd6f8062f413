/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 3168, 6.1: Explicit Congestion Notification. */
#include "rfc9293.h"

#include "tcp_private.h"

static struct la_seg
with(struct la_seg seg, uint8_t flags, uint8_t ecn)
{
	seg.flags |= flags;
	seg.ecn = ecn;
	return seg;
}

/* ESTABLISHED by a SYN that asks for ECN. */
static void
open_ecn(struct tcb_setup setup)
{
	struct la_seg syn = with(seg_syn(), LA_ECE_CWR, 0);

	h.params.ecn = LA_TCP_ECN_ACCEPT;
	tcb_syn_opts(&setup, &syn);
	la_tcp_open_passive(&h.env, &h.tcb, &syn, TEST_ISS, h.now_us);
	ck_assert_uint_eq(tcb_pull(&h), 1);
	tcb_arrives(&h, seg_ack(R(0), S(0)));
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.tcb.ecn, LA_TCB_ECN_ON);
	h.events = 0;
}

static const struct tcb_setup plain = { .by = BY_SYN }, sack = { .by = BY_SYN, .sack = true };

static struct la_tcp_ext *
ext(void)
{
	ck_assert(h.tcb.flags & LA_TCB_EXT);
	return la_tcp_ext(&h.env, &h.tcb);
}

/* 6.1.1: both flags in a SYN, ECE alone in the answer. */
static const struct { enum la_tcp_ecn ecn; uint8_t syn, syn_ack; } passive[] = {
	{ LA_TCP_ECN_OFF, LA_ECE_CWR, 0 },
	{ LA_TCP_ECN_ACCEPT, 0, 0 },
	{ LA_TCP_ECN_ACCEPT, LA_ECE, 0 },
	{ LA_TCP_ECN_ACCEPT, LA_CWR, 0 },
	{ LA_TCP_ECN_ACCEPT, LA_ECE_CWR, LA_ECE },
	{ LA_TCP_ECN_ASK, LA_ECE_CWR, LA_ECE },
	{ LA_TCP_ECN_ASK, 0, 0 },
};
START_TEST(a_syn_ack_agrees_where_the_syn_asks)
{
	const struct la_seg syn = with(seg_syn(), passive[_i].syn, 0);

	h.params.ecn = passive[_i].ecn;
	la_tcp_open_passive(&h.env, &h.tcb, &syn, TEST_ISS, h.now_us);
	SENDS(&h, { LA_SYN | LA_ACK | passive[_i].syn_ack, TEST_ISS, R(0), 0 });
	ck_assert_uint_eq(h.sent[0].ecn, LA_ECN_NOT_ECT);
	ck_assert_uint_eq(h.tcb.ecn, passive[_i].syn_ack ? LA_TCB_ECN_ON : LA_TCB_ECN_NONE);
}
END_TEST

/* 6.1.1.1: the path swallowed the first. */
START_TEST(a_syn_that_comes_again_without_is_no_ecn)
{
	const struct la_seg syn = with(seg_syn(), LA_ECE_CWR, 0);

	h.params.ecn = LA_TCP_ECN_ACCEPT;
	la_tcp_open_passive(&h.env, &h.tcb, &syn, TEST_ISS, h.now_us);
	SENDS(&h, { LA_SYN | LA_ACK | LA_ECE, TEST_ISS, R(0), 0 });
	tcb_arrives(&h, syn);
	SENDS(&h, { LA_SYN | LA_ACK | LA_ECE, TEST_ISS, R(0), 0 });
	tcb_arrives(&h, seg_syn());
	SENDS(&h, { LA_SYN | LA_ACK, TEST_ISS, R(0), 0 });
	ck_assert_uint_eq(h.tcb.ecn, LA_TCB_ECN_NONE);
}
END_TEST

/* 6.1.1: a SYN-ACK with both is of a peer that reflects what it does not know. */
static const struct { enum la_tcp_ecn ecn; uint8_t syn, syn_ack; bool on; } active[] = {
	{ LA_TCP_ECN_OFF, 0, LA_ECE, false },
	{ LA_TCP_ECN_ACCEPT, 0, LA_ECE, false },
	{ LA_TCP_ECN_ASK, LA_ECE_CWR, 0, false },
	{ LA_TCP_ECN_ASK, LA_ECE_CWR, LA_CWR, false },
	{ LA_TCP_ECN_ASK, LA_ECE_CWR, LA_ECE_CWR, false },
	{ LA_TCP_ECN_ASK, LA_ECE_CWR, LA_ECE, true },
};
START_TEST(our_syn_asks_and_a_syn_ack_agrees)
{
	h.params.ecn = active[_i].ecn;
	la_tcp_open_active(&h.env, &h.tcb, TEST_ISS, h.now_us);
	SENDS(&h, { LA_SYN | active[_i].syn, TEST_ISS, 0, 0 });
	ck_assert_uint_eq(h.sent[0].ecn, LA_ECN_NOT_ECT);
	tcb_arrives(&h, with(seg_syn_ack(S(0)), active[_i].syn_ack, 0));
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.tcb.ecn, active[_i].on ? LA_TCB_ECN_ON : LA_TCB_ECN_NONE);
}
END_TEST

START_TEST(our_repeated_syn_does_not_ask)
{
	h.params.ecn = LA_TCP_ECN_ASK;
	la_tcp_open_active(&h.env, &h.tcb, TEST_ISS, h.now_us);
	tcb_pull(&h);
	ck_assert(tcb_fire(&h));
	SENDS(&h, { LA_SYN, TEST_ISS, 0, 0 });
	tcb_arrives(&h, with(seg_syn_ack(S(0)), LA_ECE, 0));
	ck_assert_uint_eq(h.tcb.ecn, LA_TCB_ECN_NONE);
}
END_TEST

/* 6.1.1, 6.1.4, 6.1.5: text that goes out for the first time, and nothing else. */
START_TEST(new_text_is_ect_and_nothing_else)
{
	open_ecn(_i ? sack : plain);
	tcb_send(&h, 2 * MSS);
	ck_assert_uint_eq(tcb_pull(&h), 2);
	ck_assert_uint_eq(h.sent[0].ecn, LA_ECN_ECT_0);
	ck_assert_uint_eq(h.sent[1].ecn, LA_ECN_ECT_0);
	tcb_arrives(&h, seg_data(R(0), S(0), 10));
	SENDS(&h, { LA_ACK, S(2 * MSS), R(10), 0 });
	ck_assert_uint_eq(h.sent[0].ecn, LA_ECN_NOT_ECT);
	while (tcb_fire(&h) && tcb_pull(&h) == 0)
		;
	ck_assert_uint_gt(h.sents, 0);
	for (uint32_t i = 0; i < h.sents; i++) {
		ck_assert(la_seq_lt(h.sent[i].seq, S(2 * MSS)));
		ck_assert_uint_eq(h.sent[i].ecn, LA_ECN_NOT_ECT);
	}
	tcb_arrives(&h, seg_ack(R(10), S(2 * MSS)));
	tcb_close(&h);
	SENDS(&h, { LA_FIN | LA_ACK, S(2 * MSS), R(10), 0 });
	ck_assert_uint_eq(h.sent[0].ecn, LA_ECN_NOT_ECT);
}
END_TEST

/* 6.1.6 */
START_TEST(a_window_probe_is_not_ect)
{
	open_ecn(plain);
	tcb_arrives(&h, seg_wnd(seg_ack(R(0), S(0)), 0));
	tcb_send(&h, MSS);
	ck_assert_uint_eq(tcb_pull(&h), 0);
	ck_assert(tcb_fire(&h));
	ck_assert_uint_eq(tcb_pull(&h), 1);
	ck_assert_uint_eq(h.sent[0].len, 1);
	ck_assert_uint_eq(h.sent[0].ecn, LA_ECN_NOT_ECT);
}
END_TEST

/* 6.1.2, with each way to control congestion, with SACK and without. */
START_TEST(ece_reduces_once_a_window_and_cwr_says_so)
{
	const bool has_sack = _i & 1;
	uint32_t before, once, end, cwrs = 0;

	h.params.congestion = (enum la_tcp_congestion)(_i / 2);
	open_ecn(has_sack ? sack : plain);
	tcb_send(&h, 30 * MSS);
	ck_assert_uint_gt(tcb_pull(&h), 1);
	for (uint32_t acked = 1; acked < 6; acked++) {
		h.now_us += 1000;
		tcb_arrives(&h, seg_ack(R(0), S(acked * MSS)));
		tcb_pull(&h);
	}
	before = ext()->cwnd;
	end = h.tcb.snd.nxt;
	h.now_us += 1000;
	tcb_arrives(&h, with(seg_ack(R(0), S(6 * MSS)), LA_ECE, 0));
	ck_assert(h.events & LA_EV_ECN_REDUCED);
	once = ext()->cwnd;
	ck_assert_uint_lt(once, before);
	ck_assert_uint_ge(once, 2 * MSS);
	h.events = 0;
	for (uint32_t at = h.tcb.snd.una + MSS; la_seq_lt(at, end); at += MSS) {
		tcb_arrives(&h, with(seg_ack(R(0), at), LA_ECE, 0));
		ck_assert(!(h.events & LA_EV_ECN_REDUCED));
		ck_assert_uint_le(ext()->cwnd, once);
		tcb_pull(&h);
		for (uint32_t i = 0; i < h.sents; i++)
			cwrs += !!(h.sent[i].flags & LA_CWR);
	}
	ck_assert_uint_eq(cwrs, 1);
	/* The next window's. */
	tcb_arrives(&h, with(seg_ack(R(0), h.tcb.snd.nxt), LA_ECE, 0));
	ck_assert(h.events & LA_EV_ECN_REDUCED);
}
END_TEST

/* 6.1.2: what is lost and what is marked in one window counts once. */
START_TEST(a_loss_and_ece_reduce_once)
{
	const bool loss_first = _i;
	uint32_t once;

	open_ecn(plain);
	tcb_send(&h, 60 * MSS);
	tcb_pull(&h);
	for (uint32_t acked = 1; acked < 10; acked++) {
		tcb_arrives(&h, seg_ack(R(0), S(acked * MSS)));
		tcb_pull(&h);
	}
	if (!loss_first) {
		tcb_arrives(&h, with(seg_ack(R(0), S(10 * MSS)), LA_ECE, 0));
		ck_assert(h.events & LA_EV_ECN_REDUCED);
	} else {
		tcb_arrives(&h, seg_ack(R(0), S(10 * MSS)));
	}
	tcb_pull(&h);
	once = ext()->ssthresh;
	for (int i = 0; i < 3; i++)
		tcb_arrives(&h, with(seg_ack(R(0), S(10 * MSS)), LA_ECE, 0));
	ck_assert(ext()->recovering || !loss_first);
	if (!loss_first)
		ck_assert_uint_eq(ext()->ssthresh, once);
	else
		ck_assert_uint_lt(ext()->ssthresh, once);
	once = ext()->ssthresh;
	h.events = 0;
	tcb_arrives(&h, with(seg_ack(R(0), S(11 * MSS)), LA_ECE, 0));
	ck_assert(!(h.events & LA_EV_ECN_REDUCED));
	ck_assert_uint_eq(ext()->ssthresh, once);
}
END_TEST

/* 6.1.2: CWR after a timeout too, with text that is new. */
START_TEST(cwr_after_a_timeout_goes_with_new_text)
{
	open_ecn(plain);
	tcb_send(&h, MSS);
	tcb_pull(&h);
	ck_assert(tcb_fire(&h));
	ck_assert_uint_eq(tcb_pull(&h), 1);
	ck_assert_uint_eq(h.sent[0].flags & LA_ECE_CWR, 0);
	tcb_arrives(&h, seg_ack(R(0), S(MSS)));
	tcb_send(&h, 2 * MSS);
	ck_assert_uint_ge(tcb_pull(&h), 1);
	ck_assert_uint_eq(h.sent[0].flags & LA_ECE_CWR, LA_CWR);
	ck_assert_uint_eq(h.sent[0].ecn, LA_ECN_ECT_0);
	if (h.sents > 1)
		ck_assert_uint_eq(h.sent[1].flags & LA_ECE_CWR, 0);
}
END_TEST

/* 6.1.3 */
START_TEST(ce_is_told_until_cwr)
{
	open_ecn(plain);
	tcb_arrives(&h, with(seg_data(R(0), S(0), 10), 0, LA_ECN_ECT_0));
	SENDS(&h, { LA_ACK, S(0), R(10), 0 });
	tcb_arrives(&h, with(seg_data(R(10), S(0), 10), 0, LA_ECN_CE));
	ck_assert(h.events & LA_EV_ECN_MARKED);
	SENDS(&h, { LA_ACK | LA_ECE, S(0), R(20), 0 });
	tcb_arrives(&h, with(seg_data(R(20), S(0), 10), 0, LA_ECN_ECT_0));
	SENDS(&h, { LA_ACK | LA_ECE, S(0), R(30), 0 });
	tcb_send(&h, 5);
	SENDS(&h, { LA_ACK | LA_ECE, S(0), R(30), 5 });
	/* Marked after the peer had reduced its window: that has to be told anew. */
	tcb_arrives(&h, with(seg_data(R(30), S(0), 10), LA_CWR, LA_ECN_CE));
	SENDS(&h, { LA_ACK | LA_ECE, S(5), R(40), 0 });
	/* A CWR without text is not what the peer was asked for. */
	tcb_arrives(&h, with(seg_ack(R(40), S(5)), LA_CWR, 0));
	tcb_arrives(&h, with(seg_data(R(40), S(5), 10), 0, LA_ECN_ECT_0));
	SENDS(&h, { LA_ACK | LA_ECE, S(5), R(50), 0 });
	tcb_arrives(&h, with(seg_data(R(50), S(5), 10), LA_CWR, LA_ECN_ECT_0));
	SENDS(&h, { LA_ACK, S(5), R(60), 0 });
}
END_TEST

/* Also of text above a hole. */
START_TEST(ce_above_a_hole_counts)
{
	open_ecn(_i ? sack : plain);
	tcb_arrives(&h, with(seg_data(R(100), S(0), 10), 0, LA_ECN_CE));
	SENDS(&h, { LA_ACK | LA_ECE, S(0), R(0), 0 });
}
END_TEST

/* 6.1.4, 6.1.5: who is not in the window says nothing. */
START_TEST(ce_of_what_is_no_text_in_the_window_is_ignored)
{
	const struct la_seg segs[] = {
		seg_ack(R(10), S(0)), seg_data(R(0), S(0), 10),
		seg_data(R(1000000), S(0), 10), seg_data(R(10), S(500000), 10),
	};

	open_ecn(plain);
	tcb_arrives(&h, seg_data(R(0), S(0), 10));
	tcb_pull(&h);
	tcb_arrives(&h, with(segs[_i], 0, LA_ECN_CE));
	tcb_pull(&h);
	ck_assert_uint_eq(h.tcb.ecn, LA_TCB_ECN_ON);
	ck_assert(!(h.events & LA_EV_ECN_MARKED));
}
END_TEST

/* Broken peers and paths. */
START_TEST(without_agreement_nothing_of_it_counts)
{
	uint32_t cwnd;

	h.params.ecn = LA_TCP_ECN_ACCEPT;
	rfc_open();
	tcb_arrives(&h, with(seg_data(R(0), S(0), 10), LA_ECE_CWR, LA_ECN_CE));
	SENDS(&h, { LA_ACK, S(0), R(10), 0 });
	tcb_send(&h, 60 * MSS);
	tcb_pull(&h);
	for (uint32_t acked = 1; acked < 6; acked++) {
		cwnd = ext()->cwnd;
		tcb_arrives(&h, with(seg_ack(R(10), S(acked * MSS)), LA_ECE, LA_ECN_CE));
		ck_assert_uint_ge(ext()->cwnd, cwnd);
		tcb_pull(&h);
		for (uint32_t i = 0; i < h.sents; i++) {
			ck_assert_uint_eq(h.sent[i].ecn, LA_ECN_NOT_ECT);
			ck_assert_uint_eq(h.sent[i].flags & LA_ECE_CWR, 0);
		}
	}
	ck_assert(!(h.events & (LA_EV_ECN_MARKED | LA_EV_ECN_REDUCED)));
}
END_TEST

/* A peer that never says anything but ECE: two segments in flight are left. */
START_TEST(ece_for_ever_leaves_a_window)
{
	open_ecn(plain);
	tcb_send(&h, 200 * MSS);
	tcb_pull(&h);
	for (int i = 0; i < 50; i++) {
		tcb_arrives(&h, with(seg_ack(R(0), h.tcb.snd.nxt), LA_ECE, 0));
		ck_assert_uint_ge(tcb_pull(&h), 2);
	}
	ck_assert_uint_le(ext()->cwnd, 3 * MSS);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("rfc3168");
	TCase *tcase = rfc_case(s, "ecn");

	tcase_add_loop_test(tcase, a_syn_ack_agrees_where_the_syn_asks, 0,
			sizeof(passive) / sizeof(passive[0]));
	tcase_add_test(tcase, a_syn_that_comes_again_without_is_no_ecn);
	tcase_add_loop_test(tcase, our_syn_asks_and_a_syn_ack_agrees, 0,
			sizeof(active) / sizeof(active[0]));
	tcase_add_test(tcase, our_repeated_syn_does_not_ask);
	tcase_add_loop_test(tcase, new_text_is_ect_and_nothing_else, 0, 2);
	tcase_add_test(tcase, a_window_probe_is_not_ect);
	tcase_add_loop_test(tcase, ece_reduces_once_a_window_and_cwr_says_so, 0,
			2 * (LA_CONGESTION_MODEL + 1));
	tcase_add_loop_test(tcase, a_loss_and_ece_reduce_once, 0, 2);
	tcase_add_test(tcase, cwr_after_a_timeout_goes_with_new_text);
	tcase_add_test(tcase, ce_is_told_until_cwr);
	tcase_add_loop_test(tcase, ce_above_a_hole_counts, 0, 2);
	tcase_add_loop_test(tcase, ce_of_what_is_no_text_in_the_window_is_ignored, 0, 4);
	tcase_add_test(tcase, without_agreement_nothing_of_it_counts);
	tcase_add_test(tcase, ece_for_ever_leaves_a_window);
	return s;
}

LA_CHECK_MAIN(suite)
