/* SPDX-License-Identifier: BSD-3-Clause */
/* TIME-WAIT records in a ring, in the order in which they expire. */
#include <assert.h>

#include "la_timewait.h"
#include "tcp_private.h"

enum {
	AFTER_MAX = (1 << LA_TW_AFTER_BITS) - 1,
	TWO_MSL_MAX = (AFTER_MAX + 1) / 2,      /* 2MSL in units. */
};

static size_t
blocks_for(uint32_t size)
{
	return size / LA_TW_BLOCK + 1;
}

size_t
la_tw_memory(uint32_t size)
{
	return ((size_t)size + 1) * sizeof(struct la_tw_record) +
			blocks_for(size) * sizeof(uint32_t);
}

void
la_tw_init(struct la_tw *tw, void *memory, uint32_t size, uint64_t timewait_us)
{
	*tw = (struct la_tw){
		.records = memory,
		.size = size,
		.head = 1,
		.timewait_ms = (uint32_t)(timewait_us / 1000),
	};
	tw->since_ms = (void *)(tw->records + size + 1);
	memset(tw->since_ms, 0, blocks_for(size) * sizeof(uint32_t));
	while (tw->timewait_ms >> tw->shift >= TWO_MSL_MAX)
		tw->shift++;
}

static uint32_t
handle_behind(const struct la_tw *tw, uint32_t places)
{
	uint32_t handle = tw->head + places;

	return handle > tw->size ? handle - tw->size : handle;
}

static bool
in_use(const struct la_tw *tw, uint32_t handle)
{
	return (handle >= tw->head ? handle - tw->head : handle + tw->size - tw->head) < tw->places;
}

uint32_t
la_tw_oldest(const struct la_tw *tw)
{
	assert(tw->places > 0);
	return tw->records[tw->head].live ? tw->head : LA_NONE;
}

void
la_tw_drop_oldest(struct la_tw *tw)
{
	assert(tw->places > 0);
	/* The record is not written, which would cost a write-back of its cache line. */
	tw->live -= tw->records[tw->head].live;
	tw->head = handle_behind(tw, 1);
	tw->places--;
}

/* Make a block count from a later time, not after the present. Records that expire before that are
 * due already, and stay due. The time moves by whole units: nothing is rounded twice. */
static LA_COLD void
count_from_later(struct la_tw *tw, uint32_t block, uint32_t expiry)
{
	const uint32_t units = ((expiry - tw->since_ms[block]) >> tw->shift) - TWO_MSL_MAX;
	const uint32_t first = block * LA_TW_BLOCK;
	uint32_t left = 0;

	for (uint32_t i = 0; i < LA_TW_BLOCK; i++) {
		const uint32_t handle = first + i;
		struct la_tw_record *record = &tw->records[handle];

		if (handle == 0 || handle > tw->size || !in_use(tw, handle) || !record->live)
			continue;
		record->after = record->after > units ?
				(record->after - units) & AFTER_MAX : 0;
		left++;
	}
	tw->since_ms[block] = left > 0 ? tw->since_ms[block] + (units << tw->shift) : expiry;
}

/* Use the place at the tail, @p handle. @return `after` for its record. */
static uint32_t
append_record(struct la_tw *tw, uint32_t handle, uint64_t now_us)
{
	const uint32_t block = handle / LA_TW_BLOCK;
	const uint32_t expiry = (uint32_t)((now_us + 999) / 1000) + tw->timewait_ms;
	const uint32_t round_up = (1u << tw->shift) - 1;

	assert(tw->places < tw->size);
	if (expiry - tw->since_ms[block] > (uint32_t)AFTER_MAX << tw->shift)
		count_from_later(tw, block, expiry);
	tw->places++;
	tw->live++;
	tw->entered++;
	return (expiry - tw->since_ms[block] + round_up) >> tw->shift & AFTER_MAX;
}

uint32_t
la_tw_enter(struct la_tw *tw, const struct la_tcb *tcb, uint64_t now_us)
{
	const uint32_t handle = handle_behind(tw, tw->places),
			after = append_record(tw, handle, now_us);
	struct la_tw_record *record = &tw->records[handle];

	record->tuple = tcb->tuple;
	record->live = 1;
	record->timestamps = !!(tcb->flags & LA_TCB_TIMESTAMPS);
	record->after = after & AFTER_MAX;
	record->snd_nxt = tcb->snd.nxt;
	record->rcv_nxt = tcb->rcv.nxt;
	record->ts_recent = tcb->ts_recent;
	return handle;
}

uint32_t
la_tw_restart(struct la_tw *tw, uint32_t handle, uint64_t now_us)
{
	const uint32_t moved = handle_behind(tw, tw->places),
			after = append_record(tw, moved, now_us);

	tw->records[moved] = tw->records[handle];
	tw->records[moved].after = after & AFTER_MAX;
	la_tw_remove(tw, handle);
	return moved;
}

