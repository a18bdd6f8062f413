/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Input of frames. A burst goes through these stages, each for all frames of the burst:
 *
 *   1. read     plain frames to us are read into one cache line each (read.c); their flows are
 *               hashed, and the buckets prefetched
 *   2. look     handles are read from the buckets; the blocks are prefetched and, if frames are
 *               long, the extension blocks and the services' data
 *   3. cookies  those of the SYNs and ACKs that belong to no flow are hashed together
 *   4. take     in order of arrival: the fast path (fast.c) processes what it can finish, the
 *               general path (input.c) all else; it does not depend on the fast path
 *
 * A plain segment has the same result here as on the general path, to the octet:
 * tests/fuzz, fuzz_fast.
 */
#include <assert.h>

#include "fast.h"
#include "la_flow_slots.h"
#include "read.h"

/* Not inline: each stage has all registers to itself. */
#define STAGE __attribute__((noinline))

enum { LA_LONG = 128 };                 /* Octets; a frame as long as this likely has text. */

_Static_assert(LA_BURST_MAX <= 64, "a burst has one bit a frame");

/* The frames of the burst, and what the stages note of them. */
struct frames {
	const struct la_frame *v;
	uint32_t n;
	uint64_t plain;                 /* Bit i: frame i is plain, and read[i] holds it. */
	uint64_t others;                /* Bit i: frame i is well formed, and not a segment. */
	struct la_plain read[LA_BURST_MAX] __attribute__((aligned(64)));
	uint8_t cookie[LA_BURST_MAX];   /* Number among those hashed, or LA_NO_COOKIE. */
};

/* Stage 2: read the handle from the home bucket, which stage 1 stored in p->handle, and prefetch
 * what stage 4 will touch. */
static inline void
look_up(const struct la_stack *s, struct la_plain *p)
{
	const uint32_t handle = la_flow_guess(&s->flow, p->handle, p->hash);

	p->handle = handle;
	if (handle == LA_FLOW_NONE)
		return;
	if (LA_UNLIKELY(handle == LA_FLOW_UNSURE))
		p->handle = la_flow_lookup(&s->flow, &p->tuple, p->hash);
	else if (LA_UNLIKELY(handle & LA_FLOW_TIME_WAIT))
		__builtin_prefetch(&s->tw.records[handle & ~LA_FLOW_TIME_WAIT]);
	else
		__builtin_prefetch(la_stack__tcb(s, handle));
}

/* Between stages 2 and 3, when the blocks are in the cache: prefetch what text will touch of the
 * extension blocks and of the service's data. Both may be freed before the segment's turn. */
static __attribute__((noinline)) void
fetch_seconds(const struct la_stack *s, const struct frames *f)
{
	enum { LINE = 64, LINES = 5 };
	const struct la_plain *of[LA_BURST_MAX], *p = f->read;
	uint32_t n = 0;

	for (uint64_t left = f->plain; left != 0; left >>= 1, p++) {
		const struct la_tcb *tcb;

		if (!(left & 1) || p->text_len == 0 || p->handle == LA_FLOW_NONE ||
				p->handle & LA_FLOW_TIME_WAIT)
			continue;
		tcb = la_stack__tcb(s, p->handle);
		if (!(tcb->flags & LA_TCB_EXT))
			continue;
		for (int i = 0; i < LINES; i++)
			__builtin_prefetch((char *)la_pool_get(&s->exts, tcb->ext) + i * LINE);
		of[n++] = p;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct la_tcb *tcb = la_stack__tcb(s, of[i]->handle);
		const struct la_bound *bound = &s->bound[tcb->listener];
		const struct la_tcp_ext *ext = la_pool_get(&s->exts, tcb->ext);

		if (bound->ops->fetch != NULL)
			bound->ops->fetch(bound->service, ext->word, of[i]->text_len);
	}
}

/* options_to_bits() of a SYN's la_stack__cookie_opts(). */
static inline uint32_t
option_bits(const struct la_stack *s, const struct la_plain *p)
{
	const uint8_t both = p->options & s->fast_options;
	const uint32_t scale = p->wscale < LA_WSCALE_MAX ? p->wscale : LA_WSCALE_MAX;

	if (!(both & LA_OPT_TIMESTAMPS))
		return LA_NO_TIMESTAMPS;
	return (both & LA_OPT_WSCALE ? scale : NO_WSCALE) |
			(both & LA_OPT_SACK_PERMITTED ? TS_SACK : 0);
}

