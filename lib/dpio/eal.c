/* SPDX-License-Identifier: BSD-3-Clause */
/* EAL: start it, say in one line why it does not, leave nothing behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_version.h>

#include "dpio_private.h"
#include "log.h"

bool
la_dpio_fail(struct la_dpio_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return false;
}

/* The value of an option, as `--option value` or `--option=value`; else NULL. */
static const char *
option_value(int argc, char **argv, const char *option)
{
	const size_t len = strlen(option);

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], option, len) != 0)
			continue;
		if (argv[i][len] == '=')
			return argv[i] + len + 1;
		if (argv[i][len] == '\0' && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

static bool
said(const struct la_log *log, const char *words)
{
	return strcasestr(log->text, words) != NULL;
}

static bool
explain(const struct la_log *log, const char *prefix, int error_number,
		struct la_dpio_error *error)
{
	char last[256];

	la_log_last_line(log, last, sizeof(last));
	if (said(log, "another primary process"))
		return la_dpio_fail(error, "eal.args: another process runs with the file prefix "
				"'%s': end it, or give each its own --file-prefix", prefix);
	if (said(log, "hugepage") || said(log, "hugetlb"))
		return la_dpio_fail(error, "eal.args: not enough free hugepages: reserve some "
				"(echo 1024 > /proc/sys/vm/nr_hugepages) or add --no-huge -m 1024 (%s)",
				last);
	if (error_number == EACCES || error_number == EPERM || said(log, "permission denied") ||
			said(log, "operation not permitted"))
		return la_dpio_fail(error, "eal.args: no permission: run as root, or give the "
				"right to what DPDK names here: %s", last);
	if (last[0] == '\0')
		snprintf(last, sizeof(last), "%s", rte_strerror(error_number));
	return la_dpio_fail(error, "eal.args: DPDK does not start: %s", last);
}

/* EAL moves the words about, and a caller may still want to free them. */
static char **
copied(int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy));

	if (copy != NULL)
		memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	return copy;
}

bool
la_dpio_eal_start(int argc, char **argv, struct la_dpio_error *error)
{
	const char *prefix = option_value(argc, argv, "--file-prefix");
	char **words = copied(argc, argv);
	struct la_log log;
	int taken, error_number;

	if (words == NULL)
		return la_dpio_fail(error, "no memory");
	la_log_hold(&log);
	taken = rte_eal_init(argc, words);
	error_number = rte_errno;
	la_log_release(&log);
	if (taken < 0)
		explain(&log, prefix != NULL ? prefix : "rte", error_number, error);
	else if (option_value(argc, argv, "--log-level") != NULL)
		fputs(log.text, stderr);
	la_log_free(&log);
	free(words);
	return taken >= 0;
}

/* Nobody else uses the folder if its lock can be had. */
static bool
is_unused(int folder)
{
	const int config = openat(folder, "config", O_RDWR | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool unused;

	if (config < 0)
		return errno == ENOENT;
	unused = fcntl(config, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
	close(config);
	return unused;
}

static void
remove_folder(const char *path)
{
	const int folder = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	DIR *list = folder >= 0 ? fdopendir(folder) : NULL;
	struct dirent *entry;

	if (list == NULL) {
		if (folder >= 0)
			close(folder);
		return;
	}
	if (is_unused(folder)) {
		while ((entry = readdir(list)) != NULL) {
			if (entry->d_name[0] != '.')
				(void)unlinkat(folder, entry->d_name, 0);
		}
		(void)rmdir(path);
	}
	closedir(list);
}

void
la_dpio_eal_stop(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	remove_folder(path);
}

const char *
la_dpio_dpdk_version(void)
{
	return rte_version();
}
