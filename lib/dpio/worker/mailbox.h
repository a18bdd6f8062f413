/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_DPIO_MAILBOX_H
#define LA_DPIO_MAILBOX_H

/*
 * One command at a time for a worker, to be run on its core. The worker never
 * waits; those who post take turns by a lock of their own.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum la_mail_state { LA_MAIL_EMPTY, LA_MAIL_POSTED, LA_MAIL_RUNNING, LA_MAIL_DONE };

struct la_mailbox {
	_Atomic int state;              /* enum la_mail_state */
	void (*run)(void *worker, void *arg);
	void *arg;
};

/*
 * Post a command and wait until it was run, at most deadline_us. False: it was
 * not run and never will be, so arg may be on the caller's stack.
 */
bool la_mail__call(struct la_mailbox *box, void (*run)(void *worker, void *arg), void *arg,
		uint64_t deadline_us);

/* The worker's side: run what there is. */
void la_mail__serve(struct la_mailbox *box, void *worker);

#endif
