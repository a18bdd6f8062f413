/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_HINT_H
#define LA_HINT_H

/** @file
 * What the compiler is told of the paths through the code.
 */

/** A condition that nearly always holds. */
#define LA_LIKELY(x) __builtin_expect(!!(x), 1)
/** A condition that hardly ever holds. */
#define LA_UNLIKELY(x) __builtin_expect(!!(x), 0)
/** A function that is hardly ever called: it is compiled for size and kept out of its callers. */
#define LA_COLD __attribute__((noinline, cold))

#endif
