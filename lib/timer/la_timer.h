/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TIMER_H
#define LA_TIMER_H

/** @file
 * Deadlines of many objects: a hashed timer wheel, one timer per object.
 *
 * A timer that is moved to a later time stays in its slot, and is put in the right slot when its
 * own is processed (lazy re-arming), so postponing a deadline on every segment costs one store. A
 * timer never fires early; it fires late by up to one tick, plus any delay by the budget of
 * la_timer_expire().
 *
 * A newly set timer first waits in a ring, the lobby, for one to two ticks, and is only then put
 * into a slot. Most connections end, or move their timer, before that: they touch no slot and no
 * neighbour in it.
 *
 * Objects are identified by handle and lie in one array (la_pool.h); each carries a struct la_timed
 * at the same offset.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_timed.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_TICK_SHIFT = 12,     /**< A tick is 4096 us. */
	LA_TIMER_SLOTS = 4096,  /**< Horizon of 16.8 s; later deadlines wrap. */
	LA_TIMER_LOBBY = 2048,  /**< Places of the lobby. */
};

struct la_timer_wheel {
	uint8_t *nodes;         /**< la_timed of handle h: nodes + h * stride. */
	uint32_t *slots;        /**< LA_TIMER_SLOTS list heads, then the lobby. */
	uint32_t stride;
	uint32_t now;           /**< Ticks, modulo 2^32; every slot before it is empty. */
	uint32_t first, end;    /**< Lobby: the oldest place in use and the next free one, modulo
	                             2^32. */
	uint32_t since_tick;    /**< Lobby: value of `end` when `now` reached its tick. */
	uint32_t armed;         /**< Objects linked, for tests and telemetry. */
};

/** Octets of memory for the slots and the lobby. */
size_t la_timer_memory(void);

/**
 * @param slots    la_timer_memory() octets, owned by the caller; cleared here.
 * @param objects  The objects' array: handle h lies at h * stride.
 * @param offset   Where the struct la_timed lies within an object.
 */
void la_timer_init(struct la_timer_wheel *wheel, uint32_t *slots, void *objects,
		uint32_t stride, uint32_t offset, uint64_t now_us);

/** Arm, or move, the timer of @p handle to fire at @p deadline_us. It must be less than 2^31 ticks
 *  (101 days) ahead; a time already past fires on the next call. */
void la_timer_set(struct la_timer_wheel *wheel, uint32_t handle, uint64_t deadline_us);

/** Disarm. Must be called before the object's memory is given back. */
void la_timer_cancel(struct la_timer_wheel *wheel, uint32_t handle);

/** True while the timer is armed. */
bool la_timer_is_set(const struct la_timer_wheel *wheel, uint32_t handle);

/** Microseconds until the timer fires, 0 if it is due or not armed. */
uint64_t la_timer_left_us(const struct la_timer_wheel *wheel, uint32_t handle, uint64_t now_us);

/**
 * Take up to @p max objects whose deadline has come, and disarm them. The work is bounded by max,
 * by the slots passed (each at most once, however far the clock jumps), by the lobby and by 4 * max
 * timers linked again; the rest is left to the next call. Timers of one tick come in no particular
 * order.
 *
 * @return the number of handles written to @p due.
 */
uint32_t la_timer_expire(struct la_timer_wheel *wheel, uint64_t now_us, uint32_t *due,
		uint32_t max);

#ifdef __cplusplus
}
#endif

#endif
