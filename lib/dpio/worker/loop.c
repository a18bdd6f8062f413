/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop. Everything reached from w belongs to this core alone. */
#include <sched.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "loop.h"
#include "memory.h"
#include "rx.h"
#include "share.h"

enum {
	TURNS = 4,                      /* Bursts a poll, at most. */
	BUDGET = 128,                   /* Timers, TIME-WAIT records and the like a burst. */
	YIELD_AFTER = 100,              /* Empty polls before an idle worker sleeps. */
	SLEEP_US = 50,
};

/* Give the others of the port what they may have to hear of: bits of @p which. */
static void
share_frames(struct la_worker *w, struct rte_mbuf *const *pkt, uint64_t which)
{
	for (; which != 0; which &= which - 1) {
		struct rte_mbuf *m = pkt[__builtin_ctzll(which)];
		struct la_rx rx;

		la_rx__read(m, w->rx_flags, &rx);
		la_share__give(w, m, &rx);
	}
}

/* A burst to the stack. @return mbufs that are still to be freed. */
static uint32_t
take_burst(struct la_worker *w, struct rte_mbuf **pkt, uint32_t n, uint64_t now_us)
{
	struct la_frame frames[LA_BURST_MAX];
	uint64_t octets, others;
	const uint32_t good = la_rx__frames(pkt, n, w->rx_flags, frames, &octets);

	if (unlikely(good < n))
		la_count_add(&w->counters.rx_multi_segment, n - good);
	la_count_add(&w->counters.rx_octets, octets);
	w->tx.burst = pkt;
	others = la_stack_receive(w->stack, frames, good, now_us);
	if (unlikely(others != 0) && w->shared.link != NULL)
		share_frames(w, pkt, others);
	return good;
}

static uint32_t
receive_burst(struct la_worker *w, uint64_t now_us)
{
	struct rte_mbuf *pkt[LA_BURST_MAX];
	const uint32_t n = rte_eth_rx_burst(w->port, w->rx_queue, pkt, w->burst);

	if (unlikely(w->rx_step != 0)) {
		w->rx_queue += w->rx_step;
		if (w->rx_queue >= w->rx_queues)
			w->rx_queue = w->queue;
	}
	if (n == 0)
		return 0;
	la_count(&w->counters.bursts);
	la_count_add(&w->counters.rx_packets, n);
	/* Afterwards nothing points into them any more. */
	la_rx__free(pkt, take_burst(w, pkt, n, now_us));
	return n;
}

/* One burst, and what its time brings. @return frames that came. */
static uint32_t
run_turn(struct la_worker *w, uint64_t now_us)
{
	const uint32_t received = receive_burst(w, now_us);

	if (w->load != NULL)
		la_load_poll(w->load, now_us);
	la_stack_advance(w->stack, now_us, BUDGET);
	la_stack_output(w->stack, now_us);
	return received;
}

/* While bursts come full, the answers to up to TURNS of them are sent at once: a send costs both
 * ends of the wire the same for few frames as for many. */
bool
la_worker__poll(struct la_worker *w, uint64_t tsc)
{
	const uint64_t now_us = la_clock__us(&w->clock, tsc);
	const uint64_t sent = w->tx.packets.value;
	uint32_t received = run_turn(w, now_us);
	const bool some = received > 0;

	for (uint32_t i = 1; i < TURNS && received == w->burst; i++)
		received = run_turn(w, now_us);
	la_tx__flush(&w->tx);
	return some || w->tx.packets.value != sent;
}

static void
account_cycles(struct la_worker *w, bool worked, uint64_t cycles)
{
	struct la_worker_counters *c = &w->counters;

	la_count(&c->polls);
	if (worked)
		la_count_add(&c->busy_cycles, cycles);
	if (unlikely(cycles > c->longest_cycles.value))
		la_count_set(&c->longest_cycles, cycles);
}

/* Nothing came in, nothing went out. @return the time afterwards. */
static uint64_t
idle_turn(struct la_worker *w, uint64_t tsc)
{
	if (!w->yield) {
		rte_pause();
		return tsc;
	}
	if (++w->empty_polls < YIELD_AFTER)
		sched_yield();
	else
		usleep(SLEEP_US);
	return rte_rdtsc();
}

static void
run_loop(struct la_worker *w)
{
	uint64_t tsc = rte_rdtsc();

	while (true) {
		uint64_t end;
		bool worked;

		if (unlikely(tsc - w->housekeeping_tsc >= w->clock.ms_cycles)) {
			w->housekeeping_tsc = tsc;
			la_mail__serve(&w->mail, w);
			if (w->shared.link != NULL)
				la_share__take(w, la_clock__us(&w->clock, tsc));
			if (atomic_load_explicit(&w->quit, memory_order_relaxed))
				return;
			tsc = rte_rdtsc();
		}
		worked = la_worker__poll(w, tsc);
		end = rte_rdtsc();
		account_cycles(w, worked, end - tsc);
		if (worked)
			w->empty_polls = 0;
		tsc = worked ? end : idle_turn(w, end);
	}
}

/* The stack's only listener is the generator. */
static bool
make_load(struct la_worker *w, const struct la_memory_helpers *helpers)
{
	w->load_memory = la_memory__map(w->load_memory_len, helpers, &w->touched);
	if (w->load_memory == NULL)
		return false;
	w->load = la_load_init(w->load_memory, &w->load_params);
	w->load_listener = (struct la_stack_listener){
		.name = "load", .address = LA_ANY_ADDRESS, .instance = la_load_service(w->load),
	};
	w->params.listeners = &w->load_listener;
	w->params.listeners_len = 1;
	return true;
}

/* This worker's share of the processors near it that have no worker. */
static struct la_memory_helpers
helpers_of(const struct la_worker *w)
{
	struct la_memory_helpers helpers = { .cpus = w->spare_cpus };

	la_memory__near(&helpers.cpus);
	helpers.threads = ((uint32_t)CPU_COUNT(&helpers.cpus) + w->workers - 1) / w->workers;
	return helpers;
}

/* Memory is touched here, so that it lies near this core. */
static bool
make_stack(struct la_worker *w)
{
	const struct la_stack_io io = la_tx__io(&w->tx);
	const struct la_memory_helpers helpers = helpers_of(w);

	w->memory = la_memory__map(w->memory_len, &helpers, &w->touched);
	if (w->memory == NULL || (w->has_load && !make_load(w, &helpers)))
		return false;
	w->stack = la_stack_init(w->memory, &w->params, &io, la_worker__now_us(w));
	if (w->stack != NULL && w->load != NULL)
		la_load_attach(w->load, w->stack);
	return w->stack != NULL;
}

int
la_worker__main(void *worker)
{
	struct la_worker *w = worker;
	const bool made = make_stack(w);

	atomic_store(&w->phase, made ? LA_WORKER_READY : LA_WORKER_FAILED);
	while (made && atomic_load(&w->phase) != LA_WORKER_GO) {
		if (atomic_load(&w->quit))
			return 0;
		usleep(100);
	}
	if (made)
		run_loop(w);
	la_tx__empty(&w->tx);
	return 0;
}
