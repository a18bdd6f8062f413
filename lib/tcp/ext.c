/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The second block of a connection: taken when there is something to send or
 * to reassemble, given back when all that is over.
 */
#include "tcp_private.h"

static void
ext_init(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	*ext = (struct la_tcp_ext){
		.word = tcb->word,
		.next = tcb->snd.nxt,
		.end = tcb->snd.nxt,
		.small_end = tcb->snd.una,
		/* The segments that brought SND.WND so far were all older than the next one. */
		.wl1 = tcb->rcv.nxt,
		.wl2 = tcb->snd.una,
		.max_wnd = la_tcp_snd_wnd(tcb),
		/* Before anything sent from here on, so that its loss can be seen. */
		.recover = tcb->snd.una - 2,
		.rto_us = la_rto_initial_us(env, tcb),
		.last_ack = tcb->rcv.nxt - !!(tcb->flags & LA_TCB_ACK_OWED),
		.rcv_edge = tcb->rcv.nxt + la_window_max(env, tcb),
		.room = UINT32_MAX,
	};
	/* A bare FIN is in flight: the text ended in front of it. */
	if (tcb->flags & LA_TCB_FIN_SENT)
		ext->end = tcb->snd.nxt - 1;
	if ((tcb->flags & LA_TCB_TIMESTAMPS) || tcb->state == LA_SYN_SENT)
		ext->ts_offset = env->ts_offset(env->user, tcb);
	la_cc_start(ext, la_effective_mss(env, tcb), tcb->flags & LA_TCB_REPEATED);
}

struct la_tcp_ext *
la_ext_take(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	struct la_tcp_ext *ext;
	uint32_t handle;

	if (tcb->flags & LA_TCB_EXT)
		return la_tcp_ext(env, tcb);
	handle = la_pool_take(env->exts);
	if (handle == LA_NONE)
		return NULL;
	ext = la_pool_get(env->exts, handle);
	ext_init(env, tcb, ext);
	tcb->ext = handle;
	tcb->flags |= LA_TCB_EXT;
	return ext;
}

/* SEND or a room came before the handshake was over, so all else is not known
 * till now: what was negotiated, the windows, and whether a SYN was lost. */
void
la_ext_restart(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	struct la_tcp_ext *ext;
	uint32_t word, room, queued;

	if (!(tcb->flags & LA_TCB_EXT))
		return;
	ext = la_tcp_ext(env, tcb);
	word = ext->word;
	room = ext->room;
	queued = ext->end - ext->next;
	ext_init(env, tcb, ext);
	ext->word = word;
	ext->room = room;
	ext->end += queued;
}

void
la_held_free(const struct la_tcp_env *env, struct la_tcp_ext *ext)
{
	while (ext->held != LA_NONE) {
		const struct la_tcp_chunk *chunk = la_pool_get(env->chunks, ext->held);
		uint32_t next = chunk->next;

		la_pool_give(env->chunks, ext->held);
		ext->held = next;
	}
	ext->held_last = LA_NONE;
	ext->held_count = 0;
}

void
la_ext_give(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	struct la_tcp_ext *ext;
	uint32_t handle = tcb->ext;

	if (!(tcb->flags & LA_TCB_EXT))
		return;
	ext = la_tcp_ext(env, tcb);
	la_held_free(env, ext);
	tcb->word = ext->word;
	tcb->flags &= ~LA_TCB_EXT;
	la_pool_give(env->exts, handle);
}

bool
la_ext_is_idle(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	const struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

	/* Without the block the whole window counts as offered, so it must be. */
	return tcb->snd.una == tcb->snd.nxt && la_seq_geq(tcb->snd.nxt, ext->end) &&
		ext->held == LA_NONE && !ext->fin_held && ext->dup_acks_owed == 0 &&
		ext->room >= la_window_max(env, tcb);
}

void
la_tcp_release(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	la_ext_give(env, tcb);
}
