/* SPDX-License-Identifier: BSD-3-Clause */
/* Which tuples are chosen, and in what order they come again. */
#include <string.h>

#include "la_check.h"
#include "la_load.h"
#include "ports.h"

enum { SOURCES_MAX = 16, TARGET = 0x0a010000, PAIRS_MAX = 1 << 16, TUPLES_MAX = 1 << 20 };

static uint16_t sources[SOURCES_MAX];
static struct la_load_params params;
static struct la_ports ports;

/* Tuples seen: by source, local port and target. */
static uint8_t seen[TUPLES_MAX];

struct shape {
	uint32_t sources, ports, targets, target_ports;
};

static const struct shape shapes[] = {
	{ 1, 1, 1, 1 }, { 1, 10, 1, 1 }, { 7, 1, 1, 1 }, { 1, 1, 5, 1 }, { 1, 1, 1, 9 },
	{ 3, 10, 1, 1 }, { 3, 10, 2, 1 }, { 3, 10, 4, 3 }, { 5, 8, 5, 8 }, { 2, 100, 10, 10 },
	{ 16, 64, 3, 7 }, { 1, 2, 50, 3 },
};

enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]), SEEDS = 12 };

static void
begin(const struct shape *shape, uint64_t seed)
{
	for (uint16_t i = 0; i < SOURCES_MAX; i++)
		sources[i] = (uint16_t)(100 + i);
	params = (struct la_load_params){
		.connections = 1, .sources = sources, .sources_len = shape->sources,
		.local_port_first = 2000, .local_port_last = (uint16_t)(1999 + shape->ports),
		.target = la_addr_v4(TARGET), .targets = shape->targets,
		.port_first = 80, .port_last = (uint16_t)(79 + shape->target_ports),
		.seed = seed, .workers = 1,
	};
	la_ports__init(&ports, &params);
	memset(seen, 0, sizeof(seen));
}

/* The number of its source and port. */
static uint32_t
pair_of(const struct la_choice *c)
{
	const uint32_t source = c->local - 100u, port = c->local_port - 2000u;

	LA_MUST(source < params.sources_len);
	LA_MUST(c->local_port >= params.local_port_first);
	LA_MUST(c->local_port <= params.local_port_last);
	return port * params.sources_len + source;
}

static uint32_t
target_of(const struct la_choice *c)
{
	const uint32_t address = la_addr_low(&c->remote) - TARGET;

	LA_MUST(la_addr_is_v4(&c->remote));
	LA_MUST(address < params.targets);
	LA_MUST(c->remote_port >= params.port_first);
	LA_MUST(c->remote_port <= params.port_last);
	return (c->remote_port - params.port_first) * params.targets + address;
}

static struct la_choice
next(void)
{
	struct la_choice c;

	do
		la_ports__next(&ports, &c);
	while (!c.found);
	return c;
}

/* A seed that hits all kinds of places. */
static uint64_t
seed(int i)
{
	return (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) >> (i % 50);
}

static void
pairs_in_turn(const struct shape *shape, uint64_t from)
{
	const uint32_t pairs = shape->sources * shape->ports;
	static uint32_t last[PAIRS_MAX];

	begin(shape, from);
	memset(last, 0, sizeof(last));
	for (uint32_t i = 1; i <= 5 * pairs; i++) {
		const struct la_choice c = next();
		const uint32_t pair = pair_of(&c);

		/* Just so many later: every other one came between. */
		if (last[pair] != 0)
			LA_MUST(i - last[pair] == pairs);
		else
			LA_MUST(i <= pairs);
		last[pair] = i;
	}
}

START_TEST(every_pair_comes_before_one_comes_again)
{
	for (int i = 0; i < SEEDS; i++)
		pairs_in_turn(&shapes[_i], seed(i));
}
END_TEST

static void
targets_in_turn(const struct shape *shape, uint64_t from)
{
	const uint32_t pairs = shape->sources * shape->ports;
	const uint32_t targets = shape->targets * shape->target_ports;

	begin(shape, from);
	/* From the very first choice on, wherever that was. */
	for (uint32_t i = 0; i < pairs * targets; i++) {
		const struct la_choice c = next();
		uint8_t *at = &seen[pair_of(&c) * targets + target_of(&c)];

		if (*at != 0)
			ck_abort_msg("choice %u came before", i);
		*at = 1;
	}
}

START_TEST(a_pair_meets_all_targets_before_one_comes_again)
{
	for (int i = 0; i < SEEDS; i++)
		targets_in_turn(&shapes[_i], seed(i));
}
END_TEST

