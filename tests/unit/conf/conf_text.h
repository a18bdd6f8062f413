/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

/* What the tests of lib/conf share. */
#include <stdlib.h>
#include <string.h>

#include "la_check.h"
#include "la_conf.h"

/* The least that serve takes. */
#define LEAST \
	"[port]\n" \
	"device = net_tap0\n" \
	"address = 10.77.0.1/24\n" \
	"[listen web]\n"

/* Two ports; ends in line 7. */
#define TWO \
	"[port]\n" \
	"device = net_tap0\n" \
	"address = 10.77.0.1/24\n" \
	"[port far.1]\n" \
	"device = net_tap1\n" \
	"address = 10.78.0.1/24\n" \
	"[listen web]\n"

/* Read a text as the file t.ini, with up to two overrides; errors stay in conf. */
static inline bool
conf_of(struct la_conf *conf, const char *text, const char *override, const char *second)
{
	la_conf_init(conf);
	la_conf_parse(conf, "t.ini", text, strlen(text));
	if (override != NULL)
		la_conf_override(conf, override);
	if (second != NULL)
		la_conf_override(conf, second);
	return la_conf_finish(conf, LA_CONF_ANY);
}

/* All errors, or the whole configuration, as one string to be freed. */
static inline char *
printed(const struct la_conf *conf, void (*print)(const struct la_conf *conf, FILE *out))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	print(conf, out);
	fclose(out);
	return text;
}

static inline void
must_say(const char *text, const char *override, const char *errors)
{
	struct la_conf conf;
	const bool ok = conf_of(&conf, text, override, NULL);
	char *said = printed(&conf, la_conf_print_errors);

	ck_assert_str_eq(said, errors);
	ck_assert_int_eq(ok, errors[0] == '\0');
	free(said);
	la_conf_free(&conf);
}

#endif
