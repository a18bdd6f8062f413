/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "cpus.h"

#include <sched.h>
#include <stdio.h>

static uint32_t
cpus_allowed(int list[CPU_SETSIZE])
{
	cpu_set_t set;
	uint32_t n = 0;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &set))
			list[n++] = cpu;
	}
	if (n == 0)
		list[n++] = 0;
	return n;
}

void
la_cpus_choose(struct la_cpus *cpus, uint32_t workers)
{
	int list[CPU_SETSIZE];
	const uint32_t n = cpus_allowed(list);
	size_t used;

	*cpus = (struct la_cpus){ .used = workers < n ? workers : n, .shared = workers > n };
	used = (size_t)snprintf(cpus->lcores, sizeof(cpus->lcores), "0@%d", list[0]);
	for (uint32_t i = 0; i < workers && used < sizeof(cpus->lcores) - 16; i++)
		used += (size_t)snprintf(cpus->lcores + used, sizeof(cpus->lcores) - used, ",%u@%d",
				i + 1, list[i % n]);
}
