/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TOP_SET_H
#define LA_TOP_SET_H

/* The instances that top looks at: how they are found, asked and waited for. */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "la_monotonic.h"
#include "model.h"

enum { LA_TOP_PREFIX = 64, LA_TOP_FOLDER = 80 };

struct la_top_instance {
	char prefix[LA_TOP_PREFIX];     /* DPDK's --file-prefix; ":N" is an in-memory one's. */
	struct la_top_client client;
	struct la_top_model model;
	bool named;                     /* By --prefix: shown even when it is not there. */
	bool answers;                   /* The last round gave something. */
	bool asked;                     /* A round is not taken in yet. */
	uint64_t gone_us;               /* Since when it does not answer, */
	char problem[LA_TOP_PROBLEM];   /* and why. */
};

struct la_top_set {
	char folder[LA_TOP_FOLDER];     /* DPDK's runtime folder. */
	struct la_top_instance **v;
	uint32_t n;
	bool any;                       /* No --prefix: all that there are. */
	uint64_t look_us;               /* When to look for others. */
};

/* False, after a line on stderr, for a name that cannot be one. */
bool la_top_set_init(struct la_top_set *set, char *const *prefixes, uint32_t prefixes_len);
void la_top_set_free(struct la_top_set *set);

/* Begin a round with all instances that have ended the last one. */
void la_top_set_ask(struct la_top_set *set);

/* Whether a round goes on. */
bool la_top_set_is_asking(const struct la_top_set *set);

/*
 * Wait for answers, for more[] or until a time, whichever comes first, and take in
 * what came. True if there is news.
 */
bool la_top_set_wait(struct la_top_set *set, struct pollfd *more, uint32_t more_len,
		uint64_t until_us);

/* Whether an instance is to be shown: what was named or has ever answered is. */
bool la_top_is_shown(const struct la_top_instance *instance);
uint32_t la_top_set_shown(const struct la_top_set *set);

#endif
