/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <sys/mman.h>

#include "memory.h"

enum { PAGE = 4096 };
static const size_t HUGE = 2 << 20;

static size_t
rounded(size_t len)
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

void *
la_memory_map(size_t len)
{
	const size_t all = rounded(len);
	uint8_t *memory = map_aligned(all);

	if (memory == NULL)
		return NULL;
	/* Not every kernel has them; small pages work as well. */
	(void)madvise(memory, all, MADV_HUGEPAGE);
	for (size_t at = 0; at < all; at += PAGE)
		((volatile uint8_t *)memory)[at] = 0;
	return memory;
}

void
la_memory_unmap(void *memory, size_t len)
{
	if (memory != NULL)
		munmap(memory, rounded(len));
}

uint64_t
la_memory_available(void)
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
