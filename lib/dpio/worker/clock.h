/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_CLOCK_H
#define LA_DPIO_CLOCK_H

/* The two clocks: workers read the time stamp counter, the control thread CLOCK_MONOTONIC. */
#include <stdint.h>

#include "la_monotonic.h"

/* Microseconds out of the time stamp counter. */
struct la_clock {
	uint64_t base;                  /* TSC at start. */
	uint64_t scale;                 /* Microseconds per cycle, times 2^40. */
	uint64_t ms_cycles;
};

void la_clock__start(struct la_clock *clock);

static inline uint64_t
la_clock__us(const struct la_clock *clock, uint64_t tsc)
{
	/* It starts at a second, so that 0 is before anything. */
	return 1000000 + (uint64_t)(((unsigned __int128)(tsc - clock->base) * clock->scale) >> 40);
}

uint64_t la_clock__now_us(const struct la_clock *clock);

#endif
