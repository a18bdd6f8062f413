/* SPDX-License-Identifier: BSD-3-Clause */
/* What is for us: Ethernet and IP addresses, ports, listeners; and ICMP echo. */
#include "la_address.h"
#include "la_check.h"
#include "rig.h"
#include "stack_private.h"

static struct rig rig;

static void
begin(void)
{
	rig_params(&rig, 16);
}

/* To a port nobody listens on, by flags (RFC 9293, 3.10.7.1). */
static const struct {
	uint8_t flags;
	uint32_t len;
	int answer;
	enum la_tcp_reason reason;
} closed[] = {
	{ LA_SYN, 0, LA_RST | LA_ACK, LA_RST_CLOSED_PORT },
	{ LA_SYN, 5, LA_RST | LA_ACK, LA_RST_CLOSED_PORT },
	{ LA_SYN | LA_FIN, 0, LA_RST | LA_ACK, LA_RST_CLOSED_PORT },
	{ LA_ACK, 0, LA_RST, LA_RST_NO_CONNECTION },
	{ LA_ACK | LA_FIN, 7, LA_RST, LA_RST_NO_CONNECTION },
	{ LA_SYN | LA_ACK, 0, LA_RST, LA_RST_NO_CONNECTION },
	{ LA_FIN, 0, LA_RST | LA_ACK, LA_RST_NO_CONNECTION },
	{ LA_RST, 0, -1, LA_DROP_CLOSED_SILENT },
	{ LA_RST | LA_ACK, 0, -1, LA_DROP_CLOSED_SILENT },
};

START_TEST(a_closed_port_answers_as_the_rfc_says)
{
	struct rig_peer peer = rig_peer(1);
	struct la_seg seg;

	begin();
	rig_start(&rig);
	peer.local_port = RIG_PORT + 1;
	peer.ack = 12345;
	seg = rig_seg(&peer, closed[_i].flags, closed[_i].len);
	rig_give(&rig, &peer, seg);
	if (closed[_i].answer >= 0) {
		const struct la_seg *rst = rig_expect(&rig, (uint8_t)closed[_i].answer);

		ck_assert_uint_eq(rst->seq, seg.flags & LA_ACK ? seg.ack : 0);
		if (rst->flags & LA_ACK)
			ck_assert_uint_eq(rst->ack, seg.seq + la_seg_len(&seg));
		ck_assert(la_mac_eq(&rig.sent_rx[0].dest_mac, &rig.peer_mac));
	}
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_reason(&rig, closed[_i].reason), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(closed_port_drop_is_silent)
{
	struct rig_peer peer = rig_peer(1);

	begin();
	rig.params.closed_port_drop = true;
	rig_start(&rig);
	peer.local_port = RIG_PORT + 1;
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_reason(&rig, LA_DROP_CLOSED_SILENT), 1);
	rig_end(&rig, true);
}
END_TEST

START_TEST(frames_for_others_are_counted_and_dropped)
{
	static const struct la_mac broadcast = { { 255, 255, 255, 255, 255, 255 } };
	const struct la_mac ours = { { 2, 0, 0, 0, 0, 1 } };
	struct rig_peer peer = rig_peer(1);

	begin();
	rig_start(&rig);
	/* rig_put() sends to params.mac. */
	rig.params.mac = broadcast;
	rig_give(&rig, &peer, rig_syn(&peer));
	rig.params.mac.b[0] = 4;
	rig_give(&rig, &peer, rig_syn(&peer));
	rig.params.mac = ours;
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_IP_DESTINATION), 1);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_NOT_OUR_MAC), 1);
	peer.local = la_test_addr(0x0a000002);
	rig_give(&rig, &peer, rig_syn(&peer));
	peer.local = la_test_addr(0x0a0000ff);    /* With IPv4 a broadcast address. */
	rig_give(&rig, &peer, rig_syn(&peer));
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_NOT_OUR_ADDRESS), 2);
	rig_expect_nothing(&rig);
	rig_end(&rig, true);
}
END_TEST

