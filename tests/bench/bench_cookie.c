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

/* Cookies of this many ports: were it one, the compiler would check it once. */
enum { MADE = 1024 };
static uint32_t made_isn[MADE], made_tsval[MADE];

static void
make_all(const struct la_cookie *cookie, bool v6, const struct la_cookie_opts *opts)
{
	struct la_cookie_tuple tuple = tuple_of(v6);

	for (uint32_t i = 0; i < MADE; i++) {
		tuple.remote_port = (uint16_t)i;
		made_isn[i] = la_cookie_make(cookie, &tuple, i, opts, now_us, &made_tsval[i]);
	}
}

/* With the peer's ISN @p wrong by so much. */
static void
bench_checks(const struct la_cookie *cookie, const char *kind, bool v6, bool timestamps,
		const char *what, uint32_t wrong)
{
	struct la_cookie_tuple tuple = tuple_of(v6);
	const uint32_t wanted = wrong == 0 ? COOKIES : 0;
	const uint64_t start = bench_cycles();
	struct la_cookie_opts out;
	uint32_t good = 0;

	for (uint32_t i = 0; i < COOKIES; i++) {
		const uint32_t at = i % MADE;

		tuple.remote_port = (uint16_t)at;
		good += la_cookie_check(cookie, &tuple, at + wrong, made_isn[at] + 1,
				timestamps ? &made_tsval[at] : NULL, now_us, &out);
	}
	say(good == wanted ? what : "CHECKED WRONG", kind, start);
}

static void
bench_kind(const struct la_cookie *cookie, const char *kind, bool v6, bool timestamps)
{
	const struct la_cookie_opts opts = { .mss_class = 6, .timestamps = timestamps,
		.wscale_ok = true, .wscale = 7, .sack = true };
	struct la_cookie_tuple tuple = tuple_of(v6);
	uint32_t tsval = 0, isn = 0;
	uint64_t start = bench_cycles();

	for (uint32_t i = 0; i < COOKIES; i++) {
		tuple.remote_port = (uint16_t)i;
		isn ^= la_cookie_make(cookie, &tuple, i, &opts, now_us, &tsval);
	}
	say("make", kind, start);
	bench_use(isn);
	make_all(cookie, v6, &opts);
	bench_checks(cookie, kind, v6, timestamps, "check, good", 0);
	bench_checks(cookie, kind, v6, timestamps, "check, bad", 1);
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
