/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_REPLAY_STACK_H
#define LA_REPLAY_STACK_H

/* A stack that a capture is played to: its clock is the capture's. */
#include <stdbool.h>

#include "la_stack.h"
#include "replay_file.h"
#include "replay_numbers.h"

struct la_replay {
	struct la_stack *stack;
	struct la_replay_in *in;
	struct la_replay_out *out;
	struct la_replay_numbers *numbers;
	struct la_stack_range *ranges;  /* Ours: frames from these are the capture's server's. */
	uint32_t ranges_len;
	bool trust_checksums;
	uint64_t now_us;                /* The stack's. */
	uint64_t last_us;               /* Of the last frame, since the first. */
	uint64_t frames, given, theirs, cut, sent;
	bool out_of_memory;
	void *memory;
	uint8_t room[LA_REPLAY_FRAME_MAX];
};

/* False: no memory, or the parameters make no stack. params' MAC is the caller's to set. */
bool la_replay_init(struct la_replay *r, struct la_stack_params *params);
void la_replay_end(struct la_replay *r);

/* Play all of it, and a second more. False: error says why. */
bool la_replay_run(struct la_replay *r, char error[LA_REPLAY_ERROR_MAX]);

/* Whether an address is in one of the ranges. */
bool la_replay_has(const struct la_stack_range *ranges, uint32_t n, const struct la_addr *address);

#endif
