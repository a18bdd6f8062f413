/* SPDX-License-Identifier: BSD-3-Clause */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

static bool
copy_text(const char **copy, const char *text)
{
	*copy = text == NULL ? NULL : strdup(text);
	return text == NULL || *copy != NULL;
}

static void
free_texts(struct la_dpio_setting *setting)
{
	free((char *)setting->section);
	free((char *)setting->key);
	free((char *)setting->value);
}

bool
la_settings_add(struct la_settings *settings, const char *section, const char *key,
		const char *value)
{
	struct la_dpio_setting *v = realloc(settings->v, (settings->len + 1) * sizeof(*v));

	if (v == NULL)
		return false;
	settings->v = v;
	v += settings->len++;
	*v = (struct la_dpio_setting){ NULL, NULL, NULL };
	return copy_text(&v->section, section) && copy_text(&v->key, key) &&
			copy_text(&v->value, value);
}

struct adding {
	struct la_settings *settings;
	bool good;
};

static void
add_key(void *user, const char *section, const char *key, const char *value)
{
	struct adding *adding = user;

	adding->good = adding->good && la_settings_add(adding->settings, section, key, value);
}

bool
la_settings_of(struct la_settings *settings, const struct la_conf *conf)
{
	struct adding adding = { settings, true };

	la_conf_each(conf, add_key, &adding);
	return adding.good;
}

void
la_settings_free(struct la_settings *settings)
{
	for (uint32_t i = 0; i < settings->len; i++)
		free_texts(&settings->v[i]);
	free(settings->v);
	*settings = (struct la_settings){ NULL, 0 };
}
