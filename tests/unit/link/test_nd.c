/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbour Discovery: answers, questions, and who is believed. */
#include "nd_host.h"

START_TEST(a_solicitation_for_us_is_answered_and_its_sender_known)
{
	const struct la_rx *rx;

	begin();
	asks(&host, &first_mac, &us);
	rx = expect_nd(LA_ND_ADVERTISEMENT, &us);
	ck_assert(rx->nd.solicited && rx->nd.override && !rx->nd.router && rx->nd.has_mac);
	ck_assert(la_addr_eq(&rx->source, &us) && la_addr_eq(&rx->dest, &host));
	ck_assert(la_mac_eq(&rx->dest_mac, &first_mac));
	ck_assert_uint_eq(rx->hop_limit, 255);
	ck_assert(goes_to(&host, &first_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ND_SOLICITS), 1);
	link_rig_end(&rig);
}
END_TEST

START_TEST(nobody_is_known_who_did_not_ask_us)
{
	const struct la_addr another = { { 0xfd, 0, [15] = 77 } };

	begin();
	asks(&host, &first_mac, &another);
	tells(&host, &first_mac, &us);          /* Nobody asked. */
	tells(&host, &first_mac, &all_nodes);
	link_rig_expect_nothing(&rig);
	asks(&far_away, &first_mac, &us);       /* Not on this link. */
	link_rig_forget(&rig);
	ck_assert(!goes_to(&host, &first_mac));
	ck_assert(!goes_to(&far_away, &first_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ND_ADVERTS), 0);
	link_rig_end(&rig);
}
END_TEST

/* RFC 4862, 5.4.3: who looks for duplicates hears of us, by way of all nodes. */
START_TEST(duplicate_address_detection_is_answered)
{
	const struct la_mac mac = la_mac_of_group(&all_nodes);
	const struct la_rx *rx;

	begin();
	asks(&unspecified, &other_mac, &us);
	rx = expect_nd(LA_ND_ADVERTISEMENT, &us);
	ck_assert(!rx->nd.solicited && rx->nd.override);
	ck_assert(la_addr_eq(&rx->dest, &all_nodes) && la_mac_eq(&rx->dest_mac, &mac));
	link_rig_end(&rig);
}
END_TEST

/* Both look at once: the other is told, and does not take it; we were given it. */
START_TEST(of_two_who_look_we_have_it)
{
	const struct la_rx *rx;

	begin();
	link_rig_up(&rig);
	expect_nd(LA_ND_SOLICITATION, &us);
	asks(&unspecified, &other_mac, &us);
	rx = expect_nd(LA_ND_ADVERTISEMENT, &us);
	ck_assert(la_addr_eq(&rx->dest, &all_nodes) && !rx->nd.override);
	link_rig_wait(&rig, 1300000);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ADDRESS_CONFLICTS), 0);
	link_rig_end(&rig);
}
END_TEST

START_TEST(an_unknown_neighbour_is_asked_for_by_its_group)
{
	const struct la_addr group = la_addr_solicited_node(&host);
	const struct la_mac mac = la_mac_of_group(&group);
	const struct la_rx *rx;
	struct la_mac to;

	begin();
	for (int i = 0; i < 5; i++)
		ck_assert(!link_rig_hop(&rig, &host, &to));
	rx = expect_nd(LA_ND_SOLICITATION, &host);
	ck_assert(la_addr_eq(&rx->source, &us) && la_addr_eq(&rx->dest, &group));
	ck_assert(la_mac_eq(&rx->dest_mac, &mac) && rx->nd.has_mac);
	link_rig_expect_nothing(&rig);
	tells(&host, &first_mac, &us);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ND_ADVERTS), 1);
	ck_assert(goes_to(&host, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* RFC 4861, 4.4 and 7.2.5: who was asked alone need not say where it is, who is unknown
 * must. */
START_TEST(an_answer_without_a_mac_is_for_those_who_know)
{
	const struct la_path path = {
		.source_mac = first_mac, .dest_mac = rig.params.mac, .source = host, .dest = us,
	};
	const struct la_nd nd = {
		.type = LA_ND_ADVERTISEMENT, .target = host, .solicited = true,
	};
	struct la_path whole = path;

	begin();
	whole.dest_mac = rig.params.mac;
	ck_assert(!goes_to(&host, &first_mac));
	give(&whole, &nd);
	ck_assert(!goes_to(&host, &first_mac));
	tells(&host, &first_mac, &us);
	for (int i = 0; i < 4; i++) {
		ck_assert(goes_to(&host, &first_mac));
		link_rig_wait(&rig, 30500000);
		expect_nd(LA_ND_SOLICITATION, &host);
		give(&whole, &nd);
	}
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST), 0);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_spoofed_advertisement_does_not_take_over_one_who_answers)
{
	const struct la_rx *rx;

	begin();
	is_known(&first_mac);
	link_rig_forget(&rig);
	tells(&host, &other_mac, _i ? &all_nodes : &us);
	/* The old address is polled. */
	rx = expect_nd(LA_ND_SOLICITATION, &host);
	ck_assert(la_mac_eq(&rx->dest_mac, &first_mac) && la_addr_eq(&rx->dest, &host));
	tells(&host, &first_mac, &us);
	link_rig_wait(&rig, 2000000);
	ck_assert(goes_to(&host, &first_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ND_IGNORED), 1);
	link_rig_end(&rig);
}
END_TEST

