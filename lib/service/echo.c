/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Echo (RFC 862): sends each octet back, any number of them.
 *
 * Octets not yet acknowledged are in a ring; the word is the handle of its first buffer from the
 * pool. A connection without such octets has no ring. A buffer is as large as the window that is
 * offered at first, and room() is the free space in the ring, so the window stops a peer that does
 * not read, and the peer never needs more memory. While many buffers are free, a ring may grow by
 * more buffers, and the window with it: on a long path, or after a loss, more octets are in
 * flight. A peer that acknowledges too little for too long is aborted: its ring cannot be freed in
 * any other way.
 */
#include "service.h"

enum {
	BUFFERS_MAX = 16,               /* Most buffers of a ring. */
	/* A window beyond the ring is offered while more than half of the buffers are free. A
	 * ring may grow while a quarter is free: several peers may have been offered the same. */
	TOLD_SHARE = 2, KEPT_SHARE = 4,
};

struct echo {
	struct service_base base;
	uint32_t size;                  /* Octets of a buffer, a power of two. */
	uint32_t buffers_max;           /* Most buffers of a ring. */
};

enum { RINGS };                         /* The list of all rings, which wait for ACKs. */

/* The first buffer of a ring. In the other buffers only `octets` is used. */
struct ring {
	struct service_buffer buffer;
	uint32_t start;                 /* Place of SND.UNA: octets from the start of buffers[0]. */
	uint32_t len;                   /* Octets in the ring. */
	uint32_t buffers_len;
	uint32_t buffers[BUFFERS_MAX];  /* In ring order, including this one. */
	uint8_t octets[];
};

static struct echo *
echo_of(struct la_service *service)
{
	return (struct echo *)service;
}

/* Octets of a buffer: the window, rounded up to a power of two. */
static uint32_t
buffer_size(const struct la_service_params *params)
{
	uint32_t size = 64;

	while (size < params->window)
		size *= 2;
	return size;
}

static uint64_t
ring_size(const struct echo *echo, const struct ring *ring)
{
	return (uint64_t)echo->size * ring->buffers_len;
}

static uint32_t
ring_free(const struct echo *echo, const struct ring *ring)
{
	return (uint32_t)(ring_size(echo, ring) - ring->len);
}

static uint8_t *
octets_of(const struct echo *echo, const struct ring *ring, uint32_t i)
{
	struct ring *holder = la_pool_get(&echo->base.pool, ring->buffers[i]);

	return holder->octets;
}

/* The contiguous octets from @p offset after SND.UNA; sets @p len, at most what it was. */
static uint8_t *
piece_of(const struct echo *echo, const struct ring *ring, uint32_t offset, uint32_t *len)
{
	uint64_t at = (uint64_t)ring->start + offset;
	uint32_t in;

	if (at >= ring_size(echo, ring))
		at -= ring_size(echo, ring);
	in = (uint32_t)at & (echo->size - 1);
	if (*len > echo->size - in)
		*len = echo->size - in;
	return octets_of(echo, ring, (uint32_t)(at / echo->size)) + in;
}

static void
ring_put(const struct echo *echo, struct ring *ring, const uint8_t *octets, uint32_t len)
{
	while (len > 0) {
		uint32_t n = len;
		uint8_t *piece = piece_of(echo, ring, ring->len, &n);

		memcpy(piece, octets, n);
		ring->len += n;
		octets += n;
		len -= n;
	}
}

static void
ring_get(const struct echo *echo, const struct ring *ring, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	assert(offset <= ring->len && len <= ring->len - offset);
	while (len > 0) {
		uint32_t n = len;
		const uint8_t *piece = piece_of(echo, ring, offset, &n);

		memcpy(dst, piece, n);
		offset += n;
		dst += n;
		len -= n;
	}
}

/* Rotate buffers[] so that the buffer with SND.UNA is the first. */
static void
ring_rotate(const struct echo *echo, struct ring *ring)
{
	const uint32_t first = ring->start / echo->size, n = ring->buffers_len;
	uint32_t turned[BUFFERS_MAX];

	for (uint32_t i = 0; i < n; i++)
		turned[i] = ring->buffers[(first + i) % n];
	memcpy(ring->buffers, turned, n * sizeof(turned[0]));
	ring->start %= echo->size;
}

/* Add a buffer after the others. Octets that have wrapped into the first buffer, before SND.UNA,
 * move to the new one. @return false if no buffer may be added. */
static bool
ring_grow(struct echo *echo, struct ring *ring)
{
	struct la_pool *pool = &echo->base.pool;
	uint64_t end;

	if (ring->buffers_len >= echo->buffers_max ||
			la_pool_left(pool) <= pool->size / KEPT_SHARE)
		return false;
	ring_rotate(echo, ring);
	end = (uint64_t)ring->start + ring->len;
	ring->buffers[ring->buffers_len] = la_pool_take(pool);
	if (end > ring_size(echo, ring))
		memcpy(octets_of(echo, ring, ring->buffers_len), octets_of(echo, ring, 0),
				(size_t)(end - ring_size(echo, ring)));
	ring->buffers_len++;
	return true;
}

