/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack load: one run, or a search for the highest rate that passes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "instance.h"
#include "la_search.h"
#include "load_json.h"
#include "load_screen.h"
#include "process.h"
#include "report.h"

enum { LINK_US = 5000000, TICK_US = 100000 };

struct load_options {
	struct la_conf_options conf;
	uint64_t duration_s;            /* 0: as the configuration says */
	char duration[64];              /* That, as an override of the configuration. */
	const char *json;               /* NULL: not wanted */
	const char *pass, *search;      /* As given, or NULL. */
	bool help;
};

struct load {
	const struct load_options *options;
	struct la_load_json json;
	struct la_checks checks;
	bool searches, cut_off;
	double low, high;
	struct la_instance *instance;
	struct la_load_watch watch;
	struct la_load_run run;         /* The only one; or of the best trial, or the last. */
	struct la_trial *trials;
	uint32_t trials_len;
	double best_per_s;
};

static void
load_tick(void *instance)
{
	la_instance_tick(instance);
}

/* A device may take its time, and what is sent meanwhile is lost. */
static void
await_link(struct load *l)
{
	const uint64_t start_us = la_monotonic_us();

	while (!la_port_link_up(l->instance->ports[0].port) && la_monotonic_us() -
			start_us < LINK_US && !l->watch.stopped) {
		const int number = la_process_signal(l->watch.signals, TICK_US);

		l->watch.stopped = number == SIGINT || number == SIGTERM;
		la_instance_tick(l->instance);
	}
	la_instance_tick(l->instance);
}

static struct la_trial
trial_of(const struct la_load_run *run)
{
	return (struct la_trial){
		.rate = run->offered_per_s, .seconds = run->seconds,
		.opens_per_s = run->opens_per_s, .failed = la_load_failed(run->total.failed),
		.p99_us = la_histogram_percentile(&run->times[LA_LOAD_TIME_CONNECTION], 0.99),
		.verdict = run->verdict,
	};
}

static void
say_trial(uint32_t number, const struct la_trial *t)
{
	char rate[LA_GROUPED_LEN], reached[LA_GROUPED_LEN], failed[LA_GROUPED_LEN];

	printf("%5u %12s %12s %10s %10lu   %s%s%s\n", number, la_screen_number(t->rate, rate),
			la_screen_number(t->opens_per_s, reached),
			la_screen_number((double)t->failed, failed), (unsigned long)t->p99_us,
			t->verdict.pass ? "pass" : "FAIL: ",
			t->verdict.pass ? "" : t->verdict.why, "");
}

static bool
keep_trial(struct load *l, const struct la_load_run *run)
{
	struct la_trial *more = realloc(l->trials, (l->trials_len + 1) * sizeof(*more));

	if (more == NULL)
		return false;
	l->trials = more;
	l->trials[l->trials_len++] = trial_of(run);
	say_trial(l->trials_len, &l->trials[l->trials_len - 1]);
	return true;
}

/* The run to be told about in full: the last that passed, else the last. */
static void
keep_run(struct load *l, struct la_load_run *run)
{
	if (run->verdict.pass || !l->run.verdict.pass) {
		la_load_run_free(&l->run);
		l->run = *run;
		*run = (struct la_load_run){ .second = NULL };
	}
}

static bool
search_rate(struct load *l, struct la_load_plan plan)
{
	struct la_load_run run = { .second = NULL };
	struct la_search s;
	bool good = true;

	la_search_begin(&s, l->low, l->high);
	printf("\ntrial       rate/s    reached/s     failed     p99 us\n");
	while (good && !run.interrupted && la_search_next(&s, &plan.rate)) {
		good = la_load_run(&l->watch, &plan, &l->checks, &run) && keep_trial(l, &run);
		if (!good || run.interrupted)
			break;
		la_search_take(&s, run.verdict.pass);
		keep_run(l, &run);
	}
	l->cut_off = run.interrupted;
	if (run.interrupted)
		keep_run(l, &run);
	la_load_run_free(&run);
	l->best_per_s = s.best;
	return good;
}

static void
say_search(const struct load *l)
{
	char low[LA_GROUPED_LEN], high[LA_GROUPED_LEN], best[LA_GROUPED_LEN];

	if (l->cut_off)
		printf("\nsearch       cut off by a signal\n");
	if (l->best_per_s > 0)
		printf("\nfound        %s opens/s pass%s\n", la_screen_number(l->best_per_s, best),
				l->best_per_s >= l->high ? ", the most that was asked for" : "");
	else
		printf("\nfound        no rate from %s to %s passes\n",
				la_screen_number(l->low, low), la_screen_number(l->high, high));
}

static int
say_result(struct load *l)
{
	const struct la_port *port = l->instance->ports[0].port;
	struct la_port_work work;
	const struct la_load_report report = {
		.role = "load", .settings = &l->instance->settings,
		.port = la_port_info(port), .loads = port,
		.run = &l->run, .checks = &l->checks,
		.tsc_hz = (la_port_work(port, &work), work.tsc_hz),
		.trials = l->trials, .trials_len = l->trials_len, .low = l->low, .high = l->high,
		.best_per_s = l->best_per_s,
	};

	if (l->searches)
		say_search(l);
	la_screen_summary(&l->run, &l->checks);
	la_report_notes(l->instance->dpio, false);
	if (!la_load_json_write(&l->json, &report))
		return LA_EXIT_FAILED;
	if (l->searches)
		return l->best_per_s > 0 ? LA_EXIT_DONE : LA_EXIT_FAILED;
	return l->run.verdict.pass ? LA_EXIT_DONE : LA_EXIT_FAILED;
}

