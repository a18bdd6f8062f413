/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_PORTS_H
#define LA_PORTS_H

/** @file
 * Which tuple the next connection is opened from and to. Sources turn fastest,
 * then local ports, from a random place on: all ports times sources come by before
 * one comes again, and then it goes to another target, if there are several.
 *
 * Of several workers each has tuples of its own: by the local port, or those that the
 * owner function says come back to it. Then the others' are passed over on the way.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_stack.h"

struct la_load_params;

struct la_ports {
	const uint16_t *sources;        /**< Numbers of our addresses; borrowed. */
	uint32_t sources_len, source;
	uint32_t port_first, port_last, port, step;
	uint64_t all;                   /**< Tuples that there are, those passed over too. */
	struct la_owner owner;
	uint32_t passed_mean;           /**< Tuples looked at for one of its own. */
	struct la_addr target;          /**< The first. */
	uint32_t targets_len;
	uint32_t target_port_first, target_port_last;
	struct la_ports_at {
		uint32_t address, port;
	} at, round;                    /**< The next target; where this round began. */
};

struct la_choice {
	uint16_t local, local_port;
	uint16_t remote_port;
	struct la_addr remote;
	uint32_t passed;                /**< Tuples that it took, this one too. */
	bool found;                     /**< Else those were all of other workers'. */
};

/** From params->seed on. Workers never choose the same tuple. */
void la_ports_init(struct la_ports *ports, const struct la_load_params *params);

/** The next tuple that is this worker's. Looks at so many and no more: ask again. */
void la_ports_next(struct la_ports *ports, struct la_choice *choice);

/** Target number @p n, from 0; modulo their number. */
struct la_addr la_ports_target(const struct la_ports *ports, uint32_t n);

#endif
