/* SPDX-License-Identifier: BSD-3-Clause */
/* A run of the generator from its start to its end. */
#include "la_arena.h"
#include "load_private.h"

enum {
	RESOLVE_US = 3000000,           /* Longest wait for the answers to ARP. */
	LIVE_AT_ONCE = 512,
	RESOLVE_A_POLL = 64,
	GRACE_US = 10000,               /* For opens due in the last moment. */
};

static const uint64_t timeout_max_us = UINT64_C(1800000000);

static bool
params_sane(const struct la_load_params *p)
{
	return p->connections > 0 && p->sources_len > 0 && p->targets > 0 && p->workers > 0 &&
			p->worker < p->workers && p->port_first > 0 &&
			p->port_first <= p->port_last && p->local_port_first > 0 &&
			p->local_port_last >= p->local_port_first &&
			(uint32_t)(p->local_port_last - p->local_port_first) + 1 >= p->workers &&
			(p->service != LA_LOAD_SERVICE_HTTP || p->request_len > 0) &&
			(p->service != LA_LOAD_SERVICE_ECHO || p->octets > 0);
}

/* Run once to measure and once to allocate. */
static void
deal_memory(struct la_load *load, struct la_arena *arena, const struct la_load_params *p)
{
	const size_t places = (size_t)p->connections + 1;

	load->conns = la_arena_take(arena, places * sizeof(*load->conns));
	if (p->service == LA_LOAD_SERVICE_HTTP)
		load->answers = la_arena_take(arena, places * sizeof(*load->answers));
}

size_t
la_load_memory(const struct la_load_params *params)
{
	struct la_arena arena = { .base = NULL };
	struct la_load measured;

	if (!params_sane(params))
		return 0;
	la_arena_take(&arena, sizeof(measured));
	deal_memory(&measured, &arena, params);
	return la_arena_octets(&arena);
}

struct la_load *
la_load_init(void *memory, const struct la_load_params *params)
{
	struct la_arena arena = { .base = memory };
	struct la_load *load = la_arena_take(&arena, sizeof(*load));

	load->service.ops = &la_load__ops;
	load->params = *params;
	deal_memory(load, &arena, params);
	la_ports__init(&load->ports, params);
	la_load__choose_first(load);
	return load;
}

struct la_service *
la_load_service(struct la_load *load)
{
	return &load->service;
}

void
la_load_attach(struct la_load *load, struct la_stack *stack)
{
	load->stack = stack;
	la_stack_prepare(stack, load->opening, LA_LOAD_RING + 2);
}

/* A worker's share of @p all: the first workers may have one more than the others. */
static uint64_t
share_of(uint64_t all, uint32_t worker, uint32_t workers)
{
	return all / workers + (worker < all % workers);
}

struct la_load_plan
la_load_plan_share(const struct la_load_plan *plan, uint32_t worker, uint32_t workers)
{
	struct la_load_plan part = *plan;
	uint32_t busy = workers;

	/* Do not hand out a share of 0: in a plan 0 means unlimited. */
	if (plan->connections != 0 && plan->connections < busy)
		busy = (uint32_t)plan->connections;
	if (plan->concurrent != 0 && plan->concurrent < busy)
		busy = plan->concurrent;
	part.live = (uint32_t)share_of(plan->live, worker, workers);
	part.idle = worker >= busy;
	part.rate = part.idle ? 0 : plan->rate / busy;
	part.connections = part.idle ? 0 : share_of(plan->connections, worker, busy);
	part.concurrent = part.idle ? 0 : (uint32_t)share_of(plan->concurrent, worker, busy);
	return part;
}

static void
enter_phase(struct la_load *load, enum la_load_phase phase)
{
	la_count_set(&load->counters.phase, phase);
}

void
la_load_start(struct la_load *load, const struct la_load_plan *plan, uint64_t now_us)
{
	load->plan = *plan;
	if (load->plan.timeout_us > timeout_max_us)
		load->plan.timeout_us = timeout_max_us;
	load->counters = (struct la_load_counters){ .live = load->counters.live };
	load->times[LA_LOAD_TIME_HANDSHAKE] = load->times[LA_LOAD_TIME_CONNECTION] =
			(struct la_histogram){ .count.value = 0 };
	load->made = 0;
	load->not_before_us = 0;
	load->refused = false;
	load->asked = load->resolve_at = 0;
	load->end_seen_us = 0;
	load->in_use = 0;
	load->began_us = now_us;
	la_load__cut_deadlines(load, now_us);
	enter_phase(load, LA_LOAD_PHASE_RESOLVE);
}

static void
begin_run(struct la_load *load, uint64_t now_us)
{
	const struct la_load_plan *plan = &load->plan;

	load->began_us = now_us;
	load->next_due_us = 0;
	load->total_us = plan->sustain_us == 0 ? UINT64_MAX :
			plan->ramp_us + plan->sustain_us + plan->ramp_down_us;
	if (plan->rate > 0)
		la_schedule_init(&load->schedule, plan->rate, plan->ramp_us, plan->sustain_us,
				plan->ramp_down_us);
	enter_phase(load, LA_LOAD_PHASE_RAMP);
}

/* Ask for all targets: one that is silent must not delay the others. */
static bool
ask_all(struct la_load *load, uint32_t targets, uint64_t now_us)
{
	for (int n = 0; n < RESOLVE_A_POLL && load->asked < targets; n++) {
		const struct la_addr target = la_ports__target(&load->ports, load->asked++);

		(void)la_stack_reaches(load->stack, &target, now_us);
	}
	return load->asked == targets;
}

