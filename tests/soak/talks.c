/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What connections say: streams of drawn lengths, each octet of which is compared. The client
 * talks to an echo, or to a server that sends another stream and may close first.
 */
#include "soak.h"

#include <string.h>

#include "la_pool.h"

enum { PERIOD = 65521, TEXT_MAX = 9216, STEP = 10007, OTHER_WAY = 31607 };

/* Octet n of connection c is pattern[(c * STEP + n) % PERIOD]. */
static uint8_t pattern[PERIOD + TEXT_MAX];

static const uint8_t *
text_of(uint32_t start, uint32_t place)
{
	return pattern + ((uint64_t)start * STEP + place) % PERIOD;
}

static void
put32(uint8_t *to, uint32_t n)
{
	memcpy(to, &n, sizeof(n));
}

static uint32_t
get32(const uint8_t *from)
{
	uint32_t n;

	memcpy(&n, from, sizeof(n));
	return n;
}

static void
write_head(const struct talk *talk, uint8_t *head)
{
	put32(head, talk->number);
	put32(head + 4, talk->up);
	put32(head + 8, talk->down);
	put32(head + 12, !talk->close_first);
}

/* Octets of the client's stream, the head first. */
static void
write_up(const struct talk *talk, uint32_t place, uint8_t *dst, uint32_t len)
{
	uint8_t head[TALK_HEAD];

	MUST(len <= TEXT_MAX && place <= talk->up && len <= talk->up - place);
	if (place >= TALK_HEAD) {
		memcpy(dst, text_of(talk->number, place), len);
		return;
	}
	write_head(talk, head);
	for (uint32_t i = 0; i < len; i++)
		dst[i] = place + i < TALK_HEAD ? head[place + i] : *text_of(talk->number, place + i);
}

/* How much of @p len the reader takes this time. */
static uint32_t
taken(struct talks *talks, uint32_t len)
{
	if (talks->refuse == 0 || soak_draw(&talks->random, talks->refuse) != 0)
		return len;
	return soak_draw(&talks->random, len + 1);
}

/* The client */

static struct talks *
talks_of_client(struct la_service *service)
{
	return (struct talks *)service;
}

static struct talk *
talk_of(struct talks *talks, const struct la_conn *conn)
{
	struct talk *talk = &talks->talk[conn->id];

	MUST(talk->live);
	return talk;
}

static void
client_open(struct la_service *service, struct la_conn *conn)
{
	struct talk *talk = talk_of(talks_of_client(service), conn);

	MUST(conn->word == 0);
	conn->word = 1;
	conn->send = talk->up;
	conn->close = talk->close_at_open;
}

static bool
is_echo(const struct talk *talk)
{
	return talk->down == UINT32_MAX;
}

static uint32_t
to_come(const struct talk *talk)
{
	return is_echo(talk) ? talk->up : talk->down;
}

static void
compare_down(const struct talk *talk, const uint8_t *octets, uint32_t len)
{
	uint8_t echo[TEXT_MAX];

	MUST(len <= to_come(talk) - talk->got && len <= TEXT_MAX);
	if (!is_echo(talk)) {
		MUST(memcmp(octets, text_of(talk->number + OTHER_WAY, talk->got), len) == 0);
		return;
	}
	write_up(talk, talk->got, echo, len);
	MUST(memcmp(octets, echo, len) == 0);
}

static void
close_when_over(const struct talk *talk, struct la_conn *conn)
{
	conn->close = talk->got == to_come(talk) && (talk->close_first || talk->fin);
}

static uint32_t
client_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct talks *talks = talks_of_client(service);
	struct talk *talk = talk_of(talks, conn);

	MUST(conn->word == 1 && !talk->fin);
	len = taken(talks, len);
	compare_down(talk, octets, len);
	talks->counts.octets += len;
	talk->got += len;
	close_when_over(talk, conn);
	return len;
}

static void
client_fin(struct la_service *service, struct la_conn *conn)
{
	struct talk *talk = talk_of(talks_of_client(service), conn);

	MUST(!talk->fin && talk->got == to_come(talk));
	talk->fin = true;
	close_when_over(talk, conn);
}

static void
client_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	const struct talk *talk = talk_of(talks_of_client(service), conn);

	write_up(talk, talk->acked + offset, dst, len);
}

static void
client_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	struct talk *talk = talk_of(talks_of_client(service), conn);

	MUST(len <= talk->up - talk->acked);
	talk->acked += len;
}

static void
client_end(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	struct talks *talks = talks_of_client(service);
	struct talk *talk = talk_of(talks, conn);

	MUST(why == LA_END_BY_CLOSED || why == LA_END_BY_RESET);
	/* CLOSED: both FINs and all before them were acknowledged, of which the last is not told. */
	MUST(talk->got == to_come(talk));
	MUST(why == LA_END_BY_CLOSED || (talk->acked == talk->up && talk->fin));
	talks->counts.late_resets += why == LA_END_BY_RESET;
	talk->live = false;
	talks->over[talk->number] = true;
	talks->live--;
	talks->ended++;
}

