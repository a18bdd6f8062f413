/* SPDX-License-Identifier: BSD-3-Clause */
/* A generator and a server, and the wire between them. */
#include "load_rig.h"

#include <string.h>

#include "la_check.h"

enum { BUDGET = 256, IDLE_STEP_US = 10000, WIRE_SIZE = 1 << 10, BUFFERS = 256 };

/* The wire. */

static void
grow(struct load_wire *w)
{
	const uint32_t size = w->size == 0 ? WIRE_SIZE : 2 * w->size;
	struct load_wire_frame *frames = calloc(size, sizeof(*frames));

	ck_assert_ptr_nonnull(frames);
	for (uint32_t i = 0; i < w->count; i++)
		frames[i] = w->frames[(w->first + i) & (w->size - 1)];
	free(w->frames);
	*w = (struct load_wire){ .frames = frames, .size = size, .count = w->count };
}

static void
push(struct load_wire *w, const uint8_t *octets, uint32_t len, uint64_t due_us)
{
	struct load_wire_frame *f;

	if (w->count == w->size)
		grow(w);
	f = &w->frames[(w->first + w->count++) & (w->size - 1)];
	f->due_us = due_us;
	f->len = len;
	f->octets = malloc(len);
	LA_MUST(f->octets != NULL);
	memcpy(f->octets, octets, len);
}

void
load_rig_send(struct load_rig *r, const uint8_t *frame, uint32_t len)
{
	push(&r->to_server, frame, len, r->now_us + r->latency_us);
}

static bool
is_due(const struct load_rig *r, const struct load_wire *w)
{
	return !r->stalled && w->count > 0 && w->frames[w->first].due_us <= r->now_us;
}

static void
pop(struct load_wire *w, struct rig *to)
{
	struct load_wire_frame *f = &w->frames[w->first];

	rig_put_frame(to, f->octets, f->len);
	free(f->octets);
	w->first = (w->first + 1) & (w->size - 1);
	w->count--;
}

static void
cut(struct load_wire *w)
{
	while (w->count-- > 0) {
		free(w->frames[w->first].octets);
		w->first = (w->first + 1) & (w->size - 1);
	}
	free(w->frames);
	*w = (struct load_wire){ .count = 0 };
}

static bool
is_lost(struct load_rig *r, const struct la_rx *rx, bool to_server)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 17;
	r->seed ^= r->seed << 5;
	if (r->lose != 0 && r->seed % r->lose == 0)
		return true;
	return r->drop != NULL && r->drop(r->user, rx, to_server);
}

/* What a stack has sent goes on the wire, and there is room for more. */
static void
collect(struct load_rig *r, struct rig *from)
{
	const bool to_server = from == &r->client;

	for (uint32_t i = 0; i < from->sents; i++) {
		if (!is_lost(r, &from->sent_rx[i], to_server))
			push(to_server ? &r->to_server : &r->to_client, from->sent[i].octets,
					from->sent[i].len, r->now_us + r->latency_us);
	}
	rig_forget(from);
	from->frames_free = to_server ? RIG_SENT_MAX : r->server_frames;
}

/* One poll of the generator's core. */
static void
poll_client(struct load_rig *r)
{
	struct rig *c = &r->client;

	rig_receive(c);
	la_stack_advance(c->stack, c->now_us, BUDGET);
	la_load_poll(r->load, c->now_us);
	la_stack_output(c->stack, c->now_us);
	collect(r, c);
}

static void
poll_server(struct load_rig *r)
{
	rig_poll(&r->server);
	collect(r, &r->server);
}

static void
poll_both(struct load_rig *r)
{
	r->client.now_us = r->server.now_us = r->now_us;
	if (r->others != NULL)
		r->others(r->user);
	do {
		while (is_due(r, &r->to_server) && r->server.ins < LA_BURST_MAX)
			pop(&r->to_server, &r->server);
		poll_server(r);
		while (is_due(r, &r->to_client) && r->client.ins < LA_BURST_MAX)
			pop(&r->to_client, &r->client);
		poll_client(r);
	} while (is_due(r, &r->to_server) || is_due(r, &r->to_client));
}

/* Parameters. */

