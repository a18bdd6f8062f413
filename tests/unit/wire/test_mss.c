/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of lengths of segments: who gets what. */
#include "la_check.h"
#include "la_mss.h"

START_TEST(no_other_value_fits_better)
{
	for (uint32_t mss = 0; mss <= UINT16_MAX; mss++) {
		const uint32_t index = la_mss_to_index((uint16_t)mss);

		ck_assert_uint_ge(index, LA_MSS_CLASSES);
		ck_assert_uint_lt(index, LA_MSS_VALUES);
		if (mss < LA_MSS_FLOOR)
			ck_assert_uint_eq(la_mss_value[index], LA_MSS_FLOOR);
		else
			ck_assert_uint_le(la_mss_value[index], mss);
		if (index < LA_MSS_ANY)
			ck_assert_uint_gt(la_mss_value[index + 1], mss);
	}
	ck_assert_uint_eq(la_mss_value[LA_MSS_ANY], UINT16_MAX);
}
END_TEST

/* What Ethernet and tunnels over it have is exact, as is what a cookie names. */
START_TEST(what_peers_have_is_exact)
{
	for (uint32_t mss = 536; mss <= 1460; mss++)
		ck_assert_uint_eq(la_mss_value[la_mss_to_index((uint16_t)mss)], mss);
	for (uint32_t class = 0; class < LA_MSS_CLASSES; class++)
		ck_assert_uint_eq(la_mss_value[la_mss_to_index(la_mss_value[class])],
				la_mss_value[class]);
}
END_TEST

START_TEST(little_is_lost_elsewhere)
{
	for (uint32_t mss = LA_MSS_FLOOR; mss < 536; mss++)
		ck_assert_uint_lt(mss - la_mss_value[la_mss_to_index((uint16_t)mss)], 16);
	for (uint32_t mss = 1461; mss <= 9216; mss++)
		ck_assert_uint_ge(la_mss_value[la_mss_to_index((uint16_t)mss)] * 8u, mss * 6u);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("mss");
	TCase *tc = tcase_create("mss");

	tcase_add_test(tc, no_other_value_fits_better);
	tcase_add_test(tc, what_peers_have_is_exact);
	tcase_add_test(tc, little_is_lost_elsewhere);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
