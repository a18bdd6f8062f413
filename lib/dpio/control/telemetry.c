/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Commands of the telemetry socket. DPDK calls back on threads of its own and
 * gives no pointer along, nor can a command be taken back: so the registry
 * below says who answers, and after the end nobody does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "telemetry.h"

static struct {
	pthread_mutex_t lock;
	struct la_dpio *dpio;
	bool registered;
} registry = { .lock = PTHREAD_MUTEX_INITIALIZER };

enum param { NO_PARAM, WORKER, COUNT };

enum { CONNECTIONS_PRESET = 20 };

static const struct command {
	const char *name;
	la_tel_answer *answer;
	enum param param;
	const char *help;
} commands[] = {
	{ "/lastack/info", la_tel__info, NO_PARAM, "Version, role, uptime, workers, port" },
	{ "/lastack/ports", la_tel__ports, NO_PARAM, "Each port: device, link, packets" },
	{ "/lastack/throughput", la_tel__throughput, WORKER,
		"Rates of the last whole second, and peaks. Parameters: worker (optional)" },
	{ "/lastack/counters", la_tel__counters, WORKER,
		"Every counter. Parameters: worker (optional)" },
	{ "/lastack/reasons", la_tel__reasons, NO_PARAM,
		"What became of frames and segments: class and meaning of such counters" },
	{ "/lastack/states", la_tel__states, WORKER,
		"Connections by state. Parameters: worker (optional)" },
	{ "/lastack/workers", la_tel__workers, NO_PARAM, "What each worker does" },
	{ "/lastack/listeners", la_tel__listeners, NO_PARAM, "Listeners and their connections" },
	{ "/lastack/cookies", la_tel__cookies, NO_PARAM, "SYN cookies" },
	{ "/lastack/connections", la_tel__connections, COUNT,
		"Connections as netstat shows them. Parameters: how many (preset 20)" },
	{ "/lastack/memory", la_tel__memory, NO_PARAM, "Memory and mbufs" },
	{ "/lastack/load", la_tel__load, NO_PARAM, "How the load role's run goes" },
	{ "/lastack/latency", la_tel__latency, NO_PARAM, "Times of the load role's connections" },
	{ "/lastack/notes", la_tel__notes, NO_PARAM, "What is wrong with the setup, and a cure" },
	{ "/lastack/config", la_tel__config, NO_PARAM, "The effective configuration" },
};

/* A whole number of at most 9 digits. */
static bool
read_number(const char *text, long *n)
{
	size_t len = strspn(text, "0123456789");

	if (len == 0 || len > 9 || text[len] != '\0')
		return false;
	*n = strtol(text, NULL, 10);
	return true;
}

static bool
read_param(const struct la_dpio *d, const struct command *c, const char *params, long *n,
		struct rte_tel_data *out)
{
	*n = c->param == COUNT ? CONNECTIONS_PRESET : LA_ALL_WORKERS;
	if (params == NULL || params[0] == '\0')
		return true;
	if (c->param == NO_PARAM) {
		la_tel__error(out, "%s takes no parameter", c->name);
		return false;
	}
	if (!read_number(params, n)) {
		la_tel__error(out, "the parameter is not a number: %.40s", params);
		return false;
	}
	if (c->param == WORKER && *n >= (long)la_dpio__workers(d)) {
		la_tel__error(out, "there is no worker %ld: workers are 0 to %u", *n,
				la_dpio__workers(d) - 1);
		return false;
	}
	return true;
}

static void
answer_command(struct la_dpio *d, const struct command *c, const char *params,
		struct rte_tel_data *out)
{
	long n;

	if (!read_param(d, c, params, &n, out))
		return;
	rte_tel_data_start_dict(out);
	pthread_mutex_lock(&d->lock);
	c->answer(d, out, n);
	pthread_mutex_unlock(&d->lock);
}

static int
command_called(const char *name, const char *params, struct rte_tel_data *out)
{
	pthread_mutex_lock(&registry.lock);
	for (size_t i = 0; i < RTE_DIM(commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		if (registry.dpio != NULL)
			answer_command(registry.dpio, &commands[i], params, out);
		else
			la_tel__error(out, "stopping");
	}
	pthread_mutex_unlock(&registry.lock);
	return 0;
}

void
la_dpio__telemetry(struct la_dpio *d)
{
	pthread_mutex_lock(&registry.lock);
	registry.dpio = d;
	for (size_t i = 0; d != NULL && !registry.registered && i < RTE_DIM(commands); i++)
		rte_telemetry_register_cmd(commands[i].name, command_called, commands[i].help);
	registry.registered |= d != NULL;
	pthread_mutex_unlock(&registry.lock);
}
