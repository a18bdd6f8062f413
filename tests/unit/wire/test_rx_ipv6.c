/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv6 extension headers, and addresses that only IPv6 has. */
#include "frames.h"
#include "la_check.h"

#define H8(next) (next), 0, 1, 4, 0, 0, 0, 0            /* 8 octets: PadN of 6. */
#define ATOMIC(next) next, 0, 0, 0, 1, 2, 3, 4
#define OPTIONS4 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0     /* Unknown ones, to skip. */
#define ROUTING_DONE(next) (next), 0, 4, 0, 0, 0, 0, 0

static const struct {
	enum la_rx_reason reason;
	const char *what;
	uint8_t first;                  /* The IPv6 header's next header. */
	uint8_t len;
	uint8_t octets[80];
} chains[] = {
	{ LA_RX_OK, "hop-by-hop", 0, 8, { H8(6) } },
	{ LA_RX_OK, "destination options", 60, 8, { H8(6) } },
	{ LA_RX_OK, "a routing header that is done", 43, 8, { ROUTING_DONE(6) } },
	{ LA_RX_OK, "all three", 0, 24, { H8(43), ROUTING_DONE(60), H8(6) } },
	{ LA_RX_OK, "one of 16 octets", 60, 16, { 6, 1, 0x1e, 12 } },
	{ LA_RX_OK, "padding one by one", 60, 8, { 6, 0 } },
	{ LA_RX_OK, "an unknown option to skip", 60, 8, { 6, 0, 0x1e, 2, 9, 9, 0, 0 } },
	{ LA_RX_OK, "router alert", 0, 8, { 6, 0, 5, 2, 0, 0, 1, 0 } },
	{ LA_RX_OK, "eight", 60, 64, { H8(60), H8(60), H8(60), H8(60), H8(60), H8(60), H8(60),
			H8(6) } },
	{ LA_RX_IP_EXTENSION, "nine", 60, 72, { H8(60), H8(60), H8(60), H8(60), H8(60), H8(60),
			H8(60), H8(60), H8(6) } },
	/* RFC 8504, 5.3: 7 octets of padding align anything. */
	{ LA_RX_OK, "7 times Pad1", 60, 16, { 6, 1, 0, 0, 0, 0, 0, 0, 0, 0x1e, 5 } },
	{ LA_RX_IP_EXTENSION, "8 times Pad1", 60, 16, { 6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x1e, 4 } },
	{ LA_RX_OK, "PadN of 7", 60, 16, { 6, 1, 1, 5, 0, 0, 0, 0, 0, 0x1e, 5 } },
	{ LA_RX_IP_EXTENSION, "PadN of 8", 60, 16, { 6, 1, 1, 6, 0, 0, 0, 0, 0, 0, 0x1e, 4 } },
	{ LA_RX_IP_EXTENSION, "PadN of 7 behind Pad1", 60, 16,
			{ 6, 1, 0, 1, 5, 0, 0, 0, 0, 0, 0x1e, 4 } },
	{ LA_RX_OK, "padding on both sides of an option", 60, 16,
			{ 6, 1, 1, 4, 0, 0, 0, 0, 0x1e, 1, 0, 0, 0, 0, 0, 0 } },
	{ LA_RX_OK, "eight options", 60, 24, { 6, 2, OPTIONS4, OPTIONS4, 1, 4 } },
	{ LA_RX_IP_EXTENSION, "nine options", 60, 24, { 6, 2, OPTIONS4, OPTIONS4, 0x1e, 0, 1, 2 } },
	{ LA_RX_IP_EXTENSION, "nine options in two headers", 0, 32,
			{ 60, 1, OPTIONS4, 0x1e, 0, 1, 2, 0, 0, 6, 1, OPTIONS4, 1, 4 } },
	{ LA_RX_IP_EXTENSION, "hop-by-hop twice", 0, 16, { H8(0), H8(6) } },
	{ LA_RX_IP_EXTENSION, "hop-by-hop too late", 60, 16, { H8(0), H8(6) } },
	{ LA_RX_IP_EXTENSION, "a length past the end", 60, 8, { 6, 255, 1, 4 } },
	{ LA_RX_IP_EXTENSION, "a routing header past the end", 43, 8, { 6, 200 } },
	{ LA_RX_IP_EXTENSION, "segments left", 43, 8, { 6, 0, 0, 1 } },
	{ LA_RX_IP_EXTENSION, "an option past its header", 60, 8, { 6, 0, 1, 5 } },
	{ LA_RX_IP_EXTENSION, "an option without a length", 60, 8, { 6, 0, 1, 3, 0, 0, 0, 1 } },
	{ LA_RX_IP_EXTENSION, "an option that must be known", 60, 8, { 6, 0, 0x5e, 4 } },
	{ LA_RX_IP_EXTENSION, "a jumbo payload", 0, 8, { 6, 0, 0xc2, 4 } },
	/* RFC 6946: with no offset and no more to come it is the whole packet. */
	{ LA_RX_OK, "an atomic fragment", 44, 8, { ATOMIC(6) } },
	{ LA_RX_OK, "one with all reserved bits", 44, 8, { 6, 0xff, 0, 6, 1, 2, 3, 4 } },
	{ LA_RX_OK, "one between options", 0, 24, { H8(44), ATOMIC(60), H8(6) } },
	{ LA_RX_OK, "one in another", 44, 16, { ATOMIC(44), ATOMIC(6) } },
	{ LA_RX_IP_FRAGMENT, "more fragments", 44, 8, { 6, 0, 0, 1 } },
	{ LA_RX_IP_FRAGMENT, "a last fragment", 44, 8, { 6, 0, 0, 8 } },
	{ LA_RX_IP_FRAGMENT, "the last one of all", 44, 8, { 6, 0, 0xff, 0xf8 } },
	{ LA_RX_IP_FRAGMENT, "a fragment of UDP", 44, 8, { 17, 0, 1, 0 } },
	{ LA_RX_IP_FRAGMENT, "a fragment behind options", 0, 16, { H8(44), 6, 0, 0, 1 } },
	{ LA_RX_IP_FRAGMENT, "a fragment in an atomic one", 44, 16,
			{ ATOMIC(44), 6, 0, 0, 9 } },
	{ LA_RX_PROTOCOL, "an atomic fragment of UDP", 44, 8, { ATOMIC(17) } },
	{ LA_RX_IP_EXTENSION, "nine atomic fragments", 44, 72, { ATOMIC(44), ATOMIC(44), ATOMIC(44),
			ATOMIC(44), ATOMIC(44), ATOMIC(44), ATOMIC(44), ATOMIC(44), ATOMIC(6) } },
	{ LA_RX_PROTOCOL, "authentication", 51, 8, { 6 } },
	{ LA_RX_PROTOCOL, "no next header", 60, 8, { H8(59) } },
	{ LA_RX_PROTOCOL, "UDP", 60, 8, { H8(17) } },
	{ LA_RX_ICMP, "TCP taken for ICMPv6", 60, 8, { H8(58) } },
};

