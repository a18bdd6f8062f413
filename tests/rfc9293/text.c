/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.7.4, seventh and eighth, and 3.8.6: text, FIN, our window. */
#include "rfc9293.h"

static uint32_t
offered(const struct la_seg *seg)
{
	return (uint32_t)seg->wnd << (h.tcb.flags & LA_TCB_WSCALE ? h.params.rcv_scale : 0);
}

START_TEST(text_in_order_is_delivered_and_acked)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_reason(LA_OK);
	ck_assert_uint_eq(h.got, 100);
	ck_assert_uint_eq(h.tcb.rcv.nxt, R(100));
	SENDS(&h, { LA_ACK, S(0), R(100), 0 });
	SENDS_NOTHING(&h);
}
END_TEST

/* MUST-58, MUST-59 */
START_TEST(a_burst_draws_one_ack)
{
	rfc_open();
	for (uint32_t i = 0; i < 20; i++)
		tcb_arrives(&h, seg_data(R(i * 100), S(0), 100));
	ck_assert_uint_eq(h.got, 2000);
	SENDS(&h, { LA_ACK, S(0), R(2000), 0 });
}
END_TEST

/* MUST-40: no ACK is delayed past the burst, so none is delayed 500 ms. */
START_TEST(every_burst_of_text_is_acked_at_once)
{
	rfc_open();
	for (uint32_t i = 0; i < 5; i++) {
		tcb_arrives(&h, seg_data(R(i), S(0), 1));
		SENDS(&h, { LA_ACK, S(0), R(i + 1), 0 });
	}
}
END_TEST

START_TEST(an_ack_rides_on_text)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	tcb_send(&h, 50);
	SENDS(&h, { LA_ACK, S(0), R(100), 50 });
}
END_TEST

START_TEST(an_overlap_gives_the_new_part_only)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	tcb_arrives(&h, seg_data(R(50), S(0), 100));
	ck_reason(LA_OK);
	ck_assert_uint_eq(h.got, 150);
	tcb_arrives(&h, seg_data(R(0), S(0), 151));
	ck_assert_uint_eq(h.got, 151);
	SENDS(&h, { LA_ACK, S(0), R(151), 0 });
}
END_TEST

START_TEST(out_of_order_text_waits_for_the_hole)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	ck_reason(LA_OK);
	ck_assert_uint_eq(h.got, 0);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_assert_uint_eq(h.got, 200);
	SENDS(&h, { LA_ACK, S(0), R(200), 0 });
	ck_assert_uint_eq(h.chunks.used, 0);
}
END_TEST

/* RFC 5681, 4.2: each out-of-order segment is acked at once, so that the peer counts them. */
START_TEST(each_burst_above_a_hole_draws_a_duplicate_ack)
{
	rfc_open();
	for (uint32_t i = 1; i <= 3; i++) {
		tcb_arrives(&h, seg_data(R(i * 100), S(0), 100));
		SENDS(&h, { LA_ACK, S(0), R(0), 0 });
		ck_assert_uint_eq(h.sent[0].wnd, 65535);
	}
}
END_TEST

/* The order is that of the code's five digits to base 5. */
static void
arrive_in_order(int code)
{
	static const struct { uint32_t seq, len; } parts[5] = {
		{ 0, 100 }, { 90, 60 }, { 150, 100 }, { 120, 200 }, { 320, 10 },
	};

	rfc_open();
	for (int i = 0; i < 5; i++, code /= 5) {
		tcb_arrives(&h, seg_data(R(parts[code % 5].seq), S(0), parts[code % 5].len));
		tcb_pull(&h);
	}
	for (int i = 0; i < 5; i++)
		tcb_arrives(&h, seg_data(R(parts[i].seq), S(0), parts[i].len));
	ck_assert_uint_eq(h.got, 330);
	ck_assert_uint_eq(h.chunks.used, 0);
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].ack, R(330));
}

/* Every order of five segments that overlap and repeat. */
START_TEST(any_order_gives_the_stream)
{
	for (int i = 0; i < 125; i++) {
		arrive_in_order(_i * 125 + i);
		rfc_end();
		rfc_begin();
	}
}
END_TEST

START_TEST(a_duplicate_above_a_hole_takes_no_more_room)
{
	rfc_open();
	for (int i = 0; i < 100; i++)
		tcb_arrives(&h, seg_data(R(100), S(0), 100));
	ck_assert_uint_le(h.chunks.used, 1);
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_assert_uint_eq(h.got, 200);
}
END_TEST

