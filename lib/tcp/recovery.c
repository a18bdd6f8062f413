/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loss recovery of a connection with SACK: RACK finds what is lost (RFC 8985), and PRR limits what
 * may be sent meanwhile (RFC 9937). If timestamps (RFC 3522, 4015) or D-SACK (RFC 3708) show that
 * nothing was lost, the recovery is undone.
 */
#include "sack.h"

/* Save the state before a recovery, for undo_recovery(). */
static void
remember_state(const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	ext->undo_una = tcb->snd.una;
	ext->undo_cwnd = ext->cwnd;
	ext->undo_ssthresh = ext->ssthresh;
	ext->undo_count = 0;
	ext->undo_possible = true;
	ext->undo_timed = false;
}

/* RFC 9937, 6.1 */
static void
prr_cwnd(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss, uint32_t delivered,
		bool safe)
{
	const uint32_t pipe = la_board__pipe(tcb, ext);
	int64_t count;

	ext->prr_delivered += delivered;
	if (pipe > ext->ssthresh) {
		count = (int64_t)(((uint64_t)ext->prr_delivered * ext->ssthresh +
				ext->prr_flight - 1) / ext->prr_flight) - ext->prr_out;
	} else {
		count = (int64_t)ext->prr_delivered - ext->prr_out;
		if (count < delivered)
			count = delivered;
		if (safe)
			count += mss;
		if (count > ext->ssthresh - pipe)
			count = ext->ssthresh - pipe;
	}
	/* The first lost segment is sent again in any case. */
	if (ext->prr_out == 0 && count < mss)
		count = mss;
	ext->cwnd = la_tcp__max(pipe + (count > 0 ? (uint32_t)count : 0), mss);
}

static void
enter_recovery(const struct la_tcp_params *params, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint32_t mss)
{
	const uint32_t flight = tcb->snd.nxt - tcb->snd.una;
	const uint32_t sacked = la_board__sum_sacked(tcb, ext);

	remember_state(tcb, ext);
	ext->ssthresh = la_cc__lost(params, tcb, ext, mss);
	ext->prr_flight = la_tcp__max(flight - la_tcp__min(sacked, flight), mss);
	ext->prr_delivered = ext->prr_out = 0;
	ext->recover = tcb->snd.nxt;
	ext->recovering = true;
}

/* True if PRR limits what is sent in a recovery; the model ignores losses. */
static bool
has_prr(const struct la_tcp_params *params)
{
	return params->congestion != LA_CONGESTION_MODEL;
}

static void
leave_recovery(const struct la_tcp_params *params, struct la_tcp_ext *ext)
{
	if (has_prr(params))
		ext->cwnd = ext->ssthresh;
	ext->recovering = false;
	la_rack__recovered(ext);
}

/* Nothing was lost: restore the state before the recovery. */
static void
undo_recovery(struct la_tcp_ext *ext)
{
	ext->undo_possible = false;
	ext->cwnd = la_tcp__max(ext->cwnd, ext->undo_cwnd);
	ext->ssthresh = la_tcp__max(ext->ssthresh, ext->undo_ssthresh);
	if (ext->recovering)
		la_rack__recovered(ext);
	ext->recovering = false;
	/* All of it is still in flight. */
	if (la_seq_lt(ext->next, ext->recover))
		ext->next = ext->recover;
	la_board__none_lost(ext);
}

/* Eifel (RFC 3522): the first ACK after a retransmission answers the original. */
static bool
shown_by_timestamp(const struct la_tcb *tcb, struct la_tcp_ext *ext, const struct la_news *news)
{
	if (!ext->undo_timed || !news->advanced || la_seq_leq(tcb->snd.una, ext->undo_una))
		return false;
	ext->undo_timed = false;
	return ext->undo_possible && news->echoes && la_seq_lt(news->echo_ms, ext->undo_ms);
}

