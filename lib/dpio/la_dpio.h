/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_H
#define LA_DPIO_H

/** @file
 * DPDK: a process, its ports, one worker per queue of a port, one stack per worker. The only
 * library that knows DPDK, and no type of DPDK is seen here.
 *
 * la_dpio_*() is of the process: all its ports. la_port_*() is of the one port that it is
 * given, and la_dpio_add_port() gives.
 *
 * Order of use: la_dpio_eal_start(), la_dpio_make(), for each port la_dpio_add_port() and
 * la_port_prepare(), then la_dpio_start(), la_dpio_tick() some ten times a second until all is
 * over, la_dpio_stop(), la_dpio_close(), la_dpio_eal_stop(). All are called by one thread, the
 * control thread; it sleeps in between. What fails writes one line, without a newline, that
 * names the cause and the cure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la_addr.h"
#include "la_load.h"
#include "la_siphash.h"
#include "la_stack.h"

/** Room for a line that says what is wrong. */
struct la_dpio_error {
	char text[512];
};

enum { LA_DPIO_PORTS_MAX = 32 };

/** A key of the configuration and its value, for telemetry. Both NULL: a section begins, which
 *  may have no key. */
struct la_dpio_setting {
	const char *section, *key, *value;
};

/** What a process is to be. Copied, but for the strings, which live until la_dpio_close(). */
struct la_dpio_params {
	const char *role;               /**< "serve", "load", "bench": for telemetry. */
	const char *version;
	/** The effective configuration, section by section; a key with several values in a row. */
	const struct la_dpio_setting *settings;
	uint32_t settings_len;
	const char *sizes;              /**< What to lower if memory is short; NULL: serve's. */
	/** Called once for each port in la_dpio_start() if touching its workers' memory takes
	 *  longer than a second: how much it is, and how long in all as measured so far. May be
	 *  NULL. */
	void (*touching)(uint64_t octets, uint64_t about_us);
};

/** What a port is to be. Copied, but for the strings, which live until la_dpio_close(). */
struct la_port_params {
	const char *name;               /**< For telemetry; NULL: its device's. */
	const char *device;             /**< ethdev name or PCI address. */
	uint16_t mtu;                   /**< Octets of an IP packet. */
	bool offload;                   /**< Use the NIC's checksums if it has them. */
	bool leave_gro;                 /**< Turn nothing off on a kernel's interface. */
	bool tag_offload;               /**< Let the NIC take tags off and put them in. */
	uint32_t workers;               /**< 0: one per lcore but the main one. */
	uint16_t burst;                 /**< 1 to LA_BURST_MAX. */
	bool yield;                     /**< An idle worker gives its core away. */
	uint32_t local_ports;           /**< Connections are opened from so many ports, and
	                                     must come back to the worker that opened them. */
	struct la_key secret;           /**< For the NIC's RSS key; that of the stacks will do. */
	uint32_t lcores_skipped;        /**< So many lcores are another port's. */
	uint32_t lcores;                /**< Of the rest, so many at most; 0: all. */
	bool far_end;                   /**< The other end of this process's own port: telemetry
	                                     and figures of the process leave it out, but for its
	                                     generator's. Added after all others. */
};

/** What the port is and what is used of it. */
struct la_port_info {
	const char *device, *driver;
	struct la_mac mac;
	uint16_t mtu;
	uint16_t queues;                /**< That are received from; at least one a worker. */
	uint16_t queues_max;            /**< Of the device. */
	uint16_t rx_descriptors, tx_descriptors;
	bool rx_checksum;               /**< The NIC checks IPv4 and TCP checksums. */
	bool tx_checksum;               /**< The NIC fills them in. */
	bool tag_strip, tag_insert;     /**< The NIC takes 802.1Q tags off; puts them in. */
	bool rss;                       /**< The NIC spreads flows by IP and TCP. */
	bool has_link_local;            /**< An IPv6 address beside those it was given: */
	struct la_addr link_local;
	const char *steering;           /**< How flows are spread over the workers. */
	uint32_t mbufs;                 /**< In the port's pool. */
	uint32_t mbuf_octets;           /**< Memory of one. */
};

/** Counters of workers, added up. */
struct la_dpio_totals {
	uint64_t rx[LA_RX_REASONS];
	uint64_t tcp[LA_TCP_REASONS];
	uint64_t count[LA_STACK_COUNTS];
	uint64_t state[LA_TCP_STATES];
	uint64_t rx_packets, rx_octets, tx_packets, tx_octets;
	uint64_t tx_refused;            /**< Frames the NIC did not take: freed. */
	uint64_t no_mbuf;               /**< Times the pool was empty when a frame was wanted. */
	uint64_t rx_multi_segment;      /**< Received frames in several mbufs: dropped. */
	uint64_t share_missed;          /**< Control frames that a worker was too busy to hear of
	                                     from the one that received them. */
	uint64_t rx_missed;             /**< Frames the device dropped: no descriptor, no mbuf. */
};

