/* SPDX-License-Identifier: BSD-3-Clause */
/* Overrides: SECTION.KEY=VALUE, also "listen NAME.KEY=VALUE". */
#include <string.h>

#include "parts.h"

/* An override taken apart; all in one copy of it. */
struct override {
	char text[512];
	char *section, *name, *key, *value;
};

static char *
trim_blanks(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	for (len = strlen(text); len > 0 && strchr(" \t", text[len - 1]) != NULL; len--)
		;
	text[len] = '\0';
	return text;
}

static bool
take_apart(const char *text, struct override *o)
{
	char *equals, *dot;

	if (strlen(text) >= sizeof(o->text))
		return false;
	strcpy(o->text, text);
	equals = strchr(o->text, '=');
	if (equals == NULL)
		return false;
	*equals = '\0';
	/* A listener's name may hold dots; a key's does not. */
	dot = strrchr(o->text, '.');
	if (dot == NULL)
		return false;
	*dot = '\0';
	o->section = trim_blanks(o->text);
	o->key = trim_blanks(dot + 1);
	o->value = trim_blanks(equals + 1);
	o->name = o->section + strcspn(o->section, " \t");
	if (*o->name != '\0')
		*o->name++ = '\0';
	o->name = trim_blanks(o->name);
	return true;
}

static void
unknown_name(struct la_conf *conf, const struct la_conf_where *where, enum la_conf_section section,
		const char *name)
{
	const char *kind = la_conf__section_name(section);
	const char *near = la_conf__nearest(conf, section, name);
	const bool plain = near != NULL && strcmp(near, LA_CONF_UNNAMED) == 0 &&
			section == LA_SECTION_port;
	char shown[LA_SHOWN_LEN], nearest[LA_LABEL_LEN + 32] = "";

	if (near != NULL)
		snprintf(nearest, sizeof(nearest), "; the nearest is [%s%s%s]", kind,
				plain ? "" : " ", plain ? "" : near);
	la_conf__error(conf, where, NULL, NULL, "the file has no [%s%s%s]%s", kind,
			name[0] != '\0' ? " " : "",
			name[0] != '\0' ? la_conf__shown(name, shown) : "", nearest);
}

/* A port without a name is there if no other is. */
static bool
find_nth(struct la_conf *conf, const struct override *o, const struct la_conf_where *where,
		enum la_conf_section section, uint32_t *nth)
{
	const bool plain = section == LA_SECTION_port && o->name[0] == '\0';

	if (la_conf__find(conf, section, plain ? LA_CONF_UNNAMED : o->name, nth))
		return true;
	if (plain && conf->ports_len == 0 &&
			la_conf__add(conf, section, LA_CONF_UNNAMED, where))
		return true;
	unknown_name(conf, where, section, o->name);
	return false;
}

static bool
find_place(struct la_conf *conf, const struct override *o, const struct la_conf_where *where,
		struct la_conf_place *place)
{
	enum la_conf_section section;
	uint32_t nth = 0;
	char shown[LA_SHOWN_LEN];

	if (!la_conf__section_find(o->section, &section)) {
		la_conf__error(conf, where, NULL, NULL, "no section %s; the nearest is %s",
				la_conf__shown(o->section, shown),
				la_conf__section_nearest(o->section));
		return false;
	}
	if (section == LA_SECTION_listen && o->name[0] == '\0') {
		la_conf__error(conf, where, NULL, NULL, "a listener is named: listen NAME.%s",
				la_conf__shown(o->key, shown));
		return false;
	}
	if (!la_conf__section_named(section) && o->name[0] != '\0') {
		la_conf__error(conf, where, NULL, NULL, "%s is not in a named section",
				la_conf__shown(o->key, shown));
		return false;
	}
	if (la_conf__section_named(section) && !find_nth(conf, o, where, section, &nth))
		return false;
	return la_conf__place(conf, section, nth, place);
}

bool
la_conf_override(struct la_conf *conf, const char *text)
{
	const struct la_conf_where where = { .source = la_conf__source(conf, "-s ", text),
		.override = true };
	struct la_conf_place place;
	struct override o;

	if (!take_apart(text, &o)) {
		la_conf__error(conf, &where, NULL, NULL, strlen(text) >= sizeof(o.text) ?
				"too long" : "not SECTION.KEY=VALUE");
		return false;
	}
	/* Without the file, every listener would seem unknown. */
	if (conf->unread || !find_place(conf, &o, &where, &place))
		return false;
	if (place.section == LA_SECTION_load)
		conf->has_load = true;
	return la_conf__set(conf, &place, o.key, o.value, &where);
}
