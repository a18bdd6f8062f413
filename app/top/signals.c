/* SPDX-License-Identifier: BSD-3-Clause */
/* What ends top or wakes it: signals and the clock. */
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "live.h"

int
la_top_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGQUIT);
	sigaddset(&signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

int
la_top_signal(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info) ? (int)info.ssi_signo :
			0;
}

uint64_t
la_top_next_tick(uint64_t tick_us)
{
	const uint64_t now_us = la_monotonic_us(), next_us = tick_us + LA_TOP_SECOND_US;

	return next_us > now_us ? next_us : now_us + LA_TOP_SECOND_US;
}
