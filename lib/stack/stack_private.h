/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_PRIVATE_H
#define LA_STACK_PRIVATE_H

/** @file
 * What the files of the stack share: the stack itself and the call in progress.
 */
#include "address.h"
#include "la_bare.h"
#include "la_cookie_burst.h"
#include "la_emit.h"
#include "la_flow.h"
#include "la_stack.h"
#include "la_tcp_fast.h"
#include "la_timer.h"
#include "la_timewait.h"
#include "limit.h"
#include "neighbour.h"
#include "way.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define UNUSUAL __attribute__((noinline, cold))

enum {
	LA_BATCH = 64,                  /**< Timers and records taken at once. */
	LA_SEGMENTS_A_TURN = 64,        /**< What one connection may send in a turn. */
	LA_QUEUE_MAX = 1 << 16,         /**< Connections that wait to send. */
	LA_OFFSETS_MAX = 1 << 14,
	LA_BINDINGS_MAX = 1 << 22,
	LA_LISTENER_NONE = 0xffff,
	LA_ANNOUNCE_AT_ONCE = 16,       /**< Addresses announced when the link comes up. */
	LA_GROUPS_ASKED_MAX = 16,       /**< Groups to be reported each for itself. */
};

/** la_listening.port[]: the rest is the only listener of the port, on all addresses. */
#define LA_LISTENS_ALONE (UINT32_C(1) << 31)

/** What serves a listener. */
struct la_bound {
	struct la_service *service;
	const struct la_service_ops *ops;
};

/**
 * Who listens where. Mostly that is one listener on all addresses, which port[]
 * itself names. Else it says where in list[] the port's run is: the number of its
 * bindings, then those (address in 17 bits, listener in 15) in order of address,
 * so that one on all addresses comes last.
 */
struct la_listening {
	uint32_t *port;                 /**< 0: nobody; top bit: that listener; else: its run. */
	uint32_t *list;
};

/** A connection that owes output. */
struct la_owed {
	uint32_t handle;
	struct la_hop hop;
	bool known;                     /**< hop holds; else it is looked up. */
};

/** Connections that owe output, in order; each at most once (LA_TCB_QUEUED). */
struct la_queue {
	struct la_owed *ring;
	uint32_t mask, head, count;
	bool overflowed;                /**< Some found no place: the pool is to be searched. */
	uint32_t cursor;                /**< Handle the search has come to. */
};

/**
 * A call of the TCP core in progress, and what it is to end in. The core calls
 * deliver() in its midst, so what is known of the call must be found by it.
 */
struct la_call {
	struct la_tcb *tcb;
	uint32_t handle;
	const struct la_hop *from;      /**< Where its cause came from; NULL: from no frame. */
	enum la_way_to to;              /**< Who that answers. */
	const struct la_hop *hop;       /**< Where it goes, if that was looked up before. */
	uint64_t now_us;
	uint32_t acked_told;            /**< Of out.acked, what the service knows of. */
	uint8_t before;                 /**< State before the call. */
	bool opened;                    /**< The service's open() has been called. */
	struct la_call *outer;
	struct la_tcp_out out;
	struct la_tcp_out abort;        /**< Of an ABORT by the service in deliver(). */
};

/** A group that was asked for by name. */
struct la_group_asked {
	struct la_addr group;
	uint64_t due_us;
};

/** Reports of the groups that we listen to: a turn over all addresses, and single ones. */
struct la_memberships {
	uint32_t cursor;                /**< Next address. */
	uint32_t turns;                 /**< Still to be made, the present one included. */
	uint64_t due_us;                /**< Of the next turn. */
	bool news;                      /**< Told unasked. */
	bool version_1;                 /**< A querier that speaks no other was heard lately. */
	uint64_t version_1_ends_us;
	uint32_t asked_len;
	struct la_group_asked asked[LA_GROUPS_ASKED_MAX];       /**< In no order. */
};

enum { LA_DUPLICATES = 16 };

/** IPv6 addresses of ours that another host was found to have before we announced them. */
struct la_duplicates {
	struct {
		struct la_addr address;
		uint64_t since_us;      /**< Claimed by the other, or asked for again. */
		bool asked;
	} v[LA_DUPLICATES];
	uint32_t n;                     /**< If all are in use, there may be more. */
};

