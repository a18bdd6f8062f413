/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_TELEMETRY_H
#define LA_DPIO_TELEMETRY_H

/* Answers to /lastack/...: each fills in a dict, with d->lock held. */
#include "dpio_private.h"
#include "tel_compat.h"

enum { LA_ALL_WORKERS = -1 };

/* n is the parameter, or the preset if there is none. */
typedef void la_tel_answer(struct la_dpio *d, struct rte_tel_data *out, long n);

la_tel_answer la_tel_info, la_tel_ports, la_tel_throughput, la_tel_counters, la_tel_reasons,
		la_tel_states, la_tel_workers, la_tel_listeners, la_tel_cookies, la_tel_connections, la_tel_memory,
		la_tel_config, la_tel_load, la_tel_latency, la_tel_notes;

/* {"error": ...} */
void la_tel_error(struct rte_tel_data *out, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* Put row into out as number n. False, and row is gone, if there was no room. */
bool la_tel_row(struct rte_tel_data *out, uint32_t n, struct rte_tel_data *row);

/* A new dict, or NULL. */
struct rte_tel_data *la_tel_dict(void);

/* From now on the commands report on d. NULL: they report nothing. */
void la_dpio_telemetry(struct la_dpio *d);

#endif
