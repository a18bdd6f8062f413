/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_LINK_RIG_H
#define LA_TEST_LINK_RIG_H

/** @file
 * A link in memory, without a stack: frames go in, frames that come out are captured and
 * parsed, and the test moves the clock.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_link.h"

enum {
	LINK_RIG_FRAME_MAX = 2048,
	LINK_RIG_SENT_MAX = 512,        /**< Frames kept until link_rig_forget(). */
	LINK_RIG_RANGES_MAX = 8,
};

struct link_rig_frame {
	uint8_t octets[LINK_RIG_FRAME_MAX];
	uint32_t len;
};

struct link_rig {
	struct la_link *link;
	struct la_link_params params;
	struct la_link_range ranges[LINK_RIG_RANGES_MAX];
	la_counter counters[LA_LINK_COUNTS];
	uint64_t rx[LA_RX_REASONS];     /**< What became of frames that were given. */
	void *block;                    /**< The memory that the link lies in. */
	uint64_t now_us, tick_due_us;

	uint32_t frames_free;           /**< frame() gives so many more. */
	uint64_t frames;                /**< Sent in all, also those not kept. */
	struct link_rig_frame out;      /**< The room frame() gives. */
	struct link_rig_frame sent[LINK_RIG_SENT_MAX];
	struct la_rx sent_rx[LINK_RIG_SENT_MAX];
	uint32_t sents;
	uint32_t seen;                  /**< Of sents, by link_rig_next(). */
	bool keep_nothing;              /**< Only count frames. */
};

/** Defaults: 10.0.0.1/24 and gateway 10.0.0.254. */
void link_rig_params(struct link_rig *rig);
void link_rig_no_gateway(struct link_rig *rig);
/** Make the link from rig->params. */
void link_rig_make(struct link_rig *rig);
void link_rig_end(struct link_rig *rig);
/** The link is up: la_link_start(). */
void link_rig_up(struct link_rig *rig);

/** Parse a frame, give it to the link, and tick if it is time. A segment goes nowhere. */
void link_rig_give(struct link_rig *rig, const uint8_t *frame, uint32_t len);
/** A frame that another link of the port was given. */
void link_rig_overhear(struct link_rig *rig, const uint8_t *frame, uint32_t len);
/** An ARP packet from anybody. */
void link_rig_arp(struct link_rig *rig, struct la_arp arp);
/** Move the clock in steps of at most 10 ms. */
void link_rig_wait(struct link_rig *rig, uint64_t us);

/** Where a packet to @p remote would go; false: it is not known, and is asked for. */
bool link_rig_hop(struct link_rig *rig, const struct la_addr *remote, struct la_mac *mac);
/** Whether a packet to @p remote would go to @p mac. What is sent meanwhile is forgotten. */
bool link_rig_goes_to(struct link_rig *rig, const struct la_addr *remote,
		const struct la_mac *mac);

/** The next captured frame, or NULL. */
const struct la_rx *link_rig_next(struct link_rig *rig);
/** Nothing more was sent. */
void link_rig_expect_nothing(struct link_rig *rig);
void link_rig_forget(struct link_rig *rig);

uint64_t link_rig_count(const struct link_rig *rig, enum la_link_count count);

#endif
