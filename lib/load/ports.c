/* SPDX-License-Identifier: BSD-3-Clause */
#include "ports.h"

#include "la_load.h"

enum { LOOKS = 16 };                    /* Most tuples examined, in multiples of passed_mean. */

/* The first target of a round in which place @p gone (from 0) has the target @p at. */
static struct la_ports_at
round_of(const struct la_ports *p, const struct la_ports_at *at, uint64_t gone)
{
	const uint64_t ports = p->target_port_last - p->target_port_first + 1u;
	const uint64_t all = p->targets_len * ports;
	const uint64_t now = (at->port - p->target_port_first) * (uint64_t)p->targets_len +
			at->address;
	const uint64_t then = (now + all - gone % all) % all;

	return (struct la_ports_at){
		.address = (uint32_t)(then % p->targets_len),
		.port = p->target_port_first + (uint32_t)(then / p->targets_len),
	};
}

/* This worker's first port, if the port alone decides. */
static uint32_t
first_port(const struct la_load_params *params)
{
	const uint32_t first = params->local_port_first, n = params->workers;

	return first + (params->worker + n - first % n) % n;
}

void
la_ports__init(struct la_ports *p, const struct la_load_params *params)
{
	const bool by_port = params->owner.owns == NULL;
	const uint32_t step = by_port ? params->workers : 1;
	const uint32_t first = by_port ? first_port(params) : params->local_port_first;
	const uint32_t turns = (params->local_port_last - first) / step + 1;
	const uint32_t target_ports = params->port_last - params->port_first + 1u;
	uint64_t seed = params->seed;

	*p = (struct la_ports){
		.sources = params->sources, .sources_len = params->sources_len,
		.port_first = first, .port_last = params->local_port_last,
		.step = step, .owner = params->owner, .passed_mean = by_port ? 1 : params->workers,
		.target = params->target, .targets_len = params->targets,
		.target_port_first = params->port_first, .target_port_last = params->port_last,
	};
	p->all = (uint64_t)turns * p->sources_len * p->targets_len * target_ports;
	p->place.source = (uint32_t)(seed % p->sources_len);
	seed /= p->sources_len;
	p->place.port = first + (uint32_t)(seed % turns) * p->step;
	seed /= turns;
	p->place.at.address = (uint32_t)(seed % p->targets_len);
	seed /= p->targets_len;
	p->place.at.port = p->target_port_first + (uint32_t)(seed % target_ports);
	/* As if the round had begun at its first place, so the next round has other targets. */
	p->place.round = round_of(p, &p->place.at, (uint64_t)(p->place.port - first) / p->step *
			p->sources_len + p->place.source);
	p->held = p->ahead = p->place;
}

struct la_addr
la_ports__target(const struct la_ports *p, uint32_t n)
{
	return la_addr_after(&p->target, n % p->targets_len);
}

/* Advance @p at; true when it wraps to @p first. */
static bool
turn_over(uint32_t *at, uint32_t first, uint32_t last, uint32_t step)
{
	if (last - *at >= step) {
		*at += step;
		return false;
	}
	*at = first;
	return true;
}

static void
next_target(const struct la_ports *p, struct la_ports_at *at)
{
	if (turn_over(&at->address, 0, p->targets_len - 1, 1))
		turn_over(&at->port, p->target_port_first, p->target_port_last, 1);
}

/* Read the tuple at a place, whichever worker owns it, and advance the place. */
static void
take_tuple(const struct la_ports *p, struct la_ports_place *place, struct la_choice *choice)
{
	choice->local = p->sources[place->source];
	choice->local_port = (uint16_t)place->port;
	choice->remote = la_ports__target(p, place->at.address);
	choice->remote_port = (uint16_t)place->at.port;
	if (++place->number == p->all)
		place->number = 0;
	next_target(p, &place->at);
	if (!turn_over(&place->source, 0, p->sources_len - 1, 1) ||
			!turn_over(&place->port, p->port_first, p->port_last, p->step))
		return;
	/* Each round starts one target later, so that in as many rounds as there are
	 * targets each pair of source and port is used with every target. */
	next_target(p, &place->round);
	place->at = place->round;
}

static bool
is_own(const struct la_ports *p, const struct la_choice *c)
{
	return p->owner.owns == NULL || p->owner.owns(p->owner.user, c->local, c->local_port,
			&c->remote, c->remote_port);
}

/* At the start of the held run, move to its end. */
static void
step_over_held(struct la_ports *p, struct la_choice *choice)
{
	if (p->held_len == 0 || p->held_len == p->all || p->place.number != p->held_first)
		return;
	choice->passed += p->held_len;
	p->place = p->held;
}

void
la_ports__next(struct la_ports *p, struct la_choice *choice)
{
	const uint32_t most = LOOKS * p->passed_mean;
	uint32_t looks = 0;

	choice->passed = 0;
	do {
		step_over_held(p, choice);
		take_tuple(p, &p->place, choice);
		choice->passed++;
		choice->found = is_own(p, choice);
	} while (!choice->found && ++looks < most);
}

/* Add to the run the tuples examined for the last held choice. The place of all other opens
 * is never inside the run. */
static void
grow_held(struct la_ports *p)
{
	const uint64_t place = p->place.number, end = p->held.number;
	const uint64_t behind = place >= end ? place - end : place + p->all - end;

	if (p->held_len == 0)
		p->held_first = end;
	if (behind < p->ahead_len)
		p->place = p->ahead;
	p->held = p->ahead;
	p->held_len = p->held_len + p->ahead_len < p->all ? p->held_len + p->ahead_len : p->all;
	p->ahead_len = 0;
}

void
la_ports__next_held(struct la_ports *p, struct la_choice *choice)
{
	const uint32_t most = LOOKS * p->passed_mean;

	grow_held(p);
	do {
		take_tuple(p, &p->ahead, choice);
		p->ahead_len++;
		choice->found = is_own(p, choice);
	} while (!choice->found && p->ahead_len < most);
	choice->passed = p->ahead_len;
}

void
la_ports__forget_held(struct la_ports *p)
{
	p->held_len = 0;
}
