/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_FAST_DRAW_H
#define LA_TEST_FAST_DRAW_H

/** @file
 * Choices, drawn either from the octets of a fuzzer's input or from a seed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_bytes.h"

struct fast_draw {
	const uint8_t *data;            /**< NULL: by seed. */
	size_t len;
	uint64_t state;
	uint8_t *record;                /**< By seed: where the octets of an input that draws
	                                     the same are written, or NULL. */
	size_t recorded, record_max;
};

/** Splitmix: every seed is as good as any other. */
static inline uint64_t
fast_mix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** Up to four octets of the input; 0 behind its end. */
static inline uint32_t
fast_draw_octets(struct fast_draw *d, unsigned int octets)
{
	uint32_t word = 0;

	for (; octets > 0 && d->len > 0; octets--, d->len--)
		word = word << 8 | *d->data++;
	return word;
}

static inline unsigned int
fast_draw_width(uint32_t n)
{
	return n <= 0x100 ? 1 : n <= 0x10000 ? 2 : 4;
}

static inline uint32_t
fast_draw_record(struct fast_draw *d, uint32_t word, unsigned int octets)
{
	for (; d->record != NULL && octets > 0 && d->recorded < d->record_max; octets--)
		d->record[d->recorded++] = (uint8_t)(word >> 8 * (octets - 1));
	return word;
}

/** A number less than @p n. 0 should be the usual one: an input that ends gives nothing else. */
static inline uint32_t
fast_draw(struct fast_draw *d, uint32_t n)
{
	if (d->data == NULL)
		return fast_draw_record(d, (uint32_t)((fast_mix(&d->state) >> 32) * n >> 32),
				fast_draw_width(n));
	return fast_draw_octets(d, fast_draw_width(n)) % n;
}

static inline uint32_t
fast_draw_word(struct fast_draw *d)
{
	if (d->data == NULL)
		return fast_draw_record(d, (uint32_t)fast_mix(&d->state), 4);
	return fast_draw_octets(d, 4);
}

/** True once in @p n. */
static inline bool
fast_draw_one_in(struct fast_draw *d, uint32_t n)
{
	return fast_draw(d, n) == n - 1;
}

/** Whether there is nothing left to draw from. */
static inline bool
fast_draw_ended(const struct fast_draw *d)
{
	return d->data != NULL && d->len == 0;
}

#endif
