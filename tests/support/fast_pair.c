/* SPDX-License-Identifier: BSD-3-Clause */
/* Two stacks that are given the same. */
#include "fast_pair.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack_private.h"

enum {
	HEADERS = 128,                  /* Of a frame: what is dirtied before each. */
	OWN_ROOM_V4 = 74,               /* SYN-ACK with MSS, window scale, timestamps. */
	OWN_ROOM_V6 = 94,
	WHOLE_EVERY = 512,              /* Comparisons. */
};

/* What is printed. */

static void
print_hex(const char *what, uint32_t n, const uint8_t *octets, uint32_t len)
{
	fprintf(stderr, "  %s %u, %u octets: ", what, n, len);
	for (uint32_t i = 0; i < len; i++)
		fprintf(stderr, "%02x", octets[i]);
	fprintf(stderr, "\n");
}

static void
print_sent(const char *what, const struct fast_sent *sent)
{
	enum { SHOWN = 4 };

	for (uint32_t i = 0; i < sent->frames && i < SHOWN; i++)
		print_hex(what, i, sent->octets + sent->frame[i].at, sent->frame[i].len);
}

void
fast_pair_differs(const struct fast_pair *pair, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "the paths differ after %s: ", pair->call);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	if (pair->where != NULL)
		pair->where(pair->user);
	for (uint32_t i = 0; i < pair->frames_len; i++) {
		fprintf(stderr, "  (checked %#x, tci %#x)", pair->frames[i].checked,
				pair->frames[i].tci);
		print_hex("frame", i, pair->frames[i].octets, pair->frames[i].len);
	}
	print_sent("fast sent", &pair->fast.sent);
	print_sent("general sent", &pair->general.sent);
	abort();
}

/* Where frames go. */

static uint8_t *
give_room(void *user)
{
	struct fast_end *end = user;

	if (end->frames_free == 0)
		return NULL;
	/* What is not written shows. */
	memset(end->room, end->dirt, HEADERS);
	end->given = end->room;
	return end->room;
}

/* The frame's own octets, where they are enough for any SYN-ACK. */
static uint8_t *
give_own(void *user, uint32_t i)
{
	struct fast_end *end = user;
	const struct la_frame *frame = end->burst != NULL ? &end->burst[i] : NULL;

	if (end->frames_free == 0 || frame == NULL)
		return give_room(user);
	if (frame->len < (frame->octets[12] == 0x08 ? OWN_ROOM_V4 : OWN_ROOM_V6))
		return give_room(user);
	end->in_place++;
	end->given = (uint8_t *)(uintptr_t)frame->octets;
	return end->given;
}

static void
capture(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct fast_end *end = user;
	struct fast_sent *sent = &end->sent;

	if (end->frames_free == 0 || len > FAST_ROOM || sent->frames == FAST_SENT_MAX) {
		fprintf(stderr, "a frame of %u octets that there is no room for\n", len);
		abort();
	}
	end->frames_free--;
	sent->frame[sent->frames].at = sent->octets_len;
	sent->frame[sent->frames].len = len;
	sent->frame[sent->frames].tci = tci;
	sent->frame[sent->frames++].tcp = tcp;
	memcpy(sent->octets + sent->octets_len, end->given, len);
	sent->octets_len += len;
}

/* Begin and end. */

/* A script of its own for each listener that has no service. */
static void
end_listeners(struct fast_end *end, struct la_stack_params *params,
		const struct fast_script_act acts[FAST_SCRIPT_ACTS])
{
	uint32_t scripts = 0;

	memset(end->scripts, 0, sizeof(end->scripts));
	memcpy(end->listeners, params->listeners, params->listeners_len * sizeof(end->listeners[0]));
	params->listeners = end->listeners;
	for (uint32_t i = 0; i < params->listeners_len; i++) {
		struct la_stack_listener *l = &end->listeners[i];
		struct fast_script *script = &end->scripts[scripts];

		if (l->service != NULL)
			continue;
		if (scripts++ == FAST_SCRIPTS_MAX)
			abort();
		fast_script_init(script, l->group);
		memcpy(script->acts, acts, sizeof(script->acts));
		l->instance = &script->service;
	}
}

/* Zeroed memory. It is kept from one case to the next: new pages would cost more than all
 * that is done in a short case. */
