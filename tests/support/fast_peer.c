/* SPDX-License-Identifier: BSD-3-Clause */
/* The peers of a case: what they send. */
#include <string.h>

#include "fast_case.h"
#include "la_flow.h"

enum { PORTS_A_PEER = 8, HTTP_LAST = 81, TEXT_LEN = 8192 };

/* Of fast_params.c. Nobody listens on 94, and on 92 at one address only. */
static const uint16_t ports[] = {
	80, 80, 81, 81, 82, 83, 83, 84, 84, 85, 86, 86, 86, 87, 87, 88, 88, 89, 89, 90, 91, 92, 94,
};

/* The layouts of put_syn_options(): those of real systems come often. */
static const uint8_t layouts[] = { 0, 2, 0, 3, 0, 2, 0, 1, 4, 5, 6, 7, 0, 2, 8, 9, 0, 10, 2, 3,
	11, 12 };

/* Texts for HTTP; all else gets octets of a pattern. */
static const char *const requests[] = {
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /index.html HTTP/1.1\r\nHost: example\r\nConnection: close\r\n\r\n",
	"GET / HTTP/1.1\r\nHost:",
	" a\r\n\r\n",
	"HEAD / HTTP/1.0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
	"nonsense\r\n\r\n",
};

static const uint8_t *
pattern(uint32_t at)
{
	static uint8_t octets[TEXT_LEN];

	if (octets[1] == 0) {
		for (uint32_t i = 0; i < TEXT_LEN; i++)
			octets[i] = (uint8_t)(i * 167 + (i >> 8));
	}
	return octets + at;
}

static void
draw_port(struct fast_case *c, struct fast_peer *p)
{
	p->port = (uint16_t)(FAST_PORT_BASE + (p - c->peers) +
			FAST_PEERS * fast_draw(&c->draw, PORTS_A_PEER));
}

static void
draw_peer(struct fast_case *c, uint32_t i)
{
	static const uint8_t locals[] = { 0, 2, 0, 2, 1, 3, 4, 5 };
	struct fast_draw *d = &c->draw;
	struct fast_peer *p = &c->peers[i];
	const uint32_t drawn = locals[fast_draw(d, 8)];
	const uint32_t local = c->params.ranges_len == 2 ? drawn % 4 : drawn;
	const bool far = fast_draw_one_in(d, 4);

	memset(p, 0, sizeof(*p));
	p->local_index = (uint16_t)local;
	p->local = la_addr_after(&c->ranges[local < 2 ? 0 : local < 4 ? 1 : local - 2].first,
			local < 4 ? local % 2 : 0);
	p->address = la_addr_after(&p->local, 100 + i);
	if (far && la_addr_is_v4(&p->local))
		p->address = la_addr_v4(0xac100001 + i);
	else if (far)
		p->address = (struct la_addr){ { 0x20, 1, [15] = (uint8_t)(i + 1) } };
	p->mac = (struct la_mac){ { 2, 0, 0, 0, 1, (uint8_t)(far ? 0xfe : i) } };
	p->local_port = ports[fast_draw(d, sizeof(ports) / sizeof(ports[0]))];
	p->iss = fast_draw_word(d);
	p->tsval_base = fast_draw_word(d);
	p->options = layouts[fast_draw(d, sizeof(layouts))];
	p->wnd = 65535;
	draw_port(c, p);
}

void
fast_peers_draw(struct fast_case *c)
{
	for (uint32_t i = 0; i < FAST_PEERS; i++)
		draw_peer(c, i);
}

/* Options. */

static void
put_option(struct fast_seg *seg, const uint8_t *octets, uint32_t len)
{
	if (seg->options_len + len > FAST_OPTIONS_MAX)
		return;
	memcpy(seg->options + seg->options_len, octets, len);
	seg->options_len = (uint8_t)(seg->options_len + len);
}

#define PUT_OPTION(seg, ...) put_option(seg, (const uint8_t[]){ __VA_ARGS__ }, \
		sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* Octets 2 to 9 of an option of kind 8. */
