/* SPDX-License-Identifier: BSD-3-Clause */
/* What a SYN and its last ACK cost. */
#include "bench.h"

#include <stdio.h>

#include "la_cookie.h"

enum { COOKIES = 1 << 21 };

static const uint64_t now_us = 1790000000000000;

static struct la_cookie_tuple
tuple_of(bool v6)
{
	struct la_cookie_tuple tuple = { la_addr_v4(0x0a000001), la_addr_v4(0x0a000002), 80, 0 };

	if (v6)
		tuple.local.b[0] = tuple.remote.b[0] = 0x20;
	return tuple;
}

static void
say(const char *what, const char *kind, uint64_t start)
{
	char line[80];

	snprintf(line, sizeof(line), "cookie: %s, %s", what, kind);
	bench_print(line, start, COOKIES);
}

static void
bench_kind(const struct la_cookie *cookie, const char *kind, bool v6, bool timestamps)
{
	const struct la_cookie_opts opts = { .mss_class = 6, .timestamps = timestamps,
		.wscale_ok = true, .wscale = 7, .sack = true };
	struct la_cookie_tuple tuple = tuple_of(v6);
	uint32_t tsval = 0, isn = 0, good = 0;
	struct la_cookie_opts out;
	uint64_t start = bench_cycles();

	for (uint32_t i = 0; i < COOKIES; i++) {
		tuple.remote_port = (uint16_t)i;
		isn ^= la_cookie_make(cookie, &tuple, i, &opts, now_us, &tsval);
	}
	say("make", kind, start);
	bench_use(isn);
	isn = la_cookie_make(cookie, &tuple, 1, &opts, now_us, &tsval);
	start = bench_cycles();
	for (uint32_t i = 0; i < COOKIES; i++)
		good += la_cookie_check(cookie, &tuple, 1, isn + 1, timestamps ? &tsval : NULL,
				now_us, &out);
	say(good == COOKIES ? "check, good" : "CHECK FAILED", kind, start);
	start = bench_cycles();
	for (uint32_t i = 0; i < COOKIES; i++)
		good += la_cookie_check(cookie, &tuple, 2, isn + 1, timestamps ? &tsval : NULL,
				now_us, &out);
	say(good == COOKIES ? "check, bad" : "FORGED", kind, start);
}

static void
bench_isn(const struct la_cookie *cookie)
{
	struct la_cookie_tuple tuple = tuple_of(false);
	uint64_t start = bench_cycles();
	uint32_t sum = 0;

	for (uint32_t i = 0; i < COOKIES; i++) {
		tuple.remote_port = (uint16_t)i;
		sum ^= la_cookie_isn(cookie, &tuple, now_us);
	}
	say("ISN", "IPv4", start);
	start = bench_cycles();
	for (uint32_t i = 0; i < COOKIES; i++) {
		tuple.remote_port = (uint16_t)i;
		sum ^= la_cookie_tsval(cookie, &tuple, now_us);
	}
	say("TSval", "IPv4", start);
	bench_use(sum);
}

void
bench_cookie(void)
{
	const struct la_key secret = { { 1, 2 } };
	struct la_cookie cookie;

	la_cookie_init(&cookie, &secret, 0, now_us);
	bench_kind(&cookie, "IPv4", false, false);
	bench_kind(&cookie, "IPv4, timestamps", false, true);
	bench_kind(&cookie, "IPv6", true, false);
	bench_kind(&cookie, "IPv6, timestamps", true, true);
	bench_isn(&cookie);
}
