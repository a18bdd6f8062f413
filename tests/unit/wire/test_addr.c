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

/* Runs, and what lies how far behind their first. */
static const struct {
	const char *first, *other;
	uint64_t place;
} places[] = {
	{ "10.0.255.250", "10.0.255.250", 0 },
	{ "10.0.255.250", "10.1.0.5", 11 },
	{ "255.255.255.0", "255.255.255.255", 255 },
	{ "10.0.0.2", "10.0.0.1", UINT64_MAX },
	{ "2001:db8::ffff", "2001:db8::1:fffe", 0xffff },
	/* Past 2^32. */
	{ "2001:db8::ffff:fff0", "2001:db8::ffff:ffff", 15 },
	{ "2001:db8::ffff:fff0", "2001:db8::1:0:0", 16 },
	{ "2001:db8::ffff:fff0", "2001:db8::1:0:5", 21 },
	{ "2001:db8::ffff:fff0", "2001:db8::2:0:0", 16 + (UINT64_C(1) << 32) },
	{ "2001:db8::1:0:0", "2001:db8::ffff:fff0", (uint64_t)-16 },
	{ "2001:db8:0:0:ffff:ffff:ffff:fff0", "2001:db8::ffff:ffff:ffff:ffff", 15 },
	/* Past 2^64 no run goes, and the other family is in none. */
	{ "2001:db8:0:0:ffff:ffff:ffff:fff0", "2001:db8:0:1::5", UINT64_MAX },
	{ "2001:db8::a00:1", "10.0.0.1", UINT64_MAX },
	{ "::a00:1", "10.0.0.1", UINT64_C(0xffff) << 32 },
};

START_TEST(an_address_has_its_place_in_a_run)
{
	struct la_addr first, other, again;

	ck_assert(la_addr_parse(places[_i].first, &first));
	ck_assert(la_addr_parse(places[_i].other, &other));
	ck_assert_uint_eq(la_addr_place(&first, &other), places[_i].place);
	if (places[_i].place > UINT32_MAX)
		return;
	again = la_addr_after(&first, (uint32_t)places[_i].place);
	ck_assert(la_addr_eq(&again, &other));
}
END_TEST

static const struct { const char *text; bool link_local; } links[] = {
	{ "fe80::1", true }, { "febf:ffff::1", true }, { "fe7f:ffff::1", false },
	{ "fec0::1", false }, { "fd80::1", false }, { "169.254.0.1", false },
};

START_TEST(link_local_is_ten_bits)
{
	struct la_addr a;

	ck_assert(la_addr_parse(links[_i].text, &a));
	ck_assert_int_eq(la_addr_is_link_local(&a), links[_i].link_local);
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
	tcase_add_loop_test(tc, link_local_is_ten_bits, 0, sizeof(links) / sizeof(links[0]));
	tcase_add_loop_test(tc, an_address_has_its_place_in_a_run, 0,
			sizeof(places) / sizeof(places[0]));
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
