/* SPDX-License-Identifier: BSD-3-Clause */
/* Comparison of two stacks, field by field where octets differ, so that it can say which. */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "fast_pair.h"
#include "stack_private.h"

struct field {
	const char *name;
	uint32_t at, len;
};

#define FIELD(type, name) { #name, offsetof(struct type, name), sizeof(((struct type *)0)->name) }

/* All but the links of the timer. Some are bit fields. */
static const struct field tcb_fields[] = {
	FIELD(la_tcb, tuple), { "listener, mss_high", 22, 2 }, FIELD(la_tcb, snd.una),
	FIELD(la_tcb, snd.nxt), FIELD(la_tcb, rcv.nxt), FIELD(la_tcb, snd_wnd),
	{ "born, ecn", 38, 2 }, FIELD(la_tcb, ts_recent), FIELD(la_tcb, word),
	{ "state, timer, snd_scale, mss_low, flags, backoff", 60, 4 },
};

static const struct field ext_fields[] = {
	FIELD(la_tcp_ext, word), FIELD(la_tcp_ext, next), FIELD(la_tcp_ext, end),
	FIELD(la_tcp_ext, wl1), FIELD(la_tcp_ext, wl2), FIELD(la_tcp_ext, max_wnd),
	FIELD(la_tcp_ext, cwnd), FIELD(la_tcp_ext, ssthresh), FIELD(la_tcp_ext, recover),
	FIELD(la_tcp_ext, srtt_us), FIELD(la_tcp_ext, rttvar_us), FIELD(la_tcp_ext, rto_us),
	FIELD(la_tcp_ext, rtt_seq), FIELD(la_tcp_ext, last_ack), FIELD(la_tcp_ext, rcv_edge),
	FIELD(la_tcp_ext, room), FIELD(la_tcp_ext, window), FIELD(la_tcp_ext, tune_nxt),
	FIELD(la_tcp_ext, tune_ms), FIELD(la_tcp_ext, held), FIELD(la_tcp_ext, held_tail),
	FIELD(la_tcp_ext, held_recent), FIELD(la_tcp_ext, held_count),
	FIELD(la_tcp_ext, held_before), FIELD(la_tcp_ext, held_after),
	FIELD(la_tcp_ext, held_since_ms), FIELD(la_tcp_ext, fin_seq),
	FIELD(la_tcp_ext, ts_offset), FIELD(la_tcp_ext, rtt_sent_us),
	FIELD(la_tcp_ext, sent_us), FIELD(la_tcp_ext, dupacks), FIELD(la_tcp_ext, fin_held),
	FIELD(la_tcp_ext, recovering), FIELD(la_tcp_ext, resend), FIELD(la_tcp_ext, probe),
	FIELD(la_tcp_ext, unanswered), FIELD(la_tcp_ext, held_runs),
	FIELD(la_tcp_ext, dup_acks_owed), FIELD(la_tcp_ext, small_end),
	FIELD(la_tcp_ext, since_us), FIELD(la_tcp_ext, paid_us), FIELD(la_tcp_ext, crumbs),
	FIELD(la_tcp_ext, mss), FIELD(la_tcp_ext, hole_us), FIELD(la_tcp_ext, stalled),
	FIELD(la_tcp_ext, dsack_left),
	FIELD(la_tcp_ext, dsack_right), FIELD(la_tcp_ext, ranges), FIELD(la_tcp_ext, scarred),
	FIELD(la_tcp_ext, rack_known), FIELD(la_tcp_ext, min_rtt_us),
	FIELD(la_tcp_ext, rack_due_us), FIELD(la_tcp_ext, rack_apart),
	FIELD(la_tcp_ext, reordered), FIELD(la_tcp_ext, reo_steps),
	FIELD(la_tcp_ext, reo_persist), FIELD(la_tcp_ext, dsack_round),
	FIELD(la_tcp_ext, tail_due), FIELD(la_tcp_ext, tail_out),
	FIELD(la_tcp_ext, cwr_owed), FIELD(la_tcp_ext, cut),
	FIELD(la_tcp_ext, undo_possible), FIELD(la_tcp_ext, undo_timed),
	FIELD(la_tcp_ext, undo_count), FIELD(la_tcp_ext, counted), FIELD(la_tcp_ext, w_max),
	FIELD(la_tcp_ext, epoch_us), FIELD(la_tcp_ext, round_us), FIELD(la_tcp_ext, round_end),
	FIELD(la_tcp_ext, round_octets), FIELD(la_tcp_ext, rate),
	FIELD(la_tcp_ext, rate_before), FIELD(la_tcp_ext, rounds),
	FIELD(la_tcp_ext, slow_again), FIELD(la_tcp_ext, full_rate),
	FIELD(la_tcp_ext, full_rounds), FIELD(la_tcp_ext, gain), FIELD(la_tcp_ext, round_again),
};

