/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 1 of a burst, frame by frame; read_eight.c does it for eight frames at once. */
#include "read.h"

/* IPv4 headers with timestamps end two octets into the second cache line, IPv6 headers later,
 * and the checksum reads to their end. */
static inline void
prefetch_headers(const struct la_frame *frame)
{
	enum { LINE = 64 };

	__builtin_prefetch(frame->octets);
	__builtin_prefetch(frame->octets + LINE);
}

/* The number of our address that the frame is for, or LA_ADDRESS_NONE. */
static inline uint32_t
local_v4(const struct la_addresses *a, const uint8_t *frame)
{
	const uint32_t at = la_get32(frame + LA_PLAIN_DEST_V4) - a->v4_first;
	struct la_addr dest;

	if (LA_LIKELY(at < a->v4_count))
		return a->v4_base + at;
	dest = la_addr_v4(la_get32(frame + LA_PLAIN_DEST_V4));
	return la_address_index(a, &dest);
}

static inline uint32_t
local_v6(const struct la_addresses *a, const uint8_t *frame)
{
	struct la_addr dest;

	memcpy(&dest, frame + LA_PLAIN_DEST_V6, sizeof(dest));
	return la_address_index(a, &dest);
}

LA_INLINE bool
read_plain(const struct la_stack *s, const struct la_frame *frame, struct la_plain *p,
		bool checked)
{
	const uint8_t *octets = frame->octets;
	uint32_t local;

	/* To our MAC, and not from a group address. */
	if (LA_UNLIKELY((la_load64(octets) & s->fast_mac_mask) != s->fast_mac))
		return false;
	if (LA_LIKELY(la_plain_is_ipv4(octets))) {
		if (LA_UNLIKELY(!la_plain_ipv4(p, octets, frame->len, checked)))
			return false;
		local = local_v4(&s->link.addresses, octets);
		p->hash = la_flow_hash_v4(&s->flow, &p->tuple, local);
	} else if (la_plain_is_ipv6(octets)) {
		if (LA_UNLIKELY(!la_plain_ipv6(p, octets, frame->len, checked)))
			return false;
		local = local_v6(&s->link.addresses, octets);
		p->tuple.local = (uint16_t)local;
		p->hash = la_flow_hash(&s->flow, &p->tuple);
	} else {
		return false;
	}
	if (LA_UNLIKELY(local == LA_ADDRESS_NONE))
		return false;
	p->tuple.local = (uint16_t)local;
	if (la_way_is_near(&s->link.ways, &p->tuple.remote, !(p->options & LA_PLAIN_V6)))
		p->options |= LA_PLAIN_NEAR;
	p->handle = la_flow_home(&s->flow, p->hash);
	la_flow_prefetch_home(&s->flow, p->handle);
	return true;
}

/* If the port has checked only one of the two sums, both are checked here. */
static inline bool
read_one(const struct la_stack *s, const struct la_frame *frame, struct la_plain *p)
{
	if (LA_UNLIKELY(frame->len < LA_PLAIN_TCP_V4 + 20))
		return false;
	if (frame->checked == LA_READ_CHECKED)
		return read_plain(s, frame, p, true);
	if (LA_UNLIKELY(frame->checked & LA_RX_TAG_STRIPPED))
		return false;
	return read_plain(s, frame, p, false);
}

/* Read those of up to eight frames whose bit is not set in @p done. */
static inline uint32_t
read_others(const struct la_stack *s, const struct la_frame *frames, uint32_t n,
		struct la_plain *p, uint32_t done)
{
	uint32_t plain = done;

	for (uint32_t i = 0; i < n; i++) {
		if (!(done >> i & 1) && read_one(s, &frames[i], &p[i]))
			plain |= 1u << i;
	}
	return plain;
}

/* Read fewer than eight frames: the last is repeated to make eight. */
static uint32_t
read_rest(const struct la_stack *s, const struct la_frame *frames, uint32_t n, struct la_plain *p)
{
	struct la_frame eight[LA_READ_AT_ONCE];

	for (uint32_t i = 0; i < LA_READ_AT_ONCE; i++)
		eight[i] = frames[i < n ? i : n - 1];
	return la_stack__read_eight(s, eight, p) & ((1u << n) - 1);
}

/* Read up to eight frames at once, if that is worthwhile. @return bits of those that are read. */
static inline uint32_t
read_at_once(const struct la_stack *s, const struct la_frame *frames, uint32_t n,
		struct la_plain *p)
{
	enum { WORTHWHILE = 3 };
	uint32_t done;

	if (!s->read_eight || n < WORTHWHILE)
		return 0;
	done = n == LA_READ_AT_ONCE ? la_stack__read_eight(s, frames, p) :
			read_rest(s, frames, n, p);
	/* Here, since gcc 12 drops prefetches from a function with target("avx2"). */
	for (uint32_t i = 0; i < LA_READ_AT_ONCE; i++)
		la_flow_prefetch_home(&s->flow, p[i].handle);
	return done;
}

static inline void
prefetch_some(const struct la_frame *frames, uint32_t n)
{
	if (n < LA_READ_AT_ONCE) {
		for (uint32_t i = 0; i < n; i++)
			prefetch_headers(&frames[i]);
		return;
	}
	for (uint32_t i = 0; i < LA_READ_AT_ONCE; i++)
		prefetch_headers(&frames[i]);
}

uint64_t
la_stack__read(const struct la_stack *s, const struct la_frame *frames, uint32_t n,
		struct la_plain *p)
{
	uint64_t plain = 0;

	prefetch_some(frames, n);
	for (uint32_t at = 0; at < n; at += LA_READ_AT_ONCE) {
		const uint32_t left = n - at;
		const uint32_t some = left < LA_READ_AT_ONCE ? left : LA_READ_AT_ONCE;
		uint32_t done;

		prefetch_some(frames + at + some, left - some);
		done = read_at_once(s, frames + at, some, p + at);
		if (done != (1u << some) - 1)
			done = read_others(s, frames + at, some, p + at, done);
		plain |= (uint64_t)done << at;
	}
	return plain;
}
