/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fast path of connections that send: those that hold a second block. As in fast.c each
 * function changes nothing until it knows that it can finish.
 *
 *   one segment of text owed            sent, with our FIN if that ends it
 */
#include "fast.h"

/* Text into its place, then the headers in front of it. */
LA_INLINE uint32_t
write_text(struct la_stack *s, struct la_tcb *tcb, const struct la_hop *hop,
		const struct la_tcp_fast_seg *seg, uint8_t *frame, uint64_t now_us, bool v4)
{
	const struct la_addr local = la_address_at(&s->addresses, tcb->tuple.local);
	const struct la_bound *bound = &s->bound[tcb->listener];
	struct la_tcp_ext *ext = la_tcp_ext(&s->env, tcb);
	struct la_conn conn = { .now_us = now_us, .id = la_stack_handle(s, tcb),
		.word = ext->word, .unsent = seg->len };
	struct la_bare bare;

	la_fast_bare(&bare, tcb, &local, hop, v4);
	la_fast_options(&bare, tcb, ext->ts_offset, now_us);
	bare.seq = seg->seq;
	bare.wnd = seg->wnd;
	bare.flags = seg->flags;
	bare.text_len = seg->len;
	bound->ops->fill(bound->service, &conn, 0, frame + (v4 ? LA_PLAIN_TCP_V4 :
			LA_PLAIN_TCP_V6) + la_bare_header_len(&bare), seg->len);
	ext->word = conn.word;
	return v4 ? la_bare_ipv4(frame, &s->template, &bare) :
			la_bare_ipv6(frame, &s->template, &bare);
}

bool
la_stack_fast_text(struct la_stack *s, struct la_tcb *tcb, const struct la_hop *hop,
		uint64_t now_us)
{
	struct la_tcp_fast_seg seg;
	uint8_t *frame;

	if (hop->tci != 0)
		return false;
	frame = s->io.frame(s->io.user);
	if (UNLIKELY(frame == NULL) || !la_tcp_fast_text_output(&s->env, tcb, now_us, &seg))
		return false;
	s->io.send(s->io.user, LIKELY(la_addr_is_v4(&tcb->tuple.remote)) ?
			write_text(s, tcb, hop, &seg, frame, now_us, true) :
			write_text(s, tcb, hop, &seg, frame, now_us, false), true, 0);
	la_stack_count(s, LA_COUNT_TX_SEGMENTS);
	la_count_add(&s->counters.count[LA_COUNT_TX_TEXT_OCTETS], seg.len);
	return true;
}
