/* SPDX-License-Identifier: BSD-3-Clause */
/* Each attack: what its frames are, and what it does with the answers. */
#include "fire.h"

#include <string.h>

#include "la_checksum.h"

#define S(n) ((n) * UINT64_C(1000000))
#define MS(n) ((n) * UINT64_C(1000))

enum {
	ETHERNET_LEN = 14, IPV4_LEN = 20, IPV6_LEN = 40, FRAGMENT_LEN = 8,
	NEXT_FRAGMENT = 44, MORE_FRAGMENTS = 0x2000,
	QUOTED_LEN = 8, ECHO_LEN = 64,
	BODY_LEN = 20000,
};

/* One that does not exist, or the honest client at one of its ports. */
static struct la_addr
forged(struct fire *f, bool honest, uint16_t *port)
{
	if (honest) {
		*port = (uint16_t)(FIRE_PORT_FIRST +
				fire_random(f, FIRE_PORT_LAST - FIRE_PORT_FIRST + 1));
		return la_test_addr(LOAD_RIG_CLIENT);
	}
	*port = (uint16_t)(1 + fire_random(f, 65535));
	return la_test_addr(FIRE_FORGED_AT + fire_random(f, 1 << 23));
}

/* Half of all are aimed at connections of the honest. */
static void
forge(struct fire *f, uint8_t flags)
{
	uint16_t port;
	const struct la_addr source = forged(f, fire_random(f, 2) == 0, &port);
	struct la_seg seg = {
		.seq = fire_random(f, UINT32_MAX), .flags = flags,
		.wnd = (uint16_t)fire_random(f, 65536),
	};

	if (flags & LA_ACK)
		seg.ack = fire_random(f, UINT32_MAX);
	if (flags & LA_SYN)
		seg.opts = (struct la_opts){ .present = LA_OPT_MSS | LA_OPT_SACK_PERMITTED,
			.mss = la_test_mss() };
	/* Linux's options. */
	if (fire_random(f, 2) == 0) {
		seg.opts.present |= LA_OPT_TIMESTAMPS;
		seg.opts.tsval = fire_random(f, UINT32_MAX);
		seg.opts.tsecr = flags & LA_ACK ? fire_random(f, UINT32_MAX) : 0;
	}
	fire_forge(f, &source, port, &seg);
}

static void
forge_syn(struct fire *f)
{
	forge(f, LA_SYN);
}

static void
forge_ack(struct fire *f)
{
	forge(f, LA_ACK);
}

static void
forge_rst(struct fire *f)
{
	forge(f, fire_random(f, 2) == 0 ? LA_RST : LA_RST | LA_ACK);
}

static void
forge_fin(struct fire *f)
{
	forge(f, LA_FIN | LA_ACK);
}

static void
keep_syns(struct fire *f)
{
	f->rig.server.params.syn_cookies = LA_COOKIES_AUTO;
}

/* Fragments. */

static uint32_t
cut_ipv4(uint8_t *frame, uint32_t len, uint16_t offset)
{
	uint8_t *ip = frame + ETHERNET_LEN;

	la_put16(ip + 6, offset);
	la_put16(ip + 10, 0);
	la_put16(ip + 10, la_checksum_finish(la_checksum_add(0, ip, IPV4_LEN)));
	return len;
}

static uint32_t
cut_ipv6(uint8_t *frame, uint32_t len, uint16_t offset)
{
	uint8_t *ip = frame + ETHERNET_LEN, *header = ip + IPV6_LEN;

	memmove(header + FRAGMENT_LEN, header, len - ETHERNET_LEN - IPV6_LEN);
	header[0] = ip[6];
	header[1] = 0;
	/* The offset in units of 8 octets, and whether more come. */
	la_put16(header + 2, (uint16_t)(offset << 3 | offset >> 13));
	la_put32(header + 4, 0x12345678);
	ip[6] = NEXT_FRAGMENT;
	la_put16(ip + 4, (uint16_t)(la_get16(ip + 4) + FRAGMENT_LEN));
	return len + FRAGMENT_LEN;
}

/* The first of a segment, or one behind it; some are of the honest. */
static void
send_fragment(struct fire *f)
{
	uint16_t port;
	const struct la_addr source = forged(f, fire_random(f, 2) == 0, &port);
	const struct la_seg seg = { .seq = fire_random(f, UINT32_MAX), .flags = LA_ACK,
		.ack = fire_random(f, UINT32_MAX), .wnd = 1000, .len = 64 };
	const uint16_t offset = fire_random(f, 2) == 0 ? MORE_FRAGMENTS :
			(uint16_t)(1 + fire_random(f, 100));
	struct la_path path = fire_path(f, &source);
	uint8_t frame[256] = { 0 };
	uint32_t len;

	path.source_port = port;
	path.dest_port = f->attack->port;
	len = la_emit_tcp(frame, &path, &seg, false);
	fire_send(f, frame, la_test_is_ipv6() ? cut_ipv6(frame, len, offset) :
			cut_ipv4(frame, len, offset));
}

