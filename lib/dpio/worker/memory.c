/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 5.14; not in every C library's headers. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { PAGE = 4096, THREADS_MAX = 16 };
static const size_t HUGE = 2 << 20, SLICE = 32 << 20;

static size_t
round_to_huge(size_t len)
{
	return (len + HUGE - 1) & ~(HUGE - 1);
}

/* Huge pages start on their own boundary: map one more, and give back the ends. */
static uint8_t *
map_aligned(size_t len)
{
	uint8_t *all = mmap(NULL, len + HUGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before;

	if (all == MAP_FAILED)
		return NULL;
	before = (HUGE - ((uintptr_t)all & (HUGE - 1))) & (HUGE - 1);
	if (before > 0)
		munmap(all, before);
	munmap(all + before + len, HUGE - before);
	return all + before;
}

/* Memory that several threads touch, slice by slice. */
struct touching {
	uint8_t *memory;
	size_t len;
	_Atomic size_t next;
	_Atomic uint64_t *touched;      /* Or NULL. */
};

static void
touch_slice(uint8_t *memory, size_t len)
{
	if (madvise(memory, len, MADV_POPULATE_WRITE) == 0)
		return;
	for (size_t at = 0; at < len; at += PAGE)
		((volatile uint8_t *)memory)[at] = 0;
}

static void *
touch_slices(void *arg)
{
	struct touching *t = arg;
	size_t at;

	while ((at = atomic_fetch_add(&t->next, SLICE)) < t->len) {
		const size_t len = t->len - at < SLICE ? t->len - at : SLICE;

		touch_slice(t->memory + at, len);
		if (t->touched != NULL)
			atomic_fetch_add_explicit(t->touched, len, memory_order_relaxed);
	}
	return NULL;
}

/* No more threads than slices beside the caller's first. Without help it only takes longer. */
static uint32_t
start_helpers(struct touching *t, const struct la_memory_helpers *helpers, pthread_t *thread)
{
	const size_t slices = (t->len - 1) / SLICE;
	uint32_t started = 0, wanted = helpers->threads;
	pthread_attr_t attr;

	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	if (wanted > slices)
		wanted = (uint32_t)slices;
	if (wanted == 0 || pthread_attr_init(&attr) != 0)
		return 0;
	if (pthread_attr_setaffinity_np(&attr, sizeof(helpers->cpus), &helpers->cpus) == 0) {
		while (started < wanted &&
				pthread_create(&thread[started], &attr, touch_slices, t) == 0)
			started++;
	}
	pthread_attr_destroy(&attr);
	return started;
}

void *
la_memory__map(size_t len, const struct la_memory_helpers *helpers, _Atomic uint64_t *touched)
{
	struct touching t = { .len = round_to_huge(len), .touched = touched };
	pthread_t thread[THREADS_MAX];
	uint32_t started = 0;

	t.memory = map_aligned(t.len);
	if (t.memory == NULL)
		return NULL;
	/* Not every kernel has them; small pages work as well. */
	(void)madvise(t.memory, t.len, MADV_HUGEPAGE);
	if (helpers != NULL && t.len > 0)
		started = start_helpers(&t, helpers, thread);
	touch_slices(&t);
	for (uint32_t i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	return t.memory;
}

void
la_memory__unmap(void *memory, size_t len)
{
	if (memory != NULL)
		munmap(memory, round_to_huge(len));
}

void
la_memory__near(cpu_set_t *cpus)
{
	unsigned int cpu, node;
	char path[96];

	if (getcpu(&cpu, &node) != 0)
		return;
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpu%u", node, cpu);
	if (access(path, F_OK) != 0)
		return;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, cpus))
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpu%u", node, cpu);
		if (access(path, F_OK) != 0)
			CPU_CLR(cpu, cpus);
	}
}

uint64_t
la_memory__available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long kb;
	uint64_t octets = UINT64_MAX;
	char line[128];

	if (file == NULL)
		return octets;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			octets = kb * 1024;
	}
	fclose(file);
	return octets;
}

static bool
ranges_overlap(const struct la_memory_range *ranges, uint32_t ranges_len, uintptr_t from,
		uintptr_t to)
{
	for (uint32_t i = 0; i < ranges_len; i++) {
		const uintptr_t at = (uintptr_t)ranges[i].at;

		if (ranges[i].len > 0 && at < to && from < at + ranges[i].len)
			return true;
	}
	return false;
}

/* The kernel may show neighbours as one mapping: no more than all is counted. */
uint64_t
la_memory__huge(const struct la_memory_range *ranges, uint32_t ranges_len)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned long long from, to, kb;
	uint64_t octets = 0, all = 0;
	bool ours = false;
	char line[256], rights[8];

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%llx-%llx %7s", &from, &to, rights) == 3)
			ours = ranges_overlap(ranges, ranges_len, (uintptr_t)from, (uintptr_t)to);
		else if (ours && sscanf(line, "AnonHugePages: %llu kB", &kb) == 1)
			octets += kb * 1024;
	}
	fclose(file);
	for (uint32_t i = 0; i < ranges_len; i++)
		all += ranges[i].len;
	return octets < all ? octets : all;
}

static const char setting_path[] = "/sys/kernel/mm/transparent_hugepage/enabled";

const char *
la_memory__huge_setting(char *text, size_t text_len)
{
	FILE *file = fopen(setting_path, "r");
	const char *read;

	if (file == NULL)
		return NULL;
	read = fgets(text, (int)text_len, file);
	fclose(file);
	return read;
}

const char *
la_memory__huge_cure(const char *enabled)
{
	if (enabled == NULL)
		return "this kernel has no transparent hugepages";
	if (strstr(enabled, "[never]") != NULL)
		return "/sys/kernel/mm/transparent_hugepage/enabled says never: "
				"write madvise to it";
	return "free memory is in small pieces: write 1 to /proc/sys/vm/compact_memory "
			"before the start";
}
