/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_FLOW_H
#define LA_FLOW_H

/** @file
 * The flow table: from a tuple to the 32-bit handle of its object.
 *
 * A bucket is one cache line of eight slots, each a 16-bit tag and a handle. A tuple may lie in one
 * of two buckets; a bucket counts those of its tuples that had to go to their second bucket, so a
 * lookup reads the second bucket only if that count is not zero. The tuples themselves stay in the
 * objects: every object starts with its struct la_tuple. A handle's top bit says which of two
 * arrays of objects it is in (control blocks and TIME-WAIT records).
 *
 * The hash is multilinear with secret 64-bit multipliers (Lemire and Kaser, 2014: strongly
 * universal), so that no outsider can aim at one bucket.
 *
 * One core uses a table. The memory belongs to the caller; nothing is allocated later.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_siphash.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LA_FLOW_NONE 0u                 /**< No such flow. */
#define LA_FLOW_TIME_WAIT 0x80000000u   /**< The handle is in the second array. */

enum { LA_FLOW_SLOTS = 8, LA_FLOW_HASH_WORDS = 6 };

struct la_flow_bucket {
	uint16_t tag[LA_FLOW_SLOTS];    /**< 0: the slot is free. */
	uint32_t handle[LA_FLOW_SLOTS];
	uint32_t spilled;               /**< Tuples that belong here but lie in their other
	                                     bucket. */
	uint32_t guests;                /**< Bit n: slot n holds a tuple of another bucket. */
	uint32_t reserved[2];
} __attribute__((aligned(64)));

static_assert(sizeof(struct la_flow_bucket) == 64, "a bucket is one cache line");

/** Where the objects of one kind of handle lie: object h at h * stride. */
struct la_flow_objects {
	uint8_t *base;
	uint32_t stride;
};

struct la_flow {
	struct la_flow_bucket *buckets;
	uint32_t buckets_len;           /**< Any number: 11 octets per flow at every size. */
	uint32_t used;                  /**< Flows in the table. */
	uint32_t gen;                   /**< Changes when a flow is added, removed or moved. */
	uint32_t added;                 /**< Changes when a flow is added. */
	struct la_flow_objects objects[2];      /**< [1]: with LA_FLOW_TIME_WAIT. */
	uint64_t key[LA_FLOW_HASH_WORDS + 1];
	uint64_t sum_v4;                /**< Start of the hash of every IPv4 tuple. */
};

/** Octets of memory for a table that holds @p flows flows without fail: at a load of 8/11 that is
 *  11 octets per flow and some 500 more. */
size_t la_flow_memory(uint32_t flows);

/**
 * @param buckets  la_flow_memory() octets, aligned to 64; cleared here.
 * @param secret   The hash's key is derived from it.
 */
void la_flow_init(struct la_flow *flow, void *buckets, uint32_t flows,
		const struct la_key *secret, struct la_flow_objects tcbs,
		struct la_flow_objects time_waits);

/** The tuple's keyed hash. */
uint32_t la_flow_hash(const struct la_flow *flow, const struct la_tuple *tuple);

/** The same for a tuple known to be IPv4, whose `local` is given separately. */
static inline uint32_t
la_flow_hash_v4(const struct la_flow *flow, const struct la_tuple *tuple, uint32_t local)
{
	const uint64_t *key = flow->key;
	const uint32_t ports = (uint32_t)tuple->local_port << 16 | tuple->remote_port;
	uint32_t remote;

	memcpy(&remote, tuple->remote.b + 12, sizeof(remote));
	return (uint32_t)((flow->sum_v4 + key[3] * remote + key[4] * ports +
			key[5] * local) >> 32);
}

/** The home bucket of a hash: its high bits choose, so any number of buckets is possible. */
static inline uint32_t
la_flow_home(const struct la_flow *flow, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * flow->buckets_len >> 32);
}

/** Start loading the bucket of a hash into the cache. */
static inline void
la_flow_prefetch(const struct la_flow *flow, uint32_t hash)
{
	__builtin_prefetch(&flow->buckets[la_flow_home(flow, hash)]);
}

/** The same for a bucket that is already known. */
static inline void
la_flow_prefetch_home(const struct la_flow *flow, uint32_t home)
{
	__builtin_prefetch(&flow->buckets[home]);
}

/** Number of slots. */
static inline size_t
la_flow_slots(const struct la_flow *flow)
{
	return (size_t)flow->buckets_len * LA_FLOW_SLOTS;
}

/** Find a tuple; LA_FLOW_NONE if it is not in the table. */
uint32_t la_flow_lookup(const struct la_flow *flow, const struct la_tuple *tuple, uint32_t hash);

/**
 * Find @p n tuples at once: prefetch the buckets, then the objects, then compare, so that the cache
 * misses overlap.
 *
 * @param handle  Written: n handles or LA_FLOW_NONE. They are valid until flow->gen changes.
 */
void la_flow_lookup_bulk(const struct la_flow *flow, const struct la_tuple *tuple,
		const uint32_t *hash, uint32_t *handle, uint32_t n);

/**
 * Add a flow whose tuple is not in the table yet. The object must already
 * hold the tuple.
 *
 * @return false if no slot could be freed within a bounded search.
 */
bool la_flow_insert(struct la_flow *flow, uint32_t hash, uint32_t handle);

/** Remove a flow; false if it was not in the table. */
bool la_flow_remove(struct la_flow *flow, uint32_t hash, uint32_t handle);

/** Put @p to, an object with the same tuple, into the slot of @p from. */
bool la_flow_replace(struct la_flow *flow, uint32_t hash, uint32_t from, uint32_t to);

#ifdef __cplusplus
}
#endif

#endif
