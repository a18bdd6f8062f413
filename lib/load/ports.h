/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_PORTS_H
#define LA_PORTS_H

/** @file
 * Chooses the tuple of the next connection. Sources change fastest, then local ports,
 * from a random start: each pair of port and source is used once before any is used
 * again, and then with another target, if there are several.
 *
 * Connections that stay open, the live ones, get consecutive tuples: the held run,
 * which grows at its end. All other opens skip the whole run at once, so that no search
 * for a free tuple goes through it, however long it is.
 *
 * Each of several workers has its own tuples: by the local port, or those that the owner
 * function assigns to it. In the latter case the tuples of other workers are skipped.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_stack.h"

struct la_load_params;

/** A target. */
struct la_ports_at {
	uint32_t address, port;
};

/** A place in the order of all tuples. */
struct la_ports_place {
	uint64_t number;                /**< Tuples before it, counted from the start. */
	uint32_t source, port;
	struct la_ports_at at, round;   /**< The target; the first target of this round. */
};

struct la_ports {
	const uint16_t *sources;        /**< Numbers of our addresses; borrowed. */
	uint32_t sources_len;
	uint32_t port_first, port_last, step;
	uint64_t all;                   /**< Number of tuples, including other workers'. */
	struct la_owner owner;
	uint32_t passed_mean;           /**< Tuples examined on average to find an own one. */
	struct la_addr target;          /**< The first target. */
	uint32_t targets_len;
	uint32_t target_port_first, target_port_last;
	struct la_ports_place place;    /**< The next tuple. */
	struct la_ports_place held;     /**< The end of the held run. */
	uint64_t held_first, held_len;  /**< Number of its first tuple; its length. */
	struct la_ports_place ahead;    /**< After the last held choice, not yet in the run. */
	uint64_t ahead_len;             /**< Tuples examined for that choice. */
};

struct la_choice {
	uint16_t local, local_port;
	uint16_t remote_port;
	struct la_addr remote;
	uint64_t passed;                /**< Tuples passed for this choice, including itself. */
	bool found;                     /**< False: all of them belong to other workers. */
};

/** Start at params->seed. Workers never choose the same tuple. */
void la_ports__init(struct la_ports *ports, const struct la_load_params *params);

/** Choose this worker's next tuple outside the held run. The search is bounded: if nothing is
 *  found, call again. */
void la_ports__next(struct la_ports *ports, struct la_choice *choice);

/** Choose the next tuple for a connection that stays open. The next call adds the tuple to
 *  the held run. */
void la_ports__next_held(struct la_ports *ports, struct la_choice *choice);

/** Empty the held run: so few of its tuples are in use that to skip it costs more than it saves. */
void la_ports__forget_held(struct la_ports *ports);

/** Target number @p n, from 0, modulo the number of targets. */
struct la_addr la_ports__target(const struct la_ports *ports, uint32_t n);

#endif
