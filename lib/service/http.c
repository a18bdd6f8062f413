/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP/1.1 and 1.0 (RFC 9110, RFC 9112): every GET, HEAD and POST draws the same body,
 * OPTIONS what there is to ask for.
 *
 * An idle connection is the word 0. While responses of one kind wait for their
 * acknowledgement, the word itself counts them. Only a connection inside a request
 * (a split head, a body under way) or with responses of several kinds has an object
 * from the pool; it goes back as soon as the word can hold the rest. When the pool is
 * empty nothing is taken of what needs an object, and the peer's retransmission asks
 * again.
 *
 * After a response that closes, what arrives is taken and ignored, so that no RST
 * destroys the response on its way (RFC 9112, 9.6).
 */
#include "http_chunked.h"
#include "http_parse.h"
#include "http_queue.h"
#include "service.h"

enum { HEAD_MAX = 8192 };               /* Octets of a request's head. */

/* The word: a handle with the top bit, or one run of responses. */
enum {
	WORD_CODE_BITS = 4,
	WORD_COUNT_BITS = 5,
	WORD_COUNT_MAX = (1 << WORD_COUNT_BITS) - 1,
	WORD_SKIP_SHIFT = WORD_CODE_BITS + WORD_COUNT_BITS,
	WORD_SKIP_BITS = 21,
};

#define WORD_HELD 0x80000000u           /* The rest is the handle of an object. */
#define WORD_CLOSING 0x40000000u        /* The last response is queued: ignore input. */

_Static_assert(LA_HTTP_CODES <= 1 << WORD_CODE_BITS, "a code fits in the word");
_Static_assert(LA_HTTP_RESPONSE_BODY_MAX + sizeof(struct la_http_response) <= 1 << WORD_SKIP_BITS,
		"a place in a response fits in the word");

_Static_assert((uint64_t)WORD_COUNT_MAX << WORD_SKIP_BITS < LA_HTTP_QUEUE_MAX,
		"what fits in the word is never too much to go on");

struct http {
	struct service_base base;
	bool close_after_response;
	struct la_http_responses responses;
};

enum phase { HEAD, BODY_LENGTH, BODY_CHUNKED };

/* What a connection needs beyond its word. */
struct http_state {
	struct la_http_queue queue;
	enum phase phase;
	bool closing;
	enum la_http_code answer;       /* To the request whose body is under way. */
	uint32_t left;                  /* BODY_LENGTH: octets to come. */
	uint32_t head_len;              /* HEAD: octets of a split head in `head`, */
	struct la_http_request request; /* and what is known of it. */
	struct la_http_chunked chunked;
	uint8_t head[HEAD_MAX];
};

static uint32_t
word_code(uint32_t word)
{
	return word & ((1 << WORD_CODE_BITS) - 1);
}

static uint32_t
word_count(uint32_t word)
{
	return word >> WORD_CODE_BITS & WORD_COUNT_MAX;
}

static uint32_t
word_skip(uint32_t word)
{
	return (word & ~WORD_CLOSING) >> WORD_SKIP_SHIFT;
}

/* The word without the first @p len octets of its responses, which have `one` each. */
static uint32_t
word_acked(uint32_t word, uint32_t one, uint32_t len)
{
	const uint32_t gone = word_skip(word) + len, done = gone == one ? 1 : gone / one;

	assert(done <= word_count(word));
	if (done == word_count(word))
		return word & WORD_CLOSING;
	return (word & WORD_CLOSING) | word_code(word) |
			(word_count(word) - done) << WORD_CODE_BITS |
			(gone - done * one) << WORD_SKIP_SHIFT;
}

/* A connection for the length of one call, wherever it is kept. */
struct session {
	struct http *http;
	struct la_conn *conn;
	struct http_state *state;       /* NULL: all is in the word. */
	struct la_http_queue *queue;    /* The state's, or: */
	struct la_http_queue own;
	bool closing;
};

