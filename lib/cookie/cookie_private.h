/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef COOKIE_PRIVATE_H
#define COOKIE_PRIVATE_H

/** @file
 * What the files of lib/cookie share: the conversion of a tuple to words to hash.
 */
#include "la_cookie.h"
#include "la_seg.h"

/*
 * IPv4: addresses, then ports and 32 extra bits. IPv6: the two words that the addresses are
 * shortened to, or all four words, then the same. One kind cannot be confused with another: SipHash
 * ends with the length.
 */
struct cookie_words {
	uint64_t w[5];
	uint32_t n;             /* Words in use: 2 for IPv4, 3 or 5 for IPv6. */
};

/* The last word of an input of @p n words in all: the ports alone, or seven octets more. */
static inline uint64_t
ports_last(uint32_t ports, uint32_t n)
{
	return la_sip_len(8 * (n - 1) + 4) | ports;
}

static inline uint64_t
word_last(uint64_t word, uint32_t n)
{
	return la_sip_len(8 * n + 7) | word;
}

__extension__ typedef unsigned __int128 u128;

/*
 * Two IPv6 addresses in two words, by the hash NH of UMAC (RFC 4418 uses it): with secret keys, any
 * two pairs of addresses give the same words with a chance of 2^-64. SipHash of these words is then
 * as hard to predict as SipHash of the addresses, for half the work. Hosts that share cookie keys
 * share no other keys, so they do not use this.
 */
static inline void
shrink_addresses(const struct la_cookie *cookie, const uint8_t *local, const uint8_t *remote,
		uint64_t words[2])
{
	const struct la_key *k = cookie->shrink;
	const u128 sum = (u128)(la_get64(local) + k[0].k[0]) * (la_get64(local + 8) + k[0].k[1]) +
			(u128)(la_get64(remote) + k[1].k[0]) * (la_get64(remote + 8) + k[1].k[1]);

	words[0] = (uint64_t)sum;
	words[1] = (uint64_t)(sum >> 64);
}

static inline struct cookie_words
words_of(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple, uint32_t extra)
{
	const uint8_t *local = tuple->local.b, *remote = tuple->remote.b;
	const uint64_t ports = (uint64_t)tuple->local_port << 48 |
			(uint64_t)tuple->remote_port << 32 | extra;
	struct cookie_words words;

	if (la_addr_is_v4(&tuple->local) && la_addr_is_v4(&tuple->remote))
		return (struct cookie_words){ { (uint64_t)la_get32(local + 12) << 32 |
				la_get32(remote + 12), ports }, 2 };
	if (cookie->fixed)
		return (struct cookie_words){ { la_get64(local), la_get64(local + 8), la_get64(remote),
				la_get64(remote + 8), ports }, 5 };
	shrink_addresses(cookie, local, remote, words.w);
	words.w[2] = ports;
	words.n = 3;
	return words;
}

/* SipHash of the tuple alone, with n known to the compiler on each path. */
static inline uint64_t
hash_tuple(const struct la_key *key, const struct cookie_words *words)
{
	const uint64_t last = ports_last((uint32_t)(words->w[words->n - 1] >> 32), words->n);

	if (words->n == 2)
		return la_siphash_words_and(key, words->w, 1, last);
	return words->n == 3 ? la_siphash_words_and(key, words->w, 2, last) :
			la_siphash_words_and(key, words->w, 4, last);
}

/* SipHash of all words and up to 56 bits more. */
static inline uint64_t
hash_tuple_and(const struct la_key *key, const struct cookie_words *words, uint64_t more)
{
	const uint64_t last = word_last(more, words->n);

	if (words->n == 2)
		return la_siphash_words_and(key, words->w, 2, last);
	return words->n == 3 ? la_siphash_words_and(key, words->w, 3, last) :
			la_siphash_words_and(key, words->w, 5, last);
}

/* Number of the key in use at a tick of the coarse clock. */
static inline uint32_t
epoch_of(uint64_t tick)
{
	return (uint32_t)(tick / LA_COOKIE_ROTATE_TICKS);
}

/* Ticks of the coarse clock, which hosts that share keys agree on. */
static inline uint64_t
tick_at(const struct la_cookie *cookie, uint64_t now_us)
{
	return (now_us + cookie->clock_offset_us) >> LA_COOKIE_TICK_SHIFT;
}

/* The secret part of a tuple's timestamp offset (RFC 7323, 5.4). SipHash-1-3 is enough: an attacker
 * who predicts an offset learns our uptime, but no number that TCP accepts. There is no offset if
 * hosts share a key file: its keys change, and an offset derived from one would differ between a
 * host that started before a change and one that started after. */
