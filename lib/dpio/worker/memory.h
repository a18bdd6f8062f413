/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_MEMORY_H
#define LA_DPIO_MEMORY_H

/* A stack's memory: zeroed, touched, in transparent huge pages where the kernel has them. */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who touches memory beside the caller: so many threads, on these processors. */
struct la_memory_helpers {
	uint32_t threads;
	cpu_set_t cpus;
};

/*
 * Called on the core that will use it: pages lie on the NUMA node of who touches them first.
 *
 * @param helpers  NULL: none. A little memory is touched by the caller alone.
 * @param touched  Octets touched are added, for others to read meanwhile. May be NULL.
 * @return NULL if there is none.
 */
void *la_memory__map(size_t len, const struct la_memory_helpers *helpers,
		_Atomic uint64_t *touched);
void la_memory__unmap(void *memory, size_t len);

/* Of @p cpus those on the caller's NUMA node; if the system does not tell, all. */
void la_memory__near(cpu_set_t *cpus);

/* Octets that can still be had without swapping; UINT64_MAX if nobody knows. */
uint64_t la_memory__available(void);

/* A piece of memory. */
struct la_memory_range {
	const void *at;
	size_t len;
};

/* Octets of the ranges that lie in transparent huge pages, as /proc/self/smaps has it. */
uint64_t la_memory__huge(const struct la_memory_range *ranges, uint32_t ranges_len);

/* Why that is less than all, and the cure. @p enabled is the kernel's setting as it stands in
 * its file ("always [madvise] never"); NULL: there is no such file. */
const char *la_memory__huge_cure(const char *enabled);

/* The kernel's setting, read into text; NULL if there is no such file. */
const char *la_memory__huge_setting(char *text, size_t text_len);

#endif
