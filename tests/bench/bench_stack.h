/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BENCH_STACK_H
#define BENCH_STACK_H

/** @file
 * A stack in memory for benchmarks: it is made, given frames of its clients, and its
 * answers are kept. The cycles it takes are counted, those of its clients are not.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_emit.h"
#include "la_rx.h"
#include "la_stack.h"

enum {
	BENCH_BURST = 32,               /**< Frames given to the stack at once, at most. */
	BENCH_FRAME = 2048,             /**< Octets of room for a frame. */
	BENCH_SENT = 4 * BENCH_BURST,   /**< Answers kept; more have to wait in the stack. */
	BENCH_WINDOW = 65535,           /**< Window that clients offer. */
};

/** What a stack is made for. */
struct bench_plan {
	const char *service;            /**< As la_service_make() knows it. */
	struct la_service_params params;
	uint32_t connections;           /**< Control blocks. */
	uint32_t senders;               /**< Connections with something in flight; 0: as usual. */
	uint32_t addresses, ports;      /**< Of the stack, listened on; 0: one. */
	bool ipv6;
	bool near;                      /**< Clients are on the link, not behind the gateway. */
	bool port_checksums;            /**< Checksums are left to the port both ways. */
	bool plain;                     /**< Run no code that is chosen by the processor. */
};

/** A stack and the frames around it. Large, so best static. */
struct bench_stack {
	struct la_stack *stack;
	uint32_t addresses, ports;
	bool ipv6;
	uint8_t checked;                /**< LA_RX_*, of frames of both ways. */
	struct la_path path;            /**< Of the clients' frames. */
	uint64_t now_us;                /**< The stack's time; the caller moves it. */
	uint64_t cycles;                /**< Taken by bench_stack_give(). */
	size_t memory_len;
	uint64_t init_cycles;
	uint8_t in[BENCH_BURST][BENCH_FRAME];
	uint32_t in_len[BENCH_BURST];
	uint8_t sent[BENCH_SENT][BENCH_FRAME];
	uint32_t sent_len[BENCH_SENT];
	uint32_t sent_n;
};

/** Make the stack, or end the program. @p b is zeroed by the caller. */
void bench_stack_make(struct bench_stack *b, const struct bench_plan *plan);

/** Give back the stack's memory. */
void bench_stack_free(struct bench_stack *b);

/** Write a frame of client connection @p number.
 *  @param seg   Its header; seg->len is set here.
 *  @param text  @p len octets.
 *  @return octets of the frame. */
uint32_t bench_stack_frame(struct bench_stack *b, uint8_t *frame, uint64_t number,
		struct la_seg *seg, const void *text, uint32_t len);

/** The same, as frame @p i of what bench_stack_give() gives. */
void bench_stack_put(struct bench_stack *b, uint32_t i, uint64_t number, struct la_seg *seg,
		const void *text, uint32_t len);

/** Poll the stack once with the first @p n frames of in[]. Its answers are in sent[].
 *  @param collect  Callgrind counts the poll (--collect-atstart=no).
 *  @return cycles taken. */
uint64_t bench_stack_give(struct bench_stack *b, uint32_t n, bool collect);

/** The same with frames that lie elsewhere; callgrind does not count it. */
uint64_t bench_stack_poll(struct bench_stack *b, const struct la_frame *frames, uint32_t n);

/** Read answer @p i, or end the program if it is not well formed.
 *  @param base  Connections are numbered from here on.
 *  @return number of the connection it answers. */
uint64_t bench_stack_answer(const struct bench_stack *b, uint32_t i, uint64_t base,
		struct la_rx *rx);

/** Open connections 0 to @p n - 1 without options but an MSS.
 *  @param seq  SND.NXT of each client is written here, and to @p ack RCV.NXT. */
void bench_stack_open(struct bench_stack *b, uint32_t n, uint32_t *seq, uint32_t *ack);

/** Cycles of the time stamp counter in a second. */
double bench_tsc_hz(void);

/** calloc(), or end the program. */
void *bench_zeroed(size_t n, size_t size);

/** The one in the middle of @p n figures, 0 of none. They are sorted. On a shared machine
 *  it says more than the mean, which has in it what other programs took. */
uint64_t bench_median(uint64_t *figures, size_t n);

/** Number in argument @p at of the command line, or what holds without it. */
uint64_t bench_argument(int argc, char **argv, int at, uint64_t preset);

/** Print to stderr what went wrong, and end the program. */
_Noreturn void bench_fail(const char *what);

#endif