static inline uint32_t
ts_secret(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple)
{
	struct cookie_words words;
	uint64_t last;

	if (cookie->fixed)
		return 0;
	words = words_of(cookie, tuple, 0);
	last = ports_last((uint32_t)(words.w[words.n - 1] >> 32), words.n);
	return (uint32_t)la_siphash13_words_and(&cookie->ts_key, words.w, words.n - 1, last);
}

enum {
	CLASS_BITS = 4,
	CLASS_MASK = (1 << CLASS_BITS) - 1,
	NO_WSCALE = 15,
	TS_WSCALE = 0x0f,
	TS_SACK = 0x10,
	TS_ECN = 0x20,
	TS_MASK = 0x3f,
	TS_LIFE_MS = (LA_COOKIE_LIFE_TICKS << LA_COOKIE_TICK_SHIFT) / 1000 + TS_MASK + 1,
	/* Largest clock difference of hosts that share keys. */
	SKEW_MS = 1000,
};

enum { TICK_AT = 24 };

/* The rest of the MAC's input: tick, class, and the options if there are timestamps. Ticks have 32
 * bits, which last for 4,500 years. */
static inline uint64_t
mac_word(uint64_t tick, uint32_t class, bool timestamps, uint32_t ts_bits)
{
	return (uint64_t)(uint32_t)tick << TICK_AT | (timestamps ? 1u << 16 | ts_bits << 8 : 0) | class;
}

_Static_assert(LA_MSS_CLASSES == CLASS_MASK + 1, "a class has these bits");

/* The cookie for a MAC and a class. */
static inline uint32_t
cookie_with(uint64_t hash, uint32_t class)
{
	uint32_t mac = (uint32_t)(hash >> 32) & ~(uint32_t)CLASS_MASK;

	return mac | ((mac >> CLASS_BITS ^ class) & CLASS_MASK);
}

/* The cookie that one key makes. */
static inline uint32_t
cookie_of(const struct la_key *key, const struct cookie_words *words, uint64_t last)
{
	return cookie_with(hash_tuple_and(key, words, last), (uint32_t)last);
}

static inline uint32_t
class_in(uint32_t isn)
{
	return (isn >> CLASS_BITS ^ isn) & CLASS_MASK;
}

/* True if @p isn is the cookie for a MAC and the class in @p isn. All but the class bits must be
 * the MAC's; then the class is as cookie_with() stores it. */
static inline bool
is_cookie_of(uint64_t hash, uint32_t isn)
{
	return (((uint32_t)(hash >> 32) ^ isn) & ~(uint32_t)CLASS_MASK) == 0;
}

static inline uint32_t
options_to_bits(const struct la_cookie_opts *opts)
{
	uint32_t wscale = opts->wscale > LA_WSCALE_MAX ? LA_WSCALE_MAX : opts->wscale;

	return (opts->wscale_ok ? wscale : NO_WSCALE) | (opts->sack ? TS_SACK : 0) |
			(opts->ecn ? TS_ECN : 0);
}

static inline void
bits_to_options(uint32_t bits, struct la_cookie_opts *opts)
{
	opts->wscale_ok = (bits & TS_WSCALE) != NO_WSCALE;
	opts->wscale = opts->wscale_ok ? bits & TS_WSCALE : 0;
	opts->sack = bits & TS_SACK;
	opts->ecn = bits & TS_ECN;
}

/* Milliseconds that hosts with the same wall clock agree on. Both terms are rounded separately, so
 * that la_cookie_tsval() is now_us / 1000 plus a constant. */
static inline uint32_t
clock_ms(const struct la_cookie *cookie, uint64_t now_us)
{
	return (uint32_t)(now_us / 1000 + cookie->clock_offset_us / 1000);
}

/* The newest time not after ms whose low bits are these. */
static inline uint32_t
carry_bits(uint32_t ms, uint32_t bits)
{
	return ms - ((ms - bits) & TS_MASK);
}

static inline uint32_t
skew_of(const struct la_cookie *cookie)
{
	return cookie->fixed ? SKEW_MS : 0;
}

/* True if a cookie of this age, which the skew may make negative, is alive. */
static inline bool
is_lately(const struct la_cookie *cookie, uint32_t age_ms)
{
	return age_ms + skew_of(cookie) <= TS_LIFE_MS + skew_of(cookie);
}

/* The key of a rotating cookie's epoch. */
struct la_key la_cookie__epoch_key(const struct la_cookie *cookie, uint32_t epoch);

#endif
