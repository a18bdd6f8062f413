/* SPDX-License-Identifier: BSD-3-Clause */
/* Every frame that is refused is refused for its own reason. */
#include "frames.h"
#include "la_check.h"


struct octet {
	uint16_t at;
	uint8_t value;
};

enum { FIX = 1 };                       /* Set the checksums right afterwards. */

static const struct {
	enum la_rx_reason reason;
	const char *what;
	enum base base;
	int grow;                       /* Octets added at the end, or taken off. */
	int fix;
	struct octet set[6];            /* { 0, 0 } does nothing: octet 0 is never set to 0. */
} cases[] = {
	{ LA_RX_OK, "TCP over IPv4", TCP4, 0, 0, { { 0 } } },
	{ LA_RX_OK, "TCP over IPv6", TCP6, 0, 0, { { 0 } } },
	{ LA_RX_OK, "an echo request", ICMP4, 0, 0, { { 0 } } },
	{ LA_RX_OK, "an ICMPv6 echo request", ICMP6, 0, 0, { { 0 } } },
	{ LA_RX_OK, "an ARP request", ARP, 0, 0, { { 0 } } },
	{ LA_RX_OK, "an ARP reply", ARP, 0, 0, { { 21, 2 } } },
	{ LA_RX_OK, "padding behind IPv4", TCP4, 7, 0, { { 0 } } },
	{ LA_RX_OK, "padding behind IPv6", TCP6, 7, 0, { { 0 } } },
	{ LA_RX_OK, "padding behind ARP", ARP, 18, 0, { { 0 } } },
	{ LA_RX_OK, "the evil bit", TCP4, 0, FIX, { { 20, 0xc0 } } },
	{ LA_RX_OK, "TTL 0", TCP4, 0, FIX, { { 22, 0 } } },
	{ LA_RX_OK, "a source in 240/4", TCP4, 0, FIX, { { 26, 240 } } },
	{ LA_RX_OK, "an echo request to all", ICMP4, 0, FIX, { { 30, 255 }, { 31, 255 },
			{ 32, 255 }, { 33, 255 } } },
	{ LA_RX_OK, "an echo request in a broadcast frame", ICMP4, 0, 0, { { 0, 0xff } } },
	{ LA_RX_OK, "MLD from a host without an address", ICMP6, 0, FIX, { { 22, 0 }, { 23, 0 },
			{ 24, 0 }, { 25, 0 }, { 37, 0 }, { 54, 143 } } },

	{ LA_RX_SHORT, "no octets", TCP4, -64, 0, { { 0 } } },
	{ LA_RX_SHORT, "13 octets", TCP4, -51, 0, { { 0 } } },
	{ LA_RX_SHORT, "a cut IPv4 header", TCP4, -31, 0, { { 0 } } },
	{ LA_RX_SHORT, "a cut IPv6 header", TCP6, -31, 0, { { 0 } } },

	{ LA_RX_ETHERTYPE, "LLDP", TCP4, 0, 0, { { 12, 0x88 }, { 13, 0xcc } } },
	{ LA_RX_ETHERTYPE, "an 802.3 length", TCP4, 0, 0, { { 12, 0 }, { 13, 46 } } },
	{ LA_RX_SHORT, "a cut tag", TCP4, -47, 0, { { 12, 0x81 } } },
	{ LA_RX_VLAN, "802.1ad", TCP4, 0, 0, { { 12, 0x88 }, { 13, 0xa8 } } },

	{ LA_RX_ARP, "ARP cut short", ARP, -1, 0, { { 0 } } },
	{ LA_RX_ARP, "ARP with no octet", ARP, -28, 0, { { 0 } } },
	{ LA_RX_ARP, "ARP of another hardware", ARP, 0, 0, { { 15, 6 } } },
	{ LA_RX_ARP, "ARP of another protocol", ARP, 0, 0, { { 17, 1 } } },
	{ LA_RX_ARP, "ARP with long hardware addresses", ARP, 0, 0, { { 18, 8 } } },
	{ LA_RX_ARP, "ARP with long addresses", ARP, 0, 0, { { 19, 16 } } },
	{ LA_RX_ARP, "ARP op 0", ARP, 0, 0, { { 21, 0 } } },
	{ LA_RX_ARP, "RARP", ARP, 0, 0, { { 21, 3 } } },
	{ LA_RX_ARP, "a group as ARP's sender", ARP, 0, 0, { { 22, 3 } } },

	{ LA_RX_IP_VERSION, "IPv6 under IPv4's type", TCP4, 0, 0, { { 14, 0x65 } } },
	{ LA_RX_IP_VERSION, "version 0", TCP4, 0, 0, { { 14, 0x05 } } },
	{ LA_RX_IP_VERSION, "IPv4 under IPv6's type", TCP6, 0, 0, { { 14, 0x45 } } },
	{ LA_RX_IP_HEADER_LEN, "header of 0", TCP4, 0, 0, { { 14, 0x40 } } },
	{ LA_RX_IP_HEADER_LEN, "header of 16", TCP4, 0, 0, { { 14, 0x44 } } },
	{ LA_RX_IP_HEADER_LEN, "header past the end", TCP4, -11, 0, { { 14, 0x4f } } },
	{ LA_RX_IP_OPTIONS, "header of 24", TCP4, 0, FIX, { { 14, 0x46 } } },
	{ LA_RX_IP_TOTAL_LEN, "length 0", TCP4, 0, FIX, { { 17, 0 } } },
	{ LA_RX_IP_TOTAL_LEN, "length 19", TCP4, 0, FIX, { { 17, 19 } } },
	{ LA_RX_IP_TOTAL_LEN, "one octet lacking", TCP4, -1, 0, { { 0 } } },
	{ LA_RX_IP_TOTAL_LEN, "length 65535", TCP4, 0, FIX, { { 16, 255 }, { 17, 255 } } },
	{ LA_RX_IP_TOTAL_LEN, "one octet lacking of IPv6", TCP6, -1, 0, { { 0 } } },
	{ LA_RX_IP_CHECKSUM, "a bit of the address", TCP4, 0, 0, { { 29, 3 } } },
	{ LA_RX_IP_CHECKSUM, "a zeroed checksum", TCP4, 0, 0, { { 24, 0 }, { 25, 0 } } },
	{ LA_RX_IP_FRAGMENT, "more fragments", TCP4, 0, FIX, { { 20, 0x20 } } },
	{ LA_RX_IP_FRAGMENT, "a last fragment", TCP4, 0, FIX, { { 20, 0 }, { 21, 1 } } },
	{ LA_RX_IP_FRAGMENT, "a far fragment with DF", TCP4, 0, FIX, { { 20, 0x50 } } },
	{ LA_RX_PROTOCOL, "UDP", TCP4, 0, FIX, { { 23, 17 } } },
	{ LA_RX_PROTOCOL, "ICMPv6 over IPv4", TCP4, 0, FIX, { { 23, 58 } } },
	{ LA_RX_PROTOCOL, "UDP of a DHCP client", TCP4, 0, FIX, { { 23, 17 }, { 26, 0 },
			{ 27, 0 }, { 29, 0 } } },
	{ LA_RX_PROTOCOL, "UDP over IPv6", TCP6, 0, 0, { { 20, 17 } } },
	{ LA_RX_PROTOCOL, "ICMP over IPv6", TCP6, 0, 0, { { 20, 1 } } },
	{ LA_RX_PROTOCOL, "no next header", TCP6, 0, 0, { { 20, 59 } } },

	{ LA_RX_IP_SOURCE, "from a group's MAC", TCP4, 0, 0, { { 6, 3 } } },
	{ LA_RX_IP_SOURCE, "ARP from a group's MAC", ARP, 0, 0, { { 6, 3 } } },
	{ LA_RX_IP_SOURCE, "from 0.0.0.0", TCP4, 0, FIX, { { 26, 0 }, { 27, 0 }, { 29, 0 } } },
	{ LA_RX_IP_SOURCE, "from this network", TCP4, 0, FIX, { { 26, 0 } } },
	{ LA_RX_IP_SOURCE, "from 127.0.0.1", TCP4, 0, FIX, { { 26, 127 } } },
	{ LA_RX_IP_SOURCE, "from the first group", TCP4, 0, FIX, { { 26, 224 } } },
	{ LA_RX_IP_SOURCE, "from the last groups", TCP4, 0, FIX, { { 26, 239 } } },
	{ LA_RX_IP_SOURCE, "ICMP from a group", ICMP4, 0, FIX, { { 26, 224 } } },
	{ LA_RX_IP_SOURCE, "from 255.255.255.255", TCP4, 0, FIX, { { 26, 255 }, { 27, 255 },
			{ 28, 255 }, { 29, 255 } } },
	{ LA_RX_IP_SOURCE, "from ::", TCP6, 0, FIX, { { 22, 0 }, { 23, 0 }, { 24, 0 },
			{ 25, 0 }, { 37, 0 } } },
	{ LA_RX_IP_SOURCE, "an echo request from ::", ICMP6, 0, FIX, { { 22, 0 }, { 23, 0 },
			{ 24, 0 }, { 25, 0 }, { 37, 0 } } },
	{ LA_RX_IP_SOURCE, "from ::1", TCP6, 0, FIX, { { 22, 0 }, { 23, 0 }, { 24, 0 },
			{ 25, 0 }, { 37, 1 } } },
	{ LA_RX_IP_SOURCE, "from an IPv6 group", TCP6, 0, FIX, { { 22, 0xff } } },
	{ LA_RX_IP_DESTINATION, "to 224.0.0.1", TCP4, 0, FIX, { { 30, 224 } } },
	{ LA_RX_IP_DESTINATION, "to 255.255.255.255", TCP4, 0, FIX, { { 30, 255 }, { 31, 255 },
			{ 32, 255 }, { 33, 255 } } },
	{ LA_RX_IP_DESTINATION, "in a group's frame", TCP4, 0, 0, { { 0, 3 } } },
	{ LA_RX_IP_DESTINATION, "to an IPv6 group", TCP6, 0, FIX, { { 38, 0xff } } },
	{ LA_RX_IP_LAND, "to itself", TCP4, 0, FIX, { { 29, 1 } } },
	{ LA_RX_IP_LAND, "ICMP to itself", ICMP4, 0, FIX, { { 29, 1 } } },
	{ LA_RX_IP_LAND, "to itself over IPv6", TCP6, 0, FIX, { { 37, 1 } } },

	{ LA_RX_ICMP, "ICMP of 7 octets", ICMP4, -5, FIX, { { 17, 27 } } },
	{ LA_RX_ICMP, "ICMP of no octet", ICMP4, -12, FIX, { { 17, 20 } } },
	{ LA_RX_ICMP, "a bit of ICMP's text", ICMP4, 0, 0, { { 45, 'G' } } },
	{ LA_RX_ICMP, "ICMPv6 of 7 octets", ICMP6, -5, FIX, { { 19, 7 } } },
	{ LA_RX_ICMP, "ICMPv6 of no octet", ICMP6, -12, 0, { { 19, 0 } } },
	{ LA_RX_ICMP, "a bit of ICMPv6's address", ICMP6, 0, 0, { { 37, 3 } } },

	{ LA_RX_ND, "a solicitation without a target", ICMP6, 0, FIX, { { 54, 135 } } },
	{ LA_RX_ND, "an advertisement cut short", ICMP6, 0, FIX, { { 54, 136 } } },

	{ LA_RX_TCP_SHORT, "TCP of 19 octets", TCP4, -11, FIX, { { 17, 39 } } },
	{ LA_RX_TCP_SHORT, "TCP of no octet", TCP4, -30, FIX, { { 17, 20 } } },
	{ LA_RX_TCP_SHORT, "TCP cut with padding behind", TCP4, 0, FIX, { { 17, 30 } } },
	{ LA_RX_TCP_SHORT, "TCP of 19 octets over IPv6", TCP6, -11, 0, { { 19, 19 } } },
	{ LA_RX_TCP_OFFSET, "offset 0", TCP4, 0, FIX, { { 46, 0x00 } } },
	{ LA_RX_TCP_OFFSET, "offset 4", TCP4, 0, FIX, { { 46, 0x4f } } },
	{ LA_RX_TCP_OFFSET, "offset 8 of 30 octets", TCP4, 0, FIX, { { 46, 0x80 } } },
	{ LA_RX_TCP_OFFSET, "offset 15 over IPv6", TCP6, 0, FIX, { { 66, 0xf0 } } },
	{ LA_RX_TCP_CHECKSUM, "a bit of the text", TCP4, 0, 0, { { 63, 'n' } } },
	{ LA_RX_TCP_CHECKSUM, "a zeroed checksum of TCP", TCP4, 0, 0, { { 50, 0 }, { 51, 0 } } },
	{ LA_RX_TCP_CHECKSUM, "a bit of the IPv6 address", TCP6, 0, 0, { { 37, 3 } } },
	{ LA_RX_TCP_PORT, "from port 0", TCP4, 0, FIX, { { 34, 0 }, { 35, 0 } } },
	{ LA_RX_TCP_PORT, "to port 0", TCP4, 0, FIX, { { 37, 0 } } },
	/* The text taken for options; test_options has more of them. */
	{ LA_RX_TCP_OPTION, "an option of 0 octets", TCP4, 0, FIX, { { 46, 0x60 }, { 54, 9 },
			{ 55, 0 } } },
	{ LA_RX_TCP_OPTION, "an option of 1 octet", TCP4, 0, FIX, { { 46, 0x60 }, { 54, 2 },
			{ 55, 1 } } },
	{ LA_RX_TCP_OPTION, "an option past the end", TCP4, 0, FIX, { { 46, 0x60 }, { 54, 8 },
			{ 55, 10 } } },
	{ LA_RX_OK, "an end of options, and rubbish", TCP4, 0, FIX, { { 46, 0x60 }, { 54, 0 },
			{ 55, 0 } } },
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static void
make_case(struct frame *frame, int i)
{
	size_t l4 = cases[i].base == TCP6 || cases[i].base == ICMP6 ? AT_L4_V6 : AT_L4;

	frame_make(frame, cases[i].base);
	for (const struct octet *o = cases[i].set; o < cases[i].set + 6; o++)
		if (o->at != 0 || o->value != 0)
			frame->octets[o->at] = o->value;
	frame->len += (size_t)cases[i].grow;
	if (cases[i].fix)
		frame_fix_sums(frame, l4);
}

START_TEST(a_frame_is_refused_for_its_own_reason)
{
	struct frame frame;

	make_case(&frame, _i);
	enum la_rx_reason reason = frame_parse(&frame, frame.len, 0);
	ck_assert_msg(reason == cases[_i].reason, "%s: %s, not %s", cases[_i].what,
			la_rx_reason_name(reason), la_rx_reason_name(cases[_i].reason));
}
END_TEST

START_TEST(every_reason_of_the_parser_is_shown)
{
	bool seen[LA_RX_REASONS] = { 0 };

	/* Only the stack knows our addresses, and the others have tests of their own. */
	seen[LA_RX_NOT_OUR_MAC] = seen[LA_RX_NOT_OUR_ADDRESS] = seen[LA_RX_IP_EXTENSION] = true;
	seen[LA_RX_CUT_OFF] = seen[LA_RX_TCP_CHECKSUM_PARTIAL] = true;
	for (int i = 0; i < CASES; i++)
		seen[cases[i].reason] = true;
	for (int i = 0; i < LA_RX_REASONS; i++)
		ck_assert_msg(seen[i], "%s", la_rx_reason_name(i));
}
END_TEST

/* What the NIC has checked is not looked at again, and nothing else is left out. */
START_TEST(a_checksum_the_nic_found_good_is_believed)
{
	struct frame frame;

	frame_make(&frame, TCP4);
	frame.octets[24] ^= 1;
	ck_assert_int_eq(frame_parse(&frame, frame.len, LA_RX_L4_CHECKSUM_GOOD), LA_RX_IP_CHECKSUM);
	ck_assert_int_eq(frame_parse(&frame, frame.len, LA_RX_IP_CHECKSUM_GOOD), LA_RX_OK);
	frame_make(&frame, TCP4);
	frame.octets[50] ^= 1;
	ck_assert_int_eq(frame_parse(&frame, frame.len, LA_RX_IP_CHECKSUM_GOOD),
			LA_RX_TCP_CHECKSUM);
	ck_assert_int_eq(frame_parse(&frame, frame.len, LA_RX_L4_CHECKSUM_GOOD), LA_RX_OK);
}
END_TEST

START_TEST(a_frame_cut_anywhere_is_refused)
{
	struct frame frame;

	frame_make(&frame, (enum base)_i);
	for (size_t len = 0; len < frame.len; len++)
		for (unsigned int checked = 0; checked < 4; checked++)
			ck_assert_int_ne(frame_parse(&frame, len, checked), LA_RX_OK);
	/* Cutting into padding does no harm. */
	for (size_t len = frame.len; len < frame.len + 20; len++)
		ck_assert_int_eq(frame_parse(&frame, len, 0), LA_RX_OK);
}
END_TEST

/* What a ring with short frames cuts off is no peer's fault; a short frame that lies is. */
START_TEST(a_long_frame_that_lacks_its_end_was_cut_off)
{
	const enum base base = (enum base)_i;
	const size_t l4 = base == TCP6 ? AT_L4_V6 : AT_L4;
	uint8_t text[1600] = { 0 };
	struct frame frame;

	frame_make(&frame, base);
	frame_insert(&frame, frame.len, text, sizeof(text));
	frame_fix_sums(&frame, l4);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_OK);
	for (size_t len = l4; len < frame.len; len++)
		ck_assert_int_eq(frame_parse(&frame, len, 0), len < AT_IP + 576 ?
				LA_RX_IP_TOTAL_LEN : LA_RX_CUT_OFF);
	if (base == TCP6)
		return;
	/* Shorter than its header, it was not cut off. */
	memset(frame.octets + AT_IP + 2, 0, 2);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_IP_TOTAL_LEN);
}
END_TEST

