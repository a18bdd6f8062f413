/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcb_pair.h"

#define MUST(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

enum {
	WIRE_MAX = 1024,                /* Segments under way; more are lost. */
	STEPS_MAX = 400000,
	TEXT_MAX = 9000,
};
#define LIMIT_US (24 * 3600 * UINT64_C(1000000))
#define NEVER UINT64_MAX

enum phase { PHASE_NONE, PHASE_COOKIE, PHASE_OPEN, PHASE_TIME_WAIT, PHASE_GONE };

struct end {
	struct tcb_host host;           /* First: a host is cast to its end. */
	struct pair *pair;
	int index;
	enum phase phase;
	uint32_t iss;
	struct la_tw tw;
	struct la_tw_record *records;
	struct la_tcp_negotiated cookie;
	uint32_t cookie_nxt;            /* SEG.SEQ of the segment that may open. */

	uint32_t total, queued;         /* Octets of our stream, and how many SEND has. */
	uint32_t room;                  /* The service's buffer; UINT32_MAX: endless. */
	uint32_t buffered;
	bool late_close;                /* CLOSE after the peer's FIN only. */
	bool closed;
	uint32_t stolen;                /* The extension block, while others have them all. */
	uint64_t wake_us;
};

struct packet {
	uint64_t due_us;
	int to;
	struct la_seg seg;
	uint8_t *text;
};

struct pair {
	const struct pair_choices *choices;
	struct pair_result *result;
	struct end end[2];
	uint64_t now_us;
	struct packet wire[WIRE_MAX];
	uint32_t packets;
	uint32_t loss, repeat, delay_us, jitter_us;     /* loss, repeat: of 256 */
	bool cookies, simultaneous;
};

static uint32_t
choose(const struct pair *pair, uint32_t n)
{
	return pair->choices->choose(pair->choices->user, n);
}

/* The link */

/* With cookies nothing makes up for the handshake's ACK when it is lost and the
 * client has nothing to say; that is known of cookies, and not looked for here. */
static bool
is_only_ack(const struct pair *pair, int to)
{
	return pair->cookies && to == 1 && pair->end[1].phase == PHASE_COOKIE &&
			pair->end[0].total == 0 && pair->end[0].late_close;
}

static bool
may_lose(const struct pair *pair, int to)
{
	uint32_t limit = pair->choices->losses;

	return !is_only_ack(pair, to) && (limit == 0 || pair->result->lost < limit);
}

static void
put(struct pair *pair, int to, const struct la_seg *seg, uint32_t place)
{
	struct packet *packet;

	if (pair->packets == WIRE_MAX || (choose(pair, 256) < pair->loss && may_lose(pair, to))) {
		pair->result->lost++;
		return;
	}
	packet = &pair->wire[pair->packets++];
	*packet = (struct packet){ .to = to, .seg = *seg,
		.due_us = pair->now_us + pair->delay_us + choose(pair, pair->jitter_us + 1) };
	if (seg->len) {
		MUST(seg->len <= TEXT_MAX);
		packet->text = malloc(seg->len);
		MUST(packet->text != NULL);
		memcpy(packet->text, seg_text(place), seg->len);
		packet->seg.data = packet->text;
	}
}

static void
transmit(struct pair *pair, const struct end *from, const struct la_seg *seg)
{
	uint32_t place = seg->seq - from->iss - 1;

	pair->result->segments++;
	if (pair->choices->trace) {
		char text[160];

		fprintf(stderr, "%llu %d %s(%u queued %u of %u, buffered %u): %s\n",
				(unsigned long long)pair->now_us, from->index,
				la_tcp_state_name(from->host.tcb.state), from->phase, from->queued,
				from->total, from->buffered, seg_format(seg, text, sizeof(text)));
	}
	if (seg->len)
		MUST(place <= from->total && seg->len <= from->queued - place);
	put(pair, 1 - from->index, seg, place);
	if (choose(pair, 256) < pair->repeat)
		put(pair, 1 - from->index, seg, place);
}

/* One end */

/* All extension blocks are somebody else's for a while. */
static void
steal(struct end *end)
{
	end->host.exts.size = 1;
	end->stolen = la_pool_take(&end->host.exts);
	end->host.others = 1;
}

static void
give_back(struct end *end)
{
	if (!end->stolen)
		return;
	end->host.exts.size = TCB_EXTS;
	la_pool_give(&end->host.exts, end->stolen);
	end->host.others = 0;
	end->stolen = 0;
}

static void
leave(struct end *end, enum phase phase)
{
	end->pair->result->last[end->index] = end->host.tcb.state;
	give_back(end);
	la_tcp_release(&end->host.env, &end->host.tcb);
	MUST(end->host.exts.used == 0 && end->host.chunks.used == 0);
	end->host.armed = false;
	end->phase = phase;
	end->wake_us = NEVER;
}

