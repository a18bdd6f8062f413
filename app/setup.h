/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SETUP_H
#define LA_SETUP_H

/* What the configuration means to a stack. */
#include <stdbool.h>

#include "la_conf.h"
#include "la_stack.h"

/* Parameters and what they point to. */
struct la_setup {
	struct la_stack_params params;
	struct la_stack_range *ranges;
	struct la_stack_listener *listeners;
};

/*
 * conf must have been finished without errors, and live as long as setup does.
 * Secret, MAC and offload are left for others to fill in. False: no memory.
 */
bool la_setup_make(struct la_setup *setup, const struct la_conf *conf);
void la_setup_free(struct la_setup *setup);

#endif
