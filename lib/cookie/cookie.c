/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SYN cookies (RFC 4987, 3.6).
 *
 *	ISN    31                           4 3    0
 *	       [ 28 bits of MAC            ][ class]   class ^ the MAC's low four bits
 *
 *	MAC    SipHash-2-4 over addresses, ports, the peer's ISN, the coarse clock,
 *	       the MSS class, and whether there are timestamps and which options they
 *	       carry. The class is read first and then confirmed by the MAC, so one
 *	       MAC is computed for each tick that may have made the cookie, and a
 *	       cookie that is off by one, or of another class, fails.
 *
 *	TSval  31                         6 5   4  3    0
 *	       [ our clock in units of 64 ms ][E][S][wscale]   then the tuple's keyed
 *	       offset is added. S: SACK-permitted; wscale 15: none; E: ECN (RFC 3168).
 *	       It is 64 ms earlier where it would be ahead of the clock.
 *
 * Without timestamps only the MSS class comes back, so the SYN-ACK may then offer neither window
 * scale nor SACK nor ECN.
 *
 * Life: the coarse clock ticks every 2^25 us = 33.6 s; cookies of the present tick and the one
 * before are accepted, so a cookie lives 33.6 to 67.1 s. A key lasts 16 ticks, and each tick has
 * exactly one key, so an old key is accepted for one cookie life. (With keys from a file both are
 * tried, which doubles a forger's chances below, and there is no offset to guess: TSval is the wall
 * clock.)
 *
 * The cost for a blind forger: for a tuple and a peer's ISN of its choice, 16 classes in each of 2
 * ticks make 2^5 of 2^32 numbers valid. That is a chance of 2^-27 per ACK, or 13 s per forged
 * connection at 10 Mpps, and a connection without a peer ends by itself. With timestamps TSecr must
 * also match one of 2^16.04 milliseconds of the tuple's own clock: 2^-43, or 10 days per
 * connection. The forger may leave timestamps out: a server without state cannot know that they
 * were offered. So rely on the first figure; the second keeps a wrong window scale from being
 * accepted by accident. An ACK with a bad cookie costs two MACs at most; or four, with twice that
 * chance, if the stack has a note of a recent SYN of its tuple.
 */
#include "cookie_private.h"

uint32_t
la_cookie_make(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, const struct la_cookie_opts *opts, uint64_t now_us,
		uint32_t *tsval)
{
	struct cookie_words words = words_of(cookie, tuple, peer_isn);
	const uint64_t tick = tick_at(cookie, now_us);
	const struct la_key key = cookie->fixed ? cookie->key[0] :
			la_cookie__epoch_key(cookie, epoch_of(tick));
	uint32_t bits = 0;

	if (opts->timestamps) {
		bits = options_to_bits(opts);
		*tsval = carry_bits(clock_ms(cookie, now_us), bits) + ts_secret(cookie, tuple);
	}
	return cookie_of(&key, &words, mac_word(tick, opts->mss_class, opts->timestamps, bits));
}

/* True if one of the keys of a tick made this cookie; @p last is without the tick. */
static inline bool
made_at(const struct la_cookie *cookie, const struct cookie_words *words, uint32_t isn,
		uint64_t tick, uint64_t last)
{
	struct la_key key;

	last |= mac_word(tick, 0, false, 0);
	if (cookie->fixed)
		return cookie_of(&cookie->key[0], words, last) == isn ||
				cookie_of(&cookie->key[1], words, last) == isn;
	key = la_cookie__epoch_key(cookie, epoch_of(tick));
	return cookie_of(&key, words, last) == isn;
}

/* True if one of our keys made the cookie within its life. */
static bool
made_lately(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple, uint32_t peer_isn,
		uint32_t isn, uint64_t last, uint64_t now_us)
{
	const struct cookie_words words = words_of(cookie, tuple, peer_isn);
	const uint64_t tick = tick_at(cookie, now_us);
	const uint64_t newest = tick_at(cookie, now_us + skew_of(cookie) * 1000);

	/* A clock that starts at 0 has no ticks before that. */
	for (uint64_t age = 0; age < newest - tick + LA_COOKIE_LIFE_TICKS && age <= newest; age++) {
		if (made_at(cookie, &words, isn, newest - age, last))
			return true;
	}
	return false;
}

bool
la_cookie_check(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, uint32_t ack, const uint32_t *tsecr, uint64_t now_us,
		struct la_cookie_opts *opts)
{
	const uint32_t isn = ack - 1, class = class_in(isn);
	uint32_t bits = 0;

	if (tsecr) {
		uint32_t made_ms = *tsecr - ts_secret(cookie, tuple);

		if (!is_lately(cookie, clock_ms(cookie, now_us) - made_ms))
			return false;
		bits = made_ms & TS_MASK;
	}
	if (!made_lately(cookie, tuple, peer_isn, isn, mac_word(0, class, tsecr, bits), now_us))
		return false;
	*opts = (struct la_cookie_opts){ .mss_class = (uint8_t)class, .timestamps = tsecr };
	if (tsecr)
		bits_to_options(bits, opts);
	return true;
}

bool
la_cookie_check_known(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, uint32_t ack, uint64_t now_us, struct la_cookie_opts *opts)
{
	const uint32_t isn = ack - 1, bits = opts->timestamps ? options_to_bits(opts) : 0;

	opts->mss_class = (uint8_t)class_in(isn);
	return made_lately(cookie, tuple, peer_isn, isn,
			mac_word(0, opts->mss_class, opts->timestamps, bits), now_us);
}
