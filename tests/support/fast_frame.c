/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames by hand: what la_emit_tcp() cannot write, too. */
#include "fast_frame.h"

#include <string.h>

#include "la_checksum.h"

enum { ETHER = 14, TAG = 4, IPV4 = 20, IPV6 = 40, TCP = 20, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION_OPTIONS = 60 };

/* A frame that is being made. */
struct making {
	uint8_t *frame, *ip, *tcp;
	uint32_t len;                   /* Of TCP and its text. */
	uint16_t pseudo;                /* Sum of the pseudo-header. */
	bool v4;
};

static void
put_link(struct making *m, const struct fast_plan *plan)
{
	uint8_t *at = m->frame + 12;

	memcpy(m->frame, &plan->path.dest_mac, 6);
	memcpy(m->frame + 6, &plan->path.source_mac, 6);
	if (plan->path.tci != 0) {
		la_put16(at, 0x8100);
		la_put16(at + 2, plan->path.tci);
		at += TAG;
	}
	la_put16(at, m->v4 ? 0x0800 : 0x86dd);
	m->ip = at + 2;
}

/* Between the IP header and TCP: an IPv4 option, or an extension header. @return octets. */
static uint32_t
put_extension(struct making *m, struct fast_draw *draw)
{
	static const uint8_t next[] = { DESTINATION_OPTIONS, HOP_BY_HOP, ROUTING, FRAGMENT };
	uint8_t *at = m->ip + (m->v4 ? IPV4 : IPV6);

	if (m->v4) {
		m->ip[0] = 0x46;
		la_put32(at, 0x94040000);
		return 4;
	}
	m->ip[6] = next[fast_draw(draw, 4)];
	la_put32(at, (uint32_t)PROTOCOL_TCP << 24 | 0x0104);
	la_put32(at + 4, 0);
	return 8;
}

static void
put_ip(struct making *m, const struct fast_plan *plan, uint32_t ecn)
{
	if (m->v4) {
		memcpy(m->ip + 12, plan->path.source.b + 12, 4);
		memcpy(m->ip + 16, plan->path.dest.b + 12, 4);
		la_put32(m->ip, 0x45000000 | ecn << 16);
		la_put32(m->ip + 4, 0x4000);
		la_put32(m->ip + 8, 64u << 24 | PROTOCOL_TCP << 16);
	} else {
		la_put32(m->ip, 0x60000000 | ecn << 20);
		la_put32(m->ip + 4, PROTOCOL_TCP << 8 | 64);
		memcpy(m->ip + 8, &plan->path.source, 16);
		memcpy(m->ip + 24, &plan->path.dest, 16);
	}
}

static void
put_ip_len(struct making *m)
{
	const uint32_t behind = (uint32_t)(m->tcp - m->ip) + m->len;

	if (m->v4)
		la_put16(m->ip + 2, (uint16_t)behind);
	else
		la_put16(m->ip + 4, (uint16_t)(behind - IPV6));
}

static void
put_tcp(struct making *m, const struct fast_plan *plan, const struct fast_seg *seg)
{
	uint8_t *tcp = m->tcp;

	la_put16(tcp, plan->path.source_port);
	la_put16(tcp + 2, plan->path.dest_port);
	la_put32(tcp + 4, seg->seq);
	la_put32(tcp + 8, seg->ack);
	tcp[12] = (uint8_t)((TCP + seg->options_len) / 4 << 4);
	tcp[13] = seg->flags;
	la_put16(tcp + 14, seg->wnd);
	la_put16(tcp + 16, 0);
	la_put16(tcp + 18, seg->urg);
	memcpy(tcp + TCP, seg->options, seg->options_len);
	memcpy(tcp + TCP + seg->options_len, seg->text, seg->len);
	m->len = TCP + seg->options_len + seg->len;
}

/* Addresses that no host has, or that none of the port's are. */
static void
twist_address(struct making *m, bool dest, struct fast_draw *draw)
{
	static const uint32_t odd[] = { 0, 0x7f000001, 0xe0000001, 0xffffffff, 0xf0000001,
		0x0a0000ff, 0x0a000007 };
	uint8_t *at = m->ip + (m->v4 ? 12 : 8) + (dest ? m->v4 ? 4 : 16 : 0);
	const uint32_t which = fast_draw(draw, 7);

	if (m->v4) {
		la_put32(at, odd[which]);
	} else {
		memset(at, 0, 16);
		at[0] = which < 2 ? 0xff : which < 4 ? 0xfd : 0;
		at[15] = (uint8_t)(which & 1);
		/* Mapped: an IPv4 address of the port's. */
		if (which == 6) {
			at[10] = at[11] = 0xff;
			la_put32(at + 12, 0x0a000001);
		}
	}
}

