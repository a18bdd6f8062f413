/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_PRIVATE_H
#define LA_DPIO_PRIVATE_H

/* The process: what its files share. */
#include <pthread.h>

#include "port/port.h"
#include "sample.h"

struct la_dpio {
	struct la_dpio_params params;
	struct la_port *port[LA_DPIO_PORTS_MAX];
	uint32_t ports;                 /* Of them, far ends last; */
	uint32_t near;                  /* without far ends. Figures are of these. */
	char socket[256];
	char remark[128];
	bool capture;
	uint64_t started_us;            /* CLOCK_MONOTONIC */
	pthread_mutex_t lock;           /* Held by who reads samples: control, or telemetry. */
	struct la_sampler sampler;
};

/* totals.c: workers of all ports but far ends are numbered in the order of the ports. */
uint32_t la_dpio__workers(const struct la_dpio *d);
/* The port that worker number n is of. */
struct la_port *la_dpio__port_of(const struct la_dpio *d, uint32_t n);
struct la_worker *la_dpio__worker(const struct la_dpio *d, uint32_t n);
/* As la_port__mail(). */
bool la_dpio__mail(const struct la_dpio *d, uint32_t n, void (*run)(void *worker, void *arg),
		void *arg);

/* Room for samples, and one more if it is due. */
bool la_dpio__sample_start(struct la_dpio *d);
void la_dpio__sample(struct la_dpio *d, uint64_t now_us);

#endif
