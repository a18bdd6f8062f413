/* SPDX-License-Identifier: BSD-3-Clause */
#include "set.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET_NAME "dpdk_telemetry.v2"

enum { LOOK_US = 3000000, MINUTE_US = 60000000 };

/* Where EAL keeps its files, by the same rule. */
static bool
set_folder(struct la_top_set *set)
{
	const char *base = getenv("RUNTIME_DIRECTORY");
	int len;

	if (base == NULL)
		base = getuid() == 0 ? "/var/run" : getenv("XDG_RUNTIME_DIR");
	if (base == NULL)
		base = "/tmp";
	len = snprintf(set->folder, sizeof(set->folder), "%s/dpdk", base);
	if (len < (int)sizeof(set->folder))
		return true;
	fprintf(stderr, "lastack top: the runtime folder's name is too long: %s\n", base);
	return false;
}

static struct la_top_instance *
find_instance(const struct la_top_set *set, const char *prefix)
{
	for (uint32_t i = 0; i < set->n; i++) {
		if (strcmp(set->v[i]->prefix, prefix) == 0)
			return set->v[i];
	}
	return NULL;
}

/* A name in the runtime folder, of letters that a terminal shows. */
static bool
is_prefix(const char *prefix)
{
	for (const char *c = prefix; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~' || *c == '/')
			return false;
	}
	return prefix[0] != '\0' && prefix[0] != ':' && prefix[0] != '.' &&
			strlen(prefix) < LA_TOP_PREFIX;
}

/* The socket of "rte" is rte/dpdk_telemetry.v2, that of "rte:1" has :1 at its end. */
static bool
socket_path(const struct la_top_set *set, const char *prefix, char path[LA_TOP_PATH])
{
	const size_t len = strcspn(prefix, ":");

	return is_prefix(prefix) && snprintf(path, LA_TOP_PATH, "%s/%.*s/" SOCKET_NAME "%s",
			set->folder, (int)len, prefix, prefix + len) < LA_TOP_PATH;
}

/* Those that were found are in order of their names, and stay so. */
static bool
insert_instance(struct la_top_set *set, struct la_top_instance *instance)
{
	struct la_top_instance **v = realloc(set->v, (set->n + 1) * sizeof(*v));
	uint32_t at = set->n;

	if (v == NULL)
		return false;
	set->v = v;
	for (; set->any && at > 0 && strcmp(v[at - 1]->prefix, instance->prefix) > 0; at--)
		v[at] = v[at - 1];
	v[at] = instance;
	set->n++;
	return true;
}

/* Add an instance, if there is none of this name. False: this cannot be one. */
static bool
add_instance(struct la_top_set *set, const char *prefix, bool named)
{
	char path[LA_TOP_PATH];
	struct la_top_instance *instance;

	if (!socket_path(set, prefix, path))
		return false;
	if (find_instance(set, prefix) != NULL)
		return true;
	instance = calloc(1, sizeof(*instance));
	if (instance == NULL)
		return true;
	strcpy(instance->prefix, prefix);
	instance->named = named;
	la_top_client_init(&instance->client, path);
	if (!insert_instance(set, instance))
		free(instance);
	return true;
}

/* All sockets in one instance's folder: several in-memory ones share a prefix. */
static void
look_into(struct la_top_set *set, const char *prefix)
{
	char path[512], name[512];
	const struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", set->folder, prefix);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const char *suffix = entry->d_name + strlen(SOCKET_NAME);

		if (strncmp(entry->d_name, SOCKET_NAME, strlen(SOCKET_NAME)) != 0 ||
				(*suffix != '\0' && *suffix != ':'))
			continue;
		snprintf(name, sizeof(name), "%.200s%.200s", prefix, suffix);
		add_instance(set, name, false);
	}
	if (dir != NULL)
		closedir(dir);
}

static void
look_for_new(struct la_top_set *set)
{
	DIR *dir = opendir(set->folder);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' && strchr(entry->d_name, ':') == NULL)
			look_into(set, entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
}

bool
la_top_set_init(struct la_top_set *set, char *const *prefixes, uint32_t prefixes_len)
{
	*set = (struct la_top_set){ .any = prefixes_len == 0 };
	if (!set_folder(set))
		return false;
	for (uint32_t i = 0; i < prefixes_len; i++) {
		if (!add_instance(set, prefixes[i], true)) {
			fprintf(stderr, "lastack top: --prefix %s: not a file prefix of DPDK\n",
					prefixes[i]);
			return false;
		}
	}
	return true;
}

static void
free_instance(struct la_top_instance *instance)
{
	la_top_client_close(&instance->client);
	la_top_model_free(&instance->model);
	free(instance);
}

void
la_top_set_free(struct la_top_set *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		free_instance(set->v[i]);
	free(set->v);
	*set = (struct la_top_set){ 0 };
}

bool
la_top_is_shown(const struct la_top_instance *instance)
{
	return instance->named || instance->model.answers != NULL;
}

uint32_t
la_top_set_shown(const struct la_top_set *set)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < set->n; i++)
		n += la_top_is_shown(set->v[i]);
	return n;
}

