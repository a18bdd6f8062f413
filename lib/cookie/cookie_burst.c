/* SPDX-License-Identifier: BSD-3-Clause */
/* Cookies of a burst; cookie.c says what a cookie is. */
#include "la_cookie_burst.h"

static void
hash(const struct la_cookie_burst *burst, const struct la_cookie *cookie,
		const struct la_key *key, size_t words, uint64_t *out)
{
	const uint64_t *const word[LA_COOKIE_BURST_WORDS] = { burst->word[0], burst->word[1],
		burst->word[2], burst->word[3] };

	if (cookie->vectors)
		la_siphash_burst_avx2(key, word, words, out, burst->n);
	else
		la_siphash_burst(key, word, words, out, burst->n);
}

/* The keyed offset of each one's timestamps, as ts_secret() has it; and with it the options
 * that an ACK's TSecr brings back. */
static void
hash_timestamps(struct la_cookie_burst *burst, const struct la_cookie *cookie)
{
	const uint32_t at = la_cookie_burst_ports(burst->v4);

	if (!cookie->fixed)
		hash(burst, cookie, &cookie->ts_key, at + 1, burst->secret);
	for (uint64_t left = burst->timestamps; left != 0; left &= left - 1) {
		const uint32_t i = (uint32_t)__builtin_ctzll(left);

		if (cookie->fixed)
			burst->secret[i] = 0;
		if (burst->acks >> i & 1)
			burst->bits[i] = (burst->tsecr[i] - (uint32_t)burst->secret[i]) & TS_MASK;
		/* The ports go up. */
		burst->word[at][i] = burst->word[at][i] << 32 | burst->isn[i];
		burst->word[at + 1][i] |= mac_word(0, 0, true, burst->bits[i]);
	}
}

void
la_cookie_burst_offsets(struct la_cookie_burst *burst, const struct la_cookie *cookie,
		uint32_t *offset)
{
	if (!cookie->fixed)
		hash(burst, cookie, &cookie->ts_key, la_cookie_burst_ports(burst->v4) + 1,
				burst->secret);
	for (uint32_t i = 0; i < burst->n; i++)
		offset[i] = burst->clock_ms + (cookie->fixed ? 0 : (uint32_t)burst->secret[i]);
}

void
la_cookie_burst_isns(struct la_cookie_burst *burst, const struct la_cookie *cookie, uint32_t *isn)
{
	hash(burst, cookie, &cookie->isn_key, la_cookie_burst_ports(burst->v4) + 1, burst->mac);
	for (uint32_t i = 0; i < burst->n; i++)
		isn[i] = (uint32_t)burst->mac[i];
}

void
la_cookie_burst_hash(struct la_cookie_burst *burst, const struct la_cookie *cookie)
{
	const struct la_key key = cookie->fixed ? cookie->key[0] :
			cookie_epoch_key(cookie, epoch_of(burst->tick));

	if (burst->timestamps != 0)
		hash_timestamps(burst, cookie);
	hash(burst, cookie, &key, la_cookie_burst_ports(burst->v4) + 2, burst->mac);
}

uint32_t
la_cookie_burst_tsval(const struct la_cookie_burst *burst, uint32_t i,
		struct la_cookie_opts *opts)
{
	bits_to_options(burst->bits[i], opts);
	return carry_bits(burst->ms, burst->bits[i]) + (uint32_t)burst->secret[i];
}

bool
la_cookie_burst_tsecr(const struct la_cookie_burst *burst, uint32_t i,
		const struct la_cookie *cookie, struct la_cookie_opts *opts)
{
	bits_to_options(burst->bits[i], opts);
	return is_lately(cookie, burst->ms - burst->tsecr[i] + (uint32_t)burst->secret[i]);
}
