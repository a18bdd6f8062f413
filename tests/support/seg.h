/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_SEG_H
#define LA_TEST_SEG_H

/** @file
 * Segments as tests write them: numbers count from the first octet of a stream,
 * and both streams wrap round 2^32 within their first few octets.
 */
#include <stddef.h>

#include "la_seg.h"

#define TEST_ISS 0xfffffff0u            /**< Ours. */
#define TEST_IRS 0xffffffe8u            /**< The peer's. */

/** Sequence number of octet n of our stream, and of the peer's. */
#define S(n) (TEST_ISS + 1u + (uint32_t)(n))
#define R(n) (TEST_IRS + 1u + (uint32_t)(n))

enum {
	TEST_STREAM = 1 << 20,          /**< Longest stream seg_text() knows. */
	TEST_WND = 65535,               /**< SEG.WND of the templates. */
};

/** Octet n of every test's stream. */
static inline uint8_t
seg_octet(uint32_t n)
{
	return (uint8_t)((n * 2654435761u) >> 24);
}

/** @p n is the place in the stream, or up to 64 KiB before it: text of up to 64 KiB from there. */
const uint8_t *seg_text(uint32_t n);

struct la_seg seg_syn(void);
struct la_seg seg_syn_ack(uint32_t ack);
struct la_seg seg_ack(uint32_t seq, uint32_t ack);
struct la_seg seg_data(uint32_t seq, uint32_t ack, uint32_t len);
struct la_seg seg_fin(uint32_t seq, uint32_t ack);
struct la_seg seg_data_fin(uint32_t seq, uint32_t ack, uint32_t len);
struct la_seg seg_rst(uint32_t seq);

/** The same segment with another window, or with the timestamps option. */
struct la_seg seg_wnd(struct la_seg seg, uint16_t wnd);
struct la_seg seg_ts(struct la_seg seg, uint32_t tsval, uint32_t tsecr);

/** What a test expects of a segment; PSH is not looked at, nor `ack` without ACK. */
struct seg_want {
	uint8_t flags;
	uint32_t seq, ack, len;
};

bool seg_is(const struct la_seg *seg, const struct seg_want *want);
/** "SYN|ACK seq ... ack ... len ..."; @return @p text. */
char *seg_format(const struct la_seg *seg, char *text, size_t len);

#endif
