/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CONF_H
#define LA_CONF_H

/** @file
 * The configuration: an INI file and overrides go in; typed values, or every
 * error with its place, come out. All keys are in keys.def.
 *
 * Use: la_conf_init(), la_conf_read(), la_conf_override() for each override,
 * la_conf_finish(); then, if that returned false, print conf->errors; in any
 * case la_conf_free(). Whatever was wrong, each of these may be called.
 *
 * Times are in microseconds (_us), lengths in octets.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "la_addr.h"
#include "la_siphash.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_CONF_ADDRESSES_MAX = 65536,  /**< A local address is a 16-bit index. */
	LA_CONF_LIST_MAX = 4096,        /**< Times a key may repeat; ranges of addresses of a
	                                     port. */
	LA_CONF_LISTENERS_MAX = 1024,   /**< Sections [listen], and ranges of ports in all. */
	LA_CONF_PORTS_MAX = 32,         /**< Sections [port]. */
	LA_CONF_NAME_MAX = 31,          /**< Octets of a port's or listener's name. */
	LA_CONF_FILE_MAX = 1 << 20,     /**< Octets of a file. */
	LA_CONF_ERRORS_MAX = 64,        /**< Errors kept; one more line says there are others. */
	LA_CONF_NO_PREFIX = 255,        /**< No prefix length given (not after finish). */
};

/** Names a key: LA_KEY_tcp_window. */
enum la_conf_key_id {
#define KEY(section, field, ...) LA_KEY_##section##_##field,
#include "keys.def"
#undef KEY
	LA_CONF_KEYS
};

/** Where a value came from. */
struct la_conf_where {
	const char *source;             /**< File, "-s ..."; NULL: it is the preset. */
	uint32_t line;                  /**< In the file, from 1; 0: none. */
	bool override;                  /**< Given by la_conf_override(). */
	bool bad;                       /**< There was an error; the value means nothing. */
};

/** A run of addresses of one family. */
struct la_conf_range {
	struct la_addr first;
	uint32_t count;                 /**< At least 1. */
	uint8_t prefix_len;             /**< Of its subnet: 0 to 32, or 0 to 128. */
	struct la_conf_where where;
};

/** A run of ports. */
struct la_conf_ports {
	uint16_t first, last;           /**< 1 to 65535, first <= last. */
	struct la_conf_where where;
};

/** A name of something, not known to be there before the end. */
struct la_conf_name {
	char text[LA_CONF_NAME_MAX + 1];
	struct la_conf_where where;
};

struct la_conf_names {
	struct la_conf_name *v;
	uint32_t n;
};

/** A line of eal.args. */
struct la_conf_line {
	char *text;
};

struct la_conf_ranges {
	struct la_conf_range *v;
	uint32_t n;
};

struct la_conf_port_list {
	struct la_conf_ports *v;
	uint32_t n;
};

struct la_conf_lines {
	struct la_conf_line *v;
	uint32_t n;
};

/* The order of each enumeration is that of the words in keys.def. */
enum la_conf_offload { LA_CONF_OFFLOAD_AUTO, LA_CONF_OFFLOAD_OFF };
enum la_conf_gro { LA_CONF_GRO_OFF, LA_CONF_GRO_LEAVE };
enum la_conf_idle { LA_CONF_IDLE_SPIN, LA_CONF_IDLE_YIELD };
enum la_conf_cookies { LA_CONF_COOKIES_ALWAYS, LA_CONF_COOKIES_AUTO, LA_CONF_COOKIES_NEVER };
enum la_conf_congestion {
	LA_CONF_CONGESTION_NEWRENO, LA_CONF_CONGESTION_CUBIC, LA_CONF_CONGESTION_WESTWOOD,
	LA_CONF_CONGESTION_MODEL,
};
enum la_conf_ecn { LA_CONF_ECN_OFF, LA_CONF_ECN_ACCEPT, LA_CONF_ECN_ASK };
enum la_conf_closed_port { LA_CONF_CLOSED_RST, LA_CONF_CLOSED_DROP };
enum la_conf_service {
	LA_CONF_HTTP, LA_CONF_ECHO, LA_CONF_DISCARD, LA_CONF_CLOSE, LA_CONF_RESET,
};
enum la_conf_http_close { LA_CONF_HTTP_SERVER, LA_CONF_HTTP_CLIENT };
enum la_conf_load_service {
	LA_CONF_LOAD_CONNECT, LA_CONF_LOAD_HTTP, LA_CONF_LOAD_ECHO, LA_CONF_LOAD_HOLD,
};
enum la_conf_load_close { LA_CONF_LOAD_CLIENT, LA_CONF_LOAD_SERVER, LA_CONF_LOAD_RST };

