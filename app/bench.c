/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lastack bench: a serving and a loading instance in one process, joined by rings
 * in memory. No NIC, no hugepages, no root: what is measured is the stack with its
 * parsing and emitting, and what two cores pay to hand frames to one another.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "commands.h"
#include "cpus.h"
#include "load_json.h"
#include "load_screen.h"
#include "options.h"
#include "process.h"
#include "report.h"
#include "la_rings.h"
#include "setup.h"
#include "la_version.h"

enum {
	PORT = 80, SOURCES = 250, CONCURRENT = 512, RING = 4096, RAMP_US = 1000000,
	TIME_WAIT_MAX = 262144, TIMEOUT_US = 10000000, BODY = 64,
	MIB_A_WORKER = 64, MIB = 64, WORDS = 16,
	/* The server has a port for so many held ones, and as many tuples are left over. */
	LIVE_A_PORT = 8000000,
	/* A stack can have at most twice that. Memory is the limit before. */
	LIVE_MAX = 1000000000,
	WORKERS_MAX = 16, SECONDS_PRESET = 5,
};

struct bench_options {
	uint64_t seconds;               /* At least 1. */
	uint32_t live, workers;         /* workers: at least 1. */
	enum la_load_service service;
	bool ipv6;                      /* --family 6 */
	const char *json;               /* NULL: not wanted */
	bool help;
};

struct bench {
	const struct bench_options *options;
	uint32_t workers;
	struct la_cpus cpus;
	sigset_t signals;
	struct la_ring_pair rings;
	struct la_dpio *dpio;
	struct la_port *server, *client;
	struct la_stack_range server_range, client_range;
	struct la_stack_listener listener;
	uint16_t sources[SOURCES];
	char request[64];
	struct la_settings settings;
	struct la_load_run run;
	struct la_checks checks;
	struct la_load_json json;
	struct la_bench_server measured;
	/* Of the server, when the time between the ramps began. */
	bool marked, marked_end;
	struct la_port_work begin, end;
	uint64_t begin_us, end_us, begin_opened, end_opened;
};

/* An IPv4 address, or the unique local IPv6 one that ends like it (RFC 4193). */
static struct la_addr
bench_address(const struct bench *b, uint32_t low)
{
	struct la_addr a = { { 0xfd, 0x63 } };

	if (!b->options->ipv6)
		return la_addr_v4(low);
	la_put32(a.b + 12, low);
	return a;
}

static void
ends_of(struct bench *b, struct la_stack_params *server, struct la_stack_params *client)
{
	/* A worker's share, as the generator deals them out. */
	const uint32_t live = (b->options->live + b->workers - 1) / b->workers;
	const uint8_t prefix_len = b->options->ipv6 ? 64 : 16;

	b->server_range = (struct la_stack_range){ bench_address(b, 0x0a630001), 1, prefix_len };
	b->client_range = (struct la_stack_range){ bench_address(b, 0x0a630101), SOURCES,
			prefix_len };
	b->listener = (struct la_stack_listener){
		.name = "bench", .address = LA_ANY_ADDRESS, .port_first = PORT,
		.port_last = (uint16_t)(PORT + b->options->live / LIVE_A_PORT),
		.service = b->options->service == LA_LOAD_SERVICE_ECHO ? "echo" : "http",
		.params = { .window = 65535, .buffers = CONCURRENT * 4, .body_len = BODY },
	};
	la_stack_params_default(server, live + CONCURRENT * 4);
	server->senders = CONCURRENT * 4;
	server->ranges = &b->server_range;
	server->listeners = &b->listener;
	server->ranges_len = server->listeners_len = 1;
	b->listener.params.connections = server->connections;
	la_stack_params_default(client, 0);
	/* While the server's core is away no frame is freed, and closed blocks stay in the output
	 * queue: room for as many as the ring may hold answers to. */
	la_setup_size_load(client, live + CONCURRENT + RING,
			b->options->service != LA_LOAD_SERVICE_CONNECT);
	client->ranges = &b->client_range;
	client->ranges_len = 1;
	/* Nothing is lost on these rings, and what is held is to be silent: by default the server
	 * sends an ACK on each after 75 s, and millions of them take the frames of the rest. */
	server->tcp.confirm_us = client->tcp.confirm_us = 0;
	server->time_wait_max = client->time_wait_max = TIME_WAIT_MAX;
	/* Each is asked for by the other: nothing here is a stranger. */
	(void)!getrandom(&server->secret, sizeof(server->secret), 0);
	(void)!getrandom(&client->secret, sizeof(client->secret), 0);
}