START_TEST(reassembly_is_bounded_and_the_stream_exact)
{
	rfc_open();
	for (uint32_t i = 0; i < 200; i++) {
		tcb_arrives(&h, seg_data(R(10 + i * 20), S(0), 10));
		ck_assert_uint_le(h.chunks.used, TCB_CHUNKS);
		SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	}
	ck_reason(LA_DROP_REASSEMBLY_FULL);
	/* The peer repeats it all. */
	for (uint32_t i = 0; i < 200; i++) {
		tcb_arrives(&h, seg_data(R(i * 20), S(0), 20));
		tcb_pull(&h);
	}
	ck_assert_uint_eq(h.got, 4000);
	ck_assert_uint_eq(h.chunks.used, 0);
}
END_TEST

START_TEST(no_extension_block_means_out_of_order_text_is_dropped)
{
	uint32_t taken[TCB_EXTS];

	rfc_open();
	tcb_wait(&h, 10000000);
	ck_assert_uint_eq(h.exts.used, 0);
	for (int i = 0; i < TCB_EXTS; i++)
		taken[i] = la_pool_take(&h.exts);
	h.others = TCB_EXTS;
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	ck_reason(LA_DROP_REASSEMBLY_FULL);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_assert_uint_eq(h.got, 100);
	SENDS(&h, { LA_ACK, S(0), R(100), 0 });
	for (int i = 0; i < TCB_EXTS; i++)
		la_pool_give(&h.exts, taken[i]);
}
END_TEST

START_TEST(text_longer_than_a_chunk_is_held_too)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(10), S(0), 8948));
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	tcb_arrives(&h, seg_data(R(0), S(0), 10));
	tcb_arrives(&h, seg_data(R(h.got), S(0), 8958 - h.got));
	ck_assert_uint_eq(h.got, 8958);
}
END_TEST

START_TEST(a_fin_behind_a_hole_waits)
{
	rfc_open();
	tcb_arrives(&h, _i ? seg_data_fin(R(100), S(0), 100) : seg_fin(R(100), S(0)));
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.events, 0);
	SENDS(&h, { LA_ACK, S(0), R(0), 0 });
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.events, LA_EV_FIN);
	ck_assert_uint_eq(h.got, _i ? 200 : 100);
	SENDS(&h, { LA_ACK, S(0), R(h.got + 1), 0 });
}
END_TEST

START_TEST(a_fin_counts_after_all_text_was_taken_only)
{
	rfc_open();
	h.take = 60;
	tcb_arrives(&h, seg_data_fin(R(0), S(0), 100));
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.events, 0);
	SENDS(&h, { LA_ACK, S(0), R(60), 0 });
	h.take = UINT32_MAX;
	tcb_arrives(&h, seg_data_fin(R(60), S(0), 40));
	ck_state(LA_CLOSE_WAIT);
	ck_assert_uint_eq(h.got, 100);
	SENDS(&h, { LA_ACK, S(0), R(101), 0 });
}
END_TEST

START_TEST(a_fin_outside_the_window_is_cut_off)
{
	h.params.window = 100;
	rfc_open();
	tcb_arrives(&h, seg_data_fin(R(0), S(0), 100));
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, 100);
	tcb_pull(&h);
	tcb_arrives(&h, seg_fin(R(100), S(0)));
	ck_state(LA_CLOSE_WAIT);
}
END_TEST

START_TEST(text_the_service_refuses_comes_again)
{
	rfc_open();
	h.take = 30;
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_assert_uint_eq(h.got, 30);
	ck_assert_uint_eq(h.tcb.rcv.nxt, R(30));
	SENDS(&h, { LA_ACK, S(0), R(30), 0 });
	tcb_arrives(&h, seg_data(R(30), S(0), 100));
	ck_reason(LA_DROP_NO_ROOM);
	SENDS(&h, { LA_ACK, S(0), R(30), 0 });
	h.take = UINT32_MAX;
	tcb_arrives(&h, seg_data(R(30), S(0), 100));
	ck_assert_uint_eq(h.got, 130);
}
END_TEST

START_TEST(held_text_the_service_refuses_is_not_lost)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	h.take = 150;
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	tcb_pull(&h);
	ck_assert_uint_eq(h.got, 150);
	ck_assert_uint_eq(h.tcb.rcv.nxt, R(150));
	h.take = UINT32_MAX;
	tcb_arrives(&h, seg_data(R(150), S(0), 100));
	ck_assert_uint_eq(h.got, 250);
	ck_assert_uint_eq(h.chunks.used, 0);
}
END_TEST

static uint32_t buffer;

static void
fill_buffer(struct tcb_host *host)
{
	tcb_room(host, host->got < buffer ? buffer - host->got : 0);
}

