/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TCP_HELD_H
#define LA_TCP_HELD_H

/** @file
 * Text that waits behind a hole. The handle of its first chunk identifies a run.
 */
#include "tcp_private.h"

/** Most runs of one connection: more holes than any usable path makes. */
enum { LA_HELD_RUNS = 64 };

/**
 * The last run that starts at or before @p seq; LA_NONE if there is none.
 * @param steps  Written: how many runs were skipped, at most LA_HELD_RUNS.
 */
uint32_t la_held__find(const struct la_tcp_env *env, const struct la_tcp_ext *ext, uint32_t seq,
		uint32_t *steps);

/** Hold the part of the segment's text that is not held yet, if need be in place of another
 *  connection's (LA_EV_EVICTED). @return false if some of it could not be held. */
bool la_held__add(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_seg *seg, uint64_t now_us, struct la_tcp_out *out);

/** Chunks that one connection may take of those that are left. */
uint32_t la_held__share(const struct la_tcp_env *env);

/** A hole was filled, and another one is left. */
void la_held__progress(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint64_t now_us);

/** Free the first chunk; there must be one. */
void la_held__drop_first(const struct la_tcp_env *env, struct la_tcp_ext *ext);

#endif
