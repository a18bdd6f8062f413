/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SEGMENT ARRIVES, seventh and eighth: the text and the FIN (RFC 9293, 3.10.7.4). Text ahead of a
 * hole is held (held.c); if octets come twice, the first copy is kept.
 */
#include "held.h"
#include "la_tcp_fast.h"

static LA_COLD enum la_tcp_reason
out_of_order(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	struct la_tcp_ext *ext = la_ext__take(env, tcb);

	/* RFC 5681, 4.2: each one is answered by its own duplicate ACK. */
	la_tcp_owe_ack(tcb);
	if (!ext)
		return LA_DROP_REASSEMBLY_FULL;
	if (ext->dup_acks_owed < UINT8_MAX)
		ext->dup_acks_owed++;
	if (ext->held == LA_NONE && !ext->fin_held)
		ext->hole_us = now_us;
	if (seg->flags & LA_FIN) {
		ext->fin_held = true;
		ext->fin_seq = seg->seq + seg->len;
	}
	return la_held__add(env, tcb, ext, seg, now_us, out) ? LA_OK : LA_DROP_REASSEMBLY_FULL;
}

/* The peer fills holes. But while text of ours is outstanding, only its acknowledgement is
 * progress: else an octet now and then would keep an extension block. */
static inline void
note_in_order(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	ext->hole_us = 0;
	if (tcb->timer == LA_TIMER_REASSEMBLY)
		tcb->timer = LA_TIMER_NONE;
	if (ext->end == tcb->snd.una)
		la_ext__progress(env, ext);
}

/* The service has taken @p taken octets of the text at RCV.NXT. @return how many it left. */
static uint32_t
note_taken(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t len, uint32_t taken)
{
	/* Without an extension block RCV.WND is always the whole window, so take one
	 * before RCV.NXT moves: it records where the right edge was. */
	if (taken < len)
		la_ext__take(env, tcb);
	tcb->rcv.nxt += taken;
	if (taken > 0 && tcb->flags & LA_TCB_EXT)
		note_in_order(env, tcb, la_tcp_ext(env, tcb));
	return len - taken;
}

/* Hand text that starts at RCV.NXT to the service. @return how many octets it left. */
static uint32_t
deliver_text(const struct la_tcp_env *env, struct la_tcb *tcb, const uint8_t *text, uint32_t len,
		uint64_t now_us, const struct la_tcp_out *out)
{
	return note_taken(env, tcb, len, env->deliver(env->user, tcb, text, len, now_us, out));
}

/* The peer must send refused text again, so none of it may be held: a SACK block at or below
 * RCV.NXT would tell the peer not to send it. */
static LA_COLD void
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
		la_held__drop_first(env, ext);
	}
}

/* The hole is filled: deliver the text held behind it, up to the next hole. @return true if there
 * was any. */
static bool
deliver_held(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		const struct la_tcp_out *out)
{
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);
	bool any = false;

	/* The service may call ABORT here. */
	while (ext->held != LA_NONE && tcb->state != LA_CLOSED) {
		const struct la_tcp_chunk *chunk = la_pool_get(env->chunks, ext->held);
		uint32_t skip = tcb->rcv.nxt - chunk->seq;
		uint32_t left = 0;

		if (la_seq_lt(tcb->rcv.nxt, chunk->seq))
			break;
		if (skip < chunk->len)
			left = deliver_text(env, tcb, chunk->text + skip, chunk->len - skip, now_us,
					out);
		la_held__drop_first(env, ext);
		any = true;
		if (left > 0)
			break;
	}
	return any;
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
		la_held__free(env, ext);
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

/* Text at RCV.NXT was handed to the service, which left @p left octets. */
static enum la_tcp_reason
text_delivered(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t left)
{
	la_tcp_owe_ack(tcb);
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

/* Deliver text held behind the text that has come, and then a held FIN. */
static void
complete_text(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out)
{
	struct la_tcp_ext *ext;

	if (!(tcb->flags & LA_TCB_EXT))
		return;
	ext = la_tcp_ext(env, tcb);
	if (deliver_held(env, tcb, now_us, out) && ext->held != LA_NONE)
		la_held__progress(env, ext, now_us);
	if (ext->fin_held && tcb->rcv.nxt == ext->fin_seq)
		process_fin(env, tcb, out);
	else if (ext->fin_held && la_seq_gt(tcb->rcv.nxt, ext->fin_seq))
		ext->fin_held = false;  /* Text went on: it was no FIN of this stream. */
}

/* Take text at RCV.NXT, then the held text that now follows it. */
static enum la_tcp_reason
in_order(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	/* A block that SEND takes within this call has recorded no earlier text. */
	const bool tunes = tcb->flags & LA_TCB_EXT;
	enum la_tcp_reason reason;

	if (seg->len > 0) {
		reason = text_delivered(env, tcb,
				deliver_text(env, tcb, seg->data, seg->len, now_us, out));
		if (reason != LA_OK || tcb->state == LA_CLOSED)
			return reason;
	}
	if (seg->flags & LA_FIN)
		process_fin(env, tcb, out);
	else
		complete_text(env, tcb, now_us, out);
	if (tunes && tcb->flags & LA_TCB_EXT)
		la_window__tune(env, tcb, la_tcp_ext(env, tcb), seg, now_us);
	return LA_OK;
}

enum la_tcp_reason
la_text__process(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *seg,
		uint64_t now_us, struct la_tcp_out *out)
{
	switch ((enum la_tcp_state)tcb->state) {
	case LA_ESTABLISHED: case LA_FIN_WAIT_1: case LA_FIN_WAIT_2:
		if (LA_LIKELY(seg->seq == tcb->rcv.nxt))
			return in_order(env, tcb, seg, now_us, out);
		return out_of_order(env, tcb, seg, now_us, out);
	case LA_CLOSED: case LA_LISTEN: case LA_SYN_SENT: case LA_SYN_RECEIVED:
	case LA_CLOSE_WAIT: case LA_CLOSING: case LA_LAST_ACK: case LA_TIME_WAIT:
		/* After the peer's FIN nothing more can come. */
		break;
	}
	return LA_OK;
}
