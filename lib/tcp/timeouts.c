/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TIMEOUTS (RFC 9293, 3.10.8). A connection has one timer but may have several deadlines at once.
 * la_timer__choose() computes each of them and sets the timer to the earliest; tcb->timer says
 * which that is. Code that postpones one of these deadlines sets tcb->timer to NONE, which asks for
 * a new choice.
 *
 * When a limit starts to count:
 *   something of ours is not acknowledged   when it was queued, or SND.UNA last moved
 *   nothing is outstanding                  when the last segment was taken
 *   FIN-WAIT-2                              when it was entered, whatever arrives
 *   text held above a hole                  when the hole opened, or text last came in order
 * With an extension block these times are kept there. Without one they are derived from the
 * timer that has just fired, or from `born`.
 */
#include "sack.h"

/* The earliest deadline. */
struct due {
	uint64_t at_us;
	enum la_tcp_timer kind;
};

static inline struct due
nearer_due(struct due due, uint64_t at_us, enum la_tcp_timer kind)
{
	return at_us < due.at_us ? (struct due){ at_us, kind } : due;
}

static inline void
start_timer(const struct la_tcp_env *env, struct la_tcb *tcb, struct due due)
{
	tcb->timer = due.kind;
	if (due.kind != LA_TIMER_NONE)
		env->arm(env->user, tcb, due.at_us);
}

uint8_t
la_tcp_born_coarse_for(const struct la_tcp_params *params)
{
	/* Well before short units wrap. */
	const uint64_t long_us = UINT64_C(8) * 3600 * 1000000;

	return params->fin_wait_2_us < long_us && params->idle_timeout_us < long_us &&
			params->keepalive_us < long_us ? 0 : LA_BORN_COARSE;
}

/* The time that `born` stands for, rounded up: a limit that counts from it ends late, not early. */
static uint64_t
born_us(const struct la_tcp_params *params, const struct la_tcb *tcb, uint64_t now_us)
{
	const uint32_t shift = LA_BORN_SHIFT + params->born_coarse;
	const uint64_t now = now_us >> shift;
	const uint64_t born = now - ((now - tcb->born) & LA_BORN_MASK);
	const uint64_t end_us = (born + 1) << shift;

	return end_us < now_us ? end_us : now_us;
}

/* True if the peer still has to acknowledge something, sent or not. */
static bool
is_outstanding(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	if (tcb->snd.una != tcb->snd.nxt)
		return true;
	return tcb->flags & LA_TCB_EXT && la_seq_lt(tcb->snd.una, la_tcp_ext(env, tcb)->end);
}

/* Time from the first to the last transmission of a SYN-ACK, or of a FIN without text (RFC 6298,
 * 5.5). */
static uint64_t
backed_off_us(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	const uint64_t first_us = la_rto__initial_us(env, tcb);
	uint64_t took_us = 0;

	for (unsigned int i = 0; i < tcb->backoff; i++) {
		const uint64_t rto_us = first_us << i;

		took_us += rto_us < env->params->rto_max_us ? rto_us : env->params->rto_max_us;
	}
	return took_us;
}

/* When a FIN without text was first sent; @p now_us: when it is sent again. */
static uint64_t
fin_sent_us(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us)
{
	const uint64_t took_us = backed_off_us(env, tcb);

	return took_us < now_us ? now_us - took_us : 0;
}

/* With an extension block: when the peer was last heard, or something of ours was last
 * acknowledged. since_us 0 starts now. */
static uint64_t
heard_with_ext_us(struct la_tcp_ext *ext, uint64_t now_us)
{
	if (ext->since_us == 0)
		ext->since_us = now_us;
	return ext->since_us;
}

/* USER TIMEOUT: when the peer will have acknowledged nothing outstanding for as long as the idle
 * limit. UINT64_MAX: there is no such limit. */
static uint64_t
user_timeout_us(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us)
{
	if (env->params->idle_timeout_us == 0 || tcb->state < LA_ESTABLISHED)
		return UINT64_MAX;
	if (!(tcb->flags & LA_TCB_EXT))
		return fin_sent_us(env, tcb, now_us) + env->params->idle_timeout_us;
	return heard_with_ext_us(la_tcp_ext(env, tcb), now_us) + env->params->idle_timeout_us;
}

