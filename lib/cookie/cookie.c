/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SYN cookies (RFC 4987, 3.6).
 *
 * The 32-bit ISN is 29 bits of SipHash-2-4 and, in the clear, 3 bits of MSS
 * class. The MAC covers both addresses and ports, the peer's ISN, a clock
 * that ticks every 33.6 s, the class, and, if the peer offered timestamps,
 * the six bits that ride in the low end of our TSval: four of window scale,
 * one of SACK-permitted, one spare for ECN. An ACK off by one, or another
 * class, is another MAC input. Cookies of the present tick and of the one
 * before are good, so a cookie lives 33.6 to 67.1 s.
 *
 * A blind forger has two chances in 2^29 with each ACK: at 10 Mpps that is one
 * connection every 27 s, without timestamps and so without window scale or
 * SACK. With timestamps TSecr less the tuple's keyed offset must be a time
 * within a cookie's life as well, some 1050 values of the 2^26 above the option
 * bits: 2^16 times harder, one connection in 20 days.
 *
 * Without timestamps only the MSS class is remembered, so a SYN-ACK may offer
 * nothing but MSS then.
 */
#include "la_cookie.h"

enum {
	CLASS_BITS = 3,
	OPTION_BITS = 6,
	OPTION_MASK = (1 << OPTION_BITS) - 1,
	OPTION_SACK = 0x10,
	OPTION_WSCALE_NONE = 0x0f,
	HAS_TIMESTAMPS = 1 << OPTION_BITS,
	WORDS_MAX = 6,
};

/* What each derived key is for. */
enum { LABEL_ISN = 1, LABEL_TS = 2, LABEL_EPOCHS = 3 };

const uint16_t la_mss_class[LA_MSS_CLASSES] = { 1, 64, 536, 1220, 1400, 1440, 1460, 8940 };

uint8_t
la_mss_to_class(uint16_t mss)
{
	uint8_t class = 0;

	while (class + 1 < LA_MSS_CLASSES && la_mss_class[class + 1] <= mss)
		class++;
	return class;
}

static uint64_t
load64(const uint8_t *p)
{
	return (uint64_t)la_get32(p) << 32 | la_get32(p + 4);
}

/* The tuple and two more words as MAC input. The two families differ in
 * length, and SipHash takes the length in. */
static uint64_t
tuple_mac(const struct la_key *key, const struct la_cookie_tuple *tuple, uint32_t with_ports,
		uint64_t last)
{
	uint64_t ports = (uint64_t)tuple->local_port << 48 | (uint64_t)tuple->remote_port << 32;
	uint64_t words[WORDS_MAX];
	size_t n = 0;

	if (la_addr_is_v4(&tuple->remote)) {
		words[n++] = (uint64_t)la_addr_low(&tuple->local) << 32 |
				la_addr_low(&tuple->remote);
		words[n++] = ports | with_ports;
		words[n++] = last;
		return la_siphash_words(key, words, 3);
	}
	words[n++] = load64(tuple->local.b);
	words[n++] = load64(tuple->local.b + 8);
	words[n++] = load64(tuple->remote.b);
	words[n++] = load64(tuple->remote.b + 8);
	words[n++] = ports | with_ports;
	words[n++] = last;
	return la_siphash_words(key, words, WORDS_MAX);
}

static uint32_t
tick_of(const struct la_cookie *cookie, uint64_t now_us)
{
	return (uint32_t)((now_us + cookie->clock_offset_us) >> LA_COOKIE_TICK_SHIFT);
}

static struct la_key
epoch_key(const struct la_cookie *cookie, uint32_t epoch)
{
	return la_key_derive(&cookie->master, epoch);
}

void
la_cookie_init(struct la_cookie *cookie, const struct la_key *secret,
		uint64_t clock_offset_us, uint64_t now_us)
{
	*cookie = (struct la_cookie){
		.isn_key = la_key_derive(secret, LABEL_ISN),
		.ts_key = la_key_derive(secret, LABEL_TS),
		.master = la_key_derive(secret, LABEL_EPOCHS),
		.clock_offset_us = clock_offset_us,
		.since_us = now_us,
	};
	cookie->epoch = tick_of(cookie, now_us) / LA_COOKIE_ROTATE_TICKS;
	cookie->key[0] = epoch_key(cookie, cookie->epoch);
	cookie->key[1] = epoch_key(cookie, cookie->epoch - 1);
}

void
la_cookie_fix_keys(struct la_cookie *cookie, const struct la_key key[2], uint64_t now_us)
{
	if (cookie->fixed)
		cookie->rotations++;
	cookie->fixed = true;
	cookie->key[0] = key[0];
	cookie->key[1] = key[1];
	cookie->since_us = now_us;
}

void
la_cookie_rotate(struct la_cookie *cookie, uint64_t now_us)
{
	uint32_t epoch = tick_of(cookie, now_us) / LA_COOKIE_ROTATE_TICKS;

	if (cookie->fixed || epoch == cookie->epoch)
		return;
	cookie->epoch = epoch;
	cookie->key[0] = epoch_key(cookie, epoch);
	cookie->key[1] = epoch_key(cookie, epoch - 1);
	cookie->since_us = now_us;
	cookie->rotations++;
}

