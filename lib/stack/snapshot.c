/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the stack's state: usage, rows, cookies, notices, counters. */
#include "stack_private.h"

enum { VISITS = 1024, SECOND_US = 1000000 };

uint32_t
la_stack_connections(const struct la_stack *s)
{
	return s->tcbs.used - s->closed_queued;
}

const struct la_stack_counters *
la_stack_counters(const struct la_stack *s)
{
	return &s->counters;
}

const struct la_listener_counters *
la_stack_listener_counters(const struct la_stack *s, uint32_t listener)
{
	return &s->listener_counters[listener];
}

void
la_stack_usage(const struct la_stack *s, struct la_stack_usage *usage)
{
	*usage = (struct la_stack_usage){
		.octets_per_connection = sizeof(struct la_tcb),
		.octets_per_time_wait = sizeof(struct la_tw_record),
		.octets_per_sender = sizeof(struct la_tcp_ext),
		.octets_table = la_flow_memory(s->params.connections + s->params.time_wait_max),
		.octets_all = s->octets,
		.connections = la_stack_connections(s), .connections_size = s->tcbs.size,
		.time_wait = s->tw.live, .time_wait_size = s->tw.size,
		.senders = s->exts.used, .senders_size = s->exts.size,
		.reassembly = s->chunks.used, .reassembly_size = s->chunks.size,
		.table_used = s->flow.used,
		.table_size = (uint32_t)la_flow_slots(&s->flow),
	};
	for (uint32_t i = 0; i < s->services_len; i++) {
		usage->service_objects += la_service_in_use(s->services[i]);
		usage->service_objects_size += la_service_size(s->services[i]);
	}
}

void
la_stack_cookies(const struct la_stack *s, uint64_t now_us, struct la_stack_cookies *cookies)
{
	*cookies = (struct la_stack_cookies){
		.mode = s->params.syn_cookies,
		.active = s->cookies_on,
		.key_age_us = now_us - s->cookie.since_us,
		.rotations = s->cookie.rotations,
	};
}

void
la_stack_notices(const struct la_stack *s, struct la_stack_notice *notice)
{
	*notice = s->link.notice;
}

void
la_stack_conflict_said(struct la_stack *s)
{
	s->link.notice.conflict = false;
}

static void
row_of_tcb(const struct la_stack *s, const struct la_tcb *tcb, uint32_t handle, uint64_t now_us,
		struct la_stack_row *row)
{
	const uint32_t shift = LA_BORN_SHIFT + s->params.tcp.born_coarse;
	const uint64_t age = ((now_us >> shift) - tcb->born) & LA_BORN_MASK;

	*row = (struct la_stack_row){
		.local = la_address_at(&s->link.addresses, tcb->tuple.local), .remote = tcb->tuple.remote,
		.local_port = tcb->tuple.local_port, .remote_port = tcb->tuple.remote_port,
		.state = tcb->state,
		.snd_una = tcb->snd.una, .snd_nxt = tcb->snd.nxt, .rcv_nxt = tcb->rcv.nxt,
		.timer = tcb->timer,
		.timer_left_us = la_timer_left_us(&s->wheel, handle, now_us),
		.age_s = (age << shift) / SECOND_US,
		.unsent = la_tcp_unsent(&s->env, tcb),
		.listener = tcb->listener,
	};
}

static void
row_of_record(const struct la_stack *s, uint32_t handle, uint64_t now_us,
		struct la_stack_row *row)
{
	const struct la_tw_record *record = &s->tw.records[handle];
	const int32_t left_ms = (int32_t)(la_tw_expiry_ms(&s->tw, handle) -
			(uint32_t)(now_us / 1000));

	*row = (struct la_stack_row){
		.local = la_address_at(&s->link.addresses, record->tuple.local), .remote = record->tuple.remote,
		.local_port = record->tuple.local_port, .remote_port = record->tuple.remote_port,
		.state = LA_TIME_WAIT,
		.snd_una = record->snd_nxt, .snd_nxt = record->snd_nxt,
		.rcv_nxt = record->rcv_nxt,
		.timer_left_us = left_ms > 0 ? (uint64_t)left_ms * 1000 : 0,
		.listener = LA_LISTENER_NONE,
	};
}

/* Where to stop: after VISITS places, or after the last. */
static uint32_t
rows_end(uint32_t from, uint32_t places)
{
	return places - from > VISITS ? from + VISITS : places;
}

uint32_t
la_stack_rows(const struct la_stack *s, uint64_t now_us, uint32_t *from,
		struct la_stack_row *rows, uint32_t max)
{
	const uint32_t places = s->tcbs.fresh, end = rows_end(*from, places);
	uint32_t n = 0, i = *from;

	for (; i < end && n < max; i++) {
		const struct la_tcb *tcb = la_stack__tcb(s, i + 1);

		if (tcb->state != LA_CLOSED)
			row_of_tcb(s, tcb, i + 1, now_us, &rows[n++]);
	}
	*from = i < places ? i : 0;
	return n;
}

uint32_t
la_stack_time_wait_rows(const struct la_stack *s, uint64_t now_us, uint32_t *from,
		struct la_stack_row *rows, uint32_t max)
{
	const uint32_t places = s->tw.places, end = *from < places ? rows_end(*from, places) : 0;
	uint32_t n = 0, i = *from;

	for (; i < end && n < max; i++) {
		const uint32_t at = s->tw.head + i;
		const uint32_t handle = at > s->tw.size ? at - s->tw.size : at;

		if (s->tw.records[handle].live)
			row_of_record(s, handle, now_us, &rows[n++]);
	}
	*from = i < places ? i : 0;
	return n;
}
