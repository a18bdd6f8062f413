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

/** Every built-in instance starts with this. */
struct service_base {
	struct la_service service;
	struct la_pool pool;            /**< Of size 0 where nothing is kept. */
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

extern const struct service_kind service_discard, service_echo, service_close, service_reset,
		service_http;

/** size() of a service that keeps nothing of its own. */
size_t service_plain_size(const struct la_service_params *params);

/** data() of a service that reads and forgets. */
uint32_t service_take_all(struct la_service *service, struct la_conn *conn,
		const uint8_t *octets, uint32_t len);

#endif