static void
put_times(struct fast_seg *seg, uint32_t tsval, uint32_t tsecr)
{
	uint8_t times[10] = { 8, 10 };

	la_put32(times + 2, tsval);
	la_put32(times + 6, tsecr);
	put_option(seg, times, sizeof(times));
}

static uint32_t
tsval_now(const struct fast_case *c, const struct fast_peer *p)
{
	return p->tsval_base + (uint32_t)(c->pair.now_us / 1000);
}

static void
put_mss(struct fast_seg *seg, uint16_t mss)
{
	PUT_OPTION(seg, 2, 4, (uint8_t)(mss >> 8), (uint8_t)mss);
}

/* Linux: MSS, SACK-permitted, timestamps, NOP, window scale. */
static void
put_linux(struct fast_seg *seg, uint16_t mss, uint32_t tsval, uint8_t scale)
{
	put_mss(seg, mss);
	PUT_OPTION(seg, 4, 2);
	put_times(seg, tsval, 0);
	PUT_OPTION(seg, 1, 3, 3, scale);
}

static void
put_syn_odd(struct fast_case *c, struct fast_seg *seg, uint32_t which, uint32_t tsval)
{
	const uint16_t mss = (uint16_t)fast_draw(&c->draw, 0x10000);

	switch (which) {
	case 5:                         /* Only timestamps and MSS. */
		put_mss(seg, mss);
		PUT_OPTION(seg, 1, 1);
		put_times(seg, tsval, 0);
		break;
	case 6:                         /* Another order, and unknown ones. */
		PUT_OPTION(seg, 254, 4, 1, 2, 3, 3, 15, 1, 1, 1);
		put_times(seg, tsval, 7);
		put_mss(seg, mss);
		break;
	case 7:                         /* Twice, and an end. */
		put_mss(seg, mss);
		put_mss(seg, 1400);
		PUT_OPTION(seg, 0, 1, 1, 1);
		break;
	case 8:
		PUT_OPTION(seg, 2, 1, 1, 1);
		break;
	case 10:                        /* Linux, without SACK, */
		put_mss(seg, mss);
		PUT_OPTION(seg, 1, 1);
		put_times(seg, tsval, 0);
		PUT_OPTION(seg, 1, 3, 3, 7);
		break;
	case 11:                        /* without window scale, */
		put_mss(seg, mss);
		PUT_OPTION(seg, 4, 2);
		put_times(seg, tsval, 0);
		break;
	case 12:                        /* and with something else in its place. */
		put_mss(seg, mss);
		PUT_OPTION(seg, 4, 2);
		put_times(seg, tsval, 0);
		PUT_OPTION(seg, 253, 4, 3, 7);
		break;
	default:                        /* Of a wrong length, which is passed over. */
		PUT_OPTION(seg, 2, 3, 9, 1, 8, 4, 0, 0);
	}
}

static uint16_t
draw_mss(struct fast_draw *d, bool v4)
{
	static const uint16_t odd[] = { 536, 8940, 8960, 1220, 65535, 64, 1, 0 };

	if (fast_draw_one_in(d, 4))
		return odd[fast_draw(d, sizeof(odd) / sizeof(odd[0]))];
	return v4 ? 1460 : 1440;
}

static void
put_syn_options(struct fast_case *c, const struct fast_peer *p, struct fast_seg *seg)
{
	const uint32_t tsval = tsval_now(c, p);
	const uint16_t mss = draw_mss(&c->draw, la_addr_is_v4(&p->address));

	switch (p->options) {
	case 0: case 1:
		put_linux(seg, mss, tsval, p->options == 0 ? 7 : (uint8_t)fast_draw(&c->draw, 16));
		break;
	case 2:                         /* Windows. */
		put_mss(seg, mss);
		PUT_OPTION(seg, 1, 3, 3, 8, 1, 1, 4, 2);
		break;
	case 3:
		put_mss(seg, mss);
		break;
	case 4:
		break;
	default:
		put_syn_odd(c, seg, p->options, tsval);
	}
}

