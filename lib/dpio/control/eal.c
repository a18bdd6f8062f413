/* SPDX-License-Identifier: BSD-3-Clause */
/* EAL: start it, say in one line why it does not, leave nothing behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_thread.h>
#include <rte_version.h>

#include "eal.h"
#include "port/fail.h"
#include "log.h"
#include "port/tap.h"

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
text_says(const char *text, const char *words)
{
	return strcasestr(text, words) != NULL;
}

/* A virtual device that could not be made does not stop EAL, but us. */
static bool
lacks_a_device(const char *text)
{
	return text_says(text, "failed to initialize") && text_says(text, "vdev_probe");
}

/* What is forbidden, if something is. */
static const char *
forbidden_thing(const char *text, int error_number)
{
	const char *at = strcasestr(text, "permission denied");

	if (at == NULL)
		at = strcasestr(text, "operation not permitted");
	while (at != NULL && at > text && at[-1] != '\n')
		at--;
	if (at == NULL && (error_number == EACCES || error_number == EPERM))
		at = text;
	return at;
}

static bool
explain_failure(const char *text, const char *prefix, int error_number, struct la_dpio_error *error)
{
	const bool usage = text_says(text, "'command line' arguments");
	const char *no_right = forbidden_thing(text, error_number);
	char line[256];

	la_log__line(text, usage || lacks_a_device(text) ? LA_LOG_FIRST : LA_LOG_LAST, line,
			sizeof(line));
	if (text_says(text, "another primary process"))
		return la_dpio__fail(error, "eal.args: another process runs with the file prefix "
				"'%s': end it, or give each its own --file-prefix", prefix);
	if (!usage && (text_says(text, "hugepage") || text_says(text, "hugetlb")))
		return la_dpio__fail(error, "eal.args: not enough free hugepages: reserve some "
				"(echo 1024 > /proc/sys/vm/nr_hugepages) or add --no-huge -m 1024 (%s)",
				line);
	if (no_right != NULL) {
		la_log__line(no_right, LA_LOG_FIRST, line, sizeof(line));
		return la_dpio__fail(error, "eal.args: no permission: run as root, or give the "
				"right to what DPDK names here: %s", line);
	}
	if (line[0] == '\0')
		snprintf(line, sizeof(line), "%s", rte_strerror(error_number));
	return la_dpio__fail(error, "eal.args: DPDK does not start: %s", line);
}

/* EAL moves the words about, and a caller may still want to free them. */
static char **
copy_words(int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy));

	if (copy != NULL)
		memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	return copy;
}

/* What EAL and the drivers say is held back, unless the user wants to read it. */
static bool
start_eal(int argc, char **words, bool hold, struct la_log *log, int *error_number)
{
	int taken;

	la_log__start();
	if (hold && !la_log__hold(log))
		hold = false;
	taken = rte_eal_init(argc, words);
	*error_number = taken < 0 ? rte_errno : 0;
	if (hold)
		la_log__release(log);
	return taken >= 0;
}

enum lock { LOCK_NONE, LOCK_FREE, LOCK_HELD };

/* Whether a process holds the lock that a running EAL has in its folder. */
static enum lock
lock_of(int folder)
{
	const int config = openat(folder, "config", O_RDWR | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	enum lock found;

	if (config < 0)
		return errno == ENOENT ? LOCK_NONE : LOCK_HELD;
	found = fcntl(config, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK ? LOCK_FREE :
			LOCK_HELD;
	close(config);
	return found;
}

/* The only thing in it is the telemetry socket, of --in-memory, that DPDK would
 * remove at exit. */
static bool
holds_only_socket(DIR *list)
{
	static const char socket[] = "dpdk_telemetry.v2";
	struct dirent *entry;
	int others = 0;

	while ((entry = readdir(list)) != NULL)
		others += entry->d_name[0] != '.' && strcmp(entry->d_name, socket) != 0;
	rewinddir(list);
	return others == 0;
}

static void
empty_folder(DIR *list)
{
	struct dirent *entry;

	while ((entry = readdir(list)) != NULL) {
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(list), entry->d_name, 0);
	}
}

/* @p ran: EAL did start here; if it did not, a socket is somebody else's. */
static void
remove_folder(const char *path, bool ran)
{
	DIR *list = opendir(path);

	if (list == NULL)
		return;
	switch (lock_of(dirfd(list))) {
	case LOCK_FREE:
		empty_folder(list);
		break;
	case LOCK_NONE:
		if (ran && holds_only_socket(list))
			empty_folder(list);
		break;
	case LOCK_HELD:
		break;
	}
	closedir(list);
	(void)rmdir(path);
}

static bool
refuse_start(const struct la_log *log, int argc, char **argv, int error_number,
		struct la_dpio_error *error)
{
	const char *prefix = option_value(argc, argv, "--file-prefix");

	remove_folder(rte_eal_get_runtime_dir(), false);
	return explain_failure(log->text != NULL ? log->text : "", prefix != NULL ? prefix : "rte",
			error_number, error);
}

bool
la_dpio_eal_start(int argc, char **argv, struct la_dpio_error *error)
{
	const bool hold = option_value(argc, argv, "--log-level") == NULL;
	char **words = copy_words(argc, argv);
	struct la_log log = { .text = NULL };
	int error_number;
	bool started;

	if (words == NULL)
		return la_dpio__fail(error, "no memory");
	if (!la_tap__check(argc, argv, error)) {
		free(words);
		return false;
	}
	started = start_eal(argc, words, hold, &log, &error_number);
	if (!started) {
		refuse_start(&log, argc, argv, error_number, error);
	} else if (log.text != NULL && lacks_a_device(log.text)) {
		la_dpio_eal_stop();
		started = refuse_start(&log, argc, argv, 0, error);
	}
	la_log__free(&log);
	free(words);
	return started;
}

void
la_dpio_eal_stop(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	remove_folder(path, true);
}

const char *
la_dpio_dpdk_version(void)
{
	return rte_version();
}

uint32_t
la_dpio_lcores(void)
{
	return rte_lcore_count() - 1;
}

static void
note_cpus(cpu_set_t *cpus)
{
	if (pthread_getaffinity_np(pthread_self(), sizeof(*cpus), cpus) != 0)
		CPU_ZERO(cpus);
}

/* EAL knows them, but tells only those threads that it puts there. */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
static uint32_t
note_cpus_there(void *cpus)
{
	note_cpus(cpus);
	return 0;
}

void
la_eal__spare_cpus(cpu_set_t *cpus)
{
	rte_thread_t thread;

	CPU_ZERO(cpus);
	if (rte_thread_create_control(&thread, "lastack-cpus", note_cpus_there, cpus) == 0)
		rte_thread_join(thread, NULL);
}
#else
static void *
note_cpus_there(void *cpus)
{
	note_cpus(cpus);
	return NULL;
}

void
la_eal__spare_cpus(cpu_set_t *cpus)
{
	pthread_t thread;

	CPU_ZERO(cpus);
	if (rte_ctrl_thread_create(&thread, "lastack-cpus", NULL, note_cpus_there, cpus) == 0)
		pthread_join(thread, NULL);
}
#endif
