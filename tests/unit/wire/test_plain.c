/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plain segment is what la_rx_parse() makes of the frame, and what that refuses is not plain.
 * Bare segments are what la_emit_tcp() writes.
 */
#include "frames.h"
#include "la_bare.h"
#include "la_check.h"
#include "la_emit.h"

struct octet {
	uint16_t at;
	uint8_t value;
};

/* What is inserted behind the TCP header, and the header's length with it. */
#define MSS 2, 4, 0x05, 0xb4
#define TS 8, 10, 1, 2, 3, 4, 5, 6, 7, 8

enum options { NONE, MSS_ALONE, TS_ALONE, WINDOWS, LINUX, FREEBSD, TS_BEHIND, SCALE_FIRST, END,
	SCALE_BAD, NO_SACK, NO_SCALE, NEITHER, OTHER_BEHIND, OTHER_BEFORE, OPTIONS };

static const struct {
	uint8_t len;
	bool plain;
	uint8_t octets[20];
} options[OPTIONS] = {
	[NONE] = { 0, true, { 0 } },
	[MSS_ALONE] = { 4, true, { MSS } },
	[TS_ALONE] = { 12, true, { 1, 1, TS } },
	[WINDOWS] = { 12, true, { MSS, 1, 3, 3, 255, 1, 1, 4, 2 } },
	[LINUX] = { 20, true, { MSS, 4, 2, TS, 1, 3, 3, 7 } },
	[FREEBSD] = { 20, false, { MSS, 1, 3, 3, 6, 4, 2, TS } },
	[TS_BEHIND] = { 12, false, { TS, 1, 1 } },
	[SCALE_FIRST] = { 12, false, { 1, 3, 3, 7, MSS, 1, 1, 4, 2 } },
	[END] = { 4, false, { 0, 0, 0, 0 } },
	[SCALE_BAD] = { 12, false, { MSS, 1, 3, 4, 7, 1, 1, 4, 2 } },
	/* What answers Linux and does without. */
	[NO_SACK] = { 20, true, { MSS, 1, 1, TS, 1, 3, 3, 7 } },
	[NO_SCALE] = { 16, true, { MSS, 4, 2, TS } },
	[NEITHER] = { 16, true, { MSS, 1, 1, TS } },
	[OTHER_BEHIND] = { 20, false, { MSS, 4, 2, TS, 253, 4, 3, 7 } },
	[OTHER_BEFORE] = { 16, false, { MSS, 253, 2, TS } },
};

