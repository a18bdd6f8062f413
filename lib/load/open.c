/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens: makes a single open, and all opens that are due. */
#include "load_private.h"

enum {
	TRIES = 256,                    /* Tuples tried at once for one open. */
	TRIES_IN_VAIN = 16,             /* The same, if all were in use lately. */
	BUDGET = 128,                   /* Most opens per poll. */
	LATE_US = 1000,
	PAUSE_US = 1000,                /* rate 0: after an open that failed or, if it should
	                                   be held, was refused. */
};

/* Limit of the time since an open was due: with the longest timeout it is less than 2^32, so
 * that a duration never wraps to a small one. */
static const uint64_t late_max_us = UINT64_C(1) << 31;

static void
remember_conn(struct la_load *load, uint32_t handle, uint64_t start_us, uint8_t flags,
		uint64_t now_us)
{
	const uint64_t late_us = now_us - start_us;

	load->conns[handle] = (struct la_load_conn){
		.start_us = (uint32_t)(now_us - (late_us < late_max_us ? late_us : late_max_us)),
		.flags = flags,
	};
	la_load__await(load, handle, now_us);
}

/* Looked up once for all opens of a poll to the same target. */
static bool
reaches_target(struct la_load *load, const struct la_addr *remote, uint64_t now_us)
{
	if (load->reached_us == now_us && la_addr_eq(&load->reached, remote))
		return true;
	if (!la_stack_reaches(load->stack, remote, now_us))
		return false;
	load->reached = *remote;
	load->reached_us = now_us;
	return true;
}

static void
write_opening(struct la_load *load, uint32_t at)
{
	const struct la_choice *c = &load->choice[at];
	struct la_tuple *tuple = &load->opening[at].tuple;

	tuple->remote = c->remote;
	tuple->local = c->local;
	tuple->local_port = c->local_port;
	tuple->remote_port = c->remote_port;
}

static void
choose_tuples(struct la_load *load, uint32_t at)
{
	for (uint32_t i = at; i < at + LA_LOAD_AHEAD; i++) {
		la_ports__next(&load->ports, &load->choice[i]);
		write_opening(load, i);
	}
}

static void
choose_live(struct la_load *load, uint32_t at)
{
	la_ports__next_held(&load->ports, &load->choice[at]);
	write_opening(load, at);
}

void
la_load__choose_first(struct la_load *load)
{
	load->next_live = LA_LOAD_RING;
	choose_tuples(load, 0);
	choose_live(load, load->next_live);
}

/* @return the place of the next tuple. At the first place of a half the other half is chosen. */
static uint32_t
next_tuple(struct la_load *load)
{
	const uint32_t at = load->next_at;
	const uint32_t other = at < LA_LOAD_AHEAD ? LA_LOAD_AHEAD : 0;

	load->next_at = (at + 1) % LA_LOAD_RING;
	if (at % LA_LOAD_AHEAD == 0) {
		choose_tuples(load, other);
		la_stack_prepare(load->stack, &load->opening[other], LA_LOAD_AHEAD);
	}
	return at;
}

static uint32_t
next_live(struct la_load *load)
{
	const uint32_t at = load->next_live;

	load->next_live = at == LA_LOAD_RING ? LA_LOAD_RING + 1 : LA_LOAD_RING;
	choose_live(load, load->next_live);
	la_stack_prepare(load->stack, &load->opening[load->next_live], 1);
	return at;
}

/*
 * Many consecutive tuples may be in use while all after them are free. So a lack of tuples is
 * reported only after all have been tried, a part in each poll. (Those of live connections are
 * skipped, see ports.h.) After that, while hardly any is free, only a few are tried.
 */
static bool
all_in_use(const struct la_load *load)
{
	return load->in_use >= load->ports.all;
}

static void
was_free(struct la_load *load)
{
	const uint64_t credit = (uint64_t)TRIES * load->ports.passed_mean;

	load->in_use -= load->in_use < credit ? load->in_use : credit;
}

/* For this worker, another worker's tuples count as in use. */
static void
was_in_use(struct la_load *load, const struct la_choice *c)
{
	const uint64_t left = load->ports.all - load->in_use;

	load->in_use += c->passed < left ? c->passed : left;
}

static enum la_load_open_result
open_failed(enum la_load_failure why, enum la_load_failure *failure)
{
	*failure = why;
	return LA_LOAD_OPEN_FAILED;
}

enum la_load_open_result
la_load__open(struct la_load *load, uint64_t start_us, uint8_t flags, uint64_t now_us,
		enum la_load_failure *failure)
{
	const int tries = all_in_use(load) ? TRIES_IN_VAIN : TRIES;