/** What a counter counts. */
enum la_counter_of { LA_OF_FRAMES, LA_OF_SEGMENTS, LA_OF_STACK, LA_OF_PORT };

/** One of all counters. */
struct la_dpio_counter {
	const char *key, *help;         /**< As telemetry has them. */
	enum la_class class;
	enum la_counter_of of;
	uint64_t value;
};

enum {
	LA_DPIO_COUNTERS = LA_STACK_COUNTS + (int)LA_TCP_REASONS + (int)LA_RX_REASONS + 9,
};

/** What the load role counts: of a worker, or of all of a port. */
struct la_port_load {
	enum la_load_phase phase;       /**< The least advanced worker's. */
	uint64_t attempted, opened, closed;
	uint64_t failed[LA_LOAD_FAILURES];
	uint64_t due, late_opens, late_max_us, behind;
	uint64_t open, open_max, live;
	uint64_t offered_per_s;
	uint64_t sustain_opened, sustain_us;    /**< Time between the ramps so far. */
	uint64_t retransmissions;       /**< Timeouts that made something be sent again. */
	uint64_t wrong_core;            /**< Segments that came to another worker than opened. */
};

/** What the workers of a port did, added up. */
struct la_port_work {
	uint64_t tsc_hz;
	uint64_t busy_cycles;           /**< Of polls that received or sent. */
	uint64_t rx_packets, tx_packets;
	uint64_t longest_poll_us;       /**< Since la_port_forget_longest(). */
};

/** What is to be reported of a port; each is set in the tick in which it happened. */
struct la_port_news {
	bool link_changed, link_up;
	bool gateway_changed[2], gateway_silent[2];     /**< IPv4, IPv6. */
	bool no_gateway[2];             /**< IPv4, IPv6: there is none, and one is needed for: */
	struct la_addr no_gateway_for[2];
	bool conflict;                  /**< Another host has one of our addresses: */
	struct la_addr conflict_address;
	struct la_mac conflict_mac;
};

/** Memory of the workers of a port: stacks and generators, without DPDK's. */
struct la_port_memory {
	uint64_t octets;
	uint64_t huge;                  /**< Of them in transparent hugepages. */
	const char *cure;               /**< NULL if that is all; else why it is not. */
};

enum { LA_NOTE_LEN = 128 };

/** Something that is wrong with the setup, and what to do about it. */
struct la_dpio_note {
	const char *name;               /**< A key that stays. */
	const char *device;             /**< Of the port. */
	uint64_t count;                 /**< Of what shows it; 1 of what is so now. */
	char text[LA_NOTE_LEN], cure[LA_NOTE_LEN];
};

/** The most of each rate in any second so far. */
struct la_dpio_peaks {
	uint64_t opened_per_s, closed_per_s, rx_pps, tx_pps;
};

/** The process: it owns its ports, speaks for them in telemetry, and has them start and stop
 *  in the right order. */
struct la_dpio;

/** One port of it: a device, and the workers on its queues. */
struct la_port;

/* Of EAL. */

/** rte_eal_init(). Signals that the caller wants to wait for are best blocked
 *  before, since EAL starts threads. @return false: @p error says why. */
bool la_dpio_eal_start(int argc, char **argv, struct la_dpio_error *error);
/** rte_eal_cleanup(), and the instance's runtime folder is removed. */
void la_dpio_eal_stop(void);
/** DPDK's version as text. */
const char *la_dpio_dpdk_version(void);
/** Lcores for workers: all but the main one. */
uint32_t la_dpio_lcores(void);

/* Of the process. */

/** A process without ports. @return NULL: @p error says why. */
struct la_dpio *la_dpio_make(const struct la_dpio_params *params, struct la_dpio_error *error);

/** Find and set up one more port; decide how many workers it has. Before la_dpio_start().
 *  @return NULL: @p error says why. Lives until la_dpio_close(). */
struct la_port *la_dpio_add_port(struct la_dpio *dpio, const struct la_port_params *params,
		struct la_dpio_error *error);

/** Check that there is memory for all ports, as they were prepared; then make the stacks on
 *  the workers' cores, start the ports and the workers in the order of la_dpio_add_port(), and
 *  let telemetry answer. After false only la_dpio_close() is left. */
