/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames read eight at once are what they are when read one by one: random segments, right and
 * wrong, each in memory of just its size. What is plain and to an address of the first run of
 * its family is read without help.
 */
#include "fast_frame.h"
#include "la_check.h"
#include "read.h"

enum { EIGHT = LA_READ_AT_ONCE, BURSTS = 40000, LEAST = BURSTS / 8, ODD = 1 };

struct bed {
	struct la_stack *stack;
	void *memory;
	struct fast_draw draw;
	struct la_frame frames[LA_BURST_MAX];
	uint8_t *octets[LA_BURST_MAX];
	uint64_t read, by_eight;        /* Plain frames, and those read without help. */
};

static struct bed bed;

static uint8_t *
no_frame(void *user)
{
	(void)user;
	return NULL;
}

static void
no_send(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	(void)user;
	(void)len;
	(void)tcp;
	(void)tci;
}

/* The second run of IPv6 goes on beyond 32 bits; the first one of the other stack does. */
static void
bed_make(bool beyond)
{
	const struct la_stack_range ranges[] = {
		{ la_addr_v4(0x0a000001), 2, 24 },
		{ { { 0xfd, [15] = 1 } }, 2, 64 },
		{ la_addr_v4(0xc0a80501), 1, 24 },
		{ { { 0xfd, 1, [12] = 0xff, 0xff, 0xff, 0xfe } }, 4, 64 },
	};
	const struct la_stack_listener listener = { .name = "discard", .service = "discard",
		.address = LA_ANY_ADDRESS, .port_first = 80, .port_last = 80 };
	const struct la_stack_io io = { NULL, no_frame, no_send, NULL };
	struct la_stack_params params;

	la_stack_params_default(&params, 64);
	params.ranges = beyond ? ranges + 2 : ranges;
	params.ranges_len = beyond ? 2 : 4;
	params.listeners = &listener;
	params.listeners_len = 1;
	params.mac = (struct la_mac){ { 2, 0, 0, 0, 0, 1 } };
	bed.memory = aligned_alloc(64, (la_stack_memory(&params) + 63) / 64 * 64);
	ck_assert_ptr_nonnull(bed.memory);
	memset(bed.memory, 0, la_stack_memory(&params));
	bed.stack = la_stack_init(bed.memory, &params, &io, 1);
	ck_assert_ptr_nonnull(bed.stack);
	bed.draw = (struct fast_draw){ .state = 20261128 + beyond };
	bed.read = bed.by_eight = 0;
}

static void
bed_free(void)
{
	free(bed.memory);
}

static struct la_addr
draw_address(bool v4, bool ours)
{
	static const uint32_t v4s[] = { 0x0a000001, 0x0a000002, 0xc0a80501, 0x0a000003, 0x0a000000 };
	static const struct la_addr v6s[] = {
		{ { 0xfd, [15] = 1 } }, { { 0xfd, [15] = 2 } }, { { 0xfd, [15] = 3 } },
		{ { 0xfd, 1, [12] = 0xff, 0xff, 0xff, 0xfe } },
		{ { 0xfd, 1, [12] = 0xff, 0xff, 0xff, 0xff } }, { { 0xfd, 1, [11] = 1 } },
		{ { 0xfd, 1, [11] = 1, [15] = 1 } }, { { 0xfd, 1, [11] = 1, [15] = 2 } },
		{ { 0xfd, 1 } }, { { 0xfd, 1, [15] = 1 } },
	};
	struct la_addr a;

	if (ours)
		return v4 ? la_addr_v4(v4s[fast_draw(&bed.draw, 5)]) :
				v6s[fast_draw(&bed.draw, 10)];
	if (v4)
		return la_addr_v4(0x0b000000 + fast_draw(&bed.draw, 0x10000));
	a = (struct la_addr){ { 0xfd, 9 } };
	la_put32(a.b + 12, fast_draw_word(&bed.draw));
	return a;
}

