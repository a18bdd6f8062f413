/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_DURATION = 256, OPT_TABLE, OPT_JSON, OPT_PASS, OPT_SEARCH, OPT_SECONDS, OPT_LIVE,
	OPT_WORKERS, OPT_SERVICE, OPT_FAMILY, OPT_PREFIX, OPT_ONCE, OPT_PRINT_JSON,
	OPT_TRUST_CHECKSUMS };

/* What a stack can have at most is twice that. Memory is the limit before. */
enum { LIVE_MAX = 1000000000 };

enum { LONGEST_S = 366 * 86400, WORKERS_MAX = 16, SECONDS_PRESET = 5 };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "set", required_argument, NULL, 's' },
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "table", no_argument, NULL, OPT_TABLE },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "pass", required_argument, NULL, OPT_PASS },
	{ "search", required_argument, NULL, OPT_SEARCH },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "live", required_argument, NULL, OPT_LIVE },
	{ "workers", required_argument, NULL, OPT_WORKERS },
	{ "service", required_argument, NULL, OPT_SERVICE },
	{ "family", required_argument, NULL, OPT_FAMILY },
	{ "trust-checksums", no_argument, NULL, OPT_TRUST_CHECKSUMS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* Those of top, whose --json prints and names no file. */
static const struct option top_options[] = {
	{ "prefix", required_argument, NULL, OPT_PREFIX },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "json", no_argument, NULL, OPT_PRINT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static bool
read_number(const struct la_options *options, const char *option, const char *text, uint64_t min,
		uint64_t max, uint64_t *value)
{
	char *end;
	const unsigned long long n = strtoull(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n < min || n > max) {
		fprintf(stderr, "lastack %s: %s %s: not a number in %llu-%llu\n", options->command,
				option, text, (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*value = n;
	return true;
}

/* Seconds; s or m may follow, as in a configuration. */
static bool
read_seconds(const struct la_options *options, const char *option, const char *text,
		uint64_t *seconds)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end == 'm' && value <= LONGEST_S)
		value *= 60;
	if (*end == 'm' || *end == 's')
		end++;
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < 1 || value > LONGEST_S) {
		fprintf(stderr, "lastack %s: %s %s: not a number of seconds in 1-%d, such as 90, 90s "
				"or 2m\n", options->command, option, text, LONGEST_S);
		return false;
	}
	*seconds = value;
	return true;
}

static bool
read_small(const struct la_options *options, const char *option, const char *text, uint64_t min,
		uint64_t max, uint32_t *value)
{
	uint64_t n = 0;

	if (!read_number(options, option, text, min, max, &n))
		return false;
	*value = (uint32_t)n;
	return true;
}

/* A number that k or m may follow, as in a configuration. */
static bool
read_count(const struct la_options *options, const char *option, const char *text, uint64_t max,
		uint32_t *value)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);
	const unsigned long long factor = *end == 'm' ? 1000000 : *end == 'k' ? 1000 : 1;

	if (factor > 1)
		end++;
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || n > max / factor) {
		fprintf(stderr, "lastack %s: %s %s: not a number in 0-%llu, such as 5000, 100k "
				"or 16m\n", options->command, option, text,
				(unsigned long long)max);
		return false;
	}
	*value = (uint32_t)(n * factor);
	return true;
}

static bool
not_taken(const struct la_options *options, const char *option)
{
	fprintf(stderr, "lastack %s: no option %s; see lastack %s --help\n", options->command,
			option, options->command);
	return false;
}

static bool
read_family(struct la_options *options, const char *text)
{
	if (strcmp(text, "4") != 0 && strcmp(text, "6") != 0) {
		fprintf(stderr, "lastack %s: --family %s: not 4 or 6\n", options->command, text);
		return false;
	}
	options->ipv6 = text[0] == '6';
	return true;
}

/* Those of bench alone. */
static bool
take_bench(struct la_options *options, int option)
{
	switch (option) {
	case OPT_SECONDS:
		return read_seconds(options, "--seconds", optarg, &options->seconds);
	case OPT_LIVE:
		return read_count(options, "--live", optarg, LIVE_MAX, &options->live);
	case OPT_WORKERS:
		return read_small(options, "--workers", optarg, 1, WORKERS_MAX, &options->workers);
	case OPT_FAMILY:
		return read_family(options, optarg);
	default:
		options->service = optarg;
		return true;
	}
}

