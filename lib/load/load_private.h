/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LOAD_PRIVATE_H
#define LA_LOAD_PRIVATE_H

/** @file
 * Shared by the files of the generator.
 */
#include "la_http_answer.h"
#include "la_load.h"
#include "la_schedule.h"
#include "ports.h"

/** Bits of la_load_conn.flags. */
enum {
	LA_CONN_LIVE = 0x02,            /**< A live connection; not counted. */
	LA_CONN_OPEN = 0x04,            /**< ESTABLISHED was reached. */
	LA_CONN_SUCCEEDED = 0x08,       /**< The exchange completed as wanted. */
	LA_CONN_FAILED = 0x10,          /**< `failure` is valid. */
	LA_CONN_UNTIMED = 0x20,         /**< Has no deadline. */
};

/** LA_LOAD_AHEAD tuples are chosen and prepared together (la_stack_prepare()), as many opens
 *  before the first of them is due: by then the data that they need is in the cache. */
enum { LA_LOAD_AHEAD = 8, LA_LOAD_RING = 2 * LA_LOAD_AHEAD };

/** A list of connections, by handle; LA_NONE: empty. */
struct la_load_queue {
	uint32_t first, last;
};

/** The generator's state of a connection, indexed by its handle. Times are microseconds
 *  modulo 2^32. */
struct la_load_conn {
	uint32_t start_us;
	uint32_t deadline_us;
	uint32_t previous, next;        /**< In its queue, if it is in one: see queue.c. */
	uint32_t acked;                 /**< Octets the peer has acknowledged. */
	uint32_t received;
	uint8_t flags;                  /**< LA_CONN_* */
	uint8_t failure;                /**< enum la_load_failure */
};

struct la_load {
	struct la_service service;      /**< First member: the stack passes a pointer to it. */
	struct la_load_params params;
	struct la_load_plan plan;
	struct la_stack *stack;
	struct la_load_conn *conns;     /**< By handle; connections + 1. */
	struct la_http_answer *answers; /**< By handle; http only. */
	struct la_http_known_head known_head;
	struct la_load_queue awaited;   /**< Connections with a deadline, sorted by deadline. */
	struct la_load_queue held;      /**< hold: established connections. */
	uint32_t open, live, live_open; /**< live_open: live connections that are ESTABLISHED. */
	uint32_t live_most;             /**< The most of live_open in this run. */
	uint64_t live_most_us;          /**< When live_most was reached. */
	struct la_ports ports;
	/** Tuples of the next opens, a ring; the last two, used in turn, are for live ones. */
	struct la_choice choice[LA_LOAD_RING + 2];
	struct la_stack_opening opening[LA_LOAD_RING + 2];
	uint32_t next_at, next_live;    /**< Next places in choice[]. */
	struct la_addr reached;         /**< A target whose next hop was known at reached_us. */
	uint64_t reached_us;
	struct la_schedule schedule;
	uint64_t began_us;              /**< Time of the schedule's 0. */
	uint64_t made;                  /**< Opens of the schedule that are done or failed. */
	uint64_t next_due_us;           /**< Since began_us. */
	uint64_t not_before_us;         /**< rate 0: after a failed open, no open before this. */
	bool refused;                   /**< hold: the last was refused; then open one at a time. */
	uint64_t total_us;              /**< Length of the schedule; UINT64_MAX: without end. */
	uint64_t end_seen_us;           /**< When a poll first saw that the time is over; or 0. */
	uint64_t in_use;                /**< Tuples tried that were in use or another worker's,
	                                     minus credit for free ones; see open.c. */
	uint32_t asked, resolve_at;     /**< Targets asked for; targets known. */
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
	LA_LOAD_OPEN_LATER,             /**< All tuples tried so far are in use: call again. */
	LA_LOAD_OPEN_FAILED,
};
/** Make one open. @p failure is written only if it failed. */
enum la_load_open_result la_load__open(struct la_load *load, uint64_t start_us, uint8_t flags,
		uint64_t now_us, enum la_load_failure *failure);
/** hold: the peer refused a connection. With rate 0, open one at a time until one succeeds. */
void la_load__refused(struct la_load *load, uint64_t now_us);
/** Make the opens that are due, in phases RAMP to RAMP_DOWN. */
void la_load__open_due(struct la_load *load, uint64_t now_us);

/* queue.c */
/** Give a connection that is in no queue a deadline, and add it to `awaited`. */
void la_load__await(struct la_load *load, uint32_t handle, uint64_t now_us);
/** Remove the deadline: move the connection to `held` or, if it is live, to no queue. */
void la_load__be_patient(struct la_load *load, uint32_t handle);
/** Remove a connection that has ended from its queue. */
void la_load__forget(struct la_load *load, uint32_t handle);
/** Abort connections whose deadline has passed, some in each poll. */
void la_load__give_up(struct la_load *load, uint64_t now_us);
/** Apply a new timeout: no deadline may be later than it allows. */
void la_load__cut_deadlines(struct la_load *load, uint64_t now_us);
/** CLOSE held connections, some in each poll. */
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
