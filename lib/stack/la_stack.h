/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_H
#define LA_STACK_H

/** @file
 * One core's stack: flow table, control blocks, TIME-WAIT, timers, cookies,
 * neighbours, services and counters behind one pointer. It takes parsed frames
 * and gives frames to send; it knows nothing of where they come from.
 *
 * One core uses a stack. Other cores may read its counters, and nothing else.
 * Two stacks share nothing. All memory is one block, given at init.
 *
 * A poll of a core is: la_stack_receive() for each burst, la_stack_advance(),
 * la_stack_output().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_class.h"
#include "la_cookie.h"
#include "la_counter.h"
#include "la_link_params.h"
#include "la_rx.h"
#include "la_service.h"
#include "la_siphash.h"
#include "la_tcp.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_BURST_MAX = 64,              /**< Frames in one la_stack_receive(). */
	LA_ANY_ADDRESS = 0x10000,       /**< A listener on all addresses. */
	LA_STACK_ADDRESSES_MAX = LA_LINK_ADDRESSES_MAX,
	LA_STACK_RANGES_MAX = LA_LINK_RANGES_MAX,
	LA_STACK_LISTENERS_MAX = LA_TCB_LISTENERS,
};

/** A counter of a stack, beside la_rx_reason and la_tcp_reason. */
enum la_stack_count {
#define X(name, key, class, help) LA_COUNT_##name,
#include "stack_events.def"
#undef X
	LA_STACK_COUNTS
};

/** Everything a stack counts. Written by its core, read by any. */
struct la_stack_counters {
	la_counter rx[LA_RX_REASONS];
	la_counter tcp[LA_TCP_REASONS];
	la_counter count[LA_STACK_COUNTS];
	la_counter state[LA_TCP_STATES];        /**< Gauges: connections by state; TIME-WAIT
	                                             counts the records. */
};

/** What a listener counts. */
struct la_listener_counters {
	la_counter accepted;            /**< Connections opened. */
	la_counter refused;             /**< SYNs and ACKs turned away: full, bad cookie,
	                                     draining. */
	la_counter open;                /**< Gauge. */
};

/** A run of addresses of the port, by the name that users of a stack know. */
#define la_stack_range la_link_range

/** Ports that one service listens on. */
struct la_stack_listener {
	const char *name;               /**< Borrowed for the stack's life. */
	uint32_t address;               /**< Index into the addresses, or LA_ANY_ADDRESS. */
	uint16_t port_first, port_last; /**< Both 0: only for active opens. */
	const char *service;            /**< la_service_make()'s name, or NULL and: */
	struct la_service *instance;    /**< a service of the caller's own. */
	/** Listeners that name the same group and service share one instance. */
	uint32_t group;
	struct la_service_params params;
};

/** SYN cookies: when (RFC 4987, 3.6). */
enum la_syn_cookies { LA_COOKIES_ALWAYS, LA_COOKIES_AUTO, LA_COOKIES_NEVER };

/**
 * Which of the process's stacks a connection belongs to: the port brings its segments
 * to one queue. Called on every core at once.
 */
struct la_owner {
	/** Whether segments to address number @p local and @p local_port from @p remote
	 *  and @p remote_port come to this core. NULL: not known. */
	bool (*owns)(const void *user, uint16_t local, uint16_t local_port,
			const struct la_addr *remote, uint16_t remote_port);
	const void *user;               /**< Lives as long as who was given this. */
};

/**
 * What a stack is made of. Copied, but for the names.
 *
 * In `tcp`, rcv_scale and born_coarse are worked out by the stack, and mss_v4
 * and mss_v6 are cut to what the MTU allows (0: all that it allows).
 */
