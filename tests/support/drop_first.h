/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DROP_FIRST_H
#define DROP_FIRST_H

/*
 * For link_emulator: which frame is the first of its kind in its TCP connection,
 * so that, say, the last ACK of each handshake can be lost, and that alone.
 *
 * A connection is known from its SYN on. Memory is fixed: in a full set of places
 * the connection that began first is forgotten, and loses nothing from then on.
 */
#include <stdbool.h>
#include <stdint.h>

enum drop_kind {
	DROP_NOTHING, DROP_SYN, DROP_SYN_ACK, DROP_PURE_ACK, DROP_DATA, DROP_FIN, DROP_RST,
	DROP_KINDS,
};

struct drop_first {
	enum drop_kind kind;
	uint32_t each;                  /* How many a connection loses, at least 1. */
	struct drop_place *places;
	uint64_t connections;           /* SYNs seen, those sent again left out. */
	uint64_t dropped, forgotten;
};

/* KIND or KIND:N, as in pure-ack:2. False: it is neither. */
bool drop_first_parse(struct drop_first *d, const char *text);

/* False: no memory. */
bool drop_first_start(struct drop_first *d);
void drop_first_end(struct drop_first *d);

/* Whether this frame is to be lost. To be asked for each frame of one direction. */
bool drop_first_takes(struct drop_first *d, const uint8_t *frame, uint32_t len);

#endif
