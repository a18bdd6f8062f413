/* SPDX-License-Identifier: BSD-3-Clause */
/* Multicast Listener Discovery: what is reported, when, and to whose question. */
#include "mld_querier.h"

START_TEST(groups_are_reported_when_the_link_is_up_and_once_more)
{
	static const uint8_t extension[] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	const struct la_rx *rx;

	begin(1, 0);
	link_rig_up(&rig);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rx = next_report(REPORT_V2);
	ck_assert_uint_eq(la_get16(rx->icmp.body + 2), 2);
	ck_assert_uint_eq(rx->icmp.len, 4 + 2 * 20);
	expect_record(rx, 0, TO_EXCLUDE, &us);
	expect_record(rx, 1, TO_EXCLUDE, &our_link_local);
	ck_assert(la_addr_eq(&rx->source, &our_link_local));
	ck_assert(la_addr_eq(&rx->dest, &all_routers_v2));
	ck_assert_uint_eq(rx->hop_limit, 1);
	/* The router alert (RFC 3810, 5). */
	ck_assert_uint_eq(rig.sent[0].octets[AT_NEXT_HEADER], 0);
	ck_assert_mem_eq(rig.sent[0].octets + AT_EXTENSION, extension, sizeof(extension));
	link_rig_wait(&rig, 900000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(reports(REPORT_V2), 2);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_REPORTS), 2);
	link_rig_end(&rig);
}
END_TEST

/* It has the last number of all that there are. */
START_TEST(reports_for_65536_addresses_are_link_local)
{
	begin(65534, 0);
	link_rig_up(&rig);
	ck_assert(la_addr_eq(&next_report(REPORT_V2)->source, &our_link_local));
	link_rig_end(&rig);
}
END_TEST

START_TEST(a_query_is_answered_within_its_time)
{
	struct query query = general(V2_LEN);
	const struct la_rx *rx;

	begin_quiet(1);
	query.delay_ms = _i ? 10000 : 0;
	ask(&query);
	link_rig_wait(&rig, _i ? 1020000 : 20000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rx = next_report(REPORT_V2);
	expect_record(rx, 0, IS_EXCLUDE, &us);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_QUERIES), 1);
	link_rig_end(&rig);
}
END_TEST

/* Of later versions, or with sources: all that is longer is of version 2 (RFC 3810, 8.1). */
START_TEST(a_longer_query_is_one_of_version_2)
{
	begin_quiet(1);
	ask_everything(V2_LEN + 1);
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	ck_assert_uint_eq(rig.sents, 1);
	link_rig_end(&rig);
}
END_TEST

/* RFC 3810, 8.2.1: who asks in version 1 understands no other answer. */
START_TEST(a_query_of_version_1_is_answered_in_version_1)
{
	const struct la_addr addresses[] = { us, our_link_local };
	const struct la_rx *rx;

	begin_quiet(1);
	ask_everything(V1_LEN);
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V1), 2);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	for (int i = 0; i < 2; i++) {
		const struct la_addr group = la_addr_solicited_node(&addresses[i]);

		rx = next_report(REPORT_V1);
		ck_assert(la_addr_eq(&rx->dest, &group));
		ck_assert_uint_eq(rx->icmp.len, 20);
		ck_assert_mem_eq(rx->icmp.body + 4, &group, sizeof(group));
	}
	link_rig_end(&rig);
}
END_TEST

/* RFC 3810, 5.1.14, 6.2 and 8.1 */
static const struct {
	const char *what;
	struct la_addr source;
	uint8_t hop_limit;
	bool no_alert;
	uint16_t len;
} forged[] = {
	{ "not link-local", { { 0xfd, 0, [15] = 9 } }, 1, false, V2_LEN },
	{ "from afar", { { 0xfe, 0x80, [15] = 9 } }, 2, false, V2_LEN },
	{ "from afar", { { 0xfe, 0x80, [15] = 9 } }, 255, false, V2_LEN },
	{ "without a router alert", { { 0xfe, 0x80, [15] = 9 } }, 1, true, V2_LEN },
	{ "without a router alert", { { 0xfe, 0x80, [15] = 9 } }, 1, true, V1_LEN },
	{ "cut short", { { 0xfe, 0x80, [15] = 9 } }, 1, false, 16 },
	{ "of neither version's length", { { 0xfe, 0x80, [15] = 9 } }, 1, false, V1_LEN + 1 },
	{ "of neither version's length", { { 0xfe, 0x80, [15] = 9 } }, 1, false, V1_LEN + 2 },
	{ "of neither version's length", { { 0xfe, 0x80, [15] = 9 } }, 1, false, V2_LEN - 1 },
};