static void
draw_options(struct fast_seg *seg, uint32_t which)
{
	static const uint8_t all[][21] = {
		{ 0 }, { 4, 2, 4, 5, 180 }, { 12, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 },
		{ 20, 2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7 },
		{ 12, 2, 4, 5, 180, 1, 3, 3, 8, 1, 1, 4, 2 }, { 4, 1, 1, 1, 1 },
		{ 12, 1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8 },
	};

	if (fast_draw_one_in(&bed.draw, 12))
		which = fast_draw(&bed.draw, 7);
	seg->options_len = all[which][0];
	memcpy(seg->options, all[which] + 1, seg->options_len);
	/* Another number in what is a number mostly. */
	if (seg->options_len > 0 && fast_draw_one_in(&bed.draw, 4))
		seg->options[fast_draw(&bed.draw, seg->options_len)] ^= (uint8_t)
				(1u << fast_draw(&bed.draw, 8));
}

/* Nothing, all, one of the two sums, or a tag that was taken off. */
static uint8_t
draw_checked(uint32_t usual)
{
	static const uint8_t all[] = { 0, LA_READ_CHECKED, LA_RX_IP_CHECKSUM_GOOD,
		LA_RX_L4_CHECKSUM_GOOD, LA_READ_CHECKED | LA_RX_TAG_STRIPPED };

	return all[fast_draw_one_in(&bed.draw, 30) ? fast_draw(&bed.draw, 5) : usual];
}

static void
draw_frame(uint32_t i, bool v4, uint32_t options, uint32_t checked, uint32_t wild)
{
	static const uint8_t text[100] = "The quick brown fox jumps over the lazy dog.";
	static uint8_t room[FAST_FRAME_MAX];
	struct fast_seg seg = { .seq = fast_draw_word(&bed.draw), .ack = fast_draw_word(&bed.draw),
		.wnd = (uint16_t)fast_draw(&bed.draw, 0x10000),
		.flags = (uint8_t)fast_draw(&bed.draw, 256), .text = text };
	struct fast_plan plan = {
		.path = { .source_mac = { { 2, 0, 0, 0, 0, 2 } }, .dest_mac = bed.stack->link.mac,
			.source = draw_address(v4, false), .dest = draw_address(v4, true),
			.source_port = (uint16_t)(1 + fast_draw(&bed.draw, 0xffff)),
			.dest_port = (uint16_t)(1 + fast_draw(&bed.draw, 0xffff)) },
	};

	if (fast_draw_one_in(&bed.draw, 4))
		seg.len = fast_draw(&bed.draw, sizeof(text));
	draw_options(&seg, options);
	if (wild > 0 && fast_draw_one_in(&bed.draw, wild))
		plan.twist = (enum fast_twist)fast_draw(&bed.draw, FAST_TWISTS);
	if (wild > 0 && fast_draw_one_in(&bed.draw, wild))
		plan.damage = (enum fast_damage)fast_draw(&bed.draw, FAST_DAMAGES);
	bed.frames[i].len = fast_frame_make(room, &plan, &seg, &bed.draw);
	bed.frames[i].checked = draw_checked(checked);
	bed.octets[i] = malloc(bed.frames[i].len + ODD);
	ck_assert_ptr_nonnull(bed.octets[i]);
	bed.frames[i].octets = memcpy(bed.octets[i] + ODD, room, bed.frames[i].len);
}

/* Mostly of one family, with the same options, checked or not. */
static uint32_t
draw_burst(void)
{
	const uint32_t n = 1 + fast_draw(&bed.draw, LA_BURST_MAX);
	const bool v4 = fast_draw(&bed.draw, 2), mixed = fast_draw_one_in(&bed.draw, 3);
	const uint32_t options = fast_draw(&bed.draw, 5), checked = fast_draw(&bed.draw, 2);
	const uint32_t wild = (uint32_t[]){ 0, 5, 30, 200 }[fast_draw(&bed.draw, 4)];

	for (uint32_t i = 0; i < n; i++)
		draw_frame(i, mixed ? fast_draw(&bed.draw, 2) : v4,
				mixed ? fast_draw(&bed.draw, 7) : options, checked, wild);
	return n;
}

