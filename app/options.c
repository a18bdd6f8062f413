/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What getopt_long() calls the first option of a table; the others follow. */
enum { FIRST = 256 };

bool
la_option_flag(const char *command, const struct la_option *option, const char *text)
{
	(void)command;
	(void)text;
	*(bool *)option->value = true;
	return true;
}

bool
la_option_text(const char *command, const struct la_option *option, const char *text)
{
	(void)command;
	*(const char **)option->value = text;
	return true;
}

bool
la_option_item(const char *command, const struct la_option *option, const char *text)
{
	struct la_option_list *list = option->value;
	char **more = realloc(list->v, (list->len + 1) * sizeof(*more));

	if (more == NULL) {
		fprintf(stderr, "lastack %s: out of memory\n", command);
		return false;
	}
	list->v = more;
	list->v[list->len++] = (char *)text;
	return true;
}

/* The digits that a text begins with; *end is behind them. False: there are none. */
static bool
read_digits(const char *text, unsigned long long *n, char **end)
{
	*n = strtoull(text, end, 10);
	return text[0] >= '0' && text[0] <= '9';
}

bool
la_option_number(const char *command, const struct la_option *option, const char *text)
{
	unsigned long long n;
	char *end;

	if (!read_digits(text, &n, &end) || *end != '\0' || n < option->min || n > option->max) {
		fprintf(stderr, "lastack %s: --%s %s: not a number in %llu-%llu\n", command,
				option->name, text, (unsigned long long)option->min,
				(unsigned long long)option->max);
		return false;
	}
	*(uint32_t *)option->value = (uint32_t)n;
	return true;
}

bool
la_option_count(const char *command, const struct la_option *option, const char *text)
{
	unsigned long long n, factor;
	char *end;
	bool good = read_digits(text, &n, &end);

	factor = *end == 'm' ? 1000000 : *end == 'k' ? 1000 : 1;
	if (factor > 1)
		end++;
	good = good && *end == '\0' && n <= option->max / factor && n * factor >= option->min;
	if (!good) {
		fprintf(stderr, "lastack %s: --%s %s: not a number in %llu-%llu, such as 5000, "
				"100k or 16m\n", command, option->name, text,
				(unsigned long long)option->min, (unsigned long long)option->max);
		return false;
	}
	*(uint32_t *)option->value = (uint32_t)(n * factor);
	return true;
}

bool
la_option_seconds(const char *command, const struct la_option *option, const char *text)
{
	unsigned long long n;
	char *end;
	bool good = read_digits(text, &n, &end) && n <= option->max;

	if (good && *end == 'm')
		n *= 60;
	if (*end == 'm' || *end == 's')
		end++;
	good = good && *end == '\0' && n >= option->min && n <= option->max;
	if (!good) {
		fprintf(stderr, "lastack %s: --%s %s: not a number of seconds in %llu-%llu, such "
				"as 90, 90s or 2m\n", command, option->name, text,
				(unsigned long long)option->min, (unsigned long long)option->max);
		return false;
	}
	*(uint64_t *)option->value = n;
	return true;
}

void
la_option_list_free(struct la_option_list *list)
{
	free(list->v);
	*list = (struct la_option_list){ NULL, 0 };
}

/* An option of the table that begins with a name, else the one that is spelt most like it. */
static const char *
nearest_option(const struct la_option *options, const char *name)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	for (const struct la_option *o = options; o->name != NULL; o++) {
		const size_t distance = strncmp(o->name, name, strlen(name)) == 0 ? 0 :
				la_conf_distance(o->name, name);

		if (distance < best) {
			best = distance;
			nearest = o->name;
		}
	}
	return nearest;
}

/* getopt_long() knows no such option. Of a letter nothing is near. */
static void
say_unknown(const char *command, const struct la_option *options, const char *word)
{
	char name[64];

	if (optopt != 0) {
		fprintf(stderr, "lastack %s: no option -%c; see lastack %s --help\n", command,
				optopt, command);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
	fprintf(stderr, "lastack %s: no option --%s; the nearest is --%s; see lastack %s --help\n",
			command, name, nearest_option(options, name), command);
}

/* What is wrong with the word before optind. */
static void
say_wrong(const char *command, const struct la_option *options, int option, const char *word)
{
	if (option == ':')
		fprintf(stderr, "lastack %s: %s: a value must follow; see lastack %s --help\n",
				command, word, command);
	else if (optopt >= FIRST)
		fprintf(stderr, "lastack %s: --%s takes no value; see lastack %s --help\n",
				command, options[optopt - FIRST].name, command);
	else
		say_unknown(command, options, word);
}

/* Most who write a word that is no option mean a file. */
static void
say_not_an_option(const char *command, const struct la_option *options, const char *word)
{
	fprintf(stderr, "lastack %s: %s: not an option; ", command, word);
	for (const struct la_option *o = options; o->name != NULL; o++) {
		if (o->letter == 'c' && *(const char **)o->value == NULL) {
			fprintf(stderr, "a configuration is given with -c: -c %s\n", word);
			return;
		}
	}
	fprintf(stderr, "see lastack %s --help\n", command);
}

/* The options as getopt_long() wants them. */
static void
make_getopt(const struct la_option *options, struct option *names, char *letters)
{
	int n = 0;

	*letters++ = ':';       /* It prints nothing, and tells an option without its value. */
	for (; options[n].name != NULL && n < LA_OPTIONS_MAX; n++) {
		const bool flag = options[n].read == la_option_flag;

		names[n] = (struct option){ options[n].name, flag ? no_argument :
				required_argument, NULL, FIRST + n };
		if (options[n].letter != 0)
			*letters++ = options[n].letter;
		if (options[n].letter != 0 && !flag)
			*letters++ = ':';
	}
	names[n] = (struct option){ NULL, 0, NULL, 0 };
	*letters = '\0';
}

/* What getopt_long() found; NULL: nothing that the command takes. */
static const struct la_option *
find_option(const struct la_option *options, int found)
{
	if (found >= FIRST)
		return &options[found - FIRST];
	for (const struct la_option *o = options; o->name != NULL; o++) {
		if (o->letter == found)
			return o;
	}
	return NULL;
}

bool
la_options_read(int argc, char **argv, const struct la_option *options, int *words)
{
	struct option names[LA_OPTIONS_MAX + 1];
	char letters[2 * LA_OPTIONS_MAX + 2];
	int found;

	make_getopt(options, names, letters);
	optind = 0;
	opterr = 0;
	while ((found = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		const struct la_option *option = find_option(options, found);

		if (option == NULL) {
			say_wrong(argv[0], options, found, argv[optind - 1]);
			return false;
		}
		if (!option->read(argv[0], option, optarg))
			return false;
	}
	if (words != NULL)
		*words = optind;
	else if (optind < argc)
		say_not_an_option(argv[0], options, argv[optind]);
	return words != NULL || optind == argc;
}

bool
la_options_conf(const struct la_conf_options *options, enum la_conf_role role,
		struct la_conf *conf)
{
	la_conf_init(conf);
	if (options->file == NULL) {
		fprintf(stderr, "lastack %s: no configuration: give one with -c FILE\n",
				options->command);
		return false;
	}
	la_conf_read(conf, options->file);
	for (uint32_t i = 0; i < options->set.len; i++)
		la_conf_override(conf, options->set.v[i]);
	if (la_conf_finish(conf, role))
		return true;
	la_conf_print_errors(conf, stderr);
	return false;
}