static void
twist_ip(struct making *m, enum fast_twist twist, struct fast_draw *draw)
{
	static const uint8_t hops[] = { 0, 1, 2, 255 };
	uint8_t *ip = m->ip;

	if (twist == FAST_TWIST_TTL)
		ip[m->v4 ? 8 : 7] = hops[fast_draw(draw, 4)];
	else if (twist == FAST_TWIST_TOS)
		ip[1] ^= (uint8_t)(1 + fast_draw(draw, 255));
	else if (twist == FAST_TWIST_PROTOCOL)
		ip[m->v4 ? 9 : 6] = PROTOCOL_UDP;
	else if (m->v4 && twist == FAST_TWIST_VERSION && fast_draw(draw, 2) == 0)
		ip[0] = (uint8_t)(0x40 | fast_draw(draw, 16));
	else if (twist == FAST_TWIST_VERSION)
		ip[0] ^= (uint8_t)(1 + fast_draw(draw, 255));
	else if (m->v4 && twist == FAST_TWIST_DF)
		ip[6] = 0;
	else if (m->v4 && twist == FAST_TWIST_MF)
		ip[6] |= 0x20;
	else if (m->v4 && twist == FAST_TWIST_OFFSET)
		ip[6 + fast_draw(draw, 2)] |= 1;
	else if (m->v4 && twist == FAST_TWIST_ID)
		la_put16(ip + 4, (uint16_t)fast_draw(draw, 0x10000));
	else if (!m->v4)
		la_put16(ip + 2, (uint16_t)fast_draw(draw, 0x10000));
}

/* The length in the IP header, not that of the frame. */
static void
twist_len(struct making *m, bool longer, struct fast_draw *draw)
{
	uint8_t *at = m->ip + (m->v4 ? 2 : 4);
	const uint32_t by = 1 + fast_draw(draw, 64);

	la_put16(at, (uint16_t)(longer ? la_get16(at) + by : la_get16(at) - by));
}

static void
twist_tcp(struct making *m, enum fast_twist twist, struct fast_draw *draw)
{
	if (twist == FAST_TWIST_DATA_OFFSET)
		m->tcp[12] = (uint8_t)(fast_draw(draw, 16) << 4);
	else if (twist == FAST_TWIST_RESERVED_BITS)
		m->tcp[12] |= (uint8_t)(1 + fast_draw(draw, 15));
	else
		la_put16(m->tcp + 2 * fast_draw(draw, 2), 0);
}

/* To itself, or from another of our addresses. */
static void
twist_source(struct making *m, bool ours)
{
	const uint32_t at = m->v4 ? 12 : 8, len = m->v4 ? 4 : 16;

	memcpy(m->ip + at, m->ip + at + len, len);
	if (ours)
		m->ip[at + len - 1] ^= 3;
}

static void
twist_link(struct making *m, enum fast_twist twist, struct fast_draw *draw)
{
	if (twist == FAST_TWIST_DEST_MAC)
		m->frame[fast_draw(draw, 6)] ^= 0x22;
	else if (twist == FAST_TWIST_DEST_GROUP)
		m->frame[0] |= 1;
	else if (twist == FAST_TWIST_SOURCE_GROUP)
		m->frame[6] |= 1;
	else
		la_put16(m->ip - 2, (uint16_t)fast_draw(draw, 0x10000));
}

static void
twist(struct making *m, enum fast_twist twist, struct fast_draw *draw)
{
	switch (twist) {
	case FAST_TWIST_NONE: case FAST_TWIST_EXTENSION: case FAST_TWISTS:
		break;
	case FAST_TWIST_TTL: case FAST_TWIST_TOS: case FAST_TWIST_DF: case FAST_TWIST_MF:
	case FAST_TWIST_OFFSET: case FAST_TWIST_ID: case FAST_TWIST_PROTOCOL:
	case FAST_TWIST_VERSION:
		twist_ip(m, twist, draw);
		break;
	case FAST_TWIST_LONGER: case FAST_TWIST_SHORTER:
		twist_len(m, twist == FAST_TWIST_LONGER, draw);
		break;
	case FAST_TWIST_DATA_OFFSET: case FAST_TWIST_PORT_ZERO: case FAST_TWIST_RESERVED_BITS:
		twist_tcp(m, twist, draw);
		break;
	case FAST_TWIST_SOURCE_ODD: case FAST_TWIST_DEST_ODD:
		twist_address(m, twist == FAST_TWIST_DEST_ODD, draw);
		break;
	case FAST_TWIST_LAND: case FAST_TWIST_SOURCE_OURS:
		twist_source(m, twist == FAST_TWIST_SOURCE_OURS);
		break;
	case FAST_TWIST_DEST_MAC: case FAST_TWIST_DEST_GROUP: case FAST_TWIST_SOURCE_GROUP:
	case FAST_TWIST_TYPE:
		twist_link(m, twist, draw);
		break;
	}
}