static const struct la_service_ops client_ops = {
	.name = "client", .open = client_open, .data = client_data, .fin = client_fin,
	.fill = client_fill, .acked = client_acked, .end = client_end,
};

/* The server */

static struct talks *
talks_of_server(struct la_service *service)
{
	return (struct talks *)((uint8_t *)service - offsetof(struct talks, server));
}

static void
server_open(struct la_service *service, struct la_conn *conn)
{
	MUST(conn->word == 0);
	conn->word = 1;
	talks_of_server(service)->hearing[conn->id] = (struct hearing){ .up = TALK_HEAD };
}

/* The head, as far as it lies in these octets. @return how much of it does. */
static uint32_t
hear_head(struct hearing *h, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	const uint32_t n = len < TALK_HEAD - h->got ? len : TALK_HEAD - h->got;

	memcpy(h->head + h->got, octets, n);
	h->got += n;
	if (h->got < TALK_HEAD)
		return n;
	h->number = get32(h->head);
	h->up = get32(h->head + 4);
	h->down = get32(h->head + 8);
	h->close_first = get32(h->head + 12);
	conn->send = h->down;
	return n;
}

static uint32_t
server_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct talks *talks = talks_of_server(service);
	struct hearing *h = &talks->hearing[conn->id];
	uint32_t rest;

	MUST(conn->word == 1 && !h->fin);
	rest = len = taken(talks, len);
	if (h->got < TALK_HEAD)
		rest -= hear_head(h, conn, octets, len);
	MUST(rest <= h->up - h->got && rest <= TEXT_MAX);
	MUST(memcmp(octets + len - rest, text_of(h->number, h->got), rest) == 0);
	talks->counts.octets += len;
	h->got += rest;
	conn->close = h->close_first && h->got == h->up;
	return len;
}

static void
server_fin(struct la_service *service, struct la_conn *conn)
{
	struct hearing *h = &talks_of_server(service)->hearing[conn->id];

	MUST(!h->fin && h->got == h->up);
	h->fin = true;
	conn->close = true;
}

static void
server_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	const struct hearing *h = &talks_of_server(service)->hearing[conn->id];
	const uint32_t place = h->acked + offset;

	MUST(len <= TEXT_MAX && place <= h->down && len <= h->down - place);
	memcpy(dst, text_of(h->number + OTHER_WAY, place), len);
}

static void
server_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	struct hearing *h = &talks_of_server(service)->hearing[conn->id];

	MUST(len <= h->down - h->acked);
	h->acked += len;
}

/* A connection may be left unfinished only if its client has ended: then a duplicate that came
 * late has opened it again by its cookie. */
static void
server_end(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	struct talks *talks = talks_of_server(service);
	const struct hearing *h = &talks->hearing[conn->id];

	if (h->got == h->up && (why == LA_END_BY_CLOSED || (h->acked == h->down && h->fin))) {
		talks->counts.late_resets += why != LA_END_BY_CLOSED;
		return;
	}
	MUST(why != LA_END_BY_CLOSED);
	MUST(h->got < TALK_HEAD || talks->over[h->number]);
	talks->counts.strays++;
}

static const struct la_service_ops server_ops = {
	.name = "server", .open = server_open, .data = server_data, .fin = server_fin,
	.fill = server_fill, .acked = server_acked, .end = server_end,
};

void
talks_make(struct talks *talks, uint32_t handles, uint32_t batch)
{
	for (uint32_t i = 0; i < PERIOD + TEXT_MAX; i++)
		pattern[i] = (uint8_t)((i % PERIOD) * 2654435761u >> 24);
	talks->client.ops = &client_ops;
	talks->server.ops = &server_ops;
	talks->talk = calloc(handles, sizeof(*talks->talk));
	talks->hearing = calloc(handles, sizeof(*talks->hearing));
	talks->over = calloc(batch, sizeof(*talks->over));
	MUST(talks->talk != NULL && talks->hearing != NULL && talks->over != NULL);
}

void
talks_begin(struct talks *talks, uint32_t refuse, uint64_t seed)
{
	MUST(talks->live == 0);
	talks->ended = 0;
	talks->refuse = refuse;
	talks->random = seed;
}

/* Most are short, some fill windows. */
static uint32_t
draw_length(uint64_t *random)
{
	static const uint32_t most[] = { 1, 200, 200, 600, 1460, 3000, 8000, 40000 };

	return soak_draw(random, most[soak_draw(random, sizeof(most) / sizeof(most[0]))] + 1);
}

void
talks_open(struct talks *talks, uint32_t handle, uint32_t number, bool echo)
{
	struct talk *talk = &talks->talk[handle];

	MUST(!talk->live);
	*talk = (struct talk){ .number = number, .live = true };
	talk->up = TALK_HEAD + draw_length(&talks->random);
	talk->down = echo ? UINT32_MAX : draw_length(&talks->random);
	/* An echo closes after its client. */
	talk->close_first = echo || soak_draw(&talks->random, 2);
	/* Who gets no text has nothing to wait for. */
	talk->close_at_open = talk->close_first && (talk->down == 0 || soak_draw(&talks->random, 2));
	talks->over[number] = false;
	talks->live++;
}
