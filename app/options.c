/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_DURATION = 256, OPT_TABLE };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "set", required_argument, NULL, 's' },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "table", no_argument, NULL, OPT_TABLE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static bool
read_duration(struct la_options *options, const char *text)
{
	enum { LONGEST_S = 366 * 86400 };
	char *end;
	const unsigned long value = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < 1 || value > LONGEST_S) {
		fprintf(stderr, "lastack %s: --duration %s: not a number of seconds in 1-%d\n",
				options->command, text, LONGEST_S);
		return false;
	}
	options->duration_s = value;
	return true;
}

static bool
not_taken(const struct la_options *options, const char *option)
{
	fprintf(stderr, "lastack %s: no option %s; see lastack --help\n", options->command, option);
	return false;
}

static bool
take(struct la_options *options, int option, unsigned int takes)
{
	switch (option) {
	case 'c':
		options->conf = optarg;
		return (takes & LA_TAKES_CONF) || not_taken(options, "-c");
	case 's':
		options->overrides[options->overrides_len++] = optarg;
		return (takes & LA_TAKES_CONF) || not_taken(options, "-s");
	case OPT_DURATION:
		return (takes & LA_TAKES_DURATION) ? read_duration(options, optarg) :
				not_taken(options, "--duration");
	case OPT_TABLE:
		options->table = true;
		return (takes & LA_TAKES_TABLE) || not_taken(options, "--table");
	case 'h':
		options->help = true;
		return true;
	default:
		/* getopt_long() has said what is wrong, but not where to look. */
		fprintf(stderr, "See lastack --help.\n");
		return false;
	}
}

bool
la_options_read(struct la_options *options, int argc, char **argv, unsigned int takes)
{
	char **overrides = calloc((size_t)argc, sizeof(*overrides));
	char name[64];
	int option;

	*options = (struct la_options){ .command = argv[0], .overrides = overrides };
	if (overrides == NULL) {
		fprintf(stderr, "lastack: out of memory\n");
		return false;
	}
	/* getopt_long() starts its messages with argv[0]. */
	snprintf(name, sizeof(name), "lastack %s", argv[0]);
	argv[0] = name;
	optind = 0;
	do {
		option = getopt_long(argc, argv, "c:s:h", long_options, NULL);
	} while (option != -1 && take(options, option, takes));
	argv[0] = (char *)options->command;
	if (option == -1 && optind < argc)
		fprintf(stderr, "lastack %s: %s: not an option\n", argv[0], argv[optind]);
	return option == -1 && optind == argc;
}

void
la_options_free(struct la_options *options)
{
	free(options->overrides);
	options->overrides = NULL;
}

bool
la_options_conf(const struct la_options *options, enum la_conf_role role, struct la_conf *conf)
{
	la_conf_init(conf);
	if (options->conf == NULL) {
		fprintf(stderr, "lastack %s: no configuration: give one with -c FILE\n",
				options->command);
		return false;
	}
	la_conf_read(conf, options->conf);
	for (uint32_t i = 0; i < options->overrides_len; i++)
		la_conf_override(conf, options->overrides[i]);
	if (la_conf_finish(conf, role))
		return true;
	la_conf_print_errors(conf, stderr);
	return false;
}
