/* SPDX-License-Identifier: BSD-3-Clause */
#include "rx.h"

/* The first one in several pieces came at @p at. */
static __rte_noinline uint32_t
drop_pieces(struct rte_mbuf **pkt, uint32_t n, uint32_t at, uint64_t *octets)
{
	uint32_t kept = at;

	for (uint32_t i = at; i < n; i++) {
		if (pkt[i]->nb_segs == 1) {
			pkt[kept++] = pkt[i];
			continue;
		}
		*octets += pkt[i]->pkt_len;
		rte_pktmbuf_free(pkt[i]);
	}
	return kept;
}

uint32_t
la_rx__frames(struct rte_mbuf **pkt, uint32_t n, uint64_t flags, struct la_frame *frames,
		uint64_t *octets)
{
	uint64_t sum = 0;

	*octets = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (unlikely(pkt[i]->nb_segs != 1)) {
			n = drop_pieces(pkt, n, i, octets);
			if (i == n)
				break;
		}
		frames[i] = la_rx__frame(pkt[i], flags);
		sum += frames[i].len;
	}
	*octets += sum;
	return n;
}

void
la_rx__free(struct rte_mbuf **pkt, uint32_t n)
{
	struct rte_mempool *pool = NULL;
	uint32_t free = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct rte_mbuf *m = pkt[i];

		if (m == NULL)
			continue;
		m = rte_pktmbuf_prefree_seg(m);
		if (unlikely(m == NULL))
			continue;
		if (free == 0)
			pool = m->pool;
		if (likely(m->pool == pool))
			pkt[free++] = m;
		else
			rte_mbuf_raw_free(m);
	}
	if (likely(free > 0))
		rte_mempool_put_bulk(pool, (void **)pkt, free);
}

void
la_rx__read(const struct rte_mbuf *m, uint64_t flags, struct la_rx *rx)
{
	const struct la_frame frame = la_rx__frame(m, flags);

	la_rx_parse(rx, frame.octets, frame.len, frame.checked);
	if (unlikely(frame.checked & LA_RX_TAG_STRIPPED))
		rx->from.tci = frame.tci & (LA_TCI_PRIORITY | LA_TCI_VLAN);
}