/* As Linux leaves the field for a NIC: the pseudo-header's sum, whatever the text is. */
START_TEST(a_checksum_left_to_a_nic_is_told_from_a_wrong_one)
{
	const enum base base = (enum base)_i;
	const size_t l4 = base == TCP6 ? AT_L4_V6 : AT_L4;
	static const uint8_t zeros[2048];

	for (uint32_t n = 0; n < 1000; n++) {
		struct frame frame;
		uint8_t *sum;
		uint16_t partial, right;

		frame_make(&frame, base);
		frame_insert(&frame, frame.len, zeros, n);
		frame.octets[l4 - 1] = (uint8_t)(0x80 | n * 41);
		frame.octets[l4 + 25] = (uint8_t)(n * 7);
		frame_fix_sums(&frame, l4);
		sum = frame.octets + l4 + 16;
		right = la_get16(sum);
		partial = naive_sum_pseudo(frame.octets + AT_IP, zeros, frame.len - l4, 6);
		if (partial == right)
			continue;
		la_put16(sum, partial);
		ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_TCP_CHECKSUM_PARTIAL);
		ck_assert_int_eq(frame_parse(&frame, frame.len, LA_RX_L4_CHECKSUM_GOOD), LA_RX_OK);
		la_put16(sum, partial ^ (right == (partial ^ 1) ? 2 : 1));
		ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_TCP_CHECKSUM);
	}
}
END_TEST

