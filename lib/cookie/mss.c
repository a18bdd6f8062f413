/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSS classes, where peers are: 536 and 1220 are the defaults of RFC 9293 3.7.1; 512 and 1024
 * are old stacks' and small devices', 1360 and 1400 tunnels', 1440, 1452 and 1460 Ethernet's
 * (IPv6, PPPoE, IPv4), 4312 FDDI's, 8856 to 8960 those of jumbo frames with and without tunnels
 * and timestamps. Below 512 there is no sane path: 216 and 64 are for what offers less all the
 * same, and 64 is the floor. A segment larger than the peer's MSS is else never sent (MUST-16).
 */
#include "la_cookie.h"

const uint16_t la_mss_class[LA_MSS_CLASSES] = {
	LA_MSS_FLOOR, 216, 512, 536, 1024, 1220, 1360, 1400, 1440, 1452, 1460, 4312, 8856, 8910, 8940, 8960,
};