/* Those who open connections: all that are not open, in turn. */

static void
open_next(struct fire *f)
{
	const uint32_t n = f->next++ % FIRE_PEERS;
	struct fire_peer *peer = &f->peer[n];

	if (peer->state == FIRE_OPEN)
		return;
	peer->state = FIRE_SYN_SENT;
	peer->seq = fire_random(f, UINT32_MAX);
	fire_peer_send(f, n, LA_SYN, UINT16_MAX, "");
}

/* @return whether the connection is new; it has been acknowledged with @p text. */
static bool
opened(struct fire *f, uint32_t n, const struct la_seg *seg, uint16_t wnd, const char *text)
{
	struct fire_peer *peer = &f->peer[n];

	if (seg->flags & LA_RST) {
		peer->state = FIRE_IDLE;
		return false;
	}
	if (!(seg->flags & LA_SYN) || peer->state != FIRE_SYN_SENT || seg->ack != peer->seq)
		return false;
	peer->state = FIRE_OPEN;
	peer->ack = seg->seq + 1;
	fire_peer_send(f, n, LA_ACK, wnd, text);
	return true;
}

/* Slow readers: half keep the window closed and answer probes, half never say a word more. */

static void
answer_large(struct fire *f)
{
	f->rig.server.listeners[5].params.body_len = BODY_LEN;
	f->rig.params.body_len = BODY_LEN;
}

static void
read_nothing(struct fire *f, uint32_t n, const struct la_seg *seg)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	const bool closed = n % 2 == 0;

	if (!opened(f, n, seg, closed ? 0 : UINT16_MAX, get) && f->peer[n].state == FIRE_OPEN &&
			closed)
		fire_peer_send(f, n, LA_ACK, 0, "");
}

/* The same with echo, whose rings they fill. */
static void
read_no_echo(struct fire *f, uint32_t n, const struct la_seg *seg)
{
	static const char text[] = "octets that come back and are not wanted";
	const bool closed = n % 2 == 0;

	if (!opened(f, n, seg, closed ? 0 : UINT16_MAX, text) && f->peer[n].state == FIRE_OPEN &&
			closed)
		fire_peer_send(f, n, LA_ACK, 0, "");
}

/* Slow writers: a part of a head or of a body, then an octet now and then. */

static void
write_a_part(struct fire *f, uint32_t n, const struct la_seg *seg)
{
	opened(f, n, seg, UINT16_MAX, n % 2 == 0 ? "GET / HTTP/1.1\r\nHost: " :
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nb");
}

static void
write_slowly(struct fire *f)
{
	const uint32_t n = f->next % FIRE_PEERS;

	if (f->peer[n].state == FIRE_OPEN) {
		f->next++;
		fire_peer_send(f, n, LA_ACK, UINT16_MAX, "c");
	} else {
		open_next(f);
	}
}

/* With a hole: what they write is kept, and never read. */
static void
write_behind_a_hole(struct fire *f, uint32_t n, const struct la_seg *seg)
{
	if (!opened(f, n, seg, UINT16_MAX, ""))
		return;
	f->peer[n].seq++;
	fire_peer_send(f, n, LA_ACK, UINT16_MAX, "held");
}

/* Half-closed: half say FIN and do not acknowledge ours, half acknowledge it and do not say it. */

static void
half_close(struct fire *f, uint32_t n, const struct la_seg *seg)
{
	struct fire_peer *peer = &f->peer[n];

	if (opened(f, n, seg, UINT16_MAX, "")) {
		if (n % 2 == 0)
			fire_peer_send(f, n, LA_FIN | LA_ACK, UINT16_MAX, "");
	} else if (n % 2 != 0 && seg->flags & LA_FIN) {
		peer->ack = seg->seq + seg->len + 1;
		fire_peer_send(f, n, LA_ACK, UINT16_MAX, "");
	}
}

/* They open, and hold. */
static void
hold(struct fire *f, uint32_t n, const struct la_seg *seg)
{
	opened(f, n, seg, UINT16_MAX, "");
}

/* The honest speak all the time, and slowly. */
static void
make_few(struct fire *f)
{
	f->rig.server.params.connections = FIRE_PEERS / 2;
	f->rig.server.params.tcp.window = f->rig.client.params.tcp.window = 2048;
	f->rig.params.octets = 20000000;
}

const struct fire_attack fire_table_full = {
	.name = "connection table full", .port = LOAD_RIG_ECHO, .burst = 1,
	.strike = open_next, .hear = hold, .prepare = make_few,
};

/* The server closes first, and has the TIME-WAIT. */

static void
ask_to_close(struct fire *f, uint32_t n, const struct la_seg *seg)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	struct fire_peer *peer = &f->peer[n];

	if (opened(f, n, seg, UINT16_MAX, get) || !(seg->flags & LA_FIN) ||
			peer->state != FIRE_OPEN)
		return;
	peer->ack = seg->seq + seg->len + 1;
	fire_peer_send(f, n, LA_FIN | LA_ACK, UINT16_MAX, "");
	peer->state = FIRE_IDLE;
}

