/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_TELEMETRY_H
#define LA_DPIO_TELEMETRY_H

/* Answers to /lastack/...: each fills in a dict, with d->lock held. */
#include "dpio_private.h"
#include "tel_compat.h"

enum { LA_ALL_WORKERS = -1 };

/* n is the parameter, or the preset if there is none. */
typedef void la_tel_answer(struct la_dpio *d, struct rte_tel_data *out, long n);

la_tel_answer la_tel__info, la_tel__ports, la_tel__throughput, la_tel__counters, la_tel__reasons,
		la_tel__states, la_tel__workers, la_tel__listeners, la_tel__cookies,
		la_tel__connections, la_tel__memory,
		la_tel__config, la_tel__load, la_tel__latency, la_tel__notes;

/* {"error": ...} */
void la_tel__error(struct rte_tel_data *out, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* Put row into out as number n. False, and row is gone, if there was no room. */
bool la_tel__row(struct rte_tel_data *out, uint32_t n, struct rte_tel_data *row);

/* A new dict, or NULL. */
struct rte_tel_data *la_tel__dict(void);

/* From now on the commands report on d. NULL: they report nothing. */
void la_dpio__telemetry(struct la_dpio *d);

#endif
