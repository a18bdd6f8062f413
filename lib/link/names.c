/* SPDX-License-Identifier: BSD-3-Clause */
/* Telemetry keys and help texts of the counters. */
#include "la_link_params.h"

static const struct { const char *key, *help; } counts[LA_LINK_COUNTS] = {
#define X(name, key, class, help) [LA_LINK_##name] = { #key, help },
#include "link_events.def"
#undef X
};

const char *
la_link_count_name(enum la_link_count count)
{
	return count < LA_LINK_COUNTS ? counts[count].key : "?";
}

const char *
la_link_count_help(enum la_link_count count)
{
	return count < LA_LINK_COUNTS ? counts[count].help : "?";
}
