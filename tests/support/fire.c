/* SPDX-License-Identifier: BSD-3-Clause */
/* The honest load, the attacker's part of the wire, and what is measured. */
#include "fire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "la_check.h"

#define S(n) ((n) * UINT64_C(1000000))
#define MS(n) ((n) * UINT64_C(1000))

enum { PEERS_OF_AN_ADDRESS = 50000, PEER_PORT = 10000 };

static const struct la_mac attacker_mac = { { 2, 0, 0, 0, 0, 0x66 } };

uint32_t
fire_random(struct fire *f, uint32_t below)
{
	f->seed ^= f->seed << 13;
	f->seed ^= f->seed >> 7;
	f->seed ^= f->seed << 17;
	return (uint32_t)((f->seed >> 32) * below >> 32);
}

struct la_path
fire_path(const struct fire *f, const struct la_addr *source)
{
	return (struct la_path){
		.source_mac = attacker_mac, .dest_mac = f->rig.server.params.mac,
		.source = *source, .dest = f->rig.params.target,
	};
}

void
fire_send(struct fire *f, const uint8_t *frame, uint32_t len)
{
	f->result.frames++;
	load_rig_send(&f->rig, frame, len);
}

void
fire_forge(struct fire *f, const struct la_addr *source, uint16_t port, const struct la_seg *seg)
{
	struct la_path path = fire_path(f, source);
	uint8_t frame[LA_FRAME_HEADERS_MAX];

	path.source_port = port;
	path.dest_port = f->attack->port;
	fire_send(f, frame, la_emit_tcp(frame, &path, seg, false));
}

void
fire_peer_send(struct fire *f, uint32_t n, uint8_t flags, uint16_t wnd, const char *text)
{
	struct fire_peer *peer = &f->peer[n];
	const struct la_addr source = la_test_addr(FIRE_PEERS_AT + n / PEERS_OF_AN_ADDRESS);
	struct la_seg seg = {
		.seq = peer->seq, .ack = flags & LA_ACK ? peer->ack : 0, .flags = flags,
		.wnd = wnd, .len = (uint32_t)strlen(text),
	};
	struct la_path path = fire_path(f, &source);
	uint8_t frame[RIG_FRAME_MAX];

	if (flags & LA_SYN)
		seg.opts = (struct la_opts){ .present = LA_OPT_MSS, .mss = la_test_mss() };
	path.source_port = (uint16_t)(PEER_PORT + n % PEERS_OF_AN_ADDRESS);
	path.dest_port = f->attack->port;
	memcpy(frame + la_tcp_text_offset(&path, &seg), text, seg.len);
	fire_send(f, frame, la_emit_tcp(frame, &path, &seg, false));
	peer->seq += la_seg_len(&seg);
}

/* What comes for an attacker ends at it; all else is the honest client's. */
static bool
take_from_wire(void *user, const struct la_rx *rx, bool to_server)
{
	struct fire *f = user;
	const struct la_addr peers = la_test_addr(FIRE_PEERS_AT);
	const uint64_t place = la_addr_place(&peers, &rx->dest);
	uint32_t n;

	if (to_server || rig_is_neighbourly(rx) || place > UINT32_MAX)
		return false;
	n = (uint32_t)place * PEERS_OF_AN_ADDRESS + rx->dest_port - PEER_PORT;
	if (place < 2 && rx->kind == LA_KIND_TCP && n < FIRE_PEERS && f->on &&
			f->attack->hear != NULL)
		f->attack->hear(f, n, &rx->seg);
	return true;
}

#define KEEP_MOST(field) \
	do { \
		if (now.field > most->field) \
			most->field = now.field; \
	} while (0)

static void
keep_most(struct fire *f)
{
	struct la_stack_usage *most = &f->result.most, now;

	la_stack_usage(f->rig.server.stack, &now);
	KEEP_MOST(connections);
	KEEP_MOST(time_wait);
	KEEP_MOST(senders);
	KEEP_MOST(reassembly);
	KEEP_MOST(service_objects);
}

static void
strike(void *user)
{
	struct fire *f = user;

	if (!f->on)
		return;
	keep_most(f);
	for (uint32_t i = 0; i < f->attack->burst; i++)
		f->attack->strike(f);
}