static void
end_memory(struct fast_end *end, size_t octets)
{
	if (octets == 0) {
		fprintf(stderr, "no stack can be made of these parameters\n");
		abort();
	}
	if (octets > end->octets) {
		free(end->memory);
		end->memory = aligned_alloc(LA_APART, octets);
		end->octets = octets;
	}
	if (end->memory == NULL)
		abort();
	memset(end->memory, 0, octets);
}

static void
end_start(struct fast_end *end, struct la_stack_params params, const struct fast_script_act acts[FAST_SCRIPT_ACTS],
		uint64_t now_us)
{
	const struct la_stack_io io = { end, give_room, capture, give_own };

	end_listeners(end, &params, acts);
	end->sent.frames = end->sent.octets_len = 0;
	end_memory(end, la_stack_memory(&params));
	end->stack = la_stack_init(end->memory, &params, &io, now_us);
	for (uint32_t i = 0; i < FAST_SCRIPTS_MAX; i++)
		end->scripts[i].stack = end->stack;
}

void
fast_pair_start(struct fast_pair *pair, const struct la_stack_params *params,
		const struct fast_script_act acts[FAST_SCRIPT_ACTS])
{
	struct la_stack_params copy = *params;

	pair->fast.dirt = 0x5a;
	pair->general.dirt = 0xa5;
	pair->compared = 0;
	pair->call = "init";
	pair->frames_len = 0;
	copy.general_path_only = false;
	end_start(&pair->fast, copy, acts, pair->now_us);
	copy.general_path_only = true;
	end_start(&pair->general, copy, acts, pair->now_us);
	fast_pair_frames_free(pair, UINT32_MAX);
	fast_pair_compare(pair, true);
}

void
fast_pair_end(struct fast_pair *pair)
{
	pair->call = "the end";
	fast_pair_compare(pair, true);
}

void
fast_pair_frames_free(struct fast_pair *pair, uint32_t frames)
{
	pair->fast.frames_free = pair->general.frames_free = frames;
}

/* The calls. */

static void
call_begin(struct fast_pair *pair, const char *call)
{
	pair->call = call;
	pair->frames_len = 0;
	pair->fast.sent.frames = pair->fast.sent.octets_len = 0;
	pair->general.sent.frames = pair->general.sent.octets_len = 0;
}

static void
call_end(struct fast_pair *pair, uint64_t fast, uint64_t general)
{
	if (fast != general)
		fast_pair_differs(pair, "it answers %#llx (fast) and %#llx (general)",
				(unsigned long long)fast, (unsigned long long)general);
	fast_pair_compare(pair, ++pair->compared % WHOLE_EVERY == 0);
}

void
fast_pair_link_up(struct fast_pair *pair)
{
	call_begin(pair, "start");
	la_stack_start(pair->fast.stack, pair->now_us);
	la_stack_start(pair->general.stack, pair->now_us);
	call_end(pair, 0, 0);
}

void
fast_pair_receive(struct fast_pair *pair, const struct la_frame *frames, uint32_t n)
{
	uint64_t fast, general;

	call_begin(pair, "receive");
	pair->frames = frames;
	pair->frames_len = n;
	general = la_stack_receive(pair->general.stack, frames, n, pair->now_us);
	/* Last, since it may write into the frames. */
	pair->fast.burst = frames;
	pair->fast.in_place = 0;
	fast = la_stack_receive(pair->fast.stack, frames, n, pair->now_us);
	pair->fast.burst = NULL;
	call_end(pair, fast, general);
}

/* Link the timers again, in order of handle. */
static void
order_timers(struct la_stack *s)
{
	for (uint32_t handle = 1; handle <= s->tcbs.fresh; handle++) {
		const uint64_t ticks = la_stack__tcb(s, handle)->timed.deadline;

		if (!la_timer_is_set(&s->wheel, handle))
			continue;
		la_timer_cancel(&s->wheel, handle);
		la_timer_set(&s->wheel, handle, ticks << LA_TICK_SHIFT);
	}
}

void
fast_pair_advance(struct fast_pair *pair, uint32_t budget)
{
	call_begin(pair, "advance");
	if (!pair->timers_in_order) {
		order_timers(pair->fast.stack);
		order_timers(pair->general.stack);
	}
	la_stack_advance(pair->fast.stack, pair->now_us, budget);
	la_stack_advance(pair->general.stack, pair->now_us, budget);
	call_end(pair, 0, 0);
}