/*
 * Something is outstanding: send it again, or probe the window, until USER TIMEOUT. Text sent just
 * now gets its first RTO in any case, and the limit is checked when it is sent again, so the fast
 * path need not know that limit.
 */
static void
wait_for_ack(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		enum la_tcp_timer kind, uint64_t now_us)
{
	uint64_t due_us = now_us + la_rto__us(env, tcb);
	struct due due;

	if (kind == LA_TIMER_RETRANSMIT && ext != NULL && la_tcp__has_sack(tcb))
		kind = la_rack__timer(env, tcb, ext, now_us, &due_us);
	/* These count from when they were set. With an extension block USER is computed again, from
	 * the time kept there. */
	if (tcb->timer == kind || (ext == NULL && tcb->timer == LA_TIMER_USER))
		return;
	due = (struct due){ due_us, kind };
	if (kind == LA_TIMER_PERSIST || tcb->backoff != 0)
		due = nearer_due(due, user_timeout_us(env, tcb, now_us), LA_TIMER_USER);
	start_timer(env, tcb, due);
}

/*
 * Nothing is outstanding: when to end the connection, or to probe its peer, last heard at @p
 * since_us. A peer that may not know of us is probed at @p confirm_us; 0: it knows.
 */
static struct due
due_of_peer(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t since_us,
		uint64_t confirm_us, uint64_t now_us)
{
	const struct la_tcp_params *params = env->params;
	struct due due = { UINT64_MAX, LA_TIMER_NONE };

	if (params->idle_timeout_us != 0)
		due = nearer_due(due, since_us + params->idle_timeout_us, LA_TIMER_IDLE);
	/* In FIN-WAIT-2 the limit ends the connection anyway, so its peer is not probed. */
	if (tcb->state == LA_FIN_WAIT_2 && params->fin_wait_2_us != 0)
		due = nearer_due(due, born_us(params, tcb, now_us) + params->fin_wait_2_us,
				LA_TIMER_FIN_WAIT_2);
	else if (tcb->flags & LA_TCB_PROBING)
		due = nearer_due(due, now_us + params->keepalive_interval_us, LA_TIMER_KEEPALIVE);
	else if (params->keepalive_us != 0)
		due = nearer_due(due, since_us + params->keepalive_us, LA_TIMER_KEEPALIVE);
	if (confirm_us != 0)
		due = nearer_due(due, confirm_us, LA_TIMER_CONFIRM);
	return due;
}

static bool
has_hole(const struct la_tcp_ext *ext)
{
	return ext->held != LA_NONE || ext->fin_held;
}

/*
 * A live peer fills a hole within its longest RTO. Without this limit one octet of a peer that is
 * gone would keep the extension block and the chunks for ever.
 */
static uint64_t
hole_ends_us(const struct la_tcp_env *env, const struct la_tcp_ext *ext)
{
	return ext->hole_us + env->params->rto_max_us;
}

/* False to give the extension block back at once: it is not needed, or few are left. */
static bool
keep_ext(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	return (tcb->state == LA_ESTABLISHED || tcb->state == LA_CLOSE_WAIT) &&
		la_pool_left(env->exts) > env->exts->size / 4;
}

/* Nothing is outstanding, but an extension block is held. */
static void
wait_with_ext(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint64_t now_us)
{
	const uint64_t since_us = heard_with_ext_us(ext, now_us);
	const bool idle = la_ext__is_idle(env, tcb);
	struct due due;

	if (ext->hole_us == 0)
		ext->hole_us = now_us;
	if (idle && !keep_ext(env, tcb)) {
		due = due_of_peer(env, tcb, since_us, 0, now_us);
		la_ext__give(env, tcb);
		start_timer(env, tcb, due);
		return;
	}
	/* These count from when they were set. */
	if (tcb->timer == (idle ? LA_TIMER_SENDER : LA_TIMER_REASSEMBLY) ||
			(tcb->flags & LA_TCB_PROBING && tcb->timer == LA_TIMER_KEEPALIVE))
		return;
	due = due_of_peer(env, tcb, since_us, 0, now_us);
	if (idle)
		due = nearer_due(due, now_us + la_rto__us(env, tcb), LA_TIMER_SENDER);
	else if (!ext->stalled)
		due = nearer_due(due, ext->hole_us + la_rto__us(env, tcb), LA_TIMER_REASSEMBLY);
	else if (has_hole(ext))
		due = nearer_due(due, hole_ends_us(env, ext), LA_TIMER_REASSEMBLY);
	else
		/* Held because the service lacks room: the caller may ask it again then. */
		due = nearer_due(due, now_us + env->params->rto_max_us, LA_TIMER_REASSEMBLY);
	start_timer(env, tcb, due);
}

