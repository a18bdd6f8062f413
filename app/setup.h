/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SETUP_H
#define LA_SETUP_H

/* What the configuration means to a stack and a generator. */
#include <stdbool.h>

#include "la_conf.h"
#include "la_load.h"
#include "la_stack.h"

/* Parameters and what they point to. */
struct la_setup {
	struct la_stack_params params;
	struct la_stack_range *ranges;
	struct la_stack_listener *listeners;
	bool has_load;
	struct la_load_params load;
	uint16_t *sources;
	char *request;
};

/*
 * For a port of conf, which must have been finished without errors, and live as long as
 * setup does. Secret, MAC and offload are left for others to fill in. False: no memory.
 */
bool la_setup_make(struct la_setup *setup, const struct la_conf *conf, uint32_t port,
		enum la_conf_role role);
void la_setup_free(struct la_setup *setup);

/* setup_load.c */
bool la_setup_add_sources(struct la_setup *setup, const struct la_conf_port *port,
		const struct la_conf_ranges *sources);
bool la_setup_make_load(struct la_setup *setup, const struct la_conf *conf);
/* Pools of a stack that opens connections; @p sends: text too. */
void la_setup_size_load(struct la_stack_params *params, uint64_t concurrent, bool sends);
/* The same for each of so many workers: they share what is open at once. */
void la_setup_share_load(struct la_setup *setup, const struct la_conf_load *conf,
		uint32_t workers);
/* The run that [load] describes. */
struct la_load_plan la_setup_plan(const struct la_conf_load *conf);

#endif