START_TEST(a_segment_is_read_field_by_field)
{
	struct frame frame;
	struct la_rx rx;

	frame_make(&frame, TCP4);
	frame.octets[52] = 0x12;
	frame_fix_sums(&frame, AT_L4);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len + 3, 0), LA_RX_OK);
	ck_assert_int_eq(rx.kind, LA_KIND_TCP);
	ck_assert_mem_eq(&rx.dest_mac, frame.octets, 6);
	ck_assert_mem_eq(&rx.from.mac, frame.octets + 6, 6);
	ck_assert(la_addr_is_v4(&rx.source) && la_addr_low(&rx.source) == 0x0a4d0002);
	ck_assert(la_addr_is_v4(&rx.dest) && la_addr_low(&rx.dest) == 0x0a4d0001);
	ck_assert_uint_eq(rx.source_port, 0xc001);
	ck_assert_uint_eq(rx.dest_port, 80);
	ck_assert_uint_eq(rx.hop_limit, 64);
	ck_assert_uint_eq(rx.seg.seq, 0x01020304);
	ck_assert_uint_eq(rx.seg.ack, 0x05060708);
	ck_assert_uint_eq(rx.seg.flags, LA_ACK | LA_PSH);
	ck_assert_uint_eq(rx.seg.wnd, 0x1000);
	ck_assert_uint_eq(rx.seg.urg, 0x1200);
	ck_assert_uint_eq(rx.seg.opts.present, 0);
	ck_assert_uint_eq(rx.seg.len, 10);
	ck_assert_ptr_eq(rx.seg.data, frame.octets + 54);
}
END_TEST

