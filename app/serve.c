/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack serve: start, watch, stop. What it says is in report.c. */
#include "serve.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "commands.h"
#include "la_dpio.h"
#include "options.h"
#include "report.h"
#include "setup.h"

enum { TICK_MS = 100, DRAIN_TICK_MS = 20 };

struct serve {
	struct la_conf conf;
	struct la_setup setup;
	struct la_dpio *dpio;
	char *config;                   /* As text. */
	size_t config_len;
	sigset_t signals;
	uint64_t duration_us;           /* 0: until a signal. */
};

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int
failed(const struct la_dpio_error *error)
{
	fprintf(stderr, "lastack: %s\n", error->text);
	return LA_EXIT_FAILED;
}

/* Blocked before EAL starts its threads, so that none of them is interrupted. */
static void
block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	sigprocmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The signal that came within so long, or 0. */
static int
wait_signal(const struct serve *s, uint32_t ms)
{
	const struct timespec t = { .tv_nsec = (long)ms * 1000000 };
	const int number = sigtimedwait(&s->signals, NULL, &t);

	return number > 0 ? number : 0;
}

static bool
read_keys(const struct serve *s, struct la_key key[2])
{
	char error[512];

	if (la_conf_read_keys(s->conf.tcp.cookie_key_file, key, error, sizeof(error)))
		return true;
	fprintf(stderr, "lastack: tcp.cookie-key-file: %s\n", error);
	return false;
}

static bool
has_keys(const struct serve *s)
{
	return s->conf.tcp.cookie_key_file != NULL && s->conf.tcp.cookie_key_file[0] != '\0';
}

static void
use_keys(struct serve *s)
{
	struct la_key key[2];

	if (!has_keys(s)) {
		fprintf(stderr, "lastack: SIGHUP: there is no tcp.cookie-key-file to read\n");
		return;
	}
	if (!read_keys(s, key)) {
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
watch(struct serve *s)
{
	const uint64_t start_us = now_us();

	while (s->duration_us == 0 || now_us() - start_us < s->duration_us) {
		struct la_dpio_news news;
		int number;

		la_dpio_tick(s->dpio, &news);
		la_report_news(&s->conf, &news);
		number = wait_signal(s, TICK_MS);
		if (number == SIGHUP)
			use_keys(s);
		else if (number != 0)
			return;
	}
}

/* Let what is open finish; a second signal, or tcp.drain, ends the patience. */
static void
drain(struct serve *s)
{
	const uint64_t start_us = now_us();
	const uint64_t open = la_dpio_connections(s->dpio);

	if (open > 0)
		printf("stopping: %" PRIu64 " connections are open\n", open);
	la_dpio_drain(s->dpio);
	while (la_dpio_connections(s->dpio) > 0 &&
			now_us() - start_us < s->conf.tcp.drain_us) {
		const int number = wait_signal(s, DRAIN_TICK_MS);

		if (number == SIGINT || number == SIGTERM)
			return;
		la_dpio_tick(s->dpio, NULL);
	}
	if (la_dpio_connections(s->dpio) > 0)
		la_dpio_abort_all(s->dpio);
}

static void
run(struct serve *s)
{
	const uint64_t start_us = now_us();
	struct la_dpio_totals totals;
	struct la_dpio_peaks peaks;

	if (has_keys(s))
		use_keys(s);
	watch(s);
	drain(s);
	la_dpio_stop(s->dpio);
	la_dpio_totals(s->dpio, &totals);
	la_dpio_peaks(s->dpio, &peaks);
	la_report_summary(&totals, &peaks, now_us() - start_us);
}

static int
serve_on_port(struct serve *s)
{
	const struct la_dpio_params params = {
		.role = "serve", .version = LA_VERSION, .config = s->config,
		.device = s->conf.port.device, .mtu = (uint16_t)s->conf.port.mtu,
		.offload = s->conf.port.checksum_offload == LA_CONF_OFFLOAD_AUTO,
		.workers = (uint32_t)s->conf.worker.count,
		.burst = (uint16_t)s->conf.worker.burst,
		.yield = s->conf.worker.idle == LA_CONF_IDLE_YIELD,
	};
	struct la_dpio_error error;
	int code = LA_EXIT_DONE;

	s->dpio = la_dpio_open(&params, &error);
	if (s->dpio == NULL)
		return failed(&error);
	if (la_dpio_start(s->dpio, &s->setup.params, &error)) {
		la_report_start(&s->conf, s->dpio);
		run(s);
	} else {
		code = failed(&error);
	}
	la_dpio_close(s->dpio);
	return code;
}

static int
serve_with_eal(struct serve *s)
{
	struct la_dpio_error error;
	int argc, code;
	char **argv = la_conf_eal_argv(&s->conf, "lastack", &argc);

	if (argv == NULL) {
		fprintf(stderr, "lastack: out of memory\n");
		return LA_EXIT_FAILED;
	}
	block_signals(&s->signals);
	if (la_dpio_eal_start(argc, argv, &error)) {
		code = serve_on_port(s);
		la_dpio_eal_stop();
	} else {
		code = failed(&error);
	}
	free(argv);
	return code;
}

/* The configuration as telemetry tells it. */
static bool
print_config(struct serve *s)
{
	FILE *out = open_memstream(&s->config, &s->config_len);

	if (out == NULL)
		return false;
	la_conf_print(&s->conf, out);
	return fclose(out) == 0;
}

/* Everything that can be found wrong before the port is touched. */
static int
serve_conf(struct serve *s)
{
	struct la_key key[2];

	if (s->conf.port.vlan != 0) {
		fprintf(stderr, "lastack: port.vlan: %" PRIu64 ": tagged frames are not taken yet, "
				"use 0\n", s->conf.port.vlan);
		return LA_EXIT_USAGE;
	}
	if (has_keys(s) && !read_keys(s, key))
		return LA_EXIT_USAGE;
	if (!print_config(s) || !la_setup_make(&s->setup, &s->conf)) {
		fprintf(stderr, "lastack: out of memory\n");
		return LA_EXIT_FAILED;
	}
	if (getrandom(&s->setup.params.secret, sizeof(s->setup.params.secret), 0) !=
			(ssize_t)sizeof(s->setup.params.secret)) {
		perror("lastack: no random secret: getrandom");
		return LA_EXIT_FAILED;
	}
	return serve_with_eal(s);
}

static int
serve(const struct la_options *options)
{
	struct serve s = { .duration_us = options->duration_s * 1000000 };
	int code = LA_EXIT_USAGE;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (la_options_conf(options, LA_CONF_SERVE, &s.conf))
		code = serve_conf(&s);
	la_setup_free(&s.setup);
	free(s.config);
	la_conf_free(&s.conf);
	return code;
}

int
app_serve(int argc, char **argv)
{
	struct la_options options;
	int code = LA_EXIT_USAGE;

	if (la_options_read(&options, argc, argv, LA_TAKES_CONF | LA_TAKES_DURATION)) {
		if (options.help)
			code = puts("lastack serve -c FILE [-s SECTION.KEY=VALUE]... "
					"[--duration SECONDS]") < 0;
		else
			code = serve(&options);
	}
	la_options_free(&options);
	return code;
}
