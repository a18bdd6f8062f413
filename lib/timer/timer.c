/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wheel. A timer lies in the slot of the deadline it had when linked, which is at or before its
 * present deadline, or in the furthest slot if that was beyond the horizon. The slot of `now` is
 * emptied from its head: due timers are returned, others are linked again further on. No position
 * is kept between calls, so any timer may be set or cancelled in between.
 *
 * The lobby holds handles in the order in which they were set; a place whose timer was cancelled or
 * moved to an early time is LA_NONE. Timers that are there when a tick begins are linked by the end
 * of the next tick, and timers that are due sooner never go there.
 */
#include "la_timer.h"

#include <string.h>

#include "la_pool.h"

enum {
	LAST_SLOT = LA_TIMER_SLOTS - 1,         /* Furthest slot ahead for a timer. */
	TICK_US = 1 << LA_TICK_SHIFT,
};

/* In la_timed.prev: the first timer of a slot, whose number is in the low bits. Numbers from
 * LA_TIMER_SLOTS on are places of the lobby. */
#define FIRST 0x80000000u
#define IN_LOBBY (FIRST | LA_TIMER_SLOTS)

enum {
	LOBBY_MASK = LA_TIMER_LOBBY - 1,
	SOON = 4,               /* In ticks: a timer due sooner is linked at once. */
	LEAVE_AT_ONCE = 64,     /* Most timers that leave a full lobby at once. */
};

size_t
la_timer_memory(void)
{
	return (LA_TIMER_SLOTS + LA_TIMER_LOBBY) * sizeof(uint32_t);
}

void
la_timer_init(struct la_timer_wheel *wheel, uint32_t *slots, void *objects, uint32_t stride,
		uint32_t offset, uint64_t now_us)
{
	memset(slots, 0, la_timer_memory());
	*wheel = (struct la_timer_wheel){
		.nodes = (uint8_t *)objects + offset,
		.slots = slots,
		.stride = stride,
		.now = (uint32_t)(now_us >> LA_TICK_SHIFT),
	};
}

static inline struct la_timed *
node_of(const struct la_timer_wheel *wheel, uint32_t handle)
{
	return (void *)(wheel->nodes + (size_t)handle * wheel->stride);
}

/* Ticks from a to b, negative if b is before a. */
static inline int32_t
ticks_between(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a);
}

static inline void
link_node(struct la_timer_wheel *wheel, uint32_t handle, struct la_timed *node)
{
	int32_t ahead = ticks_between(wheel->now, node->deadline);
	uint32_t slot, first;

	if (ahead < 0)
		ahead = 0;
	else if (ahead > LAST_SLOT)
		ahead = LAST_SLOT;
	slot = (wheel->now + (uint32_t)ahead) & LAST_SLOT;
	first = wheel->slots[slot];
	node->prev = FIRST | slot;
	node->next = first;
	if (first != LA_NONE)
		node_of(wheel, first)->prev = handle;
	wheel->slots[slot] = handle;
}

static inline void
unlink_node(struct la_timer_wheel *wheel, struct la_timed *node)
{
	if (node->prev & FIRST)
		wheel->slots[node->prev & ~FIRST] = node->next;
	else
		node_of(wheel, node->prev)->next = node->next;
	if (node->next != LA_NONE)
		node_of(wheel, node->next)->prev = node->prev;
	node->prev = 0;
}

static inline bool
is_in_lobby(const struct la_timed *node)
{
	return node->prev >= IN_LOBBY;
}

/* The place of the lobby that holds a timer. */
static inline uint32_t *
place_of(const struct la_timer_wheel *wheel, const struct la_timed *node)
{
	return &wheel->slots[node->prev & ~FIRST];
}

/* Link the timers in the lobby up to place @p to, but no more than @p max places. */
static void
leave_lobby(struct la_timer_wheel *wheel, uint32_t to, uint32_t max)
{
	for (; (int32_t)(to - wheel->first) > 0 && max > 0; max--) {
		const uint32_t at = LA_TIMER_SLOTS + (wheel->first++ & LOBBY_MASK);
		const uint32_t handle = wheel->slots[at];

		if (handle != LA_NONE)
			link_node(wheel, handle, node_of(wheel, handle));
	}
}

