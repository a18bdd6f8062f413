/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "la_check.h"
#include "link_talk.h"

enum { AT_IP = 14 };

static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } };

void
talk_begin(struct talk *in, const uint8_t *data, size_t len, struct la_mac ours)
{
	*in = (struct talk){
		.data = data, .len = len, .ours = ours,
		.gateway = {
			la_addr_v4(0x0a000000 + TALK_HOSTS - 1),
			{ { 0xfe, 0x80, [15] = TALK_HOSTS - 1 } },
		},
	};
}

const struct la_link_range talk_ranges[TALK_RANGES] = {
	{ { { [10] = 0xff, 0xff, 10, 0, 0, 1 } }, 2, 24 },
	{ { { 0xfd, [15] = 1 } }, 2, 64 },
	{ { { 0xfe, 0x80, [15] = 9 } }, 1, 64 },
};

uint32_t
talk_choose(struct talk *in, uint32_t n)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->data++ % n;
}

struct la_addr
talk_address(struct talk *in, bool v6)
{
	const uint32_t i = talk_choose(in, TALK_HOSTS);
	struct la_addr a = { { 0xfd } };

	if (!v6)
		return i == 0 ? la_addr_v4(0) : la_addr_v4(0x0a000000 + i);
	if (i == 0)
		return (struct la_addr){ { 0 } };
	if (i & 8) {
		a.b[0] = 0xfe;
		a.b[1] = 0x80;
	}
	a.b[15] = (uint8_t)i;
	return a;
}

struct la_mac
talk_mac(struct talk *in)
{
	const uint8_t i = (uint8_t)talk_choose(in, TALK_HOSTS);
	struct la_mac m = { { 2, 0, 0, 0, 9, i } };

	if (i == 0)
		return in->ours;
	if (i == 1)
		return (struct la_mac){ { 0 } };
	if (i == 2)
		m.b[0] = 3;
	return m;
}

uint32_t
talk_arp(struct talk *in, uint8_t *frame)
{
	const struct la_addr sender = talk_address(in, false), target = talk_address(in, false);
	struct la_arp arp = {
		.op = (uint16_t)(1 + talk_choose(in, 2)), .sender_mac = talk_mac(in),
		.sender = la_addr_low(&sender), .target = la_addr_low(&target),
	};

	if (talk_choose(in, 2) == 0)
		arp.target_mac = in->ours;
	return la_emit_arp(frame, &arp, 0);
}

uint32_t
talk_nd(struct talk *in, uint8_t *frame)
{
	const uint32_t flags = talk_choose(in, 32);
	const struct la_nd nd = {
		.type = flags & 1 ? LA_ND_SOLICITATION : LA_ND_ADVERTISEMENT,
		.target = talk_address(in, true), .has_mac = flags & 2, .mac = talk_mac(in),
		.solicited = flags & 4, .override = flags & 8, .router = flags & 16,
	};
	const struct la_addr group = la_addr_solicited_node(&nd.target);
	struct la_path path = { .source_mac = talk_mac(in), .source = talk_address(in, true) };

	switch (talk_choose(in, 3)) {
	case 0:
		path.dest = all_nodes;
		break;
	case 1:
		path.dest = group;
		break;
	default:
		path.dest = talk_address(in, true);
	}
	path.dest_mac = la_addr_is_multicast(&path.dest) ? la_mac_of_group(&path.dest) :
			in->ours;
	return la_emit_nd(frame, &path, &nd);
}

uint32_t
talk_mld(struct talk *in, uint8_t *frame)
{
	static const uint8_t alert[] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	enum { QUERY = 130, AT_EXTENSION = AT_IP + 40 };
	uint8_t body[32] = { (uint8_t)talk_choose(in, 256), (uint8_t)talk_choose(in, 256) };
	struct la_path path = { .source_mac = talk_mac(in), .source = talk_address(in, true) };
	struct la_icmp icmp = { .type = QUERY, .body = body };
	struct la_addr group = talk_address(in, true);
	uint32_t len;

	if (talk_choose(in, 2) == 0)
		group = la_addr_solicited_node(&group);
	memcpy(body + 4, &group, sizeof(group));
	icmp.len = (uint16_t)(20 + 4 * talk_choose(in, 3));
	path.dest = talk_choose(in, 2) == 0 ? all_nodes : group;
	path.dest_mac = la_mac_of_group(&path.dest);
	len = la_emit_icmp(frame, &path, &icmp);
	memmove(frame + AT_EXTENSION + sizeof(alert), frame + AT_EXTENSION, len - AT_EXTENSION);
	memcpy(frame + AT_EXTENSION, alert, sizeof(alert));
	frame[AT_IP + 7] = 1;
	frame[AT_IP + 6] = 0;
	frame[AT_IP + 5] += sizeof(alert);
	return len + (uint32_t)sizeof(alert);
}

void
talk_check(const struct talk *in, const struct la_link *link)
{
	static const struct la_mac none = { { 0 } };
	const struct la_neighbours *n = &link->neighbours;
	uint32_t in_use = 0;

	for (uint32_t i = 0; i <= n->mask; i++) {
		const struct la_neighbour *e = &n->entries[i];

		if (e->state == LA_NEIGHBOUR_FREE)
			continue;
		in_use++;
		LA_MUST(la_address_index(&link->addresses, &e->address) == LA_ADDRESS_NONE);
		LA_MUST(e->state == LA_NEIGHBOUR_INCOMPLETE || (!(e->mac.b[0] & 1) &&
				!la_mac_eq(&e->mac, &none) &&
				!la_mac_eq(&e->mac, &in->ours)));
	}
	LA_MUST(in_use == n->in_use);
	for (int family = 0; family < 2; family++) {
		const struct la_neighbour *e = n->gateway[family];

		LA_MUST(e == NULL || (e->gateway && e->state != LA_NEIGHBOUR_FREE &&
				la_addr_eq(&e->address, &in->gateway[family])));
	}
	LA_MUST(link->duplicates.n <= LA_DUPLICATES);
}
