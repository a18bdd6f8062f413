/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_TCB_PAIR_H
#define LA_TEST_TCB_PAIR_H

/** @file
 * Two ends joined by a link that loses, delays, reorders and repeats, with a
 * clock that jumps from event to event. Every choice comes from one function,
 * so that a seed or a fuzzer's input decides all of it.
 *
 * The streams must arrive exactly, both ends must come to their end in bounded
 * time, and the pools must be full again; anything else aborts.
 */
#include <stdint.h>

#include "la_timewait.h"
#include "tcb.h"

struct pair_choices {
	/** A number from 0 to n - 1. */
	uint32_t (*choose)(void *user, uint32_t n);
	void *user;
	bool trace;                     /**< Print every segment. */
	/** Limits for choices that may be malicious; 0: none. So many octets each way,
	 *  and so many segments lost, fewer than make an end give up. */
	uint32_t octets, losses;
};

struct pair_result {
	uint32_t octets[2];             /**< Sent by each end. */
	uint32_t segments, lost;
	uint32_t retransmissions;       /**< Timeouts that sent again. */
	uint64_t took_us;               /**< Virtual time. */
	enum la_tcp_state last[2];      /**< The state each end left from. */
};

void pair_run(const struct pair_choices *choices, struct pair_result *result);

#endif
