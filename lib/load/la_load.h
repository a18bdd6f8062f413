/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LOAD_H
#define LA_LOAD_H

/** @file
 * The load role: connections opened by a schedule, what is done with them, and
 * what came of it. To the stack it is one more service, which opens actively.
 *
 * One core uses a generator, together with its stack; others may read its counters
 * and histograms. All memory is one block, given at init. Order of use:
 * la_load_memory(), la_load_init(), then the stack with la_load_service() as the
 * instance of its listener 0, la_load_attach(), la_load_start(); and la_load_poll()
 * once a poll, between la_stack_receive() and la_stack_output().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_histogram.h"
#include "la_stack.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is done with a connection. */
enum la_load_service {
	LA_LOAD_SERVICE_CONNECT,        /**< Nothing: open and close. */
	LA_LOAD_SERVICE_HTTP,           /**< One GET; status and length are checked. */
	LA_LOAD_SERVICE_ECHO,           /**< Octets are sent, and the same wanted back. */
	LA_LOAD_SERVICE_HOLD,           /**< Open, and stay until the run is over. */
};

/** How a connection ends once that is done. */
enum la_load_close { LA_LOAD_CLOSE_CLIENT_FIRST, LA_LOAD_CLOSE_SERVER_FIRST, LA_LOAD_CLOSE_RST };

/** Why a connection failed. */
enum la_load_failure {
#define X(name, key, help) LA_FAIL_##name,
#include "load_failures.def"
#undef X
	LA_LOAD_FAILURES
};

/** Where a run has come to. */
enum la_load_phase {
	LA_LOAD_PHASE_IDLE,             /**< Not started. */
	LA_LOAD_PHASE_RESOLVE,          /**< Asking where the targets are. */
	LA_LOAD_PHASE_LIVE,             /**< Opening plan.live connections. */
	LA_LOAD_PHASE_RAMP, LA_LOAD_PHASE_SUSTAIN, LA_LOAD_PHASE_RAMP_DOWN,
	LA_LOAD_PHASE_DRAIN,            /**< Nothing more is opened; what is open ends. */
	LA_LOAD_PHASE_DONE,
};

#define LA_LOAD_ANY_LENGTH UINT64_MAX

/** What a generator is. Copied, but for what it points to, which must live on. */
struct la_load_params {
	uint32_t connections;           /**< Control blocks of the stack. */
	const uint16_t *sources;        /**< Numbers of the stack's addresses. */
	uint32_t sources_len;
	uint16_t local_port_first, local_port_last;     /**< At least one for each worker. */
	/** Which tuples' answers come back to this worker; if that is not known it has the
	 *  local ports p with p modulo `workers` = `worker`. */
	struct la_owner owner;
	struct la_addr target;          /**< The first of `targets` in a row. */
	uint32_t targets;
	uint16_t port_first, port_last; /**< Of the targets. */
	enum la_load_service service;
	enum la_load_close close;
	uint32_t octets;                /**< echo: to be sent. At least 1. */
	const char *request;            /**< http: the whole of it. */
	uint32_t request_len;
	uint16_t status;                /**< http: what is wanted. */
	uint64_t body_len;              /**< http: octets, or LA_LOAD_ANY_LENGTH. */
	uint64_t seed;                  /**< Where ports and sources start; random. */
	uint32_t worker, workers;
};

/** One run. Of one worker: see la_load_plan_share(). */
struct la_load_plan {
	double rate;                    /**< Opens a second; 0: as many as concurrent allows. */
	uint64_t ramp_us, sustain_us, ramp_down_us;     /**< sustain_us 0: without end. */
	uint64_t connections;           /**< Opens in all; 0: until the time is over. */
	uint32_t concurrent;            /**< The most open at once, live ones not counted. */
	uint64_t timeout_us;            /**< A connection is given up after so long; at most
	                                     half an hour. */
	uint32_t live;                  /**< Held open beside, from before the start. */
	bool idle;                      /**< Opens none but the live ones: a share of too little. */
};

/** What is counted in a run. Written by its core, read by any. */
struct la_load_counters {
	la_counter attempted;           /**< SYNs of new connections. */
	la_counter opened;              /**< Became ESTABLISHED. */
	la_counter closed;              /**< Did what they were for, and ended well. */
	la_counter failed[LA_LOAD_FAILURES];
	la_counter late_opens;          /**< Made more than 1 ms after they fell due. */
	la_counter late_max_us;
	la_counter due;                 /**< Opens that the schedule has asked for so far. */
	la_counter behind;              /**< Gauge: due, and not made yet. */
	la_counter open;                /**< Gauge: SYN sent, and not ended yet. */
	la_counter open_max;
	la_counter live;                /**< Gauge: held beside. */
	la_counter offered_per_s;       /**< Gauge: the schedule's rate now. */
	la_counter sustain_opened;      /**< Became ESTABLISHED between the ramps. */
	la_counter sustain_us;          /**< Time between the ramps so far. */
	la_counter phase;               /**< enum la_load_phase */
};

/** handshake: from when an open fell due, or with rate 0 was made, to ESTABLISHED.
 *  connection: to its good end. */
enum la_load_time { LA_LOAD_TIME_HANDSHAKE, LA_LOAD_TIME_CONNECTION, LA_LOAD_TIMES };

struct la_load;

/** Octets of memory for la_load_init(); 0 if the parameters make no sense. */
size_t la_load_memory(const struct la_load_params *params);

/** @param memory  la_load_memory() octets, aligned to 64, zeroed; the caller's. */
struct la_load *la_load_init(void *memory, const struct la_load_params *params);

/** The instance for the stack's listener 0, which needs no port. */
struct la_service *la_load_service(struct la_load *load);

void la_load_attach(struct la_load *load, struct la_stack *stack);

/** The part of a plan that worker @p worker of @p workers does. With fewer connections
 *  than workers the first ones do it all, and the others are idle. */
struct la_load_plan la_load_plan_share(const struct la_load_plan *plan, uint32_t worker,
		uint32_t workers);

/** Start a run, when none is under way; counters and histograms start anew. */
void la_load_start(struct la_load *load, const struct la_load_plan *plan, uint64_t now_us);

/** Open what is due, give up what takes too long, see whether it is over. */
void la_load_poll(struct la_load *load, uint64_t now_us);

/** Open nothing more. Connections that are held are closed, those under way end. */
void la_load_stop(struct la_load *load, uint64_t now_us);

const struct la_load_counters *la_load_counters(const struct la_load *load);
const struct la_histogram *la_load_histogram(const struct la_load *load,
		enum la_load_time which);

/** Names for telemetry and JSON, stable; and what they mean. */
const char *la_load_failure_name(enum la_load_failure failure);
const char *la_load_failure_help(enum la_load_failure failure);
const char *la_load_phase_name(enum la_load_phase phase);
/** The service as the configuration, telemetry and lastack bench call it. */
const char *la_load_service_name(enum la_load_service service);

#ifdef __cplusplus
}
#endif

#endif
