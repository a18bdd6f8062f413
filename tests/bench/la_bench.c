/* SPDX-License-Identifier: BSD-3-Clause */
/* la_bench [flow|cookie|timer|all]: what the core's operations cost, in cycles. */
#define _DEFAULT_SOURCE
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const struct {
	const char *name;
	void (*run)(void);
} benches[] = {
	{ "flow", bench_flow },
	{ "cookie", bench_cookie },
	{ "timer", bench_timer },
};

enum { BENCHES = sizeof(benches) / sizeof(benches[0]), HUGE_PAGE = 2 << 20 };

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

void *
bench_memory(uint64_t len)
{
	const uint64_t page = len < HUGE_PAGE ? 64 : HUGE_PAGE;
	void *memory;

	len = (len + page - 1) & ~(page - 1);
	memory = aligned_alloc(page, len);

	if (!memory) {
		fprintf(stderr, "la_bench: no memory for %llu octets\n", (unsigned long long)len);
		exit(EXIT_FAILURE);
	}
	if (page == HUGE_PAGE)
		madvise(memory, len, MADV_HUGEPAGE);
	return memset(memory, 0, len);
}

int
main(int argc, char **argv)
{
	const char *which = argc > 1 ? argv[1] : "all";
	int ran = 0;

	for (int i = 0; i < BENCHES && argc <= 2; i++) {
		if (strcmp(which, "all") != 0 && strcmp(which, benches[i].name) != 0)
			continue;
		benches[i].run();
		ran++;
	}
	if (ran > 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "usage: la_bench [flow|cookie|timer|all]\n");
	return 2;
}
