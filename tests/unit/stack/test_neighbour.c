/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments and the neighbours they go to. tests/unit/link has what needs no segment. */
#include "la_check.h"
#include "rig.h"

static struct rig rig;

enum { HOST = 0x0a000064 };

static const struct la_mac first_mac = { { 2, 0, 0, 0, 1, 1 } };

/* The host answers us, by ARP or Neighbour Discovery. */
static void
host_answers(const struct la_addr *host)
{
	const struct la_path path = {
		.source_mac = first_mac, .dest_mac = rig.params.mac, .source = *host,
		.dest = rig.ranges[0].first,
	};
	const struct la_nd nd = {
		.type = LA_ND_ADVERTISEMENT, .target = *host, .has_mac = true, .mac = first_mac,
		.solicited = true, .override = true,
	};
	uint8_t frame[128];

	if (!la_test_is_ipv6()) {
		rig_arp(&rig, (struct la_arp){ .op = 2, .sender_mac = first_mac,
				.sender = la_addr_low(host), .target_mac = rig.params.mac,
				.target = la_addr_low(&rig.ranges[0].first) });
		return;
	}
	rig_put_frame(&rig, frame, la_emit_nd(frame, &path, &nd));
	rig_poll(&rig);
}

START_TEST(segments_to_an_unknown_neighbour_are_as_if_lost)
{
	const struct la_addr host = la_test_addr(HOST);
	const bool v6 = la_test_is_ipv6();

	rig_params(&rig, 16);
	rig_start(&rig);
	for (uint16_t i = 0; i < 5; i++)
		rig_connect(&rig, 1000 + i, &host, 9);
	la_stack_output(rig.stack, rig.now_us);
	/* One question for all. */
	ck_assert(rig_is_neighbourly(rig_next(&rig)));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_TX_NO_NEIGHBOUR), 5);
	/* The answer comes; TCP sends again when its time has come. */
	host_answers(&host);
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_count(&rig, v6 ? LA_COUNT_ND_ADVERTS : LA_COUNT_ARP_REPLIES), 1);
	rig_wait(&rig, 1100000);
	for (int i = 0; i < 5; i++)
		rig_expect(&rig, LA_SYN);
	ck_assert_uint_eq(rig_count(&rig, v6 ? LA_COUNT_ND_SENT : LA_COUNT_ARP_SENT), 1);
	la_stack_abort_all(rig.stack, rig.now_us);
	rig_end(&rig, true);
}
END_TEST

START_TEST(a_reply_goes_to_where_the_segment_came_from)
{
	struct rig_peer peer = rig_peer(1);

	rig_params(&rig, 16);
	rig_start(&rig);
	rig.service.send_at_open = 5;
	rig_open(&rig, &peer);
	rig_expect(&rig, LA_ACK);
	for (uint32_t i = 0; i < rig.sents; i++)
		ck_assert(la_mac_eq(&rig.sent_rx[i].dest_mac, &rig.peer_mac));
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ARP_SENT), 0);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ND_SENT), 0);
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack neighbour");
	TCase *t = tcase_create("neighbour");

	tcase_add_test(t, segments_to_an_unknown_neighbour_are_as_if_lost);
	tcase_add_test(t, a_reply_goes_to_where_the_segment_came_from);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