static struct la_load_params
load_of(struct bench *b, const struct la_stack_params *client)
{
	struct la_load_params load = {
		.connections = client->connections,
		.sources = b->sources, .sources_len = SOURCES,
		.local_port_first = 1024, .local_port_last = 65535,
		.target = b->server_range.first, .targets = 1,
		.port_first = PORT, .port_last = b->listener.port_last,
		.service = b->options->service, .close = LA_LOAD_CLOSE_CLIENT_FIRST,
		.octets = BODY, .request = b->request,
		.status = 200, .body_len = BODY, .workers = b->workers,
	};

	for (uint16_t i = 0; i < SOURCES; i++)
		b->sources[i] = i;
	load.request_len = (uint32_t)snprintf(b->request, sizeof(b->request),
			"GET / HTTP/1.1\r\nHost: bench\r\n\r\n");
	(void)!getrandom(&load.seed, sizeof(load.seed), 0);
	return load;
}

static uint64_t
server_opened(const struct bench *b)
{
	struct la_dpio_totals totals;

	la_port_totals(b->server, &totals);
	return totals.count[LA_COUNT_OPENED];
}

static void
take_mark(const struct bench *b, struct la_port_work *work, uint64_t *at_us, uint64_t *opened)
{
	la_port_work(b->server, work);
	*at_us = la_monotonic_us();
	*opened = server_opened(b);
}

/* The server is measured in the time between the ramps, as the rate is. */
static void
bench_tick(void *user)
{
	struct bench *b = user;
	struct la_port_load load;

	la_dpio_tick(b->dpio, NULL);
	la_port_load(b->client, &load);
	if (load.phase == LA_LOAD_PHASE_SUSTAIN && !b->marked) {
		b->marked = true;
		la_port_forget_longest(b->server);
		take_mark(b, &b->begin, &b->begin_us, &b->begin_opened);
	}
	if (load.phase == LA_LOAD_PHASE_SUSTAIN)
		take_mark(b, &b->end, &b->end_us, &b->end_opened);
}

static double
ratio_of(double part, double of)
{
	return of > 0 ? part / of : 0;
}

static void
show_measures(struct bench *b)
{
	const double cycles = (double)(b->end.busy_cycles - b->begin.busy_cycles);
	const double opened = (double)(b->end_opened - b->begin_opened);
	const double packets = (double)(b->end.rx_packets - b->begin.rx_packets +
			b->end.tx_packets - b->begin.tx_packets);
	struct la_stack_usage u = { 0 };

	(void)la_port_usage(b->server, 0, &u);
	b->measured = (struct la_bench_server){
		.cycles_per_connection = ratio_of(cycles, opened),
		.cycles_per_packet = ratio_of(cycles, packets),
		.connections_per_s = ratio_of(opened * 1e6, (double)(b->end_us - b->begin_us)),
		.tsc_hz = b->end.tsc_hz, .live = b->run.total.live,
		.longest_poll_us = b->end.longest_poll_us,
		/* A block, and its share of a table that has room for TIME-WAIT too. */
		.bytes_per_connection = (double)u.octets_per_connection +
				ratio_of((double)u.octets_table,
				(double)u.connections_size + (double)u.time_wait_size),
	};
	(void)la_port_memory(b->server, &b->measured.memory);
}

static void
say_server(const struct bench *b)
{
	const struct la_bench_server *m = &b->measured;
	char rate[LA_GROUPED_LEN], live[LA_GROUPED_LEN];

	printf("\nserver       %s connections/s, beside %s held open\n",
			la_screen_number(m->connections_per_s, rate),
			la_screen_number((double)m->live, live));
	printf("cycles       %.0f a connection, %.0f a packet (in or out), at %.2f GHz%s\n",
			m->cycles_per_connection, m->cycles_per_packet, (double)m->tsc_hz / 1e9,
			b->cpus.shared ? "; both ends share a core: read them with care" : "");
	printf("memory       %.0f octets a connection\n", m->bytes_per_connection);
	la_report_memory(&m->memory);
	printf("longest poll %lu us\n", (unsigned long)m->longest_poll_us);
}

