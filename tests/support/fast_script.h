/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_FAST_SCRIPT_H
#define LA_TEST_FAST_SCRIPT_H

/** @file
 * A service that does odd things, the same in each stack that makes the same calls in the
 * same order, and that remembers all its calls and their arguments in one number.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_stack.h"

enum { FAST_SCRIPT_ACTS = 16 };

/** Which functions a script has. */
enum fast_script_kind {
	FAST_SCRIPT_ALL,                /**< All but room. */
	FAST_SCRIPT_MUTE,               /**< Only data: it never sends. */
	FAST_SCRIPT_NO_FIN,             /**< All but open, fin and room. */
	FAST_SCRIPT_ROOM,               /**< All. */
	FAST_SCRIPT_CLOSE,              /**< All but room; it mostly closes as it opens. */
	FAST_SCRIPT_KINDS
};

/** What it does in one call. */
struct fast_script_act {
	uint32_t refuse;                /**< Octets not to take. */
	uint32_t send;
	uint32_t room;
	uint32_t other;                 /**< Handle of another connection to close, or LA_NONE. */
	bool close, abort;
};

struct fast_script {
	struct la_service service;
	struct la_stack *stack;         /**< Whose service it is. */
	struct fast_script_act acts[FAST_SCRIPT_ACTS];
	uint64_t calls;                 /**< The next act is calls modulo FAST_SCRIPT_ACTS. */
	uint64_t digest;                /**< Of every call, its arguments and its octets. */
};

void fast_script_init(struct fast_script *script, enum fast_script_kind kind);

#endif
