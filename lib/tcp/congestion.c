/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Congestion control: RFC 5681, with the NewReno fast recovery of RFC 6582 and the byte
 * counting of RFC 3465. All windows are in octets.
 */
#include "tcp_private.h"

enum {
	DUPLICATES = 3,
	ABC_LIMIT = 2,                  /* L: segments that an ACK adds in slow start. */
};

/* RFC 5681, 3.1, equation (1). */
static uint32_t
initial_window(uint32_t mss)
{
	if (mss > 2190)
		return 2 * mss;
	if (mss > 1095)
		return 3 * mss;
	return 4 * mss;
}

/* RFC 5681, 3.1, equation (4). */
static uint32_t
half_flight(const struct la_tcb *tcb, uint32_t mss)
{
	return la_tcp__max((tcb->snd.nxt - tcb->snd.una) / 2, 2 * mss);
}

void
la_cc__start(struct la_tcp_ext *ext, uint32_t mss, bool syn_was_lost)
{
	ext->cwnd = syn_was_lost ? mss : initial_window(mss);
	ext->ssthresh = UINT32_MAX;
}

/* RFC 6582, 3.2, step 3: ACKs that arrive in fast recovery. */
static void
recovery_acked(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss, uint32_t acked)
{
	uint32_t flight = tcb->snd.nxt - tcb->snd.una;

	if (la_seq_geq(tcb->snd.una, ext->recover)) {
		ext->cwnd = la_tcp__min(ext->ssthresh, la_tcp__max(flight, mss) + mss);
		ext->recovering = false;
		return;
	}
	/* A partial ACK: the segment after it is lost, too. */
	ext->resend = true;
	ext->cwnd = ext->cwnd > acked ? ext->cwnd - acked : 0;
	if (acked >= mss)
		ext->cwnd += mss;
	ext->cwnd = la_tcp__min(la_tcp__max(ext->cwnd, mss), LA_CWND_MAX);
}

/* RFC 3465, 2.1: one segment per window. */
static void
avoid_congestion(struct la_tcp_ext *ext, uint32_t mss, uint32_t acked)
{
	ext->counted += la_tcp__min(acked, ext->cwnd);
	if (ext->counted < ext->cwnd)
		return;
	ext->counted -= ext->cwnd;
	ext->cwnd += mss;
}

void
la_cc__grow(const struct la_tcp_params *params, struct la_tcp_ext *ext, uint32_t mss,
		uint32_t acked, uint64_t now_us)
{
	/* RFC 3465, 2.2; 2.3: after a timeout an ACK may be for text sent long before. */
	const uint32_t limit = ext->slow_again ? 1 : ABC_LIMIT;

	if (ext->cwnd < ext->ssthresh)
		ext->cwnd += la_tcp__min(acked, limit * mss);
	else if (params->congestion == LA_CONGESTION_CUBIC)
		la_cubic__grow(ext, mss, acked, now_us);
	else if (params->congestion != LA_CONGESTION_MODEL || !la_model__grow(ext, mss, acked))
		avoid_congestion(ext, mss, acked);
	ext->cwnd = la_tcp__min(ext->cwnd, LA_CWND_MAX);
}

void
la_cc__acked(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint32_t acked, uint64_t now_us)
{
	const uint32_t mss = la_mss__effective(env, tcb);

	ext->dupacks = 0;
	if (ext->recovering)
		recovery_acked(tcb, ext, mss, acked);
	else
		la_cc__grow(env->params, ext, mss, acked, now_us);
	la_cc__delivered(env->params, tcb, ext, mss, acked, now_us);
}

void
la_cc__delivered(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss, uint32_t octets, uint64_t now_us)
{
	if (params->congestion == LA_CONGESTION_WESTWOOD)
		la_westwood__delivered(tcb, ext, octets, now_us);
	else if (params->congestion == LA_CONGESTION_MODEL)
		la_model__delivered(tcb, ext, mss, octets, now_us);
}