void
fast_pair_output(struct fast_pair *pair)
{
	uint64_t fast, general;

	call_begin(pair, "output");
	fast = la_stack_output(pair->fast.stack, pair->now_us);
	general = la_stack_output(pair->general.stack, pair->now_us);
	call_end(pair, fast, general);
}

static uint64_t
connect_one(struct la_stack *s, const struct la_tuple *t, uint16_t listener, uint64_t now_us,
		uint32_t *handle)
{
	return la_stack_connect(s, t->local, t->local_port, &t->remote, t->remote_port, listener,
			now_us, handle);
}

uint32_t
fast_pair_connect(struct fast_pair *pair, const struct la_tuple *tuple, uint16_t listener)
{
	uint32_t handles[2];
	uint64_t fast, general;

	call_begin(pair, "connect");
	fast = connect_one(pair->fast.stack, tuple, listener, pair->now_us, &handles[0]);
	general = connect_one(pair->general.stack, tuple, listener, pair->now_us, &handles[1]);
	call_end(pair, fast << 32 | handles[0], general << 32 | handles[1]);
	return handles[1];
}

void
fast_pair_prepare(struct fast_pair *pair, const struct la_tuple *tuples, uint32_t n)
{
	call_begin(pair, "prepare");
	for (uint32_t i = 0; i < n; i++)
		pair->fast.openings[i].tuple = pair->general.openings[i].tuple = tuples[i];
	la_stack_prepare(pair->fast.stack, pair->fast.openings, n);
	la_stack_prepare(pair->general.stack, pair->general.openings, n);
	call_end(pair, 0, 0);
}

uint32_t
fast_pair_connect_prepared(struct fast_pair *pair, uint32_t i, uint16_t listener)
{
	uint32_t handles[2];
	uint64_t fast, general;

	call_begin(pair, "connect_prepared");
	fast = la_stack_connect_prepared(pair->fast.stack, &pair->fast.openings[i], listener,
			pair->now_us, &handles[0]);
	general = la_stack_connect_prepared(pair->general.stack, &pair->general.openings[i],
			listener, pair->now_us, &handles[1]);
	call_end(pair, fast << 32 | handles[0], general << 32 | handles[1]);
	return handles[1];
}

static void
do_act(void *user, struct la_conn *conn)
{
	const struct fast_script_act *act = user;

	conn->send = act->send;
	conn->close = act->close;
	conn->abort = act->abort;
}

void
fast_pair_act(struct fast_pair *pair, uint32_t handle, const struct fast_script_act *act)
{
	struct fast_script_act copy = *act;
	bool fast, general;

	call_begin(pair, "act");
	fast = la_stack_act(pair->fast.stack, handle, pair->now_us, do_act, &copy);
	general = la_stack_act(pair->general.stack, handle, pair->now_us, do_act, &copy);
	call_end(pair, fast, general);
}

void
fast_pair_end_one(struct fast_pair *pair, uint32_t handle, bool abort)
{
	bool fast, general;

	call_begin(pair, "end_one");
	fast = la_stack_end_one(pair->fast.stack, handle, abort, pair->now_us);
	general = la_stack_end_one(pair->general.stack, handle, abort, pair->now_us);
	call_end(pair, fast, general);
}

void
fast_pair_drain(struct fast_pair *pair)
{
	call_begin(pair, "drain");
	la_stack_drain(pair->fast.stack);
	la_stack_drain(pair->general.stack);
	call_end(pair, 0, 0);
}

void
fast_pair_abort_all(struct fast_pair *pair)
{
	call_begin(pair, "abort_all");
	la_stack_abort_all(pair->fast.stack, pair->now_us);
	la_stack_abort_all(pair->general.stack, pair->now_us);
	call_end(pair, 0, 0);
}

void
fast_pair_cookie_keys(struct fast_pair *pair, const struct la_key key[2])
{
	call_begin(pair, "set_cookie_keys");
	la_stack_set_cookie_keys(pair->fast.stack, key, pair->now_us);
	la_stack_set_cookie_keys(pair->general.stack, key, pair->now_us);
	call_end(pair, 0, 0);
}

/* The stack does not count by kind what its fast path takes. */
uint32_t
fast_pair_taken(const struct fast_pair *pair, struct fast_pair_taken *taken, uint32_t max)
{
	(void)pair;
	(void)taken;
	(void)max;
	return 0;
}
