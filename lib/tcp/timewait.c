/* SPDX-License-Identifier: BSD-3-Clause */
/* TIME-WAIT records in a ring, in the order in which they expire. */
#include <assert.h>

#include "la_timewait.h"
#include "tcp_private.h"

size_t
la_tw_memory(uint32_t size)
{
	return ((size_t)size + 1) * sizeof(struct la_tw_record);
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
}

static uint32_t
behind(const struct la_tw *tw, uint32_t places)
{
	uint32_t handle = tw->head + places;

	return handle > tw->size ? handle - tw->size : handle;
}

uint32_t
la_tw_oldest(const struct la_tw *tw)
{
	assert(tw->places > 0);
	return tw->records[tw->head].flags & LA_TW_LIVE ? tw->head : LA_NONE;
}

void
la_tw_drop_oldest(struct la_tw *tw)
{
	struct la_tw_record *record = &tw->records[tw->head];

	assert(tw->places > 0);
	if (record->flags & LA_TW_LIVE)
		tw->live--;
	record->flags = 0;
	tw->head = behind(tw, 1);
	tw->places--;
}

static uint32_t
append(struct la_tw *tw, uint64_t now_us)
{
	uint32_t handle = behind(tw, tw->places);

	assert(tw->places < tw->size);
	tw->places++;
	tw->live++;
	tw->records[handle].expiry = (uint32_t)(now_us / 1000) + tw->timewait_ms;
	return handle;
}

uint32_t
la_tw_enter(struct la_tw *tw, const struct la_tcb *tcb, uint64_t now_us)
{
	uint32_t handle = append(tw, now_us);
	struct la_tw_record *record = &tw->records[handle];

	record->tuple = tcb->tuple;
	record->flags = LA_TW_LIVE;
	record->snd_nxt = tcb->snd.nxt;
	record->rcv_nxt = tcb->rcv.nxt;
	record->ts_recent = tcb->ts_recent;
	if (tcb->flags & LA_TCB_TIMESTAMPS)
		record->flags |= LA_TW_TIMESTAMPS;
	return handle;
}

uint32_t
la_tw_restart(struct la_tw *tw, uint32_t handle, uint64_t now_us)
{
	uint32_t moved = append(tw, now_us);
	uint32_t expiry = tw->records[moved].expiry;

	tw->records[moved] = tw->records[handle];
	tw->records[moved].expiry = expiry;
	la_tw_remove(tw, handle);
	return moved;
}

void
la_tw_remove(struct la_tw *tw, uint32_t handle)
{
	assert(tw->records[handle].flags & LA_TW_LIVE);
	tw->records[handle].flags = 0;
	tw->live--;
}

uint32_t
la_tw_expire(struct la_tw *tw, uint64_t now_us, uint32_t *handles, uint32_t max)
{
	uint32_t now_ms = (uint32_t)(now_us / 1000);
	uint32_t n = 0;

	/* Holes count against the budget too: each costs a cache miss. */
	for (uint32_t i = 0; i < max && tw->places > 0; i++) {
		const struct la_tw_record *record = &tw->records[tw->head];

		if (record->flags & LA_TW_LIVE) {
			if (la_seq_gt(record->expiry, now_ms))
				break;
			handles[n++] = tw->head;
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
	if (!(record->flags & LA_TW_TIMESTAMPS))
		return true;
	if (seg->opts.tsval == record->ts_recent)
		return newer_seq;
	return la_seq_gt(seg->opts.tsval, record->ts_recent);
}

static enum la_tw_action
acknowledge(const struct la_tw_record *record, uint32_t tsval, uint16_t wnd, struct la_seg *reply,
		enum la_tw_action action)
{
	*reply = (struct la_seg){
		.seq = record->snd_nxt,
		.ack = record->rcv_nxt,
		.flags = LA_ACK,
		.wnd = wnd,
	};
	if (record->flags & LA_TW_TIMESTAMPS) {
		reply->opts.present = LA_OPT_TIMESTAMPS;
		reply->opts.tsval = tsval;
		reply->opts.tsecr = record->ts_recent;
	}
	return action;
}

/* RFC 1337: a RST, most likely an old duplicate, is no reason to end early. */
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
		return acknowledge(record, tsval, wnd, reply, LA_TW_ACK);
	if (!(seg->flags & LA_ACK)) {
		*reason = LA_DROP_NO_ACK;
		return LA_TW_DROP;
	}
	old = (record->flags & LA_TW_TIMESTAMPS) && (seg->opts.present & LA_OPT_TIMESTAMPS) &&
		la_seq_lt(seg->opts.tsval, record->ts_recent);
	/* The peer's FIN again: our ACK of it was lost. */
	if (!old && (seg->flags & LA_FIN) && seg->seq + seg->len + 1 == record->rcv_nxt)
		return acknowledge(record, tsval, wnd, reply, LA_TW_RESTART);
	if (!old && la_seg_len(seg) == 0 && seg->seq == record->rcv_nxt &&
			la_seq_leq(seg->ack, record->snd_nxt)) {
		*reason = LA_OK;
		return LA_TW_DROP;
	}
	return acknowledge(record, tsval, wnd, reply, LA_TW_ACK);
}
