/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbour Discovery: answers, questions, who is believed, and addresses used twice. */
#include "la_check.h"
#include "rig.h"

static struct rig rig;

static const struct la_addr us = { { 0xfd, 0, [15] = 1 } }, host = { { 0xfd, 0, [15] = 2 } };
static const struct la_addr gateway = { { 0xfe, 0x80, [15] = 0xfe } };
static const struct la_addr far_away = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 } };
static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } }, unspecified = { { 0 } };
static const struct la_mac first_mac = { { 2, 0, 0, 0, 1, 1 } };
static const struct la_mac other_mac = { { 2, 0, 0, 0, 2, 2 } };

static void
prepare(bool has_gateway)
{
	rig_params(&rig, 16);
	rig.ranges[0] = (struct la_stack_range){ us, 1, 64 };
	rig.params.ranges_len = 1;
	rig_no_gateway(&rig);
	rig.params.has_gateway[1] = has_gateway;
	rig.params.gateway[1] = gateway;
}

static void
begin(void)
{
	prepare(false);
	rig_start(&rig);
}

static void
give(const struct la_path *path, const struct la_nd *nd)
{
	uint8_t frame[128];

	rig_put_frame(&rig, frame, la_emit_nd(frame, path, nd));
	rig_poll(&rig);
}

/* A host asks for @p target, by its group. */
static void
asks(const struct la_addr *source, const struct la_mac *mac, const struct la_addr *target)
{
	const struct la_addr group = la_addr_solicited_node(target);
	const struct la_path path = {
		.source_mac = *mac, .dest_mac = la_mac_of_group(&group),
		.source = *source, .dest = group,
	};
	const struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = *target, .mac = *mac,
		.has_mac = !la_addr_eq(source, &unspecified),
	};

	give(&path, &nd);
}

/* A host tells where @p target is: @p dest alone, or all nodes. */
static void
tells_so(const struct la_addr *target, const struct la_mac *mac, const struct la_addr *dest,
		bool override)
{
	const bool all = la_addr_is_multicast(dest);
	const struct la_path path = {
		.source_mac = *mac,
		.dest_mac = all ? la_mac_of_group(dest) : rig.params.mac,
		.source = *target, .dest = *dest,
	};
	const struct la_nd nd = {
		.type = LA_ND_ADVERTISEMENT, .target = *target, .has_mac = true, .mac = *mac,
		.solicited = !all, .override = override,
	};

	give(&path, &nd);
}

static void
tells(const struct la_addr *target, const struct la_mac *mac, const struct la_addr *dest)
{
	tells_so(target, mac, dest, true);
}

/* The host asks for us, and has answered too: known, and known to be there. */
static void
is_known(const struct la_mac *mac)
{
	asks(&host, mac, &us);
	tells(&host, mac, &us);
	rig_forget(&rig);
}

static const struct la_rx *
expect_nd(uint8_t type, const struct la_addr *target)
{
	const struct la_rx *rx = rig_next(&rig);

	/* test_mld.c looks at reports. */
	while (rx != NULL && rx->kind == LA_KIND_ICMP)
		rx = rig_next(&rig);
	ck_assert_msg(rx != NULL, "nothing was sent");
	ck_assert_int_eq(rx->kind, LA_KIND_ND);
	ck_assert_uint_eq(rx->nd.type, type);
	ck_assert(la_addr_eq(&rx->nd.target, target));
	ck_assert(!rx->nd.has_mac || la_mac_eq(&rx->nd.mac, &rig.params.mac));
	return rx;
}

static uint32_t
nd_frames(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < rig.sents; i++)
		n += rig.sent_rx[i].kind == LA_KIND_ND;
	return n;
}

