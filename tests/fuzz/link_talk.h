/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_LINK_TALK_H
#define LA_TEST_LINK_TALK_H

/*
 * What the octets of a fuzzer choose that the hosts and routers of a link say, true and false.
 * What they choose from is such that most frames pass the parser.
 */
#include <stddef.h>
#include <stdint.h>

#include "la_link.h"

enum { TALK_HOSTS = 16, TALK_RANGES = 3, TALK_FRAME_MAX = 256 };

struct talk {
	const uint8_t *data;            /* What has not chosen anything yet. */
	size_t len;
	struct la_mac ours;
	struct la_addr gateway[2];      /* IPv4, IPv6. */
};

/* Our addresses: the first two of either family, and a link-local one. */
extern const struct la_link_range talk_ranges[TALK_RANGES];

void talk_begin(struct talk *in, const uint8_t *data, size_t len, struct la_mac ours);

/* Less than n. 0 when no octet is left. */
uint32_t talk_choose(struct talk *in, uint32_t n);
/* The unspecified one, ours, the gateway's, or another host's. */
struct la_addr talk_address(struct talk *in, bool v6);
/* Ours, none, a group's, or another host's. */
struct la_mac talk_mac(struct talk *in);

/* Each makes a frame, in room for TALK_FRAME_MAX. @return its length. */
uint32_t talk_arp(struct talk *in, uint8_t *frame);
uint32_t talk_nd(struct talk *in, uint8_t *frame);
/* A query with the router alert, to all nodes or to one. */
uint32_t talk_mld(struct talk *in, uint8_t *frame);

/* Assert what must hold of the neighbour table at any time. */
void talk_check(const struct talk *in, const struct la_link *link);

#endif