START_TEST(the_window_closes_as_the_service_fills_up)
{
	h.params.window = 1000;
	buffer = 1000;
	h.on_data = fill_buffer;
	rfc_open();
	for (uint32_t i = 0; i < 10; i++) {
		tcb_arrives(&h, seg_data(R(i * 100), S(0), 100));
		SENDS(&h, { LA_ACK, S(0), R((i + 1) * 100), 0 });
		ck_assert_uint_eq(offered(&h.sent[0]), 900 - i * 100);
	}
	tcb_arrives(&h, seg_data(R(1000), S(0), 1));
	ck_assert_uint_eq(h.got, 1000);
	SENDS(&h, { LA_ACK, S(0), R(1000), 0 });
}
END_TEST

START_TEST(the_window_opens_by_an_update)
{
	h.params.window = 1000;
	buffer = 1000;
	h.on_data = fill_buffer;
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 1000));
	SENDS(&h, { LA_ACK, S(0), R(1000), 0 });
	ck_assert_uint_eq(offered(&h.sent[0]), 0);
	tcb_room(&h, 1000);
	SENDS(&h, { LA_ACK, S(0), R(1000), 0 });
	ck_assert_uint_eq(offered(&h.sent[0]), 1000);
}
END_TEST

/* MUST-39: no window is offered that grew by less than min(RCV.BUFF/2, Eff.snd.MSS). */
START_TEST(the_window_does_not_open_in_small_steps)
{
	uint32_t room;

	h.params.window = 8000;
	buffer = 8000;
	h.on_data = fill_buffer;
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 8000));
	SENDS(&h, { LA_ACK, S(0), R(8000), 0 });
	for (room = 10; room < MSS; room += 50) {
		tcb_room(&h, room);
		SENDS_NOTHING(&h);
		/* Not on a segment that goes out anyway either. */
		tcb_send(&h, 1);
		tcb_pull(&h);
		ck_assert_uint_eq(h.sents, 1);
		ck_assert_uint_eq(offered(&h.sent[0]), 0);
		tcb_arrives(&h, seg_ack(R(8000), h.tcb.snd.nxt));
	}
	tcb_room(&h, MSS);
	SENDS(&h, { LA_ACK, h.tcb.snd.nxt, R(8000), 0 });
	ck_assert_uint_eq(offered(&h.sent[0]), MSS);
}
END_TEST

/* Found by two_stacks: a buffer smaller than such a step must not close for ever. */
START_TEST(a_probe_is_told_of_any_room)
{
	buffer = 260;
	h.on_data = fill_buffer;
	h.params.window = 8000;
	rfc_open();
	h.take = 260;
	for (uint32_t i = 0; i < 8000; i += 260) {
		h.take = 260;
		tcb_arrives(&h, seg_data(R(i), S(0), 260));
		tcb_pull(&h);
	}
	tcb_arrives(&h, seg_data(R(h.got), S(0), 8000 - h.got));
	tcb_pull(&h);
	ck_assert_uint_eq(la_tcp_rcv_wnd(&h.env, &h.tcb), 0);
	tcb_room(&h, 260);
	SENDS_NOTHING(&h);
	/* As the RFC has probes, and as Linux does. */
	tcb_arrives(&h, _i ? seg_data(R(8000), S(0), 1) : seg_ack(R(7999), S(0)));
	SENDS(&h, { LA_ACK, S(0), R(8000), 0 });
	ck_assert_uint_eq(offered(&h.sent[0]), 260);
}
END_TEST

START_TEST(a_small_buffer_opens_by_halves)
{
	h.params.window = 1000;
	buffer = 1000;
	h.on_data = fill_buffer;
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 1000));
	tcb_pull(&h);
	tcb_room(&h, 499);
	SENDS_NOTHING(&h);
	tcb_room(&h, 500);
	SENDS(&h, { LA_ACK, S(0), R(1000), 0 });
	ck_assert_uint_eq(offered(&h.sent[0]), 500);
}
END_TEST

/* SHLD-14: what was once offered is taken even if there is less room now. */
START_TEST(the_right_edge_never_moves_left)
{
	rfc_open();
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	tcb_pull(&h);
	tcb_room(&h, 10);
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	ck_assert_uint_eq(h.got, 200);
	tcb_pull(&h);           /* Looks at the edge. */
	ck_assert_uint_eq(la_tcp_rcv_wnd(&h.env, &h.tcb), offered(&h.sent[0]));
	ck_assert_uint_ge(offered(&h.sent[0]), 65535 - 200);
}
END_TEST

