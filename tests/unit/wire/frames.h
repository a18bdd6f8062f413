/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRAMES_H
#define FRAMES_H

/*
 * Good frames for the tests to spoil, and a second opinion on checksums: the
 * sum here is written the slow, obvious way and shares nothing with lib/wire.
 */
#include <stddef.h>
#include <stdint.h>

#include "la_rx.h"

struct frame {
	uint8_t octets[2048];
	size_t len;
};

enum base { TCP4, TCP6, ICMP4, ICMP6, ARP };

/* Where headers start in the frames of frame_make(). */
enum { AT_IP = 14, AT_L4 = 34, AT_L4_V6 = 54 };

/* A frame of each kind that parses; the TCP ones carry 10 octets of text. */
void frame_make(struct frame *frame, enum base base);

/* Put `n` octets in before offset `at`, and correct the IP length for them. */
void frame_insert(struct frame *frame, size_t at, const uint8_t *octets, size_t n);

/* Set all checksums right for what the headers now say; `l4`: offset of TCP or ICMP. */
void frame_fix_sums(struct frame *frame, size_t l4);

/* Parse a copy in a block of exactly its size, so that a sanitizer sees every read past it. */
enum la_rx_reason frame_parse(const struct frame *frame, size_t len, unsigned int checked);

/* Sum of big-endian 16-bit words, folded; an odd last octet is padded with zero. */
uint16_t naive_sum(const uint8_t *octets, size_t len);

/* The sum of an upper layer with its pseudo-header laid out octet by octet. */
uint16_t naive_sum_pseudo(const uint8_t *ip, const uint8_t *l4, size_t len, uint8_t protocol);

#endif
