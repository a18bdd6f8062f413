/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One control block in some reachable state, then segments, timeouts and user
 * calls as the octets say. What must hold after each is in tests/support/tcb.c:
 * SND.UNA =< SND.NXT, an edge of the window that never moves left, held text in
 * order and in the window, text delivered exactly and once, a timer for whatever
 * is outstanding, pools that are full in the end.
 */
#include <stdlib.h>

#include "family.h"
#include "tcb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(x) do { if (!(x)) abort(); } while (0)

enum { STEPS = 300, TEXT_MAX = 3000, IPV6 = 0x40 };

struct input {
	const uint8_t *data;
	size_t len;
};

static uint32_t
take(struct input *in, int octets)
{
	uint32_t value = 0;

	for (; octets > 0 && in->len > 0; octets--, in->len--)
		value = value << 8 | *in->data++;
	return value;
}

static int32_t
delta(struct input *in)
{
	uint32_t kind = take(in, 1);

	if (kind < 128)
		return (int32_t)kind - 64;
	if (kind < 224)
		return (int16_t)take(in, 2);
	return (int32_t)take(in, 4);
}

static uint32_t
pick_seq(const struct tcb_host *host, struct input *in)
{
	uint32_t nxt = host->tcb.rcv.nxt;

	switch (take(in, 1) % 4) {
	case 0: return nxt;
	case 1: return nxt + la_tcp_rcv_wnd(&host->env, &host->tcb) + (uint32_t)delta(in);
	case 2: return R(delta(in));
	default: return nxt + (uint32_t)delta(in);
	}
}

static uint32_t
pick_ack(const struct tcb_host *host, struct input *in)
{
	switch (take(in, 1) % 4) {
	case 0: return host->tcb.snd.nxt;
	case 1: return host->tcb.snd.una;
	case 2: return host->tcb.snd.una + (uint32_t)delta(in);
	default: return host->tcb.snd.nxt + (uint32_t)delta(in);
	}
}

static void
pick_options(const struct tcb_host *host, struct input *in, struct la_seg *seg)
{
	seg->opts.present = (uint8_t)(take(in, 1) & 0x1f);
	seg->opts.mss = (uint16_t)take(in, 2);
	seg->opts.wscale = (uint8_t)take(in, 1);
	seg->opts.tsval = host->tcb.ts_recent + (uint32_t)delta(in);
	seg->opts.tsecr = host->last_tsval;
	seg->opts.sacks = (uint8_t)(take(in, 1) % (LA_SACK_MAX + 1));
	for (int i = 0; i < seg->opts.sacks; i++)
		seg->opts.sack[i] = (struct la_sack){ pick_ack(host, in), pick_ack(host, in) };
}

static void
segment(struct tcb_host *host, struct input *in)
{
	struct la_seg seg;
	uint8_t flags = (uint8_t)take(in, 1);
	uint32_t seq = pick_seq(host, in), ack = pick_ack(host, in);

	/* The peer's SYN says where its stream starts: always at the same place. */
	if (host->tcb.state == LA_SYN_SENT)
		seq = TEST_IRS;
	/* A plain ACK more often than not. */
	flags = flags < 128 ? LA_ACK : flags;
	seg = seg_data(seq + !!(flags & LA_SYN), ack, take(in, 2) % TEXT_MAX);
	seg.seq = seq;
	seg.flags = flags;
	seg.wnd = (uint16_t)take(in, 2);
	seg.urg = flags;
	if (take(in, 1) & 1)
		pick_options(host, in, &seg);
	/* Far from the stream the text is not the stream's. */
	if (seg.len && (uint32_t)(seq - R(0)) + 65536 > 65536 + TEST_STREAM - TEXT_MAX)
		seg.len = 0;
	tcb_arrives(host, seg);
}