/* When the peer was last heard, if only the timer shows it. */
static uint64_t
heard_us(const struct la_tcp_params *params, const struct la_tcb *tcb, uint64_t now_us)
{
	uint64_t ago_us;

	if (!(tcb->flags & LA_TCB_PROBING))
		return now_us;
	/* A probe was sent just now; the first one was sent after keepalive_us. */
	ago_us = params->keepalive_us + (tcb->backoff - 1u) * params->keepalive_interval_us;
	return ago_us < now_us ? now_us - ago_us : 0;
}

void
la_timer__choose(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	struct la_tcp_ext *ext = NULL;
	uint32_t next = tcb->snd.nxt;

	if (tcb->flags & LA_TCB_EXT) {
		ext = la_tcp_ext(env, tcb);
		next = ext->next;
	}
	if (next != tcb->snd.una) {
		wait_for_ack(env, tcb, ext, LA_TIMER_RETRANSMIT, now_us);
		return;
	}
	if (ext != NULL && la_seq_lt(ext->next, ext->end)) {
		wait_for_ack(env, tcb, ext, LA_TIMER_PERSIST, now_us);
		return;
	}
	if (ext != NULL) {
		wait_with_ext(env, tcb, ext, now_us);
		return;
	}
	/* These still count from when the peer was last heard, or FIN-WAIT-2 was entered. */
	if (tcb->timer == LA_TIMER_IDLE || tcb->timer == LA_TIMER_KEEPALIVE ||
			tcb->timer == LA_TIMER_CONFIRM || tcb->timer == LA_TIMER_FIN_WAIT_2)
		return;
	start_timer(env, tcb, due_of_peer(env, tcb, heard_us(env->params, tcb, now_us), 0, now_us));
}

static uint8_t
retransmission_limit(const struct la_tcp_params *params, const struct la_tcb *tcb)
{
	if (tcb->state == LA_SYN_SENT)
		return params->syn_retries;
	if (tcb->state == LA_SYN_RECEIVED)
		return params->syn_ack_retries;
	return params->retries;
}

static void
give_up(struct la_tcb *tcb, struct la_tcp_out *out)
{
	tcb->state = LA_CLOSED;
	out->events |= LA_EV_TIMED_OUT;
}

/* RFC 6298, 5.4 to 5.7, and the limit R2 of RFC 9293, 3.8.3. */
static void
time_out_text(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out)
{
	if (tcb->backoff >= retransmission_limit(env->params, tcb)) {
		give_up(tcb, out);
		return;
	}
	tcb->backoff++;
	if (now_us >= user_timeout_us(env, tcb, now_us)) {
		la_tcp_abort(env, tcb, out);
		give_up(tcb, out);
		return;
	}
	la_ext__stall(env, tcb);
	out->events |= LA_EV_RETRANSMIT;
	if (tcb->state < LA_ESTABLISHED)
		tcb->flags |= LA_TCB_REPEATED;
	if ((tcb->flags & LA_TCB_EXT) && tcb->state >= LA_ESTABLISHED) {
		struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

		if (la_tcp__black_hole(env, tcb))
			out->events |= LA_EV_BLACK_HOLE;
		la_recovery__timeout(tcb, ext);
		la_cc__timeout(env->params, tcb, ext, la_mss__effective(env, tcb));
		ext->next = tcb->snd.una;
		ext->rtt_sent_us = 0;
	} else {
		tcb->flags |= LA_TCB_REPEAT;
	}
}

/* 3.8.6.1: probe for as long as the peer answers (MUST-37), or until USER TIMEOUT: a peer that
 * takes nothing counts as idle, and that limit is for idle peers (RFC 6429, 4). */
static void
probe_window(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out)
{
	enum { BACKOFF_MAX = 15 };
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

	if (ext->unanswered > env->params->retries) {
		give_up(tcb, out);
		return;
	}
	la_ext__stall(env, tcb);
	ext->unanswered++;
	ext->probe = true;
	if (tcb->backoff < BACKOFF_MAX)
		tcb->backoff++;
}

