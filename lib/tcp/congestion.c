/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Congestion control: RFC 5681, with the NewReno fast recovery of RFC 6582.
 * All windows are in octets.
 */
#include "tcp_private.h"

enum { DUPLICATES = 3, CWND_MAX = 1 << 30 };

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
	return la_max32((tcb->snd.nxt - tcb->snd.una) / 2, 2 * mss);
}

void
la_cc_start(struct la_tcp_ext *ext, uint32_t mss, bool syn_was_lost)
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
		ext->cwnd = la_min32(ext->ssthresh, la_max32(flight, mss) + mss);
		ext->recovering = false;
		return;
	}
	/* A partial ACK: what follows it is lost too. */
	ext->resend = true;
	ext->cwnd = ext->cwnd > acked ? ext->cwnd - acked : 0;
	if (acked >= mss)
		ext->cwnd += mss;
	ext->cwnd = la_min32(la_max32(ext->cwnd, mss), CWND_MAX);
}

void
la_cc_grow(struct la_tcp_ext *ext, uint32_t mss, uint32_t acked)
{
	if (ext->cwnd < ext->ssthresh)
		ext->cwnd += la_min32(acked, mss);
	else
		ext->cwnd += la_max32((uint32_t)((uint64_t)mss * mss / ext->cwnd), 1);
	ext->cwnd = la_min32(ext->cwnd, CWND_MAX);
}

void
la_cc_acked(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss, uint32_t acked)
{
	ext->dupacks = 0;
	if (ext->recovering)
		recovery_acked(tcb, ext, mss, acked);
	else
		la_cc_grow(ext, mss, acked);
}

uint32_t
la_cc_reduced(const struct la_tcb *tcb, uint32_t mss)
{
	return half_flight(tcb, mss);
}

/* RFC 5681, 3.2, and RFC 6582, 3.2, steps 1 and 2. */
void
la_cc_duplicate_ack(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss)
{
	if (ext->recovering) {
		ext->cwnd = la_min32(ext->cwnd + mss, CWND_MAX);
		return;
	}
	if (ext->dupacks < UINT8_MAX)
		ext->dupacks++;
	/* Once for a window: an ACK must cover more than `recover` first. */
	if (ext->dupacks != DUPLICATES || !la_seq_gt(tcb->snd.una - 1, ext->recover))
		return;
	ext->ssthresh = half_flight(tcb, mss);
	ext->cwnd = ext->ssthresh + DUPLICATES * mss;
	ext->recover = tcb->snd.nxt;
	ext->recovering = true;
	ext->resend = true;
}

/* RFC 5681, 3.1: one segment after a timeout; ssthresh falls once only. */
void
la_cc_timeout(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss)
{
	if (tcb->backoff <= 1)
		ext->ssthresh = half_flight(tcb, mss);
	ext->cwnd = mss;
	ext->recover = tcb->snd.nxt;
	ext->recovering = false;
	ext->resend = false;
	ext->dupacks = 0;
}

/*
 * RFC 1191, 6.5, and RFC 8201, 5.4: no window is halved, but slow start leads back to
 * it. Duplicates that the larger segments draw mean nothing.
 */
void
la_cc_too_big(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss)
{
	if (!ext->recovering)
		ext->ssthresh = la_max32(ext->ssthresh, ext->cwnd);
	ext->cwnd = mss;
	ext->recover = tcb->snd.nxt;
	ext->recovering = false;
	ext->resend = false;
	ext->dupacks = 0;
}

/* RFC 5681, 4.1: restart after an idle RTO. */
void
la_cc_idle(struct la_tcp_ext *ext, uint32_t mss)
{
	ext->cwnd = la_min32(ext->cwnd, initial_window(mss));
}
