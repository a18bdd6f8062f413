/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_SETTINGS_H
#define LA_SETTINGS_H

/* The effective configuration, as telemetry and JSON show it. */
#include "la_conf.h"
#include "la_dpio.h"

struct la_settings {
	struct la_dpio_setting *v;
	uint32_t len;
};

/** All sections and keys in use, as la_conf_each() tells them. @return false if memory is short. la_settings_free() in any case. */
bool la_settings_of(struct la_settings *settings, const struct la_conf *conf);

/** Add one; the texts are copied. @p key, @p value: NULL begins a section. @return false if
 *  memory is short. */
bool la_settings_add(struct la_settings *settings, const char *section, const char *key,
		const char *value);

void la_settings_free(struct la_settings *settings);

#endif