	for (int i = 0; i < tries; i++) {
		const uint32_t at = flags & LA_CONN_LIVE ? next_live(load) : next_tuple(load);
		const struct la_choice *c = &load->choice[at];
		uint32_t handle;

		if (!c->found) {
			was_in_use(load, c);
			break;
		}
		if (!reaches_target(load, &c->remote, now_us))
			return open_failed(LA_FAIL_NO_NEIGHBOUR, failure);
		switch (la_stack_connect_prepared(load->stack, &load->opening[at], 0, now_us,
				&handle)) {
		case LA_OPEN_MADE:
			remember_conn(load, handle, start_us, flags, now_us);
			was_free(load);
			return LA_LOAD_OPEN_MADE;
		case LA_OPEN_IN_USE:
			was_in_use(load, c);
			break;
		case LA_OPEN_FULL: case LA_OPEN_REFUSED:
			return open_failed(LA_FAIL_NO_ROOM, failure);
		}
	}
	return all_in_use(load) ? open_failed(LA_FAIL_NO_PORT, failure) : LA_LOAD_OPEN_LATER;
}

static enum la_load_open_result
open_counted(struct la_load *load, uint64_t start_us, uint64_t now_us)
{
	enum la_load_failure failure;
	const enum la_load_open_result result = la_load__open(load, start_us, 0, now_us, &failure);

	if (result == LA_LOAD_OPEN_FAILED)
		la_load__fail(load, failure);
	if (result != LA_LOAD_OPEN_MADE)
		return result;
	load->open++;
	la_count(&load->counters.attempted);
	la_count_set(&load->counters.open, load->open);
	if (load->open > load->counters.open_max.value)
		la_count_set(&load->counters.open_max, load->open);
	return result;
}

static bool
made_enough(const struct la_load *load)
{
	return load->plan.idle ||
			(load->plan.connections != 0 && load->made >= load->plan.connections);
}

void
la_load__refused(struct la_load *load, uint64_t now_us)
{
	load->refused = true;
	load->not_before_us = now_us + PAUSE_US;
}

/* rate 0: each connection that ends is replaced by a new one. */
static void
open_closed_loop(struct la_load *load, uint64_t now_us)
{
	for (int n = 0; n < BUDGET && load->open < load->plan.concurrent &&
			!made_enough(load); n++) {
		enum la_load_open_result result;

		if (now_us < load->not_before_us)
			return;
		result = open_counted(load, now_us, now_us);
		if (result == LA_LOAD_OPEN_LATER)
			return;
		load->made++;
		if (result != LA_LOAD_OPEN_MADE || load->refused)
			load->not_before_us = now_us + PAUSE_US;
	}
}

static void
count_late(struct la_load *load, uint64_t late_us)
{
	if (late_us <= LATE_US)
		return;
	la_count(&load->counters.late_opens);
	if (late_us > load->counters.late_max_us.value)
		la_count_set(&load->counters.late_max_us, late_us);
}

/* hold: only `concurrent` connections are wanted; skip further opens that are due. */
static void
skip_unwanted(struct la_load *load, uint64_t since_us)
{
	const uint64_t due = la_schedule_opens(&load->schedule, since_us);

	if (load->params.service != LA_LOAD_SERVICE_HOLD || load->open < load->plan.concurrent ||
			due <= load->made)
		return;
	load->made = due;
	load->next_due_us = la_schedule_due_us(&load->schedule, due);
}

/*
 * An open that had to wait is late, and its times count from when it was due: a user
 * who asks for a page at that time waits from then on.
 */
static void
open_scheduled(struct la_load *load, uint64_t now_us)
{
	const uint64_t since_us = now_us - load->began_us;
	uint64_t due;

	for (int n = 0; n < BUDGET && load->next_due_us <= since_us && !made_enough(load) &&
			load->open < load->plan.concurrent; n++) {
		const enum la_load_open_result result = open_counted(load,
				load->began_us + load->next_due_us, now_us);

		if (result == LA_LOAD_OPEN_LATER)
			break;
		if (result == LA_LOAD_OPEN_MADE)
			count_late(load, since_us - load->next_due_us);
		load->next_due_us = la_schedule_due_us(&load->schedule, ++load->made);
	}
	skip_unwanted(load, since_us);
	due = la_schedule_opens(&load->schedule, since_us);
	la_count_set(&load->counters.due, due);
	la_count_set(&load->counters.behind,
			due > load->made && !made_enough(load) ? due - load->made : 0);
}

void
la_load__open_due(struct la_load *load, uint64_t now_us)
{
	if (load->plan.rate > 0)
		open_scheduled(load, now_us);
	else
		open_closed_loop(load, now_us);
}
