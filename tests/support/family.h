/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_TEST_FAMILY_H
#define LA_TEST_FAMILY_H

/** @file
 * Which of the two Internet Protocols a test program speaks: LA_FAMILY in its
 * environment says 4 (the default) or 6, and is read once. meson registers each
 * program for which it matters twice. What tests need to know of a family is here,
 * so that they have no address of one written into them.
 */
#include <stdbool.h>
#include <stdint.h>

#include "la_addr.h"

bool la_test_is_ipv6(void);

/** For fuzz targets, whose input decides instead, and tests with cases of both. */
void la_test_set_ipv6(bool ipv6);

/** The address that stands for @p v4 (host order): for 0x0a000064, 10.0.0.100 or
 *  fd00::a00:64. */
struct la_addr la_test_addr(uint32_t v4);

/** The length of the prefix that keeps the same addresses together: for 24, 24 or 120. */
uint8_t la_test_prefix(uint8_t v4);

/** What a link of 1500 octets lets through, less the headers: 1460 or 1440. */
uint16_t la_test_mss(void);

/** The MSS of a peer that says nothing (RFC 9293, 3.7.1): 536 or 1220. */
uint16_t la_test_mss_default(void);

#endif
