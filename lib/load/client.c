/* SPDX-License-Identifier: BSD-3-Clause */
/* The generator as a service: uses a connection, and evaluates the result. */
#include <string.h>

#include "load_private.h"

/* If fewer than one in HELD_SPARSE tuples of the held run is in use, the run is emptied. */
enum { HELD_SPARSE = 4, HELD_SLACK = 4096 };

static struct la_load_conn *
conn_of(struct la_load *load, const struct la_conn *conn)
{
	return &load->conns[conn->id];
}

static void
fail_conn(struct la_load_conn *c, enum la_load_failure failure)
{
	if (c->flags & LA_CONN_FAILED)
		return;
	c->flags |= LA_CONN_FAILED;
	c->failure = (uint8_t)failure;
}

/* The data was wrong: abort, as no more data from this peer can be used. */
static void
refuse_data(struct la_load_conn *c, struct la_conn *conn)
{
	fail_conn(c, LA_FAIL_WRONG_DATA);
	conn->abort = true;
}

/* The exchange is complete: end the connection as configured. */
static void
finish_exchange(struct la_load *load, struct la_load_conn *c, struct la_conn *conn)
{
	c->flags |= LA_CONN_SUCCEEDED;
	switch (load->params.close) {
	case LA_LOAD_CLOSE_CLIENT_FIRST:
		conn->close = true;
		break;
	case LA_LOAD_CLOSE_SERVER_FIRST:
		break;
	case LA_LOAD_CLOSE_RST:
		conn->abort = true;
		break;
	}
}

/* Hold the connection until the run is over; if it opens only in DRAIN, end it at once. */
static void
hold_conn(struct la_load *load, struct la_load_conn *c, struct la_conn *conn)
{
	load->refused = false;
	c->flags |= LA_CONN_SUCCEEDED;
	if (la_load__phase(load) != LA_LOAD_PHASE_DRAIN)
		la_load__be_patient(load, conn->id);
	else if (load->params.close == LA_LOAD_CLOSE_RST)
		conn->abort = true;
	else
		conn->close = true;
}

static void
begin_exchange(struct la_load *load, struct la_load_conn *c, struct la_conn *conn)
{
	switch (load->params.service) {
	case LA_LOAD_SERVICE_CONNECT:
		finish_exchange(load, c, conn);
		break;
	case LA_LOAD_SERVICE_HTTP:
		memset(&load->answers[conn->id], 0, sizeof(load->answers[conn->id]));
		conn->send = load->params.request_len;
		break;
	case LA_LOAD_SERVICE_ECHO:
		conn->send = load->params.octets;
		break;
	case LA_LOAD_SERVICE_HOLD:
		hold_conn(load, c, conn);
		break;
	}
}

static void
live_opened(struct la_load *load, const struct la_conn *conn)
{
	la_load__be_patient(load, conn->id);
	load->live_open++;
	la_count_set(&load->counters.live, load->live_open);
	if (load->live_open > load->live_most) {
		load->live_most = load->live_open;
		load->live_most_us = conn->now_us;
	}
}

static void
conn_opened(struct la_service *service, struct la_conn *conn)
{
	struct la_load *load = la_load__of(service);
	struct la_load_conn *c = conn_of(load, conn);

	c->flags |= LA_CONN_OPEN;
	if (c->flags & LA_CONN_LIVE) {
		live_opened(load, conn);
		return;
	}
	la_count(&load->counters.opened);
	if (la_load__phase(load) == LA_LOAD_PHASE_SUSTAIN)
		la_count(&load->counters.sustain_opened);
	la_histogram_record(&load->times[LA_LOAD_TIME_HANDSHAKE],
			(uint32_t)conn->now_us - c->start_us);
	begin_exchange(load, c, conn);
}

/* Octet n of the text that a connection sends; differs between connections. */
static uint8_t
pattern_octet(uint32_t id, uint32_t n)
{
	return (uint8_t)(n * 167 + (n >> 8) * 59 + id * 31 + 7);
}

static void
echo_data(struct la_load *load, struct la_load_conn *c, struct la_conn *conn,
		const uint8_t *octets, uint32_t len)
{
	if (len > load->params.octets - c->received) {
		refuse_data(c, conn);
		return;
	}
	for (uint32_t i = 0; i < len; i++) {
		if (octets[i] != pattern_octet(conn->id, c->received + i)) {
			refuse_data(c, conn);
			return;
		}
	}
	c->received += len;
	if (c->received == load->params.octets)
		finish_exchange(load, c, conn);
}

static bool
is_wanted(const struct la_load *load, const struct la_http_answer *answer)
{
	return answer->status == load->params.status &&
			(load->params.body_len == LA_LOAD_ANY_LENGTH ||
			 answer->body_len == load->params.body_len);
}

static void
http_result(struct la_load *load, struct la_load_conn *c, struct la_conn *conn,
		enum la_http_answer_result result)
{
	const struct la_http_answer *answer = &load->answers[conn->id];

