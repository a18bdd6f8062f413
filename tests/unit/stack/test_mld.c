/* SPDX-License-Identifier: BSD-3-Clause */
/* Multicast Listener Discovery: what is reported, when, and to whose question. */
#include "la_check.h"
#include "rig.h"

enum { QUERY = 130, REPORT_V1 = 131, REPORT_V2 = 143, TO_EXCLUDE = 4, IS_EXCLUDE = 2 };
enum { V1_LEN = 20, V2_LEN = 24 };
enum { AT_PAYLOAD_LEN = 14 + 4, AT_NEXT_HEADER = 14 + 6, AT_HOP_LIMIT = 14 + 7,
	AT_EXTENSION = 14 + 40 };

static struct rig rig;
static const struct la_addr us = { { 0xfd, 0, [15] = 1 } };
static const struct la_addr our_link_local = { { 0xfe, 0x80, [15] = 1 } };
static const struct la_addr querier = { { 0xfe, 0x80, [15] = 0x99 } };
static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } };
static const struct la_addr all_routers_v2 = { { 0xff, 0x02, [15] = 0x16 } };

static void
begin_with(struct la_stack_range range, uint32_t worker)
{
	rig = (struct rig){ 0 };
	rig_params(&rig, 16);
	rig.ranges[0] = (struct la_stack_range){ la_addr_v4(0x0a090901), 1, 24 };
	rig.ranges[1] = range;
	rig.ranges[2] = (struct la_stack_range){ our_link_local, 1, 64 };
	rig.params.ranges_len = 3;
	rig_no_gateway(&rig);
	rig.params.worker = worker;
	rig.params.mtu = 1280;
	rig_start(&rig);
}

static void
begin(uint32_t addresses, uint32_t worker)
{
	begin_with((struct la_stack_range){ us, addresses, 64 }, worker);
}

struct query {
	struct la_addr source, dest, group;
	struct la_mac dest_mac;
	uint8_t hop_limit;
	bool no_alert;
	uint16_t len;                   /* Behind type, code and checksum. */
	uint16_t delay_ms;
};

/* One that everybody must answer, and at once. */
static struct query
general(uint16_t len)
{
	return (struct query){
		.source = querier, .dest = all_nodes, .dest_mac = la_mac_of_group(&all_nodes),
		.hop_limit = 1, .len = len,
	};
}

static uint32_t
make_query(uint8_t frame[128], const struct query *query)
{
	static const uint8_t alert[] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	const struct la_path path = {
		.source_mac = { { 2, 0, 0, 0, 0, 9 } }, .dest_mac = query->dest_mac,
		.source = query->source, .dest = query->dest,
	};
	uint8_t body[32] = { (uint8_t)(query->delay_ms >> 8), (uint8_t)query->delay_ms };
	const struct la_icmp icmp = { .type = QUERY, .body = body, .len = query->len };
	uint32_t len;

	memcpy(body + 4, &query->group, sizeof(query->group));
	len = la_emit_icmp(frame, &path, &icmp);
	frame[AT_HOP_LIMIT] = query->hop_limit;
	if (query->no_alert)
		return len;
	memmove(frame + AT_EXTENSION + sizeof(alert), frame + AT_EXTENSION, len - AT_EXTENSION);
	memcpy(frame + AT_EXTENSION, alert, sizeof(alert));
	frame[AT_NEXT_HEADER] = 0;
	frame[AT_PAYLOAD_LEN + 1] += sizeof(alert);
	return len + (uint32_t)sizeof(alert);
}

static void
ask(const struct query *query)
{
	uint8_t frame[128];

	rig_put_frame(&rig, frame, make_query(frame, query));
	rig_poll(&rig);
}

static void
ask_everything(uint16_t len)
{
	const struct query query = general(len);

	ask(&query);
}

/* All that is told unasked has been told. */
static void
begin_quiet(uint32_t addresses)
{
	begin(addresses, 0);
	la_stack_start(rig.stack, rig.now_us);
	rig_wait(&rig, 5000000);
	rig_forget(&rig);
}

