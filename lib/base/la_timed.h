/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TIMED_H
#define LA_TIMED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What an object carries so that a timer wheel can hold it (lib/timer). All
 * three belong to the wheel, except that a zeroed one is a timer not set.
 */
struct la_timed {
	uint32_t prev;          /**< Neighbour in the slot, or the slot itself. */
	uint32_t next;          /**< Next in the slot, or LA_NONE. */
	uint32_t deadline;      /**< In ticks of the wheel, modulo 2^32. */
};

#ifdef __cplusplus
}
#endif

#endif