struct la_stack_params {
	struct la_tcp_params tcp;
	uint32_t connections;           /**< Control blocks. */
	uint32_t time_wait_max;         /**< TIME-WAIT records; at least 1. */
	uint32_t senders;               /**< Extension blocks: who sends or reassembles. */
	uint32_t reassembly;            /**< Out-of-order segments held. */
	uint32_t neighbours;            /**< Hosts on the link that are spoken to first, at most
	                                     65,536; a table of 1,024 serves up to 128. */
	uint32_t backlog;               /**< SYN-RECEIVED blocks before `auto` turns to cookies. */
	uint64_t time_wait_us;          /**< 2MSL */
	uint64_t evict_idle_us;         /**< When all control blocks are in use, a connection that
	                                     made no progress for so long gives way to a new
	                                     one; 0: none does. */
	enum la_syn_cookies syn_cookies;
	bool closed_port_drop;          /**< Silence instead of RST to closed ports. */
	bool rst_ends_time_wait;        /**< An exact RST does: lib/README.md, D25. */
	bool offload;                   /**< The NIC fills in IPv4 and TCP checksums. */
	bool tag_offload;               /**< The NIC puts tags in: send() is told which. */
	struct la_mac mac;
	uint16_t mtu;                   /**< Octets of an IP packet. */
	uint16_t vlan;                  /**< 1 to 4094; 0: frames have no tag, or one of VLAN 0. */
	const struct la_stack_range *ranges;
	uint32_t ranges_len;
	struct la_addr gateway[2];      /**< IPv4, IPv6; valid if has_gateway[]. */
	bool has_gateway[2];
	bool reply_to_sender;           /**< Answers go where their causes came from, whatever the
	                                     table and the gateway say. */
	const struct la_stack_listener *listeners;
	uint32_t listeners_len;
	struct la_key secret;           /**< Random, and the same on all cores of the process. */
	uint64_t clock_offset_us;       /**< Wall clock less monotonic clock. */
	uint32_t worker;                /**< Number of this core: makes its limits differ.
	                                     0 announces the addresses, for all. */
	uint32_t workers;               /**< Cores that have these addresses; 0: this alone. */
	struct la_owner owner;
	uint32_t port;                  /**< Number of the port in the process: makes its limits
	                                     differ, too. */
	bool plain_c;                   /**< Run no code that the processor is asked for first:
	                                     for benchmarks, to be the same on every host. */
	bool general_path_only;         /**< For tests that hold the fast path against it. */
	/** So many a second on average; each second's limit is drawn anew between half
	 *  and one and a half times that (CVE-2016-5696). 0: none at all. */
	uint32_t rst_per_s;             /**< RSTs to segments of no connection. */
	uint32_t challenge_per_s;       /**< Challenge ACKs (RFC 5961, 7). */
	uint32_t icmp_per_s;            /**< ICMP answers (RFC 1812, 4.3.2.8). */
};

/** Where frames to send are put. */
struct la_stack_io {
	void *user;
	/** Room for one frame of MTU + 18 octets, or NULL when there is none. Asking
	 *  again without send() gives the same room. */
	uint8_t *(*frame)(void *user);
	/** Send the room that was given last, @p len octets of it. @p tcp: it is a
	 *  TCP segment, whose checksums are left to the NIC if params.offload says so.
	 *  @p tci: the tag that the NIC is to put in; 0 if none, or if the frame has it. */
	void (*send)(void *user, uint32_t len, bool tcp, uint16_t tci);
	/** As frame(), for the answer to frame @p i of the burst in la_stack_receive(): may give
	 *  that frame's own octets, which are not read again. NULL: frame() will do. */
	uint8_t *(*answer)(void *user, uint32_t i);
};

struct la_stack;

/** Fill in what most callers want, for @p connections connections. */
void la_stack_params_default(struct la_stack_params *params, uint32_t connections);

/** Octets of memory for la_stack_init(); 0 if the parameters make no sense (an
 *  unknown service, no address, a size of 0). */
size_t la_stack_memory(const struct la_stack_params *params);

/**
 * @param memory  la_stack_memory() octets, aligned to 64, zeroed. The caller's; to
 *                be rid of a stack, free it. On a boundary of LA_APART, of which its
 *                size is a multiple, it shares no cache line with another's.
 * @param params  As given to la_stack_memory(), which did not answer 0.
 * @return the stack, at the start of @p memory.
 */
struct la_stack *la_stack_init(void *memory, const struct la_stack_params *params,
		const struct la_stack_io *io, uint64_t now_us);

/** Announce our addresses (gratuitous ARP; duplicate address detection and
 *  unsolicited Neighbour Advertisements) and ask for the gateways. Call when the
 *  link is up; frames are sent through io. */
void la_stack_start(struct la_stack *stack, uint64_t now_us);

/** A frame as the port gave it. */
struct la_frame {
	const uint8_t *octets;          /**< From the Ethernet header on, at any alignment. */
	uint32_t len;                   /**< Octets in the frame, without the FCS. */
	uint8_t checked;                /**< LA_RX_*, as for la_rx_parse(). */
	uint16_t tci;                   /**< Tag that the port took off; else 0. */
};

