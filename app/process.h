/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_PROCESS_H
#define LA_PROCESS_H

/* What a command that runs for a while needs: signals, a line about what failed. */
#include <signal.h>
#include <stdint.h>

#include "la_dpio.h"
#include "la_monotonic.h"

/* SIGINT, SIGTERM and SIGHUP, from now on only heard by la_process_signal(). Call
 * before EAL starts its threads, so that none of them is interrupted. */
void la_process_block_signals(sigset_t *signals);

/* The signal that came within so long, or 0. */
int la_process_signal(const sigset_t *signals, uint64_t us);

/* Say it on stderr. @return LA_EXIT_FAILED. */
int la_process_failed(const struct la_dpio_error *error);

#endif
