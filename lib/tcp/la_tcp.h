/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TCP_H
#define LA_TCP_H

/** @file
 * The RFC 9293 state machine: a segment and a time go in, a reason and the work owed come out. It
 * reads no clock, does no I/O and allocates only from two pools.
 *
 * A connection is one cache line (struct la_tcb). While it has something in flight or out of order
 * it also holds an extension block (struct la_tcp_ext). After each call the caller does the same:
 * act on out->events, send out->reply if one is owed, and, at the end of the burst, call
 * la_tcp_output() until it has nothing more to send.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_class.h"
#include "la_mss.h"
#include "la_pool.h"
#include "la_seg.h"
#include "la_seq.h"
#include "la_timed.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Connection states (RFC 9293, 3.3.2). */
enum la_tcp_state {
	LA_CLOSED, LA_LISTEN, LA_SYN_SENT, LA_SYN_RECEIVED, LA_ESTABLISHED, LA_FIN_WAIT_1,
	LA_FIN_WAIT_2, LA_CLOSE_WAIT, LA_CLOSING, LA_LAST_ACK, LA_TIME_WAIT,
};

/** Not a state, so that a switch over states need not name it. */
enum { LA_TCP_STATES = LA_TIME_WAIT + 1 };

/** Result of processing a segment; each value is the index of a counter. */
enum la_tcp_reason {
#define X(name, key, class, help) LA_##name,
#include "tcp_reasons.def"
#undef X
	LA_TCP_REASONS
};

/** What the connection's one timer is set for: the earliest of its deadlines (RFC 9293, 3.10.8). */
enum la_tcp_timer {
	LA_TIMER_NONE,
	LA_TIMER_RETRANSMIT,            /**< RFC 6298: SYN, text or FIN in flight. */
	LA_TIMER_PERSIST,               /**< RFC 9293 3.8.6.1: a window too small to send into. */
	LA_TIMER_SENDER,                /**< Idle for one RTO: give the extension block back. */
	LA_TIMER_NO_SENDER,             /**< No extension block was free: try again. */
	LA_TIMER_FIN_WAIT_2,
	LA_TIMER_KEEPALIVE,             /**< RFC 9293 3.8.4. */
	LA_TIMER_IDLE,                  /**< The configured idle limit. */
	LA_TIMER_REASSEMBLY,            /**< Hole open, or no room at the service: check again. */
	LA_TIMER_CONFIRM,               /**< A cookie, ours or the peer's, opened it, and no segment
	                                     came since. */
	LA_TIMER_USER,                  /**< USER TIMEOUT: the idle limit, while something sent is
	                                     not acknowledged. */
	LA_TIMER_REORDER,               /**< RFC 8985, 6.2: what has not arrived by then is lost. */
	LA_TIMER_TAIL,                  /**< RFC 8985, 7.2: time for a tail loss probe. */
};

enum { LA_TCP_TIMERS = LA_TIMER_TAIL + 1 };

/** Bits of la_tcb.flags. */
enum {
	LA_TCB_EXT = 0x001,             /**< The extension block is held: `ext` is valid. */
	LA_TCB_ACTIVE = 0x002,          /**< Came from SYN-SENT, not from LISTEN. */
	LA_TCB_TIMESTAMPS = 0x004,      /**< Snd.TS.OK (RFC 7323, 3.2). */
	LA_TCB_WSCALE = 0x008,          /**< Both sides sent window scale. */
	LA_TCB_SACK = 0x010,            /**< Both sides sent SACK-permitted. */
	LA_TCB_ACK_OWED = 0x020,        /**< An ACK goes out at the end of the burst. */
	LA_TCB_CLOSE = 0x040,           /**< The user has called CLOSE. */
	LA_TCB_FIN_SENT = 0x080,        /**< Our FIN is in SND.NXT. */
	LA_TCB_REPEAT = 0x100,          /**< The SYN, SYN-ACK or bare FIN is to be (re)sent. */
	LA_TCB_REPEATED = 0x200,        /**< SYN or SYN-ACK was repeated: RTO starts at 3 s. */
	LA_TCB_QUEUED = 0x400,          /**< Used by the stack: in its list of output to be sent. */
	LA_TCB_PROBING = 0x800,         /**< Keep-alive probes are out; backoff counts them. */
};