/* The next report; other frames are passed over. */
static const struct la_rx *
next_report(uint8_t type)
{
	const struct la_rx *rx;

	do {
		rx = rig_next(&rig);
	} while (rx != NULL && (rx->kind != LA_KIND_ICMP || rx->icmp.type != type));
	return rx;
}

static uint32_t
reports(uint8_t type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rig.sents; i++)
		n += rig.sent_rx[i].kind == LA_KIND_ICMP && rig.sent_rx[i].icmp.type == type;
	return n;
}

/* What a record of a report says. */
static void
expect_record(const struct la_rx *rx, uint32_t i, uint8_t type, const struct la_addr *address)
{
	const struct la_addr group = la_addr_solicited_node(address);
	const uint8_t *record = rx->icmp.body + 4 + i * 20;

	ck_assert_uint_lt(i, la_get16(rx->icmp.body + 2));
	ck_assert_uint_eq(record[0], type);
	ck_assert_uint_eq(record[1], 0);
	ck_assert_uint_eq(la_get16(record + 2), 0);
	ck_assert_mem_eq(record + 4, &group, sizeof(group));
}

START_TEST(groups_are_reported_when_the_link_is_up_and_once_more)
{
	static const uint8_t extension[] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	const struct la_rx *rx;

	begin(1, 0);
	la_stack_start(rig.stack, rig.now_us);
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
	rig_wait(&rig, 900000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(reports(REPORT_V2), 2);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_REPORTS), 2);
	rig_end(&rig, true);
}
END_TEST

/* It has the last number of all that there are. */
START_TEST(reports_for_65536_addresses_are_link_local)
{
	begin(65534, 0);
	la_stack_start(rig.stack, rig.now_us);
	ck_assert(la_addr_eq(&next_report(REPORT_V2)->source, &our_link_local));
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_query_is_answered_within_its_time)
{
	struct query query = general(V2_LEN);
	const struct la_rx *rx;

	begin_quiet(1);
	query.delay_ms = _i ? 10000 : 0;
	ask(&query);
	rig_wait(&rig, _i ? 1020000 : 20000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rx = next_report(REPORT_V2);
	expect_record(rx, 0, IS_EXCLUDE, &us);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_QUERIES), 1);
	rig_end(&rig, true);
}
END_TEST

/* Of later versions, or with sources: all that is longer is of version 2 (RFC 3810, 8.1). */
START_TEST(a_longer_query_is_one_of_version_2)
{
	begin_quiet(1);
	ask_everything(V2_LEN + 1);
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	ck_assert_uint_eq(rig.sents, 1);
	rig_end(&rig, true);
}
END_TEST

/* RFC 3810, 8.2.1: who asks in version 1 understands no other answer. */
START_TEST(a_query_of_version_1_is_answered_in_version_1)
{
	const struct la_addr addresses[] = { us, our_link_local };
	const struct la_rx *rx;

	begin_quiet(1);
	ask_everything(V1_LEN);
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V1), 2);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	for (int i = 0; i < 2; i++) {
		const struct la_addr group = la_addr_solicited_node(&addresses[i]);

		rx = next_report(REPORT_V1);
		ck_assert(la_addr_eq(&rx->dest, &group));
		ck_assert_uint_eq(rx->icmp.len, 20);
		ck_assert_mem_eq(rx->icmp.body + 4, &group, sizeof(group));
	}
	rig_end(&rig, true);
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
	rig_wait(&rig, 2000000);
	ck_assert_msg(rig.sents == 0, "%s", forged[_i].what);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_ICMP), 1);
	rig_end(&rig, true);
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
	la_stack_start(rig.stack, rig.now_us);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_REPORTS), 1);
	for (int i = 0; i < 200; i++) {
		before = rig_count(&rig, LA_COUNT_MLD_REPORTS);
		rig_wait(&rig, 10000);
		ask_everything(V2_LEN);
		ck_assert_uint_le(rig_count(&rig, LA_COUNT_MLD_REPORTS) - before, 2);
	}
	rig_wait(&rig, 10000000);
	before = rig_count(&rig, LA_COUNT_MLD_REPORTS);
	ask_everything(V2_LEN);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_REPORTS) - before,
			(ADDRESSES + 2 + A_REPORT - 1) / A_REPORT);
	rig_end(&rig, true);
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
	rig_wait(&rig, 20000);
	ck_assert_msg((rig.sents > 0) == (reason == LA_RX_OK), "%s", dests[_i / 2].what);
	ck_assert_uint_eq(rig_rx(&rig, reason), 1);
	rig_end(&rig, true);
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
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(rig.sents, 0);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_NOT_OUR_MAC), 1);
	query.dest_mac = rig.params.mac;
	ask(&query);
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rig_end(&rig, true);
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
	la_stack_start(rig.stack, rig.now_us);
	rig_wait(&rig, 30000000);
	before = rig_count(&rig, LA_COUNT_MLD_REPORTS);
	ask(&query);
	rig_wait(&rig, 2000000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_REPORTS), before);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_QUERIES), 0);
	rig_end(&rig, true);
}
END_TEST