struct la_conf_eal {
	struct la_conf_lines args;      /**< See la_conf_eal_argv(). */
};

struct la_conf_port {
	char name[LA_CONF_NAME_MAX + 1];        /**< "port" if the section has none. */
	char *device;
	struct la_conf_ranges address;  /**< At least one. */
	struct la_conf_ranges gateway;  /**< At most one of each family; count is 1. */
	bool reply_to_sender;
	uint64_t mtu;
	uint64_t vlan;
	enum la_conf_offload checksum_offload, vlan_offload;
	enum la_conf_gro kernel_gro;
	struct la_conf_where head;      /**< Of the section itself. */
	struct la_conf_where where[LA_CONF_KEYS];
};

struct la_conf_worker {
	uint64_t count;                 /**< 0: auto */
	uint64_t burst;
	enum la_conf_idle idle;
};

struct la_conf_tcp {
	uint64_t connections;
	uint64_t senders;               /**< 0: auto; see la_conf_senders(). */
	uint64_t reassembly;
	enum la_conf_cookies syn_cookies;
	uint64_t backlog;
	char *cookie_key_file;          /**< Empty: none; see la_conf_read_keys(). */
	uint64_t mss;                   /**< 0: auto */
	uint64_t window, window_max;
	bool window_scaling, timestamps, sack, nagle;
	uint64_t syn_retries, syn_ack_retries, retries;
	uint64_t rto_min_us;
	uint64_t keepalive_us;          /**< 0: never */
	uint64_t keepalive_interval_us;
	uint64_t cookie_confirm_us;     /**< 0: never */
	uint64_t keepalive_probes;
	uint64_t idle_timeout_us;       /**< 0: never */
	uint64_t evict_idle_us;         /**< 0: never */
	uint64_t fin_wait_2_us;         /**< 0: for ever */
	uint64_t time_wait_us;
	uint64_t time_wait_max;
	bool rst_ends_time_wait;
	enum la_conf_congestion congestion;
	enum la_conf_ecn ecn;
	enum la_conf_closed_port closed_port;
	uint64_t drain_us;
};

/** An address, or all of them. */
struct la_conf_address {
	bool any;
	struct la_addr addr;            /**< Unless any. */
};

struct la_conf_listen {
	char name[LA_CONF_NAME_MAX + 1];
	struct la_conf_names on;        /**< Ports; none: all. */
	struct la_conf_address address;
	struct la_conf_port_list port;
	enum la_conf_service service;
	uint64_t body_len;
	enum la_conf_http_close close;
	uint64_t buffers;
	uint64_t head_timeout_us, body_timeout_us, send_timeout_us;     /**< 0: none */
	uint32_t ports;                 /**< Bit n: it listens on ports[n]. After finish. */
	struct la_conf_where head;      /**< Of the section itself. */
	struct la_conf_where where[LA_CONF_KEYS];
};

/** Where load connects to. */
struct la_conf_target {
	struct la_conf_range addresses; /**< count 0: not given. */
	struct la_conf_ports ports;
};

struct la_conf_load {
	char *on;                       /**< A port's name; empty: the first. */
	struct la_conf_target target;
	struct la_conf_ranges sources;  /**< Empty: all of the port's addresses. Each lies in a
	                                     range of those, or apart from all. */
	struct la_conf_port_list source_ports;  /**< One run. */
	uint64_t rate;
	uint64_t ramp_us, ramp_down_us;         /**< Parts of duration_us. */
	uint64_t concurrent;
	uint64_t connections;
	uint64_t duration_us;
	enum la_conf_load_service service;
	enum la_conf_load_close close;
	uint64_t timeout_us;
	char *path, *host;              /**< host: empty: the target's address. */
	uint64_t status;
	uint64_t length;                /**< 0: any */
	uint64_t octets;
};

/** What went wrong, one line each, without the newline. */
struct la_conf_errors {
	char *text[LA_CONF_ERRORS_MAX + 1];
	uint32_t n;
};