START_TEST(targets_share_what_is_opened)
{
	const struct shape shape = { 2, 100, 10, 10 };
	uint32_t times[100] = { 0 };

	begin(&shape, 12345);
	for (uint32_t i = 0; i < 1000; i++) {
		const struct la_choice c = next();

		times[target_of(&c)]++;
	}
	for (int i = 0; i < 100; i++) {
		ck_assert_uint_ge(times[i], 8);
		ck_assert_uint_le(times[i], 12);
	}
}
END_TEST

START_TEST(the_start_is_random)
{
	static const struct shape shape = { 4, 1000, 4, 4 };
	bool source[4] = { false }, target[16] = { false };
	uint32_t different = 0, last = UINT32_MAX;

	for (int i = 1; i <= 400; i++) {
		struct la_choice c;

		begin(&shape, (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15));
		c = next();
		source[c.local - 100] = true;
		target[target_of(&c)] = true;
		different += pair_of(&c) != last;
		last = pair_of(&c);
	}
	ck_assert_uint_ge(different, 390);
	for (int i = 0; i < 4; i++)
		ck_assert(source[i]);
	for (int i = 0; i < 16; i++)
		ck_assert(target[i]);
}
END_TEST

START_TEST(workers_never_share_a_tuple)
{
	static const uint32_t workers[] = { 1, 2, 3, 7, 16, 63, 64 };
	const uint32_t n = workers[_i];
	const struct shape shape = { 3, 64, 2, 1 };
	static uint8_t owner[3 * 64];
	uint32_t owned = 0;

	memset(owner, 0, sizeof(owner));
	for (uint32_t w = 0; w < n; w++) {
		begin(&shape, seed((int)w));
		params.worker = w;
		params.workers = n;
		la_ports__init(&ports, &params);
		for (int i = 0; i < 3 * 64 * 4; i++) {
			const struct la_choice c = next();
			uint8_t *of = &owner[pair_of(&c)];

			LA_MUST(*of == 0 || *of == w + 1);
			/* So that a port that spreads by port modulo workers can be told. */
			LA_MUST(c.local_port % n == w);
			owned += *of == 0;
			*of = (uint8_t)(w + 1);
		}
	}
	/* And none is left to nobody. */
	ck_assert_uint_eq(owned, 3 * 64);
}
END_TEST

/* Spread by something that is not the port alone. */
static uint32_t
owner_of(uint16_t local, uint16_t local_port, const struct la_addr *remote, uint16_t remote_port)
{
	const uint32_t sum = local * 2654435761u ^ local_port * 40503u ^ la_addr_low(remote) * 69069u ^
			remote_port * 1103515245u;

	return (sum >> 15) % params.workers;
}

static uint32_t asked;

static bool
owns(const void *user, uint16_t local, uint16_t local_port, const struct la_addr *remote,
		uint16_t remote_port)
{
	const struct la_load_params *of = user;

	asked++;
	return owner_of(local, local_port, remote, remote_port) == of->worker;
}

/* A worker's own in a full turn over all; how often another's were in between. */
static uint32_t
own_in_turn(uint32_t worker, uint32_t pairs, uint32_t targets)
{
	uint32_t own = 0, passed = 0;

	params.worker = worker;
	la_ports__init(&ports, &params);
	ck_assert_uint_eq(ports.all, pairs * targets);
	while (passed < pairs * targets) {
		struct la_choice c;

		asked = 0;
		la_ports__next(&ports, &c);
		ck_assert_uint_eq(c.passed, asked);
		passed += c.passed;
		if (!c.found || passed > pairs * targets)
			continue;
		ck_assert_uint_eq(owner_of(c.local, c.local_port, &c.remote, c.remote_port), worker);
		ck_assert_uint_eq(seen[pair_of(&c) * targets + target_of(&c)]++, 0);
		own++;
	}
	return own;
}

START_TEST(an_owner_function_decides)
{
	const struct shape *shape = &shapes[_i];
	const uint32_t pairs = shape->sources * shape->ports;
	const uint32_t targets = shape->targets * shape->target_ports;

	for (uint32_t n = 2; n <= 8; n *= 2) {
		uint32_t all = 0;

		begin(shape, seed(_i));
		params.workers = n;
		params.owner = (struct la_owner){ owns, &params };
		for (uint32_t w = 0; w < n; w++)
			all += own_in_turn(w, pairs, targets);
		/* Each once, by one worker. */
		ck_assert_uint_eq(all, pairs * targets);
	}
}
END_TEST

static bool
owns_none(const void *user, uint16_t local, uint16_t local_port, const struct la_addr *remote,
		uint16_t remote_port)
{
	(void)user, (void)local, (void)local_port, (void)remote, (void)remote_port;
	return false;
}

