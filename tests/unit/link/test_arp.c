/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP: answers, questions, and who is believed. */
#include "arp_host.h"

START_TEST(a_request_for_us_is_answered_and_its_sender_known)
{
	const struct la_rx *rx;

	begin();
	says(REQUEST, HOST, &first_mac, US);
	rx = expect_arp(REPLY, US, HOST);
	ck_assert(la_mac_eq(&rx->dest_mac, &first_mac));
	ck_assert(la_mac_eq(&rx->arp.target_mac, &first_mac));
	ck_assert(goes_to(HOST, &first_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_REQUESTS), 1);
	link_rig_end(&rig);
}
END_TEST

START_TEST(nobody_is_known_who_did_not_ask_us)
{
	begin();
	says(REQUEST, HOST, &first_mac, US + 1);        /* Asks for another. */
	says(REQUEST, HOST, &first_mac, HOST);          /* Announces itself. */
	says(REPLY, HOST, &first_mac, US);              /* Nobody asked. */
	link_rig_expect_nothing(&rig);
	says(REQUEST, FAR, &first_mac, US);             /* Not on this link. */
	link_rig_forget(&rig);
	ck_assert(!goes_to(HOST, &first_mac));
	ck_assert(!goes_to(FAR, &first_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_REPLIES), 0);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_probe_is_answered_and_teaches_nothing)
{
	begin();
	says(REQUEST, 0, &first_mac, US);
	expect_arp(REPLY, US, 0);
	link_rig_end(&rig);
}
END_TEST

START_TEST(an_unknown_neighbour_is_asked_for_once_a_second)
{
	const struct la_addr host = la_addr_v4(HOST);
	struct la_mac mac;

	begin();
	for (int i = 0; i < 5; i++)
		ck_assert(!link_rig_hop(&rig, &host, &mac));
	expect_arp(REQUEST, US, HOST);
	link_rig_expect_nothing(&rig);
	says(REPLY, HOST, &first_mac, US);
	link_rig_expect_nothing(&rig);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_REPLIES), 1);
	link_rig_wait(&rig, 1100000);
	ck_assert(goes_to(HOST, &first_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 1);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_lost_question_is_asked_again)
{
	begin();
	ck_assert(!goes_to(HOST, &first_mac));
	link_rig_wait(&rig, 10000000);
	for (int i = 0; i < 2; i++)
		expect_arp(REQUEST, US, HOST);
	link_rig_expect_nothing(&rig);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 3);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_spoofed_reply_does_not_take_over_one_who_answers)
{
	const struct la_rx *rx;

	begin();
	is_known(HOST, &first_mac);
	link_rig_forget(&rig);
	says(_i == 0 ? REPLY : REQUEST, HOST, &other_mac, US);
	/* The one we know is polled, and used meanwhile. */
	rx = expect_arp(REQUEST, US, HOST);
	ck_assert(la_mac_eq(&rx->dest_mac, &first_mac));
	ck_assert(goes_to(HOST, &first_mac));
	says(REPLY, HOST, &first_mac, US);
	link_rig_wait(&rig, 3000000);
	ck_assert(goes_to(HOST, &first_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_IGNORED), 1);
	link_rig_end(&rig);
}
END_TEST

START_TEST(one_who_is_silent_is_replaced_within_about_a_second)
{
	begin();
	is_known(HOST, &first_mac);
	link_rig_forget(&rig);
	says(REPLY, HOST, &other_mac, US);
	link_rig_wait(&rig, 900000);
	ck_assert(goes_to(HOST, &first_mac));
	link_rig_wait(&rig, 300000);
	ck_assert(goes_to(HOST, &other_mac));
	/* Three polls, and one of the new one, who has to answer for itself. */
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 4);
	says(REPLY, HOST, &other_mac, US);
	link_rig_wait(&rig, 2000000);
	ck_assert(goes_to(HOST, &other_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 4);
	link_rig_end(&rig);
}
END_TEST

