/* SPDX-License-Identifier: BSD-3-Clause */
/* What is written is what is read back, and nothing is written beyond it. */
#include "frames.h"
#include "la_check.h"
#include "la_checksum.h"
#include "la_emit.h"

enum { CANARY = 0xa5, ROOM = 2048 };

static const struct la_path ipv4_path = {
	.source_mac = { { 2, 0, 0, 0, 0, 1 } }, .dest_mac = { { 2, 0, 0, 0, 0, 2 } },
	.source = { { [10] = 0xff, [11] = 0xff, 10, 77, 0, 1 } },
	.dest = { { [10] = 0xff, [11] = 0xff, 10, 77, 0, 2 } },
	.source_port = 80, .dest_port = 0xc001,
};
static const struct la_path ipv6_path = {
	.source_mac = { { 2, 0, 0, 0, 0, 1 } }, .dest_mac = { { 2, 0, 0, 0, 0, 2 } },
	.source = { { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
	.dest = { { 0x20, 1, 0xd, 0xb8, [15] = 2 } },
	.source_port = 80, .dest_port = 0xc001,
};

/* A plain generator (xorshift), seeded: the same segments on every run. */
static uint32_t
next_word(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

static struct la_seg
random_segment(uint64_t *state)
{
	struct la_seg seg = { .seq = next_word(state), .ack = next_word(state) };

	seg.wnd = (uint16_t)next_word(state);
	seg.urg = (uint16_t)next_word(state);
	seg.flags = (uint8_t)next_word(state);
	seg.len = next_word(state) % 3 == 0 ? 0 : next_word(state) % 1461;
	seg.opts.present = (uint8_t)(next_word(state) % 32);
	seg.opts.mss = (uint16_t)next_word(state);
	seg.opts.wscale = (uint8_t)next_word(state);
	seg.opts.tsval = next_word(state);
	seg.opts.tsecr = next_word(state);
	/* One block always fits beside whatever else there is. */
	seg.opts.sacks = 1;
	if (!(seg.opts.present & (LA_OPT_MSS | LA_OPT_WSCALE)))
		seg.opts.sacks += next_word(state) % LA_SACK_MAX;
	for (int i = 0; i < seg.opts.sacks; i++)
		seg.opts.sack[i] = (struct la_sack){ next_word(state), next_word(state) };
	return seg;
}

static void
assert_same_options(const struct la_opts *got, const struct la_opts *sent)
{
	ck_assert_uint_eq(got->present, sent->present);
	if (sent->present & LA_OPT_MSS)
		ck_assert_uint_eq(got->mss, sent->mss);
	if (sent->present & LA_OPT_WSCALE)
		ck_assert_uint_eq(got->wscale, sent->wscale);
	if (sent->present & LA_OPT_TIMESTAMPS) {
		ck_assert_uint_eq(got->tsval, sent->tsval);
		ck_assert_uint_eq(got->tsecr, sent->tsecr);
	}
	if (sent->present & LA_OPT_SACK) {
		ck_assert_uint_eq(got->sacks, sent->sacks);
		ck_assert_mem_eq(got->sack, sent->sack, sent->sacks * sizeof(sent->sack[0]));
	}
}

static void
assert_same_segment(const struct la_rx *rx, const struct la_path *path, const struct la_seg *sent)
{
	ck_assert_int_eq(rx->kind, LA_KIND_TCP);
	ck_assert(la_mac_eq(&rx->from.mac, &path->source_mac));
	ck_assert(la_mac_eq(&rx->dest_mac, &path->dest_mac));
	ck_assert(la_addr_eq(&rx->source, &path->source));
	ck_assert(la_addr_eq(&rx->dest, &path->dest));
	ck_assert_uint_eq(rx->source_port, path->source_port);
	ck_assert_uint_eq(rx->dest_port, path->dest_port);
	ck_assert_uint_eq(rx->hop_limit, 64);
	ck_assert_uint_eq(rx->seg.seq, sent->seq);
	ck_assert_uint_eq(rx->seg.ack, sent->ack);
	ck_assert_uint_eq(rx->seg.wnd, sent->wnd);
	ck_assert_uint_eq(rx->seg.urg, sent->urg);
	ck_assert_uint_eq(rx->seg.flags, sent->flags);
	ck_assert_uint_eq(rx->seg.len, sent->len);
	assert_same_options(&rx->seg.opts, &sent->opts);
}

/* The NIC's part of the work: complete the sum that was left in the field. */
static void
finish_offload(uint8_t *frame, uint32_t len, bool v4)
{
	struct frame f = { .len = len };

	memcpy(f.octets, frame, len);
	frame_fix_sums(&f, v4 ? AT_L4 : AT_L4_V6);
	memcpy(frame, f.octets, len);
}

START_TEST(a_segment_written_is_the_segment_read)
{
	const bool v4 = _i & 1, offload = _i & 2;
	const struct la_path *path = v4 ? &ipv4_path : &ipv6_path;
	uint64_t state = 2463534242 + (uint64_t)_i;
	uint8_t frame[ROOM];
	struct la_rx rx;

	for (int round = 0; round < 2000; round++) {
		struct la_seg seg = random_segment(&state);
		uint32_t text = la_tcp_text_offset(path, &seg);

		memset(frame, CANARY, sizeof(frame));
		for (uint32_t i = 0; i < seg.len; i++)
			frame[text + i] = (uint8_t)next_word(&state);
		uint32_t len = la_emit_tcp(frame, path, &seg, offload);
		ck_assert_uint_eq(len, text + seg.len);
		ck_assert_uint_eq(frame[len], CANARY);
		if (offload)
			finish_offload(frame, len, v4);
		ck_assert_int_eq(la_rx_parse(&rx, frame, len, 0), LA_RX_OK);
		assert_same_segment(&rx, path, &seg);
		ck_assert_ptr_eq(rx.seg.data, frame + text);
	}
}
END_TEST

/* What a NIC is to be given: IPv4's checksum 0, TCP's the pseudo-header's sum. */
START_TEST(offload_leaves_the_sums_to_the_nic)
{
	const struct la_path *path = _i == 0 ? &ipv4_path : &ipv6_path;
	const size_t l4 = _i == 0 ? AT_L4 : AT_L4_V6;
	struct la_seg seg = { .flags = LA_ACK, .len = 100, .opts.present = LA_OPT_TIMESTAMPS };
	uint8_t frame[ROOM] = { 0 }, nothing[ROOM] = { 0 };

	la_emit_tcp(frame, path, &seg, true);
	if (_i == 0)
		ck_assert_uint_eq(la_get16(frame + AT_IP + 10), 0);
	ck_assert_uint_eq(la_get16(frame + l4 + 16),
			naive_sum_pseudo(frame + AT_IP, nothing, 132, 6));
}
END_TEST

/* Octet by octet, so that parser and writer cannot be wrong together. */
START_TEST(a_syn_ack_is_written_octet_by_octet_as_expected)
{
	static const uint8_t want[] = {
		2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00,
		0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 77, 0, 1, 10, 77, 0, 2,
		0, 80, 0xc0, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 0xa0, 0x12, 0xff, 0xff, 0, 0, 0, 0,
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8, 1, 3, 3, 7,
	};
	const struct la_seg seg = {
		.seq = 0x01020304, .ack = 0x05060708, .flags = LA_SYN | LA_ACK, .wnd = 0xffff,
		.opts = { .present = LA_OPT_MSS | LA_OPT_SACK_PERMITTED | LA_OPT_TIMESTAMPS |
				LA_OPT_WSCALE, .mss = 1460, .tsval = 9, .tsecr = 8, .wscale = 7 },
	};
	struct frame expected = { .len = sizeof(want) };
	uint8_t frame[ROOM];

	memcpy(expected.octets, want, sizeof(want));
	frame_fix_sums(&expected, AT_L4);
	ck_assert_uint_eq(la_tcp_header_len(&seg), 40);
	ck_assert_uint_eq(la_emit_tcp(frame, &ipv4_path, &seg, false), sizeof(want));
	ck_assert_mem_eq(frame, expected.octets, sizeof(want));
}
END_TEST

START_TEST(the_longest_header_fits_the_room_promised)
{
	struct la_seg seg = { .opts = { .present = 0xff, .sacks = 255 } };
	uint8_t frame[LA_FRAME_HEADERS_MAX + 1];

	memset(frame, CANARY, sizeof(frame));
	uint32_t len = la_emit_tcp(frame, &ipv6_path, &seg, false);
	ck_assert_uint_eq(len, 14 + 40 + 60);
	ck_assert_uint_eq(frame[len], CANARY);
}
END_TEST

START_TEST(an_arp_packet_written_is_the_one_read)
{
	static const struct { struct la_mac target, to; } cases[] = {
		{ { { 0 } }, { { 255, 255, 255, 255, 255, 255 } } },
		{ { { 2, 0, 0, 0, 0, 9 } }, { { 2, 0, 0, 0, 0, 9 } } },
	};
	const struct la_arp arp = { .op = (uint16_t)(1 + (_i & 1)),
		.sender_mac = { { 2, 0, 0, 0, 0, 1 } }, .target_mac = cases[_i / 2].target,
		.sender = 0x0a4d0001, .target = 0x0a4d00fe };
	uint8_t frame[LA_ARP_FRAME_LEN + 1];
	struct la_rx rx;

	memset(frame, CANARY, sizeof(frame));
	ck_assert_uint_eq(la_emit_arp(frame, &arp, 0), LA_ARP_FRAME_LEN);
	ck_assert_uint_eq(frame[LA_ARP_FRAME_LEN], CANARY);
	ck_assert_int_eq(la_rx_parse(&rx, frame, LA_ARP_FRAME_LEN, 0), LA_RX_OK);
	ck_assert(la_mac_eq(&rx.dest_mac, &cases[_i / 2].to));
	ck_assert(la_mac_eq(&rx.from.mac, &arp.sender_mac));
	ck_assert_int_eq(rx.kind, LA_KIND_ARP);
	ck_assert_uint_eq(rx.arp.op, arp.op);
	ck_assert(la_mac_eq(&rx.arp.sender_mac, &arp.sender_mac));
	ck_assert(la_mac_eq(&rx.arp.target_mac, &arp.target_mac));
	ck_assert_uint_eq(rx.arp.sender, arp.sender);
	ck_assert_uint_eq(rx.arp.target, arp.target);
}
END_TEST

START_TEST(an_icmp_message_written_is_the_one_read)
{
	const struct la_path *path = _i & 1 ? &ipv4_path : &ipv6_path;
	uint8_t frame[ROOM], body[1476];
	struct la_rx rx;

	for (uint16_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7 + 1);
	for (uint16_t len = 4; len < 1476; len += len < 64 ? 1 : 353) {
		const struct la_icmp icmp = { .type = _i & 2 ? 129 : 134, .code = 3, .body = body,
			.len = len };

		memset(frame, CANARY, sizeof(frame));
		uint32_t frame_len = la_emit_icmp(frame, path, &icmp);
		ck_assert_uint_eq(frame_len, (_i & 1 ? 38u : 58u) + len);
		ck_assert_uint_eq(frame[frame_len], CANARY);
		ck_assert_int_eq(la_rx_parse(&rx, frame, frame_len, 0), LA_RX_OK);
		ck_assert_int_eq(rx.kind, LA_KIND_ICMP);
		ck_assert_uint_eq(rx.icmp.type, icmp.type);
		ck_assert_uint_eq(rx.icmp.code, 3);
		ck_assert_uint_eq(rx.icmp.len, len);
		ck_assert_mem_eq(rx.icmp.body, body, len);
		ck_assert(la_addr_eq(&rx.source, &path->source));
		/* Router advertisements and the like are believed only with 255. */
		ck_assert_uint_eq(rx.hop_limit, _i == 0 ? 255 : 64);
	}
}
END_TEST

START_TEST(an_echo_is_answered_in_its_own_frame)
{
	struct frame frame;
	struct la_rx rx;

	frame_make(&frame, ICMP4);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	rx.icmp.type = 0;
	ck_assert_uint_eq(la_emit_icmp(frame.octets, &ipv4_path, &rx.icmp), frame.len);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	ck_assert_uint_eq(rx.icmp.type, 0);
	ck_assert_mem_eq(rx.icmp.body, "\0\1\0\2ping", 8);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("emit");
	TCase *tc = tcase_create("emit");

	tcase_add_loop_test(tc, a_segment_written_is_the_segment_read, 0, 4);
	tcase_add_loop_test(tc, offload_leaves_the_sums_to_the_nic, 0, 2);
	tcase_add_test(tc, a_syn_ack_is_written_octet_by_octet_as_expected);
	tcase_add_test(tc, the_longest_header_fits_the_room_promised);
	tcase_add_loop_test(tc, an_arp_packet_written_is_the_one_read, 0, 4);
	tcase_add_loop_test(tc, an_icmp_message_written_is_the_one_read, 0, 4);
	tcase_add_test(tc, an_echo_is_answered_in_its_own_frame);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
