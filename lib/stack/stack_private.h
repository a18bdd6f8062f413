/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_PRIVATE_H
#define LA_STACK_PRIVATE_H

/** @file
 * What the files of the stack share: the stack itself and the call in progress.
 */
#include "la_bare.h"
#include "la_cookie_burst.h"
#include "la_emit.h"
#include "la_flow.h"
#include "la_hint.h"
#include "la_link.h"
#include "la_stack.h"
#include "la_tcp_fast.h"
#include "la_timer.h"
#include "la_timewait.h"


enum {
	LA_BATCH = 64,                  /**< Timers and records taken at once. */
	LA_SEGMENTS_A_TURN = 64,        /**< What one connection may send in a turn. */
	LA_QUEUE_MAX = 1 << 16,         /**< Connections that wait to send. */
	LA_OFFSETS_MAX = 1 << 14,
	LA_BINDINGS_MAX = 1 << 22,
	LA_LISTENER_NONE = 0xffff,
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
 * deliver() in its midst and hands back `out`, by which deliver() finds the rest.
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
	struct la_tcp_out out;
	struct la_tcp_out abort;        /**< Of an ABORT by the service in deliver(). */
};

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

struct la_stack {
	struct la_link link;            /**< Who else is there, and where packets go. */
	bool draining;
	bool cookies_on;                /**< The next SYN gets a cookie. */
	struct la_stack_io io;
	struct la_pool tcbs, exts, chunks;
	struct la_tcp_env env;
	struct la_tcp_holders holders;
	struct la_tcp_stalled stalled;
	uint32_t exts_spare;         /**< Extension blocks to keep free. */
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
	struct la_shares rst_limit, challenge_limit;
	struct la_challenged challenged[LA_CHALLENGED_SETS][LA_CHALLENGED_WAYS];
	struct la_challenged answered[LA_ANSWERED];
	struct la_reset_tuple reset_tuples[LA_RESET_TUPLES];
	struct la_syn_seen syns_seen[LA_SYNS_SEEN] __attribute__((aligned(64)));
	/** When one was last overwritten before it was opened: la_stack__syn_clock(). */
	uint32_t syns_lost[LA_SYNS_SEEN];
	struct la_doubted doubted[LA_DOUBTED];
	uint32_t closed_queued;         /**< Closed blocks still in the output queue; freed when
	                                     their turn comes. */
	uint32_t drain_cursor;
	uint64_t tick_due_us, second_due_us;
	struct la_service **services;
	uint32_t services_len;
	size_t octets;
	struct la_stack_params params;
	struct la_stack_counters counters;
};

/** Where the link's counters begin among the stack's. */
enum { LA_COUNT_LINK = (int)LA_COUNT_TX_NO_FRAME - (int)LA_LINK_TX_NO_FRAME };

_Static_assert(LA_COUNT_LINK + (int)LA_LINK_NEIGHBOURS_LOST == (int)LA_COUNT_NEIGHBOURS_LOST,
		"the link's counters stand in a row");

/* params.c */
/** The link's part of the parameters; its secret is left out. */
struct la_link_params la_stack__link_params(const struct la_stack_params *params);
/** Whether the parameters make sense. */
bool la_stack__params_sane(const struct la_stack_params *params);
/** Fill in what follows from the window and the MTU. */
void la_stack__params_derive(struct la_stack_params *params);

/* listeners.c: who listens where. */
/** Ports of all listeners, each counted as often as it is named. */
uint64_t la_stack__bindings(const struct la_stack_params *params);
/** Take memory for the listeners and, if the arena has any, make their services. False if one
 *  cannot be made from its parameters. */
bool la_stack__bind(struct la_stack *stack, struct la_arena *arena,
		const struct la_stack_params *params);
/** Number of the listener of an address and port, or LA_LISTENER_NONE. */
uint32_t la_stack__listener(const struct la_stack *stack, uint16_t address, uint16_t port);
/* evict.c: where all blocks are in use, one whose connection makes no progress may be freed. */
/** For an ACK that has brought a good cookie. */
void la_stack__room_for_cookie(struct la_stack *stack, uint64_t now_us);
/** For a SYN that is to be kept. */
void la_stack__room_for_syn(struct la_stack *stack, uint64_t now_us);

