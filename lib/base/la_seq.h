/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SEQ_H
#define LA_SEQ_H

/** @file
 * Sequence number arithmetic modulo 2^32 (RFC 9293, 3.4).
 *
 * The comparisons are right only for numbers less than 2^31 apart, which holds within any window
 * TCP can offer (RFC 7323, 2.3).
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline bool
la_seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool
la_seq_leq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

static inline bool
la_seq_gt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static inline bool
la_seq_geq(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) >= 0;
}

/** True when nxt <= seq < nxt + wnd; an empty window holds nothing. */
static inline bool
la_seq_in_window(uint32_t seq, uint32_t nxt, uint32_t wnd)
{
	return seq - nxt < wnd;
}

#ifdef __cplusplus
}
#endif

#endif
