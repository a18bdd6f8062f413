/* SPDX-License-Identifier: BSD-3-Clause */
/* TIME-WAIT records in the flow table: they are added, get segments, and expire in bulk. */
#include "syns.h"

enum {
	REOPEN_STEP = 65535,            /* Past any window without scale (RFC 6191, 2). */
	RESTART_SHARE = 64,
	BATCH = 128,                    /* Records that leave the table together. */
	AHEAD = 16,                     /* Records whose buckets are being prefetched. */
	EXPIRE_EVERY_US = 32,
	GATHERED_PER_US = 2,            /* About a twentieth of a core. */
};

static uint32_t
record_hash(const struct la_stack *s, uint32_t handle)
{
	return la_flow_hash(&s->flow, &s->tw.records[handle].tuple);
}

/* The queue is full: drop the oldest record to make room for a new one. */
LA_COLD void
la_stack__time_wait_give_up(struct la_stack *s, uint64_t now_us)
{
	const uint32_t oldest = la_tw_oldest(&s->tw);

	if (oldest != LA_NONE) {
		la_flow_remove(&s->flow, record_hash(s, oldest), LA_FLOW_TIME_WAIT | oldest);
		la_stack__count(s, la_tw_is_due(&s->tw, oldest, now_us) ?
				LA_COUNT_TIME_WAIT_EXPIRED : LA_COUNT_TIME_WAIT_REUSED);
	}
	la_tw_drop_oldest(&s->tw);
}

/*
 * A repeated FIN restarts 2MSL. Each restart leaves a hole in the queue, so a
 * restart that would change little is skipped: a flood of FINs to one record
 * must not evict the others.
 */
static void
restart_record(struct la_stack *s, uint32_t hash, uint32_t record, uint64_t now_us)
{
	const uint32_t left = la_tw_expiry_ms(&s->tw, record) - (uint32_t)(now_us / 1000);
	/* Negative for a new record: its expiry is rounded up. */
	const int32_t gone = (int32_t)(s->tw.timewait_ms - left);
	uint32_t moved;

	if (gone <= (int32_t)(s->tw.timewait_ms / RESTART_SHARE) || la_tw_is_full(&s->tw))
		return;
	moved = la_tw_restart(&s->tw, record, now_us);
	la_flow_replace(&s->flow, hash, LA_FLOW_TIME_WAIT | record, LA_FLOW_TIME_WAIT | moved);
}

static void
end_record(struct la_stack *s, uint32_t hash, uint32_t record)
{
	la_flow_remove(&s->flow, hash, LA_FLOW_TIME_WAIT | record);
	la_tw_remove(&s->tw, record);
	la_stack__time_wait_show(s);
}

/* Replace a record by a new connection of the same tuple. */
void
la_stack__time_wait_replace(struct la_stack *s, uint32_t hash, uint32_t record, uint32_t handle)
{
	la_flow_replace(&s->flow, hash, LA_FLOW_TIME_WAIT | record, handle);
	la_tw_remove(&s->tw, record);
	la_stack__time_wait_show(s);
}

/* A newer SYN: SYN-RECEIVED with an ISS past all that the old connection sent. */
static enum la_tcp_reason
reopen_record(struct la_stack *s, const struct la_rx *rx, uint32_t hash, uint32_t record,
		uint32_t listener, uint64_t now_us)
{
	const struct la_tuple tuple = s->tw.records[record].tuple;
	const uint32_t iss = s->tw.records[record].snd_nxt + REOPEN_STEP +
			(la_limit_draw(&s->rst_limit.all) & 0xffff);
	uint32_t handle;

	if (!la_stack__may_keep_syn(s) && la_pool_left(&s->tcbs) > 0)
		return LA_DROP_BACKLOG_FULL;
	la_stack__room_for_syn(s, now_us);
	handle = la_stack__take(s, &tuple, listener);
	if (handle == LA_NONE)
		return LA_DROP_TABLE_FULL;
	la_stack__time_wait_replace(s, hash, record, handle);
	la_stack__passive(s, rx, handle, iss, now_us);
	return LA_OK_TIME_WAIT_REOPENED;
}