	if (result == LA_ANSWER_MORE)
		return;
	if (result == LA_ANSWER_DONE && is_wanted(load, answer) && !(c->flags & LA_CONN_SUCCEEDED))
		finish_exchange(load, c, conn);
	else
		refuse_data(c, conn);
}

static uint32_t
conn_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct la_load *load = la_load__of(service);
	struct la_load_conn *c = conn_of(load, conn);

	if (c->flags & LA_CONN_LIVE)
		return len;
	switch (load->params.service) {
	case LA_LOAD_SERVICE_CONNECT: case LA_LOAD_SERVICE_HOLD:
		/* A server may send text first. */
		break;
	case LA_LOAD_SERVICE_HTTP:
		http_result(load, c, conn, la_http_answer_take_known(&load->answers[conn->id],
				&load->known_head, octets, len));
		break;
	case LA_LOAD_SERVICE_ECHO:
		echo_data(load, c, conn, octets, len);
		break;
	}
	return len;
}

static void
conn_fin(struct la_service *service, struct la_conn *conn)
{
	struct la_load *load = la_load__of(service);
	struct la_load_conn *c = conn_of(load, conn);

	conn->close = true;
	if (c->flags & LA_CONN_LIVE)
		return;
	/* We close held connections, not the peer. */
	if (load->params.service == LA_LOAD_SERVICE_HOLD &&
			la_load__phase(load) != LA_LOAD_PHASE_DRAIN)
		fail_conn(c, LA_FAIL_CLOSED_EARLY);
	if (c->flags & LA_CONN_SUCCEEDED)
		return;
	if (load->params.service == LA_LOAD_SERVICE_HTTP)
		http_result(load, c, conn, la_http_answer_end(&load->answers[conn->id]));
	if (!(c->flags & LA_CONN_SUCCEEDED))
		fail_conn(c, LA_FAIL_CLOSED_EARLY);
}

static void
conn_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	struct la_load *load = la_load__of(service);
	const uint32_t from = conn_of(load, conn)->acked + offset;

	if (load->params.service == LA_LOAD_SERVICE_HTTP) {
		memcpy(dst, load->params.request + from, len);
		return;
	}
	for (uint32_t i = 0; i < len; i++)
		dst[i] = pattern_octet(conn->id, from + i);
}

static void
conn_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	conn_of(la_load__of(service), conn)->acked += len;
}

static enum la_load_failure
why_failed(const struct la_load_conn *c, enum la_end why)
{
	if (c->flags & LA_CONN_FAILED)
		return c->failure;
	switch (why) {
	case LA_END_BY_REFUSED:
		return LA_FAIL_REFUSED;
	case LA_END_BY_RESET:
		return LA_FAIL_RESET;
	case LA_END_BY_TIMED_OUT:
		return LA_FAIL_TIMEOUT;
	case LA_END_BY_CLOSED:
		return LA_FAIL_CLOSED_EARLY;
	case LA_END_BY_ABORTED:
		break;
	}
	return LA_FAIL_UNFINISHED;
}

static bool
ended_well(const struct la_load *load, const struct la_load_conn *c, enum la_end why)
{
	if ((c->flags & (LA_CONN_SUCCEEDED | LA_CONN_FAILED)) != LA_CONN_SUCCEEDED)
		return false;
	return why == LA_END_BY_CLOSED ||
			(why == LA_END_BY_ABORTED && load->params.close == LA_LOAD_CLOSE_RST);
}

static void
live_ended(struct la_load *load, const struct la_load_conn *c)
{
	load->live--;
	if (c->flags & LA_CONN_OPEN)
		load->live_open--;
	la_count_set(&load->counters.live, load->live_open);
	if (load->ports.held_len > HELD_SPARSE * (uint64_t)load->live * load->ports.passed_mean +
			HELD_SLACK)
		la_ports__forget_held(&load->ports);
}

static void
conn_ended(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	struct la_load *load = la_load__of(service);
	struct la_load_conn *c = conn_of(load, conn);

	la_load__forget(load, conn->id);
	if (c->flags & LA_CONN_LIVE) {
		live_ended(load, c);
		return;
	}
	load->open--;
	la_count_set(&load->counters.open, load->open);
	if (!ended_well(load, c, why)) {
		la_load__fail(load, why_failed(c, why));
		/* A held connection should not end: to replace it at once could cause a flood. */
		if (load->params.service == LA_LOAD_SERVICE_HOLD &&
				(why == LA_END_BY_REFUSED || why == LA_END_BY_RESET))
			la_load__refused(load, conn->now_us);
		return;
	}
	la_count(&load->counters.closed);
	if (load->params.service != LA_LOAD_SERVICE_HOLD)
		la_histogram_record(&load->times[LA_LOAD_TIME_CONNECTION],
				(uint32_t)conn->now_us - c->start_us);
}

const struct la_service_ops la_load__ops = {
	.name = "load",
	.open = conn_opened,
	.data = conn_data,
	.fin = conn_fin,
	.fill = conn_fill,
	.acked = conn_acked,
	.end = conn_ended,
};
