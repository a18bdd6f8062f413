/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <stdio.h>

#include "seg.h"

enum { MARGIN = 65536 };        /* Text from before the stream, and past its end. */

const uint8_t *
seg_text(uint32_t n)
{
	static uint8_t text[MARGIN + TEST_STREAM + MARGIN];

	/* Octet 1 is not 0, so it tells whether the text has been written. */
	if (text[MARGIN + 1] == 0) {
		for (uint32_t i = 0; i < sizeof(text); i++)
			text[i] = seg_octet(i - MARGIN);
	}
	assert(n + MARGIN <= MARGIN + TEST_STREAM);
	return text + (n + MARGIN);
}

static struct la_seg
template(uint8_t flags, uint32_t seq, uint32_t ack)
{
	return (struct la_seg){ .flags = flags, .seq = seq, .ack = ack, .wnd = TEST_WND };
}

struct la_seg
seg_syn(void)
{
	return template(LA_SYN, TEST_IRS, 0);
}

struct la_seg
seg_syn_ack(uint32_t ack)
{
	return template(LA_SYN | LA_ACK, TEST_IRS, ack);
}

struct la_seg
seg_ack(uint32_t seq, uint32_t ack)
{
	return template(LA_ACK, seq, ack);
}

/* Far from the stream the text is junk that nobody may ever see. */
struct la_seg
seg_data(uint32_t seq, uint32_t ack, uint32_t len)
{
	struct la_seg seg = template(LA_ACK | LA_PSH, seq, ack);

	seg.len = len;
	seg.data = seg_text(seq - R(0) + MARGIN <= MARGIN + TEST_STREAM ? seq - R(0) : 0);
	return seg;
}

struct la_seg
seg_fin(uint32_t seq, uint32_t ack)
{
	return template(LA_FIN | LA_ACK, seq, ack);
}

struct la_seg
seg_data_fin(uint32_t seq, uint32_t ack, uint32_t len)
{
	struct la_seg seg = seg_data(seq, ack, len);

	seg.flags |= LA_FIN;
	return seg;
}

struct la_seg
seg_rst(uint32_t seq)
{
	return template(LA_RST, seq, 0);
}

struct la_seg
seg_wnd(struct la_seg seg, uint16_t wnd)
{
	seg.wnd = wnd;
	return seg;
}

struct la_seg
seg_ts(struct la_seg seg, uint32_t tsval, uint32_t tsecr)
{
	seg.opts.present |= LA_OPT_TIMESTAMPS;
	seg.opts.tsval = tsval;
	seg.opts.tsecr = tsecr;
	return seg;
}

bool
seg_is(const struct la_seg *seg, const struct seg_want *want)
{
	return (seg->flags & ~LA_PSH) == (want->flags & ~LA_PSH) && seg->seq == want->seq &&
			seg->len == want->len &&
			(!(want->flags & LA_ACK) || seg->ack == want->ack);
}

char *
seg_format(const struct la_seg *seg, char *text, size_t len)
{
	snprintf(text, len, "%s%s%s%s%s seq %#x=S(%d) ack %#x=R(%d) len %u wnd %u",
			seg->flags & LA_SYN ? "SYN " : "", seg->flags & LA_FIN ? "FIN " : "",
			seg->flags & LA_RST ? "RST " : "", seg->flags & LA_PSH ? "PSH " : "",
			seg->flags & LA_ACK ? "ACK" : "", seg->seq, (int)(seg->seq - S(0)),
			seg->ack, (int)(seg->ack - R(0)), seg->len, seg->wnd);
	return text;
}