/* Timestamps as they should be, or not. */
static void
put_options(struct fast_case *c, const struct fast_peer *p, struct fast_seg *seg, bool odd)
{
	const uint32_t which = odd ? 1 + fast_draw(&c->draw, 10) : 0;
	uint32_t tsval = tsval_now(c, p), tsecr = p->tsecr;

	if (which == 1)
		tsval -= 1 + fast_draw(&c->draw, 0x10000);
	else if (which == 2)
		tsval += 1 + fast_draw(&c->draw, 0x10000);
	else if (which == 3)
		tsecr += fast_draw(&c->draw, 2) == 0 ? 1 : fast_draw_word(&c->draw);
	else if (which == 4)
		tsval += 0x80000000u;
	if (which == 5 || (!p->timestamps && which != 6)) {
		if (which == 7)
			PUT_OPTION(seg, 1, 1, 1, 1);
		return;
	}
	if (which == 8) {               /* Another order. */
		put_times(seg, tsval, tsecr);
		PUT_OPTION(seg, 1, 1);
		return;
	}
	PUT_OPTION(seg, 1, 1);
	put_times(seg, tsval, tsecr);
	if (which == 9)
		PUT_OPTION(seg, 253, 4, 1, 2);
	else if (which == 10)
		PUT_OPTION(seg, 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9);
}

/* Segments. */

static uint32_t
draw_len(struct fast_draw *d)
{
	static const uint32_t lens[] = { 10, 1, 2, 100, 536, 1000, 1440, 1460 };
	const uint32_t what = fast_draw(d, 64);

	if (what < 40)
		return 1 + fast_draw(d, 64);
	if (what < 62)
		return lens[what % 8];
	return fast_draw(d, FAST_TEXT_MAX + 1);
}

static void
draw_text(struct fast_case *c, const struct fast_peer *p, struct fast_seg *seg)
{
	enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };
	const char *request;

	if (p->local_port <= HTTP_LAST && !fast_draw_one_in(&c->draw, 8)) {
		request = requests[fast_draw(&c->draw, 2) == 0 ? 0 : fast_draw(&c->draw, REQUESTS)];
		seg->text = (const uint8_t *)request;
		seg->len = (uint32_t)strlen(request);
		return;
	}
	seg->len = draw_len(&c->draw);
	seg->text = pattern(fast_draw(&c->draw, TEXT_LEN - FAST_TEXT_MAX));
}

static void
draw_window(struct fast_case *c, struct fast_peer *p)
{
	static const uint16_t windows[] = { 65535, 512, 29200, 0, 1, 100 };
	const uint32_t what = fast_draw(&c->draw, 32);

	if (what >= 26)
		p->wnd = windows[what - 26];
	else if (what == 25)
		p->wnd = (uint16_t)fast_draw(&c->draw, 0x10000);
}

/* A new connection of this peer, often of the same tuple. */
void
fast_peer_restart(struct fast_case *c, struct fast_peer *p)
{
	struct fast_draw *d = &c->draw;

	p->stage = FAST_STAGE_IDLE;
	p->iss = fast_draw_one_in(d, 4) ? fast_draw_word(d) : p->seq + fast_draw(d, 100000);
	p->fin_sent = p->fin_heard = p->timestamps = false;
	if (fast_draw_one_in(d, 2))
		draw_port(c, p);
	if (fast_draw_one_in(d, 8))
		p->local_port = ports[fast_draw(d, sizeof(ports) / sizeof(ports[0]))];
	if (fast_draw_one_in(d, 8))
		p->options = layouts[fast_draw(d, sizeof(layouts))];
	p->ecn = fast_draw_one_in(d, 4);
}

static void
next_syn(struct fast_case *c, struct fast_peer *p, struct fast_seg *seg)
{
	p->stage = FAST_STAGE_SYN_SENT;
	p->seq = seg->seq = p->iss;
	seg->ack = 0;
	seg->flags = LA_SYN;
	put_syn_options(c, p, seg);
	/* A SYN that is malformed does not come again for ever. */
	if (p->options == 8 || p->options == 9)
		p->options = 0;
	if (fast_draw_one_in(&c->draw, 32))
		draw_text(c, p, seg);
	else if (p->ecn)
		seg->flags |= fast_draw_one_in(&c->draw, 16) ? LA_ECE : LA_ECE_CWR;
}

