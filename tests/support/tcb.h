/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_TCB_H
#define LA_TEST_TCB_H

/** @file
 * A control block with the world a test puts round it: pools, a service that
 * takes what it is told to, one timer, a clock that the test moves. What must
 * hold after every call is checked after every call.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_tcp.h"
#include "seg.h"

enum {
	TCB_EXTS = 4, TCB_CHUNKS = 32,
	TCB_SENT_MAX = 512,             /**< More in one go is an endless loop. */
};

struct tcb_host {
	struct la_tcp_params params;
	struct la_tcp_env env;
	struct la_pool exts, chunks;
	struct la_tcp_holders holders;
	uint32_t others;                /**< Extension blocks taken by the test itself. */
	struct la_tcb tcb;
	uint64_t now_us;

	uint32_t got;                   /**< Octets the service took; all were seg_octet(). */
	uint32_t take;                  /**< Octets it still takes; UINT32_MAX: any. */
	uint32_t deliveries;
	void (*on_data)(struct tcb_host *host);

	bool armed;
	uint64_t deadline_us;
	uint32_t arms;

	enum la_tcp_reason reason;      /**< Of the last segment. */
	struct la_tcp_out out;          /**< Of the last call. */
	uint32_t events;                /**< Of all calls; a test may clear it. */
	uint32_t acked;                 /**< Octets reported as acknowledged, in all. */
	uint32_t challenges;            /**< Challenge ACKs asked for. */
	bool no_challenges;             /**< The rate limit refuses them. */
	uint32_t answers;               /**< ACKs asked for of text that was not taken. */
	bool no_answers;                /**< The connection had one just now. */

	struct la_seg sent[TCB_SENT_MAX];       /**< By the last tcb_pull(). */
	uint32_t sents;

	uint32_t edge;                  /**< Right edge of the window as last offered, */
	bool edge_known;                /**< once something was. */
	uint32_t peer_tsval;            /**< Put into arriving segments, and counted up by 1. */
	uint32_t last_tsval;            /**< Ours, as last sent. */
	bool bare;                      /**< Leave arriving segments as they are. */
};

/** How a test's connection is opened. */
struct tcb_setup {
	enum { BY_SYN, BY_ACTIVE, BY_COOKIE } by;
	bool timestamps, sack, wscale;  /**< Offered by the peer. */
	uint8_t shift;                  /**< The peer's window scale. */
	uint16_t mss;                   /**< The peer's; 0: la_test_mss(). */
	uint16_t wnd;                   /**< The peer's SEG.WND; 0: TEST_WND. */
};

/** Parameters that tests start from: no Nagle, no keep-alive, all options. */
void tcb_params(struct la_tcp_params *params);

/** Zero everything and make the pools; no connection yet. */
void tcb_begin(struct tcb_host *host);
/** Release the connection and check that the pools are full again. */
void tcb_end(struct tcb_host *host);

/** ESTABLISHED, nothing owed, no events pending. */
void tcb_open(struct tcb_host *host, const struct tcb_setup *setup);
/** Walk a connection that is not opened yet to @p state by segments and calls. In
 *  CLOSE-WAIT and LAST-ACK the peer's FIN was R(0), in the FIN-WAITs and so on ours S(0).
 *  No events are pending. */
void tcb_enter(struct tcb_host *host, enum la_tcp_state state);

/** Options of the peer's SYN under @p setup. */
void tcb_syn_opts(const struct tcb_setup *setup, struct la_seg *syn);
/** The largest segment of the connection: the lesser of its peer's MSS and ours. */
uint16_t tcb_send_mss(const struct tcb_host *host);

/** SEGMENT ARRIVES. Timestamps are added if they were negotiated, unless host->bare. */
enum la_tcp_reason tcb_arrives(struct tcb_host *host, struct la_seg seg);
void tcb_send(struct tcb_host *host, uint32_t len);
void tcb_close(struct tcb_host *host);
void tcb_abort(struct tcb_host *host);
void tcb_room(struct tcb_host *host, uint32_t room);
/** Take all that is to be sent into host->sent[]. @return how many. */
uint32_t tcb_pull(struct tcb_host *host);
/** Move the clock on to the timer's deadline and let it fire; false if none is armed. */
bool tcb_fire(struct tcb_host *host);
/** Move the clock on, firing what falls due (output is pulled and forgotten). */
void tcb_wait(struct tcb_host *host, uint64_t us);

/** What must always hold; aborts if it does not. */
void tcb_check(const struct tcb_host *host);
/** tcb_pull(), and compare; prints both when they differ. */
bool tcb_sends(struct tcb_host *host, const struct seg_want *want, uint32_t wants);

#define SENDS(host, ...) \
	ck_assert(tcb_sends(host, (const struct seg_want[]){ __VA_ARGS__ }, \
			sizeof((const struct seg_want[]){ __VA_ARGS__ }) / \
			sizeof(struct seg_want)))
#define SENDS_NOTHING(host) ck_assert(tcb_sends(host, NULL, 0))

#endif
