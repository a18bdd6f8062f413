/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_ARENA_H
#define LA_ARENA_H

/** @file
 * One block of memory, divided up once at start. Run the code first without memory to measure how
 * much is needed, then again with a block of that size: the same code does both, so the two cannot
 * disagree.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct la_arena {
	uint8_t *base;          /**< NULL while only measuring. */
	size_t used;            /**< Octets given out so far. */
};

/** Blocks aligned to this many octets share no cache line, nor a pair of lines that is fetched
 *  together. */
enum { LA_APART = 128 };

/** Octets of the block, rounded up so that another block may follow directly. */
static inline size_t
la_arena_octets(const struct la_arena *arena)
{
	return (arena->used + LA_APART - 1) & ~(size_t)(LA_APART - 1);
}

/** Take @p len octets, aligned to 64. @return NULL while measuring. */
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
