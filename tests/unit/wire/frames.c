/* SPDX-License-Identifier: BSD-3-Clause */
#include "frames.h"

#include <stdlib.h>

#include "la_check.h"

#define MACS 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1

/* Octet by octet, so that these do not depend on la_emit_*(). */
static const uint8_t tcp4[] = {
	MACS, 0x08, 0x00,
	0x45, 0, 0, 50, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 77, 0, 2, 10, 77, 0, 1,
	0xc0, 0x01, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x18, 0x10, 0, 0, 0, 0, 0,
	'h', 'e', 'l', 'l', 'o', ' ', 'y', 'o', 'u', '\n',
};
static const uint8_t tcp6[] = {
	MACS, 0x86, 0xdd,
	0x60, 0, 0, 0, 0, 30, 6, 64,
	0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	0xc0, 0x01, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x18, 0x10, 0, 0, 0, 0, 0,
	'h', 'e', 'l', 'l', 'o', ' ', 'y', 'o', 'u', '\n',
};
static const uint8_t icmp4[] = {
	MACS, 0x08, 0x00,
	0x45, 0, 0, 32, 0, 0, 0x40, 0, 64, 1, 0, 0, 10, 77, 0, 2, 10, 77, 0, 1,
	8, 0, 0, 0, 0, 1, 0, 2, 'p', 'i', 'n', 'g',
};
static const uint8_t icmp6[] = {
	MACS, 0x86, 0xdd,
	0x60, 0, 0, 0, 0, 12, 58, 255,
	0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	128, 0, 0, 0, 0, 1, 0, 2, 'p', 'i', 'n', 'g',
};
static const uint8_t arp[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x06,
	0, 1, 0x08, 0x00, 6, 4, 0, 1,
	2, 0, 0, 0, 0, 1, 10, 77, 0, 2, 0, 0, 0, 0, 0, 0, 10, 77, 0, 1,
};

uint16_t
naive_sum(const uint8_t *octets, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum += i % 2 == 0 ? octets[i] * 256u : octets[i];
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return (uint16_t)sum;
}

uint16_t
naive_sum_pseudo(const uint8_t *ip, const uint8_t *l4, size_t len, uint8_t protocol)
{
	size_t address_len = ip[0] >> 4 == 4 ? 4 : 16, at = 2 * address_len;
	uint8_t *octets = calloc(1, at + 8 + len);

	ck_assert(octets != NULL);
	memcpy(octets, ip + (address_len == 4 ? 12 : 8), 2 * address_len);
	octets[at] = (uint8_t)(len >> 24);
	octets[at + 1] = (uint8_t)(len >> 16);
	octets[at + 2] = (uint8_t)(len >> 8);
	octets[at + 3] = (uint8_t)len;
	octets[at + 7] = protocol;
	memcpy(octets + at + 8, l4, len);
	uint16_t sum = naive_sum(octets, at + 8 + len);
	free(octets);
	return sum;
}

static void
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static bool
is_v4(const struct frame *frame)
{
	return frame->octets[12] == 0x08 && frame->octets[13] == 0x00;
}

void
frame_fix_sums(struct frame *frame, size_t l4)
{
	uint8_t *ip = frame->octets + AT_IP, *at = frame->octets + l4;
	size_t len = frame->len - l4;
	bool tcp = is_v4(frame) ? ip[9] == 6 : ip[6] != 58;

	if (is_v4(frame)) {
		put16(ip + 10, 0);
		put16(ip + 10, 0xffffu - naive_sum(ip, 20));
	}
	if (tcp && len >= 18) {
		put16(at + 16, 0);
		put16(at + 16, 0xffffu - naive_sum_pseudo(ip, at, len, 6));
	} else if (!tcp && len >= 4) {
		put16(at + 2, 0);
		put16(at + 2, 0xffffu - (is_v4(frame) ? naive_sum(at, len) :
				naive_sum_pseudo(ip, at, len, 58)));
	}
}

void
frame_make(struct frame *frame, enum base base)
{
	static const struct { const uint8_t *octets; size_t len; size_t l4; } bases[] = {
		[TCP4] = { tcp4, sizeof(tcp4), AT_L4 },
		[TCP6] = { tcp6, sizeof(tcp6), AT_L4_V6 },
		[ICMP4] = { icmp4, sizeof(icmp4), AT_L4 },
		[ICMP6] = { icmp6, sizeof(icmp6), AT_L4_V6 },
		[ARP] = { arp, sizeof(arp), 0 },
	};

	memset(frame, 0, sizeof(*frame));
	frame->len = bases[base].len;
	memcpy(frame->octets, bases[base].octets, frame->len);
	if (base != ARP)
		frame_fix_sums(frame, bases[base].l4);
}

void
frame_insert(struct frame *frame, size_t at, const uint8_t *octets, size_t n)
{
	ck_assert(frame->len + n <= sizeof(frame->octets));
	memmove(frame->octets + at + n, frame->octets + at, frame->len - at);
	memcpy(frame->octets + at, octets, n);
	frame->len += n;
	if (is_v4(frame))
		put16(frame->octets + AT_IP + 2, (unsigned int)frame->len - AT_IP);
	else
		put16(frame->octets + AT_IP + 4, (unsigned int)frame->len - AT_IP - 40);
}

enum la_rx_reason
frame_parse(const struct frame *frame, size_t len, unsigned int checked)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct la_rx rx;

	ck_assert(copy != NULL);
	memcpy(copy, frame->octets, len);
	enum la_rx_reason reason = la_rx_parse(&rx, len > 0 ? copy : copy + 1, len, checked);
	ck_assert(rx.reason == reason);
	free(copy);
	return reason;
}