/** la_tcb.born: in units of 2.1 s, so its 14 bits wrap after 9.5 hours. If a limit that counts from
 *  it is 8 hours or more, the units are four times as long (la_tcp_born_coarse_for()). */
enum { LA_BORN_SHIFT = 21, LA_BORN_COARSE = 2, LA_BORN_MASK = 0x3fff };

/** la_tcb.ecn (RFC 3168). */
enum {
	LA_TCB_ECN_NONE,                /**< Not negotiated. */
	LA_TCB_ECN_ON,
	LA_TCB_ECN_ECHO,                /**< CE came and no CWR since: send ECE in all segments. */
};

/**
 * Transmission control block of a connection (RFC 9293, 3.3.1), in host order.
 *
 * Zeroed, then filled by one of the la_tcp_open_*() calls. `tuple` and `listener` belong to the
 * caller and are only read here.
 */
struct la_tcb {
	struct la_tuple tuple;
	uint16_t listener : 10;         /**< Set by the caller: the listener it belongs to. */
	uint16_t mss_high : 6;          /**< See la_tcp_mss_index(). */
	struct {
		uint32_t una, nxt;      /**< nxt: the highest ever sent, also after an RTO. */
	} snd;
	struct {
		uint32_t nxt;
	} rcv;
	uint16_t snd_wnd;               /**< SND.WND >> snd_scale; see la_tcp_snd_wnd(). */
	uint16_t born : 14;             /**< When it was opened or, in FIN-WAIT-2, when it entered
	                                     that state: la_tcp_birth(). */
	uint16_t ecn : 2;               /**< LA_TCB_ECN_* */
	uint32_t ts_recent;             /**< TS.Recent (RFC 7323, 4.3). */
	struct la_timed timed;          /**< The caller's timer links. */
	union {
		uint32_t word;          /**< Without LA_TCB_EXT: the service's word. */
		uint32_t ext;           /**< With it: the extension block, which has the word. */
	};
	uint8_t state : 4;              /**< enum la_tcp_state */
	uint8_t timer : 4;              /**< enum la_tcp_timer */
	uint8_t snd_scale : 4;          /**< Snd.Wind.Shift */
	uint8_t mss_low : 4;            /**< The whole index, if a cookie gave the class. */
	uint16_t flags : 12;            /**< LA_TCB_* */
	uint16_t backoff : 4;           /**< Retransmissions since the last progress, up to 15. */
};

static_assert(sizeof(struct la_tcb) == 64, "a control block is one cache line");

enum { LA_TCB_LISTENERS = 1024 };       /**< Number of values of la_tcb.listener. */

/** The peer's MSS, as an index into la_mss_value[]. */
static inline uint32_t
la_tcp_mss_index(const struct la_tcb *tcb)
{
	return tcb->mss_low | (uint32_t)tcb->mss_high << 4;
}

static inline void
la_tcp_set_mss_index(struct la_tcb *tcb, uint32_t index)
{
	tcb->mss_low = index & 0xf;
	tcb->mss_high = (index >> 4) & 0x3f;
}

/** Extension blocks that made no progress for an RTO, or only crumbs, ordered by when this was
 *  found. */
struct la_tcp_stalled {
	uint32_t oldest, newest;        /**< Handles, or LA_NONE. */
};

/** A run of octets in flight; it ends at the next run or at SND.NXT (tcp/board.c). */
struct la_tcp_range {
	uint32_t seq;
	uint32_t sent : 29;             /**< When it was sent last, in units of 8 us. */
	uint32_t sacked : 1;            /**< A SACK block has covered it. */
	uint32_t lost : 1;              /**< Found lost, and not sent again since. */
	uint32_t again : 1;             /**< Sent more than once. */
};

enum { LA_RANGES = 40 };

