/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP/1.1 and 1.0 (RFC 9110, RFC 9112): every GET, HEAD and POST gets the same body,
 * OPTIONS gets the methods allowed.
 *
 * An idle connection has the word 0. While responses of one kind wait for their ACKs, the
 * word itself counts them. Only a connection inside a request (a partial head, a body not
 * complete) or with responses of several kinds has an object from the pool; the object is
 * freed as soon as the word can hold the rest. When the pool is empty, the object that has
 * been without progress for longest is taken back, by a RST to its connection: another answer
 * would need an extension block, and time to wait for its ACK, just when resources are scarce.
 * If no object has waited long enough for that, octets that need an object are not taken, and
 * the peer retransmits them.
 *
 * A request that takes too long gets a 408, and a RST if the 408 is not acknowledged soon; it
 * gets a RST at once if its time was shortened because few buffers are free.
 *
 * After a response that closes, input is taken and ignored, so that no RST destroys the
 * response in flight (RFC 9112, 9.6).
 */
#include "http_session.h"

/* Ignore further input: CLOSE after what is queued, and drop an incomplete request. */
static void
stop_reading(struct session *s)
{
	s->closing = true;
	s->conn->close = true;
	if (s->state) {
		s->state->phase = HEAD;
		s->state->head_len = 0;
	}
}

static void
push_response(struct session *s, enum la_http_code code)
{
	const struct la_http_response *response = &s->http->responses.of[code];

	la_http_queue__push(s->queue, code);
	s->conn->send += response->len;
	if (response->closes)
		stop_reading(s);
}

/* Whether one more response of this code fits in the word. */
static bool
fits_word(uint32_t word, enum la_http_code code)
{
	return word == 0 || (word_code(word) == code && word_count(word) < WORD_COUNT_MAX);
}

/* Make sure that there is a place for the response or, with a body, for a 100 and the response
 * after the body. The place stays free until then, since nothing else is queued. */
static bool
reserve_response(struct session *s, enum la_http_code code, bool body)
{
	return (!body && !s->state && fits_word(s->conn->word, code)) || la_http_session__hold(s);
}

/* The error that answers a request whose head is well formed, or LA_HTTP_NONE. */
static enum la_http_code
refusal_of(const struct la_http_request *request)
{
	if (request->major != 1)
		return LA_HTTP_505;
	if (request->method == LA_HTTP_OTHER)
		return LA_HTTP_405;
	if (request->unknown_coding)
		return LA_HTTP_501;
	if (request->content_length > LA_HTTP_BODY_MAX)
		return LA_HTTP_413;
	if (request->unknown_expectation && request->minor >= 1)
		return LA_HTTP_417;
	return LA_HTTP_NONE;
}

/* The methods allowed, for any target, `*` included (RFC 9110, 9.3.7). HTTP/1.0 does not have
 * OPTIONS: there the connection closes even if its client asked for keep-alive. */
static SERVICE_APART enum la_http_code
options_response(const struct http *http, const struct la_http_request *request)
{
	return http->close_after_response || request->close || request->minor == 0 ?
			LA_HTTP_204_CLOSE : LA_HTTP_204;
}

/* RFC 9112, 9.3 decides whether the response closes. */
static enum la_http_code
success_response(const struct http *http, const struct la_http_request *request)
{
	bool head = request->method == LA_HTTP_HEAD;

	if (request->method == LA_HTTP_OPTIONS)
		return options_response(http, request);
	if (http->close_after_response || request->close)
		return head ? LA_HTTP_200_HEAD_CLOSE : LA_HTTP_200_CLOSE;
	if (request->minor >= 1)
		return head ? LA_HTTP_200_HEAD : LA_HTTP_200;
	if (request->keep_alive)
		return head ? LA_HTTP_200_HEAD_KEEP_ALIVE : LA_HTTP_200_KEEP_ALIVE;
	return head ? LA_HTTP_200_HEAD_CLOSE : LA_HTTP_200_CLOSE;
}

static enum la_http_code
answer_to(const struct http *http, const struct la_http_request *request)
{
	enum la_http_code code = refusal_of(request);

	return code == LA_HTTP_NONE ? success_response(http, request) : code;
}

