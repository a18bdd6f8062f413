/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TCP_SACK_H
#define LA_TCP_SACK_H

/** @file
 * What the files for loss on a connection with SACK share: the scoreboard (board.c), what an
 * ACK says (sack.c), which segments are lost (rack.c), and how much may be sent (recovery.c).
 */
#include "tcp_private.h"

/** What one ACK has shown. */
struct la_news {
	const struct la_tcp_params *params;
	uint64_t now_us;
	uint32_t delivered;             /**< Octets newly known to have reached the peer. */
	uint32_t echo_ms;               /**< When the text that this ACK answers was sent, ms. */
	bool echoes;                    /**< echo_ms is valid: the ACK has a timestamp. */
	uint32_t fack;                  /**< The old RACK.fack; SND.UNA if there was none. */
	bool advanced;                  /**< SND.UNA has moved. */
	bool sack;                      /**< The ACK has SACK blocks. */
	bool dsack;                     /**< The peer received text twice (RFC 2883). */
	uint32_t dsack_left, dsack_right;
};

/* Times of ranges: in units of 8 us, modulo 2^29 (71 minutes). */

enum { LA_MARK_SHIFT = 3, LA_MARK_MASK = (1 << 29) - 1 };

static inline uint32_t
la_board__mark(uint64_t now_us)
{
	return (uint32_t)(now_us >> LA_MARK_SHIFT) & LA_MARK_MASK;
}

static inline bool
la_board__mark_after(uint32_t a, uint32_t b)
{
	return ((a - b - 1) & LA_MARK_MASK) < LA_MARK_MASK / 2;
}

static inline uint32_t
la_board__mark_age(uint32_t mark, uint64_t now_us)
{
	const uint32_t age = (la_board__mark(now_us) - mark) & LA_MARK_MASK;

	/* Text sent again at this moment has a mark one later. */
	return age == LA_MARK_MASK ? 0 : age << LA_MARK_SHIFT;
}

/* board.c */

/** Record that octets from @p seq to @p end are sent. Call before SND.NXT is moved. */
void la_board__sent(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t seq, uint32_t end,
		uint64_t now_us);
/** SND.UNA has moved from @p before. */
void la_board__acked(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t before,
		struct la_news *news);
/** A SACK block covers octets from @p left to @p right, within SND.UNA to SND.NXT. */
void la_board__sacked(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t left,
		uint32_t right, struct la_news *news);
/** Octets in flight: below `next`, not SACKed and not lost (RFC 6675, pipe). */
uint32_t la_board__pipe(const struct la_tcb *tcb, const struct la_tcp_ext *ext);
/** Sum of all SACKed octets. */
uint32_t la_board__sum_sacked(const struct la_tcb *tcb, const struct la_tcp_ext *ext);
/** The first range that is lost and not sent again since. @return false if there is none. */
bool la_board__lost(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t *seq,
		uint32_t *end);
/** The last range in flight. */
void la_board__last(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t *seq,
		uint32_t *end);
/** Move `next` past SACKed text. @return where text sent from there has to stop: at the next SACKed
 *  range, at SND.NXT or, if `next` is there, at the end of the queued text. */
uint32_t la_board__skip(const struct la_tcb *tcb, struct la_tcp_ext *ext);
/** RFC 8985, 6.2, step 5: a range is lost if text sent after it has arrived, and it has not within
 *  RACK.rtt plus @p reo_us. @return true if any was found lost. */
bool la_board__mark_lost(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint64_t now_us,
		uint32_t reo_us);
/** Clear all loss marks: nothing is lost, or all from `next` on will be sent again. */
void la_board__none_lost(struct la_tcp_ext *ext);

/* rack.c */

/** True if the range was sent before the most recently sent text that arrived. */
static inline bool
la_rack__is_after(const struct la_tcp_ext *ext, const struct la_tcp_range *range, uint32_t end)
{
	if (!ext->rack_known)
		return false;
	return la_board__mark_after(ext->rack_sent, range->sent) ||
			(ext->rack_sent == range->sent && la_seq_gt(ext->rack_end, end));
}

/** RFC 8985, 6.2, steps 1 to 3, for a range that has arrived up to @p end. */
void la_rack__arrived(struct la_tcp_ext *ext, const struct la_tcp_range *range, uint32_t end,
		const struct la_news *news);
/** Steps 4 and 5. @return true if anything was found lost. */
bool la_rack__detect(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss,
		uint64_t now_us);
/** A D-SACK came (step 4): the reordering window may have been too small. */
void la_rack__dsack(const struct la_tcb *tcb, struct la_tcp_ext *ext);
/** A recovery is over. */
void la_rack__recovered(struct la_tcp_ext *ext);
/** RFC 8985, 7.4: @return true if an ACK shows that the tail loss probe repaired a loss. */
bool la_rack__tail_acked(const struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_news *news);
/** What to set the retransmission timer for, and when it is due. */
enum la_tcp_timer la_rack__timer(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_tcp_ext *ext, uint64_t now_us, uint64_t *due_us);

/* sack.c */

/** Process the SACK blocks of an acceptable ACK, after SND.UNA has moved. */
void la_sack__arrives(const struct la_tcb *tcb, struct la_tcp_ext *ext, const struct la_seg *seg,
		struct la_news *news);

/* recovery.c */

/** After the scoreboard has processed an ACK: find lost segments, and set cwnd. */
void la_recovery__acked(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_ext *ext,
		const struct la_news *news);
/** The reordering timer fired. */
void la_recovery__reorder(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us);
/** The retransmission timer fired. Call before cwnd and `next` are changed. */
void la_recovery__timeout(const struct la_tcb *tcb, struct la_tcp_ext *ext);
/** Octets from @p seq to @p end are sent, while SND.NXT is still @p nxt. */
void la_recovery__sent(struct la_tcp_ext *ext, uint32_t seq, uint32_t end, uint32_t nxt,
		uint64_t now_us);

#endif
