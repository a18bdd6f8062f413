/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad_link.h"
#include "tcb.h"

#define MUST(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

enum { ANSWER_EACH_US = 10000 };

enum {
	PACKETS = 1 << 14,              /* Segments under way. */
	CHUNKS = 4096,
	TICK_US = 4096,                 /* Timers fire at ticks, as the stack's do. */
	HEADERS = 66,
	AHEAD = 256 << 10,              /* Octets that the client has queued by SEND. */
	PERIOD = 65521,                 /* Of the stream: a prime, so that no shift is missed. */
	TEXT_MAX = 9000,
	CERTAIN = 10000,                /* A chance. */
};
#define LIMIT_US (3600 * UINT64_C(1000000))
#define NEVER UINT64_MAX

struct packet {
	uint64_t due_us, order;
	struct la_seg seg;
	uint32_t place;                 /* Of the text in its stream. */
	uint8_t to;
};

struct end {
	struct world *world;
	int index;
	struct la_tcp_env env;
	struct la_tcp_holders holders;
	uint64_t answer_us;             /* Not before that another LA_EV_ANSWER is heard. */
	struct la_pool exts, chunks;
	struct la_tcp_params params;
	struct la_tcb tcb;
	struct la_tcp_out out;
	uint32_t iss;
	uint32_t got, queued, acked;
	uint64_t deadline_us;
	uint64_t link_free_us;          /* When the link has sent all that waits. */
	uint64_t random;
	bool open;
};

struct world {
	const struct bad_link *link;
	const struct bad_link_ends *ends;
	struct bad_link_result *result;
	struct end end[2];
	uint64_t now_us, start_us, order;
	struct packet packets[PACKETS];
	uint16_t heap[PACKETS], heap_len;
	uint16_t idle[PACKETS], idle_len;
	uint8_t stream[PERIOD + TEXT_MAX];
};

/* SplitMix64; a number below n. */
static uint32_t
draw(struct end *end, uint32_t n)
{
	uint64_t z = end->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (uint32_t)((z >> 32) * n >> 32);
}

/* The link: a heap of what is under way */

static bool
before(const struct world *w, uint32_t a, uint32_t b)
{
	const struct packet *p = &w->packets[a], *q = &w->packets[b];

	return p->due_us != q->due_us ? p->due_us < q->due_us : p->order < q->order;
}

static void
swap(struct world *w, uint32_t i, uint32_t j)
{
	const uint16_t place = w->heap[i];

	w->heap[i] = w->heap[j];
	w->heap[j] = place;
}

