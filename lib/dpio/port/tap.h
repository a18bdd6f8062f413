/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_TAP_H
#define LA_DPIO_TAP_H

#include "la_dpio.h"

/*
 * The kernel keeps few frames for a tap that nobody reads at the moment, and
 * drops the rest: with a worker that sleeps, or waits for its core, a storm of
 * connections loses the ACKs that open them. Let it keep more.
 */
void la_tap__widen_queue(unsigned int if_index);

/*
 * Before EAL starts: no tap of its arguments may be open already, here or in another process.
 * The kernel would deal the tap's frames out over both, and the one that ends first takes the link
 * down. @return false: @p error says which.
 */
bool la_tap__check(int argc, char *const *argv, struct la_dpio_error *error);

#endif
