/* SPDX-License-Identifier: BSD-3-Clause */
#include "mailbox.h"

#include <time.h>

#include "clock.h"

enum { WAIT_STEP_US = 50 };

static void
pause_us(uint64_t us)
{
	const struct timespec t = { .tv_nsec = (long)us * 1000 };

	nanosleep(&t, NULL);
}

/* Take the command back. False if the worker has begun with it. */
static bool
withdraw_mail(struct la_mailbox *box)
{
	int posted = LA_MAIL_POSTED;

	return atomic_compare_exchange_strong(&box->state, &posted, LA_MAIL_EMPTY);
}

bool
la_mail__call(struct la_mailbox *box, void (*run)(void *worker, void *arg), void *arg,
		uint64_t deadline_us)
{
	const uint64_t end = la_monotonic_us() + deadline_us;

	box->run = run;
	box->arg = arg;
	atomic_store_explicit(&box->state, LA_MAIL_POSTED, memory_order_release);
	while (atomic_load_explicit(&box->state, memory_order_acquire) != LA_MAIL_DONE) {
		if (la_monotonic_us() >= end && withdraw_mail(box))
			return false;
		/* Once begun it is soon done: wait on, for arg is in use. */
		pause_us(WAIT_STEP_US);
	}
	atomic_store_explicit(&box->state, LA_MAIL_EMPTY, memory_order_relaxed);
	return true;
}

void
la_mail__serve(struct la_mailbox *box, void *worker)
{
	int posted = LA_MAIL_POSTED;

	if (atomic_load_explicit(&box->state, memory_order_relaxed) != LA_MAIL_POSTED)
		return;
	/* The one who posted may be withdrawing at this moment. */
	if (!atomic_compare_exchange_strong(&box->state, &posted, LA_MAIL_RUNNING))
		return;
	box->run(worker, box->arg);
	atomic_store_explicit(&box->state, LA_MAIL_DONE, memory_order_release);
}
