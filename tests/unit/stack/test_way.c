/* SPDX-License-Identifier: BSD-3-Clause */
/* Where answers go: by the neighbour table and the gateway, and by the frame's source only while
 * neither is known. Each on both paths (general_path_only). */
#include "la_check.h"
#include "rig.h"

static struct rig rig;

enum {
	US = 0x0a000001, GATEWAY = 0x0a0000fe, HOST = 0x0a000064, FAR = 0x08080808,
	REQUEST = 1, REPLY = 2, SECOND = 1000000,
};

static const struct la_mac gateway_mac = { { 2, 0, 0, 0, 1, 1 } };
static const struct la_mac host_mac = { { 2, 0, 0, 0, 2, 2 } };
static const struct la_mac other_mac = { { 2, 0, 0, 0, 3, 3 } };

static void
says(uint16_t op, uint32_t sender, const struct la_mac *mac, uint32_t target)
{
	struct la_arp arp = { .op = op, .sender_mac = *mac, .sender = sender, .target = target };

	if (op == REPLY)
		arp.target_mac = rig.params.mac;
	rig_arp(&rig, arp);
}

static void
begin(bool general, bool gateway)
{
	rig_params(&rig, 16);
	rig.params.general_path_only = general;
	rig.params.has_gateway[0] = gateway;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	if (gateway)
		says(REPLY, GATEWAY, &gateway_mac, US);
	rig_forget(&rig);
}

static struct rig_peer
peer_at(uint32_t address)
{
	struct rig_peer peer = rig_peer(0);

	peer.address = la_addr_v4(address);
	return peer;
}

/* The next segment, which must go to @p mac. */
static const struct la_seg *
expect_to(const struct la_mac *mac, uint8_t flags)
{
	const struct la_rx *rx;

	do {
		rx = rig_next(&rig);
		ck_assert_msg(rx != NULL, "nothing was sent");
	} while (rx->kind != LA_KIND_TCP);
	ck_assert_uint_eq(rx->seg.flags & ~LA_PSH, flags);
	ck_assert_msg(la_mac_eq(&rx->dest_mac, mac), "sent to ...:%02x", rx->dest_mac.b[5]);
	return &rx->seg;
}

/* A whole connection whose frames come from @p from and whose answers go to @p to. */
static void
live(struct rig_peer peer, const struct la_mac *from, const struct la_mac *to)
{
	/* Old text is answered once in 10 ms (D27). */
	rig.now_us += 20000;
	rig.peer_mac = *from;
	rig.service.send_at_data = 7;
	rig_forget(&rig);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_synack(&peer, expect_to(to, LA_SYN | LA_ACK));
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 20));
	ck_assert_uint_eq(expect_to(to, LA_ACK)->len, 7);
	peer.seq += 20;
	peer.ack += 7;
	/* Old text draws an ACK, and a segment of nobody's a RST. */
	peer.seq -= 5;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 5));
	expect_to(to, LA_ACK);
	peer.seq += 5;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK | LA_FIN, 0));
	peer.seq++;
	expect_to(to, LA_ACK | LA_FIN);
	peer.ack++;
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	peer.local_port = 99;
	rig_give(&rig, &peer, rig_syn(&peer));
	expect_to(to, LA_RST | LA_ACK);
	rig_expect_nothing(&rig);
}

START_TEST(answers_to_far_hosts_go_by_the_gateway)
{
	begin(_i, true);
	live(peer_at(FAR), &gateway_mac, &gateway_mac);
	live(peer_at(FAR), &other_mac, &gateway_mac);
	rig_end(&rig, false);
}
END_TEST

START_TEST(answers_on_the_link_go_by_the_table)
{
	begin(_i, true);
	says(REQUEST, HOST, &host_mac, US);
	live(peer_at(HOST), &host_mac, &host_mac);
	/* A balancer in direct-routing mode, and one that is the gateway, too. */
	live(peer_at(HOST), &other_mac, &host_mac);
	live(peer_at(HOST), &gateway_mac, &host_mac);
	rig_end(&rig, false);
}
END_TEST

