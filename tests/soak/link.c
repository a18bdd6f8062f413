/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The link: a ring of slots by time of arrival. A frame stays where its sender has written it.
 */
#include "link.h"

#include <stdlib.h>
#include <string.h>

#include "soak.h"

enum { ETHERNET_LEN = 14, ETHERTYPE_AT = 12, CERTAIN = 1 << 16 };

/* SplitMix64 */
uint32_t
soak_draw(uint64_t *random, uint32_t n)
{
	uint64_t z = *random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	z ^= z >> 31;
	return (uint32_t)((z >> 32) * n >> 32);
}

void
link_make(struct link *link, uint32_t frames)
{
	link->frames = malloc((frames + 1) * sizeof(*link->frames));
	MUST(link->frames != NULL);
	for (uint32_t i = 1; i <= frames; i++) {
		link->frames[i].next = link->idle;
		link->idle = i;
	}
}

void
link_begin(struct link *link, const struct link_chances *chances, uint64_t seed, uint64_t now_us)
{
	MUST(link->under_way == 0);
	MUST(chances->delay_us + chances->late_us < (LINK_SLOTS - 2) * LINK_SLOT_US);
	link->chances = *chances;
	link->random = seed;
	link->slot = now_us / LINK_SLOT_US;
}

struct link_frame *
link_take(struct link *link)
{
	struct link_frame *frame = &link->frames[link->idle];

	if (link->idle == 0)
		return NULL;
	link->idle = frame->next;
	return frame;
}

void
link_give(struct link *link, struct link_frame *frame)
{
	frame->next = link->idle;
	link->idle = (uint32_t)(frame - link->frames);
}

static bool
happens(struct link *link, uint32_t chance)
{
	return soak_draw(&link->random, CERTAIN) < chance;
}

static void
append(struct link *link, unsigned int to, struct link_frame *frame, uint64_t at_us)
{
	const uint32_t i = (uint32_t)(frame - link->frames);
	const uint32_t at = at_us / LINK_SLOT_US % LINK_SLOTS;
	struct link_slot *slot = &link->slots[to][at];

	frame->next = 0;
	if (slot->first == 0)
		slot->first = i;
	else
		link->frames[slot->last].next = i;
	slot->last = i;
	link->busy[at / 64] |= UINT64_C(1) << at % 64;
	link->under_way++;
}

/* One octet is changed, which every checksum finds; but ARP has none. */
static void
corrupt(struct link *link, struct link_frame *frame)
{
	static const uint8_t arp[] = { 0x08, 0x06 };
	uint32_t at;

	if (memcmp(frame->octets + ETHERTYPE_AT, arp, sizeof(arp)) == 0)
		return;
	at = ETHERNET_LEN + soak_draw(&link->random, frame->len - ETHERNET_LEN);
	frame->octets[at] ^= (uint8_t)(1 + soak_draw(&link->random, UINT8_MAX));
	link->counts.corrupted++;
}

void
link_send(struct link *link, unsigned int to, struct link_frame *frame, uint64_t now_us)
{
	const struct link_chances *c = &link->chances;
	uint64_t at_us = now_us + c->delay_us + LINK_SLOT_US;
	struct link_frame *copy;

	link->counts.frames++;
	if (happens(link, c->lose)) {
		link->counts.lost++;
		link_give(link, frame);
		return;
	}
	if (happens(link, c->delay)) {
		at_us += soak_draw(&link->random, c->late_us + 1);
		link->counts.delayed++;
	}
	copy = happens(link, c->duplicate) ? link_take(link) : NULL;
	if (copy != NULL) {
		copy->len = frame->len;
		memcpy(copy->octets, frame->octets, frame->len);
		append(link, to, copy, at_us + (happens(link, CERTAIN / 2) ? 0 :
				soak_draw(&link->random, c->late_us + 1)));
		link->counts.duplicated++;
	}
	if (happens(link, c->corrupt))
		corrupt(link, frame);
	append(link, to, frame, at_us);
}

uint64_t
link_due_us(const struct link *link)
{
	const uint32_t from = link->slot % LINK_SLOTS;

	if (link->under_way == 0)
		return UINT64_MAX;
	for (uint32_t i = 0; i <= LINK_SLOTS / 64; i++) {
		const uint32_t word = (from / 64 + i) % (LINK_SLOTS / 64);
		uint64_t bits = link->busy[word];

		if (i == 0)
			bits &= UINT64_MAX << from % 64;
		if (bits != 0) {
			const uint32_t at = word * 64 + (uint32_t)__builtin_ctzll(bits);

			return (link->slot + (at - from) % LINK_SLOTS) * LINK_SLOT_US;
		}
	}
	return UINT64_MAX;
}

uint32_t
link_arrived(struct link *link, unsigned int to, uint64_t now_us)
{
	const uint32_t at = now_us / LINK_SLOT_US % LINK_SLOTS;
	const uint32_t first = link->slots[to][at].first;

	link->slots[to][at].first = 0;
	for (uint32_t i = first; i != 0; i = link->frames[i].next)
		link->under_way--;
	return first;
}

void
link_advance(struct link *link, uint64_t now_us)
{
	const uint64_t slot = now_us / LINK_SLOT_US;
	const uint32_t at = slot % LINK_SLOTS;

	link->busy[at / 64] &= ~(UINT64_C(1) << at % 64);
	link->slot = slot + 1;
}
