/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any octets are a configuration: they are refused with at least one error, or
 * what is printed of them is accepted and prints as itself. The last line that
 * begins with "-s " is an override as well.
 */
#define _POSIX_C_SOURCE 200809L         /* open_memstream(), strndup() */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "la_conf.h"

#define MUST(x) do { if (!(x)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must_have_sane_errors(const struct la_conf *conf)
{
	MUST(conf->errors.n > 0 && conf->errors.n <= LA_CONF_ERRORS_MAX + 1);
	for (uint32_t i = 0; i < conf->errors.n; i++) {
		MUST(conf->errors.text[i] != NULL);
		for (const char *c = conf->errors.text[i]; *c != '\0'; c++)
			MUST(*c >= ' ' && *c <= '~');
	}
}

static void
must_make_arguments(const struct la_conf *conf)
{
	int argc = 0;
	char **argv = la_conf_eal_argv(conf, "lastack", &argc);

	MUST(argv != NULL && argc >= 1 && argv[argc] == NULL);
	for (int i = 0; i < argc; i++)
		MUST(argv[i] != NULL && strlen(argv[i]) < LA_CONF_FILE_MAX);
	free(argv);
}

static char *
print(const struct la_conf *conf, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	MUST(out != NULL);
	la_conf_print(conf, out);
	MUST(fclose(out) == 0 && text != NULL);
	return text;
}

static void
must_read_back(const char *text, size_t len)
{
	struct la_conf conf;
	size_t again_len;

	la_conf_init(&conf);
	MUST(la_conf_parse(&conf, "printed", text, len));
	MUST(la_conf_finish(&conf, LA_CONF_ANY));
	char *again = print(&conf, &again_len);

	MUST(again_len == len && memcmp(again, text, len) == 0);
	free(again);
	la_conf_free(&conf);
}

/* The last line, if it is an override: a copy of what follows the "-s ". */
static char *
take_override(const uint8_t *data, size_t *len)
{
	size_t at = *len;
	char *override;

	while (at > 0 && data[at - 1] != '\n')
		at--;
	if (*len - at < 3 || memcmp(data + at, "-s ", 3) != 0)
		return NULL;
	override = strndup((const char *)data + at + 3, *len - at - 3);
	MUST(override != NULL);
	*len = at;
	return override;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *override = take_override(data, &len), *text;
	struct la_conf conf;
	size_t text_len;

	la_conf_init(&conf);
	la_conf_parse(&conf, "input", (const char *)data, len);
	if (override != NULL)
		la_conf_override(&conf, override);
	free(override);
	if (la_conf_finish(&conf, LA_CONF_ANY)) {
		must_make_arguments(&conf);
		text = print(&conf, &text_len);
		must_read_back(text, text_len);
		free(text);
	} else {
		must_have_sane_errors(&conf);
	}
	la_conf_free(&conf);
	return 0;
}
