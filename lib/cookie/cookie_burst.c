/* SPDX-License-Identifier: BSD-3-Clause */
/* Cookies of a burst; cookie.c describes a cookie. */
#include <string.h>

#include "la_cookie_burst.h"

typedef void hash_burst(const struct la_key *key, const uint64_t *const *word, size_t words,
		uint64_t *hash, size_t n);

static inline void
hash_words(const struct la_cookie_burst *burst, hash_burst *with, const struct la_key *key,
		const uint64_t *last, size_t words, uint64_t *out)
{
	const uint64_t *word[LA_COOKIE_BURST_WORDS] = { burst->word[0], burst->word[1],
		burst->word[2], burst->word[3] };

	word[words - 1] = last;
	with(key, word, words, out, burst->n);
}

static inline hash_burst *
siphash_of(const struct la_cookie *cookie)
{
	return cookie->vectors ? la_siphash_burst_avx2 : la_siphash_burst;
}

static inline hash_burst *
siphash13_of(const struct la_cookie *cookie)
{
	return cookie->vectors ? la_siphash13_burst_avx2 : la_siphash13_burst;
}

/* Hash the tuples alone. */
static void
hash_tuples(const struct la_cookie_burst *burst, hash_burst *with, const struct la_key *key,
		uint64_t *out)
{
	hash_words(burst, with, key, burst->ports, la_cookie_burst_ports(burst->v4) + 1, out);
}

/* Compute the keyed offsets of timestamps, as ts_secret() does. */
static void
hash_secrets(struct la_cookie_burst *burst, const struct la_cookie *cookie)
{
	if (cookie->fixed)
		memset(burst->secret, 0, burst->n * sizeof(burst->secret[0]));
	else
		hash_tuples(burst, siphash13_of(cookie), &cookie->ts_key, burst->secret);
}

/* Read the options that the TSecr of each ACK brings back. */
static void
read_options(struct la_cookie_burst *burst)
{
	uint64_t *last = burst->word[la_cookie_burst_ports(burst->v4) + 1];

	for (uint64_t left = burst->acks; left != 0; left &= left - 1) {
		const uint32_t i = (uint32_t)__builtin_ctzll(left);
		const uint32_t bits = (burst->tsecr[i] - (uint32_t)burst->secret[i]) & TS_MASK;

		burst->bits[i] = (uint8_t)bits;
		last[i] |= mac_word(0, 0, true, bits);
	}
}

void
la_cookie_burst_offsets(struct la_cookie_burst *burst, const struct la_cookie *cookie,
		uint32_t *offset)
{
	hash_secrets(burst, cookie);
	for (uint32_t i = 0; i < burst->n; i++)
		offset[i] = burst->clock_ms + (uint32_t)burst->secret[i];
}

void
la_cookie_burst_isns(struct la_cookie_burst *burst, const struct la_cookie *cookie, uint32_t *isn)
{
	hash_tuples(burst, siphash_of(cookie), &cookie->isn_key, burst->mac);
	for (uint32_t i = 0; i < burst->n; i++)
		isn[i] = (uint32_t)burst->mac[i];
}

void
la_cookie_burst_hash(struct la_cookie_burst *burst, const struct la_cookie *cookie)
{
	const size_t words = la_cookie_burst_ports(burst->v4) + 2;
	const struct la_key key = cookie->fixed ? cookie->key[0] :
			la_cookie__epoch_key(cookie, epoch_of(burst->tick));

	if (burst->timestamps) {
		hash_secrets(burst, cookie);
		read_options(burst);
	}
	hash_words(burst, siphash_of(cookie), &key, burst->word[words - 1], words, burst->mac);
}
