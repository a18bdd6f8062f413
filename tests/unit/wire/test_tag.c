/* SPDX-License-Identifier: BSD-3-Clause */
/* 802.1Q tags: taken off, put in, and one too many. */
#include "frames.h"
#include "la_check.h"
#include "la_emit.h"

enum { AT_TYPE = 12, TAG_LEN = 4 };

/* A good frame with a tag put in behind its addresses. */
static void
make_tagged(struct frame *frame, enum base base, uint16_t type, uint16_t tci)
{
	frame_make(frame, base);
	memmove(frame->octets + AT_TYPE + TAG_LEN, frame->octets + AT_TYPE, frame->len - AT_TYPE);
	frame->len += TAG_LEN;
	la_put16(frame->octets + AT_TYPE, type);
	la_put16(frame->octets + AT_TYPE + 2, tci);
}

START_TEST(a_tagged_frame_holds_what_it_held)
{
	static const enum la_rx_kind kinds[] = {
		[TCP4] = LA_KIND_TCP, [TCP6] = LA_KIND_TCP, [ICMP4] = LA_KIND_ICMP,
		[ICMP6] = LA_KIND_ICMP, [ARP] = LA_KIND_ARP,
	};
	struct frame frame;
	struct la_rx rx;

	make_tagged(&frame, (enum base)_i, 0x8100, 0xe007);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	ck_assert_int_eq(rx.kind, kinds[_i]);
	ck_assert_uint_eq(rx.from.tci, 0xe007);
	/* Drop eligible is a switch's business: no reply has it. */
	make_tagged(&frame, (enum base)_i, 0x8100, 0x3007);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	ck_assert_uint_eq(rx.from.tci, 0x2007);
	frame_make(&frame, (enum base)_i);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	ck_assert_uint_eq(rx.from.tci, 0);
}
END_TEST

START_TEST(cut_anywhere_it_is_refused)
{
	struct frame frame;

	make_tagged(&frame, (enum base)_i, 0x8100, 7);
	for (size_t len = 0; len < frame.len; len++)
		ck_assert_int_ne(frame_parse(&frame, len, 0), LA_RX_OK);
	ck_assert_int_eq(frame_parse(&frame, 17, 0), LA_RX_SHORT);
}
END_TEST

START_TEST(one_tag_is_enough)
{
	struct frame frame;

	/* A tag in a tag, of a customer or a provider. */
	make_tagged(&frame, TCP4, 0x8100, 7);
	la_put16(frame.octets + AT_TYPE + TAG_LEN, _i ? 0x8100 : 0x88a8);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_VLAN);
	/* A provider's alone. */
	make_tagged(&frame, TCP4, 0x88a8, 7);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_VLAN);
	/* One that is left when the NIC has taken one. */
	make_tagged(&frame, TCP4, 0x8100, 7);
	ck_assert_int_eq(frame_parse(&frame, frame.len, LA_RX_TAG_STRIPPED), LA_RX_VLAN);
	frame_make(&frame, TCP4);
	ck_assert_int_eq(frame_parse(&frame, frame.len, LA_RX_TAG_STRIPPED), LA_RX_OK);
}
END_TEST

/* With a tag the same octets come behind it. */
START_TEST(what_is_written_with_a_tag_differs_in_the_tag_alone)
{
	struct la_path path = {
		.source_mac = { { 2, 0, 0, 0, 0, 1 } }, .dest_mac = { { 2, 0, 0, 0, 0, 2 } },
		.source = la_addr_v4(0x0a000001), .dest = la_addr_v4(0x0a000002),
		.source_port = 80, .dest_port = 40000,
	};
	const struct la_seg seg = { .seq = 1, .ack = 2, .flags = LA_ACK, .wnd = 3, .len = 4 };
	const struct la_icmp icmp = { .type = 8, .body = (const uint8_t *)"\0\1\0\2ping", .len = 8 };
	const struct la_nd nd = { .type = LA_ND_SOLICITATION, .target = { { 0xfd, [15] = 1 } } };
	const struct la_arp arp = { .op = 1, .sender_mac = path.source_mac, .target = 1 };
	uint8_t plain[128] = { 0 }, tagged[128] = { 0 };
	uint32_t plain_len = 0, len = 0;

	if (_i & 1) {
		path.source = (struct la_addr){ { 0xfd, [15] = 1 } };
		path.dest = (struct la_addr){ { 0xfd, [15] = 2 } };
	}
	for (uint16_t tci = 0; tci <= 0x6ffe; tci += 0x6ffe) {
		uint8_t *frame = tci == 0 ? plain : tagged;

		path.tci = tci;
		switch (_i / 2) {
		case 0:
			memcpy(frame + la_tcp_text_offset(&path, &seg), "text", 4);
			len = la_emit_tcp(frame, &path, &seg, false);
			break;
		case 1:
			len = la_emit_icmp(frame, &path, &icmp);
			break;
		case 2:
			len = _i & 1 ? la_emit_nd(frame, &path, &nd) :
					la_emit_arp(frame, &arp, tci);
			break;
		}
		if (tci == 0)
			plain_len = len;
	}
	ck_assert_uint_eq(len, plain_len + TAG_LEN);
	ck_assert_mem_eq(tagged, plain, AT_TYPE);
	ck_assert_mem_eq(tagged + AT_TYPE, "\x81\x00\x6f\xfe", TAG_LEN);
	ck_assert_mem_eq(tagged + AT_TYPE + TAG_LEN, plain + AT_TYPE, plain_len - AT_TYPE);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tag");
	TCase *tc = tcase_create("tag");

	tcase_add_loop_test(tc, a_tagged_frame_holds_what_it_held, 0, ARP + 1);
	tcase_add_loop_test(tc, cut_anywhere_it_is_refused, 0, ARP + 1);
	tcase_add_loop_test(tc, one_tag_is_enough, 0, 2);
	tcase_add_loop_test(tc, what_is_written_with_a_tag_differs_in_the_tag_alone, 0, 6);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
