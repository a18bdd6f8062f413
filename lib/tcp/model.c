/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A model of the path, not loss, limits what may be in flight: 1.5 times what the path has carried
 * at its highest rate in its shortest round trip time. That rate is the highest of the last round
 * trips, as westwood.c measures it. BBR (Cardwell and others, 2016) uses the same window, but also
 * paces; this code does not. Slow start ends when the rate has not grown by a quarter for three
 * round trips. Above the model's window cwnd grows as NewReno's does, and a loss cuts it back to
 * that window, but to no less than half at once. Below the window losses change nothing, unless
 * more than a quarter of all octets is sent again: then a queue overflows, so the window shrinks to
 * little more than the path carries, and grows back in three round trips without such a loss. A
 * mark by a router (RFC 3168) has that effect at once, as bad links do not mark.
 */
#include "tcp_private.h"

enum {
	EIGHTHS = 8,
	GAIN_MIN = 9,
	FULL_ROUNDS = 3,
	SEGMENTS_MIN = 4,
};

uint32_t
la_model__window(const struct la_tcp_ext *ext, uint32_t mss)
{
	const uint64_t rate = la_tcp__max(ext->rate, ext->rate_before);
	const uint64_t window = rate * ext->min_rtt_us / 1000000 * ext->gain / EIGHTHS;

	return la_tcp__max(window < LA_CWND_MAX ? (uint32_t)window : LA_CWND_MAX,
			SEGMENTS_MIN * mss);
}

/* A round trip is over: end slow start if the rate does not grow any more. */
static void
look_if_full(struct la_tcp_ext *ext, uint32_t mss)
{
	const uint32_t rate = la_tcp__max(ext->rate, ext->rate_before);

	if (rate / 5 >= ext->full_rate / 4) {
		ext->full_rate = rate;
		ext->full_rounds = 0;
	} else if (++ext->full_rounds >= FULL_ROUNDS) {
		/* All above this window lies in a queue. */
		ext->ssthresh = la_model__window(ext, mss);
		ext->cwnd = la_tcp__min(ext->cwnd, ext->ssthresh);
	}
}

/* Check whether an overflowing queue causes the losses. */
static void
look_at_losses(struct la_tcp_ext *ext, uint32_t octets, uint32_t again)
{
	if (again > octets / 4)
		ext->gain = GAIN_MIN;
	else if (ext->gain < LA_MODEL_GAIN)
		ext->gain++;
}

void
la_model__delivered(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss,
		uint32_t octets, uint64_t now_us)
{
	const uint64_t round_us = ext->round_us;
	const uint32_t delivered = ext->round_octets + octets, again = ext->round_again;

	la_westwood__delivered(tcb, ext, octets, now_us);
	if (ext->round_us == round_us)
		return;
	ext->round_again = 0;
	if (round_us == 0)
		return;
	look_at_losses(ext, delivered, again);
	if (ext->ssthresh == UINT32_MAX)
		look_if_full(ext, mss);
	/* Halve cwnd at most: where round trip times vary much, the shortest one is no measure, and
	 * the model's window is too small. */
	if (ext->ssthresh != UINT32_MAX && again > 0 && ext->cwnd > la_model__window(ext, mss))
		ext->cwnd = la_tcp__max(la_model__window(ext, mss), ext->cwnd / 2);
}

uint32_t
la_model__marked(struct la_tcp_ext *ext, uint32_t mss, uint32_t half)
{
	ext->gain = GAIN_MIN;
	return la_tcp__max(la_model__window(ext, mss), half);
}

bool
la_model__grow(struct la_tcp_ext *ext, uint32_t mss, uint32_t octets)
{
	const uint32_t window = la_model__window(ext, mss);

	if (ext->cwnd >= window)
		return false;
	ext->cwnd = la_tcp__min(ext->cwnd + octets, window);
	return true;
}
