/* SPDX-License-Identifier: BSD-3-Clause */
/* Our addresses of IPv6: asked for, announced, and used twice. */
#include "nd_host.h"

/* RFC 4862, 5.4 and RFC 4861, 7.2.6: first a question, and what we have a second later. */
START_TEST(addresses_are_probed_and_then_announced)
{
	const struct la_rx *rx;
	struct la_addr address = us;

	prepare(false);
	rig.ranges[0].count = 20;
	link_rig_make(&rig);
	link_rig_up(&rig);
	ck_assert_uint_eq(nd_frames(), 16);
	link_rig_wait(&rig, 900000);
	ck_assert_uint_eq(nd_frames(), 20);
	for (uint8_t i = 0; i < 20; i++) {
		address.b[15] = 1 + i;
		rx = expect_nd(LA_ND_SOLICITATION, &address);
		ck_assert(la_addr_eq(&rx->source, &unspecified) && !rx->nd.has_mac);
	}
	link_rig_wait(&rig, 400000);
	for (uint8_t i = 0; i < 20; i++) {
		address.b[15] = 1 + i;
		rx = expect_nd(LA_ND_ADVERTISEMENT, &address);
		ck_assert(la_addr_eq(&rx->dest, &all_nodes) && !rx->nd.solicited);
	}
	link_rig_wait(&rig, 3000000);
	link_rig_expect_nothing(&rig);
	/* The link went and came: all of it again. */
	link_rig_up(&rig);
	link_rig_wait(&rig, 3000000);
	ck_assert_uint_eq(nd_frames(), 80);
	link_rig_end(&rig);
}
END_TEST

static uint32_t
frames_of(uint8_t type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rig.sents; i++)
		n += rig.sent_rx[i].kind == LA_KIND_ND && rig.sent_rx[i].nd.type == type;
	return n;
}

/* 16 questions at once, then 200 a second; announcements at the same rate, but only a second
 * after the last question: who has that one must have time to say so. */
START_TEST(many_addresses_take_twice_the_time_of_their_questions)
{
	enum { N = 16 + 4 * 200 };
	uint32_t asked = 0, announced = 0;

	prepare(false);
	rig.ranges[0].count = N;
	link_rig_make(&rig);
	link_rig_up(&rig);
	for (int second = 1; second <= 11; second++) {
		link_rig_wait(&rig, 1000000);
		asked += frames_of(LA_ND_SOLICITATION);
		announced += frames_of(LA_ND_ADVERTISEMENT);
		link_rig_forget(&rig);
		ck_assert_int_eq(asked == N, second >= 4);
		ck_assert(announced == 0 || second >= 5);
		ck_assert_int_eq(announced == N, second > 9);
	}
	ck_assert_uint_eq(asked, N);
	ck_assert_uint_eq(announced, N);
	link_rig_end(&rig);
}
END_TEST

START_TEST(an_address_used_twice_is_said_and_defended)
{
	struct la_link_notice notice;

	begin();
	for (int i = 0; i < 10; i++)
		tells(&us, &other_mac, &all_nodes);
	expect_nd(LA_ND_ADVERTISEMENT, &us);
	link_rig_expect_nothing(&rig);
	notice = rig.link->notice;
	ck_assert(notice.conflict && la_addr_eq(&notice.conflict_address, &us));
	ck_assert(la_mac_eq(&notice.conflict_mac, &other_mac));
	rig.link->notice.conflict = false;
	notice = rig.link->notice;
	ck_assert(!notice.conflict);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ADDRESS_CONFLICTS), 10);
	link_rig_wait(&rig, 10100000);
	tells(&us, &other_mac, &all_nodes);
	expect_nd(LA_ND_ADVERTISEMENT, &us);
	link_rig_end(&rig);
}
END_TEST

/* Who has it already loses nothing by us (RFC 4429, 3.3): it is not overridden while we
 * ask, nor afterwards, and is not told that it is ours. */
START_TEST(one_who_was_there_first_is_left_alone)
{
	const struct la_addr asker = { { 0xfd, 0, [15] = 99 } };
	struct la_addr second = us;
	const struct la_rx *rx;

	prepare(false);
	rig.ranges[0].count = 2;
	second.b[15]++;
	link_rig_make(&rig);
	link_rig_up(&rig);
	expect_nd(LA_ND_SOLICITATION, &us);
	expect_nd(LA_ND_SOLICITATION, &second);
	asks(&asker, &first_mac, &us);
	rx = expect_nd(LA_ND_ADVERTISEMENT, &us);
	ck_assert(rx->nd.solicited && !rx->nd.override);
	if (_i == 0)
		tells(&us, &other_mac, &all_nodes);
	else
		asks(&us, &other_mac, &us);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ADDRESS_CONFLICTS), 1);
	link_rig_wait(&rig, 1300000);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &second)->nd.override);
	tells(&us, &other_mac, &all_nodes);
	ck_assert_uint_eq(nd_frames(), 4);
	asks(&asker, &first_mac, &us);
	ck_assert(!expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	asks(&asker, &first_mac, &second);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &second)->nd.override);
	/* Asked again, and still there; then it has gone. */
	link_rig_wait(&rig, 10500000);
	expect_nd(LA_ND_SOLICITATION, &us);
	tells(&us, &other_mac, &all_nodes);
	link_rig_wait(&rig, 9900000);
	link_rig_expect_nothing(&rig);
	link_rig_wait(&rig, 300000);
	expect_nd(LA_ND_SOLICITATION, &us);
	link_rig_wait(&rig, 1300000);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	tells(&us, &other_mac, &all_nodes);
	expect_nd(LA_ND_ADVERTISEMENT, &us);
	link_rig_end(&rig);
}
END_TEST

