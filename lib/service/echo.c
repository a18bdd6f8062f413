/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Echo (RFC 862): gives each octet back, any volume.
 *
 * What is not yet acknowledged lies in a ring from the pool; the word is its
 * handle. A connection with nothing under way has none. The ring holds a full
 * window, and room() is what is free in it, so a peer that does not read is
 * held back by the window and never needs more memory. One that acknowledges
 * too little for too long is aborted: there is no other way to be rid of its ring.
 */
#include "service.h"

struct echo {
	struct service_base base;
	uint32_t size;                  /* Octets of a ring, a power of two. */
};

enum { RINGS };                         /* The list of all rings, which wait for ACKs. */

struct ring {
	struct service_buffer buffer;
	uint32_t start;                 /* Where SND.UNA lies; taken modulo the size. */
	uint32_t len;                   /* Octets held. */
	uint8_t octets[];
};

static struct echo *
echo_of(struct la_service *service)
{
	return (struct echo *)service;
}

/* Octets of a ring: the window, rounded up to a power of two. */
static uint32_t
ring_size(const struct la_service_params *params)
{
	uint32_t size = 64;

	while (size < params->window)
		size *= 2;
	return size;
}

static void
ring_put(struct ring *ring, uint32_t size, const uint8_t *octets, uint32_t len)
{
	uint32_t at = (ring->start + ring->len) & (size - 1);
	uint32_t first = len < size - at ? len : size - at;

	memcpy(ring->octets + at, octets, first);
	memcpy(ring->octets, octets + first, len - first);
	ring->len += len;
}

static void
ring_get(const struct ring *ring, uint32_t size, uint32_t offset, uint8_t *dst, uint32_t len)
{
	uint32_t at = (ring->start + offset) & (size - 1);
	uint32_t first = len < size - at ? len : size - at;

	assert(offset <= ring->len && len <= ring->len - offset);
	memcpy(dst, ring->octets + at, first);
	memcpy(dst + first, ring->octets, len - first);
}

/* The connection's ring, taken if it has none; NULL when there is none to take. */
static struct ring *
ring_of(struct echo *echo, struct la_conn *conn)
{
	struct ring *ring;

	if (conn->word != LA_NONE)
		return la_pool_get(&echo->base.pool, conn->word);
	conn->word = service_buffer_take(&echo->base, conn);
	if (conn->word == LA_NONE)
		return NULL;
	ring = la_pool_get(&echo->base.pool, conn->word);
	ring->start = 0;
	ring->len = 0;
	return ring;
}

static void
give_ring(struct echo *echo, struct la_conn *conn)
{
	service_buffer_give(&echo->base, conn->word);
	conn->word = LA_NONE;
}

static uint32_t
echo_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct echo *echo = echo_of(service);
	struct ring *ring;

	if (len == 0)
		return 0;
	ring = ring_of(echo, conn);
	if (!ring)
		return 0;
	if (len > echo->size - ring->len)
		len = echo->size - ring->len;
	if (ring->len == 0)
		service_buffer_wait(&echo->base, conn->word, RINGS, len, conn->now_us);
	ring_put(ring, echo->size, octets, len);
	conn->send += len;
	return len;
}

static uint32_t
echo_room(struct la_service *service, struct la_conn *conn)
{
	struct echo *echo = echo_of(service);
	const struct ring *ring;

	if (conn->word == LA_NONE)
		return service_buffer_free(&echo->base, conn->now_us) ? echo->size : 0;
	ring = la_pool_get(&echo->base.pool, conn->word);
	return echo->size - ring->len;
}

static void
echo_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	const struct echo *echo = echo_of(service);

	ring_get(la_pool_get(&echo->base.pool, conn->word), echo->size, offset, dst, len);
}

static void
echo_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	struct echo *echo = echo_of(service);
	struct ring *ring;

	if (len == 0)
		return;
	ring = la_pool_get(&echo->base.pool, conn->word);
	assert(len <= ring->len);
	ring->start += len;
	ring->len -= len;
	if (ring->len == 0)
		give_ring(echo, conn);
	else
		service_buffer_progress(&echo->base, conn->word, len, ring->len, conn->now_us);
}

static void
echo_end(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	(void)why;
	if (conn->word != LA_NONE)
		give_ring(echo_of(service), conn);
}

static void
echo_expire(struct la_service *service, struct la_conn *conn)
{
	(void)service;
	conn->abort = true;
}

static const struct la_service_ops ops = {
	.name = "echo",
	.data = echo_data,
	.room = echo_room,
	.fill = echo_fill,
	.acked = echo_acked,
	.end = echo_end,
	.due = service_buffer_due,
	.expire = echo_expire,
	/* fin is NULL: CLOSE at once, and CLOSE waits for what is queued. */
};

static size_t
echo_size(const struct la_service_params *params)
{
	/* A window of RFC 7323 is at most 2^30. */
	return params->window <= 1u << 30 ? sizeof(struct echo) : 0;
}

static uint32_t
echo_stride(const struct la_service_params *params)
{
	return (uint32_t)((sizeof(struct ring) + ring_size(params) + 63) & ~(size_t)63);
}

static void
echo_init(struct service_base *base, const struct la_service_params *params)
{
	echo_of(&base->service)->size = ring_size(params);
	base->lists[RINGS].most_us = params->send_us;
}

const struct service_kind service_echo = {
	.ops = &ops, .size = echo_size, .stride = echo_stride, .init = echo_init,
};
