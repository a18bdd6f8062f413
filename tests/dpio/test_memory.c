/* SPDX-License-Identifier: BSD-3-Clause */
/* A stack's memory: zeroed, touched whoever touches it, and what is said of huge pages. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "la_check.h"
#include "memory.h"

static const size_t SLICE = 32 << 20, HUGE = 2 << 20;

static bool
is_resident(const uint8_t *memory, size_t len)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (len + page - 1) / page;
	unsigned char *resident = malloc(pages);
	bool all = true;

	ck_assert_int_eq(mincore((void *)memory, len, resident), 0);
	for (size_t i = 0; i < pages; i++)
		all = all && (resident[i] & 1);
	free(resident);
	return all;
}

/* Less than a slice, just a slice, and some: by nobody else, one, more than slices. */
static const struct { size_t len; uint32_t threads; } sizes[] = {
	{ 1, 0 }, { 1, 4 }, { SLICE, 2 }, { SLICE + 1, 1 }, { 3 * SLICE + 12345, 2 },
	{ 2 * SLICE, 1000 }, { 3 * SLICE, 0 },
};
START_TEST(memory_is_touched_whoever_helps)
{
	const size_t len = sizes[_i].len;
	struct la_memory_helpers helpers = { .threads = sizes[_i].threads };
	_Atomic uint64_t touched = 7;
	uint8_t *memory;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(helpers.cpus), &helpers.cpus), 0);
	memory = la_memory__map(len, &helpers, &touched);
	ck_assert_ptr_nonnull(memory);
	ck_assert_uint_eq((uintptr_t)memory % HUGE, 0);
	ck_assert_uint_eq(touched - 7, (len + HUGE - 1) / HUGE * HUGE);
	ck_assert(is_resident(memory, len));
	for (size_t i = 0; i < len; i += 1024)
		ck_assert_uint_eq(memory[i], 0);
	memory[len - 1] = 1;
	la_memory__unmap(memory, len);
}
END_TEST

START_TEST(memory_needs_no_help)
{
	/* No processor: the threads cannot be made. */
	const struct la_memory_helpers nowhere = { .threads = 3 };
	uint8_t *memory = la_memory__map(3 * SLICE, &nowhere, NULL);

	ck_assert_ptr_nonnull(memory);
	ck_assert(is_resident(memory, 3 * SLICE));
	la_memory__unmap(memory, 3 * SLICE);
	memory = la_memory__map(100, NULL, NULL);
	ck_assert_ptr_nonnull(memory);
	la_memory__unmap(memory, 100);
	la_memory__unmap(NULL, 100);
}
END_TEST

START_TEST(no_more_is_huge_than_there_is)
{
	uint8_t *memory = la_memory__map(SLICE, NULL, NULL);
	const struct la_memory_range ranges[] = { { memory, SLICE }, { NULL, 0 } };
	const struct la_memory_range part[] = { { memory + HUGE, 4096 } };

	ck_assert_uint_le(la_memory__huge(ranges, 2), SLICE);
	ck_assert_uint_le(la_memory__huge(part, 1), 4096);
	ck_assert_uint_eq(la_memory__huge(ranges + 1, 1), 0);
	/* Small pages only: none is counted. */
	ck_assert_int_eq(madvise(memory, SLICE, MADV_DONTNEED), 0);
	ck_assert_int_eq(madvise(memory, SLICE, MADV_NOHUGEPAGE), 0);
	memset(memory, 1, SLICE);
	ck_assert_uint_eq(la_memory__huge(ranges, 1), 0);
	la_memory__unmap(memory, SLICE);
}
END_TEST

START_TEST(what_is_missing_has_a_cure)
{
	char text[64];

	ck_assert_ptr_nonnull(strstr(la_memory__huge_cure("always madvise [never]\n"),
			"write madvise"));
	ck_assert_ptr_nonnull(strstr(la_memory__huge_cure("always [madvise] never\n"), "compact"));
	ck_assert_ptr_nonnull(strstr(la_memory__huge_cure("[always] madvise never\n"), "compact"));
	ck_assert_ptr_nonnull(strstr(la_memory__huge_cure(NULL), "kernel"));
	if (access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) == 0)
		ck_assert_ptr_nonnull(strchr(la_memory__huge_setting(text, sizeof(text)), '['));
}
END_TEST

START_TEST(this_processor_is_near)
{
	cpu_set_t cpus, only, before;
	const int cpu = sched_getcpu();

	ck_assert_int_ge(cpu, 0);
	ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(only), &only), 0);
	for (int i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &cpus);
	la_memory__near(&cpus);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(before), &before), 0);
	ck_assert(CPU_ISSET(cpu, &cpus));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("memory");
	TCase *t = tcase_create("memory");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, memory_is_touched_whoever_helps, 0,
			sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(t, memory_needs_no_help);
	tcase_add_test(t, no_more_is_huge_than_there_is);
	tcase_add_test(t, what_is_missing_has_a_cure);
	tcase_add_test(t, this_processor_is_near);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