static void
heap_add(struct world *w, uint16_t place)
{
	uint32_t i = w->heap_len++;

	w->heap[i] = place;
	for (; i > 0 && before(w, w->heap[i], w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(w, i, (i - 1) / 2);
}

static uint16_t
heap_take(struct world *w)
{
	const uint16_t first = w->heap[0];
	uint32_t i = 0, child;

	w->heap[0] = w->heap[--w->heap_len];
	while ((child = 2 * i + 1) < w->heap_len) {
		if (child + 1 < w->heap_len && before(w, w->heap[child + 1], w->heap[child]))
			child++;
		if (!before(w, w->heap[child], w->heap[i]))
			break;
		swap(w, i, child);
		i = child;
	}
	return first;
}

static void
put(struct world *w, const struct packet *packet)
{
	uint16_t place;

	MUST(w->idle_len > 0);
	place = w->idle[--w->idle_len];
	w->packets[place] = *packet;
	w->packets[place].order = w->order++;
	heap_add(w, place);
}

static bool
is_dark(const struct world *w)
{
	const uint64_t at_us = w->now_us - w->start_us;

	return at_us - w->link->blackout_at_us < w->link->blackout_us;
}

/* When the link has sent it; NEVER if it finds no place in the queue. */
static uint64_t
sent_at(struct world *w, struct end *from, uint32_t octets)
{
	const uint64_t rate = w->link->octets_per_s;
	uint64_t start_us = from->link_free_us > w->now_us ? from->link_free_us : w->now_us;

	if (rate == 0)
		return w->now_us;
	if ((start_us - w->now_us) * rate / 1000000 + octets > w->link->queue)
		return NEVER;
	from->link_free_us = start_us + octets * UINT64_C(1000000) / rate;
	return from->link_free_us;
}

/* Each segment draws all its numbers, whatever they say. */
static void
transmit(struct end *from, const struct la_seg *seg)
{
	struct world *w = from->world;
	const struct bad_link *link = w->link;
	const bool lost = draw(from, CERTAIN) < link->loss;
	const bool late = draw(from, CERTAIN) < link->reorder;
	const bool twice = draw(from, CERTAIN) < link->duplicate;
	const uint32_t late_us = draw(from, link->late_us + 1);
	struct packet packet = { .seg = *seg, .place = seg->seq - from->iss - 1,
		.to = (uint8_t)(1 - from->index) };
	const uint64_t sent_us = sent_at(w, from, seg->len + HEADERS);

	w->result->segments[from->index]++;
	w->result->text[from->index] += seg->len;
	if (seg->len > 0)
		MUST(packet.place + seg->len <= from->queued);
	if (lost || sent_us == NEVER || is_dark(w)) {
		w->result->lost[from->index]++;
		return;
	}
	packet.due_us = sent_us + link->delay_us + (late ? late_us : 0);
	put(w, &packet);
	if (twice)
		put(w, &packet);
}

/* An end */

static void
pull(struct end *end)
{
	struct la_seg seg;

	while (memset(&seg, 0xa5, sizeof(seg)),
			la_tcp_output(&end->env, &end->tcb, end->world->now_us, &seg))
		transmit(end, &seg);
	MUST(end->deadline_us != NEVER || end->tcb.snd.una == end->tcb.snd.nxt);
}

static void
queue_text(struct end *end, uint32_t len)
{
	MUST(la_tcp_send(&end->env, &end->tcb, len, end->world->now_us));
	end->queued += len;
}

static uint32_t
room(const struct end *end)
{
	const struct bad_link_ends *ends = end->world->ends;
	const uint32_t buffer = ends->window > ends->window_max ? ends->window : ends->window_max;

	return buffer - (end->got - end->acked);
}

static uint32_t
deliver(void *user, struct la_tcb *tcb, const uint8_t *text, uint32_t len, uint64_t now_us,
		const struct la_tcp_out *out)
{
	struct end *end = user;
	const uint8_t *want = end->world->stream + end->got % PERIOD;
	uint32_t n = len;

	(void)now_us;
	(void)out;
	if (end->index == 1 && n > room(end))
		n = room(end);
	MUST(n <= TEXT_MAX && memcmp(text, want, n) == 0);
	end->got += n;
	if (end->index == 1 && n > 0) {
		queue_text(end, n);
		la_tcp_set_room(&end->env, tcb, room(end));
	}
	return n;
}

static void
arm(void *user, struct la_tcb *tcb, uint64_t deadline_us)
{
	(void)tcb;
	((struct end *)user)->deadline_us = (deadline_us + TICK_US - 1) & ~(uint64_t)(TICK_US - 1);
}

static uint32_t
ts_offset(void *user, const struct la_tcb *tcb)
{
	(void)tcb;
	return ((struct end *)user)->iss;
}

/* What follows from a call, as in stack/connection.c. */
static void
act(struct end *end)
{
	const struct world *w = end->world;

	MUST(end->tcb.state != LA_CLOSED);
	MUST(!(end->out.events & (LA_EV_TIMED_OUT | LA_EV_RESET | LA_EV_REPLY)));
	if (end->out.events & LA_EV_RETRANSMIT)
		w->result->timeouts[end->index]++;
	if (end->out.events & LA_EV_ESTABLISHED)
		end->open = true;
	if (end->out.events & LA_EV_CHALLENGE)
		la_tcp_owe_ack(&end->tcb);
	/* As a stack has it: one in 10 ms. */
	if (end->out.events & LA_EV_ANSWER) {
		const bool may = w->now_us >= end->answer_us;

		la_tcp_answer(&end->env, &end->tcb, may);
		end->answer_us = may ? w->now_us + ANSWER_EACH_US : end->answer_us;
	}
	end->acked += end->out.acked;
	if (end->index == 1 && end->out.acked > 0)
		la_tcp_set_room(&end->env, &end->tcb, room(end));
	if (end->index == 0 && end->open && end->queued < w->ends->echo &&
			end->queued - end->acked < AHEAD) {
		const uint32_t left = w->ends->echo - end->queued;
		const uint32_t free = AHEAD - (end->queued - end->acked);

		queue_text(end, left < free ? left : free);
	}
	memset(&end->out, 0, sizeof(end->out));
	pull(end);
}

static void
pool_make(struct la_pool *pool, uint32_t size, uint32_t stride)
{
	void *memory = calloc(1, la_pool_memory(size, stride));

	MUST(memory != NULL);
	la_pool_init(pool, memory, size, stride);
}

static void
end_begin(struct world *w, int index, uint64_t seed)
{
	struct end *end = &w->end[index];

	tcb_params(&end->params);
	end->world = w;
	end->index = index;
	end->random = seed * 2 + (uint32_t)index;
	end->params.window = w->ends->window;
	end->params.window_max = w->ends->window_max;
	end->params.rcv_scale = la_tcp_scale_for(w->ends->window > w->ends->window_max ?
			w->ends->window : w->ends->window_max);
	end->params.timestamps = w->ends->timestamps;
	end->params.sack = w->ends->sack;
	end->params.rto_min_us = w->ends->rto_min_us;
	end->params.congestion = w->ends->congestion;
	end->params.nagle = true;
	end->params.retries = 15;
	pool_make(&end->exts, 2, (sizeof(struct la_tcp_ext) + 7) & ~7u);
	pool_make(&end->chunks, CHUNKS, sizeof(struct la_tcp_chunk));
	end->env = (struct la_tcp_env){ .params = &end->params, .exts = &end->exts,
		.chunks = &end->chunks, .holders = &end->holders, .user = end, .deliver = deliver, .arm = arm,
		.ts_offset = ts_offset };
	end->iss = 0u - 100000u * (uint32_t)(index + 1);
	end->deadline_us = NEVER;
	end->tcb.tuple = (struct la_tuple){ .remote = la_addr_v4(0x0a4d0001) };
	end->open = index == 1;
}

static void
end_over(struct end *end)
{
	la_tcp_release(&end->env, &end->tcb);
	MUST(end->exts.used == 0 && end->chunks.used == 0);
	free(end->exts.objects);
	free(end->chunks.objects);
}

/* The world */

static void
arrives(struct world *w)
{
	const uint16_t place = heap_take(w);
	const struct packet packet = w->packets[place];
	struct end *end = &w->end[packet.to];
	struct la_seg seg = packet.seg;

	w->idle[w->idle_len++] = place;
	w->now_us = packet.due_us;
	if (seg.len > 0)
		seg.data = w->stream + packet.place % PERIOD;
	if (end->tcb.state != LA_CLOSED)
		la_tcp_segment_arrives(&end->env, &end->tcb, &seg, w->now_us, &end->out);
	else if (seg.flags == LA_SYN)
		la_tcp_open_passive(&end->env, &end->tcb, &seg, end->iss, w->now_us);
	act(end);
}

static void
world_begin(struct world *w, uint64_t seed)
{
	for (uint32_t i = 0; i < PERIOD + TEXT_MAX; i++)
		w->stream[i] = (uint8_t)((i % PERIOD) * 2654435761u >> 24);
	for (uint32_t i = 0; i < PACKETS; i++)
		w->idle[w->idle_len++] = (uint16_t)i;
	w->now_us = w->start_us = 1000000000;
	end_begin(w, 0, seed);
	end_begin(w, 1, seed);
}

static void
step(struct world *w)
{
	const uint64_t wire_us = w->heap_len > 0 ? w->packets[w->heap[0]].due_us : NEVER;
	struct end *first = &w->end[w->end[1].deadline_us < w->end[0].deadline_us];

	if (wire_us <= first->deadline_us) {
		MUST(wire_us != NEVER);
		arrives(w);
		return;
	}
	if (w->now_us < first->deadline_us)
		w->now_us = first->deadline_us;
	first->deadline_us = NEVER;
	la_tcp_timeout(&first->env, &first->tcb, w->now_us, &first->out);
	act(first);
}

void
bad_link_run(const struct bad_link *link, const struct bad_link_ends *ends, uint64_t seed,
		struct bad_link_result *result)
{
	struct world *w = calloc(1, sizeof(*w));
	struct end *client;

	MUST(w != NULL);
	memset(result, 0, sizeof(*result));
	w->link = link;
	w->ends = ends;
	w->result = result;
	world_begin(w, seed);
	client = &w->end[0];
	la_tcp_open_active(&client->env, &client->tcb, client->iss, w->now_us);
	pull(client);
	while (client->got < ends->echo) {
		step(w);
		MUST(w->now_us - w->start_us < LIMIT_US);
	}
	MUST(w->end[1].got == ends->echo);
	result->took_us = w->now_us - w->start_us;
	end_over(client);
	end_over(&w->end[1]);
	free(w);
}