/* What means something only while a recovery is known of. */
static const struct field undo_fields[] = {
	FIELD(la_tcp_ext, prr_flight), FIELD(la_tcp_ext, prr_delivered),
	FIELD(la_tcp_ext, prr_out), FIELD(la_tcp_ext, undo_una), FIELD(la_tcp_ext, undo_cwnd),
	FIELD(la_tcp_ext, undo_ssthresh),
};

/* And only while RACK knows of something that arrived. */
static const struct field rack_fields[] = {
	FIELD(la_tcp_ext, rack_sent), FIELD(la_tcp_ext, rack_end),
	FIELD(la_tcp_ext, rack_rtt_us), FIELD(la_tcp_ext, rack_fack),
};

static const struct field record_fields[] = {
	FIELD(la_tw_record, tuple), { "live, timestamps, after", 22, 2 },
	FIELD(la_tw_record, snd_nxt), FIELD(la_tw_record, rcv_nxt),
	FIELD(la_tw_record, ts_recent),
};

static const struct field limit_fields[] = {
	FIELD(la_limit, ends_us), FIELD(la_limit, drawn), FIELD(la_limit, rate),
	FIELD(la_limit, left),
};

static const struct field neighbour_fields[] = {
	FIELD(la_neighbour, address), FIELD(la_neighbour, since_us),
	FIELD(la_neighbour, asked_us), FIELD(la_neighbour, mac),
	FIELD(la_neighbour, candidate), FIELD(la_neighbour, state), FIELD(la_neighbour, tries),
	FIELD(la_neighbour, used), FIELD(la_neighbour, challenged),
	FIELD(la_neighbour, gateway), FIELD(la_neighbour, hinted), FIELD(la_neighbour, doubted),
};

/* What a stack holds beside its parts. */
static const struct field stack_fields[] = {
	FIELD(la_stack, draining), FIELD(la_stack, cookies_on), FIELD(la_stack, closed_queued),
	FIELD(la_stack, drain_cursor), FIELD(la_stack, link.probe_cursor),
	FIELD(la_stack, link.announce_cursor), FIELD(la_stack, link.duplicates.n),
	FIELD(la_stack, link.probed_us), FIELD(la_stack, link.memberships.cursor),
	FIELD(la_stack, link.memberships.turns), FIELD(la_stack, link.memberships.due_us),
	FIELD(la_stack, link.memberships.asked_len), FIELD(la_stack, link.started),
	FIELD(la_stack, tick_due_us), FIELD(la_stack, second_due_us),
	FIELD(la_stack, link.defended), FIELD(la_stack, link.defended_us),
	FIELD(la_stack, link.neighbours.cursor), FIELD(la_stack, link.neighbours.in_use),
	FIELD(la_stack, link.ways.far), FIELD(la_stack, link.ways.asks),
	FIELD(la_stack, link.ways.asks_len),
	FIELD(la_stack, link.ways.router), FIELD(la_stack, link.ways.has_router),
	FIELD(la_stack, link.notice.no_gateway),
	FIELD(la_stack, link.notice.gateway_silent), FIELD(la_stack, link.notice.conflict),
	FIELD(la_stack, cookie.key), FIELD(la_stack, cookie.epoch),
	FIELD(la_stack, cookie.fixed), FIELD(la_stack, cookie.since_us),
	FIELD(la_stack, cookie.rotations), FIELD(la_stack, tcbs.used),
	FIELD(la_stack, tcbs.fresh), FIELD(la_stack, tcbs.free), FIELD(la_stack, exts.used),
	FIELD(la_stack, stalled),
	FIELD(la_stack, exts.fresh), FIELD(la_stack, exts.free), FIELD(la_stack, chunks.used),
	FIELD(la_stack, chunks.fresh), FIELD(la_stack, chunks.free),
	FIELD(la_stack, holders),
	FIELD(la_stack, flow.used), FIELD(la_stack, wheel.now), FIELD(la_stack, wheel.armed),
	FIELD(la_stack, tw.head), FIELD(la_stack, tw.places), FIELD(la_stack, tw.live),
	FIELD(la_stack, queue.count), FIELD(la_stack, queue.overflowed),
	FIELD(la_stack, queue.cursor),
};

