/* SPDX-License-Identifier: BSD-3-Clause */
/* A port in a VLAN: only its frames are taken, all that leaves is tagged, priorities stay. */
#include "la_check.h"
#include "rig.h"

enum { VLAN = 7, PRIORITY = 5 << 13 };

static struct rig rig;

static void
begin(uint16_t vlan, uint16_t peer_tci, bool by_nic)
{
	rig = (struct rig){ 0 };
	rig_params(&rig, 16);
	rig.params.vlan = vlan;
	rig.params.tag_offload = by_nic;
	rig_start(&rig);
	rig.peer_tci = peer_tci;
}

/* The rig checks the VLAN of each frame that is sent. */
START_TEST(a_connection_lives_in_its_vlan)
{
	struct rig_peer peer = rig_peer(1);

	begin(VLAN, VLAN | PRIORITY, _i);
	rig.service.send_at_open = 3000;
	rig_open(&rig, &peer);
	rig_expect(&rig, LA_ACK);
	/* What answers a segment keeps its priority. */
	for (uint32_t i = 0; i < rig.sents; i++)
		ck_assert_uint_eq(rig.sent_rx[i].from.tci, VLAN | PRIORITY);
	/* What answers none has none. */
	rig_introduce(&rig, &peer);
	rig_wait(&rig, 1100000);
	ck_assert_uint_eq(rig.sent_rx[0].from.tci, VLAN);
	ck_assert_uint_gt(rig.sent_rx[0].seg.len, 0);
	rig_end(&rig, false);
}
END_TEST

static const struct { uint16_t vlan, tci; bool taken; } cases[] = {
	{ VLAN, VLAN, true }, { VLAN, VLAN | PRIORITY, true },
	{ VLAN, 0, false }, { VLAN, VLAN + 1, false }, { VLAN, PRIORITY, false },
	/* A tag of VLAN 0 is a priority and no more. */
	{ 0, 0, true }, { 0, PRIORITY, true }, { 0, VLAN, false },
};

START_TEST(frames_of_other_vlans_are_counted_and_dropped)
{
	struct rig_peer peer = rig_peer(1);
	const struct la_icmp echo = {
		.type = la_test_is_ipv6() ? 128 : 8,
		.body = (const uint8_t *)"\0\1\0\1", .len = 4,
	};
	const struct la_path path = {
		.source_mac = { { 2, 0, 0, 0, 0, 9 } }, .dest_mac = { { 2, 0, 0, 0, 0, 1 } },
		.source = peer.address, .dest = peer.local, .tci = cases[_i].tci,
	};
	uint8_t frame[128];
	uint32_t len;

	begin(cases[_i].vlan, cases[_i].tci, false);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_introduce(&rig, &peer);
	len = la_emit_icmp(frame, &path, &echo);
	rig_put_frame(&rig, frame, len);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_SYN_RECEIVED), cases[_i].taken);
	ck_assert_uint_eq(rig_count(&rig, la_test_is_ipv6() ? LA_COUNT_ND_SOLICITS :
			LA_COUNT_ARP_REQUESTS), cases[_i].taken);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_ECHOS), cases[_i].taken);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_VLAN), cases[_i].taken ? 0 : 4);
	rig_end(&rig, true);
}
END_TEST

START_TEST(announcements_and_questions_are_tagged)
{
	const struct la_addr host = la_test_addr(0x0a000064);

	begin(VLAN, VLAN, _i);
	la_stack_start(rig.stack, rig.now_us);
	rig_connect(&rig, 1000, &host, 9);
	rig_poll(&rig);
	ck_assert_uint_ge(rig.sents, 3);
	la_stack_abort_all(rig.stack, rig.now_us);
	rig_end(&rig, true);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack vlan");
	TCase *t = tcase_create("vlan");

	tcase_add_loop_test(t, a_connection_lives_in_its_vlan, 0, 2);
	tcase_add_loop_test(t, frames_of_other_vlans_are_counted_and_dropped, 0,
			sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(t, announcements_and_questions_are_tagged, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