static const struct {
	const char *what;
	enum base base;
	bool plain;
	int grow;
	bool fix;
	struct octet set[4];
} frames[] = {
	{ "over IPv4", TCP4, true, 0, true, { { 0 } } },
	{ "over IPv6", TCP6, true, 0, true, { { 0 } } },
	{ "padding behind IPv4", TCP4, true, 7, false, { { 0 } } },
	{ "padding behind IPv6", TCP6, true, 7, false, { { 0 } } },
	{ "an odd length", TCP4, true, -1, true, { { 17, 49 } } },
	{ "an odd length over IPv6", TCP6, true, -1, true, { { 19, 29 } } },
	{ "type of service, ECT(0)", TCP4, true, 0, true, { { 15, 0xba } } },
	{ "ECT(1)", TCP4, false, 0, true, { { 15, 0xb9 } } },
	{ "CE", TCP4, false, 0, true, { { 15, 0xbb } } },
	{ "traffic class, ECT(0) and flow label", TCP6, true, 0, true, { { 14, 0x6f }, { 15, 0xef } } },
	{ "ECT(1) over IPv6", TCP6, false, 0, true, { { 14, 0x6f }, { 15, 0xdf } } },
	{ "CE over IPv6", TCP6, false, 0, true, { { 15, 0x30 } } },
	{ "TTL 0", TCP4, true, 0, true, { { 22, 0 } } },
	{ "no DF", TCP4, true, 0, true, { { 20, 0 } } },
	{ "the evil bit", TCP4, true, 0, true, { { 20, 0xc0 } } },
	{ "a source in 240/4", TCP4, false, 0, true, { { 26, 240 } } },
	{ "all flags but ECE and CWR", TCP4, true, 0, true, { { 47, 0x3f } } },
	{ "ECE", TCP4, false, 0, true, { { 47, 0x50 } } },
	{ "CWR over IPv6", TCP6, false, 0, true, { { 67, 0x90 } } },
	{ "no flags", TCP6, true, 0, true, { { 67, 0 } } },
	{ "an urgent pointer", TCP4, true, 0, true, { { 52, 0x12 } } },
	{ "reserved bits", TCP4, true, 0, true, { { 46, 0x5f } } },
	{ "one octet lacking", TCP4, false, -1, false, { { 0 } } },
	{ "one octet lacking over IPv6", TCP6, false, -1, false, { { 0 } } },
	{ "length 39", TCP4, false, 0, true, { { 17, 39 } } },
	{ "length 0", TCP4, false, 0, true, { { 17, 0 } } },
	{ "length 65535", TCP4, false, 0, true, { { 16, 255 }, { 17, 255 } } },
	{ "length 19 over IPv6", TCP6, false, 0, true, { { 19, 19 } } },
	{ "length 65535 over IPv6", TCP6, false, 0, true, { { 18, 255 }, { 19, 255 } } },
	{ "a header of 24", TCP4, false, 0, true, { { 14, 0x46 } } },
	{ "more fragments", TCP4, false, 0, true, { { 20, 0x20 } } },
	{ "a last fragment", TCP4, false, 0, true, { { 21, 1 } } },
	{ "UDP", TCP4, false, 0, true, { { 23, 17 } } },
	{ "UDP over IPv6", TCP6, false, 0, true, { { 20, 17 } } },
	{ "from this network", TCP4, false, 0, true, { { 26, 0 } } },
	{ "from 127.0.0.1", TCP4, false, 0, true, { { 26, 127 } } },
	{ "from a group", TCP4, false, 0, true, { { 26, 224 } } },
	{ "from an IPv6 group", TCP6, false, 0, true, { { 22, 0xff } } },
	{ "from ::1", TCP6, false, 0, true, { { 22, 0 }, { 23, 0 }, { 24, 0 }, { 25, 0 } } },
	{ "to itself", TCP4, false, 0, true, { { 29, 1 } } },
	{ "to itself over IPv6", TCP6, false, 0, true, { { 37, 1 } } },
	{ "from port 0", TCP4, false, 0, true, { { 34, 0 }, { 35, 0 } } },
	{ "to port 0", TCP4, false, 0, true, { { 37, 0 } } },
	{ "offset 4", TCP4, false, 0, true, { { 46, 0x40 } } },
	{ "offset 0 over IPv6", TCP6, false, 0, true, { { 66, 0 } } },
	{ "offset 15", TCP4, false, 0, true, { { 46, 0xf0 } } },
	{ "a bit of the text", TCP4, false, 0, false, { { 63, 'n' } } },
	{ "a bit of the address", TCP4, false, 0, false, { { 29, 3 } } },
	{ "a bit of the IPv6 address", TCP6, false, 0, false, { { 37, 3 } } },
	{ "a zeroed checksum of IPv4", TCP4, false, 0, false, { { 24, 0 }, { 25, 0 } } },
	{ "a zeroed checksum of TCP", TCP6, false, 0, false, { { 70, 0 }, { 71, 0 } } },
};

enum { FRAMES = sizeof(frames) / sizeof(frames[0]), V4_LEAST = 54, ROOM = 256 };

static size_t
l4_of(enum base base)
{
	return base == TCP4 ? AT_L4 : AT_L4_V6;
}

static void
make_frame(struct frame *frame, int i)
{
	frame_make(frame, frames[i].base);
	for (const struct octet *o = frames[i].set; o < frames[i].set + 4; o++)
		if (o->at != 0)
			frame->octets[o->at] = o->value;
	frame->len += (size_t)frames[i].grow;
	if (frames[i].fix)
		frame_fix_sums(frame, l4_of(frames[i].base));
}

/* As the stack reads a frame. */
static bool
read_plain(struct la_plain *p, const uint8_t *octets, size_t len, bool checked)
{
	if (len < V4_LEAST)
		return false;
	if (la_plain_is_ipv4(octets))
		return la_plain_ipv4(p, octets, (uint32_t)len, checked);
	return la_plain_is_ipv6(octets) && la_plain_ipv6(p, octets, (uint32_t)len, checked);
}

static void
assert_same(const struct la_plain *p, const struct la_rx *rx)
{
	ck_assert_int_eq(rx->kind, LA_KIND_TCP);
	ck_assert(la_addr_eq(&p->tuple.remote, &rx->source));
	ck_assert_int_eq(!(p->options & LA_PLAIN_V6), la_addr_is_v4(&rx->source));
	ck_assert_uint_eq(p->tuple.remote_port, rx->source_port);
	ck_assert_uint_eq(p->tuple.local_port, rx->dest_port);
	ck_assert_uint_eq(p->seq, rx->seg.seq);
	ck_assert_uint_eq(p->ack, rx->seg.ack);
	ck_assert_uint_eq(p->wnd, rx->seg.wnd);
	ck_assert_uint_eq(p->flags, rx->seg.flags);
	ck_assert_uint_eq(p->text_len, rx->seg.len);
	ck_assert_ptr_eq(p->frame + p->text_at, rx->seg.data);
	ck_assert_uint_eq(p->options & ~LA_PLAIN_V6, rx->seg.opts.present);
	if (p->options & LA_OPT_MSS)
		ck_assert_uint_eq(p->mss, rx->seg.opts.mss);
	if (p->options & LA_OPT_WSCALE)
		ck_assert_uint_eq(p->wscale, rx->seg.opts.wscale);
	if (p->options & LA_OPT_TIMESTAMPS) {
		ck_assert_uint_eq(p->tsval, rx->seg.opts.tsval);
		ck_assert_uint_eq(p->tsecr, rx->seg.opts.tsecr);
	}
}

