/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* "model name : AMD EPYC ..." is how x86 says it; others say it in other words, or not. */
static void
read_cpu(char *cpu, size_t len)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(cpu, len, "unknown");
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *value = strchr(line, ':');

		if (value == NULL || strncmp(line, "model name", 10) != 0)
			continue;
		snprintf(cpu, len, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
		break;
	}
	fclose(file);
}

void
la_machine_describe(struct la_machine *m)
{
	struct utsname system;

	read_cpu(m->cpu, sizeof(m->cpu));
	m->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	m->memory_mib = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) >> 20;
	snprintf(m->kernel, sizeof(m->kernel), "%.120s", uname(&system) == 0 ? system.release : "");
}