/** State that only a sending or reassembling connection needs; allocated from a pool. */
struct la_tcp_ext {
	uint32_t word;                  /**< The service's word while this block is held. */
	uint32_t next;                  /**< Next octet to send; behind SND.NXT after an RTO. */
	uint32_t end;                   /**< One past the last octet queued by SEND. */
	uint32_t wl1, wl2;              /**< SND.WL1, SND.WL2 */
	uint32_t max_wnd;               /**< MAX.SND.WND (RFC 5961, 5.2), in octets. */
	uint32_t cwnd, ssthresh;        /**< RFC 5681, in octets. */
	uint32_t recover;               /**< RFC 6582. */
	uint32_t srtt_us, rttvar_us;    /**< RFC 6298; srtt_us 0: nothing measured yet. */
	uint32_t rto_us;
	uint32_t rtt_seq;               /**< The octet being timed, if rtt_sent_us is not 0. */
	uint32_t last_ack;              /**< Last.ACK.sent (RFC 7323, 4.3). */
	uint32_t rcv_edge;              /**< RCV.NXT + RCV.WND as last offered. */
	uint32_t room;                  /**< Octets the service can take; UINT32_MAX: no limit. */
	uint32_t window;                /**< Largest RCV.WND offered now (tune.c). */
	uint32_t tune_nxt;              /**< RCV.NXT when the peer's round trip began (tune.c). */
	uint32_t tune_ms;               /**< When that round trip began; 0: none has begun. */
	uint32_t held;                  /**< First out-of-order chunk, in order of SEQ. */
	uint32_t held_tail;             /**< The last one. */
	uint32_t held_recent;           /**< First chunk of the run that received text last: the
	                                     first SACK block. */
	uint32_t held_count;
	uint32_t held_before, held_after;       /**< Neighbours among la_tcp_env.holders. */
	uint32_t held_since_ms;         /**< When a hole was last filled, or the first text held. */
	uint32_t fin_seq;               /**< SEQ of a FIN that waits behind a hole. */
	uint16_t crumbs;                /**< Octets acknowledged since paid_us. */
	uint16_t mss;                   /**< Eff.snd.MSS, computed once. */
	uint32_t ts_offset;             /**< Offset of our TSval clock, kept with the block. */
	uint64_t rtt_sent_us;
	uint64_t sent_us;               /**< When text was sent last. */
	uint64_t since_us;              /**< Time from which limits count, see timeouts.c. 0: the
	                                     time of the next check. */
	uint64_t paid_us;               /**< When the outstanding text was queued, or when enough of
	                                     it to count was last acknowledged. */
	uint64_t hole_us;               /**< When text last came in order, or a hole opened;
	                                     0 as since_us. */
	uint8_t dupacks;
	bool fin_held;                  /**< fin_seq is valid. */
	bool recovering;                /**< In fast recovery, until `recover` is acked. */
	bool slow_again;                /**< In slow start after a timeout, until the same ACK. */
	bool resend;                    /**< Send the segment at SND.UNA again now. */
	bool probe;                     /**< A window probe, or a small segment, is due. */
	uint8_t unanswered;             /**< Window probes since the last ACK. */
	uint8_t held_runs;              /**< Runs of chunks that touch, at most LA_HELD_RUNS. */
	uint8_t dup_acks_owed;          /**< Out-of-order segments to be acked (RFC 5681, 4.2). */
	bool stalled;                   /**< In la_tcp_stalled: the next three are valid. */
	uint32_t small_end;             /**< One past the last small segment (RFC 9293, A.3). */
	uint32_t older, newer;          /**< Neighbours in la_tcp_stalled. */
	struct la_tcb *owner;           /**< The connection that holds this block. */
	/* From here on: used only with SACK, or by one congestion control. Members that start as 0
	 * lie together. */
	uint8_t ranges;                 /**< Used part of range[]; 0: none in flight, or unknown. */
	bool scarred;                   /**< Some range was sent again, SACKed or found lost. */
	bool rack_known;                /**< rack_* are valid: RFC 8985, 5.2. */
	bool rack_apart;                /**< Text was sent again: new text starts a new range. */
	bool reordered;                 /**< Reordering was seen. */
	uint8_t reo_persist;            /**< Recoveries until reo_steps is 1 again. */
	bool tail_due;                  /**< A tail loss probe is to be sent. */
	bool tail_out;                  /**< A tail loss probe was sent; its result is open. */
	bool cwr_owed;                  /**< cwnd was reduced: CWR with the next new text. */
	bool cut;                       /**< cut_end is valid. */
	bool undo_possible;             /**< undo_* are valid, undo_ms apart. */
	bool undo_timed;                /**< undo_ms is valid. */
	uint8_t undo_count;             /**< Segments sent again that no D-SACK has reported. */
	uint8_t rounds;                 /**< Round trips in the present span of `rate`. */
	uint32_t cut_end;               /**< With ECN, SND.NXT when cwnd was reduced: only once per
	                                     window (RFC 3168, 6.1.2). */
	uint32_t counted;               /**< Acknowledged octets that have not grown cwnd yet. */
	uint32_t dsack_left, dsack_right;       /**< Text that came twice, still to be reported to
	                                             the peer; none if both are equal. */
	uint32_t min_rtt_us;
	uint32_t w_max;                 /**< RFC 9438, 4.1, in octets. */
	uint64_t rack_due_us;           /**< When text in flight will count as lost; 0: never. */
	uint64_t epoch_us;              /**< RFC 9438: t_epoch; 0: it has not begun. */
	uint64_t round_us;              /**< When this round trip began; 0: none has. */
	uint32_t round_octets;          /**< Octets that reached the peer in this round trip. */
	uint32_t rate, rate_before;     /**< Highest in this span and the one before, octets/s. */
	uint32_t full_rate;             /**< model.c: the rate at its last growth in slow start. */
	uint8_t full_rounds;            /**< Round trips without growth since. */
	uint8_t gain;                   /**< Window divided by what the path carries, in eighths. */
	uint32_t round_again;           /**< Octets sent again in this round trip. */
	uint8_t reo_steps;              /**< RACK.reo_wnd_mult */
	bool tail_again;                /**< The probe carried text that had been sent before. */
	uint32_t round_end;             /**< The round trip is over when this is acknowledged. */
	uint32_t dsack_round;           /**< reo_steps does not grow before this is acknowledged. */
	struct la_tcp_range range[LA_RANGES];
	uint32_t rack_sent, rack_end;   /**< RACK.xmit_ts, RACK.end_seq: of the most recently sent
	                                     text that arrived. */
	uint32_t rack_rtt_us;           /**< RACK.rtt: the round trip time of that text. */
	uint32_t rack_fack;             /**< One past the highest octet that arrived. */
	uint32_t tail_end;              /**< TLP.end_seq */
	uint32_t prr_flight;            /**< RFC 9937: RecoverFS. */
	uint32_t prr_delivered, prr_out;
	uint32_t undo_una;              /**< SND.UNA before the present recovery. */
	uint32_t undo_cwnd, undo_ssthresh;      /**< cwnd and ssthresh before it. */
	uint32_t undo_ms;               /**< When this recovery first sent a segment again. */
	uint32_t w_est, cubic_k_ms;     /**< RFC 9438: W_est in octets, and K. */
};

