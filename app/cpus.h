/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CPUS_H
#define LA_CPUS_H

/* Which cores a bench runs on. */
#include <stdbool.h>
#include <stdint.h>

struct la_cpus {
	uint32_t used;                  /* Cores that have a worker. */
	bool shared;                    /* A core has more than one. */
	char lcores[512];               /* For --lcores: lcore 0, and one for each worker. */
};

/* The cores this process may use, dealt out to @p workers; the main lcore sits beside
 * the first worker. */
void la_cpus_choose(struct la_cpus *cpus, uint32_t workers);

#endif
