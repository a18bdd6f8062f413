/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queues of connections, linked through the generator's state of each.
 *
 * All connections of a run have the same timeout, so those with a deadline are in one
 * queue in the order in which they were opened: only the head must be examined. A
 * connection that is held leaves this queue, and costs nothing until it closes or ends.
 */
#include "load_private.h"

enum { GIVE_UP_A_POLL = 256, CLOSE_A_POLL = 64 };

static void
append_conn(struct la_load *load, struct la_load_queue *queue, uint32_t handle)
{
	struct la_load_conn *c = &load->conns[handle];

	c->previous = queue->last;
	c->next = LA_NONE;
	if (queue->last != LA_NONE)
		load->conns[queue->last].next = handle;
	else
		queue->first = handle;
	queue->last = handle;
}

static void
take_out(struct la_load *load, struct la_load_queue *queue, uint32_t handle)
{
	const struct la_load_conn *c = &load->conns[handle];

	if (c->previous != LA_NONE)
		load->conns[c->previous].next = c->next;
	else
		queue->first = c->next;
	if (c->next != LA_NONE)
		load->conns[c->next].previous = c->previous;
	else
		queue->last = c->previous;
}

void
la_load__await(struct la_load *load, uint32_t handle, uint64_t now_us)
{
	load->conns[handle].deadline_us = (uint32_t)(now_us + load->plan.timeout_us);
	append_conn(load, &load->awaited, handle);
}

void
la_load__be_patient(struct la_load *load, uint32_t handle)
{
	struct la_load_conn *c = &load->conns[handle];

	take_out(load, &load->awaited, handle);
	c->flags |= LA_CONN_UNTIMED;
	if (!(c->flags & LA_CONN_LIVE))
		append_conn(load, &load->held, handle);
}

void
la_load__forget(struct la_load *load, uint32_t handle)
{
	const uint8_t flags = load->conns[handle].flags;

	if (!(flags & LA_CONN_UNTIMED))
		take_out(load, &load->awaited, handle);
	else if (!(flags & LA_CONN_LIVE))
		take_out(load, &load->held, handle);
}

static bool
has_passed(const struct la_load_conn *c, uint64_t now_us)
{
	return (int32_t)((uint32_t)now_us - c->deadline_us) >= 0;
}

void
la_load__give_up(struct la_load *load, uint64_t now_us)
{
	for (int n = 0; n < GIVE_UP_A_POLL && load->awaited.first != LA_NONE; n++) {
		const uint32_t handle = load->awaited.first;
		struct la_load_conn *c = &load->conns[handle];

		if (!has_passed(c, now_us))
			return;
		if (!(c->flags & LA_CONN_FAILED)) {
			c->flags |= LA_CONN_FAILED;
			c->failure = LA_FAIL_TIMEOUT;
		}
		/* end() removes the connection from the queue. */
		la_stack_end_one(load->stack, handle, true, now_us);
	}
}

/* Called before a run: then only the few live connections that are still opening are queued. */
void
la_load__cut_deadlines(struct la_load *load, uint64_t now_us)
{
	const uint32_t latest_us = (uint32_t)(now_us + load->plan.timeout_us);

	for (uint32_t handle = load->awaited.first; handle != LA_NONE;) {
		struct la_load_conn *c = &load->conns[handle];

		if ((int32_t)(c->deadline_us - latest_us) > 0)
			c->deadline_us = latest_us;
		handle = c->next;
	}
}

void
la_load__close_held(struct la_load *load, uint64_t now_us)
{
	for (int n = 0; n < CLOSE_A_POLL && load->held.first != LA_NONE; n++) {
		const uint32_t handle = load->held.first;

		take_out(load, &load->held, handle);
		load->conns[handle].flags &= ~LA_CONN_UNTIMED;
		la_load__await(load, handle, now_us);
		la_stack_end_one(load->stack, handle, load->params.close == LA_LOAD_CLOSE_RST,
				now_us);
	}
}
