/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SOAK_LINK_H
#define SOAK_LINK_H

/** @file
 * A link between two stacks in simulated time that loses, reorders, duplicates and corrupts
 * frames. What it does follows from a seed.
 */
#include <stdbool.h>
#include <stdint.h>

enum { LINK_FRAME_MAX = 1536, LINK_SLOT_US = 32, LINK_SLOTS = 4096 };

/** Chances are in 2^16ths. */
struct link_chances {
	uint32_t lose, duplicate, delay, corrupt;       /**< delay: reordering. */
	uint32_t delay_us;              /**< One way. */
	uint32_t late_us;               /**< Most that a delayed frame comes late. */
};

struct link_counts {
	uint64_t frames, lost, duplicated, delayed, corrupted;
};

/** A frame under way, or room for one. */
struct link_frame {
	uint32_t next;
	uint32_t len;
	uint8_t octets[LINK_FRAME_MAX];
};

struct link_slot {
	uint32_t first, last;           /**< Frames in the order in which they were sent. */
};

struct link {
	struct link_chances chances;
	struct link_counts counts;
	uint64_t random;
	struct link_frame *frames;
	uint32_t idle;                  /**< A list of frames; 0 is none. */
	uint32_t under_way;
	uint64_t slot;                  /**< The next to be looked at, by time. */
	uint64_t busy[LINK_SLOTS / 64]; /**< A bit for each slot that has frames. */
	struct link_slot slots[2][LINK_SLOTS];  /**< By the side that frames go to. */
};

/** A number below @p n. */
uint32_t soak_draw(uint64_t *random, uint32_t n);

/** @p link is zeroed, and used for one batch after another. */
void link_make(struct link *link, uint32_t frames);
void link_begin(struct link *link, const struct link_chances *chances, uint64_t seed,
		uint64_t now_us);
/** Room for a frame; NULL: too many are under way. */
struct link_frame *link_take(struct link *link);
void link_give(struct link *link, struct link_frame *frame);
/** The frame, or nothing, arrives at side @p to some time later. */
void link_send(struct link *link, unsigned int to, struct link_frame *frame, uint64_t now_us);
/** When the next frame arrives; UINT64_MAX: none is under way. */
uint64_t link_due_us(const struct link *link);
/** What has arrived at side @p to by now: a list. */
uint32_t link_arrived(struct link *link, unsigned int to, uint64_t now_us);
/** Both sides have taken what arrived. */
void link_advance(struct link *link, uint64_t now_us);

#endif