/* How often the reports sent so far told of the group that ends in @p low. */
static uint32_t
told(uint32_t low)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rig.sents; i++) {
		const struct la_rx *rx = &rig.sent_rx[i];
		const bool v1 = rx->kind == LA_KIND_ICMP && rx->icmp.type == REPORT_V1;
		const bool v2 = rx->kind == LA_KIND_ICMP && rx->icmp.type == REPORT_V2;
		const uint32_t records = v2 ? la_get16(rx->icmp.body + 2) : 0;

		n += v1 && la_get32(rx->icmp.body + 16) == (0xff000000 | low);
		for (uint32_t j = 0; j < records; j++)
			n += la_get32(rx->icmp.body + 4 + j * 20 + 16) == (0xff000000 | low);
	}
	return n;
}

START_TEST(no_group_is_left_out_for_want_of_a_frame)
{
	enum { ADDRESSES = 200 };

	begin_quiet(ADDRESSES);
	rig.frames_free = 0;
	ask_everything(_i ? V1_LEN : V2_LEN);
	for (int i = 0; i < 2 * ADDRESSES; i++) {
		rig.frames_free = i & 1;
		rig_wait(&rig, 10000);
	}
	rig.frames_free = ADDRESSES;
	rig_wait(&rig, 2000000);
	ck_assert_uint_gt(rig_count(&rig, LA_COUNT_TX_NO_FRAME), 0);
	/* Our link-local address has the same group as the first. */
	ck_assert_uint_eq(told(1), 2);
	for (uint32_t low = 2; low <= ADDRESSES; low++)
		ck_assert_uint_eq(told(low), 1);
	rig_end(&rig, true);
}
END_TEST

/* RFC 3810, 8.2.1 and 9.12: twice 125 s and 10 s. */
START_TEST(who_has_heard_version_1_speaks_it_for_260_seconds)
{
	begin_quiet(1);
	ask_everything(V1_LEN);
	rig_wait(&rig, 100000000);
	ask_everything(V1_LEN);
	rig_wait(&rig, 259000000);
	rig_forget(&rig);
	ask_everything(V2_LEN);
	rig_wait(&rig, 900000);
	ck_assert_uint_eq(reports(REPORT_V1), 2);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	rig_forget(&rig);
	rig_wait(&rig, 200000);
	ask_everything(V2_LEN);
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V1), 0);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rig_end(&rig, true);
}
END_TEST

/* What was about to be said in the other version is not (RFC 3810, 8.2.1). */
START_TEST(a_query_of_version_1_ends_an_answer_in_version_2)
{
	enum { ADDRESSES = 200 };

	begin_quiet(ADDRESSES);
	ask_everything(V2_LEN);
	rig_wait(&rig, 10000);
	rig_forget(&rig);
	ask_everything(V1_LEN);
	rig_wait(&rig, 2000000);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	ck_assert_uint_eq(reports(REPORT_V1), ADDRESSES + 1);
	for (uint32_t low = 2; low <= ADDRESSES; low++)
		ck_assert_uint_eq(told(low), 1);
	rig_end(&rig, true);
}
END_TEST