/* An IPv6 header that names our IPv4 address is forged. */
START_TEST(a_mapped_address_is_none_of_ours)
{
	struct rig_peer peer = rig_peer(1);

	begin();
	rig_start(&rig);
	ck_assert(la_addr_parse("fd00::64", &peer.address));
	peer.local = la_addr_v4(0x0a000001);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_NOT_OUR_ADDRESS), 2);
	rig_end(&rig, true);
}
END_TEST

START_TEST(our_own_address_is_nobodys_source)
{
	struct rig_peer peer = rig_peer(1);

	begin();
	rig.ranges[0].count = 4;
	rig_start(&rig);
	peer.address = la_test_addr(0x0a000003);
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_expect_nothing(&rig);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_IP_SOURCE), 1);
	rig_end(&rig, true);
}
END_TEST

/* Deviation D18. */
START_TEST(a_subnets_broadcast_address_is_answered_to_its_sender_alone)
{
	struct rig_peer peer = rig_peer(1);
	const struct la_rx *rx;

	begin();
	rig_start(&rig);
	peer.address = la_test_addr(0x0a0000ff);
	rig_give(&rig, &peer, rig_syn(&peer));
	rx = rig_next(&rig);
	ck_assert_ptr_nonnull(rx);
	ck_assert(la_mac_eq(&rx->dest_mac, &rig.peer_mac));
	rig_end(&rig, true);
}
END_TEST

START_TEST(malformed_frames_are_counted_and_the_next_is_served)
{
	const struct rig_peer peer = rig_peer(1);
	/* The IP length is less than a header with IPv4, more than the frame with IPv6. */
	static const uint8_t v4[60] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 99, 8, 0, 0x45 };
	static const uint8_t v6[60] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 99, 0x86, 0xdd,
		0x60, 0, 0, 0, 1, 0 };
	const uint8_t *junk = la_test_is_ipv6() ? v6 : v4;

	begin();
	rig_start(&rig);
	rig_put_frame(&rig, junk, 10);
	rig_put_frame(&rig, junk, sizeof(v4));
	rig_give(&rig, &peer, rig_syn(&peer));
	rig_expect(&rig, LA_SYN | LA_ACK);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_SHORT), 1);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_IP_TOTAL_LEN), 1);
	ck_assert_uint_eq(rig_rx(&rig, LA_RX_OK), 1);
	rig_end(&rig, true);
}
END_TEST

/* Ranges of both families, out of order; what index an address has. */
static const struct { const char *address; uint32_t index; } places[] = {
	{ "10.1.0.0", LA_ADDRESS_NONE }, { "10.1.0.1", 0 }, { "10.1.0.3", 2 },
	{ "10.1.0.4", LA_ADDRESS_NONE }, { "10.0.0.7", 3 }, { "10.0.0.6", LA_ADDRESS_NONE },
	{ "2001:db8::ffff", 4 }, { "2001:db8::1:0", 5 }, { "2001:db8::1:1", 6 },
	{ "2001:db8::1:2", LA_ADDRESS_NONE }, { "10.255.0.1", 7 }, { "10.255.0.2", 8 },
	{ "::a01:1", LA_ADDRESS_NONE }, { "0.0.0.0", LA_ADDRESS_NONE },
	{ "255.255.255.255", LA_ADDRESS_NONE }, { "::", LA_ADDRESS_NONE },
	/* The low 32 bits of one of ours, in the other family. */
	{ "2001:db8::0a01:0001", LA_ADDRESS_NONE },
};

static void
some_ranges(struct la_stack_range ranges[4])
{
	static const struct { const char *first; uint32_t count; uint8_t prefix; } r[4] = {
		{ "10.1.0.1", 3, 24 }, { "10.0.0.7", 1, 32 }, { "2001:db8::ffff", 3, 64 },
		{ "10.255.0.1", 2, 16 },
	};

	for (int i = 0; i < 4; i++) {
		ck_assert(la_addr_parse(r[i].first, &ranges[i].first));
		ranges[i].count = r[i].count;
		ranges[i].prefix_len = r[i].prefix;
	}
}

