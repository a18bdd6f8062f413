/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_addr.h"
#include "la_check.h"

static const struct {
	const char *text, *again;       /* As read, and as written (RFC 5952). */
} good[] = {
	{ "0.0.0.0", "0.0.0.0" },
	{ "10.77.0.1", "10.77.0.1" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "::ffff:10.77.0.1", "10.77.0.1" },
	{ "::", "::" },
	{ "::1", "::1" },
	{ "2001:DB8::1", "2001:db8::1" },
	{ "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },
	{ "2001:0db8::0001", "2001:db8::1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
};

static const char *const bad[] = {
	"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/24",
	"0x1.2.3.4", ":", ":::", "1::2::3", "2001:db8::g", "12345::", "1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:8:9", "*",
};

START_TEST(an_address_reads_and_is_written_canonically)
{
	char text[LA_ADDR_TEXT_LEN];
	struct la_addr a;

	ck_assert(la_addr_parse(good[_i].text, &a));
	ck_assert_str_eq(la_addr_format(&a, text), good[_i].again);
}
END_TEST

START_TEST(what_is_not_an_address_is_refused)
{
	struct la_addr a;

	ck_assert_msg(!la_addr_parse(bad[_i], &a), "%s", bad[_i]);
}
END_TEST

START_TEST(both_ways_to_an_ipv4_address_agree)
{
	struct la_addr read, made = la_addr_v4(0x0a4d0001);

	ck_assert(la_addr_parse("10.77.0.1", &read));
	ck_assert(la_addr_eq(&read, &made));
	ck_assert(la_addr_is_v4(&read));
	ck_assert_uint_eq(la_addr_low(&read), 0x0a4d0001);
	ck_assert(la_addr_parse("::1", &read));
	ck_assert(!la_addr_is_v4(&read));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("addr");
	TCase *tc = tcase_create("addr");

	tcase_add_loop_test(tc, an_address_reads_and_is_written_canonically, 0,
			sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tc, what_is_not_an_address_is_refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tc, both_ways_to_an_ipv4_address_agree);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
