/* SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

#include <string.h>

#include "la_emit.h"

enum {
	OURS = 0x0a000001, GATEWAY = 0x0a0000fe, REMOTE = 0xc0000209,
	AT_IP = 14, AT_HOP_LIMIT = AT_IP + 7, TAG_LEN = 4, QUOTED = 8, QUERY_LEN = 24,
	IPV6_LEN = 40, ALERT_LEN = 8, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17,
	MTU = 1400, MTU_OF_NO_LINK = 1279,
};

const struct la_stack_range control_ranges[CONTROL_RANGES] = {
	{ { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 } }, 2, 24 },
	{ { { 0xfd, [15] = 1 } }, 2, 64 },
};
const struct la_addr control_gateway[2] = {
	{ { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 0xfe } }, { { 0xfd, [15] = 0xfe } },
};
const struct la_addr control_remote[2] = {
	{ { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 9 } },
	{ { 0x20, 1, 0xd, 0xb8, [15] = 9 } },
};

static const struct la_mac gateway_mac = { { 2, 0, 0, 0, 0, 9 } };
static const struct la_addr all_nodes = { { 0xff, 0x02, [15] = 1 } };
static const struct la_addr querier = { { 0xfe, 0x80, [15] = 0xfe } };

#define ARP(op, who, what) \
	{ .name = "ARP", .kind = CONTROL_ARP, .type = op, .heard = LA_HEARERS_##who, .flaw = what }
#define ND(nd, all, who, what) \
	{ .name = "ND", .kind = CONTROL_ND, .v6 = true, .type = LA_ND_##nd, .to_group = all, \
		.heard = LA_HEARERS_##who, .flaw = what }
#define MLD(mld, who, what) \
	{ .name = "MLD", .kind = CONTROL_MLD, .v6 = true, .type = LA_MLD_##mld, \
		.heard = LA_HEARERS_##who, .flaw = what }
#define ICMP(t, c, who, what) \
	{ .name = "ICMP", .kind = CONTROL_ICMP, .type = t, .code = c, \
		.heard = LA_HEARERS_##who, .flaw = what }
#define ICMP_V6(t, c, who, what) \
	{ .name = "ICMPv6", .kind = CONTROL_ICMP, .v6 = true, .type = t, .code = c, \
		.heard = LA_HEARERS_##who, .flaw = what }
#define SEGMENT(of_v6) { .name = "TCP", .kind = CONTROL_TCP, .v6 = of_v6 }

const struct control controls[] = {
	ARP(1, ALL, AS_IT_SHOULD), ARP(2, ALL, AS_IT_SHOULD),
	ND(SOLICITATION, true, ALL, AS_IT_SHOULD), ND(SOLICITATION, false, ALL, AS_IT_SHOULD),
	ND(ADVERTISEMENT, true, ALL, AS_IT_SHOULD), ND(ADVERTISEMENT, false, ALL, AS_IT_SHOULD),
	MLD(QUERY, FIRST, AS_IT_SHOULD),
	/* No such protocol, no such port, too big. */
	ICMP(3, 2, OWNER, AS_IT_SHOULD), ICMP(3, 3, OWNER, AS_IT_SHOULD),
	ICMP(3, 4, OWNER, AS_IT_SHOULD),
	ICMP_V6(1, 4, OWNER, AS_IT_SHOULD), ICMP_V6(2, 0, OWNER, AS_IT_SHOULD),

	SEGMENT(false), SEGMENT(true),
	/* Net and host unreachable, quench, redirect, echo, time exceeded, timestamp. */
	ICMP(3, 0, NONE, AS_IT_SHOULD), ICMP(3, 1, NONE, AS_IT_SHOULD),
	ICMP(4, 0, NONE, AS_IT_SHOULD), ICMP(5, 1, NONE, AS_IT_SHOULD),
	ICMP(8, 0, NONE, AS_IT_SHOULD), ICMP(0, 0, NONE, AS_IT_SHOULD),
	ICMP(11, 0, NONE, AS_IT_SHOULD), ICMP(13, 0, NONE, AS_IT_SHOULD),
	/* No route, echo, routers, a redirect, an experiment. */
	ICMP_V6(1, 0, NONE, AS_IT_SHOULD),
	ICMP_V6(128, 0, NONE, AS_IT_SHOULD), ICMP_V6(129, 0, NONE, AS_IT_SHOULD),
	ICMP_V6(133, 0, NONE, AS_IT_SHOULD), ICMP_V6(134, 0, NONE, AS_IT_SHOULD),
	ICMP_V6(137, 0, NONE, AS_IT_SHOULD), ICMP_V6(200, 0, NONE, AS_IT_SHOULD),
	MLD(REPORT_V1, NONE, AS_IT_SHOULD), MLD(REPORT_V2, NONE, AS_IT_SHOULD),
	MLD(QUERY, NONE, FROM_AFAR), MLD(QUERY, NONE, NOT_LINK_LOCAL),
	MLD(QUERY, NONE, NO_ALERT), MLD(QUERY, NONE, CUT_SHORT),
	MLD(QUERY, NONE, TO_ANOTHER_MAC), MLD(QUERY, NONE, OF_ANOTHER_VLAN),

	ARP(2, NONE, TO_ANOTHER_MAC), ARP(1, NONE, OF_ANOTHER_VLAN),
	ND(ADVERTISEMENT, false, NONE, TO_ANOTHER_MAC),
	ND(ADVERTISEMENT, false, NONE, OF_ANOTHER_VLAN),
	ND(ADVERTISEMENT, false, NONE, BAD_CHECKSUM),
	ND(ADVERTISEMENT, false, NONE, FROM_AFAR),

	ICMP(3, 3, NONE, TO_ANOTHER_MAC), ICMP(3, 3, NONE, TO_A_GROUP),
	ICMP(3, 3, NONE, TO_ANOTHER_ADDRESS), ICMP(3, 3, NONE, FROM_US),
	ICMP(3, 3, NONE, OF_ANOTHER_VLAN), ICMP(3, 3, NONE, BAD_CHECKSUM),
	ICMP(3, 3, NONE, QUOTES_ANOTHER), ICMP(3, 3, NONE, QUOTES_OUR_OTHER),
	ICMP(3, 3, NONE, QUOTES_UDP), ICMP(3, 3, NONE, QUOTES_A_FRAGMENT),
	ICMP(3, 3, NONE, QUOTES_TOO_LITTLE), ICMP(3, 3, NONE, CUT_SHORT),
	ICMP_V6(1, 4, NONE, TO_ANOTHER_MAC), ICMP_V6(1, 4, NONE, TO_A_GROUP),
	ICMP_V6(1, 4, NONE, TO_ANOTHER_ADDRESS), ICMP_V6(1, 4, NONE, FROM_US),
	ICMP_V6(1, 4, NONE, OF_ANOTHER_VLAN), ICMP_V6(1, 4, NONE, BAD_CHECKSUM),
	ICMP_V6(1, 4, NONE, QUOTES_ANOTHER), ICMP_V6(1, 4, NONE, QUOTES_OUR_OTHER),
	ICMP_V6(1, 4, NONE, QUOTES_UDP),
	ICMP_V6(1, 4, NONE, QUOTES_TOO_LITTLE), ICMP_V6(1, 4, NONE, CUT_SHORT),
	ICMP_V6(2, 0, NONE, LOW_MTU),
};
const int controls_len = sizeof(controls) / sizeof(controls[0]);