START_TEST(addresses_have_the_index_of_their_range)
{
	static uint8_t memory[4096] __attribute__((aligned(64)));
	struct la_arena arena = { .base = memory };
	struct la_stack_range ranges[4];
	struct la_addresses addresses;
	struct la_addr address;

	some_ranges(ranges);
	ck_assert(la_addresses_sane(ranges, 4));
	la_addresses_init(&addresses, &arena, ranges, 4);
	ck_assert(la_addr_parse(places[_i].address, &address));
	ck_assert_uint_eq(la_address_index(&addresses, &address), places[_i].index);
	if (places[_i].index != LA_ADDRESS_NONE) {
		const struct la_addr back = la_address_at(&addresses, places[_i].index);

		ck_assert(la_addr_eq(&back, &address));
	}
}
END_TEST

/* The low 32 bits of a run go round: in the first of IPv6, and in one that is searched for. */
static const struct { const char *address; uint32_t index; } carries[] = {
	{ "2001:db8::ffff:ffef", LA_ADDRESS_NONE }, { "2001:db8::ffff:fff0", 0 },
	{ "2001:db8::ffff:ffff", 15 }, { "2001:db8::1:0:0", 16 }, { "2001:db8::1:0:f", 31 },
	{ "2001:db8::1:0:10", LA_ADDRESS_NONE }, { "2001:db8::0", LA_ADDRESS_NONE },
	{ "2001:db8::1:ffff:fff0", LA_ADDRESS_NONE }, { "2001:db8:1::4:ffff:ffff", 32 },
	{ "2001:db8:1::5:0:0", 33 }, { "2001:db8:1::5:0:1", LA_ADDRESS_NONE },
	{ "2001:db8:1::4:0:0", LA_ADDRESS_NONE },
};

START_TEST(a_range_goes_past_32_bits)
{
	static uint8_t memory[4096] __attribute__((aligned(64)));
	struct la_arena arena = { .base = memory };
	struct la_stack_range ranges[2] = {
		{ .count = 32, .prefix_len = 64 }, { .count = 2, .prefix_len = 64 },
	};
	struct la_addresses addresses;
	struct la_addr address, back;

	ck_assert(la_addr_parse("2001:db8::ffff:fff0", &ranges[0].first));
	ck_assert(la_addr_parse("2001:db8:1::4:ffff:ffff", &ranges[1].first));
	ck_assert(la_addresses_sane(ranges, 2));
	la_addresses_init(&addresses, &arena, ranges, 2);
	ck_assert(la_addr_parse(carries[_i].address, &address));
	ck_assert_uint_eq(la_address_index(&addresses, &address), carries[_i].index);
	if (carries[_i].index == LA_ADDRESS_NONE)
		return;
	back = la_address_at(&addresses, carries[_i].index);
	ck_assert(la_addr_eq(&back, &address));
	/* What the first holds is taken, behind the carry too. */
	ranges[1] = (struct la_stack_range){ address, 1, 64 };
	ck_assert_int_eq(la_addresses_sane(ranges, 2), carries[_i].index >= 32);
}
END_TEST

/* No run does: its addresses have the first half in common. */
START_TEST(a_range_past_64_bits_is_refused)
{
	struct la_stack_range range = { .count = 16, .prefix_len = 48 };

	ck_assert(la_addr_parse("2001:db8::ffff:ffff:ffff:fff0", &range.first));
	ck_assert(la_addresses_sane(&range, 1));
	range.count++;
	ck_assert(!la_addresses_sane(&range, 1));
}
END_TEST

/* All that an index of 16 bits can name, in two families; what is answered from where. */
static const struct { const char *address; uint32_t index; int listener; } many[] = {
	{ "10.1.0.0", 0, 0 }, { "10.1.0.1", 1, 0 }, { "10.1.128.0", 0x8000, 0 },
	{ "10.1.195.79", 49999, 0 }, { "2001:db8::1", 50000, 0 }, { "2001:db8::3cad", 65532, 0 },
	{ "172.16.0.1", 65533, 0 }, { "192.0.2.1", 65534, 2 }, { "192.0.2.2", 65535, 1 },
};

