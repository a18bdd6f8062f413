/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TOP_CLIENT_H
#define LA_TOP_CLIENT_H

/*
 * A client of one telemetry socket (DPDK's, version 2) that never waits: a round
 * of questions is begun, and goes on whenever the socket can be read. Times are
 * monotonic microseconds.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "model.h"

enum { LA_TOP_PATH = 108 /* What a socket address holds. */, LA_TOP_PROBLEM = 192 };

struct la_top_client {
	char path[LA_TOP_PATH];
	int fd;                         /* -1: not connected. */
	bool greeted;
	bool asking;                    /* A round is under way. */
	enum la_top_answer asked;       /* The question that is open. */
	uint64_t until_us;              /* No answer after that. */
	json_t *answers;                /* Of the round so far. */
	json_t *reasons;                /* Of this connection: they stay the same. */
	char *reply;
	size_t reply_len;               /* Octets it holds. */
	char problem[LA_TOP_PROBLEM];   /* Why the last round gave nothing; "": it did. */
	bool is_other;                  /* It is there, but is no Lastack. */
};

void la_top_client_init(struct la_top_client *client, const char *path);
void la_top_client_close(struct la_top_client *client);

/* Begin a round; none may be under way. It may end at once, with a problem. */
void la_top_client_ask(struct la_top_client *client, uint64_t now_us);

/* Go on: the socket can be read, or time has passed. */
void la_top_client_read(struct la_top_client *client);
void la_top_client_tick(struct la_top_client *client, uint64_t now_us);

/*
 * When no round is under way: its answers, for the caller to give to
 * la_top_model_take(), or NULL, with client->problem saying why.
 */
json_t *la_top_client_answers(struct la_top_client *client);

#endif
