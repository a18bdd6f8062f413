/* SPDX-License-Identifier: BSD-3-Clause */
/* The flow table: look up, add, remove. */
#include "flow_private.h"

/* More buckets than the load needs: a small table is filled less evenly. */
enum { SPARE_BUCKETS = 8 };

/* Labels of the keys derived from the secret, different from those of its other users: "flow". */
#define KEY_LABEL 0x666c6f7700000000u

static uint32_t
buckets_for(uint32_t flows)
{
	return (uint32_t)(((uint64_t)flows * 11 + 63) / 64) + SPARE_BUCKETS;
}

size_t
la_flow_memory(uint32_t flows)
{
	return (size_t)buckets_for(flows) * sizeof(struct la_flow_bucket);
}

void
la_flow_init(struct la_flow *flow, void *buckets, uint32_t flows, const struct la_key *secret,
		struct la_flow_objects tcbs, struct la_flow_objects time_waits)
{
	uint32_t mapped;

	memset(buckets, 0, la_flow_memory(flows));
	*flow = (struct la_flow){
		.buckets = buckets,
		.buckets_len = buckets_for(flows),
		.objects = { tcbs, time_waits },
	};
	for (uint64_t i = 0; i <= LA_FLOW_HASH_WORDS; i++)
		flow->key[i] = la_key_derive(secret, KEY_LABEL + i).k[0];
	/* The first twelve octets of an IPv4 address are 0 and ffff. */
	memcpy(&mapped, la_addr_v4(0).b + 8, sizeof(mapped));
	flow->sum_v4 = flow->key[LA_FLOW_HASH_WORDS] + flow->key[2] * mapped;
}

static inline uint32_t
find_in_bucket(const struct la_flow *flow, uint32_t bucket, const struct la_tuple *tuple,
		uint16_t tag)
{
	const struct la_flow_bucket *b = &flow->buckets[bucket];

	for (uint64_t match = la_flow_match(b, tag); match != 0; match &= match - 1) {
		uint32_t handle = b->handle[la_flow_slot(match)];

		if (la_tuple_eq(tuple_of(flow, handle), tuple))
			return handle;
	}
	return LA_FLOW_NONE;
}

static inline uint32_t
look_up(const struct la_flow *flow, const struct la_tuple *tuple, uint32_t hash)
{
	uint32_t home = la_flow_home(flow, hash);
	uint32_t handle = find_in_bucket(flow, home, tuple, la_flow_tag(hash));

	if (handle != LA_FLOW_NONE || flow->buckets[home].spilled == 0)
		return handle;
	return find_in_bucket(flow, la_flow_other(flow, home, la_flow_tag(hash)), tuple,
			la_flow_tag(hash));
}

uint32_t
la_flow_lookup(const struct la_flow *flow, const struct la_tuple *tuple, uint32_t hash)
{
	return look_up(flow, tuple, hash);
}

/* Load what look_up() will touch beyond the home bucket. */
static inline void
prefetch_object(const struct la_flow *flow, uint32_t hash)
{
	uint32_t home = la_flow_home(flow, hash);
	const struct la_flow_bucket *bucket = &flow->buckets[home];
	uint64_t match = la_flow_match(bucket, la_flow_tag(hash));

	if (match != 0)
		__builtin_prefetch(tuple_of(flow, bucket->handle[la_flow_slot(match)]));
	else if (bucket->spilled != 0)
		__builtin_prefetch(&flow->buckets[la_flow_other(flow, home, la_flow_tag(hash))]);
}

void
la_flow_lookup_bulk(const struct la_flow *flow, const struct la_tuple *tuple,
		const uint32_t *hash, uint32_t *handle, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		la_flow_prefetch(flow, hash[i]);
	for (uint32_t i = 0; i < n; i++)
		prefetch_object(flow, hash[i]);
	for (uint32_t i = 0; i < n; i++)
		handle[i] = look_up(flow, &tuple[i], hash[i]);
}

/* Put a flow in a free slot of a bucket, if there is one. */
static bool
put_in_slot(struct la_flow *flow, uint32_t bucket, uint16_t tag, uint32_t handle, bool guest)
{
	struct la_flow_bucket *b = &flow->buckets[bucket];
	uint64_t match = la_flow_match(b, 0);
	uint32_t slot;

	if (match == 0)
		return false;
	slot = la_flow_slot(match);
	b->tag[slot] = tag;
	b->handle[slot] = handle;
	b->guests |= (uint32_t)guest << slot;
	flow->used++;
	flow->gen++;
	flow->added++;
	return true;
}

bool
la_flow_insert(struct la_flow *flow, uint32_t hash, uint32_t handle)
{
	uint16_t tag = la_flow_tag(hash);
	uint32_t home = la_flow_home(flow, hash), other;

	if (put_in_slot(flow, home, tag, handle, false))
		return true;
	other = la_flow_other(flow, home, tag);
	if (la_flow_match(&flow->buckets[other], 0) == 0) {
		if (!la_flow__make_room(flow, home, other))
			return false;
		if (put_in_slot(flow, home, tag, handle, false))
			return true;
	}
	flow->buckets[home].spilled++;
	return put_in_slot(flow, other, tag, handle, true);
}

/* Where a flow lies. */
struct place {
	struct la_flow_bucket *home, *bucket;
	uint32_t slot;
};

/* The slot of a handle, or LA_FLOW_SLOTS. Free slots hold LA_FLOW_NONE. */
static uint32_t
slot_of_handle(const struct la_flow_bucket *bucket, uint32_t handle)
{
	uint32_t slot = 0;

	while (slot < LA_FLOW_SLOTS && bucket->handle[slot] != handle)
		slot++;
	return slot;
}

/* Inlined: a call would double its cost. */
static inline __attribute__((always_inline)) bool
find_place(struct la_flow *flow, uint32_t hash, uint32_t handle, struct place *place)
{
	uint32_t home = la_flow_home(flow, hash);

	if (handle == LA_FLOW_NONE)
		return false;
	place->home = place->bucket = &flow->buckets[home];
	place->slot = slot_of_handle(place->bucket, handle);
	if (place->slot == LA_FLOW_SLOTS && place->home->spilled != 0) {
		place->bucket = &flow->buckets[la_flow_other(flow, home, la_flow_tag(hash))];
		place->slot = slot_of_handle(place->bucket, handle);
	}
	return place->slot < LA_FLOW_SLOTS;
}

bool
la_flow_remove(struct la_flow *flow, uint32_t hash, uint32_t handle)
{
	struct place place;

	if (!find_place(flow, hash, handle, &place))
		return false;
	place.bucket->tag[place.slot] = 0;
	place.bucket->handle[place.slot] = LA_FLOW_NONE;
	if (place.bucket->guests >> place.slot & 1) {
		place.bucket->guests &= ~(1u << place.slot);
		place.home->spilled--;
	}
	flow->used--;
	flow->gen++;
	return true;
}

bool
la_flow_replace(struct la_flow *flow, uint32_t hash, uint32_t from, uint32_t to)
{
	struct place place;

	if (!find_place(flow, hash, from, &place))
		return false;
	place.bucket->handle[place.slot] = to;
	flow->gen++;
	return true;
}
