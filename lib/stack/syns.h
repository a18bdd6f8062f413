/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_SYNS_H
#define LA_STACK_SYNS_H

/** @file
 * Notes of SYNs that were answered by a cookie lately (struct la_syn_seen), and what they tell
 * about an ACK.
 */
#include "stack_private.h"

/** @return the SYN of the handshake that this ACK belongs to, if one is certainly unfinished, and
 *  write @p n; else NULL. */
const struct la_syn_seen *la_stack__syn_of(const struct la_stack *stack, const struct la_rx *rx,
		uint32_t hash, uint64_t now_us, struct la_tcp_negotiated *n);
/** Whether the ACK acknowledges the cookie that answered this SYN; @p n is written if so. */
bool la_stack__syn_acked(const struct la_stack *stack, const struct la_syn_seen *seen,
		const struct la_rx *rx, uint64_t now_us, struct la_tcp_negotiated *n);
/** Whether the ACK can open the connection of this SYN; @p first is written if so. */
bool la_stack__syn_opens(const struct la_stack *stack, const struct la_syn_seen *seen,
		const struct la_rx *rx, struct la_seg *first);
/** Whether an ACK of no connection and no known handshake may still belong to a handshake. */
bool la_stack__may_be_under_way(struct la_stack *stack, const struct la_rx *rx, uint32_t hash,
		uint64_t now_us);

/** The time of losses of notes, in units of 2^16 us. */
static inline uint32_t
la_stack__syn_clock(uint64_t now_us)
{
	return (uint32_t)(now_us >> 16);
}

/** Make a note of a SYN that gets a cookie. @p hash: of its tuple. */
static inline void
la_stack__note_syn(struct la_stack *stack, uint32_t hash, struct la_syn_seen syn, uint64_t now_us)
{
	struct la_syn_seen *seen = &stack->syns_seen[hash % LA_SYNS_SEEN];

	/* Even a SYN of the same tuple may be forged, while the peer is in its handshake. */
	if (seen->options != 0 && ((seen->hash ^ hash) | (seen->isn ^ syn.isn)) != 0)
		stack->syns_lost[hash % LA_SYNS_SEEN] = la_stack__syn_clock(now_us);
	seen->hash = hash;
	seen->isn = syn.isn;
	seen->tsval = syn.tsval;
	seen->options = syn.options | LA_SYN_PENDING;
	seen->wscale = syn.wscale;
}

/** A connection of the tuple was made: mark its note as opened. */
static inline void
la_stack__syn_opened(struct la_stack *stack, uint32_t hash)
{
	struct la_syn_seen *seen = &stack->syns_seen[hash % LA_SYNS_SEEN];

	if (seen->hash == hash)
		seen->options = 0;
}

#endif