static void
set_params(struct fire *f)
{
	struct load_rig *r = &f->rig;

	load_rig_begin(r, FIRE_CONNECTIONS, f->attack->port);
	/* All are on the link, as the worst case is. */
	r->server.ranges[0].prefix_len = r->client.ranges[0].prefix_len = la_test_prefix(8);
	/* As it is by default. */
	r->server.params.senders = FIRE_CONNECTIONS / 8;
	for (uint32_t i = 1; i < r->server.params.listeners_len; i++)
		r->server.listeners[i].params.buffers = 1024;
	r->server.params.time_wait_max = FIRE_CONNECTIONS;
	r->server.params.tcp.idle_timeout_us = S(120);
	r->params.service = LA_LOAD_SERVICE_HTTP;
	r->params.close = f->attack->port == LOAD_RIG_HTTP_CLOSES ? LA_LOAD_CLOSE_SERVER_FIRST :
			LA_LOAD_CLOSE_CLIENT_FIRST;
	r->params.local_port_first = FIRE_PORT_FIRST;
	r->params.local_port_last = FIRE_PORT_LAST;
	if (f->attack->port == LOAD_RIG_ECHO)
		r->params.service = LA_LOAD_SERVICE_ECHO;
	r->drop = take_from_wire;
	r->others = strike;
	r->user = f;
}

void
fire_begin(struct fire *f, const struct fire_attack *attack)
{
	memset(f, 0, sizeof(*f));
	f->attack = attack;
	f->seed = UINT64_C(88172645463325252);
	set_params(f);
	if (attack->prepare != NULL)
		attack->prepare(f);
	load_rig_start(&f->rig);
}

static uint64_t
failures(const struct load_rig *r)
{
	uint64_t failed = 0;

	for (int i = 0; i < LA_LOAD_FAILURES; i++)
		failed += load_rig_failed(r, i);
	return failed;
}

uint64_t
fire_calm(struct fire *f, uint64_t us)
{
	struct load_rig *r = &f->rig;

	r->plan = (struct la_load_plan){ .rate = FIRE_RATE, .sustain_us = us,
		.concurrent = r->params.connections, .timeout_us = S(30) };
	load_rig_run(r, us + S(60));
	f->result.failed += failures(r);
	return la_load_histogram(r->load, LA_LOAD_TIME_CONNECTION)->max_us.value;
}

static void
under_fire(struct fire *f, uint64_t us)
{
	struct load_rig *r = &f->rig;

	r->plan.live = FIRE_LIVE;
	r->plan.sustain_us = us;
	load_rig_plan(r);
	load_rig_until(r, LA_LOAD_PHASE_SUSTAIN, S(10));
	f->on = true;
	load_rig_pass(r, us);
	f->on = false;
	r->server_frames = RIG_SENT_MAX;
	f->result.us = us;
	f->ended_us = r->now_us;
	load_rig_until(r, LA_LOAD_PHASE_DONE, S(60));
	load_rig_adds_up(r);
	f->result.lost = FIRE_LIVE - la_load_counters(r->load)->live.value;
	f->result.honest = la_load_counters(r->load)->attempted.value;
	f->result.failed += failures(r);
	f->result.worst_us = la_load_histogram(r->load, LA_LOAD_TIME_CONNECTION)->max_us.value;
}

static bool
is_empty(const struct fire *f)
{
	struct la_stack_usage usage;

	la_stack_usage(f->rig.server.stack, &usage);
	return usage.connections == 0 && usage.senders == 0 && usage.reassembly == 0 &&
			usage.service_objects == 0;
}

static void
recover(struct fire *f)
{
	enum { MOST_S = 3600 };
	struct load_rig *r = &f->rig;

	do {
		f->result.well_us = r->now_us - f->ended_us;
		LA_MUST(f->result.well_us < S(MOST_S));
	} while (fire_calm(f, MS(100)) > f->result.calm_us + MS(1));
	/* What the honest held is not what the attack left. */
	la_stack_abort_all(r->client.stack, r->now_us);
	while (!is_empty(f)) {
		LA_MUST(r->now_us - f->ended_us < S(MOST_S));
		load_rig_pass(r, MS(10));
	}
	f->result.empty_us = r->now_us - f->ended_us;
}

void
fire_run(struct fire *f, const struct fire_attack *attack, uint64_t us)
{
	fire_begin(f, attack);
	f->result.calm_us = fire_calm(f, MS(500));
	under_fire(f, us);
	recover(f);
	load_rig_end(&f->rig);
}

void
fire_print_head(void)
{
	printf("| attack | frames/s | honest | failed | held and lost | slowest, ms | connections | "
			"extension blocks | buffers | segments held | TIME-WAIT | "
			"honest as before, s | pools as before, s |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
	fflush(stdout);
}

void
fire_print(const struct fire *f)
{
	const struct fire_result *r = &f->result;
	const struct la_stack_usage *most = &r->most;

	printf("| %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %.1f | ",
			f->attack->name, r->frames * S(1) / r->us, r->honest, r->failed, r->lost,
			(double)r->worst_us / 1e3);
	printf("%u | %u | %u | %u | %u | %.1f | %.1f |\n", most->connections, most->senders,
			most->service_objects, most->reassembly, most->time_wait,
			(double)r->well_us / 1e6, (double)r->empty_us / 1e6);
	fflush(stdout);
}