/* Octets by which a ring of @p buffers buffers may still grow. */
static uint32_t
ring_growth(const struct echo *echo, uint32_t buffers)
{
	const struct la_pool *pool = &echo->base.pool;
	const uint32_t left = la_pool_left(pool), kept = pool->size / TOLD_SHARE;
	const uint32_t plenty = left > kept ? left - kept : 0, more = echo->buffers_max - buffers;

	return (plenty < more ? plenty : more) * echo->size;
}

/* The connection's ring, allocated if it has none; NULL if no buffer is free. */
static struct ring *
ring_of(struct echo *echo, struct la_conn *conn)
{
	struct ring *ring;

	if (conn->word != LA_NONE)
		return la_pool_get(&echo->base.pool, conn->word);
	conn->word = la_service__buffer_take(&echo->base, conn);
	if (conn->word == LA_NONE)
		return NULL;
	ring = la_pool_get(&echo->base.pool, conn->word);
	ring->start = 0;
	ring->len = 0;
	ring->buffers_len = 1;
	ring->buffers[0] = conn->word;
	return ring;
}

static void
give_ring(struct echo *echo, struct la_conn *conn)
{
	const struct ring *ring = la_pool_get(&echo->base.pool, conn->word);

	for (uint32_t i = 0; i < ring->buffers_len; i++) {
		if (ring->buffers[i] != conn->word)
			la_pool_give(&echo->base.pool, ring->buffers[i]);
	}
	la_service__buffer_give(&echo->base, conn->word);
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
	while (len > ring_free(echo, ring) && ring_grow(echo, ring))
		;
	if (len > ring_free(echo, ring))
		len = ring_free(echo, ring);
	if (ring->len == 0)
		la_service__buffer_wait(&echo->base, conn->word, RINGS, len, conn->now_us);
	ring_put(echo, ring, octets, len);
	conn->send += len;
	return len;
}

/* For a peer that waits for each echo: its next message first acknowledges the whole last echo.
 * That empties the ring, so the message is written to the start of the ring. */
static void
echo_fetch(const struct la_service *service, uint32_t word, uint32_t len)
{
	enum { LINE = 64 };
	const struct echo *echo = (const struct echo *)service;
	const uint32_t most = len < echo->size ? len : echo->size;
	const char *ring;

	if (word == LA_NONE)
		return;
	ring = la_pool_get(&echo->base.pool, word);
	for (uint32_t at = 0; at < sizeof(struct ring) + most; at += LINE)
		__builtin_prefetch(ring + at, 1);
}

static uint32_t
echo_room(struct la_service *service, struct la_conn *conn)
{
	struct echo *echo = echo_of(service);
	const struct ring *ring;

	if (conn->word == LA_NONE)
		return la_service__buffer_free(&echo->base, conn->now_us) ?
				echo->size + ring_growth(echo, 1) : 0;
	ring = la_pool_get(&echo->base.pool, conn->word);
	return ring_free(echo, ring) + ring_growth(echo, ring->buffers_len);
}

static void
echo_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	const struct echo *echo = echo_of(service);

	ring_get(echo, la_pool_get(&echo->base.pool, conn->word), offset, dst, len);
}

static void
ring_drop(struct echo *echo, struct ring *ring, struct la_conn *conn, uint32_t len)
{
	const uint64_t start = (uint64_t)ring->start + len, size = ring_size(echo, ring);

	ring->start = (uint32_t)(start < size ? start : start - size);
	la_service__buffer_progress(&echo->base, conn->word, len, ring->len, conn->now_us);
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
	ring->len -= len;
	if (ring->len == 0)
		give_ring(echo, conn);
	else
		ring_drop(echo, ring, conn, len);
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
	.fetch = echo_fetch,
	.room = echo_room,
	.fill = echo_fill,
	.acked = echo_acked,
	.end = echo_end,
	.due = la_service__buffer_due,
	.expire = echo_expire,
	/* fin is NULL: CLOSE is called at once, and waits for what is queued. */
};

static size_t
echo_size(const struct la_service_params *params)
{
	/* By RFC 7323 a window is at most 2^30. */
	return params->window <= 1u << 30 && params->window_max <= 1u << 30 ? sizeof(struct echo) : 0;
}

static uint32_t
echo_stride(const struct la_service_params *params)
{
	return (uint32_t)((sizeof(struct ring) + buffer_size(params) + 63) & ~(size_t)63);
}

static void
echo_init(struct service_base *base, const struct la_service_params *params)
{
	struct echo *echo = echo_of(&base->service);
	const uint32_t n = params->window_max / buffer_size(params);

	echo->size = buffer_size(params);
	echo->buffers_max = n < 1 ? 1 : n < BUFFERS_MAX ? n : BUFFERS_MAX;
	base->lists[RINGS].most_us = params->send_us;
}

const struct service_kind la_service__echo = {
	.ops = &ops, .size = echo_size, .stride = echo_stride, .init = echo_init,
};
