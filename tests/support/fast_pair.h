/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_FAST_PAIR_H
#define LA_TEST_FAST_PAIR_H

/** @file
 * Two stacks of the same parameters, but that one has the general path only. All that is
 * done is done to both, and after each call both must be equal: what came back, the frames
 * sent, counters, blocks, timers, records, queue and limits. The first difference is
 * printed, with the frames that led to it, and ends the program.
 */
#include "fast_script.h"
#include "la_stack.h"

enum {
	FAST_LISTENERS_MAX = 16,
	FAST_SCRIPTS_MAX = 8,
	FAST_OPENINGS = 16,
	FAST_SENT_MAX = 320,            /**< Frames of one call. */
	FAST_ROOM = 9100,
	FAST_SENT_OCTETS = FAST_SENT_MAX * FAST_ROOM,
};

/** Frames of one call, one behind the other. */
struct fast_sent {
	struct {
		uint32_t at, len;
		uint16_t tci;
		bool tcp;
	} frame[FAST_SENT_MAX];
	uint32_t frames, octets_len;
	uint8_t octets[FAST_SENT_OCTETS];
};

/** One of the two. */
struct fast_end {
	struct la_stack *stack;
	struct la_stack_listener listeners[FAST_LISTENERS_MAX];
	struct fast_script scripts[FAST_SCRIPTS_MAX];
	void *memory;                   /**< NULL at first, then kept for all cases. */
	size_t octets;
	uint32_t frames_free;           /**< frame() gives so many more. */
	uint8_t dirt;                   /**< What lies in the room before it is written. */
	uint8_t room[FAST_ROOM];
	uint8_t *given;                 /**< The room given last: this one, or a frame's own. */
	uint32_t in_place;              /**< Answers of a burst written into their frame. */
	const struct la_frame *burst;   /**< NULL: no answer may be written into its frame. */
	struct fast_sent sent;
	struct la_stack_opening openings[FAST_OPENINGS];
};

struct fast_pair {
	struct fast_end fast, general;
	uint64_t now_us;
	/** Whether the order in which timers of one tick are due must be the same, too: it
	 *  follows from the links of the wheel, which the paths may make differently. */
	bool timers_in_order;
	uint64_t compared;              /**< Comparisons so far. */
	/** The burst of the last call, for what is printed. */
	const struct la_frame *frames;
	uint32_t frames_len;
	const char *call;               /**< The last call's name. */
	/** Print where this is, or NULL. */
	void (*where)(const void *user);
	const void *user;
};

/**
 * Make both stacks.
 *
 * @param pair     Zeroed before the first time; `now_us` and `timers_in_order` set.
 * @param params   Copied. A listener with neither service nor instance gets a script of
 *                 its own: of kind `group`, which acts as @p acts says.
 */
void fast_pair_start(struct fast_pair *pair, const struct la_stack_params *params,
		const struct fast_script_act acts[FAST_SCRIPT_ACTS]);
/** The last comparison, of everything. */
void fast_pair_end(struct fast_pair *pair);

/** Frames that frame() gives from now on. */
void fast_pair_frames_free(struct fast_pair *pair, uint32_t frames);

/* The calls of la_stack.h. What was sent is in general.sent until the next call. */
void fast_pair_link_up(struct fast_pair *pair);
/** The octets of the frames may be written. */
void fast_pair_receive(struct fast_pair *pair, const struct la_frame *frames, uint32_t n);
void fast_pair_advance(struct fast_pair *pair, uint32_t budget);
void fast_pair_output(struct fast_pair *pair);
uint32_t fast_pair_connect(struct fast_pair *pair, const struct la_tuple *tuple,
		uint16_t listener);
/** Prepare the first @p n OPENs that fast_pair_connect_prepared() may make. */
void fast_pair_prepare(struct fast_pair *pair, const struct la_tuple *tuples, uint32_t n);
uint32_t fast_pair_connect_prepared(struct fast_pair *pair, uint32_t i, uint16_t listener);
void fast_pair_act(struct fast_pair *pair, uint32_t handle, const struct fast_script_act *act);
void fast_pair_end_one(struct fast_pair *pair, uint32_t handle, bool abort);
void fast_pair_drain(struct fast_pair *pair);
void fast_pair_abort_all(struct fast_pair *pair);
void fast_pair_cookie_keys(struct fast_pair *pair, const struct la_key key[2]);

/** A count of what the fast path took. */
struct fast_pair_taken {
	const char *kind;
	uint64_t count;
};

/** What the fast path of the first stack took, by kind. @return how many kinds were written;
 *  0 while the stack does not count them. */
uint32_t fast_pair_taken(const struct fast_pair *pair, struct fast_pair_taken *taken,
		uint32_t max);

/** Print what differs and end the program. */
__attribute__((noreturn, format(printf, 2, 3)))
void fast_pair_differs(const struct fast_pair *pair, const char *format, ...);

/** Compare all that may differ; @p whole: also what is long and seldom changes. */
void fast_pair_compare(const struct fast_pair *pair, bool whole);

#endif