/* RFC 3708: all retransmitted text had arrived before. */
static bool
shown_by_dsack(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss,
		const struct la_news *news)
{
	uint32_t segments;

	if (!news->dsack || ext->undo_count == 0 ||
			la_seq_leq(news->dsack_right, ext->undo_una) ||
			la_seq_gt(news->dsack_right, ext->recover))
		return false;
	segments = (news->dsack_right - news->dsack_left + mss - 1) / mss;
	ext->undo_count -= la_tcp__min(segments, ext->undo_count);
	la_rack__dsack(tcb, ext);
	return ext->undo_possible && ext->undo_count == 0;
}

/* True if half of cwnd is used: an unused window shows nothing about the path (RFC 9438, 5.8). */
static bool
is_used(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t delivered)
{
	return la_board__pipe(tcb, ext) + delivered >= ext->cwnd / 2;
}

/* Find what is lost, and start to repair it. */
static bool
detect_loss(const struct la_tcp_params *params, struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint32_t mss, uint64_t now_us)
{
	const uint64_t due_us = ext->rack_due_us;
	const bool lost = la_rack__detect(tcb, ext, mss, now_us);

	if (ext->rack_due_us != due_us && tcb->timer == LA_TIMER_REORDER)
		tcb->timer = LA_TIMER_NONE;
	if (!lost)
		return false;
	ext->resend = true;
	/* After a timeout, slow start goes on until all that was then in flight is acknowledged. */
	if (!ext->recovering && la_seq_geq(tcb->snd.una, ext->recover))
		enter_recovery(params, tcb, ext, mss);
	return true;
}

void
la_recovery__acked(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_news *news)
{
	const uint32_t mss = la_mss__effective(env, tcb);
	bool mended, lost, left = false;

	if (shown_by_timestamp(tcb, ext, news) || shown_by_dsack(tcb, ext, mss, news))
		undo_recovery(ext);
	mended = la_rack__tail_acked(tcb, ext, news);
	if (ext->recovering && la_seq_geq(tcb->snd.una, ext->recover)) {
		leave_recovery(env->params, ext);
		left = true;
	}
	lost = ext->scarred && detect_loss(env->params, tcb, ext, mss, news->now_us);
	if (ext->recovering && has_prr(env->params)) {
		if (news->delivered > 0 || lost)
			prr_cwnd(tcb, ext, mss, news->delivered, news->advanced && !lost);
	} else if (mended) {
		/* The probe repaired the loss alone. */
		ext->ssthresh = la_cc__lost(env->params, tcb, ext, mss);
		ext->cwnd = la_tcp__min(ext->cwnd, ext->ssthresh);
	} else if (!left && news->delivered > 0 && is_used(tcb, ext, news->delivered)) {
		la_cc__grow(env->params, ext, mss, news->delivered, news->now_us);
	}
	la_cc__delivered(env->params, tcb, ext, mss, news->delivered, news->now_us);
}

void
la_recovery__reorder(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us)
{
	struct la_tcp_ext *ext = la_tcp_ext(env, tcb);
	const uint32_t mss = la_mss__effective(env, tcb);

	ext->rack_due_us = 0;
	if (detect_loss(env->params, tcb, ext, mss, now_us) && ext->recovering &&
			has_prr(env->params))
		prr_cwnd(tcb, ext, mss, 0, false);
}

void
la_recovery__timeout(const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	if (tcb->backoff <= 1)
		remember_state(tcb, ext);
	ext->tail_out = ext->tail_due = false;
	la_board__none_lost(ext);
}

void
la_recovery__sent(struct la_tcp_ext *ext, uint32_t seq, uint32_t end, uint32_t nxt, uint64_t now_us)
{
	if (ext->recovering)
		ext->prr_out += end - seq;
	if (la_seq_geq(seq, nxt))
		return;
	ext->round_again += end - seq;
	if (la_seq_geq(seq, ext->recover))
		return;
	if (ext->undo_count == 0 && !ext->undo_timed) {
		ext->undo_timed = true;
		ext->undo_ms = (uint32_t)(now_us / 1000);
	}
	if (ext->undo_count < UINT8_MAX)
		ext->undo_count++;
}
