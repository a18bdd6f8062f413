/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_TAP_H
#define LA_DPIO_TAP_H

/*
 * The kernel keeps few frames for a tap that nobody reads at the moment, and
 * drops the rest: with a worker that sleeps, or waits for its core, a storm of
 * connections loses the ACKs that open them. Let it keep more.
 */
void la_tap_widen_queue(unsigned int if_index);

#endif
