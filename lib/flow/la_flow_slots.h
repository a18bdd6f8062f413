/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_FLOW_SLOTS_H
#define LA_FLOW_SLOTS_H

/** @file
 * Slots of a bucket, for lib/flow and for code that works on a whole burst: simple lookups and
 * insertions are inlined, all others are left to la_flow.h's functions.
 */
#include "la_flow.h"

/* The tag of a hash; never 0, which marks a free slot. */
static inline uint16_t
la_flow_tag(uint32_t hash)
{
	return (uint16_t)hash ? (uint16_t)hash : 1;
}

static inline uint32_t
la_flow_other(const struct la_flow *flow, uint32_t bucket, uint16_t tag)
{
	uint32_t sum = (uint32_t)((uint64_t)(tag * 0x9e3779b1u) * flow->buckets_len >> 32);

	return sum >= bucket ? sum - bucket : sum - bucket + flow->buckets_len;
}

/* The slots with this tag, one bit each; read them with la_flow_slot(). */
#if defined(__SSE2__)
typedef uint16_t la_flow_tags __attribute__((vector_size(16)));
typedef char la_flow_octets __attribute__((vector_size(16)));

static inline uint32_t
la_flow_match(const struct la_flow_bucket *bucket, uint16_t tag)
{
	la_flow_tags tags;

	memcpy(&tags, bucket->tag, sizeof(tags));
	return (uint32_t)__builtin_ia32_pmovmskb128((la_flow_octets)(tags == tag)) & 0x5555;
}

/* The first slot of a match that is not 0. */
static inline uint32_t
la_flow_slot(uint32_t match)
{
	return (uint32_t)__builtin_ctz(match) >> 1;
}
#else
/* Four tags as one number; in each 16-bit lane the top bit is set if they are equal. */
static inline uint64_t
la_flow_equal(const uint16_t *tags, uint16_t tag)
{
	const uint64_t low15 = 0x7fff7fff7fff7fff;
	uint64_t x;

	memcpy(&x, tags, sizeof(x));
	x ^= tag * 0x0001000100010001ull;
	return ~(((x & low15) + low15) | x | low15);
}

static inline uint64_t
la_flow_match(const struct la_flow_bucket *bucket, uint16_t tag)
{
	return la_flow_equal(bucket->tag, tag) >> 15 | la_flow_equal(bucket->tag + 4, tag) >> 14;
}

/* The first slot of a match that is not 0. */
static inline uint32_t
la_flow_slot(uint64_t match)
{
	uint32_t bit = (uint32_t)__builtin_ctzll(match);

	return bit >> 4 | (bit & 1) << 2;
}
#endif

/** From la_flow_guess(): the tuple may lie in its other bucket. */
#define LA_FLOW_UNSURE UINT32_MAX

/**
 * Look for a tuple that hashes to @p hash in its home bucket alone.
 *
 * @param home  la_flow_home() of the hash.
 * @return LA_FLOW_NONE: the tuple is not in the table. LA_FLOW_UNSURE: look it up. Else a handle,
 *         whose tuple must be compared; if it differs, look the tuple up.
 */
static inline uint32_t
la_flow_guess(const struct la_flow *flow, uint32_t home, uint32_t hash)
{
	const struct la_flow_bucket *bucket = &flow->buckets[home];
	const __typeof__(la_flow_match(bucket, 0)) match = la_flow_match(bucket, la_flow_tag(hash));

	if (match != 0)
		return bucket->handle[la_flow_slot(match)];
	return bucket->spilled != 0 ? LA_FLOW_UNSURE : LA_FLOW_NONE;
}

/** True if a tuple with this hash is certainly not in the table, and la_flow_insert_home()
 *  succeeds. */
static inline bool
la_flow_has_room(const struct la_flow *flow, uint32_t hash)
{
	const struct la_flow_bucket *bucket = &flow->buckets[la_flow_home(flow, hash)];

	return la_flow_match(bucket, la_flow_tag(hash)) == 0 && bucket->spilled == 0 &&
			la_flow_match(bucket, 0) != 0;
}

/** la_flow_insert() if the home bucket has a free slot; else false, and nothing is changed. */
static inline bool
la_flow_insert_home(struct la_flow *flow, uint32_t hash, uint32_t handle)
{
	struct la_flow_bucket *bucket = &flow->buckets[la_flow_home(flow, hash)];
	const __typeof__(la_flow_match(bucket, 0)) match = la_flow_match(bucket, 0);
	uint32_t slot;

	if (match == 0)
		return false;
	slot = la_flow_slot(match);
	bucket->tag[slot] = la_flow_tag(hash);
	bucket->handle[slot] = handle;
	flow->used++;
	flow->gen++;
	flow->added++;
	return true;
}

#endif