START_TEST(a_query_from_afar_or_malformed_is_dropped)
{
	struct query query = general(forged[_i].len);

	query.source = forged[_i].source;
	query.hop_limit = forged[_i].hop_limit;
	query.no_alert = forged[_i].no_alert;
	begin_quiet(1);
	ask(&query);
	link_rig_wait(&rig, 2000000);
	ck_assert_msg(rig.sents == 0, "%s", forged[_i].what);
	ck_assert_uint_eq(rig.rx[LA_RX_ICMP], 1);
	link_rig_end(&rig);
}
END_TEST

/* Many groups, and many questions: what is sent in a tick stays bounded. */
START_TEST(many_groups_are_reported_a_part_at_a_time)
{
	enum { ADDRESSES = 5000, A_REPORT = 56 };
	uint64_t before;

	begin(ADDRESSES, 0);
	rig.keep_nothing = true;
	rig.frames_free = 1000000;
	link_rig_up(&rig);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_REPORTS), 1);
	for (int i = 0; i < 200; i++) {
		before = link_rig_count(&rig, LA_LINK_MLD_REPORTS);
		link_rig_wait(&rig, 10000);
		ask_everything(V2_LEN);
		ck_assert_uint_le(link_rig_count(&rig, LA_LINK_MLD_REPORTS) - before, 2);
	}
	link_rig_wait(&rig, 10000000);
	before = link_rig_count(&rig, LA_LINK_MLD_REPORTS);
	ask_everything(V2_LEN);
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_REPORTS) - before,
			(ADDRESSES + 2 + A_REPORT - 1) / A_REPORT);
	link_rig_end(&rig);
}
END_TEST

/* RFC 3810, 5.1.15: any address that the interface has will do. */
static const struct {
	const char *what;
	struct la_addr dest;
	enum la_rx_reason reason;
} dests[] = {
	{ "all nodes", { { 0xff, 0x02, [15] = 1 } }, LA_RX_OK },
	{ "an address", { { 0xfd, 0, [15] = 1 } }, LA_RX_OK },
	{ "our link-local address", { { 0xfe, 0x80, [15] = 1 } }, LA_RX_OK },
	{ "our group", { { 0xff, 0x02, [11] = 1, 0xff, 0, 0, 1 } }, LA_RX_OK },
	{ "another's address", { { 0xfd, 0, [15] = 2 } }, LA_RX_NOT_OUR_ADDRESS },
	{ "all nodes of the site", { { 0xff, 0x05, [15] = 1 } }, LA_RX_NOT_OUR_ADDRESS },
	{ "all routers", { { 0xff, 0x02, [15] = 2 } }, LA_RX_NOT_OUR_ADDRESS },
	{ "another's group", { { 0xff, 0x02, [11] = 1, 0xff, 0, 0, 2 } }, LA_RX_NOT_OUR_ADDRESS },
};

START_TEST(a_query_must_be_to_us)
{
	struct query query = general(_i & 1 ? V1_LEN : V2_LEN);
	const enum la_rx_reason reason = dests[_i / 2].reason;

	begin_quiet(1);
	query.dest = dests[_i / 2].dest;
	query.dest_mac = la_addr_is_multicast(&query.dest) ? la_mac_of_group(&query.dest) :
			rig.params.mac;
	ask(&query);
	link_rig_wait(&rig, 20000);
	ck_assert_msg((rig.sents > 0) == (reason == LA_RX_OK), "%s", dests[_i / 2].what);
	ck_assert_uint_eq(rig.rx[reason], 1);
	link_rig_end(&rig);
}
END_TEST

/* A bridge floods what it does not know. */
START_TEST(a_query_must_be_in_a_frame_for_us)
{
	struct query query = general(V2_LEN);

	query.dest = _i ? us : all_nodes;
	begin_quiet(1);
	query.dest_mac = (struct la_mac){ { 2, 0, 0, 0, 0, 77 } };
	ask(&query);
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(rig.sents, 0);
	ck_assert_uint_eq(rig.rx[LA_RX_NOT_OUR_MAC], 1);
	query.dest_mac = rig.params.mac;
	ask(&query);
	link_rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	link_rig_end(&rig);
}
END_TEST

static const struct la_addr foreign[] = {
	{ { 0xff, 0x02, [15] = 0xfb } },
	{ { 0xff, 0x02, [11] = 1, 0xff, 0xff, 0xff, 0xff } },
	{ { 0xff, 0x02, [11] = 1, 0xff, 9, 9, 1 } },    /* As if of our IPv4 address. */
	{ { 0xff, 0x05, [11] = 1, 0xff, 0, 0, 1 } },
	{ { 0xff, 0x02, [11] = 1, 0xfe, 0, 0, 1 } },
	{ { 0xff, 0x02, [15] = 1 } },                   /* Never reported (RFC 3810, 6). */
	{ { 0xfd, 0, [15] = 1 } },
};

