/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_RIG_H
#define LA_TEST_RIG_H

/** @file
 * A stack in memory with a peer at the other end of the wire: frames go in,
 * frames that come out are captured and parsed, and the test moves the clock.
 * Two rigs may be joined back to back.
 */
#include <stdbool.h>
#include <stdint.h>

#include "family.h"
#include "la_emit.h"
#include "la_stack.h"

enum {
	RIG_FRAME_MAX = 2048,
	RIG_SENT_MAX = 512,             /**< Frames kept until rig_forget(). */
	RIG_LISTENERS_MAX = 16, RIG_RANGES_MAX = 8,
	RIG_PORT = 80,                  /**< The scripted service's. */
};

/** A service that does what the test says and counts what it hears. */
struct rig_service {
	struct la_service service;
	uint32_t opens, fins, fills, ends;
	uint32_t ended[LA_END_BY_REFUSED + 1];      /**< By enum la_end. */
	uint64_t octets, acked;
	uint32_t last_id;
	uint32_t refuse;                /**< Octets not to take of each data(). */
	uint32_t send_at_open, send_at_data;
	bool close_at_open, close_at_data, abort_at_open, abort_at_data, keep_after_fin;
	char order[64];                 /**< What was called: o, d, a, f, e. */
};

struct rig_frame {
	uint8_t octets[RIG_FRAME_MAX];
	uint32_t len;
};

struct rig {
	struct la_stack *stack;
	struct la_stack_params params;
	struct la_stack_range ranges[RIG_RANGES_MAX];
	struct la_stack_listener listeners[RIG_LISTENERS_MAX];
	struct rig_service service;
	void *memory, *block;           /**< The stack's, and what it lies in. */
	uint64_t now_us;
	struct la_mac peer_mac;         /**< What frames come from. */
	uint16_t peer_tci;              /**< Their tag; 0: none. */

	struct rig_frame in[LA_BURST_MAX];      /**< The burst that is being put together. */
	uint32_t ins;

	uint32_t frames_free;           /**< frame() gives so many more. */
	uint64_t frames;                /**< Sent in all, also those not kept. */
	struct rig_frame out;           /**< The room frame() gives. */
	struct rig_frame sent[RIG_SENT_MAX];
	struct la_rx sent_rx[RIG_SENT_MAX];
	uint32_t sents;
	uint32_t seen;                  /**< Of sents, by rig_next(). */
	bool keep_nothing;              /**< Only count frames. */
};

/** The peer's end of one connection. */
struct rig_peer {
	struct la_addr address, local;
	uint16_t port, local_port;
	uint32_t seq, ack;              /**< SND.NXT and RCV.NXT of the peer. */
	struct la_opts syn_opts;        /**< Options of its SYN. */
	bool timestamps;                /**< Negotiated: put into its segments. */
	uint32_t tsval, tsecr;
};

/** Defaults: 10.0.0.1/24 and gateway 10.0.0.254, or what stands for them in the family
 *  that is tested (family.h); port 80 with rig->service, small pools. */
void rig_params(struct rig *rig, uint32_t connections);
void rig_no_gateway(struct rig *rig);
/** Add a listener for a built-in service. @return its number. */
uint16_t rig_listen(struct rig *rig, const char *service, uint16_t port);
/** Zeroed memory aligned to 64, in pages that nobody touches before they are used:
 *  most of a stack's never are. @p block is for free(). */
void *rig_memory(size_t octets, void **block);
/** Make the stack from rig->params. */
void rig_start(struct rig *rig);
/** Check that all gauges add up, and with @p empty that all pools are empty; free. */
void rig_end(struct rig *rig, bool empty);

/** A peer 10.0.0.100 + n/50000 with port 10000 + n%50000, to 10.0.0.1:80. */
struct rig_peer rig_peer(uint32_t n);
/** Add a segment, or a whole frame, to the burst; a full burst goes in by itself. */
void rig_put(struct rig *rig, const struct rig_peer *peer, struct la_seg seg);
void rig_put_frame(struct rig *rig, const uint8_t *frame, uint32_t len);
/** la_stack_receive() of the burst. */
void rig_receive(struct rig *rig);
/** The same, advance(), output(). */
void rig_poll(struct rig *rig);
/** One segment, and poll. */
void rig_give(struct rig *rig, const struct rig_peer *peer, struct la_seg seg);
/** Move the clock in steps of at most 10 ms, polling. */
void rig_wait(struct rig *rig, uint64_t us);

/** Active OPEN from 10.0.0.1, for listener 0. @return the handle; LA_NONE if none was made. */
uint32_t rig_connect(struct rig *rig, uint16_t local_port, const struct la_addr *remote,
		uint16_t remote_port);

/** The peer closes, the service closes after it: LAST-ACK, then nothing. */
void rig_peer_closes(struct rig *rig, struct rig_peer *peer);

/** Let the stack learn where the peer is: by an ARP request or a Neighbour Solicitation
 *  from it, and an answer. What is sent meanwhile is forgotten. */
void rig_introduce(struct rig *rig, const struct rig_peer *peer);
/** An ARP packet from anybody, and poll. */
void rig_arp(struct rig *rig, struct la_arp arp);

/** Is it about neighbours, by ARP or Neighbour Discovery? */
static inline bool
rig_is_neighbourly(const struct la_rx *rx)
{
	return rx->kind == LA_KIND_ARP || rx->kind == LA_KIND_ND;
}

/** The next captured frame, or NULL. */
const struct la_rx *rig_next(struct rig *rig);
/** The next one must be a TCP segment with these flags (PSH apart). */
const struct la_seg *rig_expect(struct rig *rig, uint8_t flags);
/** Nothing more was sent. */
void rig_expect_nothing(struct rig *rig);
void rig_forget(struct rig *rig);

/** Segments as the peer would send them now; seq is not moved. */
struct la_seg rig_syn(const struct rig_peer *peer);
struct la_seg rig_seg(const struct rig_peer *peer, uint8_t flags, uint32_t len);
/** Take a SYN-ACK in: ack, tsecr and timestamps of the peer. */
void rig_synack(struct rig_peer *peer, const struct la_seg *synack);
/** The whole handshake; what the stack then sends stays captured. */
void rig_open(struct rig *rig, struct rig_peer *peer);

uint64_t rig_count(const struct rig *rig, enum la_stack_count count);
uint64_t rig_reason(const struct rig *rig, enum la_tcp_reason reason);
uint64_t rig_state(const struct rig *rig, enum la_tcp_state state);
uint64_t rig_rx(const struct rig *rig, enum la_rx_reason reason);

/** Octet n of what the scripted service sends. */
static inline uint8_t
rig_octet(uint32_t n)
{
	return (uint8_t)(n * 167 + (n >> 8));
}

/** Join two rigs: what one sends the other receives, until both are quiet or
 *  @p us have passed. One frame in @p lose is lost (0: none), by @p seed. */
void rig_pair(struct rig *a, struct rig *b, uint64_t us, uint32_t lose, uint32_t seed);

#endif
