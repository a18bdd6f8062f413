/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_COOKIE_BURST_H
#define LA_COOKIE_BURST_H

/** @file
 * Cookies of a whole burst of SYNs and ACKs: their hashes do not depend on each other, so four are
 * computed at once if the processor can (AVX2).
 *
 * The cookies are those that la_cookie_make() makes and la_cookie_check() accepts, but only those
 * of the present tick of the coarse clock and of the first key. All others, and a burst of IPv6
 * segments while keys come from a file, are left to those two functions.
 */
#include "cookie_private.h"

enum { LA_COOKIE_BURST = 64, LA_COOKIE_BURST_WORDS = 4, LA_NO_TIMESTAMPS = TS_MASK + 1 };

/** The segments of one family, in the order in which they were added. */
struct la_cookie_burst {
	uint64_t word[LA_COOKIE_BURST_WORDS][LA_COOKIE_BURST] __attribute__((aligned(32)));
	uint64_t ports[LA_COOKIE_BURST] __attribute__((aligned(32)));   /**< To hash a secret. */
	uint64_t mac[LA_COOKIE_BURST] __attribute__((aligned(32)));
	uint64_t secret[LA_COOKIE_BURST] __attribute__((aligned(32)));  /**< Timestamp offsets. */
	uint32_t number[LA_COOKIE_BURST];       /**< SYN: its class; ACK: the cookie. */
	uint32_t tsecr[LA_COOKIE_BURST];        /**< Of an ACK with timestamps. */
	uint8_t bits[LA_COOKIE_BURST];          /**< Options as the TSval carries them. */
	uint64_t acks;                  /**< Bit i: segment i is an ACK with timestamps. */
	bool timestamps;                /**< Some segments have timestamps. */
	uint64_t tick;
	uint64_t last;                  /**< The last word of class 0 without timestamps. */
	uint32_t ms, clock_ms;          /**< clock_ms() now, and at 0. */
	uint32_t n;
	bool v4;
};

static inline void
la_cookie_burst_begin(struct la_cookie_burst *burst, const struct la_cookie *cookie, bool v4,
		uint64_t now_us)
{
	burst->timestamps = false;
	burst->acks = 0;
	burst->tick = tick_at(cookie, now_us);
	burst->last = word_last(mac_word(burst->tick, 0, false, 0), v4 ? 2 : 3);
	burst->ms = clock_ms(cookie, now_us);
	burst->clock_ms = clock_ms(cookie, 0);
	burst->n = 0;
	burst->v4 = v4;
}

/** True if segments of this family may be added. */
static inline bool
la_cookie_burst_knows(const struct la_cookie *cookie, bool v4)
{
	return v4 || !cookie->fixed;
}

/* The index of the word with the ports and, for a cookie, the peer's ISN. The words before it are
 * the addresses, the one behind it is mac_word(). */
static inline uint32_t
la_cookie_burst_ports(bool v4)
{
	return v4 ? 1 : 2;
}

/* Add the addresses of a segment. @return its number. */
static inline uint32_t
la_cookie_burst_next(struct la_cookie_burst *burst, const struct la_cookie *cookie, bool v4,
		const uint8_t *local, const uint8_t *remote)
{
	const uint32_t i = burst->n++;
	uint64_t words[2];

	if (v4) {
		burst->word[0][i] = (uint64_t)la_get32(local) << 32 | la_get32(remote);
		return i;
	}
	shrink_addresses(cookie, local, remote, words);
	burst->word[0][i] = words[0];
	burst->word[1][i] = words[1];
	return i;
}

/* Add what both kinds have; for a segment without timestamps that is all. Its place in ports[] is
 * not written, and hashed in vain. */
static inline uint32_t
la_cookie_burst_add(struct la_cookie_burst *burst, const struct la_cookie *cookie, bool v4,
		const uint8_t *local, const uint8_t *remote, uint32_t ports, uint32_t isn,
		uint32_t class)
{
	const uint32_t i = la_cookie_burst_next(burst, cookie, v4, local, remote);
	const uint32_t at = la_cookie_burst_ports(v4);

	burst->word[at][i] = (uint64_t)ports << 32 | isn;
	burst->word[at + 1][i] = burst->last | class;
	return i;
}

/* Add what timestamps need: a secret of the tuple alone, too. @p bits: those already known. */
static inline void
la_cookie_burst_stamped(struct la_cookie_burst *burst, bool v4, uint32_t i, uint32_t ports,
		uint32_t bits)
{
	const uint32_t at = la_cookie_burst_ports(v4);

	burst->ports[i] = ports_last(ports, at + 1);
	burst->word[at + 1][i] |= mac_word(0, 0, true, bits);
	burst->timestamps = true;
}

/** Add a SYN. @p v4: as passed to la_cookie_burst_begin(). @p local, @p remote: 4 or 16 octets as
 *  in a header; @p ports: the local one in the upper half; @p class: of its MSS; @p bits:
 *  options_to_bits(), or LA_NO_TIMESTAMPS. @return its number. */
