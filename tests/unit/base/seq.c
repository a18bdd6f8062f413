/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequence arithmetic at the edges (RFC 9293, 3.4). */
#include "la_check.h"
#include "la_seq.h"

static const struct { uint32_t a, b; bool lt, leq; } pairs[] = {
	{ 0, 0, false, true },
	{ 0, 1, true, true },
	{ 1, 0, false, false },
	{ 0xffffffff, 0, true, true },
	{ 0, 0xffffffff, false, false },
	{ 0xfffffff0, 0x00000010, true, true },
	{ 0x7fffffff, 0xfffffffe, true, true },         /* 2^31 - 1 apart: still ordered. */
	{ 0xfffffffe, 0x7fffffff, false, false },
};
START_TEST(comparisons_hold_across_the_wrap)
{
	uint32_t a = pairs[_i].a, b = pairs[_i].b;

	ck_assert_int_eq(la_seq_lt(a, b), pairs[_i].lt);
	ck_assert_int_eq(la_seq_leq(a, b), pairs[_i].leq);
	ck_assert_int_eq(la_seq_gt(a, b), !pairs[_i].leq);
	ck_assert_int_eq(la_seq_geq(a, b), !pairs[_i].lt);
}
END_TEST

static const struct { uint32_t seq, nxt, wnd; bool in; } windows[] = {
	{ 5, 5, 0, false },
	{ 5, 5, 1, true },
	{ 6, 5, 1, false },
	{ 4, 5, 1, false },
	{ 0xffffffff, 0xfffffff0, 0x20, true },
	{ 0x0000000f, 0xfffffff0, 0x20, true },
	{ 0x00000010, 0xfffffff0, 0x20, false },
	{ 0xffffffef, 0xfffffff0, 0x20, false },
};
START_TEST(a_window_holds_its_octets_and_no_more)
{
	ck_assert_int_eq(la_seq_in_window(windows[_i].seq, windows[_i].nxt, windows[_i].wnd),
			windows[_i].in);
}
END_TEST

static Suite *
seq_suite(void)
{
	Suite *suite = suite_create("seq");
	TCase *tcase = tcase_create("seq");

	tcase_add_loop_test(tcase, comparisons_hold_across_the_wrap, 0,
			sizeof(pairs) / sizeof(pairs[0]));
	tcase_add_loop_test(tcase, a_window_holds_its_octets_and_no_more, 0,
			sizeof(windows) / sizeof(windows[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(seq_suite)
