/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"
#include "tcb.h"

#define MUST(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

static uint32_t
deliver(void *user, struct la_tcb *tcb, const uint8_t *text, uint32_t len, uint64_t now_us,
		const struct la_tcp_out *out)
{
	struct tcb_host *host = user;
	uint32_t n = len < host->take ? len : host->take;

	(void)out;
	MUST(tcb == &host->tcb && now_us == host->now_us && len > 0);
	for (uint32_t i = 0; i < n; i++)
		MUST(text[i] == seg_octet(host->got + i));
	host->got += n;
	if (host->take != UINT32_MAX)
		host->take -= n;
	host->deliveries++;
	if (host->on_data)
		host->on_data(host);
	return n;
}

static void
arm(void *user, struct la_tcb *tcb, uint64_t deadline_us)
{
	struct tcb_host *host = user;

	MUST(tcb == &host->tcb && tcb->timer != LA_TIMER_NONE);
	host->armed = true;
	host->arms++;
	host->deadline_us = deadline_us > host->now_us ? deadline_us : host->now_us;
}

static uint32_t
ts_offset(void *user, const struct la_tcb *tcb)
{
	(void)user;
	(void)tcb;
	return 0xffffff00u;
}

void
tcb_params(struct la_tcp_params *params)
{
	*params = (struct la_tcp_params){
		.window = 65535,
		.timestamps = true, .sack = true, .wscale = true, .nagle = false,
		.mss_v4 = 1460, .mss_v6 = 1440,
		.syn_retries = 5, .syn_ack_retries = 5, .retries = 8,
		.rto_initial_us = 1000000, .rto_min_us = 1000000, .rto_max_us = 60000000,
		.fin_wait_2_us = 60000000,
		.keepalive_interval_us = 75000000, .keepalive_probes = 9,
	};
	params->rcv_scale = la_tcp_scale_for(params->window);
}

static void
pool_make(struct la_pool *pool, uint32_t size, uint32_t stride)
{
	void *memory = malloc(la_pool_memory(size, stride));

	MUST(memory != NULL);
	memset(memory, 0xa5, la_pool_memory(size, stride));
	la_pool_init(pool, memory, size, stride);
}

void
tcb_begin(struct tcb_host *host)
{
	memset(host, 0, sizeof(*host));
	tcb_params(&host->params);
	pool_make(&host->exts, TCB_EXTS, (sizeof(struct la_tcp_ext) + 7) & ~7u);
	pool_make(&host->chunks, TCB_CHUNKS, sizeof(struct la_tcp_chunk));
	host->env = (struct la_tcp_env){ .params = &host->params, .exts = &host->exts,
		.chunks = &host->chunks, .holders = &host->holders, .user = host, .deliver = deliver, .arm = arm,
		.ts_offset = ts_offset };
	host->now_us = 1000000000;
	host->take = UINT32_MAX;
	host->peer_tsval = 0xfffffff8;
	host->tcb.tuple = (struct la_tuple){ .remote = la_test_addr(0x0a4d0001),
		.local_port = 80, .remote_port = 40000 };
}

void
tcb_end(struct tcb_host *host)
{
	la_tcp_release(&host->env, &host->tcb);
	MUST(host->exts.used == 0);
	MUST(host->chunks.used == 0);
	free(host->exts.objects);
	free(host->chunks.objects);
	memset(host, 0, sizeof(*host));
}

/* The first and the last chunk of a run name each other, and runs do not touch. @return the
 * handle of its last chunk. */
static uint32_t
check_run(const struct tcb_host *host, const struct la_tcp_ext *ext, uint32_t run,
		uint32_t *chunks)
{
	const struct la_tcp_chunk *first = la_pool_get(&host->chunks, run), *chunk = first;
	uint32_t handle = run, next = first->seq;

	for (;;) {
		chunk = la_pool_get(&host->chunks, handle);
		MUST(++*chunks <= host->chunks.used && chunk->len > 0 &&
				chunk->len <= LA_CHUNK_TEXT);
		MUST(chunk->seq == next);
		next = chunk->seq + chunk->len;
		MUST(la_seq_leq(next, ext->rcv_edge));
		if (chunk->next == LA_NONE)
			break;
		MUST(((struct la_tcp_chunk *)la_pool_get(&host->chunks, chunk->next))->prev ==
				handle);
		if (((struct la_tcp_chunk *)la_pool_get(&host->chunks, chunk->next))->seq != next)
			break;
		handle = chunk->next;
	}
	MUST(first->other == handle && chunk->other == run);
	return handle;
}