/*
 * A SYN to TIME-WAIT gets a block if possible, since our ISS should be past all that the old
 * connection sent. If blocks are scarce, a cookie is sent, whose ISN may be any, if both
 * connections have timestamps: with them the peer detects old duplicates (RFC 7323, 5).
 * The record stays until the cookie comes back.
 */
static bool
takes_cookie(const struct la_stack *s, const struct la_tw_record *record, const struct la_rx *rx)
{
	return s->params.syn_cookies != LA_COOKIES_NEVER && s->params.tcp.timestamps &&
			record->timestamps && rx->seg.opts.present & LA_OPT_TIMESTAMPS;
}

/* As a SYN in LISTEN: there may be no listener any more. */
static void
newer_syn(struct la_stack *s, const struct la_rx *rx, uint32_t hash, uint32_t record,
		uint64_t now_us)
{
	const struct la_tuple *tuple = &s->tw.records[record].tuple;
	const uint32_t listener = la_stack__listener(s, tuple->local, tuple->local_port);
	enum la_tcp_reason reason;

	if (listener == LA_LISTENER_NONE) {
		la_stack__reset(s, rx, LA_RST_CLOSED_PORT, now_us);
		return;
	}
	la_stack__count(s, LA_COUNT_SYN_RECEIVED);
	if (s->draining) {
		la_count(&s->listener_counters[listener].refused);
		la_stack__reset(s, rx, LA_DROP_DRAINING, now_us);
		return;
	}
	if (!la_stack__may_keep_syn(s) && takes_cookie(s, &s->tw.records[record], rx)) {
		la_stack__send_cookie(s, rx, hash, now_us);
		return;
	}
	reason = reopen_record(s, rx, hash, record, listener, now_us);
	if (reason != LA_OK_TIME_WAIT_REOPENED)
		la_count(&s->listener_counters[listener].refused);
	la_stack__reason(s, reason);
}

/*
 * Does an ACK bring back a cookie that was sent from TIME-WAIT? Its timestamp must be newer than
 * any of the old connection, so a late duplicate of the ACK that opened the old connection opens
 * nothing. @return true if so; then the segment is finished.
 */
static bool
cookie_comes_back(struct la_stack *s, const struct la_rx *rx, uint32_t hash, uint32_t at,
		uint64_t now_us)
{
	const struct la_tw_record *record = &s->tw.records[at];
	const struct la_tuple tuple = record->tuple;
	const uint32_t listener = la_stack__listener(s, tuple.local, tuple.local_port);
	struct la_tcp_negotiated n;
	uint32_t handle;

	if ((rx->seg.flags & (LA_SYN | LA_RST | LA_ACK)) != LA_ACK || !takes_cookie(s, record, rx) ||
			!la_seq_gt(rx->seg.opts.tsval, record->ts_recent) ||
			rx->seg.ack == record->snd_nxt || s->draining)
		return false;
	if (listener == LA_LISTENER_NONE || !la_stack__cookie_good(s, rx, now_us, &n))
		return false;
	la_stack__room_for_cookie(s, now_us);
	handle = la_stack__can_send(s, NULL, listener, now_us) ?
			la_stack__take(s, &tuple, listener) : LA_NONE;
	if (handle == LA_NONE) {
		la_stack__reason(s, LA_DROP_TABLE_FULL);
		la_count(&s->listener_counters[listener].refused);
		return true;
	}
	la_stack__time_wait_replace(s, hash, at, handle);
	la_stack__syn_opened(s, hash);
	la_stack__open_by_cookie(s, rx, handle, &rx->seg, &n, now_us);
	return true;
}

static uint32_t
reply_tsval(const struct la_stack *s, const struct la_tw_record *record, const struct la_rx *rx,
		uint64_t now_us)
{
	const struct la_cookie_tuple tuple = la_stack__cookie_tuple(rx);

	return record->timestamps ? la_cookie_tsval(&s->cookie, &tuple, now_us) : 0;
}