START_TEST(one_who_is_silent_is_replaced_within_about_a_second)
{
	begin();
	is_known(&first_mac);
	tells(&host, &other_mac, &all_nodes);
	link_rig_wait(&rig, 1200000);
	ck_assert(goes_to(&host, &other_mac));
	link_rig_end(&rig);
}
END_TEST

/* RFC 4861, 7.2.5: what does not override says nothing of one who is known. */
START_TEST(an_advertisement_without_override_is_no_challenge)
{
	begin();
	is_known(&first_mac);
	tells_so(&host, &other_mac, _i ? &all_nodes : &us, false);
	link_rig_wait(&rig, 3000000);
	link_rig_expect_nothing(&rig);
	ck_assert(goes_to(&host, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* 7.3.1: word to all nodes is no answer, so the owner's new address is found in time. */
START_TEST(word_to_all_does_not_show_that_one_is_there)
{
	begin();
	is_known(&first_mac);
	for (int i = 0; i < 10; i++) {
		if (link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST) == 0)
			goes_to(&host, &first_mac);
		tells(&host, &first_mac, &all_nodes);
		link_rig_wait(&rig, 5000000);
	}
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_NEIGHBOURS_LOST), 1);
	link_rig_end(&rig);
}
END_TEST

START_TEST(one_who_moved_is_found_whoever_repeats_the_old)
{
	begin();
	is_known(&first_mac);
	for (int i = 0; i < 6; i++) {
		tells(&host, &other_mac, &all_nodes);
		tells(&host, &first_mac, &all_nodes);
		link_rig_wait(&rig, 250000);
	}
	ck_assert(goes_to(&host, &other_mac));
	link_rig_end(&rig);
}
END_TEST

