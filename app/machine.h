/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_MACHINE_H
#define LA_MACHINE_H

/* What a figure was measured on. */
#include <stdint.h>

struct la_machine {
	char cpu[128], kernel[128];
	uint32_t cpus;
	uint64_t memory_mib;
};

void la_machine_describe(struct la_machine *machine);

#endif