/**
 * Take a burst of up to LA_BURST_MAX frames, in order of arrival. Replies that need no
 * control block are sent at once, the rest by la_stack_output().
 *
 * @param frames  Borrowed for the call, and so are their octets: written only by way of
 *                io.answer().
 * @return bit i set: frame i is well formed and no TCP segment, so others of the port's
 *         stacks may have to hear of it (la_stack_would_hear()).
 */
uint64_t la_stack_receive(struct la_stack *stack, const struct la_frame *frames, uint32_t n,
		uint64_t now_us);

/** The same for frames that the caller has parsed; those whose reason is not LA_RX_OK are
 *  counted. Every segment goes the general path. */
void la_stack_input(struct la_stack *stack, const struct la_rx *rx, uint32_t n,
		uint64_t now_us);

/** Which of the port's other stacks could make anything of a frame. */
enum la_stack_hearers {
	LA_HEARERS_NONE,
	LA_HEARERS_ALL,                 /**< ARP, Neighbour Discovery. */
	LA_HEARERS_FIRST,               /**< A question that worker 0 answers for all. */
	LA_HEARERS_OWNER,               /**< An ICMP error: who has the connection it quotes. */
};

/**
 * Who is to be given a frame that came to this stack, for la_stack_overhear(). Changes
 * nothing. Everything that can be forged from afar is LA_HEARERS_NONE but for errors
 * that quote a segment from an address of ours.
 *
 * @param quoted  Written for LA_HEARERS_OWNER: that connection.
 */
enum la_stack_hearers la_stack_would_hear(const struct la_stack *stack, const struct la_rx *rx,
		struct la_tuple *quoted);

/** Take in what another stack of this port was told by ARP or Neighbour Discovery,
 *  or by an ICMP error: learn from it, and answer nothing. What the first worker does
 *  for all, such as reporting our groups, it does then, too. */
void la_stack_overhear(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);

/** Timers, TIME-WAIT, key rotation, neighbours, buffers of each service: at most @p budget of each, of TIME-WAIT
 *  records as many more as were entered since the last call, within @p budget too. */
