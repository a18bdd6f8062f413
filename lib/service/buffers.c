/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The buffers of a service: which connections hold them, and how long without progress.
 *
 * Each list holds buffers that wait for the same thing, oldest first: a buffer that makes
 * progress moves to the end. So an overdue buffer, and the buffer to evict when all are in use,
 * are found at the fronts of a few lists, whatever the number of buffers.
 */
#include "service.h"

enum {
	/* Octets that must come or be acknowledged in the time allowed, unless fewer are left. A
	 * peer that sends single octets now and then to keep its buffer makes no progress. */
	PROGRESS_OCTETS = 1024,
	/* No buffer is taken back before this time, even if others wait: progress comes once per
	 * round trip, and many busy connections must take turns, not end each other. */
	GRACE_US = 250000,
	/* The fewer buffers are free the shorter the time allowed, but not shorter than this. */
	ALLOWED_MIN_US = 2000000,
};

static struct service_buffer *
buffer_of(const struct service_base *base, uint32_t handle)
{
	return la_pool_get(&base->pool, handle);
}

static void
unlink_buffer(struct service_base *base, struct service_buffer *buffer)
{
	struct service_list *list;

	if (buffer->list == SERVICE_LISTS)
		return;
	list = &base->lists[buffer->list];
	if (buffer->next != LA_NONE)
		buffer_of(base, buffer->next)->prev = buffer->prev;
	else
		list->last = buffer->prev;
	if (buffer->prev != LA_NONE)
		buffer_of(base, buffer->prev)->next = buffer->next;
	else
		list->first = buffer->next;
	buffer->list = SERVICE_LISTS;
}

/* The buffer that has been without progress for longest, if it may be taken back now. */
static const struct service_buffer *
oldest_buffer(const struct service_base *base, uint64_t now_us)
{
	const struct service_buffer *oldest = NULL;

	for (uint32_t i = 0; i < SERVICE_LISTS; i++) {
		const struct service_buffer *first;

		if (base->lists[i].first == LA_NONE)
			continue;
		first = buffer_of(base, base->lists[i].first);
		if (oldest == NULL || first->since_us < oldest->since_us)
			oldest = first;
	}
	return oldest != NULL && now_us - oldest->since_us >= GRACE_US ? oldest : NULL;
}

uint32_t
la_service__buffer_take(struct service_base *base, struct la_conn *conn)
{
	const uint32_t handle = la_pool_take(&base->pool);
	const struct service_buffer *oldest;
	struct service_buffer *buffer;

	if (handle == LA_NONE) {
		oldest = oldest_buffer(base, conn->now_us);
		conn->full = true;
		conn->oldest = oldest != NULL ? oldest->conn : LA_NONE;
		return LA_NONE;
	}
	buffer = buffer_of(base, handle);
	buffer->conn = conn->id;
	buffer->list = SERVICE_LISTS;
	return handle;
}

void
la_service__buffer_give(struct service_base *base, uint32_t handle)
{
	unlink_buffer(base, buffer_of(base, handle));
	la_pool_give(&base->pool, handle);
}

bool
la_service__buffer_free(const struct service_base *base, uint64_t now_us)
{
	return la_pool_left(&base->pool) > 0 || oldest_buffer(base, now_us) != NULL;
}

void
la_service__buffer_wait(struct service_base *base, uint32_t handle, uint32_t list, uint32_t octets,
		uint64_t now_us)
{
	struct service_buffer *buffer = buffer_of(base, handle);
	struct service_list *to = &base->lists[list];

	unlink_buffer(base, buffer);
	buffer->list = list;
	buffer->since_us = now_us;
	buffer->missing = octets < PROGRESS_OCTETS ? octets : PROGRESS_OCTETS;
	buffer->next = LA_NONE;
	buffer->prev = to->last;
	if (to->last != LA_NONE)
		buffer_of(base, to->last)->next = handle;
	else
		to->first = handle;
	to->last = handle;
}

void
la_service__buffer_progress(struct service_base *base, uint32_t handle, uint32_t octets,
		uint32_t left, uint64_t now_us)
{
	struct service_buffer *buffer = buffer_of(base, handle);

	if (octets == 0)
		return;
	if (octets >= buffer->missing)
		la_service__buffer_wait(base, handle, buffer->list, left, now_us);
	else
		buffer->missing -= octets;
}

/* The time allowed: @p most_us while half of the buffers are free, then less and less. */
static uint64_t
allowed_us(const struct service_base *base, uint64_t most_us)
{
	const uint64_t left = la_pool_left(&base->pool), size = base->pool.size;
	const uint64_t least_us = most_us < ALLOWED_MIN_US ? most_us : ALLOWED_MIN_US;
	uint64_t share_us;

	if (2 * left >= size)
		return most_us;
	share_us = most_us / 1024 * (2048 * left / size);
	return share_us > least_us ? share_us : least_us;
}

bool
la_service__buffer_is_late(const struct service_base *base, uint32_t handle, uint64_t now_us)
{
	const struct service_buffer *buffer = buffer_of(base, handle);

	return now_us - buffer->since_us >= base->lists[buffer->list].most_us;
}

uint32_t
la_service__buffer_due(struct la_service *service, uint64_t now_us)
{
	const struct service_base *base = (const struct service_base *)service;

	for (uint32_t i = 0; i < SERVICE_LISTS; i++) {
		const struct service_list *list = &base->lists[i];
		const struct service_buffer *first;

		if (list->first == LA_NONE || list->most_us == 0)
			continue;
		first = buffer_of(base, list->first);
		if (now_us - first->since_us >= allowed_us(base, list->most_us))
			return first->conn;
	}
	return LA_NONE;
}