static void
session_begin(struct session *s, struct la_service *service, struct la_conn *conn)
{
	uint32_t word = conn->word;

	s->http = (struct http *)service;
	s->conn = conn;
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

/* Take an object and move there; false if there is none. */
static bool
hold(struct session *s)
{
	uint32_t handle;

	if (s->state)
		return true;
	handle = la_pool_take(&s->http->base.pool);
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
	return queue->runs == 0 || (queue->runs == 1 && queue->run[0].count <= WORD_COUNT_MAX);
}

static uint32_t
queue_to_word(const struct la_http_queue *queue)
{
	if (queue->runs == 0)
		return 0;
	return queue->run[0].code | queue->run[0].count << WORD_CODE_BITS |
			queue->skip << WORD_SKIP_SHIFT;
}

/* Put the connection back into its word, or into its object if the word is too small. */
static void
session_end(struct session *s)
{
	struct la_pool *pool = &s->http->base.pool;

	if (s->state && (s->state->phase != HEAD || s->state->head_len > 0 ||
			!queue_fits_word(s->queue))) {
		s->state->closing = s->closing;
		s->conn->word = WORD_HELD | la_pool_handle(pool, s->state);
		return;
	}
	s->conn->word = queue_to_word(s->queue) | (s->closing ? WORD_CLOSING : 0);
	if (s->state)
		la_pool_give(pool, la_pool_handle(pool, s->state));
}

/* No more input counts: CLOSE after what is queued, and drop a request under way. */
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
push(struct session *s, enum la_http_code code)
{
	const struct la_http_response *response = &s->http->responses.of[code];

	la_http_queue_push(s->queue, code);
	s->conn->send += response->len;
	if (response->closes)
		stop_reading(s);
}

/* Whether one more of these finds a place in the word. */
static bool
fits_word(uint32_t word, enum la_http_code code)
{
	return word == 0 || (word_code(word) == code && word_count(word) < WORD_COUNT_MAX);
}

/* Make sure that the response, or 100 and one after the body, has a place. It stays free
 * until the body has come, since nothing else is queued meanwhile. */
static bool
reserve(struct session *s, enum la_http_code code, bool body)
{
	return (!body && !s->state && fits_word(s->conn->word, code)) || hold(s);
}

/* The error that answers a request whose head is well formed, or LA_HTTP_NONE. */
static enum la_http_code
refusal(const struct la_http_request *request)
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

/* What we can do, whatever it is asked of, `*` included (RFC 9110, 9.3.7). HTTP/1.0 does not
 * know it: there the connection ends, also if its client would keep it. */
static SERVICE_APART enum la_http_code
options(const struct http *http, const struct la_http_request *request)
{
	return http->close_after_response || request->close || request->minor == 0 ?
			LA_HTTP_204_CLOSE : LA_HTTP_204;
}

/* Who closes: RFC 9112, 9.3. */
static enum la_http_code
success(const struct http *http, const struct la_http_request *request)
{
	bool head = request->method == LA_HTTP_HEAD;

	if (request->method == LA_HTTP_OPTIONS)
		return options(http, request);
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
	enum la_http_code code = refusal(request);

	return code == LA_HTTP_NONE ? success(http, request) : code;
}

/* Whether a body follows that is read before the answer. */
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
	/* RFC 9110, 10.1.1: not to HTTP/1.0. */
	if (request->expect_continue && request->minor >= 1)
		push(s, LA_HTTP_100);
}

/* Answer what la_http_parse_request() made of a head; false if that cannot be done now. */
static bool
answer_head(struct session *s, int parsed, const struct la_http_request *request)
{
	enum la_http_code code = parsed == LA_HTTP_BAD ? LA_HTTP_400 : LA_HTTP_431;
	bool body = false;

	if (parsed > 0) {
		code = answer_to(s->http, request);
		body = reads_body(request, code);
	}
	if (!reserve(s, code, body))
		return false;
	if (s->state)
		s->state->head_len = 0;
	if (body)
		begin_body(s, request, code);
	else
		push(s, code);
	return true;
}

/* Octets that go on with a head of which a part is kept. */
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

/* Answer a head that began here, or keep what is there of it. */
static uint32_t
use_head(struct session *s, const uint8_t *octets, uint32_t len, int parsed,
		const struct la_http_request *request)
{
	if (parsed == LA_HTTP_PARTIAL && len < HEAD_MAX) {
		if (!hold(s))
			return 0;
		memcpy(s->state->head, octets, len);
		s->state->head_len = len;
		s->state->request = *request;
		return len;
	}
	if (!answer_head(s, parsed, request))
		return 0;
	return parsed > 0 ? (uint32_t)parsed : len;
}