/* What must have happened before an end may be gone. */
static void
check_farewell(const struct end *end, enum la_tcp_state before)
{
	const struct tcb_host *host = &end->host;

	MUST(!(host->events & (LA_EV_TIMED_OUT | LA_EV_ABORTED | LA_EV_REFUSED)));
	MUST(host->events & LA_EV_FIN);
	MUST(end->closed && end->queued == end->total);
	if (host->events & LA_EV_RESET)
		MUST(before == LA_LAST_ACK || before == LA_CLOSING);
	else
		MUST(host->acked == end->total);
}

static void
act(struct end *end, enum la_tcp_state before)
{
	struct tcb_host *host = &end->host;

	if (host->out.events & LA_EV_RETRANSMIT)
		end->pair->result->retransmissions++;
	if (host->out.events & LA_EV_REPLY)
		transmit(end->pair, end, &host->out.reply);
	if (host->tcb.state == LA_CLOSED) {
		check_farewell(end, before);
		leave(end, PHASE_GONE);
		return;
	}
	tcb_pull(host);
	for (uint32_t i = 0; i < host->sents; i++)
		transmit(end->pair, end, &host->sent[i]);
	if (host->tcb.state == LA_TIME_WAIT) {
		MUST(host->events & LA_EV_TIME_WAIT);
		check_farewell(end, before);
		MUST(la_tw_enter(&end->tw, &host->tcb, host->now_us) != LA_NONE);
		leave(end, PHASE_TIME_WAIT);
	}
}

static void
on_data(struct tcb_host *host)
{
	struct end *end = (struct end *)host;

	if (end->room == UINT32_MAX)
		return;
	end->buffered = end->room - host->take;
	la_tcp_set_room(&host->env, &host->tcb, host->take);
	/* The data wakes the service, in a while. */
	if (end->wake_us == NEVER)
		end->wake_us = host->now_us + choose(end->pair, 300000);
}

static void
drain(struct end *end)
{
	struct tcb_host *host = &end->host;
	uint32_t n;

	if (end->room == UINT32_MAX || end->buffered == 0)
		return;
	n = choose(end->pair, 2) ? end->buffered : choose(end->pair, end->buffered + 1);
	end->buffered -= n;
	host->take += n;
	tcb_room(host, host->take);
}

static void
send_more(struct end *end)
{
	struct tcb_host *host = &end->host;
	uint32_t left = end->total - end->queued;
	uint32_t n = left ? 1 + choose(end->pair, left) : 0;

	if (n && la_tcp_send(&host->env, &host->tcb, n, host->now_us))
		end->queued += n;
	tcb_check(host);
	if (end->queued == end->total && !end->closed &&
			(!end->late_close || host->events & LA_EV_FIN)) {
		end->closed = true;
		tcb_close(host);
	}
}

static void
wake(struct end *end)
{
	enum la_tcp_state before = end->host.tcb.state;

	end->wake_us = NEVER;
	if (choose(end->pair, 4) == 0)
		give_back(end);
	if (end->phase != PHASE_OPEN || !(end->host.events & LA_EV_ESTABLISHED))
		return;
	memset(&end->host.out, 0, sizeof(end->host.out));
	drain(end);
	send_more(end);
	if (!end->closed || end->buffered || end->stolen)
		end->wake_us = end->pair->now_us + 1 + choose(end->pair, 500000);
	act(end, before);
}

static void
open_now(struct end *end)
{
	end->phase = PHASE_OPEN;
	if (end->wake_us == NEVER)
		end->wake_us = end->pair->now_us + choose(end->pair, 100000);
}

static void
syn_arrives(struct end *end, const struct la_seg *syn)
{
	struct tcb_host *host = &end->host;

	la_tcp_open_passive(&host->env, &host->tcb, syn, end->iss, host->now_us);
	if (!end->pair->cookies) {
		memset(&host->out, 0, sizeof(host->out));
		open_now(end);
		act(end, LA_LISTEN);
		return;
	}
	/* A cookie: send what the state would have sent, and forget it. */
	tcb_pull(host);
	transmit(end->pair, end, &host->sent[0]);
	end->cookie = (struct la_tcp_negotiated){ .mss_class = la_mss_to_class(syn->opts.mss),
		.timestamps = host->tcb.flags & LA_TCB_TIMESTAMPS,
		.wscale = host->tcb.flags & LA_TCB_WSCALE,
		.sack = host->tcb.flags & LA_TCB_SACK, .snd_scale = host->tcb.snd_scale };
	end->cookie_nxt = host->tcb.rcv.nxt;
	end->phase = PHASE_COOKIE;
	memset(&host->tcb, 0, sizeof(host->tcb));
	host->edge_known = false;
	host->armed = false;
}

