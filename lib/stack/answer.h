/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_ANSWER_H
#define LA_ANSWER_H

/** @file
 * Where an answer goes: what way.h says, of a stack.
 */
#include "stack_private.h"

/* way.c */
void la_stack_ways_init(struct la_stack *stack);
void la_stack_way_changed(struct la_stack *stack, const struct la_addr *address);
uint64_t la_stack_near_way(struct la_stack *stack, const struct la_addr *remote,
		const void *from, enum la_way_to to, uint64_t now_us);
void la_stack_ways_look(struct la_stack *stack, const struct la_frame *frame, uint64_t now_us);
void la_stack_ways_tick(struct la_stack *stack, uint64_t now_us);

/* neighbour.c */
struct la_neighbour *la_stack_neighbour(const struct la_stack *stack,
		const struct la_addr *address);
struct la_neighbour *la_stack_neighbour_proven(struct la_stack *stack,
		const struct la_addr *address, const struct la_mac *mac, uint64_t now_us);
void la_stack_neighbour_seen(struct la_neighbour *neighbour, const struct la_mac *mac,
		bool proven, uint64_t now_us);
void la_stack_neighbour_ask_once(struct la_stack *stack, const struct la_addr *address,
		uint64_t now_us);
void la_stack_no_gateway(struct la_stack *stack, const struct la_addr *remote);

/**
 * Where an answer to a frame of @p remote goes, as in struct la_hop, but for what stands in the
 * tag's place. @p from: the frame's source, with two more octets behind it. @p near: what
 * la_way_is_near() says.
 */
static inline uint64_t
la_stack_way(struct la_stack *stack, const struct la_addr *remote, const void *from,
		enum la_way_to to, uint64_t now_us, bool v4, bool near)
{
	uint64_t way;

	if (near) {
		way = la_way_kept(&stack->ways, remote);
		return LIKELY(way & (to == LA_TO_PEER ? LA_WAY_KNOWN_PROVEN : LA_WAY_KNOWN)) ?
				way : la_stack_near_way(stack, remote, from, to, now_us);
	}
	way = stack->ways.far[v4];
	if (UNLIKELY(way == 0))
		memcpy(&way, from, sizeof(way));
	return way;
}

/** The same, with the frame's own tag. */
static inline struct la_hop
la_stack_answer_hop(struct la_stack *stack, const struct la_addr *remote,
		const struct la_hop *from, enum la_way_to to, uint64_t now_us)
{
	const bool v4 = la_addr_is_v4(remote);
	const uint64_t way = la_stack_way(stack, remote, from, to, now_us, v4,
			la_way_is_near(&stack->ways, remote, v4));
	/* As one word: a load of it waits for stores of its parts, and these for all before. */
	const uint64_t word = (way & LA_WAY_MAC) | (uint64_t)from->tci << 48;
	struct la_hop hop;

	memcpy(&hop, &word, sizeof(hop));
	return hop;
}

/** Did the peer itself send it? Who does not see the connection has to guess the number
 *  of one octet in 2^32. */
static inline bool
la_stack_is_proof(const struct la_tcb *tcb, uint32_t seq, uint32_t ack, uint8_t flags)
{
	if (!(flags & LA_ACK))
		return false;
	if (tcb->state == LA_SYN_SENT)
		return flags & LA_SYN && ack == tcb->snd.nxt;
	return seq == tcb->rcv.nxt && la_seq_leq(tcb->snd.una, ack) &&
			la_seq_leq(ack, tcb->snd.nxt);
}

#endif
