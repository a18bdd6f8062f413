/* SPDX-License-Identifier: BSD-3-Clause */
#include "process.h"

#include <stdio.h>

#include "commands.h"

void
la_process_block_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGHUP);
	sigprocmask(SIG_BLOCK, signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int
la_process_signal(const sigset_t *signals, uint64_t us)
{
	const struct timespec t = {
		.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000,
	};
	const int number = sigtimedwait(signals, NULL, &t);

	return number > 0 ? number : 0;
}

int
la_process_failed(const struct la_dpio_error *error)
{
	fprintf(stderr, "lastack: %s\n", error->text);
	return LA_EXIT_FAILED;
}