/* As for connections: a bare ACK draws only a challenge, or two records might never stop. */
static bool
may_reply(struct la_stack *s, const struct la_rx *rx, uint32_t hash, uint64_t now_us)
{
	return la_seg_len(&rx->seg) > 0 ? la_stack__may_answer(s, hash, now_us) :
			la_stack__may_challenge(s, &rx->source, hash, now_us);
}

void
la_stack__time_wait_segment(struct la_stack *s, const struct la_rx *rx, uint32_t hash,
		uint32_t handle, uint64_t now_us)
{
	const uint32_t at = handle & ~LA_FLOW_TIME_WAIT;
	struct la_tw_record *record = &s->tw.records[at];
	const uint16_t wnd = (uint16_t)(s->params.tcp.window >> s->params.tcp.rcv_scale);
	enum la_tcp_reason reason;
	enum la_tw_action action;
	struct la_seg seg = rx->seg, reply;

	if (cookie_comes_back(s, rx, hash, at, now_us))
		return;
	/* "Would be enabled for the new incarnation" (RFC 6191, 2): not if timestamps are off. */
	if (!s->params.tcp.timestamps)
		seg.opts.present &= ~LA_OPT_TIMESTAMPS;
	action = la_tw_segment_arrives(record, &seg, s->params.rst_ends_time_wait,
			reply_tsval(s, record, rx, now_us), wnd, &reply, &reason);
	if (action == LA_TW_REOPEN) {
		newer_syn(s, rx, hash, at, now_us);
		return;
	}
	la_stack__reason(s, reason);
	if (action == LA_TW_END)
		end_record(s, hash, at);
	if ((action == LA_TW_RESTART || action == LA_TW_ACK) && may_reply(s, rx, hash, now_us))
		la_stack__reply(s, rx, &reply, LA_TO_STRANGER, now_us);
	if (action == LA_TW_RESTART)
		restart_record(s, hash, at, now_us);
}

/* Remove records from the table, with the buckets of the next AHEAD records prefetched. */
static void
forget_records(struct la_stack *s, const uint32_t *record, uint32_t n)
{
	uint32_t hash[BATCH];

	for (uint32_t i = 0; i < n + AHEAD; i++) {
		if (i < n) {
			hash[i] = record_hash(s, record[i]);
			la_flow_prefetch(&s->flow, hash[i]);
		}
		if (i >= AHEAD)
			la_flow_remove(&s->flow, hash[i - AHEAD],
					LA_FLOW_TIME_WAIT | record[i - AHEAD]);
	}
}

/* @return how many places left the queue, holes included. */
static uint32_t
expire_batch(struct la_stack *s, uint64_t now_us, uint32_t max)
{
	const uint32_t places = s->tw.places;
	uint32_t record[BATCH];
	const uint32_t n = la_tw_expire(&s->tw, now_us, record, max);

	forget_records(s, record, n);
	la_count_add(&s->counters.count[LA_COUNT_TIME_WAIT_EXPIRED], n);
	return places - s->tw.places;
}

/*
 * How many places may leave the queue now: as many as were added since the last call, so
 * that the queue does not grow for this reason; and GATHERED_PER_US for each microsecond
 * since then from the backlog (records that were added together expire together), so few
 * that packets are hardly delayed, however often this is called.
 */
static uint32_t
expiries_allowed(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	const uint64_t gathered = (now_us - s->expired_us) * GATHERED_PER_US;
	const uint32_t added = s->tw.entered - s->expired_entered;

	s->expired_us = now_us;
	s->expired_entered = s->tw.entered;
	return (added < budget ? added : budget) +
			(gathered < budget ? (uint32_t)gathered : budget);
}

void
la_stack__time_wait_expire(struct la_stack *s, uint64_t now_us, uint32_t budget)
{
	const uint32_t live = s->tw.live;

	/* Do not expire a few in each call: only the cache misses of many overlap. */
	if (now_us - s->expired_us < EXPIRE_EVERY_US)
		return;
	for (uint32_t left = expiries_allowed(s, now_us, budget); left > 0;) {
		const uint32_t max = left < BATCH ? left : BATCH;

		if (expire_batch(s, now_us, max) < max)
			break;
		left -= max;
	}
	if (s->tw.live != live)
		la_stack__time_wait_show(s);
}
