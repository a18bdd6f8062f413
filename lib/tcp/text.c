/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SEGMENT ARRIVES, seventh and eighth: the text and the FIN (RFC 9293,
 * 3.10.7.4). Text ahead of a hole is held in chunks, in order of SEQ and
 * without overlaps; what came first is kept.
 */
#include "la_tcp_fast.h"
#include "tcp_private.h"

enum { HELD_MIN = 64, HELD_MAX = 512, OCTETS_PER_HELD = 512 };

/*
 * Chunks one connection may hold: enough for its window in segments of 512
 * octets, so that a peer that sends single octets cannot make lists long; and,
 * whatever the window, no more than are walked through in some microseconds,
 * since each segment above a hole costs a walk, and each ACK with SACK another.
 */
static uint32_t
held_max(const struct la_tcp_env *env)
{
	return la_min32(HELD_MIN + env->params->window / OCTETS_PER_HELD, HELD_MAX);
}

/* Put a copy of some text behind the chunk *link names. */
static bool
hold_piece(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint32_t *link, uint32_t seq,
		const uint8_t *text, uint32_t len)
{
	uint32_t handle = ext->held_count < held_max(env) ? la_pool_take(env->chunks) : LA_NONE;
	struct la_tcp_chunk *chunk;

	if (handle == LA_NONE)
		return false;
	chunk = la_pool_get(env->chunks, handle);
	chunk->next = *link;
	chunk->seq = seq;
	chunk->len = len;
	memcpy(chunk->text, text, len);
	*link = handle;
	ext->held_last = handle;
	ext->held_count++;
	return true;
}

/* Hold what of the text is not held yet. */
static enum la_tcp_reason
hold_text(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_seg *seg)
{
	const uint32_t end = seg->seq + seg->len;
	uint32_t seq = seg->seq;
	uint32_t *link = &ext->held;

	while (seq != end) {
		struct la_tcp_chunk *chunk = *link ? la_pool_get(env->chunks, *link) : NULL;
		uint32_t len = la_min32(end - seq, LA_CHUNK_TEXT);

		if (chunk && la_seq_leq(chunk->seq, seq)) {
			uint32_t chunk_end = chunk->seq + chunk->len;

			/* The SACK block to report first is the one this belongs to. */
			if (la_seq_lt(seq, chunk_end)) {
				ext->held_last = *link;
				la_dsack_owe(env, tcb, seq, la_seq_lt(chunk_end, end) ?
						chunk_end : end);
				seq = la_seq_lt(chunk_end, end) ? chunk_end : end;
			}
			link = &chunk->next;
			continue;
		}
		if (chunk)
			len = la_min32(len, chunk->seq - seq);
		if (!hold_piece(env, ext, link, seq, seg->data + (seq - seg->seq), len))
			return LA_DROP_REASSEMBLY_FULL;
		seq += len;
	}
	return LA_OK;
}

static la_cold enum la_tcp_reason
out_of_order(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg)
{
	struct la_tcp_ext *ext = la_ext_take(env, tcb);

	/* RFC 5681, 4.2: each draws a duplicate ACK of its own. */
	la_tcp_owe_ack(tcb);
	if (!ext)
		return LA_DROP_REASSEMBLY_FULL;
	if (ext->dup_acks_owed < UINT8_MAX)
		ext->dup_acks_owed++;
	if (seg->flags & LA_FIN) {
		ext->fin_held = true;
		ext->fin_seq = seg->seq + seg->len;
	}
	return hold_text(env, tcb, ext, seg);
}

/* Of text that starts at RCV.NXT the service has taken so much; @return what it left. */
static uint32_t
note_taken(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t len, uint32_t taken)
{
	/* Without a second block RCV.WND is always the whole window, so take one
	 * before RCV.NXT moves: it records where the right edge was. */
	if (taken < len)
		la_ext_take(env, tcb);
	tcb->rcv.nxt += taken;
	return len - taken;
}

/* Hand text that starts at RCV.NXT to the service; @return what it left. */
static uint32_t
deliver(const struct la_tcp_env *env, struct la_tcb *tcb, const uint8_t *text, uint32_t len,
		uint64_t now_us)
{
	return note_taken(env, tcb, len, env->deliver(env->user, tcb, text, len, now_us));
}

static void
drop_first_held(const struct la_tcp_env *env, struct la_tcp_ext *ext)
{
	const struct la_tcp_chunk *chunk = la_pool_get(env->chunks, ext->held);
	uint32_t handle = ext->held;

	ext->held = chunk->next;
	if (ext->held_last == handle)
		ext->held_last = LA_NONE;
	ext->held_count--;
	la_pool_give(env->chunks, handle);
}

/* What the service refuses comes again, so none of it may be held: a SACK
 * block at or below RCV.NXT would tell the peer not to send it. */
