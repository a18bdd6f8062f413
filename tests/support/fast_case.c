/* SPDX-License-Identifier: BSD-3-Clause */
/* A case: bursts, times and calls by draw. */
#include "fast_case.h"

#include <string.h>

#include "stack_private.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

enum {
	FRAMES_A_CALL = 256,            /* Free for each call, but in a case of need. */
	DRAINED_FRAMES = 200,           /* That come after a drain. */
	PRIORITIES = 8,
	VLAN_WRONG = 7,
};

/* Frames. */

static uint8_t *
room_begin(struct fast_case *c)
{
	uint8_t *room = c->room[c->burst_len];

	ASAN_UNPOISON_MEMORY_REGION(room, sizeof(c->room[0]));
	return room + c->align;
}

static struct la_frame *
room_end(struct fast_case *c, uint32_t len)
{
	uint8_t *room = c->room[c->burst_len] + c->align;
	struct la_frame *frame = &c->burst[c->burst_len++];

	/* So that a sanitizer sees a read past it. */
	ASAN_POISON_MEMORY_REGION(room + len, sizeof(c->room[0]) - c->align - len);
	*frame = (struct la_frame){ .octets = room, .len = len };
	return frame;
}

static uint16_t
draw_tci(struct fast_case *c)
{
	struct fast_draw *d = &c->draw;
	uint32_t vlan = c->params.vlan, priority = 0;

	if (fast_draw_one_in(d, 16))
		priority = fast_draw(d, 2 * PRIORITIES);
	if (c->wild != 0 && fast_draw_one_in(d, 8 * c->wild))
		vlan = fast_draw(d, 2) == 0 ? VLAN_WRONG : 0;
	return (uint16_t)(priority << 12 | vlan);
}

static uint8_t
draw_checked(struct fast_case *c)
{
	const uint32_t all = LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD;

	return (uint8_t)(c->checked == 0 ? 0 : c->checked == 1 ? all : fast_draw(&c->draw, all + 1));
}

/* Which way a frame is wrong; most are not. */
static void
draw_plan(struct fast_case *c, struct fast_plan *plan)
{
	struct fast_draw *d = &c->draw;

	plan->twist = FAST_TWIST_NONE;
	plan->damage = fast_draw_one_in(d, 4) ? FAST_DAMAGE_PAD : FAST_DAMAGE_NONE;
	if (c->wild == 0 || !fast_draw_one_in(d, c->wild))
		return;
	if (fast_draw(d, 2) == 0)
		plan->twist = (enum fast_twist)fast_draw(d, FAST_TWISTS);
	else
		plan->damage = (enum fast_damage)fast_draw(d, FAST_DAMAGES);
}

/* How the port hands a frame over: with its tag, or that taken off. */
static void
hand_over(struct fast_case *c, struct la_frame *frame, uint16_t tci)
{
	frame->checked = draw_checked(c);
	if (!c->strip || tci == 0)
		return;
	frame->checked |= LA_RX_TAG_STRIPPED;
	frame->tci = tci;
}

static void
add_segment(struct fast_case *c, struct fast_peer *peer)
{
	struct fast_plan plan = {
		.path = {
			.source_mac = peer->mac, .dest_mac = c->params.mac,
			.source = peer->address, .dest = peer->local,
			.source_port = peer->port, .dest_port = peer->local_port,
		},
	};
	const uint16_t tci = draw_tci(c);
	struct fast_seg seg;

	plan.path.tci = c->strip ? 0 : tci;
	/* By another way, or forged. */
	if (fast_draw_one_in(&c->draw, 16))
		plan.path.source_mac.b[4] = 9;
	fast_peer_next(c, peer, &seg);
	/* The tuple of a peer that was replaced during the draw. */
	plan.path.dest_port = peer->local_port;
	draw_plan(c, &plan);
	hand_over(c, room_end(c, fast_frame_make(room_begin(c), &plan, &seg, &c->draw)), tci);
}

/* What is no segment. */

static uint32_t
make_arp(struct fast_case *c, const struct fast_peer *peer, uint8_t *frame)
{
	const struct la_arp arp = {
		.op = (uint16_t)(1 + fast_draw(&c->draw, 2)), .sender_mac = peer->mac,
		.sender = la_addr_low(&peer->address), .target = la_addr_low(&peer->local),
	};

	return la_emit_arp(frame, &arp, c->strip ? 0 : c->params.vlan);
}

