/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_FAST_H
#define LA_STACK_FAST_H

/** @file
 * What the files of the fast path share.
 */
#include "stack_private.h"

/** Where a reply to a plain segment goes. */
static inline struct la_hop
la_fast_hop_of(const struct la_plain *p)
{
	struct la_hop hop = { .tci = 0 };

	memcpy(&hop.mac, p->frame + 6, sizeof(hop.mac));
	return hop;
}

/** What every segment of a connection has in its headers; SEG.ACK is RCV.NXT.
 *  @p local: the connection's, of IPv4 if @p v4. */
LA_INLINE void
la_fast_bare(struct la_bare *bare, const struct la_tcb *tcb, const struct la_addr *local,
		const uint8_t *mac, bool v4)
{
	const uint32_t from = v4 ? 12 : 0;

	bare->mac = mac;
	bare->source = local->b + from;
	bare->dest = tcb->tuple.remote.b + from;
	bare->ports = __builtin_bswap32((uint32_t)tcb->tuple.local_port << 16 |
			tcb->tuple.remote_port);
	bare->ack = tcb->rcv.nxt;
}

/** Timestamps in a segment that is no SYN. */
LA_INLINE void
la_fast_timestamps(struct la_bare *bare, const struct la_tcb *tcb, uint32_t ts_offset,
		uint64_t now_us)
{
	enum { NOP_NOP_TIMESTAMPS = 0x0101080a };

	bare->words = 3;
	bare->options[0] = NOP_NOP_TIMESTAMPS;
	bare->options[1] = (uint32_t)(now_us / 1000) + ts_offset;
	bare->options[2] = tcb->ts_recent;
}

/** The options of a segment that is no SYN and has no SACK blocks. */
LA_INLINE void
la_fast_options(struct la_bare *bare, const struct la_tcb *tcb, uint32_t ts_offset,
		uint64_t now_us)
{
	bare->words = 0;
	if (tcb->flags & LA_TCB_TIMESTAMPS)
		la_fast_timestamps(bare, tcb, ts_offset, now_us);
}

#endif
