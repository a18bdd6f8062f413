/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures: throughput, counters and their reasons, states. */
#include <ctype.h>
#include <stdio.h>

#include "telemetry.h"

static void
put_rates(struct rte_tel_data *out, const char *prefix, const struct la_rates *rates)
{
	const struct { const char *name; uint64_t value; } rows[] = {
		{ "opened_per_s", rates->opened }, { "closed_per_s", rates->closed },
		{ "rx_pps", rates->rx_packets }, { "tx_pps", rates->tx_packets },
		{ "rx_bps", rates->rx_bits }, { "tx_bps", rates->tx_bits },
		{ "syn_per_s", rates->syn },
	};
	char name[64];

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		snprintf(name, sizeof(name), "%s%s", prefix, rows[i].name);
		la_tel__number(out, name, rows[i].value);
	}
}

void
la_tel__throughput(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	const struct la_sample *s = n == LA_ALL_WORKERS ? &d->sampler.all : &d->sampler.worker[n];

	put_rates(out, "", &s->last);
	la_tel__number(out, "connections", s->connections);
	la_tel__number(out, "time_wait", s->time_wait);
	put_rates(out, "peak_", &s->peak);
	la_tel__number(out, "peak_connections", s->connections_peak);
	la_tel__number(out, "peak_time_wait", s->time_wait_peak);
}

static void
sum_up(struct la_dpio *d, long n, struct la_dpio_totals *totals)
{
	*totals = (struct la_dpio_totals){ 0 };
	for (uint32_t i = 0; i < la_dpio__workers(d); i++) {
		if (n == LA_ALL_WORKERS || n == (long)i)
			la_port__add_worker(la_dpio__worker(d, i), totals);
	}
}

static uint64_t
frames_missed(const struct la_dpio *d)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < d->near; i++)
		sum += la_port__missed(d->port[i]);
	return sum;
}

/* DPDK's names have no '-'. */
static const char *
state_name(enum la_tcp_state state, char name[32])
{
	size_t i = 0;

	for (const char *from = la_tcp_state_name(state); *from != '\0' && i < 31; from++)
		name[i++] = *from == '-' ? '_' : (char)toupper(*from);
	name[i] = '\0';
	return name;
}

void
la_tel__states(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	struct la_dpio_totals totals;
	char name[32];

	sum_up(d, n, &totals);
	for (enum la_tcp_state state = LA_SYN_SENT; state <= LA_TIME_WAIT; state++)
		la_tel__number(out, state_name(state, name), totals.state[state]);
}

void
la_tel__counters(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	struct la_dpio_totals t;

	sum_up(d, n, &t);
	/* Of the devices, not of a worker. */
	t.rx_missed = n == LA_ALL_WORKERS ? frames_missed(d) : 0;
	for (uint32_t i = 0; i < LA_DPIO_COUNTERS; i++) {
		const struct la_dpio_counter counter = la_dpio_counter(&t, i);

		la_tel__number(out, counter.key, counter.value);
	}
}

_Static_assert((int)LA_DPIO_COUNTERS <= (int)LA_TEL_ENTRIES, "all counters fit into one answer");

static struct rte_tel_data *
reason_row(const struct la_dpio_counter *counter)
{
	struct rte_tel_data *row = la_tel__dict();

	if (row == NULL)
		return NULL;
	rte_tel_data_add_dict_string(row, "class", la_class_name(counter->class));
	rte_tel_data_add_dict_string(row, "of", la_dpio_counter_of(counter));
	rte_tel_data_add_dict_string(row, "help", counter->help);
	return row;
}

/* Of those that tell what became of frames and segments; all others are events. */
void
la_tel__reasons(struct la_dpio *d, struct rte_tel_data *out, long n)
{
	const struct la_dpio_totals none = { 0 };

	(void)d;
	(void)n;
	for (uint32_t i = 0; i < LA_DPIO_COUNTERS; i++) {
		const struct la_dpio_counter counter = la_dpio_counter(&none, i);
		struct rte_tel_data *row;

		if (counter.class == LA_CLASS_EVENT)
			continue;
		row = reason_row(&counter);
		if (row != NULL && rte_tel_data_add_dict_container(out, counter.key, row, 0) != 0)
			rte_tel_data_free(row);
	}
}
