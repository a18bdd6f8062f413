/* SPDX-License-Identifier: BSD-3-Clause */
/* The control thread's side: make the workers, speak to them, end them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_thread.h>
#include <rte_version.h>

#include "capture.h"
#include "dpio_private.h"
#include "rx.h"

enum {
	NEWS_US = 1000000, FAREWELL_US = 20000,
	TOUCHING_LEAST_US = 100000,     /* What an estimate rests on. */
	TOUCHING_SAID_US = 1000000,
};

uint64_t
la_monotonic_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
find_socket(struct la_dpio *d)
{
	struct stat status;

	snprintf(d->socket, sizeof(d->socket), "%s/dpdk_telemetry.v2", rte_eal_get_runtime_dir());
	if (stat(d->socket, &status) != 0)
		d->socket[0] = '\0';
}

static bool
make_workers(struct la_dpio *d)
{
	uint32_t n = 0, skipped = 0, lcore;

	d->worker = rte_zmalloc("lastack workers", d->workers * sizeof(*d->worker), LA_APART);
	if (d->worker == NULL)
		return false;
	RTE_LCORE_FOREACH_WORKER(lcore) {
		if (skipped < d->params.lcores_skipped) {
			skipped++;
		} else if (n < d->workers) {
			d->worker[n].port = d->port_id;
			d->worker[n].all = d->worker;
			d->worker[n].workers = d->workers;
			d->worker[n].number = n;
			d->worker[n].lcore = lcore;
			if (!la_share_make(&d->worker[n++]))
				return false;
		}
	}
	return true;
}

struct la_dpio *
la_dpio_open(const struct la_dpio_params *params, struct la_dpio_error *error)
{
	struct la_dpio *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		la_dpio_fail(error, "no memory");
		return NULL;
	}
	d->params = *params;
	if (d->params.sizes == NULL)
		d->params.sizes = "tcp.connections or tcp.time-wait-max";
	pthread_mutex_init(&d->lock, NULL);
	find_socket(d);
	if (!la_dpio_port_setup(d, error)) {
		la_dpio_close(d);
		return NULL;
	}
	if (!make_workers(d)) {
		la_dpio_fail(error, "no memory of DPDK's is left for %u workers: give more with -m "
				"in eal.args", d->workers);
		la_dpio_close(d);
		return NULL;
	}
	return d;
}

const char *
la_dpio_remark(const struct la_dpio *d)
{
	return d->remark[0] != '\0' ? d->remark : NULL;
}

const struct la_dpio_port *
la_dpio_port(const struct la_dpio *d)
{
	return &d->port;
}

const char *
la_dpio_socket(const struct la_dpio *d)
{
	return d->socket[0] != '\0' ? d->socket : NULL;
}

const char *
la_dpio_capture(const struct la_dpio *d)
{
	const char *folder = rte_eal_get_runtime_dir(), *slash = strrchr(folder, '/');

	if (!d->capture)
		return NULL;
	return slash != NULL ? slash + 1 : folder;
}

uint32_t
la_dpio_workers(const struct la_dpio *d)
{
	return d->workers;
}

uint32_t
la_dpio_lcore(const struct la_dpio *d, uint32_t worker)
{
	return d->worker[worker].lcore;
}

/* What the port says about each stack. */
static void
complete_params(struct la_dpio *d, const struct la_stack_params *params)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	la_clock_start(&d->clock);
	d->stack = *params;
	d->stack.mac = d->port.mac;
	d->stack.mtu = d->port.mtu;
	d->stack.offload = d->port.tx_checksum;
	d->stack.tag_offload = d->port.tag_insert;
	d->stack.clock_offset_us = (uint64_t)wall.tv_sec * 1000000 +
			(uint64_t)wall.tv_nsec / 1000 - la_clock_us(&d->clock, d->clock.base);
}

/* With a generator there is one listener, whose service is not made yet. */
static size_t
stack_memory(const struct la_dpio *d, const struct la_stack_params *params, bool has_load)
{
	static const struct la_service none;
	const struct la_stack_listener listener = {
		.name = "load", .address = LA_ANY_ADDRESS, .instance = (struct la_service *)&none,
	};
	struct la_stack_params all = *params;

	all.mac = d->port.mac;
	all.mtu = d->port.mtu;
	if (has_load) {
		all.listeners = &listener;
		all.listeners_len = 1;
	}
	return la_stack_memory(&all);
}

uint64_t
la_dpio_memory_needed(const struct la_dpio *d, const struct la_stack_params *params,
		const struct la_load_params *load)
{
	const uint64_t stack = stack_memory(d, params, load != NULL);

	if (stack == 0)
		return 0;
	return (stack + (load != NULL ? la_load_memory(load) : 0)) * d->workers;
}