#define FIELDS(table) table, sizeof(table) / sizeof(table[0])

/* The octets of a field as a number, or the first eight of a long one. */
static uint64_t
field_value(const uint8_t *octets, uint32_t len)
{
	uint64_t value = 0;

	memcpy(&value, octets, len < sizeof(value) ? len : sizeof(value));
	return value;
}

static void
compare_fields(const struct fast_pair *pair, const char *what, uint32_t number,
		const struct field *fields, size_t n, const void *fast, const void *general)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t *a = (const uint8_t *)fast + fields[i].at;
		const uint8_t *b = (const uint8_t *)general + fields[i].at;

		if (memcmp(a, b, fields[i].len) != 0)
			fast_pair_differs(pair, "%s %u, %s: %#" PRIx64 " (fast) and %#" PRIx64
					" (general)", what, number, fields[i].name,
					field_value(a, fields[i].len),
					field_value(b, fields[i].len));
	}
}

/* The same, if the octets differ at all: padding does not count. */
static inline void
compare_object(const struct fast_pair *pair, const char *what, uint32_t number,
		const struct field *fields, size_t n, const void *fast, const void *general,
		size_t len)
{
	if (__builtin_expect(memcmp(fast, general, len) != 0, 0))
		compare_fields(pair, what, number, fields, n, fast, general);
}

static void
compare_sent(const struct fast_pair *pair)
{
	const struct fast_sent *a = &pair->fast.sent, *b = &pair->general.sent;

	if (pair->fast.frames_free != pair->general.frames_free || a->frames != b->frames)
		fast_pair_differs(pair, "%u frames were sent (fast) and %u (general)", a->frames,
				b->frames);
	for (uint32_t i = 0; i < a->frames; i++) {
		if (a->frame[i].len != b->frame[i].len || memcmp(a->octets + a->frame[i].at,
				b->octets + b->frame[i].at, a->frame[i].len) != 0)
			fast_pair_differs(pair, "frame %u that was sent", i);
		if (a->frame[i].tci != b->frame[i].tci || a->frame[i].tcp != b->frame[i].tcp)
			fast_pair_differs(pair, "what send() was told of frame %u: tag %#x and "
					"%#x, tcp %d and %d", i, a->frame[i].tci, b->frame[i].tci,
					a->frame[i].tcp, b->frame[i].tcp);
	}
}

/* One array of counters; @p name may be NULL. */
static void
compare_counts(const struct fast_pair *pair, const char *what, const la_counter *fast,
		const la_counter *general, uint32_t n, const char *(*name)(int))
{
	for (uint32_t i = 0; i < n; i++) {
		if (fast[i].value != general[i].value)
			fast_pair_differs(pair, "counter %s %u%s%s: %" PRIu64 " (fast) and %" PRIu64
					" (general)", what, i, name != NULL ? ", " : "",
					name != NULL ? name((int)i) : "", fast[i].value,
					general[i].value);
	}
}

static const char *
rx_name(int i)
{
	return la_rx_reason_name((enum la_rx_reason)i);
}

static const char *
tcp_name(int i)
{
	return la_tcp_reason_name((enum la_tcp_reason)i);
}

static const char *
count_name(int i)
{
	return la_stack_count_name((enum la_stack_count)i);
}

static const char *
state_name(int i)
{
	return la_tcp_state_name((enum la_tcp_state)i);
}

