/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CHECK_H
#define LA_CHECK_H

/** @file
 * What every Check program here starts with.
 */
#include <check.h>
#include <stdlib.h>

/** All of Check's assertions end in this one. Check's own reports each assertion that holds
 *  to the parent process by a system call, which took most of the time of most tests. This one
 *  does nothing while the assertion holds; a failure is reported as ever. */
#undef ck_assert_msg
#define ck_assert_msg(expr, ...) \
	((expr) ? (void)0 : _ck_assert_failed(__FILE__, __LINE__, \
			"Assertion '" #expr "' failed", __VA_ARGS__))

/** As ck_assert(), with a shorter message. */
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
