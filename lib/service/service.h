/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SERVICE_H
#define SERVICE_H

/** @file
 * What the built-in services share: how they are made, and that each has one
 * pool, so that la_service_in_use() can look at it.
 */
#include "la_pool.h"
#include "la_service.h"

/** Out of line, so that what is usual around its call saves no registers for it. */
#define SERVICE_APART __attribute__((noinline))

/** What an object of the pool starts with: a buffer, and who holds it. */
struct service_buffer {
	uint32_t next, prev;            /**< In its list. */
	uint32_t conn;                  /**< The connection that holds it. */
	uint32_t list;                  /**< What it waits for; SERVICE_LISTS: in no list. */
	uint32_t missing;               /**< Octets until this is progress. */
	uint64_t since_us;              /**< When there was progress last. */
};

enum { SERVICE_LISTS = 4 };

/** Buffers that wait for the same thing; the first was without progress for longest. */
struct service_list {
	uint32_t first, last;
	uint64_t most_us;               /**< Time without progress that is allowed; 0: any. */
};

/** Every built-in instance starts with this. */
struct service_base {
	struct la_service service;
	struct la_pool pool;            /**< Of size 0 where nothing is kept. */
	struct service_list lists[SERVICE_LISTS];       /**< Set up by the kind's init(). */
};

/** A built-in service. */
struct service_kind {
	const struct la_service_ops *ops;
	/** Octets of the instance, or 0 if the parameters are out of range. */
	size_t (*size)(const struct la_service_params *params);
	/** Octets of one pool object; 0: no pool. */
	uint32_t (*stride)(const struct la_service_params *params);
	/** Set up what lies behind the base. May be NULL. */
	void (*init)(struct service_base *base, const struct la_service_params *params);
};

extern const struct service_kind la_service__discard, la_service__echo, la_service__close,
		la_service__reset, la_service__http;

/** A buffer for the connection, in no list yet. LA_NONE if all are in use; conn->full and
 *  conn->oldest are set then. */
uint32_t la_service__buffer_take(struct service_base *base, struct la_conn *conn);
void la_service__buffer_give(struct service_base *base, uint32_t handle);
/** Whether one could be had, from another connection if need be. */
bool la_service__buffer_free(const struct service_base *base, uint64_t now_us);
/** The buffer waits for what @p list is for, from now on; @p octets of it, if it is known. */
void la_service__buffer_wait(struct service_base *base, uint32_t handle, uint32_t list,
		uint32_t octets, uint64_t now_us);
/** So many octets came of what it waits for, and @p left are to come. */
void la_service__buffer_progress(struct service_base *base, uint32_t handle, uint32_t octets,
		uint32_t left, uint64_t now_us);
/** Whether the whole time that is allowed is over, and not only the part of it that is left as
 *  buffers run low. */
bool la_service__buffer_is_late(const struct service_base *base, uint32_t handle, uint64_t now_us);
/** due() of a service with buffers. */
uint32_t la_service__buffer_due(struct la_service *service, uint64_t now_us);

/** size() of a service that keeps nothing of its own. */
size_t la_service__plain_size(const struct la_service_params *params);

/** data() of a service that reads and forgets. */
uint32_t la_service__take_all(struct la_service *service, struct la_conn *conn,
		const uint8_t *octets, uint32_t len);

#endif
