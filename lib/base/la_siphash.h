/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SIPHASH_H
#define LA_SIPHASH_H

/** @file
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed function whose output
 * an outsider cannot predict. Used for initial sequence numbers, SYN cookies
 * and timestamp offsets.
 */
#include <stddef.h>
#include <stdint.h>

/** A 128-bit secret; k[0] holds the first eight octets, little-endian. */
struct la_key {
	uint64_t k[2];
};

/** SipHash-2-4 of @p len octets, as the reference test vectors have it. */
uint64_t la_siphash(const struct la_key *key, const void *data, size_t len);

/**
 * SipHash-2-4 of @p n 64-bit words; the same value la_siphash() gives for
 * their little-endian octets. No length to handle, so it inlines well.
 */
uint64_t la_siphash_words(const struct la_key *key, const uint64_t *words, size_t n);

/** A new secret drawn from @p master for purpose or epoch number @p label. */
struct la_key la_key_derive(const struct la_key *master, uint64_t label);

#endif