/* Stage 3 for a segment of no flow: a SYN that may get a cookie, or an ACK that may bring one. */
static inline uint8_t
add_cookie(struct la_burst *b, const struct la_plain *p, bool v4)
{
	const struct la_stack *s = b->stack;
	const uint8_t *local = p->frame + (v4 ? LA_PLAIN_DEST_V4 : LA_PLAIN_DEST_V6);
	const uint8_t *remote = p->frame + (v4 ? LA_PLAIN_SOURCE_V4 : LA_PLAIN_SOURCE_V6);
	const uint8_t flags = p->flags & (LA_SYN | LA_ACK | LA_RST | LA_FIN);

	if (flags == LA_SYN) {
		return (uint8_t)la_cookie_burst_syn(&b->cookies[v4], &s->cookie, v4, local,
				remote, la_plain_ports(p), p->seq,
				la_stack__mss_class(p->options, p->mss, v4), option_bits(s, p));
	}
	if (flags != LA_ACK)
		return LA_NO_COOKIE;
	return (uint8_t)la_cookie_burst_ack(&b->cookies[v4], &s->cookie, v4, local, remote,
			la_plain_ports(p), p->seq, p->ack,
			la_fast__uses_timestamps(s, p) ? &p->tsecr : NULL);
}

static STAGE void
look_and_hash(struct la_burst *b, struct frames *f)
{
	const struct la_stack *s = b->stack;
	const bool cookies = s->params.syn_cookies != LA_COOKIES_NEVER && !s->draining;
	struct la_plain *p = f->read;
	uint8_t *cookie = f->cookie;

	for (uint64_t left = f->plain; left != 0; left >>= 1, p++, cookie++) {
		if (LA_UNLIKELY(!(left & 1)))
			continue;
		look_up(s, p);
		if (p->handle != LA_FLOW_NONE)
			continue;
		if (LA_LIKELY(cookies && !(p->options & LA_PLAIN_V6)))
			*cookie = add_cookie(b, p, true);
		else if (cookies && la_cookie_burst_knows(&s->cookie, false))
			*cookie = add_cookie(b, p, false);
		else
			*cookie = LA_NO_COOKIE;
	}
	if (f->plain != 0 && (f->v[0].len >= LA_LONG || f->v[f->n - 1].len >= LA_LONG))
		fetch_seconds(s, f);
	for (int v4 = 0; v4 < 2; v4++) {
		if (b->cookies[v4].n > 0)
			la_cookie_burst_hash(&b->cookies[v4], &s->cookie);
	}
}

/* The flow of a segment now: an earlier segment of the burst may have opened or ended the flow. A
 * live block with the tuple is the flow, even if the table has moved its entry meanwhile. */
static inline uint32_t
find_flow(struct la_burst *b, const struct la_plain *p)
{
	const struct la_stack *s = b->stack;
	const uint32_t handle = p->handle;

	if (handle == LA_FLOW_NONE) {
		if (LA_UNLIKELY(b->added != s->flow.added)) {
			b->added = s->flow.added;
			b->opened = UINT64_MAX;
		}
		if (LA_LIKELY(!(b->opened & la_burst__mark(p->hash))))
			return LA_FLOW_NONE;
	} else if (LA_LIKELY(!(handle & LA_FLOW_TIME_WAIT))) {
		const struct la_tcb *tcb = la_stack__tcb(s, handle);

		if (LA_LIKELY(tcb->state != LA_CLOSED && la_tuple_eq(&tcb->tuple, &p->tuple)))
			return handle;
	}
	return la_flow_lookup(&s->flow, &p->tuple, p->hash);
}

/* Stage 4 for a frame that is not plain. */
static LA_COLD void
take_other(struct la_burst *b, struct frames *f, uint32_t i)
{
	const struct la_frame *frame = &f->v[i];
	struct la_rx rx;

	if (la_rx_parse(&rx, frame->octets, frame->len, frame->checked) == LA_RX_OK &&
			rx.kind != LA_KIND_TCP)
		f->others |= UINT64_C(1) << i;
	if (frame->checked & LA_RX_TAG_STRIPPED)
		rx.from.tci = frame->tci & (LA_TCI_PRIORITY | LA_TCI_VLAN);
	la_stack_input(b->stack, &rx, 1, b->now_us);
}

/* Not inline: it would take registers from the fast path. */
static __attribute__((noinline)) void
take_generally(struct la_burst *b, const struct la_plain *p, uint32_t handle)
{
	struct la_rx rx;

	la_stack__rx_of(b->stack, p, &rx);
	la_stack__one_segment(b->stack, &rx, &p->tuple, p->hash, handle, b->now_us);
}

