/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_REPLAY_NUMBERS_H
#define LA_REPLAY_NUMBERS_H

/*
 * What a client acknowledges in a capture are the numbers of the server it spoke to. Ours are
 * others. So SEG.ACK, SACK blocks and TSecr of what goes in are moved, for each connection, by
 * what lies between the two servers' SYN-ACKs. No ACK is left for more than we have sent: the
 * answers of the two may differ.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_rx.h"

struct la_replay_numbers;

/* NULL: no memory. */
struct la_replay_numbers *la_replay_numbers_make(void);
void la_replay_numbers_free(struct la_replay_numbers *numbers);

/* A segment that our stack sends, and one that the capture's server sent. False: no memory. */
bool la_replay_ours(struct la_replay_numbers *numbers, const struct la_rx *rx);
bool la_replay_theirs(struct la_replay_numbers *numbers, const struct la_rx *rx);

/*
 * A segment that goes in; if the capture has no SYN-ACK, the client's first ACK tells what it
 * had. Moves the numbers in the frame and makes its checksum right.
 *
 * @param frame, len  What rx was parsed from.
 * @return whether they were moved.
 */
bool la_replay_move(struct la_replay_numbers *numbers, const struct la_rx *rx, uint8_t *frame,
		uint32_t len);

/* ACKs that were for more than we had sent. */
uint64_t la_replay_held_back(const struct la_replay_numbers *numbers);

#endif
