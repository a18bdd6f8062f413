/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack replay: a capture goes through the stack, without DPDK. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "replay_stack.h"
#include "setup.h"

static const char usage[] =
	"lastack replay [-c FILE [-s SECTION.KEY=VALUE]...] [--trust-checksums] IN OUT\n"
	"\n"
	"Give the frames of the capture IN (pcap or pcapng) to a stack, by their own times, and\n"
	"write them and its answers to OUT (pcap); then say what was done and what was dropped.\n"
	"What a client acknowledges is moved to the numbers of this server. No NIC, no DPDK, no\n"
	"root; the same IN gives the same OUT.\n"
	"\n"
	"Without -c the server is the first address that a SYN in IN goes to. Ports 7, 9 and 80\n"
	"are echo, discard and http; all others that SYNs go to are discard.\n"
	"\n"
	"--trust-checksums     take frames whose checksum is wrong, as a capture on the host that\n"
	"                      sent them has them before its NIC fills them in\n"
	"\n"
	LA_OPTIONS_CONF_HELP;

enum { CONNECTIONS = 65536, PORTS = 65536 };

struct replay_options {
	struct la_conf_options conf;
	bool trust_checksums, help;
	char **files;                   /* IN and OUT, if they are two. */
	int files_len;
};

/* What a capture tells of its server. */
struct server {
	bool known;
	struct la_addr address;
	struct la_mac mac;
	bool listens[PORTS];
};

static int
replay_failed(const char *error)
{
	fprintf(stderr, "lastack replay: %s\n", error);
	return LA_EXIT_FAILED;
}

static void
look_at_syn(struct server *server, const struct la_rx *rx)
{
	if (rx->kind != LA_KIND_TCP || (rx->seg.flags & (LA_SYN | LA_ACK)) != LA_SYN)
		return;
	if (!server->known) {
		server->known = true;
		server->address = rx->dest;
		server->mac = rx->dest_mac;
	}
	if (la_addr_eq(&rx->dest, &server->address))
		server->listens[rx->dest_port] = true;
}

/* Whom SYNs go to; with a configuration, the Ethernet address of its server. */
static bool
find_server(struct server *server, const char *path, const struct la_setup *setup,
		char error[LA_REPLAY_ERROR_MAX])
{
	static struct la_replay_frame frame;
	struct la_replay_in *in = la_replay_open(path, error);
	struct la_rx rx;
	int got;

	if (in == NULL)
		return false;
	while ((got = la_replay_read(in, &frame, error)) > 0) {
		if (la_rx_parse(&rx, frame.octets, frame.len, LA_RX_IP_CHECKSUM_GOOD |
				LA_RX_L4_CHECKSUM_GOOD) != LA_RX_OK || rx.kind == LA_KIND_ARP)
			continue;
		if (setup == NULL) {
			look_at_syn(server, &rx);
		} else if (!server->known && la_replay_has(setup->ranges,
				setup->params.ranges_len, &rx.dest)) {
			server->known = true;
			server->mac = rx.dest_mac;
		}
	}
	la_replay_close(in);
	if (got == 0 && !server->known)
		snprintf(error, LA_REPLAY_ERROR_MAX, setup == NULL ?
				"%s has no SYN, so which address is the server's? Give it with -c"
				" FILE" : "%s has no frame to an address of the configuration",
				path);
	return got == 0 && server->known;
}

static const char *
service_of(uint32_t port)
{
	return port == 80 ? "http" : port == 7 ? "echo" : "discard";
}

static bool
range_continues(const struct server *server, uint32_t port)
{
	return port > 0 && server->listens[port - 1] &&
			strcmp(service_of(port - 1), service_of(port)) == 0;
}

/* Ports in a row that have one service are one listener. */
static uint32_t
count_runs(const struct server *server)
{
	uint32_t runs = 0;

	for (uint32_t port = 0; port < PORTS; port++)
		runs += server->listens[port] && !range_continues(server, port);
	return runs;
}

