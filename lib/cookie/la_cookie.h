/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_COOKIE_H
#define LA_COOKIE_H

/** @file
 * Initial sequence numbers (RFC 6528), SYN cookies (RFC 4987, 3.6) and
 * per-tuple timestamp offsets (RFC 7323, 5.4).
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_mss.h"
#include "la_siphash.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_COOKIE_TICK_SHIFT = 25,      /**< The coarse clock ticks every 33.6 s. */
	LA_COOKIE_LIFE_TICKS = 2,       /**< A cookie lives one to two ticks. */
	LA_COOKIE_ROTATE_TICKS = 16,    /**< A key is used for 9 minutes. */
};

/** Addresses and ports as input of the MAC: the same on every core and host. */
struct la_cookie_tuple {
	struct la_addr local, remote;
	uint16_t local_port, remote_port;
};

/** The options that a cookie brings back. */
struct la_cookie_opts {
	uint8_t mss_class;
	bool timestamps;                /**< All below are valid only if set. */
	bool wscale_ok;
	uint8_t wscale;                 /**< SND.WIND.SHIFT, 0 to 14. */
	bool sack;
	bool ecn;                       /**< The SYN asked for it (RFC 3168, 6.1.1). */
};

/** The secrets of a process (or a cluster), copied to each core. */
struct la_cookie {
	struct la_key isn_key;          /**< RFC 6528's secret. */
	struct la_key ts_key;           /**< Timestamp offsets. */
	struct la_key master;           /**< Epoch keys are derived from it. */
	struct la_key shrink[2];        /**< Shortens pairs of IPv6 addresses. */
	struct la_key key[2];           /**< [0] of this epoch, [1] of the one before. */
	uint32_t epoch;                 /**< Epoch of key[0]. */
	bool fixed;                     /**< key[] came from a file: no rotation here. */
	bool vectors;                   /**< Hash several inputs at once (la_cookie_burst.h). */
	uint64_t clock_offset_us;       /**< Added to now_us: makes hosts agree. */
	uint64_t since_us;              /**< When key[0] came into use, on the clock of now_us. */
	uint64_t rotations;
};

/**
 * @param secret           Random, the same on each core of the process.
 * @param clock_offset_us  Wall clock less monotonic clock, or 0.
 */
void la_cookie_init(struct la_cookie *cookie, const struct la_key *secret,
		uint64_t clock_offset_us, uint64_t now_us);

/**
 * Use these two keys, from a file shared by several hosts: cookies are made with the first key and
 * accepted with both.
 *
 * From the first call on, TSval is the wall clock without a keyed offset: hosts must agree on it
 * for longer than a key lasts, and it must not jump during a connection. So make the first call
 * before the first connection; later calls may come at any time.
 */
void la_cookie_fix_keys(struct la_cookie *cookie, const struct la_key key[2], uint64_t now_us);

/** Move to the key of the present epoch; call about once a second. (Between the start of an epoch
 *  and the call, the new key is derived again for each cookie.) */
void la_cookie_rotate(struct la_cookie *cookie, uint64_t now_us);

/** ISN = M + F(tuple, secret), where M is a clock of 4 us (RFC 6528, 3). */
uint32_t la_cookie_isn(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint64_t now_us);

/** Our TSval clock for this tuple: milliseconds plus a keyed offset, the same on
 *  all hosts with the same keys and wall clock. */
uint32_t la_cookie_tsval(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint64_t now_us);

/** The offset alone: la_cookie_tsval() is now_us / 1000 + offset. */
uint32_t la_cookie_ts_offset(const struct la_cookie *cookie,
		const struct la_cookie_tuple *tuple);

/**
 * Make the SYN-ACK's sequence number, and its TSval if the peer offered
 * timestamps.
 *
 * @param peer_isn  SEG.SEQ of the SYN.
 * @param tsval     Written when opts->timestamps: a TSval that carries the
 *                  other options and is never later than la_cookie_tsval().
 */
uint32_t la_cookie_make(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, const struct la_cookie_opts *opts, uint64_t now_us,
		uint32_t *tsval);

/**
 * Check the cookie in the handshake's last ACK.
 *
 * @param ack    SEG.ACK; the cookie is one less.
 * @param tsecr  The segment's TSecr, or NULL if it carries no timestamps.
 * @param opts   Written on success.
 * @return true if this host (or cluster) made the cookie within its life.
 */
bool la_cookie_check(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, uint32_t ack, const uint32_t *tsecr, uint64_t now_us,
		struct la_cookie_opts *opts);

/**
 * The same for a segment that does not carry all of the data, with data noted from the SYN.
 *
 * @param peer_isn  SEG.SEQ of the SYN.
 * @param opts      What the SYN offered, as for la_cookie_make(); the MSS class is written.
 */
bool la_cookie_check_known(const struct la_cookie *cookie, const struct la_cookie_tuple *tuple,
		uint32_t peer_isn, uint32_t ack, uint64_t now_us, struct la_cookie_opts *opts);

#ifdef __cplusplus
}
#endif

#endif
