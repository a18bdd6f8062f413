/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_MSS_H
#define LA_MSS_H

/** @file
 * A table of MSS values, so that a connection needs ten bits for its peer's MSS and a cookie four.
 *
 * The first LA_MSS_CLASSES values, which most peers use, are those that a cookie can hold. The
 * others are for connections with a control block: each number from 536 to 1460, and wider steps
 * below and above. An MSS is rounded down to one of the values.
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_MSS_CLASSES = 16,
	LA_MSS_VALUES = 1024,
	LA_MSS_FLOOR = 64,              /**< A smaller MSS of a peer is raised to this. */
	LA_MSS_CLASS_ETHERNET = 10,     /**< The class of 1460, which most peers have. */
	LA_MSS_ANY = LA_MSS_VALUES - 1, /**< Index of 65535: a peer that takes whatever we send. */
	LA_MSS_DEFAULT_V4 = 536,        /**< If the option is missing (RFC 9293, 3.7.1). */
	LA_MSS_DEFAULT_V6 = 1220,       /**< The same; every path of IPv6 takes this. */
};

/** The classes, then, from LA_MSS_CLASSES on, all others; both in ascending order. */
extern const uint16_t la_mss_value[LA_MSS_VALUES];

/** The largest class not above @p mss; class 0 if all are above it. */
static inline uint8_t
la_mss_to_class(uint16_t mss)
{
	uint8_t found = mss < la_mss_value[LA_MSS_CLASS_ETHERNET + 1] ? LA_MSS_CLASS_ETHERNET :
			LA_MSS_CLASSES - 1;

	while (found > 0 && la_mss_value[found] > mss)
		found--;
	return found;
}

/** MSS of a peer whose SYN has no MSS option (RFC 9293, 3.7.1, MUST-15). */
static inline uint16_t
la_mss_default(bool v4)
{
	return v4 ? LA_MSS_DEFAULT_V4 : LA_MSS_DEFAULT_V6;
}

/** Index of the largest value not above @p mss, or of LA_MSS_FLOOR; never that of a class. */
uint16_t la_mss_to_index(uint16_t mss);

#ifdef __cplusplus
}
#endif

#endif
