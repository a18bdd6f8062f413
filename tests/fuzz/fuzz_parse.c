/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any octets are a frame: parsing reads nothing past them, whatever the NIC
 * claims to have checked, and a segment that parsed says the same when it is
 * written and parsed again.
 */
#include <stdlib.h>

#include "la_emit.h"
#include "la_rx.h"

#define MUST(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must_lie_within(const uint8_t *part, size_t part_len, const uint8_t *data, size_t len)
{
	MUST(part >= data && part <= data + len && part_len <= (size_t)(data + len - part));
}

static void
must_be_same_options(const struct la_opts *a, const struct la_opts *b)
{
	const uint8_t sack = LA_OPT_SACK;

	/* Blocks may be left out where padding takes their room. */
	MUST((a->present & ~sack) == (b->present & ~sack));
	MUST(!(b->present & sack) || ((a->present & sack) && b->sacks <= a->sacks));
	MUST(!(a->present & LA_OPT_MSS) || a->mss == b->mss);
	MUST(!(a->present & LA_OPT_WSCALE) || a->wscale == b->wscale);
	MUST(!(a->present & LA_OPT_TIMESTAMPS) ||
			(a->tsval == b->tsval && a->tsecr == b->tsecr));
	for (int i = 0; b->present & sack && i < b->sacks; i++)
		MUST(a->sack[i].left == b->sack[i].left && a->sack[i].right == b->sack[i].right);
}

static void
must_survive_writing(const struct la_rx *rx)
{
	const struct la_path path = {
		.source_mac = rx->from.mac, .dest_mac = rx->dest_mac,
		.source = rx->source, .dest = rx->dest, .tci = rx->from.tci,
		.source_port = rx->source_port, .dest_port = rx->dest_port,
	};
	const uint32_t text = la_tcp_text_offset(&path, &rx->seg);
	uint8_t *frame = malloc(text + rx->seg.len);
	struct la_rx again;

	MUST(frame != NULL);
	memcpy(frame + text, rx->seg.data, rx->seg.len);
	MUST(la_emit_tcp(frame, &path, &rx->seg, false) == text + rx->seg.len);
	/* Longer than IP can say, now that the options are padded. */
	if (text + rx->seg.len - (path.tci != 0 ? 18 : 14) <= UINT16_MAX) {
		MUST(la_rx_parse(&again, frame, text + rx->seg.len, 0) == LA_RX_OK);
		MUST(la_addr_eq(&again.source, &rx->source) && la_addr_eq(&again.dest, &rx->dest));
		MUST(again.from.tci == rx->from.tci);
		MUST(again.source_port == rx->source_port && again.dest_port == rx->dest_port);
		MUST(again.seg.seq == rx->seg.seq && again.seg.ack == rx->seg.ack);
		MUST(again.seg.flags == rx->seg.flags && again.seg.len == rx->seg.len);
		MUST(again.seg.wnd == rx->seg.wnd && again.seg.urg == rx->seg.urg);
		must_be_same_options(&rx->seg.opts, &again.seg.opts);
	}
	free(frame);
}

static void
must_be_nd(const struct la_rx *rx)
{
	const struct la_path path = { .source = rx->source, .dest = rx->dest };
	uint8_t frame[128];
	struct la_rx again;

	MUST(rx->nd.type == LA_ND_SOLICITATION || rx->nd.type == LA_ND_ADVERTISEMENT);
	MUST(rx->hop_limit == 255 && !la_addr_is_multicast(&rx->nd.target));
	MUST(la_rx_parse(&again, frame, la_emit_nd(frame, &path, &rx->nd), 0) == LA_RX_OK);
	MUST(again.kind == LA_KIND_ND && la_addr_eq(&again.nd.target, &rx->nd.target));
	MUST(again.nd.has_mac == rx->nd.has_mac && again.nd.override == rx->nd.override);
	MUST(!rx->nd.has_mac || la_mac_eq(&again.nd.mac, &rx->nd.mac));
}

/* A quote that is read was there: up to and with SEQ, behind an IP header. */
static void
must_be_quote(const struct la_rx *rx)
{
	struct la_quote quote;

	if (!la_rx_quote(rx, &quote))
		return;
	MUST(rx->icmp.len >= 4 + (la_addr_is_v4(&rx->dest) ? 20 : 40) + 8);
	MUST(!la_addr_is_v4(&rx->dest) || la_addr_is_v4(&quote.dest));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct la_rx rx;

	/* With both checksums believed, mutations reach what lies behind them. */
	for (unsigned int checked = 0; checked < 8; checked++) {
		if (la_rx_parse(&rx, data, len, checked) != LA_RX_OK)
			continue;
		switch (rx.kind) {
		case LA_KIND_TCP:
			must_lie_within(rx.seg.data, rx.seg.len, data, len);
			must_survive_writing(&rx);
			break;
		case LA_KIND_ICMP:
			must_lie_within(rx.icmp.body, rx.icmp.len, data, len);
			must_be_quote(&rx);
			break;
		case LA_KIND_ARP:
			MUST(rx.arp.op == 1 || rx.arp.op == 2);
			break;
		case LA_KIND_ND:
			must_be_nd(&rx);
		}
	}
	return 0;
}