/* To an address of the first run, and not past 2^32 in the last word of it. */
static bool
is_first_run(const struct la_plain *p)
{
	const struct la_addresses *a = &bed.stack->link.addresses;
	const uint32_t at = p->tuple.local - a->v6_base;

	if (!(p->options & LA_PLAIN_V6))
		return p->tuple.local - a->v4_base < a->v4_count;
	return at < a->v6_count && at <= UINT32_MAX - (uint32_t)a->v6_low;
}

static uint32_t
shortest(uint32_t at)
{
	uint32_t len = UINT32_MAX;

	for (uint32_t i = at; i < at + EIGHT; i++)
		len = bed.frames[i].len < len ? bed.frames[i].len : len;
	return len;
}

/* Whether it must be read with those of its eight: it is of the first one's family, and none
 * is too short for that. */
static bool
must_be_read(const struct la_plain *p, uint32_t at)
{
	const uint32_t len = shortest(at);

	if (len < LA_PLAIN_TCP_V4 + 20u || !is_first_run(p))
		return false;
	if (la_plain_is_ipv4(bed.frames[at].octets))
		return !(p->options & LA_PLAIN_V6);
	return p->options & LA_PLAIN_V6 && len >= LA_PLAIN_TCP_V6 + 20u;
}

static void
compare_eight(uint32_t at, const struct la_plain *one, uint64_t plain)
{
	static struct la_plain eight[EIGHT];
	uint32_t good;

	memset(eight, 0, sizeof(eight));
	good = la_stack__read_eight(bed.stack, bed.frames + at, eight);
	ck_assert_uint_eq(good & ~(plain >> at), 0);
	for (uint32_t i = 0; i < EIGHT; i++) {
		const struct la_plain *p = &one[at + i];

		if (good >> i & 1)
			ck_assert_mem_eq(&eight[i], p, sizeof(*p));
		else if (plain >> (at + i) & 1)
			ck_assert(!must_be_read(p, at));
	}
	bed.by_eight += (uint32_t)__builtin_popcount(good);
}

static void
compare(uint32_t n)
{
	static struct la_plain one[LA_BURST_MAX], all[LA_BURST_MAX];
	uint64_t plain, again;

	memset(one, 0, sizeof(one));
	memset(all, 0, sizeof(all));
	bed.stack->read_eight = false;
	plain = la_stack__read(bed.stack, bed.frames, n, one);
	bed.stack->read_eight = true;
	again = la_stack__read(bed.stack, bed.frames, n, all);
	ck_assert_uint_eq(plain, again);
	for (uint32_t i = 0; i < n; i++) {
		if (plain >> i & 1)
			ck_assert_mem_eq(&one[i], &all[i], sizeof(one[i]));
	}
	for (uint32_t at = 0; at + EIGHT <= n; at += EIGHT)
		compare_eight(at, one, plain);
	bed.read += (uint32_t)__builtin_popcountll(plain);
}

START_TEST(eight_are_read_as_one_by_one)
{
	if (!la_siphash_has_avx2())
		return;
	bed_make(_i);
	for (int i = 0; i < BURSTS; i++) {
		const uint32_t n = draw_burst();

		compare(n);
		for (uint32_t k = 0; k < n; k++)
			free(bed.octets[k]);
	}
	/* Or nothing was compared. */
	ck_assert_uint_gt(bed.read, LEAST);
	ck_assert_uint_gt(bed.by_eight, LEAST);
	bed_free();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("read");
	TCase *c = tcase_create("read");

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, eight_are_read_as_one_by_one, 0, 2);
	suite_add_tcase(s, c);
	return s;
}

LA_CHECK_MAIN(suite)