/* What was measured beside fewer than were asked for is not what was asked. */
static bool
all_held(const struct bench *b)
{
	if (b->measured.live >= b->options->live || b->run.interrupted)
		return true;
	fprintf(stderr, "lastack bench: --live %u: only %lu could be held open\n", b->options->live,
			(unsigned long)b->measured.live);
	return false;
}

static int
run_bench(struct bench *b)
{
	const struct la_load_plan plan = {
		.ramp_us = RAMP_US, .sustain_us = b->options->seconds * 1000000,
		.concurrent = CONCURRENT * b->workers, .timeout_us = TIMEOUT_US,
		.live = b->options->live,
	};
	const struct la_load_watch watch = {
		.port = b->client, .signals = &b->signals, .drain_us = 1000000, .tick = bench_tick,
		.user = b,
	};
	struct la_load_report report = {
		.role = "bench", .settings = &b->settings, .port = la_port_info(b->server),
		.loads = b->client, .run = &b->run, .checks = &b->checks, .server = &b->measured,
	};

	la_checks_default(&b->checks, false);
	if (!la_load_run(&watch, &plan, &b->checks, &b->run))
		return LA_EXIT_FAILED;
	show_measures(b);
	la_screen_summary(&b->run, &b->checks);
	say_server(b);
	report.tsc_hz = b->measured.tsc_hz;
	if (!la_load_json_write(&b->json, &report))
		return LA_EXIT_FAILED;
	return all_held(b) && b->run.verdict.pass ? LA_EXIT_DONE : LA_EXIT_FAILED;
}

static struct la_port *
add_end(struct bench *b, const char *device, uint32_t skipped, uint32_t local_ports,
		struct la_dpio_error *error)
{
	const struct la_port_params params = {
		.device = device, .mtu = 1500, .workers = b->workers, .burst = 64,
		.yield = b->cpus.shared, .local_ports = local_ports, .lcores_skipped = skipped,
		.far_end = local_ports != 0,
	};

	return la_dpio_add_port(b->dpio, &params, error);
}

static bool
start_bench(struct bench *b, struct la_dpio_error *error)
{
	const struct la_dpio_params params = {
		.role = "bench", .version = LA_VERSION, .sizes = "--live",
		.settings = b->settings.v, .settings_len = b->settings.len, .touching = la_report_touching,
	};
	struct la_stack_params server, client;
	struct la_load_params load;

	ends_of(b, &server, &client);
	load = load_of(b, &client);
	b->dpio = la_dpio_make(&params, error);
	if (b->dpio == NULL)
		return false;
	b->server = add_end(b, b->rings.device[0], 0, 0, error);
	if (b->server == NULL)
		return false;
	b->client = add_end(b, b->rings.device[1], b->workers,
			load.local_port_last - load.local_port_first + 1u, error);
	if (b->client == NULL)
		return false;
	la_port_prepare(b->server, &server, NULL);
	la_port_prepare(b->client, &client, &load);
	return la_dpio_start(b->dpio, error);
}

static int
on_rings(struct bench *b)
{
	struct la_dpio_error error = { "no memory for the rings between the two ends" };
	int code = LA_EXIT_FAILED;

	if (!la_ring_pair_make(&b->rings, "server", "client", b->workers, RING))
		return la_process_failed(&error);
	if (start_bench(b, &error))
		code = run_bench(b);
	else
		la_process_failed(&error);
	/* Frames on the way belong to the pools of the two, so they go first. */
	if (b->dpio != NULL)
		la_dpio_stop(b->dpio);
	la_ring_pair_empty(&b->rings);
	la_dpio_close(b->dpio);
	la_ring_pair_free(&b->rings);
	return code;
}

static int
with_eal(struct bench *b)
{
	char memory[16], prefix[32];
	char *words[] = {
		"lastack", "--no-huge", "-m", memory, "--no-pci", "--file-prefix", prefix,
		"--lcores", b->cpus.lcores, NULL,
	};
	struct la_dpio_error error;
	int code;

	snprintf(memory, sizeof(memory), "%u", MIB + MIB_A_WORKER * b->workers);
	snprintf(prefix, sizeof(prefix), "lastack-bench-%d", (int)getpid());
	la_process_block_signals(&b->signals);
	if (!la_dpio_eal_start((int)(sizeof(words) / sizeof(words[0])) - 1, words, &error))
		return la_process_failed(&error);
	printf("lastack %s bench on %s: %u worker%s a side on %u core%s\n", LA_VERSION,
			la_dpio_dpdk_version(), b->workers, b->workers == 1 ? "" : "s",
			b->cpus.used, b->cpus.used == 1 ? "" : "s");
	code = on_rings(b);
	la_dpio_eal_stop();
	return code;
}

