/* SPDX-License-Identifier: BSD-3-Clause */
/* The neighbour table: the gateway, and who finds room. */
#include "arp_host.h"

START_TEST(the_gateway_is_asked_for_at_start)
{
	struct la_link_notice notice;

	begin();
	link_rig_up(&rig);
	expect_arp(REQUEST, US, GATEWAY);
	expect_arp(REQUEST, US, US);            /* Our own announcement. */
	link_rig_expect_nothing(&rig);
	link_rig_wait(&rig, 2000000);
	notice = rig.link->notice;
	ck_assert(!notice.gateway_silent[0]);
	link_rig_wait(&rig, 8000000);
	notice = rig.link->notice;
	ck_assert(notice.gateway_silent[0]);
	/* At 0, 1, 3, 7 s. */
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 4);
	says(REPLY, GATEWAY, &first_mac, US);
	link_rig_wait(&rig, 100000);
	notice = rig.link->notice;
	ck_assert(!notice.gateway_silent[0]);
	ck_assert(goes_to(FAR, &first_mac));
	/* It stays asked after, used or not. */
	for (int i = 0; i < 100; i++) {
		link_rig_wait(&rig, 1000000);
		if (rig.sents > 0)
			says(REPLY, GATEWAY, &first_mac, US);
		link_rig_forget(&rig);
	}
	ck_assert(goes_to(FAR, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* A cloud's: all but our address is behind it, also what has its network and ours. */
static const struct {
	uint32_t gateway;
	bool another;                   /* We have one in a real subnet too, given first. */
} off_link[] = { { 0x0a000002, false }, { 0xa9fe0001, false }, { 0xac1f0101, true } };

START_TEST(a_gateway_in_no_subnet_is_on_the_link)
{
	enum { LONE = 0xcb00714d, OURS = 0xc0a80001 };
	const uint32_t gateway = off_link[_i].gateway;
	uint32_t n = 0;

	link_rig_params(&rig);
	if (off_link[_i].another)
		rig.ranges[n++] = (struct la_link_range){ la_addr_v4(OURS), 1, 24 };
	rig.ranges[n++] = (struct la_link_range){ la_addr_v4(LONE), 1, 32 };
	rig.params.ranges_len = n;
	rig.params.gateway[0] = la_addr_v4(gateway);
	link_rig_make(&rig);
	link_rig_up(&rig);
	expect_arp(REQUEST, LONE, gateway);
	says(REPLY, gateway, &first_mac, LONE);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_REPLIES), 1);
	link_rig_forget(&rig);
	says(REQUEST, gateway, &first_mac, LONE);
	expect_arp(REPLY, LONE, gateway);
	for (uint32_t remote = gateway; remote < gateway + 3; remote++)
		ck_assert(goes_to(remote, &first_mac));
	ck_assert(goes_to(LONE + 1, &first_mac));
	ck_assert(goes_to(FAR, &first_mac));
	/* It is kept as any gateway is, and asked after. */
	link_rig_wait(&rig, 40000000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST), 1);
	says(REPLY, gateway, &other_mac, LONE);
	ck_assert(goes_to(FAR, &other_mac));
	ck_assert(goes_to(OURS + 1, &other_mac) != off_link[_i].another);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_gateway_that_falls_silent_is_asked_for_again)
{
	struct la_link_notice notice;

	begin();
	link_rig_up(&rig);
	says(REPLY, GATEWAY, &first_mac, US);
	link_rig_wait(&rig, 40000000);
	notice = rig.link->notice;
	ck_assert(notice.gateway_silent[0]);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST), 1);
	says(REPLY, GATEWAY, &other_mac, US);
	ck_assert(goes_to(FAR, &other_mac));
	link_rig_end(&rig);
}
END_TEST

