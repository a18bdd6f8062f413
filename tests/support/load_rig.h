/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_LOAD_RIG_H
#define LA_TEST_LOAD_RIG_H

/** @file
 * The generator on one stack against services on another, joined by a wire with a
 * latency, that can lose, stall and leave out what a test says.
 */
#include "la_load.h"
#include "rig.h"

enum {
	/* For la_test_addr(). */
	LOAD_RIG_SERVER = 0x0a000005,
	LOAD_RIG_CLIENT = 0x0a000064,   /**< The first source. */
	LOAD_RIG_SOURCES_MAX = 64,
};

/** Ports of the server. */
enum load_rig_port {
	LOAD_RIG_SCRIPT = RIG_PORT,     /**< server.service */
	LOAD_RIG_DISCARD = 9, LOAD_RIG_ECHO = 7, LOAD_RIG_CLOSE = 10, LOAD_RIG_RESET = 11,
	LOAD_RIG_HTTP = 8080,           /**< The client closes first. */
	LOAD_RIG_HTTP_CLOSES = 8081,
	LOAD_RIG_NOBODY = 1,
};

/** A direction: a ring of frames on their way. */
struct load_wire {
	struct load_wire_frame {
		uint64_t due_us;
		uint32_t len;
		uint8_t *octets;
	} *frames;
	uint32_t size, first, count;
};

struct load_rig {
	struct rig client, server;
	struct la_load_params params;
	struct la_load_plan plan;
	struct la_load *load;
	void *block;                    /**< What the generator lies in. */
	uint16_t sources[LOAD_RIG_SOURCES_MAX];
	struct load_wire to_server, to_client;
	uint64_t now_us, step_us, latency_us;
	uint32_t lose, seed;            /**< One frame in so many; 0: none. */
	bool stalled;                   /**< Nothing arrives anywhere. */
	/** True: the frame is lost. NULL: none is. */
	bool (*drop)(void *user, const struct la_rx *rx, bool to_server);
	/** Called before each poll of both, for what others send: load_rig_send(). */
	void (*others)(void *user);
	void *user;
	uint32_t server_frames;         /**< The server has room for so many in a burst. */
};

/** Good parameters: one source, connections of service connect to @p port, closed by
 *  the client. The plan has rate 1000, half a second, no ramps. */
void load_rig_begin(struct load_rig *r, uint32_t connections, uint16_t port);
/** Give each service of the server so many buffers; load_rig_begin() gives it 256 at most. */
void load_rig_buffers(struct load_rig *r, uint32_t buffers);
/** Make both stacks and the generator. */
void load_rig_start(struct load_rig *r);
/** Start r->plan. */
void load_rig_plan(struct load_rig *r);
/** So much time goes by. */
void load_rig_pass(struct load_rig *r, uint64_t us);
/** Time goes by until the run has come to a phase; fails after @p most_us. */
void load_rig_until(struct load_rig *r, enum la_load_phase phase, uint64_t most_us);
/** Put a frame of somebody else's on the wire to the server. */
void load_rig_send(struct load_rig *r, const uint8_t *frame, uint32_t len);
/** Start, and until the run is done. */
void load_rig_run(struct load_rig *r, uint64_t most_us);
/** Abort what is still open, let all run out, check that nothing is left; free. */
void load_rig_end(struct load_rig *r);

uint64_t load_rig_failed(const struct load_rig *r, enum la_load_failure failure);
/** All failures but this one are 0; @return it. */
uint64_t load_rig_only(const struct load_rig *r, enum la_load_failure failure);
/** What must add up once a run is done. */
void load_rig_adds_up(const struct load_rig *r);

#endif
