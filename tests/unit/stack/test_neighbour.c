/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP: answers, questions, who is believed, and addresses used twice. */
#include "la_check.h"
#include "rig.h"

static struct rig rig;

enum {
	US = 0x0a000001, GATEWAY = 0x0a0000fe, HOST = 0x0a000064, FAR = 0x08080808,
	REQUEST = 1, REPLY = 2,
};

static const struct la_mac first_mac = { { 2, 0, 0, 0, 1, 1 } };
static const struct la_mac other_mac = { { 2, 0, 0, 0, 2, 2 } };

static void
begin(void)
{
	rig_params(&rig, 16);
	rig_start(&rig);
}

static void
says(uint16_t op, uint32_t sender, const struct la_mac *mac, uint32_t target)
{
	struct la_arp arp = { .op = op, .sender_mac = *mac, .sender = sender, .target = target };

	if (op == REPLY)
		arp.target_mac = rig.params.mac;
	rig_arp(&rig, arp);
}

/* It asks for us, and has answered too: known, and known to be there. */
static void
is_known(uint32_t sender, const struct la_mac *mac)
{
	says(REQUEST, sender, mac, US);
	says(REPLY, sender, mac, US);
	rig_forget(&rig);
}

static const struct la_rx *
expect_arp(uint16_t op, uint32_t sender, uint32_t target)
{
	const struct la_rx *rx = rig_next(&rig);

	ck_assert_msg(rx != NULL, "no ARP was sent");
	ck_assert_int_eq(rx->kind, LA_KIND_ARP);
	ck_assert_uint_eq(rx->arp.op, op);
	ck_assert_uint_eq(rx->arp.sender, sender);
	ck_assert_uint_eq(rx->arp.target, target);
	ck_assert(la_mac_eq(&rx->arp.sender_mac, &rig.params.mac));
	return rx;
}

/* Where the next frame that answers none would go: an active open's SYN shows it. */
static bool
goes_to(uint32_t remote, const struct la_mac *mac)
{
	static uint16_t port = 20000;
	const struct la_addr address = la_addr_v4(remote);
	const struct la_rx *rx;
	uint32_t handle;

	rig_forget(&rig);
	handle = rig_connect(&rig, port++, &address, 9);
	ck_assert_uint_ne(handle, LA_NONE);
	la_stack_output(rig.stack, rig.now_us);
	do
		rx = rig_next(&rig);
	while (rx && rx->kind != LA_KIND_TCP);
	la_stack_abort_all(rig.stack, rig.now_us);
	la_stack_output(rig.stack, rig.now_us);
	rig_forget(&rig);
	return rx != NULL && la_mac_eq(&rx->dest_mac, mac);
}

START_TEST(a_request_for_us_is_answered_and_its_sender_known)
{
	const struct la_rx *rx;

	begin();
	says(REQUEST, HOST, &first_mac, US);
	rx = expect_arp(REPLY, US, HOST);
	ck_assert(la_mac_eq(&rx->dest_mac, &first_mac));
	ck_assert(la_mac_eq(&rx->arp.target_mac, &first_mac));
	ck_assert(goes_to(HOST, &first_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_REQUESTS), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(nobody_is_known_who_did_not_ask_us)
{
	begin();
	says(REQUEST, HOST, &first_mac, US + 1);        /* Asks for another. */
	says(REQUEST, HOST, &first_mac, HOST);          /* Announces itself. */
	says(REPLY, HOST, &first_mac, US);              /* Nobody asked. */
	rig_expect_nothing(&rig);
	says(REQUEST, FAR, &first_mac, US);             /* Not on this link. */
	rig_forget(&rig);
	ck_assert(!goes_to(HOST, &first_mac));
	ck_assert(!goes_to(FAR, &first_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_REPLIES), 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_probe_is_answered_and_teaches_nothing)
{
	begin();
	says(REQUEST, 0, &first_mac, US);
	expect_arp(REPLY, US, 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(an_unknown_neighbour_is_asked_for_once_a_second)
{
	const struct la_addr host = la_addr_v4(HOST);

	begin();
	for (uint16_t i = 0; i < 5; i++)
		rig_connect(&rig, 1000 + i, &host, 9);
	la_stack_output(rig.stack, rig.now_us);
	expect_arp(REQUEST, US, HOST);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_NO_NEIGHBOUR), 5);
	/* The answer comes; TCP sends again when its time has come. */
	says(REPLY, HOST, &first_mac, US);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_REPLIES), 1);
	rig_wait(&rig, 1100000);
	for (int i = 0; i < 5; i++)
		rig_expect(&rig, LA_SYN);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 1);
	rig_end(&rig, false);
}
END_TEST

