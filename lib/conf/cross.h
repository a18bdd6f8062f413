/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_CONF_CROSS_H
#define LA_CONF_CROSS_H

/** @file
 * What the checks of more than one key have in common. They add what they find to the
 * errors of the configuration, and go on.
 */
#include "parts.h"

/** An error of a key of a section that there is once: ERROR(conf, load_target, where, value,
 *  what), see la_conf__error_at(). */
#define ERROR(conf, key, ...) la_conf__error_at(conf, LA_KEY_##key, __VA_ARGS__)
/** Where a key of such a section was set. */
#define WHERE(conf, key) (&(conf)->where[LA_KEY_##key])

/* cross_range.c */

/** A range given without a prefix length is in the subnet of one that has it, or is alone. */
void la_conf__complete_prefixes(struct la_conf_ranges *ranges, const struct la_conf_ranges *known);
/** IPv4 subnets of more than two have two addresses that no host may have. */
bool la_conf__takes_reserved(const struct la_conf_range *range);
bool la_conf__has_ipv6(const struct la_conf_ranges *ranges);
/** How many addresses there may be in both lists; @p more may be NULL. One less if IPv6 is
 *  among them and nothing link-local: the port then adds such an address of its own. */
uint32_t la_conf__addresses_max(const struct la_conf_ranges *ranges,
		const struct la_conf_ranges *more);
/** That there are more than @p max. @p with: "", or what they are counted with. */
void la_conf__too_many(struct la_conf *conf, const struct la_conf_place *place,
		enum la_conf_key_id id, const struct la_conf_where *where, uint32_t max,
		const char *with);
/** Each in its subnet, none over another, and @p max addresses in all. */
void la_conf__check_ranges(struct la_conf *conf, const struct la_conf_place *place,
		enum la_conf_key_id id, const struct la_conf_ranges *ranges, uint32_t max);
/** The prefix length of an address that is a subnet by itself. */
uint8_t la_conf__whole_address(const struct la_conf_range *range);
bool la_conf__any_holds(const struct la_conf_ranges *ranges, const struct la_addr *addr,
		bool (*holds)(const struct la_conf_range *, const struct la_addr *));
/** Whether one of them is of the family of @p addr. */
bool la_conf__has_family_of(const struct la_conf_ranges *ranges, const struct la_addr *addr);

/* One file each */

void la_conf__check_ports(struct la_conf *conf);
/** Sets la_conf_listen.ports too. */
void la_conf__check_listeners(struct la_conf *conf);
void la_conf__check_load(struct la_conf *conf);

#endif