static struct la_path
path_of(const struct fast_case *c, const struct fast_peer *peer)
{
	return (struct la_path){
		.source_mac = peer->mac, .dest_mac = c->params.mac, .source = peer->address,
		.dest = peer->local, .tci = c->strip ? 0 : c->params.vlan,
	};
}

static uint32_t
make_nd(struct fast_case *c, const struct fast_peer *peer, uint8_t *frame)
{
	const struct la_path path = path_of(c, peer);
	const struct la_nd nd = {
		.type = LA_ND_SOLICITATION, .target = peer->local, .has_mac = true,
		.mac = peer->mac,
	};

	return la_emit_nd(frame, &path, &nd);
}

/* A frame of the last call, as an error quotes it; LA_KIND_ARP if there is none. */
static void
draw_quoted(struct fast_case *c, struct la_rx *rx, uint8_t *quote, uint32_t len)
{
	const struct fast_sent *sent = &c->pair.general.sent;
	const uint32_t i = sent->frames > 0 ? fast_draw(&c->draw, sent->frames) : 0;
	const uint8_t *frame = sent->octets + sent->frame[i].at;
	uint32_t ip = 14;

	rx->kind = LA_KIND_ARP;
	if (sent->frames == 0 || la_rx_parse(rx, frame, sent->frame[i].len,
			LA_RX_IP_CHECKSUM_GOOD | LA_RX_L4_CHECKSUM_GOOD) != LA_RX_OK ||
			rx->kind != LA_KIND_TCP)
		return;
	if (la_get16(frame + 12) == 0x8100)
		ip += 4;
	memcpy(quote, frame + ip, sent->frame[i].len - ip < len ? sent->frame[i].len - ip : len);
}

/* Echo, or "too big" and "unreachable" with a quote of what was sent last. */
static uint32_t
make_icmp(struct fast_case *c, const struct fast_peer *peer, uint8_t *frame)
{
	static const uint8_t types[2][4] = { { 128, 2, 2, 1 }, { 8, 3, 3, 3 } };
	struct la_path path = path_of(c, peer);
	uint8_t body[68] = { 0 };
	struct la_icmp icmp = { .body = body, .len = sizeof(body) };
	struct la_rx rx;
	bool v4;

	draw_quoted(c, &rx, body + 4, sizeof(body) - 4);
	if (rx.kind == LA_KIND_TCP) {
		path.source = rx.dest;
		path.dest = rx.source;
	}
	v4 = la_addr_is_v4(&path.source);
	icmp.type = types[v4][fast_draw(&c->draw, 4)];
	/* "Fragmentation needed", or a port that is closed. */
	icmp.code = (uint8_t)(icmp.type == 3 ? 4 - fast_draw(&c->draw, 2) : icmp.type == 1 ? 4 : 0);
	la_put32(body, 600 + fast_draw(&c->draw, 1000));
	return la_emit_icmp(frame, &path, &icmp);
}

static void
add_other(struct fast_case *c, const struct fast_peer *peer)
{
	const bool v4 = la_addr_is_v4(&peer->address);
	uint8_t *frame = room_begin(c);
	uint32_t len;

	if (c->answers_len > 0) {
		len = c->answer_len[--c->answers_len];
		memcpy(frame, c->answers[c->answers_len], len);
	} else if (fast_draw(&c->draw, 2) == 0) {
		len = make_icmp(c, peer, frame);
	} else {
		len = v4 ? make_arp(c, peer, frame) : make_nd(c, peer, frame);
	}
	hand_over(c, room_end(c, len), c->strip ? c->params.vlan : 0);
}

/* Steps. */

static void
set_frames_free(struct fast_case *c)
{
	fast_pair_frames_free(&c->pair, c->starved > 0 ? fast_draw(&c->draw, 6) : FRAMES_A_CALL);
}

static uint32_t
draw_burst_len(struct fast_draw *d)
{
	const uint32_t what = fast_draw(d, 32);

	if (what < 16)
		return 1;
	if (what < 31)
		return 2 + fast_draw(d, 8);
	return 1 + fast_draw(d, LA_BURST_MAX);
}

static void
receive(struct fast_case *c)
{
	set_frames_free(c);
	fast_witness_before(c);
	fast_pair_receive(&c->pair, c->burst, c->burst_len);
	fast_witness_after(c);
	c->frames += c->burst_len;
	c->tally->bursts++;
	c->tally->frames += c->burst_len;
	c->tally->kind[FAST_KIND_SYN_IN_PLACE] += c->pair.fast.in_place;
	fast_peers_hear(c, false);
}