/* Where the next frame that answers none would go: an active open's SYN shows it. */
static bool
goes_to(const struct la_addr *remote, const struct la_mac *mac)
{
	static uint16_t port = 20000;
	const struct la_rx *rx;

	rig_forget(&rig);
	ck_assert_uint_ne(rig_connect(&rig, port++, remote, 9), LA_NONE);
	la_stack_output(rig.stack, rig.now_us);
	do
		rx = rig_next(&rig);
	while (rx && rx->kind != LA_KIND_TCP);
	la_stack_abort_all(rig.stack, rig.now_us);
	la_stack_output(rig.stack, rig.now_us);
	rig_forget(&rig);
	return rx != NULL && la_mac_eq(&rx->dest_mac, mac);
}

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
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ND_SOLICITS), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(nobody_is_known_who_did_not_ask_us)
{
	const struct la_addr another = { { 0xfd, 0, [15] = 77 } };

	begin();
	asks(&host, &first_mac, &another);
	tells(&host, &first_mac, &us);          /* Nobody asked. */
	tells(&host, &first_mac, &all_nodes);
	rig_expect_nothing(&rig);
	asks(&far_away, &first_mac, &us);       /* Not on this link. */
	rig_forget(&rig);
	ck_assert(!goes_to(&host, &first_mac));
	ck_assert(!goes_to(&far_away, &first_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ND_ADVERTS), 0);
	rig_end(&rig, true);
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
	rig_end(&rig, true);
}
END_TEST

