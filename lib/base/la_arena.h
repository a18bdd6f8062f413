/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_ARENA_H
#define LA_ARENA_H

/** @file
 * One block of memory dealt out once, at start. Run it first with no memory to
 * learn how much is needed, then again over a block of that size: the same
 * code does both, so the two cannot disagree.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct la_arena {
	uint8_t *base;          /**< NULL while only measuring. */
	size_t used;            /**< Octets dealt out so far. */
};

/** Blocks that begin at multiples of so many octets share no cache line, nor one that is
 *  fetched along with its neighbour. */
enum { LA_APART = 128 };

/** Octets of the block, filled up so that another one may follow at once. */
static inline size_t
la_arena_octets(const struct la_arena *arena)
{
	return (arena->used + LA_APART - 1) & ~(size_t)(LA_APART - 1);
}

/** @p len octets on a boundary of 64, or NULL while measuring. */
static inline void *
la_arena_take(struct la_arena *arena, size_t len)
{
	size_t at = (arena->used + 63) & ~(size_t)63;

	arena->used = at + len;
	return arena->base ? arena->base + at : NULL;
}

#ifdef __cplusplus
}
#endif

#endif
