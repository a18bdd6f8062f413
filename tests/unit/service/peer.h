/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_H
#define PEER_H

/** @file
 * Plays the stack and the peer for a service: octets in, what comes back held to
 * an expected stream, whatever is asked for, acknowledged and asked for again.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "la_check.h"
#include "la_service.h"

/** An instance and its memory. */
struct world {
	struct la_service *service;
	void *memory;
};

/** Make the service called @p name; every test closes it again. */
void world_open(struct world *world, const char *name, const struct la_service_params *params);
/** Assert that the pool is empty, and free all. */
void world_close(struct world *world);

/** Octets to send, or octets expected; grows. */
struct text {
	uint8_t *octets;
	size_t len, room;
};

void text_add(struct text *text, const void *octets, size_t len);
void text_adds(struct text *text, const char *string);
void text_free(struct text *text);

/** One connection. */
struct peer {
	struct world *world;
	struct la_conn conn;
	struct text expect;             /**< All that may ever come back, in order. */
	size_t acked;                   /**< Octets of it that are acknowledged. */
	uint32_t queued;                /**< Octets queued behind them. */
	bool closed, aborted;           /**< The service called CLOSE, ABORT. */
};

void peer_open(struct peer *peer, struct world *world);
/** One call of data(). @return what it took. */
uint32_t peer_offer(struct peer *peer, const void *octets, size_t len);
/** Send all, acknowledging what is queued whenever not all is taken. */
void peer_send(struct peer *peer, const void *octets, size_t len);
/** The same in pieces of 1 to @p most octets, with random fills and ACKs between. */
void peer_send_random(struct peer *peer, const struct text *text, uint32_t most, uint32_t *seed);
/** Ask for @p len queued octets from @p offset on and hold them to what is expected. */
void peer_fill(struct peer *peer, uint32_t offset, uint32_t len);
void peer_ack(struct peer *peer, uint32_t len);
uint32_t peer_room(struct peer *peer);
void peer_fin(struct peer *peer);
/** The service's due() has named the connection. */
void peer_expire(struct peer *peer, uint64_t now_us);
/** Fill and acknowledge all; assert that it was all that is expected. */
void peer_drain(struct peer *peer);
void peer_end(struct peer *peer);

/** 0 to below - 1. */
uint32_t random_below(uint32_t *seed, uint32_t below);

#endif