static void
compare_counters(const struct fast_pair *pair, const struct la_stack *a, const struct la_stack *b)
{
	const struct la_stack_counters *ca = &a->counters, *cb = &b->counters;
	const uint32_t listeners = a->params.listeners_len;
	const size_t len = listeners * sizeof(*a->listener_counters);

	if (memcmp(ca, cb, sizeof(*ca)) != 0) {
		compare_counts(pair, "rx", ca->rx, cb->rx, LA_RX_REASONS, rx_name);
		compare_counts(pair, "tcp", ca->tcp, cb->tcp, LA_TCP_REASONS, tcp_name);
		compare_counts(pair, "count", ca->count, cb->count, LA_STACK_COUNTS, count_name);
		compare_counts(pair, "state", ca->state, cb->state, LA_TCP_STATES, state_name);
	}
	if (memcmp(a->listener_counters, b->listener_counters, len) != 0)
		compare_counts(pair, "of listeners", &a->listener_counters[0].accepted,
				&b->listener_counters[0].accepted, 3 * listeners, NULL);
}

/* Segments held out of order. */
static void
compare_held(const struct fast_pair *pair, const struct la_stack *a, const struct la_stack *b,
		const struct la_tcp_ext *ext, uint32_t handle)
{
	uint32_t at = ext->held;

	for (uint32_t i = 0; i < ext->held_count && at != LA_NONE; i++) {
		const struct la_tcp_chunk *ca = la_pool_get(&a->chunks, at);
		const struct la_tcp_chunk *cb = la_pool_get(&b->chunks, at);

		if (ca->next != cb->next || ca->prev != cb->prev || ca->other != cb->other ||
				ca->seq != cb->seq || ca->len != cb->len ||
				memcmp(ca->text, cb->text, cb->len) != 0)
			fast_pair_differs(pair, "block %u, held segment %u", handle, i);
		at = cb->next;
	}
}

static void
compare_second(const struct fast_pair *pair, const struct la_stack *a, const struct la_stack *b,
		const struct la_tcb *tcb, uint32_t handle)
{
	const struct la_tcp_ext *ea = la_tcp_ext(&a->env, tcb), *eb = la_tcp_ext(&b->env, tcb);

	compare_object(pair, "extension block of", handle, FIELDS(ext_fields), ea, eb, sizeof(*ea));
	if (eb->rack_known)
		compare_fields(pair, "extension block of", handle, FIELDS(rack_fields), ea, eb);
	if (eb->recovering)
		compare_fields(pair, "extension block of", handle, FIELDS(undo_fields), ea, eb);
	if (memcmp(ea->range, eb->range, eb->ranges * sizeof(eb->range[0])) != 0)
		fast_pair_differs(pair, "the scoreboard of extension block %u", handle);
	if (eb->held != LA_NONE)
		compare_held(pair, a, b, eb, handle);
}

static void
compare_timer(const struct fast_pair *pair, const struct la_tcb *a, const struct la_tcb *b,
		uint32_t handle)
{
	if ((a->timed.prev != 0) != (b->timed.prev != 0))
		fast_pair_differs(pair, "block %u, timer %s: it is %s (fast) and %s (general)",
				handle, la_tcp_timer_name(b->timer),
				a->timed.prev != 0 ? "set" : "not set",
				b->timed.prev != 0 ? "set" : "not set");
	if (b->timed.prev != 0 && a->timed.deadline != b->timed.deadline)
		fast_pair_differs(pair, "block %u, deadline of timer %s: %u (fast) and %u "
				"(general), %d ticks later", handle, la_tcp_timer_name(b->timer),
				a->timed.deadline, b->timed.deadline,
				(int32_t)(a->timed.deadline - b->timed.deadline));
}

static void
compare_block(const struct fast_pair *pair, const struct la_stack *a, const struct la_stack *b,
		uint32_t handle)
{
	const struct la_tcb *ta = la_stack__tcb(a, handle), *tb = la_stack__tcb(b, handle);
	const bool ghost = ta->flags & LA_TCB_QUEUED;

	if (ta->state != tb->state)
		fast_pair_differs(pair, "block %u is in %s (fast) and %s (general)", handle,
				la_tcp_state_name(ta->state), la_tcp_state_name(tb->state));
	compare_timer(pair, ta, tb, handle);
	if (tb->state == LA_CLOSED) {
		if (ghost != !!(tb->flags & LA_TCB_QUEUED))
			fast_pair_differs(pair, "block %u: one waits in the queue", handle);
		return;
	}
	if (memcmp(ta, tb, offsetof(struct la_tcb, timed)) != 0 || memcmp(&ta->word, &tb->word,
			sizeof(*ta) - offsetof(struct la_tcb, word)) != 0)
		compare_fields(pair, "block", handle, FIELDS(tcb_fields), ta, tb);
	if (tb->flags & LA_TCB_EXT)
		compare_second(pair, a, b, tb, handle);
}