bool la_dpio_start(struct la_dpio *dpio, struct la_dpio_error *error);

/** The control thread's turn: links, notices, rates. @p news: one for each port, in the order
 *  of la_dpio_add_port(); may be NULL. */
void la_dpio_tick(struct la_dpio *dpio, struct la_port_news *news);

/** Stop accepting, close what is open (la_stack_drain()). */
void la_dpio_drain(struct la_dpio *dpio);
/** Reset what is open and give the RSTs time to leave. */
void la_dpio_abort_all(struct la_dpio *dpio);
/** Hand new cookie keys to every worker. False if a worker did not answer. */
bool la_dpio_set_cookie_keys(struct la_dpio *dpio, const struct la_key key[2]);

/** End the workers and stop the ports. Figures can still be read. */
void la_dpio_stop(struct la_dpio *dpio);
/** Give everything back, and stop first if need be. NULL is allowed. */
void la_dpio_close(struct la_dpio *dpio);

/** A line about what could not be as wished, beside what the ports remark; or NULL. */
const char *la_dpio_remark(const struct la_dpio *dpio);
/** Path of the telemetry socket; NULL if there is none. */
const char *la_dpio_socket(const struct la_dpio *dpio);
/** The --file-prefix by which dpdk-dumpcap can capture the ports; NULL if it cannot. */
const char *la_dpio_capture(const struct la_dpio *dpio);

/** Connections open now. This and the figures below leave far ends out. */
uint64_t la_dpio_connections(const struct la_dpio *dpio);
void la_dpio_totals(const struct la_dpio *dpio, struct la_dpio_totals *totals);
/** Counter @p n of LA_DPIO_COUNTERS, with its value in @p totals. */
struct la_dpio_counter la_dpio_counter(const struct la_dpio_totals *totals, uint32_t n);
/** "frame", "segment", "stack" or "port": what it counts. */
const char *la_dpio_counter_of(const struct la_dpio_counter *counter);
void la_dpio_peaks(struct la_dpio *dpio, struct la_dpio_peaks *peaks);
/** What the counters say about the setup, also after la_dpio_stop().
 *  @return how many of @p max notes were written. */
uint32_t la_dpio_notes(const struct la_dpio *dpio, struct la_dpio_note *notes, uint32_t max);

/* Of one port. */

/**
 * What la_dpio_start() is to make of the port.
 *
 * @param params  Copied. mac, mtu, offload, port, worker and clock_offset_us are filled in;
 *                what it points to lives until la_dpio_close().
 * @param load    NULL to serve: the workers have no generator. Else copied; worker and workers
 *                are filled in, and the only listener is the generator. What it points to
 *                lives on.
 */
void la_port_prepare(struct la_port *port, const struct la_stack_params *params,
		const struct la_load_params *load);

const struct la_port_info *la_port_info(const struct la_port *port);
/** A line about what could not be as wished (fewer workers than asked for), or NULL. */
const char *la_port_remark(const struct la_port *port);
/** What was done to the kernel's interface under a packet socket, or could not be; or NULL. */
const char *la_port_interface_remark(const struct la_port *port);
/** Whether the link is up now. */
bool la_port_link_up(const struct la_port *port);
uint32_t la_port_workers(const struct la_port *port);
uint32_t la_port_lcore(const struct la_port *port, uint32_t worker);

/** Start a run on all workers of a port that was prepared with a generator. False if a worker
 *  did not answer. */
bool la_port_load_start(struct la_port *port, const struct la_load_plan *plan);
/** Open nothing more. */
void la_port_load_stop(struct la_port *port);
void la_port_load(const struct la_port *port, struct la_port_load *load);
/** The same of one worker. */
void la_port_load_worker(const struct la_port *port, uint32_t worker, struct la_port_load *load);
/** Times of all workers, added to @p sum. */
void la_port_load_times(const struct la_port *port, enum la_load_time which,
		struct la_histogram *sum);

/** As la_dpio_abort_all(), the connections of this port. */
void la_port_abort_all(struct la_port *port);

void la_port_totals(const struct la_port *port, struct la_dpio_totals *totals);
/** As la_dpio_notes(). */
uint32_t la_port_notes(const struct la_port *port, struct la_dpio_note *notes, uint32_t max);
void la_port_work(const struct la_port *port, struct la_port_work *work);
void la_port_forget_longest(struct la_port *port);
/** A worker's stack in numbers. False if it did not answer. */
bool la_port_usage(struct la_port *port, uint32_t worker, struct la_stack_usage *usage);
/** False if there is no memory to find that out. */
bool la_port_memory(const struct la_port *port, struct la_port_memory *memory);

#endif