/* A setup for the server that was found. */
static bool
make_setup(struct la_setup *setup, const struct server *server)
{
	struct la_stack_params *p = &setup->params;
	uint32_t n = 0;

	*setup = (struct la_setup){ .has_load = false };
	la_stack_params_default(p, CONNECTIONS);
	setup->ranges = calloc(1, sizeof(*setup->ranges));
	setup->listeners = calloc(count_runs(server), sizeof(*setup->listeners));
	if (setup->ranges == NULL || setup->listeners == NULL)
		return false;
	setup->ranges[0] = (struct la_stack_range){ server->address, 1,
		la_addr_is_v4(&server->address) ? 24 : 64 };
	for (uint32_t port = 0; port < PORTS; port++) {
		if (!server->listens[port])
			continue;
		if (range_continues(server, port)) {
			setup->listeners[n - 1].port_last = (uint16_t)port;
			continue;
		}
		setup->listeners[n++] = (struct la_stack_listener){
			.name = service_of(port), .address = LA_ANY_ADDRESS,
			.port_first = (uint16_t)port, .port_last = (uint16_t)port,
			.service = service_of(port), .group = port,
			.params = { .connections = CONNECTIONS, .window = p->tcp.window,
				.window_max = p->tcp.window_max,
				.buffers = 1024, .body_len = 64, .close_after_response = true },
		};
	}
	p->ranges = setup->ranges;
	p->ranges_len = 1;
	p->listeners = setup->listeners;
	p->listeners_len = n;
	return true;
}

static void
say_count(const char *name, uint64_t count, const char *help)
{
	if (count > 0)
		printf("  %-28s %12" PRIu64 "  %s\n", name, count, help);
}

static void
say_counts(const struct la_stack_counters *c)
{
	printf("\nframes in\n");
	for (int i = 0; i < LA_RX_REASONS; i++)
		say_count(la_rx_reason_name(i), la_count_read(&c->rx[i]), la_rx_reason_help(i));
	printf("segments\n");
	for (int i = 0; i < LA_TCP_REASONS; i++)
		say_count(la_tcp_reason_name(i), la_count_read(&c->tcp[i]), la_tcp_reason_help(i));
	printf("events\n");
	for (int i = 0; i < LA_STACK_COUNTS; i++)
		say_count(la_stack_count_name(i), la_count_read(&c->count[i]),
				la_stack_count_help(i));
	printf("left at the end, by state\n");
	for (int i = 0; i < LA_TCP_STATES; i++)
		say_count(la_tcp_state_name(i), la_count_read(&c->state[i]), "");
}

static void
say_result(const struct la_replay *r)
{
	const struct la_stack_counters *c = la_stack_counters(r->stack);
	const uint64_t wrong = la_count_read(&c->rx[LA_RX_TCP_CHECKSUM]) +
			la_count_read(&c->rx[LA_RX_TCP_CHECKSUM_PARTIAL]);

	printf("frames       %" PRIu64 " in the capture: %" PRIu64 " given to the stack, %" PRIu64
			" of its server left out\n", r->frames, r->given, r->theirs);
	printf("sent         %" PRIu64 "\n", r->sent);
	printf("took         %.6f s by the capture's clock, and a second more\n",
			(double)r->last_us / 1e6);
	if (la_replay_held_back(r->numbers) > 0)
		printf("held back    %" PRIu64 " ACKs were for more than this server had sent: the"
				" capture's had said more\n", la_replay_held_back(r->numbers));
	if (r->cut > 0)
		printf("cut          %" PRIu64 " frames are not whole in the capture and were left"
				" out; capture with -s 0\n", r->cut);
	if (wrong > 0)
		printf("checksums    %" PRIu64 " segments have a wrong one; if the capture was made"
				" where they were sent: --trust-checksums\n", wrong);
	say_counts(c);
}