/* To the stack's own SYN: mostly what it waits for. */
static void
next_answer(struct fast_case *c, struct fast_peer *p, struct fast_seg *seg)
{
	const uint32_t what = fast_draw(&c->draw, 16);

	seg->seq = p->iss;
	seg->flags = what == 13 ? LA_RST | LA_ACK : what == 14 ? LA_SYN : what == 15 ? LA_ACK :
			LA_SYN | LA_ACK;
	p->seq = p->iss + 1;
	p->stage = seg->flags & LA_RST ? FAST_STAGE_IDLE : FAST_STAGE_OPEN;
	if (seg->flags & LA_SYN) {
		if (p->ecn)
			seg->flags |= fast_draw_one_in(&c->draw, 8) ? LA_ECE_CWR : LA_ECE;
		put_syn_options(c, p, seg);
		/* The Linux layout, and its like: our clock goes into its place. */
		if (p->options < 2 || p->options == 5 || p->options >= 10)
			la_put32(seg->options + 12, p->tsecr);
	}
}

/* What peers seldom send. */
static void
next_odd(struct fast_case *c, struct fast_peer *p, struct fast_seg *seg, uint32_t what)
{
	static const uint8_t flags[] = {
		LA_SYN | LA_ACK, LA_RST, LA_RST | LA_ACK, LA_SYN, LA_URG | LA_ACK, LA_FIN, LA_PSH,
		LA_SYN | LA_FIN, LA_ACK | LA_ECE, LA_ACK | LA_CWR, LA_ACK | LA_RST | LA_SYN, 0,
	};
	struct fast_draw *d = &c->draw;

	switch (what) {
	case 0:                         /* A probe of a living peer. */
		seg->seq--;
		seg->len = fast_draw(d, 2);
		break;
	case 1: case 2:
		seg->flags = flags[fast_draw(d, sizeof(flags))];
		break;
	case 3:
		seg->flags = (uint8_t)fast_draw(d, 256);
		seg->urg = (uint16_t)fast_draw(d, 0x10000);
		break;
	case 4:                         /* Old, or not all that came. */
		seg->ack -= 1 + fast_draw(d, 3000);
		break;
	case 5:
		seg->ack += 1 + fast_draw(d, 3000);
		break;
	case 6:                         /* A hole, or a RST in the window. */
		draw_text(c, p, seg);
		seg->seq += 1 + fast_draw(d, 3000);
		if (fast_draw_one_in(d, 8))
			seg->flags = LA_RST;
		break;
	case 7:
		draw_text(c, p, seg);
		seg->seq -= 1 + fast_draw(d, 2000);
		break;
	default:                        /* Again from what the stack has acknowledged. */
		draw_text(c, p, seg);
		seg->seq = p->seq = p->heard;
		p->fin_sent = false;
		p->seq += seg->len;
	}
}

static void
next_fin(struct fast_case *c, struct fast_peer *p, struct fast_seg *seg)
{
	if (fast_draw_one_in(&c->draw, 3))
		draw_text(c, p, seg);
	seg->flags |= LA_FIN;
	p->seq += seg->len + 1;
	p->fin_sent = true;
}

static void
next_last(struct fast_case *c, struct fast_peer *p, struct fast_seg *seg)
{
	const uint32_t what = fast_draw(&c->draw, 16);

	if (what == 15) {               /* The FIN again. */
		seg->seq--;
		seg->flags |= LA_FIN;
	} else if (what == 14) {
		next_odd(c, p, seg, fast_draw(&c->draw, 9));
	} else if (p->fin_heard && what < 10) {
		put_options(c, p, seg, false);
		fast_peer_restart(c, p);
	}
}

static void
next_open(struct fast_case *c, struct fast_peer *p, struct fast_seg *seg)
{
	const uint32_t what = fast_draw(&c->draw, 64);

	if (p->fin_sent) {
		next_last(c, p, seg);
	} else if (what < 28) {
		draw_text(c, p, seg);
		if (fast_draw(&c->draw, 2) == 0)
			seg->flags |= LA_PSH;
		p->seq += seg->len;
	} else if (what < 44) {
		return;
	} else if (what < 53 || (p->fin_heard && what < 58)) {
		next_fin(c, p, seg);
	} else if (what == 63) {
		fast_peer_restart(c, p);
		next_syn(c, p, seg);
	} else {
		next_odd(c, p, seg, what - 53);
	}
}

