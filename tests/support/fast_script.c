/* SPDX-License-Identifier: BSD-3-Clause */
/* The service that does odd things. */
#include "fast_script.h"

#include <string.h>

static struct fast_script *
script_of(struct la_service *service)
{
	return (struct fast_script *)service;
}

static void
digest_word(struct fast_script *s, uint64_t word)
{
	s->digest = (s->digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	s->digest ^= s->digest >> 29;
}

static void
digest_octets(struct fast_script *s, const uint8_t *octets, uint32_t len)
{
	uint64_t word;

	for (; len >= sizeof(word); octets += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, octets, sizeof(word));
		digest_word(s, word);
	}
	for (; len > 0; len--)
		digest_word(s, *octets++);
}

/* Remember a call, and choose what to do in it. */
static const struct fast_script_act *
note_call(struct fast_script *s, const struct la_conn *conn, char what, uint32_t argument)
{
	digest_word(s, (uint64_t)what << 32 | argument);
	digest_word(s, conn->now_us);
	digest_word(s, (uint64_t)conn->id << 32 | conn->word);
	digest_word(s, (uint64_t)conn->unsent << 32 | conn->send);
	digest_word(s, (uint64_t)conn->close << 1 | conn->abort);
	return &s->acts[s->calls++ % FAST_SCRIPT_ACTS];
}

static void
close_it(void *user, struct la_conn *conn)
{
	(void)user;
	conn->close = true;
}

static void
do_act(struct fast_script *s, struct la_conn *conn, const struct fast_script_act *act)
{
	if (act->other != LA_NONE && act->other != conn->id)
		digest_word(s, la_stack_act(s->stack, act->other, conn->now_us, close_it, NULL));
	conn->send = s->service.ops->fill != NULL ? act->send : 0;
	conn->close = act->close;
	conn->abort = act->abort;
}

static void
script_open(struct la_service *service, struct la_conn *conn)
{
	struct fast_script *s = script_of(service);

	do_act(s, conn, note_call(s, conn, 'o', 0));
}

static void
script_open_and_close(struct la_service *service, struct la_conn *conn)
{
	struct fast_script *s = script_of(service);
	const struct fast_script_act *act = note_call(s, conn, 'o', 0);

	do_act(s, conn, act);
	conn->close = act->refuse == 0;
	conn->word += 5;
}

static uint32_t
script_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct fast_script *s = script_of(service);
	const struct fast_script_act *act = note_call(s, conn, 'd', len);

	digest_octets(s, octets, len);
	do_act(s, conn, act);
	return len > act->refuse ? len - act->refuse : 0;
}

static uint32_t
script_room(struct la_service *service, struct la_conn *conn)
{
	struct fast_script *s = script_of(service);

	return note_call(s, conn, 'r', 0)->room;
}

static void
script_fin(struct la_service *service, struct la_conn *conn)
{
	struct fast_script *s = script_of(service);
	const struct fast_script_act *act = note_call(s, conn, 'f', 0);

	do_act(s, conn, act);
	/* Mostly it closes in reply; what keeps a connection open is an act that refuses. */
	conn->close = act->refuse == 0;
}

/* The word counts what was acknowledged: so the octets of the stream are known. */
static void
script_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	struct fast_script *s = script_of(service);

	note_call(s, conn, 'w', offset);
	digest_word(s, len);
	for (uint32_t i = 0; i < len; i++) {
		const uint32_t n = conn->word + offset + i;

		dst[i] = (uint8_t)(n * 167 + (n >> 8));
	}
}

static void
script_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	struct fast_script *s = script_of(service);

	do_act(s, conn, note_call(s, conn, 'a', len));
	/* An answer to each ACK of an answer would never end. */
	conn->send = 0;
	conn->word += len;
}

static void
script_end(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	note_call(script_of(service), conn, 'e', why);
}

static const struct la_service_ops kinds[FAST_SCRIPT_KINDS] = {
	[FAST_SCRIPT_ALL] = {
		.name = "script", .open = script_open, .data = script_data, .fin = script_fin,
		.fill = script_fill, .acked = script_acked, .end = script_end,
	},
	[FAST_SCRIPT_MUTE] = { .name = "mute", .data = script_data },
	[FAST_SCRIPT_NO_FIN] = {
		.name = "no-fin", .data = script_data, .fill = script_fill,
		.acked = script_acked, .end = script_end,
	},
	[FAST_SCRIPT_ROOM] = {
		.name = "room", .open = script_open, .data = script_data, .room = script_room,
		.fin = script_fin, .fill = script_fill, .acked = script_acked,
		.end = script_end,
	},
	[FAST_SCRIPT_CLOSE] = {
		.name = "short", .open = script_open_and_close, .data = script_data,
		.fin = script_fin, .fill = script_fill, .acked = script_acked,
		.end = script_end,
	},
};

void
fast_script_init(struct fast_script *script, enum fast_script_kind kind)
{
	script->service.ops = &kinds[kind];
	script->calls = script->digest = 0;
}