static void
burst(struct fast_case *c)
{
	const uint32_t n = draw_burst_len(&c->draw);

	c->burst_len = 0;
	while (c->burst_len < n) {
		struct fast_peer *peer = &c->peers[c->last_peer];

		if (c->answers_len > 0 || fast_draw_one_in(&c->draw, 128))
			add_other(c, peer);
		else
			add_segment(c, peer);
		/* Often the same goes on: SYN twice, or an ACK with its text and FIN behind. */
		if (fast_draw(&c->draw, 3) != 0)
			c->last_peer = fast_draw(&c->draw, FAST_PEERS);
	}
	receive(c);
}

static uint64_t
draw_pause(struct fast_draw *d)
{
	static const uint64_t long_s[] = { 3, 10, 34, 60, 75, 130, 600, 7200, 50000 };
	const uint32_t what = fast_draw(d, 256);
	uint64_t pause_us;

	if (what < 128)
		return what < 64 ? 0 : fast_draw(d, 1000);
	if (what < 224)
		return fast_draw(d, 20000);
	if (what < 248)
		return fast_draw(d, 500000);
	if (what < 254)
		return fast_draw(d, 3000000);
	pause_us = long_s[fast_draw(d, sizeof(long_s) / sizeof(long_s[0]))] * 1000000;
	return pause_us + fast_draw(d, 1000000);
}

/* Shortly before the next tick of the cookies' clock, of which few are drawn otherwise. */
static void
wait_for_tick(struct fast_case *c)
{
	enum { SHORTLY_US = 3000 };
	const uint64_t offset_us = c->params.clock_offset_us;
	const uint64_t tick = (c->pair.now_us + offset_us) >> LA_COOKIE_TICK_SHIFT;
	const uint64_t at_us = ((tick + 1) << LA_COOKIE_TICK_SHIFT) - offset_us -
			1 - fast_draw(&c->draw, SHORTLY_US);

	if (at_us > c->pair.now_us)
		c->pair.now_us = at_us;
}

static void
poll(struct fast_case *c)
{
	static const uint32_t budgets[] = { 64, 64, 64, 1, 4, 256 };
	const uint32_t what = fast_draw(&c->draw, 16);

	if (what != 15) {
		set_frames_free(c);
		fast_pair_advance(&c->pair, budgets[fast_draw(&c->draw, 6)]);
		fast_peers_hear(c, false);
	}
	if (what < 14) {
		set_frames_free(c);
		fast_pair_output(&c->pair);
		fast_peers_hear(c, true);
	}
	c->pair.now_us += draw_pause(&c->draw);
	if (fast_draw_one_in(&c->draw, 256))
		wait_for_tick(c);
}

static struct la_tuple
draw_tuple(struct fast_case *c)
{
	const struct fast_peer *p = &c->peers[fast_draw(&c->draw, FAST_PEERS)];
	struct la_tuple tuple = {
		.remote = p->address, .local = p->local_index,
		.local_port = p->local_port, .remote_port = p->port,
	};

	/* What cannot be opened: no port, not ours, or ours at both ends. */
	if (fast_draw_one_in(&c->draw, 64))
		tuple.local_port = 0;
	else if (fast_draw_one_in(&c->draw, 64))
		tuple.local = (uint16_t)fast_draw(&c->draw, 8);
	else if (fast_draw_one_in(&c->draw, 64))
		tuple.remote = p->local;
	return tuple;
}

static uint16_t
draw_listener(struct fast_case *c)
{
	const uint32_t all = c->params.listeners_len, what = fast_draw(&c->draw, 3);

	return (uint16_t)(what < 2 ? all - 1 - what : fast_draw(&c->draw, all));
}

static void
connect_one(struct fast_case *c)
{
	const struct la_tuple tuple = draw_tuple(c);

	c->tally->kind[FAST_KIND_CONNECT] += fast_pair_connect(&c->pair, &tuple,
			draw_listener(c)) != LA_NONE;
	fast_peers_hear(c, false);
}

static void
prepare(struct fast_case *c)
{
	struct la_tuple tuples[FAST_OPENINGS];

	c->openings = 1 + fast_draw(&c->draw, FAST_OPENINGS);
	for (uint32_t i = 0; i < c->openings; i++)
		tuples[i] = draw_tuple(c);
	fast_pair_prepare(&c->pair, tuples, c->openings);
}