static struct la_addr
address_at(const struct making *m, const uint8_t *at)
{
	struct la_addr a;

	if (m->v4)
		return la_addr_v4(la_get32(at));
	memcpy(&a, at, sizeof(a));
	return a;
}

/* Over the header and text that the IP header says there are. */
static void
put_checksums(struct making *m, uint32_t gap)
{
	const uint32_t header = (m->v4 ? IPV4 : IPV6) + gap;
	const struct la_addr source = address_at(m, m->ip + (m->v4 ? 12 : 8));
	const struct la_addr dest = address_at(m, m->ip + (m->v4 ? 16 : 24));
	uint32_t len = la_get16(m->ip + (m->v4 ? 2 : 4)) - (m->v4 ? header : gap);
	uint64_t sum;

	if (m->v4)
		la_put16(m->ip + 10, la_checksum_finish(la_checksum_add(0, m->ip, header)));
	if (len > m->len)
		len = m->len;
	sum = la_checksum_pseudo(&source, &dest, PROTOCOL_TCP, len);
	m->pseudo = la_checksum_fold(sum);
	la_put16(m->tcp + 16, la_checksum_finish(la_checksum_add(sum, m->tcp, len)));
}

static void
second_tag(struct making *m, uint32_t *len)
{
	memmove(m->frame + ETHER - 2 + TAG, m->frame + ETHER - 2, *len - ETHER + 2);
	la_put16(m->frame + ETHER - 2, 0x8100);
	la_put16(m->frame + ETHER, 5);
	*len += TAG;
}

/* Two draws in one expression would come in any order, and a seed mean anything. */
static void
flip_bit(uint8_t *octets, uint32_t n, struct fast_draw *draw)
{
	const uint32_t at = fast_draw(draw, n);

	octets[at] ^= (uint8_t)(1 << fast_draw(draw, 8));
}

static uint32_t
do_damage(struct making *m, enum fast_damage damage, uint32_t len, struct fast_draw *draw)
{
	enum { MINIMUM = 60, MUCH = 64 };
	uint32_t pad = 0;

	if (damage == FAST_DAMAGE_PAD && len < MINIMUM)
		pad = MINIMUM - len;
	else if (damage == FAST_DAMAGE_PAD_MUCH)
		pad = 1 + fast_draw(draw, MUCH);
	else if (damage == FAST_DAMAGE_IP_CHECKSUM)
		flip_bit(m->ip + 10, 2, draw);
	else if (damage == FAST_DAMAGE_TCP_CHECKSUM)
		flip_bit(m->tcp + 16, 2, draw);
	else if (damage == FAST_DAMAGE_CUT)
		len -= 1 + fast_draw(draw, 24);
	else if (damage == FAST_DAMAGE_CUT_MUCH)
		len = fast_draw(draw, len);
	else if (damage == FAST_DAMAGE_BIT)
		flip_bit(m->frame, len < MUCH ? len : MUCH, draw);
	else if (damage == FAST_DAMAGE_SECOND_TAG)
		second_tag(m, &len);
	else if (damage == FAST_DAMAGE_CHECKSUM_PARTIAL)
		la_put16(m->tcp + 16, m->pseudo);
	/* Not zeros: nothing may depend on them. */
	memset(m->frame + len, 0xee, pad);
	return len + pad;
}

uint32_t
fast_frame_make(uint8_t *frame, const struct fast_plan *plan, const struct fast_seg *seg,
		struct fast_draw *draw)
{
	struct making m = { .frame = frame, .v4 = la_addr_is_v4(&plan->path.source) };
	uint32_t gap = 0;

	put_link(&m, plan);
	put_ip(&m, plan, seg->ecn);
	if (plan->twist == FAST_TWIST_EXTENSION)
		gap = put_extension(&m, draw);
	m.tcp = m.ip + (m.v4 ? IPV4 : IPV6) + gap;
	put_tcp(&m, plan, seg);
	put_ip_len(&m);
	twist(&m, plan->twist, draw);
	put_checksums(&m, gap);
	return do_damage(&m, plan->damage, (uint32_t)(m.tcp - frame) + m.len, draw);
}
