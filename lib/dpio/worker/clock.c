/* SPDX-License-Identifier: BSD-3-Clause */
#include "clock.h"

#include <rte_cycles.h>

void
la_clock__start(struct la_clock *clock)
{
	const uint64_t hz = rte_get_tsc_hz();

	clock->base = rte_rdtsc();
	clock->scale = (uint64_t)(((unsigned __int128)1000000 << 40) / hz);
	clock->ms_cycles = hz / 1000;
}

uint64_t
la_clock__now_us(const struct la_clock *clock)
{
	return la_clock__us(clock, rte_rdtsc());
}