void
la_top_set_ask(struct la_top_set *set)
{
	const uint64_t now_us = la_monotonic_us();

	if (set->any && now_us >= set->look_us) {
		look_for_new(set);
		set->look_us = now_us + LOOK_US;
	}
	for (uint32_t i = 0; i < set->n; i++) {
		if (set->v[i]->asked)
			continue;
		la_top_client_ask(&set->v[i]->client, now_us);
		set->v[i]->asked = true;
	}
}

bool
la_top_set_is_asking(const struct la_top_set *set)
{
	for (uint32_t i = 0; i < set->n; i++) {
		if (set->v[i]->asked)
			return true;
	}
	return false;
}

/* What a round that is over gave. */
static void
take_answers(struct la_top_instance *instance, uint64_t now_us)
{
	json_t *answers = la_top_client_answers(&instance->client);

	instance->asked = false;
	if (answers != NULL) {
		instance->answers = true;
		la_top_model_take(&instance->model, answers, now_us);
		return;
	}
	la_top_model_miss(&instance->model);
	if (instance->answers || instance->gone_us == 0)
		instance->gone_us = now_us;
	instance->answers = false;
	memcpy(instance->problem, instance->client.problem, sizeof(instance->problem));
}

/* What was found but is none of ours is forgotten, until the next look. */
static void
forget_strangers(struct la_top_set *set)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < set->n; i++) {
		struct la_top_instance *instance = set->v[i];

		if (instance->asked || la_top_is_shown(instance))
			set->v[kept++] = instance;
		else
			free_instance(instance);
	}
	set->n = kept;
}

static bool
take_all(struct la_top_set *set)
{
	const uint64_t now_us = la_monotonic_us();
	bool news = false;

	for (uint32_t i = 0; i < set->n; i++) {
		struct la_top_instance *instance = set->v[i];
		/* It left between two rounds. */
		const bool left = instance->answers && instance->client.fd < 0;

		la_top_client_tick(&instance->client, now_us);
		if (instance->client.asking || (!instance->asked && !left))
			continue;
		take_answers(instance, now_us);
		news = true;
	}
	forget_strangers(set);
	return news;
}

/* For poll(): until a time, but no longer than a minute at once. */
static int
timeout_ms(const struct la_top_set *set, uint64_t until_us)
{
	const uint64_t now_us = la_monotonic_us();

	for (uint32_t i = 0; i < set->n; i++) {
		/* A round that ended as soon as it began is taken in at once. */
		if (set->v[i]->asked && !set->v[i]->client.asking)
			return 0;
		if (set->v[i]->client.asking && set->v[i]->client.until_us < until_us)
			until_us = set->v[i]->client.until_us;
	}
	if (until_us <= now_us)
		return 0;
	return until_us - now_us < MINUTE_US ? (int)((until_us - now_us + 999) / 1000) : 60000;
}

bool
la_top_set_wait(struct la_top_set *set, struct pollfd *more, uint32_t more_len, uint64_t until_us)
{
	const uint32_t len = set->n + more_len;
	struct pollfd *all = calloc(len + 1, sizeof(*all));

	if (all == NULL)
		return false;
	for (uint32_t i = 0; i < set->n; i++)
		all[i] = (struct pollfd){ .fd = set->v[i]->client.fd, .events = POLLIN };
	for (uint32_t i = 0; i < more_len; i++)
		all[set->n + i] = more[i];
	if (poll(all, len, timeout_ms(set, until_us)) < 0 && errno != EINTR)
		perror("lastack top: poll");
	for (uint32_t i = 0; i < more_len; i++)
		more[i].revents = all[set->n + i].revents;
	for (uint32_t i = 0; i < set->n; i++) {
		if (all[i].fd >= 0 && all[i].revents != 0)
			la_top_client_read(&set->v[i]->client);
	}
	free(all);
	return take_all(set);
}
