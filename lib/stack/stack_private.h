/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_PRIVATE_H
#define LA_STACK_PRIVATE_H

/** @file
 * Shared by the files of the stack: the stack itself and the call in progress.
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
	LA_SEGMENTS_A_TURN = 64,        /**< Segments that one connection may send in a turn. */
	LA_QUEUE_MAX = 1 << 16,         /**< Connections in the output queue. */
	LA_OFFSETS_MAX = 1 << 14,
	LA_BINDINGS_MAX = 1 << 22,
	LA_LISTENER_NONE = 0xffff,
};

/** Set in la_listening.port[]: the other bits are the port's only listener, on all addresses. */
#define LA_LISTENS_ALONE (UINT32_C(1) << 31)

/** The service of a listener. */
struct la_bound {
	struct la_service *service;
	const struct la_service_ops *ops;
};

/**
 * Listeners by port. Most ports have one listener, on all addresses, which port[]
 * itself names. Otherwise port[] is the index of the port's run in list[]: the number
 * of bindings, then the bindings (address in 17 bits, listener in 15) sorted by
 * address, so that a binding on all addresses comes last.
 */
struct la_listening {
	uint32_t *port;                 /**< 0: none; top bit: a listener; else: the run's index. */
	uint32_t *list;
};

/** A connection that owes output. */
struct la_owed {
	uint32_t handle;
	struct la_hop hop;
	bool known;                     /**< hop is valid; else it must be looked up. */
};

/** Queue of connections that owe output; each is in it at most once (LA_TCB_QUEUED). */
struct la_queue {
	struct la_owed *ring;
	uint32_t mask, head, count;
	bool overflowed;                /**< The queue was full: the pool must be searched. */
	uint32_t cursor;                /**< Next handle of this search. */
};

/**
 * A call of the TCP core in progress, and its results. During the call the core calls
 * deliver() with `out`, from which deliver() finds this struct.
 */
struct la_call {
	struct la_tcb *tcb;
	uint32_t handle;
	const struct la_hop *from;      /**< Origin of the frame that caused it; NULL: no frame. */
	enum la_way_to to;              /**< What kind of peer the answer goes to. */
	const struct la_hop *hop;       /**< Next hop of the output, if already looked up. */
	uint64_t now_us;
	uint32_t acked_told;            /**< Part of out.acked that the service was told. */
	uint8_t before;                 /**< State before the call. */
	bool opened;                    /**< The service's open() has been called. */
	struct la_tcp_out out;
	struct la_tcp_out abort;        /**< Output of an ABORT by the service in deliver(). */
};

/**
 * Cache of our timestamp offsets (RFC 7323, 5.4), to avoid a SipHash for each segment. The
 * handle of a connection gives its place. The code that takes a block which may have
 * timestamps also sets or clears the block's place, so an entry with a handle always belongs
 * to the connection that has the block now.
 */
struct la_offsets {
	struct {
		uint32_t handle, offset;
	} *v;
	uint32_t mask;
	bool lacking;                   /**< The offset of some connection is not in the table. */
};

/**
 * When a connection may next be sent a challenge ACK. Each connection has a limit of its own
 * before the common one, so that an attacker who forges segments of one connection takes nothing
 * from others and learns nothing from the budget left. The keyed hash of the tuple selects a set
 * of places. A place in use is never given to another connection, so none can be evicted. Only
 * challenges that were sent take a place, so the common limit bounds how many are in use.
 */
struct la_challenged {
	uint32_t hash, again_ms;
};

enum { LA_CHALLENGED_SETS = 128, LA_CHALLENGED_WAYS = 8 };

/**
 * Connections that were just sent an ACK for text that we have acknowledged before or cannot
 * take. The keyed hash alone selects the place, and a later connection overwrites it: two that
 * share a place may both be answered more often, but neither prevents the other's answer.
 */
enum { LA_ANSWERED = 1024 };

/** RSTs sent to a tuple without a connection in its last second. This limit is small, so that an
 *  attacker who forges the tuple's segments cannot learn much from the common budget. */
struct la_reset_tuple {
	uint32_t hash, ends_ms, sent;
};

enum { LA_RESET_TUPLES = 1024 };

/**
 * Note of a SYN that was answered by a cookie: the last one whose keyed hash selects this place
 * (syns.c). A cookie alone can be checked only with the segment at the peer's ISN + 1 and the
 * options that it brings back. With this note, a segment after the handshake's last ACK shows
 * whether the handshake is still unfinished, and what was agreed in it. A flood of SYNs overwrites
 * all notes. Each place then records the loss, and a segment that may belong to a lost note is
 * never treated as one of no connection.
 */
