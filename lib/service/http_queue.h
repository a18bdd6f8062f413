/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HTTP_QUEUE_H
#define HTTP_QUEUE_H

/** @file
 * The responses of a connection that are not yet acknowledged, stored as runs of
 * equal codes: a pipeline of any depth is nearly always one run.
 */
#include "la_http_response.h"

enum {
	LA_HTTP_RUNS = 8,
	/** Most octets in the queue, apart from the two responses that
	 *  la_http_queue__open() allows beyond. */
	LA_HTTP_QUEUE_MAX = 1 << 28,
};

struct la_http_run {
	uint32_t code;                          /**< enum la_http_code */
	uint32_t count;
};

struct la_http_queue {
	uint32_t skip;                          /**< Acknowledged octets of the first response. */
	uint32_t runs;
	struct la_http_run run[LA_HTTP_RUNS];   /**< Oldest first; `runs` are valid. */
};

/** True if two more responses, of any codes, may be pushed. */
bool la_http_queue__open(const struct la_http_queue *queue,
		const struct la_http_responses *responses);

/** Add a response; call only if la_http_queue__open() allows it. */
void la_http_queue__push(struct la_http_queue *queue, enum la_http_code code);

/** Drop the @p len octets that were acknowledged. */
void la_http_queue__acked(struct la_http_queue *queue, const struct la_http_responses *responses,
		uint32_t len);

/** Write @p len octets that start @p offset octets after the first unacknowledged one. */
void la_http_queue__fill(const struct la_http_queue *queue,
		const struct la_http_responses *responses, uint32_t offset, uint8_t *dst,
		uint32_t len);

#endif