/** One out-of-order segment's text. */
enum { LA_CHUNK_LEN = 2048, LA_CHUNK_TEXT = LA_CHUNK_LEN - 20 };
struct la_tcp_chunk {
	uint32_t next, prev;            /**< Handles of the neighbours in order of SEQ. */
	uint32_t other;                 /**< In a run of chunks that touch: in the first, the handle
	                                     of the last; in the last, that of the first. */
	uint32_t seq;
	uint32_t len;
	uint8_t text[LA_CHUNK_TEXT];
};

/** Congestion control: how cwnd grows, and how a loss reduces it. */
enum la_tcp_congestion {
	LA_CONGESTION_NEWRENO,          /**< RFC 5681 and 6582. */
	LA_CONGESTION_CUBIC,            /**< RFC 9438 */
	LA_CONGESTION_WESTWOOD,         /**< NewReno, but see tcp/westwood.c. */
	LA_CONGESTION_MODEL,            /**< See tcp/model.c. */
};

/** Explicit Congestion Notification (RFC 3168). */
enum la_tcp_ecn {
	LA_TCP_ECN_OFF,
	LA_TCP_ECN_ACCEPT,              /**< Agree if the peer's SYN asks for it. */
	LA_TCP_ECN_ASK,                 /**< Also ask in our own SYNs. */
};

