/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SERVICE_H
#define LA_SERVICE_H

/** @file
 * The byte-stream contract between a stack and what it serves.
 *
 * A service sees octets in order, never a segment. The stack keeps no send
 * buffer: a service says how many octets it has to send, is asked for them by
 * their place in the stream, and must give the same octets again when they
 * are sent again. Places count from the first octet not yet acknowledged by
 * the peer (SND.UNA), so nobody has to keep a 64-bit offset.
 *
 * Each stack has its own instances, so a service needs no locks. Nothing is
 * allocated after start: what a service keeps for a connection beyond its
 * 32-bit word comes from pools of its own. When one is empty, data() names the
 * connection that is to give way; when a connection has held something for too
 * long, due() does.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_arena.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A connection as a service sees it, for the length of one call. */
struct la_conn {
	uint64_t now_us;                /**< In: monotonic time. */
	uint32_t id;                    /**< In: the connection's handle. */
	uint32_t word;                  /**< In and out: the service's own; 0 at first. */
	uint32_t unsent;                /**< In: octets queued and not yet acknowledged. */
	uint32_t send;                  /**< Out: queue so many octets more. */
	bool close;                     /**< Out: CLOSE once all queued octets are sent. */
	bool abort;                     /**< Out: ABORT; nothing more is sent but a RST. */
	bool full;                      /**< Out of data(): something was not taken since all
	                                     buffers are in use; */
	uint32_t oldest;                /**< and whose may be taken back; 0: none may yet. That
	                                     connection is aborted, and data() called again. */
};

/** Why a connection ended. */
enum la_end {
	LA_END_BY_CLOSED,               /**< Both sides closed, or TIME-WAIT was reached. */
	LA_END_BY_RESET,                /**< The peer's RST. */
	LA_END_BY_ABORTED,              /**< Our ABORT. */
	LA_END_BY_TIMED_OUT,            /**< Retransmissions or an idle limit ran out. */
	LA_END_BY_REFUSED,              /**< An active open that was answered by RST. */
};

struct la_service;

/** What a kind of service does. A member that may be NULL says so. */
struct la_service_ops {
	const char *name;               /**< As in the configuration. */
	/** The connection is ESTABLISHED. May be NULL. */
	void (*open)(struct la_service *service, struct la_conn *conn);
	/**
	 * Octets arrived in order. May be called with data that spans requests
	 * or holds part of one.
	 * @return how many were taken. The rest is dropped unacknowledged and
	 * comes again from the peer; the window closes over it meanwhile.
	 */
	uint32_t (*data)(struct la_service *service, struct la_conn *conn,
			const uint8_t *octets, uint32_t len);
	/**
	 * How many octets data() would take now; the window offered to the peer
	 * follows it. NULL: there is always room for any window.
	 */
	uint32_t (*room)(struct la_service *service, struct la_conn *conn);
	/** Text of @p len octets is about to come for the connection with this word: prefetch what
	 *  data() will touch, and change nothing. Neither is certain. NULL if there is little. */
	void (*fetch)(const struct la_service *service, uint32_t word, uint32_t len);
	/** The peer closed: no data() comes after this. NULL: CLOSE at once. */
	void (*fin)(struct la_service *service, struct la_conn *conn);
	/**
	 * Write @p len octets that start @p offset octets after SND.UNA; offset
	 * + len never exceeds what was queued. NULL if it never sends. May not
	 * set send, close or abort, nor act on another connection: what those of
	 * this turn of output owe is known already.
	 */
	void (*fill)(struct la_service *service, struct la_conn *conn, uint32_t offset,
			uint8_t *dst, uint32_t len);
	/** The first @p len queued octets were acknowledged and can be forgotten;
	 *  offsets now count from behind them. NULL if it does not care. */
	void (*acked)(struct la_service *service, struct la_conn *conn, uint32_t len);
	/** The connection is gone: give back all that is kept for it. It may not
	 *  send, close or abort. NULL if nothing is kept. */
	void (*end)(struct la_service *service, struct la_conn *conn, enum la_end why);
	/** A connection that has held for too long what others may need, or 0. It is asked until
	 *  it names none, but of a service that the caller made never. NULL: nothing is held. */
	uint32_t (*due)(struct la_service *service, uint64_t now_us);
	/** The connection that due() named: end it, or have it wait for something else. It is
	 *  aborted without this if no extension block is free. Set if due is. */
	void (*expire)(struct la_service *service, struct la_conn *conn);
};

/** An instance of a service; a kind with state of its own starts with this. */
struct la_service {
	const struct la_service_ops *ops;
};

/** Parameters of the built-in services. */
struct la_service_params {
	uint32_t connections;           /**< The stack's largest number of connections. */
	uint32_t window;                /**< Largest window offered at first, in octets. */
	uint32_t window_max;            /**< What it may grow to. */
	uint32_t buffers;               /**< echo: buffers; http: connections inside a request. */
	uint64_t head_us;               /**< http: time for a request's head; 0: any, as below. */
	uint64_t body_us;               /**< http: time in which some of a request's body comes. */
	uint64_t send_us;               /**< echo, http: time in which some of what was sent is
	                                     acknowledged, while a buffer is held for it. */
	uint32_t body_len;              /**< http: octets of the response's body, at most 1 MiB. */
	bool close_after_response;      /**< http: the server closes first. */
};

/**
 * Make an instance of the service called @p name: "discard", "echo", "close",
 * "reset" or "http".
 *
 * @param arena  Memory is taken from it; while it only measures (base NULL)
 *               nothing is written and the return value means only "known".
 * @return the instance, which lives as long as the arena's memory; NULL for an
 *         unknown name or a body_len or window (at most 2^30) out of range.
 *         While measuring, a non-NULL value not to be used.
 */
struct la_service *la_service_make(const char *name, const struct la_service_params *params,
		struct la_arena *arena);

/** Objects of the service's own pools in use; 0 when no connection is open. */
uint32_t la_service_in_use(const struct la_service *service);

/** How many there are in all. */
uint32_t la_service_size(const struct la_service *service);

/** True for a name that la_service_make() knows. */
bool la_service_known(const char *name);

#ifdef __cplusplus
}
#endif

#endif
