/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash of many inputs. One round is a chain of about fourteen steps, each of which waits for the
 * one before; four inputs side by side in a vector take hardly longer than one.
 */
#include <string.h>

#include "la_siphash.h"

enum { LANES = 4, WORDS_MAX = 4 };

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

void
la_siphash13_burst(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n)
{
	uint64_t one[WORDS_MAX];

	for (size_t i = 0; i < n; i++) {
		for (size_t w = 0; w < words; w++)
			one[w] = word[w][i];
		hash[i] = la_siphash13_words_and(key, one, words - 1, one[words - 1]);
	}
}

#if defined(__x86_64__)

typedef uint64_t lanes __attribute__((vector_size(LANES * sizeof(uint64_t))));
typedef uint32_t halves __attribute__((vector_size(LANES * sizeof(uint64_t))));
typedef uint16_t quarters __attribute__((vector_size(LANES * sizeof(uint64_t))));

#define FOR_AVX2 __attribute__((target("avx2")))
#define IN_LINE static inline __attribute__((always_inline))

/* The state of four inputs. */
struct sips {
	lanes v0, v1, v2, v3;
};

FOR_AVX2 static inline lanes
all_lanes(uint64_t x)
{
	return (lanes){ x, x, x, x };
}

FOR_AVX2 static inline lanes
rotl_by32(lanes x)
{
	const halves h = (halves)x;

	return (lanes)__builtin_shufflevector(h, h, 1, 0, 3, 2, 5, 4, 7, 6);
}

FOR_AVX2 static inline lanes
rotl_by16(lanes x)
{
	const quarters q = (quarters)x;

	return (lanes)__builtin_shufflevector(q, q, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10,
			15, 12, 13, 14);
}

FOR_AVX2 static inline lanes
rotl_lanes(lanes x, int bits)
{
	return x << bits | x >> (64 - bits);
}

/* la_sip_round() of four inputs. */
FOR_AVX2 static inline struct sips
round_of(struct sips s)
{
	s.v0 += s.v1;
	s.v2 += s.v3;
	s.v1 = rotl_lanes(s.v1, 13) ^ s.v0;
	s.v3 = rotl_by16(s.v3) ^ s.v2;
	s.v0 = rotl_by32(s.v0);
	s.v2 += s.v1;
	s.v0 += s.v3;
	s.v1 = rotl_lanes(s.v1, 17) ^ s.v2;
	s.v3 = rotl_lanes(s.v3, 21) ^ s.v0;
	s.v2 = rotl_by32(s.v2);
	return s;
}

/* Number of rounds per word, and at the end. */
struct rounds {
	int word, end;
};

static const struct rounds sip24 = { 2, 4 }, sip13 = { 1, 3 };

FOR_AVX2 IN_LINE struct sips
rounds_of(struct sips s, int n)
{
	for (int i = 0; i < n; i++)
		s = round_of(s);
	return s;
}

/* Hash four inputs, from number @p at on. */
FOR_AVX2 IN_LINE lanes
hash_four(struct sips s, const uint64_t *const *word, size_t words, size_t at, struct rounds n)
{
	for (size_t w = 0; w < words; w++) {
		lanes x;

		memcpy(&x, word[w] + at, sizeof(x));
		s.v3 ^= x;
		s = rounds_of(s, n.word);
		s.v0 ^= x;
	}
	s.v2 ^= all_lanes(0xff);
	s = rounds_of(s, n.end);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

FOR_AVX2 IN_LINE void
hash_words(const struct la_key *key, const uint64_t *const *word, size_t words, uint64_t *hash,
		size_t n, struct rounds rounds)
{
	const struct la_sip one = la_sip_start(key);
	const struct sips start = { all_lanes(one.v0), all_lanes(one.v1), all_lanes(one.v2),
			all_lanes(one.v3) };

	for (size_t at = 0; at < n; at += LANES) {
		const lanes x = hash_four(start, word, words, at, rounds);

		memcpy(hash + at, &x, sizeof(x));
	}
}

/* The numbers of words in cookies are constants here, to avoid loops over words and rounds. */
FOR_AVX2 IN_LINE void
hash_all(const struct la_key *key, const uint64_t *const *word, size_t words, uint64_t *hash,
		size_t n, struct rounds rounds)
{
	if (words == 2)
		hash_words(key, word, 2, hash, n, rounds);
	else if (words == 3)
		hash_words(key, word, 3, hash, n, rounds);
	else
		hash_words(key, word, words, hash, n, rounds);
}

FOR_AVX2 void
la_siphash_burst_avx2(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n)
{
	hash_all(key, word, words, hash, n, sip24);
}

FOR_AVX2 void
la_siphash13_burst_avx2(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n)
{
	hash_all(key, word, words, hash, n, sip13);
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

void
la_siphash13_burst_avx2(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n)
{
	la_siphash13_burst(key, word, words, hash, n);
}

bool
la_siphash_has_avx2(void)
{
	return false;
}

#endif
