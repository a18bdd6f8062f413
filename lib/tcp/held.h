/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TCP_HELD_H
#define LA_TCP_HELD_H

/** @file
 * Text that waits behind a hole. A run is named by the handle of its first chunk.
 */
#include "tcp_private.h"

/** Runs of one connection: more holes than any path makes that a stream gets on by. */
enum { LA_HELD_RUNS = 64 };

/**
 * The last run that starts at or before @p seq; LA_NONE if there is none.
 * @param steps  Written: how many runs were passed over, at most LA_HELD_RUNS.
 */
uint32_t la_held__find(const struct la_tcp_env *env, const struct la_tcp_ext *ext, uint32_t seq,
		uint32_t *steps);

/** Hold what of the segment's text is not held yet, in the place of another connection's if need
 *  be (LA_EV_EVICTED). @return false if not all of it could be. */
bool la_held__add(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_seg *seg, uint64_t now_us, struct la_tcp_out *out);

/** Chunks that one connection may have of those that are left. */
uint32_t la_held__share(const struct la_tcp_env *env);

/** A hole was filled, and there is another. */
void la_held__progress(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint64_t now_us);

/** Forget the first chunk; there is one. */
void la_held__drop_first(const struct la_tcp_env *env, struct la_tcp_ext *ext);

#endif