/* Number @p n of ours, or what is no address of ours for n = 2. */
static struct la_addr
our_address(const struct control *c, uint8_t n)
{
	struct la_addr a = control_ranges[c->v6].first;

	a.b[15] = (uint8_t)(a.b[15] + n);
	return a;
}

static struct la_path
path_of(const struct control *c, const struct la_mac *ours)
{
	return (struct la_path){
		.source_mac = gateway_mac, .dest_mac = *ours,
		.source = c->flaw == FROM_US ? our_address(c, 1) : control_gateway[c->v6],
		.dest = our_address(c, c->flaw == TO_ANOTHER_ADDRESS ? 2 : 0),
		.tci = c->flaw == OF_ANOTHER_VLAN ? 5 : 0,
		.source_port = CONTROL_REMOTE_PORT, .dest_port = CONTROL_LOCAL_PORT,
	};
}

static uint32_t
make_arp(const struct control *c, const struct la_mac *ours, uint8_t *frame)
{
	const struct la_arp arp = {
		.op = c->type, .sender_mac = gateway_mac, .sender = GATEWAY, .target = OURS,
		.target_mac = c->type == 2 ? *ours : (struct la_mac){ { 0 } },
	};

	return la_emit_arp(frame, &arp, path_of(c, ours).tci);
}

static uint32_t
make_nd(const struct control *c, const struct la_mac *ours, uint8_t *frame)
{
	const bool asks = c->type == LA_ND_SOLICITATION;
	const struct la_addr us = our_address(c, 0), group = la_addr_solicited_node(&us);
	const struct la_nd nd = {
		.type = c->type, .has_mac = true, .mac = gateway_mac,
		.target = asks ? us : control_gateway[1], .solicited = !asks && !c->to_group,
	};
	struct la_path path = path_of(c, ours);

	if (c->to_group) {
		path.dest = asks ? group : all_nodes;
		path.dest_mac = la_mac_of_group(&path.dest);
	}
	return la_emit_nd(frame, &path, &nd);
}

