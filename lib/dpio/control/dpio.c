/* SPDX-License-Identifier: BSD-3-Clause */
/* The process: its ports together, from their start to their end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>

#include "capture.h"
#include "dpio_private.h"
#include "eal.h"
#include "port/fail.h"
#include "telemetry.h"
#include "worker/memory.h"

static void
find_socket(struct la_dpio *d)
{
	struct stat status;

	snprintf(d->socket, sizeof(d->socket), "%s/dpdk_telemetry.v2", rte_eal_get_runtime_dir());
	if (stat(d->socket, &status) != 0)
		d->socket[0] = '\0';
}

struct la_dpio *
la_dpio_make(const struct la_dpio_params *params, struct la_dpio_error *error)
{
	struct la_dpio *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		la_dpio__fail(error, "no memory");
		return NULL;
	}
	d->params = *params;
	if (d->params.sizes == NULL)
		d->params.sizes = "tcp.connections or tcp.time-wait-max";
	pthread_mutex_init(&d->lock, NULL);
	find_socket(d);
	return d;
}

struct la_port *
la_dpio_add_port(struct la_dpio *d, const struct la_port_params *params,
		struct la_dpio_error *error)
{
	struct la_port *p;

	if (d->ports == LA_DPIO_PORTS_MAX) {
		la_dpio__fail(error, "port: there may be %d", LA_DPIO_PORTS_MAX);
		return NULL;
	}
	p = la_port__make(params, d->ports, error);
	if (p == NULL)
		return NULL;
	d->port[d->ports++] = p;
	if (!params->far_end)
		d->near = d->ports;
	return p;
}

const char *
la_dpio_remark(const struct la_dpio *d)
{
	return d->remark[0] != '\0' ? d->remark : NULL;
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

/* Before any port takes its part: touching memory takes a while. */
static bool
check_memory(const struct la_dpio *d, struct la_dpio_error *error)
{
	const uint64_t available = la_memory__available();
	uint64_t needed = 0;

	for (uint32_t i = 0; i < d->ports; i++) {
		const uint64_t one = la_port__memory_needed(d->port[i]);

		if (one == 0)
			return la_dpio__fail(error, "worker memory: no stack can be made of these "
					"sizes: connections and tcp.time-wait-max may be "
					"2147483647 together");
		needed += one;
	}
	if (needed > available)
		return la_dpio__fail(error,
				"worker memory: needs %llu MiB, %llu MiB are available: "
				"lower %s", (unsigned long long)(needed >> 20),
				(unsigned long long)(available >> 20), d->params.sizes);
	return true;
}

/* After all else that takes memory: a process can do without. */
static void
allow_capture(struct la_dpio *d)
{
	const enum la_capture found = la_capture__start();

	d->capture = found == LA_CAPTURE_ON;
	if (found == LA_CAPTURE_NO_MEMORY)
		snprintf(d->remark, sizeof(d->remark), "dpdk-dumpcap cannot capture: %d MiB of "
				"DPDK's memory are missing", LA_CAPTURE_NEED_MIB);
}

static bool
start_ports(struct la_dpio *d, struct la_dpio_error *error)
{
	cpu_set_t spare_cpus;

	for (uint32_t i = 0; i < d->ports; i++) {
		if (!la_port__complete(d->port[i], error))
			return false;
	}
	if (!check_memory(d, error))
		return false;
	la_eal__spare_cpus(&spare_cpus);
	for (uint32_t i = 0; i < d->ports; i++) {
		if (!la_port__start(d->port[i], &d->params, &spare_cpus, error))
			return false;
	}
	return true;
}

bool
la_dpio_start(struct la_dpio *d, struct la_dpio_error *error)
{
	if (d->near == 0)
		return la_dpio__fail(error, "port: there is none");
	if (!start_ports(d, error))
		return false;
	if (!la_dpio__sample_start(d))
		return la_dpio__fail(error, "no memory");
	d->started_us = la_monotonic_us();
	la_dpio__telemetry(d);
	allow_capture(d);
	return true;
}

void
la_dpio_tick(struct la_dpio *d, struct la_port_news *news)
{
	const uint64_t now_us = la_monotonic_us();
	struct la_port_news nobody;

	for (uint32_t i = 0; i < d->ports; i++)
		la_port__tick(d->port[i], now_us, news != NULL ? &news[i] : &nobody);
	la_dpio__sample(d, now_us);
}

void
la_dpio_drain(struct la_dpio *d)
{
	for (uint32_t i = 0; i < d->ports; i++)
		la_port__drain(d->port[i]);
}

void
la_dpio_abort_all(struct la_dpio *d)
{
	for (uint32_t i = 0; i < d->ports; i++)
		la_port__reset_all(d->port[i]);
	usleep(LA_LAST_RST_US);
}

bool
la_dpio_set_cookie_keys(struct la_dpio *d, const struct la_key key[2])
{
	struct la_key copy[2] = { key[0], key[1] };
	bool all = true;

	for (uint32_t i = 0; i < d->ports; i++)
		all = la_port__set_cookie_keys(d->port[i], copy) && all;
	return all;
}

/* What is started last ends first: far ends, before the ports that they speak to. */
void
la_dpio_stop(struct la_dpio *d)
{
	la_dpio__telemetry(NULL);
	for (uint32_t i = d->ports; i-- > 0;)
		la_port__end_workers(d->port[i]);
	if (d->capture)
		la_capture__stop();
	d->capture = false;
	for (uint32_t i = d->ports; i-- > 0;)
		la_port__device_stop(d->port[i]);
}

void
la_dpio_close(struct la_dpio *d)
{
	if (d == NULL)
		return;
	la_dpio_stop(d);
	while (d->ports > 0)
		la_port__free(d->port[--d->ports]);
	la_sampler__free(&d->sampler);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