static void
set_buffers(struct rig *s, uint32_t buffers)
{
	for (uint16_t i = 0; i < s->params.listeners_len; i++)
		s->listeners[i].params.buffers = buffers;
}

void
load_rig_buffers(struct load_rig *r, uint32_t buffers)
{
	set_buffers(&r->server, buffers);
}

/* A buffer for each connection would be 168 MB, which each test would make and clear. */
static void
begin_server(struct load_rig *r, uint32_t connections)
{
	struct rig *s = &r->server;

	rig_params(s, connections);
	rig_no_gateway(s);
	s->ranges[0].first = la_test_addr(LOAD_RIG_SERVER);
	rig_listen(s, "discard", LOAD_RIG_DISCARD);
	rig_listen(s, "echo", LOAD_RIG_ECHO);
	rig_listen(s, "close", LOAD_RIG_CLOSE);
	rig_listen(s, "reset", LOAD_RIG_RESET);
	rig_listen(s, "http", LOAD_RIG_HTTP);
	s->listeners[rig_listen(s, "http", LOAD_RIG_HTTP_CLOSES)].params.close_after_response =
			true;
	set_buffers(s, connections < BUFFERS ? connections : BUFFERS);
}

static void
begin_client(struct load_rig *r, uint32_t connections)
{
	struct rig *c = &r->client;

	rig_params(c, connections);
	rig_no_gateway(c);
	c->params.mac.b[5] = 2;
	c->params.secret.k[0]++;
	c->ranges[0].first = la_test_addr(LOAD_RIG_CLIENT);
	c->ranges[0].count = LOAD_RIG_SOURCES_MAX;
	for (uint16_t i = 0; i < LOAD_RIG_SOURCES_MAX; i++)
		r->sources[i] = i;
}

void
load_rig_begin(struct load_rig *r, uint32_t connections, uint16_t port)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: server\r\n\r\n";

	memset(r, 0, sizeof(*r));
	begin_server(r, connections);
	begin_client(r, connections);
	r->client.params.senders = r->server.params.senders = connections;
	r->client.params.time_wait_us = r->server.params.time_wait_us = 1000000;
	r->client.params.time_wait_max = r->server.params.time_wait_max = 2 * connections + 8000;
	r->params = (struct la_load_params){
		.connections = connections, .sources = r->sources, .sources_len = 1,
		.local_port_first = 1024, .local_port_last = 65535,
		.target = la_test_addr(LOAD_RIG_SERVER), .targets = 1,
		.port_first = port, .port_last = port,
		.octets = 100, .request = request, .request_len = sizeof(request) - 1,
		.status = 200, .body_len = 64, .seed = 12345678901, .workers = 1,
	};
	r->plan = (struct la_load_plan){
		.rate = 1000, .sustain_us = 500000, .concurrent = connections,
		.timeout_us = 10000000,
	};
	r->now_us = r->client.now_us;
	r->step_us = 100;
	r->latency_us = 100;
	r->server_frames = RIG_SENT_MAX;
	r->seed = 2463534242u;
}

void
load_rig_start(struct load_rig *r)
{
	const size_t octets = la_load_memory(&r->params);

	ck_assert_uint_gt(octets, 0);
	r->load = la_load_init(rig_memory(octets, &r->block), &r->params);
	r->client.listeners[0] = (struct la_stack_listener){
		.name = "load", .address = LA_ANY_ADDRESS,
		.instance = la_load_service(r->load),
	};
	rig_start(&r->client);
	rig_start(&r->server);
	la_load_attach(r->load, r->client.stack);
	r->client.frames_free = RIG_SENT_MAX;
	r->server.frames_free = r->server_frames;
}

/* Time. */

static enum la_load_phase
phase(const struct load_rig *r)
{
	return (enum la_load_phase)la_load_counters(r->load)->phase.value;
}

/* While opens fall due time goes in small steps. */
static void
step(struct load_rig *r)
{
	const bool quiet = r->to_server.count == 0 && r->to_client.count == 0 &&
			(phase(r) == LA_LOAD_PHASE_IDLE || phase(r) >= LA_LOAD_PHASE_DRAIN);

	r->now_us += quiet ? IDLE_STEP_US : r->step_us;
	poll_both(r);
}

