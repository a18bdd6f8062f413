/* SPDX-License-Identifier: BSD-3-Clause */
/* Telemetry keys and help texts of the counters. */
#include "stack_private.h"

static const struct { const char *key, *help; } counts[LA_STACK_COUNTS] = {
#define X(name, key, help) [LA_COUNT_##name] = { #key, help },
#include "stack_events.def"
#undef X
};

const char *
la_stack_count_name(enum la_stack_count count)
{
	return count < LA_STACK_COUNTS ? counts[count].key : "?";
}

const char *
la_stack_count_help(enum la_stack_count count)
{
	return count < LA_STACK_COUNTS ? counts[count].help : "?";
}
