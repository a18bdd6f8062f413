/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_session.h"

void
la_http_session__begin(struct session *s, struct la_service *service, struct la_conn *conn)
{
	uint32_t word = conn->word;

	s->http = (struct http *)service;
	s->conn = conn;
	s->began = false;
	s->body_len = s->acked_len = 0;
	if (word & WORD_HELD) {
		s->state = la_pool_get(&s->http->base.pool, word & ~WORD_HELD);
		s->queue = &s->state->queue;
		s->closing = s->state->closing;
		return;
	}
	s->state = NULL;
	s->queue = &s->own;
	s->closing = word & WORD_CLOSING;
	s->own.run[0].code = word_code(word);
	s->own.run[0].count = word_count(word);
	s->own.skip = word_skip(word);
	s->own.runs = s->own.run[0].count > 0;
}

bool
la_http_session__hold(struct session *s)
{
	uint32_t handle;

	if (s->state)
		return true;
	handle = la_service__buffer_take(&s->http->base, s->conn);
	if (handle == LA_NONE)
		return false;
	s->state = la_pool_get(&s->http->base.pool, handle);
	s->state->queue = s->own;
	s->state->phase = HEAD;
	s->state->head_len = 0;
	s->queue = &s->state->queue;
	return true;
}

static bool
queue_fits_word(const struct la_http_queue *queue)
{
	return queue->runs == 0 || (queue->runs == 1 && queue->run[0].count <= WORD_COUNT_MAX &&
			queue->run[0].code < LA_HTTP_SHORT_CODES);
}

static uint32_t
queue_to_word(const struct la_http_queue *queue)
{
	if (queue->runs == 0)
		return 0;
	return queue->run[0].code | queue->run[0].count << WORD_CODE_BITS |
			queue->skip << WORD_SKIP_SHIFT;
}

uint32_t
la_http_session__waits_for(const struct session *s)
{
	const struct la_http_queue *queue = s->queue;

	if (s->state->phase != HEAD)
		return FOR_BODY;
	if (s->state->head_len > 0)
		return FOR_HEAD;
	return queue->run[queue->runs - 1].code == LA_HTTP_408 ? FOR_LAST_ACKS : FOR_ACKS;
}

/* The object stays in use: note what it waits for, and how much of that came. A head has one
 * time limit for the whole of it. */
static void
note_progress(struct session *s, uint32_t handle)
{
	struct service_base *base = &s->http->base;
	const uint32_t list = la_http_session__waits_for(s), owed = s->conn->unsent + s->conn->send;
	const uint32_t body = s->state->phase == BODY_LENGTH ? s->state->left : UINT32_MAX;
	const uint32_t left = list == FOR_BODY ? body : owed > 0 ? owed : 1;
	const uint32_t came = list == FOR_BODY ? s->body_len : list == FOR_HEAD ? 0 : s->acked_len;

	if (s->began || list != s->state->buffer.list)
		la_service__buffer_wait(base, handle, list, left, s->conn->now_us);
	else
		la_service__buffer_progress(base, handle, came, left, s->conn->now_us);
}

void
la_http_session__end(struct session *s)
{
	struct service_base *base = &s->http->base;

	if (s->state && (s->state->phase != HEAD || s->state->head_len > 0 ||
			!queue_fits_word(s->queue))) {
		const uint32_t handle = la_pool_handle(&base->pool, s->state);

		s->state->closing = s->closing;
		s->conn->word = WORD_HELD | handle;
		note_progress(s, handle);
		return;
	}
	s->conn->word = queue_to_word(s->queue) | (s->closing ? WORD_CLOSING : 0);
	if (s->state)
		la_service__buffer_give(base, la_pool_handle(&base->pool, s->state));
}
