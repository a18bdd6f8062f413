/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_LOAD_H
#define LA_LOAD_H

/** @file
 * The load role: opens connections by a schedule, uses them, and counts the
 * results. To the stack it is a service that also makes active opens.
 *
 * One core uses a generator, together with its stack; others may read its counters
 * and histograms. All memory is one block, given at init. Order of use:
 * la_load_memory(), la_load_init(), then the stack with la_load_service() as the
 * instance of its listener 0, la_load_attach(), la_load_start(); then la_load_poll()
 * in each poll of the core, between la_stack_receive() and la_stack_output().
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
	LA_LOAD_SERVICE_CONNECT,        /**< Only open and close it. */
	LA_LOAD_SERVICE_HTTP,           /**< One GET; check status and length. */
	LA_LOAD_SERVICE_ECHO,           /**< Send octets, and expect the same back. */
	LA_LOAD_SERVICE_HOLD,           /**< Open it, and hold it until the run is over. */
};

/** How a connection ends after that. */
enum la_load_close { LA_LOAD_CLOSE_CLIENT_FIRST, LA_LOAD_CLOSE_SERVER_FIRST, LA_LOAD_CLOSE_RST };

/** Why a connection failed. */
enum la_load_failure {
#define X(name, key, help) LA_FAIL_##name,
#include "load_failures.def"
#undef X
	LA_LOAD_FAILURES
};

/** Phase of a run. */
enum la_load_phase {
	LA_LOAD_PHASE_IDLE,             /**< Not started. */
	LA_LOAD_PHASE_RESOLVE,          /**< Asking for the next hops of the targets. */
	LA_LOAD_PHASE_LIVE,             /**< Opening plan.live connections. */
	LA_LOAD_PHASE_RAMP, LA_LOAD_PHASE_SUSTAIN, LA_LOAD_PHASE_RAMP_DOWN,
	LA_LOAD_PHASE_DRAIN,            /**< No new opens; open connections end. */
	LA_LOAD_PHASE_DONE,
};

#define LA_LOAD_ANY_LENGTH UINT64_MAX

/** Parameters of a generator. Copied, except for what they point to, which must stay valid. */
struct la_load_params {
	uint32_t connections;           /**< Control blocks of the stack. */
	const uint16_t *sources;        /**< Numbers of the stack's addresses. */
	uint32_t sources_len;
	uint16_t local_port_first, local_port_last;     /**< At least one for each worker. */
	/** Tells which tuples' answers come to this worker. If not known, the worker has the
	 *  local ports p with p modulo `workers` = `worker`. */
	struct la_owner owner;
	struct la_addr target;          /**< First of `targets` consecutive addresses. */
	uint32_t targets;
	uint16_t port_first, port_last; /**< Ports of the targets. */
	enum la_load_service service;
	enum la_load_close close;
	uint32_t octets;                /**< echo: octets to send, at least 1. */
	const char *request;            /**< http: the complete request. */
	uint32_t request_len;
	uint16_t status;                /**< http: expected status. */
	uint64_t body_len;              /**< http: expected octets, or LA_LOAD_ANY_LENGTH. */
	uint64_t seed;                  /**< Random: where the order of tuples starts. */
	uint32_t worker, workers;
};

/** One run. For the plan of one worker see la_load_plan_share(). */
struct la_load_plan {
	double rate;                    /**< Opens per second; 0: as many as concurrent allows. */
	uint64_t ramp_us, sustain_us, ramp_down_us;     /**< sustain_us 0: without end. */
	uint64_t connections;           /**< Opens in all; 0: until the time is over. */
	uint32_t concurrent;            /**< Most connections open at once, without live ones. */
	uint64_t timeout_us;            /**< A connection that takes longer is aborted; at most
	                                     half an hour. */
	uint32_t live;                  /**< Connections held open in addition, from the start. */
	bool idle;                      /**< Open only live ones: this worker's share is 0. */
};

/** Counters of a run. Written by its core, read by any. */
struct la_load_counters {
	la_counter attempted;           /**< SYNs of new connections. */
	la_counter opened;              /**< Became ESTABLISHED. */
	la_counter closed;              /**< Completed their exchange, and ended well. */
	la_counter failed[LA_LOAD_FAILURES];
	la_counter late_opens;          /**< Opens made more than 1 ms after they were due. */
	la_counter late_max_us;
	la_counter due;                 /**< Opens due so far by the schedule. */
	la_counter behind;              /**< Gauge: opens due, and not made yet. */
	la_counter open;                /**< Gauge: SYN sent, and not ended yet. */
	la_counter open_max;
	la_counter live;                /**< Gauge: live connections, see la_load_plan. */
	la_counter offered_per_s;       /**< Gauge: the schedule's rate now. */
	la_counter sustain_opened;      /**< Became ESTABLISHED between the ramps. */
	la_counter sustain_us;          /**< Time between the ramps so far. */
	la_counter phase;               /**< enum la_load_phase */
};

/** handshake: from when an open was due (with rate 0: made) to ESTABLISHED.
 *  connection: from then to its good end. */
enum la_load_time { LA_LOAD_TIME_HANDSHAKE, LA_LOAD_TIME_CONNECTION, LA_LOAD_TIMES };

struct la_load;

/** @return octets of memory for la_load_init(); 0 if the parameters are invalid. */
size_t la_load_memory(const struct la_load_params *params);

/** @param memory  la_load_memory() octets, aligned to 64, zeroed; the caller owns it. */
struct la_load *la_load_init(void *memory, const struct la_load_params *params);

/** The instance for the stack's listener 0, which needs no port. */
struct la_service *la_load_service(struct la_load *load);

void la_load_attach(struct la_load *load, struct la_stack *stack);

/** The part of a plan for worker @p worker of @p workers. With fewer connections than
 *  workers, the first workers share all of them, and the others are idle. */
struct la_load_plan la_load_plan_share(const struct la_load_plan *plan, uint32_t worker,
		uint32_t workers);

/** Start a run; none may be in progress. Counters and histograms are reset. */
void la_load_start(struct la_load *load, const struct la_load_plan *plan, uint64_t now_us);

/** Make opens that are due, abort connections that time out, and end the run if it is over. */
void la_load_poll(struct la_load *load, uint64_t now_us);

/** Open nothing more. Held connections are closed; the others end by themselves. */
void la_load_stop(struct la_load *load, uint64_t now_us);

const struct la_load_counters *la_load_counters(const struct la_load *load);
const struct la_histogram *la_load_histogram(const struct la_load *load,
		enum la_load_time which);

/** Names for telemetry and JSON, which are stable, and help texts. */
const char *la_load_failure_name(enum la_load_failure failure);
const char *la_load_failure_help(enum la_load_failure failure);
const char *la_load_phase_name(enum la_load_phase phase);
/** Name of the service in the configuration, telemetry and lastack bench. */
const char *la_load_service_name(enum la_load_service service);

#ifdef __cplusplus
}
#endif

#endif
