/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What hosts and routers of the link say, true and false, to a stack that serves and opens
 * connections: ARP, Neighbour Discovery, Multicast Listener Discovery, ICMP errors. Each
 * octet chooses; what it chooses from is such that most frames pass the parser.
 */
#include <string.h>

#include "la_check.h"
#include "rig.h"
#include "stack_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { HOSTS = 16, ANSWERS_MAX = 64, WAITS_MAX = 64, AT_IP = 14, MTU = 1280 };

struct input {
	const uint8_t *data;
	size_t len;
};

static struct rig rig;
static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } };

static uint32_t
choose(struct input *in, uint32_t n)
{
	if (in->len == 0)
		return 0;
	in->len--;
	return *in->data++ % n;
}

/* 0: nobody's; 1 and 2: ours; the last: the gateway's. */
static struct la_addr
address(struct input *in, bool v6)
{
	const uint32_t i = choose(in, HOSTS);
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

static struct la_mac
mac(struct input *in)
{
	const uint8_t i = (uint8_t)choose(in, HOSTS);
	struct la_mac m = { { 2, 0, 0, 0, 9, i } };

	if (i == 0)
		return rig.params.mac;
	if (i == 1)
		return (struct la_mac){ { 0 } };
	if (i == 2)
		m.b[0] = 3;
	return m;
}

static uint32_t
make_arp(struct input *in, uint8_t *frame)
{
	const struct la_addr sender = address(in, false), target = address(in, false);
	struct la_arp arp = {
		.op = (uint16_t)(1 + choose(in, 2)), .sender_mac = mac(in),
		.sender = la_addr_low(&sender), .target = la_addr_low(&target),
	};

	if (choose(in, 2) == 0)
		arp.target_mac = rig.params.mac;
	return la_emit_arp(frame, &arp, 0);
}

static uint32_t
make_nd(struct input *in, uint8_t *frame)
{
	const uint32_t flags = choose(in, 32);
	const struct la_nd nd = {
		.type = flags & 1 ? LA_ND_SOLICITATION : LA_ND_ADVERTISEMENT,
		.target = address(in, true), .has_mac = flags & 2, .mac = mac(in),
		.solicited = flags & 4, .override = flags & 8, .router = flags & 16,
	};
	const struct la_addr group = la_addr_solicited_node(&nd.target);
	struct la_path path = { .source_mac = mac(in), .source = address(in, true) };

	switch (choose(in, 3)) {
	case 0:
		path.dest = all_nodes;
		break;
	case 1:
		path.dest = group;
		break;
	default:
		path.dest = address(in, true);
	}
	path.dest_mac = la_addr_is_multicast(&path.dest) ? la_mac_of_group(&path.dest) :
			rig.params.mac;
	return la_emit_nd(frame, &path, &nd);
}

/* A query with the router alert, to all nodes or to one. */
static uint32_t
make_mld(struct input *in, uint8_t *frame)
{
	static const uint8_t alert[] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	enum { QUERY = 130, AT_EXTENSION = AT_IP + 40 };
	uint8_t body[32] = { (uint8_t)choose(in, 256), (uint8_t)choose(in, 256) };
	struct la_path path = { .source_mac = mac(in), .source = address(in, true) };
	struct la_icmp icmp = { .type = QUERY, .body = body };
	struct la_addr group = address(in, true);
	uint32_t len;

	if (choose(in, 2) == 0)
		group = la_addr_solicited_node(&group);
	memcpy(body + 4, &group, sizeof(group));
	icmp.len = (uint16_t)(20 + 4 * choose(in, 3));
	path.dest = choose(in, 2) == 0 ? all_nodes : group;
	path.dest_mac = la_mac_of_group(&path.dest);
	len = la_emit_icmp(frame, &path, &icmp);
	memmove(frame + AT_EXTENSION + sizeof(alert), frame + AT_EXTENSION, len - AT_EXTENSION);
	memcpy(frame + AT_EXTENSION, alert, sizeof(alert));
	frame[AT_IP + 7] = 1;
	frame[AT_IP + 6] = 0;
	frame[AT_IP + 5] += sizeof(alert);
	return len + (uint32_t)sizeof(alert);
}

/* It quotes a frame that we sent, or what was there before. */
static uint32_t
make_error(struct input *in, uint8_t *frame)
{
	const bool v6 = choose(in, 2);
	const uint8_t *sent = rig.sent[choose(in, 8)].octets;
	uint8_t body[64];
	const struct la_path path = {
		.source_mac = mac(in), .dest_mac = rig.params.mac,
		.source = address(in, v6), .dest = address(in, v6),
	};
	const struct la_icmp icmp = {
		.type = (uint8_t)(v6 ? choose(in, 5) : choose(in, 13)),
		.code = (uint8_t)choose(in, 6), .body = body,
		.len = (uint16_t)choose(in, sizeof(body)),
	};

	la_put32(body, choose(in, 256) * 16);
	memcpy(body + 4, sent + AT_IP, sizeof(body) - 4);
	return la_emit_icmp(frame, &path, &icmp);
}

/* A frame to the stack, or to another one of the port, which tells this one. */
static void
hear(struct input *in, uint32_t what)
{
	uint32_t (*const make[])(struct input *, uint8_t *) = {
		make_arp, make_nd, make_mld, make_error,
	};
	const uint64_t before = rig.frames;
	uint8_t frame[256];
	struct la_rx rx;
	const uint32_t len = make[what](in, frame);

	if (choose(in, 4) > 0) {
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

/* What must hold of the table at any time. */
static void
check(void)
{
	static const struct la_mac none = { { 0 } };
	const struct la_neighbours *n = &rig.stack->link.neighbours;
	uint32_t in_use = 0;

	for (uint32_t i = 0; i <= n->mask; i++) {
		const struct la_neighbour *e = &n->entries[i];

		if (e->state == LA_NEIGHBOUR_FREE)
			continue;
		in_use++;
		LA_MUST(la_address_index(&rig.stack->link.addresses, &e->address) == LA_ADDRESS_NONE);
		LA_MUST(e->state == LA_NEIGHBOUR_INCOMPLETE || (!(e->mac.b[0] & 1) &&
				!la_mac_eq(&e->mac, &none) &&
				!la_mac_eq(&e->mac, &rig.params.mac)));
	}
	LA_MUST(in_use == n->in_use);
	for (int family = 0; family < 2; family++) {
		const struct la_neighbour *e = n->gateway[family];

		LA_MUST(e == NULL || (e->gateway && e->state != LA_NEIGHBOUR_FREE &&
				la_addr_eq(&e->address, &rig.params.gateway[family])));
	}
	LA_MUST(rig.stack->link.duplicates.n <= LA_DUPLICATES);
}

static void
begin(struct input *in)
{
	la_test_set_ipv6(false);
	rig_params(&rig, 16);
	rig.service.send_at_open = 5000;
	rig.ranges[0] = (struct la_stack_range){ la_addr_v4(0x0a000001), 2, 24 };
	rig.ranges[1] = (struct la_stack_range){ { { 0xfd, [15] = 1 } }, 2, 64 };
	rig.ranges[2] = (struct la_stack_range){ { { 0xfe, 0x80, [15] = 9 } }, 1, 64 };
	rig.params.ranges_len = 3;
	rig.params.mtu = MTU;
	rig.params.worker = choose(in, 2);
	rig.params.workers = 2;
	rig.params.gateway[0] = la_addr_v4(0x0a000000 + HOSTS - 1);
	rig.params.gateway[1] = (struct la_addr){ { 0xfe, 0x80, [15] = HOSTS - 1 } };
	rig.params.has_gateway[0] = rig.params.has_gateway[1] = true;
	rig_start(&rig);
}

static void
act(struct input *in, uint32_t *waits)
{
	static const uint64_t steps_us[] = { 1000, 100000, 400000, 1100000, 6000000 };
	const uint32_t what = choose(in, 9);
	struct la_addr remote;

	switch (what) {
	case 0: case 1: case 2: case 3:
		hear(in, what);
		return;
	case 4:
		if (++*waits < WAITS_MAX)
			rig_wait(&rig, steps_us[choose(in, 5)]);
		return;
	case 5:
		rig.now_us += 31000000;
		rig_poll(&rig);
		return;
	case 6:
		la_test_set_ipv6(choose(in, 2));
		remote = address(in, la_test_is_ipv6());
		if (la_stack_connect(rig.stack, la_test_is_ipv6() ? 2 : 0,
				(uint16_t)(20000 + choose(in, 8)), &remote, 9, 0, rig.now_us,
				&(uint32_t){ 0 }) == LA_OPEN_MADE)
			rig_poll(&rig);
		return;
	case 7:
		la_stack_start(rig.stack, rig.now_us);
		return;
	default:
		rig.frames_free = choose(in, 2) ? UINT32_MAX : 0;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = { data, len };
	uint32_t waits = 0;

	begin(&in);
	while (in.len > 0) {
		rig_forget(&rig);
		act(&in, &waits);
		check();
	}
	rig.frames_free = UINT32_MAX;
	la_stack_abort_all(rig.stack, rig.now_us);
	rig_wait(&rig, 100000);
	rig_end(&rig, false);
	return 0;
}
