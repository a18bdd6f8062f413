/* SPDX-License-Identifier: BSD-3-Clause */
/* The program: finds the command and runs it. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "la_version.h"

/* The commands this build has, in the order --help lists them. */
static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *help;
} commands[] = {
#ifdef LA_HAVE_SERVE
	{ "serve", la_cmd_serve, "-c FILE [-s SECTION.KEY=VALUE]... [--duration SECONDS]",
		"terminate connections until SIGINT, SIGTERM or the end of the duration" },
	{ "load", la_cmd_load, "-c FILE [-s SECTION.KEY=VALUE]... [--duration SECONDS] [--json FILE]\n"
		"        [--pass CHECKS] [--search LOW:HIGH]",
		"open connections by a schedule, and say how it went" },
	{ "bench", la_cmd_bench, "[--seconds N] [--live N] [--workers N] [--service NAME] [--family 4|6]\n"
		"        [--json FILE]",
		"both ends in this process: no NIC, no hugepages, no root" },
#endif
	{ "check", la_cmd_check, "-c FILE [-s SECTION.KEY=VALUE]... | --table",
		"print the effective configuration, or every error in it; or a table of all keys" },
	{ "replay", la_cmd_replay, "[-c FILE [-s SECTION.KEY=VALUE]...] [--trust-checksums] IN OUT",
		"give a capture to a stack, without DPDK, and write what it answers" },
	{ "top", la_cmd_top, "[--prefix NAME]... [--once] [--json]",
		"show live what running instances do, told by their telemetry sockets" },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void
print_help(FILE *out)
{
	fprintf(out, "Lastack terminates TCP connections on DPDK.\n\n");
	for (int i = 0; i < COMMANDS; i++)
		fprintf(out, "lastack %s %s\n        %s\n", commands[i].name, commands[i].usage,
				commands[i].help);
	fprintf(out, "lastack --help | --version\n\n"
			LA_OPTIONS_CONF_HELP
			"\n"
			"lastack COMMAND --help says more of each.\n"
			"Exit codes: 0 done, 1 could not run, 2 bad usage or configuration.\n");
}

static int
no_command(const char *name)
{
	fprintf(stderr, "lastack: this build has no command %s; it has", name);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", commands[i].name);
	fprintf(stderr, ". See lastack --help.\n");
	return LA_EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return LA_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help(stdout);
		return LA_EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("lastack %s\n", LA_VERSION);
		return LA_EXIT_DONE;
	}
	for (int i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	return no_command(argv[1]);
}