static void
make_chain(struct frame *frame, int i)
{
	frame_make(frame, TCP6);
	frame_insert(frame, AT_L4_V6, chains[i].octets, chains[i].len);
	frame->octets[AT_IP + 6] = chains[i].first;
}

START_TEST(a_chain_of_extension_headers_is_walked_to_its_end)
{
	struct frame frame;

	make_chain(&frame, _i);
	enum la_rx_reason reason = frame_parse(&frame, frame.len, 0);
	ck_assert_msg(reason == chains[_i].reason, "%s: %s", chains[_i].what,
			la_rx_reason_name(reason));
}
END_TEST

/* The IPv6 length is cut with the frame, so that the walk itself meets the end. */
START_TEST(a_chain_cut_anywhere_is_refused)
{
	struct frame frame;

	make_chain(&frame, _i);
	for (size_t left = 0; left < frame.len - AT_L4_V6; left++) {
		frame.octets[AT_IP + 5] = (uint8_t)left;
		ck_assert_int_ne(frame_parse(&frame, AT_L4_V6 + left, 0), LA_RX_OK);
	}
}
END_TEST

/* Walked to the end it would cost as much as ten segments. */
START_TEST(a_packet_full_of_padding_is_refused)
{
	static const uint8_t options[1408] = { 6, sizeof(options) / 8 - 1 };
	struct frame frame;

	frame_make(&frame, TCP6);
	frame_insert(&frame, AT_L4_V6, options, sizeof(options));
	frame.octets[AT_IP + 6] = 60;
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_IP_EXTENSION);
}
END_TEST

