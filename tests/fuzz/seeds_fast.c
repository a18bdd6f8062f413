/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Write the seeds of fuzz_fast again: for each kind of segment the shortest of some random
 * cases that end with one. usage: seeds_fast FOLDER
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fast_case.h"

/* So many cases are tried; of what is rare, as many as it takes to find one. */
enum { TRIES = 200, TRIES_RARE = 50000, FRAMES_MAX = 60, SEED_MAX = 1 << 16 };

static struct fast_case one;
static struct fast_tally tally;

static const char *const names[] = {
#define X(name, text) #name,
	FAST_KINDS_LIST
#undef X
};

/* The octets of a case that has the kind; 0 if it has none. */
static size_t
try_case(enum fast_kind kind, uint64_t number, uint8_t *octets)
{
	const struct fast_draw draw = {
		.state = number, .record = octets, .record_max = SEED_MAX,
	};
	const uint64_t before = tally.kind[kind];

	one.until = kind;
	fast_case_run(&one, &draw, FRAMES_MAX, &tally);
	return tally.kind[kind] > before ? one.draw.recorded : 0;
}

static int
write_seed(const char *folder, const char *name, const uint8_t *octets, size_t len)
{
	char path[4096];
	FILE *file;
	int n = snprintf(path, sizeof(path), "%s/", folder);

	for (; *name != '\0' && n < (int)sizeof(path) - 1; name++)
		path[n++] = (char)tolower((unsigned char)*name);
	path[n] = '\0';
	file = fopen(path, "wb");
	if (file == NULL || fwrite(octets, 1, len, file) != len || fclose(file) != 0) {
		perror(path);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static int
make_seed(const char *folder, enum fast_kind kind)
{
	static uint8_t octets[SEED_MAX], shortest[SEED_MAX];
	size_t len = SEED_MAX;

	for (uint64_t i = 1; i <= (len == SEED_MAX ? TRIES_RARE : TRIES); i++) {
		const size_t n = try_case(kind, i, octets);

		if (n == 0 || n >= len)
			continue;
		len = n;
		memcpy(shortest, octets, len);
	}
	if (len == SEED_MAX) {
		fprintf(stderr, "no case has %s\n", names[kind]);
		return EXIT_FAILURE;
	}
	return write_seed(folder, names[kind], shortest, len);
}

int
main(int argc, char **argv)
{
	int failed = argc != 2;

	for (int kind = 0; kind < FAST_KINDS && !failed; kind++)
		failed = make_seed(argv[1], (enum fast_kind)kind);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
