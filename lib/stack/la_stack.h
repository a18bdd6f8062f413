/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_STACK_H
#define LA_STACK_H

/** @file
 * One core's stack: flow table, control blocks, TIME-WAIT, timers, cookies,
 * neighbours, services and counters behind one pointer. It takes frames and
 * gives frames to send; it does not know where they come from.
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

/** A counter of a stack, in addition to la_rx_reason and la_tcp_reason. */
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
	la_counter refused;             /**< SYNs and ACKs refused: full, bad cookie,
	                                     draining. */
	la_counter open;                /**< Gauge. */
};

/** A range of the port's addresses: la_link_range, under the stack's name. */
#define la_stack_range la_link_range

/** Ports that one service listens on. */
struct la_stack_listener {
	const char *name;               /**< Borrowed for the stack's life. */
	uint32_t address;               /**< Index into the addresses, or LA_ANY_ADDRESS. */
	uint16_t port_first, port_last; /**< Both 0: only for active opens. */
	const char *service;            /**< A name for la_service_make(); NULL: use instance. */
	struct la_service *instance;    /**< The caller's own service, else NULL. */
	/** Listeners that name the same group and service share one instance. */
	uint32_t group;
	struct la_service_params params;
};

/** When SYNs get cookies (RFC 4987, 3.6). */
enum la_syn_cookies { LA_COOKIES_ALWAYS, LA_COOKIES_AUTO, LA_COOKIES_NEVER };

/**
 * Tells which of the process's stacks owns a connection: the port steers all its segments
 * to one queue. May be called on all cores at the same time.
 */
struct la_owner {
	/** Whether segments to address number @p local and @p local_port from @p remote
	 *  and @p remote_port come to this core. NULL: not known. */
	bool (*owns)(const void *user, uint16_t local, uint16_t local_port,
			const struct la_addr *remote, uint16_t remote_port);
	const void *user;               /**< Must live as long as the stack that has this struct. */
};

/**
 * Parameters of a stack. The stack copies them, except for the names.
 *
 * In `tcp`, the stack computes rcv_scale and born_coarse, and limits mss_v4 and
 * mss_v6 to what the MTU allows (0: the most that it allows).
 */
struct la_stack_params {
	struct la_tcp_params tcp;
	uint32_t connections;           /**< Control blocks. */
	uint32_t time_wait_max;         /**< TIME-WAIT records; at least 1. */
	uint32_t senders;               /**< Extension blocks: to send text or to reassemble. */
	uint32_t reassembly;            /**< Out-of-order segments held. */
	uint32_t neighbours;            /**< Hosts on the link that the stack contacts first, at
	                                     most 65,536; up to 128: a table of 1,024 places. */
	uint32_t backlog;               /**< SYN-RECEIVED blocks; when full, `auto` uses cookies. */
	uint64_t time_wait_us;          /**< 2MSL */
	uint64_t evict_idle_us;         /**< When all control blocks are in use, a new connection
	                                     may evict one that made no progress for this
	                                     time; 0: never. */
	enum la_syn_cookies syn_cookies;
	bool closed_port_drop;          /**< Drop segments to closed ports; do not send a RST. */
	bool rst_ends_time_wait;        /**< An exact RST ends TIME-WAIT: lib/README.md, D25. */
	bool offload;                   /**< The NIC fills in IPv4 and TCP checksums. */
	bool tag_offload;               /**< The NIC inserts the VLAN tag that send() is given. */
	struct la_mac mac;
	uint16_t mtu;                   /**< Octets of an IP packet. */
	uint16_t vlan;                  /**< 1 to 4094; 0: frames have no tag, or one of VLAN 0. */
	const struct la_stack_range *ranges;
	uint32_t ranges_len;
	struct la_addr gateway[2];      /**< IPv4, IPv6; valid if has_gateway[]. */
	bool has_gateway[2];
	bool reply_to_sender;           /**< Send an answer to the Ethernet address its cause came
	                                     from, whatever the table and the gateway say. */
	const struct la_stack_listener *listeners;
	uint32_t listeners_len;
	struct la_key secret;           /**< Random, and the same on all cores of the process. */
	uint64_t clock_offset_us;       /**< Wall clock minus monotonic clock. */
	uint32_t worker;                /**< Number of this core: makes its limits differ.
	                                     Worker 0 announces the addresses for all. */
	uint32_t workers;               /**< Cores that have these addresses; 0: only this one. */
	struct la_owner owner;
	uint32_t port;                  /**< Number of the port in the process: also makes its
	                                     limits differ. */
	bool plain_c;                   /**< Use no code that needs a CPU check (AVX2):
	                                     benchmarks then run the same code on every host. */
	bool general_path_only;         /**< For tests that compare the fast path with it. */
	/** Averages per second. Each second's limit is random, between half and one and a
	 *  half times the average (CVE-2016-5696). 0: send none. */
	uint32_t rst_per_s;             /**< RSTs to segments that belong to no connection. */
	uint32_t challenge_per_s;       /**< Challenge ACKs (RFC 5961, 7). */
	uint32_t icmp_per_s;            /**< ICMP answers (RFC 1812, 4.3.2.8). */
};