/* service_calls.c: what a service is told of, and what it asks for. */
/** Whether a service has what it needs to send: an extension block, or one that is free. */
bool la_stack__has_ext(const struct la_stack *stack, const struct la_tcb *tcb,
		uint32_t listener);
/** Whether a service can send now. If all extension blocks are in use, the one without progress for
 *  longest is taken from its connection. @p tcb: NULL if there is none yet. */
bool la_stack__can_send(struct la_stack *stack, const struct la_tcb *tcb, uint32_t listener,
		uint64_t now_us);
/** Where fewer than a few extension blocks are free, take back those without progress. */
void la_stack__free_exts(struct la_stack *stack, uint64_t now_us, uint32_t budget);
/** open(): the connection is ESTABLISHED. */
void la_stack__open(struct la_stack *stack, struct la_call *call);
/** Ask again what the service has room for. */
void la_stack__room(struct la_stack *stack, struct la_call *call);
/** acked(): what was acknowledged since it was told last. */
void la_stack__acked(struct la_stack *stack, struct la_call *call);
/** fin(): the peer has sent all. Without it, CLOSE. */
void la_stack__fin(struct la_stack *stack, struct la_call *call);
/** Let @p act set in the la_conn what the service wants, out of turn. */
void la_stack__call_act(struct la_stack *stack, struct la_call *call,
		void (*act)(void *user, struct la_conn *conn), void *user);
/** Do what a service asked for; true if the connection lives on. */
bool la_stack__apply(struct la_stack *stack, struct la_call *call, const struct la_conn *conn);
/** end(): the connection is over. */
void la_stack__end(struct la_stack *stack, struct la_call *call, enum la_end why);
/** fill(): write the text of a segment. */
void la_stack__fill(struct la_stack *stack, struct la_tcb *tcb, uint32_t handle,
		const struct la_seg *seg, uint8_t *dst, uint64_t now_us);
/** data(), behind all that comes before it: la_tcp_env.deliver. @p out: of a struct la_call.
 *  @return octets taken. */
uint32_t la_stack__deliver(void *user, struct la_tcb *tcb, const uint8_t *text, uint32_t len,
		uint64_t now_us, const struct la_tcp_out *out);

/* buffers.c */
/** data() lacked a buffer: take one from another connection, and call it again. @return octets
 *  taken. */
uint32_t la_stack__data_again(struct la_stack *stack, const struct la_bound *bound,
		struct la_conn *conn, const uint8_t *text, uint32_t len);
