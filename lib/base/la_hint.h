/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HINT_H
#define LA_HINT_H

/** @file
 * Hints to the compiler about hot and cold paths.
 */

/** A condition that nearly always holds. */
#define LA_LIKELY(x) __builtin_expect(!!(x), 1)
/** A condition that rarely holds. */
#define LA_UNLIKELY(x) __builtin_expect(!!(x), 0)
/** A function that is rarely called: compiled for size and not inlined. */
#define LA_COLD __attribute__((noinline, cold))

#endif