static la_cold void
drop_refused(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	struct la_tcp_ext *ext;

	if (!(tcb->flags & LA_TCB_EXT))
		return;
	ext = la_tcp_ext(env, tcb);
	if (ext->fin_held && la_seq_geq(tcb->rcv.nxt, ext->fin_seq))
		ext->fin_held = false;
	while (ext->held != LA_NONE) {
		const struct la_tcp_chunk *chunk = la_pool_get(env->chunks, ext->held);

		if (la_seq_gt(chunk->seq, tcb->rcv.nxt))
			return;
		drop_first_held(env, ext);
	}
}

/* The hole is filled: deliver what was held behind it, as far as it goes. */
static void
deliver_held(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

	/* The service may ABORT from within. */
	while (ext->held != LA_NONE && tcb->state != LA_CLOSED) {
		const struct la_tcp_chunk *chunk = la_pool_get(env->chunks, ext->held);
		uint32_t skip = tcb->rcv.nxt - chunk->seq;
		uint32_t left = 0;

		if (la_seq_lt(tcb->rcv.nxt, chunk->seq))
			return;
		if (skip < chunk->len)
			left = deliver(env, tcb, chunk->text + skip, chunk->len - skip, now_us);
		drop_first_held(env, ext);
		if (left > 0)
			return;
	}
}

/* Eighth: check the FIN bit. */
static void
process_fin(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out)
{
	tcb->rcv.nxt++;
	la_tcp_owe_ack(tcb);
	out->events |= LA_EV_FIN;
	if (tcb->flags & LA_TCB_EXT) {
		struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

		/* Nothing can follow a FIN, whatever was held. */
		la_held_free(env, ext);
		ext->fin_held = false;
		if (la_seq_lt(ext->rcv_edge, tcb->rcv.nxt))
			ext->rcv_edge = tcb->rcv.nxt;
	}
	switch ((enum la_tcp_state)tcb->state) {
	case LA_ESTABLISHED:
		tcb->state = LA_CLOSE_WAIT;
		break;
	case LA_FIN_WAIT_1:
		/* Had our FIN been acknowledged, this would be FIN-WAIT-2. */
		tcb->state = LA_CLOSING;
		break;
	case LA_FIN_WAIT_2:
		tcb->state = LA_TIME_WAIT;
		out->events |= LA_EV_TIME_WAIT;
		break;
	case LA_CLOSED: case LA_LISTEN: case LA_SYN_SENT: case LA_SYN_RECEIVED:
	case LA_CLOSE_WAIT: case LA_CLOSING: case LA_LAST_ACK: case LA_TIME_WAIT:
		break;
	}
}

/* Text at RCV.NXT was handed over, and so much of it left. */
static enum la_tcp_reason
text_delivered(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t left)
{
	la_tcp_owe_ack(tcb);
	/* The peer is alive, and does fill holes. */
	if (tcb->timer == LA_TIMER_FIN_WAIT_2 || tcb->timer == LA_TIMER_REASSEMBLY)
		tcb->timer = LA_TIMER_NONE;
	if (left == 0 || tcb->state == LA_CLOSED)
		return LA_OK;
	drop_refused(env, tcb);
	return LA_DROP_NO_ROOM;
}

enum la_tcp_reason
la_tcp_fast_text_taken(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t len,
		uint32_t taken)
{
	return text_delivered(env, tcb, note_taken(env, tcb, len, taken));
}

/* What was held behind text that has come, and a FIN behind that. */
static void
complete(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out)
{
	struct la_tcp_ext *ext;

	if (!(tcb->flags & LA_TCB_EXT))
		return;
	deliver_held(env, tcb, now_us);
	ext = la_tcp_ext(env, tcb);
	if (ext->fin_held && tcb->rcv.nxt == ext->fin_seq)
		process_fin(env, tcb, out);
	else if (ext->fin_held && la_seq_gt(tcb->rcv.nxt, ext->fin_seq))
		ext->fin_held = false;  /* Text went on: it was no FIN of this stream. */
}

/* Text at RCV.NXT, then whatever it completes. */
static enum la_tcp_reason
in_order(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	enum la_tcp_reason reason;

	if (seg->len > 0) {
		reason = text_delivered(env, tcb, deliver(env, tcb, seg->data, seg->len, now_us));
		if (reason != LA_OK || tcb->state == LA_CLOSED)
			return reason;
	}
	if (seg->flags & LA_FIN)
		process_fin(env, tcb, out);
	else
		complete(env, tcb, now_us, out);
	return LA_OK;
}

enum la_tcp_reason
la_process_text(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	switch ((enum la_tcp_state)tcb->state) {
	case LA_ESTABLISHED: case LA_FIN_WAIT_1: case LA_FIN_WAIT_2:
		if (la_likely(seg->seq == tcb->rcv.nxt))
			return in_order(env, tcb, seg, now_us, out);
		return out_of_order(env, tcb, seg);
	case LA_CLOSED: case LA_LISTEN: case LA_SYN_SENT: case LA_SYN_RECEIVED:
	case LA_CLOSE_WAIT: case LA_CLOSING: case LA_LAST_ACK: case LA_TIME_WAIT:
		/* After the peer's FIN nothing more can come. */
		break;
	}
	return LA_OK;
}
