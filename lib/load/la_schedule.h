/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SCHEDULE_H
#define LA_SCHEDULE_H

/** @file
 * When opens fall due: an open loop. The rate grows from 0, stays, and shrinks to
 * 0 (RFC 9411, 7.2: ramp up, sustain, ramp down); the clock alone decides, never
 * the answers, so a peer that stalls does not slow down what is asked of it.
 *
 * All times are microseconds since the start.
 */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LA_SCHEDULE_NEVER UINT64_MAX

struct la_schedule {
	double per_us;                  /**< Opens a microsecond, between the ramps. */
	double ramp_us, down_us;
	double sustain_us;              /**< Infinite if it never ends. */
	double ramp_opens, sustain_opens, down_opens;
	uint64_t total;                 /**< Opens in all; UINT64_MAX: without end. */
};

/**
 * @param per_s       Opens a second between the ramps; more than 0.
 * @param sustain_us  0: without end, and then there is no ramp down.
 */
void la_schedule_init(struct la_schedule *schedule, double per_s, uint64_t ramp_us,
		uint64_t sustain_us, uint64_t down_us);

/** When open number @p n (from 0) falls due: the microsecond in which it does;
 *  LA_SCHEDULE_NEVER if none does. */
uint64_t la_schedule_due_us(const struct la_schedule *schedule, uint64_t n);

/** How many have fallen due before a time. Over and above rounding, each of them is due
 *  then, and the next one no earlier than a microsecond before. */
uint64_t la_schedule_opens(const struct la_schedule *schedule, uint64_t at_us);

/** The rate at a time, in opens a second. */
double la_schedule_rate(const struct la_schedule *schedule, uint64_t at_us);

#ifdef __cplusplus
}
#endif

#endif