static inline uint32_t
la_cookie_burst_syn(struct la_cookie_burst *burst, const struct la_cookie *cookie, bool v4,
		const uint8_t *local, const uint8_t *remote, uint32_t ports, uint32_t seq,
		uint32_t class, uint32_t bits)
{
	const uint32_t i = la_cookie_burst_add(burst, cookie, v4, local, remote, ports, seq,
			class);

	burst->number[i] = class;
	if (bits != LA_NO_TIMESTAMPS) {
		burst->bits[i] = (uint8_t)bits;
		la_cookie_burst_stamped(burst, v4, i, ports, bits);
	}
	return i;
}

/** Add an ACK. @p tsecr: NULL if it carries no timestamps. @return its number. */
static inline uint32_t
la_cookie_burst_ack(struct la_cookie_burst *burst, const struct la_cookie *cookie, bool v4,
		const uint8_t *local, const uint8_t *remote, uint32_t ports, uint32_t seq,
		uint32_t ack, const uint32_t *tsecr)
{
	const uint32_t isn = ack - 1;
	const uint32_t i = la_cookie_burst_add(burst, cookie, v4, local, remote, ports, seq - 1,
			class_in(isn));

	burst->number[i] = isn;
	if (tsecr) {
		la_cookie_burst_stamped(burst, v4, i, ports, 0);
		burst->acks |= UINT64_C(1) << i;
		burst->tsecr[i] = *tsecr;
	}
	return i;
}

/** Add a connection for the two functions below, to a burst that holds nothing else. */
static inline void
la_cookie_burst_tuple(struct la_cookie_burst *burst, const struct la_cookie *cookie, bool v4,
		const uint8_t *local, const uint8_t *remote, uint32_t ports)
{
	const uint32_t i = la_cookie_burst_next(burst, cookie, v4, local, remote);
	const uint32_t at = la_cookie_burst_ports(v4);

	burst->ports[i] = ports_last(ports, at + 1);
}

/** la_cookie_ts_offset() of those connections. */
void la_cookie_burst_offsets(struct la_cookie_burst *burst, const struct la_cookie *cookie,
		uint32_t *offset);

/** la_cookie_isn() of those connections, less its clock of 4 us. */
void la_cookie_burst_isns(struct la_cookie_burst *burst, const struct la_cookie *cookie,
		uint32_t *isn);

/** Compute the hashes of all that was added. */
void la_cookie_burst_hash(struct la_cookie_burst *burst, const struct la_cookie *cookie);

/** The sequence number of a SYN's SYN-ACK. */
static inline uint32_t
la_cookie_burst_isn(const struct la_cookie_burst *burst, uint32_t i)
{
	return cookie_with(burst->mac[i], burst->number[i]);
}

/** The options of a segment that had timestamps, as from options_to_bits(), without ECN. */
static inline uint32_t
la_cookie_burst_bits(const struct la_cookie_burst *burst, uint32_t i)
{
	return burst->bits[i] & (TS_SACK | TS_WSCALE);
}

/** True if it brings ECN, which is not among these bits. Only if it had timestamps. */
static inline bool
la_cookie_burst_ecn(const struct la_cookie_burst *burst, uint32_t i)
{
	return burst->bits[i] & TS_ECN;
}

/** The TSval of its SYN-ACK. */
static inline uint32_t
la_cookie_burst_tsval(const struct la_cookie_burst *burst, uint32_t i)
{
	return carry_bits(burst->ms, burst->bits[i]) + (uint32_t)burst->secret[i];
}

/** la_cookie_ts_offset() of an ACK with timestamps. */
static inline uint32_t
la_cookie_burst_offset(const struct la_cookie_burst *burst, uint32_t i)
{
	return burst->clock_ms + (uint32_t)burst->secret[i];
}

/** True if an ACK, with @p timestamps or without, brings a cookie of the present tick; if not,
 *  la_cookie_check() decides. */
static inline bool
la_cookie_burst_check(const struct la_cookie_burst *burst, uint32_t i,
		const struct la_cookie *cookie, bool timestamps)
{
	if (!is_cookie_of(burst->mac[i], burst->number[i]))
		return false;
	return !timestamps || is_lately(cookie, burst->ms - burst->tsecr[i] +
			(uint32_t)burst->secret[i]);
}

/** The MSS class in a good cookie. */
static inline uint32_t
la_cookie_burst_class(const struct la_cookie_burst *burst, uint32_t i)
{
	return class_in(burst->number[i]);
}

/** All options that a good cookie brings. */
static inline struct la_cookie_opts
la_cookie_burst_opts(const struct la_cookie_burst *burst, uint32_t i, bool timestamps)
{
	struct la_cookie_opts opts = { .mss_class = (uint8_t)la_cookie_burst_class(burst, i),
		.timestamps = timestamps };

	if (timestamps)
		bits_to_options(burst->bits[i], &opts);
	return opts;
}

#endif
