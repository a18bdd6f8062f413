/* SPDX-License-Identifier: BSD-3-Clause */
/* What the programs share. */
#define _GNU_SOURCE
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

static volatile uint64_t sink;

void
bench_use(uint64_t value)
{
	sink = value;
}

void
bench_print(const char *what, uint64_t start, uint64_t operations)
{
	double cycles = (double)(bench_cycles() - start);

	printf("%-48s %8.1f\n", what, cycles / (double)operations);
	fflush(stdout);
}

static bool reserved;

static void *
huge_memory(uint64_t len)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	reserved = memory != MAP_FAILED;
	if (reserved)
		return memory;
	memory = aligned_alloc(HUGE_PAGE, len);
	if (memory)
		madvise(memory, len, MADV_HUGEPAGE);
	return memory;
}

void *
bench_memory(uint64_t len)
{
	const uint64_t page = len < HUGE_PAGE ? 64 : HUGE_PAGE;
	void *memory;

	len = (len + page - 1) & ~(page - 1);
	memory = page == HUGE_PAGE ? huge_memory(len) : aligned_alloc(page, len);
	if (len == 0 || !memory) {
		fprintf(stderr, "bench: no memory for %llu octets\n", (unsigned long long)len);
		exit(EXIT_FAILURE);
	}
	return memset(memory, 0, len);
}

bool
bench_memory_is_reserved(void)
{
	return reserved;
}