/** Parameters of all connections of a stack; read only. Times in us. */
struct la_tcp_params {
	uint32_t window;                /**< Largest RCV.WND offered at first, in octets; at most
	                                     2^30. */
	uint32_t window_max;            /**< Limit of its growth (tcp/tune.c); if not above window,
	                                     it does not grow. */
	uint8_t rcv_scale;              /**< Rcv.Wind.Shift: la_tcp_scale_for() of the larger. */
	bool timestamps, sack, wscale;  /**< What may be negotiated. */
	bool nagle;
	enum la_tcp_congestion congestion;
	enum la_tcp_ecn ecn;
	uint8_t born_coarse;            /**< la_tcp_born_coarse_for() of the others. */
	uint16_t mss_v4, mss_v6;        /**< MTU less headers: sent in our SYN, and the limit of
	                                     what we send. */
	uint8_t syn_retries;            /**< Retransmissions of a SYN before giving up. */
	uint8_t syn_ack_retries;
	uint8_t retries;                /**< R2 for text and FIN (RFC 9293, 3.8.3): at most 15. */
	uint32_t rto_initial_us;        /**< 1 s (RFC 6298, 2.1) */
	uint32_t rto_min_us;            /**< 200 ms; RFC 6298, 2.4, has 1 s. */
	uint32_t rto_max_us;            /**< 60 s (RFC 6298, 2.5) */
	uint64_t fin_wait_2_us;         /**< Longest stay, whatever arrives; 0: for ever. */
	/** Idle limit: since a segment was taken or, while something of ours is outstanding, since
	 *  part of it was last acknowledged. 0: for ever. */
	uint64_t idle_timeout_us;
	/** A connection opened by a cookie, and silent since, sends a bare ACK this often: if a
	 *  late duplicate opened it, its peer answers with a RST. 0: never; then the last ACK of an
	 *  active open is not repeated either. */
	uint64_t confirm_us;
	uint64_t keepalive_us;          /**< Idle time before the first probe; 0: never. */
	uint64_t keepalive_interval_us;
	uint8_t keepalive_probes;       /**< At most 15. */
};

/** Extension blocks that hold out-of-order text, ordered by when they last filled a hole. */
struct la_tcp_holders {
	uint32_t first, last;           /**< Handles; LA_NONE if there are none. */
};

struct la_tcp_out;

/** What the state machine uses besides the control block: parameters, pools and callbacks. */
struct la_tcp_env {
	const struct la_tcp_params *params;
	struct la_pool *exts;           /**< struct la_tcp_ext */
	struct la_pool *chunks;         /**< struct la_tcp_chunk */
	struct la_tcp_holders *holders; /**< Zeroed at first. */
	struct la_tcp_stalled *stalled; /**< Zeroed at first; NULL: no list is kept. */
	void *user;                     /**< Passed to the functions below. */
	/**
	 * Deliver text in order. The function may call la_tcp_send(), _close(), _abort() and
	 * _set_room() for this connection. @p out: that of the core's call that delivers; acked is
	 * written already. @return how much of the text was taken.
	 */
	uint32_t (*deliver)(void *user, struct la_tcb *tcb, const uint8_t *text, uint32_t len,
			uint64_t now_us, const struct la_tcp_out *out);
	/** Set the connection's one timer; tcb->timer says what for. */
	void (*arm)(void *user, struct la_tcb *tcb, uint64_t deadline_us);
	/** The keyed offset of our TSval clock for this tuple (RFC 7323, 5.4). */
	uint32_t (*ts_offset)(void *user, const struct la_tcb *tcb);
};

