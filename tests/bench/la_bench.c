/* SPDX-License-Identifier: BSD-3-Clause */
/* la_bench [flow|cookie|timer|all]: what the core's operations cost, in cycles. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	void (*run)(void);
} benches[] = {
	{ "flow", bench_flow },
	{ "cookie", bench_cookie },
	{ "timer", bench_timer },
};

enum { BENCHES = sizeof(benches) / sizeof(benches[0]) };

int
main(int argc, char **argv)
{
	const char *which = argc > 1 ? argv[1] : "all";
	int ran = 0;

	for (int i = 0; i < BENCHES && argc <= 2; i++) {
		if (strcmp(which, "all") != 0 && strcmp(which, benches[i].name) != 0)
			continue;
		benches[i].run();
		ran++;
	}
	if (ran > 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "usage: la_bench [flow|cookie|timer|all]\n");
	return 2;
}
