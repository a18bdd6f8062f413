/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_PORTS_H
#define LA_PORTS_H

/** @file
 * Which tuple the next connection is opened from and to. Sources turn fastest,
 * then local ports, from a random place on: all ports times sources come by before
 * one comes again, and then it goes to another target, if there are several.
 *
 * Everybody who wants a tuple comes here, so this is where a port that spreads
 * flows over queues may say which ports come back to this core.
 */
#include <stdint.h>

#include "la_addr.h"

struct la_load_params;

struct la_ports {
	const uint16_t *sources;        /**< Numbers of our addresses; borrowed. */
	uint32_t sources_len, source;
	uint32_t port_first, port_last, port, step;
	uint64_t all;                   /**< Tuples that there are. */
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
};

/** From params->seed on. Workers never choose the same tuple. */
void la_ports_init(struct la_ports *ports, const struct la_load_params *params);

void la_ports_next(struct la_ports *ports, struct la_choice *choice);

/** Target number @p n, from 0; modulo their number. */
struct la_addr la_ports_target(const struct la_ports *ports, uint32_t n);

#endif
