/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SERVICE_H
#define LA_SERVICE_H

/** @file
 * The byte-stream contract between a stack and its services.
 *
 * A service sees octets in order, never a segment. The stack has no send
 * buffer: a service says how many octets it has to send, is asked for octets
 * by their place in the stream, and must give the same octets again when they
 * are retransmitted. Places count from the first octet not yet acknowledged by
 * the peer (SND.UNA), so no 64-bit offset has to be stored.
 *
 * Each stack has its own instances, so a service needs no locks. No memory is
 * allocated after the start: state of a connection beyond its 32-bit word comes
 * from the service's own pools. When a pool is empty, data() names the
 * connection to evict; when a connection has held an object for too long,
 * due() names it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_arena.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A connection as a service sees it, during one call. */
struct la_conn {
	uint64_t now_us;                /**< In: monotonic time. */
	uint32_t id;                    /**< In: the connection's handle. */
	uint32_t word;                  /**< In and out: the service's own; 0 at first. */
	uint32_t unsent;                /**< In: octets queued and not yet acknowledged. */
	uint32_t send;                  /**< Out: number of octets to add to the send queue. */
	bool close;                     /**< Out: CLOSE once all queued octets are sent. */
	bool abort;                     /**< Out: ABORT; only a RST is sent. */
	bool full;                      /**< Out of data(): octets were not taken because all
	                                     buffers are in use. */
	uint32_t oldest;                /**< With full: connection to evict; 0: none yet. The stack
	                                     aborts it, and calls data() again. */
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

/** Operations of a kind of service. A member that may be NULL says so. */
struct la_service_ops {
	const char *name;               /**< As in the configuration. */
	/** The connection is ESTABLISHED. May be NULL. */
	void (*open)(struct la_service *service, struct la_conn *conn);
	/**
	 * Octets arrived in order. May be called with data that spans requests
	 * or holds part of one.
	 * @return how many were taken. The rest is dropped without an ACK, and the
	 * peer retransmits it; meanwhile the window closes.
	 */
	uint32_t (*data)(struct la_service *service, struct la_conn *conn,
			const uint8_t *octets, uint32_t len);
	/**
	 * @return how many octets data() would take now; the window offered to the
	 * peer follows it. NULL: there is always room for any window.
	 */
	uint32_t (*room)(struct la_service *service, struct la_conn *conn);
	/** Text of @p len octets will probably come for the connection with this word: prefetch
	 *  what data() would touch, and change nothing. The word may be stale. May be NULL. */
	void (*fetch)(const struct la_service *service, uint32_t word, uint32_t len);
	/** The peer closed: no data() comes after this. NULL: CLOSE at once. */
	void (*fin)(struct la_service *service, struct la_conn *conn);
	/**
	 * Write @p len octets that start @p offset octets after SND.UNA; offset
	 * + len never exceeds what was queued. NULL if the service never sends. Must
	 * not set send, close or abort, nor act on another connection: the output of
	 * this turn is decided already.
	 */
	void (*fill)(struct la_service *service, struct la_conn *conn, uint32_t offset,
			uint8_t *dst, uint32_t len);
	/** The first @p len queued octets were acknowledged and can be discarded;
	 *  offsets now count from the octet after them. NULL if not needed. */
	void (*acked)(struct la_service *service, struct la_conn *conn, uint32_t len);
	/** The connection is over: free all of its state. Must not set send, close
	 *  or abort. NULL if the service has no state. */
	void (*end)(struct la_service *service, struct la_conn *conn, enum la_end why);
	/** @return a connection that has held for too long what others may need, or 0. Called until
	 *  it returns 0, but never for a service of the caller's own. NULL: nothing is held. */
	uint32_t (*due)(struct la_service *service, uint64_t now_us);
	/** End the connection that due() named, or have it wait for something else. If no extension
	 *  block is free, the connection is aborted without this call. Needed if due is set. */
	void (*expire)(struct la_service *service, struct la_conn *conn);
};

/** An instance of a service; first member of a kind's own struct. */
struct la_service {
	const struct la_service_ops *ops;
};

/** Parameters of the built-in services. */
struct la_service_params {
	uint32_t connections;           /**< The stack's largest number of connections. */
	uint32_t window;                /**< Largest window offered at first, in octets. */
	uint32_t window_max;            /**< Largest window later, in octets. */
	uint32_t buffers;               /**< echo: buffers; http: connections inside a request. */
	uint64_t head_us;               /**< http: limit for a request's head. 0: none, as below. */
	uint64_t body_us;               /**< http: some of a request's body must come within it. */
	uint64_t send_us;               /**< echo, http: some of what was sent must be acknowledged
	                                     within it, while a buffer is held for it. */
	uint32_t body_len;              /**< http: octets of the response's body, at most 1 MiB. */
	bool close_after_response;      /**< http: the server closes first. */
};

/**
 * Make an instance of the service called @p name: "discard", "echo", "close",
 * "reset" or "http".
 *
 * @param arena  Memory is taken from it. If it only measures (base NULL), nothing
 *               is written, and the return value means only "valid".
 * @return the instance, which lives as long as the arena's memory; NULL for an
 *         unknown name or a body_len or window (at most 2^30) out of range.
 *         While measuring: a non-NULL value that must not be used.
 */
struct la_service *la_service_make(const char *name, const struct la_service_params *params,
		struct la_arena *arena);

/** Objects of the service's own pools in use; 0 when no connection is open. */
uint32_t la_service_in_use(const struct la_service *service);

/** Size of the service's own pools, in objects. */
uint32_t la_service_size(const struct la_service *service);

/** True for a name that la_service_make() knows. */
bool la_service_known(const char *name);

#ifdef __cplusplus
}
#endif

#endif