START_TEST(without_a_gateway_far_hosts_are_out_of_reach)
{
	link_rig_params(&rig);
	link_rig_no_gateway(&rig);
	link_rig_make(&rig);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NO_GATEWAY), 0);
	ck_assert(!goes_to(FAR, &first_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 0);
	/* Not for want of an answer: it can never work. */
	ck_assert_uint_gt(link_rig_count(&rig, LA_LINK_NO_GATEWAY), 0);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_flood_of_senders_does_not_push_known_ones_out)
{
	link_rig_params(&rig);
	rig.ranges[0].prefix_len = 8;
	rig.keep_nothing = true;
	link_rig_make(&rig);
	says(REQUEST, HOST, &first_mac, US);
	for (uint32_t i = 0; i < 5000; i++)
		says(REQUEST, 0x0a010000 + i, &other_mac, US);
	ck_assert_uint_gt(link_rig_count(&rig, LA_LINK_NEIGHBOURS_FULL), 3000);
	rig.keep_nothing = false;
	ck_assert(goes_to(HOST, &first_mac));
	/* And they go again by themselves. */
	link_rig_wait(&rig, 301000000);
	ck_assert(!goes_to(0x0a010000, &other_mac));
	link_rig_end(&rig);
}
END_TEST

/* 5,000 strangers ask for us, each of whom we shall never need. */
static void
begin_among_strangers(void)
{
	link_rig_params(&rig);
	rig.ranges[0].prefix_len = 8;
	rig.keep_nothing = true;
	link_rig_make(&rig);
	for (uint32_t i = 0; i < 5000; i++)
		says(REQUEST, 0x0a010000 + i, &other_mac, US);
	rig.keep_nothing = false;
	ck_assert_uint_gt(link_rig_count(&rig, LA_LINK_NEIGHBOURS_FULL), 3000);
}

START_TEST(strangers_give_way_to_whom_we_ask_for)
{
	begin_among_strangers();
	for (uint32_t i = 0; i < 50; i++) {
		ck_assert(!goes_to(0x0a020000 + i, &first_mac));
		says(REPLY, 0x0a020000 + i, &first_mac, US);
		ck_assert(goes_to(0x0a020000 + i, &first_mac));
	}
	link_rig_end(&rig);
}
END_TEST

START_TEST(strangers_give_way_to_the_gateway)
{
	begin_among_strangers();
	link_rig_up(&rig);
	expect_arp(REQUEST, US, GATEWAY);
	says(REPLY, GATEWAY, &first_mac, US);
	ck_assert(goes_to(FAR, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* All that were wanted find room, and are known at the same time. */
START_TEST(as_many_as_are_wanted_are_known)
{
	enum { WANTED = 5000 };
	struct la_mac mac;

	link_rig_params(&rig);
	rig.ranges[0].prefix_len = 8;
	rig.params.neighbours = WANTED;
	rig.keep_nothing = true;
	link_rig_make(&rig);
	for (uint32_t i = 0; i < WANTED; i++) {
		const struct la_addr host = la_addr_v4(0x0a020000 + i);

		ck_assert(!link_rig_hop(&rig, &host, &mac));
	}
	for (uint32_t i = 0; i < WANTED; i++)
		says(REPLY, 0x0a020000 + i, &first_mac, US);
	for (uint32_t i = 0; i < WANTED; i++) {
		const struct la_addr host = la_addr_v4(0x0a020000 + i);

		ck_assert(link_rig_hop(&rig, &host, &mac));
	}
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_FULL), 0);
	link_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("link neighbour");
	TCase *t = tcase_create("neighbour");

	tcase_add_test(t, strangers_give_way_to_whom_we_ask_for);
	tcase_add_test(t, strangers_give_way_to_the_gateway);
	tcase_add_test(t, as_many_as_are_wanted_are_known);
	tcase_add_test(t, the_gateway_is_asked_for_at_start);
	tcase_add_loop_test(t, a_gateway_in_no_subnet_is_on_the_link, 0,
			sizeof(off_link) / sizeof(off_link[0]));
	tcase_add_test(t, a_gateway_that_falls_silent_is_asked_for_again);
	tcase_add_test(t, without_a_gateway_far_hosts_are_out_of_reach);
	tcase_add_test(t, a_flood_of_senders_does_not_push_known_ones_out);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
