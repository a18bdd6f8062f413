/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing of Multicast Listener reports (RFC 3810, 5.2; RFC 2710, 3). */
#include "la_checksum.h"
#include "la_emit.h"
#include "rx_parts.h"

enum {
	HOP_LIMIT_MLD = 1, HOP_BY_HOP = 0,
	EXTENSION_LEN = 8, HEADER_LEN = 8, GROUP_LEN = 16, RECORD_LEN = 4 + GROUP_LEN,
};

/* @return where ICMPv6 begins. */
static uint8_t *
put_headers(uint8_t *frame, const struct la_path *path, uint32_t len)
{
	/* Router alert, so that snooping switches look at it (RFC 2711), and padding. */
	static const uint8_t extension[EXTENSION_LEN] = { PROTOCOL_ICMPV6, 0, 5, 2, 0, 0, 1, 0 };
	uint8_t *at = frame;

	memcpy(at, &path->dest_mac, sizeof(path->dest_mac));
	memcpy(at + 6, &path->source_mac, sizeof(path->source_mac));
	if (path->tci != 0) {
		la_put16(at + 12, TYPE_VLAN);
		la_put16(at + 14, path->tci);
		at += TAG_LEN;
	}
	la_put16(at + 12, TYPE_IPV6);
	at += ETHER_LEN;
	la_put32(at, 0x60000000);
	la_put32(at + 4, (EXTENSION_LEN + len) << 16 | HOP_BY_HOP << 8 | HOP_LIMIT_MLD);
	memcpy(at + 8, &path->source, sizeof(path->source));
	memcpy(at + 24, &path->dest, sizeof(path->dest));
	memcpy(at + IPV6_LEN, extension, sizeof(extension));
	return at + IPV6_LEN + EXTENSION_LEN;
}

static void
put_records(uint8_t *at, const struct la_mld *mld)
{
	la_put32(at + 4, mld->groups_len);
	at += HEADER_LEN;
	for (uint32_t i = 0; i < mld->groups_len; i++, at += RECORD_LEN) {
		la_put32(at, (uint32_t)mld->record << 24);
		memcpy(at + 4, &mld->groups[i], GROUP_LEN);
	}
}

uint32_t
la_emit_mld(uint8_t *frame, const struct la_path *path, const struct la_mld *mld)
{
	const bool v2 = mld->type == LA_MLD_REPORT_V2;
	const uint32_t len = v2 ? HEADER_LEN + mld->groups_len * RECORD_LEN : HEADER_LEN + GROUP_LEN;
	uint8_t *at = put_headers(frame, path, len);
	uint64_t sum = la_checksum_pseudo(&path->source, &path->dest, PROTOCOL_ICMPV6, len);

	la_put32(at, (uint32_t)mld->type << 24);
	if (v2) {
		put_records(at, mld);
	} else {
		la_put32(at + 4, 0);
		memcpy(at + HEADER_LEN, &mld->groups[0], GROUP_LEN);
	}
	la_put16(at + 2, la_checksum_finish(la_checksum_add(sum, at, len)));
	return (uint32_t)(at - frame) + len;
}
