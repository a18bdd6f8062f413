/* SPDX-License-Identifier: BSD-3-Clause */
/* lastack top: what running instances do, told by their telemetry sockets. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../commands.h"
#include "../options.h"
#include "json.h"
#include "live.h"
#include "page.h"

static const char usage[] =
	"lastack top [--prefix NAME]... [--once] [--json]\n"
	"\n"
	"Show running instances on the terminal; h there lists the keys. In a pipe: a line\n"
	"for each instance, each second.\n"
	"\n"
	"--prefix NAME  the instance of this DPDK file prefix; may repeat. Without it: all\n"
	"               in DPDK's runtime folder: $RUNTIME_DIRECTORY/dpdk; if that is not\n"
	"               set, /var/run/dpdk for root, $XDG_RUNTIME_DIR/dpdk or /tmp/dpdk\n"
	"               for others\n"
	"--once         print the figures once\n"
	"--json         one JSON object in a line, each second; with --once, one\n";

struct top_options {
	struct la_option_list prefixes;
	bool once, json, help;
};

static bool
is_screen(const struct top_options *options)
{
	return !options->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* Wait until all have answered, or for a signal: false. */
static bool
wait_for_round(struct la_top_set *set, int signals)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };

	while (la_top_set_is_asking(set)) {
		la_top_set_wait(set, &fd, 1, UINT64_MAX);
		if (fd.revents != 0)
			return false;
	}
	return true;
}

static int
none_runs(const struct la_top_set *set)
{
	fprintf(stderr, "lastack top: no instance runs in %s\n", set->folder);
	return LA_EXIT_FAILED;
}

static void
print_instance(const struct la_top_instance *instance, struct la_top_page *page)
{
	static const struct la_top_look look = { .columns = LA_TOP_ONCE_COLUMNS, .once = true };
	char title[LA_TOP_LINE];

	la_top_title(&instance->model, instance->prefix, title);
	la_top_page_make(page, &instance->model, &look);
	printf("%s\n\n", title);
	for (uint32_t i = 0; i < page->lines; i++)
		puts(page->line[i].text);
}

static bool
print_text(const struct la_top_set *set)
{
	struct la_top_page *page = malloc(sizeof(*page));
	bool is_first = true;

	for (uint32_t i = 0; page != NULL && i < set->n; i++) {
		if (!set->v[i]->answers)
			continue;
		if (!is_first)
			printf("\n");
		print_instance(set->v[i], page);
		is_first = false;
	}
	free(page);
	return page != NULL;
}

/* Those that were named and do not answer, on stderr. False: there are some. */
static bool
say_who_is_missing(const struct la_top_set *set)
{
	bool complete = true;

	for (uint32_t i = 0; i < set->n; i++) {
		const struct la_top_instance *instance = set->v[i];

		if (!la_top_is_shown(instance) || instance->answers)
			continue;
		fprintf(stderr, "lastack top: %s: %s\n", instance->prefix, instance->problem);
		complete = false;
	}
	return complete;
}

static int
print_once(const struct la_top_set *set, bool json)
{
	const bool complete = say_who_is_missing(set);
	bool printed;

	if (json) {
		json_t *object = la_top_json(set);

		printed = json_dumpf(object, stdout, JSON_INDENT(2)) == 0 && puts("") >= 0;
		json_decref(object);
	} else {
		printed = print_text(set);
	}
	if (fflush(stdout) != 0 || !printed) {
		perror("lastack top: stdout");
		return LA_EXIT_FAILED;
	}
	return complete ? LA_EXIT_DONE : LA_EXIT_FAILED;
}

/* Figures for ever, or once. */
static int
show_figures(struct la_top_set *set, const struct top_options *options, int signals)
{
	la_top_set_ask(set);
	/* Those that were named may come up later; else there must be one. */
	if ((options->once || set->any) && !wait_for_round(set, signals))
		return options->once ? LA_EXIT_FAILED : LA_EXIT_DONE;
	if (la_top_set_shown(set) == 0)
		return none_runs(set);
	if (options->once)
		return print_once(set, options->json);
	return is_screen(options) ? la_top_screen(set, signals) :
			la_top_lines(set, options->json, signals);
}

static int
run_top(const struct top_options *options)
{
	struct la_top_set set;
	int code = LA_EXIT_USAGE;
	const int signals = la_top_signals();

	if (signals < 0) {
		perror("lastack top: signalfd");
		return LA_EXIT_FAILED;
	}
	if (la_top_set_init(&set, options->prefixes.v, options->prefixes.len))
		code = show_figures(&set, options, signals);
	la_top_set_free(&set);
	close(signals);
	return code;
}

static bool
read_options(struct top_options *options, int argc, char **argv)
{
	const struct la_option table[] = {
		{ "prefix", 0, la_option_item, &options->prefixes, 0, 0 },
		{ "once", 0, la_option_flag, &options->once, 0, 0 },
		{ "json", 0, la_option_flag, &options->json, 0, 0 },
		LA_OPTION_HELP(&options->help), LA_OPTION_END,
	};

	return la_options_read(argc, argv, table, NULL);
}

int
la_cmd_top(int argc, char **argv)
{
	struct top_options options = { .once = false };
	int code = LA_EXIT_USAGE;

	if (read_options(&options, argc, argv)) {
		if (options.help)
			code = fputs(usage, stdout) < 0 || fflush(stdout) != 0;
		else
			code = run_top(&options);
	}
	la_option_list_free(&options.prefixes);
	return code;
}
