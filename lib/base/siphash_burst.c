/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash-2-4 of many inputs. One round is a chain of some fourteen steps that each wait for
 * the one before; four inputs side by side in a vector take hardly longer than one.
 */
#include <string.h>

#include "la_siphash.h"

enum { LANES = 4 };

void
la_siphash_burst(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct la_sip s = la_sip_start(key);

		for (size_t w = 0; w + 1 < words; w++)
			la_sip_absorb(&s, word[w][i]);
		hash[i] = la_sip_finish(&s, word[words - 1][i]);
	}
}

#if defined(__x86_64__)

typedef uint64_t lanes __attribute__((vector_size(LANES * sizeof(uint64_t))));
typedef uint32_t halves __attribute__((vector_size(LANES * sizeof(uint64_t))));
typedef uint16_t quarters __attribute__((vector_size(LANES * sizeof(uint64_t))));

#define FOR_AVX2 __attribute__((target("avx2")))

/* The state of four. */
struct sips {
	lanes v0, v1, v2, v3;
};

FOR_AVX2 static inline lanes
all(uint64_t x)
{
	return (lanes){ x, x, x, x };
}

FOR_AVX2 static inline lanes
rotl32(lanes x)
{
	const halves h = (halves)x;

	return (lanes)__builtin_shufflevector(h, h, 1, 0, 3, 2, 5, 4, 7, 6);
}

FOR_AVX2 static inline lanes
rotl16(lanes x)
{
	const quarters q = (quarters)x;

	return (lanes)__builtin_shufflevector(q, q, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10,
			15, 12, 13, 14);
}

FOR_AVX2 static inline lanes
rotl(lanes x, int bits)
{
	return x << bits | x >> (64 - bits);
}

/* la_sip_round() of four. */
FOR_AVX2 static inline struct sips
round_of(struct sips s)
{
	s.v0 += s.v1;
	s.v2 += s.v3;
	s.v1 = rotl(s.v1, 13) ^ s.v0;
	s.v3 = rotl16(s.v3) ^ s.v2;
	s.v0 = rotl32(s.v0);
	s.v2 += s.v1;
	s.v0 += s.v3;
	s.v1 = rotl(s.v1, 17) ^ s.v2;
	s.v3 = rotl(s.v3, 21) ^ s.v0;
	s.v2 = rotl32(s.v2);
	return s;
}

FOR_AVX2 static inline struct sips
absorb(struct sips s, lanes word)
{
	s.v3 ^= word;
	s = round_of(round_of(s));
	s.v0 ^= word;
	return s;
}

/* Of the inputs from number @p at on. */
FOR_AVX2 static inline lanes
hash_four(struct sips s, const uint64_t *const *word, size_t words, size_t at)
{
	for (size_t w = 0; w < words; w++) {
		lanes x;

		memcpy(&x, word[w] + at, sizeof(x));
		s = absorb(s, x);
	}
	s.v2 ^= all(0xff);
	s = round_of(round_of(round_of(round_of(s))));
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

FOR_AVX2 void
la_siphash_burst_avx2(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n)
{
	const struct la_sip one = la_sip_start(key);
	const struct sips start = { all(one.v0), all(one.v1), all(one.v2), all(one.v3) };

	for (size_t at = 0; at < n; at += LANES) {
		const lanes x = hash_four(start, word, words, at);

		memcpy(hash + at, &x, sizeof(x));
	}
}

bool
la_siphash_has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

#else

void
la_siphash_burst_avx2(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n)
{
	la_siphash_burst(key, word, words, hash, n);
}

bool
la_siphash_has_avx2(void)
{
	return false;
}

#endif