START_TEST(an_index_names_each_of_65536_addresses)
{
	struct rig_peer peer = rig_peer(1);
	const struct la_rx *rx;
	uint64_t octets;

	begin();
	octets = la_stack_memory(&rig.params);
	rig.ranges[0] = (struct la_stack_range){ la_addr_v4(0x0a010000), 50000, 8 };
	ck_assert(la_addr_parse("2001:db8::1", &rig.ranges[1].first));
	rig.ranges[1].count = 15533;
	rig.ranges[2] = (struct la_stack_range){ la_addr_v4(0xac100001), 1, 24 };
	rig.ranges[3] = (struct la_stack_range){ la_addr_v4(0xc0000201), 2, 24 };
	rig.params.ranges_len = 4;
	rig.listeners[1] = rig.listeners[2] = rig.listeners[0];
	rig.listeners[0].port_last = RIG_PORT + 999;
	rig.listeners[1].address = 65535;
	rig.listeners[2].address = 65534;
	rig.params.listeners_len = 3;
	/* What is kept of them does not grow with them. */
	ck_assert_uint_lt(la_stack_memory(&rig.params), octets + 1001 * 8 + 1024);
	rig_start(&rig);
	ck_assert(la_addr_parse(many[_i].address, &peer.local));
	ck_assert(la_addr_parse(la_addr_is_v4(&peer.local) ? "10.0.0.100" : "2001:db8:9::1",
			&peer.address));
	ck_assert_uint_eq(la_address_index(&rig.stack->link.addresses, &peer.local), many[_i].index);
	rig_give(&rig, &peer, rig_syn(&peer));
	rx = rig_next(&rig);
	ck_assert_ptr_nonnull(rx);
	ck_assert(la_addr_eq(&rx->source, &peer.local));
	rig_synack(&peer, &rx->seg);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK, 0));
	ck_assert_uint_eq(la_stack_listener_counters(rig.stack, many[_i].listener)->accepted.value, 1);
	/* Now from the block, not from the segment that is answered. */
	rig_forget(&rig);
	rig_give(&rig, &peer, rig_seg(&peer, LA_ACK | LA_PSH, 5));
	rx = rig_next(&rig);
	ck_assert_ptr_nonnull(rx);
	ck_assert(la_addr_eq(&rx->source, &peer.local));
	rig_end(&rig, false);
}
END_TEST

START_TEST(one_address_more_is_refused)
{
	begin();
	rig.ranges[0] = (struct la_stack_range){ la_addr_v4(0x0a010000), 65536, 8 };
	ck_assert_uint_gt(la_stack_memory(&rig.params), 0);
	rig.ranges[1] = (struct la_stack_range){ la_addr_v4(0xc0000201), 1, 24 };
	rig.params.ranges_len = 2;
	ck_assert_uint_eq(la_stack_memory(&rig.params), 0);
}
END_TEST

static const struct { const char *address; bool on_link; } links[] = {
	{ "10.1.0.200", true }, { "10.1.1.1", false }, { "10.0.0.7", true },
	{ "10.0.0.8", false }, { "10.255.99.1", true }, { "2001:db8::99", true },
	{ "2001:db8:0:1::", false }, { "::10.1.0.1", false },
};

START_TEST(the_link_is_the_subnets_of_the_ranges)
{
	static uint8_t memory[4096] __attribute__((aligned(64)));
	struct la_arena arena = { .base = memory };
	struct la_stack_range ranges[4];
	struct la_addresses addresses;
	struct la_addr address;

	some_ranges(ranges);
	la_addresses_init(&addresses, &arena, ranges, 4);
	ck_assert(la_addr_parse(links[_i].address, &address));
	ck_assert_int_eq(la_address_subnet(&addresses, &address) != NULL, links[_i].on_link);
}
END_TEST

/* Listeners of one port: the exact address comes before any. */
static const struct { uint32_t address; uint16_t port; int listener; } who[] = {
	{ 0x0a000001, 80, 0 }, { 0x0a000002, 80, 1 }, { 0x0a000003, 80, 2 },
	{ 0x0a000001, 8000, -1 }, { 0x0a000002, 8000, 3 }, { 0x0a000002, 8099, 3 },
	{ 0x0a000002, 8100, -1 }, { 0x0a000004, 65535, 4 }, { 0x0a000001, 1, 4 },
	{ 0x0a000001, 79, -1 },
};