START_TEST(while_nothing_is_known_answers_go_where_frames_came_from)
{
	begin(_i, false);
	live(peer_at(FAR), &other_mac, &other_mac);
	live(peer_at(HOST), &host_mac, &host_mac);
	/* That was a proof. */
	live(peer_at(HOST), &other_mac, &host_mac);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 0);
	rig_end(&rig, false);
}
END_TEST

START_TEST(a_gateway_that_is_not_known_yet_is_not_waited_for)
{
	begin(_i, true);
	rig_end(&rig, true);
	rig_params(&rig, 16);
	rig.params.general_path_only = _i;
	rig_start(&rig);
	live(peer_at(FAR), &other_mac, &other_mac);
	rig_end(&rig, false);
}
END_TEST

START_TEST(with_reply_to_sender_answers_go_where_frames_came_from)
{
	rig_params(&rig, 16);
	rig.params.general_path_only = _i;
	rig.params.reply_to_sender = true;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	says(REPLY, GATEWAY, &gateway_mac, US);
	says(REQUEST, HOST, &host_mac, US);
	live(peer_at(FAR), &other_mac, &other_mac);
	live(peer_at(HOST), &other_mac, &other_mac);
	rig_end(&rig, false);
}
END_TEST

/* Behind a balancer the first answer goes astray; then the client is asked for, and the SYN that
 * it sends again is answered rightly. */
START_TEST(who_does_not_hear_the_first_answer_is_found)
{
	struct rig_peer peer = peer_at(HOST);
	const struct la_rx *rx;

	begin(_i, true);
	rig.peer_mac = other_mac;
	rig_give(&rig, &peer, rig_syn(&peer));
	expect_to(&other_mac, LA_SYN | LA_ACK);
	rig_expect_nothing(&rig);
	rig_wait(&rig, SECOND / 2);
	rx = rig_next(&rig);
	ck_assert_ptr_nonnull(rx);
	ck_assert_int_eq(rx->kind, LA_KIND_ARP);
	ck_assert_uint_eq(rx->arp.target, HOST);
	says(REPLY, HOST, &host_mac, US);
	rig_wait(&rig, SECOND / 2);
	rig_expect_nothing(&rig);
	live(peer, &other_mac, &host_mac);
	rig_end(&rig, false);
}
END_TEST

/* Of one who is on the link, or not, and of no gateway. */
static const uint32_t victims[] = { HOST, FAR };

START_TEST(a_forged_frame_does_not_divert_text)
{
	struct rig_peer peer = peer_at(victims[_i / 2]), forged;
	const struct la_mac *right = _i / 2 ? &gateway_mac : &host_mac;

	begin(_i % 2, true);
	rig.service.send_at_data = 100;
	rig.peer_mac = *right;
	rig_open(&rig, &peer);
	rig_forget(&rig);
	forged = peer;
	forged.seq -= 1;
	/* In one burst: an answer to the forged one is owed first. */
	rig.peer_mac = other_mac;
	rig_put(&rig, &forged, rig_seg(&forged, LA_ACK, 1));
	rig.peer_mac = *right;
	rig_put(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_poll(&rig);
	for (uint32_t i = 0; i < rig.sents; i++)
		ck_assert(la_mac_eq(&rig.sent_rx[i].dest_mac, right));
	ck_assert_uint_gt(rig.sents, 0);
	rig_forget(&rig);
	/* What is sent again, too. */
	rig.peer_mac = other_mac;
	rig_give(&rig, &forged, rig_seg(&forged, LA_ACK, 1));
	rig_wait(&rig, 2 * SECOND);
	for (uint32_t i = 0; i < rig.sents; i++)
		ck_assert(la_mac_eq(&rig.sent_rx[i].dest_mac, right));
	rig_end(&rig, false);
}
END_TEST

START_TEST(without_a_gateway_text_is_sent_again_and_it_is_said)
{
	struct rig_peer peer = peer_at(FAR);
	struct la_stack_notice notice;

	begin(_i, false);
	rig.service.send_at_data = 100;
	rig.peer_mac = other_mac;
	rig_open(&rig, &peer);
	rig_wait(&rig, SECOND / 10);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 10));
	rig_forget(&rig);
	rig_wait(&rig, 2 * SECOND);
	ck_assert_uint_eq(expect_to(&other_mac, LA_ACK)->len, 100);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_NO_NEIGHBOUR), 0);
	la_stack_notices(rig.stack, &notice);
	ck_assert(notice.no_gateway[0] && !notice.no_gateway[1]);
	ck_assert_uint_eq(la_addr_low(&notice.no_gateway_for[0]), FAR);
	rig_end(&rig, false);
}
END_TEST