START_TEST(a_scaled_window_is_what_was_negotiated)
{
	h.params.window = 1 << 20;
	h.params.rcv_scale = la_tcp_scale_for(h.params.window);
	rfc_open_with((struct tcb_setup){ .wscale = true, .shift = 3 });
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	SENDS(&h, { LA_ACK, S(0), R(100), 0 });
	ck_assert_uint_le((1 << 20) - offered(&h.sent[0]), (1u << h.params.rcv_scale) - 1);
	for (uint32_t i = 0; i < 8; i++)
		tcb_arrives(&h, seg_data(R(h.got), S(0), 60000));
	ck_assert_uint_eq(h.got, 480100);
}
END_TEST

START_TEST(an_unscaled_peer_is_offered_65535_at_most)
{
	h.params.window = 1 << 20;
	h.params.rcv_scale = la_tcp_scale_for(h.params.window);
	rfc_open();
	ck_assert_uint_le(la_tcp_rcv_wnd(&h.env, &h.tcb), 65535);
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	tcb_pull(&h);
	ck_assert_uint_eq(h.sent[0].wnd, 65535);
	tcb_arrives(&h, seg_data(R(65635), S(0), 10));
	ck_reason(LA_DROP_OUTSIDE_WINDOW);
}
END_TEST

START_TEST(text_after_the_fin_is_ignored)
{
	static const enum la_tcp_state states[] = { LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK };

	tcb_enter(&h, states[_i]);
	tcb_arrives(&h, seg_data(h.tcb.rcv.nxt, h.tcb.snd.una, 10));
	ck_state(states[_i]);
	ck_assert_uint_eq(h.got, 0);
	ck_assert_uint_eq(h.tcb.rcv.nxt, R(1));
}
END_TEST

/* A FIN in text that was held must not end the stream before the octets after it. */
START_TEST(text_beyond_a_held_fin_is_never_delivered)
{
	rfc_open();
	tcb_arrives(&h, seg_fin(R(100), S(0)));
	tcb_arrives(&h, seg_data(R(101), S(0), 50));
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	ck_assert_uint_eq(h.got, 100);
	ck_state(LA_CLOSE_WAIT);
	tcb_pull(&h);
}
END_TEST

/* Found by fuzz_tcb: a FIN that the text ran over held the extension block for ever. */
START_TEST(a_held_fin_that_text_runs_over_is_forgotten)
{
	rfc_open();
	tcb_arrives(&h, seg_fin(R(100), S(0)));
	tcb_pull(&h);
	h.take = 150;
	tcb_arrives(&h, seg_data(R(0), S(0), _i ? 200 : 150));
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.got, 150);
	h.take = UINT32_MAX;
	tcb_pull(&h);
	tcb_wait(&h, 10000000);
	ck_assert_uint_eq(h.exts.used, 0);
	tcb_arrives(&h, seg_fin(R(150), S(0)));
	ck_state(LA_CLOSE_WAIT);
}
END_TEST

static void
send_back(struct tcb_host *host)
{
	la_tcp_send(&host->env, &host->tcb, 10, host->now_us);
}

START_TEST(a_service_may_send_from_within_delivery)
{
	rfc_open();
	h.on_data = send_back;
	tcb_arrives(&h, seg_data(R(0), S(0), 100));
	SENDS(&h, { LA_ACK, S(0), R(100), 10 });
}
END_TEST

static void
close_now(struct tcb_host *host)
{
	la_tcp_close(&host->env, &host->tcb, host->now_us);
}

START_TEST(a_service_may_close_from_within_delivery)
{
	rfc_open();
	h.on_data = close_now;
	tcb_arrives(&h, _i ? seg_data_fin(R(0), S(0), 100) : seg_data(R(0), S(0), 100));
	tcb_pull(&h);
	ck_assert_uint_eq(h.sents, 1);
	ck_assert_uint_eq(h.sent[0].flags & LA_FIN, LA_FIN);
	ck_assert_uint_eq(h.sent[0].ack, R(_i ? 101 : 100));
	ck_assert(h.tcb.state == (_i ? LA_LAST_ACK : LA_FIN_WAIT_1) ||
			(_i && h.tcb.state == LA_CLOSING));
	tcb_arrives(&h, seg_ack(h.tcb.rcv.nxt, S(1)));
	ck_assert(h.tcb.state == (_i ? LA_CLOSED : LA_FIN_WAIT_2) ||
			(_i && h.tcb.state == LA_TIME_WAIT));
}
END_TEST

static void
abort_now(struct tcb_host *host)
{
	la_tcp_abort(&host->env, &host->tcb, &host->out);
}

