/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loss without congestion (TCP Westwood: Casetti and others, 2002): after a loss cwnd falls to what
 * the path has been seen to carry, the highest rate of the last round trips times the shortest
 * round trip time, and never below the half that NewReno would leave. That drains a filled queue,
 * and changes little if a bad link caused the loss.
 */
#include "tcp_private.h"

enum { ROUNDS = 8 };                    /* Round trips in each of the two spans of highest rate. */

static void
end_round(struct la_tcp_ext *ext, uint64_t now_us)
{
	const uint64_t took_us = now_us - ext->round_us;
	const uint64_t rate = took_us == 0 ? 0 :
			(uint64_t)ext->round_octets * 1000000 / took_us;

	ext->rate = la_tcp__max(ext->rate, rate < UINT32_MAX ? (uint32_t)rate : UINT32_MAX);
	if (++ext->rounds < ROUNDS)
		return;
	ext->rounds = 0;
	ext->rate_before = ext->rate;
	ext->rate = 0;
}

void
la_westwood__delivered(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t octets,
		uint64_t now_us)
{
	ext->round_octets += octets;
	/* Less than min_rtt_us is no round trip, but text that was acknowledged together. */
	if (la_seq_lt(tcb->snd.una, ext->round_end) || now_us - ext->round_us < ext->min_rtt_us)
		return;
	if (ext->round_us != 0)
		end_round(ext, now_us);
	ext->round_us = now_us;
	ext->round_octets = 0;
	ext->round_end = tcb->snd.nxt;
}

uint32_t
la_westwood__reduced(const struct la_tcp_ext *ext, uint32_t half, uint32_t flight)
{
	const uint64_t rate = la_tcp__max(ext->rate, ext->rate_before);
	const uint64_t carries = rate * ext->min_rtt_us / 1000000;

	return la_tcp__max(half, carries < flight ? (uint32_t)carries : flight);
}
