/* SPDX-License-Identifier: BSD-3-Clause */
/* A port's workers: from nothing to workers that poll, and back. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "fail.h"
#include "port.h"
#include "worker/loop.h"
#include "worker/memory.h"
#include "worker/rx.h"
#include "worker/share.h"

enum {
	TOUCHING_LEAST_US = 100000,     /* What an estimate rests on. */
	TOUCHING_SAID_US = 1000000,
};

static bool
make_workers(struct la_port *p)
{
	uint32_t n = 0, skipped = 0, lcore;

	p->worker = rte_zmalloc("lastack workers", p->workers * sizeof(*p->worker), LA_APART);
	p->view = calloc(p->workers, sizeof(*p->view));
	if (p->worker == NULL || p->view == NULL)
		return false;
	RTE_LCORE_FOREACH_WORKER(lcore) {
		if (skipped < p->params.lcores_skipped) {
			skipped++;
		} else if (n < p->workers) {
			p->worker[n].port = p->port_id;
			p->worker[n].all = p->worker;
			p->worker[n].workers = p->workers;
			p->worker[n].number = n;
			p->worker[n].lcore = lcore;
			if (!la_share__make(&p->worker[n++]))
				return false;
		}
	}
	return true;
}

struct la_port *
la_port__make(const struct la_port_params *params, uint32_t number, struct la_dpio_error *error)
{
	struct la_port *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		la_dpio__fail(error, "no memory");
		return NULL;
	}
	p->params = *params;
	p->number = number;
	pthread_mutex_init(&p->mail_lock, NULL);
	if (!la_port__device_setup(p, error)) {
		la_port__free(p);
		return NULL;
	}
	if (!make_workers(p)) {
		la_dpio__fail(error,
				"no memory of DPDK's is left for %u workers: give more with -m "
				"in eal.args", p->workers);
		la_port__free(p);
		return NULL;
	}
	return p;
}

void
la_port_prepare(struct la_port *p, const struct la_stack_params *params,
		const struct la_load_params *load)
{
	p->stack = *params;
	p->has_load = load != NULL;
	if (load != NULL)
		p->load = *load;
}

const char *
la_port_remark(const struct la_port *p)
{
	return p->remark[0] != '\0' ? p->remark : NULL;
}

const struct la_port_info *
la_port_info(const struct la_port *p)
{
	return &p->info;
}

uint32_t
la_port_workers(const struct la_port *p)
{
	return p->workers;
}

uint32_t
la_port_lcore(const struct la_port *p, uint32_t worker)
{
	return p->worker[worker].lcore;
}

/* What the port says about each stack. */
static void
complete_params(struct la_port *p)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	la_clock__start(&p->clock);
	p->stack.mac = p->info.mac;
	p->stack.mtu = p->info.mtu;
	p->stack.offload = p->info.tx_checksum;
	p->stack.tag_offload = p->info.tag_insert;
	p->stack.port = p->number;
	p->stack.workers = p->workers;
	p->stack.clock_offset_us = (uint64_t)wall.tv_sec * 1000000 +
			(uint64_t)wall.tv_nsec / 1000 - la_clock__us(&p->clock, p->clock.base);
}

bool
la_port__complete(struct la_port *p, struct la_dpio_error *error)
{
	complete_params(p);
	return la_port__add_link_local(p, error);
}

/* With a generator there is one listener, whose service is not made yet. */
static size_t
stack_memory(const struct la_port *p)
{
	static const struct la_service none;
	const struct la_stack_listener listener = {
		.name = "load", .address = LA_ANY_ADDRESS, .instance = (struct la_service *)&none,
	};
	struct la_stack_params all = p->stack;

	if (p->has_load) {
		all.listeners = &listener;
		all.listeners_len = 1;
	}
	return la_stack_memory(&all);
}

uint64_t
la_port__memory_needed(const struct la_port *p)
{
	const uint64_t stack = stack_memory(p);

	if (stack == 0)
		return 0;
	return (stack + (p->has_load ? la_load_memory(&p->load) : 0)) * p->workers;
}

