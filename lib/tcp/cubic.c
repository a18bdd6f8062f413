/* SPDX-License-Identifier: BSD-3-Clause */
/* CUBIC (RFC 9438): windows in octets, times in ms. */
#include "tcp_private.h"

/* 4.1 to 4.3: C = 4 / 10, beta = 7 / 10, and so alpha = 9 / 17. */
enum {
	BETA_TENTHS = 7,
	ALPHA_OVER = 9, ALPHA_UNDER = 17,
	FAR_MS = 100000,                /* From K; d^3 stays within 64 bits. */
	CWND_MAX = 1 << 30,
};
#define CUBE_UNITS (10 * UINT64_C(1000000000) / 4)      /* ms^3 for one segment: 1 / C. */

static uint32_t
cube_root(uint64_t n)
{
	uint32_t root = 0;

	for (uint32_t bit = 1u << 20; bit > 0; bit >>= 1) {
		const uint64_t more = root + bit;

		if (more * more * more <= n)
			root += bit;
	}
	return root;
}

/* 4.6 and 4.7: with fast convergence. */
uint32_t
la_cubic__reduced(struct la_tcp_ext *ext, uint32_t mss, uint32_t flight)
{
	ext->w_max = flight < ext->w_max ?
			(uint32_t)((uint64_t)flight * (10 + BETA_TENTHS) / 20) : flight;
	ext->epoch_us = 0;
	return la_tcp__max((uint32_t)((uint64_t)flight * BETA_TENTHS / 10), 2 * mss);
}

/* 4.2: an epoch of avoidance begins. */
static void
begin_epoch(struct la_tcp_ext *ext, uint32_t mss, uint64_t now_us)
{
	ext->epoch_us = now_us;
	ext->w_est = ext->cwnd;
	if (ext->w_max < ext->cwnd)
		ext->w_max = ext->cwnd;
	ext->cubic_k_ms = cube_root((uint64_t)(ext->w_max - ext->cwnd) * CUBE_UNITS / mss);
}

/* 4.2: W_cubic(t), limited to 1.5 times cwnd. */
static uint32_t
cubic_target(const struct la_tcp_ext *ext, uint32_t mss, uint64_t now_us)
{
	const uint64_t at_ms = (now_us - ext->epoch_us + ext->srtt_us) / 1000;
	int64_t d = (int64_t)at_ms - ext->cubic_k_ms, w;

	d = d > FAR_MS ? FAR_MS : d < -FAR_MS ? -FAR_MS : d;
	w = (int64_t)ext->w_max + d * d * d / (int64_t)CUBE_UNITS * mss +
			d * d * d % (int64_t)CUBE_UNITS * mss / (int64_t)CUBE_UNITS;
	if (w < ext->cwnd)
		return ext->cwnd;
	return w < (int64_t)ext->cwnd * 3 / 2 ? (uint32_t)w : ext->cwnd / 2 * 3;
}

/* 4.3 to 4.5 */
void
la_cubic__grow(struct la_tcp_ext *ext, uint32_t mss, uint32_t acked, uint64_t now_us)
{
	uint64_t by, fair;

	if (ext->epoch_us == 0)
		begin_epoch(ext, mss, now_us);
	fair = (uint64_t)acked * mss;
	if (ext->w_est < ext->w_max)
		fair = fair * ALPHA_OVER / ALPHA_UNDER;
	ext->w_est = la_tcp__min(ext->w_est + (uint32_t)(fair / ext->cwnd), CWND_MAX);
	by = (uint64_t)(cubic_target(ext, mss, now_us) - ext->cwnd) *
			la_tcp__min(acked, ext->cwnd) / ext->cwnd;
	ext->cwnd = la_tcp__min(la_tcp__max(ext->cwnd + (uint32_t)by, ext->w_est), CWND_MAX);
}
