/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FIXTURE_H
#define FIXTURE_H

/** @file
 * Tuples, a clock and a secret for the tests of lib/cookie.
 */
#include "la_check.h"
#include "la_cookie.h"

#define TICK_US (1ull << LA_COOKIE_TICK_SHIFT)
#define EPOCH_US (TICK_US * LA_COOKIE_ROTATE_TICKS)

/** In the middle of a tick in the middle of an epoch, in 2026's wall clock. */
#define NOW_US (EPOCH_US * 3300000 + 7 * TICK_US + TICK_US / 2)

static const struct la_key fixture_secret = { { 0x0123456789abcdef, 0xfedcba9876543210 } };

/** Tuple 0 is IPv4, tuple 1 IPv6. */
static inline struct la_cookie_tuple
fixture_tuple(int family)
{
	struct la_cookie_tuple tuple = {
		.local = la_addr_v4(0x0a4d0002),
		.remote = la_addr_v4(0x0a4d0101),
		.local_port = 80,
		.remote_port = 40000,
	};

	if (family == 1) {
		ck_assert(la_addr_parse("2001:db8::2", &tuple.local));
		ck_assert(la_addr_parse("2001:db8:1::77", &tuple.remote));
	}
	return tuple;
}

static inline struct la_cookie
fixture_cookie(uint64_t now_us)
{
	struct la_cookie cookie;

	la_cookie_init(&cookie, &fixture_secret, 0, now_us);
	return cookie;
}

#endif