/* One false word, and the owner looks away for a second: nobody is there, then. */
START_TEST(a_challenger_that_is_silent_is_lost)
{
	begin();
	is_known(HOST, &first_mac);
	says(_i == 0 ? REPLY : REQUEST, HOST, &other_mac, US);
	link_rig_wait(&rig, 2600000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST), 1);
	ck_assert(!goes_to(HOST, &other_mac));
	says(REPLY, HOST, &first_mac, US);
	ck_assert(goes_to(HOST, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* RFC 4861, 7.2.2, and as much for ARP: each claim is answered, and followed by another. */
START_TEST(claims_draw_one_poll_a_second)
{
	begin();
	is_known(HOST, &first_mac);
	for (int i = 0; i < 5000; i++) {
		says(REPLY, HOST, &other_mac, US);
		says(REPLY, HOST, &first_mac, US);
		link_rig_wait(&rig, 1000);
		link_rig_forget(&rig);
	}
	ck_assert_uint_ge(link_rig_count(&rig, LA_LINK_ARP_SENT), 4);
	ck_assert_uint_le(link_rig_count(&rig, LA_LINK_ARP_SENT), 6);
	ck_assert(goes_to(HOST, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* It asks us now and then, and does not hear us. */
START_TEST(who_asks_is_not_thereby_there)
{
	begin();
	is_known(HOST, &first_mac);
	for (int i = 0; i < 6; i++) {
		if (link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST) == 0)
			goes_to(HOST, &first_mac);
		says(REQUEST, HOST, &first_mac, _i == 0 ? US : HOST);
		link_rig_wait(&rig, 6000000);
	}
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST), 1);
	link_rig_end(&rig);
}
END_TEST

/* RFC 4861, 7.2.3 and 7.3.3: one that was only heard of is polled 5 s after its first use. */
START_TEST(one_that_was_heard_of_is_polled_when_it_is_used)
{
	begin();
	says(REQUEST, HOST, &first_mac, US);
	link_rig_forget(&rig);
	link_rig_wait(&rig, 20000000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 0);
	ck_assert(goes_to(HOST, &first_mac));
	link_rig_wait(&rig, 4900000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 0);
	link_rig_wait(&rig, 300000);
	ck_assert(la_mac_eq(&expect_arp(REQUEST, US, HOST)->dest_mac, &first_mac));
	says(REPLY, HOST, &first_mac, US);
	link_rig_wait(&rig, 25000000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ARP_SENT), 1);
	ck_assert(goes_to(HOST, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* Nobody's, and ours. */
START_TEST(no_neighbour_has_no_address_or_ours)
{
	const struct la_mac mac = _i == 0 ? (struct la_mac){ { 0 } } : rig.params.mac;

	begin();
	says(REQUEST, HOST, _i == 0 ? &mac : &rig.params.mac, US);
	if (_i == 0)
		link_rig_expect_nothing(&rig);
	link_rig_forget(&rig);
	ck_assert(!goes_to(HOST, &mac));
	says(REPLY, HOST, _i == 0 ? &mac : &rig.params.mac, US);
	ck_assert(!goes_to(HOST, &mac));
	ck_assert_uint_eq(rig.rx[LA_RX_ARP], _i == 0 ? 2 : 0);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_used_neighbour_is_refreshed_and_an_idle_one_forgotten)
{
	begin();
	is_known(HOST, &first_mac);
	if (_i == 1)
		ck_assert(goes_to(HOST, &first_mac));
	link_rig_forget(&rig);
	link_rig_wait(&rig, 30200000);
	if (_i == 0)
		link_rig_wait(&rig, 270000000);
	if (_i == 1) {
		const struct la_rx *rx = expect_arp(REQUEST, US, HOST);

		ck_assert(la_mac_eq(&rx->dest_mac, &first_mac));
		says(REPLY, HOST, &first_mac, US);
	}
	link_rig_wait(&rig, 2000000);
	ck_assert_uint_eq(goes_to(HOST, &first_mac), _i == 1);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST), 0);
	link_rig_end(&rig);
}
END_TEST

/* RTO is at most 60 s: whoever is asked for at one must be known at the next. */
START_TEST(a_neighbour_outlives_the_longest_rto)
{
	begin();
	ck_assert(!goes_to(HOST, &first_mac));
	says(REPLY, HOST, &first_mac, US);
	link_rig_wait(&rig, 61000000);
	ck_assert(goes_to(HOST, &first_mac));
	/* And polled, since that was long ago. */
	link_rig_wait(&rig, 100000);
	ck_assert(la_mac_eq(&expect_arp(REQUEST, US, HOST)->dest_mac, &first_mac));
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_used_neighbour_that_is_silent_is_lost)
{
	begin();
	is_known(HOST, &first_mac);
	ck_assert(goes_to(HOST, &first_mac));
	link_rig_wait(&rig, 32000000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST), 1);
	ck_assert(!goes_to(HOST, &first_mac));
	link_rig_end(&rig);
}
END_TEST

START_TEST(nothing_is_lost_without_a_frame_for_arp)
{
	begin();
	rig.frames_free = 0;
	says(REQUEST, HOST, &first_mac, US);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_TX_NO_FRAME), 1);
	rig.frames_free = 100;
	says(REQUEST, HOST, &first_mac, US);
	expect_arp(REPLY, US, HOST);
	link_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("link arp");
	TCase *t = tcase_create("arp");

	tcase_add_test(t, a_request_for_us_is_answered_and_its_sender_known);
	tcase_add_test(t, nobody_is_known_who_did_not_ask_us);
	tcase_add_test(t, a_probe_is_answered_and_teaches_nothing);
	tcase_add_test(t, an_unknown_neighbour_is_asked_for_once_a_second);
	tcase_add_test(t, a_lost_question_is_asked_again);
	tcase_add_loop_test(t, a_spoofed_reply_does_not_take_over_one_who_answers, 0, 2);
	tcase_add_test(t, one_who_is_silent_is_replaced_within_about_a_second);
	tcase_add_loop_test(t, a_challenger_that_is_silent_is_lost, 0, 2);
	tcase_add_test(t, claims_draw_one_poll_a_second);
	tcase_add_loop_test(t, who_asks_is_not_thereby_there, 0, 2);
	tcase_add_test(t, one_that_was_heard_of_is_polled_when_it_is_used);
	tcase_add_loop_test(t, no_neighbour_has_no_address_or_ours, 0, 2);
	tcase_add_loop_test(t, a_used_neighbour_is_refreshed_and_an_idle_one_forgotten, 0, 2);
	tcase_add_test(t, a_neighbour_outlives_the_longest_rto);
	tcase_add_test(t, a_used_neighbour_that_is_silent_is_lost);
	tcase_add_test(t, nothing_is_lost_without_a_frame_for_arp);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