START_TEST(the_exact_address_listens_before_any)
{
	struct rig_peer peer = rig_peer(1);

	begin();
	rig.ranges[0].count = 4;
	for (int i = 1; i < 7; i++)
		rig.listeners[i] = rig.listeners[0];
	rig.listeners[1].address = 1;
	rig.listeners[2].address = 2;
	rig.listeners[3].address = 1;
	rig.listeners[3].port_first = 8000;
	rig.listeners[3].port_last = 8099;
	rig.listeners[4].port_first = rig.listeners[4].port_last = 65535;
	rig.listeners[5] = rig.listeners[4];    /* Twice: the first of them counts. */
	rig.listeners[6].port_first = rig.listeners[6].port_last = 1;
	rig.params.listeners_len = 7;
	rig_start(&rig);
	peer.local = la_test_addr(who[_i].address);
	peer.local_port = who[_i].port;
	if (who[_i].listener >= 0) {
		const int n = who[_i].port == 1 ? 6 : who[_i].listener;

		rig_open(&rig, &peer);
		ck_assert_uint_eq(la_stack_listener_counters(rig.stack, n)->accepted.value, 1);
	} else {
		rig_give(&rig, &peer, rig_syn(&peer));
		rig_expect(&rig, LA_RST | LA_ACK);
	}
	rig_end(&rig, false);
}
END_TEST

enum { ECHO = 8, ECHO_REPLY = 0, ECHO_V6 = 128, ECHO_REPLY_V6 = 129 };

static void
put_echo(const struct la_addr *dest, const struct la_mac *dest_mac, uint16_t len)
{
	uint8_t frame[RIG_FRAME_MAX], body[1600] = { 0x12, 0x34, 0, 1 };
	const struct la_path path = {
		.source_mac = rig.peer_mac, .dest_mac = *dest_mac,
		.source = la_test_addr(0x0a000063), .dest = *dest,
	};
	const struct la_icmp echo = {
		.type = la_test_is_ipv6() ? ECHO_V6 : ECHO, .body = body, .len = len,
	};

	for (int i = 4; i < len; i++)
		body[i] = (uint8_t)(i * 7);
	rig_put_frame(&rig, frame, la_emit_icmp(frame, &path, &echo));
	rig_poll(&rig);
}

/* Of the message behind its first four octets; UINT16_MAX: the longest the MTU allows. */
static const uint16_t echo_len[] = { 4, 5, 60, UINT16_MAX };

static uint16_t
longest_echo(void)
{
	return la_test_is_ipv6() ? 1456 : 1476;
}

START_TEST(echo_comes_back_intact)
{
	const struct la_addr us = la_test_addr(0x0a000001);
	const uint16_t len = echo_len[_i] == UINT16_MAX ? longest_echo() : echo_len[_i];
	const struct la_rx *rx;

	begin();
	rig_start(&rig);
	put_echo(&us, &rig.params.mac, len);
	rx = rig_next(&rig);
	ck_assert_ptr_nonnull(rx);
	ck_assert_int_eq(rx->kind, LA_KIND_ICMP);
	ck_assert_uint_eq(rx->icmp.type, la_test_is_ipv6() ? ECHO_REPLY_V6 : ECHO_REPLY);
	ck_assert_uint_eq(rx->icmp.len, len);
	ck_assert_mem_eq(rx->icmp.body, "\x12\x34\0\1", 4);
	for (int i = 4; i < len; i++)
		ck_assert_uint_eq(rx->icmp.body[i], (uint8_t)(i * 7));
	ck_assert(la_mac_eq(&rx->dest_mac, &rig.peer_mac));
	rig_end(&rig, true);
}
END_TEST