START_TEST(a_service_may_abort_from_within_delivery)
{
	rfc_open();
	h.on_data = abort_now;
	tcb_arrives(&h, seg_data(R(100), S(0), 100));
	tcb_arrives(&h, _i ? seg_data_fin(R(0), S(0), 100) : seg_data(R(0), S(0), 100));
	ck_state(LA_CLOSED);
	ck_replied(h.out.reply.flags, S(0), h.out.reply.ack);
	ck_assert_uint_eq(h.deliveries, 1);
	SENDS_NOTHING(&h);
}
END_TEST

/* RFC 9293, 3.10.7.4, seventh, says that text may be held, not for how long; a peer that
 * leaves a hole and goes away may not keep what holds it. */
START_TEST(a_hole_that_nobody_fills_is_given_up)
{
	struct la_seg ahead = seg_data(R(10), S(0), 10);

	rfc_open();
	if (_i == 1)
		ahead = seg_fin(R(10), S(0));
	tcb_arrives(&h, ahead);
	tcb_pull(&h);
	ck_assert_uint_eq(h.exts.used, 1);
	/* For the longest RTO it waits, and longer if the stream goes on. */
	tcb_wait(&h, h.params.rto_max_us - 1);
	tcb_arrives(&h, seg_data(R(0), S(0), 1));
	tcb_pull(&h);
	tcb_wait(&h, h.params.rto_max_us - 1);
	ck_assert_uint_eq(h.exts.used, 1);
	ck_assert_uint_eq(h.chunks.used, _i == 0);
	tcb_wait(&h, 10 * (uint64_t)h.params.rto_max_us);
	ck_state(LA_ESTABLISHED);
	ck_assert_uint_eq(h.chunks.used, 0);
	ck_assert_uint_eq(h.exts.used, 0);
	/* And the stream is exact if it comes after all. */
	tcb_arrives(&h, seg_data(R(1), S(0), 19));
	SENDS(&h, { LA_ACK, S(0), R(20), 0 });
	ck_assert_uint_eq(h.got, 20);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("text");
	TCase *t = rfc_case(s, "text");

	tcase_add_test(t, text_in_order_is_delivered_and_acked);
	tcase_add_test(t, a_burst_draws_one_ack);
	tcase_add_test(t, every_burst_of_text_is_acked_at_once);
	tcase_add_test(t, an_ack_rides_on_text);
	tcase_add_test(t, an_overlap_gives_the_new_part_only);
	tcase_add_test(t, out_of_order_text_waits_for_the_hole);
	tcase_add_test(t, each_burst_above_a_hole_draws_a_duplicate_ack);
	tcase_add_loop_test(t, any_order_gives_the_stream, 0, 25);
	tcase_add_test(t, a_duplicate_above_a_hole_takes_no_more_room);
	tcase_add_test(t, reassembly_is_bounded_and_the_stream_exact);
	tcase_add_test(t, no_extension_block_means_out_of_order_text_is_dropped);
	tcase_add_test(t, text_longer_than_a_chunk_is_held_too);
	tcase_add_loop_test(t, a_fin_behind_a_hole_waits, 0, 2);
	tcase_add_loop_test(t, a_hole_that_nobody_fills_is_given_up, 0, 2);
	tcase_add_test(t, a_fin_counts_after_all_text_was_taken_only);
	tcase_add_test(t, a_fin_outside_the_window_is_cut_off);
	tcase_add_test(t, text_the_service_refuses_comes_again);
	tcase_add_test(t, held_text_the_service_refuses_is_not_lost);
	tcase_add_test(t, the_window_closes_as_the_service_fills_up);
	tcase_add_test(t, the_window_opens_by_an_update);
	tcase_add_test(t, the_window_does_not_open_in_small_steps);
	tcase_add_loop_test(t, a_probe_is_told_of_any_room, 0, 2);
	tcase_add_test(t, a_small_buffer_opens_by_halves);
	tcase_add_test(t, the_right_edge_never_moves_left);
	tcase_add_test(t, a_scaled_window_is_what_was_negotiated);
	tcase_add_test(t, an_unscaled_peer_is_offered_65535_at_most);
	tcase_add_loop_test(t, text_after_the_fin_is_ignored, 0, 3);
	tcase_add_test(t, text_beyond_a_held_fin_is_never_delivered);
	tcase_add_loop_test(t, a_held_fin_that_text_runs_over_is_forgotten, 0, 2);
	tcase_add_test(t, a_service_may_send_from_within_delivery);
	tcase_add_loop_test(t, a_service_may_close_from_within_delivery, 0, 2);
	tcase_add_loop_test(t, a_service_may_abort_from_within_delivery, 0, 2);
	return s;
}

LA_CHECK_MAIN(suite)
