/* SPDX-License-Identifier: BSD-3-Clause */
/* Unaligned big-endian integers, arenas and counters. */
#include "la_arena.h"
#include "la_bytes.h"
#include "la_check.h"
#include "la_counter.h"

START_TEST(integers_are_big_endian_at_any_address)
{
	uint8_t b[8] = { 0 }, c[9] = { 0 };

	la_put16(b + 1, 0x1234);
	la_put32(b + 3, 0x89abcdef);
	ck_assert_mem_eq(b, ((uint8_t[]){ 0, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0 }), 8);
	ck_assert_uint_eq(la_get16(b + 1), 0x1234);
	ck_assert_uint_eq(la_get32(b + 3), 0x89abcdef);
	la_put64(c + 1, UINT64_C(0x0123456789abcdef));
	ck_assert_mem_eq(c, ((uint8_t[]){ 0, 1, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef }), 9);
	ck_assert_uint_eq(la_get64(c + 1), UINT64_C(0x0123456789abcdef));
}
END_TEST

/* What an object of each size is given, measured and dealt alike. */
static size_t
deal(struct la_arena *arena, uint8_t *parts[4])
{
	static const size_t sizes[4] = { 1, 64, 0, 65 };

	for (int i = 0; i < 4; i++)
		parts[i] = la_arena_take(arena, sizes[i]);
	return arena->used;
}

START_TEST(measuring_and_dealing_agree)
{
	struct la_arena measure = { 0 }, real = { 0 };
	uint8_t *parts[4];
	size_t len = deal(&measure, parts);
	uint8_t *memory = aligned_alloc(64, (len + 63) & ~(size_t)63);

	ck_assert_ptr_null(parts[0]);
	ck_assert_ptr_null(parts[3]);
	real.base = memory;
	ck_assert_uint_eq(deal(&real, parts), len);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq((uintptr_t)parts[i] % 64, 0);
	ck_assert_ptr_eq(parts[1], parts[0] + 64);
	ck_assert_ptr_eq(parts[2], parts[1] + 64);
	ck_assert_ptr_eq(parts[3], parts[2]);
	ck_assert_uint_eq(len, (size_t)(parts[3] - memory) + 65);
	free(memory);
}
END_TEST

START_TEST(counters_count_both_ways_and_wrap)
{
	la_counter c = { 0 };

	la_count(&c);
	la_count_add(&c, 41);
	ck_assert_uint_eq(la_count_read(&c), 42);
	la_uncount(&c);
	ck_assert_uint_eq(la_count_read(&c), 41);
	la_count_set(&c, UINT64_MAX);
	la_count(&c);
	ck_assert_uint_eq(la_count_read(&c), 0);
}
END_TEST

static Suite *
memory_suite(void)
{
	Suite *suite = suite_create("memory");
	TCase *tcase = tcase_create("memory");

	tcase_add_test(tcase, integers_are_big_endian_at_any_address);
	tcase_add_test(tcase, measuring_and_dealing_agree);
	tcase_add_test(tcase, counters_count_both_ways_and_wrap);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(memory_suite)
