/* SPDX-License-Identifier: BSD-3-Clause */
/* Multicast Listener Discovery: both versions, single groups, and turns under way. */
#include "mld_querier.h"

/* RFC 3810, 8.2.1 and 9.12: twice 125 s and 10 s. */
START_TEST(who_has_heard_version_1_speaks_it_for_260_seconds)
{
	begin_quiet(1);
	ask_everything(V1_LEN);
	link_rig_wait(&rig, 100000000);
	ask_everything(V1_LEN);
	link_rig_wait(&rig, 259000000);
	link_rig_forget(&rig);
	ask_everything(V2_LEN);
	link_rig_wait(&rig, 900000);
	ck_assert_uint_eq(reports(REPORT_V1), 2);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	link_rig_forget(&rig);
	link_rig_wait(&rig, 200000);
	ask_everything(V2_LEN);
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V1), 0);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	link_rig_end(&rig);
}
END_TEST

/* What was about to be said in the other version is not (RFC 3810, 8.2.1). */
START_TEST(a_query_of_version_1_ends_an_answer_in_version_2)
{
	enum { ADDRESSES = 200 };

	begin_quiet(ADDRESSES);
	ask_everything(V2_LEN);
	link_rig_wait(&rig, 10000);
	link_rig_forget(&rig);
	ask_everything(V1_LEN);
	link_rig_wait(&rig, 2000000);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	ck_assert_uint_eq(reports(REPORT_V1), ADDRESSES + 1);
	for (uint32_t low = 2; low <= ADDRESSES; low++)
		ck_assert_uint_eq(told(low), 1);
	link_rig_end(&rig);
}
END_TEST

/* Its querier has understood none of what was told so far. */
START_TEST(news_begin_anew_for_a_querier_of_version_1)
{
	enum { ADDRESSES = 120 };

	begin(ADDRESSES, 0);
	link_rig_up(&rig);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rig.sents = 0;
	ask_everything(V1_LEN);
	link_rig_wait(&rig, 500000);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	for (uint32_t low = 2; low <= ADDRESSES; low++)
		ck_assert_uint_eq(told(low), 1);
	rig.sents = 0;
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	ck_assert_uint_eq(reports(REPORT_V1), ADDRESSES + 1);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_turn_that_waits_is_made_when_a_query_wants_it)
{
	begin(1, 0);
	link_rig_up(&rig);
	link_rig_wait(&rig, 100000);
	link_rig_forget(&rig);
	ask_everything(V2_LEN);
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	link_rig_end(&rig);
}
END_TEST

/* For the group of those of our addresses that end in @p low. */
static struct query
specific(uint16_t len, uint32_t low, uint16_t delay_ms)
{
	struct query query = general(len);
	const struct la_addr any = { { 0 } };

	query.group = la_addr_solicited_node(&any);
	la_put32(query.group.b + 12, 0xff000000 | low);
	query.dest = query.group;
	query.dest_mac = la_mac_of_group(&query.dest);
	query.delay_ms = delay_ms;
	return query;
}

static void
ask_for(uint16_t len, uint32_t low, uint16_t delay_ms)
{
	const struct query query = specific(len, low, delay_ms);

	ask(&query);
}

/* RFC 3810, 6.2: it alone is reported, and within the time allowed. */
START_TEST(a_query_for_one_group_is_answered_for_it_alone)
{
	const bool v1 = _i;

	begin_quiet(200);
	ask_for(v1 ? V1_LEN : V2_LEN, 77, 0);
	link_rig_wait(&rig, 10000);
	ck_assert_uint_eq(told(77), 1);
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig.sents, 1);
	ck_assert_uint_eq(reports(v1 ? REPORT_V1 : REPORT_V2), 1);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_QUERIES), 1);
	ck_assert_uint_eq(rig.sent_rx[0].icmp.len, v1 ? 20 : 4 + 20);
	ck_assert(v1 || rig.sent_rx[0].icmp.body[4] == IS_EXCLUDE);
	link_rig_end(&rig);
}
END_TEST

/* In steps that no tick of the stack keeps to. */
static void
wait_ms(uint32_t ms)
{
	while (ms-- > 0)
		link_rig_wait(&rig, 1000);
}

START_TEST(the_delay_is_drawn_from_the_time_allowed)
{
	enum { TIMES = 300, ALLOWED_MS = 101 };
	uint32_t early = 0;

	begin_quiet(1);
	for (uint32_t i = 0; i < TIMES; i++) {
		ask_for(V2_LEN, 1, ALLOWED_MS);
		wait_ms(ALLOWED_MS / 2);
		early += told(1);
		wait_ms(ALLOWED_MS - ALLOWED_MS / 2);
		ck_assert_uint_eq(told(1), 1);
		link_rig_forget(&rig);
	}
	ck_assert(early > TIMES / 3 && early < TIMES * 2 / 3);
	link_rig_end(&rig);
}
END_TEST

