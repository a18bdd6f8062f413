/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_PORT_H
#define LA_DPIO_PORT_H

/*
 * One port: its device, its workers, and what the control thread does with them. A port does
 * not know its process, nor a worker its port: what they need is given to them.
 */
#include <pthread.h>

#include "interface.h"
#include "la_dpio.h"
#include "steer.h"
#include "worker/worker.h"

enum { LA_LAST_RST_US = 20000 };        /* Time for the last RSTs to be sent. */

struct la_port {
	struct la_port_params params;
	struct la_stack_params stack;   /* What each worker's is made of, but for its number. */
	bool has_load;
	struct la_load_params load;
	uint32_t number;                /* In the process, from 0. */
	struct la_port_info info;
	struct la_steer steer;
	struct la_interface interface;  /* The kernel's, under a packet socket. */
	char device[64], driver[64];
	char remark[320], interface_remark[320];
	uint16_t port_id;
	bool launched;                  /* Workers run. */
	bool running;                   /* The device does. */
	bool link_up;
	la_counter link_changes;
	bool gateway_silent[2];         /* IPv4, IPv6. */
	bool no_gateway[2];
	struct la_addr conflict_address;
	struct la_mac conflict_mac;
	struct la_stack_range *ranges;  /* With the link-local address, or NULL. */
	struct rte_mempool *pool;
	struct la_worker *worker;       /* workers of them; rte_malloc'ed */
	struct la_steer_view *view;     /* One for each of them. */
	uint32_t workers;
	struct la_clock clock;
	uint64_t news_us;
	uint64_t missed;                /* Frames the device dropped, once it has stopped. */
	pthread_mutex_t mail_lock;      /* Held by who posts mail: control, or telemetry. */
};

/* port.c: the device. */

/* Find it, ask what it can do, decide how many workers there are, and configure it. */
bool la_port__device_setup(struct la_port *p, struct la_dpio_error *error);
/* Start it, if it is not yet. */
bool la_port__device_start(struct la_port *p, struct la_dpio_error *error);
void la_port__device_stop(struct la_port *p);
void la_port__device_close(struct la_port *p);
/* Frames that it dropped: no descriptor, no mbuf. */
uint64_t la_port__missed(const struct la_port *p);

/* link_local.c */
bool la_port__add_link_local(struct la_port *p, struct la_dpio_error *error);
bool la_port__has_ipv6(const struct la_port *p);

/* mail.c: have something run on a worker's core. False: it was not run, and will not be. */
bool la_port__mail(struct la_port *p, uint32_t worker, void (*run)(void *worker, void *arg),
		void *arg);
/* The same on each worker in turn. False if one did not answer. */
bool la_port__mail_all(struct la_port *p, void (*run)(void *worker, void *arg), void *arg);

/* attend.c: what the control thread tells the workers, and asks them. */
void la_port__tick(struct la_port *p, uint64_t now_us, struct la_port_news *news);
void la_port__drain(struct la_port *p);
/* As la_port_abort_all(), without the wait. */
void la_port__reset_all(struct la_port *p);
bool la_port__set_cookie_keys(struct la_port *p, struct la_key key[2]);

/* load.c: what a worker with a generator is given. */
void la_port__prepare_load(struct la_port *p, struct la_worker *w);

/* figures.c: counters of one worker, added to totals; the same of all, and the device's. */
void la_port__add_worker(const struct la_worker *w, struct la_dpio_totals *totals);
void la_port__add_totals(const struct la_port *p, struct la_dpio_totals *totals);

/* start.c: from nothing to workers that poll, and back. */

/* Set the device up, and make room for its workers. NULL: error. */
struct la_port *la_port__make(const struct la_port_params *params, uint32_t number,
		struct la_dpio_error *error);
/* Fill in what the port says about each stack; add the link-local address. */
bool la_port__complete(struct la_port *p, struct la_dpio_error *error);
/* Octets that all workers will take; 0 if no stack can be made of these sizes. */
uint64_t la_port__memory_needed(const struct la_port *p);
/* Have the stacks made on the workers' cores, start the device, let the workers poll. Memory
 * of the workers is touched by threads on spare_cpus too. */
bool la_port__start(struct la_port *p, const struct la_dpio_params *process,
		const cpu_set_t *spare_cpus, struct la_dpio_error *error);
/* End the workers. */
void la_port__end_workers(struct la_port *p);
/* Give all back; neither workers nor the device run any more. */
void la_port__free(struct la_port *p);

#endif
