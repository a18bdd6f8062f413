/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_INSTANCE_H
#define LA_INSTANCE_H

/* An instance made from a configuration: serve on its ports or load on one. */
#include <signal.h>

#include "la_conf.h"
#include "la_dpio.h"
#include "options.h"
#include "settings.h"
#include "setup.h"

/* A port in use: each of the configuration's to serve, one to load. */
struct la_instance_port {
	uint32_t number;                /* Of the configuration's. */
	struct la_setup setup;
	struct la_port *port;
};

struct la_instance {
	struct la_conf conf;
	struct la_instance_port ports[LA_CONF_PORTS_MAX];
	uint32_t ports_len;
	struct la_dpio *dpio;
	struct la_settings settings;    /* Its keys, as telemetry shows them. */
	sigset_t signals;
	/* Called once all runs; what it returns is the program's exit code. */
	int (*run)(struct la_instance *instance, void *user);
	void *user;
};

/* Read the configuration for a role, start the instance, call its run(), give all
 * back. @return the program's exit code. */
int la_instance_main(struct la_instance *instance, const struct la_conf_options *options,
		enum la_conf_role role);

/* Whether there is a key file; and read it. False, after a line on stderr. */
bool la_instance_has_keys(const struct la_instance *instance);
bool la_instance_read_keys(const struct la_instance *instance, struct la_key key[2]);

/* The ports' links, gateways, conflicts: said when they change. */
void la_instance_tick(struct la_instance *instance);

/* Let what is open finish; a second signal, or tcp.drain, ends the patience. */
void la_instance_drain(struct la_instance *instance);

#endif