/** Callbacks to allocate and send frames. */
struct la_stack_io {
	void *user;
	/** @return room for one frame of MTU + 18 octets; NULL if no frame is free. Until
	 *  send() is called, every call returns the same room. */
	uint8_t *(*frame)(void *user);
	/** Send the frame that was given last, @p len octets of it. @p tcp: it is a
	 *  TCP segment; if params.offload is set, the NIC fills in its checksums.
	 *  @p tci: the tag that the NIC must insert; 0: none, or the frame has it already. */
	void (*send)(void *user, uint32_t len, bool tcp, uint16_t tci);
	/** As frame(), for the answer to frame @p i of the burst in la_stack_receive(). May return
	 *  the octets of frame i, which are not read again. NULL: frame() is used. */
	uint8_t *(*answer)(void *user, uint32_t i);
};

struct la_stack;

/** Fill in defaults for @p connections connections. */
void la_stack_params_default(struct la_stack_params *params, uint32_t connections);

/** @return octets of memory for la_stack_init(); 0 if the parameters are invalid (an
 *  unknown service, no address, a size of 0). */
size_t la_stack_memory(const struct la_stack_params *params);

/**
 * @param memory  la_stack_memory() octets, aligned to 64, zeroed. The caller owns it;
 *                to destroy a stack, free it. The size is a multiple of LA_APART:
 *                memory aligned to LA_APART shares no cache line with another stack's.
 * @param params  The same for which la_stack_memory() returned more than 0.
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
	uint16_t tci;                   /**< Tag that the port removed; else 0. */
};

/**
 * Process a burst of up to LA_BURST_MAX frames, in order of arrival. Replies that need no
 * control block are sent at once, all others by la_stack_output().
 *
 * @param frames  Borrowed for the call, and so are their octets, which are written only if
 *                io.answer() returns them.
 * @return bit i set: frame i is well formed and not a TCP segment, so other stacks of the
 *         port may need it (la_stack_would_hear()).
 */
uint64_t la_stack_receive(struct la_stack *stack, const struct la_frame *frames, uint32_t n,
		uint64_t now_us);

/** The same for frames that the caller has parsed. A frame whose reason is not LA_RX_OK is
 *  only counted. All segments take the general path. */
void la_stack_input(struct la_stack *stack, const struct la_rx *rx, uint32_t n,
		uint64_t now_us);

/** Which other stacks of the port can use a frame. */
enum la_stack_hearers {
	LA_HEARERS_NONE,
	LA_HEARERS_ALL,                 /**< ARP, Neighbour Discovery. */
	LA_HEARERS_FIRST,               /**< A query that worker 0 answers for all. */
	LA_HEARERS_OWNER,               /**< An ICMP error: the owner of the quoted connection. */
};

/**
 * Find the stacks that must get a frame of this stack by la_stack_overhear(). Changes
 * nothing. For all frames that a remote host can forge this is LA_HEARERS_NONE, except for
 * errors that quote a segment from an address of ours.
 *
 * @param quoted  Written for LA_HEARERS_OWNER: the quoted connection.
 */
enum la_stack_hearers la_stack_would_hear(const struct la_stack *stack, const struct la_rx *rx,
		struct la_tuple *quoted);

/** Process a frame that came to another stack of this port (ARP, Neighbour Discovery or an
 *  ICMP error): learn from the frame, but do not answer it. Worker 0 also does what it does
 *  for all workers, such as reporting our groups. */
void la_stack_overhear(struct la_stack *stack, const struct la_rx *rx, uint64_t now_us);

/** Run timers, TIME-WAIT, key rotation, neighbours and service buffers: at most @p budget of each.
 *  Of TIME-WAIT records, up to @p budget more if as many were added since the last call. */
void la_stack_advance(struct la_stack *stack, uint64_t now_us, uint32_t budget);

/** Send what connections owe. @return true if some still owe output. */
bool la_stack_output(struct la_stack *stack, uint64_t now_us);

/** Result of an active OPEN. */
enum la_stack_opened {
	LA_OPEN_MADE,                   /**< A SYN is owed. */
	LA_OPEN_IN_USE,                 /**< The tuple has a connection, or is in TIME-WAIT. */
	LA_OPEN_FULL,                   /**< No control block or no place in the table is free. */
	LA_OPEN_REFUSED,                /**< Draining; or no such address, port or listener. */
};