static bool
read_service(const char *command, const struct la_option *option, const char *text)
{
	/* All but hold, which is what --live does. */
	for (int i = LA_LOAD_SERVICE_CONNECT; i <= LA_LOAD_SERVICE_ECHO; i++) {
		if (strcmp(text, la_load_service_name((enum la_load_service)i)) == 0) {
			*(enum la_load_service *)option->value = (enum la_load_service)i;
			return true;
		}
	}
	fprintf(stderr, "lastack %s: --service %s: not connect, http or echo\n", command, text);
	return false;
}

static bool
read_family(const char *command, const struct la_option *option, const char *text)
{
	if (strcmp(text, "4") != 0 && strcmp(text, "6") != 0) {
		fprintf(stderr, "lastack %s: --family %s: not 4 or 6\n", command, text);
		return false;
	}
	*(bool *)option->value = text[0] == '6';
	return true;
}

static bool
read_options(struct bench_options *options, int argc, char **argv)
{
	const struct la_option table[] = {
		/* Two names for one: other commands call it the second. */
		LA_OPTION_SECONDS("seconds", &options->seconds),
		LA_OPTION_SECONDS("duration", &options->seconds),
		{ "live", 0, la_option_count, &options->live, 0, LIVE_MAX },
		{ "workers", 0, la_option_number, &options->workers, 1, WORKERS_MAX },
		{ "service", 0, read_service, &options->service, 0, 0 },
		{ "family", 0, read_family, &options->ipv6, 0, 0 },
		LA_OPTION_JSON_FILE(&options->json),
		LA_OPTION_HELP(&options->help), LA_OPTION_END,
	};

	return la_options_read(argc, argv, table, NULL);
}

static bool
add_setting(struct bench *b, const char *key, const char *format, ...)
{
	char value[256];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	return la_settings_add(&b->settings, "bench", key, value);
}

/* The options, as telemetry and JSON show a configuration. */
static bool
add_settings(struct bench *b)
{
	const struct bench_options *o = b->options;

	if (add_setting(b, "seconds", "%" PRIu64, o->seconds) &&
			add_setting(b, "live", "%" PRIu32, o->live) &&
			add_setting(b, "workers", "%" PRIu32, b->workers) &&
			add_setting(b, "service", "%s", la_load_service_name(o->service)) &&
			add_setting(b, "family", "%d", o->ipv6 ? 6 : 4) &&
			add_setting(b, "lcores", "%s", b->cpus.lcores))
		return true;
	fprintf(stderr, "lastack bench: out of memory\n");
	return false;
}

static int
bench_pair(const struct bench_options *options)
{
	struct bench b = { .options = options, .workers = options->workers };
	int code;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!la_load_json_open(&b.json, options->json))
		return LA_EXIT_FAILED;
	la_cpus_choose(&b.cpus, b.workers * 2);
	code = add_settings(&b) ? with_eal(&b) : LA_EXIT_FAILED;
	la_settings_free(&b.settings);
	la_load_run_free(&b.run);
	return code;
}

static const char usage[] =
	"lastack bench [--seconds N] [--live N] [--workers N] [--service connect|http|echo]\n"
	"        [--family 4|6] [--json FILE]\n"
	"\n"
	"--seconds N         how long to measure, after a second to warm up; default 5;\n"
	"                    --duration is the same\n"
	"--live N            connections held open meanwhile, such as 100k or 16m\n"
	"--workers N         of each side; default 1\n"
	"--service NAME      what is done with a connection; connect: open and close\n"
	"--family 4|6        over IPv4 or IPv6; default 4\n"
	"--json FILE         write the result there; - is stdout, and all else goes to stderr\n";

int
la_cmd_bench(int argc, char **argv)
{
	struct bench_options options = {
		.seconds = SECONDS_PRESET, .workers = 1, .service = LA_LOAD_SERVICE_CONNECT,
	};
	int code = LA_EXIT_USAGE;

	if (read_options(&options, argc, argv)) {
		if (options.help)
			code = fputs(usage, stdout) < 0;
		else
			code = bench_pair(&options);
	}
	return code;
}