START_TEST(an_arp_request_is_read_field_by_field)
{
	struct frame frame;
	struct la_rx rx;

	frame_make(&frame, ARP);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	ck_assert_int_eq(rx.kind, LA_KIND_ARP);
	ck_assert_uint_eq(rx.arp.op, 1);
	ck_assert_mem_eq(&rx.arp.sender_mac, frame.octets + 22, 6);
	ck_assert_mem_eq(&rx.arp.target_mac, frame.octets + 32, 6);
	ck_assert_uint_eq(rx.arp.sender, 0x0a4d0002);
	ck_assert_uint_eq(rx.arp.target, 0x0a4d0001);
}
END_TEST

START_TEST(an_echo_request_is_read_field_by_field)
{
	struct frame frame;
	struct la_rx rx;

	frame_make(&frame, _i == 0 ? ICMP4 : ICMP6);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len + 5, 0), LA_RX_OK);
	ck_assert_int_eq(rx.kind, LA_KIND_ICMP);
	ck_assert_uint_eq(rx.icmp.type, _i == 0 ? 8 : 128);
	ck_assert_uint_eq(rx.icmp.code, 0);
	ck_assert_uint_eq(rx.icmp.len, 8);
	ck_assert_mem_eq(rx.icmp.body, "\0\1\0\2ping", 8);
	ck_assert_uint_eq(rx.hop_limit, _i == 0 ? 64 : 255);
	ck_assert_uint_eq(la_addr_low(&rx.source), _i == 0 ? 0x0a4d0002 : 2);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("rx");
	TCase *tc = tcase_create("rx");

	tcase_add_loop_test(tc, a_frame_is_refused_for_its_own_reason, 0, CASES);
	tcase_add_test(tc, every_reason_of_the_parser_is_shown);
	tcase_add_test(tc, a_checksum_the_nic_found_good_is_believed);
	tcase_add_loop_test(tc, a_frame_cut_anywhere_is_refused, TCP4, ARP + 1);
	tcase_add_loop_test(tc, a_long_frame_that_lacks_its_end_was_cut_off, TCP4, TCP6 + 1);
	tcase_add_loop_test(tc, a_checksum_left_to_a_nic_is_told_from_a_wrong_one, TCP4, TCP6 + 1);
	tcase_add_test(tc, a_segment_is_read_field_by_field);
	tcase_add_test(tc, an_arp_request_is_read_field_by_field);
	tcase_add_loop_test(tc, an_echo_request_is_read_field_by_field, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
