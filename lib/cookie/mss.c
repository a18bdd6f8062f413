/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSS classes: 536 and 1220 are the defaults of RFC 9293 3.7.1, 1400 suits
 * tunnels, 1440 and 1460 Ethernet under IPv6 and IPv4, 8940 jumbo frames. The
 * smallest two are for peers that offer less than any sane path: a segment
 * larger than the peer's MSS is never sent (MUST-16).
 */
#include "la_cookie.h"

const uint16_t la_mss_class[LA_MSS_CLASSES] = { 1, 64, 536, 1220, 1400, 1440, 1460, 8940 };