/* 3.8.4: ask whether the peer of an idle connection is still there. */
static void
probe_peer(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out)
{
	if (!(tcb->flags & LA_TCB_PROBING)) {
		tcb->flags |= LA_TCB_PROBING;
		tcb->backoff = 0;
	}
	if (tcb->backoff >= env->params->keepalive_probes) {
		la_tcp_abort(env, tcb, out);
		give_up(tcb, out);
		return;
	}
	tcb->backoff++;
	tcb->flags |= LA_TCB_REPEAT;
}

enum { LONG_ENOUGH_US = 6000000 };

void
la_timer__opened_by_cookie(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	const struct la_tcp_params *params = env->params;
	struct due due;

	if (params->confirm_us == 0)
		return;
	due = due_of_peer(env, tcb, now_us, now_us + params->confirm_us, now_us);
	/* Another timer may find out sooner that the peer is gone. */
	if (due.kind == LA_TIMER_CONFIRM)
		start_timer(env, tcb, due);
}

/* Count the age from now: the handshake may have taken long. */
void
la_tcp__repeat_last_ack(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	if (env->params->confirm_us == 0 || tcb->state != LA_ESTABLISHED)
		return;
	tcb->born = la_tcp_birth(env->params, now_us) & LA_BORN_MASK;
	start_timer(env, tcb, due_of_peer(env, tcb, now_us, now_us + env->params->rto_initial_us,
			now_us));
}

/*
 * A peer that made a cookie learns of the connection only by our last ACK, and does not repeat its
 * SYN-ACK. If we send nothing else and hear nothing, we send the ACK again: after one RTO, then
 * each time the age has doubled.
 * @return when; 0: no more.
 */
static uint64_t
next_last_ack_us(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us)
{
	const uint64_t age_us = now_us - born_us(env->params, tcb, now_us);
	const uint64_t in_us = age_us > env->params->rto_initial_us ? age_us :
			env->params->rto_initial_us;

	return age_us < LONG_ENOUGH_US ? now_us + in_us : 0;
}

/* A healthy peer does not answer the ACK; a peer without the connection sends a RST (RFC 9293,
 * 3.5.1, half-open connections). The peer has been silent since the opening, so the other limits
 * count from then. */
static void
confirm_open(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	const uint64_t next_us = tcb->flags & LA_TCB_ACTIVE ?
			next_last_ack_us(env, tcb, now_us) : now_us + env->params->confirm_us;

	la_tcp_owe_ack(tcb);
	start_timer(env, tcb, due_of_peer(env, tcb, born_us(env->params, tcb, now_us), next_us,
			now_us));
}

/* If the block is idle, give it back; the other limits go on. */
static void
sender_idle(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	struct due due;

	if (!(tcb->flags & LA_TCB_EXT) || !la_ext__is_idle(env, tcb))
		return;
	/* A segment of this poll may have been taken before the timer fired. */
	due = due_of_peer(env, tcb, heard_with_ext_us(la_tcp_ext(env, tcb), now_us), 0, now_us);
	la_ext__give(env, tcb);
	start_timer(env, tcb, due);
}

/* RFC 2018, 8: text that is not acknowledged may be dropped, even if a SACK reported it. */
void
la_tcp__hole_forget(const struct la_tcp_env *env, struct la_tcp_ext *ext)
{
	la_held__free(env, ext);
	ext->fin_held = false;
	ext->dup_acks_owed = 0;
}

void
la_tcp__hole_look(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint64_t now_us)
{
	if (!has_hole(ext))
		return;
	if (ext->hole_us == 0)
		ext->hole_us = now_us;
	else if (now_us >= hole_ends_us(env, ext))
		la_tcp__hole_forget(env, ext);
}

/* Check a connection that waits, with an extension block, for text in order or for room. */
static void
look_again(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	if (!(tcb->flags & LA_TCB_EXT))
		return;
	la_ext__stall(env, tcb);
	la_window__idle(env, tcb, la_tcp_ext(env, tcb));
	la_tcp__hole_look(env, la_tcp_ext(env, tcb), now_us);
}

void
la_tcp_give_way(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out)
{
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);
	struct due due;

	out->events = 0;
	out->acked = 0;
	if (is_outstanding(env, tcb)) {
		la_tcp_abort(env, tcb, out);
		give_up(tcb, out);
		return;
	}
	due = due_of_peer(env, tcb, heard_with_ext_us(ext, now_us), 0, now_us);
	la_ext__give(env, tcb);
	start_timer(env, tcb, due);
}

