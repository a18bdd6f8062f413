/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A model of the path, and no loss, says what may be in flight: half as much again as the path
 * has shown that it carries in its shortest round trip. That rate is the highest of late round
 * trips, as westwood.c measures it. BBR (Cardwell and others, 2016) has its window so, but sends
 * by a clock besides; nothing here does. Slow start ends when the rate has not grown by a quarter
 * for three round trips. Beyond its window cwnd grows as NewReno's does, and when something is
 * lost falls back to it, but to no less than half at once. Up to its window losses change
 * nothing, unless it is a quarter of all that is sent again: then a queue runs over, and the
 * window shrinks to little more than the path carries, and grows back in three round trips
 * without such a loss. A router that marks text (RFC 3168) says the same at once: no bad link does.
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

/* A round trip is over: does it still bring more than those before? */
static void
look_if_full(struct la_tcp_ext *ext, uint32_t mss)
{
	const uint32_t rate = la_tcp__max(ext->rate, ext->rate_before);

	if (rate / 5 >= ext->full_rate / 4) {
		ext->full_rate = rate;
		ext->full_rounds = 0;
	} else if (++ext->full_rounds >= FULL_ROUNDS) {
		/* What is more lies in a queue. */
		ext->ssthresh = la_model__window(ext, mss);
		ext->cwnd = la_tcp__min(ext->cwnd, ext->ssthresh);
	}
}

/* Is it a queue that loses? */
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
	/* No lower than half, as others: where round trips differ much the shortest is no measure,
	 * and the model has too little. */
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