static void
check_held(const struct tcb_host *host, const struct la_tcp_ext *ext)
{
	uint32_t chunks = 0, runs = 0, last = LA_NONE, next = host->tcb.rcv.nxt;
	bool recent_seen = ext->held_recent == LA_NONE;

	for (uint32_t run = ext->held; run != LA_NONE; runs++) {
		const struct la_tcp_chunk *chunk = la_pool_get(&host->chunks, run);

		MUST(la_seq_gt(chunk->seq, next) && chunk->prev == last);
		recent_seen |= run == ext->held_recent;
		last = check_run(host, ext, run, &chunks);
		chunk = la_pool_get(&host->chunks, last);
		next = chunk->seq + chunk->len;
		run = chunk->next;
	}
	MUST(recent_seen && ext->held_tail == last && ext->held_runs == runs);
	MUST(chunks == host->chunks.used && chunks == ext->held_count);
	MUST(!ext->fin_held || la_seq_gt(ext->fin_seq, host->tcb.rcv.nxt - 1));
	MUST(host->holders.first == host->holders.last);
	MUST(host->holders.first == (chunks > 0 ? host->tcb.ext : LA_NONE));
}

/* The scoreboard: a row from SND.UNA, all of it sent, and nothing lost that SACK has named. */
static void
check_board(const struct la_tcb *tcb, const struct la_tcp_ext *ext)
{
	uint32_t seq = tcb->snd.una;

	MUST(ext->ranges <= LA_RANGES);
	MUST(ext->ranges == 0 || ext->range[0].seq == seq);
	for (uint32_t i = 0; i < ext->ranges; i++) {
		const struct la_tcp_range *range = &ext->range[i];

		MUST(i == 0 || la_seq_gt(range->seq, seq));
		MUST(la_seq_lt(range->seq, tcb->snd.nxt));
		MUST(!(range->sacked && range->lost));
		MUST(ext->scarred || !(range->sacked || range->lost || range->again));
		seq = range->seq;
	}
}

void
tcb_check(const struct tcb_host *host)
{
	const struct la_tcb *tcb = &host->tcb;

	MUST(tcb->state < LA_TCP_STATES && tcb->state != LA_LISTEN);
	MUST(tcb->timer < LA_TCP_TIMERS);
	MUST(la_seq_leq(tcb->snd.una, tcb->snd.nxt));
	if (tcb->flags & LA_TCB_EXT) {
		const struct la_tcp_ext *ext = la_tcp_ext(&host->env, tcb);

		MUST(host->exts.used == host->others + 1);
		MUST(la_seq_leq(tcb->snd.una, ext->next));
		if (tcb->state != LA_CLOSED)
			check_held(host, ext);
		if (tcb->state >= LA_ESTABLISHED) {
			check_board(tcb, ext);
			MUST(ext->mss == tcb_send_mss(host) -
					(tcb->flags & LA_TCB_TIMESTAMPS ? 12 : 0));
		}
	} else {
		MUST(host->exts.used == host->others && host->chunks.used == 0);
	}
	if (host->edge_known && tcb->state >= LA_ESTABLISHED)
		MUST(la_tcp_rcv_wnd(&host->env, tcb) <= (host->params.window > host->params.window_max ?
				host->params.window : host->params.window_max));
}

static void
after(struct tcb_host *host)
{
	host->events |= host->out.events;
	host->acked += host->out.acked;
	if (host->out.events & LA_EV_CHALLENGE) {
		host->challenges++;
		if (!host->no_challenges)
			la_tcp_owe_ack(&host->tcb);
	}
	if (host->out.events & LA_EV_ANSWER) {
		host->answers++;
		la_tcp_answer(&host->env, &host->tcb, !host->no_answers);
	}
	/* A reply is meant when the event says so, and then it is a RST. */
	if (host->out.events & LA_EV_REPLY)
		MUST(host->out.reply.flags & LA_RST && host->out.reply.len == 0);
	tcb_check(host);
}

enum la_tcp_reason
tcb_arrives(struct tcb_host *host, struct la_seg seg)
{
	if (!host->bare && host->tcb.flags & LA_TCB_TIMESTAMPS && !seg.opts.present)
		seg = seg_ts(seg, host->peer_tsval++, host->last_tsval);
	memset(&host->out, 0, sizeof(host->out));
	memset(&host->out.reply, 0xa5, sizeof(host->out.reply));
	host->reason = la_tcp_segment_arrives(&host->env, &host->tcb, &seg, host->now_us,
			&host->out);
	MUST(host->reason < LA_TCP_REASONS);
	after(host);
	return host->reason;
}

void
tcb_send(struct tcb_host *host, uint32_t len)
{
	MUST(la_tcp_send(&host->env, &host->tcb, len, host->now_us));
	tcb_check(host);
}

void
tcb_close(struct tcb_host *host)
{
	la_tcp_close(&host->env, &host->tcb, host->now_us);
	tcb_check(host);
}

void
tcb_abort(struct tcb_host *host)
{
	memset(&host->out, 0, sizeof(host->out));
	la_tcp_abort(&host->env, &host->tcb, &host->out);
	after(host);
}

void
tcb_room(struct tcb_host *host, uint32_t room)
{
	la_tcp_set_room(&host->env, &host->tcb, room);
	tcb_check(host);
}

static uint16_t
own_mss(const struct tcb_host *host)
{
	return la_test_is_ipv6() ? host->params.mss_v6 : host->params.mss_v4;
}

uint16_t
tcb_send_mss(const struct tcb_host *host)
{
	const uint16_t value = la_mss_value[la_tcp_mss_index(&host->tcb)], own = own_mss(host);

	return value < own ? value : own;
}