/* True if the timer is for an idle peer, but something is outstanding by now. */
static bool
is_void(const struct la_tcp_env *env, const struct la_tcb *tcb, enum la_tcp_timer kind)
{
	return (kind == LA_TIMER_IDLE || kind == LA_TIMER_KEEPALIVE ||
			kind == LA_TIMER_CONFIRM) && is_outstanding(env, tcb);
}

/* How long the timer of a connection without an extension block runs, from when the peer was last
 * heard or, if something is outstanding, from when that was first sent. 0: the timer does not show
 * it. */
static uint64_t
runs_us(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	const struct la_tcp_params *params = env->params;

	switch ((enum la_tcp_timer)tcb->timer) {
	case LA_TIMER_RETRANSMIT:
		return backed_off_us(env, tcb) + la_rto__us(env, tcb);
	case LA_TIMER_KEEPALIVE:
		return params->keepalive_us + (tcb->flags & LA_TCB_PROBING ?
				tcb->backoff * params->keepalive_interval_us : 0);
	case LA_TIMER_IDLE: case LA_TIMER_USER:
		return params->idle_timeout_us;
	case LA_TIMER_NONE: case LA_TIMER_PERSIST: case LA_TIMER_SENDER:
	case LA_TIMER_NO_SENDER: case LA_TIMER_FIN_WAIT_2: case LA_TIMER_REASSEMBLY:
	case LA_TIMER_CONFIRM: case LA_TIMER_REORDER: case LA_TIMER_TAIL:
		break;
	}
	return 0;
}

uint64_t
la_tcp_idle_us(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t left_us,
		uint64_t now_us)
{
	uint64_t since_us, runs;

	if (tcb->flags & LA_TCB_EXT) {
		const struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

		since_us = la_seq_lt(tcb->snd.una, ext->end) ? ext->paid_us : ext->since_us;
		return since_us != 0 ? now_us - since_us : 0;
	}
	if (is_void(env, tcb, tcb->timer))
		return 0;
	/* The peer was silent since the opening; FIN-WAIT-2 counts whatever arrives. */
	if (tcb->timer == LA_TIMER_CONFIRM || tcb->timer == LA_TIMER_FIN_WAIT_2)
		return now_us - born_us(env->params, tcb, now_us);
	runs = runs_us(env, tcb);
	return runs > left_us ? runs - left_us : 0;
}

void
la_tcp_evict(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out)
{
	out->events = 0;
	out->acked = 0;
	la_tcp_abort(env, tcb, out);
	give_up(tcb, out);
}

void
la_tcp_timeout(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out)
{
	enum la_tcp_timer kind = tcb->timer;

	out->events = 0;
	out->acked = 0;
	tcb->timer = LA_TIMER_NONE;
	if (is_void(env, tcb, kind))
		kind = LA_TIMER_NONE;
	switch (kind) {
	case LA_TIMER_RETRANSMIT:
		time_out_text(env, tcb, now_us, out);
		break;
	case LA_TIMER_PERSIST:
		probe_window(env, tcb, out);
		break;
	case LA_TIMER_SENDER:
		sender_idle(env, tcb, now_us);
		break;
	case LA_TIMER_FIN_WAIT_2:
		give_up(tcb, out);
		break;
	case LA_TIMER_KEEPALIVE:
		probe_peer(env, tcb, out);
		break;
	case LA_TIMER_IDLE: case LA_TIMER_USER:
		la_tcp_abort(env, tcb, out);
		give_up(tcb, out);
		break;
	case LA_TIMER_REASSEMBLY:
		look_again(env, tcb, now_us);
		break;
	case LA_TIMER_CONFIRM:
		confirm_open(env, tcb, now_us);
		break;
	case LA_TIMER_REORDER:
		la_recovery__reorder(env, tcb, now_us);
		break;
	case LA_TIMER_TAIL:
		la_tcp_ext(env, tcb)->tail_due = true;
		break;
	case LA_TIMER_NONE: case LA_TIMER_NO_SENDER:
		break;
	}
	if (tcb->state != LA_CLOSED && !la_tcp_owes(env, tcb))
		la_timer__choose(env, tcb, now_us);
}