uint32_t
la_cookie_isn(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint64_t now_us)
{
	return (uint32_t)(now_us / 4) + (uint32_t)tuple_mac(&cookie->isn_key, tuple, 0, 0);
}

/* Hosts that share cookie keys must agree on a tuple's clock for longer than
 * any key lasts, so there it is the wall clock alone. */
uint32_t
la_cookie_ts_offset(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple)
{
	uint32_t offset = (uint32_t)(cookie->clock_offset_us / 1000);

	if (!cookie->fixed)
		offset += (uint32_t)tuple_mac(&cookie->ts_key, tuple, 0, 0);
	return offset;
}

uint32_t
la_cookie_tsval(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint64_t now_us)
{
	return (uint32_t)(now_us / 1000) + la_cookie_ts_offset(cookie, tuple);
}

static uint32_t
pack_options(const struct la_cookie_opts *opts)
{
	if (!opts->timestamps)
		return 0;
	return HAS_TIMESTAMPS | (opts->sack ? OPTION_SACK : 0) |
		(opts->wscale_ok ? opts->wscale : OPTION_WSCALE_NONE);
}

static void
unpack_options(uint32_t options, struct la_cookie_opts *opts)
{
	uint8_t wscale = options & OPTION_WSCALE_NONE;

	opts->timestamps = options & HAS_TIMESTAMPS;
	opts->sack = options & OPTION_SACK;
	opts->wscale_ok = opts->timestamps && wscale != OPTION_WSCALE_NONE;
	opts->wscale = opts->wscale_ok ? wscale : 0;
}

static uint32_t
cookie_with(const struct la_key *key, const struct la_cookie_tuple *tuple, uint32_t peer_isn,
		uint32_t tick, uint32_t class, uint32_t options)
{
	uint64_t last = (uint64_t)tick << 32 | options << CLASS_BITS | class;

	return (uint32_t)tuple_mac(key, tuple, peer_isn, last) << CLASS_BITS | class;
}

/* The one key of a tick, even if la_cookie_rotate() was not called since. */
static struct la_key
key_of_tick(const struct la_cookie *cookie, uint32_t tick)
{
	uint32_t epoch = tick / LA_COOKIE_ROTATE_TICKS;

	if (cookie->fixed || epoch == cookie->epoch)
		return cookie->key[0];
	if (epoch == cookie->epoch - 1)
		return cookie->key[1];
	return epoch_key(cookie, epoch);
}

uint32_t
la_cookie_make(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, const struct la_cookie_opts *opts, uint64_t now_us,
		uint32_t *tsval)
{
	uint32_t tick = tick_of(cookie, now_us);
	struct la_key key = key_of_tick(cookie, tick);
	uint32_t options = pack_options(opts);

	if (opts->timestamps) {
		uint32_t clock = la_cookie_tsval(cookie, tuple, now_us);

		*tsval = (clock & ~(uint32_t)OPTION_MASK) | (options & OPTION_MASK);
		if ((options & OPTION_MASK) > (clock & OPTION_MASK))
			*tsval -= OPTION_MASK + 1;
	}
	return cookie_with(&key, tuple, peer_isn, tick, opts->mss_class, options);
}

/* Is TSecr a time at which a cookie still good could have been made? */
static bool
tsecr_is_recent(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t tsecr, uint64_t now_us)
{
	uint32_t life_ms = (LA_COOKIE_LIFE_TICKS << LA_COOKIE_TICK_SHIFT) / 1000;
	uint32_t age_ms = la_cookie_tsval(cookie, tuple, now_us) - tsecr;

	return age_ms <= life_ms + OPTION_MASK + 1;
}

static bool
made_here(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, uint32_t value, uint32_t options, uint64_t now_us)
{
	uint32_t now = tick_of(cookie, now_us);
	uint32_t class = value & ((1 << CLASS_BITS) - 1);

	for (uint32_t age = 0; age < LA_COOKIE_LIFE_TICKS; age++) {
		struct la_key key = key_of_tick(cookie, now - age);

		if (cookie_with(&key, tuple, peer_isn, now - age, class, options) == value)
			return true;
		if (cookie->fixed && cookie_with(&cookie->key[1], tuple, peer_isn, now - age,
				class, options) == value)
			return true;
	}
	return false;
}

bool
la_cookie_check(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, uint32_t ack, const uint32_t *tsecr, uint64_t now_us,
		struct la_cookie_opts *opts)
{
	uint32_t value = ack - 1;
	uint32_t options = tsecr ? HAS_TIMESTAMPS | (*tsecr & OPTION_MASK) : 0;

	if (tsecr && !tsecr_is_recent(cookie, tuple, *tsecr, now_us))
		return false;
	if (!made_here(cookie, tuple, peer_isn, value, options, now_us))
		return false;
	unpack_options(options, opts);
	opts->mss_class = value & ((1 << CLASS_BITS) - 1);
	return true;
}