/* It asks for one of our addresses, by another of them: that is the one it has. */
START_TEST(a_question_from_our_address_is_a_conflict)
{
	struct la_link_notice notice;
	struct la_addr second = us;

	prepare(false);
	rig.ranges[0].count = 2;
	second.b[15]++;
	link_rig_make(&rig);
	asks(&us, &other_mac, &second);
	notice = rig.link->notice;
	ck_assert(la_addr_eq(&notice.conflict_address, &us));
	ck_assert(notice.conflict && la_mac_eq(&notice.conflict_mac, &other_mac));
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ADDRESS_CONFLICTS), 1);
	/* The address is defended; the question is not answered. */
	ck_assert(la_addr_eq(&expect_nd(LA_ND_ADVERTISEMENT, &us)->dest, &all_nodes));
	link_rig_expect_nothing(&rig);
	link_rig_end(&rig);
}
END_TEST

/* The claim came to another worker, who says so: this one does not announce. */
START_TEST(a_claim_that_is_overheard_is_heeded)
{
	const struct la_path path = {
		.source_mac = other_mac, .dest_mac = la_mac_of_group(&all_nodes),
		.source = us, .dest = all_nodes,
	};
	const struct la_nd nd = {
		.type = LA_ND_ADVERTISEMENT, .target = us, .has_mac = true, .mac = other_mac,
		.override = true,
	};
	uint8_t frame[128];

	begin();
	link_rig_up(&rig);
	expect_nd(LA_ND_SOLICITATION, &us);
	link_rig_overhear(&rig, frame, la_emit_nd(frame, &path, &nd));
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(nd_frames(), 1);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ADDRESS_CONFLICTS), 0);
	link_rig_end(&rig);
}
END_TEST

/* More of them than are remembered: nothing is announced, nothing overridden. */
START_TEST(duplicates_without_end)
{
	struct la_addr address = us;

	prepare(false);
	rig.ranges[0].count = 40;
	link_rig_make(&rig);
	link_rig_up(&rig);
	link_rig_wait(&rig, 500000);
	ck_assert_uint_eq(nd_frames(), 40);
	for (uint8_t i = 0; i < 40; i++) {
		address.b[15] = 1 + i;
		tells(&address, &other_mac, &all_nodes);
	}
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(nd_frames(), 40);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_ADDRESS_CONFLICTS), 40);
	link_rig_end(&rig);
}
END_TEST

/* The first worker asks and announces for all: the others know when that is done. */
START_TEST(other_workers_keep_time)
{
	prepare(false);
	rig.params.worker = 1;
	link_rig_make(&rig);
	link_rig_up(&rig);
	link_rig_expect_nothing(&rig);
	asks(&host, &first_mac, &us);
	ck_assert(!expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	link_rig_wait(&rig, 1300000);
	link_rig_expect_nothing(&rig);
	asks(&host, &first_mac, &us);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	link_rig_end(&rig);
}
END_TEST

START_TEST(our_own_frames_come_back_without_harm)
{
	struct la_link_notice notice;

	begin();
	asks(&unspecified, &rig.params.mac, &us);
	tells(&us, &rig.params.mac, &all_nodes);
	notice = rig.link->notice;
	ck_assert(!notice.conflict);
	link_rig_expect_nothing(&rig);
	link_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("link nd own");
	TCase *t = tcase_create("own");

	tcase_add_loop_test(t, one_who_was_there_first_is_left_alone, 0, 2);
	tcase_add_test(t, a_question_from_our_address_is_a_conflict);
	tcase_add_test(t, a_claim_that_is_overheard_is_heeded);
	tcase_add_test(t, duplicates_without_end);
	tcase_add_test(t, other_workers_keep_time);
	tcase_add_test(t, addresses_are_probed_and_then_announced);
	tcase_add_test(t, many_addresses_take_twice_the_time_of_their_questions);
	tcase_add_test(t, an_address_used_twice_is_said_and_defended);
	tcase_add_test(t, our_own_frames_come_back_without_harm);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
