/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RACK-TLP (RFC 8985): a segment is lost if one that was sent enough later has arrived. A probe
 * finds out whether the last segments arrived.
 */
#include "sack.h"

enum {
	STEPS_MAX = UINT8_MAX,
	PERSIST = 16,                   /* Recoveries for which a wider window is kept. */
	DUP_THRESH = 3,
};

/* Step 2 (Karn): the ACK may be for an earlier transmission of the range. */
static bool
is_ambiguous(const struct la_tcp_ext *ext, const struct la_tcp_range *range, uint32_t age_us,
		const struct la_news *news)
{
	const uint32_t sent_ms = (uint32_t)((news->now_us - age_us) / 1000);

	if (!range->again)
		return false;
	return (news->echoes && la_seq_lt(news->echo_ms, sent_ms)) || age_us < ext->min_rtt_us;
}

void
la_rack__arrived(struct la_tcp_ext *ext, const struct la_tcp_range *range, uint32_t end,
		const struct la_news *news)
{
	const uint32_t age_us = la_board__mark_age(range->sent, news->now_us);

	/* Step 3: it arrives after text that was sent later. */
	if (!range->again && la_seq_lt(end, news->fack))
		ext->reordered = true;
	if (!ext->rack_known || la_seq_gt(end, ext->rack_fack))
		ext->rack_fack = end;
	if (is_ambiguous(ext, range, age_us, news) ||
			(ext->rack_known && la_rack__is_after(ext, range, end)))
		return;
	ext->rack_known = true;
	ext->rack_sent = range->sent;
	ext->rack_end = end;
	ext->rack_rtt_us = age_us;
}

/* Step 4. */
static uint32_t
reordering_window_us(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t mss)
{
	const uint64_t window_us = (uint64_t)ext->min_rtt_us / 4 * ext->reo_steps;
	const bool mending = ext->recovering || la_seq_lt(tcb->snd.una, ext->recover);

	if (!ext->reordered && (mending ||
			la_board__sum_sacked(tcb, ext) > (DUP_THRESH - 1) * mss))
		return 0;
	return window_us < ext->srtt_us ? (uint32_t)window_us : ext->srtt_us;
}

bool
la_rack__detect(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss, uint64_t now_us)
{
	if (!ext->rack_known)
		return false;
	return la_board__mark_lost(tcb, ext, now_us, reordering_window_us(tcb, ext, mss));
}

/* Grow reo_steps once per round trip. */
void
la_rack__dsack(const struct la_tcb *tcb, struct la_tcp_ext *ext)
{
	ext->reo_persist = PERSIST;
	if (la_seq_lt(tcb->snd.una, ext->dsack_round))
		return;
	ext->dsack_round = tcb->snd.nxt;
	if (ext->reo_steps < STEPS_MAX)
		ext->reo_steps++;
}

void
la_rack__recovered(struct la_tcp_ext *ext)
{
	if (ext->reo_persist > 0 && --ext->reo_persist == 0)
		ext->reo_steps = 1;
}

/* RFC 8985, 7.2: a probe timeout, if it comes before the RTO. A single segment, with or without
 * FIN, is not probed: its ACK may be delayed for as long as the smallest RTO. */
static bool
may_probe(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t mss)
{
	return !ext->tail_out && !ext->recovering && tcb->backoff == 0 && ext->srtt_us != 0 &&
			la_seq_geq(tcb->snd.una, ext->recover) &&
			la_board__pipe(tcb, ext) > mss + 1;
}

enum la_tcp_timer
la_rack__timer(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_tcp_ext *ext, uint64_t now_us, uint64_t *due_us)
{
	const uint64_t probe_us = now_us + 2 * (uint64_t)ext->srtt_us;

	*due_us = now_us + la_rto__us(env, tcb);
	if (ext->rack_due_us != 0 && ext->rack_due_us < *due_us) {
		*due_us = ext->rack_due_us;
		return LA_TIMER_REORDER;
	}
	if (!may_probe(tcb, ext, la_mss__effective(env, tcb)) || probe_us >= *due_us)
		return LA_TIMER_RETRANSMIT;
	*due_us = probe_us;
	return LA_TIMER_TAIL;
}

/* 7.4.2 */
bool
la_rack__tail_acked(const struct la_tcb *tcb, struct la_tcp_ext *ext, const struct la_news *news)
{
	bool mended = false;

	if (!ext->tail_out || la_seq_lt(tcb->snd.una, ext->tail_end))
		return false;
	if (ext->tail_again && !(news->dsack && news->dsack_right == ext->tail_end)) {
		/* An ACK of the probe alone may be for the original: a D-SACK, or an ACK without
		 * SACK, would show that the text came twice. */
		if (tcb->snd.una == ext->tail_end && (news->advanced || news->sack))
			return false;
		mended = la_seq_gt(tcb->snd.una, ext->tail_end);
	}
	ext->tail_out = false;
	return mended;
}
