/* SPDX-License-Identifier: BSD-3-Clause */
#include "instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "commands.h"
#include "process.h"
#include "report.h"
#include "la_version.h"

enum { DRAIN_TICK_US = 20000, LCORES_LEN = 256, BOOT_LEN = 36 };

bool
la_instance_read_keys(const struct la_instance *s, struct la_key key[2])
{
	char error[512];

	if (la_conf_read_keys(s->conf.tcp.cookie_key_file, key, error, sizeof(error)))
		return true;
	fprintf(stderr, "lastack: tcp.cookie-key-file: %s\n", error);
	return false;
}

bool
la_instance_has_keys(const struct la_instance *s)
{
	return s->conf.tcp.cookie_key_file != NULL && s->conf.tcp.cookie_key_file[0] != '\0';
}

void
la_instance_tick(struct la_instance *s)
{
	struct la_port_news news[LA_CONF_PORTS_MAX];

	la_dpio_tick(s->dpio, news);
	for (uint32_t i = 0; i < s->ports_len; i++)
		la_report_news(&s->conf.ports[s->ports[i].number], s->ports_len > 1, &news[i]);
}

void
la_instance_drain(struct la_instance *s)
{
	const uint64_t start_us = la_monotonic_us();
	const uint64_t open = la_dpio_connections(s->dpio);

	if (open > 0)
		printf("stopping: %" PRIu64 " connections are open\n", open);
	la_dpio_drain(s->dpio);
	while (la_dpio_connections(s->dpio) > 0 &&
			la_monotonic_us() - start_us < s->conf.tcp.drain_us) {
		const int number = la_process_signal(&s->signals, DRAIN_TICK_US);

		if (number == SIGINT || number == SIGTERM)
			return;
		la_dpio_tick(s->dpio, NULL);
	}
	if (la_dpio_connections(s->dpio) > 0)
		la_dpio_abort_all(s->dpio);
}

/* What one port is to be: its share of the lcores is @p lcores of those after @p skipped. */
static struct la_port_params
params_of(const struct la_instance *s, const struct la_instance_port *p, uint32_t skipped,
		uint32_t lcores)
{
	const struct la_conf_port *port = &s->conf.ports[p->number];
	const bool load = p->setup.has_load;

	return (struct la_port_params){
		.name = port->name, .device = port->device, .mtu = (uint16_t)port->mtu,
		.offload = port->checksum_offload == LA_CONF_OFFLOAD_AUTO,
		.leave_gro = port->kernel_gro == LA_CONF_GRO_LEAVE,
		.tag_offload = port->vlan != 0 && port->vlan_offload == LA_CONF_OFFLOAD_AUTO,
		.workers = (uint32_t)s->conf.worker.count,
		.burst = (uint16_t)s->conf.worker.burst,
		.yield = s->conf.worker.idle == LA_CONF_IDLE_YIELD,
		.local_ports = load ? p->setup.load.local_port_last -
				p->setup.load.local_port_first + 1u : 0,
		.secret = p->setup.params.secret,
		.lcores_skipped = skipped, .lcores = lcores,
	};
}

/* Lcores of port number @p i: as many as it is to have workers, or its part of all. */
static uint32_t
lcores_share(const struct la_instance *s, uint32_t i)
{
	const uint32_t all = la_dpio_lcores(), ports = s->ports_len;

	if (s->conf.worker.count != 0 && ports > 1)
		return (uint32_t)s->conf.worker.count;
	return all / ports + (i < all % ports);
}

/* The main one and so many, dealt out over the processors. */
static void
example_lcores(uint32_t workers, char text[LCORES_LEN])
{
	const long online = sysconf(_SC_NPROCESSORS_ONLN);
	const uint32_t cpus = online > 0 ? (uint32_t)online : 1;
	int used = snprintf(text, LCORES_LEN, "0@0");

	for (uint32_t i = 1; i <= workers && used < LCORES_LEN - 24; i++)
		used += snprintf(text + used, LCORES_LEN - (size_t)used, ",%u@%u%s", i, i % cpus,
				i < workers && used >= LCORES_LEN - 36 ? ",..." : "");
}

static bool
enough_lcores(const struct la_instance *s, struct la_dpio_error *error)
{
	const uint32_t each = s->conf.worker.count != 0 ? (uint32_t)s->conf.worker.count : 1;
	const uint32_t wanted = s->ports_len * each;
	char who[64], lcores[LCORES_LEN];

	/* One that asks for no number is told by the port if there is none at all. */
	if (wanted <= la_dpio_lcores() || (s->ports_len == 1 && s->conf.worker.count == 0))
		return true;
	example_lcores(wanted, lcores);
	if (s->ports_len > 1)
		snprintf(who, sizeof(who), "%u ports with %u worker%s each", s->ports_len, each,
				each == 1 ? "" : "s");
	else
		snprintf(who, sizeof(who), "%u workers", wanted);
	snprintf(error->text, sizeof(error->text), "worker.count: %s need %u lcores beside the "
			"main one, eal.args gives %u: give more, such as --lcores %s", who,
			wanted, la_dpio_lcores(), lcores);
	return false;
}

static bool
make_process(struct la_instance *s, struct la_dpio_error *error)
{
	const bool load = s->ports[0].setup.has_load;
	const struct la_dpio_params params = {
		.role = load ? "load" : "serve", .version = LA_VERSION, .settings = s->settings.v,
		.settings_len = s->settings.len,
		.sizes = load ? "load.concurrent or tcp.time-wait-max" : NULL,
		.touching = la_report_touching,
	};

	s->dpio = la_dpio_make(&params, error);
	return s->dpio != NULL;
}

