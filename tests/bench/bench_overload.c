/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether a stack that is offered more than it can do does as much as it can.
 *
 *   la_bench_overload [seconds]
 *
 * Connections are opened and closed (SYN, ACK, FIN, ACK). First as many as the stack can do,
 * 512 at a time: the peak. Then by the clock, at half the peak, at the peak, at twice the
 * peak, and at half again, for so many seconds each. Frames arrive when they are due in a
 * ring of 1,024; if it is full they are dropped, as a NIC does. A client whose SYN is lost is
 * not seen again (the rate is that of all SYNs, repeated ones too); one whose FIN is not
 * answered sends it again after 200 ms, five times.
 *
 * The clock is the time stamp counter, and stands still while the clients work, so one core
 * is enough. A poll of over 200 us lost its core to another program, or the stack has a
 * fault: such polls are counted, and for the clock took as long as the one before. Rates are
 * those of the hundredth of a run in the middle, of its second half.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_stack.h"

enum {
	RING = 1024, CLIENTS = 1 << 22, TIMERS = 1 << 22, CONNECTIONS = 2000000,
	IN_FLIGHT = 512, REPEATS = 5,
	SLOTS = 100, WELL = 10,         /* Parts of a run; in a row that make it well. */
};

#define REPEAT_S 0.2
#define LONG_POLL_S 200e-6

enum client_state { CLIENT_IDLE, CLIENT_SYN_SENT, CLIENT_FIN_SENT, CLIENT_DONE };

struct client {
	uint32_t seq, ack;              /* SND.NXT, RCV.NXT. */
	uint8_t state, repeats;
};

struct timer {
	uint32_t number;
	uint64_t due;
};

struct run {
	struct bench_stack at;
	double hz;
	uint64_t clock;                 /* Cycles, without those of the clients. */
	uint64_t last_poll;             /* Cycles. */
	uint8_t frame[RING][BENCH_FRAME];
	uint32_t len[RING];
	uint32_t first, n;              /* Of the ring. */
	struct client client[CLIENTS];
	uint64_t next;                  /* Number of the next connection. */
	struct timer timer[TIMERS];     /* In order, since all last the same. */
	uint64_t timer_first, timer_end;
	uint32_t in_flight;
	uint64_t offered, served, failed, dropped, long_polls;
};

/* A frame arrives. */
static void
arrive(struct run *r, uint32_t number, uint8_t flags)
{
	struct client *client = &r->client[number];
	struct la_seg seg = { .seq = client->seq, .ack = flags & LA_ACK ? client->ack : 0,
		.flags = flags, .wnd = BENCH_WINDOW };
	const uint32_t at = (r->first + r->n) % RING;

	if (r->n == RING) {
		r->dropped++;
		return;
	}
	r->len[at] = bench_stack_frame(&r->at, r->frame[at], number, &seg, NULL, 0);
	r->n++;
}

static void
open_one(struct run *r)
{
	const uint32_t number = (uint32_t)(r->next++ % CLIENTS);
	struct client *client = &r->client[number];

	r->offered++;
	if (client->state == CLIENT_FIN_SENT)
		return;
	*client = (struct client){ .seq = (uint32_t)r->next * 2654435761u,
		.state = CLIENT_SYN_SENT };
	r->in_flight++;
	arrive(r, number, LA_SYN);
	client->seq++;
}

static void
send_fin(struct run *r, uint32_t number)
{
	arrive(r, number, LA_ACK | LA_FIN);
	if (r->timer_end - r->timer_first == TIMERS)
		bench_fail("too many clients wait");
	r->timer[r->timer_end++ % TIMERS] =
			(struct timer){ number, r->clock + (uint64_t)(REPEAT_S * r->hz) };
}

/* Send again what was not answered in time. */
static void
run_timers(struct run *r)
{
	while (r->timer_first < r->timer_end && r->timer[r->timer_first % TIMERS].due <= r->clock) {
		const uint32_t number = r->timer[r->timer_first++ % TIMERS].number;
		struct client *client = &r->client[number];

		if (client->state != CLIENT_FIN_SENT)
			continue;
		if (client->repeats++ < REPEATS) {
			send_fin(r, number);
		} else {
			client->state = CLIENT_IDLE;
			r->failed++;
		}
	}
}

/* What a client does with a segment of the stack. */
static void
take(struct run *r, uint32_t i)
{
	struct la_rx rx;
	const uint32_t number = (uint32_t)bench_stack_answer(&r->at, i, 0, &rx);
	struct client *client = &r->client[number];

	if (rx.seg.flags & LA_SYN && client->state == CLIENT_SYN_SENT) {
		client->ack = rx.seg.seq + 1;
		client->state = CLIENT_FIN_SENT;
		arrive(r, number, LA_ACK);
		send_fin(r, number);
	} else if (rx.seg.flags & LA_FIN && client->state == CLIENT_FIN_SENT) {
		client->seq++;
		client->ack++;
		client->state = CLIENT_DONE;
		r->served++;
		r->in_flight--;
		arrive(r, number, LA_ACK);
	} else if (rx.seg.flags & LA_FIN && client->state == CLIENT_DONE) {
		arrive(r, number, LA_ACK);
	} else if (rx.seg.flags & LA_RST && client->state == CLIENT_FIN_SENT) {
		client->state = CLIENT_IDLE;
		r->failed++;
	}
}

