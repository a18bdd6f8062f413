/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames in: each is parsed, with the headers of those behind it on their way. */
#include <assert.h>

#include "stack_private.h"

enum { AHEAD = 4 };                     /* Frames whose headers are being fetched. */

_Static_assert(LA_BURST_MAX <= 64, "a burst has one bit a frame");

/* Headers of IPv4 with timestamps end two octets into the second line, those of IPv6 and a
 * tag further in, and the checksum reads to their end. */
static inline void
prefetch_headers(const struct la_frame *frame)
{
	enum { LINE = 64 };

	__builtin_prefetch(frame->octets);
	__builtin_prefetch(frame->octets + LINE);
}

uint64_t
la_stack_receive(struct la_stack *s, const struct la_frame *frames, uint32_t n, uint64_t now_us)
{
	struct la_rx rx[LA_BURST_MAX];
	uint64_t others = 0;

	assert(n <= LA_BURST_MAX);
	for (uint32_t i = 0; i < n && i < AHEAD; i++)
		prefetch_headers(&frames[i]);
	for (uint32_t i = 0; i < n; i++) {
		const struct la_frame *frame = &frames[i];

		if (i + AHEAD < n)
			prefetch_headers(&frames[i + AHEAD]);
		if (la_rx_parse(&rx[i], frame->octets, frame->len, frame->checked) == LA_RX_OK &&
				rx[i].kind != LA_KIND_TCP)
			others |= UINT64_C(1) << i;
		if (UNLIKELY(frame->checked & LA_RX_TAG_STRIPPED))
			rx[i].from.tci = frame->tci & (LA_TCI_PRIORITY | LA_TCI_VLAN);
	}
	la_stack_input(s, rx, n, now_us);
	return others;
}
