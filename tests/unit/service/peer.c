/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

void
world_open(struct world *world, const char *name, const struct la_service_params *params)
{
	struct la_arena arena = { 0 };
	size_t len;

	ck_assert_ptr_nonnull(la_service_make(name, params, &arena));
	len = (arena.used + 63) & ~(size_t)63;
	world->memory = aligned_alloc(64, len);
	ck_assert_ptr_nonnull(world->memory);
	/* Memory need not be zeroed. */
	memset(world->memory, 0xa5, len);
	arena = (struct la_arena){ .base = world->memory };
	world->service = la_service_make(name, params, &arena);
	ck_assert_ptr_nonnull(world->service);
	ck_assert_uint_le(arena.used, len);
	ck_assert_str_eq(world->service->ops->name, name);
}

void
world_close(struct world *world)
{
	ck_assert_uint_eq(la_service_in_use(world->service), 0);
	free(world->memory);
}

void
text_add(struct text *text, const void *octets, size_t len)
{
	if (text->len + len > text->room || !text->octets) {
		text->room = 2 * (text->len + len) + 1;
		text->octets = realloc(text->octets, text->room);
	}
	ck_assert_ptr_nonnull(text->octets);
	memcpy(text->octets + text->len, octets, len);
	text->len += len;
}

void
text_adds(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void
text_free(struct text *text)
{
	free(text->octets);
	*text = (struct text){ 0 };
}

/* Do what the service asked for, as a stack would. */
static void
apply(struct peer *peer)
{
	struct la_conn *conn = &peer->conn;

	ck_assert(!peer->closed || conn->send == 0);
	peer->queued += conn->send;
	peer->closed |= conn->close;
	peer->aborted |= conn->abort;
	*conn = (struct la_conn){ .word = conn->word, .unsent = peer->queued };
	ck_assert_uint_le(peer->acked + peer->queued, peer->expect.len);
}

void
peer_open(struct peer *peer, struct world *world)
{
	*peer = (struct peer){ .world = world };
	if (world->service->ops->open)
		world->service->ops->open(world->service, &peer->conn);
	apply(peer);
}

uint32_t
peer_offer(struct peer *peer, const void *octets, size_t len)
{
	struct la_service *service = peer->world->service;
	/* A block of just this size, so that a sanitizer sees a read past it. */
	uint8_t *copy = malloc(len > 0 ? len : 1);
	uint32_t taken;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, octets, len);
	taken = service->ops->data(service, &peer->conn, copy, (uint32_t)len);
	free(copy);
	ck_assert_uint_le(taken, len);
	apply(peer);
	return taken;
}

void
peer_send(struct peer *peer, const void *octets, size_t len)
{
	const uint8_t *from = octets;

	while (len > 0) {
		uint32_t taken = peer_offer(peer, from, len);

		from += taken;
		len -= taken;
		if (len > 0) {
			ck_assert_uint_gt(peer->queued, 0);
			peer_fill(peer, 0, peer->queued);
			peer_ack(peer, peer->queued);
		}
	}
}

void
peer_send_random(struct peer *peer, const struct text *text, uint32_t most, uint32_t *seed)
{
	size_t sent = 0;

	while (sent < text->len) {
		size_t n = 1 + random_below(seed, most);

		n = n < text->len - sent ? n : text->len - sent;
		sent += peer_offer(peer, text->octets + sent, n);
		if (random_below(seed, 3) == 0) {
			uint32_t offset = random_below(seed, peer->queued + 1);
			uint32_t len = random_below(seed, peer->queued - offset + 1);

			peer_fill(peer, offset, len);
			peer_fill(peer, offset, len);
		}
		if (random_below(seed, 2) == 0)
			peer_ack(peer, random_below(seed, peer->queued + 1));
	}
}

void
peer_fill(struct peer *peer, uint32_t offset, uint32_t len)
{
	struct la_service *service = peer->world->service;
	uint8_t *dst = malloc(len + 1);
	uint32_t word = peer->conn.word;

	ck_assert_ptr_nonnull(dst);
	dst[len] = 0x5a;
	service->ops->fill(service, &peer->conn, offset, dst, len);
	ck_assert_uint_eq(dst[len], 0x5a);
	ck_assert_mem_eq(dst, peer->expect.octets + peer->acked + offset, len);
	ck_assert(peer->conn.send == 0 && !peer->conn.close && !peer->conn.abort);
	ck_assert_uint_eq(peer->conn.word, word);
	free(dst);
}

void
peer_ack(struct peer *peer, uint32_t len)
{
	struct la_service *service = peer->world->service;

	ck_assert_uint_le(len, peer->queued);
	peer->queued -= len;
	peer->acked += len;
	peer->conn.unsent = peer->queued;
	if (service->ops->acked)
		service->ops->acked(service, &peer->conn, len);
	apply(peer);
}

uint32_t
peer_room(struct peer *peer)
{
	struct la_service *service = peer->world->service;
	uint32_t word = peer->conn.word, room = UINT32_MAX;

	if (service->ops->room)
		room = service->ops->room(service, &peer->conn);
	ck_assert_uint_eq(peer->conn.word, word);
	return room;
}

void
peer_fin(struct peer *peer)
{
	struct la_service *service = peer->world->service;

	if (service->ops->fin)
		service->ops->fin(service, &peer->conn);
	else
		peer->closed = true;
	apply(peer);
}

void
peer_expire(struct peer *peer, uint64_t now_us)
{
	struct la_service *service = peer->world->service;

	peer->conn.now_us = now_us;
	service->ops->expire(service, &peer->conn);
	apply(peer);
}

void
peer_drain(struct peer *peer)
{
	if (peer->queued > 0) {
		peer_fill(peer, 0, peer->queued);
		peer_ack(peer, peer->queued);
	}
	ck_assert_uint_eq(peer->acked, peer->expect.len);
}

void
peer_end(struct peer *peer)
{
	struct la_service *service = peer->world->service;

	if (service->ops->end)
		service->ops->end(service, &peer->conn, LA_END_BY_CLOSED);
	text_free(&peer->expect);
}

uint32_t
random_below(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(*seed ^ *seed >> 13) * below) >> 32);
}
