/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_H
#define BENCH_H

/** @file
 * Cycles of the time stamp counter: not those of a core that clocks up or down.
 */
#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
static inline uint64_t
bench_cycles(void)
{
	return __builtin_ia32_rdtsc();
}
#else
#include <time.h>

/* Nanoseconds, where there is no such counter. */
static inline uint64_t
bench_cycles(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
#endif

static inline uint64_t
bench_draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/** Print what @p operations took since @p start. */
void bench_print(const char *what, uint64_t start, uint64_t operations);

/** Let the compiler think that a result is used. */
void bench_use(uint64_t value);

/** Zeroed memory on a boundary of 64, or the program ends. 2 MB or more are on huge pages:
 *  those that are reserved (vm.nr_hugepages), as DPDK's are, if enough are free; else
 *  transparent ones, if the system has them to give. */
void *bench_memory(uint64_t len);

/** Whether the last such piece is on reserved huge pages. */
bool bench_memory_is_reserved(void);

void bench_flow(void);
void bench_cookie(void);
void bench_timer(void);

#endif
