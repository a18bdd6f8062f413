/* SPDX-License-Identifier: BSD-3-Clause */
#include "link_rig.h"

#include <string.h>

#include "la_check.h"

enum { TICK_US = 10000 };

static uint8_t *
give_room(void *user)
{
	struct link_rig *rig = user;

	return rig->frames_free > 0 ? rig->out.octets : NULL;
}

static void
capture(void *user, uint32_t len, bool tcp, uint16_t tci)
{
	struct link_rig *rig = user;
	struct la_rx *rx;

	LA_MUST(rig->frames_free > 0 && len <= LINK_RIG_FRAME_MAX && !tcp);
	rig->frames_free--;
	rig->frames++;
	if (rig->keep_nothing)
		return;
	LA_MUST(rig->sents < LINK_RIG_SENT_MAX);
	memcpy(rig->sent[rig->sents].octets, rig->out.octets, len);
	rig->sent[rig->sents].len = len;
	rx = &rig->sent_rx[rig->sents];
	/* Whatever is sent must be well formed. */
	LA_MUST(la_rx_parse(rx, rig->sent[rig->sents].octets, len, 0) == LA_RX_OK);
	rig->sents++;
	LA_MUST(la_mac_eq(&rx->from.mac, &rig->params.mac));
	if (rig->params.tag_offload)
		rx->from.tci = tci;
	LA_MUST((rx->from.tci & LA_TCI_VLAN) == rig->params.vlan);
}

void
link_rig_params(struct link_rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->now_us = UINT64_C(1000000000);
	rig->frames_free = UINT32_MAX;
	rig->ranges[0] = (struct la_link_range){ la_addr_v4(0x0a000001), 1, 24 };
	rig->params = (struct la_link_params){
		.mac = { { 2, 0, 0, 0, 0, 1 } }, .ranges = rig->ranges, .ranges_len = 1,
		.has_gateway = { true, false }, .gateway = { la_addr_v4(0x0a0000fe) },
		.keep_last = true, .icmp_per_s = 1000,
		.secret = { { 0x0123456789abcdef, 0xfedcba9876543210 } },
	};
}

void
link_rig_no_gateway(struct link_rig *rig)
{
	rig->params.has_gateway[0] = rig->params.has_gateway[1] = false;
}

static void
deal(struct link_rig *rig, struct la_link *link, struct la_arena *arena)
{
	const struct la_link_io io = { rig, give_room, capture };

	la_link_init(link, arena, &rig->params, &io, rig->counters);
}

void
link_rig_make(struct link_rig *rig)
{
	enum { ALIGN = 64 };
	struct la_arena measure = { .base = NULL }, arena;
	struct la_link measured;

	LA_MUST(la_link_params_sane(&rig->params));
	la_arena_take(&measure, sizeof(measured));
	deal(rig, &measured, &measure);
	rig->block = calloc(1, la_arena_octets(&measure) + ALIGN);
	LA_MUST(rig->block != NULL);
	arena = (struct la_arena){
		.base = (uint8_t *)rig->block + ALIGN - (uintptr_t)rig->block % ALIGN,
	};
	rig->link = la_arena_take(&arena, sizeof(*rig->link));
	deal(rig, rig->link, &arena);
	LA_MUST(la_arena_octets(&arena) == la_arena_octets(&measure));
	rig->tick_due_us = rig->now_us;
}

void
link_rig_end(struct link_rig *rig)
{
	free(rig->block);
	rig->block = rig->link = NULL;
}

void
link_rig_up(struct link_rig *rig)
{
	la_link_start(rig->link, rig->now_us);
}

static void
tick(struct link_rig *rig)
{
	if (rig->now_us < rig->tick_due_us)
		return;
	rig->tick_due_us = rig->now_us + TICK_US;
	la_link_tick(rig->link, rig->now_us);
}

void
link_rig_give(struct link_rig *rig, const uint8_t *frame, uint32_t len)
{
	struct la_rx rx;
	enum la_rx_reason reason = la_rx_parse(&rx, frame, len, 0);

	if (reason == LA_RX_OK && la_link_is_foreign(rig->link, &rx))
		reason = LA_RX_VLAN;
	else if (reason == LA_RX_OK && la_link_takes(&rx))
		reason = la_link_input(rig->link, &rx, rig->now_us);
	rig->rx[reason]++;
	tick(rig);
}

void
link_rig_overhear(struct link_rig *rig, const uint8_t *frame, uint32_t len)
{
	struct la_rx rx;

	if (la_rx_parse(&rx, frame, len, 0) == LA_RX_OK && la_link_takes(&rx))
		la_link_overhear(rig->link, &rx, rig->now_us);
}

void
link_rig_arp(struct link_rig *rig, struct la_arp arp)
{
	uint8_t frame[128];

	link_rig_give(rig, frame, la_emit_arp(frame, &arp, 0));
}

void
link_rig_wait(struct link_rig *rig, uint64_t us)
{
	while (us > 0) {
		const uint64_t step = us < TICK_US ? us : TICK_US;

		rig->now_us += step;
		us -= step;
		tick(rig);
	}
}

bool
link_rig_hop(struct link_rig *rig, const struct la_addr *remote, struct la_mac *mac)
{
	struct la_hop hop;

	if (!la_link_next_hop(rig->link, remote, &hop, rig->now_us))
		return false;
	*mac = hop.mac;
	return true;
}

bool
link_rig_goes_to(struct link_rig *rig, const struct la_addr *remote, const struct la_mac *mac)
{
	struct la_mac to;
	const bool known = link_rig_hop(rig, remote, &to);

	link_rig_forget(rig);
	return known && la_mac_eq(&to, mac);
}

const struct la_rx *
link_rig_next(struct link_rig *rig)
{
	return rig->seen < rig->sents ? &rig->sent_rx[rig->seen++] : NULL;
}

void
link_rig_expect_nothing(struct link_rig *rig)
{
	ck_assert_uint_eq(rig->sents - rig->seen, 0);
}

void
link_rig_forget(struct link_rig *rig)
{
	rig->sents = rig->seen = 0;
}

uint64_t
link_rig_count(const struct link_rig *rig, enum la_link_count count)
{
	return la_count_read(&rig->counters[count]);
}
