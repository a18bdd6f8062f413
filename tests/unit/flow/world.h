/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WORLD_H
#define WORLD_H

/** @file
 * A flow table with objects to point to, as a stack has them.
 */
#include "la_flow.h"

/** As large as a control block. */
struct tcb {
	struct la_tuple tuple;
	uint8_t rest[42];
};

/** As large as a TIME-WAIT record. */
struct record {
	struct la_tuple tuple;
	uint8_t rest[18];
};

struct world {
	struct la_flow flow;
	struct tcb *tcbs;               /**< Handles 1 to size. */
	struct record *records;         /**< The same, with LA_FLOW_TIME_WAIT. */
	uint32_t size;
};

uint64_t draw(uint64_t *seed);

/** Tuple number @p i: they differ in one field or another, in both families. */
struct la_tuple tuple_number(uint32_t i);

/** A table for @p flows flows, and @p size objects of each kind with tuples 1 to size. */
struct world world_make(uint32_t flows, uint32_t size, uint64_t seed);
void world_free(struct world *world);

uint32_t hash_of(const struct world *world, uint32_t i);

/** Assert that all the table says of itself is so: used, spilled, guests, no flow twice. */
void world_check(const struct world *world);

#endif
