/* SPDX-License-Identifier: BSD-3-Clause */
/* A stack in memory, with captured frames and a clock of its own. */
#include "rig.h"

#include <string.h>

#include "la_check.h"

enum { STEP_US = 10000, BUDGET = 64 };

static const struct la_mac rig_mac = { { 2, 0, 0, 0, 0, 1 } };

/* The scripted service. */

static struct rig_service *
script_of(struct la_service *service)
{
	return (struct rig_service *)service;
}

static void
note(struct rig_service *s, const struct la_conn *conn, char what)
{
	const size_t n = strlen(s->order);

	s->last_id = conn->id;
	if (n + 1 < sizeof(s->order))
		s->order[n] = what;
}

static void
script_open(struct la_service *service, struct la_conn *conn)
{
	struct rig_service *s = script_of(service);

	LA_MUST(conn->word == 0);
	note(s, conn, 'o');
	s->opens++;
	conn->send = s->send_at_open;
	conn->close = s->close_at_open;
	conn->abort = s->abort_at_open;
}

static uint32_t
script_data(struct la_service *service, struct la_conn *conn, const uint8_t *octets, uint32_t len)
{
	struct rig_service *s = script_of(service);
	const uint32_t take = len > s->refuse ? len - s->refuse : 0;

	(void)octets;
	note(s, conn, 'd');
	s->octets += take;
	conn->send = s->send_at_data;
	conn->close = s->close_at_data;
	conn->abort = s->abort_at_data;
	return take;
}

static void
script_fin(struct la_service *service, struct la_conn *conn)
{
	struct rig_service *s = script_of(service);

	note(s, conn, 'f');
	s->fins++;
	conn->close = !s->keep_after_fin;
}

/* The word counts what was acknowledged: so the stream's octets are known. */
static void
script_fill(struct la_service *service, struct la_conn *conn, uint32_t offset, uint8_t *dst,
		uint32_t len)
{
	script_of(service)->fills++;
	LA_MUST(offset + len <= conn->unsent);
	for (uint32_t i = 0; i < len; i++)
		dst[i] = rig_octet(conn->word + offset + i);
}

static void
script_acked(struct la_service *service, struct la_conn *conn, uint32_t len)
{
	struct rig_service *s = script_of(service);

	note(s, conn, 'a');
	s->acked += len;
	conn->word += len;
}

static void
script_end(struct la_service *service, struct la_conn *conn, enum la_end why)
{
	struct rig_service *s = script_of(service);

	note(s, conn, 'e');
	s->ends++;
	s->ended[why]++;
}

static const struct la_service_ops script_ops = {
	.name = "script", .open = script_open, .data = script_data, .fin = script_fin,
	.fill = script_fill, .acked = script_acked, .end = script_end,
};

/* Where the stack's frames go. */

static uint8_t *
give_room(void *user)
{
	struct rig *rig = user;

	return rig->frames_free > 0 ? rig->out.octets : NULL;
}

static void
capture(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct rig *rig = user;
	struct rig_frame *frame = &rig->sent[rig->sents];
	struct la_rx *rx = &rig->sent_rx[rig->sents];

	LA_MUST(rig->params.tag_offload || tci == 0);
	LA_MUST(rig->frames_free > 0);
	LA_MUST(len <= rig->params.mtu + 18u);
	rig->frames_free--;
	rig->frames++;
	if (rig->keep_nothing)
		return;
	LA_MUST(rig->sents < RIG_SENT_MAX);
	rig->sents++;
	memcpy(frame->octets, rig->out.octets, len);
	frame->len = len;
	/* Whatever is sent must be well formed. */
	LA_MUST(la_rx_parse(rx, frame->octets, len, 0) == LA_RX_OK);
	LA_MUST(tcp == (rx->kind == LA_KIND_TCP));
	LA_MUST(la_mac_eq(&rx->from.mac, &rig->params.mac));
	if (rig->params.tag_offload)
		rx->from.tci = tci;
	LA_MUST((rx->from.tci & LA_TCI_VLAN) == rig->params.vlan);
}

