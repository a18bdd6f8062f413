/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools: every object once, none twice, and the last given back comes first. */
#include "la_check.h"
#include "la_pool.h"

enum { SIZE = 5, STRIDE = 24 };

static struct la_pool
make_pool(uint32_t size)
{
	struct la_pool pool;

	la_pool_init(&pool, malloc(la_pool_memory(size, STRIDE)), size, STRIDE);
	return pool;
}

START_TEST(all_objects_are_handed_out_once)
{
	struct la_pool pool = make_pool(SIZE);
	bool seen[SIZE + 1] = { false };

	for (int i = 0; i < SIZE; i++) {
		uint32_t handle = la_pool_take(&pool);

		ck_assert_uint_ge(handle, 1);
		ck_assert_uint_le(handle, SIZE);
		ck_assert(!seen[handle]);
		seen[handle] = true;
		memset(la_pool_get(&pool, handle), 0xff, STRIDE);
		ck_assert_uint_eq(la_pool_left(&pool), SIZE - 1 - (uint32_t)i);
	}
	ck_assert_uint_eq(la_pool_take(&pool), LA_NONE);
	ck_assert_uint_eq(pool.used, SIZE);
	free(pool.objects);
}
END_TEST

START_TEST(the_last_given_back_is_handed_out_first)
{
	struct la_pool pool = make_pool(SIZE);
	uint32_t a = la_pool_take(&pool), b = la_pool_take(&pool);

	la_pool_give(&pool, a);
	la_pool_give(&pool, b);
	ck_assert_uint_eq(la_pool_take(&pool), b);
	ck_assert_uint_eq(la_pool_take(&pool), a);
	free(pool.objects);
}
END_TEST

START_TEST(a_full_pool_recovers_when_one_is_given_back)
{
	struct la_pool pool = make_pool(1);
	uint32_t only = la_pool_take(&pool);

	ck_assert_uint_eq(la_pool_take(&pool), LA_NONE);
	la_pool_give(&pool, only);
	ck_assert_uint_eq(la_pool_take(&pool), only);
	free(pool.objects);
}
END_TEST

START_TEST(a_handle_and_its_object_name_each_other)
{
	struct la_pool pool = make_pool(SIZE);

	for (uint32_t i = 0; i < SIZE; i++) {
		uint32_t handle = la_pool_take(&pool);

		ck_assert_uint_eq(la_pool_handle(&pool, la_pool_get(&pool, handle)), handle);
	}
	free(pool.objects);
}
END_TEST

START_TEST(an_empty_pool_gives_nothing)
{
	struct la_pool pool = make_pool(0);

	ck_assert_uint_eq(la_pool_take(&pool), LA_NONE);
	free(pool.objects);
}
END_TEST

static Suite *
pool_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tcase = tcase_create("pool");

	tcase_add_test(tcase, all_objects_are_handed_out_once);
	tcase_add_test(tcase, the_last_given_back_is_handed_out_first);
	tcase_add_test(tcase, a_full_pool_recovers_when_one_is_given_back);
	tcase_add_test(tcase, a_handle_and_its_object_name_each_other);
	tcase_add_test(tcase, an_empty_pool_gives_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}

LA_CHECK_MAIN(pool_suite)
