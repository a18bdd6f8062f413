/* SPDX-License-Identifier: BSD-3-Clause */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

/* One piece of memory: the section, behind it the key, behind that the value. */
static bool
set_texts(struct la_dpio_setting *setting, const char *section, const char *key, const char *value)
{
	const size_t section_len = strlen(section) + 1, key_len = strlen(key) + 1,
			value_len = strlen(value) + 1;
	char *text = malloc(section_len + key_len + value_len);

	if (text == NULL)
		return false;
	setting->section = memcpy(text, section, section_len);
	setting->key = memcpy(text + section_len, key, key_len);
	setting->value = memcpy(text + section_len + key_len, value, value_len);
	return true;
}

bool
la_settings_add(struct la_settings *settings, const char *section, const char *key,
		const char *value)
{
	struct la_dpio_setting *v = realloc(settings->v, (settings->len + 1) * sizeof(*v));

	if (v == NULL)
		return false;
	settings->v = v;
	if (!set_texts(&v[settings->len], section, key, value))
		return false;
	settings->len++;
	return true;
}

struct la_adding {
	struct la_settings *settings;
	bool good;
};

static void
add_key(void *user, const char *section, const char *key, const char *value)
{
	struct la_adding *adding = user;

	adding->good = adding->good && la_settings_add(adding->settings, section, key, value);
}

bool
la_settings_of(struct la_settings *settings, const struct la_conf *conf)
{
	struct la_adding adding = { settings, true };

	la_conf_each(conf, add_key, &adding);
	return adding.good;
}

void
la_settings_free(struct la_settings *settings)
{
	for (uint32_t i = 0; i < settings->len; i++)
		free((char *)settings->v[i].section);
	free(settings->v);
	*settings = (struct la_settings){ NULL, 0 };
}