/* Wait until all targets have answered, or RESOLVE_US; opens to the silent ones fail later. */
static void
resolve_targets(struct la_load *load, uint64_t now_us)
{
	const uint32_t targets = load->params.targets;

	if (!ask_all(load, targets, now_us))
		return;
	while (load->resolve_at < targets) {
		const struct la_addr target = la_ports__target(&load->ports, load->resolve_at);

		if (!la_stack_reaches(load->stack, &target, now_us))
			break;
		load->resolve_at++;
	}
	if (load->resolve_at < targets && now_us - load->began_us < RESOLVE_US)
		return;
	load->live_most = load->live_open;
	load->live_most_us = now_us;
	enter_phase(load, LA_LOAD_PHASE_LIVE);
}

static void
open_live(struct la_load *load, uint64_t now_us)
{
	enum la_load_failure failure;   /* Not counted: the open is tried again. */

	while (load->live < load->plan.live && load->live - load->live_open < LIVE_AT_ONCE) {
		if (la_load__open(load, now_us, LA_CONN_LIVE, now_us, &failure) !=
				LA_LOAD_OPEN_MADE)
			break;
		load->live++;
	}
	/* If not all live connections can be opened, do not wait without end: start the run when
	 * their number has not grown for the time of one timeout. */
	if (load->live_open >= load->plan.live ||
			now_us - load->live_most_us > load->plan.timeout_us)
		begin_run(load, now_us);
}

static void
finish_opening(struct la_load *load)
{
	la_count_set(&load->counters.offered_per_s, 0);
	enter_phase(load, LA_LOAD_PHASE_DRAIN);
}

/* Update the time between the ramps, and the phase. With rate 0 the ramps have no slope, but
 * what happens in them does not count for the measured rate either. */
static void
follow_clock(struct la_load *load, uint64_t since_us)
{
	const struct la_load_plan *plan = &load->plan;
	const uint64_t past_us = since_us > plan->ramp_us ? since_us - plan->ramp_us : 0;
	const bool over = plan->sustain_us != 0 && past_us > plan->sustain_us;

	la_count_set(&load->counters.sustain_us, over ? plan->sustain_us : past_us);
	if (plan->rate > 0)
		la_count_set(&load->counters.offered_per_s,
				(uint64_t)la_schedule_rate(&load->schedule, since_us));
	if (since_us < plan->ramp_us)
		return;
	enter_phase(load, over ? LA_LOAD_PHASE_RAMP_DOWN : LA_LOAD_PHASE_SUSTAIN);
}

static bool
is_over(struct la_load *load, uint64_t since_us)
{
	const uint64_t now_us = load->began_us + since_us;

	if (load->plan.idle)
		return true;
	/* Held connections stay open until the time is over. */
	if (load->plan.connections != 0 && load->made >= load->plan.connections &&
			load->params.service != LA_LOAD_SERVICE_HOLD)
		return true;
	if (load->total_us == UINT64_MAX || since_us < load->total_us)
		return false;
	/* A poll has a budget, and may come late: opens due at the very end are still made. */
	if (load->end_seen_us == 0)
		load->end_seen_us = now_us;
	return load->plan.rate == 0 || load->counters.behind.value == 0 ||
			now_us - load->end_seen_us >= GRACE_US;
}

static void
open_more(struct la_load *load, uint64_t now_us)
{
	const uint64_t since_us = now_us - load->began_us;

	follow_clock(load, since_us);
	la_load__open_due(load, now_us);
	if (!is_over(load, since_us))
		return;
	la_count_add(&load->counters.failed[LA_FAIL_LATE], load->counters.behind.value);
	la_count_set(&load->counters.behind, 0);
	finish_opening(load);
}

static void
drain_conns(struct la_load *load, uint64_t now_us)
{
	if (load->params.service == LA_LOAD_SERVICE_HOLD)
		la_load__close_held(load, now_us);
	if (load->open == 0)
		enter_phase(load, LA_LOAD_PHASE_DONE);
}

void
la_load_poll(struct la_load *load, uint64_t now_us)
{
	switch (la_load__phase(load)) {
	case LA_LOAD_PHASE_IDLE: case LA_LOAD_PHASE_DONE:
		return;
	case LA_LOAD_PHASE_RESOLVE:
		resolve_targets(load, now_us);
		return;
	case LA_LOAD_PHASE_LIVE:
		open_live(load, now_us);
		break;
	case LA_LOAD_PHASE_RAMP: case LA_LOAD_PHASE_SUSTAIN: case LA_LOAD_PHASE_RAMP_DOWN:
		open_more(load, now_us);
		break;
	case LA_LOAD_PHASE_DRAIN:
		drain_conns(load, now_us);
		break;
	}
	la_load__give_up(load, now_us);
}

void
la_load_stop(struct la_load *load, uint64_t now_us)
{
	(void)now_us;
	if (la_load__phase(load) != LA_LOAD_PHASE_IDLE &&
			la_load__phase(load) < LA_LOAD_PHASE_DRAIN) {
		la_count_set(&load->counters.behind, 0);
		finish_opening(load);
	}
}

const struct la_load_counters *
la_load_counters(const struct la_load *load)
{
	return &load->counters;
}

const struct la_histogram *
la_load_histogram(const struct la_load *load, enum la_load_time which)
{
	return &load->times[which];
}