/* The honest leave records behind, which newer SYNs reopen. */
static void
keep_records(struct fire *f)
{
	f->rig.server.params.time_wait_us = S(60);
}

/* Fewer records than attackers. */
static void
remember_few(struct fire *f)
{
	f->rig.server.params.time_wait_max = FIRE_PEERS / 2;
}

/* No frames: the server sends nothing for 50 ms of each 170. */

static void
take_frames(struct fire *f)
{
	enum { PERIOD_MS = 170, EMPTY_MS = 50 };
	const bool empty = f->rig.now_us / 1000 % PERIOD_MS < EMPTY_MS;

	f->rig.server_frames = f->rig.server.frames_free = empty ? 0 : RIG_SENT_MAX;
	forge_syn(f);
}

/* ARP: questions, answers and claims that are not true. */

static void
send_arp(struct fire *f)
{
	uint16_t port;
	const uint32_t server = la_addr_low(&f->rig.params.target);
	const struct la_addr stranger = forged(f, false, &port);
	const uint32_t kind = fire_random(f, 4);
	struct la_arp arp = {
		.op = (uint16_t)(1 + fire_random(f, 2)), .sender_mac = { { 2, 1, 2, 3, 4, 5 } },
		.sender = la_addr_low(&stranger), .target = server,
	};
	uint8_t frame[LA_FRAME_HEADERS_MAX];

	la_put32(arp.sender_mac.b + 2, fire_random(f, UINT32_MAX));
	if (kind == 0)
		arp.sender = LOAD_RIG_CLIENT;
	if (kind == 1)
		arp.sender = server;
	if (kind == 2)
		arp.target = LOAD_RIG_CLIENT;
	if (arp.op == 2)
		arp.target_mac = f->rig.server.params.mac;
	fire_send(f, frame, la_emit_arp(frame, &arp, 0));
}

/* The same by Neighbour Discovery. */

static void
send_nd(struct fire *f)
{
	uint16_t port;
	const struct la_addr client = la_test_addr(LOAD_RIG_CLIENT);
	const uint32_t kind = fire_random(f, 4);
	const struct la_addr stranger = kind == 0 ? client : forged(f, false, &port);
	const bool answer = fire_random(f, 2) == 0;
	struct la_path path = fire_path(f, &stranger);
	struct la_nd nd = {
		.type = answer ? LA_ND_ADVERTISEMENT : LA_ND_SOLICITATION,
		.solicited = fire_random(f, 2) == 0, .override = fire_random(f, 2) == 0,
		.has_mac = true, .mac = { { 2, 1, 2, 3, 4, 5 } },
		.target = answer ? stranger : f->rig.params.target,
	};
	uint8_t frame[LA_FRAME_HEADERS_MAX];

	la_put32(nd.mac.b + 2, fire_random(f, UINT32_MAX));
	if (kind == 1)
		nd.target = f->rig.params.target;
	if (kind == 2)
		nd.target = client;
	if (!answer && kind == 3) {
		path.dest = la_addr_solicited_node(&nd.target);
		path.dest_mac = la_mac_of_group(&path.dest);
	}
	fire_send(f, frame, la_emit_nd(frame, &path, &nd));
}

/* ICMP: echo requests, and errors about connections of the honest. */

static uint16_t
quote(struct fire *f, uint8_t *body)
{
	const uint32_t len = (la_test_is_ipv6() ? IPV6_LEN : IPV4_LEN) + QUOTED_LEN;
	uint16_t port;
	const struct la_addr honest = forged(f, true, &port);
	const struct la_path path = { .source = f->rig.params.target, .dest = honest,
		.source_port = f->attack->port, .dest_port = port };
	const struct la_seg seg = { .seq = fire_random(f, UINT32_MAX), .flags = LA_ACK };
	uint8_t frame[LA_FRAME_HEADERS_MAX];

	la_emit_tcp(frame, &path, &seg, false);
	la_put32(body, fire_random(f, 1500));
	memcpy(body + 4, frame + ETHERNET_LEN, len);
	return (uint16_t)(4 + len);
}