START_TEST(a_lost_question_is_asked_again)
{
	begin();
	ck_assert(!goes_to(HOST, &first_mac));
	rig_wait(&rig, 10000000);
	for (int i = 0; i < 2; i++)
		expect_arp(REQUEST, US, HOST);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 3);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_spoofed_reply_does_not_take_over_one_who_answers)
{
	const struct la_rx *rx;

	begin();
	is_known(HOST, &first_mac);
	rig_forget(&rig);
	says(_i == 0 ? REPLY : REQUEST, HOST, &other_mac, US);
	/* The one we know is polled, and used meanwhile. */
	rx = expect_arp(REQUEST, US, HOST);
	ck_assert(la_mac_eq(&rx->dest_mac, &first_mac));
	ck_assert(goes_to(HOST, &first_mac));
	says(REPLY, HOST, &first_mac, US);
	rig_wait(&rig, 3000000);
	ck_assert(goes_to(HOST, &first_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_IGNORED), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(one_who_is_silent_is_replaced_within_about_a_second)
{
	begin();
	is_known(HOST, &first_mac);
	rig_forget(&rig);
	says(REPLY, HOST, &other_mac, US);
	rig_wait(&rig, 900000);
	ck_assert(goes_to(HOST, &first_mac));
	rig_wait(&rig, 300000);
	ck_assert(goes_to(HOST, &other_mac));
	/* Three polls, and one of the new one, who has to answer for itself. */
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 4);
	says(REPLY, HOST, &other_mac, US);
	rig_wait(&rig, 2000000);
	ck_assert(goes_to(HOST, &other_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 4);
	rig_end(&rig, true);
}
END_TEST

/* One false word, and the owner looks away for a second: nobody is there, then. */
START_TEST(a_challenger_that_is_silent_is_lost)
{
	begin();
	is_known(HOST, &first_mac);
	says(_i == 0 ? REPLY : REQUEST, HOST, &other_mac, US);
	rig_wait(&rig, 2600000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST), 1);
	ck_assert(!goes_to(HOST, &other_mac));
	says(REPLY, HOST, &first_mac, US);
	ck_assert(goes_to(HOST, &first_mac));
	rig_end(&rig, true);
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
		rig_wait(&rig, 1000);
		rig_forget(&rig);
	}
	ck_assert_uint_ge(rig_count(&rig, LA_COUNT_ARP_SENT), 4);
	ck_assert_uint_le(rig_count(&rig, LA_COUNT_ARP_SENT), 6);
	ck_assert(goes_to(HOST, &first_mac));
	rig_end(&rig, true);
}
END_TEST

/* It asks us now and then, and does not hear us. */
START_TEST(who_asks_is_not_thereby_there)
{
	begin();
	is_known(HOST, &first_mac);
	for (int i = 0; i < 6; i++) {
		if (rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST) == 0)
			goes_to(HOST, &first_mac);
		says(REQUEST, HOST, &first_mac, _i == 0 ? US : HOST);
		rig_wait(&rig, 6000000);
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST), 1);
	rig_end(&rig, true);
}
END_TEST

/* RFC 4861, 7.2.3 and 7.3.3: one that was only heard of is polled 5 s after its first use. */
START_TEST(one_that_was_heard_of_is_polled_when_it_is_used)
{
	begin();
	says(REQUEST, HOST, &first_mac, US);
	rig_forget(&rig);
	rig_wait(&rig, 20000000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 0);
	ck_assert(goes_to(HOST, &first_mac));
	rig_wait(&rig, 4900000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 0);
	rig_wait(&rig, 300000);
	ck_assert(la_mac_eq(&expect_arp(REQUEST, US, HOST)->dest_mac, &first_mac));
	says(REPLY, HOST, &first_mac, US);
	rig_wait(&rig, 25000000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 1);
	ck_assert(goes_to(HOST, &first_mac));
	rig_end(&rig, true);
}
END_TEST