/** Which bits of la_burst.opened a flow stands for. */
static inline uint64_t
la_burst_mark(uint32_t hash)
{
	return UINT64_C(1) << (hash & 63);
}

/**
 * Offsets of our timestamps (RFC 7323, 5.4), so that SipHash is not asked for each segment
 * again: a table in which the place of a connection follows from its handle. Who takes a block
 * that may have timestamps takes its place here, or leaves it to nobody: so what is there under
 * a handle is of the connection that has the block now.
 */
struct la_offsets {
	struct {
		uint32_t handle, offset;
	} *v;
	uint32_t mask;
	bool lacking;                   /**< Some connection's is not in the table. */
};

/**
 * When a connection may next be sent a challenge ACK: each has a limit of its own before the one
 * of all, so that who forges segments of one neither takes from the others nor learns anything
 * from what is left. The keyed hash of the tuple names a set of places; one that is in use is
 * left to its connection, so that none can be pushed out. Only challenges that were sent take a
 * place, so the limit of all bounds how many are in use.
 */
struct la_challenged {
	uint32_t hash, again_ms;
};

enum { LA_CHALLENGED_SETS = 128, LA_CHALLENGED_WAYS = 8 };

/**
 * Connections that were sent an ACK just now for text that they have acknowledged before or
 * cannot take. The place is named by the keyed hash alone, and who comes later gets it: two that
 * share one may both be answered more often, but none is kept from its answer by another.
 */
enum { LA_ANSWERED = 1024 };

/** RSTs that a tuple without a connection drew in its last second: what a stranger can learn by
 *  forging its segments is how many of so few are missing from the budget of all. */
struct la_reset_tuple {
	uint32_t hash, ends_ms, sent;
};

enum { LA_RESET_TUPLES = 1024 };

/**
 * A SYN that was answered by a cookie: the last one of those whose keyed hash names this place
 * (syns.c). So it is known of a segment behind the handshake's last ACK whether that handshake is
 * still under way, and what it was about, though a cookie can be checked by nothing but the
 * segment at the peer's ISN + 1, and with the options that it brings back. A flood of SYNs
 * overwrites all of it; then it is known of each place that something was lost there, and a
 * segment that may belong to what was lost is never taken for one of no connection.
 */
struct la_syn_seen {
	uint32_t isn, hash;             /**< SEG.SEQ, as they lie in struct la_plain. */
	uint32_t tsval;                 /**< With LA_OPT_TIMESTAMPS. */
	uint8_t options;                /**< LA_OPT_*, and LA_SYN_*; 0: opened since. */
	uint8_t wscale;                 /**< With LA_OPT_WSCALE. */
};

enum {
	LA_SYNS_SEEN = 4096,
	LA_SYN_ECN = LA_OPT_SACK,       /**< It asked for ECN. No SYN has that option. */
	LA_SYN_PENDING = 0x40,
};

_Static_assert(sizeof(struct la_syn_seen) == 16, "four places are a cache line");

/** Tuples of which nothing is known that sent a segment to no connection. */
struct la_doubted {
	uint32_t hash, since_ms;
};

enum { LA_DOUBTED = 1024 };

/** A burst on its fast path. */
struct la_burst {
	struct la_stack *stack;
	const struct la_plain *read;    /**< Frame i's is at i. */
	uint64_t now_us;
	uint32_t born;                  /**< la_tcp_birth() of that. */
	uint32_t added;                 /**< To the table, after the last flow that is marked. */
	uint64_t opened;                /**< Marks of flows added since the burst was looked up. */
	uint32_t syns, opens, refused, lasts, ok; /**< To be added to the counters at its end. */
	struct la_cookie_burst cookies[2];      /**< IPv6, IPv4. */
};

enum { LA_NO_COOKIE = 0xff };

