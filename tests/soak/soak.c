/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many connections between two stacks over a link that loses, reorders, duplicates and corrupts
 * frames, in simulated time:
 *
 *   soak [CONNECTIONS [SEED [BATCH]]]
 *
 * Connections come in batches of BATCH_LEN. A batch has new stacks with drawn parameters; every
 * octet of its streams must be exact, every connection must end well, and all pools must be
 * empty at its end. SEED and the number of a batch decide all of it, so one that failed can be
 * run alone: BATCH. A million connections take some 20 s of one core.
 */
#include "soak.h"

#include <string.h>
#include <time.h>

#include "la_pool.h"
#include "la_stack.h"

enum {
	BATCH_LEN = 5000, CONCURRENT = 250, HANDLES = 2 * CONCURRENT + 1, FRAMES = 16384,
	TIME_WAITS = 4096, TICK_US = 4096, PAUSE_US = 102400, BUDGET = 256,
	ECHO = 7, SERVER = 80, ADDRESSES = 2, FIRST_PORT = 1024, PORTS = 65536 - FIRST_PORT,
	PROGRESS_EACH = 1000000,
};
#define SECONDS UINT64_C(1000000)
#define PATIENCE_US (7200 * SECONDS)

enum { SIDE_CLIENT, SIDE_SERVER, SIDES };

struct side {
	struct world *world;
	struct la_stack *stack;
	void *block;                    /* What the stack lies in. */
	struct link_frame *room;        /* That frame() gave. */
	unsigned int index;
};

struct world {
	struct link link;
	struct talks talks;
	struct side side[SIDES];
	struct la_stack_range range[SIDES][2];
	uint64_t seed, batch, now_us, random;
	uint32_t opened, count;         /* Of this batch. */
	uint32_t tuple;                 /* The next to be used. */
	uint64_t connections, simulated_us, opens_in_use;
};

static struct world world;

_Noreturn void
soak_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: must hold: %s\nsoak 1 %llu %llu\n", file, line, what,
			(unsigned long long)world.seed, (unsigned long long)world.batch);
	abort();
}

static uint32_t
draw(uint32_t n)
{
	return soak_draw(&world.random, n);
}

/* Frames */

static uint8_t *
give_room(void *user)
{
	struct side *side = user;

	if (side->room == NULL)
		side->room = link_take(&side->world->link);
	return side->room != NULL ? side->room->octets : NULL;
}

static void
send_frame(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct side *side = user;

	(void)tcp;
	MUST(side->room != NULL && len <= LINK_FRAME_MAX && tci == 0);
	side->room->len = len;
	link_send(&side->world->link, 1 - side->index, side->room, side->world->now_us);
	side->room = NULL;
}

static void
receive(struct side *side)
{
	struct link *link = &side->world->link;
	struct link_frame *held[LA_BURST_MAX];
	struct la_frame frames[LA_BURST_MAX];
	uint32_t next = link_arrived(link, side->index, side->world->now_us);

	while (next != 0) {
		uint32_t n = 0;

		for (; next != 0 && n < LA_BURST_MAX; n++) {
			held[n] = &link->frames[next];
			frames[n] = (struct la_frame){ held[n]->octets, held[n]->len, 0, 0 };
			next = held[n]->next;
		}
		la_stack_receive(side->stack, frames, n, side->world->now_us);
		for (uint32_t i = 0; i < n; i++)
			link_give(link, held[i]);
	}
}

/* Stacks */

static void
draw_tcp(struct la_tcp_params *tcp)
{
	static const uint32_t windows[] = { 4096, 16384, 65535, 65535, 1 << 18 };

	tcp->window = windows[draw(sizeof(windows) / sizeof(windows[0]))];
	tcp->window_max = draw(2) ? 1 << 20 : 0;
	tcp->timestamps = draw(4) != 0;
	tcp->sack = draw(4) != 0;
	tcp->wscale = draw(4) != 0;
	tcp->nagle = draw(2);
	tcp->congestion = draw(LA_CONGESTION_MODEL + 1);
	tcp->syn_retries = tcp->syn_ack_retries = tcp->retries = 15;
	tcp->confirm_us = 2 * SECONDS;
	/* No limit but one that ends strays: an hour of bad luck is no failure. */
	tcp->rto_max_us = 8 * SECONDS;
	tcp->fin_wait_2_us = 0;
	tcp->idle_timeout_us = 3600 * SECONDS;
}