/** Events reported to the caller, in la_tcp_out.events. */
enum {
	LA_EV_ESTABLISHED = 0x01,
	LA_EV_FIN = 0x02,               /**< The peer closed; all its text was delivered. */
	LA_EV_CLOSED = 0x04,            /**< Both FINs are acknowledged (LAST-ACK has ended). */
	LA_EV_RESET = 0x08,             /**< The peer's RST. */
	LA_EV_REFUSED = 0x10,           /**< RST to our SYN, or in SYN-RECEIVED. */
	LA_EV_TIMED_OUT = 0x20,         /**< Retransmissions or an idle limit ran out. */
	LA_EV_TIME_WAIT = 0x40,         /**< State is TIME-WAIT: la_tw_enter(), then release. */
	LA_EV_CHALLENGE = 0x80,         /**< A challenge ACK is wanted: if the caller's rate limit
	                                     allows, it calls la_tcp_owe_ack(). */
	LA_EV_CHALLENGE_RST = 0x4000,   /**< With LA_EV_CHALLENGE: for a RST in the window. A peer
	                                     that is gone sends no second RST. */
	LA_EV_ANSWER = 0x1000,          /**< Text or a FIN was not taken: owe an ACK by
	                                     la_tcp_answer(), limited per second and connection. */
	LA_EV_EVICTED = 0x2000,         /**< Another connection's out-of-order text was freed to
	                                     hold this one's. */
	LA_EV_REPLY = 0x100,            /**< out->reply is to be sent as it is (a RST). */
	LA_EV_ABORTED = 0x200,          /**< We reset it: data after close, or ABORT. */
	LA_EV_RETRANSMIT = 0x400,       /**< A timeout caused a retransmission. */
	LA_EV_BLACK_HOLE = 0x800,       /**< Third or fifth timeout: now in smaller segments. */
	LA_EV_ECN_MARKED = 0x8000,      /**< Text came with CE. */
	LA_EV_ECN_REDUCED = 0x10000,    /**< The peer's ECE reduced cwnd. */
};

struct la_tcp_out {
	uint32_t events;                /**< LA_EV_* */
	uint32_t acked;                 /**< Octets of text newly acknowledged. */
	struct la_seg reply;
};

/** The state's name as the RFC writes it: "SYN-RECEIVED". */
const char *la_tcp_state_name(enum la_tcp_state state);
/** Telemetry key, help text and class of a reason. */
const char *la_tcp_reason_name(enum la_tcp_reason reason);
const char *la_tcp_reason_help(enum la_tcp_reason reason);
enum la_class la_tcp_reason_class(enum la_tcp_reason reason);
/** "retransmit", "persist", ...; "none". */
const char *la_tcp_timer_name(enum la_tcp_timer timer);

/** Smallest shift that lets @p window be offered in 16 bits (RFC 7323, 2.3). */
uint8_t la_tcp_scale_for(uint32_t window);

/** The value for la_tcp_params.born_coarse: 0 or LA_BORN_COARSE. */
uint8_t la_tcp_born_coarse_for(const struct la_tcp_params *params);

/** ECN bits of our SYN. A repeated SYN has none, as the path may drop SYNs with ECN (RFC 3168,
 *  6.1.1.1). */
static inline uint8_t
la_tcp_syn_ecn(const struct la_tcp_params *params, const struct la_tcb *tcb)
{
	return params->ecn == LA_TCP_ECN_ASK && !(tcb->flags & LA_TCB_REPEATED) ? LA_ECE_CWR : 0;
}

/** @p now_us in the units of la_tcb.born. */
static inline uint16_t
la_tcp_birth(const struct la_tcp_params *params, uint64_t now_us)
{
	return now_us >> (LA_BORN_SHIFT + params->born_coarse) & LA_BORN_MASK;
}