/* RFC 3810, 6.2; RFC 2710, 4. */
START_TEST(a_query_for_a_group_of_others_draws_nothing)
{
	struct query query = general(_i & 1 ? V1_LEN : V2_LEN);
	uint64_t before;

	query.group = foreign[_i / 2];
	begin(60000, 0);
	rig.keep_nothing = true;
	rig.frames_free = 1000000;
	link_rig_up(&rig);
	link_rig_wait(&rig, 30000000);
	before = link_rig_count(&rig, LA_LINK_MLD_REPORTS);
	ask(&query);
	link_rig_wait(&rig, 2000000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_REPORTS), before);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_QUERIES), 0);
	link_rig_end(&rig);
}
END_TEST

START_TEST(no_group_is_left_out_for_want_of_a_frame)
{
	enum { ADDRESSES = 200 };

	begin_quiet(ADDRESSES);
	rig.frames_free = 0;
	ask_everything(_i ? V1_LEN : V2_LEN);
	for (int i = 0; i < 2 * ADDRESSES; i++) {
		rig.frames_free = i & 1;
		link_rig_wait(&rig, 10000);
	}
	rig.frames_free = ADDRESSES;
	link_rig_wait(&rig, 2000000);
	ck_assert_uint_gt(link_rig_count(&rig, LA_LINK_TX_NO_FRAME), 0);
	/* Our link-local address has the same group as the first. */
	ck_assert_uint_eq(told(1), 2);
	for (uint32_t low = 2; low <= ADDRESSES; low++)
		ck_assert_uint_eq(told(low), 1);
	link_rig_end(&rig);
}
END_TEST

/* One worker reports for all. */
START_TEST(the_first_worker_alone_reports)
{
	begin(1, 1);
	link_rig_up(&rig);
	ask_everything(V2_LEN);
	link_rig_wait(&rig, 5000000);
	ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_REPORTS), 0);
	link_rig_end(&rig);
}
END_TEST

/* And so it does when another worker got the query. */
START_TEST(the_first_worker_reports_to_a_query_it_overheard)
{
	for (uint32_t worker = 0; worker < 2; worker++) {
		struct query query = general(V2_LEN);
		uint8_t frame[128];
	
		begin(1, worker);
		link_rig_up(&rig);
		link_rig_wait(&rig, 5000000);
		link_rig_forget(&rig);
		query.hop_limit = 64;
		link_rig_overhear(&rig, frame, make_query(frame, &query));
		link_rig_wait(&rig, 1000000);
		ck_assert_uint_eq(reports(REPORT_V2), 0);
		query.hop_limit = 1;
		link_rig_overhear(&rig, frame, make_query(frame, &query));
		link_rig_wait(&rig, 1000000);
		ck_assert_uint_eq(reports(REPORT_V2), worker == 0 ? 1 : 0);
		ck_assert_uint_eq(link_rig_count(&rig, LA_LINK_MLD_QUERIES), worker == 0 ? 1 : 0);
		link_rig_end(&rig);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("link mld");
	TCase *t = tcase_create("mld");

	tcase_add_test(t, groups_are_reported_when_the_link_is_up_and_once_more);
	tcase_add_test(t, reports_for_65536_addresses_are_link_local);
	tcase_add_loop_test(t, a_query_is_answered_within_its_time, 0, 2);
	tcase_add_test(t, a_longer_query_is_one_of_version_2);
	tcase_add_test(t, a_query_of_version_1_is_answered_in_version_1);
	tcase_add_loop_test(t, a_query_from_afar_or_malformed_is_dropped, 0,
			sizeof(forged) / sizeof(forged[0]));
	tcase_add_test(t, many_groups_are_reported_a_part_at_a_time);
	tcase_add_loop_test(t, no_group_is_left_out_for_want_of_a_frame, 0, 2);
	tcase_add_loop_test(t, a_query_must_be_to_us, 0, 2 * sizeof(dests) / sizeof(dests[0]));
	tcase_add_loop_test(t, a_query_must_be_in_a_frame_for_us, 0, 2);
	tcase_add_loop_test(t, a_query_for_a_group_of_others_draws_nothing, 0,
			2 * sizeof(foreign) / sizeof(foreign[0]));
	tcase_add_test(t, the_first_worker_alone_reports);
	tcase_add_test(t, the_first_worker_reports_to_a_query_it_overheard);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
