/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_PRIVATE_H
#define FLOW_PRIVATE_H

/** @file
 * What the files of lib/flow share: hashes to buckets, tags to slots.
 *
 * The high bits of a hash choose the home bucket, the low 16 are the tag. A bucket and a tag alone
 * give the other bucket, and that one leads back: the two bucket numbers add up to a sum that the
 * tag gives. So a tuple can be moved without reading it. (A bucket may be its own other bucket;
 * that does no harm.)
 */
#include "la_flow_slots.h"

static inline const struct la_tuple *
tuple_of(const struct la_flow *flow, uint32_t handle)
{
	const struct la_flow_objects *objects = &flow->objects[handle >> 31];

	return (const void *)(objects->base +
			(size_t)(handle & ~LA_FLOW_TIME_WAIT) * objects->stride);
}

/* Make a slot of bucket a or b free by moving tuples to their other buckets. */
bool la_flow__make_room(struct la_flow *flow, uint32_t a, uint32_t b);

#endif