void
rig_params(struct rig *rig, uint32_t connections)
{
	memset(rig, 0, sizeof(*rig));
	rig->service.service.ops = &script_ops;
	rig->now_us = UINT64_C(1000000000);
	rig->frames_free = UINT32_MAX;
	rig->peer_mac = (struct la_mac){ { 2, 0, 0, 0, 0, 99 } };
	la_stack_params_default(&rig->params, connections);
	rig->params.time_wait_max = connections;
	rig->params.mac = rig_mac;
	rig->ranges[0] = (struct la_stack_range){ la_test_addr(0x0a000001), 1,
		la_test_prefix(24) };
	rig->params.ranges = rig->ranges;
	rig->params.ranges_len = 1;
	rig->params.has_gateway[la_test_is_ipv6()] = true;
	rig->params.gateway[la_test_is_ipv6()] = la_test_addr(0x0a0000fe);
	rig->params.secret = (struct la_key){ { 0x0123456789abcdef, 0xfedcba9876543210 } };
	rig->listeners[0] = (struct la_stack_listener){
		.name = "script", .address = LA_ANY_ADDRESS,
		.port_first = RIG_PORT, .port_last = RIG_PORT,
		.instance = &rig->service.service,
	};
	rig->params.listeners = rig->listeners;
	rig->params.listeners_len = 1;
}

void
rig_no_gateway(struct rig *rig)
{
	rig->params.has_gateway[0] = rig->params.has_gateway[1] = false;
}

uint16_t
rig_listen(struct rig *rig, const char *service, uint16_t port)
{
	const uint32_t n = rig->params.listeners_len++;

	ck_assert_uint_lt(n, RIG_LISTENERS_MAX);
	rig->listeners[n] = (struct la_stack_listener){
		.name = service, .address = LA_ANY_ADDRESS, .port_first = port,
		.port_last = port, .service = service, .group = n,
		.params = {
			.connections = rig->params.connections, .window = rig->params.tcp.window,
			.buffers = rig->params.connections, .body_len = 64,
			.head_us = 30000000, .body_us = 30000000, .send_us = 180000000,
		},
	};
	return (uint16_t)n;
}

void *
rig_memory(size_t octets, void **block)
{
	enum { ALIGN = 64 };

	*block = calloc(1, octets + ALIGN);
	LA_MUST(*block != NULL);
	return (uint8_t *)*block + ALIGN - (uintptr_t)*block % ALIGN;
}

void
rig_start(struct rig *rig)
{
	const struct la_stack_io io = { rig, give_room, capture, NULL };
	const size_t octets = la_stack_memory(&rig->params);

	LA_MUST(octets > 0);
	rig->memory = rig_memory(octets, &rig->block);
	rig->stack = la_stack_init(rig->memory, &rig->params, &io, rig->now_us);
	LA_MUST(rig->stack == rig->memory);
}

/* Gauges by state must add up to the blocks and records in use. */
static void
check_gauges(const struct rig *rig, const struct la_stack_usage *usage)
{
	uint64_t blocks = 0, ok = 0, frames = 0;

	for (int state = LA_LISTEN; state < LA_TIME_WAIT; state++)
		blocks += rig_state(rig, state);
	LA_MUST(blocks == la_stack_connections(rig->stack));
	LA_MUST(rig_state(rig, LA_TIME_WAIT) == usage->time_wait);
	LA_MUST(usage->table_used == usage->connections + usage->time_wait);
	for (int reason = 0; reason < LA_RX_REASONS; reason++)
		frames += rig_rx(rig, reason);
	LA_MUST(frames == rig_count(rig, LA_COUNT_RX_FRAMES));
	for (int reason = 0; reason < LA_TCP_REASONS; reason++)
		ok += rig_reason(rig, reason);
	LA_MUST(ok <= frames);
}

void
rig_end(struct rig *rig, bool empty)
{
	struct la_stack_usage usage;

	la_stack_output(rig->stack, rig->now_us);
	la_stack_usage(rig->stack, &usage);
	check_gauges(rig, &usage);
	if (empty) {
		LA_MUST(usage.connections == 0);
		LA_MUST(usage.time_wait == 0);
		LA_MUST(usage.senders == 0);
		LA_MUST(usage.reassembly == 0);
		LA_MUST(usage.table_used == 0);
		LA_MUST(usage.service_objects == 0);
		LA_MUST(la_stack_listener_counters(rig->stack, 0)->open.value == 0);
	}
	free(rig->block);
}

struct rig_peer
rig_peer(uint32_t n)
{
	return (struct rig_peer){
		.address = la_test_addr(0x0a000064 + n / 50000),
		.local = la_test_addr(0x0a000001),
		.port = (uint16_t)(10000 + n % 50000), .local_port = RIG_PORT,
		.seq = 0xfffffff0u + n * 7919u,
		.syn_opts = { .present = LA_OPT_MSS, .mss = la_test_mss() },
	};
}