/* Whether the request has a body that must be read before the answer. */
static bool
reads_body(const struct la_http_request *request, enum la_http_code answer)
{
	return answer < LA_HTTP_100 && (request->chunked || request->content_length > 0);
}

/* A body follows the head: read it, then answer. */
static void
begin_body(struct session *s, const struct la_http_request *request, enum la_http_code answer)
{
	s->state->phase = request->chunked ? BODY_CHUNKED : BODY_LENGTH;
	s->state->left = (uint32_t)request->content_length;
	s->state->chunked = (struct la_http_chunked){ 0 };
	s->state->answer = answer;
	s->began = true;
	/* RFC 9110, 10.1.1: HTTP/1.0 gets no 100. */
	if (request->expect_continue && request->minor >= 1)
		push_response(s, LA_HTTP_100);
}

/* Answer a head, given the result of la_http_parse_request(); false if no place is free. */
static bool
answer_head(struct session *s, int parsed, const struct la_http_request *request)
{
	enum la_http_code code = parsed == LA_HTTP_BAD ? LA_HTTP_400 : LA_HTTP_431;
	bool body = false;

	if (parsed > 0) {
		code = answer_to(s->http, request);
		body = reads_body(request, code);
	}
	if (!reserve_response(s, code, body))
		return false;
	if (s->state)
		s->state->head_len = 0;
	if (body)
		begin_body(s, request, code);
	else
		push_response(s, code);
	return true;
}

/* Take octets that continue a head whose first part is stored. */
static uint32_t
take_more_head(struct session *s, const uint8_t *octets, uint32_t len)
{
	struct http_state *state = s->state;
	uint32_t had = state->head_len, n = len < HEAD_MAX - had ? len : HEAD_MAX - had;
	struct la_http_request request = state->request;
	int parsed;

	memcpy(state->head + had, octets, n);
	parsed = la_http_parse_request(state->head, had + n, &request);
	if (parsed == LA_HTTP_PARTIAL && had + n < HEAD_MAX) {
		state->head_len += n;
		state->request = request;
		return n;
	}
	if (!answer_head(s, parsed, &request))
		return 0;
	return parsed > 0 ? (uint32_t)parsed - had : len;
}

static int
parse_head(const uint8_t *octets, uint32_t len, struct la_http_request *request)
{
	*request = (struct la_http_request){ 0 };
	return la_http_parse_request(octets, len < HEAD_MAX ? len : HEAD_MAX, request);
}

/* Answer a head that starts in this text, or store its part. */
static uint32_t
use_head(struct session *s, const uint8_t *octets, uint32_t len, int parsed,
		const struct la_http_request *request)
{
	if (parsed == LA_HTTP_PARTIAL && len < HEAD_MAX) {
		if (!la_http_session__hold(s))
			return 0;
		memcpy(s->state->head, octets, len);
		s->state->head_len = len;
		s->state->request = *request;
		s->began = true;
		return len;
	}
	if (!answer_head(s, parsed, request))
		return 0;
	return parsed > 0 ? (uint32_t)parsed : len;
}

/* Take a head that starts here: nothing is copied if it is complete. */
static uint32_t
take_head(struct session *s, const uint8_t *octets, uint32_t len)
{
	struct la_http_request request;
	const int parsed = parse_head(octets, len, &request);

	return use_head(s, octets, len, parsed, &request);
}

static void
end_body(struct session *s, enum la_http_code answer)
{
	s->state->phase = HEAD;
	push_response(s, answer);
}

static uint32_t
take_length(struct session *s, uint32_t len)
{
	uint32_t n = len < s->state->left ? len : s->state->left;

	s->state->left -= n;
	s->body_len += n;
	if (s->state->left == 0)
		end_body(s, s->state->answer);
	return n;
}