/* Nobody's, and ours. */
START_TEST(no_neighbour_has_no_address_or_ours)
{
	const struct la_mac mac = _i == 0 ? (struct la_mac){ { 0 } } : rig.params.mac;

	begin();
	says(REQUEST, HOST, _i == 0 ? &mac : &rig.params.mac, US);
	if (_i == 0)
		rig_expect_nothing(&rig);
	rig_forget(&rig);
	ck_assert(!goes_to(HOST, &mac));
	says(REPLY, HOST, _i == 0 ? &mac : &rig.params.mac, US);
	ck_assert(!goes_to(HOST, &mac));
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_ARP), _i == 0 ? 2 : 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_used_neighbour_is_refreshed_and_an_idle_one_forgotten)
{
	begin();
	is_known(HOST, &first_mac);
	if (_i == 1)
		ck_assert(goes_to(HOST, &first_mac));
	rig_forget(&rig);
	rig_wait(&rig, 30200000);
	if (_i == 0)
		rig_wait(&rig, 270000000);
	if (_i == 1) {
		const struct la_rx *rx = expect_arp(REQUEST, US, HOST);

		ck_assert(la_mac_eq(&rx->dest_mac, &first_mac));
		says(REPLY, HOST, &first_mac, US);
	}
	rig_wait(&rig, 2000000);
	ck_assert_uint_eq(goes_to(HOST, &first_mac), _i == 1);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST), 0);
	rig_end(&rig, true);
}
END_TEST

/* RTO is at most 60 s: whoever is asked for at one must be known at the next. */
START_TEST(a_neighbour_outlives_the_longest_rto)
{
	begin();
	ck_assert(!goes_to(HOST, &first_mac));
	says(REPLY, HOST, &first_mac, US);
	rig_wait(&rig, 61000000);
	ck_assert(goes_to(HOST, &first_mac));
	/* And polled, since that was long ago. */
	rig_wait(&rig, 100000);
	ck_assert(la_mac_eq(&expect_arp(REQUEST, US, HOST)->dest_mac, &first_mac));
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_used_neighbour_that_is_silent_is_lost)
{
	begin();
	is_known(HOST, &first_mac);
	ck_assert(goes_to(HOST, &first_mac));
	rig_wait(&rig, 32000000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST), 1);
	ck_assert(!goes_to(HOST, &first_mac));
	rig_end(&rig, true);
}
END_TEST

START_TEST(the_gateway_is_asked_for_at_start)
{
	struct la_stack_notice notice;

	begin();
	la_stack_start(rig.stack, rig.now_us);
	expect_arp(REQUEST, US, GATEWAY);
	expect_arp(REQUEST, US, US);            /* Our own announcement. */
	rig_expect_nothing(&rig);
	rig_wait(&rig, 2000000);
	la_stack_notices(rig.stack, &notice);
	ck_assert(!notice.gateway_silent[0]);
	rig_wait(&rig, 8000000);
	la_stack_notices(rig.stack, &notice);
	ck_assert(notice.gateway_silent[0]);
	/* At 0, 1, 3, 7 s. */
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 4);
	says(REPLY, GATEWAY, &first_mac, US);
	rig_wait(&rig, 100000);
	la_stack_notices(rig.stack, &notice);
	ck_assert(!notice.gateway_silent[0]);
	ck_assert(goes_to(FAR, &first_mac));
	/* It stays asked after, used or not. */
	for (int i = 0; i < 100; i++) {
		rig_wait(&rig, 1000000);
		if (rig.sents > 0)
			says(REPLY, GATEWAY, &first_mac, US);
		rig_forget(&rig);
	}
	ck_assert(goes_to(FAR, &first_mac));
	rig_end(&rig, true);
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

	rig_params(&rig, 16);
	if (off_link[_i].another)
		rig.ranges[n++] = (struct la_stack_range){ la_addr_v4(OURS), 1, 24 };
	rig.ranges[n++] = (struct la_stack_range){ la_addr_v4(LONE), 1, 32 };
	rig.params.ranges_len = n;
	rig.params.gateway[0] = la_addr_v4(gateway);
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	expect_arp(REQUEST, LONE, gateway);
	says(REPLY, gateway, &first_mac, LONE);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_REPLIES), 1);
	rig_forget(&rig);
	says(REQUEST, gateway, &first_mac, LONE);
	expect_arp(REPLY, LONE, gateway);
	for (uint32_t remote = gateway; remote < gateway + 3; remote++)
		ck_assert(goes_to(remote, &first_mac));
	ck_assert(goes_to(LONE + 1, &first_mac));
	ck_assert(goes_to(FAR, &first_mac));
	/* It is kept as any gateway is, and asked after. */
	rig_wait(&rig, 40000000);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST), 1);
	says(REPLY, gateway, &other_mac, LONE);
	ck_assert(goes_to(FAR, &other_mac));
	ck_assert(goes_to(OURS + 1, &other_mac) != off_link[_i].another);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_gateway_that_falls_silent_is_asked_for_again)
{
	struct la_stack_notice notice;

	begin();
	la_stack_start(rig.stack, rig.now_us);
	says(REPLY, GATEWAY, &first_mac, US);
	rig_wait(&rig, 40000000);
	la_stack_notices(rig.stack, &notice);
	ck_assert(notice.gateway_silent[0]);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_LOST), 1);
	says(REPLY, GATEWAY, &other_mac, US);
	ck_assert(goes_to(FAR, &other_mac));
	rig_end(&rig, true);
}
END_TEST

