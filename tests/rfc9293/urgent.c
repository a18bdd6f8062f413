/* SPDX-License-Identifier: BSD-3-Clause */
/* Urgent data is delivered in line and its length is never trusted. */
#include "rfc9293.h"

static const uint16_t pointers[] = { 0, 1, 10, 11, 1000, 65535 };
START_TEST(urgent_text_is_delivered_in_line)
{
	struct la_seg seg = seg_data(R(0), S(0), 10);

	rfc_open();
	seg.flags |= LA_URG;
	seg.urg = pointers[_i];
	tcb_arrives(&h, seg);
	ck_reason(LA_OK);
	ck_assert_uint_eq(h.got, 10);
	ck_assert_uint_eq(h.tcb.rcv.nxt, R(10));
	SENDS(&h, { LA_ACK, S(0), R(10), 0 });
	tcb_arrives(&h, seg_data(R(10), S(0), 2000));
	ck_assert_uint_eq(h.got, 2010);
}
END_TEST

START_TEST(an_urgent_pointer_without_text_moves_nothing)
{
	static const enum la_tcp_state states[] = { LA_ESTABLISHED, LA_FIN_WAIT_1, LA_FIN_WAIT_2,
		LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK };
	struct la_seg seg;
	uint32_t nxt;

	tcb_enter(&h, states[_i]);
	nxt = h.tcb.rcv.nxt;
	seg = seg_ack(nxt, h.tcb.snd.una);
	seg.flags |= LA_URG;
	seg.urg = 65535;
	tcb_arrives(&h, seg);
	ck_state(states[_i]);
	ck_assert_uint_eq(h.tcb.rcv.nxt, nxt);
	ck_assert_uint_eq(h.got, 0);
}
END_TEST

START_TEST(the_pointer_without_urg_means_nothing)
{
	struct la_seg seg = seg_data(R(0), S(0), 10);

	rfc_open();
	seg.urg = 5;
	tcb_arrives(&h, seg);
	ck_assert_uint_eq(h.got, 10);
}
END_TEST

START_TEST(we_never_send_urgent)
{
	rfc_open();
	tcb_send(&h, 5000);
	tcb_pull(&h);
	for (uint32_t i = 0; i < h.sents; i++) {
		ck_assert(!(h.sent[i].flags & LA_URG));
		ck_assert_uint_eq(h.sent[i].urg, 0);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("urgent");
	TCase *t = rfc_case(s, "urgent");

	tcase_add_loop_test(t, urgent_text_is_delivered_in_line, 0, 6);
	tcase_add_loop_test(t, an_urgent_pointer_without_text_moves_nothing, 0, 6);
	tcase_add_test(t, the_pointer_without_urg_means_nothing);
	tcase_add_test(t, we_never_send_urgent);
	return s;
}

LA_CHECK_MAIN(suite)