START_TEST(who_owns_none_is_told_soon)
{
	const struct shape shape = { 16, 64, 3, 7 };
	struct la_choice c;

	begin(&shape, 5);
	params.workers = 4;
	params.owner.owns = owns_none;
	la_ports__init(&ports, &params);
	la_ports__next(&ports, &c);
	ck_assert(!c.found);
	ck_assert_uint_ge(c.passed, 4);
	ck_assert_uint_le(c.passed, 1000);
}
END_TEST

START_TEST(the_ends_of_the_ranges_are_used)
{
	const struct shape shape = { 1, 1, 1, 1 };
	bool low = false, high = false;

	begin(&shape, 99);
	params.local_port_first = 1;
	params.local_port_last = 65535;
	params.port_first = params.port_last = 65535;
	params.target = la_addr_v4(0xfffffffe);
	la_ports__init(&ports, &params);
	for (int i = 0; i < 65535; i++) {
		const struct la_choice c = next();

		low |= c.local_port == 1;
		high |= c.local_port == 65535;
		LA_MUST(c.local_port != 0);
		LA_MUST(c.remote_port == 65535);
	}
	ck_assert(low && high);
}
END_TEST

/* Which tuples are held: by pair and target, as in seen[]. */
static uint8_t held[TUPLES_MAX];

static uint32_t
tuple_of(const struct la_choice *c)
{
	return pair_of(c) * params.targets * (params.port_last - params.port_first + 1u) +
			target_of(c);
}

/* So many more are held; but for the last one they are part of the run. */
static uint32_t
hold(uint32_t n, bool mark_last)
{
	uint32_t tuple = UINT32_MAX;

	while (n-- > 0) {
		struct la_choice c;

		do
			la_ports__next_held(&ports, &c);
		while (!c.found);
		tuple = tuple_of(&c);
		LA_MUST(held[tuple] == 0);
		held[tuple] = mark_last || n > 0;
	}
	return tuple;
}

/* A turn of all that are not held, in what the turn is said to have passed. */
static void
turn_beside(uint32_t all, uint32_t most)
{
	uint64_t passed = 0;
	uint32_t n = 0;

	memset(seen, 0, sizeof(seen));
	while (n < most) {
		struct la_choice c;

		la_ports__next(&ports, &c);
		passed += c.passed;
		if (!c.found)
			continue;
		LA_MUST(held[tuple_of(&c)] == 0);
		LA_MUST(seen[tuple_of(&c)] == 0);
		seen[tuple_of(&c)] = 1;
		n++;
	}
	LA_MUST(passed <= all);
}

static void
hold_and_turn(const struct shape *shape, uint64_t from, uint32_t gone)
{
	const uint32_t all = shape->sources * shape->ports * shape->targets * shape->target_ports;
	uint32_t held_len = 0;

	begin(shape, from);
	memset(held, 0, sizeof(held));
	for (uint32_t i = 0; i < gone; i++)
		(void)next();
	for (uint32_t part = 1; held_len + part < all; part = all / 3 + 1) {
		/* The last one is not part of the run before the next. */
		const uint32_t last = hold(part + 1, false);

		held_len += part;
		turn_beside(all, all - held_len);
		turn_beside(all, all - held_len);
		held[last] = 1;
		held_len++;
	}
}

START_TEST(what_is_held_is_stepped_over_at_once)
{
	for (int i = 0; i < SEEDS; i++) {
		hold_and_turn(&shapes[_i], seed(i), 0);
		hold_and_turn(&shapes[_i], seed(i), 7);
	}
}
END_TEST

/* One choice, however long the run is. */
START_TEST(a_long_run_is_one_step)
{
	static const struct shape shape = { 16, 64, 3, 7 };
	struct la_choice c;

	begin(&shape, 4711);
	memset(held, 0, sizeof(held));
	for (int i = 0; i < 5; i++)
		(void)next();
	hold(16 * 64 * 3 * 7 - 6, false);
	/* Six are left; the run takes in the last choice with the next. */
	for (int i = 0; i < 30; i++) {
		la_ports__next(&ports, &c);
		ck_assert(c.found);
		ck_assert_uint_eq(held[tuple_of(&c)], 0);
		ck_assert(c.passed == 1 || c.passed == 1 + ports.held_len);
	}
}
END_TEST

