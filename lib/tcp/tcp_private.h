/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TCP_PRIVATE_H
#define LA_TCP_PRIVATE_H

/** @file
 * What the files of lib/tcp share.
 */
#include <string.h>

#include "la_hint.h"
#include "la_tcp.h"


static inline uint32_t
la_tcp__min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t
la_tcp__max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* ext.c: the extension block */

/** The extension block, taken now if it is not held; NULL if none is free. */
struct la_tcp_ext *la_ext__take(const struct la_tcp_env *env, struct la_tcb *tcb);
/** Give the extension block back, with whatever it holds. */
void la_ext__give(const struct la_tcp_env *env, struct la_tcb *tcb);
/** True if nothing would be lost by giving it back. */
bool la_ext__is_idle(const struct la_tcp_env *env, const struct la_tcb *tcb);
/** The peer's SYN or its ACK of our SYN came: initialize the block again if one is held. */
void la_ext__restart(const struct la_tcp_env *env, struct la_tcb *tcb);
/** No progress for an RTO. */
void la_ext__stall(const struct la_tcp_env *env, struct la_tcb *tcb);
/** Progress: something was acknowledged or, if nothing was outstanding, text came in order. */
void la_ext__unstall(const struct la_tcp_env *env, struct la_tcp_ext *ext);
static inline void
la_ext__progress(const struct la_tcp_env *env, struct la_tcp_ext *ext)
{
	if (LA_UNLIKELY(ext->stalled))
		la_ext__unstall(env, ext);
}

/* held.c: text ahead of a hole; see also held.h */

/** Free all held text. */
void la_held__free(const struct la_tcp_env *env, struct la_tcp_ext *ext);
/** Write SACK blocks for the held text (RFC 2018, 4). */
void la_sack__options(const struct la_tcp_env *env, struct la_tcp_ext *ext,
		struct la_opts *opts);
/** Text from @p left to @p right came twice: the next bare ACK reports it (RFC 2883). */
void la_dsack__note(const struct la_tcp_env *env, const struct la_tcb *tcb, uint32_t left,
		uint32_t right);
/** The same, and owe a bare ACK, since segments with text carry no SACK. */
void la_dsack__owe(const struct la_tcp_env *env, const struct la_tcb *tcb, uint32_t left,
		uint32_t right);

/* options.c */

/** The MSS of a peer that sent no MSS option (RFC 9293, 3.7.1). */
uint16_t la_mss__default(const struct la_tcb *tcb);

/** SendMSS, limited by our own MTU: text and options of a segment. @p v4: the family. */
static inline uint32_t
la_mss__send_of(const struct la_tcp_env *env, const struct la_tcb *tcb, bool v4)
{
	const struct la_tcp_params *params = env->params;

	return la_tcp__min(la_mss_value[la_tcp_mss_index(tcb)], v4 ? params->mss_v4 :
			params->mss_v6);
}

static inline uint32_t
la_mss__send(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	return la_mss__send_of(env, tcb, la_addr_is_v4(&tcb->tuple.remote));
}

/** Most text in one segment: Eff.snd.MSS (RFC 9293, 3.7.1). */
static inline uint32_t
la_mss__effective_of(const struct la_tcp_env *env, const struct la_tcb *tcb, bool v4)
{
	enum { TIMESTAMPS_LEN = 12 };   /* With the two NOPs in front. */
	uint32_t mss = la_mss__send_of(env, tcb, v4);
	uint32_t options = tcb->flags & LA_TCB_TIMESTAMPS ? TIMESTAMPS_LEN : 0;

	return mss > options ? mss - options : 1;
}

/** Take over what a SYN or SYN-ACK offers and we allow (RFC 9293, 3.2). */
void la_options__negotiate(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *syn);
/** Take over the MSS of a SYN or SYN-ACK, or the default (RFC 9293, 3.7.1) if it has none. */
void la_mss__take(const struct la_tcp_env *env, struct la_tcb *tcb, const struct la_seg *syn);
/** The index of a peer's MSS; @p own: our own MSS. An MSS no smaller than ours is LA_MSS_ANY. */
static inline uint32_t
la_mss__index_of(uint16_t mss, uint16_t own)
{
	return LA_LIKELY(mss >= own) ? LA_MSS_ANY : la_mss_to_index(mss);
}
/** Options of our SYN, or of a SYN-ACK: only what was negotiated. */
void la_options__syn(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us,
		struct la_opts *opts);
/** Options of any other segment. */
void la_options__plain(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t now_us,
		struct la_opts *opts);
uint32_t la_mss__effective(const struct la_tcp_env *env, const struct la_tcb *tcb);

/* pmtu.c */

/**
 * Text timed out: perhaps the path drops large packets. After three timeouts without progress the
 * class falls to 1220, which every path of IPv6 takes, after five to the default of the family; it
 * does not rise again.
 * @return true if it fell.
 */
