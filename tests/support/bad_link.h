/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_BAD_LINK_H
#define LA_TEST_BAD_LINK_H

/** @file
 * An echo over a bad link in simulated time: a client that sends all it has, a server that
 * gives each octet back, and how long that takes. Every octet is compared. A seed decides
 * all that the link does.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_tcp.h"

/** Both ways of a link. Chances are in hundredths of a per cent. */
struct bad_link {
	uint32_t loss, duplicate, reorder;
	uint32_t delay_us;              /**< One way. */
	uint32_t late_us;               /**< Most that a reordered segment comes late. */
	uint64_t octets_per_s;          /**< 0: no limit. */
	uint32_t queue;                 /**< Octets that wait for it at most. */
	uint64_t blackout_at_us, blackout_us;   /**< Nothing passes for so long. */
};

/** What the two ends have in common. */
struct bad_link_ends {
	uint32_t window;                /**< At first; */
	uint32_t window_max;            /**< what it may grow to. The larger is the server's
	                                     buffer. */
	bool timestamps, sack;
	uint32_t rto_min_us;
	enum la_tcp_congestion congestion;
	uint32_t echo;                  /**< Octets that the client sends. */
};

struct bad_link_result {
	uint64_t took_us;
	uint64_t segments[2], lost[2];  /**< By end; the client is 0. */
	uint64_t text[2];               /**< Octets of text sent, with what was sent again. */
	uint32_t timeouts[2];
};

/** Aborts if an octet is wrong, or the echo takes longer than an hour. */
void bad_link_run(const struct bad_link *link, const struct bad_link_ends *ends, uint64_t seed,
		struct bad_link_result *result);

#endif
