/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums against the slow sum of frames.c. */
#include "frames.h"
#include "la_check.h"
#include "la_checksum.h"

enum { BIG = 65535 };

/* A plain generator (xorshift), seeded: the same octets on every run. */
static uint8_t
next_octet(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint8_t)(*state >> 32);
}

static uint16_t
sum(const uint8_t *octets, size_t len)
{
	return la_checksum_fold(la_checksum_add(0, octets, len));
}

START_TEST(the_example_of_rfc_1071_comes_out)
{
	static const uint8_t octets[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	ck_assert_uint_eq(sum(octets, sizeof(octets)), 0xddf2);
	ck_assert_uint_eq(la_checksum_finish(0xddf2), 0x220d);
}
END_TEST

START_TEST(any_length_at_any_alignment_sums_like_the_slow_way)
{
	uint64_t state = 88172645463325252;
	uint8_t octets[320];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = next_octet(&state);
	for (size_t at = 0; at < 16; at++)
		for (size_t len = 0; at + len <= sizeof(octets); len++)
			ck_assert_uint_eq(sum(octets + at, len), naive_sum(octets + at, len));
}
END_TEST

/* Carries out of every place, up to the largest packet there is. */
START_TEST(carries_are_never_lost)
{
	static const uint8_t fill[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff };
	static const size_t lens[] = { 1, 2, 3, 4, 5, 1459, 1460, BIG - 1, BIG };
	uint8_t *octets = malloc(BIG);

	ck_assert_ptr_nonnull(octets);
	memset(octets, fill[_i], BIG);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		uint16_t slow = naive_sum(octets, lens[i]);

		ck_assert_uint_eq(sum(octets, lens[i]), slow);
		/* A full partial sum before it must not push anything out. */
		ck_assert_uint_eq(la_checksum_fold(la_checksum_add(0xffffffffffff, octets,
				lens[i])), slow == 0 ? 0xffff : slow);
	}
	free(octets);
}
END_TEST

START_TEST(folding_ends_every_carry)
{
	static const struct { uint64_t sum; uint16_t folded; } edges[] = {
		{ 0, 0 }, { 0xffff, 0xffff }, { 0x10000, 1 }, { 0x1fffe, 0xffff },
		{ 0x1ffff, 1 }, { 0xffffffff, 0xffff }, { 0x100000000, 1 },
		{ UINT64_MAX, 0xffff }, { 0xffffffff00000001, 1 }, { 0xfffffffffffffffe, 0xfffe },
	};

	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		ck_assert_uint_eq(la_checksum_fold(edges[i].sum), edges[i].folded);
		ck_assert_uint_eq(la_checksum_finish(edges[i].sum), 0xffff - edges[i].folded);
	}
}
END_TEST

START_TEST(parts_that_end_at_even_octets_add_up)
{
	uint64_t state = 362436069;
	uint8_t octets[61];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = next_octet(&state);
	for (size_t at = 0; at < sizeof(octets); at += 2) {
		uint64_t parts = la_checksum_add(la_checksum_add(0, octets, at), octets + at,
				sizeof(octets) - at);

		ck_assert_uint_eq(la_checksum_fold(parts), sum(octets, sizeof(octets)));
	}
}
END_TEST

START_TEST(pseudo_headers_of_both_families_sum_as_laid_out)
{
	struct frame frame;
	struct la_rx rx;

	frame_make(&frame, _i == 0 ? TCP4 : TCP6);
	ck_assert_int_eq(la_rx_parse(&rx, frame.octets, frame.len, 0), LA_RX_OK);
	for (uint32_t len = 0; len < 1000; len += 37) {
		uint64_t part = la_checksum_pseudo(&rx.source, &rx.dest, 6, len);

		ck_assert_uint_eq(la_checksum_fold(la_checksum_add(part, frame.octets, len)),
				naive_sum_pseudo(frame.octets + AT_IP, frame.octets, len, 6));
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("checksum");
	TCase *tc = tcase_create("checksum");

	tcase_add_test(tc, the_example_of_rfc_1071_comes_out);
	tcase_add_test(tc, any_length_at_any_alignment_sums_like_the_slow_way);
	tcase_add_loop_test(tc, carries_are_never_lost, 0, 6);
	tcase_add_test(tc, folding_ends_every_carry);
	tcase_add_test(tc, parts_that_end_at_even_octets_add_up);
	tcase_add_loop_test(tc, pseudo_headers_of_both_families_sum_as_laid_out, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}

LA_CHECK_MAIN(suite)
