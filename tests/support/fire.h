/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_FIRE_H
#define LA_TEST_FIRE_H

/** @file
 * An attack on a server beside a steady honest load, in simulated time: the load rig with
 * an attacker on the same wire.
 */
#include "load_rig.h"

enum {
	/* For la_test_addr(). */
	FIRE_PEERS_AT = 0x0a010000,     /**< Attackers that speak TCP. */
	FIRE_FORGED_AT = 0x0a800000,    /**< 2^23 sources that do not exist. */
	FIRE_PEERS = 10000,             /**< At once. */
	FIRE_CONNECTIONS = 16384,       /**< Control blocks of the server. */
	FIRE_RATE = 1000,               /**< Honest connections a second. */
	FIRE_LIVE = 100,                /**< Honest connections held meanwhile. */
	FIRE_PORT_FIRST = 40000, FIRE_PORT_LAST = 49999,        /**< Of the honest. */
};

/** An attacker's end of a connection. */
struct fire_peer {
	enum { FIRE_IDLE, FIRE_SYN_SENT, FIRE_OPEN } state;
	uint32_t seq, ack;              /**< Its SND.NXT and RCV.NXT. */
};

struct fire;

struct fire_attack {
	const char *name;
	enum load_rig_port port;        /**< What the honest ask for and the attacker too. */
	uint32_t burst;                 /**< Calls of strike() in 100 us. */
	/** Change the parameters before the start. NULL: as they are. */
	void (*prepare)(struct fire *f);
	/** One frame or so. */
	void (*strike)(struct fire *f);
	/** A segment came for attacker @p n. NULL: attackers are deaf. */
	void (*hear)(struct fire *f, uint32_t n, const struct la_seg *seg);
	enum { FIRE_BOTH, FIRE_IPV4, FIRE_IPV6 } family;
	uint64_t worst_us;              /**< The slowest honest connection may take so long. */
	uint64_t recover_us;            /**< Pools are empty so soon afterwards. */
};

/** What came of it. */
struct fire_result {
	uint64_t frames, us;            /**< Of the attacker; how long it went on. */
	uint64_t honest, failed;
	uint64_t lost;                  /**< Of the honest connections that were held. */
	uint64_t calm_us, worst_us;     /**< The slowest of them before, and during. */
	struct la_stack_usage most;     /**< Of what is in use. */
	uint64_t well_us, empty_us;     /**< After the end: honest times, pools as before. */
};

struct fire {
	struct load_rig rig;
	const struct fire_attack *attack;
	struct fire_result result;
	struct fire_peer peer[FIRE_PEERS];
	uint64_t seed;
	uint32_t next;                  /**< Attacker whose turn it is. */
	bool on;
	uint64_t ended_us;
};

extern const struct fire_attack fire_attacks[];
extern const int fire_attacks_len;

/** For fire_begin(): who holds connections has no end of them. */
extern const struct fire_attack fire_table_full;

/** Both sides, and the generator, without a plan. */
void fire_begin(struct fire *f, const struct fire_attack *attack);
/** An honest run of @p us; failures are added to the result. @return the time of the slowest. */
uint64_t fire_calm(struct fire *f, uint64_t us);
/** Calm, then the attack for @p us, then calm until all is as it was. */
void fire_run(struct fire *f, const struct fire_attack *attack, uint64_t us);
/** The table as Markdown: its head, and a row. */
void fire_print_head(void);
void fire_print(const struct fire *f);

/** For attacks. */
uint32_t fire_random(struct fire *f, uint32_t below);
/** Send a segment of attacker @p n, with @p text. */
void fire_peer_send(struct fire *f, uint32_t n, uint8_t flags, uint16_t wnd, const char *text);
/** Send a segment from anybody to the attacked port. */
void fire_forge(struct fire *f, const struct la_addr *source, uint16_t port,
		const struct la_seg *seg);
void fire_send(struct fire *f, const uint8_t *frame, uint32_t len);
/** From anybody to the server: addresses alone. */
struct la_path fire_path(const struct fire *f, const struct la_addr *source);

#endif