bool la_tcp__black_hole(const struct la_tcp_env *env, struct la_tcb *tcb);

/* rto.c (RFC 6298) */

/** A round trip was measured. */
void la_rtt__sample(const struct la_tcp_params *params, struct la_tcp_ext *ext, uint64_t rtt_us);
/** 5.5: an RTO, doubled by every timeout since the last progress. */
static inline uint64_t
la_rto__backed_off(const struct la_tcp_params *params, const struct la_tcb *tcb, uint64_t rto_us)
{
	rto_us <<= tcb->backoff;
	return rto_us < params->rto_max_us ? rto_us : params->rto_max_us;
}

/** The retransmission timeout as it stands, backoff included. */
uint64_t la_rto__us(const struct la_tcp_env *env, const struct la_tcb *tcb);
/** The RTO a connection starts with. */
uint32_t la_rto__initial_us(const struct la_tcp_env *env, const struct la_tcb *tcb);

/* congestion.c (RFC 5681, 6582) */

enum { LA_CWND_MAX = 1 << 30 };

void la_cc__start(struct la_tcp_ext *ext, uint32_t mss, bool syn_was_lost);
/** @p acked octets were newly acknowledged, up to and with SND.UNA. */
void la_cc__acked(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint32_t acked, uint64_t now_us);
/** @p acked octets reached the peer, and no loss is being repaired: grow cwnd. */
void la_cc__grow(const struct la_tcp_params *params, struct la_tcp_ext *ext, uint32_t mss,
		uint32_t acked, uint64_t now_us);
/** Update the delivery rates with @p octets that reached the peer. */
void la_cc__delivered(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss, uint32_t octets, uint64_t now_us);
/** @return ssthresh after a loss. */
uint32_t la_cc__reduced(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss);
void la_cc__duplicate_ack(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss);
void la_cc__timeout(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss);
/** The MSS fell to @p mss: what is in flight is lost, but not by congestion. */
void la_cc__too_big(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss);
void la_cc__idle(struct la_tcp_ext *ext, uint32_t mss);

/** @return ssthresh after the peer reported a mark by ECE (RFC 3168, 6.1.2). */
uint32_t la_cc__marked(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss);
/** As la_cc__reduced() when a loss has just been found; unchanged if ECE has reduced cwnd in this
 *  window. */
uint32_t la_cc__lost(const struct la_tcp_params *params, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, uint32_t mss);

/* ecn.c (RFC 3168) */

/** What the peer's SYN or SYN-ACK agrees to. @return LA_TCB_ECN_*. */
uint8_t la_ecn__agreed(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_seg *syn);
/** Process CE and CWR of an acceptable segment with text. */
void la_ecn__text(struct la_tcb *tcb, const struct la_seg *seg, struct la_tcp_out *out);
/** Process ECE of an acceptable ACK; an extension block is held. @p cwnd: before that ACK. */
void la_ecn__acked(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_seg *seg, uint32_t cwnd, struct la_tcp_out *out);
/** cwnd is being reduced: owe a CWR. */
void la_ecn__reduced(const struct la_tcb *tcb, struct la_tcp_ext *ext);
/** Mark @p seg, which is text sent for the first time. */
void la_ecn__mark(struct la_tcp_ext *ext, struct la_seg *seg);

/* cubic.c (RFC 9438) */

uint32_t la_cubic__reduced(struct la_tcp_ext *ext, uint32_t mss, uint32_t flight);
/** Grow cwnd in congestion avoidance. */
void la_cubic__grow(struct la_tcp_ext *ext, uint32_t mss, uint32_t acked, uint64_t now_us);

/* westwood.c */

/** Octets reached the peer; SND.UNA has moved. */
void la_westwood__delivered(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t octets,
		uint64_t now_us);
/** @p half: the ssthresh that NewReno would set. */
uint32_t la_westwood__reduced(const struct la_tcp_ext *ext, uint32_t half, uint32_t flight);

/* model.c */

enum { LA_MODEL_GAIN = 12 };            /* la_tcp_ext.gain at first, and at most. */

/** How much may be in flight. */
uint32_t la_model__window(const struct la_tcp_ext *ext, uint32_t mss);
/** A mark shows that a queue of the path fills. @return ssthresh. */
uint32_t la_model__marked(struct la_tcp_ext *ext, uint32_t mss, uint32_t half);
/** As la_westwood__delivered(). */
void la_model__delivered(const struct la_tcb *tcb, struct la_tcp_ext *ext, uint32_t mss,
		uint32_t octets, uint64_t now_us);
/** Grow cwnd after slow start. @return false if cwnd has reached the model's window. */
bool la_model__grow(struct la_tcp_ext *ext, uint32_t mss, uint32_t octets);