/* Both look at once: the other is told, and does not take it; we were given it. */
START_TEST(of_two_who_look_we_have_it)
{
	const struct la_rx *rx;

	begin();
	la_stack_start(rig.stack, rig.now_us);
	expect_nd(LA_ND_SOLICITATION, &us);
	asks(&unspecified, &other_mac, &us);
	rx = expect_nd(LA_ND_ADVERTISEMENT, &us);
	ck_assert(la_addr_eq(&rx->dest, &all_nodes) && !rx->nd.override);
	rig_wait(&rig, 1300000);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ADDRESS_CONFLICTS), 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(an_unknown_neighbour_is_asked_for_by_its_group)
{
	const struct la_addr group = la_addr_solicited_node(&host);
	const struct la_mac mac = la_mac_of_group(&group);
	const struct la_rx *rx;

	begin();
	for (uint16_t i = 0; i < 5; i++)
		rig_connect(&rig, 1000 + i, &host, 9);
	la_stack_output(rig.stack, rig.now_us);
	rx = expect_nd(LA_ND_SOLICITATION, &host);
	ck_assert(la_addr_eq(&rx->source, &us) && la_addr_eq(&rx->dest, &group));
	ck_assert(la_mac_eq(&rx->dest_mac, &mac) && rx->nd.has_mac);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_NO_NEIGHBOUR), 5);
	tells(&host, &first_mac, &us);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ND_ADVERTS), 1);
	/* TCP sends again when its time has come. */
	rig_wait(&rig, 1100000);
	for (int i = 0; i < 5; i++)
		rig_expect(&rig, LA_SYN);
	la_stack_abort_all(rig.stack, rig.now_us);
	rig_end(&rig, true);
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
		rig_wait(&rig, 30500000);
		expect_nd(LA_ND_SOLICITATION, &host);
		give(&whole, &nd);
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST), 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_spoofed_advertisement_does_not_take_over_one_who_answers)
{
	const struct la_rx *rx;

	begin();
	is_known(&first_mac);
	rig_forget(&rig);
	tells(&host, &other_mac, _i ? &all_nodes : &us);
	/* The old address is polled. */
	rx = expect_nd(LA_ND_SOLICITATION, &host);
	ck_assert(la_mac_eq(&rx->dest_mac, &first_mac) && la_addr_eq(&rx->dest, &host));
	tells(&host, &first_mac, &us);
	rig_wait(&rig, 2000000);
	ck_assert(goes_to(&host, &first_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ND_IGNORED), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(one_who_is_silent_is_replaced_within_about_a_second)
{
	begin();
	is_known(&first_mac);
	tells(&host, &other_mac, &all_nodes);
	rig_wait(&rig, 1200000);
	ck_assert(goes_to(&host, &other_mac));
	rig_end(&rig, true);
}
END_TEST

/* RFC 4861, 7.2.5: what does not override says nothing of one who is known. */
START_TEST(an_advertisement_without_override_is_no_challenge)
{
	begin();
	is_known(&first_mac);
	tells_so(&host, &other_mac, _i ? &all_nodes : &us, false);
	rig_wait(&rig, 3000000);
	rig_expect_nothing(&rig);
	ck_assert(goes_to(&host, &first_mac));
	rig_end(&rig, true);
}
END_TEST

/* 7.3.1: word to all nodes is no answer, so the owner's new address is found in time. */
START_TEST(word_to_all_does_not_show_that_one_is_there)
{
	begin();
	is_known(&first_mac);
	for (int i = 0; i < 10; i++) {
		if (rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST) == 0)
			goes_to(&host, &first_mac);
		tells(&host, &first_mac, &all_nodes);
		rig_wait(&rig, 5000000);
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(one_who_moved_is_found_whoever_repeats_the_old)
{
	begin();
	is_known(&first_mac);
	for (int i = 0; i < 6; i++) {
		tells(&host, &other_mac, &all_nodes);
		tells(&host, &first_mac, &all_nodes);
		rig_wait(&rig, 250000);
	}
	ck_assert(goes_to(&host, &other_mac));
	rig_end(&rig, true);
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
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_link_local_gateway_is_asked_for_and_used)
{
	struct la_stack_notice notice;

	prepare(true);
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	expect_nd(LA_ND_SOLICITATION, &gateway);
	rig_wait(&rig, 8000000);
	la_stack_notices(rig.stack, &notice);
	ck_assert(notice.gateway_silent[1] && !notice.gateway_silent[0]);
	tells(&gateway, &first_mac, &us);
	rig_wait(&rig, 100000);
	la_stack_notices(rig.stack, &notice);
	ck_assert(!notice.gateway_silent[1]);
	ck_assert(goes_to(&far_away, &first_mac));
	ck_assert(!goes_to(&host, &first_mac));
	rig_end(&rig, true);
}
END_TEST

/* As a cloud has it: our address is alone, and nothing says that the gateway is on the link. */
START_TEST(a_gateway_in_no_subnet_is_asked_for_and_used)
{
	static const struct la_addr lone = { { 0x20, 0x01, 0x0d, 0xb8, 1, [15] = 7 } };
	const struct la_rx *rx;

	prepare(true);
	rig.ranges[1] = (struct la_stack_range){ lone, 1, 128 };
	rig.params.ranges_len = 2;
	rig.params.gateway[1] = far_away;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	rx = expect_nd(LA_ND_SOLICITATION, &far_away);
	ck_assert(la_addr_eq(&rx->source, &lone));
	tells(&far_away, &first_mac, &lone);
	ck_assert(goes_to(&far_away, &first_mac));
	ck_assert(!goes_to(&host, &first_mac));
	rig_end(&rig, true);
}
END_TEST

/* RFC 4862, 5.4 and RFC 4861, 7.2.6: first a question, and what we have a second later. */
START_TEST(addresses_are_probed_and_then_announced)
{
	const struct la_rx *rx;
	struct la_addr address = us;

	prepare(false);
	rig.ranges[0].count = 20;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	ck_assert_uint_eq(nd_frames(), 16);
	rig_wait(&rig, 900000);
	ck_assert_uint_eq(nd_frames(), 20);
	for (uint8_t i = 0; i < 20; i++) {
		address.b[15] = 1 + i;
		rx = expect_nd(LA_ND_SOLICITATION, &address);
		ck_assert(la_addr_eq(&rx->source, &unspecified) && !rx->nd.has_mac);
	}
	rig_wait(&rig, 400000);
	for (uint8_t i = 0; i < 20; i++) {
		address.b[15] = 1 + i;
		rx = expect_nd(LA_ND_ADVERTISEMENT, &address);
		ck_assert(la_addr_eq(&rx->dest, &all_nodes) && !rx->nd.solicited);
	}
	rig_wait(&rig, 3000000);
	rig_expect_nothing(&rig);
	/* The link went and came: all of it again. */
	la_stack_start(rig.stack, rig.now_us);
	rig_wait(&rig, 3000000);
	ck_assert_uint_eq(nd_frames(), 80);
	rig_end(&rig, true);
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
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	for (int second = 1; second <= 11; second++) {
		rig_wait(&rig, 1000000);
		asked += frames_of(LA_ND_SOLICITATION);
		announced += frames_of(LA_ND_ADVERTISEMENT);
		rig_forget(&rig);
		ck_assert_int_eq(asked == N, second >= 4);
		ck_assert(announced == 0 || second >= 5);
		ck_assert_int_eq(announced == N, second > 9);
	}
	ck_assert_uint_eq(asked, N);
	ck_assert_uint_eq(announced, N);
	rig_end(&rig, true);
}
END_TEST

START_TEST(an_address_used_twice_is_said_and_defended)
{
	struct la_stack_notice notice;

	begin();
	for (int i = 0; i < 10; i++)
		tells(&us, &other_mac, &all_nodes);
	expect_nd(LA_ND_ADVERTISEMENT, &us);
	rig_expect_nothing(&rig);
	la_stack_notices(rig.stack, &notice);
	ck_assert(notice.conflict && la_addr_eq(&notice.conflict_address, &us));
	ck_assert(la_mac_eq(&notice.conflict_mac, &other_mac));
	la_stack_conflict_said(rig.stack);
	la_stack_notices(rig.stack, &notice);
	ck_assert(!notice.conflict);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ADDRESS_CONFLICTS), 10);
	rig_wait(&rig, 10100000);
	tells(&us, &other_mac, &all_nodes);
	expect_nd(LA_ND_ADVERTISEMENT, &us);
	rig_end(&rig, true);
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
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	expect_nd(LA_ND_SOLICITATION, &us);
	expect_nd(LA_ND_SOLICITATION, &second);
	asks(&asker, &first_mac, &us);
	rx = expect_nd(LA_ND_ADVERTISEMENT, &us);
	ck_assert(rx->nd.solicited && !rx->nd.override);
	if (_i == 0)
		tells(&us, &other_mac, &all_nodes);
	else
		asks(&us, &other_mac, &us);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ADDRESS_CONFLICTS), 1);
	rig_wait(&rig, 1300000);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &second)->nd.override);
	tells(&us, &other_mac, &all_nodes);
	ck_assert_uint_eq(nd_frames(), 4);
	asks(&asker, &first_mac, &us);
	ck_assert(!expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	asks(&asker, &first_mac, &second);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &second)->nd.override);
	/* Asked again, and still there; then it has gone. */
	rig_wait(&rig, 10500000);
	expect_nd(LA_ND_SOLICITATION, &us);
	tells(&us, &other_mac, &all_nodes);
	rig_wait(&rig, 9900000);
	rig_expect_nothing(&rig);
	rig_wait(&rig, 300000);
	expect_nd(LA_ND_SOLICITATION, &us);
	rig_wait(&rig, 1300000);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	tells(&us, &other_mac, &all_nodes);
	expect_nd(LA_ND_ADVERTISEMENT, &us);
	rig_end(&rig, true);
}
END_TEST