static inline void
take_plain(struct la_burst *b, const struct la_plain *p, uint32_t cookie)
{
	const uint32_t handle = find_flow(b, p);

	if (handle != LA_FLOW_NONE) {
		if (!(handle & LA_FLOW_TIME_WAIT) && la_stack__fast_segment(b, p, handle))
			return;
	} else if (p->handle == LA_FLOW_NONE && la_stack__fast_listen(b, p, cookie)) {
		return;
	}
	take_generally(b, p, handle);
}

static STAGE void
take_frames(struct la_burst *b, struct frames *f)
{
	const struct la_plain *p = f->read, *end = p + f->n;
	const uint8_t *cookie = f->cookie;

	for (uint64_t plain = f->plain; p != end; p++, cookie++, plain >>= 1) {
		if (LA_LIKELY(plain & 1))
			take_plain(b, p, *cookie);
		else
			take_other(b, f, (uint32_t)(p - f->read));
	}
}

static void
count_burst(struct la_burst *b, uint32_t plain)
{
	struct la_stack_counters *c = &b->stack->counters;

	la_count_add(&c->count[LA_COUNT_RX_FRAMES], plain);
	la_count_add(&c->rx[LA_RX_OK], plain);
	la_count_add(&c->tcp[LA_OK], b->ok + b->lasts);
	if (b->syns > 0) {
		la_count_add(&c->count[LA_COUNT_SYN_RECEIVED], b->syns);
		la_count_add(&c->count[LA_COUNT_COOKIES_SENT], b->syns);
		la_count_add(&c->count[LA_COUNT_TX_SEGMENTS], b->syns);
		la_count_add(&c->tcp[LA_OK_SYN_ACKED], b->syns);
	}
	if (b->opens > 0) {
		la_count_add(&c->count[LA_COUNT_OPENED], b->opens);
		la_count_add(&c->count[LA_COUNT_COOKIES_ACCEPTED], b->opens);
		la_count_add(&c->tcp[LA_OK_OPENED_BY_COOKIE], b->opens - b->refused);
	}
	if (b->lasts > 0) {
		la_count_add(&c->count[LA_COUNT_CLOSED], b->lasts);
		la_count_add(&c->state[LA_LAST_ACK], -(uint64_t)b->lasts);
	}
}

/* Sometimes a frame is examined before it is processed: the link learns from which Ethernet
 * address packets from beyond the link come. */
static LA_COLD void
look_at_way(struct la_stack *s, const struct la_frame *frame, uint64_t now_us)
{
	struct la_tuple tuple;
	struct la_rx rx;
	uint32_t handle;

	s->link.ways.look = false;
	if (la_rx_parse(&rx, frame->octets, frame->len, frame->checked) != LA_RX_OK)
		return;
	if (frame->checked & LA_RX_TAG_STRIPPED)
		rx.from.tci = frame->tci & (LA_TCI_PRIORITY | LA_TCI_VLAN);
	if (!la_link_is_far(&s->link, &rx))
		return;
	tuple = (struct la_tuple){
		.remote = rx.source, .local_port = rx.dest_port, .remote_port = rx.source_port,
		.local = (uint16_t)la_address_index(&s->link.addresses, &rx.dest),
	};
	handle = la_flow_lookup(&s->flow, &tuple, la_flow_hash(&s->flow, &tuple));
	la_link_came_from_afar(&s->link, &rx, handle != LA_FLOW_NONE &&
			!(handle & LA_FLOW_TIME_WAIT) && la_stack__is_proof(
			la_stack__tcb(s, handle), rx.seg.seq, rx.seg.ack, rx.seg.flags), now_us);
}

uint64_t
la_stack_receive(struct la_stack *s, const struct la_frame *frames, uint32_t n, uint64_t now_us)
{
	struct la_burst b;
	struct frames f;

	assert(n <= LA_BURST_MAX);
	f.v = frames;
	f.n = n;
	f.plain = f.others = 0;
	b.stack = s;
	b.read = f.read;
	b.now_us = now_us;
	b.born = la_tcp_birth(&s->params.tcp, now_us);
	b.added = s->flow.added;
	b.opened = 0;
	b.syns = b.opens = b.refused = b.lasts = b.ok = 0;
	la_cookie_burst_begin(&b.cookies[0], &s->cookie, false, now_us);
	la_cookie_burst_begin(&b.cookies[1], &s->cookie, true, now_us);
	if (LA_UNLIKELY(s->link.ways.look) && n > 0)
		look_at_way(s, frames, now_us);
	if (LA_LIKELY(s->fast)) {
		f.plain = la_stack__read(s, frames, n, f.read);
		look_and_hash(&b, &f);
	}
	take_frames(&b, &f);
	count_burst(&b, (uint32_t)__builtin_popcountll(f.plain));
	return f.others;
}