/* The start of a segment that we have sent. @return its octets. */
static uint32_t
make_quote(const struct control *c, uint8_t *ip)
{
	const struct la_addr source = our_address(c, c->flaw == QUOTES_ANOTHER ? 2 :
			c->flaw == QUOTES_OUR_OTHER ? 1 : c->flaw == TO_ANOTHER_ADDRESS ? 2 : 0);
	const uint8_t protocol = c->flaw == QUOTES_UDP ? PROTOCOL_UDP : PROTOCOL_TCP;
	const uint32_t len = c->v6 ? 40 : 20;

	if (c->v6) {
		ip[0] = 0x60;
		ip[6] = protocol;
		memcpy(ip + 8, &source, sizeof(source));
		memcpy(ip + 24, &control_remote[1], sizeof(control_remote[1]));
	} else {
		ip[0] = 0x45;
		la_put16(ip + 6, c->flaw == QUOTES_A_FRAGMENT ? 0x2000 : 0x4000);
		ip[9] = protocol;
		la_put32(ip + 12, la_addr_low(&source));
		la_put32(ip + 16, REMOTE);
	}
	la_put16(ip + len, c->local_port != 0 ? c->local_port : CONTROL_LOCAL_PORT);
	la_put16(ip + len + 2, CONTROL_REMOTE_PORT);
	la_put32(ip + len + 4, c->seq);
	return len + QUOTED;
}

static uint32_t
make_icmp(const struct control *c, const struct la_mac *ours, uint8_t *frame)
{
	uint8_t body[4 + 40 + QUOTED] = { 0 };
	const uint32_t len = 4 + make_quote(c, body + 4);
	const struct la_icmp icmp = {
		.type = c->type, .code = c->code, .body = body,
		.len = (uint16_t)(c->flaw == CUT_SHORT ? 4 :
				c->flaw == QUOTES_TOO_LITTLE ? len - 1 : len),
	};
	const struct la_path path = path_of(c, ours);

	la_put32(body, c->flaw == LOW_MTU ? MTU_OF_NO_LINK : MTU);
	return la_emit_icmp(frame, &path, &icmp);
}

/* A router alert (RFC 2711) between an IPv6 header and ICMPv6. */
static void
insert_alert(uint8_t *ip, uint32_t len)
{
	memmove(ip + IPV6_LEN + ALERT_LEN, ip + IPV6_LEN, len - IPV6_LEN);
	memcpy(ip + IPV6_LEN, (const uint8_t [ALERT_LEN]){ 58, 0, 5, 2, 0, 0, 1, 0 }, ALERT_LEN);
	la_put16(ip + 4, (uint16_t)(la_get16(ip + 4) + ALERT_LEN));
	ip[6] = 0;
}

static uint32_t
make_mld(const struct control *c, const struct la_mac *ours, uint8_t *frame)
{
	const uint8_t body[QUERY_LEN] = { 0 };
	const struct la_icmp icmp = {
		.type = c->type, .body = body,
		.len = c->flaw == CUT_SHORT ? QUERY_LEN - 5 : QUERY_LEN,
	};
	struct la_path path = path_of(c, ours);
	uint32_t len;
	uint8_t *ip;

	path.dest = all_nodes;
	path.dest_mac = la_mac_of_group(&all_nodes);
	if (c->flaw != NOT_LINK_LOCAL)
		path.source = querier;
	len = la_emit_icmp(frame, &path, &icmp);
	/* No checksum holds these. */
	ip = frame + AT_IP + (path.tci != 0 ? TAG_LEN : 0);
	ip[AT_HOP_LIMIT - AT_IP] = 1;
	if (c->flaw == NO_ALERT)
		return len;
	insert_alert(ip, len - (uint32_t)(ip - frame));
	return len + ALERT_LEN;
}

static uint32_t
make_segment(const struct control *c, const struct la_mac *ours, uint8_t *frame)
{
	const struct la_seg seg = { .seq = 1, .flags = LA_SYN, .wnd = 1000 };
	const struct la_path path = path_of(c, ours);

	return la_emit_tcp(frame, &path, &seg, false);
}

static uint32_t
make(const struct control *c, const struct la_mac *ours, uint8_t *frame)
{
	switch (c->kind) {
	case CONTROL_ARP:
		return make_arp(c, ours, frame);
	case CONTROL_ND:
		return make_nd(c, ours, frame);
	case CONTROL_ICMP:
		return make_icmp(c, ours, frame);
	case CONTROL_MLD:
		return make_mld(c, ours, frame);
	case CONTROL_TCP:
		break;
	}
	return make_segment(c, ours, frame);
}

uint32_t
control_make(const struct control *c, const struct la_mac *ours, uint8_t frame[CONTROL_FRAME_MAX])
{
	const uint32_t len = make(c, ours, frame);

	if (c->flaw == TO_ANOTHER_MAC) {
		frame[0] &= 0xfe;
		frame[5] ^= 4;
	}
	if (c->flaw == TO_A_GROUP)
		frame[0] |= 1;
	if (c->flaw == BAD_CHECKSUM)
		frame[len - 1] ^= 1;
	if (c->flaw == FROM_AFAR)
		frame[AT_HOP_LIMIT] = 64;
	return len;
}
