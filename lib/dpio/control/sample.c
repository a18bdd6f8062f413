/* SPDX-License-Identifier: BSD-3-Clause */
#include "sample.h"

#include <stdlib.h>

#include <rte_cycles.h>

#include "worker/worker.h"

enum { FIELDS = sizeof(struct la_rates) / sizeof(uint64_t), SECOND_US = 1000000 };

_Static_assert(sizeof(struct la_rates) == FIELDS * sizeof(uint64_t), "only numbers");

static uint64_t
greater_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct la_rates
read_counters(const struct la_worker *w)
{
	const struct la_stack_counters *c = la_stack_counters(w->stack);

	return (struct la_rates){
		.opened = la_count_read(&c->count[LA_COUNT_OPENED]),
		.closed = la_count_read(&c->count[LA_COUNT_CLOSED]),
		.syn = la_count_read(&c->count[LA_COUNT_SYN_RECEIVED]),
		.rx_packets = la_count_read(&w->counters.rx_packets),
		.tx_packets = la_count_read(&w->tx.packets),
		.rx_bits = la_count_read(&w->counters.rx_octets) * 8,
		.tx_bits = la_count_read(&w->tx.octets) * 8,
	};
}

/* Take the new totals in: the last second's rates, and their peaks. */
static void
take_rates(struct la_sample *s, const struct la_rates *total, uint64_t elapsed_us)
{
	const uint64_t *new = (const uint64_t *)total;
	uint64_t *old = (uint64_t *)&s->total, *last = (uint64_t *)&s->last,
			*peak = (uint64_t *)&s->peak;

	for (int i = 0; i < FIELDS; i++) {
		last[i] = (new[i] - old[i]) * SECOND_US / elapsed_us;
		peak[i] = greater_of(peak[i], last[i]);
		old[i] = new[i];
	}
}

static void
take_gauges(struct la_sample *s, uint64_t connections, uint64_t time_wait)
{
	s->connections = connections;
	s->time_wait = time_wait;
	s->connections_peak = greater_of(s->connections_peak, connections);
	s->time_wait_peak = greater_of(s->time_wait_peak, time_wait);
}

uint64_t
la_sample__connections(const struct la_worker *w)
{
	const struct la_stack_counters *c = la_stack_counters(w->stack);
	uint64_t n = 0;

	for (int state = LA_SYN_SENT; state < LA_TIME_WAIT; state++)
		n += la_count_read(&c->state[state]);
	return n;
}

/* How busy a worker was, and what a packet cost it. */
static void
take_work(struct la_sample *s, const struct la_worker *w, uint64_t packets, uint64_t elapsed_us)
{
	const uint64_t busy = la_count_read(&w->counters.busy_cycles);
	const uint64_t bursts = la_count_read(&w->counters.bursts);
	const uint64_t cycles = rte_get_tsc_hz() / 1000 * elapsed_us / 1000;

	s->busy_percent = RTE_MIN((busy - s->busy_cycles) * 100 / (cycles + 1), (uint64_t)100);
	/* A second without packets says nothing about what they cost. */
	if (packets > 0) {
		s->cycles_per_packet = (busy - s->busy_cycles) / packets;
		s->burst_avg = bursts > s->bursts ? (packets + (bursts - s->bursts) / 2) /
				(bursts - s->bursts) : 0;
	}
	s->busy_cycles = busy;
	s->bursts = bursts;
}

static void
add_rates(struct la_rates *sum, const struct la_rates *rates)
{
	for (int i = 0; i < FIELDS; i++)
		((uint64_t *)sum)[i] += ((const uint64_t *)rates)[i];
}

void
la_sampler__take(struct la_sampler *sampler, uint64_t now_us)
{
	const uint64_t elapsed_us = now_us - sampler->at_us;
	struct la_rates sum = { 0 };
	uint64_t connections = 0, time_wait = 0;

	for (uint32_t i = 0; i < sampler->workers; i++) {
		struct la_sample *s = &sampler->worker[i];
		const struct la_worker *w = s->of;
		const struct la_rates now = read_counters(w);

		take_work(s, w, now.rx_packets - s->total.rx_packets, elapsed_us);
		take_rates(s, &now, elapsed_us);
		take_gauges(s, la_sample__connections(w),
				la_count_read(&la_stack_counters(w->stack)->state[LA_TIME_WAIT]));
		add_rates(&sum, &now);
		connections += s->connections;
		time_wait += s->time_wait;
	}
	take_rates(&sampler->all, &sum, elapsed_us);
	take_gauges(&sampler->all, connections, time_wait);
	sampler->at_us = now_us;
}

bool
la_sampler__start(struct la_sampler *s, uint32_t workers, uint64_t now_us)
{
	s->at_us = now_us;
	s->workers = workers;
	s->worker = calloc(workers, sizeof(*s->worker));
	return s->worker != NULL;
}

void
la_sampler__free(struct la_sampler *s)
{
	free(s->worker);
	s->worker = NULL;
}

bool
la_sampler__is_due(const struct la_sampler *s, uint64_t now_us)
{
	return now_us - s->at_us >= SECOND_US;
}
