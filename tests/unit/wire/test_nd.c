/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbour Discovery: what is read, what is refused (RFC 4861, 7.1), what is written. */
#include "frames.h"
#include "la_check.h"
#include "la_emit.h"

enum { AT_HOP_LIMIT = AT_IP + 7, AT_SOURCE = AT_IP + 8, AT_DEST = AT_IP + 24 };
enum { AT_CODE = AT_L4_V6 + 1, AT_FLAGS = AT_L4_V6 + 4, AT_TARGET = AT_L4_V6 + 8,
	AT_OPTION = AT_L4_V6 + 24 };

static const struct la_addr host = { { 0xfd, 0, [15] = 2 } }, ours = { { 0xfd, 0, [15] = 1 } };
static const struct la_addr unspecified = { { 0 } };
static const struct la_mac host_mac = { { 2, 0, 0, 0, 0, 2 } };

static struct la_path
path_of(const struct la_addr *source, const struct la_addr *dest)
{
	return (struct la_path){
		.source_mac = host_mac, .dest_mac = la_mac_of_group(dest),
		.source = *source, .dest = *dest,
	};
}

/* Ask for our address, or answer for it, as a host on the link does. */
static void
make(struct frame *frame, uint8_t type, const struct la_addr *source, bool has_mac)
{
	const struct la_addr group = la_addr_solicited_node(&ours);
	const struct la_path path = path_of(source, type == LA_ND_SOLICITATION ? &group : &ours);
	const struct la_nd nd = {
		.type = type, .solicited = type == LA_ND_ADVERTISEMENT, .has_mac = has_mac,
		.mac = host_mac, .target = type == LA_ND_SOLICITATION ? ours : host,
	};

	frame->len = la_emit_nd(frame->octets, &path, &nd);
}

START_TEST(what_is_written_is_read)
{
	const bool advert = _i & 1;
	const struct la_path path = path_of(&host, &ours);
	const struct la_nd nd = {
		.type = advert ? LA_ND_ADVERTISEMENT : LA_ND_SOLICITATION,
		.router = advert && _i & 2, .solicited = advert && _i & 4,
		.override = advert && _i & 8,
		.has_mac = _i & 16, .mac = host_mac, .target = ours,
	};
	struct la_rx rx;
	uint8_t frame[128];
	uint32_t len = la_emit_nd(frame, &path, &nd);

	ck_assert_uint_eq(len, _i & 16 ? 86 : 78);
	ck_assert_int_eq(la_rx_parse(&rx, frame, len, 0), LA_RX_OK);
	ck_assert_int_eq(rx.kind, LA_KIND_ND);
	ck_assert_uint_eq(rx.nd.type, nd.type);
	ck_assert(rx.nd.router == nd.router && rx.nd.solicited == nd.solicited);
	ck_assert(rx.nd.override == nd.override && rx.nd.has_mac == nd.has_mac);
	ck_assert(!nd.has_mac || la_mac_eq(&rx.nd.mac, &host_mac));
	ck_assert(la_addr_eq(&rx.nd.target, &ours) && la_addr_eq(&rx.source, &host));
}
END_TEST

/* Of a good message one octet is made another: the message is refused. */
static const struct { const char *what; uint8_t type; size_t at; uint8_t octet; } spoilt[] = {
	{ "passed on by a router", LA_ND_SOLICITATION, AT_HOP_LIMIT, 254 },
	{ "passed on by a router", LA_ND_ADVERTISEMENT, AT_HOP_LIMIT, 64 },
	{ "a code", LA_ND_SOLICITATION, AT_CODE, 1 },
	{ "a code", LA_ND_ADVERTISEMENT, AT_CODE, 255 },
	{ "a group as target", LA_ND_SOLICITATION, AT_TARGET, 0xff },
	{ "a group as target", LA_ND_ADVERTISEMENT, AT_TARGET, 0xff },
	{ "an option of length 0", LA_ND_SOLICITATION, AT_OPTION + 1, 0 },
	{ "an option past the end", LA_ND_ADVERTISEMENT, AT_OPTION + 1, 2 },
	{ "a group's Ethernet address", LA_ND_SOLICITATION, AT_OPTION + 2, 3 },
	{ "solicited, and to many", LA_ND_ADVERTISEMENT, AT_DEST, 0xff },
};

START_TEST(a_spoilt_message_is_refused)
{
	struct frame frame;

	make(&frame, spoilt[_i].type, &host, true);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_OK);
	frame.octets[spoilt[_i].at] = spoilt[_i].octet;
	frame_fix_sums(&frame, AT_L4_V6);
	ck_assert_msg(frame_parse(&frame, frame.len, 0) == LA_RX_ND, "%s", spoilt[_i].what);
}
END_TEST