/* The run grows over the place of the others, at any time. */
START_TEST(a_run_pushes_the_others_ahead)
{
	const struct shape *shape = &shapes[_i];
	const uint32_t all = shape->sources * shape->ports * shape->targets * shape->target_ports;
	uint32_t last = UINT32_MAX, random = 1, n = 0;

	begin(shape, seed(_i));
	memset(held, 0, sizeof(held));
	while (n + 1 < all) {
		struct la_choice c;

		random = random * 1664525 + 1013904223;
		if (random >> 30 == 0) {
			if (last != UINT32_MAX)
				held[last] = 1;
			last = hold(1, false);
			n++;
			continue;
		}
		la_ports__next(&ports, &c);
		LA_MUST(c.found);
		LA_MUST(held[tuple_of(&c)] == 0);
	}
}
END_TEST

START_TEST(when_all_are_held_all_are_looked_at)
{
	static const struct shape shape = { 3, 10, 2, 1 };

	begin(&shape, 8);
	memset(held, 0, sizeof(held));
	hold(60, true);
	(void)la_ports__next_held(&ports, &(struct la_choice){ .passed = 0 });
	ck_assert_uint_eq(ports.held_len, 60);
	memset(held, 0, sizeof(held));
	for (int i = 0; i < 200; i++) {
		if (i % 60 == 0)
			turn_beside(60, 60);
		if (i % 7 == 0)
			(void)la_ports__next_held(&ports, &(struct la_choice){ .passed = 0 });
	}
}
END_TEST

START_TEST(a_run_that_is_forgotten_comes_by_again)
{
	static const struct shape shape = { 3, 10, 4, 3 };

	begin(&shape, 77);
	memset(held, 0, sizeof(held));
	hold(200, false);
	la_ports__forget_held(&ports);
	memset(held, 0, sizeof(held));
	turn_beside(360, 360);
	/* And the next run starts where that one ended, with its last choice. */
	hold(100, false);
	turn_beside(360, 260);
}
END_TEST

/* The run takes in what is another worker's, too. */
START_TEST(held_ones_are_its_own)
{
	const struct shape shape = { 2, 100, 10, 10 };
	uint32_t own = 0;

	begin(&shape, 31);
	memset(held, 0, sizeof(held));
	params.workers = 4;
	params.worker = 2;
	params.owner = (struct la_owner){ owns, &params };
	la_ports__init(&ports, &params);
	for (uint32_t i = 0; i < 20000; i++)
		own += owner_of((uint16_t)(100 + i % 2), (uint16_t)(2000 + i / 2 % 100),
				&(struct la_addr){ .b = { [10] = 0xff, 0xff, 10, 1, 0,
				(uint8_t)(i / 200 % 10) } }, (uint16_t)(80 + i / 2000)) == 2;
	hold(own / 2, false);
	turn_beside(20000, own - own / 2 + 1);
	ck_assert_uint_gt(ports.held_len, own);
}
END_TEST

/* Their last 32 bits go round; the addresses go on. */
START_TEST(targets_of_ipv6_go_past_32_bits)
{
	static const char *const want[] = { "fd00::ffff:fffe", "fd00::ffff:ffff", "fd00::1:0:0",
		"fd00::1:0:1" };
	const struct shape shape = { 1, 1, 4, 1 };

	begin(&shape, 0);
	ck_assert(la_addr_parse(want[0], &params.target));
	la_ports__init(&ports, &params);
	for (uint32_t i = 0; i < 4; i++) {
		const struct la_addr target = la_ports__target(&ports, i);
		char text[LA_ADDR_TEXT_LEN];

		ck_assert_str_eq(la_addr_format(&target, text), want[i]);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("load ports");
	TCase *t = tcase_create("ports");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_pair_comes_before_one_comes_again, 0, SHAPES);
	tcase_add_loop_test(t, a_pair_meets_all_targets_before_one_comes_again, 0, SHAPES);
	tcase_add_test(t, targets_share_what_is_opened);
	tcase_add_test(t, the_start_is_random);
	tcase_add_loop_test(t, workers_never_share_a_tuple, 0, 7);
	tcase_add_loop_test(t, an_owner_function_decides, 0, SHAPES);
	tcase_add_test(t, who_owns_none_is_told_soon);
	tcase_add_test(t, the_ends_of_the_ranges_are_used);
	tcase_add_test(t, targets_of_ipv6_go_past_32_bits);
	tcase_add_loop_test(t, what_is_held_is_stepped_over_at_once, 0, SHAPES);
	tcase_add_test(t, a_long_run_is_one_step);
	tcase_add_loop_test(t, a_run_pushes_the_others_ahead, 0, SHAPES);
	tcase_add_test(t, when_all_are_held_all_are_looked_at);
	tcase_add_test(t, a_run_that_is_forgotten_comes_by_again);
	tcase_add_test(t, held_ones_are_its_own);
	suite_add_tcase(s, t);
	return s;
}

LA_CHECK_MAIN(suite)