bool
la_dpio_check_memory(const struct la_dpio *d, uint64_t needed, struct la_dpio_error *error)
{
	const uint64_t available = la_memory_available();

	if (needed == 0)
		return la_dpio_fail(error, "worker memory: no stack can be made of these sizes: "
				"connections and tcp.time-wait-max may be 2147483647 together");
	if (needed > available)
		return la_dpio_fail(error, "worker memory: needs %llu MiB, %llu MiB are available: "
				"lower %s", (unsigned long long)(needed >> 20),
				(unsigned long long)(available >> 20), d->params.sizes);
	return true;
}

static void
prepare_worker(struct la_dpio *d, struct la_worker *w, size_t memory_len)
{
	w->tx.port = d->port_id;
	w->queue = w->tx.queue = w->rx_queue = (uint16_t)w->number;
	w->rx_queues = d->port.queues;
	w->rx_step = d->port.queues > d->workers ? (uint16_t)d->workers : 0;
	w->view = (struct la_steer_view){ &d->steer, w->number };
	w->burst = d->params.burst;
	w->yield = d->params.yield;
	w->rx_flags = d->port.rx_checksum ? LA_RX_FLAGS_ALL : LA_RX_FLAGS_TAG;
	w->clock = d->clock;
	w->tx.pool = d->pool;
	w->tx.offload = d->stack.offload;
	w->params = d->stack;
	w->params.worker = w->number;
	w->params.port = d->number;
	w->params.workers = d->workers;
	w->params.owner = la_steer_stack_owner(&w->view);
	w->memory_len = memory_len;
	w->spare_cpus = d->spare_cpus;
	if (d->has_load)
		la_dpio_prepare_load(d, w);
	atomic_store(&w->touched, 0);
	atomic_store(&w->phase, LA_WORKER_OFF);
	atomic_store(&w->quit, false);
}

/* Once some of it is touched: how long will all of it take? @return if that is known. */
static bool
say_touching(const struct la_dpio *d, uint64_t start_us)
{
	const uint64_t took_us = la_monotonic_us() - start_us;
	uint64_t touched = 0, all = 0, about_us;

	for (uint32_t i = 0; i < d->workers; i++) {
		touched += atomic_load_explicit(&d->worker[i].touched, memory_order_relaxed);
		all += d->worker[i].memory_len + d->worker[i].load_memory_len;
	}
	if (touched == 0 || took_us < TOUCHING_LEAST_US)
		return false;
	about_us = (uint64_t)((double)took_us * (double)all / (double)touched);
	if (about_us >= TOUCHING_SAID_US && d->params.touching != NULL)
		d->params.touching(all, about_us);
	return true;
}

static bool
await_ready(struct la_dpio *d, struct la_dpio_error *error)
{
	const uint64_t start_us = la_monotonic_us();
	bool known = false;

	for (uint32_t i = 0; i < d->workers; i++) {
		struct la_worker *w = &d->worker[i];

		while (atomic_load(&w->phase) == LA_WORKER_OFF) {
			usleep(1000);
			known = known || say_touching(d, start_us);
		}
		if (atomic_load(&w->phase) == LA_WORKER_FAILED)
			return la_dpio_fail(error, "worker memory: %zu MiB cannot be had: lower %s",
					(w->memory_len + w->load_memory_len) >> 20,
					d->params.sizes);
	}
	return true;
}

static void
note_cpus(cpu_set_t *cpus)
{
	if (pthread_getaffinity_np(pthread_self(), sizeof(*cpus), cpus) != 0)
		CPU_ZERO(cpus);
}

/*
 * The processors that this process may use and that have no lcore; if there are none,
 * the main lcore's. EAL knows them, but tells only those threads that it puts there.
 */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
static uint32_t
note_cpus_there(void *cpus)
{
	note_cpus(cpus);
	return 0;
}

static void
find_spare_cpus(cpu_set_t *cpus)
{
	rte_thread_t thread;

	CPU_ZERO(cpus);
	if (rte_thread_create_control(&thread, "lastack-cpus", note_cpus_there, cpus) == 0)
		rte_thread_join(thread, NULL);
}
#else
static void *
note_cpus_there(void *cpus)
{
	note_cpus(cpus);
	return NULL;
}

static void
find_spare_cpus(cpu_set_t *cpus)
{
	pthread_t thread;

	CPU_ZERO(cpus);
	if (rte_ctrl_thread_create(&thread, "lastack-cpus", NULL, note_cpus_there, cpus) == 0)
		pthread_join(thread, NULL);
}
#endif