/* An address beyond fd00::ff:ffff has the group of one of the first. */
START_TEST(the_groups_of_a_range_go_round)
{
	begin_with((struct la_link_range){ { { 0xfd, 0, [13] = 0xff, 0xff, 0xf0 } }, 32, 64 }, 0);
	link_rig_up(&rig);
	link_rig_wait(&rig, 5000000);
	link_rig_forget(&rig);
	ask_for(V2_LEN, 0xfffff0, 0);
	ask_for(V2_LEN, 0x00000f, 0);
	ask_for(V2_LEN, 0xffffef, 0);
	ask_for(V2_LEN, 0x000010, 0);
	link_rig_wait(&rig, 1000000);
	ck_assert_uint_eq(told(0xfffff0), 1);
	ck_assert_uint_eq(told(0x00000f), 1);
	ck_assert_uint_eq(rig.sents, 2);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_group_that_the_turn_has_passed_is_told_again)
{
	const uint16_t len = _i ? V1_LEN : V2_LEN;

	begin_quiet(200);
	ask_everything(len);
	link_rig_wait(&rig, 10000);
	ck_assert_uint_eq(told(5), 1);
	ask_for(len, 5, 0);
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(told(5), 2);
	ck_assert_uint_eq(told(200), 0);
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(told(5), 2);
	for (uint32_t low = 6; low <= 200; low++)
		ck_assert_uint_eq(told(low), 1);
	link_rig_end(&rig);
}
END_TEST

/* RFC 3810, 6.2, fourth rule: one response, at the earlier of the two times. */
START_TEST(a_group_that_is_asked_for_twice_is_told_once)
{
	begin_quiet(200);
	for (int i = 0; i < 100; i++)
		ask_for(V2_LEN, 5, 1000);
	ask_for(V2_LEN, 5, 0);
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(told(5), 1);
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig.sents, 1);
	link_rig_end(&rig);
}
END_TEST

/* There is room for 16: what is more is told in a turn. */
START_TEST(more_groups_than_can_be_kept_are_told_too)
{
	begin_quiet(200);
	rig.frames_free = 0;
	for (uint32_t low = 2; low < 2 + 16; low++)
		ask_for(V2_LEN, low, 0);
	rig.frames_free = 1000;
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig.sents, 16);
	link_rig_forget(&rig);
	rig.frames_free = 0;
	for (uint32_t low = 2; low < 2 + 17; low++)
		ask_for(V2_LEN, low, 0);
	rig.frames_free = 1000;
	link_rig_wait(&rig, 5000000);
	for (uint32_t low = 2; low <= 200; low++)
		ck_assert_uint_eq(told(low), low < 2 + 16 ? 2 : 1);
	link_rig_end(&rig);
}
END_TEST

/* And in one more turn where one runs that may have passed them. */
START_TEST(more_groups_than_can_be_kept_are_told_in_another_turn)
{
	begin_quiet(200);
	ask_everything(V1_LEN);
	link_rig_wait(&rig, 10000);
	ck_assert_uint_eq(told(5), 1);
	rig.frames_free = 0;
	for (uint32_t low = 100; low < 100 + 16; low++)
		ask_for(V1_LEN, low, 0);
	ask_for(V1_LEN, 5, 0);
	ask_for(V1_LEN, 6, 0);
	rig.frames_free = 1000;
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(told(5), 2);
	ck_assert_uint_eq(told(6), 2);
	ck_assert_uint_eq(told(200), 2);
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_single_group_waits_for_a_frame)
{
	begin_quiet(200);
	rig.frames_free = 0;
	ask_for(V2_LEN, 5, 0);
	ask_for(V2_LEN, 6, 0);
	link_rig_wait(&rig, 100000);
	rig.frames_free = 1;
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(told(5) + told(6), 1);
	rig.frames_free = 100;
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(told(5), 1);
	ck_assert_uint_eq(told(6), 1);
	link_rig_end(&rig);
}
END_TEST

/* RFC 3810, 8.2.1: of the one version nothing more is said, of the other all. */
START_TEST(a_query_of_version_1_for_one_group_ends_what_is_pending)
{
	begin_quiet(200);
	ask_for(V2_LEN, 6, 1000);
	ask_everything(V2_LEN);
	link_rig_wait(&rig, 10000);
	link_rig_forget(&rig);
	ask_for(V1_LEN, 5, 0);
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig.sents, 1);
	ck_assert_uint_eq(reports(REPORT_V1), 1);
	ck_assert_uint_eq(told(5), 1);
	link_rig_end(&rig);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("link mld turns");
	TCase *t = tcase_create("mld turns");

	tcase_add_test(t, who_has_heard_version_1_speaks_it_for_260_seconds);
	tcase_add_test(t, a_query_of_version_1_ends_an_answer_in_version_2);
	tcase_add_test(t, news_begin_anew_for_a_querier_of_version_1);
	tcase_add_test(t, a_turn_that_waits_is_made_when_a_query_wants_it);
	tcase_add_loop_test(t, a_query_for_one_group_is_answered_for_it_alone, 0, 2);
	tcase_add_test(t, the_delay_is_drawn_from_the_time_allowed);
	tcase_add_test(t, the_groups_of_a_range_go_round);
	tcase_add_loop_test(t, a_group_that_the_turn_has_passed_is_told_again, 0, 2);
	tcase_add_test(t, a_group_that_is_asked_for_twice_is_told_once);
	tcase_add_test(t, more_groups_than_can_be_kept_are_told_too);
	tcase_add_test(t, more_groups_than_can_be_kept_are_told_in_another_turn);
	tcase_add_test(t, a_single_group_waits_for_a_frame);
	tcase_add_test(t, a_query_of_version_1_for_one_group_ends_what_is_pending);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