void
la_tw_remove(struct la_tw *tw, uint32_t handle)
{
	assert(tw->records[handle].live);
	tw->records[handle].live = 0;
	tw->live--;
}

uint32_t
la_tw_expire(struct la_tw *tw, uint64_t now_us, uint32_t *handles, uint32_t max)
{
	uint32_t n = 0;

	/* Holes count towards @p max, too: each costs a cache miss. */
	for (uint32_t i = 0; i < max && tw->places > 0; i++) {
		const uint32_t handle = tw->head;

		if (tw->records[handle].live) {
			if (!la_tw_is_due(tw, handle, now_us))
				break;
			handles[n++] = handle;
		}
		la_tw_drop_oldest(tw);
	}
	return n;
}

/* RFC 6191, 2; without timestamps on either side RFC 1122, 4.2.2.13. */
static bool
is_newer_syn(const struct la_tw_record *record, const struct la_seg *seg)
{
	bool newer_seq = la_seq_geq(seg->seq, record->rcv_nxt);
	bool has_ts = seg->opts.present & LA_OPT_TIMESTAMPS;

	if (!has_ts)
		return newer_seq;
	if (!record->timestamps)
		return true;
	if (seg->opts.tsval == record->ts_recent)
		return newer_seq;
	return la_seq_gt(seg->opts.tsval, record->ts_recent);
}

static enum la_tw_action
reply_ack(const struct la_tw_record *record, uint32_t tsval, uint16_t wnd, struct la_seg *reply,
		enum la_tw_action action)
{
	*reply = (struct la_seg){
		.seq = record->snd_nxt,
		.ack = record->rcv_nxt,
		.flags = LA_ACK,
		.wnd = wnd,
	};
	if (record->timestamps) {
		reply->opts.present = LA_OPT_TIMESTAMPS;
		reply->opts.tsval = tsval;
		reply->opts.tsecr = record->ts_recent;
	}
	return action;
}

/*
 * An old SYN is answered by an ACK, and a peer that no longer has the old connection answers that
 * by a RST at SEG.ACK, which is RCV.NXT. If we ignored that RST, its new connection would wait for
 * the rest of 2MSL. RFC 1337 would ignore all RSTs; a RST at any other number (RFC 5961, 3.2) has
 * no effect.
 */
static enum la_tw_action
rst_arrives(const struct la_tw_record *record, const struct la_seg *seg, bool rst_ends,
		enum la_tcp_reason *reason)
{
	if (rst_ends && seg->seq == record->rcv_nxt) {
		*reason = LA_END_RST;
		return LA_TW_END;
	}
	*reason = LA_DROP_RST_TIME_WAIT;
	return LA_TW_DROP;
}

enum la_tw_action
la_tw_segment_arrives(struct la_tw_record *record, const struct la_seg *seg, bool rst_ends,
		uint32_t tsval, uint16_t wnd, struct la_seg *reply, enum la_tcp_reason *reason)
{
	bool old;

	if (seg->flags & LA_RST)
		return rst_arrives(record, seg, rst_ends, reason);
	if ((seg->flags & (LA_SYN | LA_ACK | LA_FIN)) == LA_SYN && is_newer_syn(record, seg)) {
		*reason = LA_OK_TIME_WAIT_REOPENED;
		return LA_TW_REOPEN;
	}
	*reason = LA_OK_TIME_WAIT_ACKED;
	if (seg->flags & LA_SYN)
		return reply_ack(record, tsval, wnd, reply, LA_TW_ACK);
	if (!(seg->flags & LA_ACK)) {
		*reason = LA_DROP_NO_ACK;
		return LA_TW_DROP;
	}
	old = record->timestamps && (seg->opts.present & LA_OPT_TIMESTAMPS) &&
		la_seq_lt(seg->opts.tsval, record->ts_recent);
	/* The peer's FIN again: our ACK of it was lost. */
	if (!old && (seg->flags & LA_FIN) && seg->seq + seg->len + 1 == record->rcv_nxt)
		return reply_ack(record, tsval, wnd, reply, LA_TW_RESTART);
	if (!old && la_seg_len(seg) == 0 && seg->seq == record->rcv_nxt &&
			la_seq_leq(seg->ack, record->snd_nxt)) {
		/* It spans Last.ACK.sent (RFC 7323, 4.3), and a later SYN must be newer than it. */
		if (record->timestamps && seg->opts.present & LA_OPT_TIMESTAMPS &&
				seg->ack == record->snd_nxt)
			record->ts_recent = seg->opts.tsval;
		*reason = LA_OK;
		return LA_TW_DROP;
	}
	return reply_ack(record, tsval, wnd, reply, LA_TW_ACK);
}