static bool
add_ports(struct la_instance *s, struct la_dpio_error *error)
{
	uint32_t skipped = 0;

	if (!enough_lcores(s, error))
		return false;
	for (uint32_t i = 0; i < s->ports_len; i++) {
		struct la_instance_port *p = &s->ports[i];
		const uint32_t lcores = lcores_share(s, i);
		const struct la_port_params params = params_of(s, p, skipped, lcores);

		p->port = la_dpio_add_port(s->dpio, &params, error);
		if (p->port == NULL)
			return false;
		skipped += lcores;
	}
	return true;
}

/* Once it is known how many workers each has. */
static void
prepare_ports(struct la_instance *s)
{
	for (uint32_t i = 0; i < s->ports_len; i++) {
		struct la_setup *setup = &s->ports[i].setup;
		struct la_port *port = s->ports[i].port;

		if (setup->has_load)
			la_setup_share_load(setup, &s->conf.load, la_port_workers(port));
		la_port_prepare(port, &setup->params, setup->has_load ? &setup->load : NULL);
	}
}

static bool
start_process(struct la_instance *s, struct la_dpio_error *error)
{
	if (!make_process(s, error) || !add_ports(s, error))
		return false;
	prepare_ports(s);
	return la_dpio_start(s->dpio, error);
}

static void
report_ports(const struct la_instance *s)
{
	struct la_report_port ports[LA_CONF_PORTS_MAX];

	for (uint32_t i = 0; i < s->ports_len; i++)
		ports[i] = (struct la_report_port){
			&s->conf.ports[s->ports[i].number], s->ports[i].port,
		};
	la_report_start(&s->conf, s->dpio, ports, s->ports_len,
			s->ports[0].setup.has_load ? "load" : "serve");
}

static int
on_ports(struct la_instance *s)
{
	struct la_dpio_error error;
	int code;

	if (start_process(s, &error)) {
		report_ports(s);
		code = s->run(s, s->user);
	} else {
		code = la_process_failed(&error);
	}
	la_dpio_close(s->dpio);
	return code;
}

static int
with_eal(struct la_instance *s)
{
	struct la_dpio_error error;
	int argc, code;
	char **argv = la_conf_eal_argv(&s->conf, "lastack", &argc);

	if (argv == NULL) {
		fprintf(stderr, "lastack: out of memory\n");
		return LA_EXIT_FAILED;
	}
	la_process_block_signals(&s->signals);
	if (la_dpio_eal_start(argc, argv, &error)) {
		code = on_ports(s);
		la_dpio_eal_stop();
	} else {
		code = la_process_failed(&error);
	}
	free(argv);
	return code;
}

/* All to serve; to load one. */
static void
choose_ports(struct la_instance *s, enum la_conf_role role)
{
	const uint32_t loads = (uint32_t)(la_conf_load_port(&s->conf) - s->conf.ports);

	s->ports_len = role == LA_CONF_LOAD ? 1 : s->conf.ports_len;
	for (uint32_t i = 0; i < s->ports_len; i++)
		s->ports[i].number = role == LA_CONF_LOAD ? loads : i;
}

static bool
make_setups(struct la_instance *s, enum la_conf_role role)
{
	for (uint32_t i = 0; i < s->ports_len; i++) {
		if (!la_setup_make(&s->ports[i].setup, &s->conf, s->ports[i].number, role))
			return false;
	}
	return true;
}

/*
 * A generator's secret lasts as long as its host runs. A run meets the TIME-WAIT that the one
 * before has left at the target: there a SYN opens only if its ISN or timestamp is later than
 * that connection's (RFC 9293, 3.10.7.4; RFC 6191), as both are if the tuple's part of them
 * stays the same (RFC 6528, 3; RFC 7323, 5.4) and the clock goes on. The number of the boot is
 * random, and no peer knows it.
 */
static bool
secret_of_boot(struct la_key *secret)
{
	static const struct la_key halves[2] = { { { 1, 0 } }, { { 2, 0 } } };
	char text[BOOT_LEN];
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	size_t len;

	if (file == NULL)
		return false;
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	for (int i = 0; i < 2; i++)
		secret->k[i] = la_siphash(&halves[i], text, len);
	return len == sizeof(text);
}

/* One for all ports: a flow may come back by another one. */
static bool
share_secret(struct la_instance *s)
{
	struct la_key *first = &s->ports[0].setup.params.secret;
	const bool lasts = s->ports[0].setup.has_load && secret_of_boot(first);

	if (!lasts && getrandom(first, sizeof(*first), 0) != (ssize_t)sizeof(*first))
		return false;
	for (uint32_t i = 1; i < s->ports_len; i++)
		s->ports[i].setup.params.secret = *first;
	return true;
}

/* Everything that can be found wrong before a port is touched. */
static int
with_conf(struct la_instance *s, enum la_conf_role role)
{
	struct la_key key[2];

	if (la_instance_has_keys(s) && !la_instance_read_keys(s, key))
		return LA_EXIT_USAGE;
	choose_ports(s, role);
	if (!la_settings_of(&s->settings, &s->conf) || !make_setups(s, role)) {
		fprintf(stderr, "lastack: out of memory\n");
		return LA_EXIT_FAILED;
	}
	if (!share_secret(s)) {
		perror("lastack: no random secret: getrandom");
		return LA_EXIT_FAILED;
	}
	return with_eal(s);
}

int
la_instance_main(struct la_instance *s, const struct la_conf_options *options,
		enum la_conf_role role)
{
	int code = LA_EXIT_USAGE;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (la_options_conf(options, role, &s->conf))
		code = with_conf(s, role);
	for (uint32_t i = 0; i < s->ports_len; i++)
		la_setup_free(&s->ports[i].setup);
	la_settings_free(&s->settings);
	la_conf_free(&s->conf);
	return code;
}
