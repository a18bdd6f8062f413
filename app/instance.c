/* SPDX-License-Identifier: BSD-3-Clause */
#include "instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "commands.h"
#include "process.h"
#include "report.h"

enum { DRAIN_TICK_US = 20000 };

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
	struct la_dpio_news news;

	la_dpio_tick(s->dpio, &news);
	la_report_news(&s->conf, &news);
}

void
la_instance_drain(struct la_instance *s)
{
	const uint64_t start_us = la_process_now_us();
	const uint64_t open = la_dpio_connections(s->dpio);

	if (open > 0)
		printf("stopping: %" PRIu64 " connections are open\n", open);
	la_dpio_drain(s->dpio);
	while (la_dpio_connections(s->dpio) > 0 &&
			la_process_now_us() - start_us < s->conf.tcp.drain_us) {
		const int number = la_process_signal(&s->signals, DRAIN_TICK_US);

		if (number == SIGINT || number == SIGTERM)
			return;
		la_dpio_tick(s->dpio, NULL);
	}
	if (la_dpio_connections(s->dpio) > 0)
		la_dpio_abort_all(s->dpio);
}

static int
on_port(struct la_instance *s)
{
	const struct la_dpio_params params = {
		.role = s->setup.has_load ? "load" : "serve", .version = LA_VERSION,
		.config = s->config,
		.device = s->conf.port.device, .mtu = (uint16_t)s->conf.port.mtu,
		.offload = s->conf.port.checksum_offload == LA_CONF_OFFLOAD_AUTO,
		.tag_offload = s->conf.port.vlan != 0 &&
				s->conf.port.vlan_offload == LA_CONF_OFFLOAD_AUTO,
		.workers = (uint32_t)s->conf.worker.count,
		.burst = (uint16_t)s->conf.worker.burst,
		.yield = s->conf.worker.idle == LA_CONF_IDLE_YIELD,
		.one_queue = s->setup.has_load,
		.sizes = s->setup.has_load ? "load.concurrent or tcp.time-wait-max" : NULL,
	};
	struct la_dpio_error error;
	int code;

	s->dpio = la_dpio_open(&params, &error);
	if (s->dpio == NULL)
		return la_process_failed(&error);
	if (la_dpio_start(s->dpio, &s->setup.params, s->setup.has_load ? &s->setup.load : NULL,
			&error)) {
		la_report_start(&s->conf, s->dpio, params.role);
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
		code = on_port(s);
		la_dpio_eal_stop();
	} else {
		code = la_process_failed(&error);
	}
	free(argv);
	return code;
}

/* The configuration as telemetry tells it. */
static bool
print_config(struct la_instance *s)
{
	FILE *out = open_memstream(&s->config, &s->config_len);

	if (out == NULL)
		return false;
	la_conf_print(&s->conf, out);
	return fclose(out) == 0;
}

/* Everything that can be found wrong before the port is touched. */
static int
with_conf(struct la_instance *s, enum la_conf_role role)
{
	struct la_key key[2];

	if (la_instance_has_keys(s) && !la_instance_read_keys(s, key))
		return LA_EXIT_USAGE;
	if (!print_config(s) || !la_setup_make(&s->setup, &s->conf, role)) {
		fprintf(stderr, "lastack: out of memory\n");
		return LA_EXIT_FAILED;
	}
	if (getrandom(&s->setup.params.secret, sizeof(s->setup.params.secret), 0) !=
			(ssize_t)sizeof(s->setup.params.secret)) {
		perror("lastack: no random secret: getrandom");
		return LA_EXIT_FAILED;
	}
	return with_eal(s);
}

int
la_instance_main(struct la_instance *s, const struct la_options *options, enum la_conf_role role)
{
	int code = LA_EXIT_USAGE;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (la_options_conf(options, role, &s->conf))
		code = with_conf(s, role);
	la_setup_free(&s->setup);
	free(s->config);
	la_conf_free(&s->conf);
	return code;
}
