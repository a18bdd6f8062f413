/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection opened by a segment whose ACK was a good cookie: no SYN was kept. */
#include "rfc9293.h"

static const struct la_tcp_negotiated plain = { .mss_class = 3 };
static const struct la_tcp_negotiated full = { .mss_class = 10, .timestamps = true,
	.wscale = true, .sack = true, .snd_scale = 7 };

static void
open_by(struct la_seg seg, const struct la_tcp_negotiated *n)
{
	la_tcp_open_cookie(&h.env, &h.tcb, &seg, n, h.now_us);
	tcb_arrives(&h, seg);
}

START_TEST(the_final_ack_establishes)
{
	open_by(seg_wnd(seg_ack(R(0), S(0)), 500), &plain);
	ck_reason(LA_OK);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.events, LA_EV_ESTABLISHED);
	ck_assert_uint_eq(h.tcb.snd.una, S(0));
	ck_assert_uint_eq(h.tcb.snd.nxt, S(0));
	ck_assert_uint_eq(h.tcb.rcv.nxt, R(0));
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 500);
	SENDS_NOTHING(&h);
}
END_TEST

START_TEST(text_with_the_ack_counts)
{
	open_by(seg_data(R(0), S(0), 900), &plain);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, 900);
	SENDS(&h, { LA_ACK, S(0), R(900), 0 });
}
END_TEST

START_TEST(a_fin_with_the_ack_counts)
{
	open_by(seg_fin(R(0), S(0)), &plain);
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.events, LA_EV_ESTABLISHED | LA_EV_FIN);
	SENDS(&h, { LA_ACK, S(0), R(1), 0 });
}
END_TEST

START_TEST(text_and_fin_with_the_ack_count)
{
	open_by(seg_ts(seg_data_fin(R(0), S(0), 10), 5, 6), &full);
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.got, 10);
	SENDS(&h, { LA_ACK, S(0), R(11), 0 });
}
END_TEST

START_TEST(what_was_negotiated_holds)
{
	h.params.window = 1 << 20;
	h.params.rcv_scale = la_tcp_scale_for(h.params.window);
	open_by(seg_ts(seg_wnd(seg_data(R(0), S(0), 10), 3), 1000, 2000), &full);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, 10);
	ck_assert_uint_eq(la_tcp_snd_wnd(&h.tcb), 3 << 7);
	SENDS(&h, { LA_ACK, S(0), R(10), 0 });
	ck_assert_uint_eq(h.sent[0].opts.present, LA_OPT_TIMESTAMPS);
	ck_assert_uint_eq(h.sent[0].opts.tsecr, 1000);
	ck_assert_uint_ge((uint32_t)h.sent[0].wnd << h.params.rcv_scale, 65535);
	/* SACK: */
	tcb_arrives(&h, seg_ts(seg_wnd(seg_data(R(20), S(0), 10), 65535), 1001, 2001));
	SENDS(&h, { LA_ACK, S(0), R(10), 0 });
	ck_assert_uint_eq(h.sent[0].opts.sacks, 1);
	ck_assert_uint_eq(h.sent[0].opts.sack[0].left, R(20));
	/* MSS, less the timestamps: */
	tcb_send(&h, 4000);
	tcb_pull(&h);
	ck_assert_uint_ge(h.sents, 1);
	ck_assert_uint_eq(h.sent[0].len, MSS - 12);
}
END_TEST

START_TEST(nothing_negotiated_is_nothing_sent)
{
	h.params.window = 1 << 20;
	h.params.rcv_scale = la_tcp_scale_for(h.params.window);
	open_by(seg_data(R(0), S(0), 10), &plain);
	SENDS(&h, { LA_ACK, S(0), R(10), 0 });
	ck_assert_uint_eq(h.sent[0].opts.present, 0);
	ck_assert_uint_eq(h.sent[0].wnd, 65535);
	tcb_arrives(&h, seg_data(R(20), S(0), 10));
	SENDS(&h, { LA_ACK, S(0), R(10), 0 });
	ck_assert_uint_eq(h.sent[0].opts.present, 0);
	tcb_send(&h, 4000);
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].len, 536);
}
END_TEST

START_TEST(a_syn_after_it_is_challenged)
{
	open_by(seg_ack(R(0), S(0)), &plain);
	tcb_arrives(&h, seg_syn());
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.challenges, 1);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("cookie_open");
	TCase *t = rfc_case(s, "cookie_open");

	tcase_add_test(t, the_final_ack_establishes);
	tcase_add_test(t, text_with_the_ack_counts);
	tcase_add_test(t, a_fin_with_the_ack_counts);
	tcase_add_test(t, text_and_fin_with_the_ack_count);
	tcase_add_test(t, what_was_negotiated_holds);
	tcase_add_test(t, nothing_negotiated_is_nothing_sent);
	tcase_add_test(t, a_syn_after_it_is_challenged);
	return s;
}

LA_CHECK_MAIN(suite)