/* True if losses alone do not change cwnd. */
static bool
is_model(const struct la_tcp_params *params, const struct la_tcb *tcb)
{
	return params->congestion == LA_CONGESTION_MODEL && la_tcp__has_sack(tcb);
}

uint32_t
la_cc__marked(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss)
{
	if (!is_model(params, tcb))
		return la_cc__reduced(params, tcb, ext, mss);
	la_ecn__reduced(tcb, ext);
	ext->counted = 0;
	return la_model__marked(ext, mss, half_flight(tcb, mss));
}

uint32_t
la_cc__lost(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss)
{
	if (LA_UNLIKELY(ext->cut) && la_seq_lt(tcb->snd.una, ext->cut_end))
		return ext->ssthresh;
	return la_cc__reduced(params, tcb, ext, mss);
}

uint32_t
la_cc__reduced(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss)
{
	const uint32_t half = half_flight(tcb, mss);
	const uint32_t flight = la_tcp__min(tcb->snd.nxt - tcb->snd.una, ext->cwnd);

	ext->counted = 0;
	if (LA_UNLIKELY(tcb->ecn != LA_TCB_ECN_NONE) && !is_model(params, tcb))
		la_ecn__reduced(tcb, ext);
	switch (params->congestion) {
	case LA_CONGESTION_CUBIC:
		return la_cubic__reduced(ext, mss, flight);
	case LA_CONGESTION_WESTWOOD:
		return la_westwood__reduced(ext, half, flight);
	case LA_CONGESTION_MODEL:
		if (!is_model(params, tcb))
			return la_westwood__reduced(ext, half, flight);
		return ext->ssthresh == UINT32_MAX ? ext->ssthresh :
				la_tcp__max(la_model__window(ext, mss), half);
	case LA_CONGESTION_NEWRENO:
		break;
	}
	return half;
}

/* RFC 5681, 3.2, and RFC 6582, 3.2, steps 1 and 2. */
void
la_cc__duplicate_ack(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss)
{
	if (ext->recovering) {
		ext->cwnd = la_tcp__min(ext->cwnd + mss, LA_CWND_MAX);
		return;
	}
	if (ext->dupacks < UINT8_MAX)
		ext->dupacks++;
	/* Only once per window: an ACK must cover more than `recover` first. */
	if (ext->dupacks != DUPLICATES || !la_seq_gt(tcb->snd.una - 1, ext->recover))
		return;
	ext->ssthresh = la_cc__lost(params, tcb, ext, mss);
	ext->cwnd = ext->ssthresh + DUPLICATES * mss;
	ext->recover = tcb->snd.nxt;
	ext->recovering = true;
	ext->resend = true;
}

/* RFC 5681, 3.1: one segment after a timeout; ssthresh falls once only. */
void
la_cc__timeout(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss)
{
	if (tcb->backoff <= 1)
		ext->ssthresh = la_cc__reduced(params, tcb, ext, mss);
	ext->cwnd = mss;
	ext->slow_again = true;
	ext->recover = tcb->snd.nxt;
	ext->recovering = false;
	ext->resend = false;
	ext->dupacks = 0;
}

/*
 * RFC 1191, 6.5, and RFC 8201, 5.4: do not halve the window, but get back to it by slow start.
 * Duplicate ACKs for the larger segments do not count.
 */
void
la_cc__too_big(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss)
{
	if (!ext->recovering)
		ext->ssthresh = la_tcp__max(ext->ssthresh, ext->cwnd);
	ext->cwnd = mss;
	ext->recover = tcb->snd.nxt;
	ext->recovering = false;
	ext->resend = false;
	ext->dupacks = 0;
}

/* RFC 5681, 4.1: restart after an idle RTO. */
void
la_cc__idle(struct la_tcp_ext *ext, uint32_t mss)
{
	ext->cwnd = la_tcp__min(ext->cwnd, initial_window(mss));
}