/** A configuration. All memory it points to is its own. */
struct la_conf {
	struct la_conf_eal eal;
	struct la_conf_port *ports;     /**< At least one, after finish. */
	uint32_t ports_len;
	struct la_conf_worker worker;
	struct la_conf_tcp tcp;
	struct la_conf_listen *listeners;
	uint32_t listeners_len;
	struct la_conf_load load;
	bool has_load;                  /**< There is a [load] section. */
	struct la_conf_errors errors;
	struct la_conf_where where[LA_CONF_KEYS];       /**< Of all but [port] and [listen NAME]. */
	bool unread;                    /**< The file could not be read at all. */
	char **sources;                 /**< What where.source points to. */
	uint32_t sources_len;
};

/** What the configuration is for: which sections must be there. */
enum la_conf_role {
	LA_CONF_ANY,                    /**< [listen NAME] or [load]. */
	LA_CONF_SERVE,                  /**< [listen NAME] */
	LA_CONF_LOAD,                   /**< [load] */
};

/** Every key at its preset. */
void la_conf_init(struct la_conf *conf);

/** Give back what @p conf points to, and leave it empty. */
void la_conf_free(struct la_conf *conf);

/** Read a file; @return false, with errors added, if anything in it is wrong. */
bool la_conf_read(struct la_conf *conf, const char *path);

/** The same for @p len octets of text; @p name stands for the file in errors. */
bool la_conf_parse(struct la_conf *conf, const char *name, const char *text, size_t len);

/**
 * Apply an override, "SECTION.KEY=VALUE", after the file was read. It replaces
 * what the file says. A key that may repeat loses what the file gave it at the
 * first override of it; the next ones add.
 *
 * @return false, with an error added, if it is wrong.
 */
bool la_conf_override(struct la_conf *conf, const char *text);

/** Check what depends on more than one key, and complete presets and prefix
 *  lengths. @return true if there was no error in all. */
bool la_conf_finish(struct la_conf *conf, enum la_conf_role role);

/** Print each error on a line of its own. */
void la_conf_print_errors(const struct la_conf *conf, FILE *out);

/** Call @p each for every section, with NULL as key and value, and then for each of its keys in
 *  use, in the order of la_conf_print(); a key with several values, once for each of them. Only
 *  after la_conf_finish() returned true. The texts are gone after the call. @p section: as in the
 *  file, "listen web". */
void la_conf_each(const struct la_conf *conf, void (*each)(void *user, const char *section,
		const char *key, const char *value), void *user);

/** Print the configuration so that it can be read again. Only after
 *  la_conf_finish() returned true. */
void la_conf_print(const struct la_conf *conf, FILE *out);

/** Letters to add, drop or change to make one word of the other (Levenshtein); of both, the
 *  first 63 count. It finds the name that is nearest to a misspelt one. */
size_t la_conf_distance(const char *a, const char *b);

/** Print the table of keys in Markdown. */
void la_conf_print_table(FILE *out);

/**
 * eal.args as rte_eal_init() wants them. Split at blanks; what is between two
 * quotes, ' or ", stays together and loses them.
 *
 * @param program  Becomes argv[0].
 * @return argv, ended by NULL, in one block for free(); NULL if no memory.
 */
char **la_conf_eal_argv(const struct la_conf *conf, const char *program, int *argc);

/** The port that [load] opens connections on. */
const struct la_conf_port *la_conf_load_port(const struct la_conf *conf);

/** tcp.senders with auto worked out: a quarter of tcp.connections, at least
 *  16384, never more than tcp.connections. */
uint32_t la_conf_senders(const struct la_conf *conf);

enum { LA_CONF_WORD_LEN = 32 }; /**< Room for any word. */

/** The word of a key that takes one of some words, such as load.service, for a value of its
 *  enumeration. @return @p word. */
const char *la_conf_word(enum la_conf_key_id key, unsigned int value,
		char word[LA_CONF_WORD_LEN]);

/** The service's name, as la_service_make() knows it. */
const char *la_conf_service_name(enum la_conf_service service);

/**
 * Read the two cookie keys from a file: 2 x 32 hex digits, blanks and lines
 * between them as you like, # comments.
 *
 * @param error  Written on failure: what is wrong, with the file's name.
 */
bool la_conf_read_keys(const char *path, struct la_key key[2], char *error, size_t error_len);

#ifdef __cplusplus
}
#endif

#endif