static void
draw_params(struct world *w, unsigned int index, struct la_stack_params *p)
{
	static const struct la_mac mac = { { 2, 0, 0, 0, 0, 1 } };
	struct la_stack_range *range = w->range[index];

	la_stack_params_default(p, HANDLES - 1);
	draw_tcp(&p->tcp);
	p->time_wait_max = TIME_WAITS;
	p->time_wait_us = 10 * SECONDS;
	p->senders = HANDLES - 1;
	p->reassembly = draw(4) == 0 ? 16 : 1024;
	p->syn_cookies = draw(LA_COOKIES_NEVER + 1);
	/* Without cookies a SYN beyond it is lost. */
	p->backlog = p->syn_cookies == LA_COOKIES_NEVER ? HANDLES : 1 + draw(CONCURRENT);
	p->mtu = draw(2) ? 1500 : 1280;
	p->plain_c = draw(8) == 0;
	p->general_path_only = draw(8) == 0;
	p->mac = mac;
	p->mac.b[5] = (uint8_t)(1 + index);
	range[0] = (struct la_stack_range){ la_addr_v4(0x0a000001 + 16 * index), ADDRESSES, 24 };
	range[1] = (struct la_stack_range){ { .b = { 0xfd, [15] = (uint8_t)(1 + 16 * index) } },
		ADDRESSES, 64 };
	p->ranges = range;
	p->ranges_len = 2;
	p->secret = (struct la_key){ { w->seed, w->batch * 2 + index } };
	p->worker = index;
}

static void
side_begin(struct world *w, unsigned int index, const struct la_stack_listener *listeners,
		uint32_t n)
{
	struct side *side = &w->side[index];
	const struct la_stack_io io = { side, give_room, send_frame, NULL };
	struct la_stack_params p;
	struct la_stack_listener own[2];
	size_t octets;

	draw_params(w, index, &p);
	for (uint32_t i = 0; i < n; i++) {
		own[i] = listeners[i];
		own[i].params.window = p.tcp.window;
		own[i].params.window_max = p.tcp.window_max;
	}
	p.listeners = own;
	p.listeners_len = n;
	octets = la_stack_memory(&p);
	MUST(octets > 0);
	side->world = w;
	side->index = index;
	side->block = calloc(1, octets + LA_APART);
	MUST(side->block != NULL);
	side->stack = la_stack_init((uint8_t *)side->block + LA_APART -
			(uintptr_t)side->block % LA_APART, &p, &io, w->now_us);
	la_stack_start(side->stack, w->now_us);
}

static void
begin(struct world *w)
{
	const struct la_stack_listener client = { .name = "client", .address = LA_ANY_ADDRESS,
		.instance = &w->talks.client };
	const struct la_stack_listener server[] = {
		{ .name = "server", .address = LA_ANY_ADDRESS, .port_first = SERVER,
			.port_last = SERVER, .instance = &w->talks.server },
		{ .name = "echo", .address = LA_ANY_ADDRESS, .port_first = ECHO,
			.port_last = ECHO, .service = "echo", .group = 1,
			.params = { .connections = HANDLES - 1, .buffers = HANDLES - 1 } },
	};
	struct link_chances chances = { .lose = draw(2) ? draw(6554) : draw(656),
		.duplicate = draw(3277), .delay = draw(2) ? draw(19661) : 0,
		.corrupt = draw(2) ? draw(656) : 0, .delay_us = draw(2) ? draw(20000) : draw(500) };

	chances.late_us = draw(2) ? draw(20000) : 4 * chances.delay_us;
	w->now_us = UINT64_C(1000000000) + (uint64_t)draw(1u << 20) * 4096;
	w->tuple = draw(UINT32_MAX);
	link_begin(&w->link, &chances, w->seed ^ w->batch << 32, w->now_us);
	talks_begin(&w->talks, draw(4) == 0 ? 20 + draw(100) : 0, w->random);
	side_begin(w, SIDE_CLIENT, &client, 1);
	side_begin(w, SIDE_SERVER, server, 2);
}

static void
end(struct world *w)
{
	for (unsigned int i = 0; i < SIDES; i++) {
		struct side *side = &w->side[i];
		struct la_stack_usage usage;

		la_stack_usage(side->stack, &usage);
		MUST(usage.connections == 0 && usage.time_wait == 0 && usage.table_used == 0);
		MUST(usage.senders == 0 && usage.reassembly == 0 && usage.service_objects == 0);
		if (side->room != NULL)
			link_give(&w->link, side->room);
		side->room = NULL;
		free(side->block);
	}
}

/* Time */

/* No tuple comes twice in a batch: where ports are taken again sooner than the last frame of a
 * connection arrives, a late duplicate can open by its cookie what its own SYN has opened.
 * @return whether the tuple was free. */
