/* SPDX-License-Identifier: BSD-3-Clause */
#include "load_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "load_screen.h"
#include "process.h"

enum { TICK_US = 100000, START_TICK_US = 5000, SECOND_US = 1000000 };

/* What is read anew at each second. */
struct watched {
	const struct la_load_watch *how;
	struct la_load_run *run;
	struct la_screen screen;
	struct la_port_load last;       /* At the last second. */
	struct la_histogram last_times;
	uint64_t began_us, last_us;
	uint64_t stop_us;               /* When a signal came; 0: none did. */
	uint64_t retransmissions;       /* Before the run. */
};

static bool
add_second(struct la_load_run *run, const struct la_load_second *second)
{
	if (run->seconds_len == run->seconds_room) {
		const uint32_t room = run->seconds_room * 2 + 64;
		struct la_load_second *more = realloc(run->second, room * sizeof(*more));

		if (more == NULL)
			return false;
		run->second = more;
		run->seconds_room = room;
	}
	run->second[run->seconds_len++] = *second;
	return true;
}

static void
take_times(struct watched *w, struct la_load_second *second)
{
	struct la_histogram now = { .count.value = 0 }, since;

	la_port_load_times(w->how->port, LA_LOAD_TIME_CONNECTION, &now);
	since = now;
	la_histogram_since(&since, &w->last_times);
	second->p50_us = la_histogram_percentile(&since, 0.5);
	second->p99_us = la_histogram_percentile(&since, 0.99);
	second->max_us = since.max_us.value;
	w->last_times = now;
}

static void
take_second(struct watched *w, uint64_t now_us, const struct la_port_load *now)
{
	const struct la_port_load *last = &w->last;
	struct la_load_second second = {
		.at_s = (double)(now_us - w->began_us) / 1e6,
		.lasted_s = (double)(now_us - w->last_us) / 1e6,
		.offered = now->due - last->due,
		.attempted = now->attempted - last->attempted,
		.opened = now->opened - last->opened,
		.closed = now->closed - last->closed,
		.failed = la_load_failed(now->failed) - la_load_failed(last->failed),
		.retransmissions = now->retransmissions - last->retransmissions,
		.connections = now->open,
	};

	take_times(w, &second);
	/* Without memory for one more the series ends here; the run need not. */
	(void)add_second(w->run, &second);
	w->last = *now;
	w->last_us = now_us;
	/* Too short to say a rate of. */
	if (!w->how->quiet && second.lasted_s >= 0.1)
		la_screen_second(&w->screen, &second);
}

/* The first signal ends the opening, the second the patience. */
static bool
signal_heard(struct watched *w, int number)
{
	if (number != SIGINT && number != SIGTERM)
		return false;
	if (w->stop_us != 0)
		return true;
	w->stop_us = la_monotonic_us();
	w->run->interrupted = true;
	la_port_load_stop(w->how->port);
	return false;
}

static bool
drain_timed_out(const struct watched *w, uint64_t now_us)
{
	return w->stop_us != 0 && now_us - w->stop_us >= w->how->drain_us;
}

static uint64_t
until_next(const struct watched *w, uint64_t now_us)
{
	const uint64_t next_us = w->last_us + SECOND_US;

	if (w->began_us == 0)
		return START_TICK_US;
	return next_us <= now_us ? 0 : next_us - now_us < TICK_US ? next_us - now_us : TICK_US;
}

/* The clock of the series starts with the first open. */
static void
begin_series(struct watched *w, uint64_t now_us)
{
	w->began_us = w->last_us = now_us;
	w->last = (struct la_port_load){ .retransmissions = w->retransmissions };
	if (!w->how->quiet)
		la_screen_start(&w->screen);
}

/* Until all is over; false if it was cut off. */
static bool
watch_run(struct watched *w)
{
	while (true) {
		const uint64_t now_us = la_monotonic_us();
		struct la_port_load load;

		la_port_load(w->how->port, &load);
		if (w->began_us == 0 && load.phase >= LA_LOAD_PHASE_RAMP)
			begin_series(w, now_us);
		if (load.phase == LA_LOAD_PHASE_DONE)
			return true;
		if (w->began_us != 0 && now_us - w->last_us >= SECOND_US)
			take_second(w, now_us, &load);
		if (drain_timed_out(w, now_us))
			return false;
		w->how->tick(w->how->user);
		if (signal_heard(w, la_process_signal(w->how->signals, until_next(w, now_us))))
			return false;
	}
}

static void
take_all(struct watched *w)
{
	struct la_load_run *run = w->run;
	const uint64_t now_us = la_monotonic_us();

	la_port_load(w->how->port, &run->total);
	if (w->began_us != 0)
		take_second(w, now_us, &run->total);
	la_screen_end(&w->screen);
	run->total.retransmissions -= w->retransmissions;
	for (int i = 0; i < LA_LOAD_TIMES; i++)
		la_port_load_times(w->how->port, i, &run->times[i]);
	run->seconds = w->began_us != 0 ? (double)(now_us - w->began_us) / 1e6 : 0;
	run->offered_per_s = run->plan.rate;
	if (run->total.sustain_us > 0)
		run->opens_per_s = (double)run->total.sustain_opened * 1e6 /
				(double)run->total.sustain_us;
	else if (run->seconds > 0)
		run->opens_per_s = (double)run->total.opened / run->seconds;
}

/* What the rate is judged by. A run that was over before its ramp was has never been
 * offered the full one, but what fell due. */
static double
offered_per_s(const struct la_load_run *run)
{
	const uint64_t due = run->plan.connections != 0 &&
			run->total.due > run->plan.connections ?
			run->plan.connections : run->total.due;

	if (run->total.sustain_us > 0 || run->plan.rate <= 0 || run->seconds <= 0)
		return run->offered_per_s;
	return (double)due / run->seconds;
}

struct la_load_result
la_load_run_result(const struct la_load_run *run)
{
	struct la_load_result result = {
		.attempted = run->total.attempted, .opened = run->total.opened,
		.closed = run->total.closed, .offered_per_s = offered_per_s(run),
		.opens_per_s = run->opens_per_s,
		.stopped_in_ramp = run->interrupted && run->plan.rate > 0 &&
				run->plan.ramp_us > 0 && run->total.sustain_us == 0,
		.times = { &run->times[LA_LOAD_TIME_HANDSHAKE],
				&run->times[LA_LOAD_TIME_CONNECTION] },
	};

	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		result.failed[i] = run->total.failed[i];
	return result;
}

static void
note_start(struct la_load_run *run)
{
	const time_t now = time(NULL);
	struct tm utc;

	strftime(run->started, sizeof(run->started), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

bool
la_load_run(const struct la_load_watch *how, const struct la_load_plan *plan,
		const struct la_checks *checks, struct la_load_run *run)
{
	struct watched w = { .how = how, .run = run };
	struct la_load_result result;

	la_load_run_free(run);
	run->plan = *plan;
	note_start(run);
	la_port_load(how->port, &w.last);
	w.retransmissions = w.last.retransmissions;
	if (!la_port_load_start(how->port, plan)) {
		fprintf(stderr, "lastack: a worker does not answer: the run cannot start\n");
		return false;
	}
	if (how->stopped)
		signal_heard(&w, SIGINT);
	/* What is still open was cut off: it ends as unfinished. */
	if (!watch_run(&w))
		la_port_abort_all(how->port);
	take_all(&w);
	result = la_load_run_result(run);
	la_verdict_make(checks, &result, &run->verdict);
	return true;
}

void
la_load_run_free(struct la_load_run *run)
{
	free(run->second);
	*run = (struct la_load_run){ .second = NULL };
}