struct la_stack {
	struct la_addresses addresses;
	struct la_mac mac;
	bool draining;
	bool cookies_on;                /**< The next SYN gets a cookie. */
	struct la_stack_io io;
	struct la_call *call;
	struct la_pool tcbs, exts, chunks;
	struct la_tcp_env env;
	struct la_tcp_holders holders;
	struct la_tcp_stalled stalled;
	uint32_t senders_spare;         /**< Second blocks to keep free. */
	uint64_t evict_again_us;        /**< No idle connection is looked for before. */
	struct la_flow flow;
	struct la_timer_wheel wheel;
	struct la_tw tw;
	uint64_t expired_us;            /**< When TIME-WAIT records were last looked at, */
	uint32_t expired_entered;       /**< and tw.entered then. */
	struct la_queue queue;
	struct la_listening listening;
	struct la_bound *bound;         /**< By listener. */
	struct la_listener_counters *listener_counters;
	struct la_cookie cookie;
	struct la_offsets offsets;
	bool fast;                      /**< Plain segments go by the fast path, */
	bool read_eight;                /**< and are read eight at once. */
	/** What the first eight octets of a frame to us have under the mask. */
	uint64_t fast_mac, fast_mac_mask;
	uint16_t fast_syn_wnd;          /**< Window of a SYN-ACK; never scaled. */
	uint32_t fast_syn_mss[2];       /**< Its MSS option as it goes on the wire: IPv6, IPv4. */
	/** And how that of its timestamps begins: without, with selective ACKs. */
	uint32_t fast_syn_stamps[2];
	uint32_t fast_syn_wscale;       /**< And its window scale's. */
	uint8_t fast_options;           /**< LA_OPT_* that we agree to. */
	/** What a cookie's options mean, by their bits: options_to_bits(). */
	struct la_tcp_agreed fast_agreed[2 * TS_SACK];
	struct la_tcp_fast tcp_fast;
	struct la_template template;
	struct la_shares rst_limit, challenge_limit, icmp_limit;
	struct la_challenged challenged[LA_CHALLENGED_SETS][LA_CHALLENGED_WAYS];
	struct la_challenged answered[LA_ANSWERED];
	struct la_reset_tuple reset_tuples[LA_RESET_TUPLES];
	struct la_syn_seen syns_seen[LA_SYNS_SEEN] __attribute__((aligned(64)));
	/** When one was last overwritten before it was opened: la_stack_syn_clock(). */
	uint32_t syns_lost[LA_SYNS_SEEN];
	struct la_doubted doubted[LA_DOUBTED];
	uint32_t ghosts;                /**< Blocks of the dead that wait in the queue. */
	uint32_t drain_cursor;
	uint32_t probe_cursor;          /**< Next address to announce or, IPv6, to probe. */
	uint32_t announce_cursor;       /**< Next IPv6 address to announce. */
	struct la_duplicates duplicates;
	uint64_t probed_us;             /**< When the last of them was, or the start. */
	struct la_memberships memberships;
	bool started;
	uint64_t tick_due_us, second_due_us;
	struct la_addr defended;        /**< The last one; at defended_us. */
	uint64_t defended_us;
	struct la_neighbours neighbours;
	struct la_ways ways;
	struct la_stack_notice notice;
	struct la_service **services;
	uint32_t services_len;
	size_t octets;
	struct la_stack_params params;
	struct la_stack_counters counters;
};

/* params.c */
bool la_stack_params_sane(const struct la_stack_params *params);
void la_stack_params_derive(struct la_stack_params *params);

/* bind.c: the listeners, and the calls of their services. */
uint64_t la_stack_bindings(const struct la_stack_params *params);
bool la_stack_bind(struct la_stack *stack, struct la_arena *arena,
		const struct la_stack_params *params);
uint32_t la_stack_listener(const struct la_stack *stack, uint16_t address, uint16_t port);
/** Whether a service can send now. If all second blocks are in use, the one without progress for
 *  longest is taken from its connection. @p tcb: NULL if there is none yet. */
bool la_stack_can_send(struct la_stack *stack, const struct la_tcb *tcb, uint32_t listener,
		uint64_t now_us);