static bool
launch(struct la_dpio *d, struct la_dpio_error *error)
{
	d->started = true;
	for (uint32_t i = 0; i < d->workers; i++) {
		struct la_worker *w = &d->worker[i];

		if (rte_eal_remote_launch(la_worker_main, w, w->lcore) != 0) {
			atomic_store(&w->phase, LA_WORKER_FAILED);
			return la_dpio_fail(error, "lcore %u is busy", w->lcore);
		}
	}
	return await_ready(d, error);
}

/* After all else that takes memory: who serves can do without. */
static void
allow_capture(struct la_dpio *d)
{
	const enum la_capture found = la_capture_start();

	d->capture = found == LA_CAPTURE_ON;
	if (found == LA_CAPTURE_NO_MEMORY && d->remark[0] == '\0')
		snprintf(d->remark, sizeof(d->remark), "dpdk-dumpcap cannot capture: %d MiB of "
				"DPDK's memory are missing", LA_CAPTURE_NEED_MIB);
}

bool
la_dpio_start(struct la_dpio *d, const struct la_stack_params *params,
		const struct la_load_params *load, struct la_dpio_error *error)
{
	size_t each;

	complete_params(d, params);
	if (!la_dpio_add_link_local(d, error))
		return false;
	d->has_load = load != NULL;
	if (load != NULL)
		d->load = *load;
	if (!la_dpio_check_memory(d, la_dpio_memory_needed(d, &d->stack, load), error))
		return false;
	each = stack_memory(d, &d->stack, d->has_load);
	if (!la_steer_addresses(&d->steer, d->stack.ranges, d->stack.ranges_len))
		return la_dpio_fail(error, "no memory");
	find_spare_cpus(&d->spare_cpus);
	for (uint32_t i = 0; i < d->workers; i++)
		prepare_worker(d, &d->worker[i], each);
	if (!launch(d, error) || !la_dpio_port_start(d, error))
		return false;
	if (!d->led && !la_sampler_start(d))
		return la_dpio_fail(error, "no memory");
	for (uint32_t i = 0; i < d->workers; i++)
		atomic_store(&d->worker[i].phase, LA_WORKER_GO);
	d->started_us = la_monotonic_us();
	if (!d->led) {
		la_dpio_telemetry(d);
		allow_capture(d);
	}
	return true;
}

bool
la_dpio_memory(const struct la_dpio *d, struct la_dpio_memory *memory)
{
	struct la_memory_range *ranges = calloc(d->workers, 2 * sizeof(*ranges));
	char setting[64];

	*memory = (struct la_dpio_memory){ .octets = 0 };
	if (ranges == NULL)
		return false;
	for (uint32_t i = 0; i < d->workers; i++) {
		const struct la_worker *w = &d->worker[i];

		ranges[2 * i] = (struct la_memory_range){ w->memory, w->memory_len };
		ranges[2 * i + 1] = (struct la_memory_range){
			w->load_memory, w->load_memory != NULL ? w->load_memory_len : 0,
		};
		memory->octets += ranges[2 * i].len + ranges[2 * i + 1].len;
	}
	memory->huge = la_memory_huge(ranges, 2 * d->workers);
	if (memory->huge < memory->octets)
		memory->cure = la_memory_huge_cure(la_memory_huge_setting(setting,
				sizeof(setting)));
	free(ranges);
	return true;
}

bool
la_dpio_mail(struct la_dpio *d, uint32_t worker, void (*run)(void *worker, void *arg), void *arg)
{
	return la_mail_call(&d->worker[worker].mail, run, arg, LA_MAIL_DEADLINE_US);
}

bool
la_dpio_mail_all(struct la_dpio *d, void (*run)(void *worker, void *arg), void *arg)
{
	bool all = true;

	pthread_mutex_lock(&d->lock);
	for (uint32_t i = 0; i < d->workers; i++)
		all = la_dpio_mail(d, i, run, arg) && all;
	pthread_mutex_unlock(&d->lock);
	return all;
}

static void
run_start(void *worker, void *arg)
{
	struct la_worker *w = worker;

	(void)arg;
	la_stack_start(w->stack, la_worker_now_us(w));
}

static void
run_drain(void *worker, void *arg)
{
	struct la_worker *w = worker;

	(void)arg;
	la_stack_drain(w->stack);
}

static void
run_abort_all(void *worker, void *arg)
{
	struct la_worker *w = worker;

	(void)arg;
	la_stack_abort_all(w->stack, la_worker_now_us(w));
}

static void
run_set_keys(void *worker, void *arg)
{
	struct la_worker *w = worker;

	la_stack_set_cookie_keys(w->stack, arg, la_worker_now_us(w));
}

