/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TIMEOUTS (RFC 9293, 3.10.8). A connection waits for one thing at a time, so
 * it has one timer; tcb->timer says what for. Setting it to NONE asks
 * la_timer_choose() to start anew what is still waited for.
 */
#include "sack.h"

static void
arm(const struct la_tcp_env *env, struct la_tcb *tcb, enum la_tcp_timer kind, uint64_t at_us)
{
	if (tcb->timer == kind)
		return;
	tcb->timer = kind;
	env->arm(env->user, tcb, at_us);
}

static uint64_t
keepalive_in_us(const struct la_tcp_params *params, const struct la_tcb *tcb)
{
	return tcb->flags & LA_TCB_PROBING ? params->keepalive_interval_us : params->keepalive_us;
}

/* What else would find out that the peer is not there may do so sooner. */
static bool
confirm_comes_first(const struct la_tcp_params *params, const struct la_tcb *tcb)
{
	if (tcb->flags & LA_TCB_ACTIVE)
		return true;
	return (params->keepalive_us == 0 || params->confirm_us < params->keepalive_us) &&
		(params->idle_timeout_us == 0 || params->confirm_us < params->idle_timeout_us);
}

/* Nothing is in flight or queued: what ends a connection that stays so. */
static void
choose_idle(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	const struct la_tcp_params *params = env->params;
	uint64_t keepalive_us = keepalive_in_us(params, tcb);

	if (tcb->timer == LA_TIMER_CONFIRM && confirm_comes_first(params, tcb))
		return;
	if (tcb->state == LA_FIN_WAIT_2 && params->fin_wait_2_us != 0)
		arm(env, tcb, LA_TIMER_FIN_WAIT_2, now_us + params->fin_wait_2_us);
	else if (params->keepalive_us != 0 && (params->idle_timeout_us == 0 ||
			keepalive_us < params->idle_timeout_us))
		arm(env, tcb, LA_TIMER_KEEPALIVE, now_us + keepalive_us);
	else if (params->idle_timeout_us != 0)
		arm(env, tcb, LA_TIMER_IDLE, now_us + params->idle_timeout_us);
	else if (tcb->flags & LA_TCB_EXT)
		/* Held for want of room: the caller may ask its service again then. */
		arm(env, tcb, LA_TIMER_REASSEMBLY, now_us + params->rto_max_us);
	else
		tcb->timer = LA_TIMER_NONE;
}

/*
 * A peer that still is there sends what fills a hole within its longest RTO; one
 * that is not could keep the second block and the chunks for ever by one octet.
 * FIN-WAIT-2 ends by itself.
 */
static bool
hole_may_stay(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_tcp_ext *ext)
{
	if (ext->held == LA_NONE && !ext->fin_held)
		return true;
	return tcb->state == LA_FIN_WAIT_2 && env->params->fin_wait_2_us != 0;
}

/* Give the second block back at once when nobody will need it or few are left. */
static bool
keep_ext(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	return (tcb->state == LA_ESTABLISHED || tcb->state == LA_CLOSE_WAIT) &&
		la_pool_left(env->exts) > env->exts->size / 4;
}

/* Something is in flight. */
static void
wait_for_ack(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_tcp_ext *ext,
		uint64_t now_us)
{
	enum la_tcp_timer kind = LA_TIMER_RETRANSMIT;
	uint64_t due_us = now_us + la_rto_us(env, tcb);

	if (ext && la_has_sack(tcb))
		kind = la_rack_timer(env, tcb, ext, now_us, &due_us);
	arm(env, tcb, kind, due_us);
}

void
la_timer_choose(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	const struct la_tcp_ext *ext = NULL;
	uint32_t next = tcb->snd.nxt;

	if (tcb->flags & LA_TCB_EXT) {
		ext = la_tcp_ext(env, tcb);
		next = ext->next;
	}
	if (next != tcb->snd.una) {
		wait_for_ack(env, tcb, ext, now_us);
		return;
	}
	if (ext && la_seq_lt(ext->next, ext->end)) {
		arm(env, tcb, LA_TIMER_PERSIST, now_us + la_rto_us(env, tcb));
		return;
	}
	if (ext && !hole_may_stay(env, tcb, ext)) {
		arm(env, tcb, LA_TIMER_REASSEMBLY, now_us + env->params->rto_max_us);
		return;
	}
	if (ext && la_ext_is_idle(env, tcb)) {
		if (keep_ext(env, tcb)) {
			arm(env, tcb, LA_TIMER_SENDER, now_us + la_rto_us(env, tcb));
			return;
		}
		la_ext_give(env, tcb);
	}
	choose_idle(env, tcb, now_us);
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
retransmit(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out)
{
	if (tcb->backoff >= retransmission_limit(env->params, tcb)) {
		give_up(tcb, out);
		return;
	}
	tcb->backoff++;
	out->events |= LA_EV_RETRANSMIT;
	if (tcb->state < LA_ESTABLISHED)
		tcb->flags |= LA_TCB_REPEATED;
	if ((tcb->flags & LA_TCB_EXT) && tcb->state >= LA_ESTABLISHED) {
		struct la_tcp_ext *ext = la_tcp_ext(env, tcb);

		if (la_tcp_black_hole(env, tcb))
			out->events |= LA_EV_BLACK_HOLE;
		la_recovery_timeout(tcb, ext);
		la_cc_timeout(env->params, tcb, ext, la_effective_mss(env, tcb));
		ext->next = tcb->snd.una;
		ext->rtt_sent_us = 0;
	} else {
		tcb->flags |= LA_TCB_REPEAT;
	}
}

/*
 * 3.8.6.1: probe for as long as the peer answers (MUST-37), unless there is a
 * limit: to a peer that takes nothing an idle connection is what this is, and
 * who set the limit wants it ended (RFC 6429, 4).
 */
static void
persist(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out)
{
	enum { BACKOFF_MAX = 15 };
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);
	const uint64_t limit_us = env->params->idle_timeout_us;

	if (ext->sent_us == 0)
		ext->sent_us = now_us;  /* The window was closed from the first. */
	if (limit_us != 0 && now_us - ext->sent_us >= limit_us) {
		la_tcp_abort(env, tcb, out);
		give_up(tcb, out);
		return;
	}
	if (ext->unanswered > env->params->retries) {
		give_up(tcb, out);
		return;
	}
	ext->unanswered++;
	ext->probe = true;
	if (tcb->backoff < BACKOFF_MAX)
		tcb->backoff++;
}

