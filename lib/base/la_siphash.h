/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SIPHASH_H
#define LA_SIPHASH_H

/** @file
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed function whose output
 * an outsider cannot predict. Used for initial sequence numbers and SYN cookies.
 *
 * SipHash-1-3 of the same authors, with half the rounds, is used where an outsider gains little:
 * for timestamp offsets.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A 128-bit secret; k[0] holds the first eight octets, little-endian. */
struct la_key {
	uint64_t k[2];
};

/** The state between two words; private to the functions below. */
struct la_sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
la_sip_rotl(uint64_t x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
la_sip_round(struct la_sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = la_sip_rotl(s->v1, 13) ^ s->v0;
	s->v3 = la_sip_rotl(s->v3, 16) ^ s->v2;
	s->v0 = la_sip_rotl(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = la_sip_rotl(s->v1, 17) ^ s->v2;
	s->v3 = la_sip_rotl(s->v3, 21) ^ s->v0;
	s->v2 = la_sip_rotl(s->v2, 32);
}

static inline struct la_sip
la_sip_start(const struct la_key *key)
{
	const struct la_sip s = {
		key->k[0] ^ 0x736f6d6570736575,
		key->k[1] ^ 0x646f72616e646f6d,
		key->k[0] ^ 0x6c7967656e657261,
		key->k[1] ^ 0x7465646279746573,
	};

	return s;
}

static inline void
la_sip_absorb(struct la_sip *s, uint64_t word)
{
	s->v3 ^= word;
	la_sip_round(s);
	la_sip_round(s);
	s->v0 ^= word;
}

/** @param last  The last octets of the input, with its length in the top octet. */
static inline uint64_t
la_sip_finish(struct la_sip *s, uint64_t last)
{
	la_sip_absorb(s, last);
	s->v2 ^= 0xff;
	la_sip_round(s);
	la_sip_round(s);
	la_sip_round(s);
	la_sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/** SipHash-1-3 of @p n words and @p last, as la_siphash_words_and(). */
static inline uint64_t
la_siphash13_words_and(const struct la_key *key, const uint64_t *words, size_t n, uint64_t last)
{
	struct la_sip s = la_sip_start(key);

	for (size_t i = 0; i <= n; i++) {
		const uint64_t word = i < n ? words[i] : last;

		s.v3 ^= word;
		la_sip_round(&s);
		s.v0 ^= word;
	}
	s.v2 ^= 0xff;
	la_sip_round(&s);
	la_sip_round(&s);
	la_sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/** SipHash-2-4 of @p len octets, as in the reference test vectors. */
uint64_t la_siphash(const struct la_key *key, const void *data, size_t len);

/** The length of an input of @p octets, in the top octet of the last word. */
static inline uint64_t
la_sip_len(size_t octets)
{
	return (uint64_t)octets << 56;
}

/**
 * SipHash-2-4 of @p n 64-bit words and up to seven octets more, @p last, with la_sip_len() of all:
 * equals la_siphash() of their little-endian octets, but inlines well.
 */
static inline uint64_t
la_siphash_words_and(const struct la_key *key, const uint64_t *words, size_t n, uint64_t last)
{
	struct la_sip s = la_sip_start(key);

	for (size_t i = 0; i < n; i++)
		la_sip_absorb(&s, words[i]);
	return la_sip_finish(&s, last);
}

/** The same of @p n words only. */
static inline uint64_t
la_siphash_words(const struct la_key *key, const uint64_t *words, size_t n)
{
	return la_siphash_words_and(key, words, n, la_sip_len(8 * n));
}

/**
 * la_siphash_words_and() of @p n inputs: input i is word[0][i], word[1][i], ..., the last one
 * with its length.
 *
 * @param word  @p words arrays; they are read, and @p hash is written, up to the next multiple
 *              of four elements.
 */
void la_siphash_burst(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n);
/** The same, four at a time; only if la_siphash_has_avx2(). */
void la_siphash_burst_avx2(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n);
bool la_siphash_has_avx2(void);

/** The same for la_siphash13_words_and(). */
void la_siphash13_burst(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n);
void la_siphash13_burst_avx2(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n);

/** Derive a new secret from @p master for a purpose or epoch number @p label. */
struct la_key la_key_derive(const struct la_key *master, uint64_t label);

#ifdef __cplusplus
}
#endif

#endif
