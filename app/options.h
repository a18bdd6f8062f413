/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_OPTIONS_H
#define LA_OPTIONS_H

/*
 * Options of commands. Each command lists its own in a table, beside itself, and reads them into
 * a struct of its own; the readers of values that several commands use are here.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_conf.h"

/* What -c and -s mean, for the help of a command. */
#define LA_OPTIONS_CONF_HELP \
	"-c FILE               the configuration; its keys: lastack.ini(5), lastack check --table\n" \
	"-s SECTION.KEY=VALUE  set a key, whatever the file says; may repeat: -s tcp.mss=1400,\n" \
	"                      -s \"listen web.port=81\", -s \"port far.mtu=9000\"\n"

enum { LA_OPTIONS_MAX = 16 };   /* Options of one command. */

/* An option that a command takes. */
struct la_option {
	const char *name;       /* Without its dashes. */
	char letter;            /* Of its short form, or 0. */
	/* Put the text given into value; false, after a line on stderr, if it cannot be.
	 * la_option_flag: the option has no text. */
	bool (*read)(const char *command, const struct la_option *option, const char *text);
	void *value;
	uint64_t min, max;      /* For a reader of numbers. */
};

/* The texts of an option that may repeat. */
struct la_option_list {
	char **v;
	uint32_t len;
};

/* -c and -s. */
struct la_conf_options {
	const char *command;
	const char *file;               /* NULL: none given */
	struct la_option_list set;
};

/* Rows of tables that several commands have. */
#define LA_OPTION_CONFIG(options) { "config", 'c', la_option_text, &(options)->file, 0, 0 }
#define LA_OPTION_SET(options) { "set", 's', la_option_item, &(options)->set, 0, 0 }
#define LA_OPTION_SECONDS(name, value) { name, 0, la_option_seconds, value, 1, 366 * 86400 }
#define LA_OPTION_JSON_FILE(value) { "json", 0, la_option_text, value, 0, 0 }
#define LA_OPTION_HELP(value) { "help", 'h', la_option_flag, value, 0, 0 }
#define LA_OPTION_END { NULL, 0, NULL, NULL, 0, 0 }

/* Readers; what value points to is named behind each. */
bool la_option_flag(const char *command, const struct la_option *option,
		const char *text);      /* bool */
bool la_option_text(const char *command, const struct la_option *option,
		const char *text);      /* const char *; the text stays argv's */
bool la_option_item(const char *command, const struct la_option *option,
		const char *text);      /* struct la_option_list; la_option_list_free() it */
bool la_option_number(const char *command, const struct la_option *option,
		const char *text);      /* uint32_t */
bool la_option_count(const char *command, const struct la_option *option,
		const char *text);      /* uint32_t; k or m may follow, as in a configuration */
bool la_option_seconds(const char *command, const struct la_option *option,
		const char *text);      /* uint64_t; s or m may follow, as in a configuration */

/**
 * Read the options of a command.
 *
 * @param argv     argv[0] is the command. Words that are no options are moved to its end.
 * @param options  What the command takes, LA_OPTION_END last; values have their presets.
 * @param words    Receives the index of the first word that is no option. NULL: the command
 *                 takes no such words.
 * @return false, after a line on stderr, for what the command does not take.
 */
bool la_options_read(int argc, char **argv, const struct la_option *options, int *words);

void la_option_list_free(struct la_option_list *list);

/**
 * Read the configuration that the options name. Every error goes to stderr.
 *
 * @param conf  Written in any case: la_conf_free() it.
 * @return whether it may be used.
 */
bool la_options_conf(const struct la_conf_options *options, enum la_conf_role role,
		struct la_conf *conf);

#endif