/* Every segment sent: numbers, options and window as the RFCs want them. */
static void
check_sent(struct tcb_host *host, const struct la_seg *seg)
{
	bool syn = seg->flags & LA_SYN;
	uint8_t shift = syn || !(host->tcb.flags & LA_TCB_WSCALE) ? 0 : host->params.rcv_scale;
	uint32_t edge = seg->ack + ((uint32_t)seg->wnd << shift);

	MUST(!(seg->flags & LA_RST));
	MUST(syn || seg->flags & LA_ACK);
	MUST(syn || !(seg->opts.present & (LA_OPT_MSS | LA_OPT_WSCALE | LA_OPT_SACK_PERMITTED)));
	MUST(la_seq_leq(seg->seq + la_seg_len(seg), host->tcb.snd.nxt));
	if (seg->len) {
		MUST(seg->offset == seg->seq - host->tcb.snd.una && seg->data == NULL);
		MUST(seg->offset + seg->len <= la_tcp_unsent(&host->env, &host->tcb));
		MUST(seg->len <= tcb_send_mss(host));
	}
	MUST(!(seg->opts.present & LA_OPT_MSS) || seg->opts.mss == own_mss(host));
	if (seg->opts.present & LA_OPT_TIMESTAMPS) {
		MUST(seg->opts.tsval == (uint32_t)(host->now_us / 1000 + 0xffffff00u));
		host->last_tsval = seg->opts.tsval;
	} else {
		MUST(!(host->tcb.flags & LA_TCB_TIMESTAMPS));
	}
	if (!(seg->flags & LA_ACK))
		return;
	MUST(seg->ack == host->tcb.rcv.nxt);
	/* SHLD-14; scaling rounds down what it cannot say (RFC 7323, 2.4), and a SYN
	 * that is repeated cannot say more than 65535. */
	if (host->edge_known && !syn)
		MUST(la_seq_geq(edge + (1u << shift) - 1, host->edge));
	if (!host->edge_known || la_seq_gt(edge, host->edge))
		host->edge = edge;
	host->edge_known = true;
}

/* Whatever is not acknowledged or not sent, something will happen about it. */
static void
check_waits(const struct tcb_host *host)
{
	const struct la_tcb *tcb = &host->tcb;

	if (tcb->state == LA_CLOSED || tcb->state == LA_TIME_WAIT)
		return;
	if (tcb->snd.una != tcb->snd.nxt || la_tcp_unsent(&host->env, tcb) > 0)
		MUST(host->armed && tcb->timer != LA_TIMER_NONE);
}

uint32_t
tcb_pull(struct tcb_host *host)
{
	host->sents = 0;
	for (;;) {
		struct la_seg seg;

		memset(&seg, 0xa5, sizeof(seg));
		if (!la_tcp_output(&host->env, &host->tcb, host->now_us, &seg))
			break;
		tcb_check(host);
		check_sent(host, &seg);
		MUST(host->sents < TCB_SENT_MAX);
		host->sent[host->sents++] = seg;
	}
	MUST(!la_tcp_output(&host->env, &host->tcb, host->now_us, &(struct la_seg){ 0 }));
	check_waits(host);
	tcb_check(host);
	return host->sents;
}

bool
tcb_fire(struct tcb_host *host)
{
	if (!host->armed)
		return false;
	host->armed = false;
	if (host->now_us < host->deadline_us)
		host->now_us = host->deadline_us;
	memset(&host->out, 0, sizeof(host->out));
	la_tcp_timeout(&host->env, &host->tcb, host->now_us, &host->out);
	after(host);
	return true;
}

void
tcb_wait(struct tcb_host *host, uint64_t us)
{
	uint64_t until = host->now_us + us;

	for (uint32_t i = 0; host->armed && host->deadline_us <= until; i++) {
		MUST(i < 100000);
		tcb_fire(host);
		if (host->tcb.state == LA_CLOSED || host->tcb.state == LA_TIME_WAIT)
			break;
		tcb_pull(host);
	}
	host->now_us = until;
}

static void
complain(const struct tcb_host *host, const struct seg_want *want, uint32_t wants)
{
	char text[160];

	fprintf(stderr, "state %s; sent:\n", la_tcp_state_name(host->tcb.state));
	for (uint32_t i = 0; i < host->sents && i < 20; i++)
		fprintf(stderr, "\t%s\n", seg_format(&host->sent[i], text, sizeof(text)));
	fprintf(stderr, "wanted:\n");
	for (uint32_t i = 0; i < wants; i++) {
		struct la_seg seg = { .flags = want[i].flags, .seq = want[i].seq,
			.ack = want[i].ack, .len = want[i].len };

		fprintf(stderr, "\t%s\n", seg_format(&seg, text, sizeof(text)));
	}
}

bool
tcb_sends(struct tcb_host *host, const struct seg_want *want, uint32_t wants)
{
	bool same = tcb_pull(host) == wants;

	for (uint32_t i = 0; same && i < wants; i++)
		same = seg_is(&host->sent[i], &want[i]);
	if (!same)
		complain(host, want, wants);
	return same;
}
