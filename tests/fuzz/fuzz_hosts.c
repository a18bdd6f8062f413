/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What hosts and routers of the link say, true and false, to a stack that serves and opens
 * connections: ARP, Neighbour Discovery, Multicast Listener Discovery, ICMP errors. Each
 * octet chooses; what it chooses from is such that most frames pass the parser.
 */
#include <string.h>

#include "la_check.h"
#include "link_talk.h"
#include "rig.h"
#include "stack_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ANSWERS_MAX = 64, WAITS_MAX = 64, AT_IP = 14, MTU = 1280 };

static struct rig rig;

/* It quotes a frame that we sent, or what was there before. */
static uint32_t
make_error(struct talk *in, uint8_t *frame)
{
	const bool v6 = talk_choose(in, 2);
	const uint8_t *sent = rig.sent[talk_choose(in, 8)].octets;
	uint8_t body[64];
	const struct la_path path = {
		.source_mac = talk_mac(in), .dest_mac = rig.params.mac,
		.source = talk_address(in, v6), .dest = talk_address(in, v6),
	};
	const struct la_icmp icmp = {
		.type = (uint8_t)(v6 ? talk_choose(in, 5) : talk_choose(in, 13)),
		.code = (uint8_t)talk_choose(in, 6), .body = body,
		.len = (uint16_t)talk_choose(in, sizeof(body)),
	};

	la_put32(body, talk_choose(in, 256) * 16);
	memcpy(body + 4, sent + AT_IP, sizeof(body) - 4);
	return la_emit_icmp(frame, &path, &icmp);
}

/* A frame to the stack, or to another one of the port, which tells this one. */
static void
hear(struct talk *in, uint32_t what)
{
	uint32_t (*const make[])(struct talk *, uint8_t *) = {
		talk_arp, talk_nd, talk_mld, make_error,
	};
	const uint64_t before = rig.frames;
	uint8_t frame[TALK_FRAME_MAX];
	struct la_rx rx;
	const uint32_t len = make[what](in, frame);

	if (talk_choose(in, 4) > 0) {
		rig_put_frame(&rig, frame, len);
		rig_poll(&rig);
	} else {
		la_rx_parse(&rx, frame, len, 0);
		if (rx.reason == LA_RX_OK && rx.kind != LA_KIND_TCP)
			la_stack_overhear(rig.stack, &rx, rig.now_us);
	}
	/* One frame draws few. */
	LA_MUST(rig.frames - before <= ANSWERS_MAX);
}

static void
begin(struct talk *in, const uint8_t *data, size_t len)
{
	la_test_set_ipv6(false);
	rig_params(&rig, 16);
	talk_begin(in, data, len, rig.params.mac);
	rig.service.send_at_open = 5000;
	memcpy(rig.ranges, talk_ranges, sizeof(talk_ranges));
	rig.params.ranges_len = TALK_RANGES;
	rig.params.mtu = MTU;
	rig.params.worker = talk_choose(in, 2);
	rig.params.workers = 2;
	memcpy(rig.params.gateway, in->gateway, sizeof(in->gateway));
	rig.params.has_gateway[0] = rig.params.has_gateway[1] = true;
	rig_start(&rig);
}

static void
act(struct talk *in, uint32_t *waits)
{
	static const uint64_t steps_us[] = { 1000, 100000, 400000, 1100000, 6000000 };
	const uint32_t what = talk_choose(in, 9);
	struct la_addr remote;

	switch (what) {
	case 0: case 1: case 2: case 3:
		hear(in, what);
		return;
	case 4:
		if (++*waits < WAITS_MAX)
			rig_wait(&rig, steps_us[talk_choose(in, 5)]);
		return;
	case 5:
		rig.now_us += 31000000;
		rig_poll(&rig);
		return;
	case 6:
		la_test_set_ipv6(talk_choose(in, 2));
		remote = talk_address(in, la_test_is_ipv6());
		if (la_stack_connect(rig.stack, la_test_is_ipv6() ? 2 : 0,
				(uint16_t)(20000 + talk_choose(in, 8)), &remote, 9, 0, rig.now_us,
				&(uint32_t){ 0 }) == LA_OPEN_MADE)
			rig_poll(&rig);
		return;
	case 7:
		la_stack_start(rig.stack, rig.now_us);
		return;
	default:
		rig.frames_free = talk_choose(in, 2) ? UINT32_MAX : 0;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct talk in;
	uint32_t waits = 0;

	begin(&in, data, len);
	while (in.len > 0) {
		rig_forget(&rig);
		act(&in, &waits);
		talk_check(&in, &rig.stack->link);
	}
	rig.frames_free = UINT32_MAX;
	la_stack_abort_all(rig.stack, rig.now_us);
	rig_wait(&rig, 100000);
	rig_end(&rig, false);
	return 0;
}