/* bench calls its own --seconds, and takes this too. */
static bool
take_duration(struct la_options *options, unsigned int takes)
{
	if (!(takes & (LA_TAKES_DURATION | LA_TAKES_BENCH)))
		return not_taken(options, "--duration");
	return read_seconds(options, "--duration", optarg, (takes & LA_TAKES_BENCH) ?
			&options->seconds : &options->duration_s);
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
		return take_duration(options, takes);
	case OPT_TABLE:
		options->table = true;
		return (takes & LA_TAKES_TABLE) || not_taken(options, "--table");
	case OPT_JSON:
		options->json = optarg;
		return (takes & LA_TAKES_JSON) || not_taken(options, "--json");
	case OPT_PASS:
		options->pass = optarg;
		return (takes & LA_TAKES_LOAD) || not_taken(options, "--pass");
	case OPT_SEARCH:
		options->search = optarg;
		return (takes & LA_TAKES_LOAD) || not_taken(options, "--search");
	case OPT_SECONDS: case OPT_LIVE: case OPT_WORKERS: case OPT_SERVICE: case OPT_FAMILY:
		return (takes & LA_TAKES_BENCH) ? take_bench(options, option) :
				not_taken(options, "--seconds, --live, --workers, --service or "
				"--family");
	case OPT_TRUST_CHECKSUMS:
		options->trust_checksums = true;
		return (takes & LA_TAKES_REPLAY) || not_taken(options, "--trust-checksums");
	case OPT_PREFIX:
		options->prefixes[options->prefixes_len++] = optarg;
		return true;
	case OPT_ONCE:
		options->once = true;
		return true;
	case OPT_PRINT_JSON:
		options->print_json = true;
		return true;
	case 'h':
		options->help = true;
		return true;
	default:
		/* getopt_long() has said what is wrong, but not where to look. */
		fprintf(stderr, "See lastack %s --help.\n", options->command);
		return false;
	}
}

/* Most who write one mean a file. */
static void
say_not_an_option(const struct la_options *options, const char *word, unsigned int takes)
{
	fprintf(stderr, "lastack %s: %s: not an option; ", options->command, word);
	if ((takes & LA_TAKES_CONF) && options->conf == NULL)
		fprintf(stderr, "a configuration is given with -c: -c %s\n", word);
	else
		fprintf(stderr, "see lastack %s --help\n", options->command);
}

bool
la_options_read(struct la_options *options, int argc, char **argv, unsigned int takes)
{
	char **overrides = calloc((size_t)argc, sizeof(*overrides));
	char **prefixes = calloc((size_t)argc, sizeof(*prefixes));
	const struct option *all = (takes & LA_TAKES_TOP) ? top_options : long_options;
	char name[64];
	int option;

	*options = (struct la_options){
		.command = argv[0], .overrides = overrides, .prefixes = prefixes,
		.seconds = SECONDS_PRESET, .workers = 1,
	};
	if (overrides == NULL || prefixes == NULL) {
		fprintf(stderr, "lastack: out of memory\n");
		return false;
	}
	/* getopt_long() starts its messages with argv[0]. */
	snprintf(name, sizeof(name), "lastack %s", argv[0]);
	argv[0] = name;
	optind = 0;
	do {
		option = getopt_long(argc, argv, "c:s:h", all, NULL);
	} while (option != -1 && take(options, option, takes));
	argv[0] = (char *)options->command;
	options->files = argv + optind;
	options->files_len = argc - optind;
	if (option == -1 && (takes & LA_TAKES_REPLAY))
		return true;
	if (option == -1 && optind < argc)
		say_not_an_option(options, argv[optind], takes);
	return option == -1 && optind == argc;
}

void
la_options_free(struct la_options *options)
{
	free(options->overrides);
	options->overrides = NULL;
	free(options->prefixes);
	options->prefixes = NULL;
}

bool
la_options_conf(const struct la_options *options, enum la_conf_role role, struct la_conf *conf)
{
	char duration[64];

	la_conf_init(conf);
	if (options->conf == NULL) {
		fprintf(stderr, "lastack %s: no configuration: give one with -c FILE\n",
				options->command);
		return false;
	}
	la_conf_read(conf, options->conf);
	for (uint32_t i = 0; i < options->overrides_len; i++)
		la_conf_override(conf, options->overrides[i]);
	if (role == LA_CONF_LOAD && options->duration_s != 0) {
		snprintf(duration, sizeof(duration), "load.duration=%llus",
				(unsigned long long)options->duration_s);
		la_conf_override(conf, duration);
	}
	if (la_conf_finish(conf, role))
		return true;
	la_conf_print_errors(conf, stderr);
	return false;
}