/* A head that begins here: nothing is copied if it is whole. */
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
	push(s, answer);
}

static uint32_t
take_length(struct session *s, uint32_t len)
{
	uint32_t n = len < s->state->left ? len : s->state->left;

	s->state->left -= n;
	if (s->state->left == 0)
		end_body(s, s->state->answer);
	return n;
}

static uint32_t
take_chunked(struct session *s, const uint8_t *octets, uint32_t len)
{
	struct la_http_chunked *chunked = &s->state->chunked;
	uint32_t n = la_http_chunked_take(chunked, octets, len);

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

/* Take octets of one thing: a head or a body; 0 if there is no room for it. */
static uint32_t
take(struct session *s, const uint8_t *octets, uint32_t len)
{
	switch (s->state ? s->state->phase : HEAD) {
	case HEAD:
		/* Not even a part of a head, as room() says. */
		if (!la_http_queue_open(s->queue, &s->http->responses))
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

	session_begin(&s, service, conn);
	while (taken < len && !s.closing) {
		n = take(&s, octets + taken, len - taken);
		if (n == 0)
			break;
		taken += n;
	}
	if (s.closing)
		taken = len;
	session_end(&s);
	return taken;
}

/* Answer a request without a body if all stays in the word; false if it does not. */
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

	session_begin(&s, service, conn);
	taken = use_head(&s, octets, len, parsed, request);
	session_end(&s);
	return taken;
}

/* Take a head while all is in the word; 0 if there is no room for it. */
static uint32_t
word_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct la_http_request request;
	const int parsed = parse_head(octets, len, &request);

	if (parsed > 0 && answer_in_word((struct http *)service, conn, &request))
		return (uint32_t)parsed;
	return leave_word(service, conn, octets, len, parsed, &request);
}

/* What is behind the first @p taken octets. */
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
		/* Nearly always a whole request, and nothing behind it. */
		if (taken == 0 || (taken == len && !(conn->word & WORD_HELD)))
			return taken;
	}
	return more_data(service, conn, octets, len, taken);
}

static SERVICE_APART bool
held_room(struct la_service *service, struct la_conn *conn)
{
	struct session s;

	session_begin(&s, service, conn);
	return s.closing || s.state->phase != HEAD ||
			la_http_queue_open(s.queue, &s.http->responses);
}

/* All or nothing: the window closes only while no response more can be queued. */
static uint32_t
http_room(struct la_service *service, struct la_conn *conn)
{
	const struct http *http = (struct http *)service;
	bool room;

	if (conn->word & WORD_HELD)
		room = held_room(service, conn);
	else
		room = conn->word & WORD_CLOSING || word_count(conn->word) < WORD_COUNT_MAX ||
				la_pool_left(&http->base.pool) > 0;
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
	session_begin(&s, service, conn);
	stop_reading(&s);
	session_end(&s);
}

static SERVICE_APART void
fill_many(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	struct session s;

	session_begin(&s, service, conn);
	la_http_queue_fill(s.queue, &s.http->responses, offset, dst, len);
}

static void
http_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	const struct la_http_responses *responses = &((struct http *)service)->responses;
	const uint32_t code = word_code(conn->word), at = word_skip(conn->word) + offset;

	/* Nearly always it is all of one response. */
	if (!(conn->word & WORD_HELD) && at + len <= responses->of[code].len)
		la_http_response_fill(responses, (enum la_http_code)code, at, dst, len);
	else
		fill_many(service, conn, offset, dst, len);
}

static SERVICE_APART void
held_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	struct session s;

	session_begin(&s, service, conn);
	la_http_queue_acked(s.queue, &s.http->responses, len);
	session_end(&s);
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
		la_pool_give(&http->base.pool, conn->word & ~WORD_HELD);
	conn->word = 0;
}

static const struct la_service_ops ops = {
	.name = "http",
	.data = http_data,
	.room = http_room,
	.fin = http_fin,
	.fill = http_fill,
	.acked = http_acked,
	.end = http_end,
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
	la_http_responses_init(&http->responses, params->body_len);
}

const struct service_kind service_http = {
	.ops = &ops, .size = http_size, .stride = http_stride, .init = http_init,
};
