/* SPDX-License-Identifier: BSD-3-Clause */
/* The load role on all workers of a port: start and stop runs, add up what came of them. */
#include "port.h"

void
la_port__prepare_load(struct la_port *p, struct la_worker *w)
{
	w->has_load = true;
	w->load_params = p->load;
	w->load_params.worker = w->number;
	w->load_params.workers = p->workers;
	w->load_params.owner = la_steer__load_owner(&p->view[w->number]);
	/* The same seed for all: each has tuples of its own. */
	w->load_memory_len = la_load_memory(&w->load_params);
}

struct shares {
	const struct la_load_plan *plan;
	uint32_t workers;
};

static void
run_load_start(void *worker, void *arg)
{
	const struct shares *shares = arg;
	struct la_worker *w = worker;
	const struct la_load_plan part = la_load_plan_share(shares->plan, w->number,
			shares->workers);

	la_load_start(w->load, &part, la_worker__now_us(w));
}

bool
la_port_load_start(struct la_port *p, const struct la_load_plan *plan)
{
	struct shares shares = { plan, p->workers };

	return la_port__mail_all(p, run_load_start, &shares);
}

static void
run_load_stop(void *worker, void *arg)
{
	struct la_worker *w = worker;

	(void)arg;
	la_load_stop(w->load, la_worker__now_us(w));
}

void
la_port_load_stop(struct la_port *p)
{
	la_port__mail_all(p, run_load_stop, NULL);
}

static uint64_t
greater_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void
add_worker(const struct la_worker *w, struct la_port_load *sum)
{
	const struct la_load_counters *c = la_load_counters(w->load);
	const enum la_load_phase phase = (enum la_load_phase)la_count_read(&c->phase);

	if (phase < sum->phase)
		sum->phase = phase;
	sum->attempted += la_count_read(&c->attempted);
	sum->opened += la_count_read(&c->opened);
	sum->closed += la_count_read(&c->closed);
	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		sum->failed[i] += la_count_read(&c->failed[i]);
	sum->due += la_count_read(&c->due);
	sum->late_opens += la_count_read(&c->late_opens);
	sum->late_max_us = greater_of(sum->late_max_us, la_count_read(&c->late_max_us));
	sum->behind += la_count_read(&c->behind);
	sum->open += la_count_read(&c->open);
	sum->open_max += la_count_read(&c->open_max);
	sum->live += la_count_read(&c->live);
	sum->offered_per_s += la_count_read(&c->offered_per_s);
	sum->sustain_opened += la_count_read(&c->sustain_opened);
	sum->sustain_us = greater_of(sum->sustain_us, la_count_read(&c->sustain_us));
	sum->retransmissions += la_count_read(
			&la_stack_counters(w->stack)->count[LA_COUNT_TX_RETRANSMITS]);
	sum->wrong_core += la_count_read(
			&la_stack_counters(w->stack)->count[LA_COUNT_WRONG_CORE]);
}

void
la_port_load_worker(const struct la_port *p, uint32_t worker, struct la_port_load *load)
{
	*load = (struct la_port_load){ .phase = LA_LOAD_PHASE_DONE };
	add_worker(&p->worker[worker], load);
}

void
la_port_load(const struct la_port *p, struct la_port_load *load)
{
	*load = (struct la_port_load){ .phase = LA_LOAD_PHASE_DONE };
	for (uint32_t i = 0; i < p->workers; i++)
		add_worker(&p->worker[i], load);
}

void
la_port_load_times(const struct la_port *p, enum la_load_time which, struct la_histogram *sum)
{
	for (uint32_t i = 0; i < p->workers; i++)
		la_histogram_add(sum, la_load_histogram(p->worker[i].load, which));
}
