/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_NOTES_H
#define LA_DPIO_NOTES_H

/*
 * From what a port has counted to what is wrong with its setup, and what to do about it. No
 * clock, no device: a test puts the counters in.
 */
#include "la_dpio.h"

/* Of one port. */
struct la_note_facts {
	struct la_dpio_totals totals;
	uint64_t link_down;             /* 1: it is. */
	uint64_t gateway_silent;
	uint64_t kernel_address;        /* 1: this host's kernel has one of ours. */
	uint64_t joins;                 /* The kernel joins frames, and cannot be kept from it. */
	bool packet_socket;             /* It shares a kernel's interface: */
	const char *interface;          /* by this name; "" if it is not known. */
};

enum { LA_NOTES_MAX = 32 };

/* Each rule that holds, in the order of the table. @return how many, LA_NOTES_MAX at most. */
uint32_t la_port__notes(const struct la_note_facts *facts, struct la_dpio_note notes[LA_NOTES_MAX]);

#endif