/* It asks for one of our addresses, by another of them: that is the one it has. */
START_TEST(a_question_from_our_address_is_a_conflict)
{
	struct la_stack_notice notice;
	struct la_addr second = us;

	prepare(false);
	rig.ranges[0].count = 2;
	second.b[15]++;
	rig_start(&rig);
	asks(&us, &other_mac, &second);
	la_stack_notices(rig.stack, &notice);
	ck_assert(la_addr_eq(&notice.conflict_address, &us));
	ck_assert(notice.conflict && la_mac_eq(&notice.conflict_mac, &other_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ADDRESS_CONFLICTS), 1);
	/* The address is defended; the question is not answered. */
	ck_assert(la_addr_eq(&expect_nd(LA_ND_ADVERTISEMENT, &us)->dest, &all_nodes));
	rig_expect_nothing(&rig);
	rig_end(&rig, true);
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
	struct la_rx rx;
	uint8_t frame[128];

	begin();
	la_stack_start(rig.stack, rig.now_us);
	expect_nd(LA_ND_SOLICITATION, &us);
	la_rx_parse(&rx, frame, la_emit_nd(frame, &path, &nd), 0);
	la_stack_overhear(rig.stack, &rx, rig.now_us);
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(nd_frames(), 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ADDRESS_CONFLICTS), 0);
	rig_end(&rig, true);
}
END_TEST

