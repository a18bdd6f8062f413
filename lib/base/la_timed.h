/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TIMED_H
#define LA_TIMED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The member of an object for its timer (lib/timer). All three fields belong to the wheel; if all
 * are zero the timer is not set.
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