static void
change(struct fast_case *c, struct fast_seg *seg)
{
	struct fast_draw *d = &c->draw;

	switch (fast_draw(d, 8)) {
	case 0:
		seg->seq += fast_draw(d, 2) == 0 ? 1 : -1u;
		break;
	case 1:
		seg->ack += fast_draw(d, 2) == 0 ? 1 : -1u;
		break;
	case 2:
		seg->seq += fast_draw_word(d);
		break;
	case 3:
		seg->ack += fast_draw_word(d);
		break;
	case 4:
		seg->wnd = (uint16_t)fast_draw(d, 0x10000);
		break;
	case 5:
		seg->flags ^= (uint8_t)(1 << fast_draw(d, 8));
		break;
	case 6:                         /* Any octets for options. */
		seg->options_len = (uint8_t)(4 * fast_draw(d, 11));
		for (uint32_t i = 0; i < seg->options_len; i++)
			seg->options[i] = (uint8_t)fast_draw(d, 12);
		break;
	default:
		seg->urg = (uint16_t)fast_draw(d, 0x10000);
		seg->len = seg->text != NULL ? seg->len : 0;
	}
}

/* What the peer's stack and the routers on its way make of ECN. */
static void
draw_ecn(struct fast_draw *d, struct fast_seg *seg)
{
	static const uint8_t flags[] = { 0, 0, 0, 0, LA_ECE, LA_ECE, LA_CWR, LA_ECE_CWR };

	seg->ecn = (uint8_t)fast_draw(d, 4);
	if (!(seg->flags & LA_SYN))
		seg->flags |= flags[fast_draw(d, sizeof(flags))];
}

static bool
is_known(const struct fast_case *c, const struct fast_peer *p)
{
	const struct la_tuple tuple = {
		.remote = p->address, .local = p->local_index,
		.local_port = p->local_port, .remote_port = p->port,
	};
	const uint32_t handle = fast_lookup(c, &tuple);

	return handle != LA_FLOW_NONE && !(handle & LA_FLOW_TIME_WAIT);
}

/* Mostly a peer does not go on with what the stack has forgotten, nor opens what is open. */
static void
come_to_terms(struct fast_case *c, struct fast_peer *p)
{
	if (!fast_draw_one_in(&c->draw, 4))
		return;
	if (p->stage <= FAST_STAGE_SYN_SENT && is_known(c, p)) {
		draw_port(c, p);
		p->stage = FAST_STAGE_IDLE;
	} else if (p->stage == FAST_STAGE_OPEN && p->seq != p->iss + 1 && !is_known(c, p)) {
		fast_peer_restart(c, p);
	}
}

void
fast_peer_next(struct fast_case *c, struct fast_peer *p, struct fast_seg *seg)
{
	const bool is_wild = c->wild != 0 && fast_draw_one_in(&c->draw, c->wild);

	come_to_terms(c, p);
	draw_window(c, p);
	seg->seq = p->seq;
	seg->ack = p->ack;
	seg->wnd = p->wnd;
	seg->urg = 0;
	seg->flags = LA_ACK;
	seg->ecn = LA_ECN_NOT_ECT;
	seg->options_len = 0;
	seg->len = 0;
	seg->text = pattern(0);
	if (p->stage == FAST_STAGE_IDLE || (p->stage == FAST_STAGE_SYN_SENT &&
			!fast_draw_one_in(&c->draw, 8)))
		next_syn(c, p, seg);
	else if (p->stage == FAST_STAGE_ASKED)
		next_answer(c, p, seg);
	else
		next_open(c, p, seg);
	if (!(seg->flags & LA_SYN) && seg->options_len == 0)
		put_options(c, p, seg, is_wild && fast_draw_one_in(&c->draw, 2));
	if (p->ecn)
		draw_ecn(&c->draw, seg);
	if (is_wild)
		change(c, seg);
}