/* An ICMP error quotes something: the MSS never rises, nor falls below the default. */
static void
icmp_error(struct tcb_host *host, struct input *in)
{
	const uint16_t before = tcb_send_mss(host);
	const uint32_t seq = host->tcb.snd.una + (uint32_t)delta(in);
	const uint32_t mss = take(in, 2);
	uint16_t now;

	if (host->tcb.state == LA_CLOSED)
		return;
	if (la_tcp_too_big(&host->env, &host->tcb, seq, mss, host->now_us))
		MUST(mss < before && la_tcp_owes(&host->env, &host->tcb));
	now = tcb_send_mss(host);
	MUST(now == before || (now < before && now >= la_test_mss_default()));
	tcb_check(host);
}

static void
user_call(struct tcb_host *host, struct input *in)
{
	switch (take(in, 1) % 8) {
	case 0: case 1:
		if (!(host->tcb.flags & LA_TCB_CLOSE) && host->tcb.state != LA_CLOSED)
			la_tcp_send(&host->env, &host->tcb, 1 + take(in, 2), host->now_us);
		break;
	case 2:
		tcb_close(host);
		break;
	case 3:
		host->take = take(in, 2);
		tcb_room(host, host->take);
		break;
	case 4:
		host->take = UINT32_MAX;
		tcb_room(host, UINT32_MAX);
		break;
	case 5:
		host->take = take(in, 1);       /* Without a word about its room. */
		break;
	case 6:
		host->no_challenges = !host->no_challenges;
		break;
	case 7:
		if (take(in, 1) == 0)
			tcb_abort(host);
		else
			icmp_error(host, in);
		break;
	}
}

static void
step(struct tcb_host *host, struct input *in)
{
	uint32_t what = take(in, 1);

	switch (what % 8) {
	case 0: case 1: case 2:
		segment(host, in);
		break;
	case 3:
		user_call(host, in);
		break;
	case 4:
		tcb_fire(host);
		break;
	case 5:
		host->now_us += take(in, 3);
		if (host->armed && host->deadline_us < host->now_us)
			tcb_fire(host);
		break;
	default:
		tcb_pull(host);
		break;
	}
}

static void
setup(struct tcb_host *host, struct input *in)
{
	static const enum la_tcp_state states[] = { LA_SYN_SENT, LA_SYN_RECEIVED, LA_FIN_WAIT_1,
		LA_FIN_WAIT_2, LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK, LA_ESTABLISHED };
	uint32_t bits = take(in, 2), how = take(in, 1);
	struct tcb_setup open = { .by = BY_SYN, .timestamps = bits & 1, .sack = bits & 2,
		.wscale = bits & 4, .shift = (uint8_t)(bits >> 3 & 15), .wnd = 1 };

	host->params.nagle = bits & 0x80;
	host->params.window = bits & 0x100 ? 1 + take(in, 2) : 65535;
	if (bits & 0x200)
		host->params.window <<= 3;
	host->params.rcv_scale = la_tcp_scale_for(host->params.window);
	host->params.keepalive_us = bits & 0x400 ? 5000000 : 0;
	host->params.idle_timeout_us = bits & 0x800 ? 9000000 : 0;
	host->chunks.size = bits & 0x1000 ? 2 : TCB_CHUNKS;
	host->exts.size = bits & 0x2000 ? 0 : TCB_EXTS;
	open.mss = (uint16_t)(64 + take(in, 1) * 16);
	open.wnd = (uint16_t)(1 + take(in, 2) % 65535);
	open.by = how >> 4 & 1 ? BY_ACTIVE : how >> 5 & 1 ? BY_COOKIE : BY_SYN;
	if (how & 8)
		tcb_open(host, &open);
	else
		tcb_enter(host, states[how & 7]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	struct tcb_host *host = malloc(sizeof(*host));

	/* A bit of the first two octets that setup() has no use for. */
	la_test_set_ipv6(len > 0 && data[0] & IPV6);
	tcb_begin(host);
	setup(host, &in);
	for (int i = 0; i < STEPS && in.len > 0; i++) {
		if (host->tcb.state == LA_CLOSED)
			break;
		step(host, &in);
		if (host->tcb.state == LA_TIME_WAIT) {
			tcb_pull(host);
			break;
		}
	}
	tcb_pull(host);
	tcb_end(host);
	free(host);
	return 0;
}