static int
run_load(struct la_instance *instance, void *user)
{
	struct load *l = user;
	const struct la_load_plan plan = la_setup_plan(&instance->conf.load);
	bool ran;

	l->instance = instance;
	l->watch = (struct la_load_watch){
		.port = instance->ports[0].port, .signals = &instance->signals,
		.drain_us = instance->conf.tcp.drain_us, .quiet = l->searches, .tick = load_tick,
		.user = instance,
	};
	if (l->searches && plan.sustain_us == 0 && plan.connections == 0) {
		fprintf(stderr, "lastack load: --search: load.duration: 0: a trial must have an "
				"end\n");
		return LA_EXIT_USAGE;
	}
	await_link(l);
	if (l->options->pass == NULL)
		la_checks_default(&l->checks, (plan.rate > 0 || l->searches) &&
				instance->conf.load.service != LA_CONF_LOAD_HOLD);
	ran = l->searches ? search_rate(l, plan) :
			la_load_run(&l->watch, &plan, &l->checks, &l->run);
	la_dpio_stop(instance->dpio);
	return ran ? say_result(l) : LA_EXIT_FAILED;
}

/* A rate, as the configuration takes it. */
static bool
read_rate(const char *text, char stop, double *rate, const char **end)
{
	char *after;

	*rate = strtod(text, &after);
	if (after != text && *after == 'k')
		*rate *= 1e3;
	else if (after != text && *after == 'm')
		*rate *= 1e6;
	if (*after == 'k' || *after == 'm')
		after++;
	*end = after + 1;
	return after != text && *rate >= 1 && *rate <= 1e9 && *after == stop;
}

static bool
read_search(struct load *l, const char *text)
{
	const char *at;

	l->searches = text != NULL;
	if (text == NULL)
		return true;
	if (read_rate(text, ':', &l->low, &at) && read_rate(at, '\0', &l->high, &at) &&
			l->low <= l->high)
		return true;
	fprintf(stderr, "lastack load: --search %s: not LOW:HIGH, two rates of 1 to 1000m opens a "
			"second, such as 10k:2m\n", text);
	return false;
}

static bool
read_pass(struct load *l, const char *text)
{
	char error[LA_VERDICT_LEN];

	if (text == NULL || la_checks_parse(&l->checks, text, error, sizeof(error)))
		return true;
	fprintf(stderr, "lastack load: --pass: %s\n", error);
	return false;
}

static int
load_ports(const struct load_options *options)
{
	struct load l = { .options = options };
	struct la_instance instance = { .run = run_load, .user = &l };
	int code = LA_EXIT_USAGE;

	if (read_search(&l, options->search) && read_pass(&l, options->pass))
		code = la_load_json_open(&l.json, options->json) ?
				la_instance_main(&instance, &options->conf, LA_CONF_LOAD) : LA_EXIT_FAILED;
	la_load_run_free(&l.run);
	free(l.trials);
	return code;
}

static const char usage[] =
	"lastack load -c FILE [-s SECTION.KEY=VALUE]... [--duration SECONDS] [--json FILE]\n"
	"        [--pass CHECKS] [--search LOW:HIGH]\n"
	"\n"
	LA_OPTIONS_CONF_HELP
	"--duration SECONDS    the same as -s load.duration\n"
	"--json FILE           write the result there; - is stdout, and all else goes to stderr\n"
	"--pass CHECKS         what makes a run good, such as failed<0.01%,p99<5ms,rate>=99%\n"
	"--search LOW:HIGH     find the highest rate that passes, such as 10k:2m\n";

/* --duration is a key of the configuration, and counts for more than -s. */
static bool
set_duration(struct load_options *options)
{
	const struct la_option set = LA_OPTION_SET(&options->conf);

	if (options->duration_s == 0)
		return true;
	snprintf(options->duration, sizeof(options->duration), "load.duration=%llus",
			(unsigned long long)options->duration_s);
	return la_option_item(options->conf.command, &set, options->duration);
}

static bool
read_options(struct load_options *options, int argc, char **argv)
{
	const struct la_option table[] = {
		LA_OPTION_CONFIG(&options->conf), LA_OPTION_SET(&options->conf),
		LA_OPTION_SECONDS("duration", &options->duration_s),
		LA_OPTION_JSON_FILE(&options->json),
		{ "pass", 0, la_option_text, &options->pass, 0, 0 },
		{ "search", 0, la_option_text, &options->search, 0, 0 },
		LA_OPTION_HELP(&options->help), LA_OPTION_END,
	};

	return la_options_read(argc, argv, table, NULL) && set_duration(options);
}

int
la_cmd_load(int argc, char **argv)
{
	struct load_options options = { .conf.command = "load" };
	int code = LA_EXIT_USAGE;

	if (read_options(&options, argc, argv)) {
		if (options.help)
			code = fputs(usage, stdout) < 0;
		else
			code = load_ports(&options);
	}
	la_option_list_free(&options.conf.set);
	return code;
}
