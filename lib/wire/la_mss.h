/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LA_MSS_H
#define LA_MSS_H

/** @file
 * Lengths of the largest segment that a peer takes, in a table, so that a connection needs
 * ten bits for its own and a cookie four.
 *
 * The first LA_MSS_CLASSES of them are what a cookie can name, where most peers are. The
 * others are for connections that have a control block: each number from 536 to 1460, and
 * wider steps below and above. An MSS is rounded down to one of them.
 */
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LA_MSS_CLASSES = 16,
	LA_MSS_VALUES = 1024,
	LA_MSS_FLOOR = 64,              /**< No peer is taken to want smaller segments. */
	LA_MSS_CLASS_ETHERNET = 10,     /**< The class of 1460, which most peers have. */
	LA_MSS_ANY = LA_MSS_VALUES - 1, /**< Index of 65535: a peer that takes whatever we send. */
	LA_MSS_DEFAULT_V4 = 536,        /**< Where the option is missing (RFC 9293, 3.7.1). */
	LA_MSS_DEFAULT_V6 = 1220,       /**< The same; what every path of IPv6 takes. */
};

/** Classes, then, from LA_MSS_CLASSES on, all others; both ascend. */
extern const uint16_t la_mss_value[LA_MSS_VALUES];

/** The largest class not above @p mss; class 0, if all are. */
static inline uint8_t
la_mss_to_class(uint16_t mss)
{
	uint8_t found = mss < la_mss_value[LA_MSS_CLASS_ETHERNET + 1] ? LA_MSS_CLASS_ETHERNET :
			LA_MSS_CLASSES - 1;

	while (found > 0 && la_mss_value[found] > mss)
		found--;
	return found;
}

/** MSS of a peer whose SYN names none (RFC 9293, 3.7.1, MUST-15). */
static inline uint16_t
la_mss_default(bool v4)
{
	return v4 ? LA_MSS_DEFAULT_V4 : LA_MSS_DEFAULT_V6;
}

/** Index of the largest value not above @p mss, or of LA_MSS_FLOOR; never of a class. */
uint16_t la_mss_to_index(uint16_t mss);

#ifdef __cplusplus
}
#endif

#endif
