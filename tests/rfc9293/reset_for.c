/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 9293, 3.10.7.1: the RST that answers a segment to no connection. */
#include "la_check.h"
#include "la_tcp.h"

static const struct {
	uint8_t flags;
	uint32_t seq, ack, len;
	bool reply;
	uint8_t reply_flags;
	uint32_t reply_seq, reply_ack;
} cases[] = {
	{ LA_SYN, 0xffffffff, 77, 0, true, LA_RST | LA_ACK, 0, 0 },
	{ LA_SYN, 100, 0, 0, true, LA_RST | LA_ACK, 0, 101 },
	{ LA_SYN, 100, 0, 10, true, LA_RST | LA_ACK, 0, 111 },
	{ LA_SYN | LA_FIN, 100, 0, 10, true, LA_RST | LA_ACK, 0, 112 },
	{ LA_FIN, 100, 0, 0, true, LA_RST | LA_ACK, 0, 101 },
	{ 0, 100, 0, 0, true, LA_RST | LA_ACK, 0, 100 },
	{ 0, 0xfffffff0, 0, 1000, true, LA_RST | LA_ACK, 0, 0x3d8 },
	{ LA_ACK, 100, 0xfffffff0, 0, true, LA_RST, 0xfffffff0, 0 },
	{ LA_ACK | LA_PSH, 100, 200, 1000, true, LA_RST, 200, 0 },
	{ LA_SYN | LA_ACK, 100, 200, 0, true, LA_RST, 200, 0 },
	{ LA_FIN | LA_ACK, 100, 0, 0, true, LA_RST, 0, 0 },
	{ LA_RST, 100, 200, 0, false, 0, 0, 0 },
	{ LA_RST | LA_ACK, 100, 200, 0, false, 0, 0, 0 },
	{ LA_RST | LA_SYN, 100, 200, 10, false, 0, 0, 0 },
};
START_TEST(a_segment_to_nowhere_draws_the_rst_its_sender_accepts)
{
	struct la_seg rst, seg = { .flags = cases[_i].flags, .seq = cases[_i].seq,
		.ack = cases[_i].ack, .len = cases[_i].len };

	memset(&rst, 0xa5, sizeof(rst));
	ck_assert_int_eq(la_tcp_reset_for(&seg, &rst), cases[_i].reply);
	if (!cases[_i].reply)
		return;
	ck_assert_uint_eq(rst.flags, cases[_i].reply_flags);
	ck_assert_uint_eq(rst.seq, cases[_i].reply_seq);
	if (rst.flags & LA_ACK)
		ck_assert_uint_eq(rst.ack, cases[_i].reply_ack);
	ck_assert_uint_eq(rst.len, 0);
	ck_assert_uint_eq(rst.opts.present, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("reset_for");
	TCase *t = tcase_create("reset_for");

	tcase_add_loop_test(t, a_segment_to_nowhere_draws_the_rst_its_sender_accepts, 0,
			sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