void
rig_put_frame(struct rig *rig, const uint8_t *frame, uint32_t len)
{
	struct rig_frame *in;

	if (rig->ins == LA_BURST_MAX)
		rig_receive(rig);
	in = &rig->in[rig->ins++];
	LA_MUST(len <= RIG_FRAME_MAX);
	memcpy(in->octets, frame, len);
	in->len = len;
}

void
rig_put(struct rig *rig, const struct rig_peer *peer, struct la_seg seg)
{
	const struct la_path path = {
		.source_mac = rig->peer_mac, .dest_mac = rig->params.mac,
		.source = peer->address, .dest = peer->local, .tci = rig->peer_tci,
		.source_port = peer->port, .dest_port = peer->local_port,
	};
	uint8_t frame[RIG_FRAME_MAX];
	const uint32_t text = la_tcp_text_offset(&path, &seg);

	for (uint32_t i = 0; i < seg.len; i++)
		frame[text + i] = rig_octet(i);
	rig_put_frame(rig, frame, la_emit_tcp(frame, &path, &seg, false));
}

void
rig_arp(struct rig *rig, struct la_arp arp)
{
	uint8_t frame[LA_FRAME_HEADERS_MAX];

	rig_put_frame(rig, frame, la_emit_arp(frame, &arp, rig->peer_tci));
	rig_poll(rig);
}

static void
discover(struct rig *rig, const struct la_path *path, const struct la_nd *nd)
{
	uint8_t frame[LA_FRAME_HEADERS_MAX];

	rig_put_frame(rig, frame, la_emit_nd(frame, path, nd));
	rig_poll(rig);
}

/* The peer asks for us, and answers. */
static void
solicit(struct rig *rig, const struct rig_peer *peer)
{
	const struct la_addr group = la_addr_solicited_node(&peer->local);
	struct la_path path = {
		.source_mac = rig->peer_mac, .dest_mac = la_mac_of_group(&group),
		.source = peer->address, .dest = group, .tci = rig->peer_tci,
	};
	struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = peer->local, .mac = rig->peer_mac,
		.has_mac = true,
	};

	discover(rig, &path, &nd);
	path.dest_mac = rig->params.mac;
	path.dest = peer->local;
	nd.type = LA_ND_ADVERTISEMENT;
	nd.target = peer->address;
	nd.solicited = nd.override = true;
	discover(rig, &path, &nd);
}

void
rig_introduce(struct rig *rig, const struct rig_peer *peer)
{
	struct la_arp arp = {
		.op = 1, .sender_mac = rig->peer_mac, .sender = la_addr_low(&peer->address),
		.target = la_addr_low(&peer->local),
	};

	if (!la_addr_is_v4(&peer->local)) {
		solicit(rig, peer);
	} else {
		rig_arp(rig, arp);
		arp.op = 2;
		arp.target_mac = rig->params.mac;
		rig_arp(rig, arp);
	}
	rig_forget(rig);
}

void
rig_receive(struct rig *rig)
{
	struct la_frame frames[LA_BURST_MAX];

	for (uint32_t i = 0; i < rig->ins; i++)
		frames[i] = (struct la_frame){ rig->in[i].octets, rig->in[i].len, 0, 0 };
	la_stack_receive(rig->stack, frames, rig->ins, rig->now_us);
	rig->ins = 0;
}

void
rig_poll(struct rig *rig)
{
	rig_receive(rig);
	la_stack_advance(rig->stack, rig->now_us, BUDGET);
	la_stack_output(rig->stack, rig->now_us);
}

void
rig_give(struct rig *rig, const struct rig_peer *peer, struct la_seg seg)
{
	rig_put(rig, peer, seg);
	rig_poll(rig);
}

void
rig_wait(struct rig *rig, uint64_t us)
{
	while (us > 0) {
		const uint64_t step = us < STEP_US ? us : STEP_US;

		rig->now_us += step;
		us -= step;
		rig_poll(rig);
	}
}

const struct la_rx *
rig_next(struct rig *rig)
{
	return rig->seen < rig->sents ? &rig->sent_rx[rig->seen++] : NULL;
}

const struct la_seg *
rig_expect(struct rig *rig, uint8_t flags)
{
	const struct la_rx *rx = rig_next(rig);

	ck_assert_msg(rx != NULL, "nothing was sent; flags %#x expected", flags);
	ck_assert_int_eq(rx->kind, LA_KIND_TCP);
	ck_assert_uint_eq(rx->seg.flags & ~LA_PSH, flags);
	return &rx->seg;
}

