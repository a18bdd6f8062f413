/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A main() for a fuzz target where there is no libFuzzer: runs the target once
 * on every file named, and on every file of a folder named.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The file's octets in a block of just their size, so that a sanitizer sees a read past it. */
static int
run_file(const char *path, long size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
	size_t len = 0;
	int ok = file != NULL && data != NULL;

	if (ok) {
		len = fread(data, 1, (size_t)size, file);
		ok = len == (size_t)size;
	}
	if (ok)
		LLVMFuzzerTestOneInput(data, len);
	else
		perror(path);
	free(data);
	if (file != NULL)
		fclose(file);
	return ok ? 1 : -1;
}

static int run_path(const char *path);

/* Inputs run, or -1. */
static int
run_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char name[4096];
	int total = 0;

	if (folder == NULL) {
		perror(path);
		return -1;
	}
	while (total >= 0 && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		int n = run_path(name);
		total = n < 0 ? -1 : total + n;
	}
	closedir(folder);
	return total;
}

static int
run_path(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		perror(path);
		return -1;
	}
	return S_ISDIR(st.st_mode) ? run_folder(path) : run_file(path, (long)st.st_size);
}

int
main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int n = run_path(argv[i]);

		if (n < 0)
			return EXIT_FAILURE;
		total += n;
	}
	printf("%d inputs\n", total);
	/* An empty corpus tests nothing and must not look like success. */
	return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
