/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LOAD_RUN_H
#define LA_LOAD_RUN_H

/* One run of the load role, watched from its start to its end, second by second. */
#include <signal.h>

#include "la_dpio.h"
#include "la_verdict.h"

/* What happened in one second; counts, and connection times of those that ended in it. All
 * of them together are the whole run, so the last may be short. */
struct la_load_second {
	double at_s;                    /* Its end, since the start. */
	double lasted_s;
	uint64_t offered;               /* Fell due. */
	uint64_t attempted, opened, closed, failed, retransmissions;
	uint64_t connections;           /* Open at its end. */
	uint64_t p50_us, p99_us, max_us;
};

struct la_load_run {
	struct la_load_plan plan;
	char started[32];               /* ISO 8601, UTC */
	double seconds;                 /* From the first open to the end of the last. */
	double offered_per_s, opens_per_s;
	struct la_port_load total;
	struct la_histogram times[LA_LOAD_TIMES];
	struct la_load_second *second;
	uint32_t seconds_len, seconds_room;
	bool interrupted;
	struct la_verdict verdict;
};

/* Whose run it is and how it is watched. */
struct la_load_watch {
	struct la_port *port;           /* Its workers open the connections. */
	const sigset_t *signals;
	uint64_t drain_us;              /* Patience after a signal. */
	bool quiet;                     /* No line a second. */
	bool stopped;                   /* A signal came before the start. */
	void (*tick)(void *user);       /* Some ten times a second. */
	void *user;
};

/* Run a plan, and judge it. False, after a line on stderr, if it could not be run.
 * @p run may be one that was filled in before: what it holds is given back. */
bool la_load_run(const struct la_load_watch *watch, const struct la_load_plan *plan,
		const struct la_checks *checks, struct la_load_run *run);
void la_load_run_free(struct la_load_run *run);

/* The figures as the checks want them; points into @p run. */
struct la_load_result la_load_run_result(const struct la_load_run *run);

#endif
