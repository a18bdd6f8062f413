/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SERVE_H
#define LA_SERVE_H

/* lastack serve: terminate connections until a signal or --duration ends it.
 * argv[0] is the command; what comes back is the program's exit code. */
int app_serve(int argc, char **argv);

#endif
