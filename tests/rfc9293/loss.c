/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What loss costs: an echo over bad links in simulated time, each octet compared. In the
 * environment LOSS_SEEDS sets how many seeds are run, LOSS_VERBOSE prints each time.
 */
#include <stdio.h>

#include "bad_link.h"
#include "la_check.h"

enum { MB = 1000000 };

#define NEWRENO LA_CONGESTION_NEWRENO
#define CUBIC LA_CONGESTION_CUBIC
#define WESTWOOD LA_CONGESTION_WESTWOOD
#define MODEL LA_CONGESTION_MODEL

static const struct bad_link lossy = { .loss = 400, .duplicate = 200, .reorder = 2000,
	.delay_us = 3000, .late_us = 7000 };
static const struct bad_link loss_alone = { .loss = 100, .delay_us = 10000 };
static const struct bad_link reordered = { .reorder = 2000, .delay_us = 3000, .late_us = 7000 };
static const struct bad_link clean = { .delay_us = 3000 };
static const struct bad_link bottleneck = { .delay_us = 10000, .octets_per_s = 5 * MB,
	.queue = 60000 };
static const struct bad_link slow_and_lossy = { .loss = 400, .delay_us = 20000 };

/* Bounds are in ms, for the mean and for the slowest of the seeds. */
static const struct {
	const char *name;
	const struct bad_link *link;
	enum la_tcp_congestion congestion;
	uint32_t window, window_max, octets;
	uint32_t mean_ms, most_ms;
} cases[] = {
	{ "lossy, newreno", &lossy, NEWRENO, 65535, 0, 20 * MB, 20000, 21000 },
	{ "lossy, cubic", &lossy, CUBIC, 65535, 0, 20 * MB, 21000, 22000 },
	{ "lossy, westwood", &lossy, WESTWOOD, 65535, 0, 20 * MB, 15000, 16000 },
	{ "lossy, westwood, 256 kB", &lossy, WESTWOOD, 1 << 18, 0, 20 * MB, 8500, 9500 },
	{ "lossy, westwood, 1 MB", &lossy, WESTWOOD, 1 << 20, 0, 20 * MB, 5500, 7000 },
	{ "lossy, westwood, 64 kB to 1 MB", &lossy, WESTWOOD, 65535, 1 << 20, 20 * MB, 5500, 7000 },
	{ "lossy, model, 64 kB to 1 MB", &lossy, MODEL, 65535, 1 << 20, 20 * MB, 4000, 5000 },
	{ "loss alone, model", &loss_alone, MODEL, 65535, 0, 5 * MB, 4500, 5000 },
	{ "bottleneck, model", &bottleneck, MODEL, 1 << 20, 0, 20 * MB, 6500, 6500 },
	{ "clean, model", &clean, MODEL, 65535, 0, 20 * MB, 3800, 3800 },
	{ "reordered, model", &reordered, MODEL, 65535, 1 << 20, 20 * MB, 1300, 1500 },
	{ "loss alone, newreno", &loss_alone, NEWRENO, 65535, 0, 5 * MB, 8500, 9000 },
	{ "loss alone, cubic", &loss_alone, CUBIC, 65535, 0, 5 * MB, 7500, 8000 },
	{ "loss alone, westwood", &loss_alone, WESTWOOD, 65535, 0, 5 * MB, 5500, 6000 },
	{ "reordered, cubic", &reordered, CUBIC, 65535, 0, 20 * MB, 6500, 7000 },
	{ "clean, newreno", &clean, NEWRENO, 65535, 0, 20 * MB, 3800, 3800 },
	{ "clean, cubic", &clean, CUBIC, 65535, 0, 20 * MB, 3800, 3800 },
	{ "bottleneck, newreno", &bottleneck, NEWRENO, 1 << 20, 0, 20 * MB, 6500, 6500 },
	{ "bottleneck, cubic", &bottleneck, CUBIC, 1 << 20, 0, 20 * MB, 5500, 6000 },
	{ "bottleneck, westwood", &bottleneck, WESTWOOD, 1 << 20, 0, 20 * MB, 5500, 6000 },
	{ "little text, cubic", &slow_and_lossy, CUBIC, 65535, 0, 20000, 300, 700 },
};

static unsigned long
number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

START_TEST(an_echo_takes_no_longer_than)
{
	const struct bad_link_ends ends = { .window = cases[_i].window,
		.window_max = cases[_i].window_max, .timestamps = true,
		.sack = true, .rto_min_us = 200000, .congestion = cases[_i].congestion,
		.echo = cases[_i].octets };
	const unsigned long seeds = number("LOSS_SEEDS", 3);
	uint64_t sum_us = 0, most_us = 0, timeouts = 0, text = 0, lost = 0;

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct bad_link_result result;

		bad_link_run(cases[_i].link, &ends, seed, &result);
		sum_us += result.took_us;
		most_us = result.took_us > most_us ? result.took_us : most_us;
		timeouts += result.timeouts[0] + result.timeouts[1];
		text += result.text[0] + result.text[1];
		lost += result.lost[0] + result.lost[1];
		if (getenv("LOSS_VERBOSE"))
			fprintf(stderr, "%s, seed %lu: %lu ms\n", cases[_i].name,
					(unsigned long)seed, (unsigned long)result.took_us / 1000);
	}
	printf("%s: mean %lu ms, most %lu ms; a run has %lu timeouts, %lu lost, %.2f %% of text "
			"too much\n",
			cases[_i].name, (unsigned long)(sum_us / seeds / 1000),
			(unsigned long)most_us / 1000, (unsigned long)(timeouts / seeds),
			(unsigned long)(lost / seeds),
			100.0 * (double)text / (2.0 * (double)seeds * cases[_i].octets) - 100);
	ck_assert_uint_le(sum_us / seeds, cases[_i].mean_ms * UINT64_C(1000));
	ck_assert_uint_le(most_us, cases[_i].most_ms * UINT64_C(1000));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("loss");
	TCase *t = tcase_create("loss");

	tcase_set_timeout(t, 240);
	tcase_add_loop_test(t, an_echo_takes_no_longer_than, 0,
			sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
