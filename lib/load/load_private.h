/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LOAD_PRIVATE_H
#define LA_LOAD_PRIVATE_H

/** @file
 * What the files of the generator share.
 */
#include "la_http_answer.h"
#include "la_load.h"
#include "la_schedule.h"
#include "ports.h"

/** Bits of la_load_conn.flags. */
enum {
	LA_CONN_LIVE = 0x02,            /**< Held beside; not counted. */
	LA_CONN_OPEN = 0x04,            /**< ESTABLISHED was reached. */
	LA_CONN_SUCCEEDED = 0x08,       /**< The exchange completed as wanted. */
	LA_CONN_FAILED = 0x10,          /**< `failure` holds. */
	LA_CONN_UNTIMED = 0x20,         /**< Has no deadline. */
};

/** Tuples are chosen and prepared so many together (la_stack_prepare()), and as many opens
 *  before the first of them is due: by then what they touch is in the cache. */
enum { LA_LOAD_AHEAD = 8, LA_LOAD_RING = 2 * LA_LOAD_AHEAD };

/** Connections in a row, by handle; LA_NONE: empty. */
struct la_load_queue {
	uint32_t first, last;
};

/** What is kept for a connection; its place is the connection's handle. Times are
 *  microseconds modulo 2^32. */
struct la_load_conn {
	uint32_t start_us;
	uint32_t deadline_us;
	uint32_t previous, next;        /**< In the queue it is in, if any: see queue.c. */
	uint32_t acked;                 /**< Octets the peer has acknowledged. */
	uint32_t received;
	uint8_t flags;                  /**< LA_CONN_* */
	uint8_t failure;                /**< enum la_load_failure */
};

struct la_load {
	struct la_service service;      /**< First: the stack gives this back. */
	struct la_load_params params;
	struct la_load_plan plan;
	struct la_stack *stack;
	struct la_load_conn *conns;     /**< By handle; connections + 1. */
	struct la_http_answer *answers; /**< By handle; http only. */
	struct la_http_known_head known_head;
	struct la_load_queue awaited;   /**< Those with a deadline, in its order. */
	struct la_load_queue held;      /**< hold: those that were opened. */
	uint32_t open, live, live_open; /**< live_open: those ESTABLISHED. */
	uint32_t live_most;             /**< The most of them in this run, */
	uint64_t live_most_us;          /**< and when the last of those was opened. */
	struct la_ports ports;
	/** Tuples of the next opens, a ring; behind it two by turns for live ones. */
	struct la_choice choice[LA_LOAD_RING + 2];
	struct la_stack_opening opening[LA_LOAD_RING + 2];
	uint32_t next_at, next_live;    /**< Places. */
	struct la_addr reached;         /**< A target that had a neighbour at reached_us. */
	uint64_t reached_us;
	struct la_schedule schedule;
	uint64_t began_us;              /**< Of the clock; when the schedule's 0 was. */
	uint64_t made;                  /**< Opens taken off the schedule. */
	uint64_t next_due_us;           /**< Since began_us. */
	uint64_t not_before_us;         /**< rate 0: after an open that failed, wait till then. */
	bool refused;                   /**< hold: the last one was; then one at a time. */
	uint64_t total_us;              /**< Length of the schedule; UINT64_MAX: without end. */
	uint64_t end_seen_us;           /**< When a poll first saw that the time is over; or 0. */
	uint64_t in_use;                /**< Tuples tried that were in use or another
	                                     worker's, less those that were not; see open.c. */
	uint32_t asked, resolve_at;     /**< Targets asked for; those that are known. */
	struct la_load_counters counters;
	struct la_histogram times[LA_LOAD_TIMES];
};

extern const struct la_service_ops la_load__ops;

static inline struct la_load *
la_load__of(struct la_service *service)
{
	return (struct la_load *)service;
}

/* open.c */
/** Choose the first tuples. */
void la_load__choose_first(struct la_load *load);
enum la_load_open_result {
	LA_LOAD_OPEN_MADE,              /**< A SYN is owed. */
	LA_LOAD_OPEN_LATER,             /**< Only tuples in use so far: ask again. */
	LA_LOAD_OPEN_FAILED,
};
/** One more open. @p failure is written if it failed, and only then. */
enum la_load_open_result la_load__open(struct la_load *load, uint64_t start_us, uint8_t flags,
		uint64_t now_us, enum la_load_failure *failure);
/** hold: the peer did not want one. With rate 0 the next ones wait till one is wanted. */
void la_load__refused(struct la_load *load, uint64_t now_us);
/** Open what is due; phase RAMP to RAMP_DOWN. */
void la_load__open_due(struct la_load *load, uint64_t now_us);

/* queue.c */
/** From now on a connection, which is in no queue, has a deadline. */
void la_load__await(struct la_load *load, uint32_t handle, uint64_t now_us);
/** It has none any more: it is held, or if it is live, in no queue. */
void la_load__be_patient(struct la_load *load, uint32_t handle);
/** It has ended: take it out of the queue it is in. */
void la_load__forget(struct la_load *load, uint32_t handle);
/** Abort those whose deadline has passed, some at each poll. */
void la_load__give_up(struct la_load *load, uint64_t now_us);
/** The timeout is another one from now on: no deadline is later than that allows. */
void la_load__cut_deadlines(struct la_load *load, uint64_t now_us);
/** CLOSE what is held, some at each poll. */
void la_load__close_held(struct la_load *load, uint64_t now_us);

static inline void
la_load__fail(struct la_load *load, enum la_load_failure failure)
{
	la_count(&load->counters.failed[failure]);
}

static inline enum la_load_phase
la_load__phase(const struct la_load *load)
{
	return (enum la_load_phase)load->counters.phase.value;
}

#endif