void
load_rig_plan(struct load_rig *r)
{
	la_load_start(r->load, &r->plan, r->now_us);
	poll_both(r);
}

void
load_rig_pass(struct load_rig *r, uint64_t us)
{
	const uint64_t until = r->now_us + us;

	while (r->now_us < until)
		step(r);
}

void
load_rig_until(struct load_rig *r, enum la_load_phase wanted, uint64_t most_us)
{
	const uint64_t until = r->now_us + most_us;

	while (phase(r) < wanted) {
		if (r->now_us >= until)
			ck_abort_msg("still in phase %s, %lu open", la_load_phase_name(phase(r)),
					(unsigned long)la_load_counters(r->load)->open.value);
		step(r);
	}
}

void
load_rig_run(struct load_rig *r, uint64_t most_us)
{
	load_rig_plan(r);
	load_rig_until(r, LA_LOAD_PHASE_DONE, most_us);
	load_rig_adds_up(r);
}

/* A rig's poll expires a part of a great many. */
static void
run_out(struct load_rig *r)
{
	const uint64_t until = r->now_us + UINT64_C(300000000);

	while (rig_state(&r->client, LA_TIME_WAIT) + rig_state(&r->server, LA_TIME_WAIT) > 0) {
		ck_assert_msg(r->now_us < until, "TIME-WAIT does not run out");
		load_rig_pass(r, 100000);
	}
}

/* What is left over of both: TIME-WAIT, half-closed connections of a server. */
void
load_rig_end(struct load_rig *r)
{
	r->stalled = false;
	r->drop = NULL;
	r->others = NULL;
	r->lose = 0;
	la_stack_abort_all(r->client.stack, r->now_us);
	load_rig_pass(r, 100000);
	la_stack_abort_all(r->server.stack, r->now_us);
	run_out(r);
	ck_assert_uint_eq(la_load_counters(r->load)->open.value, 0);
	ck_assert_uint_eq(la_load_counters(r->load)->live.value, 0);
	cut(&r->to_server);
	cut(&r->to_client);
	rig_end(&r->client, true);
	rig_end(&r->server, true);
	free(r->block);
}

/* What came of it. */

uint64_t
load_rig_failed(const struct load_rig *r, enum la_load_failure failure)
{
	return la_count_read(&la_load_counters(r->load)->failed[failure]);
}

uint64_t
load_rig_only(const struct load_rig *r, enum la_load_failure failure)
{
	for (int i = 0; i < LA_LOAD_FAILURES; i++) {
		const uint64_t n = load_rig_failed(r, i);

		ck_assert_msg(n == 0 || i == (int)failure, "%lu failed: %s", (unsigned long)n,
				la_load_failure_name(i));
	}
	return load_rig_failed(r, failure);
}

void
load_rig_adds_up(const struct load_rig *r)
{
	const struct la_load_counters *c = la_load_counters(r->load);
	uint64_t failed = 0, never = 0;

	for (int i = 0; i < LA_LOAD_FAILURES; i++) {
		failed += load_rig_failed(r, i);
		if (i == LA_FAIL_NO_PORT || i == LA_FAIL_NO_ROOM || i == LA_FAIL_NO_NEIGHBOUR ||
				i == LA_FAIL_LATE)
			never += load_rig_failed(r, i);
	}
	ck_assert_int_eq(phase(r), LA_LOAD_PHASE_DONE);
	ck_assert_uint_eq(c->open.value, 0);
	ck_assert_uint_eq(c->behind.value, 0);
	ck_assert_uint_eq(c->offered_per_s.value, 0);
	ck_assert_uint_eq(c->attempted.value, c->closed.value + failed - never);
	ck_assert_uint_le(c->closed.value, c->opened.value);
	ck_assert_uint_le(c->open_max.value, r->plan.concurrent);
	ck_assert_uint_eq(la_load_histogram(r->load, LA_LOAD_TIME_HANDSHAKE)->count.value,
			c->opened.value);
	ck_assert_uint_eq(la_load_histogram(r->load, LA_LOAD_TIME_CONNECTION)->count.value,
			r->params.service == LA_LOAD_SERVICE_HOLD ? 0 : c->closed.value);
}