static void
tcb_segment(struct end *end, const struct la_seg *seg)
{
	enum la_tcp_state before = end->host.tcb.state;

	tcb_arrives(&end->host, *seg);
	/* An event wakes the service. */
	if (end->host.out.events && end->wake_us == NEVER)
		end->wake_us = end->pair->now_us + choose(end->pair, 50000);
	act(end, before);
}

static void
to_time_wait(struct end *end, const struct la_seg *seg)
{
	uint32_t handle = la_tw_oldest(&end->tw);
	struct la_seg reply, own = *seg;
	enum la_tcp_reason reason;
	enum la_tw_action action;

	MUST(handle != LA_NONE);
	if (!end->host.params.timestamps)
		own.opts.present &= (uint8_t)~LA_OPT_TIMESTAMPS;
	action = la_tw_segment_arrives(&end->tw.records[handle], &own, false,
			(uint32_t)(end->host.now_us / 1000) + 0xffffff00u, 100, &reply, &reason);
	MUST(action != LA_TW_REOPEN && action != LA_TW_END);
	if (action == LA_TW_RESTART)
		la_tw_restart(&end->tw, handle, end->host.now_us);
	while (la_tw_oldest(&end->tw) == LA_NONE)
		la_tw_drop_oldest(&end->tw);
	if (action != LA_TW_DROP)
		transmit(end->pair, end, &reply);
}

static void
arrives(struct end *end, const struct la_seg *seg)
{
	struct tcb_host *host = &end->host;
	struct la_seg rst;

	switch (end->phase) {
	case PHASE_NONE:
		if ((seg->flags & (LA_SYN | LA_ACK | LA_RST)) == LA_SYN)
			syn_arrives(end, seg);
		break;
	case PHASE_COOKIE:
		if (seg->flags & LA_SYN) {
			syn_arrives(end, seg);
		} else if (seg->flags & LA_ACK && seg->seq == end->cookie_nxt &&
				seg->ack == end->iss + 1) {
			la_tcp_open_cookie(&host->env, &host->tcb, seg, &end->cookie,
					host->now_us);
			open_now(end);
			tcb_segment(end, seg);
		}
		break;
	case PHASE_OPEN:
		tcb_segment(end, seg);
		break;
	case PHASE_TIME_WAIT:
		to_time_wait(end, seg);
		break;
	case PHASE_GONE:
		if (la_tcp_reset_for(seg, &rst))
			transmit(end->pair, end, &rst);
		break;
	}
}

/* The world */

static void
end_begin(struct pair *pair, struct end *end, int index)
{
	static const uint16_t mss[] = { 1460, 536, 256, 1440, 8940 };
	static const uint32_t sizes[] = { 0, 1, 100, 3000, 40000, 300000 };
	struct tcb_host *host = &end->host;
	struct la_tcp_params *params = &host->params;

	tcb_begin(host);
	end->pair = pair;
	end->index = index;
	host->bare = true;
	host->on_data = on_data;
	host->tcb.tuple.local_port = (uint16_t)index;
	params->timestamps = choose(pair, 2);
	params->sack = choose(pair, 2);
	params->wscale = choose(pair, 2);
	params->nagle = choose(pair, 2);
	params->mss_v4 = params->mss_v6 = mss[choose(pair, 5)];
	params->window = choose(pair, 2) ? 65535 : 1 + choose(pair, 100000);
	params->rcv_scale = la_tcp_scale_for(params->window);
	params->rto_min_us = choose(pair, 2) ? 1000000 : 200000;
	params->syn_retries = params->syn_ack_retries = params->retries = 15;
	params->fin_wait_2_us = 0;
	params->keepalive_us = choose(pair, 4) ? 0 : 5000000;
	params->keepalive_probes = 15;
	host->chunks.size = choose(pair, 4) ? TCB_CHUNKS : choose(pair, 3);
	end->iss = choose(pair, 2) ? 0u - choose(pair, 200000) : choose(pair, 0xffffffffu);
	end->total = choose(pair, sizes[choose(pair, 6)] + 1);
	if (pair->choices->octets != 0 && end->total > pair->choices->octets)
		end->total = pair->choices->octets;
	end->room = choose(pair, 2) ? UINT32_MAX : 1 + choose(pair, 70000);
	host->take = end->room;
	end->wake_us = NEVER;
	end->records = malloc(la_tw_memory(4));
	MUST(end->records != NULL);
	memset(end->records, 0, la_tw_memory(4));
	la_tw_init(&end->tw, end->records, 4, 60000000);
}

/* A stream of many octets through a buffer or window of a few: right, but not
 * worth a day of virtual time. */
static void
limit_patience(struct end *end, uint32_t to_come)
{
	uint32_t least = to_come / 64 + 1;

	if (end->room < least)
		end->room = end->host.take = least;
	if (end->host.params.window < least)
		end->host.params.window = least;
}

