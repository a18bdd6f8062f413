/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Input: a burst of parsed frames. First the tuples of all are hashed and their
 * buckets prefetched, then comes one bulk lookup, then each frame in order.
 */
#include <assert.h>

#include "stack_private.h"

/* The segments of a burst that are for us. */
struct segments {
	struct la_tuple tuple[LA_BURST_MAX];
	uint32_t hash[LA_BURST_MAX];
	uint32_t handle[LA_BURST_MAX];
	const struct la_rx *rx[LA_BURST_MAX];
	uint32_t n;
};

/* A frame that is not a valid TCP segment. */
static LA_COLD void
other_frame(struct la_stack *s, const struct la_rx *rx, uint64_t now_us)
{
	if (rx->reason != LA_RX_OK)
		la_count(&s->counters.rx[rx->reason]);
	else if (la_link_is_foreign(&s->link, rx))
		la_count(&s->counters.rx[LA_RX_VLAN]);
	else if (la_link_takes(rx))
		la_count(&s->counters.rx[la_link_input(&s->link, rx, now_us)]);
	else
		la_stack__icmp(s, rx, now_us);
}

static inline void
add_segment(struct la_stack *s, struct segments *segments, const struct la_rx *rx)
{
	struct la_tuple *tuple = &segments->tuple[segments->n];
	uint32_t local;

	if (LA_UNLIKELY(!la_mac_eq(&rx->dest_mac, &s->link.mac))) {
		la_count(&s->counters.rx[LA_RX_NOT_OUR_MAC]);
		return;
	}
	if (LA_UNLIKELY(la_link_is_foreign(&s->link, rx))) {
		la_count(&s->counters.rx[LA_RX_VLAN]);
		return;
	}
	local = la_address_index(&s->link.addresses, &rx->dest);
	if (LA_UNLIKELY(local == LA_ADDRESS_NONE)) {
		la_count(&s->counters.rx[LA_RX_NOT_OUR_ADDRESS]);
		return;
	}
	tuple->remote = rx->source;
	tuple->local = (uint16_t)local;
	tuple->local_port = rx->dest_port;
	tuple->remote_port = rx->source_port;
	segments->rx[segments->n] = rx;
	segments->hash[segments->n] = la_flow_hash(&s->flow, tuple);
	la_flow_prefetch(&s->flow, segments->hash[segments->n]);
	segments->n++;
}

void
la_stack__one_segment(struct la_stack *s, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint32_t handle, uint64_t now_us)
{
	if (handle == LA_FLOW_NONE)
		la_stack__listen(s, rx, tuple, hash, now_us);
	else if (LA_UNLIKELY(handle & LA_FLOW_TIME_WAIT))
		la_stack__time_wait_segment(s, rx, hash, handle, now_us);
	else if (LA_LIKELY(la_stack__tcb(s, handle)->state != LA_SYN_RECEIVED) ||
			!la_stack__half_open(s, rx, tuple, hash, handle, now_us))
		la_stack__reason(s, la_stack__segment(s, handle, rx, now_us));
}

void
la_stack_input(struct la_stack *s, const struct la_rx *rx, uint32_t n, uint64_t now_us)
{
	struct segments segments;
	uint32_t gen;

	assert(n <= LA_BURST_MAX);
	segments.n = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (LA_LIKELY(rx[i].reason == LA_RX_OK && rx[i].kind == LA_KIND_TCP))
			add_segment(s, &segments, &rx[i]);
		else
			other_frame(s, &rx[i], now_us);
	}
	la_count_add(&s->counters.count[LA_COUNT_RX_FRAMES], n);
	la_count_add(&s->counters.rx[LA_RX_OK], segments.n);
	gen = s->flow.gen;
	la_flow_lookup_bulk(&s->flow, segments.tuple, segments.hash, segments.handle, segments.n);
	for (uint32_t i = 0; i < segments.n; i++) {
		/* A segment before this one may have opened, closed or moved its flow. */
		if (s->flow.gen != gen)
			segments.handle[i] = la_flow_lookup(&s->flow, &segments.tuple[i],
					segments.hash[i]);
		la_stack__one_segment(s, segments.rx[i], &segments.tuple[i], segments.hash[i],
				segments.handle[i], now_us);
	}
}
