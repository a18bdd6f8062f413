/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_VERDICT_H
#define LA_VERDICT_H

/** @file
 * Whether a run passed: checks on its results. A list of checks is text,
 * "failed<0.01%,p99<5ms"; each check is METRIC, one of < <= > >=, and a value:
 *
 *   failed, or a failure by its name    connections, or % of those that were due
 *   rate                                opens per second after the ramp, or % of the offered rate
 *   min mean p50 p90 p99 p99.9 max      connection time in us, ms or s; of the
 *                                       handshake with `handshake.` before it
 *
 * Failed connections have no time, so the times of the others alone could look good: a list
 * without a check of `failed` passes only if also fewer than 1 in 100 connections failed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_load.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LA_CHECKS_MAX = 16, LA_CHECK_LEN = 48, LA_VERDICT_LEN = 256 };

/** The results of a run, of all workers. */
struct la_load_result {
	uint64_t attempted, opened, closed;
	uint64_t failed[LA_LOAD_FAILURES];
	double offered_per_s;           /**< Between the ramps; 0: closed loop. */
	double opens_per_s;             /**< ESTABLISHED, between the ramps. */
	bool stopped_in_ramp;           /**< By a signal, before the full rate was offered. */
	const struct la_histogram *times[LA_LOAD_TIMES];
};

struct la_check {
	char text[LA_CHECK_LEN];        /**< The text of the check. */
	uint8_t metric, failure, time;  /**< enums: metric in verdict.c; la_load_failure, _time */
	char op[3];
	bool percent;
	double fraction;                /**< Fraction of a percentile, 0 to 1. */
	double limit;
};

struct la_checks {
	struct la_check check[LA_CHECKS_MAX];
	uint32_t n;
};

struct la_checked {
	bool ok;
	char value[32];                 /**< The measured value, with its unit. */
};

struct la_verdict {
	bool pass;
	char why[LA_VERDICT_LEN];       /**< In words: the checks that failed, or all checks. */
	char besides[64];               /**< A cause of failure that no check covers, or "". */
	struct la_checked checked[LA_CHECKS_MAX];
};

/** Read a list of checks. False: @p error says what is wrong with it. */
bool la_checks_parse(struct la_checks *checks, const char *text, char *error, size_t error_len);

/** The checks of RFC 9411, 7.2.4: fewer than 1 in 100,000 failed, fewer than 1 in 100,000
 *  ended by a RST and, if @p rate, at least 95 per cent of the rate offered. */
void la_checks_default(struct la_checks *checks, bool rate);

void la_verdict_make(const struct la_checks *checks, const struct la_load_result *result,
		struct la_verdict *verdict);

/** Number of all failures. */
uint64_t la_load_failed(const uint64_t failed[LA_LOAD_FAILURES]);

#ifdef __cplusplus
}
#endif

#endif