/** True if the connection keeps a scoreboard, while it has an extension block. */
static inline bool
la_tcp__has_sack(const struct la_tcb *tcb)
{
	return tcb->flags & LA_TCB_SACK;
}

/* timeouts.c */

/** Set the timer to the earliest deadline of the connection. Call when nothing is left to be sent.
 *  A running timer is left alone if the time it counts from has not moved. */
void la_timer__choose(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us);
/** A cookie opened the connection. While the cookie lives, a duplicate of its ACK could open the
 *  tuple again after a close. No state would show that, so the peer is asked. */
void la_timer__opened_by_cookie(const struct la_tcp_env *env, struct la_tcb *tcb,
		uint64_t now_us);
/** If a hole has been open for too long, free the text held above it. */
void la_tcp__hole_look(const struct la_tcp_env *env, struct la_tcp_ext *ext, uint64_t now_us);
/** Free what is held above a hole. */
void la_tcp__hole_forget(const struct la_tcp_env *env, struct la_tcp_ext *ext);
/** An active open is ESTABLISHED: its last ACK may be lost, so it is sent again. */
void la_tcp__repeat_last_ack(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us);

/** The peer was heard, or we have something else to send: end the keep-alive probes. Their count is
 *  not one of retransmissions. */
static inline void
la_tcp__end_probing(struct la_tcb *tcb)
{
	if (LA_LIKELY(!(tcb->flags & LA_TCB_PROBING)))
		return;
	tcb->flags &= ~LA_TCB_PROBING;
	tcb->backoff = 0;
}

/* output.c */

/** The largest window that may be offered to this peer at first or without an extension block. */
uint32_t la_window__max(const struct la_tcp_env *env, const struct la_tcb *tcb);
/** The right edge of the window, if it were offered now. */
uint32_t la_window__edge(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_tcp_ext *ext);

/**
 * The right edge never moves left (SHLD-14), and moves right only by a step
 * worth announcing (3.8.6.2.2: the receiver's silly window avoidance).
 */
static inline uint32_t
la_window__edge_of(const struct la_tcb *tcb, const struct la_tcp_ext *ext, uint32_t mss)
{
	uint32_t edge = tcb->rcv.nxt + la_tcp__min(ext->window, ext->room);
	uint32_t step = la_tcp__min(ext->window / 2, mss);

	return la_seq_geq(edge, ext->rcv_edge + step) ? edge : ext->rcv_edge;
}

/** Offer a window: the window field for SEG.ACK = RCV.NXT, which is recorded as offered in the
 *  extension block. @p mss: la_mss__effective(). */
static inline uint16_t
la_window__offer(const struct la_tcp_env *env, const struct la_tcb *tcb, struct la_tcp_ext *ext,
		uint32_t mss)
{
	uint32_t shift = tcb->flags & LA_TCB_WSCALE ? env->params->rcv_scale : 0;

	ext->rcv_edge = la_window__edge_of(tcb, ext, mss);
	ext->last_ack = tcb->rcv.nxt;
	return (uint16_t)((ext->rcv_edge - tcb->rcv.nxt) >> shift);
}

/** True if the block need not be kept for the window: without the block the whole window counts as
 *  offered, and no more than that. */
static inline bool
la_window__is_plain(const struct la_tcp_env *env, const struct la_tcb *tcb,
		const struct la_tcp_ext *ext)
{
	const uint32_t max = la_window__max(env, tcb);

	return ext->room >= max && ext->rcv_edge - tcb->rcv.nxt <= max;
}

/* tune.c */

/** Tune the window after @p seg, whose text was in order, and the text behind it were taken. */
void la_window__tune(const struct la_tcp_env *env, const struct la_tcb *tcb,
		struct la_tcp_ext *ext, const struct la_seg *seg, uint64_t now_us);
/** Reset the window after a pause of the peer: what it may have in flight is no longer known. */
void la_window__idle(const struct la_tcp_env *env, const struct la_tcb *tcb,
		struct la_tcp_ext *ext);

/* syn_sent.c, ack.c, text.c: steps of SEGMENT ARRIVES */

enum la_tcp_reason la_syn_sent__arrives(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *seg, uint64_t now_us, struct la_tcp_out *out);
enum la_tcp_reason la_ack__check(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *seg, uint64_t now_us, struct la_tcp_out *out);
/** Steps seventh and eighth; the segment is trimmed to the window. */
enum la_tcp_reason la_text__process(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *seg, uint64_t now_us, struct la_tcp_out *out);
/** Our SYN was acknowledged: enter ESTABLISHED, or FIN-WAIT-1 if CLOSE was called before. */
void la_tcp__established(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t ack,
		struct la_tcp_out *out);
/** Make the reply a RST with this SEG.SEQ. */
void la_tcp__reply_reset(struct la_tcp_out *out, uint32_t seq);

#endif
