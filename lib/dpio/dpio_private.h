/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_PRIVATE_H
#define LA_DPIO_PRIVATE_H

/* What the control thread's files share. */
#include <pthread.h>

#include "interface.h"
#include "la_dpio.h"
#include "steer.h"
#include "worker.h"

enum {
	LA_MAIL_DEADLINE_US = 500000,
};

/* A whole second of one worker, or of all. */
struct la_rates {
	uint64_t opened, closed, rx_packets, tx_packets, rx_bits, tx_bits, syn;
};

/* What a worker's counters said last, and what follows from that. */
struct la_sample {
	struct la_rates total;          /* Counters as read last. */
	struct la_rates last, peak;     /* Per second. */
	uint64_t connections, connections_peak, time_wait, time_wait_peak;
	uint64_t busy_cycles, bursts;
	uint64_t busy_percent, cycles_per_packet, burst_avg;
};

struct la_sampler {
	uint64_t at_us;                 /* CLOCK_MONOTONIC of the last sample. */
	struct la_sample *worker;       /* One each of all ports led. */
	struct la_sample all;
};

struct la_dpio {
	struct la_dpio_params params;
	struct la_stack_params stack;
	bool has_load;
	struct la_load_params load;
	struct la_dpio *other;          /* Who answers for the load role; NULL: this one. */
	struct la_dpio *next;           /* Port of the same process, in order; led by the first. */
	bool led;
	uint32_t number;                /* Of the port, from 0. */
	uint32_t first_worker;          /* Its workers are numbered from here on in telemetry. */
	struct la_dpio_port port;
	struct la_steer steer;
	struct la_interface interface;  /* The kernel's, under a packet socket. */
	char device[64], driver[64];
	char remark[320], interface_remark[320];
	char socket[256];
	uint16_t port_id;
	bool started, port_started, link_up, capture;
	la_counter link_changes;
	bool gateway_silent[2];         /* IPv4, IPv6. */
	bool no_gateway[2];
	struct la_addr conflict_address;
	struct la_mac conflict_mac;
	struct la_stack_range *ranges;  /* With the link-local address, or NULL. */
	struct rte_mempool *pool;
	struct la_worker *worker;       /* workers of them; rte_malloc'ed */
	uint32_t workers;
	cpu_set_t spare_cpus;           /* Without an lcore; else the main one's. */
	struct la_clock clock;
	uint64_t started_us;            /* CLOCK_MONOTONIC */
	uint64_t news_us;
	uint64_t missed;                /* Frames the port dropped, once it has stopped. */
	/* Held by who posts mail, or reads samples: the control thread and telemetry's. */
	pthread_mutex_t lock;
	struct la_sampler sampler;
};

/* CLOCK_MONOTONIC */
uint64_t la_monotonic_us(void);

/* printf into error; always false. */
bool la_dpio_fail(struct la_dpio_error *error, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* port.c: la_dpio_port_setup() asks the device and configures it. */
bool la_dpio_port_setup(struct la_dpio *d, struct la_dpio_error *error);
/* Start it, if it is not yet. */
bool la_dpio_port_start(struct la_dpio *d, struct la_dpio_error *error);
void la_dpio_port_close(struct la_dpio *d);
uint64_t la_dpio_port_missed(const struct la_dpio *d);

/* Run on a worker's core; the caller holds d->lock. False: no answer in time. */
bool la_dpio_mail(struct la_dpio *d, uint32_t worker, void (*run)(void *worker, void *arg),
		void *arg);

/* The same on every worker; takes d->lock. False if one did not answer. */
bool la_dpio_mail_all(struct la_dpio *d, void (*run)(void *worker, void *arg), void *arg);

/* Workers of this port and of those it leads. */
uint32_t la_dpio_all_workers(const struct la_dpio *d);

/* The port that worker number n of all is of. */
struct la_dpio *la_dpio_port_of(struct la_dpio *d, uint32_t n);

/* One of all workers. */
struct la_worker *la_dpio_worker(struct la_dpio *d, uint32_t n);

/* Mail to one of all workers; the caller holds the locks of all ports. */
bool la_dpio_mail_any(struct la_dpio *d, uint32_t n, void (*run)(void *worker, void *arg),
		void *arg);

/* sample.c */
bool la_sampler_start(struct la_dpio *d);
void la_sampler_tick(struct la_dpio *d, uint64_t now_us);

/* Counters of one worker, added to totals. */
void la_dpio_add_worker(const struct la_worker *w, struct la_dpio_totals *totals);

/* load.c: what a worker with a generator is given. */
void la_dpio_prepare_load(struct la_dpio *d, struct la_worker *w);

/* link_local.c */
bool la_dpio_add_link_local(struct la_dpio *d, struct la_dpio_error *error);
bool la_dpio_has_ipv6(const struct la_dpio *d);

/* telemetry.c: answer for d from now on, or for nobody (NULL). */
void la_dpio_telemetry(struct la_dpio *d);

#endif
