/* SPDX-License-Identifier: BSD-3-Clause */
/* Several ports of one process: the first speaks for all. */
#include <rte_lcore.h>

#include "dpio_private.h"

uint32_t
la_dpio_lcores(void)
{
	return rte_lcore_count() - 1;
}

void
la_dpio_lead(struct la_dpio *d, struct la_dpio *other)
{
	struct la_dpio *last = d;

	while (last->next != NULL)
		last = last->next;
	last->next = other;
	other->led = true;
	other->number = last->number + 1;
	other->first_worker = last->first_worker + last->workers;
}

uint32_t
la_dpio_all_workers(const struct la_dpio *d)
{
	uint32_t n = 0;

	for (; d != NULL; d = d->next)
		n += d->workers;
	return n;
}

struct la_dpio *
la_dpio_port_of(struct la_dpio *d, uint32_t n)
{
	while (n - d->first_worker >= d->workers)
		d = d->next;
	return d;
}

struct la_worker *
la_dpio_worker(struct la_dpio *d, uint32_t n)
{
	struct la_dpio *port = la_dpio_port_of(d, n);

	return &port->worker[n - port->first_worker];
}

bool
la_dpio_mail_any(struct la_dpio *d, uint32_t n, void (*run)(void *worker, void *arg), void *arg)
{
	struct la_dpio *port = la_dpio_port_of(d, n);

	return la_dpio_mail(port, n - port->first_worker, run, arg);
}
