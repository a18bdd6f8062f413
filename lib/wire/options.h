/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef OPTIONS_H
#define OPTIONS_H

/* TCP options, for the parser and for emit. Not installed. */
#include <stddef.h>

#include "la_seg.h"

enum { OPTIONS_LEN_MAX = 40 };

/* Options by their first octets, with the padding they usually come with. */
enum {
	OPTION_MSS = 0x0204,
	OPTION_NOP_WSCALE = 0x010303,
	OPTION_NOP_NOP_SACK_PERMITTED = 0x01010402,
	OPTION_NOP_NOP_TIMESTAMPS = 0x0101080a,
	OPTION_SACK_PERMITTED_TIMESTAMPS = 0x0402080a,
	OPTION_NOP_NOP_SACK = 0x010105,
};

/*
 * Read the options of a segment. False if an option's length is 0 or 1 or passes the end: then the
 * next option cannot be found. A known option with a wrong length is skipped like an unknown one
 * (MUST-6), and so are SACK blocks beyond LA_SACK_MAX; of an option that comes twice the last one
 * counts.
 */
bool la_options__parse(struct la_opts *opts, const uint8_t *option, size_t len);

/* Number of SACK blocks to send: as many as fit beside the other options. */
uint32_t la_options__sacks(const struct la_opts *opts);

/* Octets that la_options__write() writes: a multiple of 4, at most OPTIONS_LEN_MAX. */
uint32_t la_options__len(const struct la_opts *opts);

/* Write the options; @return their sum for the checksum. */
uint64_t la_options__write(uint8_t *at, const struct la_opts *opts);

#endif
