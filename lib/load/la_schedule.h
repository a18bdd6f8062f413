/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SCHEDULE_H
#define LA_SCHEDULE_H

/** @file
 * When opens are due: an open loop. The rate grows from 0, stays constant, and falls
 * to 0 (RFC 9411, 7.2: ramp up, sustain, ramp down). Only the clock decides, never
 * the answers, so a peer that stalls does not slow down the opens.
 *
 * All times are microseconds since the start.
 */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LA_SCHEDULE_NEVER UINT64_MAX

struct la_schedule {
	double per_us;                  /**< Opens per microsecond, between the ramps. */
	double ramp_us, down_us;
	double sustain_us;              /**< Infinite if it never ends. */
	double ramp_opens, sustain_opens, down_opens;
	uint64_t total;                 /**< Opens in all; UINT64_MAX: without end. */
};

/**
 * @param per_s       Opens per second between the ramps; more than 0.
 * @param sustain_us  0: without end; then there is no ramp down.
 */
void la_schedule_init(struct la_schedule *schedule, double per_s, uint64_t ramp_us,
		uint64_t sustain_us, uint64_t down_us);

/** The microsecond in which open number @p n (from 0) is due; LA_SCHEDULE_NEVER if the
 *  schedule has fewer opens. */
uint64_t la_schedule_due_us(const struct la_schedule *schedule, uint64_t n);

/** How many opens are due before a time. Apart from rounding, each of them is due by then,
 *  and the next one is due no earlier than a microsecond before that time. */
uint64_t la_schedule_opens(const struct la_schedule *schedule, uint64_t at_us);

/** The rate at a time, in opens per second. */
double la_schedule_rate(const struct la_schedule *schedule, uint64_t at_us);

#ifdef __cplusplus
}
#endif

#endif