/* 20,000 sources on the link, none of which is there, in ten seconds. */
START_TEST(a_flood_of_forged_sources_draws_few_questions)
{
	rig_params(&rig, 16);
	rig.params.general_path_only = _i;
	rig.ranges[0].prefix_len = 8;
	rig.keep_nothing = true;
	rig_start(&rig);
	rig.peer_mac = other_mac;
	for (uint32_t i = 0; i < 20000; i++) {
		struct rig_peer peer = peer_at(0x0a010000 + i);

		rig_put(&rig, &peer, rig_syn(&peer));
		if (i % 20 == 19)
			rig_wait(&rig, 10000);
	}
	ck_assert_uint_le(rig_count(&rig, LA_COUNT_ARP_SENT), 10 * 100);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_NEIGHBOURS_FULL), 0);
	rig.keep_nothing = false;
	live(peer_at(HOST), &host_mac, &host_mac);
	rig_end(&rig, false);
}
END_TEST

/* The gateway is at another Ethernet address now, and says so (VRRP), or not. */
START_TEST(a_gateway_that_moved_is_found)
{
	struct rig_peer peer = peer_at(FAR);

	begin(_i % 2, true);
	live(peer, &gateway_mac, &gateway_mac);
	if (_i / 2)
		says(REQUEST, GATEWAY, &other_mac, GATEWAY);
	rig.peer_mac = other_mac;
	for (int i = 0; i < (_i / 2 ? 25 : 75); i++) {
		rig_give(&rig, &peer, rig_syn(&peer));
		rig_wait(&rig, SECOND / 10);
		rig_forget(&rig);
	}
	rig_give(&rig, &peer, rig_syn(&peer));
	expect_to(&other_mac, LA_SYN | LA_ACK);
	rig_end(&rig, false);
}
END_TEST

/* Two subnets, and hosts between them; a link-local host of IPv6. */
START_TEST(hosts_between_two_subnets_are_far)
{
	const struct la_addr link_local = { { 0xfe, 0x80, [15] = 7 } };
	struct rig_peer peer = peer_at(0x0a000500);

	rig_params(&rig, 16);
	rig.params.general_path_only = _i;
	rig.ranges[1] = (struct la_stack_range){ la_addr_v4(0x0a010001), 1, 24 };
	rig.ranges[2] = (struct la_stack_range){ { { 0xfd, [15] = 1 } }, 1, 64 };
	rig.params.ranges_len = 3;
	rig.params.mtu = 1500;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	live(peer, &other_mac, &other_mac);
	says(REPLY, GATEWAY, &gateway_mac, US);
	live(peer, &other_mac, &gateway_mac);
	peer.address = la_addr_v4(0x0a0100aa);
	live(peer, &host_mac, &host_mac);
	live(peer, &other_mac, &host_mac);
	peer.address = link_local;
	peer.local = rig.ranges[2].first;
	live(peer, &host_mac, &host_mac);
	live(peer, &other_mac, &host_mac);
	rig_end(&rig, false);
}
END_TEST

/* Nobody else has an address of ours: in our subnet, where a range goes on beyond it, and of
 * IPv6; with and without the table. */