/* Let the stack take what is in the ring. */
static void
poll_stack(struct run *r)
{
	const uint64_t longest = (uint64_t)(r->hz * LONG_POLL_S);
	struct la_frame frames[BENCH_BURST];
	uint32_t n = 0;
	uint64_t cycles;

	for (; n < BENCH_BURST && r->n > 0; n++, r->n--) {
		frames[n] = (struct la_frame){ r->frame[r->first], r->len[r->first], 0, 0 };
		r->first = (r->first + 1) % RING;
	}
	r->at.now_us = 1000000 + (uint64_t)((double)r->clock * 1e6 / r->hz);
	cycles = bench_stack_poll(&r->at, frames, n);
	if (cycles > longest)
		r->long_polls++;
	else
		r->last_poll = cycles;
	r->clock += r->last_poll;
	for (uint32_t i = 0; i < r->at.sent_n; i++)
		take(r, i);
}

/* Open what is due by the clock, or without an interval, as many as others ended. */
static void
open_due(struct run *r, double *due, double interval)
{
	if (interval == 0) {
		while (r->in_flight < IN_FLIGHT)
			open_one(r);
		return;
	}
	for (; *due <= (double)r->clock; *due += interval)
		open_one(r);
}

/* Offer @p rate connections a second, or 0: as many as the stack can do. @param slot  Those
 * served in each hundredth of the time; @param dropped  and frames dropped. */
static void
offer(struct run *r, double rate, double seconds, uint64_t *slot, uint64_t *dropped)
{
	const uint64_t start = r->clock, length = (uint64_t)(seconds * r->hz);
	double due = (double)start;

	memset(slot, 0, SLOTS * sizeof(*slot));
	memset(dropped, 0, SLOTS * sizeof(*dropped));
	while (r->clock - start < length) {
		const uint64_t at = (r->clock - start) * SLOTS / length;
		const uint64_t served = r->served, lost = r->dropped;

		open_due(r, &due, rate > 0 ? r->hz / rate : 0);
		run_timers(r);
		poll_stack(r);
		slot[at] += r->served - served;
		dropped[at] += r->dropped - lost;
	}
}

/* What a second has by the slot in the middle. The first half is left out: what was there
 * before has to pass. */
static double
per_second(const uint64_t *slot, double seconds)
{
	uint64_t later[SLOTS / 2];

	memcpy(later, slot + SLOTS / 2, sizeof(later));
	return (double)bench_median(later, SLOTS / 2) * SLOTS / seconds;
}

/* When, after the load fell to @p rate, all was as usual for a while. */
static void
say_recovery(double rate, double seconds, const uint64_t *slot, const uint64_t *dropped)
{
	const double usual = rate * seconds / SLOTS;
	uint32_t well = 0;

	for (uint32_t i = 0; i < SLOTS; i++) {
		well = (double)slot[i] >= 0.9 * usual && dropped[i] == 0 ? well + 1 : 0;
		if (well < WELL)
			continue;
		printf("well again: after %.0f ms (nothing dropped, and 0.9 of what is offered "
				"served, for a tenth of the time)\n",
				(i + 1 - WELL) * seconds * 1e3 / SLOTS);
		return;
	}
	printf("well again: not within %.0f s\n", seconds);
}

int
main(int argc, char **argv)
{
	static const struct { const char *name; double factor; } loads[] = {
		{ "half the peak", 0.5 }, { "the peak", 1 }, { "twice the peak", 2 },
		{ "half again", 0.5 },
	};
	struct run *r = bench_zeroed(1, sizeof(*r));
	const struct bench_plan plan = {
		.service = "http", .connections = CONNECTIONS, .senders = CONNECTIONS,
		.params = { .window = BENCH_WINDOW, .buffers = 1024, .body_len = 64 } };
	const double seconds = (double)bench_argument(argc, argv, 1, 1);
	uint64_t slot[SLOTS], dropped[SLOTS];
	double peak, served;

	if (seconds < 1)
		bench_fail("usage: la_bench_overload [seconds], 1 or more");
	r->hz = bench_tsc_hz();
	bench_stack_make(&r->at, &plan);
	offer(r, 0, seconds, slot, dropped);
	peak = per_second(slot, seconds);
	printf("peak: %.0f connections/s\n", peak);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		const double rate = loads[i].factor * peak;

		offer(r, rate, seconds, slot, dropped);
		served = per_second(slot, seconds);
		printf("%s: %.0f offered/s, %.0f served/s, %.2f of the peak; "
				"%.0f frames dropped/s\n", loads[i].name, rate, served,
				served / peak, per_second(dropped, seconds));
		if (i == 3)
			say_recovery(rate, seconds, slot, dropped);
	}
	printf("all: %" PRIu64 " connections offered, %" PRIu64 " served, %" PRIu64 " failed; %"
			PRIu64 " polls of over %.0f us\n", r->offered, r->served, r->failed,
			r->long_polls, LONG_POLL_S * 1e6);
	return 0;
}