/* 3.8.4: an idle connection is asked whether its peer is still there. */
static void
keepalive(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out)
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

enum { BIRTH_SHIFT = 20, LONG_ENOUGH_US = 6000000 };

/* From here on its age is counted: the handshake may have taken long. */
void
la_repeat_last_ack(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	if (env->params->confirm_us == 0 || tcb->state != LA_ESTABLISHED)
		return;
	tcb->born = (uint16_t)(now_us >> BIRTH_SHIFT);
	arm(env, tcb, LA_TIMER_CONFIRM, now_us + env->params->rto_initial_us);
}

/*
 * A peer that made a cookie knows of the connection only by our last ACK, and
 * nobody there repeats a SYN-ACK. If we have nothing to say, and nothing was heard
 * since, the ACK is sent again: after one RTO, then at twice the age each time. An
 * idle limit counts from the last, so half of it must be left.
 */
static void
confirm_active(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	const uint64_t age_us = (uint64_t)(uint16_t)((now_us >> BIRTH_SHIFT) - tcb->born)
			<< BIRTH_SHIFT;
	const uint64_t in_us = age_us > env->params->rto_initial_us ? age_us :
			env->params->rto_initial_us;
	const uint64_t limit_us = env->params->idle_timeout_us;

	if (age_us < LONG_ENOUGH_US && (limit_us == 0 || age_us + in_us < limit_us / 2))
		arm(env, tcb, LA_TIMER_CONFIRM, now_us + in_us);
}

/* A healthy peer takes the ACK in silence; one that knows of no connection resets it
 * (RFC 9293, 3.5.1, half-open connections). */
static void
confirm(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	la_tcp_owe_ack(tcb);
	if (tcb->flags & LA_TCB_ACTIVE)
		confirm_active(env, tcb, now_us);
	else
		arm(env, tcb, LA_TIMER_CONFIRM, now_us + env->params->confirm_us);
}

static void
sender_idle(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	if ((tcb->flags & LA_TCB_EXT) && la_ext_is_idle(env, tcb))
		la_ext_give(env, tcb);
}

/* RFC 2018, 8: text that is not acknowledged may be forgotten, also if SACK named it. */
static void
forget_held(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	struct la_tcp_ext *ext;

	if (!(tcb->flags & LA_TCB_EXT))
		return;
	ext = la_tcp_ext(env, tcb);
	la_held_free(env, ext);
	ext->fin_held = false;
	ext->dup_acks_owed = 0;
}

void
la_tcp_timeout(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out)
{
	enum la_tcp_timer kind = tcb->timer;

	out->events = 0;
	out->acked = 0;
	tcb->timer = LA_TIMER_NONE;
	switch (kind) {
	case LA_TIMER_RETRANSMIT:
		retransmit(env, tcb, out);
		break;
	case LA_TIMER_PERSIST:
		persist(env, tcb, now_us, out);
		break;
	case LA_TIMER_SENDER:
		sender_idle(env, tcb);
		break;
	case LA_TIMER_FIN_WAIT_2:
		give_up(tcb, out);
		break;
	case LA_TIMER_KEEPALIVE:
		keepalive(env, tcb, out);
		break;
	case LA_TIMER_IDLE:
		la_tcp_abort(env, tcb, out);
		give_up(tcb, out);
		break;
	case LA_TIMER_REASSEMBLY:
		forget_held(env, tcb);
		break;
	case LA_TIMER_CONFIRM:
		confirm(env, tcb, now_us);
		break;
	case LA_TIMER_REORDER:
		la_recovery_reorder(env, tcb, now_us);
		break;
	case LA_TIMER_TAIL:
		la_tcp_ext(env, tcb)->tail_due = true;
		break;
	case LA_TIMER_NONE: case LA_TIMER_NO_SENDER:
		break;
	}
	if (tcb->state != LA_CLOSED && !la_tcp_owes(env, tcb))
		la_timer_choose(env, tcb, now_us);
}