/** Take back buffers that were held without progress, at most @p budget of each service. */
void la_stack__buffers_expire(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* connection.c: blocks, and what follows from a call of the core. */
/** A block in CLOSED that holds its tuple; LA_NONE if all are in use. */
uint32_t la_stack__take(struct la_stack *stack, const struct la_tuple *tuple, uint32_t listener);
/** A block for a new flow, in the table; LA_NONE, counted, if there is no room. */
uint32_t la_stack__add_flow(struct la_stack *stack, const struct la_tuple *tuple, uint32_t hash,
		uint32_t listener);
/** Give a block back that is in no table any more. */
void la_stack__give(struct la_stack *stack, uint32_t handle, struct la_tcb *tcb);
/** Before a call of the core. @p from: where its cause came from; NULL: from no frame. */
void la_stack__call_begin(struct la_stack *stack, struct la_call *call, uint32_t handle,
		const struct la_hop *from, uint64_t now_us);
/** Where what it leaves owed goes, in @p room; NULL: it is to be looked up. */
const struct la_hop *la_stack__call_hop(struct la_stack *stack, const struct la_call *call,
		struct la_hop *room);
/** After it: tell the service, do what it asks for, queue what is owed. */
void la_stack__call_end(struct la_stack *stack, struct la_call *call);
/** All of la_stack__call_end() but telling the service. */
void la_stack__call_settle(struct la_stack *stack, struct la_call *call);
/** A segment of a connection that has a block. */
enum la_tcp_reason la_stack__segment(struct la_stack *stack, uint32_t handle,
		const struct la_rx *rx, uint64_t now_us);
/** CLOSE or, if @p abort, ABORT by the stack itself. */
void la_stack__close(struct la_stack *stack, uint32_t handle, bool abort, uint64_t now_us);
/** Whether a challenge ACK may be sent (RFC 5961, 7). @p hash: of the tuple. */
bool la_stack__may_challenge(struct la_stack *stack, const struct la_addr *source, uint32_t hash,
		uint64_t now_us);
/** Whether text that was not taken may be answered (RFC 9293, 3.10.7.4, first). */
bool la_stack__may_answer(struct la_stack *stack, uint32_t hash, uint64_t now_us);

/* input.c */
/** A segment to us, of the connection that @p handle names, or of none. */
void la_stack__one_segment(struct la_stack *stack, const struct la_rx *rx,
		const struct la_tuple *tuple, uint32_t hash, uint32_t handle, uint64_t now_us);

/* listen.c */
/** Whether a SYN is answered by a cookie now. */
bool la_stack__wants_cookie(struct la_stack *stack);
/** Whether a SYN may take a block: the backlog is not full, and blocks are left beside those
 *  kept for peers that have shown that they are there. */
bool la_stack__may_keep_syn(const struct la_stack *stack);
/** Answer a SYN and keep nothing of it. */
void la_stack__send_cookie(struct la_stack *stack, const struct la_rx *rx, uint32_t hash,
		uint64_t now_us);
/** Whether an ACK brings back a cookie of ours; @p n is written if so. */
bool la_stack__cookie_good(const struct la_stack *stack, const struct la_rx *rx, uint64_t now_us,
		struct la_tcp_negotiated *n);
/** An ACK that has brought a good cookie, to a block that holds its tuple: the connection is
 *  where it would be had its SYN been kept; then the segment counts. @p first: at the peer's
 *  ISN + 1, with a TSval that is not newer: mostly the segment itself. */
void la_stack__open_by_cookie(struct la_stack *stack, const struct la_rx *rx, uint32_t handle,
		const struct la_seg *first, const struct la_tcp_negotiated *n, uint64_t now_us);
/** A segment to no connection: LISTEN or CLOSED (RFC 9293, 3.10.7.1 and 3.10.7.2). */
void la_stack__listen(struct la_stack *stack, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint64_t now_us);
/** A segment to SYN-RECEIVED. @return false, and nothing has been done, if the block is to have
 *  it: it is of the SYN that was kept, or opens nothing. */
bool la_stack__half_open(struct la_stack *stack, const struct la_rx *rx,
		const struct la_tuple *tuple, uint32_t hash, uint32_t handle, uint64_t now_us);
/** Answer with a RST, if the limits allow it; @p reason is counted. */
void la_stack__reset(struct la_stack *stack, const struct la_rx *rx, enum la_tcp_reason reason,
		uint64_t now_us);
/** OPEN, passive, into a block that is taken; the SYN-ACK is queued. */
void la_stack__passive(struct la_stack *stack, const struct la_rx *rx, uint32_t handle,
		uint32_t iss, uint64_t now_us);

/* time_wait.c */
/** The ring is full: the oldest record is given up for a new one. */
void la_stack__time_wait_give_up(struct la_stack *stack, uint64_t now_us);
/** A new connection of the same tuple takes the place of a record. */
void la_stack__time_wait_replace(struct la_stack *stack, uint32_t hash, uint32_t record,
		uint32_t handle);
/** A segment to a tuple in TIME-WAIT. */
void la_stack__time_wait_segment(struct la_stack *stack, const struct la_rx *rx, uint32_t hash,
		uint32_t handle, uint64_t now_us);
/** Forget records that have lived for 2MSL. */
void la_stack__time_wait_expire(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* output.c */
/** A connection owes something: put it into the queue. @p hop: where it goes; NULL: to be
 *  looked up. */
void la_stack__queue(struct la_stack *stack, uint32_t handle, const struct la_hop *hop);
/** Look through up to @p budget blocks for those that found no place in the queue. */
void la_stack__requeue(struct la_stack *stack, uint32_t budget);
/** Send an ACK that a call owes, before the queue comes to it. */
void la_stack__send_owed(struct la_stack *stack, struct la_call *call);
/** Send a segment that has no connection, or no longer. False: there was no frame. */
bool la_stack__emit(struct la_stack *stack, const struct la_path *path, const struct la_seg *seg);
/** The same in answer to @p rx. */
bool la_stack__reply(struct la_stack *stack, const struct la_rx *rx, const struct la_seg *seg,
		enum la_way_to to, uint64_t now_us);
/** Send the RST of an ABORT. */
void la_stack__send_rst(struct la_stack *stack, struct la_call *call, const struct la_seg *rst);

/* user.c: calls from outside a segment. */
/** Of a single OPEN: what there is to know but the hashes that a burst makes. */
void la_stack__prepare_one(const struct la_stack *stack, struct la_stack_opening *opening);
/** While draining: CLOSE up to @p budget connections more. */
void la_stack__drain_some(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* icmp.c */
/** Answer an echo, heed an error. */
void la_stack__icmp(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
/** Whether it is an error that would do something to the connection it quotes, which is
 *  written to @p quoted. */
bool la_stack__icmp_concerns(const struct la_stack *stack, const struct la_rx *rx,
		struct la_tuple *quoted);
/** An error that came to another worker, which counted it. */
void la_stack__icmp_overhear(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);

/** The block of a handle. */
static inline struct la_tcb *
la_stack__tcb(const struct la_stack *stack, uint32_t handle)
{
	return (struct la_tcb *)(stack->tcbs.objects + (size_t)handle * sizeof(struct la_tcb));
}

/** The stride is a constant here, so this is a shift. */
static inline uint32_t
la_stack__handle(const struct la_stack *stack, const struct la_tcb *tcb)
{
	return (uint32_t)((size_t)((const uint8_t *)tcb - stack->tcbs.objects) /
			sizeof(struct la_tcb));
}

/** @p as: the handle or, so that none is found, LA_NONE. */
static inline void
la_stack__keep_offset(struct la_stack *stack, uint32_t handle, uint32_t as, uint32_t offset)
{
	stack->offsets.v[handle & stack->offsets.mask].handle = as;
	stack->offsets.v[handle & stack->offsets.mask].offset = offset;
}

/** False: some may not be kept. Handles up to the mask have places of their own. */
static inline bool
la_stack__keeps_offsets(const struct la_stack *stack)
{
	return !stack->offsets.lacking && stack->tcbs.fresh <= stack->offsets.mask;
}

/** False: it has to be hashed. */
static inline bool
la_stack__kept_offset(const struct la_stack *stack, uint32_t handle, uint32_t *offset)
{
	*offset = stack->offsets.v[handle & stack->offsets.mask].offset;
	return stack->offsets.v[handle & stack->offsets.mask].handle == handle;
}

/** Did the peer itself send it? Who does not see the connection has to guess the number
 *  of one octet in 2^32. */
static inline bool
la_stack__is_proof(const struct la_tcb *tcb, uint32_t seq, uint32_t ack, uint8_t flags)
{
	if (!(flags & LA_ACK))
		return false;
	if (tcb->state == LA_SYN_SENT)
		return flags & LA_SYN && ack == tcb->snd.nxt;
	return seq == tcb->rcv.nxt && la_seq_leq(tcb->snd.una, ack) &&
			la_seq_leq(ack, tcb->snd.nxt);
}

/** The gauge of a state that a connection has left or, by @p to, come to. */
static inline void
la_stack__moved(struct la_stack *stack, unsigned int from, unsigned int to)
{
	if (from == to)
		return;
	if (from != LA_CLOSED)
		la_uncount(&stack->counters.state[from]);
	if (to != LA_CLOSED && to != LA_TIME_WAIT)
		la_count(&stack->counters.state[to]);
}

/** Count what became of a segment. */
static inline void
la_stack__reason(struct la_stack *stack, enum la_tcp_reason reason)
{
	la_count(&stack->counters.tcp[reason]);
}

/** Count one. */
static inline void
la_stack__count(struct la_stack *stack, enum la_stack_count count)
{
	la_count(&stack->counters.count[count]);
}

/** Class of the largest segment the peer takes, by its SYN (RFC 9293, 3.7.1). */
static inline uint8_t
la_stack__mss_class(uint8_t present, uint16_t mss, bool v4)
{
	if (LA_LIKELY(present & LA_OPT_MSS))
		return la_mss_to_class(mss);
	return la_mss_to_class(la_mss_default(v4));
}

/** The MSS of a SYN, or of the SYN-ACK to ours, that is taken in now. */
static inline void
la_stack__count_mss(struct la_stack *stack, uint8_t present, uint16_t mss)
{
	if (LA_UNLIKELY(mss < LA_MSS_FLOOR && present & LA_OPT_MSS))
		la_stack__count(stack, LA_COUNT_MSS_RAISED);
}

/** A SYN's options, and LA_SYN_ECN. */
static inline uint8_t
la_stack__syn_options(const struct la_seg *syn)
{
	const bool ecn = (syn->flags & LA_ECE_CWR) == LA_ECE_CWR;

	return (uint8_t)((syn->opts.present & ~LA_OPT_SACK) | (ecn ? LA_SYN_ECN : 0));
}

/** What a cookie can remember of a SYN's options: without timestamps, the MSS alone.
 *  @p present: LA_OPT_*, and LA_SYN_ECN; the others hold if they are among them. */
static inline struct la_cookie_opts
la_stack__cookie_opts(const struct la_tcp_params *tcp, uint8_t present, uint16_t mss,
		uint8_t wscale, bool v4)
{
	struct la_cookie_opts opts = { .mss_class = la_stack__mss_class(present, mss, v4) };

	if (!(present & LA_OPT_TIMESTAMPS) || !tcp->timestamps)
		return opts;
	opts.timestamps = true;
	opts.sack = (present & LA_OPT_SACK_PERMITTED) && tcp->sack;
	opts.wscale_ok = (present & LA_OPT_WSCALE) && tcp->wscale;
	opts.ecn = (present & LA_SYN_ECN) && tcp->ecn != LA_TCP_ECN_OFF;
	if (opts.wscale_ok)
		opts.wscale = wscale < LA_WSCALE_MAX ? wscale : LA_WSCALE_MAX;
	return opts;
}

/** What a cookie has brought back. */
static inline struct la_tcp_negotiated
la_stack__negotiated(const struct la_cookie_opts *opts)
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

static inline struct la_cookie_tuple
la_stack__cookie_tuple(const struct la_rx *rx)
{
	return (struct la_cookie_tuple){
		.local = rx->dest, .remote = rx->source,
		.local_port = rx->dest_port, .remote_port = rx->source_port,
	};
}

/** The gauge of the records. */
static inline void
la_stack__time_wait_show(struct la_stack *stack)
{
	la_count_set(&stack->counters.state[LA_TIME_WAIT], stack->tw.live);
}

/** A record takes the place of a block in the table. @p hash: of its tuple. */
static inline void
la_stack__time_wait_enter(struct la_stack *stack, uint32_t handle, uint32_t hash, uint64_t now_us)
{
	uint32_t record;

	if (LA_UNLIKELY(la_tw_is_full(&stack->tw)))
		la_stack__time_wait_give_up(stack, now_us);
	record = la_tw_enter(&stack->tw, la_stack__tcb(stack, handle), now_us);
	la_flow_replace(&stack->flow, hash, handle, LA_FLOW_TIME_WAIT | record);
	la_stack__count(stack, LA_COUNT_TIME_WAIT_ENTERED);
	la_stack__time_wait_show(stack);
}

#endif