static void
disarm_node(struct la_timer_wheel *wheel, struct la_timed *node)
{
	if (!is_in_lobby(node)) {
		unlink_node(wheel, node);
		return;
	}
	*place_of(wheel, node) = LA_NONE;
	node->prev = 0;
}

static void
arm_node(struct la_timer_wheel *wheel, uint32_t handle, struct la_timed *node)
{
	uint32_t at;

	if (ticks_between(wheel->now, node->deadline) < SOON) {
		link_node(wheel, handle, node);
		return;
	}
	if (wheel->end - wheel->first == LA_TIMER_LOBBY)
		leave_lobby(wheel, wheel->end, LEAVE_AT_ONCE);
	at = LA_TIMER_SLOTS + (wheel->end++ & LOBBY_MASK);
	wheel->slots[at] = handle;
	node->prev = FIRST | at;
}

void
la_timer_set(struct la_timer_wheel *wheel, uint32_t handle, uint64_t deadline_us)
{
	struct la_timed *node = node_of(wheel, handle);
	/* Rounded up: a timer is never early. */
	uint32_t deadline = (uint32_t)((deadline_us + TICK_US - 1) >> LA_TICK_SHIFT);
	uint32_t before = node->deadline;

	node->deadline = deadline;
	if (node->prev == 0) {
		wheel->armed++;
	} else {
		/* Later: its slot is processed in time to link it again. A timer leaves the lobby
		 * in time unless it is due soon. */
		if (ticks_between(before, deadline) >= 0 || (is_in_lobby(node) &&
				ticks_between(wheel->now, deadline) >= SOON))
			return;
		disarm_node(wheel, node);
	}
	arm_node(wheel, handle, node);
}

void
la_timer_cancel(struct la_timer_wheel *wheel, uint32_t handle)
{
	struct la_timed *node = node_of(wheel, handle);

	if (node->prev == 0)
		return;
	disarm_node(wheel, node);
	wheel->armed--;
}

bool
la_timer_is_set(const struct la_timer_wheel *wheel, uint32_t handle)
{
	return node_of(wheel, handle)->prev != 0;
}

uint64_t
la_timer_left_us(const struct la_timer_wheel *wheel, uint32_t handle, uint64_t now_us)
{
	const struct la_timed *node = node_of(wheel, handle);
	int32_t left = ticks_between((uint32_t)(now_us >> LA_TICK_SHIFT), node->deadline);

	if (node->prev == 0 || left <= 0)
		return 0;
	return (uint64_t)left * TICK_US - now_us % TICK_US;
}

uint32_t
la_timer_expire(struct la_timer_wheel *wheel, uint64_t now_us, uint32_t *due, uint32_t max)
{
	const uint32_t now = (uint32_t)(now_us >> LA_TICK_SHIFT);
	uint64_t relinks = 4 * (uint64_t)max;
	uint32_t n = 0, handle;

	if (wheel->now != now) {
		/* After more than one tick all leave, else those there at the last tick. */
		leave_lobby(wheel, ticks_between(wheel->now, now) == 1 ? wheel->since_tick :
				wheel->end, LA_TIMER_LOBBY);
		wheel->since_tick = wheel->end;
	}
	/* After a long pause the last LA_TIMER_SLOTS ticks cover every slot once. */
	if (ticks_between(wheel->now, now) > LAST_SLOT)
		wheel->now = now - LAST_SLOT;
	for (;; wheel->now++) {
		while ((handle = wheel->slots[wheel->now & LAST_SLOT]) != LA_NONE) {
			struct la_timed *node = node_of(wheel, handle);

			if (ticks_between(node->deadline, now) >= 0) {
				if (n == max)
					return n;
				unlink_node(wheel, node);
				wheel->armed--;
				due[n++] = handle;
			} else {
				if (relinks-- == 0)
					return n;
				unlink_node(wheel, node);
				link_node(wheel, handle, node);
			}
		}
		/* Do not pass `now`: a caller's clock that stands still must not move it. */
		if (ticks_between(wheel->now, now) <= 0)
			return n;
	}
}