/* More of them than are remembered: nothing is announced, nothing overridden. */
START_TEST(duplicates_without_end)
{
	struct la_addr address = us;

	prepare(false);
	rig.ranges[0].count = 40;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	rig_wait(&rig, 500000);
	ck_assert_uint_eq(nd_frames(), 40);
	for (uint8_t i = 0; i < 40; i++) {
		address.b[15] = 1 + i;
		tells(&address, &other_mac, &all_nodes);
	}
	rig_wait(&rig, 5000000);
	ck_assert_uint_eq(nd_frames(), 40);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ADDRESS_CONFLICTS), 40);
	rig_end(&rig, true);
}
END_TEST

/* The first worker asks and announces for all: the others know when that is done. */
START_TEST(other_workers_keep_time)
{
	prepare(false);
	rig.params.worker = 1;
	rig.params.workers = 2;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	rig_expect_nothing(&rig);
	asks(&host, &first_mac, &us);
	ck_assert(!expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	rig_wait(&rig, 1300000);
	rig_expect_nothing(&rig);
	asks(&host, &first_mac, &us);
	ck_assert(expect_nd(LA_ND_ADVERTISEMENT, &us)->nd.override);
	rig_end(&rig, true);
}
END_TEST

START_TEST(our_own_frames_come_back_without_harm)
{
	struct la_stack_notice notice;

	begin();
	asks(&unspecified, &rig.params.mac, &us);
	tells(&us, &rig.params.mac, &all_nodes);
	la_stack_notices(rig.stack, &notice);
	ck_assert(!notice.conflict);
	rig_expect_nothing(&rig);
	rig_end(&rig, true);
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
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_NOT_OUR_ADDRESS), 2);
	rig_end(&rig, true);
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
	struct la_rx rx;
	uint8_t frame[128];

	begin();
	la_rx_parse(&rx, frame, la_emit_nd(frame, &path, &nd), 0);
	la_stack_overhear(rig.stack, &rx, rig.now_us);
	rig_expect_nothing(&rig);
	ck_assert(goes_to(&host, &first_mac));
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_flood_of_senders_does_not_push_known_ones_out)
{
	struct la_addr sender = host;

	prepare(false);
	rig.keep_nothing = true;
	rig_start(&rig);
	asks(&host, &first_mac, &us);
	for (uint32_t i = 0; i < 5000; i++) {
		la_put32(sender.b + 8, i + 1);
		asks(&sender, &other_mac, &us);
	}
	ck_assert_uint_gt(rig_count(&rig, LA_COUNT_NEIGHBOURS_FULL), 3000);
	rig.keep_nothing = false;
	ck_assert(goes_to(&host, &first_mac));
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack nd");
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
	tcase_add_loop_test(t, one_who_was_there_first_is_left_alone, 0, 2);
	tcase_add_test(t, a_question_from_our_address_is_a_conflict);
	tcase_add_test(t, a_claim_that_is_overheard_is_heeded);
	tcase_add_test(t, duplicates_without_end);
	tcase_add_test(t, other_workers_keep_time);
	tcase_add_test(t, a_link_local_gateway_is_asked_for_and_used);
	tcase_add_test(t, a_gateway_in_no_subnet_is_asked_for_and_used);
	tcase_add_test(t, addresses_are_probed_and_then_announced);
	tcase_add_test(t, many_addresses_take_twice_the_time_of_their_questions);
	tcase_add_test(t, an_address_used_twice_is_said_and_defended);
	tcase_add_test(t, our_own_frames_come_back_without_harm);
	tcase_add_test(t, what_is_for_others_is_left_alone);
	tcase_add_test(t, what_is_overheard_is_learnt_and_not_answered);
	tcase_add_test(t, a_flood_of_senders_does_not_push_known_ones_out);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
