/* SPDX-License-Identifier: BSD-3-Clause */
/* Telemetry keys, help texts and classes of the reasons in rx_reasons.def. */
#include "la_rx.h"

static const struct { const char *key, *help; enum la_class class; } reasons[LA_RX_REASONS] = {
#define X(name, key, class, help) [LA_##name] = { #key, help, LA_CLASS_##class },
#include "rx_reasons.def"
#undef X
};

const char *
la_rx_reason_name(enum la_rx_reason reason)
{
	return reasons[reason].key;
}

const char *
la_rx_reason_help(enum la_rx_reason reason)
{
	return reasons[reason].help;
}

enum la_class
la_rx_reason_class(enum la_rx_reason reason)
{
	return reasons[reason].class;
}