static void
send_icmp(struct fire *f)
{
	static const struct { uint8_t type, code; } kind[2][3] = {
		{ { 8, 0 }, { 3, 3 }, { 3, 4 } }, { { 128, 0 }, { 1, 4 }, { 2, 0 } },
	};
	const uint32_t n = fire_random(f, 3);
	uint16_t port;
	const struct la_addr stranger = forged(f, fire_random(f, 2) == 0, &port);
	const struct la_path path = fire_path(f, &stranger);
	uint8_t body[ECHO_LEN] = { 0 }, frame[256];
	const struct la_icmp icmp = {
		.type = kind[la_test_is_ipv6()][n].type, .code = kind[la_test_is_ipv6()][n].code,
		.body = body, .len = n == 0 ? ECHO_LEN : quote(f, body),
	};

	fire_send(f, frame, la_emit_icmp(frame, &path, &icmp));
}

/* Nothing is kept, nobody waits. */
#define FLOOD .burst = 20, .worst_us = MS(2), .recover_us = S(1)
/* Half-open connections last for five repeats of the SYN-ACK, others until the idle limit. */
#define KEPT .worst_us = MS(2), .recover_us = S(62)
#define HELD .burst = 1, .recover_us = S(125)

const struct fire_attack fire_attacks[] = {
	{ .name = "SYN flood, cookies always", .port = LOAD_RIG_HTTP, FLOOD, .strike = forge_syn },
	{ .name = "SYN flood, cookies auto", .port = LOAD_RIG_HTTP, .burst = 20, KEPT,
		.strike = forge_syn, .prepare = keep_syns },
	{ .name = "SYN flood to TIME-WAIT", .port = LOAD_RIG_HTTP_CLOSES, .burst = 20, KEPT,
		.strike = forge_syn, .prepare = keep_records },
	{ .name = "bad-cookie ACK flood", .port = LOAD_RIG_HTTP, FLOOD, .strike = forge_ack },
	{ .name = "RST flood", .port = LOAD_RIG_HTTP, FLOOD, .strike = forge_rst },
	{ .name = "FIN flood", .port = LOAD_RIG_HTTP, FLOOD, .strike = forge_fin },
	{ .name = "fragments", .port = LOAD_RIG_HTTP, FLOOD, .strike = send_fragment },
	{ .name = "slow readers of pages", .port = LOAD_RIG_HTTP, HELD, .strike = open_next,
		.hear = read_nothing, .prepare = answer_large, .worst_us = S(2) },
	{ .name = "slow readers of echo", .port = LOAD_RIG_ECHO, HELD, .strike = open_next,
		.hear = read_no_echo, .worst_us = S(2) },
	{ .name = "slow writers", .port = LOAD_RIG_HTTP, HELD, .strike = write_slowly,
		.hear = write_a_part, .worst_us = S(4) },
	{ .name = "writers behind a hole", .port = LOAD_RIG_HTTP, HELD, .strike = open_next,
		.hear = write_behind_a_hole, .worst_us = S(2) },
	{ .name = "half-open", .port = LOAD_RIG_HTTP, .burst = 1, KEPT, .strike = open_next,
		.prepare = keep_syns },
	{ .name = "half-closed", .port = LOAD_RIG_HTTP_CLOSES, HELD, .strike = open_next,
		.hear = half_close, .worst_us = MS(2) },
	{ .name = "TIME-WAIT full", .port = LOAD_RIG_HTTP_CLOSES, .burst = 2,
		.strike = open_next, .hear = ask_to_close, .prepare = remember_few,
		.worst_us = MS(2), .recover_us = S(125) },
	{ .name = "no frames for 50 ms of 170", .port = LOAD_RIG_HTTP, .burst = 1,
		.strike = take_frames, .worst_us = S(8), .recover_us = S(8) },
	{ .name = "ARP storm", .port = LOAD_RIG_HTTP, FLOOD, .strike = send_arp,
		.family = FIRE_IPV4 },
	{ .name = "ND storm", .port = LOAD_RIG_HTTP, FLOOD, .strike = send_nd,
		.family = FIRE_IPV6 },
	{ .name = "ICMP storm", .port = LOAD_RIG_HTTP, FLOOD, .strike = send_icmp },
};
const int fire_attacks_len = sizeof(fire_attacks) / sizeof(fire_attacks[0]);
