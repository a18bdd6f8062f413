/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CHECK_H
#define LA_CHECK_H

/** @file
 * What every Check program here starts with.
 */
#include <check.h>
#include <stdlib.h>

/** As ck_assert(), which tells the parent of each assertion by a system call, but silent
 *  while all is well: for what is looked at a million times. */
#define LA_MUST(what) \
	do { \
		if (!(what)) \
			ck_abort_msg("must hold: %s", #what); \
	} while (0)

/** main() that runs one suite and fails when a test of it does. */
#define LA_CHECK_MAIN(suite) \
	int \
	main(void) \
	{ \
		SRunner *runner = srunner_create(suite()); \
		int failed; \
\
		srunner_run_all(runner, CK_ENV); \
		failed = srunner_ntests_failed(runner); \
		srunner_free(runner); \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS; \
	}

#endif