/* Its querier has understood none of what was told so far. */
START_TEST(news_begin_anew_for_a_querier_of_version_1)
{
	enum { ADDRESSES = 120 };

	begin(ADDRESSES, 0);
	la_stack_start(rig.stack, rig.now_us);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rig.sents = 0;
	ask_everything(V1_LEN);
	rig_wait(&rig, 500000);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	for (uint32_t low = 2; low <= ADDRESSES; low++)
		ck_assert_uint_eq(told(low), 1);
	rig.sents = 0;
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(reports(REPORT_V2), 0);
	ck_assert_uint_eq(reports(REPORT_V1), ADDRESSES + 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_turn_that_waits_is_made_when_a_query_wants_it)
{
	begin(1, 0);
	la_stack_start(rig.stack, rig.now_us);
	rig_wait(&rig, 100000);
	rig_forget(&rig);
	ask_everything(V2_LEN);
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(reports(REPORT_V2), 1);
	rig_end(&rig, true);
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
	rig_wait(&rig, 10000);
	ck_assert_uint_eq(told(77), 1);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig.sents, 1);
	ck_assert_uint_eq(reports(v1 ? REPORT_V1 : REPORT_V2), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_QUERIES), 1);
	ck_assert_uint_eq(rig.sent_rx[0].icmp.len, v1 ? 20 : 4 + 20);
	ck_assert(v1 || rig.sent_rx[0].icmp.body[4] == IS_EXCLUDE);
	rig_end(&rig, true);
}
END_TEST

/* In steps that no tick of the stack keeps to. */
static void
wait_ms(uint32_t ms)
{
	while (ms-- > 0)
		rig_wait(&rig, 1000);
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
		rig_forget(&rig);
	}
	ck_assert(early > TIMES / 3 && early < TIMES * 2 / 3);
	rig_end(&rig, true);
}
END_TEST

/* An address beyond fd00::ff:ffff has the group of one of the first. */
START_TEST(the_groups_of_a_range_go_round)
{
	begin_with((struct la_stack_range){ { { 0xfd, 0, [13] = 0xff, 0xff, 0xf0 } }, 32, 64 }, 0);
	la_stack_start(rig.stack, rig.now_us);
	rig_wait(&rig, 5000000);
	rig_forget(&rig);
	ask_for(V2_LEN, 0xfffff0, 0);
	ask_for(V2_LEN, 0x00000f, 0);
	ask_for(V2_LEN, 0xffffef, 0);
	ask_for(V2_LEN, 0x000010, 0);
	rig_wait(&rig, 1000000);
	ck_assert_uint_eq(told(0xfffff0), 1);
	ck_assert_uint_eq(told(0x00000f), 1);
	ck_assert_uint_eq(rig.sents, 2);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_group_that_the_turn_has_passed_is_told_again)
{
	const uint16_t len = _i ? V1_LEN : V2_LEN;

	begin_quiet(200);
	ask_everything(len);
	rig_wait(&rig, 10000);
	ck_assert_uint_eq(told(5), 1);
	ask_for(len, 5, 0);
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(told(5), 2);
	ck_assert_uint_eq(told(200), 0);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(told(5), 2);
	for (uint32_t low = 6; low <= 200; low++)
		ck_assert_uint_eq(told(low), 1);
	rig_end(&rig, true);
}
END_TEST