static bool
play_capture(struct la_replay *r, const struct replay_options *options, struct la_setup *setup,
		char error[LA_REPLAY_ERROR_MAX])
{
	bool ok;

	r->in = la_replay_open(options->files[0], error);
	if (r->in == NULL)
		return false;
	r->out = la_replay_create(options->files[1], r->in, error);
	if (r->out == NULL) {
		la_replay_close(r->in);
		return false;
	}
	r->ranges = setup->ranges;
	r->ranges_len = setup->params.ranges_len;
	r->trust_checksums = options->trust_checksums;
	ok = la_replay_init(r, &setup->params);
	if (!ok)
		snprintf(error, LA_REPLAY_ERROR_MAX, "no memory for the stack, or no stack can be "
				"made of the capture's addresses");
	ok = ok && la_replay_run(r, error);
	ok = la_replay_finish(r->out, error) && ok;
	la_replay_close(r->in);
	return ok;
}

static int
replay_capture(const struct replay_options *options, const struct la_conf *conf)
{
	static struct la_replay r;
	static struct server server;
	char error[LA_REPLAY_ERROR_MAX] = "";
	struct la_setup setup = { .has_load = false };
	bool ok;

	if (conf != NULL && !la_setup_make(&setup, conf, 0, LA_CONF_SERVE)) {
		la_setup_free(&setup);
		return replay_failed("out of memory");
	}
	ok = find_server(&server, options->files[0], conf != NULL ? &setup : NULL, error);
	if (conf == NULL && ok && count_runs(&server) > LA_STACK_LISTENERS_MAX) {
		snprintf(error, sizeof(error), "%s has SYNs to too many ports: name those that are"
				" listened on with -c FILE", options->files[0]);
		ok = false;
	}
	if (conf == NULL && ok && !make_setup(&setup, &server)) {
		snprintf(error, sizeof(error), "out of memory");
		ok = false;
	}
	if (ok)
		setup.params.mac = server.mac;
	ok = ok && play_capture(&r, options, &setup, error);
	if (ok)
		say_result(&r);
	la_replay_end(&r);
	la_setup_free(&setup);
	return ok ? LA_EXIT_DONE : replay_failed(error);
}

static int
run_replay(const struct replay_options *options)
{
	struct la_conf conf;
	int code = LA_EXIT_USAGE;

	if (options->help) {
		fputs(usage, stdout);
		return LA_EXIT_DONE;
	}
	if (options->files_len != 2) {
		fprintf(stderr, "lastack replay: which capture in, and which out? See lastack replay"
				" --help.\n");
		return LA_EXIT_USAGE;
	}
	if (strcmp(options->files[0], options->files[1]) == 0) {
		fprintf(stderr, "lastack replay: %s: IN and OUT are the same file\n",
				options->files[0]);
		return LA_EXIT_USAGE;
	}
	if (options->conf.file == NULL && options->conf.set.len == 0)
		return replay_capture(options, NULL);
	if (la_options_conf(&options->conf, LA_CONF_SERVE, &conf))
		code = replay_capture(options, &conf);
	la_conf_free(&conf);
	return code;
}

static bool
read_options(struct replay_options *options, int argc, char **argv)
{
	const struct la_option table[] = {
		LA_OPTION_CONFIG(&options->conf), LA_OPTION_SET(&options->conf),
		{ "trust-checksums", 0, la_option_flag, &options->trust_checksums, 0, 0 },
		LA_OPTION_HELP(&options->help), LA_OPTION_END,
	};
	int words;

	if (!la_options_read(argc, argv, table, &words))
		return false;
	options->files = argv + words;
	options->files_len = argc - words;
	return true;
}

int
la_cmd_replay(int argc, char **argv)
{
	struct replay_options options = { .conf.command = "replay" };
	int code = LA_EXIT_USAGE;

	if (read_options(&options, argc, argv))
		code = run_replay(&options);
	la_option_list_free(&options.conf.set);
	if (fflush(stdout) != 0) {
		perror("lastack replay: stdout");
		return LA_EXIT_FAILED;
	}
	return code;
}
