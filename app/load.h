/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_APP_LOAD_H
#define LA_APP_LOAD_H

/* lastack load: open connections by a schedule and say how it went.
 * argv[0] is the command; what comes back is the program's exit code. */
int app_load(int argc, char **argv);

#endif
