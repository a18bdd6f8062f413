/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CALLGRIND_COLLECT_H
#define CALLGRIND_COLLECT_H

/*
 * Let callgrind count a part of a program alone: run with --collect-atstart=no, it
 * collects between collect_on() and collect_off(). Without valgrind's header, and
 * outside of valgrind, they do nothing.
 */
#include <stdbool.h>

#if defined(__has_include)
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif
#endif

#ifndef CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_TOGGLE_COLLECT ((void)0)
#define RUNNING_ON_VALGRIND 0
#endif

static inline void
collect_on(void)
{
	CALLGRIND_TOGGLE_COLLECT;
}

static inline void
collect_off(void)
{
	CALLGRIND_TOGGLE_COLLECT;
}

/* Whether the program runs in valgrind, so that its times say nothing. */
static inline bool
collect_possible(void)
{
	return RUNNING_ON_VALGRIND;
}

#endif
