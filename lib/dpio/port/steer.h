/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_STEER_H
#define LA_DPIO_STEER_H

/*
 * How a flow comes back to its worker. A worker has a queue, and who spreads the
 * frames over the queues differs from port to port. Who serves needs no more than that
 * a flow stays where it is; who opens must know beforehand where the answers will come
 * to, so as to open only what comes back.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_stack.h"
#include "worker/owner.h"

struct rte_eth_dev_info;

enum la_steer_kind {
	LA_STEER_ONE,                   /* One queue has it all. */
	LA_STEER_WIRED,                 /* Queue n's other end is one worker's queue n. */
	LA_STEER_RSS,                   /* The NIC's Toeplitz hash and its table. */
	LA_STEER_PROGRAM,               /* net_tap: a program of ours in the kernel. */
	LA_STEER_RULES,                 /* rte_flow, by the destination port. */
	LA_STEER_HASH,                  /* A hash that stays another's secret. */
};

struct la_toeplitz;

struct la_steer {
	enum la_steer_kind kind;
	bool opens;                     /* This side opens connections. */
	uint32_t queues;                /* That flows are spread over. */
	struct la_toeplitz *toeplitz;   /* RSS, if this side opens. */
	char description[96];           /* How flows are spread, for the user. */
	char limit_reason[192];         /* Why over no more queues. */
};

/* What la_owner's function is called with: one for each worker. Lives in the port. */
struct la_steer_view {
	const struct la_steer *steer;
	uint32_t worker;
};

/*
 * Before the port is configured: how it will be done, by the driver and the role.
 * @return the number of queues that can be used; steer->limit_reason says why not more.
 */
uint32_t la_steer__choose(struct la_steer *steer, const struct rte_eth_dev_info *info,
		const char *device, bool opens);

/* Whether the port must have been started for la_steer__settle() to ask it. */
bool la_steer__asks(const struct la_steer *steer);

/* The port has @p queues now: make it spread flows over them. False: this side opens, and
 * cannot know what comes back unless there is one queue: steer->limit_reason says why. */
bool la_steer__settle(struct la_steer *steer, uint16_t port, const struct rte_eth_dev_info *info,
		uint32_t queues);

/* There is one queue. */
void la_steer__one(struct la_steer *steer);

/* Our addresses in the order of their numbers. False: no memory. */
bool la_steer__addresses(struct la_steer *steer, const struct la_stack_range *ranges, uint32_t n);

/* The queue that segments to address number @p local come to. */
uint32_t la_steer__queue(const struct la_steer *steer, uint16_t local, uint16_t local_port,
		const struct la_addr *remote, uint16_t remote_port);

/* Whose a tuple is: for the stack, none if that is not known; for the generator, none if
 * the port's number alone decides. */
struct la_owner la_steer__stack_owner(const struct la_steer_view *view);
struct la_owner la_steer__load_owner(const struct la_steer_view *view);
/* The same for a worker, whatever its number: whose a tuple is. */
struct la_tuple_owner la_steer__tuple_owner(const struct la_steer *steer);

void la_steer__free(struct la_steer *steer);

/* steer_rss.c */

enum { LA_RSS_KEY_MAX = 128, LA_RSS_TABLE_MAX = 2048 };

/* Of RTE_ETH_RSS_*: what a port is asked to hash. */
#define LA_RSS_WANTED (RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP | \
		RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6)

/* What a NIC does: its key (52 octets or more for IPv6, 40 do for most), which of
 * RTE_ETH_RSS_* it hashes, and its table of queues by the hash. */
struct la_rss {
	uint8_t key[LA_RSS_KEY_MAX];
	uint32_t key_len;
	uint64_t types;
	uint16_t table[LA_RSS_TABLE_MAX];
	uint32_t table_len;
};

/* A key of our own, so that nobody can choose a worker from outside. */
void la_rss__key(uint8_t *key, uint32_t len, const struct la_key *secret);
/* Ask the NIC. False: it does not tell, or does not hash TCP flows; @p why. */
bool la_rss__read(struct la_rss *rss, uint16_t port, const struct rte_eth_dev_info *info,
		uint32_t queues, char *why, size_t why_len);

/* Tables out of it. NULL: no memory, or the key is too short. */
struct la_toeplitz *la_rss__toeplitz_make(const struct la_rss *rss);
bool la_rss__toeplitz_addresses(struct la_toeplitz *t, const struct la_stack_range *ranges,
		uint32_t n);
uint32_t la_rss__toeplitz_queue(const struct la_toeplitz *t, uint16_t local, uint16_t local_port,
		const struct la_addr *remote, uint16_t remote_port);
void la_rss__toeplitz_free(struct la_toeplitz *t);

/* steer_tap.c */

/* A program that spreads frames over queues, by the destination port (@p opens), or by
 * source address and port. @return its file; negative: -errno. */
int la_tap__program(bool opens, uint32_t queues);
/* Let it choose the queue of each frame that the kernel sends to the tap; 0 or -errno. */
int la_tap__steer(unsigned int if_index, bool opens, uint32_t queues);
/* The queue that the program for who serves chooses. */
uint32_t la_tap__queue(const struct la_addr *source, uint16_t source_port, uint32_t queues);

/* steer_flow.c: rules by the low bits of TCP's destination port, if queues is a power of
 * two. 0, or what the driver said: -errno. */
int la_steer__flow_rules(uint16_t port, uint32_t queues);

#endif