/**
 * Active OPEN (RFC 9293, 3.10.1) from address number @p local.
 *
 * A tuple in TIME-WAIT is reused if the peer must accept our SYN as a new connection
 * (RFC 6191): both ends used timestamps, and our timestamp clock has advanced.
 *
 * @param listener  The listener whose service gets the connection.
 * @param handle    Written: the connection's handle; LA_NONE if none was made.
 */
enum la_stack_opened la_stack_connect(struct la_stack *stack, uint16_t local,
		uint16_t local_port, const struct la_addr *remote, uint16_t remote_port,
		uint16_t listener, uint64_t now_us, uint32_t *handle);

/** An active OPEN, prepared. */
struct la_stack_opening {
	struct la_tuple tuple;          /**< Set by the caller; the stack sets all below. */
	bool valid;                     /**< la_stack_connect() would allow the tuple. */
	uint8_t hashed;                 /**< 1 or, with cookie keys from a file, 2: isn and
	                                     ts_offset are known; 0: they are not. */
	uint32_t hash;
	uint32_t isn;                   /**< Without its clock part. */
	uint32_t ts_offset;             /**< Offset of our timestamps. */
};

/**
 * Compute in advance, for several OPENs together, what depends only on the tuples, and
 * prefetch what the OPENs will read.
 *
 * @param n  At most LA_BURST_MAX.
 */
void la_stack_prepare(const struct la_stack *stack, struct la_stack_opening *openings,
		uint32_t n);

/** la_stack_connect() with a prepared OPEN; it may have been prepared long ago. */
enum la_stack_opened la_stack_connect_prepared(struct la_stack *stack,
		const struct la_stack_opening *opening, uint16_t listener, uint64_t now_us,
		uint32_t *handle);

/** Whether the next hop to @p remote has a known Ethernet address; if not, the stack
 *  asks for it. */
bool la_stack_reaches(struct la_stack *stack, const struct la_addr *remote, uint64_t now_us);

/** Let a service act on a connection outside its callbacks: what @p act sets in the la_conn is
 *  applied. False, and @p act is not called, if @p handle names no connection, or if its
 *  service may send but no extension block is free for it; none is taken from another
 *  connection.
 *
 *  A callback of a service may call this and la_stack_end_one() for any other connection.
 *  For its own connection it must use the la_conn that it was given. */
bool la_stack_act(struct la_stack *stack, uint32_t handle, uint64_t now_us,
		void (*act)(void *user, struct la_conn *conn), void *user);

/** CLOSE or ABORT a connection outside its callbacks; both abort an unfinished handshake.
 *  False if @p handle names no connection. */
bool la_stack_end_one(struct la_stack *stack, uint32_t handle, bool abort, uint64_t now_us);

/** Stop accepting, and CLOSE all open connections, `budget` of them in each call of
 *  la_stack_advance(). */
void la_stack_drain(struct la_stack *stack);

/** ABORT all connections that are left; a RST is sent while frames are free. */
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

/** Sizes of a stack's tables, and how much of each is in use. Call on the stack's core. */
struct la_stack_usage {
	uint64_t octets_per_connection;         /**< A control block. */
	uint64_t octets_per_time_wait;
	uint64_t octets_per_sender;             /**< An extension block. */
	uint64_t octets_table;                  /**< The flow table. */
	uint64_t octets_all;                    /**< The stack's whole memory. */
	uint32_t connections, connections_size;
	uint32_t time_wait, time_wait_size;
	uint32_t senders, senders_size;
	uint32_t reassembly, reassembly_size;
	uint32_t table_used, table_size;        /**< Flows; slots. */
	uint32_t service_objects;               /**< Objects in use in the services' pools. */
	uint32_t service_objects_size;          /**< Size of these pools. */
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
	uint64_t age_s;                 /**< Up to 34,300 s (137,400 s if a limit of `tcp` is
	                                     above 8 h), then from 0 again; in FIN-WAIT-2
	                                     the age of that state; 0 in TIME-WAIT. */
	uint32_t unsent;                /**< Octets queued and not acknowledged. */
	uint16_t listener;
};

/** Write up to @p max rows of connections that have a control block; looks at no more than
 *  1024 places. Call on the stack's core.
 *  @param from  0 for the first call; set to where the next call continues; 0 after the last.
 *  @return rows written. */
uint32_t la_stack_rows(const struct la_stack *stack, uint64_t now_us, uint32_t *from,
		struct la_stack_row *rows, uint32_t max);

/** The same for TIME-WAIT records. */
uint32_t la_stack_time_wait_rows(const struct la_stack *stack, uint64_t now_us, uint32_t *from,
		struct la_stack_row *rows, uint32_t max);

/** What must be reported to the user. Poll it, on the stack's core. */
#define la_stack_notice la_link_notice
void la_stack_notices(const struct la_stack *stack, struct la_stack_notice *notice);

/** The caller reports the noticed address conflict: the stack may notice the next one. */
void la_stack_conflict_said(struct la_stack *stack);

#ifdef __cplusplus
}
#endif

#endif
