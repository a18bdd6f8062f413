/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_FAST_CASE_H
#define LA_TEST_FAST_CASE_H

/** @file
 * One case: two stacks of drawn parameters, some peers that mostly do what peers do, and
 * bursts, times and calls that are drawn, too.
 */
#include "fast_frame.h"
#include "fast_pair.h"

/** What a segment was, seen by what the general path made of it when it came alone. */
#define FAST_KINDS_LIST \
	X(SYN_COOKIE, "a SYN answered by a cookie") \
	X(SYN_IN_PLACE, "a SYN whose answer is written into its frame") \
	X(SYN_KEPT, "a SYN kept in a block") \
	X(OPEN, "an ACK that opens by cookie") \
	X(OPEN_TEXT, "text that opens by cookie") \
	X(OPEN_FIN, "a FIN that opens by cookie") \
	X(OPEN_KEPT, "an ACK to SYN-RECEIVED") \
	X(OPEN_ACTIVE, "a SYN-ACK to SYN-SENT") \
	X(OPEN_ACTIVE_CLOSE, "a SYN-ACK upon which we close at once") \
	X(OPEN_ACTIVE_SEND, "a SYN-ACK upon which we have text to send") \
	X(TEXT, "text in order") \
	X(TEXT_FIN, "text and FIN in order") \
	X(FIN, "a FIN in order") \
	X(FIN_LAST, "a FIN that leads to TIME-WAIT") \
	X(FIN_LAST_BARE, "one after or with the ACK of our FIN, without an extension block") \
	X(FIN_LAST_ANSWER, "one that acknowledges text") \
	X(LAST_ACK, "the ACK that ends LAST-ACK") \
	X(FIN_ACKED, "the ACK of our FIN") \
	X(FIN_ACKED_BARE, "the ACK of our FIN in FIN-WAIT-1, without an extension block") \
	X(FIN_ACKED_ANSWER, "the ACK of text and our FIN") \
	X(TEXT_ACKED, "an ACK of text") \
	X(PURE_ACK, "an ACK that brings nothing new") \
	X(WINDOW, "an ACK that brings another window") \
	X(OUT_OF_ORDER, "text that is not all in order") \
	X(TO_TIME_WAIT, "a segment to a TIME-WAIT record") \
	X(NOT_OK, "a segment to a block that was not processed to the end") \
	X(CONNECT, "an OPEN") \
	X(CONNECT_PREPARED, "an OPEN that was prepared with others") \
	X(OUTPUT_SYN, "a SYN by la_stack_output()") \
	X(OUTPUT_ACK, "a bare ACK by la_stack_output()") \
	X(OUTPUT_TEXT, "text by la_stack_output()") \
	X(OUTPUT_TEXT_FIN, "text and our FIN by la_stack_output()") \
	X(OUTPUT_FIN, "a bare FIN by la_stack_output()")

enum fast_kind {
#define X(name, text) FAST_KIND_##name,
	FAST_KINDS_LIST
#undef X
	FAST_KINDS
};

const char *fast_kind_text(enum fast_kind kind);

/** What all cases so far were made of. */
struct fast_tally {
	uint64_t cases, bursts, frames;
	uint64_t kind[FAST_KINDS];
	struct la_stack_counters counters;      /**< Of the general stacks. */
};

enum { FAST_PEERS = 16 };

/** How far a peer is. */
enum fast_stage {
	FAST_STAGE_IDLE,
	FAST_STAGE_SYN_SENT,
	FAST_STAGE_ASKED,                     /**< The stack's SYN came. */
	FAST_STAGE_OPEN,
};

struct fast_peer {
	struct la_addr address, local;
	struct la_mac mac;
	uint16_t local_index, port, local_port;
	enum fast_stage stage;
	uint32_t iss, seq, ack, heard;  /**< heard: the highest that the stack acknowledged. */
	uint32_t tsval_base, tsecr;
	uint16_t wnd;
	uint8_t options;                /**< Which options its SYN has. */
	bool timestamps, fin_sent, fin_heard;
	bool ecn;                       /**< It asks for ECN, and its segments have any bits of it. */
};

/** A segment that came alone, before it was processed. */
struct fast_witness {
	bool seen;
	struct la_rx rx;
	struct la_tuple tuple;
	uint32_t handle;
	struct la_tcb tcb;
	uint64_t cookies, kept, opened, ok;
};

struct fast_case {
	struct fast_pair pair;
	struct fast_draw draw;
	struct fast_tally *tally;
	struct la_stack_params params;
	struct la_stack_range ranges[8];
	struct la_stack_listener listeners[FAST_LISTENERS_MAX];
	struct fast_peer peers[FAST_PEERS];
	struct fast_witness witness;
	uint32_t last_peer;
	uint32_t openings;              /**< Prepared. */
	uint32_t wild;                  /**< One segment in so many is changed; 0: none. */
	uint32_t checked;               /**< What the port has checked: nothing, all, or either. */
	uint32_t align;                 /**< Of frames: 0 to 3. */
	bool strip;                     /**< The port takes tags off. */
	uint32_t starved;               /**< Steps for which few frames are free. */
	uint32_t steps;
	uint32_t frames, frames_max;    /**< So far; when to end. */
	enum fast_kind until;           /**< End when one of this kind was seen; FAST_KINDS:
	                                     do not. */
	uint64_t seen;                  /**< Of that kind, before the case. */
	/** Answers to what the stack asks of its neighbours. */
	uint8_t answers[8][128];
	uint32_t answer_len[8], answers_len;

	struct la_frame burst[LA_BURST_MAX];
	uint32_t burst_len;
	uint8_t room[LA_BURST_MAX][FAST_FRAME_MAX + 8] __attribute__((aligned(8)));
};

/**
 * Run a case until its draw ends or @p frames frames have come in.
 *
 * @param c      Zeroed at first; `until`, `pair.where` and `pair.user` are the
 *               caller's.
 * @param tally  Added to.
 */
void fast_case_run(struct fast_case *c, const struct fast_draw *draw, uint32_t frames,
		struct fast_tally *tally);

/* Between the files of this. */
enum { FAST_PORT_BASE = 10000 };        /* Peer i has ports that are this and i, modulo peers. */
void fast_params_draw(struct fast_case *c);
void fast_peers_draw(struct fast_case *c);
/** The next segment of a peer, and its text. */
void fast_peer_next(struct fast_case *c, struct fast_peer *peer, struct fast_seg *seg);
/** It begins anew, from another port. */
void fast_peer_restart(struct fast_case *c, struct fast_peer *peer);
/** What the stack sent, as its peers take it. */
void fast_peers_hear(struct fast_case *c, bool output);
/** The flow of a tuple in the general stack. */
uint32_t fast_lookup(const struct fast_case *c, const struct la_tuple *tuple);
void fast_witness_before(struct fast_case *c);
void fast_witness_after(struct fast_case *c);

#endif
