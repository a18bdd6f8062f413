/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_COMMANDS_H
#define LA_COMMANDS_H

/* The commands of the program: one function each, in the file of its name. bench, load and serve
 * are there only where DPDK is. */

enum {
	LA_EXIT_DONE = 0,
	LA_EXIT_FAILED = 1,     /* It could not run. */
	LA_EXIT_USAGE = 2,      /* Bad usage or configuration. */
};

/* argv[0] is the command. What comes back is the program's exit code. */
int la_cmd_bench(int argc, char **argv);
int la_cmd_check(int argc, char **argv);
int la_cmd_load(int argc, char **argv);
int la_cmd_replay(int argc, char **argv);
int la_cmd_serve(int argc, char **argv);
int la_cmd_top(int argc, char **argv);

#endif