void la_stack_advance(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/** Send what connections owe. @return true if some still owe (no frame was free). */
bool la_stack_output(struct la_stack *stack, uint64_t now_us);

/** What came of an active OPEN. */
enum la_stack_opened {
	LA_OPEN_MADE,                   /**< A SYN is owed. */
	LA_OPEN_IN_USE,                 /**< The tuple has a connection, or is in TIME-WAIT. */
	LA_OPEN_FULL,                   /**< No control block, or no place in the table. */
	LA_OPEN_REFUSED,                /**< Draining; or no such address, port or listener. */
};

/**
 * Active OPEN (RFC 9293, 3.10.1) from address number @p local.
 *
 * A tuple in TIME-WAIT is taken again if the peer must take our SYN for a new
 * one (RFC 6191): both had timestamps, and our clock of them has moved on.
 *
 * @param listener  Whose service gets the connection.
 * @param handle    Written: the connection's handle; LA_NONE if none was made.
 */
enum la_stack_opened la_stack_connect(struct la_stack *stack, uint16_t local,
		uint16_t local_port, const struct la_addr *remote, uint16_t remote_port,
		uint16_t listener, uint64_t now_us, uint32_t *handle);

/** An active OPEN that is to be made. */
struct la_stack_opening {
	struct la_tuple tuple;          /**< The caller's; all below is the stack's. */
	bool valid;                     /**< Such a connection may be. */
	uint8_t hashed;                 /**< 1 or, with cookie keys from a file, 2: the last
	                                     two below are known. */
	uint32_t hash;
	uint32_t isn;                   /**< Without the part that is a clock. */
	uint32_t ts_offset;             /**< Of our timestamps. */
};

/**
 * Work out beforehand what needs no more than the tuples, of several together, and start
 * loading into the cache what the OPENs will look at.
 *
 * @param n  At most LA_BURST_MAX.
 */
void la_stack_prepare(const struct la_stack *stack, struct la_stack_opening *openings,
		uint32_t n);

/** la_stack_connect() of one that is prepared, however long ago. */
enum la_stack_opened la_stack_connect_prepared(struct la_stack *stack,
		const struct la_stack_opening *opening, uint16_t listener, uint64_t now_us,
		uint32_t *handle);

/** Whether the Ethernet address is known that segments to @p remote go to; if
 *  not, it is asked for. */
bool la_stack_reaches(struct la_stack *stack, const struct la_addr *remote, uint64_t now_us);

/** Let a service act on a connection out of turn (what it sets in the la_conn that
 *  @p act is given is applied). False, and @p act is not called, if @p handle names
 *  no connection, or if its service may send and no extension block is free for it: none is
 *  taken from another connection.
 *
 *  From a callback of a service this and la_stack_end_one() may be called for any other
 *  connection. For the connection that the callback is about, there is its la_conn. */
bool la_stack_act(struct la_stack *stack, uint32_t handle, uint64_t now_us,
		void (*act)(void *user, struct la_conn *conn), void *user);

/** CLOSE or ABORT a connection out of turn; a handshake under way is aborted by
 *  both. False if @p handle names none. */
bool la_stack_end_one(struct la_stack *stack, uint32_t handle, bool abort, uint64_t now_us);

/** Stop accepting, and CLOSE what is open, @p budget connections a call of
 *  la_stack_advance(). */
void la_stack_drain(struct la_stack *stack);

/** ABORT all that is left, with RSTs as far as frames are free. */
void la_stack_abort_all(struct la_stack *stack, uint64_t now_us);

/** Connections with a control block. */
uint32_t la_stack_connections(const struct la_stack *stack);

/** Use these two cookie keys from now on (la_cookie_fix_keys()). */
void la_stack_set_cookie_keys(struct la_stack *stack, const struct la_key key[2],
		uint64_t now_us);

const struct la_stack_counters *la_stack_counters(const struct la_stack *stack);
const struct la_listener_counters *la_stack_listener_counters(const struct la_stack *stack,
		uint32_t listener);
const char *la_stack_count_name(enum la_stack_count count);
const char *la_stack_count_help(enum la_stack_count count);
enum la_class la_stack_count_class(enum la_stack_count count);

/** What a stack is made of, in numbers. Call on the stack's core. */
struct la_stack_usage {
	uint64_t octets_per_connection;         /**< A control block. */
	uint64_t octets_per_time_wait;
	uint64_t octets_per_sender;             /**< An extension block. */
	uint64_t octets_table;                  /**< Of the flow table. */
	uint64_t octets_all;                    /**< The stack's whole memory. */
	uint32_t connections, connections_size;
	uint32_t time_wait, time_wait_size;
	uint32_t senders, senders_size;
	uint32_t reassembly, reassembly_size;
	uint32_t table_used, table_size;        /**< Flows; slots. */
	uint32_t service_objects;               /**< In use in the services' pools, */
	uint32_t service_objects_size;          /**< of so many. */
};
void la_stack_usage(const struct la_stack *stack, struct la_stack_usage *usage);

/** Cookies as /lastack/cookies shows them. Call on the stack's core. */
struct la_stack_cookies {
	enum la_syn_cookies mode;
	bool active;                    /**< Whether the next SYN gets a cookie. */
	uint64_t key_age_us;
	uint64_t rotations;
};
void la_stack_cookies(const struct la_stack *stack, uint64_t now_us,
		struct la_stack_cookies *cookies);

/** A connection as netstat shows it. */
struct la_stack_row {
	struct la_addr local, remote;
	uint16_t local_port, remote_port;
	enum la_tcp_state state;
	uint32_t snd_una, snd_nxt, rcv_nxt;
	enum la_tcp_timer timer;
	uint64_t timer_left_us;
	uint64_t age_s;                 /**< Up to 34,300 s, or 137,400 s where a limit of
	                                     `tcp` is above 8 h, then from 0 again; in
	                                     FIN-WAIT-2 of that state; 0 in TIME-WAIT. */
	uint32_t unsent;                /**< Octets queued and not acknowledged. */
	uint16_t listener;
};

/** Write up to @p max rows of connections that have a control block; looks at no more than
 *  1024 places. Call on the stack's core.
 *  @param from  0 at first; where to go on; 0 again once all places have been looked at.
 *  @return rows written. */
uint32_t la_stack_rows(const struct la_stack *stack, uint64_t now_us, uint32_t *from,
		struct la_stack_row *rows, uint32_t max);

/** The same of TIME-WAIT. */
uint32_t la_stack_time_wait_rows(const struct la_stack *stack, uint64_t now_us, uint32_t *from,
		struct la_stack_row *rows, uint32_t max);

/** What is to be reported to the user; call now and then on the stack's core. */
#define la_stack_notice la_link_notice
void la_stack_notices(const struct la_stack *stack, struct la_stack_notice *notice);

/** The conflict that was noticed is being said: notice the next one. */
void la_stack_conflict_said(struct la_stack *stack);

#ifdef __cplusplus
}
#endif

#endif