START_TEST(without_a_gateway_far_hosts_are_out_of_reach)
{
	rig_params(&rig, 16);
	rig_no_gateway(&rig);
	rig_start(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NO_GATEWAY), 0);
	ck_assert(!goes_to(FAR, &first_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 0);
	/* Not for want of an answer: it can never work. */
	ck_assert_uint_gt(rig_count(&rig, LA_COUNT_NO_GATEWAY), 0);
	rig_end(&rig, true);
}
END_TEST

START_TEST(many_addresses_are_announced_a_few_at_a_time)
{
	rig_params(&rig, 16);
	rig_no_gateway(&rig);
	rig.ranges[0].count = 100;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	ck_assert_uint_eq(rig.sents, 16);
	for (uint32_t i = 0; i < 16; i++)
		expect_arp(REQUEST, US + i, US + i);
	rig_wait(&rig, 1000000);
	ck_assert_uint_eq(rig.sents, 100);
	rig_end(&rig, true);
}
END_TEST

START_TEST(an_address_used_twice_is_said_and_defended)
{
	struct la_stack_notice notice;

	begin();
	for (int i = 0; i < 10; i++)
		says(_i == 0 ? REPLY : REQUEST, US, &other_mac, _i == 2 ? HOST : US);
	expect_arp(REQUEST, US, US);
	rig_expect_nothing(&rig);
	la_stack_notices(rig.stack, &notice);
	ck_assert(notice.conflict);
	ck_assert_uint_eq(la_addr_low(&notice.conflict_address), US);
	ck_assert(la_mac_eq(&notice.conflict_mac, &other_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ADDRESS_CONFLICTS), 10);
	rig_wait(&rig, 10100000);
	says(REPLY, US, &other_mac, US);
	expect_arp(REQUEST, US, US);
	rig_end(&rig, true);
}
END_TEST

START_TEST(our_own_frames_come_back_without_harm)
{
	struct la_stack_notice notice;

	begin();
	says(REQUEST, US, &rig.params.mac, US);
	la_stack_notices(rig.stack, &notice);
	ck_assert(!notice.conflict);
	rig_expect_nothing(&rig);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_flood_of_senders_does_not_push_known_ones_out)
{
	rig_params(&rig, 16);
	rig.ranges[0].prefix_len = 8;
	rig.keep_nothing = true;
	rig_start(&rig);
	says(REQUEST, HOST, &first_mac, US);
	for (uint32_t i = 0; i < 5000; i++)
		says(REQUEST, 0x0a010000 + i, &other_mac, US);
	ck_assert_uint_gt(rig_count(&rig, LA_COUNT_NEIGHBOURS_FULL), 3000);
	rig.keep_nothing = false;
	ck_assert(goes_to(HOST, &first_mac));
	/* And they go again by themselves. */
	rig_wait(&rig, 301000000);
	ck_assert(!goes_to(0x0a010000, &other_mac));
	rig_end(&rig, true);
}
END_TEST

/* 5,000 strangers ask for us, each of whom we shall never need. */
static void
begin_among_strangers(void)
{
	rig_params(&rig, 16);
	rig.ranges[0].prefix_len = 8;
	rig.keep_nothing = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < 5000; i++)
		says(REQUEST, 0x0a010000 + i, &other_mac, US);
	rig.keep_nothing = false;
	ck_assert_uint_gt(rig_count(&rig, LA_COUNT_NEIGHBOURS_FULL), 3000);
}

START_TEST(strangers_give_way_to_whom_we_ask_for)
{
	begin_among_strangers();
	for (uint32_t i = 0; i < 50; i++) {
		ck_assert(!goes_to(0x0a020000 + i, &first_mac));
		says(REPLY, 0x0a020000 + i, &first_mac, US);
		ck_assert(goes_to(0x0a020000 + i, &first_mac));
	}
	rig_end(&rig, true);
}
END_TEST