static uint32_t
take_chunked(struct session *s, const uint8_t *octets, uint32_t len)
{
	struct la_http_chunked *chunked = &s->state->chunked;
	uint32_t n = la_http_chunked_take(chunked, octets, len);

	s->body_len += n;
	if (chunked->state == LA_HTTP_CHUNK_DONE)
		end_body(s, s->state->answer);
	else if (chunked->state == LA_HTTP_CHUNK_BAD)
		end_body(s, LA_HTTP_400);
	else if (chunked->state == LA_HTTP_CHUNK_TOO_LARGE)
		end_body(s, LA_HTTP_413);
	else if (chunked->state == LA_HTTP_CHUNK_TOO_MUCH_EXTRA)
		end_body(s, LA_HTTP_431);
	return n;
}

/* Take octets of one head or one body; 0 if there is no room. */
static uint32_t
take_octets(struct session *s, const uint8_t *octets, uint32_t len)
{
	switch (s->state ? s->state->phase : HEAD) {
	case HEAD:
		/* Then take not even a part of a head, just as room() tells. */
		if (!la_http_queue__open(s->queue, &s->http->responses))
			return 0;
		if (s->state && s->state->head_len > 0)
			return take_more_head(s, octets, len);
		return take_head(s, octets, len);
	case BODY_LENGTH:
		return take_length(s, len);
	case BODY_CHUNKED:
		return take_chunked(s, octets, len);
	}
	return 0;
}

static SERVICE_APART uint32_t
held_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct session s;
	uint32_t taken = 0, n;

	la_http_session__begin(&s, service, conn);
	while (taken < len && !s.closing) {
		n = take_octets(&s, octets + taken, len - taken);
		if (n == 0)
			break;
		taken += n;
	}
	if (s.closing)
		taken = len;
	la_http_session__end(&s);
	return taken;
}

/* Answer a request without a body if all state still fits in the word; else return false. */
static bool
answer_in_word(struct http *http, struct la_conn *conn, const struct la_http_request *request)
{
	const enum la_http_code code = answer_to(http, request);
	const struct la_http_response *response = &http->responses.of[code];

	if (reads_body(request, code) || !fits_word(conn->word, code))
		return false;
	conn->word = (conn->word | code) + (1 << WORD_CODE_BITS);
	conn->send += response->len;
	if (response->closes) {
		conn->word |= WORD_CLOSING;
		conn->close = true;
	}
	return true;
}

static SERVICE_APART uint32_t
leave_word(struct la_service *service, struct la_conn *conn, const uint8_t *octets,
		uint32_t len, int parsed, const struct la_http_request *request)
{
	struct session s;
	uint32_t taken;

	la_http_session__begin(&s, service, conn);
	taken = use_head(&s, octets, len, parsed, request);
	la_http_session__end(&s);
	return taken;
}

/* Take a head while all state is in the word; 0 if there is no room. */
static uint32_t
word_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct la_http_request request;
	const int parsed = parse_head(octets, len, &request);

	if (parsed > 0 && answer_in_word((struct http *)service, conn, &request))
		return (uint32_t)parsed;
	return leave_word(service, conn, octets, len, parsed, &request);
}

/* Take what follows the first @p taken octets. */
static SERVICE_APART uint32_t
more_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len,
		uint32_t taken)
{
	uint32_t n;

	while (taken < len && !(conn->word & (WORD_HELD | WORD_CLOSING))) {
		n = word_data(service, conn, octets + taken, len - taken);
		if (n == 0)
			return taken;
		taken += n;
	}
	if (conn->word & WORD_HELD)
		return taken + held_data(service, conn, octets + taken, len - taken);
	return conn->word & WORD_CLOSING ? len : taken;
}

static uint32_t
http_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	uint32_t taken = 0;

	if (!(conn->word & (WORD_HELD | WORD_CLOSING))) {
		taken = word_data(service, conn, octets, len);
		/* The text is nearly always one whole request. */
		if (taken == 0 || (taken == len && !(conn->word & WORD_HELD)))
			return taken;
	}
	return more_data(service, conn, octets, len, taken);
}

static SERVICE_APART bool
held_room(struct la_service *service, struct la_conn *conn)
{
	struct session s;

	la_http_session__begin(&s, service, conn);
	return s.closing || s.state->phase != HEAD ||
			la_http_queue__open(s.queue, &s.http->responses);
}

