/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FLOW_PRIVATE_H
#define FLOW_PRIVATE_H

/** @file
 * What the files of lib/flow share: from hashes to buckets, from tags to slots.
 *
 * The high bits of a hash choose the home bucket, the low 16 are the tag. The
 * other bucket follows from a bucket and a tag alone, and leads back: both are
 * the two parts of a sum that the tag fixes. So a tuple can be moved without
 * being looked at. (A bucket may be its own other one; nothing breaks.)
 */
#include "la_flow.h"

/* The tag of a hash; never 0, which marks a free slot. */
static inline uint16_t
tag_of(uint32_t hash)
{
	return (uint16_t)hash ? (uint16_t)hash : 1;
}

static inline uint32_t
other_bucket(const struct la_flow *flow, uint32_t bucket, uint16_t tag)
{
	uint32_t sum = (uint32_t)((uint64_t)(tag * 0x9e3779b1u) * flow->buckets_len >> 32);

	return sum >= bucket ? sum - bucket : sum - bucket + flow->buckets_len;
}

/* Four tags as one number; in each 16-bit lane the top bit is set if they are equal. */
static inline uint64_t
equal_lanes(const uint16_t *tags, uint16_t tag)
{
	const uint64_t low15 = 0x7fff7fff7fff7fff;
	uint64_t x;

	memcpy(&x, tags, sizeof(x));
	x ^= tag * 0x0001000100010001ull;
	return ~(((x & low15) + low15) | x | low15);
}

/* The slots with this tag, one bit each; read them with slot_of(). */
static inline uint64_t
match_tags(const struct la_flow_bucket *bucket, uint16_t tag)
{
	return equal_lanes(bucket->tag, tag) >> 15 | equal_lanes(bucket->tag + 4, tag) >> 14;
}

/* The first slot of a match that is not 0. */
static inline uint32_t
slot_of(uint64_t match)
{
	uint32_t bit = (uint32_t)__builtin_ctzll(match);

	return bit >> 4 | (bit & 1) << 2;
}

static inline const struct la_tuple *
tuple_of(const struct la_flow *flow, uint32_t handle)
{
	const struct la_flow_objects *objects = &flow->objects[handle >> 31];

	return (const void *)(objects->base +
			(size_t)(handle & ~LA_FLOW_TIME_WAIT) * objects->stride);
}

/* Make a slot of bucket a or b free by moving tuples to their other buckets. */
bool flow_make_room(struct la_flow *flow, uint32_t a, uint32_t b);

#endif
