/* SPDX-License-Identifier: BSD-3-Clause */
#include "ports.h"

#include "la_load.h"

enum { LOOKS = 16 };                    /* At so many times what it takes on average. */

/* Where a round began whose place number @p gone, from 0, goes to the target @p at. */
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

/* The first port that is this worker's, by the port alone. */
static uint32_t
first_port(const struct la_load_params *params)
{
	const uint32_t first = params->local_port_first, n = params->workers;

	return first + (params->worker + n - first % n) % n;
}

void
la_ports_init(struct la_ports *p, const struct la_load_params *params)
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
	p->source = (uint32_t)(seed % p->sources_len);
	seed /= p->sources_len;
	p->port = first + (uint32_t)(seed % turns) * p->step;
	seed /= turns;
	p->at.address = (uint32_t)(seed % p->targets_len);
	seed /= p->targets_len;
	p->at.port = p->target_port_first + (uint32_t)(seed % target_ports);
	/* As if the round had begun at its first place, so that the next one goes elsewhere. */
	p->round = round_of(p, &p->at,
			(uint64_t)(p->port - first) / p->step * p->sources_len + p->source);
}

struct la_addr
la_ports_target(const struct la_ports *p, uint32_t n)
{
	return la_addr_after(&p->target, n % p->targets_len);
}

/* True once in a full turn. */
static bool
turn(uint32_t *at, uint32_t first, uint32_t last, uint32_t step)
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
	if (turn(&at->address, 0, p->targets_len - 1, 1))
		turn(&at->port, p->target_port_first, p->target_port_last, 1);
}

/* The next tuple, whosever it is. */
static void
take(struct la_ports *p, struct la_choice *choice)
{
	choice->local = p->sources[p->source];
	choice->local_port = (uint16_t)p->port;
	choice->remote = la_ports_target(p, p->at.address);
	choice->remote_port = (uint16_t)p->at.port;
	next_target(p, &p->at);
	if (!turn(&p->source, 0, p->sources_len - 1, 1) ||
			!turn(&p->port, p->port_first, p->port_last, p->step))
		return;
	/* Each round begins one target further on, so that in as many rounds as there
	 * are targets a source and port meets every one of them. */
	next_target(p, &p->round);
	p->at = p->round;
}

void
la_ports_next(struct la_ports *p, struct la_choice *choice)
{
	const uint32_t most = LOOKS * p->passed_mean;

	choice->passed = 0;
	do {
		take(p, choice);
		choice->passed++;
		choice->found = p->owner.owns == NULL || p->owner.owns(p->owner.user,
				choice->local, choice->local_port, &choice->remote,
				choice->remote_port);
	} while (!choice->found && choice->passed < most);
}
