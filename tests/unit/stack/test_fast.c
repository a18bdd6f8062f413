/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fast path against the general one: random cases, each of two stacks that must be
 * equal after every call (support/fast_pair.h).
 *
 * usage: test_stack_fast [SEGMENTS]
 *
 * LA_SEED chooses other cases; with LA_CASE only that one of them is run. LA_VERBOSE: print
 * all that the general path counted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fast_case.h"

enum { FRAMES_A_CASE = 3000, SEGMENTS = 10000000, PER_MILLION = 1000000 };
enum { JUDGED_FRAMES = 300000 };   /* Fewer may lack what is rare. */

#define SEED UINT64_C(20240611)

/* The least there must be of each kind, in a million segments that came in. */
static const uint32_t least[FAST_KINDS] = {
	[FAST_KIND_SYN_COOKIE] = 3000, [FAST_KIND_SYN_IN_PLACE] = 8000, [FAST_KIND_SYN_KEPT] = 700, [FAST_KIND_OPEN] = 400,
	[FAST_KIND_OPEN_TEXT] = 800, [FAST_KIND_OPEN_FIN] = 150, [FAST_KIND_OPEN_KEPT] = 700,
	[FAST_KIND_OPEN_ACTIVE] = 250, [FAST_KIND_OPEN_ACTIVE_CLOSE] = 80,
	[FAST_KIND_OPEN_ACTIVE_SEND] = 12, [FAST_KIND_TEXT] = 1800, [FAST_KIND_TEXT_FIN] = 130,
	[FAST_KIND_FIN] = 300, [FAST_KIND_FIN_LAST] = 120, [FAST_KIND_FIN_LAST_BARE] = 120,
	[FAST_KIND_LAST_ACK] = 600, [FAST_KIND_FIN_ACKED] = 200,
	[FAST_KIND_FIN_ACKED_BARE] = 100, [FAST_KIND_TEXT_ACKED] = 900,
	[FAST_KIND_PURE_ACK] = 4000, [FAST_KIND_WINDOW] = 1000,
	[FAST_KIND_OUT_OF_ORDER] = 250, [FAST_KIND_TO_TIME_WAIT] = 400,
	[FAST_KIND_NOT_OK] = 5000, [FAST_KIND_CONNECT] = 500,
	[FAST_KIND_CONNECT_PREPARED] = 3000, [FAST_KIND_OUTPUT_SYN] = 7000,
	[FAST_KIND_OUTPUT_ACK] = 30000,
	[FAST_KIND_OUTPUT_TEXT] = 25000, [FAST_KIND_OUTPUT_FIN] = 8000,
	[FAST_KIND_OUTPUT_TEXT_FIN] = 5000, [FAST_KIND_FIN_LAST_ANSWER] = 40,
	[FAST_KIND_FIN_ACKED_ANSWER] = 60,
};

static struct fast_case one;
static struct fast_tally tally;

struct place {
	uint64_t seed, number;
};

static void
print_place(const void *user)
{
	const struct place *place = user;

	fprintf(stderr, "  LA_SEED=%" PRIu64 " LA_CASE=%" PRIu64 ", step %u, frame %u of the case\n",
			place->seed, place->number, one.steps, one.frames);
}

static uint64_t
number_of(const char *text, uint64_t otherwise)
{
	return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static void
run_case(const struct place *place)
{
	struct fast_draw draw = { .state = place->seed, .record = NULL };

	/* Far apart, so that no two cases draw the same. */
	draw.state = fast_mix(&draw.state) + place->number * UINT64_C(0xd1342543de82ef95);
	draw.state = fast_mix(&draw.state);
	fast_case_run(&one, &draw, FRAMES_A_CASE, &tally);
}

static void
print_taken(void)
{
	struct fast_pair_taken taken[16];
	const uint32_t n = fast_pair_taken(&one.pair, taken, 16);

	for (uint32_t i = 0; i < n; i++)
		printf("taken by the fast path: %" PRIu64 " %s\n", taken[i].count, taken[i].kind);
}

static void
print_tally(void)
{
	for (int i = 0; i < FAST_KINDS; i++)
		printf("%10" PRIu64 " %s\n", tally.kind[i], fast_kind_text((enum fast_kind)i));
	if (getenv("LA_VERBOSE") == NULL)
		return;
	for (int i = 0; i < LA_RX_REASONS; i++)
		printf("%10" PRIu64 " %s\n", tally.counters.rx[i].value,
				la_rx_reason_name((enum la_rx_reason)i));
	for (int i = 0; i < LA_TCP_REASONS; i++)
		printf("%10" PRIu64 " %s\n", tally.counters.tcp[i].value,
				la_tcp_reason_name((enum la_tcp_reason)i));
	for (int i = 0; i < LA_STACK_COUNTS; i++)
		printf("%10" PRIu64 " %s\n", tally.counters.count[i].value,
				la_stack_count_name((enum la_stack_count)i));
}

/* Every reason there is, but for what is wrong with frames that are no segments. */
static bool
all_reasons_seen(void)
{
	bool all = true;

	for (int i = 0; i < LA_RX_REASONS; i++) {
		if (tally.counters.rx[i].value > 0 || i == LA_RX_ARP || i == LA_RX_ICMP ||
				i == LA_RX_ND)
			continue;
		printf("never seen: %s\n", la_rx_reason_name((enum la_rx_reason)i));
		all = false;
	}
	for (int i = 0; i < LA_TCP_REASONS; i++) {
		if (tally.counters.tcp[i].value > 0)
			continue;
		printf("never seen: %s\n", la_tcp_reason_name((enum la_tcp_reason)i));
		all = false;
	}
	return all;
}

/* A test that tests nothing must not look like success. */
static bool
is_vacuous(void)
{
	bool vacuous = !all_reasons_seen();

	for (int i = 0; i < FAST_KINDS; i++) {
		if (tally.kind[i] >= tally.frames * least[i] / PER_MILLION)
			continue;
		printf("too few: %s\n", fast_kind_text((enum fast_kind)i));
		vacuous = true;
	}
	return vacuous;
}

int
main(int argc, char **argv)
{
	const uint64_t segments = number_of(argc > 1 ? argv[1] : NULL, SEGMENTS);
	const char *alone = getenv("LA_CASE");
	struct place place = { number_of(getenv("LA_SEED"), SEED), number_of(alone, 0) };

	one.until = FAST_KINDS;
	one.pair.where = print_place;
	one.pair.user = &place;
	do {
		run_case(&place);
		place.number++;
	} while (alone == NULL && tally.frames < segments);
	printf("LA_SEED=%" PRIu64 ": %" PRIu64 " frames in %" PRIu64 " bursts of %" PRIu64
			" cases\n", place.seed, tally.frames, tally.bursts, tally.cases);
	print_tally();
	print_taken();
	return tally.frames >= JUDGED_FRAMES && is_vacuous() ? EXIT_FAILURE : EXIT_SUCCESS;
}