START_TEST(strangers_give_way_to_the_gateway)
{
	begin_among_strangers();
	la_stack_start(rig.stack, rig.now_us);
	expect_arp(REQUEST, US, GATEWAY);
	says(REPLY, GATEWAY, &first_mac, US);
	ck_assert(goes_to(FAR, &first_mac));
	rig_end(&rig, true);
}
END_TEST

/* All that were wanted find room, and are known at the same time. */
START_TEST(as_many_as_are_wanted_are_known)
{
	enum { WANTED = 5000 };

	rig_params(&rig, 16);
	rig.ranges[0].prefix_len = 8;
	rig.params.neighbours = WANTED;
	rig.keep_nothing = true;
	rig_start(&rig);
	for (uint32_t i = 0; i < WANTED; i++) {
		const struct la_addr host = la_addr_v4(0x0a020000 + i);

		ck_assert(!la_stack_reaches(rig.stack, &host, rig.now_us));
	}
	for (uint32_t i = 0; i < WANTED; i++)
		says(REPLY, 0x0a020000 + i, &first_mac, US);
	for (uint32_t i = 0; i < WANTED; i++) {
		const struct la_addr host = la_addr_v4(0x0a020000 + i);

		ck_assert(la_stack_reaches(rig.stack, &host, rig.now_us));
	}
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_FULL), 0);
	rig_end(&rig, true);
}
END_TEST

/* Another address is defended soon, the same one is not. */
START_TEST(a_conflict_about_one_leaves_none_undefended)
{
	rig_params(&rig, 16);
	rig.ranges[0].count = 2;
	rig_start(&rig);
	says(REPLY, US, &other_mac, US);
	expect_arp(REQUEST, US, US);
	rig_wait(&rig, 1000000);
	says(REPLY, US, &other_mac, US);
	rig_expect_nothing(&rig);
	says(REPLY, US + 1, &other_mac, US);
	expect_arp(REQUEST, US + 1, US + 1);
	says(REPLY, US, &other_mac, US);
	rig_expect_nothing(&rig);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_reply_goes_to_where_the_segment_came_from)
{
	struct rig_peer peer = rig_peer(1);

	begin();
	rig.service.send_at_open = 5;
	rig_open(&rig, &peer);
	rig_expect(&rig, LA_ACK);
	for (uint32_t i = 0; i < rig.sents; i++)
		ck_assert(la_mac_eq(&rig.sent_rx[i].dest_mac, &rig.peer_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 0);
	rig_end(&rig, false);
}
END_TEST

START_TEST(nothing_is_lost_without_a_frame_for_arp)
{
	begin();
	rig.frames_free = 0;
	says(REQUEST, HOST, &first_mac, US);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_NO_FRAME), 1);
	rig.frames_free = 100;
	says(REQUEST, HOST, &first_mac, US);
	expect_arp(REPLY, US, HOST);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack neighbour");
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
	tcase_add_test(t, strangers_give_way_to_whom_we_ask_for);
	tcase_add_test(t, strangers_give_way_to_the_gateway);
	tcase_add_test(t, as_many_as_are_wanted_are_known);
	tcase_add_test(t, a_conflict_about_one_leaves_none_undefended);
	tcase_add_loop_test(t, a_used_neighbour_is_refreshed_and_an_idle_one_forgotten, 0, 2);
	tcase_add_test(t, a_neighbour_outlives_the_longest_rto);
	tcase_add_test(t, a_used_neighbour_that_is_silent_is_lost);
	tcase_add_test(t, the_gateway_is_asked_for_at_start);
	tcase_add_loop_test(t, a_gateway_in_no_subnet_is_on_the_link, 0,
			sizeof(off_link) / sizeof(off_link[0]));
	tcase_add_test(t, a_gateway_that_falls_silent_is_asked_for_again);
	tcase_add_test(t, without_a_gateway_far_hosts_are_out_of_reach);
	tcase_add_test(t, many_addresses_are_announced_a_few_at_a_time);
	tcase_add_loop_test(t, an_address_used_twice_is_said_and_defended, 0, 3);
	tcase_add_test(t, our_own_frames_come_back_without_harm);
	tcase_add_test(t, a_flood_of_senders_does_not_push_known_ones_out);
	tcase_add_test(t, a_reply_goes_to_where_the_segment_came_from);
	tcase_add_test(t, nothing_is_lost_without_a_frame_for_arp);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
