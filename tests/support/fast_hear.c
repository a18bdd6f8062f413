/* SPDX-License-Identifier: BSD-3-Clause */
/* The peers of a case: what they learn of what the stack sends, and their answers to ARP and ND. */
#include "fast_case.h"

static void
answer_arp(struct fast_case *c, const struct la_arp *asked)
{
	struct la_arp arp = {
		.op = 2, .sender = asked->target, .target = asked->sender,
		.target_mac = asked->sender_mac,
		.sender_mac = { { 2, 0, 0, 0, 1, (uint8_t)(asked->target - 100) } },
	};
	const uint32_t i = c->answers_len;

	if (i == sizeof(c->answer_len) / sizeof(c->answer_len[0]))
		return;
	c->answers_len++;
	c->answer_len[i] = la_emit_arp(c->answers[i], &arp, c->strip ? 0 : c->params.vlan);
}

static void
answer_nd(struct fast_case *c, const struct la_rx *rx)
{
	const struct la_nd nd = {
		.type = LA_ND_ADVERTISEMENT, .target = rx->nd.target, .has_mac = true,
		.mac = { { 2, 0, 0, 0, 1, rx->nd.target.b[15] } }, .solicited = true,
		.override = true,
	};
	const struct la_path path = {
		.source_mac = nd.mac, .dest_mac = c->params.mac, .source = rx->nd.target,
		.dest = rx->source, .tci = c->strip ? 0 : c->params.vlan,
	};
	const uint32_t i = c->answers_len;

	if (i == sizeof(c->answer_len) / sizeof(c->answer_len[0]) ||
			rx->nd.type != LA_ND_SOLICITATION)
		return;
	c->answers_len++;
	c->answer_len[i] = la_emit_nd(c->answers[i], &path, &nd);
}

static void
hear_syn(struct fast_peer *p, const struct la_rx *rx)
{
	const struct la_seg *seg = &rx->seg;

	if (!(seg->flags & LA_ACK)) {
		p->stage = FAST_STAGE_ASKED;
		p->local_port = rx->source_port;
		p->iss ^= seg->seq;
	} else if (p->stage == FAST_STAGE_SYN_SENT && seg->ack == p->iss + 1) {
		p->stage = FAST_STAGE_OPEN;
		p->heard = p->seq = seg->ack;
	} else {
		return;
	}
	p->fin_sent = p->fin_heard = false;
	p->ack = seg->seq + 1;
	p->timestamps = seg->opts.present & LA_OPT_TIMESTAMPS;
	p->tsecr = p->timestamps ? seg->opts.tsval : 0;
}

static void
hear(struct fast_case *c, const struct la_rx *rx)
{
	const struct la_seg *seg = &rx->seg;
	struct fast_peer *p = &c->peers[(uint16_t)(rx->dest_port - FAST_PORT_BASE) % FAST_PEERS];

	if (p->port != rx->dest_port || !la_addr_eq(&p->address, &rx->dest))
		return;
	if (seg->flags & LA_SYN) {
		hear_syn(p, rx);
		return;
	}
	if (seg->flags & LA_RST) {
		fast_peer_restart(c, p);
		return;
	}
	if (seg->flags & LA_ACK)
		p->heard = seg->ack;
	if (seg->opts.present & LA_OPT_TIMESTAMPS)
		p->tsecr = seg->opts.tsval;
	if (seg->seq != p->ack)
		return;
	p->ack += la_seg_len(seg);
	p->fin_heard |= seg->flags & LA_FIN;
}

static void
count_output(struct fast_case *c, const struct la_seg *seg)
{
	static const enum fast_kind kinds[] = { FAST_KIND_OUTPUT_ACK, FAST_KIND_OUTPUT_FIN,
		FAST_KIND_OUTPUT_TEXT, FAST_KIND_OUTPUT_TEXT_FIN };

	if ((seg->flags & (LA_SYN | LA_ACK | LA_RST)) == LA_SYN)
		c->tally->kind[FAST_KIND_OUTPUT_SYN]++;
	else if (!(seg->flags & (LA_SYN | LA_RST)))
		c->tally->kind[kinds[2 * (seg->len > 0) + (seg->flags & LA_FIN)]]++;
}

void
fast_peers_hear(struct fast_case *c, bool output)
{
	const struct fast_sent *sent = &c->pair.general.sent;
	struct la_rx rx;

	for (uint32_t i = 0; i < sent->frames; i++) {
		if (la_rx_parse(&rx, sent->octets + sent->frame[i].at, sent->frame[i].len,
				LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD) != LA_RX_OK)
			fast_pair_differs(&c->pair, "frame %u that was sent is malformed", i);
		if (rx.kind == LA_KIND_ARP && rx.arp.op == 1)
			answer_arp(c, &rx.arp);
		else if (rx.kind == LA_KIND_ND)
			answer_nd(c, &rx);
		if (rx.kind != LA_KIND_TCP)
			continue;
		hear(c, &rx);
		if (output)
			count_output(c, &rx.seg);
	}
}