/* RFC 3810, 6.2, fourth rule: one response, at the earlier of the two times. */
START_TEST(a_group_that_is_asked_for_twice_is_told_once)
{
	begin_quiet(200);
	for (int i = 0; i < 100; i++)
		ask_for(V2_LEN, 5, 1000);
	ask_for(V2_LEN, 5, 0);
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(told(5), 1);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig.sents, 1);
	rig_end(&rig, true);
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
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig.sents, 16);
	rig_forget(&rig);
	rig.frames_free = 0;
	for (uint32_t low = 2; low < 2 + 17; low++)
		ask_for(V2_LEN, low, 0);
	rig.frames_free = 1000;
	rig_wait(&rig, 5000000);
	for (uint32_t low = 2; low <= 200; low++)
		ck_assert_uint_eq(told(low), low < 2 + 16 ? 2 : 1);
	rig_end(&rig, true);
}
END_TEST

/* And in one more turn where one runs that may have passed them. */
START_TEST(more_groups_than_can_be_kept_are_told_in_another_turn)
{
	begin_quiet(200);
	ask_everything(V1_LEN);
	rig_wait(&rig, 10000);
	ck_assert_uint_eq(told(5), 1);
	rig.frames_free = 0;
	for (uint32_t low = 100; low < 100 + 16; low++)
		ask_for(V1_LEN, low, 0);
	ask_for(V1_LEN, 5, 0);
	ask_for(V1_LEN, 6, 0);
	rig.frames_free = 1000;
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(told(5), 2);
	ck_assert_uint_eq(told(6), 2);
	ck_assert_uint_eq(told(200), 2);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_single_group_waits_for_a_frame)
{
	begin_quiet(200);
	rig.frames_free = 0;
	ask_for(V2_LEN, 5, 0);
	ask_for(V2_LEN, 6, 0);
	rig_wait(&rig, 100000);
	rig.frames_free = 1;
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(told(5) + told(6), 1);
	rig.frames_free = 100;
	rig_wait(&rig, 20000);
	ck_assert_uint_eq(told(5), 1);
	ck_assert_uint_eq(told(6), 1);
	rig_end(&rig, true);
}
END_TEST

/* RFC 3810, 8.2.1: of the one version nothing more is said, of the other all. */
START_TEST(a_query_of_version_1_for_one_group_ends_what_is_pending)
{
	begin_quiet(200);
	ask_for(V2_LEN, 6, 1000);
	ask_everything(V2_LEN);
	rig_wait(&rig, 10000);
	rig_forget(&rig);
	ask_for(V1_LEN, 5, 0);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig.sents, 1);
	ck_assert_uint_eq(reports(REPORT_V1), 1);
	ck_assert_uint_eq(told(5), 1);
	rig_end(&rig, true);
}
END_TEST

/* One worker reports for all. */
START_TEST(the_first_worker_alone_reports)
{
	begin(1, 1);
	la_stack_start(rig.stack, rig.now_us);
	ask_everything(V2_LEN);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_REPORTS), 0);
	rig_end(&rig, true);
}
END_TEST

/* And so it does when another worker got the query. */
START_TEST(the_first_worker_reports_to_a_query_it_overheard)
{
	for (uint32_t worker = 0; worker < 2; worker++) {
		struct query query = general(V2_LEN);
		uint8_t frame[128];
		struct la_rx rx;

		begin(1, worker);
		la_stack_start(rig.stack, rig.now_us);
		rig_wait(&rig, 5000000);
		rig_forget(&rig);
		query.hop_limit = 64;
		la_rx_parse(&rx, frame, make_query(frame, &query), 0);
		la_stack_overhear(rig.stack, &rx, rig.now_us);
		rig_wait(&rig, 1000000);
		ck_assert_uint_eq(reports(REPORT_V2), 0);
		query.hop_limit = 1;
		la_rx_parse(&rx, frame, make_query(frame, &query), 0);
		la_stack_overhear(rig.stack, &rx, rig.now_us);
		rig_wait(&rig, 1000000);
		ck_assert_uint_eq(reports(REPORT_V2), worker == 0 ? 1 : 0);
		ck_assert_uint_eq(rig_count(&rig, LA_COUNT_MLD_QUERIES), worker == 0 ? 1 : 0);
		rig_end(&rig, true);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack mld");
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