/* Read a copy of just this size: whether it is plain. */
static bool
agrees(const struct frame *frame, size_t len, bool checked)
{
	uint8_t *copy = malloc(len + 1);
	enum la_rx_reason reason;
	struct la_plain p;
	struct la_rx rx;
	bool plain;

	ck_assert_ptr_nonnull(copy);
	/* At an odd address. */
	memcpy(copy + 1, frame->octets, len);
	memset(&p, 0xee, sizeof(p));
	plain = read_plain(&p, copy + 1, len, checked);
	reason = la_rx_parse(&rx, copy + 1, len, checked ? LA_RX_IP_CHECKSUM_GOOD |
			LA_RX_L4_CHECKSUM_GOOD : 0);
	if (plain) {
		ck_assert_int_eq(reason, LA_RX_OK);
		assert_same(&p, &rx);
	}
	free(copy);
	return plain;
}

START_TEST(a_plain_segment_is_what_the_parser_reads)
{
	struct frame frame;

	make_frame(&frame, _i);
	ck_assert_msg(agrees(&frame, frame.len, false) == frames[_i].plain, "%s", frames[_i].what);
	agrees(&frame, frame.len, true);
}
END_TEST

START_TEST(a_plain_frame_cut_anywhere_is_not_plain)
{
	const enum base base = _i & 1 ? TCP4 : TCP6;
	const size_t l4 = l4_of(base);
	struct frame frame;

	frame_make(&frame, base);
	frame_insert(&frame, l4 + 20, options[_i >> 1].octets, options[_i >> 1].len);
	frame.octets[l4 + 12] = (uint8_t)((20 + options[_i >> 1].len) << 2);
	frame_fix_sums(&frame, l4);
	ck_assert_int_eq(agrees(&frame, frame.len, false), options[_i >> 1].plain);
	ck_assert_int_eq(agrees(&frame, frame.len, true), options[_i >> 1].plain);
	for (size_t len = 0; len < frame.len; len++) {
		ck_assert(!agrees(&frame, len, false));
		ck_assert(!agrees(&frame, len, true));
	}
}
END_TEST

/* Inside, it would pass for the IPv4 address. */
START_TEST(a_mapped_address_on_the_wire_is_not_plain)
{
	const struct la_addr mapped = la_addr_v4(0x0a4d0001);
	struct frame frame;

	frame_make(&frame, TCP6);
	memcpy(frame.octets + AT_IP + (_i == 0 ? 8 : 24), &mapped, sizeof(mapped));
	frame_fix_sums(&frame, AT_L4_V6);
	ck_assert(!agrees(&frame, frame.len, false));
	ck_assert(!agrees(&frame, frame.len, true));
}
END_TEST

/* The first octet of the destination: whether that is ours, so no group's, is for the stack
 * to say. */
static bool
names_group(enum base base, size_t at)
{
	return at == (base == TCP4 ? LA_PLAIN_DEST_V4 : LA_PLAIN_DEST_V6);
}

static void
try_all_values(const struct frame *frame, size_t at, size_t l4)
{
	struct frame changed = *frame;

	for (unsigned int value = 0; value < 256; value++) {
		memcpy(changed.octets, frame->octets, frame->len);
		changed.octets[at] = (uint8_t)value;
		agrees(&changed, changed.len, true);
		agrees(&changed, changed.len, false);
		frame_fix_sums(&changed, l4);
		agrees(&changed, changed.len, false);
	}
}

/* Every value of every octet of the headers: none is read in two ways. */
START_TEST(a_changed_header_is_read_alike_or_not_plain)
{
	const enum base base = _i & 1 ? TCP4 : TCP6;
	const size_t l4 = l4_of(base), len = options[_i >> 1].len;
	struct frame frame;

	frame_make(&frame, base);
	frame_insert(&frame, l4 + 20, options[_i >> 1].octets, len);
	frame.octets[l4 + 12] = (uint8_t)((20 + len) << 2);
	frame_fix_sums(&frame, l4);
	for (size_t at = 12; at < l4 + 20 + len; at++)
		if (!names_group(base, at))
			try_all_values(&frame, at, l4);
}
END_TEST

