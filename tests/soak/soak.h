/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SOAK_H
#define SOAK_H

/** @file
 * What the files of the soak test share.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "la_service.h"
#include "link.h"

/** Says what does not hold and which batch it was, and ends the program. */
_Noreturn void soak_fail(const char *file, int line, const char *what);

#define MUST(what) \
	do { \
		if (__builtin_expect(!(what), 0)) \
			soak_fail(__FILE__, __LINE__, #what); \
	} while (0)

/** Octets of a connection's stream before the text: its number and both lengths. */
enum { TALK_HEAD = 16 };

/** What one connection is to do; the client's side of it. */
struct talk {
	uint32_t number;                /**< In the batch. */
	uint32_t up, down;              /**< Octets of both streams, the head in `up`. */
	uint32_t acked, got;
	bool close_first;               /**< The client closes before it hears the server's FIN, */
	bool close_at_open;             /**< and does not even wait for text. */
	bool fin;
	bool live;
};

/** The server's side of a connection that is no echo. */
struct hearing {
	uint8_t head[TALK_HEAD];
	uint32_t number, up, down;      /**< Once the head is known. */
	uint32_t acked, got;
	bool close_first, fin;
};

struct talks_counts {
	uint64_t octets;                /**< Compared, both ways. */
	uint64_t late_resets;           /**< Ended by a RST, after all was acknowledged. */
	uint64_t strays;                /**< Opened at the server by what came late. */
};

/** Both ends of all connections of a batch. */
struct talks {
	struct la_service client, server;
	struct talk *talk;              /**< By the client's handles. */
	struct hearing *hearing;        /**< By the server's. */
	bool *over;                     /**< By number: the client has ended. */
	uint32_t live, ended;
	uint32_t refuse;                /**< data() leaves some, one time in so many; 0: never. */
	uint64_t random;
	struct talks_counts counts;
};

/** @p handles: one more than the highest. */
void talks_make(struct talks *talks, uint32_t handles, uint32_t batch);
void talks_begin(struct talks *talks, uint32_t refuse, uint64_t seed);
/** Connection @p number is being opened. @p echo: to what gives all back. */
void talks_open(struct talks *talks, uint32_t handle, uint32_t number, bool echo);

#endif