static void
pair_begin(struct pair *pair)
{
	static const uint32_t losses[] = { 0, 0, 3, 8, 25, 50 };
	static const uint32_t delays[] = { 0, 1, 1000, 40000 };
	uint64_t start_us = 1000000000 + (uint64_t)choose(pair, 1u << 20) * 4096;

	for (int i = 0; i < 2; i++)
		end_begin(pair, &pair->end[i], i);
	for (int i = 0; i < 2; i++)
		limit_patience(&pair->end[i], pair->end[1 - i].total);
	pair->now_us = start_us;
	pair->loss = losses[choose(pair, 6)];
	pair->repeat = choose(pair, 2) ? 0 : 10;
	pair->delay_us = delays[choose(pair, 4)];
	pair->jitter_us = choose(pair, 2) ? 0 : choose(pair, 60000);
	pair->simultaneous = choose(pair, 8) == 0;
	pair->cookies = !pair->simultaneous && choose(pair, 2);
	if (choose(pair, 2))
		pair->end[choose(pair, 2)].late_close = true;
	if (choose(pair, 8) == 0)
		steal(&pair->end[choose(pair, 2)]);
}

static void
open_end(struct pair *pair, struct end *end)
{
	struct tcb_host *host = &end->host;

	host->now_us = pair->now_us;
	la_tcp_open_active(&host->env, &host->tcb, end->iss, host->now_us);
	open_now(end);
	act(end, LA_CLOSED);
}

static uint64_t
end_due(const struct end *end)
{
	uint64_t due = end->wake_us;

	if (end->phase == PHASE_TIME_WAIT)
		return end->host.now_us + 1000000;
	if (end->host.armed && end->host.deadline_us < due)
		due = end->host.deadline_us;
	return due;
}

static void
end_advance(struct pair *pair, struct end *end)
{
	struct tcb_host *host = &end->host;
	uint32_t handle;

	host->now_us = pair->now_us;
	if (end->phase == PHASE_TIME_WAIT) {
		if (la_tw_expire(&end->tw, host->now_us, &handle, 1) > 0)
			end->phase = PHASE_GONE;
	} else if (host->armed && host->deadline_us <= pair->now_us) {
		enum la_tcp_state before = host->tcb.state;

		tcb_fire(host);
		act(end, before);
	} else if (end->wake_us <= pair->now_us) {
		wake(end);
	}
}

/* The earliest segment; among equals the one that has waited longest, mostly. */
static uint32_t
next_packet(const struct pair *pair)
{
	uint32_t first = 0;

	for (uint32_t i = 1; i < pair->packets; i++) {
		if (pair->wire[i].due_us < pair->wire[first].due_us)
			first = i;
	}
	return first;
}

static void
take_packet(struct pair *pair, uint32_t i)
{
	struct packet packet = pair->wire[i];
	struct end *end = &pair->end[packet.to];

	pair->packets--;
	memmove(&pair->wire[i], &pair->wire[i + 1], (pair->packets - i) * sizeof(packet));
	if (pair->now_us < packet.due_us)
		pair->now_us = packet.due_us;
	end->host.now_us = pair->now_us;
	arrives(end, &packet.seg);
	free(packet.text);
}

/* @return false when nothing will happen any more. */
static bool
step(struct pair *pair)
{
	uint32_t i = next_packet(pair);
	uint64_t wire_us = pair->packets ? pair->wire[i].due_us : NEVER;
	uint64_t due[2] = { end_due(&pair->end[0]), end_due(&pair->end[1]) };
	int first = due[1] < due[0];

	if (wire_us == NEVER && due[first] == NEVER)
		return false;
	if (wire_us <= due[first]) {
		take_packet(pair, i);
		return true;
	}
	if (pair->now_us < due[first])
		pair->now_us = due[first];
	end_advance(pair, &pair->end[first]);
	return true;
}

static void
pair_end(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		struct end *end = &pair->end[i];

		MUST(end->phase == PHASE_GONE);
		MUST(end->host.got == pair->end[1 - i].total);
		pair->result->octets[i] = end->total;
		tcb_end(&end->host);
		free(end->records);
	}
}

void
pair_run(const struct pair_choices *choices, struct pair_result *result)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	uint32_t steps = 0;
	uint64_t start_us;

	MUST(pair != NULL);
	memset(result, 0, sizeof(*result));
	pair->choices = choices;
	pair->result = result;
	pair_begin(pair);
	start_us = pair->now_us;
	open_end(pair, &pair->end[0]);
	if (pair->simultaneous)
		open_end(pair, &pair->end[1]);
	while (step(pair)) {
		MUST(++steps < STEPS_MAX);
		MUST(pair->now_us - start_us < LIMIT_US);
	}
	result->took_us = pair->now_us - start_us;
	pair_end(pair);
	free(pair);
}
