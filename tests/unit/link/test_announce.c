/* SPDX-License-Identifier: BSD-3-Clause */
/* Our addresses of IPv4: announced, and used twice. */
#include "arp_host.h"

START_TEST(many_addresses_are_announced_a_few_at_a_time)
{
	link_rig_params(&rig);
	link_rig_no_gateway(&rig);
	rig.ranges[0].count = 100;
	link_rig_make(&rig);
	link_rig_up(&rig);
	ck_assert_uint_eq(rig.sents, 16);
	for (uint32_t i = 0; i < 16; i++)
		expect_arp(REQUEST, US + i, US + i);
	link_rig_wait(&rig, 1000000);
	ck_assert_uint_eq(rig.sents, 100);
	link_rig_end(&rig);
}
END_TEST

START_TEST(an_address_used_twice_is_said_and_defended)
{
	struct la_link_notice notice;

	begin();
	for (int i = 0; i < 10; i++)
		says(_i == 0 ? REPLY : REQUEST, US, &other_mac, _i == 2 ? HOST : US);
	expect_arp(REQUEST, US, US);
	link_rig_expect_nothing(&rig);
	notice = rig.link->notice;
	ck_assert(notice.conflict);
	ck_assert_uint_eq(la_addr_low(&notice.conflict_address), US);
	ck_assert(la_mac_eq(&notice.conflict_mac, &other_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ADDRESS_CONFLICTS), 10);
	link_rig_wait(&rig, 10100000);
	says(REPLY, US, &other_mac, US);
	expect_arp(REQUEST, US, US);
	link_rig_end(&rig);
}
END_TEST

START_TEST(our_own_frames_come_back_without_harm)
{
	struct la_link_notice notice;

	begin();
	says(REQUEST, US, &rig.params.mac, US);
	notice = rig.link->notice;
	ck_assert(!notice.conflict);
	link_rig_expect_nothing(&rig);
	link_rig_end(&rig);
}
END_TEST

/* Another address is defended soon, the same one is not. */
START_TEST(a_conflict_about_one_leaves_none_undefended)
{
	link_rig_params(&rig);
	rig.ranges[0].count = 2;
	link_rig_make(&rig);
	says(REPLY, US, &other_mac, US);
	expect_arp(REQUEST, US, US);
	link_rig_wait(&rig, 1000000);
	says(REPLY, US, &other_mac, US);
	link_rig_expect_nothing(&rig);
	says(REPLY, US + 1, &other_mac, US);
	expect_arp(REQUEST, US + 1, US + 1);
	says(REPLY, US, &other_mac, US);
	link_rig_expect_nothing(&rig);
	link_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("link announce");
	TCase *t = tcase_create("announce");

	tcase_add_test(t, a_conflict_about_one_leaves_none_undefended);
	tcase_add_test(t, many_addresses_are_announced_a_few_at_a_time);
	tcase_add_loop_test(t, an_address_used_twice_is_said_and_defended, 0, 3);
	tcase_add_test(t, our_own_frames_come_back_without_harm);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
