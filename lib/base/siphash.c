/* SPDX-License-Identifier: BSD-3-Clause */
/* SipHash-2-4 of octets, and keys derived from keys. The rounds are in the header. */
#include "la_siphash.h"

/* Up to eight octets as a little-endian number, on hosts of either byte order. */
static uint64_t
get_little(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint64_t
la_siphash(const struct la_key *key, const void *data, size_t len)
{
	struct la_sip s = la_sip_start(key);
	const uint8_t *p = data;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		la_sip_absorb(&s, get_little(p, 8));
	return la_sip_finish(&s, (uint64_t)len << 56 | get_little(p, left));
}

struct la_key
la_key_derive(const struct la_key *master, uint64_t label)
{
	/* Hash two words for each half, so that no half equals a one-word hash of the label. */
	const uint64_t low[2] = { label, 0 };
	const uint64_t high[2] = { label, 1 };

	return (struct la_key){ {
		la_siphash_words(master, low, 2),
		la_siphash_words(master, high, 2),
	} };
}
