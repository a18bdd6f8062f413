/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_MEMORY_H
#define LA_DPIO_MEMORY_H

/* A stack's memory: zeroed, touched, in huge pages where the kernel has them. */
#include <stddef.h>
#include <stdint.h>

/* Called on the core that will use it. NULL if there is none. */
void *la_memory_map(size_t len);
void la_memory_unmap(void *memory, size_t len);

/* Octets that can still be had without swapping; UINT64_MAX if nobody knows. */
uint64_t la_memory_available(void);

#endif
