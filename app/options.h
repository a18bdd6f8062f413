/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_OPTIONS_H
#define LA_OPTIONS_H

/* Options that commands share. */
#include <stdbool.h>
#include <stdint.h>

#include "la_conf.h"

/* Which options a command takes; -c and -s come together. */
enum {
	LA_TAKES_CONF = 1,
	LA_TAKES_DURATION = 2,
	LA_TAKES_TABLE = 4,
	LA_TAKES_JSON = 8,
	LA_TAKES_LOAD = 16,             /* --pass, --search */
	LA_TAKES_BENCH = 32,            /* --seconds or --duration, --live, --workers, --service, --family */
	LA_TAKES_TOP = 64,              /* --prefix, --once, and a --json that names no file */
	LA_TAKES_REPLAY = 128,          /* --trust-checksums, and two files */
};

/* What -c and -s mean, for the help of a command. */
#define LA_OPTIONS_CONF_HELP \
	"-c FILE               the configuration; its keys: lastack.ini(5), lastack check --table\n" \
	"-s SECTION.KEY=VALUE  set a key, whatever the file says; may repeat: -s tcp.mss=1400,\n" \
	"                      -s \"listen web.port=81\", -s \"port far.mtu=9000\"\n"

struct la_options {
	const char *command;
	const char *conf;               /* -c FILE, or NULL */
	char **overrides;               /* Each -s. */
	uint32_t overrides_len;
	uint64_t duration_s;            /* 0: none given */
	bool table;
	const char *json;               /* NULL: not wanted. */
	const char *pass, *search;      /* As given, or NULL. */
	const char *service;            /* As given, or NULL. */
	uint64_t seconds;               /* At least 1. */
	uint32_t live, workers;         /* workers: at least 1. */
	bool ipv6;                      /* --family 6 */
	char **prefixes;                /* Each --prefix. */
	uint32_t prefixes_len;
	bool once, print_json;
	bool trust_checksums;
	char **files;                   /* Words behind the options. */
	int files_len;
	bool help;                      /* --help was asked for: print it, and be done. */
};

/**
 * Read the options of a command. Strings stay argv's; la_options_free() gives
 * back the rest.
 *
 * @param takes  LA_TAKES_*
 * @return false, after a line on stderr, for what the command does not take.
 */
bool la_options_read(struct la_options *options, int argc, char **argv, unsigned int takes);

void la_options_free(struct la_options *options);

/**
 * Read the configuration that the options name. Every error goes to stderr.
 *
 * @param conf  Written in any case: la_conf_free() it.
 * @return whether it may be used.
 */
bool la_options_conf(const struct la_options *options, enum la_conf_role role,
		struct la_conf *conf);

#endif
