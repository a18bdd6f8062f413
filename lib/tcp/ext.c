/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The extension block of a connection: taken when there is something to send or to reassemble,
 * given back when that is done.
 */
#include "tcp_private.h"

/* Members that start as 0, in memory order so that the compiler merges the stores. */
static inline void
start_anew(struct la_tcp_ext *ext)
{
	ext->ranges = 0;
	ext->scarred = ext->rack_known = ext->rack_apart = ext->reordered = false;
	ext->reo_persist = 0;
	ext->tail_due = ext->tail_out = ext->cwr_owed = ext->cut = ext->undo_possible = ext->undo_timed = false;
	ext->undo_count = ext->rounds = 0;
	ext->counted = ext->dsack_left = ext->dsack_right = 0;
	ext->min_rtt_us = ext->w_max = 0;
	ext->rack_due_us = ext->epoch_us = ext->round_us = 0;
	ext->round_octets = ext->rate = ext->rate_before = ext->full_rate = 0;
	ext->round_again = 0;
	ext->full_rounds = 0;
	ext->gain = LA_MODEL_GAIN;
}

/* Member by member: the compiler would clear the whole struct by a slow instruction. */
static void
ext_init(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	const uint32_t flags = tcb->flags, una = tcb->snd.una, nxt = tcb->snd.nxt;
	const uint32_t rcv_nxt = tcb->rcv.nxt, window = la_window__max(env, tcb);
	const uint32_t max_wnd = la_tcp_snd_wnd(tcb), rto_us = la_rto__initial_us(env, tcb);
	const uint32_t mss = la_mss__effective_of(env, tcb, la_addr_is_v4(&tcb->tuple.remote));

	ext->ts_offset = flags & LA_TCB_TIMESTAMPS || tcb->state == LA_SYN_SENT ?
			env->ts_offset(env->user, tcb) : 0;
	ext->word = tcb->word;
	ext->next = nxt;
	/* A bare FIN is in flight: the text ended in front of it. */
	ext->end = flags & LA_TCB_FIN_SENT ? nxt - 1 : nxt;
	/* All segments that set SND.WND so far are older than the next one. */
	ext->wl1 = rcv_nxt;
	ext->wl2 = una;
	ext->max_wnd = max_wnd;
	la_cc__start(ext, mss, flags & LA_TCB_REPEATED);
	/* Before all text sent from here on, so that its loss can be found. */
	ext->recover = una - 2;
	ext->srtt_us = ext->rttvar_us = 0;
	ext->rto_us = rto_us;
	ext->rtt_seq = 0;
	ext->last_ack = rcv_nxt - !!(flags & LA_TCB_ACK_OWED);
	ext->rcv_edge = rcv_nxt + window;
	ext->room = UINT32_MAX;
	ext->window = window;
	ext->tune_nxt = ext->tune_ms = 0;
	ext->held = ext->held_recent = ext->held_tail = LA_NONE;
	ext->held_count = ext->fin_seq = 0;
	ext->held_runs = 0;
	ext->held_before = ext->held_after = LA_NONE;
	ext->held_since_ms = 0;
	ext->rtt_sent_us = ext->sent_us = ext->since_us = ext->hole_us = 0;
	ext->mss = (uint16_t)mss;
	ext->paid_us = 0;
	ext->crumbs = 0;
	ext->dupacks = ext->unanswered = ext->dup_acks_owed = 0;
	ext->slow_again = false;
	ext->fin_held = ext->recovering = ext->resend = ext->probe = ext->stalled = false;
	ext->small_end = una;
	start_anew(ext);
	ext->reo_steps = 1;
	ext->round_end = ext->dsack_round = una;
}

struct la_tcp_ext *
la_ext__take(const struct la_tcp_env *env, struct la_tcb *tcb)
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

/* SEND or a room was set before the handshake was over; the rest is only known now: the negotiated
 * options, the windows, and whether a SYN was lost. */
void
la_ext__restart(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	struct la_tcp_ext *ext;
	uint32_t word, room, queued;

	if (!(tcb->flags & LA_TCB_EXT))
		return;
	ext = la_tcp_ext(env, tcb);
	la_ext__progress(env, ext);
	word = ext->word;
	room = ext->room;
	queued = ext->end - ext->next;
	ext_init(env, tcb, ext);
	ext->word = word;
	ext->room = room;
	ext->end += queued;
}

static struct la_tcp_ext *
stalled_ext(const struct la_tcp_env *env, uint32_t handle)
{
	return la_pool_get(env->exts, handle);
}

void
la_ext__stall(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	struct la_tcp_stalled *list = env->stalled;
	struct la_tcp_ext *ext;

	if (!(tcb->flags & LA_TCB_EXT) || tcb->state < LA_ESTABLISHED)
		return;
	ext = la_tcp_ext(env, tcb);
	if (ext->stalled)
		return;
	ext->stalled = true;
	ext->owner = tcb;
	if (list == NULL)
		return;
	ext->newer = LA_NONE;
	ext->older = list->newest;
	if (list->newest != LA_NONE)
		stalled_ext(env, list->newest)->newer = tcb->ext;
	else
		list->oldest = tcb->ext;
	list->newest = tcb->ext;
}

LA_COLD void
la_ext__unstall(const struct la_tcp_env *env, struct la_tcp_ext *ext)
{
	struct la_tcp_stalled *list = env->stalled;

	ext->stalled = false;
	if (list == NULL)
		return;
	if (ext->older != LA_NONE)
		stalled_ext(env, ext->older)->newer = ext->newer;
	else
		list->oldest = ext->newer;
	if (ext->newer != LA_NONE)
		stalled_ext(env, ext->newer)->older = ext->older;
	else
		list->newest = ext->older;
}

struct la_tcb *
la_tcp_stalled_longest(const struct la_tcp_env *env)
{
	if (env->stalled == NULL || env->stalled->oldest == LA_NONE)
		return NULL;
	return stalled_ext(env, env->stalled->oldest)->owner;
}

void
la_ext__give(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	struct la_tcp_ext *ext;
	uint32_t handle = tcb->ext;

	if (!(tcb->flags & LA_TCB_EXT))
		return;
	ext = la_tcp_ext(env, tcb);
	la_ext__progress(env, ext);
	la_held__free(env, ext);
	tcb->word = ext->word;
	tcb->flags &= ~LA_TCB_EXT;
	la_pool_give(env->exts, handle);
}

bool
la_ext__is_idle(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	const struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

	return tcb->snd.una == tcb->snd.nxt && la_seq_geq(tcb->snd.nxt, ext->end) &&
		ext->held == LA_NONE && !ext->fin_held && ext->dup_acks_owed == 0 &&
		la_window__is_plain(env, tcb, ext);
}

void
la_tcp_release(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	la_ext__give(env, tcb);
}