/** SND.WND in octets. */
static inline uint32_t
la_tcp_snd_wnd(const struct la_tcb *tcb)
{
	return (uint32_t)tcb->snd_wnd << tcb->snd_scale;
}

/** The connection's extension block; only while LA_TCB_EXT is set. */
static inline struct la_tcp_ext *
la_tcp_ext(const struct la_tcp_env *env, const struct la_tcb *tcb)
{
	return (struct la_tcp_ext *)la_pool_get(env->exts, tcb->ext);
}

/** The service's word: in the extension block if one is held, else in the control block. */
static inline uint32_t *
la_tcp_word(const struct la_tcp_env *env, struct la_tcb *tcb)
{
	return tcb->flags & LA_TCB_EXT ? &la_tcp_ext(env, tcb)->word : &tcb->word;
}

/**
 * OPEN, passive, with the SYN kept (3.10.7.2): SYN-RECEIVED, a SYN-ACK owed.
 *
 * @param tcb  Zeroed but for tuple and listener.
 * @param syn  The SYN; its options are negotiated here.
 * @param iss  Initial send sequence number.
 */
void la_tcp_open_passive(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *syn, uint32_t iss, uint64_t now_us);

/** The options that a cookie brings back (lib/cookie). */
struct la_tcp_negotiated {
	uint8_t mss_class;
	bool timestamps, wscale, sack, ecn;
	uint8_t snd_scale;
};

/**
 * OPEN, passive, from a cookie: SYN-RECEIVED, as it is just before @p ack is processed. The caller
 * then calls la_tcp_segment_arrives() with the same segment, which makes it ESTABLISHED and takes
 * its text.
 */
void la_tcp_open_cookie(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *ack, const struct la_tcp_negotiated *n, uint64_t now_us);

/** OPEN, active (3.10.1): SYN-SENT, a SYN owed. @p tcb as for passive. */
void la_tcp_open_active(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t iss,
		uint64_t now_us);

/**
 * SEGMENT ARRIVES (3.10.7.3 and 3.10.7.4).
 *
 * @param tcb  Connection matching the segment's tuple, not LISTEN. If its state
 *             is LA_CLOSED on return, the caller calls la_tcp_release() and
 *             forgets it; the same for LA_TIME_WAIT once it is recorded.
 * @param seg  seg->data is borrowed for the call.
 * @param out  Zero but for reply; receives events.
 * @return the reason processing stopped.
 */
enum la_tcp_reason la_tcp_segment_arrives(const struct la_tcp_env *env, struct la_tcb *tcb,
		const struct la_seg *seg, uint64_t now_us, struct la_tcp_out *out);

/**
 * SEND (3.10.2): queue @p len more octets. Their text is asked for when it is sent.
 * @return false if no extension block was free; nothing was queued then, and
 *         the caller tries again later (LA_TIMER_NO_SENDER, if no timer runs).
 */
bool la_tcp_send(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t len,
		uint64_t now_us);

/** CLOSE (3.10.4): a FIN after all that was queued. Repeated calls do nothing. */
void la_tcp_close(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us);

/** ABORT (3.10.5): state becomes CLOSED; out->reply is the RST, if one is due. */
void la_tcp_abort(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out);

/** Set what the service can take from now on, in octets past RCV.NXT. */
void la_tcp_set_room(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t room);

/** TIMEOUT (3.10.8): the timer set by arm() fired; tcb->timer says which. */
void la_tcp_timeout(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out);

/**
 * ICMP "too big" quotes a segment of this connection (RFC 1191, RFC 8201, RFC 5927).
 *
 * Lowers the MSS to a class that fits, and sends what is in flight again; never raises the MSS, and
 * never lowers it below the default of the family (RFC 9293, 3.7.1).
 *
 * @param seq  SEG.SEQ that is quoted.
 * @param mss  The path's MTU less the IP and TCP headers without options, in octets.
 * @return false if it changes nothing: @p seq is not in flight, or our segments are no larger
 *         already.
 */