static bool
open_next(struct world *w)
{
	const uint32_t n = w->tuple++;
	const uint16_t local = (uint16_t)(n % (2 * ADDRESSES));
	const bool echo = draw(2);
	const struct la_addr remote = local < ADDRESSES ? la_addr_v4(0x0a000011 + n / 4 % ADDRESSES) :
			(struct la_addr){ .b = { 0xfd, [15] = (uint8_t)(17 + n / 4 % ADDRESSES) } };
	uint32_t handle;

	if (la_stack_connect(w->side[SIDE_CLIENT].stack, local,
			(uint16_t)(FIRST_PORT + n / 8 % PORTS), &remote, echo ? ECHO : SERVER,
			0, w->now_us, &handle) != LA_OPEN_MADE) {
		w->opens_in_use++;
		return false;
	}
	talks_open(&w->talks, handle, w->opened++, echo);
	return true;
}

static void
open_some(struct world *w)
{
	enum { AT_ONCE = 8 };

	for (uint32_t i = 0; i < AT_ONCE && w->opened < w->count &&
			w->talks.live < CONCURRENT; i++)
		open_next(w);
}

static bool
is_over(const struct world *w)
{
	return w->talks.ended == w->count && w->link.under_way == 0;
}

static bool
is_empty(const struct side *side)
{
	return la_stack_connections(side->stack) == 0 &&
			la_stack_counters(side->stack)->state[LA_TIME_WAIT].value == 0;
}

/* The clock goes on to the next frame or tick; or further, if there is little to wait for. */
static void
step(struct world *w)
{
	const uint64_t due_us = link_due_us(&w->link);
	const uint64_t pause_us = is_over(w) ? PAUSE_US : TICK_US;
	uint64_t next_us = (w->now_us / TICK_US + 1) * TICK_US;

	if (w->opened == w->count)
		next_us = (w->now_us / pause_us + 1) * pause_us;
	w->now_us = due_us < next_us ? due_us : next_us;
	if (due_us == w->now_us) {
		for (unsigned int i = 0; i < SIDES; i++)
			receive(&w->side[i]);
	}
	link_advance(&w->link, w->now_us);
	open_some(w);
	for (unsigned int i = 0; i < SIDES; i++) {
		la_stack_advance(w->side[i].stack, w->now_us, BUDGET);
		la_stack_output(w->side[i].stack, w->now_us);
	}
}

static void
run_batch(struct world *w, uint64_t batch, uint32_t count)
{
	uint64_t start_us;

	w->batch = batch;
	w->random = w->seed * 0x9e3779b97f4a7c15u ^ batch;
	w->count = count;
	w->opened = 0;
	begin(w);
	start_us = w->now_us;
	while (!is_over(w) || !is_empty(&w->side[SIDE_CLIENT]) ||
			!is_empty(&w->side[SIDE_SERVER])) {
		step(w);
		MUST(w->now_us - start_us < PATIENCE_US);
	}
	w->connections += count;
	w->simulated_us += w->now_us - start_us;
	end(w);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
report(const struct world *w, double took)
{
	const struct link_counts *l = &w->link.counts;
	const struct talks_counts *t = &w->talks.counts;

	printf("%llu connections in %.1f s (%.0f a second), %.0f s simulated: %llu octets exact; "
			"%llu frames, %llu lost, %llu duplicated, %llu delayed, %llu corrupted; "
			"%llu strays, %llu late resets\n", (unsigned long long)w->connections, took,
			(double)w->connections / took, (double)w->simulated_us / 1e6,
			(unsigned long long)t->octets, (unsigned long long)l->frames,
			(unsigned long long)l->lost, (unsigned long long)l->duplicated,
			(unsigned long long)l->delayed, (unsigned long long)l->corrupted,
			(unsigned long long)t->strays, (unsigned long long)t->late_resets);
	fflush(stdout);
}

static uint64_t
argument(int argc, char **argv, int at, uint64_t preset)
{
	return argc > at ? strtoull(argv[at], NULL, 0) : preset;
}

int
main(int argc, char **argv)
{
	const uint64_t connections = argument(argc, argv, 1, BATCH_LEN);
	const double start = seconds();
	uint64_t batch = argument(argc, argv, 3, 0);

	world.seed = argument(argc, argv, 2, 1);
	link_make(&world.link, FRAMES);
	talks_make(&world.talks, HANDLES, BATCH_LEN);
	while (world.connections < connections) {
		const uint64_t left = connections - world.connections;

		run_batch(&world, batch++, argc <= 3 && left < BATCH_LEN ? (uint32_t)left :
				BATCH_LEN);
		if (world.connections % PROGRESS_EACH == 0)
			report(&world, seconds() - start);
	}
	report(&world, seconds() - start);
	return 0;
}
