/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SERVICE_H
#define SERVICE_H

/** @file
 * Shared by the built-in services: how they are made, and the one pool of each,
 * which la_service_in_use() reads.
 */
#include "la_pool.h"
#include "la_service.h"

/** Not inline, so that the usual code around the call need not save registers for it. */
#define SERVICE_APART __attribute__((noinline))

/** First member of a pool object: a buffer, and the connection that holds it. */
struct service_buffer {
	uint32_t next, prev;            /**< In its list. */
	uint32_t conn;                  /**< The connection that holds it. */
	uint32_t list;                  /**< What it waits for; SERVICE_LISTS: in no list. */
	uint32_t missing;               /**< Octets that are still needed to count as progress. */
	uint64_t since_us;              /**< When there was progress last. */
};

enum { SERVICE_LISTS = 4 };

/** Buffers that wait for the same thing; the first has been without progress for longest. */
struct service_list {
	uint32_t first, last;
	uint64_t most_us;               /**< Longest time allowed without progress; 0: any. */
};

/** First member of every built-in instance. */
struct service_base {
	struct la_service service;
	struct la_pool pool;            /**< Of size 0 for a service without state. */
	struct service_list lists[SERVICE_LISTS];       /**< Set up by the kind's init(). */
};

/** A built-in service. */
struct service_kind {
	const struct la_service_ops *ops;
	/** Octets of the instance; 0 if the parameters are out of range. */
	size_t (*size)(const struct la_service_params *params);
	/** Octets of one pool object; 0: no pool. */
	uint32_t (*stride)(const struct la_service_params *params);
	/** Initialize the members after the base. May be NULL. */
	void (*init)(struct service_base *base, const struct la_service_params *params);
};

extern const struct service_kind la_service__discard, la_service__echo, la_service__close,
		la_service__reset, la_service__http;

/** Allocate a buffer for the connection, in no list yet. LA_NONE if all are in use; then
 *  conn->full and conn->oldest are set. */
uint32_t la_service__buffer_take(struct service_base *base, struct la_conn *conn);
void la_service__buffer_give(struct service_base *base, uint32_t handle);
/** Whether a buffer is free, or can be taken from another connection. */
bool la_service__buffer_free(const struct service_base *base, uint64_t now_us);
/** Move the buffer to @p list, to wait from now on; @p octets: how many it waits for, if known. */
void la_service__buffer_wait(struct service_base *base, uint32_t handle, uint32_t list,
		uint32_t octets, uint64_t now_us);
/** Note that @p octets came of what the buffer waits for; @p left are still to come. */
void la_service__buffer_progress(struct service_base *base, uint32_t handle, uint32_t octets,
		uint32_t left, uint64_t now_us);
/** Whether the full time allowed has passed, not only the shorter time that is allowed when few
 *  buffers are free. */
bool la_service__buffer_is_late(const struct service_base *base, uint32_t handle, uint64_t now_us);
/** due() of a service with buffers. */
uint32_t la_service__buffer_due(struct la_service *service, uint64_t now_us);

/** size() of a service without state. */
size_t la_service__plain_size(const struct la_service_params *params);

/** data() of a service that discards all. */
uint32_t la_service__take_all(struct la_service *service, struct la_conn *conn,
		const uint8_t *octets, uint32_t len);

#endif