static const struct la_path paths[2] = { {
	.source_mac = { { 2, 0, 0, 0, 0, 1 } }, .dest_mac = { { 2, 0, 0, 0, 0, 2 } },
	.source = { { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
	.dest = { { 0x20, 1, 0xd, 0xb8, [15] = 2 } }, .source_port = 80, .dest_port = 0xc001,
}, {
	.source_mac = { { 2, 0, 0, 0, 0, 1 } }, .dest_mac = { { 2, 0, 0, 0, 0, 2 } },
	.source = { { [10] = 0xff, [11] = 0xff, 10, 77, 0, 1 } },
	.dest = { { [10] = 0xff, [11] = 0xff, 10, 77, 0, 2 } }, .source_port = 80,
	.dest_port = 0xc001,
} };

/* Options that la_emit_tcp() lays out as words 0 to 5 of these. */
static const struct { uint8_t present, words; uint32_t options[5]; } layouts[] = {
	{ 0, 0, { 0 } },
	{ LA_OPT_MSS, 1, { 0x020405b4 } },
	{ LA_OPT_MSS | LA_OPT_WSCALE, 2, { 0x020405b4, 0x01030307 } },
	{ LA_OPT_TIMESTAMPS, 3, { 0x0101080a, 0xfffffffe, 0x80000001 } },
	{ LA_OPT_MSS | LA_OPT_TIMESTAMPS, 4, { 0x020405b4, 0x0101080a, 0xfffffffe, 0x80000001 } },
	{ LA_OPT_MSS | LA_OPT_SACK_PERMITTED | LA_OPT_TIMESTAMPS | LA_OPT_WSCALE, 5,
		{ 0x020405b4, 0x0402080a, 0xfffffffe, 0x80000001, 0x01030307 } },
};

enum { LAYOUTS = sizeof(layouts) / sizeof(layouts[0]), CANARY = 0xa5 };

static void
check_bare(const struct la_template *t, bool v4, int layout, uint32_t seq, uint8_t flags)
{
	const struct la_path *path = &paths[v4];
	const uint32_t from = v4 ? 12 : 0;
	const struct la_seg seg = { .seq = seq, .ack = ~seq * 7, .flags = flags,
		.wnd = (uint16_t)(seq >> 3), .opts = { .present = layouts[layout].present,
		.mss = 1460, .wscale = 7, .tsval = 0xfffffffe, .tsecr = 0x80000001 } };
	struct la_bare bare = { .mac = path->dest_mac.b, .source = path->source.b + from,
		.dest = path->dest.b + from, .seq = seg.seq, .ack = seg.ack, .wnd = seg.wnd,
		.ports = __builtin_bswap32((uint32_t)path->source_port << 16 | path->dest_port),
		.flags = flags, .words = layouts[layout].words };
	uint8_t got[ROOM], want[ROOM];

	for (uint32_t i = 0; i < bare.words; i++)
		bare.options[i] = __builtin_bswap32(layouts[layout].options[i]);
	memset(got, CANARY, sizeof(got));
	memset(want, CANARY, sizeof(want));
	ck_assert_uint_eq(v4 ? la_bare_ipv4(got, t, &bare) : la_bare_ipv6(got, t, &bare),
			la_emit_tcp(want, path, &seg, t->offload));
	ck_assert_mem_eq(got, want, sizeof(want));
}

/* With sums of all kinds: the sequence number counts up through 16 bits. */
START_TEST(a_bare_segment_is_written_as_any_other)
{
	const bool v4 = _i & 1;
	struct la_template t;

	la_template_init(&t, &paths[v4].source_mac, _i & 2);
	for (uint32_t seq = 0; seq < 1u << 17; seq++)
		check_bare(&t, v4, _i >> 2, seq * 0x8001u, (uint8_t)seq);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("plain");
	TCase *tc = tcase_create("plain");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_plain_segment_is_what_the_parser_reads, 0, FRAMES);
	tcase_add_loop_test(tc, a_plain_frame_cut_anywhere_is_not_plain, 0, 2 * OPTIONS);
	tcase_add_loop_test(tc, a_mapped_address_on_the_wire_is_not_plain, 0, 2);
	tcase_add_loop_test(tc, a_changed_header_is_read_alike_or_not_plain, 0, 2 * OPTIONS);
	tcase_add_loop_test(tc, a_bare_segment_is_written_as_any_other, 0, 4 * LAYOUTS);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
