/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TIMEWAIT_H
#define LA_TIMEWAIT_H

/** @file
 * TIME-WAIT (RFC 9293, 3.3.2 and 3.6.1) without a control block.
 *
 * 2MSL is one constant, so the records of a stack lie in one ring in the order in which they
 * expire: entering appends at the tail, expiry removes from the head. A record that is removed
 * early (the tuple was reopened) leaves a hole until the head reaches it. When the ring is full,
 * the oldest record is evicted.
 *
 * The expiry of a record is kept in 14 bits, in units after a time shared by LA_TW_BLOCK places of
 * the ring. A unit is the smallest power of two in ms for which 2MSL is at most half of what 14
 * bits can count: 1 ms for a 2MSL up to 8 s, 8 ms for a minute. Rounding is upwards, so a record is
 * never early, and late by less than a unit.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_seg.h"
#include "la_seq.h"
#include "la_tcp.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LA_TW_BLOCK = 64, LA_TW_AFTER_BITS = 14 };

/** Record of a connection in TIME-WAIT. Starts with its tuple. */
struct la_tw_record {
	struct la_tuple tuple;
	uint16_t live : 1;              /**< Not a hole. */
	uint16_t timestamps : 1;        /**< ts_recent is valid and segments carry timestamps. */
	uint16_t after : LA_TW_AFTER_BITS;      /**< See la_tw_expiry_ms(). */
	uint32_t snd_nxt, rcv_nxt;
	uint32_t ts_recent;
};

static_assert(sizeof(struct la_tw_record) == 36, "a TIME-WAIT record is small");

/** The TIME-WAIT records of one stack. Handles are 1 to size. */
struct la_tw {
	struct la_tw_record *records;   /**< records[handle], size + 1 of them. */
	uint32_t *since_ms;             /**< Per LA_TW_BLOCK handles: what `after` counts from. */
	uint32_t size;
	uint32_t head;                  /**< Handle of the oldest place in use. */
	uint32_t places;                /**< Places between head and tail, holes included. */
	uint32_t live;                  /**< Records that are not holes. */
	uint32_t entered;               /**< Places taken since la_tw_init(), modulo 2^32. */
	uint32_t timewait_ms;           /**< 2MSL */
	uint32_t shift;                 /**< A unit of `after` is 2^shift ms. */
};

/** Memory for @p size records, in octets: 36.06 each. */
size_t la_tw_memory(uint32_t size);

/** @param memory       la_tw_memory() octets, aligned to 8, owned by the caller.
 *  @param timewait_us  2MSL; less than 2^31 ms. */
void la_tw_init(struct la_tw *tw, void *memory, uint32_t size, uint64_t timewait_us);

/** When a record expires, in ms of the caller's clock, modulo 2^32. */
static inline uint32_t
la_tw_expiry_ms(const struct la_tw *tw, uint32_t handle)
{
	return tw->since_ms[handle / LA_TW_BLOCK] +
			((uint32_t)tw->records[handle].after << tw->shift);
}

/** True if 2MSL of a record is over. */
static inline bool
la_tw_is_due(const struct la_tw *tw, uint32_t handle, uint64_t now_us)
{
	return la_seq_leq(la_tw_expiry_ms(tw, handle), (uint32_t)(now_us / 1000));
}

/** True if the next la_tw_enter() needs la_tw_oldest() to be removed first. */
static inline bool
la_tw_is_full(const struct la_tw *tw)
{
	return tw->places == tw->size;
}

/** Handle of the oldest place; LA_NONE if it is a hole. Only if not empty. */
uint32_t la_tw_oldest(const struct la_tw *tw);

/** Free the oldest place; the caller no longer refers to its record. */
void la_tw_drop_oldest(struct la_tw *tw);

/** Record a connection; the ring must not be full. @return its handle. */
uint32_t la_tw_enter(struct la_tw *tw, const struct la_tcb *tcb, uint64_t now_us);

/** Start 2MSL again for a record: it moves to the tail. The ring must not be full. @return its new
 *  handle. */
uint32_t la_tw_restart(struct la_tw *tw, uint32_t handle, uint64_t now_us);

/** Make a record a hole: the caller has removed its tuple from the table. */
void la_tw_remove(struct la_tw *tw, uint32_t handle);

/** Action for a segment to TIME-WAIT. */
enum la_tw_action {
	LA_TW_DROP,                     /**< Nothing. */
	LA_TW_ACK,                      /**< Send *reply. */
	LA_TW_RESTART,                  /**< Send *reply and start 2MSL again. */
	LA_TW_REOPEN,                   /**< A newer SYN: treat it as one to LISTEN. */
	LA_TW_END,                      /**< An exact RST ends it (rst_ends). */
};

/**
 * Segment to a record (3.10.7.4; RFC 6191; RFC 1122, 4.2.2.13; RFC 1337).
 *
 * @param seg       A SYN must come without its timestamps if we do not agree to them (RFC 6191, 2,
 *                  note).
 * @param rst_ends  A RST at RCV.NXT ends TIME-WAIT, contrary to RFC 1337.
 * @param tsval     Our TSval for the reply, used if timestamps are on.
 * @param wnd       The reply's window field.
 * @param reply     Written for LA_TW_ACK and LA_TW_RESTART.
 * @param reason    Written.
 */
enum la_tw_action la_tw_segment_arrives(struct la_tw_record *record, const struct la_seg *seg,
		bool rst_ends, uint32_t tsval, uint16_t wnd, struct la_seg *reply,
		enum la_tcp_reason *reason);

/**
 * Remove up to @p max expired records from the head.
 *
 * @param handles  Written: those that were live, for the caller to remove from its table. Their
 *                 records may be read until the next la_tw_enter() or la_tw_restart().
 */
uint32_t la_tw_expire(struct la_tw *tw, uint64_t now_us, uint32_t *handles, uint32_t max);

#ifdef __cplusplus
}
#endif

#endif
