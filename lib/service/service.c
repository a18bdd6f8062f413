/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of service names; makes instances. */
#include <string.h>

#include "service.h"

static const struct service_kind *const kinds[] = {
	&la_service__discard, &la_service__echo, &la_service__close, &la_service__reset,
	&la_service__http,
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct service_kind *
find_kind(const char *name)
{
	for (int i = 0; i < KINDS; i++)
		if (strcmp(kinds[i]->ops->name, name) == 0)
			return kinds[i];
	return NULL;
}

bool
la_service_known(const char *name)
{
	return find_kind(name) != NULL;
}

struct la_service *
la_service_make(const char *name, const struct la_service_params *params, struct la_arena *arena)
{
	/* Returned to a caller that only measures: not NULL, and never read. */
	static const struct la_service measured;
	const struct service_kind *kind = find_kind(name);
	size_t size = kind ? kind->size(params) : 0;
	struct service_base *base;
	uint32_t stride;
	void *objects = NULL;

	if (size == 0)
		return NULL;
	base = la_arena_take(arena, size);
	stride = kind->stride ? kind->stride(params) : 0;
	if (stride > 0)
		objects = la_arena_take(arena, la_pool_memory(params->buffers, stride));
	if (!arena->base)
		return (struct la_service *)&measured;
	memset(base, 0, size);
	base->service.ops = kind->ops;
	if (stride > 0)
		la_pool_init(&base->pool, objects, params->buffers, stride);
	if (kind->init)
		kind->init(base, params);
	return &base->service;
}

/* NULL for a service of the caller's own: its pools are unknown. */
static const struct la_pool *
pool_of(const struct la_service *service)
{
	for (int i = 0; i < KINDS; i++)
		if (kinds[i]->ops == service->ops)
			return &((const struct service_base *)service)->pool;
	return NULL;
}

uint32_t
la_service_in_use(const struct la_service *service)
{
	const struct la_pool *pool = pool_of(service);

	return pool != NULL ? pool->used : 0;
}

uint32_t
la_service_size(const struct la_service *service)
{
	const struct la_pool *pool = pool_of(service);

	return pool != NULL ? pool->size : 0;
}

size_t
la_service__plain_size(const struct la_service_params *params)
{
	(void)params;
	return sizeof(struct service_base);
}

uint32_t
la_service__take_all(struct la_service *service, struct la_conn *conn, const uint8_t *octets,
		uint32_t len)
{
	(void)service;
	(void)conn;
	(void)octets;
	return len;
}