/* 7.2.3: a solicitation for others MUST be discarded. */
START_TEST(what_asks_for_others_says_nothing)
{
	const struct la_addr all = all_nodes, another = { { 0xfd, 0, [15] = 77 } };
	const struct la_path path = {
		.source_mac = first_mac, .dest_mac = la_mac_of_group(&all),
		.source = host, .dest = all,
	};
	const struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = another, .has_mac = true, .mac = first_mac,
	};

	begin();
	ck_assert(!goes_to(&host, &first_mac));
	give(&path, &nd);
	ck_assert(!goes_to(&host, &first_mac));
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_link_local_gateway_is_asked_for_and_used)
{
	struct la_link_notice notice;

	prepare(true);
	link_rig_make(&rig);
	link_rig_up(&rig);
	expect_nd(LA_ND_SOLICITATION, &gateway);
	link_rig_wait(&rig, 8000000);
	notice = rig.link->notice;
	ck_assert(notice.gateway_silent[1] && !notice.gateway_silent[0]);
	tells(&gateway, &first_mac, &us);
	link_rig_wait(&rig, 100000);
	notice = rig.link->notice;
	ck_assert(!notice.gateway_silent[1]);
	ck_assert(goes_to(&far_away, &first_mac));
	ck_assert(!goes_to(&host, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* As a cloud has it: our address is alone, and nothing says that the gateway is on the link. */
START_TEST(a_gateway_in_no_subnet_is_asked_for_and_used)
{
	static const struct la_addr lone = { { 0x20, 0x01, 0x0d, 0xb8, 1, [15] = 7 } };
	const struct la_rx *rx;

	prepare(true);
	rig.ranges[1] = (struct la_link_range){ lone, 1, 128 };
	rig.params.ranges_len = 2;
	rig.params.gateway[1] = far_away;
	link_rig_make(&rig);
	link_rig_up(&rig);
	rx = expect_nd(LA_ND_SOLICITATION, &far_away);
	ck_assert(la_addr_eq(&rx->source, &lone));
	tells(&far_away, &first_mac, &lone);
	ck_assert(goes_to(&far_away, &first_mac));
	ck_assert(!goes_to(&host, &first_mac));
	link_rig_end(&rig);
}
END_TEST

/* To a group that is not ours, or in a frame that is not. */
START_TEST(what_is_for_others_is_left_alone)
{
	const struct la_addr others = { { 0xff, 0x02, [11] = 1, 0xff, [15] = 9 } };
	struct la_path path = {
		.source_mac = first_mac, .dest_mac = la_mac_of_group(&others),
		.source = host, .dest = others,
	};
	const struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = us, .has_mac = true, .mac = first_mac,
	};

	begin();
	give(&path, &nd);
	path.dest = us;
	path.dest_mac = other_mac;
	give(&path, &nd);
	link_rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig.rx[LA_RX_NOT_OUR_ADDRESS], 2);
	link_rig_end(&rig);
}
END_TEST

/* Another stack of this port was told: this one learns, and answers nothing. */
START_TEST(what_is_overheard_is_learnt_and_not_answered)
{
	const struct la_addr group = la_addr_solicited_node(&us);
	const struct la_path path = {
		.source_mac = first_mac, .dest_mac = la_mac_of_group(&group),
		.source = host, .dest = group,
	};
	const struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = us, .has_mac = true, .mac = first_mac,
	};
	uint8_t frame[128];

	begin();
	link_rig_overhear(&rig, frame, la_emit_nd(frame, &path, &nd));
	link_rig_expect_nothing(&rig);
	ck_assert(goes_to(&host, &first_mac));
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_flood_of_senders_does_not_push_known_ones_out)
{
	struct la_addr sender = host;

	prepare(false);
	rig.keep_nothing = true;
	link_rig_make(&rig);
	asks(&host, &first_mac, &us);
	for (uint32_t i = 0; i < 5000; i++) {
		la_put32(sender.b + 8, i + 1);
		asks(&sender, &other_mac, &us);
	}
	ck_assert_uint_gt(link_rig_count(&rig, LA_LINK_NEIGHBOURS_FULL), 3000);
	rig.keep_nothing = false;
	ck_assert(goes_to(&host, &first_mac));
	link_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("link nd");
	TCase *t = tcase_create("nd");

	tcase_add_test(t, a_solicitation_for_us_is_answered_and_its_sender_known);
	tcase_add_test(t, nobody_is_known_who_did_not_ask_us);
	tcase_add_test(t, duplicate_address_detection_is_answered);
	tcase_add_test(t, of_two_who_look_we_have_it);
	tcase_add_test(t, an_unknown_neighbour_is_asked_for_by_its_group);
	tcase_add_test(t, an_answer_without_a_mac_is_for_those_who_know);
	tcase_add_loop_test(t, a_spoofed_advertisement_does_not_take_over_one_who_answers, 0, 2);
	tcase_add_test(t, one_who_is_silent_is_replaced_within_about_a_second);
	tcase_add_loop_test(t, an_advertisement_without_override_is_no_challenge, 0, 2);
	tcase_add_test(t, word_to_all_does_not_show_that_one_is_there);
	tcase_add_test(t, one_who_moved_is_found_whoever_repeats_the_old);
	tcase_add_test(t, what_asks_for_others_says_nothing);
	tcase_add_test(t, a_link_local_gateway_is_asked_for_and_used);
	tcase_add_test(t, a_gateway_in_no_subnet_is_asked_for_and_used);
	tcase_add_test(t, what_is_for_others_is_left_alone);
	tcase_add_test(t, what_is_overheard_is_learnt_and_not_answered);
	tcase_add_test(t, a_flood_of_senders_does_not_push_known_ones_out);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