/* Adds what this worker has noticed. */
static void
run_notices(void *worker, void *arg)
{
	const struct la_worker *w = worker;
	struct la_stack_notice *sum = arg, notice = { 0 };

	la_stack_notices(w->stack, &notice);
	for (int family = 0; family < 2; family++) {
		sum->gateway_silent[family] |= notice.gateway_silent[family];
		if (notice.no_gateway[family])
			sum->no_gateway_for[family] = notice.no_gateway_for[family];
		sum->no_gateway[family] |= notice.no_gateway[family];
	}
	/* One at a time: that of another worker stays for the next look. */
	if (notice.conflict && !sum->conflict) {
		sum->conflict = true;
		sum->conflict_address = notice.conflict_address;
		sum->conflict_mac = notice.conflict_mac;
		la_stack_conflict_said(w->stack);
	}
}

static void
look_at_link(struct la_dpio *d, struct la_dpio_news *news)
{
	const bool up = la_dpio_link_up(d);

	if (up == d->link_up)
		return;
	if (up && !la_dpio_mail_all(d, run_start, NULL))
		return;
	d->link_up = up;
	la_count(&d->link_changes);
	news->link_changed = true;
	news->link_up = up;
}

static void
look_at_notices(struct la_dpio *d, struct la_dpio_news *news)
{
	struct la_stack_notice notice = { 0 };

	if (!la_dpio_mail_all(d, run_notices, &notice))
		return;
	for (int family = 0; family < 2; family++) {
		const bool silent = notice.gateway_silent[family];

		news->gateway_silent[family] = silent;
		news->gateway_changed[family] = silent != d->gateway_silent[family];
		d->gateway_silent[family] = silent;
		news->no_gateway[family] = notice.no_gateway[family] && !d->no_gateway[family];
		news->no_gateway_for[family] = notice.no_gateway_for[family];
		d->no_gateway[family] |= notice.no_gateway[family];
	}
	if (!notice.conflict || (la_addr_eq(&notice.conflict_address, &d->conflict_address) &&
			la_mac_eq(&notice.conflict_mac, &d->conflict_mac)))
		return;
	news->conflict = true;
	news->conflict_address = d->conflict_address = notice.conflict_address;
	news->conflict_mac = d->conflict_mac = notice.conflict_mac;
}

uint64_t
la_dpio_link_changes(const struct la_dpio *d)
{
	return la_count_read(&d->link_changes);
}

void
la_dpio_tick(struct la_dpio *d, struct la_dpio_news *news)
{
	const uint64_t now_us = la_monotonic_us();
	struct la_dpio_news nobody;

	if (news == NULL)
		news = &nobody;
	*news = (struct la_dpio_news){ 0 };
	look_at_link(d, news);
	if (!d->led)
		la_sampler_tick(d, now_us);
	if (now_us - d->news_us >= NEWS_US) {
		d->news_us = now_us;
		look_at_notices(d, news);
	}
}

void
la_dpio_drain(struct la_dpio *d)
{
	for (; d != NULL; d = d->next)
		la_dpio_mail_all(d, run_drain, NULL);
}

void
la_dpio_abort_all(struct la_dpio *d)
{
	for (; d != NULL; d = d->next)
		la_dpio_mail_all(d, run_abort_all, NULL);
	usleep(FAREWELL_US);
}

bool
la_dpio_set_cookie_keys(struct la_dpio *d, const struct la_key key[2])
{
	struct la_key copy[2] = { key[0], key[1] };

	bool all = true;

	for (; d != NULL; d = d->next)
		all = la_dpio_mail_all(d, run_set_keys, copy) && all;
	return all;
}

void
la_dpio_stop(struct la_dpio *d)
{
	la_dpio_telemetry(NULL);
	if (!d->started)
		return;
	for (uint32_t i = 0; i < d->workers; i++)
		atomic_store(&d->worker[i].quit, true);
	for (uint32_t i = 0; i < d->workers; i++)
		rte_eal_wait_lcore(d->worker[i].lcore);
	for (uint32_t i = 0; i < d->workers; i++)
		la_share_empty(&d->worker[i]);
	d->started = false;
	if (d->capture)
		la_capture_stop();
	d->capture = false;
	if (d->port_started) {
		/* A stopped port may have no figures any more. */
		d->missed = la_dpio_port_missed(d);
		rte_eth_dev_stop(d->port_id);
	}
	d->port_started = false;
}

static void
unmap(struct la_worker *w)
{
	la_memory_unmap(w->memory, w->memory_len);
	la_memory_unmap(w->load_memory, w->load_memory_len);
}

void
la_dpio_close(struct la_dpio *d)
{
	if (d == NULL)
		return;
	la_dpio_stop(d);
	for (uint32_t i = 0; d->worker != NULL && i < d->workers; i++) {
		unmap(&d->worker[i]);
		la_share_free(&d->worker[i]);
	}
	la_dpio_port_close(d);
	la_steer_free(&d->steer);
	rte_free(d->worker);
	free(d->sampler.worker);
	free(d->ranges);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
