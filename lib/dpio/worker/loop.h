/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_LOOP_H
#define LA_DPIO_LOOP_H

#include "worker.h"

/* For rte_eal_remote_launch(): makes the stack, waits for GO, polls until quit. */
int la_worker__main(void *worker);

/* One poll, for tests that drive a worker by hand. @return if there was work. */
bool la_worker__poll(struct la_worker *w, uint64_t tsc);

#endif
