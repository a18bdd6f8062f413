/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CONF_PARTS_H
#define LA_CONF_PARTS_H

/* What the files of lib/conf share among themselves. */

#include "la_conf.h"

enum la_conf_type {
	LA_TYPE_TEXT,           /* char * */
	LA_TYPE_COUNT,          /* uint64_t; k m g are powers of 1000 */
	LA_TYPE_OCTETS,         /* uint64_t; k m g are powers of 1024 */
	LA_TYPE_TIME,           /* uint64_t, microseconds; us ms s m */
	LA_TYPE_WORD,           /* an enumeration */
	LA_TYPE_SWITCH,         /* bool; on off */
	LA_TYPE_ADDRESS,        /* struct la_conf_address */
	LA_TYPE_TARGET,         /* struct la_conf_target */
	LA_TYPE_ARGS,           /* struct la_conf_lines; this and the next repeat */
	LA_TYPE_RANGES,         /* struct la_conf_ranges */
	LA_TYPE_GATEWAYS,       /* struct la_conf_ranges, of one address each */
	LA_TYPE_PORTS,          /* struct la_conf_port_list */
	LA_TYPE_NAMES,          /* struct la_conf_names */
};

enum la_conf_section {
	LA_SECTION_eal,
	LA_SECTION_port,
	LA_SECTION_worker,
	LA_SECTION_tcp,
	LA_SECTION_listen,
	LA_SECTION_load,
	LA_SECTIONS
};

struct la_conf_key {
	enum la_conf_section section;
	const char *name;
	enum la_conf_type type;
	size_t offset;          /* Of the field in its section's struct. */
	uint64_t min, max;
	const char *words, *services, *preset, *help;
};

extern const struct la_conf_key la_conf__keys[LA_CONF_KEYS];

enum {
	LA_WHY_LEN = 400,       /* Room for what is wrong with a value. */
	LA_SHOWN_LEN = 132,     /* Room for a value as an error shows it. */
	LA_VALUE_LEN = 160,     /* Room for any value but TEXT and ARGS. */
	LA_LABEL_LEN = 8 + LA_CONF_NAME_MAX,    /* Room for "listen NAME". */
	LA_LINE_MAX = 198,      /* Octets of a line: inih has room for 200 with its end and a NUL. */
};

/* A section as something to set keys in. */
struct la_conf_place {
	enum la_conf_section section;
	char label[LA_LABEL_LEN];
	void *data;
	struct la_conf_where *where;    /* By enum la_conf_key_id. */
	const struct la_conf_where *head;       /* Of the section itself; NULL: not kept. */
};

#define LA_CONF_UNNAMED "port"  /* What [port] is called. */

/* keys.c */
bool la_conf__name_fits(const char *name);
const char *la_conf__section_name(enum la_conf_section section);
bool la_conf__section_find(const char *name, enum la_conf_section *section);
const char *la_conf__section_nearest(const char *name);
const struct la_conf_key *la_conf__key_find(enum la_conf_section section, const char *name);
void la_conf__key_unknown(enum la_conf_section section, const char *name, char why[LA_WHY_LEN]);
bool la_conf__key_repeats(const struct la_conf_key *key);
bool la_conf__word_in(const char *words, const char *word, unsigned int *index);
const char *la_conf__word_at(const char *words, unsigned int index, char word[LA_VALUE_LEN]);

/* error.c */
const char *la_conf__shown(const char *value, char shown[LA_SHOWN_LEN]);
void la_conf__error(struct la_conf *conf, const struct la_conf_where *where, const char *label,
		const char *key, const char *format, ...) __attribute__((format(printf, 5, 6)));

/** Where an error of a section without a line of its own belongs: to the file. */
struct la_conf_where la_conf__at_file(const struct la_conf *conf);

/**
 * Add an error of a key.
 * @param where  NULL: that of the key, else of its section, else the file.
 * @param value  Stands before what is wrong with it; may be empty.
 */
void la_conf__error_in(struct la_conf *conf, const struct la_conf_place *place,
		enum la_conf_key_id id, const struct la_conf_where *where, const char *value,
		const char *what);
/** The same of a section that there is once. */
void la_conf__error_at(struct la_conf *conf, enum la_conf_key_id id,
		const struct la_conf_where *where, const char *value, const char *what);

/** Room for ", line 4294967295". */
enum { LA_LINE_OF_LEN = 24 };

/** ", line N": where something else was set; nothing if that is no line of the file. */
const char *la_conf__line_of(const struct la_conf_where *where, char text[LA_LINE_OF_LEN]);

/* number.c */
bool la_conf__number_parse(const struct la_conf_key *key, const char *text, uint64_t *value,
		char why[LA_WHY_LEN]);
const char *la_conf__number_format(const struct la_conf_key *key, uint64_t value,
		char text[LA_VALUE_LEN]);
void la_conf__number_limits(const struct la_conf_key *key, char text[LA_VALUE_LEN]);

/* address.c */
bool la_conf__addr_parse(const char *text, struct la_addr *addr, char why[LA_WHY_LEN]);
bool la_conf__range_parse(const char *text, struct la_conf_range *range, char why[LA_WHY_LEN]);
bool la_conf__ports_parse(const char *text, struct la_conf_ports *ports, char why[LA_WHY_LEN]);
bool la_conf__target_parse(const char *text, struct la_conf_target *target,
		char why[LA_WHY_LEN]);
void la_conf__range_format(const struct la_conf_range *range, char text[LA_VALUE_LEN]);
void la_conf__ports_format(const struct la_conf_ports *ports, char text[LA_VALUE_LEN]);
void la_conf__target_format(const struct la_conf_target *target, char text[LA_VALUE_LEN]);
struct la_addr la_conf__range_last(const struct la_conf_range *range);
bool la_conf__range_holds(const struct la_conf_range *range, const struct la_addr *addr);
bool la_conf__ranges_meet(const struct la_conf_range *a, const struct la_conf_range *b);
bool la_conf__subnet_holds(const struct la_conf_range *range, const struct la_addr *addr);

/* value.c */
void *la_conf__field(const struct la_conf_key *key, void *data);
bool la_conf__value_parse(const struct la_conf_key *key, const char *text,
		const struct la_conf_where *where, void *field, char why[LA_WHY_LEN]);
void la_conf__value_clear(const struct la_conf_key *key, void *field);
uint32_t la_conf__value_count(const struct la_conf_key *key, const void *field);
const char *la_conf__value_format(const struct la_conf_key *key, const void *field, uint32_t item,
		char text[LA_VALUE_LEN]);

/* set.c */
const char *la_conf__source(struct la_conf *conf, const char *prefix, const char *name);
bool la_conf__section_named(enum la_conf_section section);
bool la_conf__place(struct la_conf *conf, enum la_conf_section section, uint32_t nth,
		struct la_conf_place *place);
bool la_conf__find(struct la_conf *conf, enum la_conf_section section, const char *name,
		uint32_t *nth);
const char *la_conf__nearest(struct la_conf *conf, enum la_conf_section section,
		const char *name);
bool la_conf__add(struct la_conf *conf, enum la_conf_section section, const char *name,
		const struct la_conf_where *where);
bool la_conf__set(struct la_conf *conf, const struct la_conf_place *place, const char *name,
		const char *value, const struct la_conf_where *from);
void la_conf__preset(const struct la_conf_place *place);

/* argv.c */
bool la_conf__quotes_close(const char *text);

#endif
