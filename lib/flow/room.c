/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Make room for a tuple whose two buckets are full: a breadth-first search finds the shortest chain
 * of moves that ends in a bucket with a free slot. At the table's design load, one move is nearly
 * always enough; the bound is for a table filled beyond it.
 */
#include "flow_private.h"

enum { STEPS_MAX = 32, ROOT = 0xff };

/* A full bucket, and the slot of the parent's bucket whose tuple could come here. */
struct step {
	uint32_t bucket;
	uint8_t parent;
	uint8_t slot;
};

/* Move a tuple to its other bucket, which has a free slot. */
static void
move_tuple(struct la_flow *flow, uint32_t from, uint32_t slot, uint32_t to)
{
	struct la_flow_bucket *src = &flow->buckets[from], *dst = &flow->buckets[to];
	uint32_t free_slot = la_flow_slot(la_flow_match(dst, 0));

	dst->tag[free_slot] = src->tag[slot];
	dst->handle[free_slot] = src->handle[slot];
	if (src->guests >> slot & 1) {
		src->guests &= ~(1u << slot);
		dst->spilled--;         /* The tuple returns to its home bucket. */
	} else {
		dst->guests |= 1u << free_slot;
		src->spilled++;
	}
	src->tag[slot] = 0;
	src->handle[slot] = LA_FLOW_NONE;
}

/* Make the moves from the end of the chain back to its root. No bucket is in a chain twice: the
 * search would have ended at the earlier one. */
static void
move_row(struct la_flow *flow, const struct step *steps, uint8_t at, uint32_t slot, uint32_t to)
{
	for (;;) {
		move_tuple(flow, steps[at].bucket, slot, to);
		if (steps[at].parent == ROOT)
			return;
		to = steps[at].bucket;
		slot = steps[at].slot;
		at = steps[at].parent;
	}
}

bool
la_flow__make_room(struct la_flow *flow, uint32_t a, uint32_t b)
{
	struct step steps[STEPS_MAX] = { { a, ROOT, 0 }, { b, ROOT, 0 } };
	uint8_t n = 2;

	for (uint8_t at = 0; at < n; at++) {
		const struct la_flow_bucket *bucket = &flow->buckets[steps[at].bucket];

		for (uint8_t slot = 0; slot < LA_FLOW_SLOTS; slot++) {
			uint32_t to = la_flow_other(flow, steps[at].bucket, bucket->tag[slot]);

			if (la_flow_match(&flow->buckets[to], 0) != 0) {
				move_row(flow, steps, at, slot, to);
				return true;
			}
			if (n < STEPS_MAX)
				steps[n++] = (struct step){ to, at, slot };
		}
	}
	return false;
}
