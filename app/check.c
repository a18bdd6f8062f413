/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack check: the effective configuration, or every error in it. */
#include <stdio.h>

#include "commands.h"
#include "options.h"

static const char usage[] =
	"lastack check -c FILE [-s SECTION.KEY=VALUE]...\n"
	"lastack check --table\n"
	"\n"
	"Print the effective configuration, or every error in it; with --table, a table\n"
	"of all keys in Markdown.\n"
	"\n"
	LA_OPTIONS_CONF_HELP;

static int
print_conf(const struct la_options *options)
{
	struct la_conf conf;
	const bool ok = la_options_conf(options, LA_CONF_ANY, &conf);

	if (ok)
		la_conf_print(&conf, stdout);
	la_conf_free(&conf);
	return ok ? LA_EXIT_DONE : LA_EXIT_USAGE;
}

static int
run(const struct la_options *options)
{
	if (options->help)
		fputs(usage, stdout);
	else if (options->table)
		la_conf_print_table(stdout);
	else
		return print_conf(options);
	return LA_EXIT_DONE;
}

int
la_cmd_check(int argc, char **argv)
{
	struct la_options options;
	int code = LA_EXIT_USAGE;

	if (la_options_read(&options, argc, argv, LA_TAKES_CONF | LA_TAKES_TABLE))
		code = run(&options);
	la_options_free(&options);
	if (fflush(stdout) != 0) {
		perror("lastack check: stdout");
		return LA_EXIT_FAILED;
	}
	return code;
}
