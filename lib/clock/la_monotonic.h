/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_MONOTONIC_H
#define LA_MONOTONIC_H

/** @file
 * The time of the control threads of dpio and of the commands. The core reads no clock: its
 * time is passed in. Needs POSIX's clock_gettime().
 */
#include <stdint.h>
#include <time.h>

/** Microseconds of CLOCK_MONOTONIC. */
static inline uint64_t
la_monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

#endif