bool la_tcp_too_big(const struct la_tcp_env *env, struct la_tcb *tcb, uint32_t seq, uint32_t mss,
		uint64_t now_us);

/**
 * ICMP reports that the remote port or TCP is unreachable. In SYN-SENT, if @p seq is that of our
 * SYN, the state becomes CLOSED, with LA_EV_REFUSED; in other states the report is a soft error
 * (RFC 5927, 5.2).
 * @return false if it changes nothing.
 */
bool la_tcp_unreachable(struct la_tcb *tcb, uint32_t seq, struct la_tcp_out *out);

/** Send an ACK at the next la_tcp_output(). */
static inline void
la_tcp_owe_ack(struct la_tcb *tcb)
{
	tcb->flags |= LA_TCB_ACK_OWED;
}

/** After LA_EV_ANSWER: owe an ACK; if a D-SACK is due, a bare one. @p may: false to send none. */
void la_tcp_answer(const struct la_tcp_env *env, struct la_tcb *tcb, bool may);

/**
 * The next segment to send: true while there is one. The caller sends it, with seg->len octets of
 * text that start seg->offset octets after SND.UNA; a segment that the caller does not send counts
 * as lost on the way.
 */
bool la_tcp_output(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_seg *seg);

/** True if la_tcp_output() may have something to send. */
bool la_tcp_owes(const struct la_tcp_env *env, const struct la_tcb *tcb);

/** Octets queued by SEND and not acknowledged yet. */
uint32_t la_tcp_unsent(const struct la_tcp_env *env, const struct la_tcb *tcb);

/** RCV.WND as the acceptability test uses it, in octets. */
uint32_t la_tcp_rcv_wnd(const struct la_tcp_env *env, const struct la_tcb *tcb);

/**
 * Free the out-of-order text of connections that have filled no hole for the longest RTO
 * (rto_max_us). Call it regularly.
 * @param max  At most this many connections.
 * @return the number of connections.
 */
uint32_t la_tcp_held_expire(const struct la_tcp_env *env, uint64_t now_us, uint32_t max);

/**
 * The connection whose extension block has made no progress for longest; NULL: there is none. No
 * progress means: nothing sent was acknowledged for at least one RTO, and since then neither all of
 * it nor 1,024 octets were; or fewer than 1,024 octets were in 30 s; or, if nothing is outstanding,
 * no text came in order.
 */
struct la_tcb *la_tcp_stalled_longest(const struct la_tcp_env *env);

/**
 * Take the connection's extension block away, for another connection that needs one. If something
 * is outstanding, the connection is aborted and reported as timed out. Otherwise it goes on, and
 * its peer sends again what was held above a hole.
 * @param out  As for la_tcp_timeout().
 */
void la_tcp_give_way(const struct la_tcp_env *env, struct la_tcb *tcb, uint64_t now_us,
		struct la_tcp_out *out);

/**
 * How long a connection has made no progress: nothing outstanding was acknowledged or, if nothing
 * is outstanding, no segment of the peer was taken. In FIN-WAIT-2, if that limit is the nearest:
 * how long it has been in that state.
 * @param left_us  Time until its timer fires.
 * @return a lower bound; 0 also if unknown: without an idle limit or keep-alives it is not recorded
 *         when the peer was last heard, once it has sent something.
 */
uint64_t la_tcp_idle_us(const struct la_tcp_env *env, const struct la_tcb *tcb, uint64_t left_us,
		uint64_t now_us);

/** End it to free its control block for another. @param out  As for la_tcp_timeout(). */
void la_tcp_evict(const struct la_tcp_env *env, struct la_tcb *tcb, struct la_tcp_out *out);

/** Give back what the connection took from the pools. */
void la_tcp_release(const struct la_tcp_env *env, struct la_tcb *tcb);

/**
 * Build the RST that answers a segment to no connection (3.10.7.1).
 * @return false for a RST, which is not answered.
 */
bool la_tcp_reset_for(const struct la_seg *seg, struct la_seg *rst);

#ifdef __cplusplus
}
#endif

#endif