/* Some of those that are prepared, now or long before; the same again is in use. */
static void
connect_some(struct fast_case *c)
{
	if (c->openings == 0 || fast_draw(&c->draw, 4) < 2)
		prepare(c);
	for (uint32_t n = 1 + fast_draw(&c->draw, c->openings); n > 0; n--) {
		const uint32_t i = fast_draw(&c->draw, c->openings);

		c->tally->kind[FAST_KIND_CONNECT_PREPARED] += fast_pair_connect_prepared(
				&c->pair, i, draw_listener(c)) != LA_NONE;
		fast_peers_hear(c, false);
	}
}

static void
connect(struct fast_case *c)
{
	if (fast_draw(&c->draw, 3) == 0)
		connect_one(c);
	else
		connect_some(c);
}

static uint32_t
draw_handle(struct fast_case *c)
{
	return 1 + fast_draw(&c->draw, c->params.connections);
}

/* Only a service that can be asked for its octets may send, and only a script gives any. */
static void
act(struct fast_case *c)
{
	static const uint32_t lens[] = { 1, 100, 1460, 10000 };
	const uint32_t handle = draw_handle(c), what = fast_draw(&c->draw, 4);
	struct fast_script_act one = { .close = what == 2, .abort = what == 3 };
	const struct la_stack *s = c->pair.general.stack;

	if (handle <= s->tcbs.fresh && what < 2 && la_stack__tcb(s, handle)->state != LA_CLOSED &&
			c->listeners[la_stack__tcb(s, handle)->listener].service == NULL &&
			s->bound[la_stack__tcb(s, handle)->listener].ops->fill != NULL)
		one.send = lens[fast_draw(&c->draw, 4)];
	fast_pair_act(&c->pair, handle, &one);
}

/* A few times in a case, or not at all. */
static void
rare(struct fast_case *c)
{
	const struct la_key keys[2] = { { { 1, c->steps } }, { { 3, 4 } } };
	const bool abort = fast_draw(&c->draw, 2);

	switch (fast_draw(&c->draw, 32)) {
	case 1:                         /* Nothing opens from here on. */
		fast_pair_drain(&c->pair);
		if (c->frames_max > c->frames + DRAINED_FRAMES)
			c->frames_max = c->frames + DRAINED_FRAMES;
		break;
	case 2: case 3:
		fast_pair_abort_all(&c->pair);
		break;
	case 4: case 5:
		fast_pair_cookie_keys(&c->pair, keys);
		break;
	case 6: case 7: case 8:
		fast_pair_link_up(&c->pair);
		break;
	default:
		fast_pair_end_one(&c->pair, draw_handle(c), abort);
	}
}

static void
step(struct fast_case *c)
{
	const uint32_t what = fast_draw(&c->draw, 128);

	c->steps++;
	if (c->starved > 0)
		c->starved--;
	set_frames_free(c);
	if (what < 116) {
		burst(c);
	} else if (what < 122) {
		connect(c);
	} else if (what < 125) {
		act(c);
		fast_peers_hear(c, false);
	} else if (what < 126) {
		c->starved = fast_draw(&c->draw, 16);
	} else {
		rare(c);
		fast_peers_hear(c, false);
	}
	poll(c);
}

static void
add_counts(la_counter *sum, const la_counter *counts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum[i].value += counts[i].value;
}

static void
end_case(struct fast_case *c)
{
	const struct la_stack_counters *counters = la_stack_counters(c->pair.general.stack);

	fast_pair_frames_free(&c->pair, FRAMES_A_CALL);
	fast_pair_abort_all(&c->pair);
	fast_pair_output(&c->pair);
	add_counts((la_counter *)&c->tally->counters, (const la_counter *)counters,
			sizeof(*counters) / sizeof(la_counter));
	c->tally->cases++;
	fast_pair_end(&c->pair);
}

static bool
is_over(const struct fast_case *c)
{
	return c->frames >= c->frames_max || fast_draw_ended(&c->draw) ||
			(c->until != FAST_KINDS && c->tally->kind[c->until] > c->seen);
}

void
fast_case_run(struct fast_case *c, const struct fast_draw *draw, uint32_t frames,
		struct fast_tally *tally)
{
	c->draw = *draw;
	c->tally = tally;
	c->frames_max = frames;
	c->seen = c->until != FAST_KINDS ? tally->kind[c->until] : 0;
	c->last_peer = c->starved = c->steps = c->frames = c->answers_len = c->burst_len = 0;
	c->openings = 0;
	fast_params_draw(c);
	fast_peers_draw(c);
	if (fast_draw_one_in(&c->draw, 4)) {
		fast_pair_link_up(&c->pair);
		fast_peers_hear(c, false);
	}
	while (!is_over(c))
		step(c);
	end_case(c);
}
