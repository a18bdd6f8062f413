/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_FAST_FRAME_H
#define LA_TEST_FAST_FRAME_H

/** @file
 * Segments as frames, right and wrong in all ways: a twist is a change of one header that
 * the checksums are made for, damage is done afterwards.
 */
#include "fast_draw.h"
#include "la_emit.h"

enum {
	FAST_TEXT_MAX = 3000,
	FAST_FRAME_MAX = FAST_TEXT_MAX + 256,
	FAST_OPTIONS_MAX = 40,
};

/** A segment with options of any octets. */
struct fast_seg {
	uint32_t seq, ack;
	uint16_t wnd, urg;
	uint8_t flags;
	uint8_t ecn;                    /**< LA_ECN_*, of the IP header. */
	uint8_t options_len;            /**< A multiple of 4. */
	uint8_t options[FAST_OPTIONS_MAX];
	uint32_t len;
	const uint8_t *text;
};

/** Changes of a frame that is otherwise right. */
enum fast_twist {
	FAST_TWIST_NONE,
	FAST_TWIST_TTL, FAST_TWIST_TOS, FAST_TWIST_DF, FAST_TWIST_MF, FAST_TWIST_OFFSET,
	FAST_TWIST_ID, FAST_TWIST_LONGER, FAST_TWIST_SHORTER, FAST_TWIST_PROTOCOL,
	FAST_TWIST_VERSION, FAST_TWIST_DATA_OFFSET, FAST_TWIST_PORT_ZERO,
	FAST_TWIST_RESERVED_BITS, FAST_TWIST_SOURCE_ODD, FAST_TWIST_DEST_ODD,
	FAST_TWIST_LAND, FAST_TWIST_SOURCE_OURS, FAST_TWIST_DEST_MAC, FAST_TWIST_DEST_GROUP,
	FAST_TWIST_SOURCE_GROUP, FAST_TWIST_TYPE, FAST_TWIST_EXTENSION,
	FAST_TWISTS
};

/** What is done to a frame that is made. */
enum fast_damage {
	FAST_DAMAGE_NONE,
	FAST_DAMAGE_PAD, FAST_DAMAGE_PAD_MUCH, FAST_DAMAGE_IP_CHECKSUM,
	FAST_DAMAGE_TCP_CHECKSUM, FAST_DAMAGE_CUT, FAST_DAMAGE_CUT_MUCH, FAST_DAMAGE_BIT,
	FAST_DAMAGE_SECOND_TAG, FAST_DAMAGE_CHECKSUM_PARTIAL,
	FAST_DAMAGES
};

/** How a frame is made. */
struct fast_plan {
	struct la_path path;            /**< tci: the tag in the frame. */
	enum fast_twist twist;
	enum fast_damage damage;
};

/**
 * Write a frame of a segment.
 *
 * @param frame  Room for FAST_FRAME_MAX octets.
 * @return its length.
 */
uint32_t fast_frame_make(uint8_t *frame, const struct fast_plan *plan, const struct fast_seg *seg,
		struct fast_draw *draw);

#endif
