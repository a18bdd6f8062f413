/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_APP_BENCH_H
#define LA_APP_BENCH_H

/* lastack bench: both ends in one process over rings in memory.
 * argv[0] is the command; what comes back is the program's exit code. */
int app_bench(int argc, char **argv);

#endif