START_TEST(echo_to_others_or_too_large_is_not_answered)
{
	static const struct la_mac broadcast = { { 255, 255, 255, 255, 255, 255 } };
	const struct la_addr us = la_test_addr(0x0a000001), other = la_test_addr(0x0a000002);

	begin();
	rig_start(&rig);
	put_echo(&us, &broadcast, 60);
	put_echo(&other, &rig.params.mac, 60);
	put_echo(&us, &rig.params.mac, longest_echo() + 1);
	rig_expect_nothing(&rig);
	rig_end(&rig, true);
}
END_TEST

START_TEST(echo_is_limited)
{
	const struct la_addr us = la_test_addr(0x0a000001);

	begin();
	rig.params.icmp_per_s = 800;        /* Of which a source has an eighth. */
	rig.keep_nothing = true;
	rig_start(&rig);
	for (int i = 0; i < 200; i++)
		put_echo(&us, &rig.params.mac, 20);
	ck_assert_uint_ge(rig_count(&rig, LA_COUNT_ICMP_ECHOS), 50);
	ck_assert_uint_le(rig_count(&rig, LA_COUNT_ICMP_ECHOS), 150);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_ECHOS) +
			rig_count(&rig, LA_COUNT_ICMP_LIMITED), 200);
	rig_end(&rig, true);
}
END_TEST

/* Off-path errors are noted and do nothing to a connection (RFC 5927). */
static const struct { uint8_t v4, v6; } errors[] = { { 3, 1 }, { 4, 2 }, { 11, 3 }, { 12, 4 } };

START_TEST(icmp_errors_are_counted_and_change_nothing)
{
	const uint8_t body[32] = { 0 };
	const struct la_icmp icmp = {
		.type = la_test_is_ipv6() ? errors[_i].v6 : errors[_i].v4,
		.body = body, .len = sizeof(body),
	};
	struct rig_peer peer = rig_peer(1);
	uint8_t frame[RIG_FRAME_MAX];
	struct la_path path;

	begin();
	rig_start(&rig);
	rig_open(&rig, &peer);
	path = (struct la_path){
		.source_mac = rig.peer_mac, .dest_mac = rig.params.mac,
		.source = peer.address, .dest = peer.local,
	};
	rig_put_frame(&rig, frame, la_emit_icmp(frame, &path, &icmp));
	rig_poll(&rig);
	ck_assert_uint_eq(rig_count(&rig, LA_COUNT_ICMP_ERRORS), 1);
	ck_assert_uint_eq(rig_state(&rig, LA_ESTABLISHED), 1);
	rig_expect_nothing(&rig);
	rig_end(&rig, false);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stack input");
	TCase *t = tcase_create("input");

	tcase_add_loop_test(t, a_closed_port_answers_as_the_rfc_says, 0, 9);
	tcase_add_test(t, closed_port_drop_is_silent);
	tcase_add_test(t, frames_for_others_are_counted_and_dropped);
	tcase_add_test(t, a_mapped_address_is_none_of_ours);
	tcase_add_test(t, our_own_address_is_nobodys_source);
	/* IPv6 has no broadcast. */
	if (!la_test_is_ipv6())
		tcase_add_test(t, a_subnets_broadcast_address_is_answered_to_its_sender_alone);
	tcase_add_test(t, malformed_frames_are_counted_and_the_next_is_served);
	tcase_add_loop_test(t, addresses_have_the_index_of_their_range, 0, 17);
	tcase_add_loop_test(t, a_range_goes_past_32_bits, 0, sizeof(carries) / sizeof(carries[0]));
	tcase_add_test(t, a_range_past_64_bits_is_refused);
	tcase_add_loop_test(t, an_index_names_each_of_65536_addresses, 0, 9);
	tcase_add_test(t, one_address_more_is_refused);
	tcase_add_loop_test(t, the_link_is_the_subnets_of_the_ranges, 0, 8);
	tcase_add_loop_test(t, the_exact_address_listens_before_any, 0, 10);
	tcase_add_loop_test(t, echo_comes_back_intact, 0, 4);
	tcase_add_test(t, echo_to_others_or_too_large_is_not_answered);
	tcase_add_test(t, echo_is_limited);
	tcase_add_loop_test(t, icmp_errors_are_counted_and_change_nothing, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