START_TEST(no_room_for_an_extension_header_is_an_overrun)
{
	struct frame frame;

	frame_make(&frame, TCP6);
	frame.octets[AT_IP + 6] = 60;
	for (uint8_t left = 0; left < 8; left++) {
		frame.octets[AT_IP + 5] = left;
		ck_assert_int_eq(frame_parse(&frame, AT_L4_V6 + left, 0), LA_RX_IP_EXTENSION);
	}
}
END_TEST

START_TEST(a_mapped_address_on_the_wire_never_passes_for_ipv4)
{
	const struct la_addr mapped = la_addr_v4(0x0a4d0001);
	struct frame frame;

	frame_make(&frame, TCP6);
	memcpy(frame.octets + AT_IP + 8, &mapped, sizeof(mapped));
	frame_fix_sums(&frame, AT_L4_V6);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_IP_SOURCE);
	frame_make(&frame, TCP6);
	memcpy(frame.octets + AT_IP + 24, &mapped, sizeof(mapped));
	frame_fix_sums(&frame, AT_L4_V6);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_NOT_OUR_ADDRESS);
}
END_TEST

START_TEST(the_segment_behind_extension_headers_is_found)
{
	struct frame frame;
	struct la_rx rx;

	make_chain(&frame, 3);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len + 2, 0), LA_RX_OK);
	ck_assert_uint_eq(rx.seg.seq, 0x01020304);
	ck_assert_uint_eq(rx.seg.len, 10);
	ck_assert_ptr_eq(rx.seg.data, frame.octets + AT_L4_V6 + 24 + 20);
	ck_assert_mem_eq(&rx.source, frame.octets + AT_IP + 8, 16);
	ck_assert_mem_eq(&rx.dest, frame.octets + AT_IP + 24, 16);
}
END_TEST

static const struct {
	const char *what;
	uint8_t first, octets[16];
	bool alert;
} alerts[] = {
	{ "none", 0, { 58, 1, 1, 4, 0, 0, 0, 0, 0x1e, 6 }, false },
	{ "MLD", 0, { 58, 1, 5, 2, 0, 0, 1, 0, 0x1e, 6 }, true },
	{ "MLD, behind another option", 0, { 58, 1, 0x1e, 6, 5, 2, 0, 0, 0, 0, 5, 2, 0, 0 }, true },
	{ "RSVP", 0, { 58, 1, 5, 2, 0, 1, 1, 0, 0x1e, 6 }, false },
	{ "of another length", 0, { 58, 1, 5, 3, 0, 0, 0, 0, 0x1e, 5 }, false },
	{ "empty", 0, { 58, 1, 5, 0, 0, 0, 1, 0, 0x1e, 6 }, false },
	{ "MLD, and an atomic fragment", 0, { 44, 0, 5, 2, 0, 0, 1, 0, 58 }, true },
	{ "in destination options", 60, { 58, 1, 5, 2, 0, 0, 1, 0, 0x1e, 6 }, false },
};

START_TEST(the_router_alert_for_mld_is_noted)
{
	struct frame frame;
	struct la_rx rx;

	memset(&rx, 0xff, sizeof(rx));
	frame_make(&frame, ICMP6);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	ck_assert(!rx.icmp.router_alert);
	frame_insert(&frame, AT_L4_V6, alerts[_i].octets, sizeof(alerts[_i].octets));
	frame.octets[AT_IP + 6] = alerts[_i].first;
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	ck_assert_int_eq(rx.kind, LA_KIND_ICMP);
	ck_assert_msg(rx.icmp.router_alert == alerts[_i].alert, "%s", alerts[_i].what);
}
END_TEST

static Suite *
suite(void)
{
	enum { CHAINS = sizeof(chains) / sizeof(chains[0]) };
	Suite *s = suite_create("rx_ipv6");
	TCase *tc = tcase_create("rx_ipv6");

	tcase_add_loop_test(tc, a_chain_of_extension_headers_is_walked_to_its_end, 0, CHAINS);
	tcase_add_loop_test(tc, a_chain_cut_anywhere_is_refused, 0, CHAINS);
	tcase_add_test(tc, a_packet_full_of_padding_is_refused);
	tcase_add_test(tc, no_room_for_an_extension_header_is_an_overrun);
	tcase_add_test(tc, a_mapped_address_on_the_wire_never_passes_for_ipv4);
	tcase_add_test(tc, the_segment_behind_extension_headers_is_found);
	tcase_add_loop_test(tc, the_router_alert_for_mld_is_noted, 0,
			sizeof(alerts) / sizeof(alerts[0]));
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
