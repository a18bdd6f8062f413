/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two stacks, one of which has the general path only, are given the same segments, times
 * and calls, all chosen by the octets, and must stay equal (support/fast_pair.h).
 */
#include "fast_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FRAMES_MAX = 4096 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct fast_case one = { .until = FAST_KINDS };
	static struct fast_tally tally;
	const struct fast_draw draw = { .data = data, .len = len };

	if (data != NULL && len > 0)
		fast_case_run(&one, &draw, FRAMES_MAX, &tally);
	return 0;
}
