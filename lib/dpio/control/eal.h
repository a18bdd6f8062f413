/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_EAL_H
#define LA_DPIO_EAL_H

#include <sched.h>

/* The processors that this process may use and that have no lcore; if there are none, the
 * main lcore's. */
void la_eal__spare_cpus(cpu_set_t *cpus);

#endif