START_TEST(syns_from_our_own_addresses_draw_nothing)
{
	const struct la_addr sources[] = { la_addr_v4(US), la_addr_v4(0x0a0000fd),
		la_addr_v4(0x0a000103), { { 0xfd, [15] = 2 } } };
	const struct la_addr own = { { 0xfd, [15] = 1 } };
	const struct la_rx *rx;

	rig_params(&rig, 16);
	rig.params.general_path_only = _i % 2;
	rig.params.reply_to_sender = _i / 2;
	rig.ranges[1] = (struct la_stack_range){ la_addr_v4(0x0a0000f0), 32, 24 };
	rig.ranges[2] = (struct la_stack_range){ own, 2, 64 };
	rig.params.ranges_len = 3;
	rig.params.mtu = 1500;
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	rig.peer_mac = host_mac;
	for (unsigned int i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct rig_peer peer = peer_at(HOST);

		if (i == 3)
			peer.local = own;
		peer.address = sources[i];
		rig_forget(&rig);
		rig_give(&rig, &peer, rig_syn(&peer));
		while ((rx = rig_next(&rig)) != NULL)
			ck_assert_msg(rx->kind != LA_KIND_TCP, "source %u was answered", i);
	}
	live(peer_at(HOST), &host_mac, &host_mac);
	rig_end(&rig, false);
}
END_TEST

/* Subnets that overlap, in any order: who is in one of them is on the link, all others are behind
 * the gateway. */
START_TEST(subnets_may_overlap)
{
	static const struct { uint32_t first; uint8_t prefix_len; } subnets[] = {
		{ US, 24 }, { 0x0a000501, 16 }, { 0x0a00c801, 24 },
	};
	static const uint32_t on_link[] = { HOST, 0x0a004d05, 0x0a00c807, 0x0a00fffe };
	static const uint32_t beyond[] = { 0x0a010005, 0x09ffff05, FAR };

	rig_params(&rig, 16);
	rig.params.general_path_only = _i % 2;
	rig.params.ranges_len = 3;
	for (int i = 0; i < 3; i++)
		rig.ranges[i] = (struct la_stack_range){
			la_addr_v4(subnets[(i + _i / 2) % 3].first), 1,
			subnets[(i + _i / 2) % 3].prefix_len };
	rig_start(&rig);
	la_stack_start(rig.stack, rig.now_us);
	says(REPLY, GATEWAY, &gateway_mac, US);
	for (int i = 0; i < 4; i++) {
		says(REQUEST, on_link[i], &host_mac, US);
		live(peer_at(on_link[i]), &other_mac, &host_mac);
	}
	for (int i = 0; i < 3; i++)
		live(peer_at(beyond[i]), &other_mac, &gateway_mac);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack way");
	TCase *t = tcase_create("way");

	tcase_add_loop_test(t, answers_to_far_hosts_go_by_the_gateway, 0, 2);
	tcase_add_loop_test(t, answers_on_the_link_go_by_the_table, 0, 2);
	tcase_add_loop_test(t, while_nothing_is_known_answers_go_where_frames_came_from, 0, 2);
	tcase_add_loop_test(t, a_gateway_that_is_not_known_yet_is_not_waited_for, 0, 2);
	tcase_add_loop_test(t, with_reply_to_sender_answers_go_where_frames_came_from, 0, 2);
	tcase_add_loop_test(t, who_does_not_hear_the_first_answer_is_found, 0, 2);
	tcase_add_loop_test(t, a_forged_frame_does_not_divert_text, 0, 4);
	tcase_add_loop_test(t, without_a_gateway_text_is_sent_again_and_it_is_said, 0, 2);
	tcase_add_loop_test(t, a_flood_of_forged_sources_draws_few_questions, 0, 2);
	tcase_add_loop_test(t, a_gateway_that_moved_is_found, 0, 4);
	tcase_add_loop_test(t, hosts_between_two_subnets_are_far, 0, 2);
	tcase_add_loop_test(t, syns_from_our_own_addresses_draw_nothing, 0, 4);
	tcase_add_loop_test(t, subnets_may_overlap, 0, 6);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
