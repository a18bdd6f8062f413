/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LOAD_JSON_H
#define LA_LOAD_JSON_H

/* The JSON of load and bench. */
#include <stdio.h>

#include "load_run.h"
#include "settings.h"

/* A trial of a search. */
struct la_trial {
	double rate, seconds, opens_per_s;
	uint64_t failed, p99_us;
	struct la_verdict verdict;
};

/* The server's side of a bench. */
struct la_bench_server {
	double cycles_per_connection, cycles_per_packet, connections_per_s;
	uint64_t tsc_hz, live, longest_poll_us;
	double bytes_per_connection;
	struct la_port_memory memory;
};

struct la_load_report {
	const char *role;
	const struct la_settings *settings;
	const struct la_port_info *port;
	const struct la_port *loads;    /* Whose workers opened the connections. */
	const struct la_load_run *run;
	const struct la_checks *checks;
	uint64_t tsc_hz;
	/* load --search: */
	const struct la_trial *trials;
	uint32_t trials_len;
	double low, high, best_per_s;
	const struct la_bench_server *server;   /* bench, else NULL */
};

/* Where it goes to. */
struct la_load_json {
	const char *path;               /* NULL: nowhere. */
	FILE *out;                      /* "-": stdout as it was; all else goes to stderr. */
};

/* Before anything runs, so that no run is lost to a name that cannot be written, and
 * before anything is printed. False after a line on stderr. */
bool la_load_json_open(struct la_load_json *json, const char *path);
/* True if there is nowhere to write to; false after a line on stderr. */
bool la_load_json_write(const struct la_load_json *json, const struct la_load_report *report);

#endif