static void
compare_lookup(const struct fast_pair *pair, const struct la_tuple *tuple)
{
	const struct la_flow *a = &pair->fast.stack->flow, *b = &pair->general.stack->flow;
	const uint32_t fast = la_flow_lookup(a, tuple, la_flow_hash(a, tuple));
	const uint32_t general = la_flow_lookup(b, tuple, la_flow_hash(b, tuple));

	if (fast != general)
		fast_pair_differs(pair, "a tuple of port %u is found at %#x (fast) and %#x (general)",
				tuple->remote_port, fast, general);
}

static uint32_t
record_at(const struct la_tw *tw, uint32_t i)
{
	const uint32_t at = tw->head + i;

	return at > tw->size ? at - tw->size : at;
}

static void
compare_records(const struct fast_pair *pair, const struct la_tw *a, const struct la_tw *b)
{
	for (uint32_t i = 0; i < b->places; i++) {
		const uint32_t at = record_at(b, i);
		const struct la_tw_record *ra = &a->records[at], *rb = &b->records[at];

		if (ra->live != rb->live)
			fast_pair_differs(pair, "record %u: one is a hole", at);
		if (la_tw_expiry_ms(a, at) != la_tw_expiry_ms(b, at))
			fast_pair_differs(pair, "record %u: expires at %u ms and %u ms", at,
					la_tw_expiry_ms(a, at), la_tw_expiry_ms(b, at));
		if (rb->live)
			compare_object(pair, "record", at, FIELDS(record_fields), ra, rb,
					sizeof(*ra));
	}
}

/* If the tables are not the same octet by octet, what is found in them must be. */
static void
compare_flows(const struct fast_pair *pair, const struct la_stack *a, const struct la_stack *b)
{
	if (memcmp(a->flow.buckets, b->flow.buckets,
			a->flow.buckets_len * sizeof(*a->flow.buckets)) == 0)
		return;
	for (uint32_t handle = 1; handle <= b->tcbs.fresh; handle++) {
		if (la_stack__tcb(b, handle)->state != LA_CLOSED)
			compare_lookup(pair, &la_stack__tcb(b, handle)->tuple);
	}
	for (uint32_t i = 0; i < b->tw.places; i++) {
		const struct la_tw_record *record = &b->tw.records[record_at(&b->tw, i)];

		if (record->live)
			compare_lookup(pair, &record->tuple);
	}
}

static void
compare_queue(const struct fast_pair *pair, const struct la_queue *a, const struct la_queue *b)
{
	for (uint32_t i = 0; i < b->count; i++) {
		const struct la_owed *oa = &a->ring[(a->head + i) & a->mask];
		const struct la_owed *ob = &b->ring[(b->head + i) & b->mask];

		if (oa->handle != ob->handle || oa->known != ob->known)
			fast_pair_differs(pair, "queue, place %u: block %u (fast) and %u (general), "
					"hop known: %d and %d", i, oa->handle, ob->handle,
					oa->known, ob->known);
		if (ob->known && (!la_mac_eq(&oa->hop.mac, &ob->hop.mac) ||
				oa->hop.tci != ob->hop.tci))
			fast_pair_differs(pair, "queue, place %u: the hop of block %u", i,
					ob->handle);
	}
}

static void
compare_limits(const struct fast_pair *pair, const struct la_stack *a, const struct la_stack *b)
{
	compare_fields(pair, "limit of RSTs", 0, FIELDS(limit_fields), &a->rst_limit.all,
			&b->rst_limit.all);
	compare_fields(pair, "limit of challenges", 0, FIELDS(limit_fields),
			&a->challenge_limit.all, &b->challenge_limit.all);
	compare_fields(pair, "limit of ICMP", 0, FIELDS(limit_fields), &a->link.icmp_limit.all,
			&b->link.icmp_limit.all);
}

