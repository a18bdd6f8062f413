/* SPDX-License-Identifier: BSD-3-Clause */
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_prefetch.h>

#include "emit.h"

/* The pool may be nearly empty: then take what there is. Apart, so that next_frame() needs no
 * registers of its caller's. */
static __rte_noinline bool
refill_stash(struct la_tx *tx)
{
	if (likely(rte_mempool_get_bulk(tx->pool, (void **)tx->stash, LA_TX_STASH) == 0)) {
		tx->stashed = LA_TX_STASH;
		return true;
	}
	while (tx->stashed < LA_TX_STASH &&
			rte_mempool_get(tx->pool, (void **)&tx->stash[tx->stashed]) == 0)
		tx->stashed++;
	if (tx->stashed == 0)
		la_count(&tx->no_mbuf);
	return tx->stashed > 0;
}

static uint8_t *
next_frame(void *user)
{
	struct la_tx *tx = user;

	if (unlikely(tx->stashed == 0) && !refill_stash(tx))
		return NULL;
	return (uint8_t *)tx->stash[tx->stashed - 1]->buf_addr + RTE_PKTMBUF_HEADROOM;
}

/* May an answer be written into it? It is of one piece, nobody else holds it, its frame begins
 * where next_frame() begins one, and its buffer is as large as ours: another port's may be
 * small. */
static bool
is_ours(const struct rte_mbuf *m)
{
	return m->data_off == RTE_PKTMBUF_HEADROOM && m->refcnt == 1 && m->nb_segs == 1 &&
			m->buf_len >= RTE_MBUF_DEFAULT_BUF_SIZE && RTE_MBUF_DIRECT(m);
}

static uint8_t *
answer_frame(void *user, uint32_t i)
{
	struct la_tx *tx = user;
	struct rte_mbuf *m = tx->burst[i];

	if (unlikely(!is_ours(m) || tx->stashed > LA_TX_STASH))
		return next_frame(user);
	tx->burst[i] = NULL;
	tx->stash[tx->stashed++] = m;
	return rte_pktmbuf_mtod(m, uint8_t *);
}

static void
ask_for_checksums(struct rte_mbuf *m, const uint8_t *octets)
{
	const uint32_t link = octets[12] == 0x81 ? RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN :
			RTE_ETHER_HDR_LEN;
	const bool v4 = octets[link - 2] == 0x08;

	m->tx_offload = 0;
	m->l2_len = link;
	m->l3_len = v4 ? sizeof(struct rte_ipv4_hdr) : sizeof(struct rte_ipv6_hdr);
	m->l4_len = (octets[m->l2_len + m->l3_len + 12] >> 4) * 4;
	m->ol_flags = RTE_MBUF_F_TX_TCP_CKSUM |
			(v4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM : RTE_MBUF_F_TX_IPV6);
}

static void
put_frame(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct la_tx *tx = user;
	struct rte_mbuf *m = tx->stash[--tx->stashed];

	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->ol_flags = 0;
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
	if (tcp && tx->offload)
		ask_for_checksums(m, rte_pktmbuf_mtod(m, const uint8_t *));
	if (unlikely(tci != 0)) {
		m->vlan_tci = tci;
		m->ol_flags |= RTE_MBUF_F_TX_VLAN;
	}
	tx->out_octets += len;
	tx->out[tx->outs++] = m;
	if (unlikely(tx->outs == LA_TX_OUT))
		la_tx__flush(tx);
}

struct la_stack_io
la_tx__io(struct la_tx *tx)
{
	return (struct la_stack_io){ .user = tx, .frame = next_frame, .send = put_frame,
			.answer = answer_frame };
}

static uint64_t
octets_of(struct rte_mbuf *const *m, uint32_t n)
{
	uint64_t octets = 0;

	for (uint32_t i = 0; i < n; i++)
		octets += m[i]->pkt_len;
	return octets;
}

/* A driver may take no more than so many at a time. @return how many went. */
static uint32_t
send_all(struct la_tx *tx, uint32_t n)
{
	uint32_t sent = 0, took;

	do {
		took = rte_eth_tx_burst(tx->port, tx->queue, tx->out + sent, (uint16_t)(n - sent));
		sent += took;
	} while (unlikely(sent < n) && took > 0);
	return sent;
}

void
la_tx__flush(struct la_tx *tx)
{
	const uint32_t n = tx->outs;
	uint64_t octets = tx->out_octets;
	uint32_t sent;

	if (n == 0)
		return;
	sent = send_all(tx, n);
	if (unlikely(sent < n)) {
		/* TCP sends them again; keeping them would only delay what follows. */
		octets -= octets_of(tx->out + sent, n - sent);
		la_count_add(&tx->refused, n - sent);
		rte_pktmbuf_free_bulk(tx->out + sent, n - sent);
	}
	la_count_add(&tx->packets, sent);
	la_count_add(&tx->octets, octets);
	tx->outs = 0;
	tx->out_octets = 0;
}

void
la_tx__empty(struct la_tx *tx)
{
	rte_pktmbuf_free_bulk(tx->out, tx->outs);
	rte_pktmbuf_free_bulk(tx->stash, tx->stashed);
	tx->outs = 0;
	tx->stashed = 0;
}