void
rig_expect_nothing(struct rig *rig)
{
	ck_assert_ptr_null(rig_next(rig));
}

void
rig_forget(struct rig *rig)
{
	rig->sents = rig->seen = 0;
}

struct la_seg
rig_syn(const struct rig_peer *peer)
{
	return (struct la_seg){
		.seq = peer->seq, .flags = LA_SYN, .wnd = 65535, .opts = peer->syn_opts,
	};
}

struct la_seg
rig_seg(const struct rig_peer *peer, uint8_t flags, uint32_t len)
{
	struct la_seg seg = {
		.seq = peer->seq, .ack = peer->ack, .flags = flags, .wnd = 65535, .len = len,
	};

	if (peer->timestamps) {
		seg.opts.present = LA_OPT_TIMESTAMPS;
		seg.opts.tsval = peer->tsval;
		seg.opts.tsecr = peer->tsecr;
	}
	return seg;
}

void
rig_synack(struct rig_peer *peer, const struct la_seg *synack)
{
	ck_assert_uint_eq(synack->ack, peer->seq + 1);
	peer->seq++;
	peer->ack = synack->seq + 1;
	peer->timestamps = synack->opts.present & LA_OPT_TIMESTAMPS;
	peer->tsecr = synack->opts.tsval;
}

void
rig_open(struct rig *rig, struct rig_peer *peer)
{
	rig_forget(rig);
	rig_give(rig, peer, rig_syn(peer));
	rig_synack(peer, rig_expect(rig, LA_SYN | LA_ACK));
	rig_give(rig, peer, rig_seg(peer, LA_ACK, 0));
}

uint32_t
rig_connect(struct rig *rig, uint16_t local_port, const struct la_addr *remote,
		uint16_t remote_port)
{
	uint32_t handle;
	const enum la_stack_opened opened = la_stack_connect(rig->stack, 0, local_port, remote,
			remote_port, 0, rig->now_us, &handle);

	LA_MUST((opened == LA_OPEN_MADE) == (handle != LA_NONE));
	return handle;
}

uint64_t
rig_count(const struct rig *rig, enum la_stack_count count)
{
	return la_count_read(&la_stack_counters(rig->stack)->count[count]);
}

uint64_t
rig_reason(const struct rig *rig, enum la_tcp_reason reason)
{
	return la_count_read(&la_stack_counters(rig->stack)->tcp[reason]);
}

uint64_t
rig_state(const struct rig *rig, enum la_tcp_state state)
{
	return la_count_read(&la_stack_counters(rig->stack)->state[state]);
}

uint64_t
rig_rx(const struct rig *rig, enum la_rx_reason reason)
{
	return la_count_read(&la_stack_counters(rig->stack)->rx[reason]);
}

/* Xorshift: a seed tells the whole story. */
static bool
is_lost(uint32_t *seed, uint32_t lose)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return lose != 0 && *seed % lose == 0;
}

/* What @p from has sent goes to @p to. */
static bool
carry(struct rig *from, struct rig *to, uint32_t lose, uint32_t *seed)
{
	const bool any = from->sents > 0;

	for (uint32_t i = 0; i < from->sents; i++) {
		if (!is_lost(seed, lose))
			rig_put_frame(to, from->sent[i].octets, from->sent[i].len);
	}
	rig_forget(from);
	return any;
}

void
rig_pair(struct rig *a, struct rig *b, uint64_t us, uint32_t lose, uint32_t seed)
{
	enum { LATENCY_US = 100 };
	const uint64_t until = a->now_us + us;

	seed = seed * 2 + 1;
	b->now_us = a->now_us;
	while (a->now_us < until) {
		bool any = carry(a, b, lose, &seed);

		rig_poll(b);
		any |= carry(b, a, lose, &seed);
		rig_poll(a);
		/* Nothing on the wire: on to the next timer. */
		a->now_us += any ? LATENCY_US : STEP_US;
		b->now_us = a->now_us;
	}
}

void
rig_peer_closes(struct rig *rig, struct rig_peer *peer)
{
	const struct la_seg *fin;

	rig_forget(rig);
	rig_give(rig, peer, rig_seg(peer, LA_FIN | LA_ACK, 0));
	peer->seq++;
	fin = rig_expect(rig, LA_FIN | LA_ACK);
	ck_assert_uint_eq(fin->ack, peer->seq);
	peer->ack = fin->seq + fin->len + 1;
	rig_give(rig, peer, rig_seg(peer, LA_ACK, 0));
	rig_expect_nothing(rig);
}
