/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_SAMPLE_H
#define LA_DPIO_SAMPLE_H

/* Rates: what the counters moved by in the last whole second, and the most so far. */
#include <stdbool.h>
#include <stdint.h>

struct la_worker;

/* A whole second of one worker, or of all. */
struct la_rates {
	uint64_t opened, closed, rx_packets, tx_packets, rx_bits, tx_bits, syn;
};

/* What a worker's counters said last, and what follows from that. */
struct la_sample {
	const struct la_worker *of;     /* NULL: of all. */
	struct la_rates total;          /* Counters as read last. */
	struct la_rates last, peak;     /* Per second. */
	uint64_t connections, connections_peak, time_wait, time_wait_peak;
	uint64_t busy_cycles, bursts;
	uint64_t busy_percent, cycles_per_packet, burst_avg;
};

struct la_sampler {
	uint64_t at_us;                 /* CLOCK_MONOTONIC of the last sample. */
	uint32_t workers;
	struct la_sample *worker;       /* One each. */
	struct la_sample all;
};

/* Room for so many workers; the caller fills in of whom each sample is. False: no memory. */
bool la_sampler__start(struct la_sampler *s, uint32_t workers, uint64_t now_us);
void la_sampler__free(struct la_sampler *s);

/* Whether a second has passed: then la_sampler__take() is due. */
bool la_sampler__is_due(const struct la_sampler *s, uint64_t now_us);
void la_sampler__take(struct la_sampler *s, uint64_t now_us);

/* Connections that a worker has now. */
uint64_t la_sample__connections(const struct la_worker *w);

#endif
