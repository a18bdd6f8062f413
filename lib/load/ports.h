/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_PORTS_H
#define LA_PORTS_H

/** @file
 * Which tuple the next connection is opened from and to. Sources turn fastest,
 * then local ports, from a random place on: all ports times sources come by before
 * one comes again, and then it goes to another target, if there are several.
 *
 * Connections that stay open, the live ones, are given tuples in a row: the held run,
 * which grows at its end. All others step over it at once, so that however long it is,
 * nobody searches through it for a free tuple.
 *
 * Of several workers each has tuples of its own: by the local port, or those that the
 * owner function says come back to it. Then the others' are passed over on the way.
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
	struct la_ports_at at, round;   /**< The target; where this round began. */
};

struct la_ports {
	const uint16_t *sources;        /**< Numbers of our addresses; borrowed. */
	uint32_t sources_len;
	uint32_t port_first, port_last, step;
	uint64_t all;                   /**< Tuples that there are, those passed over too. */
	struct la_owner owner;
	uint32_t passed_mean;           /**< Tuples looked at for one of its own. */
	struct la_addr target;          /**< The first. */
	uint32_t targets_len;
	uint32_t target_port_first, target_port_last;
	struct la_ports_place place;    /**< The next tuple. */
	struct la_ports_place held;     /**< The end of the held run. */
	uint64_t held_first, held_len;  /**< Number of its first tuple; its length. */
	struct la_ports_place ahead;    /**< Behind the last choice that it will take in, */
	uint64_t ahead_len;             /**< for which so many were looked at. */
};

struct la_choice {
	uint16_t local, local_port;
	uint16_t remote_port;
	struct la_addr remote;
	uint64_t passed;                /**< Tuples that it took, this one too. */
	bool found;                     /**< Else those were all of other workers'. */
};

/** From params->seed on. Workers never choose the same tuple. */
void la_ports__init(struct la_ports *ports, const struct la_load_params *params);

/** The next tuple that is this worker's, outside of the held run. Looks at so many and no
 *  more: ask again. */
void la_ports__next(struct la_ports *ports, struct la_choice *choice);

/** The next tuple for a connection that stays open. With the next call it is part of the
 *  held run. */
void la_ports__next_held(struct la_ports *ports, struct la_choice *choice);

/** So few are held that stepping over the run loses more than it saves: there is none. */
void la_ports__forget_held(struct la_ports *ports);

/** Target number @p n, from 0; modulo their number. */
struct la_addr la_ports__target(const struct la_ports *ports, uint32_t n);

#endif