static void
prepare_worker(struct la_port *p, struct la_worker *w, size_t memory_len,
		const cpu_set_t *spare_cpus)
{
	w->tx.port = p->port_id;
	w->queue = w->tx.queue = w->rx_queue = (uint16_t)w->number;
	w->rx_queues = p->info.queues;
	w->rx_step = p->info.queues > p->workers ? (uint16_t)p->workers : 0;
	w->owner = la_steer__tuple_owner(&p->steer);
	p->view[w->number] = (struct la_steer_view){ &p->steer, w->number };
	w->burst = p->params.burst;
	w->yield = p->params.yield;
	w->rx_flags = p->info.rx_checksum ? LA_RX_FLAGS_ALL : LA_RX_FLAGS_TAG;
	w->clock = p->clock;
	w->tx.pool = p->pool;
	w->tx.offload = p->stack.offload;
	w->params = p->stack;
	w->params.worker = w->number;
	w->params.owner = la_steer__stack_owner(&p->view[w->number]);
	w->memory_len = memory_len;
	w->spare_cpus = *spare_cpus;
	if (p->has_load)
		la_port__prepare_load(p, w);
	atomic_store(&w->touched, 0);
	atomic_store(&w->phase, LA_WORKER_OFF);
	atomic_store(&w->quit, false);
}

/* Once some of it is touched: how long will all of it take? @return if that is known. */
static bool
say_touching(const struct la_port *p, const struct la_dpio_params *process, uint64_t start_us)
{
	const uint64_t took_us = la_monotonic_us() - start_us;
	uint64_t touched = 0, all = 0, about_us;

	for (uint32_t i = 0; i < p->workers; i++) {
		touched += atomic_load_explicit(&p->worker[i].touched, memory_order_relaxed);
		all += p->worker[i].memory_len + p->worker[i].load_memory_len;
	}
	if (touched == 0 || took_us < TOUCHING_LEAST_US)
		return false;
	about_us = (uint64_t)((double)took_us * (double)all / (double)touched);
	if (about_us >= TOUCHING_SAID_US && process->touching != NULL)
		process->touching(all, about_us);
	return true;
}

static bool
await_ready(struct la_port *p, const struct la_dpio_params *process, struct la_dpio_error *error)
{
	const uint64_t start_us = la_monotonic_us();
	bool known = false;

	for (uint32_t i = 0; i < p->workers; i++) {
		struct la_worker *w = &p->worker[i];

		while (atomic_load(&w->phase) == LA_WORKER_OFF) {
			usleep(1000);
			known = known || say_touching(p, process, start_us);
		}
		if (atomic_load(&w->phase) == LA_WORKER_FAILED)
			return la_dpio__fail(error,
					"worker memory: %zu MiB cannot be had: lower %s",
					(w->memory_len + w->load_memory_len) >> 20,
					process->sizes);
	}
	return true;
}

static bool
launch_workers(struct la_port *p, const struct la_dpio_params *process, struct la_dpio_error *error)
{
	p->launched = true;
	for (uint32_t i = 0; i < p->workers; i++) {
		struct la_worker *w = &p->worker[i];

		if (rte_eal_remote_launch(la_worker__main, w, w->lcore) != 0) {
			atomic_store(&w->phase, LA_WORKER_FAILED);
			return la_dpio__fail(error, "lcore %u is busy", w->lcore);
		}
	}
	return await_ready(p, process, error);
}

bool
la_port__start(struct la_port *p, const struct la_dpio_params *process,
		const cpu_set_t *spare_cpus, struct la_dpio_error *error)
{
	const size_t each = stack_memory(p);

	if (!la_steer__addresses(&p->steer, p->stack.ranges, p->stack.ranges_len))
		return la_dpio__fail(error, "no memory");
	for (uint32_t i = 0; i < p->workers; i++)
		prepare_worker(p, &p->worker[i], each, spare_cpus);
	if (!launch_workers(p, process, error) || !la_port__device_start(p, error))
		return false;
	for (uint32_t i = 0; i < p->workers; i++)
		atomic_store(&p->worker[i].phase, LA_WORKER_GO);
	return true;
}

void
la_port__end_workers(struct la_port *p)
{
	if (!p->launched)
		return;
	for (uint32_t i = 0; i < p->workers; i++)
		atomic_store(&p->worker[i].quit, true);
	for (uint32_t i = 0; i < p->workers; i++)
		rte_eal_wait_lcore(p->worker[i].lcore);
	for (uint32_t i = 0; i < p->workers; i++)
		la_share__empty(&p->worker[i]);
	p->launched = false;
}

static void
unmap_memory(struct la_worker *w)
{
	la_memory__unmap(w->memory, w->memory_len);
	la_memory__unmap(w->load_memory, w->load_memory_len);
}

void
la_port__free(struct la_port *p)
{
	for (uint32_t i = 0; p->worker != NULL && i < p->workers; i++) {
		unmap_memory(&p->worker[i]);
		la_share__free(&p->worker[i]);
	}
	la_port__device_close(p);
	la_steer__free(&p->steer);
	rte_free(p->worker);
	free(p->view);
	free(p->ranges);
	pthread_mutex_destroy(&p->mail_lock);
	free(p);
}
