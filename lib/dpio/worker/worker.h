/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_WORKER_H
#define LA_DPIO_WORKER_H

/*
 * A worker: one core, one queue of the port, one stack. It shares nothing with
 * other workers; the control thread reads its counters and posts mail.
 */
#include <sched.h>
#include <stddef.h>

#include "clock.h"
#include "emit.h"
#include "la_arena.h"
#include "la_load.h"
#include "mailbox.h"
#include "owner.h"

/* What a worker counts beside its stack. */
struct la_worker_counters {
	la_counter polls;
	la_counter bursts;              /* Polls that received something. */
	la_counter busy_cycles;         /* Of polls that received or sent. */
	la_counter longest_cycles;      /* Of one poll. */
	la_counter rx_packets, rx_octets;
	la_counter rx_multi_segment;
	la_counter shared;              /* Control frames heard of from other workers. */
	la_counter share_missed;        /* Those that one of the others had no room for. */
};

/* What others give to a worker. */
struct la_shared {
	struct rte_ring *link;          /* ARP, Neighbour Discovery, MLD; NULL: alone. */
	struct rte_ring *errors;        /* Of ICMP. */
};

enum la_worker_phase { LA_WORKER_OFF, LA_WORKER_READY, LA_WORKER_FAILED, LA_WORKER_GO };

struct la_worker {
	struct la_tx tx;
	struct la_stack *stack;
	struct la_load *load;           /* NULL: this worker only serves. */
	uint16_t port, queue, burst;
	uint16_t rx_queue;              /* The one that is polled next, */
	uint16_t rx_step, rx_queues;    /* of so many; only where they are more than workers. */
	uint64_t rx_flags;              /* Of mbufs: those that count. */
	bool yield;
	uint32_t empty_polls;           /* In a row. */
	struct la_clock clock;
	uint64_t housekeeping_tsc;
	struct la_worker_counters counters;
	struct la_worker *all;          /* The port's workers, this one too. */
	uint32_t workers;

	/* Written by the control thread. */
	struct la_mailbox mail __rte_aligned(LA_APART);
	struct la_shared shared;        /* Frames that other workers give. */
	_Atomic int phase;              /* enum la_worker_phase */
	_Atomic bool quit;
	_Atomic uint64_t touched;       /* Octets of its memory, so far. */

	/* Set before the worker starts. */
	uint32_t lcore, number;
	struct la_tuple_owner owner;    /* Of a tuple, among the workers. */
	struct la_stack_params params;
	bool has_load;
	struct la_load_params load_params;
	struct la_stack_listener load_listener;
	void *memory, *load_memory;
	size_t memory_len, load_memory_len;
	cpu_set_t spare_cpus;           /* Where it may let its memory be touched, beside its own. */
} __rte_aligned(LA_APART);

/* Workers lie side by side: no line is written by two of them, nor by one and by who
 * posts its mail. */
_Static_assert(sizeof(struct la_worker) % LA_APART == 0 &&
		offsetof(struct la_worker, mail) % LA_APART == 0 &&
		offsetof(struct la_worker, mail) > offsetof(struct la_worker, counters),
		"who writes what is apart");

/* Now, for what runs on a worker's core outside of a poll. */
static inline uint64_t
la_worker__now_us(const struct la_worker *w)
{
	return la_clock__now_us(&w->clock);
}

#endif
