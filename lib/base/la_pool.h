/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_POOL_H
#define LA_POOL_H

/** @file
 * Fixed-size objects in one array, identified by 32-bit handles.
 *
 * Handle 0 is no object; objects are 1 to `size`. The free objects form a last-in first-out list
 * through their own first four octets, so the next object taken is the one most recently in the
 * cache. Objects never taken are not on the list (they lie above `fresh`), so setting up a pool
 * touches none of its memory.
 *
 * The memory belongs to the caller. One core uses a pool.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LA_NONE 0u              /**< The handle of no object. */

struct la_pool {
	uint8_t *objects;       /**< Object of handle h lies at h * stride. */
	uint32_t stride;        /**< Octets from one object to the next. */
	uint32_t size;          /**< Number of objects. */
	uint32_t used;          /**< Objects taken. */
	uint32_t fresh;         /**< Highest handle ever taken. */
	uint32_t free;          /**< Head of the free list, or LA_NONE. */
};

/** Octets of memory for @p size objects of @p stride octets. */
static inline size_t
la_pool_memory(uint32_t size, uint32_t stride)
{
	return ((size_t)size + 1) * stride;
}

/**
 * @param mem     la_pool_memory() octets, aligned for the objects; need not be zeroed.
 * @param stride  At least 4 and a multiple of the objects' alignment.
 * @param size    At most 2^31 - 1.
 */
static inline void
la_pool_init(struct la_pool *pool, void *mem, uint32_t size, uint32_t stride)
{
	assert(stride >= sizeof(uint32_t) && size <= INT32_MAX);
	memset(pool, 0, sizeof(*pool));
	pool->objects = (uint8_t *)mem;
	pool->stride = stride;
	pool->size = size;
}

/** The object of a handle that la_pool_take() gave. */
static inline void *
la_pool_get(const struct la_pool *pool, uint32_t handle)
{
	assert(handle != LA_NONE && handle <= pool->size);
	return pool->objects + (size_t)handle * pool->stride;
}

/** The handle of an object of this pool. */
static inline uint32_t
la_pool_handle(const struct la_pool *pool, const void *object)
{
	return (uint32_t)((size_t)((const uint8_t *)object - pool->objects) / pool->stride);
}

/** Take an object, its content undefined; LA_NONE when all are in use. */
static inline uint32_t
la_pool_take(struct la_pool *pool)
{
	uint32_t handle = pool->free;

	if (handle != LA_NONE)
		memcpy(&pool->free, la_pool_get(pool, handle), sizeof(pool->free));
	else if (pool->fresh < pool->size)
		handle = ++pool->fresh;
	else
		return LA_NONE;
	pool->used++;
	return handle;
}

/** Give an object back; its handle is then invalid. */
static inline void
la_pool_give(struct la_pool *pool, uint32_t handle)
{
	assert(pool->used > 0);
	memcpy(la_pool_get(pool, handle), &pool->free, sizeof(pool->free));
	pool->free = handle;
	pool->used--;
}

/** Objects that la_pool_take() can still give. */
static inline uint32_t
la_pool_left(const struct la_pool *pool)
{
	return pool->size - pool->used;
}

#ifdef __cplusplus
}
#endif

#endif