START_TEST(cut_anywhere_it_is_refused)
{
	struct frame frame;
	size_t len;

	make(&frame, _i ? LA_ND_SOLICITATION : LA_ND_ADVERTISEMENT, &host, true);
	len = frame.len;
	while (frame.len-- > AT_L4_V6 + 8) {
		frame.octets[AT_IP + 5] = (uint8_t)(frame.len - AT_L4_V6);
		frame_fix_sums(&frame, AT_L4_V6);
		/* Without its option it is whole again. */
		ck_assert_int_eq(frame_parse(&frame, frame.len, 0),
				frame.len == len - 8 ? LA_RX_OK : LA_RX_ND);
	}
}
END_TEST

START_TEST(other_options_are_passed_over)
{
	static const uint8_t nonce[] = { 14, 1, 1, 2, 3, 4, 5, 6 }, of_two[16] = { 99, 2 };
	struct frame frame;
	struct la_rx rx;

	make(&frame, LA_ND_SOLICITATION, &host, true);
	frame_insert(&frame, AT_OPTION, nonce, sizeof(nonce));
	frame_insert(&frame, AT_OPTION, of_two, sizeof(of_two));
	frame_fix_sums(&frame, AT_L4_V6);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	ck_assert(rx.nd.has_mac && la_mac_eq(&rx.nd.mac, &host_mac));
}
END_TEST

/* RFC 6980, 5 */
START_TEST(in_a_fragment_it_is_refused)
{
	static const uint8_t atomic[8] = { 58, 0, 0, 0, 1, 2, 3, 4 }, options[8] = { 58, 0, 1, 4 };
	struct frame frame;

	for (int i = 0; i < 2; i++) {
		make(&frame, _i ? LA_ND_SOLICITATION : LA_ND_ADVERTISEMENT, &host, true);
		frame_insert(&frame, AT_L4_V6, i ? atomic : options, 8);
		frame.octets[AT_IP + 6] = i ? 44 : 60;
		ck_assert_int_eq(frame_parse(&frame, frame.len, 0), i ? LA_RX_ND : LA_RX_OK);
	}
}
END_TEST

/* Duplicate address detection (RFC 4862, 5.4.2) asks without an address. */
START_TEST(who_has_no_address_tells_no_mac_and_asks_a_group)
{
	struct frame frame;

	make(&frame, LA_ND_SOLICITATION, &unspecified, false);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_OK);
	memcpy(frame.octets + AT_DEST, &ours, sizeof(ours));
	frame_fix_sums(&frame, AT_L4_V6);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_ND);
	make(&frame, LA_ND_SOLICITATION, &unspecified, true);
	ck_assert_int_eq(frame_parse(&frame, frame.len, 0), LA_RX_ND);
}
END_TEST

START_TEST(groups_and_link_local_addresses_are_as_the_rfcs_have_them)
{
	const struct la_mac mac = { { 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde } };
	struct la_addr a, group = { 0 };
	struct la_mac of_group;
	char text[LA_ADDR_TEXT_LEN];

	/* RFC 4291, 2.7.1 and RFC 2464, 4. */
	ck_assert(la_addr_parse("4037::01:800:200e:8c6c", &a));
	group = la_addr_solicited_node(&a);
	ck_assert_str_eq(la_addr_format(&group, text), "ff02::1:ff0e:8c6c");
	of_group = la_mac_of_group(&group);
	ck_assert_mem_eq(&of_group, "\x33\x33\xff\x0e\x8c\x6c", 6);
	a = la_addr_link_local(&mac);
	ck_assert_str_eq(la_addr_format(&a, text), "fe80::3656:78ff:fe9a:bcde");
	ck_assert(la_addr_is_multicast(&group) && !la_addr_is_multicast(&a));
	a = la_addr_v4(0xe0000001);
	ck_assert(la_addr_is_multicast(&a));
	a = la_addr_v4(0xdfffffff);
	ck_assert(!la_addr_is_multicast(&a));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("nd");
	TCase *tc = tcase_create("nd");

	tcase_add_loop_test(tc, what_is_written_is_read, 0, 32);
	tcase_add_loop_test(tc, a_spoilt_message_is_refused, 0,
			sizeof(spoilt) / sizeof(spoilt[0]));
	tcase_add_loop_test(tc, cut_anywhere_it_is_refused, 0, 2);
	tcase_add_loop_test(tc, in_a_fragment_it_is_refused, 0, 2);
	tcase_add_test(tc, other_options_are_passed_over);
	tcase_add_test(tc, who_has_no_address_tells_no_mac_and_asks_a_group);
	tcase_add_test(tc, groups_and_link_local_addresses_are_as_the_rfcs_have_them);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