/* All or nothing: the window closes only while no more responses can be queued. */
static uint32_t
http_room(struct la_service *service, struct la_conn *conn)
{
	const struct http *http = (struct http *)service;
	bool room;

	if (conn->word & WORD_HELD)
		room = held_room(service, conn);
	else
		room = conn->word & WORD_CLOSING || word_count(conn->word) < WORD_COUNT_MAX ||
				la_service__buffer_free(&http->base, conn->now_us);
	return room ? UINT32_MAX : 0;
}

static void
http_fin(struct la_service *service, struct la_conn *conn)
{
	struct session s;

	if (!(conn->word & WORD_HELD)) {
		conn->word |= WORD_CLOSING;
		conn->close = true;
		return;
	}
	la_http_session__begin(&s, service, conn);
	stop_reading(&s);
	la_http_session__end(&s);
}

static SERVICE_APART void
fill_many(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	struct session s;

	la_http_session__begin(&s, service, conn);
	la_http_queue__fill(s.queue, &s.http->responses, offset, dst, len);
}

static void
http_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	const struct la_http_responses *responses = &((struct http *)service)->responses;
	const uint32_t code = word_code(conn->word), at = word_skip(conn->word) + offset;

	/* The octets are nearly always of one response. */
	if (!(conn->word & WORD_HELD) && at + len <= responses->of[code].len)
		la_http_response_fill(responses, (enum la_http_code)code, at, dst, len);
	else
		fill_many(service, conn, offset, dst, len);
}

static SERVICE_APART void
held_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	struct session s;

	la_http_session__begin(&s, service, conn);
	la_http_queue__acked(s.queue, &s.http->responses, len);
	s.acked_len = len;
	la_http_session__end(&s);
}

static void
http_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	const struct http *http = (struct http *)service;

	if (len == 0)
		return;
	if (conn->word & WORD_HELD)
		held_acked(service, conn, len);
	else
		conn->word = word_acked(conn->word,
				http->responses.of[word_code(conn->word)].len, len);
}

static void
http_end(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	struct http *http = (struct http *)service;

	(void)why;
	if (conn->word & WORD_HELD)
		la_service__buffer_give(&http->base, conn->word & ~WORD_HELD);
	conn->word = 0;
}

/* RFC 9110, 15.5.9. The 408 takes the place that is reserved for the request's answer. */
static void
http_expire(struct la_service *service, struct la_conn *conn)
{
	const bool late = la_service__buffer_is_late(&((struct http *)service)->base,
			conn->word & ~WORD_HELD, conn->now_us);
	struct session s;

	la_http_session__begin(&s, service, conn);
	if (!late || la_http_session__waits_for(&s) >= FOR_ACKS) {
		conn->abort = true;
		return;
	}
	push_response(&s, LA_HTTP_408);
	la_http_session__end(&s);
}

static const struct la_service_ops ops = {
	.name = "http",
	.data = http_data,
	.room = http_room,
	.fin = http_fin,
	.fill = http_fill,
	.acked = http_acked,
	.end = http_end,
	.due = la_service__buffer_due,
	.expire = http_expire,
};

static size_t
http_size(const struct la_service_params *params)
{
	return params->body_len <= LA_HTTP_RESPONSE_BODY_MAX ? sizeof(struct http) : 0;
}

static uint32_t
http_stride(const struct la_service_params *params)
{
	(void)params;
	return (sizeof(struct http_state) + 63) & ~63u;
}

static void
http_init(struct service_base *base, const struct la_service_params *params)
{
	struct http *http = (struct http *)base;

	http->close_after_response = params->close_after_response;
	base->lists[FOR_HEAD].most_us = params->head_us;
	base->lists[FOR_BODY].most_us = params->body_us;
	base->lists[FOR_ACKS].most_us = params->send_us;
	base->lists[FOR_LAST_ACKS].most_us = LAST_ACKS_US;
	la_http_responses_init(&http->responses, params->body_len);
}

const struct service_kind la_service__http = {
	.ops = &ops, .size = http_size, .stride = http_stride, .init = http_init,
};
