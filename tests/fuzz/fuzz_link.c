/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What hosts and routers of the link say, true and false, to a link without a stack: ARP,
 * Neighbour Discovery, Multicast Listener Discovery, and segments that are to be answered. Each
 * octet chooses; what it chooses from is such that most frames pass the parser.
 */
#include <string.h>

#include "la_check.h"
#include "link_rig.h"
#include "link_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ANSWERS_MAX = 64, WAITS_MAX = 64 };

static struct link_rig rig;

static bool
is_ours(const struct la_addr *a)
{
	return la_address_index(&rig.link->addresses, a) != LA_ADDRESS_NONE;
}

/* A segment came from somebody, perhaps by way of another: where does its answer go? */
static void
answer(struct talk *in)
{
	static const struct la_mac none = { { 0 } };
	const struct la_addr remote = talk_address(in, talk_choose(in, 2));
	const enum la_way_to to = (enum la_way_to)talk_choose(in, LA_TO_PEER + 1);
	struct la_hop from = { .mac = talk_mac(in) };
	struct la_hop hop;

	/* No frame comes from a group's address, or from nobody's; none of ours is taken. */
	if (from.mac.b[0] & 1 || la_mac_eq(&from.mac, &none) || is_ours(&remote))
		return;
	if (talk_choose(in, 2)) {
		const struct la_rx rx = { .source = remote, .from = from };

		if (!la_address_is_on_link(&rig.link->addresses, &remote))
			la_link_came_from_afar(rig.link, &rx, to == LA_TO_PEER, rig.now_us);
		return;
	}
	hop = la_link_answer_hop(rig.link, &remote, &from, to, rig.now_us);
	LA_MUST(!(hop.mac.b[0] & 1) && !la_mac_eq(&hop.mac, &none));
}

/* A frame to the link, or to another one of the port, which tells this one. */
static void
hear(struct talk *in, uint32_t what)
{
	uint32_t (*const make[])(struct talk *, uint8_t *) = { talk_arp, talk_nd, talk_mld };
	const uint64_t before = rig.frames;
	uint8_t frame[TALK_FRAME_MAX];
	const uint32_t len = make[what](in, frame);

	if (talk_choose(in, 4) > 0)
		link_rig_give(&rig, frame, len);
	else
		link_rig_overhear(&rig, frame, len);
	/* One frame draws few. */
	LA_MUST(rig.frames - before <= ANSWERS_MAX);
}

static void
begin(struct talk *in, const uint8_t *data, size_t len)
{
	link_rig_params(&rig);
	talk_begin(in, data, len, rig.params.mac);
	memcpy(rig.ranges, talk_ranges, sizeof(talk_ranges));
	rig.params.ranges_len = TALK_RANGES;
	rig.params.worker = talk_choose(in, 2);
	memcpy(rig.params.gateway, in->gateway, sizeof(in->gateway));
	rig.params.has_gateway[0] = rig.params.has_gateway[1] = true;
	link_rig_make(&rig);
}

static void
act(struct talk *in, uint32_t *waits)
{
	static const uint64_t steps_us[] = { 1000, 100000, 400000, 1100000, 6000000 };
	const uint32_t what = talk_choose(in, 9);
	struct la_addr remote;
	struct la_mac to;

	switch (what) {
	case 0: case 1: case 2:
		hear(in, what);
		return;
	case 3:
		answer(in);
		return;
	case 4:
		if (++*waits < WAITS_MAX)
			link_rig_wait(&rig, steps_us[talk_choose(in, 5)]);
		return;
	case 5:
		rig.now_us += 31000000;
		link_rig_wait(&rig, 1);
		return;
	case 6:
		remote = talk_address(in, talk_choose(in, 2));
		if (!is_ours(&remote) && link_rig_hop(&rig, &remote, &to))
			LA_MUST(!(to.b[0] & 1));
		return;
	case 7:
		link_rig_up(&rig);
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
		link_rig_forget(&rig);
		act(&in, &waits);
		talk_check(&in, rig.link);
	}
	link_rig_end(&rig);
	return 0;
}
