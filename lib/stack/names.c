/* SPDX-License-Identifier: BSD-3-Clause */
/* Telemetry keys and help texts of the counters. */
#include "stack_private.h"

static const struct { const char *key, *help; enum la_class class; } counts[LA_STACK_COUNTS] = {
#define X(name, key, class, help) [LA_COUNT_##name] = { #key, help, LA_CLASS_##class },
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

enum la_class
la_stack_count_class(enum la_stack_count count)
{
	return counts[count].class;
}
