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

struct check_options {
	struct la_conf_options conf;
	bool table, help;
};

static bool
read_options(struct check_options *options, int argc, char **argv)
{
	const struct la_option table[] = {
		LA_OPTION_CONFIG(&options->conf), LA_OPTION_SET(&options->conf),
		{ "table", 0, la_option_flag, &options->table, 0, 0 },
		LA_OPTION_HELP(&options->help), LA_OPTION_END,
	};

	return la_options_read(argc, argv, table, NULL);
}

static int
print_conf(const struct la_conf_options *options)
{
	struct la_conf conf;
	const bool ok = la_options_conf(options, LA_CONF_ANY, &conf);

	if (ok)
		la_conf_print(&conf, stdout);
	la_conf_free(&conf);
	return ok ? LA_EXIT_DONE : LA_EXIT_USAGE;
}

static int
run_check(const struct check_options *options)
{
	if (options->help)
		fputs(usage, stdout);
	else if (options->table)
		la_conf_print_table(stdout);
	else
		return print_conf(&options->conf);
	return LA_EXIT_DONE;
}

int
la_cmd_check(int argc, char **argv)
{
	struct check_options options = { .conf.command = "check" };
	int code = LA_EXIT_USAGE;

	if (read_options(&options, argc, argv))
		code = run_check(&options);
	la_option_list_free(&options.conf.set);
	if (fflush(stdout) != 0) {
		perror("lastack check: stdout");
		return LA_EXIT_FAILED;
	}
	return code;
}