/** Where fewer than a few second blocks are free, take back those without progress. */
void la_stack_free_senders(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* evict.c: where all blocks are in use, one whose connection makes no progress may be freed. */

/** For an ACK that has brought a good cookie. */
void la_stack_room_for_cookie(struct la_stack *stack, uint64_t now_us);
/** For a SYN that is to be kept. */
void la_stack_room_for_syn(struct la_stack *stack, uint64_t now_us);

void la_stack_open(struct la_stack *stack, struct la_call *call);
void la_stack_room(struct la_stack *stack, struct la_call *call);
void la_stack_acked(struct la_stack *stack, struct la_call *call);
void la_stack_fin(struct la_stack *stack, struct la_call *call);
void la_stack_call_act(struct la_stack *stack, struct la_call *call,
		void (*act)(void *user, struct la_conn *conn), void *user);
/** Do what a service asked for; true if the connection lives on. */
bool la_stack_apply(struct la_stack *stack, struct la_call *call, const struct la_conn *conn);
void la_stack_end(struct la_stack *stack, struct la_call *call, enum la_end why);
void la_stack_fill(struct la_stack *stack, struct la_tcb *tcb, uint32_t handle,
		const struct la_seg *seg, uint8_t *dst, uint64_t now_us);
uint32_t la_stack_deliver(void *user, struct la_tcb *tcb, const uint8_t *text, uint32_t len,
		uint64_t now_us);

/* buffers.c */
uint32_t la_stack_data_again(struct la_stack *stack, const struct la_bound *bound,
		struct la_conn *conn, const uint8_t *text, uint32_t len);
void la_stack_buffers_expire(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* connection.c: blocks, and what follows from a call of the core. */
uint32_t la_stack_take(struct la_stack *stack, const struct la_tuple *tuple, uint32_t listener);
uint32_t la_stack_add_flow(struct la_stack *stack, const struct la_tuple *tuple, uint32_t hash,
		uint32_t listener);
void la_stack_give(struct la_stack *stack, uint32_t handle, struct la_tcb *tcb);
void la_stack_call_begin(struct la_stack *stack, struct la_call *call, uint32_t handle,
		const struct la_hop *from, uint64_t now_us);
/** Where what it leaves owed goes, in @p room; NULL: it is to be looked up. */
const struct la_hop *la_stack_call_hop(struct la_stack *stack, const struct la_call *call,
		struct la_hop *room);
void la_stack_call_end(struct la_stack *stack, struct la_call *call);
/** All of la_stack_call_end() but telling the service. */
void la_stack_call_settle(struct la_stack *stack, struct la_call *call);
enum la_tcp_reason la_stack_segment(struct la_stack *stack, uint32_t handle,
		const struct la_rx *rx, uint64_t now_us);
void la_stack_close(struct la_stack *stack, uint32_t handle, bool abort, uint64_t now_us);
bool la_stack_may_challenge(struct la_stack *stack, const struct la_addr *source, uint32_t hash,
		uint64_t now_us);
bool la_stack_may_answer(struct la_stack *stack, uint32_t hash, uint64_t now_us);

/* input.c */
/** A segment to us, of the connection that @p handle names, or of none. */
void la_stack_one_segment(struct la_stack *stack, const struct la_rx *rx,
		const struct la_tuple *tuple, uint32_t hash, uint32_t handle, uint64_t now_us);

/* listen.c */
/** Whether a SYN is answered by a cookie now. */
bool la_stack_wants_cookie(struct la_stack *stack);
/** Whether a SYN may take a block: the backlog is not full, and blocks are left beside those
 *  kept for peers that have shown that they are there. */
bool la_stack_may_keep_syn(const struct la_stack *stack);
/** Answer a SYN and keep nothing of it. */
void la_stack_send_cookie(struct la_stack *stack, const struct la_rx *rx, uint32_t hash,
		uint64_t now_us);
/** Whether an ACK brings back a cookie of ours; @p n is written if so. */
bool la_stack_cookie_good(const struct la_stack *stack, const struct la_rx *rx, uint64_t now_us,
		struct la_tcp_negotiated *n);

/** An ACK that has brought a good cookie, to a block that holds its tuple: the connection is
 *  where it would be had its SYN been kept; then the segment counts. @p first: at the peer's
 *  ISN + 1, with a TSval that is not newer: mostly the segment itself. */
void la_stack_open_by_cookie(struct la_stack *stack, const struct la_rx *rx, uint32_t handle,
		const struct la_seg *first, const struct la_tcp_negotiated *n, uint64_t now_us);
void la_stack_listen(struct la_stack *stack, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint64_t now_us);
/** A segment to SYN-RECEIVED. @return false, and nothing has been done, if the block is to have
 *  it: it is of the SYN that was kept, or opens nothing. */
bool la_stack_half_open(struct la_stack *stack, const struct la_rx *rx,
		const struct la_tuple *tuple, uint32_t hash, uint32_t handle, uint64_t now_us);
void la_stack_reset(struct la_stack *stack, const struct la_rx *rx, enum la_tcp_reason reason,
		uint64_t now_us);
void la_stack_passive(struct la_stack *stack, const struct la_rx *rx, uint32_t handle,
		uint32_t iss, uint64_t now_us);

/* syns.c: SYNs that were answered by a cookie lately. */
/** The SYN of the handshake that this ACK belongs to, if there is one under way for certain;
 *  @p n is written then. Else NULL. */
const struct la_syn_seen *la_stack_syn_of(const struct la_stack *stack, const struct la_rx *rx,
		uint32_t hash, uint64_t now_us, struct la_tcp_negotiated *n);
/** Whether the ACK is of the cookie that was the answer to this SYN; @p n is written if so. */
bool la_stack_syn_acked(const struct la_stack *stack, const struct la_syn_seen *seen,
		const struct la_rx *rx, uint64_t now_us, struct la_tcp_negotiated *n);
/** Whether the connection can be opened with it; @p first is written if so. */
bool la_stack_syn_opens(const struct la_stack *stack, const struct la_syn_seen *seen,
		const struct la_rx *rx, struct la_seg *first);
/** Whether an ACK of no connection, and of no handshake that is known, may yet belong to one. */
bool la_stack_may_be_under_way(struct la_stack *stack, const struct la_rx *rx, uint32_t hash,
		uint64_t now_us);

/* time_wait.c */
/** The ring is full: the oldest record is given up for a new one. */
void la_stack_time_wait_give_up(struct la_stack *stack, uint64_t now_us);
void la_stack_time_wait_replace(struct la_stack *stack, uint32_t hash, uint32_t record,
		uint32_t handle);
void la_stack_time_wait_segment(struct la_stack *stack, const struct la_rx *rx, uint32_t hash,
		uint32_t handle, uint64_t now_us);
void la_stack_time_wait_expire(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* fast.c: plain segments, each finished or left untouched. */
/** What the general path wants to know of a plain segment. */
void la_stack_rx_of(const struct la_stack *stack, const struct la_plain *p, struct la_rx *rx);
/** To no connection. @p cookie: its number in the burst's, or LA_NO_COOKIE. @return whether it
 *  is finished. */
bool la_stack_fast_listen(struct la_burst *burst, const struct la_plain *p, uint32_t cookie);
/** To a connection. */
bool la_stack_fast_segment(struct la_burst *burst, const struct la_plain *p, uint32_t handle);
/** Text in order to one in ESTABLISHED that the service has heard of and that holds no second
 *  block; but the service may have one, if it sends (fast_text.c). */
enum la_tcp_reason la_stack_fast_data(struct la_burst *burst, const struct la_plain *p,
		struct la_tcb *tcb, uint32_t handle);
/** To one that holds a second block, has text or a FIN in flight, or has heard the peer's FIN
 *  (fast_text.c). */
bool la_stack_fast_second(struct la_burst *burst, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle);
/** Send what a connection owes, if that is one bare segment. @return whether it was sent. */
bool la_stack_fast_output(struct la_stack *stack, struct la_tcb *tcb, const struct la_owed *owed,
		uint64_t now_us);
/** The same of a connection with a second block, if that is one segment of text (fast_text.c). */
bool la_stack_fast_text(struct la_stack *stack, struct la_tcb *tcb, const struct la_owed *owed,
		uint64_t now_us);
/** Keep the timestamp offsets of the next @p n in the queue that la_stack_fast_output() will
 *  need and that are not kept (fast_offsets.c). */
void la_stack_fast_offsets(struct la_stack *stack, uint32_t n);

/* fast_active.c: the end that opens. Those that say whether leave untouched what they do not
 * finish. */
/** la_stack_prepare() with ISNs and timestamp offsets. */
void la_stack_fast_prepare(const struct la_stack *stack, struct la_stack_opening *openings,
		uint32_t n);
/** OPEN; @p handle is written. */
bool la_stack_fast_connect(struct la_stack *stack, const struct la_stack_opening *opening,
		uint16_t listener, uint64_t now_us, uint32_t *handle);
/** Send a SYN that is owed. */
bool la_stack_fast_syn(struct la_stack *stack, struct la_tcb *tcb, const struct la_owed *owed,
		uint64_t now_us);
/** A segment with a SYN, to a connection. */
bool la_stack_fast_syn_ack(struct la_burst *burst, const struct la_plain *p, struct la_tcb *tcb,
		uint32_t handle);

/* output.c */
void la_stack_queue(struct la_stack *stack, uint32_t handle, const struct la_hop *hop);
void la_stack_requeue(struct la_stack *stack, uint32_t budget);
void la_stack_send_owed(struct la_stack *stack, struct la_call *call);
bool la_stack_emit(struct la_stack *stack, const struct la_path *path, const struct la_seg *seg);
bool la_stack_reply(struct la_stack *stack, const struct la_rx *rx, const struct la_seg *seg,
		enum la_way_to to, uint64_t now_us);
void la_stack_send_rst(struct la_stack *stack, struct la_call *call, const struct la_seg *rst);

/* neighbour.c */
bool la_stack_look_up_hop(struct la_stack *stack, const struct la_addr *remote,
		struct la_hop *hop, uint64_t now_us);
bool la_stack_neighbour_heard(struct la_stack *stack, const struct la_addr *address,
		const struct la_mac *mac, unsigned int how, uint64_t now_us);
void la_stack_neighbours_start(struct la_stack *stack, uint64_t now_us);
void la_stack_neighbours_tick(struct la_stack *stack, uint64_t now_us);

/* user.c: calls from outside a segment. */
/** Of a single OPEN: what there is to know but the hashes that a burst makes. */
void la_stack_prepare_one(const struct la_stack *stack, struct la_stack_opening *opening);
void la_stack_drain_some(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* arp.c */
void la_stack_arp(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
void la_stack_arp_overhear(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
void la_stack_arp_ask(struct la_stack *stack, uint32_t address, const struct la_mac *mac);
void la_stack_arp_announce(struct la_stack *stack, const struct la_addr *address);

/* nd.c */
void la_stack_nd(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
void la_stack_nd_overhear(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
void la_stack_nd_ask(struct la_stack *stack, const struct la_addr *address,
		const struct la_mac *mac);
void la_stack_nd_probe(struct la_stack *stack, const struct la_addr *address);
void la_stack_nd_announce(struct la_stack *stack, const struct la_addr *address);

/* mld.c */
void la_stack_mld_start(struct la_stack *stack, uint64_t now_us);
void la_stack_mld_query(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
bool la_stack_mld_concerns(const struct la_stack *stack, const struct la_rx *rx);
void la_stack_mld_overhear(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
void la_stack_mld_tick(struct la_stack *stack, uint64_t now_us);

/* announce.c */
bool la_stack_is_settled(const struct la_stack *stack, const struct la_addr *address);
void la_stack_claimed(struct la_stack *stack, const struct la_addr *address, uint64_t now_us);
void la_stack_announce(struct la_stack *stack, uint32_t max, uint64_t now_us);
bool la_stack_conflict(struct la_stack *stack, const struct la_addr *address,
		const struct la_mac *mac, uint64_t now_us);

/* icmp.c */
void la_stack_icmp(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
bool la_stack_icmp_concerns(const struct la_stack *stack, const struct la_rx *rx,
		struct la_tuple *quoted);
void la_stack_icmp_overhear(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);

static inline struct la_tcb *
la_stack_tcb(const struct la_stack *stack, uint32_t handle)
{
	return (struct la_tcb *)(stack->tcbs.objects + (size_t)handle * sizeof(struct la_tcb));
}

/** The stride is a constant here, so this is a shift. */
static inline uint32_t
la_stack_handle(const struct la_stack *stack, const struct la_tcb *tcb)
{
	return (uint32_t)((size_t)((const uint8_t *)tcb - stack->tcbs.objects) /
			sizeof(struct la_tcb));
}

/** @p as: the handle or, so that none is found, LA_NONE. */
static inline void
la_stack_keep_offset(struct la_stack *stack, uint32_t handle, uint32_t as, uint32_t offset)
{
	stack->offsets.v[handle & stack->offsets.mask].handle = as;
	stack->offsets.v[handle & stack->offsets.mask].offset = offset;
}

/** False: some may not be kept. Handles up to the mask have places of their own. */
static inline bool
la_stack_keeps_offsets(const struct la_stack *stack)
{
	return !stack->offsets.lacking && stack->tcbs.fresh <= stack->offsets.mask;
}

/** False: it has to be hashed. */
static inline bool
la_stack_kept_offset(const struct la_stack *stack, uint32_t handle, uint32_t *offset)
{
	*offset = stack->offsets.v[handle & stack->offsets.mask].offset;
	return stack->offsets.v[handle & stack->offsets.mask].handle == handle;
}

/** Where segments to @p remote go to first; false: it is asked for. */
static inline bool
la_stack_next_hop(struct la_stack *stack, const struct la_addr *remote, struct la_hop *hop,
		uint64_t now_us)
{
	const struct la_neighbours *n = &stack->neighbours;

	if (UNLIKELY(n->last == NULL || !la_addr_eq(&n->last_remote, remote)))
		return la_stack_look_up_hop(stack, remote, hop, now_us);
	hop->mac = n->last->mac;
	hop->tci = stack->params.vlan;
	return true;
}

/** The gauge of a state that a connection has left or, by @p to, come to. */
static inline void
la_stack_moved(struct la_stack *stack, unsigned int from, unsigned int to)
{
	if (from == to)
		return;
	if (from != LA_CLOSED)
		la_uncount(&stack->counters.state[from]);
	if (to != LA_CLOSED && to != LA_TIME_WAIT)
		la_count(&stack->counters.state[to]);
}

static inline void
la_stack_reason(struct la_stack *stack, enum la_tcp_reason reason)
{
	la_count(&stack->counters.tcp[reason]);
}

static inline void
la_stack_count(struct la_stack *stack, enum la_stack_count count)
{
	la_count(&stack->counters.count[count]);
}

/** Of another VLAN than ours; a tag of VLAN 0 only has a priority. */
static inline bool
la_stack_is_foreign(const struct la_stack *stack, const struct la_rx *rx)
{
	return (rx->from.tci & LA_TCI_VLAN) != stack->params.vlan;
}

/** The link's part of a path, to @p mac with tag @p tci. */
static inline void
la_stack_path_link(const struct la_stack *stack, struct la_path *path, const struct la_mac *mac,
		uint16_t tci)
{
	path->source_mac = stack->mac;
	path->dest_mac = *mac;
	path->tci = stack->params.tag_offload ? 0 : tci;
	path->nic_tci = stack->params.tag_offload ? tci : 0;
}

/** Class of the largest segment the peer takes, by its SYN (RFC 9293, 3.7.1). */
static inline uint8_t
la_stack_mss_class(uint8_t present, uint16_t mss, bool v4)
{
	enum { DEFAULT_V4 = 536, DEFAULT_V6 = 1220 };

	if (LIKELY(present & LA_OPT_MSS))
		return la_mss_to_class(mss);
	return la_mss_to_class(v4 ? DEFAULT_V4 : DEFAULT_V6);
}

/** The MSS of a SYN, or of the SYN-ACK to ours, that is taken in now. */
static inline void
la_stack_count_mss(struct la_stack *stack, uint8_t present, uint16_t mss)
{
	if (UNLIKELY(mss < LA_MSS_FLOOR && present & LA_OPT_MSS))
		la_stack_count(stack, LA_COUNT_MSS_RAISED);
}

/** A SYN's options, and LA_SYN_ECN. */
static inline uint8_t
la_stack_syn_options(const struct la_seg *syn)
{
	const bool ecn = (syn->flags & LA_ECE_CWR) == LA_ECE_CWR;

	return (uint8_t)((syn->opts.present & ~LA_OPT_SACK) | (ecn ? LA_SYN_ECN : 0));
}

/** What a cookie can remember of a SYN's options: without timestamps, the MSS alone.
 *  @p present: LA_OPT_*, and LA_SYN_ECN; the others hold if they are among them. */
static inline struct la_cookie_opts
la_stack_cookie_opts(const struct la_tcp_params *tcp, uint8_t present, uint16_t mss,
		uint8_t wscale, bool v4)
{
	struct la_cookie_opts opts = { .mss_class = la_stack_mss_class(present, mss, v4) };

	if (!(present & LA_OPT_TIMESTAMPS) || !tcp->timestamps)
		return opts;
	opts.timestamps = true;
	opts.sack = (present & LA_OPT_SACK_PERMITTED) && tcp->sack;
	opts.wscale_ok = (present & LA_OPT_WSCALE) && tcp->wscale;
	opts.ecn = (present & LA_SYN_ECN) && tcp->ecn != LA_TCP_ECN_OFF;
	if (opts.wscale_ok)
		opts.wscale = wscale < WSCALE_MAX ? wscale : WSCALE_MAX;
	return opts;
}

/** What a cookie has brought back. */
static inline struct la_tcp_negotiated
la_stack_negotiated(const struct la_cookie_opts *opts)
{
	struct la_tcp_negotiated n = {
		.mss_class = opts->mss_class, .timestamps = opts->timestamps,
		.wscale = opts->timestamps && opts->wscale_ok,
		.sack = opts->timestamps && opts->sack,
		.ecn = opts->timestamps && opts->ecn,
	};

	n.snd_scale = n.wscale ? opts->wscale : 0;
	return n;
}

/** What losses of notes have their time in: 2^16 us. */
static inline uint32_t
la_stack_syn_clock(uint64_t now_us)
{
	return (uint32_t)(now_us >> 16);
}

/** A SYN gets a cookie: make a note. @p hash: of its tuple. */
static inline void
la_stack_note_syn(struct la_stack *stack, uint32_t hash, struct la_syn_seen syn, uint64_t now_us)
{
	struct la_syn_seen *seen = &stack->syns_seen[hash % LA_SYNS_SEEN];

	/* One of the same tuple may be a stranger's, in the name of a peer in its handshake. */
	if (seen->options != 0 && ((seen->hash ^ hash) | (seen->isn ^ syn.isn)) != 0)
		stack->syns_lost[hash % LA_SYNS_SEEN] = la_stack_syn_clock(now_us);
	seen->hash = hash;
	seen->isn = syn.isn;
	seen->tsval = syn.tsval;
	seen->options = syn.options | LA_SYN_PENDING;
	seen->wscale = syn.wscale;
}

/** A connection of the tuple is made: its handshake is over. */
static inline void
la_stack_syn_opened(struct la_stack *stack, uint32_t hash)
{
	struct la_syn_seen *seen = &stack->syns_seen[hash % LA_SYNS_SEEN];

	if (seen->hash == hash)
		seen->options = 0;
}

/** It carries timestamps, and we know of them. */
static inline bool
la_stack_uses_timestamps(const struct la_stack *stack, const struct la_plain *p)
{
	return p->options & stack->fast_options & LA_OPT_TIMESTAMPS;
}

static inline struct la_cookie_tuple
la_stack_cookie_tuple(const struct la_rx *rx)
{
	return (struct la_cookie_tuple){
		.local = rx->dest, .remote = rx->source,
		.local_port = rx->dest_port, .remote_port = rx->source_port,
	};
}

/** The gauge of the records. */
static inline void
la_stack_time_wait_show(struct la_stack *stack)
{
	la_count_set(&stack->counters.state[LA_TIME_WAIT], stack->tw.live);
}

/** A record takes the place of a block in the table. @p hash: of its tuple. */
static inline void
la_stack_time_wait_enter(struct la_stack *stack, uint32_t handle, uint32_t hash, uint64_t now_us)
{
	uint32_t record;

	if (UNLIKELY(la_tw_is_full(&stack->tw)))
		la_stack_time_wait_give_up(stack, now_us);
	record = la_tw_enter(&stack->tw, la_stack_tcb(stack, handle), now_us);
	la_flow_replace(&stack->flow, hash, handle, LA_FLOW_TIME_WAIT | record);
	la_stack_count(stack, LA_COUNT_TIME_WAIT_ENTERED);
	la_stack_time_wait_show(stack);
}

#endif