struct la_syn_seen {
	uint32_t isn, hash;             /**< SEG.SEQ, as they lie in struct la_plain. */
	uint32_t tsval;                 /**< With LA_OPT_TIMESTAMPS. */
	uint8_t options;                /**< LA_OPT_* and LA_SYN_*; 0: connection opened since. */
	uint8_t wscale;                 /**< With LA_OPT_WSCALE. */
};

enum {
	LA_SYNS_SEEN = 4096,
	LA_SYN_ECN = LA_OPT_SACK,       /**< The SYN asked for ECN. No SYN has a SACK option. */
	LA_SYN_PENDING = 0x40,
};

_Static_assert(sizeof(struct la_syn_seen) == 16, "four places are a cache line");

/** Unknown tuples that sent a segment of no connection, and since when (syns.c: in doubt). */
struct la_doubted {
	uint32_t hash, since_ms;
};

enum { LA_DOUBTED = 1024 };

struct la_stack {
	struct la_link link;            /**< Neighbours, and where packets go. */
	bool draining;
	bool cookies_on;                /**< The next SYN gets a cookie. */
	struct la_stack_io io;
	struct la_pool tcbs, exts, chunks;
	struct la_tcp_env env;
	struct la_tcp_holders holders;
	struct la_tcp_stalled stalled;
	uint32_t exts_spare;         /**< Extension blocks to keep free. */
	uint64_t evict_again_us;        /**< No search for an idle connection before this time. */
	struct la_flow flow;
	struct la_timer_wheel wheel;
	struct la_tw tw;
	uint64_t expired_us;            /**< When TIME-WAIT records were last looked at. */
	uint32_t expired_entered;       /**< tw.entered at that time. */
	struct la_queue queue;
	struct la_listening listening;
	struct la_bound *bound;         /**< By listener. */
	struct la_listener_counters *listener_counters;
	struct la_cookie cookie;
	struct la_offsets offsets;
	bool fast;                      /**< Plain segments take the fast path. */
	bool read_eight;                /**< Plain frames are read eight at a time. */
	/** First eight octets of a frame to us, under the mask. */
	uint64_t fast_mac, fast_mac_mask;
	uint16_t fast_syn_wnd;          /**< Window of a SYN-ACK; never scaled. */
	uint32_t fast_syn_mss[2];       /**< Its MSS option as on the wire: IPv6, IPv4. */
	/** First word of its timestamps option as on the wire: without, with SACK-permitted. */
	uint32_t fast_syn_stamps[2];
	uint32_t fast_syn_wscale;       /**< Its window scale option as on the wire. */
	uint8_t fast_options;           /**< LA_OPT_* that we agree to. */
	/** Negotiated options by the bits of a cookie: options_to_bits(). */
	struct la_tcp_agreed fast_agreed[2 * TS_SACK];
	struct la_tcp_fast tcp_fast;
	struct la_template template;
	struct la_shares rst_limit, challenge_limit;
	struct la_challenged challenged[LA_CHALLENGED_SETS][LA_CHALLENGED_WAYS];
	struct la_challenged answered[LA_ANSWERED];
	struct la_reset_tuple reset_tuples[LA_RESET_TUPLES];
	struct la_syn_seen syns_seen[LA_SYNS_SEEN] __attribute__((aligned(64)));
	/** When an unopened note was last overwritten in the place: la_stack__syn_clock(). */
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
/** The link's part of the parameters, without its secret. */
struct la_link_params la_stack__link_params(const struct la_stack_params *params);
/** Whether the parameters are valid. */
bool la_stack__params_sane(const struct la_stack_params *params);
/** Compute the parameters that follow from the window and the MTU. */
void la_stack__params_derive(struct la_stack_params *params);

/* listeners.c: listeners by address and port. */
/** Number of bindings: the ports of all listeners, added up. */
uint64_t la_stack__bindings(const struct la_stack_params *params);
/** Take memory for the listeners and, if the arena has any, make their services. False if a
 *  service cannot be made from its parameters. */
bool la_stack__bind(struct la_stack *stack, struct la_arena *arena,
		const struct la_stack_params *params);
/** Number of the listener of an address and port, or LA_LISTENER_NONE. */
uint32_t la_stack__listener(const struct la_stack *stack, uint16_t address, uint16_t port);
/* evict.c: when all blocks are in use, a connection that makes no progress may be evicted. */
/** Make room for an ACK that brings back a good cookie. */
void la_stack__room_for_cookie(struct la_stack *stack, uint64_t now_us);
/** Make room for a SYN that needs a block. */
void la_stack__room_for_syn(struct la_stack *stack, uint64_t now_us);

/* service_calls.c: the calls of a service, and what it requests in them. */
/** Whether a service has what it may need to send: an extension block of its own or a free one. */
bool la_stack__has_ext(const struct la_stack *stack, const struct la_tcb *tcb,
		uint32_t listener);
/** The same, but if all extension blocks are in use, take the one that has been without progress
 *  for longest from its connection. @p tcb: NULL if there is none yet. */
bool la_stack__can_send(struct la_stack *stack, const struct la_tcb *tcb, uint32_t listener,
		uint64_t now_us);
/** If few extension blocks are free, take back those without progress. */
void la_stack__free_exts(struct la_stack *stack, uint64_t now_us, uint32_t budget);
/** open(): the connection is ESTABLISHED. */
void la_stack__open(struct la_stack *stack, struct la_call *call);
/** Ask the service again how much room it has. */
void la_stack__room(struct la_stack *stack, struct la_call *call);
/** acked(): the octets acknowledged since the last acked(). */
void la_stack__acked(struct la_stack *stack, struct la_call *call);
/** fin(): the peer has sent all. If the service has no fin(), CLOSE. */
void la_stack__fin(struct la_stack *stack, struct la_call *call);
/** Let @p act set the service's requests in the la_conn, outside its callbacks. */
void la_stack__call_act(struct la_stack *stack, struct la_call *call,
		void (*act)(void *user, struct la_conn *conn), void *user);
/** Apply what a service requested; true if the connection still exists. */
bool la_stack__apply(struct la_stack *stack, struct la_call *call, const struct la_conn *conn);
/** end(): the connection is over. */
void la_stack__end(struct la_stack *stack, struct la_call *call, enum la_end why);
/** fill(): write the text of a segment. */
void la_stack__fill(struct la_stack *stack, struct la_tcb *tcb, uint32_t handle,
		const struct la_seg *seg, uint8_t *dst, uint64_t now_us);
/** la_tcp_env.deliver: data(), after the callbacks that must come first. @p out: member of a
 *  struct la_call. @return octets taken. */
uint32_t la_stack__deliver(void *user, struct la_tcb *tcb, const uint8_t *text, uint32_t len,
		uint64_t now_us, const struct la_tcp_out *out);

/* buffers.c */
/** data() found no free buffer: take one from another connection, and call data() again.
 *  @return octets taken. */
uint32_t la_stack__data_again(struct la_stack *stack, const struct la_bound *bound,
		struct la_conn *conn, const uint8_t *text, uint32_t len);
/** Take back buffers that were held too long without progress, at most @p budget per service. */
void la_stack__buffers_expire(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* connection.c: blocks, and what must be done after a call of the core. */
/** Allocate a block: in CLOSED, with its tuple; LA_NONE if all are in use. */
uint32_t la_stack__take(struct la_stack *stack, const struct la_tuple *tuple, uint32_t listener);
/** Allocate a block and add it to the table; LA_NONE, counted, if there is no room. */
uint32_t la_stack__add_flow(struct la_stack *stack, const struct la_tuple *tuple, uint32_t hash,
		uint32_t listener);
/** Free a block that is no longer in the table. */
void la_stack__give(struct la_stack *stack, uint32_t handle, struct la_tcb *tcb);
/** Call before the core. @p from: origin of the frame that causes the call; NULL: no frame. */
void la_stack__call_begin(struct la_stack *stack, struct la_call *call, uint32_t handle,
		const struct la_hop *from, uint64_t now_us);
/** Next hop of the output that the call leaves owed, in @p room; NULL: must be looked up. */
const struct la_hop *la_stack__call_hop(struct la_stack *stack, const struct la_call *call,
		struct la_hop *room);
/** Call after the core: call the service, apply its requests, queue what is owed. */
void la_stack__call_end(struct la_stack *stack, struct la_call *call);
/** la_stack__call_end() without the calls of the service. */
void la_stack__call_settle(struct la_stack *stack, struct la_call *call);
/** A segment of a connection that has a block. */
enum la_tcp_reason la_stack__segment(struct la_stack *stack, uint32_t handle,
		const struct la_rx *rx, uint64_t now_us);
/** CLOSE or, if @p abort, ABORT by the stack itself. */
void la_stack__close(struct la_stack *stack, uint32_t handle, bool abort, uint64_t now_us);
/** Whether a challenge ACK may be sent (RFC 5961, 7). @p hash: of the tuple. */
bool la_stack__may_challenge(struct la_stack *stack, const struct la_addr *source, uint32_t hash,
		uint64_t now_us);
/** Whether text that was not taken may be acknowledged (RFC 9293, 3.10.7.4, first). */
bool la_stack__may_answer(struct la_stack *stack, uint32_t hash, uint64_t now_us);

/* input.c */
/** Process a segment to us, of the connection that @p handle names, or of none. */
void la_stack__one_segment(struct la_stack *stack, const struct la_rx *rx,
		const struct la_tuple *tuple, uint32_t hash, uint32_t handle, uint64_t now_us);

/* listen.c */
/** Whether the next SYN is answered by a cookie. */
bool la_stack__wants_cookie(struct la_stack *stack);
/** Whether a SYN may take a block: the backlog is not full, and more blocks are free than those
 *  reserved for peers that have proved their address. */
bool la_stack__may_keep_syn(const struct la_stack *stack);
/** Answer a SYN by a cookie; no block is taken. */
void la_stack__send_cookie(struct la_stack *stack, const struct la_rx *rx, uint32_t hash,
		uint64_t now_us);
/** Whether an ACK brings back a cookie of ours; @p n is written if so. */
bool la_stack__cookie_good(const struct la_stack *stack, const struct la_rx *rx, uint64_t now_us,
		struct la_tcp_negotiated *n);
/** Open the connection of an ACK that brings back a good cookie; the block holds the tuple. The
 *  block gets the state that it would have if the SYN had been kept; then the segment is processed.
 *  @p first: at the peer's ISN + 1, with no newer TSval: usually the segment itself. */
void la_stack__open_by_cookie(struct la_stack *stack, const struct la_rx *rx, uint32_t handle,
		const struct la_seg *first, const struct la_tcp_negotiated *n, uint64_t now_us);
/** Process a segment of no connection: LISTEN or CLOSED (RFC 9293, 3.10.7.1 and 3.10.7.2). */
void la_stack__listen(struct la_stack *stack, const struct la_rx *rx, const struct la_tuple *tuple,
		uint32_t hash, uint64_t now_us);
/** Process a segment in SYN-RECEIVED. @return false, with nothing changed, if the caller must
 *  process it with the block: it belongs to the SYN that was kept, or opens nothing. */
bool la_stack__half_open(struct la_stack *stack, const struct la_rx *rx,
		const struct la_tuple *tuple, uint32_t hash, uint32_t handle, uint64_t now_us);
/** Answer with a RST, if the limits allow it; @p reason is counted. */
void la_stack__reset(struct la_stack *stack, const struct la_rx *rx, enum la_tcp_reason reason,
		uint64_t now_us);
/** Passive OPEN into an allocated block; the SYN-ACK is queued. */
void la_stack__passive(struct la_stack *stack, const struct la_rx *rx, uint32_t handle,
		uint32_t iss, uint64_t now_us);

/* time_wait.c */
/** The ring is full: drop the oldest record to make room for a new one. */
void la_stack__time_wait_give_up(struct la_stack *stack, uint64_t now_us);
/** Replace a record by a new connection of the same tuple. */
void la_stack__time_wait_replace(struct la_stack *stack, uint32_t hash, uint32_t record,
		uint32_t handle);
/** Process a segment to a tuple in TIME-WAIT. */
void la_stack__time_wait_segment(struct la_stack *stack, const struct la_rx *rx, uint32_t hash,
		uint32_t handle, uint64_t now_us);
/** Remove records that are older than 2MSL. */
void la_stack__time_wait_expire(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* output.c */
/** Put a connection that owes output into the queue. @p hop: its next hop; NULL: must be
 *  looked up. */
void la_stack__queue(struct la_stack *stack, uint32_t handle, const struct la_hop *hop);
/** Search up to @p budget blocks for connections that found the queue full, and queue them. */
void la_stack__requeue(struct la_stack *stack, uint32_t budget);
/** Send at once the ACK that a call owes; do not wait for the queue. */
void la_stack__send_owed(struct la_stack *stack, struct la_call *call);
/** Send a segment without its connection. False: no frame was free. */
bool la_stack__emit(struct la_stack *stack, const struct la_path *path, const struct la_seg *seg);
/** The same, as an answer to @p rx. */
bool la_stack__reply(struct la_stack *stack, const struct la_rx *rx, const struct la_seg *seg,
		enum la_way_to to, uint64_t now_us);
/** Send the RST of an ABORT. */
void la_stack__send_rst(struct la_stack *stack, struct la_call *call, const struct la_seg *rst);

/* user.c: calls that no segment causes. */
/** Prepare a single OPEN, without the hashes that are computed per burst. */
void la_stack__prepare_one(const struct la_stack *stack, struct la_stack_opening *opening);
/** While draining: CLOSE up to @p budget more connections. */
void la_stack__drain_some(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/* icmp.c */
/** Answer an echo request, or process an error. */
void la_stack__icmp(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);
/** Whether @p rx is an error that can affect the connection it quotes, which is written to
 *  @p quoted. */
bool la_stack__icmp_concerns(const struct la_stack *stack, const struct la_rx *rx,
		struct la_tuple *quoted);
/** Process an error that came to another worker; that worker counted it. */
void la_stack__icmp_overhear(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);

/** The block of a handle. */
static inline struct la_tcb *
la_stack__tcb(const struct la_stack *stack, uint32_t handle)
{
	return (struct la_tcb *)(stack->tcbs.objects + (size_t)handle * sizeof(struct la_tcb));
}

/** The handle of a block. The block size is a constant, so the division is a shift. */
static inline uint32_t
la_stack__handle(const struct la_stack *stack, const struct la_tcb *tcb)
{
	return (uint32_t)((size_t)((const uint8_t *)tcb - stack->tcbs.objects) /
			sizeof(struct la_tcb));
}

/** Cache a timestamp offset. @p as: the handle, or LA_NONE to clear the place. */
static inline void
la_stack__keep_offset(struct la_stack *stack, uint32_t handle, uint32_t as, uint32_t offset)
{
	stack->offsets.v[handle & stack->offsets.mask].handle = as;
	stack->offsets.v[handle & stack->offsets.mask].offset = offset;
}

/** True: the offsets of all connections are cached. Handles up to the mask have a place each. */
static inline bool
la_stack__keeps_offsets(const struct la_stack *stack)
{
	return !stack->offsets.lacking && stack->tcbs.fresh <= stack->offsets.mask;
}

/** Read a cached offset. False: not cached, it must be hashed. */
static inline bool
la_stack__kept_offset(const struct la_stack *stack, uint32_t handle, uint32_t *offset)
{
	*offset = stack->offsets.v[handle & stack->offsets.mask].offset;
	return stack->offsets.v[handle & stack->offsets.mask].handle == handle;
}

/** Whether a segment's numbers prove that the peer sent it: an attacker who does not see the
 *  connection must guess one sequence number in 2^32. */
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

/** Update the gauges of the state that a connection left and of the state it entered. */
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

/** Count the result of a segment. */
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

/** Count a SYN, or a SYN-ACK to our SYN, whose MSS is below the floor. */
static inline void
la_stack__count_mss(struct la_stack *stack, uint8_t present, uint16_t mss)
{
	if (LA_UNLIKELY(mss < LA_MSS_FLOOR && present & LA_OPT_MSS))
		la_stack__count(stack, LA_COUNT_MSS_RAISED);
}

/** The options of a SYN, and LA_SYN_ECN. */
static inline uint8_t
la_stack__syn_options(const struct la_seg *syn)
{
	const bool ecn = (syn->flags & LA_ECE_CWR) == LA_ECE_CWR;

	return (uint8_t)((syn->opts.present & ~LA_OPT_SACK) | (ecn ? LA_SYN_ECN : 0));
}

/** The SYN options that a cookie can encode: without timestamps only the MSS.
 *  @p present: LA_OPT_* and LA_SYN_ECN; says which of @p mss and @p wscale are valid. */
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

/** The negotiated options that a cookie brings back. */
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

/** Update the gauge of TIME-WAIT records. */
static inline void
la_stack__time_wait_show(struct la_stack *stack)
{
	la_count_set(&stack->counters.state[LA_TIME_WAIT], stack->tw.live);
}

/** Replace a block in the table by a TIME-WAIT record. @p hash: of its tuple. */
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
