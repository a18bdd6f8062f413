/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_COUNTER_H
#define LA_COUNTER_H

/** @file
 * A counter with one writer and any number of readers. The store is atomic and relaxed, so a reader
 * on another core never sees half a value, and the writer needs no lock and no bus-locked
 * instruction.
 */
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
	uint64_t value;
} la_counter;

/** Add; only the owning core may. */
static inline void
la_count_add(la_counter *c, uint64_t n)
{
	__atomic_store_n(&c->value, c->value + n, __ATOMIC_RELAXED);
}

/** Add one; only the owning core may. */
static inline void
la_count(la_counter *c)
{
	la_count_add(c, 1);
}

/** Subtract one (gauges); only the owning core may. */
static inline void
la_uncount(la_counter *c)
{
	la_count_add(c, UINT64_MAX);
}

/** Set (gauges); only the owning core may. */
static inline void
la_count_set(la_counter *c, uint64_t v)
{
	__atomic_store_n(&c->value, v, __ATOMIC_RELAXED);
}

/** Read; any core may. */
static inline uint64_t
la_count_read(const la_counter *c)
{
	return __atomic_load_n(&c->value, __ATOMIC_RELAXED);
}

#ifdef __cplusplus
}
#endif

#endif
