/* SPDX-License-Identifier: BSD-3-Clause */
/* The workers of all ports but far ends, as one row of them, and their figures. */
#include "dpio_private.h"

uint32_t
la_dpio__workers(const struct la_dpio *d)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->near; i++)
		n += d->port[i]->workers;
	return n;
}

/* The port of worker number *n of all, which becomes its number there. */
static struct la_port *
find_port(const struct la_dpio *d, uint32_t *n)
{
	uint32_t i = 0;

	for (; *n >= d->port[i]->workers; i++)
		*n -= d->port[i]->workers;
	return d->port[i];
}

struct la_port *
la_dpio__port_of(const struct la_dpio *d, uint32_t n)
{
	return find_port(d, &n);
}

struct la_worker *
la_dpio__worker(const struct la_dpio *d, uint32_t n)
{
	struct la_port *p = find_port(d, &n);

	return &p->worker[n];
}

bool
la_dpio__mail(const struct la_dpio *d, uint32_t n, void (*run)(void *worker, void *arg), void *arg)
{
	struct la_port *p = find_port(d, &n);

	return la_port__mail(p, n, run, arg);
}

bool
la_dpio__sample_start(struct la_dpio *d)
{
	if (!la_sampler__start(&d->sampler, la_dpio__workers(d), la_monotonic_us()))
		return false;
	for (uint32_t i = 0; i < d->sampler.workers; i++)
		d->sampler.worker[i].of = la_dpio__worker(d, i);
	return true;
}

void
la_dpio__sample(struct la_dpio *d, uint64_t now_us)
{
	if (!la_sampler__is_due(&d->sampler, now_us))
		return;
	pthread_mutex_lock(&d->lock);
	la_sampler__take(&d->sampler, now_us);
	pthread_mutex_unlock(&d->lock);
}

void
la_dpio_peaks(struct la_dpio *d, struct la_dpio_peaks *peaks)
{
	const struct la_rates *peak = &d->sampler.all.peak;

	pthread_mutex_lock(&d->lock);
	*peaks = (struct la_dpio_peaks){
		.opened_per_s = peak->opened, .closed_per_s = peak->closed,
		.rx_pps = peak->rx_packets, .tx_pps = peak->tx_packets,
	};
	pthread_mutex_unlock(&d->lock);
}

uint64_t
la_dpio_connections(const struct la_dpio *d)
{
	const uint32_t workers = la_dpio__workers(d);
	uint64_t n = 0;

	for (uint32_t i = 0; i < workers; i++)
		n += la_sample__connections(la_dpio__worker(d, i));
	return n;
}

void
la_dpio_totals(const struct la_dpio *d, struct la_dpio_totals *totals)
{
	*totals = (struct la_dpio_totals){ .rx_missed = 0 };
	for (uint32_t i = 0; i < d->near; i++)
		la_port__add_totals(d->port[i], totals);
}

uint32_t
la_dpio_notes(const struct la_dpio *d, struct la_dpio_note *notes, uint32_t max)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->near; i++)
		n += la_port_notes(d->port[i], notes + n, max - n);
	return n;
}
