/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_RX_H
#define LA_DPIO_RX_H

/*
 * Received mbufs: as the stack wants to see them, and back to their pool.
 */
#include <rte_mbuf.h>

#include "la_stack.h"

/* What of an mbuf's flags a worker goes by. */
#define LA_RX_FLAGS_TAG RTE_MBUF_F_RX_VLAN_STRIPPED
#define LA_RX_FLAGS_ALL (LA_RX_FLAGS_TAG | RTE_MBUF_F_RX_IP_CKSUM_MASK | \
		RTE_MBUF_F_RX_L4_CKSUM_MASK)

/* LA_RX_*: what the NIC has done with a frame and found right. */
static inline uint8_t
la_rx__checked(uint64_t flags)
{
	uint8_t checked = 0;

	if (likely(flags == 0))
		return 0;
	if (flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		checked |= LA_RX_TAG_STRIPPED;
	if ((flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		checked |= LA_RX_IP_CHECKSUM_GOOD;
	if ((flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		checked |= LA_RX_L4_CHECKSUM_GOOD;
	return checked;
}

/* An mbuf of one piece. @param flags  LA_RX_FLAGS_ALL, or LA_RX_FLAGS_TAG if the port does
 * not check. */
static inline struct la_frame
la_rx__frame(const struct rte_mbuf *m, uint64_t flags)
{
	return (struct la_frame){
		.octets = rte_pktmbuf_mtod(m, const uint8_t *), .len = m->data_len,
		.checked = la_rx__checked(m->ol_flags & flags), .tci = m->vlan_tci,
	};
}

/* Read a frame that a port gave. What the port has taken off it is put back in @p rx. */
void la_rx__read(const struct rte_mbuf *m, uint64_t flags, struct la_rx *rx);

/*
 * The frames of a burst. One in several pieces is not taken: it is freed, and those behind it
 * move up.
 *
 * @param octets  Written: of all frames, those not taken too.
 * @return how many frames there are.
 */
uint32_t la_rx__frames(struct rte_mbuf **pkt, uint32_t n, uint64_t flags, struct la_frame *frames,
		uint64_t *octets);

/* Give back mbufs of one piece; NULL: none. Those of one pool, which is the rule, go there
 * together. */
void la_rx__free(struct rte_mbuf **pkt, uint32_t n);

#endif
