/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SEG_H
#define LA_SEG_H

/** @file
 * A TCP segment in host order, received or to be sent.
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Control bits (RFC 9293, 3.1). */
enum {
	LA_FIN = 0x01, LA_SYN = 0x02, LA_RST = 0x04, LA_PSH = 0x08,
	LA_ACK = 0x10, LA_URG = 0x20, LA_ECE = 0x40, LA_CWR = 0x80,
};

/** The control bits of ECN (RFC 3168, 6.1). */
enum { LA_ECE_CWR = LA_ECE | LA_CWR };

/** The ECN field of an IP header (RFC 3168, 5). */
enum { LA_ECN_NOT_ECT, LA_ECN_ECT_1, LA_ECN_ECT_0, LA_ECN_CE };

/** Which options a segment carries. */
enum {
	LA_OPT_MSS = 0x01,              /**< RFC 9293, 3.2 */
	LA_OPT_WSCALE = 0x02,           /**< RFC 7323, 2 */
	LA_OPT_SACK_PERMITTED = 0x04,   /**< RFC 2018, 2 */
	LA_OPT_TIMESTAMPS = 0x08,       /**< RFC 7323, 3 */
	LA_OPT_SACK = 0x10,             /**< RFC 2018, 3 */
};

enum { LA_SACK_MAX = 3 };               /**< Blocks that fit beside timestamps. */
enum { LA_WSCALE_MAX = 14 };            /**< A larger shift counts as this (RFC 7323, 2.3). */

/** A run of octets received out of order: left <= seq < right. */
struct la_sack {
	uint32_t left, right;
};

/** Options of a segment; a field is valid if its bit is set in `present`. */
struct la_opts {
	uint8_t present;                /**< LA_OPT_* */
	uint8_t wscale;                 /**< As on the wire, 0 to 255; clamp to LA_WSCALE_MAX. */
	uint16_t mss;                   /**< As on the wire: 0 to 65535. */
	uint32_t tsval, tsecr;
	uint8_t sacks;                  /**< Blocks in sack[]. */
	struct la_sack sack[LA_SACK_MAX];
};

/** A segment. */
struct la_seg {
	uint32_t seq;                   /**< SEG.SEQ */
	uint32_t ack;                   /**< SEG.ACK, if LA_ACK is set. */
	uint16_t wnd;                   /**< SEG.WND as on the wire, not scaled. */
	uint16_t urg;                   /**< Urgent pointer as on the wire. */
	uint8_t flags;
	uint8_t ecn;                    /**< LA_ECN_*, of the IP header. */
	uint32_t len;                   /**< Octets of text, without SYN and FIN. */
	/** Incoming: the text, borrowed from the frame. Outgoing: NULL. */
	const uint8_t *data;
	/** Outgoing: where the text starts, in octets after SND.UNA. */
	uint32_t offset;
	struct la_opts opts;
};

/** SEG.LEN: the sequence space of a segment, SYN and FIN included. */
static inline uint32_t
la_seg_len(const struct la_seg *seg)
{
	return seg->len + !!(seg->flags & LA_SYN) + !!(seg->flags & LA_FIN);
}

#ifdef __cplusplus
}
#endif

#endif