static void
compare_scripts(const struct fast_pair *pair)
{
	for (uint32_t i = 0; i < FAST_SCRIPTS_MAX; i++) {
		const struct fast_script *a = &pair->fast.scripts[i], *b = &pair->general.scripts[i];

		if (a->service.ops != NULL && (a->calls != b->calls || a->digest != b->digest))
			fast_pair_differs(pair, "script %u was called %" PRIu64 " times (fast) and %"
					PRIu64 " (general), or with something else", i,
					a->calls, b->calls);
	}
}

/* The order in which free objects will be taken. */
static void
compare_free(const struct fast_pair *pair, const char *what, const struct la_pool *a,
		const struct la_pool *b)
{
	uint32_t fast = a->free, general = b->free;

	while (fast == general && general != LA_NONE) {
		memcpy(&fast, la_pool_get(a, fast), sizeof(fast));
		memcpy(&general, la_pool_get(b, general), sizeof(general));
	}
	if (fast != general)
		fast_pair_differs(pair, "free %s: %u (fast) and %u (general)", what, fast, general);
}

static void
compare_neighbours(const struct fast_pair *pair, const struct la_neighbours *a,
		const struct la_neighbours *b)
{
	for (uint32_t i = 0; i <= b->mask; i++)
		compare_object(pair, "neighbour", i, FIELDS(neighbour_fields), &a->entries[i],
				&b->entries[i], sizeof(b->entries[i]));
}

static void
compare_usage(const struct fast_pair *pair, const struct la_stack *a, const struct la_stack *b)
{
	struct la_stack_usage ua, ub;
	struct la_stack_cookies ka, kb;

	la_stack_usage(a, &ua);
	la_stack_usage(b, &ub);
	if (memcmp(&ua, &ub, offsetof(struct la_stack_usage, service_objects)) != 0 ||
			ua.service_objects != ub.service_objects)
		fast_pair_differs(pair, "la_stack_usage(): %u connections, %u service objects (fast) "
				"and %u, %u (general)", ua.connections, ua.service_objects,
				ub.connections, ub.service_objects);
	la_stack_cookies(a, pair->now_us, &ka);
	la_stack_cookies(b, pair->now_us, &kb);
	if (ka.mode != kb.mode || ka.active != kb.active || ka.key_age_us != kb.key_age_us ||
			ka.rotations != kb.rotations)
		fast_pair_differs(pair, "la_stack_cookies()");
}

/* Decisions that were dropped may leave an address behind. */
static void
compare_ways(const struct fast_pair *pair, const struct la_ways *a, const struct la_ways *b)
{
	for (uint32_t i = 0; i < LA_WAYS; i++) {
		if (a->near[i].hop != b->near[i].hop)
			fast_pair_differs(pair, "way %u: %#" PRIx64 " (fast) and %#" PRIx64
					" (general)", i, a->near[i].hop, b->near[i].hop);
	}
}

static void
compare_whole(const struct fast_pair *pair, const struct la_stack *a, const struct la_stack *b)
{
	compare_free(pair, "blocks", &a->tcbs, &b->tcbs);
	compare_free(pair, "extension blocks", &a->exts, &b->exts);
	compare_free(pair, "held segments", &a->chunks, &b->chunks);
	compare_neighbours(pair, &a->link.neighbours, &b->link.neighbours);
	compare_ways(pair, &a->link.ways, &b->link.ways);
	compare_usage(pair, a, b);
}

void
fast_pair_compare(const struct fast_pair *pair, bool whole)
{
	const struct la_stack *a = pair->fast.stack, *b = pair->general.stack;

	compare_sent(pair);
	compare_counters(pair, a, b);
	compare_fields(pair, "stack", 0, FIELDS(stack_fields), a, b);
	for (uint32_t handle = 1; handle <= b->tcbs.fresh; handle++)
		compare_block(pair, a, b, handle);
	compare_queue(pair, &a->queue, &b->queue);
	compare_records(pair, &a->tw, &b->tw);
	compare_flows(pair, a, b);
	compare_limits(pair, a, b);
	compare_scripts(pair);
	if (whole)
		compare_whole(pair, a, b);
}
