/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack serve: start, watch, stop. What it says is in report.c. */
#include <stdio.h>

#include "commands.h"
#include "instance.h"
#include "process.h"
#include "report.h"

enum { TICK_US = 100000 };

struct serve_options {
	struct la_conf_options conf;
	uint64_t duration_s;            /* 0: until a signal */
	bool help;
};

static void
use_keys(struct la_instance *s)
{
	struct la_key key[2];

	if (!la_instance_has_keys(s)) {
		fprintf(stderr, "lastack: SIGHUP: there is no tcp.cookie-key-file to read\n");
		return;
	}
	if (!la_instance_read_keys(s, key)) {
		fprintf(stderr, "lastack: the cookie keys stay as they were\n");
		return;
	}
	if (la_dpio_set_cookie_keys(s->dpio, key))
		printf("cookie keys: read from %s\n", s->conf.tcp.cookie_key_file);
	else
		fprintf(stderr, "lastack: a worker did not take the cookie keys in time\n");
}

/* Until a signal other than SIGHUP, or the end of the duration. */
static void
watch_signals(struct la_instance *s, uint64_t duration_us)
{
	const uint64_t start_us = la_monotonic_us();

	while (duration_us == 0 || la_monotonic_us() - start_us < duration_us) {
		int number;

		la_instance_tick(s);
		number = la_process_signal(&s->signals, TICK_US);
		if (number == SIGHUP)
			use_keys(s);
		else if (number != 0)
			return;
	}
}

static int
run_serve(struct la_instance *s, void *user)
{
	const struct serve_options *options = user;
	const uint64_t start_us = la_monotonic_us();
	struct la_dpio_totals totals;
	struct la_dpio_peaks peaks;

	if (la_instance_has_keys(s))
		use_keys(s);
	watch_signals(s, options->duration_s * 1000000);
	la_instance_drain(s);
	la_dpio_stop(s->dpio);
	la_dpio_totals(s->dpio, &totals);
	la_dpio_peaks(s->dpio, &peaks);
	la_report_summary(&totals, &peaks, la_monotonic_us() - start_us);
	la_report_notes(s->dpio, s->ports_len > 1);
	return LA_EXIT_DONE;
}

static const char usage[] =
	"lastack serve -c FILE [-s SECTION.KEY=VALUE]... [--duration SECONDS]\n"
	"\n"
	"Serve as the [listen NAME] sections say, until SIGINT or SIGTERM.\n"
	"\n"
	LA_OPTIONS_CONF_HELP
	"--duration SECONDS    stop by itself after so long\n";

static bool
read_options(struct serve_options *options, int argc, char **argv)
{
	const struct la_option table[] = {
		LA_OPTION_CONFIG(&options->conf), LA_OPTION_SET(&options->conf),
		LA_OPTION_SECONDS("duration", &options->duration_s),
		LA_OPTION_HELP(&options->help), LA_OPTION_END,
	};

	return la_options_read(argc, argv, table, NULL);
}

int
la_cmd_serve(int argc, char **argv)
{
	struct serve_options options = { .conf.command = "serve" };
	struct la_instance instance = { .run = run_serve, .user = &options };
	int code = LA_EXIT_USAGE;

	if (read_options(&options, argc, argv)) {
		if (options.help)
			code = fputs(usage, stdout) < 0;
		else
			code = la_instance_main(&instance, &options.conf, LA_CONF_SERVE);
	}
	la_option_list_free(&options.conf.set);
	return code;
}
